//! A follower beside its server: `cargo bench --features postgres --bench follow`.
//!
//! Prints markdown: the fill of a store and its memory, the lag of changes at several rates, and the cost of followers for the
//! server. Then come requests by SQL with its best indexes, beside the same requests by the store. It starts a private server,
//! with the programs that the tests find. Machines are noisy, so quote the ratios.

mod baseline;
mod common;
#[path = "follow/cost.rs"]
mod cost;
#[path = "follow/lag.rs"]
mod lag;
#[path = "follow/queries.rs"]
mod queries;
#[path = "../tests/follow/server.rs"]
#[allow(dead_code, reason = "the tests use the rest of it")]
mod server;
#[path = "follow/table.rs"]
mod table;

use std::alloc::System;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use jobdex::Job;
use jobdex::follow::Follower;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

use common::arguments::{SIZES_VARIABLE, is_test_mode, size_name, sizes};
use common::jobs::jobs;
use common::names::Names;
use common::timing::{float, median, three_digits};
use server::Server;
use table::{connect, options};

/// Counts the bytes of the store. Memory that was freed before does not hide them.
#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// No step takes so long.
const LONG: Duration = Duration::from_secs(120);

fn main() {
    if server::programs().is_none() {
        println!("No initdb of PostgreSQL was found, so nothing is measured.");
        return;
    }
    let n = sizes().into_iter().next_back().unwrap_or(1_000_000);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(measure(n));
}

async fn measure(n: usize) {
    let names = Names::load();
    println!("Reproduce with `{SIZES_VARIABLE}={n} cargo bench --features postgres --bench follow`.\n");
    println!("* Names: {}. {} rows.", names.source(), size_name(n));
    let threads = thread::available_parallelism().map_or(1, usize::from);
    println!("* {threads} threads can run at once here, and the server shares them. It does not wait for its disk.\n");
    let server = Server::start(&["shared_buffers=512MB", "max_wal_size=4GB", "work_mem=64MB"]);
    let client = connect(&server).await;
    let ids = Arc::new(table::fill(&server, &client, jobs(&names, n)).await);
    drop(names);
    let follower = print_fill(&server, n).await;
    // Writers change names, so the requests for names come first.
    queries::print(&client, &follower.store().snapshot()).await;
    lag::print(&server, &follower, &ids).await;
    follower.shutdown().await.expect("it follows");
    cost::print(&server, &ids).await;
}

/// The bytes that the process holds now.
fn bytes_held() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated.saturating_sub(stats.bytes_deallocated)
}

async fn print_fill(server: &Server, n: usize) -> Follower {
    let (mut seconds, mut bytes) = (Vec::new(), Vec::new());
    for _ in 0..if is_test_mode() { 1 } else { 3 } {
        let (before, began) = (bytes_held(), Instant::now());
        let follower = Follower::<Job>::start(options(server)).await.expect("it follows");
        seconds.push(began.elapsed().as_secs_f64());
        bytes.push(float(bytes_held().saturating_sub(before)) / float(n));
        assert_eq!(follower.store().snapshot().len(), n);
        follower.shutdown().await.expect("it follows");
    }
    let (seconds, bytes) = (three_digits(median(seconds)), three_digits(median(bytes)));
    println!(
        "A store of {} jobs is filled and current after {seconds} s, and holds {bytes} bytes a job.\n",
        size_name(n)
    );
    let options = options(server).history(1 << 20);
    Follower::start(options).await.expect("it follows")
}
