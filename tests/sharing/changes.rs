//! The change feed: the changes it reports, the length of its history, and a replica fed by it that stays equal to the
//! store.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;
use std::{mem, thread};

use crate::oracle::random::Random;
use crate::oracle::vocabulary;
use jobdex::error::{ApplyError, ChangesError, InsertError, UpdateError, UpdateIfError};
use jobdex::{Change, Changes, Commit, Job, JobStore, SharedJobStore, Status};

fn job(id: &str) -> Job {
    vocabulary::job(id, id, vocabulary::time(0), 0)
}

/// The changes in short: `+` for an inserted job, `~` for an updated one, `-` for a removed one; a bar between writes.
fn told(changes: &Changes) -> String {
    let of_change = |change: &Change| match change {
        Change::Inserted(job) => format!("+{}", job.job_id),
        Change::Updated { after, .. } => format!("~{}", after.job_id),
        Change::Removed(job) => format!("-{}", job.job_id),
    };
    let of_commit = |changes: &[Change]| changes.iter().map(of_change).collect::<Vec<_>>().join(" ");
    changes.commits().iter().map(|commit| of_commit(commit.changes())).collect::<Vec<_>>().join(" | ")
}

fn write(shared: &SharedJobStore, change: impl FnOnce(&mut JobStore)) {
    let infallible = |store: &mut JobStore| {
        change(store);
        Ok::<_, UpdateError>(())
    };
    shared.write(infallible).expect("the closure says Ok");
}

fn insert(shared: &SharedJobStore, id: &str) {
    shared.write(|store| store.insert(job(id))).expect("the id is free");
}

/// A few writes of every kind.
fn written() -> SharedJobStore {
    let shared = SharedJobStore::new(JobStore::new());
    shared.write(|store| store.extend(["a", "b", "c"].map(job))).expect("the ids are free");
    write(&shared, |store| {
        store.update("a", |job| job.status = Status::Stopped).expect("a is there");
        store.remove("b").expect("b is there");
        store.upsert(job("d")).expect("d is within its limits");
        store.upsert(job("a")).expect("a is within its limits");
    });
    write(&shared, JobStore::clear);
    shared
}

#[test]
fn changes_are_reported_in_order_and_write_by_write() {
    let shared = written();
    let changes = shared.changes_since(0).expect("it is all kept");
    assert_eq!(told(&changes), "+a +b +c | ~a -b +d ~a | -a -c -d");
    assert_eq!(changes.commits().iter().map(|commit| commit.version()).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!((changes.version(), shared.version()), (3, 3));
    assert_eq!(told(&shared.changes_since(2).expect("it is kept")), "-a -c -d");
    assert!(shared.changes_since(3).expect("it is the newest").is_empty());
    assert!(changes.iter().cloned().eq(shared.changes_since(0).expect("it is all kept")));
}

#[test]
fn a_change_holds_the_job_before_and_after() {
    let shared = written();
    let changes: Vec<Change> = shared.changes_since(1).expect("it is kept").into_iter().take(2).collect();
    let statuses = |change: &Change| [change.before(), change.after()].map(|job| job.map(|job| job.status));
    assert_eq!(statuses(&changes[0]), [Some(Status::Pending), Some(Status::Stopped)]);
    assert_eq!((changes[1].job_id(), statuses(&changes[1])), ("b", [Some(Status::Pending), None]));
}

#[test]
fn changes_are_equal_if_verb_and_records_are() {
    let [a, b] = ["a", "b"].map(|id| Arc::new(job(id)));
    let updated =
        |before: &Arc<Job>, after: &Arc<Job>| Change::Updated { before: before.clone(), after: after.clone() };
    let changes = [
        Change::Inserted(a.clone()),
        Change::Inserted(b.clone()),
        Change::Removed(a.clone()),
        Change::Removed(b.clone()),
        updated(&a, &a),
        updated(&a, &b),
        updated(&b, &a),
        updated(&b, &b),
    ];
    for (place, change) in changes.iter().enumerate() {
        let equal: Vec<usize> = (0..changes.len()).filter(|&other| changes[other] == *change).collect();
        assert_eq!(equal, [place], "{change:?}");
    }
}

#[test]
fn a_write_that_fails_or_panics_is_not_reported() {
    let shared = SharedJobStore::new(JobStore::new());
    let failed = shared.write(|store| store.extend(["a", "a"].map(job)));
    assert!(failed.is_err());
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        write(&shared, |store| {
            store.insert(job("a")).expect("a is free");
            panic!("injected");
        });
    }));
    assert!(panicked.is_err());
    insert(&shared, "b");
    assert_eq!(told(&shared.changes_since(0).expect("it is all kept")), "+b");
}

#[test]
fn a_verb_that_fails_inside_a_successful_write_is_not_reported() {
    let shared = SharedJobStore::new(JobStore::new());
    write(&shared, |store| {
        store.insert(job("a")).expect("a is free");
        assert!(store.insert(job("a")).is_err());
        assert!(store.update("a", |job| job.job_id.push('x')).is_err());
        assert!(catch_unwind(AssertUnwindSafe(|| store.update("a", |_| panic!("injected")))).is_err());
        assert!(store.remove("b").is_none());
    });
    assert_eq!(told(&shared.changes_since(0).expect("it is all kept")), "+a");
}

#[test]
fn history_is_bounded_and_reports_where_it_begins() {
    let shared = SharedJobStore::with_history(JobStore::new(), 3);
    for id in ["a", "b", "c", "d", "e"] {
        insert(&shared, id);
    }
    assert_eq!(shared.changes_since(1).expect_err("a, b went"), ChangesError::Lagged { since: 1, oldest: 2 });
    assert_eq!(told(&shared.changes_since(2).expect("three are kept")), "+c | +d | +e");
    assert_eq!(shared.changes_since(6).expect_err("it is not made"), ChangesError::Ahead { since: 6, newest: 5 });
    assert_eq!(
        shared.changes_since(u64::MAX).expect_err("it is not made"),
        ChangesError::Ahead { since: u64::MAX, newest: 5 }
    );
}

#[test]
fn a_write_of_more_changes_than_history_holds_restarts_history() {
    let shared = SharedJobStore::with_history(JobStore::new(), 3);
    insert(&shared, "a");
    shared.write(|store| store.extend(["b", "c", "d", "e"].map(job))).expect("the ids are free");
    assert_eq!(shared.changes_since(1).expect_err("it was over"), ChangesError::Lagged { since: 1, oldest: 2 });
    insert(&shared, "f");
    assert_eq!(told(&shared.changes_since(2).expect("it is kept")), "+f");
    write(&shared, JobStore::clear);
    assert_eq!(shared.changes_since(3).expect_err("it was over"), ChangesError::Lagged { since: 3, oldest: 4 });
}

#[test]
fn a_store_without_history_reports_that_it_has_none() {
    let shared = SharedJobStore::with_history(JobStore::new(), 0);
    insert(&shared, "a");
    assert_eq!(shared.changes_since(0).expect_err("none is kept"), ChangesError::Lagged { since: 0, oldest: 1 });
    assert!(shared.changes_since(1).expect("it is the newest").is_empty());
}

/// Otherwise a follower would apply changes that belong to another store.
#[test]
fn replacing_the_whole_store_in_a_write_restarts_history() {
    let (shared, other) = (written(), written());
    write(&shared, |store| *store = JobStore::from(other.snapshot()));
    assert_eq!(shared.changes_since(3).expect_err("nobody saw"), ChangesError::Lagged { since: 3, oldest: 4 });
    insert(&shared, "x");
    write(&other, |store| drop(store.insert(job("y"))));
    write(&shared, |store| {
        write(&other, |other| {
            store.insert(job("z")).expect("z is free");
            mem::swap(store, other);
        });
    });
    assert!(shared.changes_since(shared.version() - 1).is_err());
    assert!(other.changes_since(other.version() - 1).is_err());
    assert!(other.snapshot().get("z").is_some());
}

#[test]
fn a_feed_that_lags_continues_from_a_snapshot() {
    let shared = SharedJobStore::with_history(JobStore::new(), 2);
    let mut feed = shared.feed_since(0);
    for id in ["a", "b", "c"] {
        insert(&shared, id);
    }
    let lagged = ChangesError::Lagged { since: 0, oldest: 1 };
    assert_eq!(feed.try_next().expect_err("a went"), lagged);
    assert_eq!(feed.wait().expect_err("it stays where it is"), lagged);
    assert_eq!(feed.catch_up().len(), 3);
    insert(&shared, "d");
    assert_eq!(feed.try_next().expect("it is kept").map(|changes| told(&changes)), Some("+d".to_owned()));
    assert_eq!((feed.try_next().expect("it is the newest").is_none(), feed.version()), (true, 4));
}

#[test]
fn a_feed_wakes_for_a_write_and_ends_when_the_last_writer_is_gone() {
    let shared = SharedJobStore::new(JobStore::new());
    let mut feed = shared.feed_since(0);
    assert!(feed.wait_timeout(Duration::from_millis(1)).expect("nothing is gone").is_none());
    assert!(!feed.is_closed());
    let consumer = thread::spawn(move || {
        let mut seen = Vec::new();
        while let Some(changes) = feed.wait().expect("it is all kept") {
            seen.extend(changes.iter().map(|change| change.job_id().to_owned()));
        }
        assert!(feed.is_closed());
        seen
    });
    let expected: Vec<String> = (0..50).map(|number| number.to_string()).collect();
    for id in &expected {
        insert(&shared.clone(), id);
    }
    drop(shared);
    assert_eq!(consumer.join().expect("the consumer ends"), expected);
}

#[test]
fn a_replica_in_another_process_is_fed_by_text() {
    let shared = written();
    write(&shared, |store| drop(store.update("a", |job| job.name = "\u{202e}\"other\"".to_owned())));
    let mut replica = JobStore::new();
    for (commit, version) in shared.changes_since(0).expect("all is kept").commits().iter().zip(1..) {
        let text = serde_json::to_string(commit.as_ref()).expect("a commit is written");
        let told: Commit = serde_json::from_str(&text).expect("what was written is read");
        assert_eq!((told.version(), told.changes()), (version, commit.changes()));
        told.changes().iter().for_each(|change| replica.apply(change).expect("it fits"));
    }
    assert!(replica.iter().eq(shared.snapshot().iter()));
}

#[test]
fn a_change_is_read_as_its_verb_and_its_records() {
    let shared = shared_of_one_update();
    let changes = shared.changes_since(0).expect("all is kept");
    let value = serde_json::to_value(changes.commits()[0].as_ref()).expect("a commit is written");
    assert_eq!(value["Version"], 1);
    assert_eq!(value["Changes"][0]["Updated"]["Before"]["JobId"], "a");
    assert_eq!(value["Changes"][0]["Updated"]["After"]["Name"], "other");
}

fn shared_of_one_update() -> SharedJobStore {
    let mut store = JobStore::new();
    store.insert(job("a")).expect("a is free");
    let shared = SharedJobStore::new(store);
    write(&shared, |store| drop(store.update("a", |job| "other".clone_into(&mut job.name))));
    shared
}

#[test]
fn a_change_that_does_not_fit_a_replica_is_refused() {
    let shared = written();
    let changes: Vec<Change> = shared.changes_since(0).expect("it is all kept").into_iter().collect();
    let mut replica = JobStore::new();
    replica.insert(job("a")).expect("a is free");
    assert_eq!(replica.apply(&changes[0]), Err(ApplyError::Insert(InsertError::JobIdTaken { job_id: "a".to_owned() })));
    let not_found = |id: &str| Err(ApplyError::Update(UpdateError::NotFound { job_id: id.to_owned() }));
    assert_eq!(replica.apply(&changes[4]), not_found("b"));
    replica.clear();
    assert_eq!(replica.apply(&changes[3]), not_found("a"));
    assert!(replica.is_empty());
}

/// One write of a random kind and size. Some writes fail, some panic, and some change nothing.
fn write_at_random(shared: &SharedJobStore, random: &mut Random) {
    let fails = random.chance(10);
    let panics = random.chance(10);
    let count = random.below(4);
    let done = catch_unwind(AssertUnwindSafe(|| {
        shared.write(|store| {
            (0..count).for_each(|_| change_at_random(store, random));
            assert!(!panics, "injected");
            if fails { Err(()) } else { Ok(()) }
        })
    }));
    assert_eq!(done.is_err(), panics);
}

fn change_at_random(store: &mut JobStore, random: &mut Random) {
    let id = *random.pick(vocabulary::JOB_IDS);
    let name = *random.pick(vocabulary::NAMES);
    let made = vocabulary::job(
        id,
        name,
        vocabulary::time(i64::try_from(random.below(5)).expect("it is small")),
        random.below(24),
    );
    match random.below(20) {
        0 => store.clear(),
        1 => drop(store.extend([made, job("extended")])),
        2..8 => drop(store.upsert(made)),
        8..12 => drop(store.update(id, |job| *job = made)),
        12..16 => drop(store.remove(id)),
        _ => drop(store.insert(made)),
    }
}

#[test]
fn a_replica_fed_by_changes_equals_the_store() {
    for seed in 0..40 {
        let mut random = Random::new(seed);
        let shared = SharedJobStore::with_history(JobStore::new(), 30);
        let mut feed = shared.feed_since(0);
        let mut replica = JobStore::new();
        let mut lags = 0;
        for _ in 0..300 {
            write_at_random(&shared, &mut random);
            if random.chance(20) {
                match feed.try_next() {
                    Ok(changes) => changes
                        .iter()
                        .flat_map(Changes::iter)
                        .for_each(|change| replica.apply(change).expect("it fits")),
                    Err(ChangesError::Lagged { .. }) => {
                        replica = JobStore::from(feed.catch_up());
                        lags += 1;
                    }
                    Err(error) => panic!("{error}"),
                }
                assert!(replica.iter().eq(shared.snapshot().iter()), "seed {seed}, version {}", shared.version());
            }
        }
        replica.check_invariants();
        assert!(lags < 60, "a bound of 30 changes is mostly enough");
    }
}

#[test]
fn a_conditional_update_happens_only_while_its_condition_holds() {
    let shared = SharedJobStore::new(JobStore::new());
    insert(&shared, "a");
    let start = |shared: &SharedJobStore| {
        shared.update_if("a", |now| now.status == Status::Pending, |job| job.status = Status::Running)
    };
    start(&shared).expect("it is pending");
    let Err(UpdateIfError::Refused { job_id, current }) = start(&shared) else { panic!("it is running") };
    assert_eq!((job_id.as_str(), current.status, shared.version()), ("a", Status::Running, 2));
    let Err(UpdateIfError::Update(error)) = shared.update_if("b", |_| true, |_| ()) else { panic!("b is missing") };
    assert_eq!(error, UpdateError::NotFound { job_id: "b".to_owned() });
}

#[test]
fn of_two_updates_based_on_the_same_version_only_the_first_happens() {
    let shared = SharedJobStore::new(JobStore::new());
    insert(&shared, "a");
    let seen = shared.snapshot().get("a").cloned().expect("a is there");
    let rename = |name: &str| shared.update_if("a", |now| Arc::ptr_eq(now, &seen), |job| job.name = name.to_owned());
    rename("first").expect("nobody was there before");
    // The job gets its old value back, which is still another version of the job.
    shared.write(|store| store.update("a", |job| *job = Job::clone(&seen))).expect("a is there");
    assert!(matches!(rename("second"), Err(UpdateIfError::Refused { .. })));
    assert_eq!(shared.snapshot().get("a"), Some(&seen));
}

#[test]
fn counters_incremented_by_many_threads_under_a_condition_lose_no_increment() {
    let shared = SharedJobStore::new(JobStore::new());
    insert(&shared, "a");
    shared.write(|store| store.update("a", |job| job.name = "0".to_owned())).expect("a is there");
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..100).for_each(|_| raise(&shared)));
        }
    });
    assert_eq!(shared.snapshot().get("a").map(|job| job.name.clone()), Some("400".to_owned()));
}

fn raise(shared: &SharedJobStore) {
    let mut seen = shared.snapshot().get("a").cloned().expect("a is there");
    let next = |seen: &Job| (seen.name.parse::<u32>().expect("it is a number") + 1).to_string();
    while let Err(error) = shared.update_if("a", |now| Arc::ptr_eq(now, &seen), |job| job.name = next(&seen)) {
        let UpdateIfError::Refused { current, .. } = error else { panic!("{error}") };
        seen = current;
    }
}

#[test]
fn records_held_only_by_history_and_snapshots_are_freed_with_them() {
    let shared = SharedJobStore::with_history(JobStore::new(), 10);
    let mut alive = BTreeMap::new();
    shared.write(|store| store.extend((0..500).map(|number| job(&number.to_string())))).expect("the ids are free");
    let snapshot = shared.snapshot();
    for job in snapshot.iter() {
        alive.insert(job.job_id.clone(), Arc::downgrade(job));
    }
    let count = || alive.values().filter(|job| job.strong_count() > 0).count();
    for number in 0..100 {
        write(&shared, |store| drop(store.remove(&number.to_string())));
    }
    assert_eq!(count(), 500, "the snapshot holds them all");
    drop(snapshot);
    assert_eq!(count(), 410, "of the hundred that went, history holds the last ten");
    (500..510).for_each(|number| insert(&shared, &number.to_string()));
    assert_eq!(count(), 400, "ten later changes have driven those out");
}

#[test]
fn records_last_held_by_a_reader_are_freed_by_the_next_write() {
    let shared = SharedJobStore::with_history(JobStore::new(), 0);
    shared.write(|store| store.extend((0..200).map(|number| job(&number.to_string())))).expect("the ids are free");
    let alive: Vec<_> = shared.snapshot().iter().map(Arc::downgrade).collect();
    let count = || alive.iter().filter(|job| job.strong_count() > 0).count();
    let (mut reader, mut other) = (shared.reader(), shared.reader());
    write(&shared, JobStore::clear);
    assert_eq!(count(), 200, "the readers hold them");
    assert!(reader.snapshot().is_empty());
    assert_eq!(count(), 200, "the other reader holds them");
    assert!(other.snapshot().is_empty());
    insert(&shared, "a");
    assert_eq!(count(), 0);
}

/// Cause: the snapshot was left to the next write, and there was none, so it lived as long as any reader.
#[test]
fn a_reader_frees_what_it_held_last_when_nobody_can_write_any_more() {
    let shared = SharedJobStore::with_history(JobStore::new(), 0);
    insert(&shared, "a");
    let held = Arc::downgrade(shared.snapshot().get("a").expect("it is there"));
    let mut reader = shared.reader();
    write(&shared, JobStore::clear);
    drop(shared);
    assert!(held.upgrade().is_some(), "the reader holds it");
    assert!(reader.snapshot().is_empty());
    assert!(held.upgrade().is_none());
}

#[test]
fn a_dropped_reader_frees_the_records_it_held() {
    let shared = SharedJobStore::with_history(JobStore::new(), 0);
    insert(&shared, "a");
    let held = Arc::downgrade(shared.snapshot().get("a").expect("it is there"));
    let reader = shared.reader();
    write(&shared, JobStore::clear);
    assert!(held.upgrade().is_some());
    drop(reader);
    assert!(held.upgrade().is_none());
}
