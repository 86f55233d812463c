//! Follows a table of `PostgreSQL` and prints its running jobs whenever they change:
//! `cargo run --features postgres --example following -- "host=/run/postgresql user=jobs dbname=live"`.
//!
//! The table and its publication: `create publication jobs_pub for table jobs;`, with the columns that
//! `jobdex::follow::FromRow` of `Job` shows.

use std::error::Error;

use jobdex::changes::ListWatch;
use jobdex::follow::{FollowOptions, Follower};
use jobdex::{Job, ListQuery, Status};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let connection = std::env::args().nth(1).ok_or("name the connection, such as host=/run/postgresql user=jobs")?;
    let options = FollowOptions::new(&connection, "jobs", "jobs_pub");
    let follower: Follower<Job> = Follower::start(options).await?;
    let watch = follower.store().watch(ListQuery::new().status(Status::Running).page_size(10))?;
    // A watch waits on a thread of its own.
    std::thread::spawn(move || print_changes(watch)).join().map_err(|_| "the printing thread panicked")?;
    Ok(())
}

fn print_changes(mut watch: ListWatch<Job>) {
    loop {
        let page = watch.page();
        println!("{} running", page.total_count);
        for job in &page.jobs {
            println!("  {} {} {}", job.create_time, job.job_id, job.name);
        }
        if watch.wait().is_none() {
            break;
        }
    }
}
