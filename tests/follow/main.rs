//! A follower against a server of `PostgreSQL`: each kind of change, each break, and each check.
//!
//! The tests start private servers on sockets in temporary folders, with the programs of the newest version that is found, or of the
//! folder that `JOBDEX_POSTGRES_BIN` names. If there are none, the tests show as ignored. Rounds that depend on chance come from
//! seeds. The environment sets how many of them run; `.ci/release` sets more.

#[path = "../oracle/random.rs"]
#[allow(dead_code, unreachable_pub, reason = "other tests use the rest of it")]
mod random;

mod database;
mod proxy;
mod script;
mod server;
mod told;
mod trials;

mod breaks;
mod changes;
mod checks;
mod definitions;
mod differential;
mod entrance;
mod failover;
mod kills;
mod lag;
mod shards;
mod slots;
mod waits;

use std::process::ExitCode;
use std::time::Duration;

use trials::Test;

/// How many rounds of a kind run: the number in the environment, or a default that takes seconds.
fn rounds(variable: &str, default: usize) -> usize {
    std::env::var(variable).map_or(default, |text| text.parse().expect("the number of rounds is a number"))
}

/// Runs a test on a runtime of its own, as a service would.
fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    // One test may hold up others: a transaction that is left open holds up each new slot of its server.
    let timed = async { tokio::time::timeout(Duration::from_secs(600), test).await.expect("the test has ended") };
    runtime.expect("a runtime").block_on(timed);
}

fn main() -> ExitCode {
    let lists: [&[Test]; 12] = [
        changes::TESTS,
        differential::TESTS,
        waits::TESTS,
        checks::TESTS,
        definitions::TESTS,
        breaks::TESTS,
        slots::TESTS,
        kills::TESTS,
        failover::TESTS,
        shards::TESTS,
        entrance::TESTS,
        lag::TESTS,
    ];
    trials::run_all(lists.concat())
}
