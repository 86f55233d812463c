//! Threads read while others write, and never see an invariant over several jobs broken.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::oracle::random::Random;
use crate::oracle::vocabulary;
use jobdex::error::UpdateError;
use jobdex::{JobStore, ListQuery, SharedJobStore, Snapshot, SortOrder, Status};

/// The number of running jobs, before and after every write.
const RUNNING: u64 = 8;
/// The names of the running jobs together have each of these words once.
const SEATS: [&str; 8] = ["ada", "bob", "cid", "dot", "eve", "fay", "gus", "hal"];

fn id(number: usize) -> String {
    format!("job-{number}")
}

/// A store whose first jobs are running and have a seat in their name. The names of the others say that they have no
/// seat.
fn seated(jobs: usize) -> JobStore {
    let mut store = JobStore::new();
    let made = (0..jobs).map(|number| {
        let second = i64::try_from(number / 3).expect("it is small");
        let mut job = vocabulary::job(&id(number), "without", vocabulary::time(second), 0);
        job.status = Status::Stopped;
        if let Some(seat) = SEATS.get(number) {
            (job.status, job.name) = (Status::Running, (*seat).to_owned());
        }
        job
    });
    store.extend(made).expect("the ids are different");
    store
}

/// Moves the seats of some jobs to others, one verb at a time. The invariant holds only before the first verb and after
/// the last.
fn reseat(store: &mut JobStore, random: &mut Random) -> Result<(), UpdateError> {
    for _ in 0..=random.below(3) {
        let running = ListQuery::new().status(Status::Running).page_size(100);
        let seated = store.list(&running).expect("the query is valid").jobs;
        let from = random.pick(&seated).clone();
        let to = id(random.below(store.len()));
        if store.get(&to).is_none_or(|job| job.status == Status::Running) {
            continue;
        }
        store.update(&from.job_id, |job| (job.status, job.name) = (Status::Stopped, "without".to_owned()))?;
        if random.chance(10) {
            return Err(UpdateError::NotFound { job_id: String::new() });
        }
        store.update(&to, |job| (job.status, job.name) = (Status::Running, from.name.clone()))?;
        if random.chance(20) {
            // The job is removed, and inserted again at another time.
            let mut job = store.remove(&to).map(|job| job.as_ref().clone()).expect("it is there");
            job.create_time = vocabulary::time(i64::try_from(random.below(1_000)).expect("it is small"));
            drop(store.insert(job).expect("its id is free again"));
        }
    }
    Ok(())
}

fn check(snapshot: &Snapshot, jobs: usize, random: &mut Random) {
    let total = |query: &ListQuery| snapshot.list(query).expect("the query is valid").total_count;
    assert_eq!(snapshot.len(), jobs);
    assert_eq!(total(&ListQuery::new().status(Status::Running)), RUNNING);
    assert_eq!(snapshot.facets(&ListQuery::new()).expect("the query is valid").status.of(Status::Running), RUNNING);
    let seat = *random.pick(&SEATS);
    let seated = snapshot.list(&ListQuery::new().keyword(seat)).expect("the query is valid");
    assert_eq!((seated.total_count, seated.jobs[0].status), (1, Status::Running), "{seat}");
    assert_eq!(total(&ListQuery::new().keyword("without")), jobs as u64 - RUNNING);
}

/// Runs readers of every kind next to two writers, until the writers are done.
fn stress(jobs: usize, writes: usize) {
    let shared = SharedJobStore::new(seated(jobs));
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| {
        let writing: Vec<_> = (0..2)
            .map(|seed| {
                let shared = &shared;
                scope.spawn(move || {
                    let mut random = Random::new(seed);
                    for _ in 0..writes / 2 {
                        drop(shared.write(|store| reseat(store, &mut random)));
                    }
                })
            })
            .collect();
        scope.spawn(|| read_by_snapshot(&shared, jobs, &is_done));
        scope.spawn(|| read_by_reader(&shared, jobs, &is_done));
        scope.spawn(|| follow(&shared, jobs, &is_done));
        scope.spawn(|| watch(&shared, &is_done));
        for writer in writing {
            writer.join().expect("no write panics");
        }
        is_done.store(true, Ordering::Release);
    });
    shared.snapshot().check_invariants();
    assert!(shared.version() > writes as u64 / 2, "most writes were published");
}

fn read_by_snapshot(shared: &SharedJobStore, jobs: usize, is_done: &AtomicBool) {
    let mut random = Random::new(11);
    let mut newest = 0;
    while !is_done.load(Ordering::Acquire) {
        let snapshot = shared.snapshot();
        assert!(snapshot.version() >= newest, "versions never go back");
        newest = snapshot.version();
        check(&snapshot, jobs, &mut random);
    }
}

fn read_by_reader(shared: &SharedJobStore, jobs: usize, is_done: &AtomicBool) {
    let mut random = Random::new(12);
    let mut reader = shared.reader();
    let (mut newest, pinned) = (0, shared.snapshot());
    while !is_done.load(Ordering::Acquire) {
        let published = shared.version();
        let snapshot = reader.snapshot();
        assert!(snapshot.version() >= published.max(newest), "a reader is never behind what it could know");
        newest = snapshot.version();
        check(snapshot, jobs, &mut random);
        check(&pinned, jobs, &mut random);
    }
}

/// Runs a replica. After each commit it equals a version that a reader may have seen.
fn follow(shared: &SharedJobStore, jobs: usize, is_done: &AtomicBool) {
    let mut random = Random::new(13);
    let mut feed = shared.feed_since(shared.version());
    let mut replica = JobStore::from(feed.catch_up());
    loop {
        let was_done = is_done.load(Ordering::Acquire);
        match feed.wait_timeout(Duration::from_millis(10)) {
            Ok(Some(changes)) => {
                for commit in changes.commits() {
                    commit.changes().iter().for_each(|change| replica.apply(change).expect("it fits"));
                }
                check(&replica, jobs, &mut random);
            }
            Ok(None) if was_done => break,
            Ok(None) => {}
            Err(_) => replica = JobStore::from(feed.catch_up()),
        }
    }
    assert!(replica.iter().eq(shared.snapshot().iter()), "the replica is what the store is");
}

fn watch(shared: &SharedJobStore, is_done: &AtomicBool) {
    let running = ListQuery::new().status(Status::Running).page_size(100);
    let mut watch = shared.watch(running).expect("the query is valid");
    loop {
        let was_done = is_done.load(Ordering::Acquire);
        let change = watch.wait_timeout(Duration::from_millis(10));
        let seats: HashSet<&str> = watch.page().jobs.iter().map(|job| job.name.as_str()).collect();
        assert_eq!(seats, HashSet::from(SEATS), "each seat is taken once");
        if was_done && change.is_none() {
            break;
        }
    }
    assert_eq!(
        watch.page().jobs,
        shared
            .snapshot()
            .list(&ListQuery::new().status(Status::Running).page_size(100))
            .expect("the query is valid")
            .jobs
    );
}

#[test]
fn no_thread_ever_sees_half_a_write() {
    stress(40, 3_000);
    stress(3_000, 3_000);
}

#[test]
#[ignore = "minutes: the same for long, on a large store"]
fn no_thread_ever_sees_half_a_write_for_long() {
    stress(40, 200_000);
    stress(200_000, 200_000);
}

/// Pages through one snapshot by cursor while jobs are inserted, changed and removed at a rate. Returns the number of
/// writes.
fn walk_beside_writes(jobs: usize, writes_per_second: u32) -> usize {
    let shared = SharedJobStore::new(seated(jobs));
    let snapshot = shared.snapshot();
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| {
        let writer = scope.spawn(|| write_at_rate(&shared, jobs, writes_per_second, &is_done));
        let mut seen = HashSet::with_capacity(jobs);
        let mut query = ListQuery::new().sort(SortOrder::Asc).page_size(100);
        loop {
            let page = snapshot.list(&query).expect("the query is valid");
            assert_eq!(page.total_count, jobs as u64);
            for job in page.jobs {
                assert!(seen.insert(job.job_id.clone()), "{} is on two pages", job.job_id);
            }
            let Some(next) = page.next else { break };
            query = query.after(next);
        }
        let mut by_number = HashSet::with_capacity(jobs);
        for page_no in 1..=jobs.div_ceil(100) as u64 {
            let page = snapshot.list(&ListQuery::new().page_no(page_no).page_size(100)).expect("the query is valid");
            for job in page.jobs {
                assert!(by_number.insert(job.job_id.clone()), "{} is on two pages", job.job_id);
            }
        }
        is_done.store(true, Ordering::Release);
        assert_eq!((seen.len(), by_number.len()), (jobs, jobs), "every job, exactly once");
        writer.join().expect("no write panics")
    })
}

fn write_at_rate(shared: &SharedJobStore, jobs: usize, per_second: u32, is_done: &AtomicBool) -> usize {
    let mut random = Random::new(21);
    let start = Instant::now();
    let mut writes = 0;
    while !is_done.load(Ordering::Acquire) {
        let number = random.below(jobs);
        let write = |store: &mut JobStore| -> Result<(), UpdateError> {
            match random.below(3) {
                0 => drop(store.remove(&id(number))),
                1 => {
                    let time = vocabulary::time(i64::try_from(number).expect("it is small"));
                    drop(
                        store.upsert(vocabulary::job(&id(number), "again", time, 3)).expect("it is within its limits"),
                    );
                }
                _ => drop(store.update(&id(number), |job| job.status = Status::Stopped)),
            }
            Ok(())
        };
        shared.write(write).expect("the closure says Ok");
        writes += 1;
        if let Some(early) = (Duration::from_secs(1) / per_second * writes).checked_sub(start.elapsed()) {
            thread::sleep(early);
        }
    }
    println!("{writes} writes in {:?}", start.elapsed());
    writes as usize
}

#[test]
fn a_walk_over_a_snapshot_shows_every_job_once_during_writes() {
    let writes = walk_beside_writes(30_000, 10_000);
    assert!(writes > 0, "somebody wrote meanwhile");
}

#[test]
#[ignore = "half a minute: the same with a million jobs"]
fn a_walk_over_a_million_jobs_shows_every_job_once_during_writes() {
    let writes = walk_beside_writes(1_000_000, 10_000);
    assert!(writes > 0, "somebody wrote meanwhile");
}
