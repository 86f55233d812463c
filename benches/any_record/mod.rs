//! Any record: lists by four facets with 720 combinations and by labels, and writes.
//!
//! Prints markdown. Beside jobdex stand a vector that filters, sorted sets (one for each value of a facet or a label; the
//! smallest one is walked), and the `SQLite` of Python where there is a `python3` with one.

#![allow(dead_code, reason = "each bench is a crate of its own and uses its part of this module")]

mod baselines;
mod requests;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use jobdex::JobStore;

use crate::common::arguments::{is_test_mode, size_name};
use crate::common::encodes::{Encode, EncodeMaker, EncodeQuery, Engine, LABELS, Priority, Region, State, encodes};
use crate::common::names::Names;
use crate::common::timing::{float, median, median_ns, nanoseconds, percentile, time_name, timed};

use baselines::{SortedSets, sqlite, walk};

pub(crate) use requests::{Request, requests};

const BUDGET: Duration = Duration::from_millis(200);
const SCAN_BUDGET: Duration = Duration::from_millis(600);
const WRITES: usize = 20_000;
const PAGE_SIZE: usize = 10;
/// The size for which the targets are set.
const TARGET_SIZE: usize = 1_000_000;

/// Loads so many encodes, and prints the tables of requests, counts and writes.
pub(crate) fn report(names: &Names, n: usize) {
    let mut store = JobStore::new();
    let jobs = encodes(names, n, true);
    let (load, result) = timed(|| store.extend(jobs));
    result.unwrap_or_else(|error| panic!("{error}"));
    let sets = SortedSets::new(store.iter().cloned());
    let sqlite = sqlite(&store);
    println!("\n### Any record: requests at {} jobs\n", size_name(n));
    println!("| request | matches | first | again | vector | sorted sets | `SQLite` | target first | target again |");
    println!("|---|--:|--:|--:|--:|--:|--:|---|---|");
    for request in requests() {
        print_request(&store, &sets, &sqlite, &request);
    }
    let keyword = EncodeQuery::new().label("queue", "queue-3").filter(State::Running).keyword("news");
    print_alone(&store, "a label, a facet and the keyword `news`", &keyword);
    print_counts(&store);
    println!("\n### Any record: writes to {} jobs\n", size_name(n));
    println!("| write | median | p99 | worst |\n|---|--:|--:|--:|");
    println!("| load of all, each job | {} | | |", time_name(nanoseconds(load) / float(n)));
    drop(sets);
    print_writes(names, store);
}

fn budget(budget: Duration) -> Duration {
    if is_test_mode() { Duration::ZERO } else { budget }
}

fn list(store: &JobStore<Encode>, query: &EncodeQuery) -> (u64, Vec<Arc<Encode>>) {
    let page = store.list(query).unwrap_or_else(|error| panic!("{error}"));
    (page.total_count, page.jobs)
}

fn print_request(store: &JobStore<Encode>, sets: &SortedSets, sqlite: &HashMap<String, f64>, request: &Request) {
    let ids = |jobs: &[Arc<Encode>]| jobs.iter().map(|job| job.id.clone()).collect::<Vec<_>>();
    let (total, jobs) = list(store, &request.query);
    for (what, expected) in [("vector", walk(store, &request.conditions)), ("sets", sets.list(&request.conditions))] {
        assert_eq!((total, ids(&jobs)), (expected.0, ids(&expected.1)), "{} by the {what}", request.name);
    }
    let uncached = store.clone().with_keywords_kept(0);
    let first = median_ns(budget(BUDGET), |_| list(&uncached, &request.query));
    let again = median_ns(budget(BUDGET), |_| list(store, &request.query));
    let vector = median_ns(budget(SCAN_BUDGET), |_| walk(store, &request.conditions));
    let of_sets = median_ns(budget(SCAN_BUDGET), |_| sets.list(&request.conditions));
    let by_sqlite = sqlite.get(request.name).map_or_else(|| "—".to_owned(), |&ns| time_name(ns));
    let target = |target: Option<f64>, got: f64| match target.filter(|_| store.len() == TARGET_SIZE) {
        Some(target) => format!("≤ {}: {}", time_name(target), if got <= target { "met" } else { "**missed**" }),
        None => "—".to_owned(),
    };
    println!(
        "| {} | {total} | {} | {} | {} | {} | {by_sqlite} | {} | {} |",
        request.name,
        time_name(first),
        time_name(again),
        time_name(vector),
        time_name(of_sets),
        target(request.targets.0, first),
        target(request.targets.1, again),
    );
}

fn print_alone(store: &JobStore<Encode>, name: &str, query: &EncodeQuery) {
    let uncached = store.clone().with_keywords_kept(0);
    let first = median_ns(budget(BUDGET), |_| list(&uncached, query));
    let again = median_ns(budget(BUDGET), |_| list(store, query));
    let total = list(store, query).0;
    println!("| {name} | {total} | {} | {} | | | | — | — |", time_name(first), time_name(again));
}

fn print_counts(store: &JobStore<Encode>) {
    println!("\n| counts | under no filter | under one state | under one value of each facet |\n|---|--:|--:|--:|");
    let one = EncodeQuery::new().filter(State::Running);
    let each = one.clone().filter(Priority::High).filter(Region::Us1).filter(Engine::Gpu);
    let queries = [EncodeQuery::new(), one, each];
    let facets = queries.each_ref().map(|query| time_name(median_ns(budget(BUDGET), |_| store.facets(query))));
    println!("| every value of every facet | {} |", facets.join(" | "));
    for (key, _) in LABELS {
        let times = queries
            .each_ref()
            .map(|query| time_name(median_ns(budget(BUDGET), |_| store.label_counts(key, 10, query))));
        println!("| the 10 most frequent values of `{key}` | {} |", times.join(" | "));
    }
}

fn print_writes(names: &Names, mut store: JobStore<Encode>) {
    let writes = if is_test_mode() { 40 } else { WRITES };
    let (n, mut rng) = (store.len(), Rng::with_seed(3));
    let ids: Vec<String> = store.iter().map(|job| job.id.clone()).collect();
    let mut maker = EncodeMaker::new(names, 9, true);
    let mut second = i64::try_from(n).unwrap_or(i64::MAX / 2);
    let mut late = Rng::with_seed(4);
    print_write("insert newest", writes, || {
        second += 1;
        let job = maker.at(second);
        nanoseconds(timed(|| store.insert(job)).0)
    });
    print_write("insert late", writes, || {
        let job = maker.at(late.i64(0..second));
        nanoseconds(timed(|| store.insert(job)).0)
    });
    let mut change = |name, change: fn(&mut Encode, &mut Rng)| {
        print_write(name, writes, || {
            let id = &ids[rng.usize(..ids.len())];
            let mut values = rng.fork();
            nanoseconds(timed(|| store.update(id, |job| change(job, &mut values))).0)
        });
    };
    change("another state", |job, rng| job.facets.3 = State::ALL[rng.usize(..State::ALL.len())]);
    change("another value of a label with 10", |job, rng| job.labels[0].1 = format!("queue-{}", rng.usize(..10)));
    change("another value of a label with 20,000", |job, rng| {
        job.labels[2].1 = format!("owner-{}", rng.usize(..20_000));
    });
    let mut doomed = ids;
    Rng::with_seed(8).shuffle(&mut doomed);
    let mut doomed = doomed.iter();
    print_write("delete", writes, || {
        let id = doomed.next().map_or("", String::as_str);
        nanoseconds(timed(|| store.remove(id)).0)
    });
}

fn print_write(name: &str, writes: usize, mut write: impl FnMut() -> f64) {
    let times: Vec<f64> = (0..writes).map(|_| write()).collect();
    let [p99, worst] = [99, 100].map(|percent| time_name(percentile(times.clone(), percent)));
    println!("| {name} | {} | {p99} | {worst} |", time_name(median(times)));
}
