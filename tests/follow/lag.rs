//! How long a change takes, and that the progress never claims that it has taken less.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::database::{Database, LONG};
use super::{Test, run};

pub(crate) const TESTS: &[Test] = &[
    ("the_progress_never_claims_to_be_ahead_of_the_store", || run(the_progress_never_claims_to_be_ahead())),
    ("an_idle_table_is_current_while_others_change", || run(an_idle_table_is_current_while_others_change())),
];

async fn the_progress_never_claims_to_be_ahead() {
    let database = Database::new().await;
    database.run("insert into jobs(job_id) values ('a')").await;
    let follower = database.follow().await;
    let mut lags = Vec::new();
    // The writes that were acknowledged, and when, until they are seen.
    let mut unseen: VecDeque<(u64, Instant)> = VecDeque::new();
    let end = Instant::now() + Duration::from_secs(4);
    let mut number = 0;
    while Instant::now() < end {
        number += 1;
        database.run(&format!("update jobs set name = '{number}'")).await;
        unseen.push_back((number, Instant::now()));
        // The progress first: the store may be newer than it, but not older.
        let claimed = follower.progress().current_at.expect("it was current when it started");
        let seen: u64 = follower.store().snapshot().get("a").and_then(|job| job.name.parse().ok()).unwrap_or(0);
        while let Some(&(number, acknowledged)) = unseen.front() {
            if number > seen {
                assert!(claimed <= acknowledged, "write {number} is not there, and was said to be");
                break;
            }
            lags.push(acknowledged.elapsed());
            unseen.pop_front();
        }
    }
    follower.caught_up(LONG).await.expect("it follows");
    lags.sort();
    // Not a check: a figure of a busy machine.
    eprintln!("{number} writes, lag at the median {:?}", lags.get(lags.len() / 2));
}

async fn an_idle_table_is_current_while_others_change() {
    let database = Database::new().await;
    let options = database.options().stale_after(Duration::from_secs(4));
    let follower = jobdex::follow::Follower::<jobdex::Job>::start(options).await.expect("it follows");
    database.run("create table others (n int)").await;
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(6) {
        database.run("insert into others select generate_series(1, 100)").await;
        assert!(!follower.progress().is_stale(), "{:?}", follower.progress());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // Nor does an idle server let it age.
    tokio::time::sleep(Duration::from_secs(5)).await;
    let progress = follower.progress();
    assert!(!progress.is_stale() && progress.behind_bytes == 0, "{progress:?}");
    assert_eq!((progress.transactions, progress.hydrations), (0, 1));
}
