//! Memory stays bounded: what writes replace is freed once no snapshot holds it, however long jobs come and go, and in
//! whatever order they come.
//!
//! The bytes that are alive are counted by the allocator, so the tests of this program take turns. `JOBDEX_CASES`
//! multiplies the number of rounds.

mod oracle;

use std::alloc::System;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use chrono::TimeDelta;
use jobdex::error::UpdateError;
use jobdex::{JobStore, ListQuery, SharedJobStore, Snapshot, Status};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

use oracle::random::Random;
use oracle::vocabulary::{self, NAMES};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Held by the test that counts.
static ALONE: Mutex<()> = Mutex::new(());

const JOBS: usize = 5_000;
const ROUNDS: usize = 80;
const WRITES_PER_ROUND: usize = 500;
const HISTORY_CHANGES: usize = 1_000;
/// Snapshots that are held at a time, each for as many rounds.
const PINNED: usize = 4;
/// Jobs that come between the first block and the second, and what each may take: a record has 250 bytes here.
const LATE: i64 = 4_000;
const LATE_BYTES_MAX: usize = 1_000;
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

/// An order in which jobs come: its name, and the place in time of the job at each step.
type Order = (&'static str, fn(i64) -> i64);

/// Jobs that came in descending order between a full block of the timeline and the next began a block each, which took
/// eleven kilobytes a job and a walk over all blocks a write. They go into the next block now, as long as it has room.
#[test]
fn jobs_that_come_late_in_any_order_take_no_more_room_than_others() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    // Blocks are left at 896 rows when jobs come in order; late ones fill the first up to its 1,024.
    let mut store = JobStore::new();
    let job = |id: String, time| vocabulary::job(&id, "x", time, 0);
    store.extend((0..2_000).map(|second| job(format!("a{second}"), vocabulary::time(second)))).expect("new ids");
    for number in 0..128 {
        store.insert(job(format!("b{number}"), vocabulary::time(number * 2))).expect("a new id");
    }
    let orders: [Order; 3] = [
        ("ascending", |step| step),
        ("descending", |step| LATE - step),
        ("from both sides", |step| if step % 2 == 0 { step } else { LATE - step }),
    ];
    for (order, place) in orders {
        let mut store = store.clone();
        let before = alive_bytes();
        for step in 0..LATE {
            let time = vocabulary::time(895) + TimeDelta::microseconds(place(step));
            store.insert(job(format!("c{step}"), time)).expect("a new id");
        }
        let each = alive_bytes().saturating_sub(before) / usize::try_from(LATE).expect("it is small");
        assert!(each < LATE_BYTES_MAX, "{each} bytes for each job that comes late, {order}");
        store.check_invariants();
    }
}

#[test]
fn memory_stays_bounded_while_jobs_and_snapshots_come_and_go() {
    let rounds =
        ROUNDS * std::env::var("JOBDEX_CASES").map_or(1, |text| text.parse().expect("JOBDEX_CASES is a number"));
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let before = alive_bytes();
    let quarters @ [_, _, third, last] = run(rounds);
    println!("the most bytes alive in each quarter: {quarters:?}");
    assert!(last < third + third / 20, "memory grows: {quarters:?}");
    let left = alive_bytes().saturating_sub(before);
    assert!(left < KEPT_BYTES_MAX, "{left} bytes are alive when everything is gone");
}
