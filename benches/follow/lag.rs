//! The time from the acknowledgement of a change to a reader that sees it; 0 if the reader saw it first.

use std::collections::HashMap;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use jobdex::Job;
use jobdex::follow::Follower;

use crate::LONG;
use crate::common::arguments::is_test_mode;
use crate::common::timing::{float, nanoseconds, percentile, three_digits, time_name};
use crate::server::Server;
use crate::table::{Load, Writers};

/// Changes a second, and changes in one transaction.
const RATES: [(usize, usize); 3] = [(1_000, 1), (5_000, 10), (20_000, 100)];
const SECONDS: usize = 8;

pub(crate) async fn print(server: &Server, follower: &Follower, ids: &Arc<Vec<String>>) {
    println!("| changes a second, in a transaction | acknowledged a second | lag: median | p99 | most |");
    println!("|---|--:|--:|--:|--:|");
    let writers = Writers::new(server, ids).await;
    for (rate, each) in RATES {
        let changes = if is_test_mode() { 10 * each } else { rate * SECONDS };
        let watcher = watch(follower, changes);
        let began = Instant::now();
        let acknowledged = writers.write(Load { changes, each, rate: Some(rate) }).await;
        let written = float(acknowledged.len()) / began.elapsed().as_secs_f64();
        follower.caught_up(LONG).await.expect("it follows");
        let seen = watcher.join().expect("it has no errors");
        let lag = |(number, acknowledged): &(usize, Instant)| {
            // A change of a row that was changed again before the reader looked was never there for it.
            Some(nanoseconds(seen.get(number)?.saturating_duration_since(*acknowledged)))
        };
        let lags: Vec<f64> = acknowledged.iter().filter_map(lag).collect();
        assert!(lags.len() > acknowledged.len() / 2, "{} of {} were seen", lags.len(), acknowledged.len());
        let at = |percent| time_name(percentile(lags.clone(), percent));
        println!("| {rate}, {each} | {} | {} | {} | {} |", three_digits(written), at(50), at(99), at(100));
    }
    println!();
}

/// Notes when each number is seen in the store, until all are seen or nothing comes for a while.
fn watch(follower: &Follower, changes: usize) -> JoinHandle<HashMap<usize, Instant>> {
    const SILENCE_MAX: Duration = Duration::from_secs(2);
    let mut feed = follower.store().feed_since(follower.store().version());
    thread::spawn(move || {
        let mut seen = HashMap::new();
        while seen.len() < changes {
            let Some(news) = feed.wait_timeout(SILENCE_MAX).expect("history is long") else { break };
            let now = Instant::now();
            let number = |job: &Job| job.name.strip_prefix("seq ")?.parse().ok();
            seen.extend(news.into_iter().filter_map(|change| Some((number(change.after()?)?, now))));
        }
        seen
    })
}
