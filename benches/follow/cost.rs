//! The cost of followers for the server: its processor time for the same load, with and without them.

use std::collections::HashMap;
use std::fs;
use std::sync::Arc;
use std::time::Instant;

use jobdex::Job;
use jobdex::follow::Follower;

use crate::LONG;
use crate::common::arguments::is_test_mode;
use crate::common::timing::{float, three_digits};
use crate::server::Server;
use crate::table::{Load, Writers, options};

const CHANGES: usize = 40_000;
const EACH: usize = 10;
const FOLLOWERS: [usize; 3] = [0, 1, 4];

pub(crate) async fn print(server: &Server, ids: &Arc<Vec<String>>) {
    let changes = if is_test_mode() { 1_000 } else { CHANGES };
    println!("{changes} changes, {EACH} in a transaction, as fast as the server takes them:\n");
    println!("| followers | changes a second | processor time of the server | for followers alone |");
    println!("|--:|--:|--:|--:|");
    let mut followers = Vec::new();
    for count in FOLLOWERS {
        while followers.len() < count {
            followers.push(Follower::<Job>::start(options(server)).await.expect("it follows"));
        }
        let writers = Writers::new(server, ids).await;
        let load = Load { changes, each: EACH, rate: None };
        // The first one warms up.
        writers.write(load).await;
        let (before, began) = (Spent::of(server), Instant::now());
        let written = writers.write(load).await.len();
        let rate = float(written) / began.elapsed().as_secs_f64();
        for follower in &followers {
            follower.caught_up(LONG).await.expect("it follows");
        }
        let after = Spent::of(server);
        let (all, senders) = (after.all - before.all, after.senders - before.senders);
        println!("| {count} | {} | {} s | {} s |", three_digits(rate), three_digits(all), three_digits(senders));
    }
    println!();
    for follower in followers {
        follower.shutdown().await.expect("it follows");
    }
}

/// The processor time of a server's processes until now, in seconds, and that of the ones that send its log.
struct Spent {
    all: f64,
    senders: f64,
}

impl Spent {
    /// Reads it from the files that Linux has for each process.
    fn of(server: &Server) -> Self {
        let first = fs::read_to_string(server.folder().join("data/postmaster.pid")).unwrap_or_default();
        let parent = first.lines().next().unwrap_or_default().to_owned();
        let stats = fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(|entry| {
            let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
            let title = fs::read_to_string(entry.path().join("cmdline")).unwrap_or_default();
            Some((entry.file_name().into_string().ok()?, (title, Stat::parse(&stat)?)))
        });
        let stats: HashMap<String, (String, Stat)> = stats.collect();
        let mut spent = Self { all: stats.get(&parent).map_or(0.0, |(_, stat)| stat.own + stat.ended), senders: 0.0 };
        for (title, stat) in stats.values().filter(|(_, stat)| stat.parent == parent) {
            spent.all += stat.own;
            if title.contains("walsender") {
                spent.senders += stat.own;
            }
        }
        spent
    }
}

struct Stat {
    parent: String,
    /// Seconds of the process.
    own: f64,
    /// Seconds of its children that have ended.
    ended: f64,
}

impl Stat {
    fn parse(stat: &str) -> Option<Self> {
        // The name of the program stands in parentheses, and may have any character.
        let fields: Vec<&str> = stat.rsplit(')').next()?.split_whitespace().collect();
        // Linux counts a hundred ticks to a second for all programs.
        let seconds = |at: usize| fields.get(at)?.parse::<f64>().ok().map(|ticks| ticks / 100.0);
        let parent = (*fields.get(1)?).to_owned();
        Some(Self { parent, own: seconds(11)? + seconds(12)?, ended: seconds(13)? + seconds(14)? })
    }
}
