//! Memory stays bounded: what writes replace is freed once no snapshot holds it, however long jobs come and go.
//!
//! The bytes that are alive are counted by the allocator, so this is the only test of its program. `JOBDEX_CASES`
//! multiplies the number of rounds.

mod oracle;

use std::alloc::System;
use std::collections::VecDeque;

use jobdex::error::UpdateError;
use jobdex::{JobStore, ListQuery, SharedJobStore, Snapshot, Status};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

use oracle::random::Random;
use oracle::vocabulary::{self, NAMES};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const JOBS: usize = 5_000;
const ROUNDS: usize = 80;
const WRITES_PER_ROUND: usize = 500;
const HISTORY_CHANGES: usize = 1_000;
/// Snapshots that are held at a time, each for as many rounds.
const PINNED: usize = 4;
/// What may stay in the memory that a thread keeps for its next query.
const KEPT_BYTES_MAX: usize = 200_000;

fn alive_bytes() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}

/// A name that shares words with others and has one that none has: the dictionary forgets as many as it learns.
fn name(random: &mut Random) -> String {
    format!("{} {:x}", random.pick(NAMES), random.next())
}

fn any_job(random: &mut Random, number: usize) -> jobdex::Job {
    let second = i64::try_from(random.below(JOBS)).expect("it is small");
    vocabulary::job(&format!("job-{number}"), &name(random), vocabulary::time(second), random.below(24))
}

fn filled(random: &mut Random) -> JobStore {
    let mut store = JobStore::new();
    store.extend((0..JOBS).map(|number| any_job(random, number))).expect("the ids are different");
    store
}

/// A write of any kind that leaves as many jobs as there were; one in ten is given up.
fn write(shared: &SharedJobStore, random: &mut Random) {
    let number = random.below(JOBS);
    let given_up = shared.write(|store| {
        let id = format!("job-{number}");
        match random.below(3) {
            0 => drop(store.update(&id, |job| job.status = Status::Stopped)?),
            1 => drop(store.update(&id, |job| job.name = name(random))?),
            _ => {
                store.remove(&id);
                store.insert(any_job(random, number)).expect("its id is free");
            }
        }
        if random.chance(10) { Err(UpdateError::NotFound { job_id: id }) } else { Ok(()) }
    });
    drop(given_up);
}

/// Pages, counts and broad keywords, by a snapshot that is rather new and one that is rather old.
fn ask(snapshot: &Snapshot) {
    for keyword in ["", "e", "hd", "natoinal", "新闻"] {
        let query = ListQuery::new().keyword(keyword).page_size(100);
        drop(snapshot.list(&query).expect("valid"));
        drop(snapshot.facets(&query).expect("valid"));
    }
}

/// The most bytes that were alive in each quarter of the rounds.
fn run(rounds: usize) -> [usize; 4] {
    let mut random = Random::new(1);
    let shared = SharedJobStore::with_history(filled(&mut random), HISTORY_CHANGES);
    let (mut reader, mut feed) = (shared.reader(), shared.feed_since(0));
    let mut watch = shared.watch(ListQuery::new().page_size(100)).expect("valid");
    let mut pinned = VecDeque::new();
    let mut highest = [0; 4];
    for round in 0..rounds {
        pinned.push_back(shared.snapshot());
        if pinned.len() > PINNED {
            pinned.pop_front();
        }
        (0..WRITES_PER_ROUND).for_each(|_| write(&shared, &mut random));
        ask(reader.snapshot());
        pinned.iter().for_each(ask);
        drop(watch.try_next());
        if feed.try_next().is_err() {
            drop(feed.catch_up());
        }
        let quarter = &mut highest[round * 4 / rounds];
        *quarter = alive_bytes().max(*quarter);
    }
    highest
}

#[test]
fn memory_stays_bounded_while_jobs_and_snapshots_come_and_go() {
    let rounds =
        ROUNDS * std::env::var("JOBDEX_CASES").map_or(1, |text| text.parse().expect("JOBDEX_CASES is a number"));
    let before = alive_bytes();
    let quarters @ [_, _, third, last] = run(rounds);
    println!("the most bytes alive in each quarter: {quarters:?}");
    assert!(last < third + third / 20, "memory grows: {quarters:?}");
    let left = alive_bytes().saturating_sub(before);
    assert!(left < KEPT_BYTES_MAX, "{left} bytes are alive when everything is gone");
}
