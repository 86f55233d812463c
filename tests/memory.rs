//! Memory stays bounded: everything that a write replaces is freed once no snapshot holds it, for any number of jobs
//! and in any order of inserts.
//!
//! The allocator counts the allocated bytes, so the tests of this program run one at a time. `JOBDEX_CASES` multiplies
//! the number of rounds.

mod oracle;

use std::alloc::System;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use chrono::TimeDelta;
use jobdex::error::UpdateError;
use jobdex::limits::NAME_BYTES_MAX;
use jobdex::{JobStore, ListQuery, SharedJobStore, Snapshot, Status};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

use oracle::random::Random;
use oracle::vocabulary::{self, NAMES};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Held by the running test.
static ALONE: Mutex<()> = Mutex::new(());

const JOBS: usize = 5_000;
const ROUNDS: usize = 80;
const WRITES_PER_ROUND: usize = 500;
const HISTORY_CHANGES: usize = 1_000;
/// The number of snapshots held at a time. Each is held for as many rounds.
const PINNED: usize = 4;
/// The number of jobs between the first block and the second, and the most bytes per job; a record has 250 bytes here.
const LATE: i64 = 4_000;
const LATE_BYTES_MAX: usize = 1_000;
/// The number of jobs with the longest names.
const LONG_NAMES: usize = 2_000;
/// The most bytes that a thread may hold for its next query.
const KEPT_BYTES_MAX: usize = 200_000;

fn alive_bytes() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}

/// A name with shared words and one word of its own, so that the dictionary removes as many words as it adds.
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

/// A write of any kind that keeps the number of jobs; one in ten fails.
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

/// Asks for pages, counts and broad keywords, in a new snapshot and in an old one.
fn ask(snapshot: &Snapshot) {
    for keyword in ["", "e", "hd", "natoinal", "新闻"] {
        let query = ListQuery::new().keyword(keyword).page_size(100);
        drop(snapshot.list(&query).expect("valid"));
        drop(snapshot.facets(&query).expect("valid"));
    }
}

/// The most bytes allocated in each quarter of the rounds.
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

/// An order of inserts: its name, and the position in time of the job at each step.
type Order = (&'static str, fn(i64) -> i64);

/// Too much memory, now fixed. Cause: jobs inserted in descending order between a full block of the timeline and the
/// next one each began a block, which took 11 KB per job and a walk over all blocks per write. Fix: such a job goes
/// into the next block as long as that has room.
#[test]
fn late_jobs_in_any_order_take_no_more_memory_than_others() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    // Blocks are left at 896 rows when jobs are inserted in order; late jobs fill the first one up to its 1,024.
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

/// The longest name of Han characters, of which so many are taken.
fn han(random: &mut Random, distinct: usize) -> String {
    let c = |_| u32::try_from(0x4E00 + random.below(distinct)).ok().and_then(char::from_u32).expect("a character");
    (0..NAME_BYTES_MAX / 3).map(c).collect()
}

/// Names as long as they may be, of random characters and of random words. The page of limits tells what they take.
#[test]
fn the_longest_names_take_no_more_memory_than_is_told() {
    type NameOf = fn(&mut Random) -> String;
    let words: NameOf = |random| {
        let letter =
            |at: usize| if at % 4 == 3 { ' ' } else { char::from(b"etaoinshrdlucmfwygpbvkxqjz"[random.below(26)]) };
        (0..NAME_BYTES_MAX).map(letter).collect()
    };
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let kinds: [(&str, NameOf, usize); 3] = [
        ("random Han characters", |random| han(random, 0x51FF), 10_000),
        ("random Han characters of four hundred", |random| han(random, 400), 13_000),
        ("random words of three letters", words, 5_000),
    ];
    for (what, name_of, told) in kinds {
        for at_once in [false, true] {
            let (mut store, mut random) = (JobStore::new(), Random::new(3));
            let before = alive_bytes();
            let mut job = |number: usize| {
                let id = format!("job-{number}");
                vocabulary::job(&id, &name_of(&mut random), vocabulary::time(0), number % 24)
            };
            if at_once {
                store.extend((0..LONG_NAMES).map(job)).expect("the names are within limits");
            } else {
                (0..LONG_NAMES)
                    .for_each(|number| store.insert(job(number)).map(drop).expect("the names are within limits"));
            }
            let each = alive_bytes().saturating_sub(before) / LONG_NAMES;
            println!("{what}: {each} bytes a job with its record, {}", if at_once { "at once" } else { "one by one" });
            assert!((NAME_BYTES_MAX..told).contains(&each), "{what}: {each} bytes a job");
        }
    }
}

#[test]
fn memory_stays_bounded_while_jobs_and_snapshots_are_replaced() {
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
