//! Writers that share a commit: each is all or nothing by itself, and readers see a group at once.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use jobdex::durable::{DiskError, Durability, DurableJobStore, DurableOptions, WriteError};
use jobdex::error::{ChangesError, InsertError};
use jobdex::{Job, JobStore, ListQuery, Status};

use crate::disk::SimulatedDisk;
use crate::folder::Folder;
use crate::oracle::vocabulary;

fn job(id: &str) -> Job {
    vocabulary::job(id, id, vocabulary::time(0), 0)
}

fn ids(store: &DurableJobStore) -> Vec<String> {
    store.shared().snapshot().iter().map(|job| job.job_id.clone()).collect()
}

fn reopened(disk: &SimulatedDisk) -> DurableJobStore {
    DurableJobStore::open_on(SimulatedDisk::of(disk.image()), DurableOptions::new()).expect("the file is whole")
}

/// The outcome of a closure.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ends {
    Well,
    ByError,
    ByPanic,
}

/// One writer holds the disk. Behind it, a group forms, in which the closure at a place fails.
fn group_with(fails_at: usize, ends: Ends) {
    const GROUP: usize = 5;
    let disk = SimulatedDisk::default();
    let store = DurableJobStore::open_on(disk.clone(), DurableOptions::new()).expect("it is new");
    let commits = store.stats().commits;
    disk.hold();
    thread::scope(|scope| {
        let (ran, has_run) = mpsc::channel();
        for writer in 0..=GROUP {
            let (store, ran) = (&store, ran.clone());
            scope.spawn(move || {
                let ends = if writer == fails_at { ends } else { Ends::Well };
                let written = catch_unwind(AssertUnwindSafe(|| {
                    let ran = &ran;
                    store.write(|jobs| {
                        jobs.insert(job(&format!("{writer}")))?;
                        ran.send(()).expect("the test listens");
                        match ends {
                            Ends::Well => Ok(()),
                            Ends::ByError => Err(InsertError::JobIdEmpty),
                            Ends::ByPanic => panic!("on purpose"),
                        }
                    })
                }));
                match (ends, written) {
                    (Ends::Well, Ok(Ok(())))
                    | (Ends::ByPanic, Err(_))
                    | (Ends::ByError, Ok(Err(WriteError::Refused(InsertError::JobIdEmpty)))) => {}
                    (_, other) => panic!("writer {writer}: {:?}", other.is_ok()),
                }
                // A write that returned is visible.
                assert_eq!(store.shared().snapshot().get(&format!("{writer}")).is_some(), ends == Ends::Well);
            });
            has_run.recv_timeout(Duration::from_secs(60)).expect("the closure runs while the disk is busy");
            assert!(ids(store).is_empty(), "readers see nothing before it is on disk");
        }
        // The closures have run; their writers join the group a moment later.
        thread::sleep(Duration::from_millis(20));
        disk.release();
    });
    let expected: Vec<String> = (0..=GROUP).filter(|&writer| writer != fails_at).map(|w| w.to_string()).collect();
    assert_eq!(ids(&store), expected);
    let stats = store.stats();
    assert_eq!(stats.writes, GROUP as u64);
    assert!(stats.commits - commits <= 3, "{} commits for one writer and its group", stats.commits - commits);
    let versions: Vec<usize> = store
        .shared()
        .changes_since(0)
        .expect("history has them")
        .commits()
        .iter()
        .map(|commit| commit.changes().len())
        .collect();
    assert_eq!(versions.iter().sum::<usize>(), GROUP);
    assert_eq!(versions.len() as u64, stats.commits - commits, "one publish for each commit");
    assert_eq!(ids(&reopened(&disk)), expected);
}

#[test]
fn a_closure_that_fails_anywhere_in_a_group_takes_no_other_with_it() {
    for fails_at in 1..=5 {
        group_with(fails_at, Ends::ByError);
        group_with(fails_at, Ends::ByPanic);
    }
}

#[test]
fn a_group_whose_commit_fails_fails_all_its_writers_and_those_behind() {
    let disk = SimulatedDisk::default();
    let store = DurableJobStore::open_on(disk.clone(), DurableOptions::new()).expect("it is new");
    store.write(|jobs| jobs.insert(job("first"))).expect("the disk works");
    let mut feed = store.shared().feed_since(store.shared().version());
    disk.hold();
    disk.clone().dead_from(disk.operations() + 2);
    thread::scope(|scope| {
        for writer in 0..6 {
            let store = &store;
            scope.spawn(move || {
                let error = store.write(|jobs| jobs.insert(job(&format!("{writer}")))).expect_err("the disk fails");
                assert!(matches!(error, WriteError::Disk(_) | WriteError::ReadOnly(_)), "{error}");
            });
        }
        thread::sleep(Duration::from_millis(50));
        disk.release();
    });
    assert_eq!(ids(&store), ["first"], "readers go on");
    let total = store.shared().snapshot().list(&ListQuery::new()).expect("a valid query").total_count;
    assert_eq!(total, 1);
    assert!(feed.wait_timeout(Duration::from_millis(1)).is_ok(), "feeds go on, and have nothing new");
    assert!(matches!(store.write(|jobs| jobs.insert(job("x"))), Err(WriteError::ReadOnly(_))));
    assert!(store.sync().is_err());
}

#[test]
fn what_a_closure_has_read_is_on_disk_before_its_result_is_told() {
    for does_fail in [false, true] {
        let disk = SimulatedDisk::default();
        let store = DurableJobStore::open_on(disk.clone(), DurableOptions::new()).expect("it is new");
        disk.hold();
        thread::scope(|scope| {
            let (ran, has_run) = mpsc::channel();
            let (store, first, later) = (&store, ran.clone(), ran);
            scope.spawn(move || {
                let written = store.write(|jobs| {
                    jobs.insert(job("a"))?;
                    first.send(()).expect("the test listens");
                    Ok::<_, InsertError>(())
                });
                assert_eq!(written.is_err(), does_fail);
            });
            has_run.recv_timeout(Duration::from_secs(60)).expect("the first closure runs");
            let refused = scope.spawn(move || {
                store.write(|jobs| {
                    let refused = jobs.insert(job("a"));
                    later.send(()).expect("the test listens");
                    refused
                })
            });
            has_run.recv_timeout(Duration::from_secs(60)).expect("the second closure runs while the disk is busy");
            thread::sleep(Duration::from_millis(50));
            let is_told = refused.is_finished();
            if does_fail {
                disk.clone().dead_from(0);
            }
            disk.release();
            assert!(!is_told, "the job that it has seen was not on disk");
            let refused = refused.join().expect("it does not panic").expect_err("a is taken, or the disk fails");
            assert_eq!(matches!(refused, WriteError::Disk(_)), does_fail, "{refused}");
        });
        assert_eq!(ids(&store).len(), usize::from(!does_fail));
    }
}

#[test]
fn a_write_that_changes_nothing_needs_no_disk() {
    let disk = SimulatedDisk::default();
    let store = DurableJobStore::open_on(disk.clone(), DurableOptions::new()).expect("it is new");
    store.write(|jobs| jobs.insert(job("a"))).expect("the disk works");
    let (syncs, version) = (disk.syncs(), store.shared().version());
    assert!(!store.write(|jobs| Ok::<_, InsertError>(jobs.remove("missing").is_some())).expect("no disk"));
    assert!(matches!(store.write(|jobs| jobs.insert(job("a"))), Err(WriteError::Refused(_))));
    assert_eq!((disk.syncs(), store.shared().version()), (syncs, version));
}

#[test]
fn a_closure_may_clear_the_store_or_put_another_in_its_place() {
    let disk = SimulatedDisk::default();
    let store = DurableJobStore::open_on(disk.clone(), DurableOptions::new()).expect("it is new");
    store.write(|jobs| jobs.extend(["a", "b", "c"].map(job))).expect("the disk works");
    store
        .write(|jobs| {
            let mut other = JobStore::new();
            other.extend(["b", "d"].map(job))?;
            other.insert(Job { status: Status::Stopped, ..job("e") }).expect("e is new");
            *jobs = other;
            Ok::<_, jobdex::error::ExtendError>(())
        })
        .expect("the disk works");
    assert_eq!(ids(&reopened(&disk)), ["b", "d", "e"]);
    store
        .write(|jobs| {
            jobs.clear();
            jobs.insert(job("a"))?;
            jobs.remove("a");
            jobs.insert(job("z"))
        })
        .expect("the disk works");
    assert_eq!(ids(&reopened(&disk)), ["z"]);
    assert_eq!(ids(&store), ["z"]);
    store.verify().expect("memory and disk agree");
}

#[test]
fn readers_feeds_and_watches_see_each_commit_at_once_and_go_on_when_the_disk_fails() {
    let disk = SimulatedDisk::default();
    let store = DurableJobStore::open_on(disk.clone(), DurableOptions::new()).expect("it is new");
    let shared = store.shared();
    let (mut reader, mut feed) = (shared.reader(), shared.feed_since(0));
    let mut watch = shared.watch(ListQuery::new().status(Status::Stopped)).expect("a valid query");
    let stopped = |id| Job { status: Status::Stopped, ..job(id) };
    assert_eq!(watch.page().total_count, 0);
    store
        .write(|jobs| {
            jobs.insert(stopped("a"))?;
            jobs.insert(stopped("b"))?;
            jobs.insert(job("c"))
        })
        .expect("the disk works");
    assert_eq!(reader.snapshot().len(), 3);
    let changes = feed.try_next().expect("history has it").expect("a commit");
    assert_eq!(changes.commits().iter().map(|commit| commit.changes().len()).collect::<Vec<_>>(), [3]);
    assert_eq!(watch.try_next().map(|change| change.events.len()), Some(2));
    assert_eq!(watch.page().total_count, 2);
    disk.clone().dead_from(disk.operations());
    store.write(|jobs| jobs.insert(stopped("d"))).expect_err("the disk fails");
    assert_eq!((reader.snapshot().len(), shared.version()), (3, 1));
    assert!(feed.try_next().expect("history is whole").is_none(), "nothing was committed");
    assert!(watch.try_next().is_none(), "nothing was committed");
    assert_eq!(shared.watch(ListQuery::new()).expect("a valid query").page().total_count, 3);
}

#[test]
fn versions_go_on_after_a_restart_and_history_begins_anew() {
    let folder = Folder::new();
    let path = folder.file("jobs.db");
    let store = DurableJobStore::open(&path, DurableOptions::new()).expect("it is new");
    for id in ["a", "b", "c"] {
        store.write(|jobs| jobs.insert(job(id))).expect("the disk works");
    }
    assert_eq!(store.shared().version(), 3);
    store.close().expect("the disk works");
    let store = DurableJobStore::open(&path, DurableOptions::new()).expect("it is whole");
    assert_eq!((store.shared().version(), store.shared().snapshot().version()), (3, 3));
    assert_eq!(store.shared().changes_since(2).err(), Some(ChangesError::Lagged { since: 2, oldest: 3 }));
    let mut feed = store.shared().feed_since(3);
    store.write(|jobs| jobs.insert(job("d"))).expect("the disk works");
    let changes = feed.wait_timeout(Duration::from_secs(10)).expect("history has it");
    assert_eq!(changes.map(|changes| changes.version()), Some(4));
}

#[test]
fn a_closed_store_reads_and_refuses_writes_and_its_file_is_free() {
    let folder = Folder::new();
    let path = folder.file("jobs.db");
    let store = DurableJobStore::open(&path, DurableOptions::new()).expect("it is new");
    let clone = store.clone();
    store.write(|jobs| jobs.insert(job("a"))).expect("the disk works");
    store.close().expect("the disk works");
    let error = clone.write(|jobs| jobs.insert(job("b"))).expect_err("it is closed");
    assert!(matches!(&error, WriteError::ReadOnly(reason) if matches!(**reason, DiskError::Closed)), "{error}");
    assert_eq!(ids(&clone), ["a"]);
    assert!(clone.backup(folder.file("backup.db")).is_err());
    let again = DurableJobStore::<Job>::open(&path, DurableOptions::new()).expect("the file is free");
    assert_eq!(ids(&again), ["a"]);
}

#[test]
fn a_flushed_store_publishes_at_once_and_loses_only_what_was_not_flushed() {
    let disk = SimulatedDisk::default();
    let durability = Durability::Flushed { every: Duration::from_secs(3_600) };
    let options = || DurableOptions::new().durability(durability);
    let store = DurableJobStore::open_on(disk.clone(), options()).expect("it is new");
    store.write(|jobs| jobs.insert(job("a"))).expect("it needs no disk");
    store.sync().expect("the disk works");
    let syncs = disk.syncs();
    store.write(|jobs| jobs.insert(job("b"))).expect("it needs no disk");
    store.write(|jobs| jobs.update("a", |job| job.status = Status::Stopped)).expect("it needs no disk");
    assert_eq!((ids(&store), disk.syncs()), (vec!["a".to_owned(), "b".to_owned()], syncs));
    let after_crash = DurableJobStore::<Job>::open_on(SimulatedDisk::of(disk.image()), options()).expect("it is whole");
    assert_eq!(ids(&after_crash), ["a"]);
    assert!(after_crash.shared().version() > store.shared().version() + 1_000, "no version has two meanings");
    let version = store.shared().version();
    store.close().expect("the disk works");
    let after_close = DurableJobStore::<Job>::open_on(SimulatedDisk::of(disk.image()), options()).expect("it is whole");
    assert_eq!((ids(&after_close), after_close.shared().version()), (vec!["a".to_owned(), "b".to_owned()], version));
}

#[test]
fn a_flushed_store_is_flushed_by_its_thread() {
    let disk = SimulatedDisk::default();
    let durability = Durability::Flushed { every: Duration::from_millis(5) };
    let store =
        DurableJobStore::open_on(disk.clone(), DurableOptions::new().durability(durability)).expect("it is new");
    store.write(|jobs| jobs.insert(job("a"))).expect("it needs no disk");
    let is_there = (0..2_000).any(|_| {
        thread::sleep(Duration::from_millis(5));
        ids(&reopened(&disk)) == ["a"]
    });
    assert!(is_there, "the thread flushes");
    disk.clone().dead_from(disk.operations());
    store.write(|jobs| jobs.insert(job("b"))).expect("it needs no disk");
    let is_refused = (0..2_000).any(|_| {
        thread::sleep(Duration::from_millis(5));
        store.write(|jobs| jobs.insert(job("c")).or(Ok::<_, InsertError>(std::sync::Arc::new(job("c"))))).is_err()
    });
    assert!(is_refused, "a disk that fails stops the writes");
    assert!(store.close().is_err());
}
