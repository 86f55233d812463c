//! The server is killed again and again under many writers. No key of any follower is wrong afterwards, and neither a feed nor a
//! watch has missed a change.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jobdex::Job;
use jobdex::follow::{Follower, Slot};
use tokio_postgres::Client;

use super::database::{Database, until};
use super::random::Random;
use super::server::Server;
use super::told::Told;
use super::{Test, rounds, run};

pub(crate) const TESTS: &[Test] =
    &[("no_kill_of_the_server_under_writers_leaves_a_wrong_key", || run(no_kill_leaves_a_wrong_key()))];

const WRITERS: u64 = 16;
const JOBS: usize = 500;

/// A follower, and what it has told.
struct Followed {
    follower: Follower,
    told: Told,
}

impl Followed {
    async fn new(database: &Database, slot: Slot) -> Self {
        let options = database.options().slot(slot).history(1 << 20);
        let follower = Follower::start(options).await.expect("it follows");
        Self { told: Told::new(&follower), follower }
    }

    async fn check(&mut self, database: &Database, what: &str) {
        database.assert_same(&self.follower, what).await;
        self.told.check(&self.follower, what);
    }
}

async fn no_kill_leaves_a_wrong_key() {
    let server = Server::start(&[]);
    let mut database = Database::on(&server).await;
    database.run(&format!("insert into jobs(job_id) select 'j' || n from generate_series(0, {}) n", JOBS - 1)).await;
    let mut temporary = Followed::new(&database, Slot::Temporary).await;
    let mut named = Followed::new(&database, Slot::Named("killed".into())).await;
    let mut random = Random::new(5);
    let acknowledged = Arc::new(AtomicU64::new(0));
    for round in 0..rounds("JOBDEX_FOLLOW_KILLS", 20) {
        let mut writers = Vec::new();
        for writer in 0..WRITERS {
            let (client, acknowledged) = (database.connect().await, Arc::clone(&acknowledged));
            let seed = random.next() ^ writer;
            writers.push(tokio::spawn(async move { write_until_killed(&client, seed, &acknowledged).await }));
        }
        tokio::time::sleep(Duration::from_millis(100 + random.below(300) as u64)).await;
        server.kill();
        for writer in writers {
            writer.await.expect("a writer ends with its server");
        }
        server.start_again();
        database.reconnect().await;
        for followed in [&mut temporary, &mut named] {
            followed.check(&database, &format!("round {round}")).await;
        }
    }
    let written = acknowledged.load(Ordering::Relaxed);
    let named = until(&named.follower, "it follows", jobdex::follow::Progress::is_following).await;
    assert!(written > 0 && named.resumes > 0, "{written} writes, {named:?}");
}

async fn write_until_killed(client: &Client, seed: u64, acknowledged: &AtomicU64) {
    let mut random = Random::new(seed);
    loop {
        let (id, other) = (random.below(JOBS), random.below(JOBS));
        let sql = match random.below(4) {
            0 => format!("delete from jobs where job_id = 'j{id}'"),
            1 => format!(
                "insert into jobs(job_id, name) values ('j{id}', 'new') on conflict (job_id) do update set name = 'again'"
            ),
            2 => format!(
                "update jobs set job_id = 'j{other}' where job_id = 'j{id}' and not exists (select from jobs where job_id = 'j{other}')"
            ),
            _ => format!(
                "begin; update jobs set status = (status + 1) % 3 where job_id = 'j{id}'; update jobs set name = '{other}' where job_id = 'j{id}'; commit"
            ),
        };
        match client.batch_execute(&sql).await {
            Ok(()) => drop(acknowledged.fetch_add(1, Ordering::Relaxed)),
            // Two writers have met.
            Err(error)
                if error.as_db_error().is_some_and(|error| ["23505", "40P01"].contains(&error.code().code())) => {}
            Err(_) => return,
        }
    }
}

const _: fn() = || {
    fn sendable<T: Send + Sync>() {}
    sendable::<Follower<Job>>();
};
