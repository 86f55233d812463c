//! The shared store: what readers see beside a writer, and what a write that fails leaves.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::oracle::vocabulary;
use chrono::{DateTime, Utc};
use jobdex::error::{InsertError, UpdateError};
use jobdex::{Job, JobRecord, JobStore, ListQuery, Reader, SharedJobStore, Snapshot, StartMode, Status, TemplateType};

fn job(id: &str) -> Job {
    vocabulary::job(id, id, vocabulary::time(0), 0)
}

fn shared_of(ids: &[&str]) -> SharedJobStore {
    let mut store = JobStore::new();
    store.extend(ids.iter().map(|id| job(id))).expect("the ids are different");
    SharedJobStore::new(store)
}

fn ids(snapshot: &Snapshot) -> Vec<String> {
    snapshot.iter().map(|job| job.job_id.clone()).collect()
}

#[test]
fn what_is_shared_can_go_to_every_thread() {
    fn crosses<T: Send + Sync + Clone>() {}
    crosses::<SharedJobStore>();
    crosses::<Reader>();
    crosses::<Snapshot>();
}

#[test]
fn a_write_becomes_visible_when_its_closure_returns_and_not_before() {
    let shared = shared_of(&["a"]);
    let elsewhere = shared.clone();
    shared
        .write(|store| {
            store.insert(job("b"))?;
            assert_eq!(ids(&elsewhere.snapshot()), ["a"]);
            store.remove("a");
            assert_eq!(ids(&elsewhere.snapshot()), ["a"]);
            Ok::<_, InsertError>(())
        })
        .expect("b is free");
    assert_eq!(ids(&elsewhere.snapshot()), ["b"]);
}

#[test]
fn a_write_that_fails_changes_nothing_and_the_next_one_works() {
    let shared = shared_of(&["a"]);
    let error = shared.write(|store| {
        store.insert(job("b")).expect("b is free");
        store.update("missing", |_| ()).map(drop)
    });
    assert_eq!(error, Err(UpdateError::NotFound { job_id: "missing".to_owned() }));
    assert_eq!((ids(&shared.snapshot()), shared.version()), (vec!["a".to_owned()], 0));
    shared.write(|store| store.insert(job("b"))).expect("b is free");
    assert_eq!((ids(&shared.snapshot()), shared.version()), (vec!["a".to_owned(), "b".to_owned()], 1));
}

#[test]
fn a_write_that_panics_changes_nothing_and_the_next_one_works() {
    let shared = shared_of(&["a"]);
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        shared.write(|store| -> Result<(), InsertError> {
            store.insert(job("b"))?;
            panic!("injected")
        })
    }));
    assert!(panicked.is_err());
    assert_eq!((ids(&shared.snapshot()), shared.version()), (vec!["a".to_owned()], 0));
    shared.write(|store| store.insert(job("c"))).expect("c is free");
    assert_eq!((ids(&shared.snapshot()), shared.version()), (vec!["a".to_owned(), "c".to_owned()], 1));
}

#[test]
fn a_batch_publishes_once_and_a_write_that_changes_nothing_never() {
    let shared = shared_of(&["a"]);
    shared.write(|store| store.extend(["b", "c", "d"].map(job))).expect("the ids are free");
    assert_eq!(shared.version(), 1);
    shared.write(|store| Ok::<_, UpdateError>(store.len())).expect("reading works");
    // Cause: an empty batch was an edit of a copied root, which then differed from the published one.
    shared.write(|store| store.extend([])).expect("an empty batch fits");
    let empty = shared_of(&[]);
    empty.write(|store| store.extend([])).expect("an empty batch fits");
    assert_eq!(empty.version(), 0);
    let refused = shared.write(|store| Ok::<_, InsertError>(store.insert(job("a"))));
    assert!(refused.expect("the closure says Ok").is_err());
    assert_eq!((shared.version(), shared.snapshot().version()), (1, 1));
}

/// Cause: a clone kept the version of the publish before, though it may hold changes that are never published.
#[test]
fn a_clone_made_in_a_write_is_a_plain_store_of_version_0() {
    let shared = shared_of(&["a"]);
    shared.write(|store| store.insert(job("b"))).expect("b is free");
    let clone_and_fail = |store: &mut JobStore| {
        store.remove("a");
        Err::<(), JobStore>(store.clone())
    };
    let clone = shared.write(clone_and_fail).expect_err("the closure says Err");
    assert_eq!((ids(&clone), clone.version()), (vec!["b".to_owned()], 0));
    assert_eq!((ids(&shared.snapshot()), shared.version()), (vec!["a".to_owned(), "b".to_owned()], 1));
}

#[test]
fn a_snapshot_stays_what_it_was() {
    let shared = shared_of(&["a", "b"]);
    let before = shared.snapshot();
    shared.write(|store| store.extend(["c", "d"].map(job))).expect("the ids are free");
    shared.write(|store| store.update("a", |job| job.name.clear())).expect("a is there");
    shared.write(|store| store.remove("b").ok_or(())).expect("b is there");
    assert_eq!((ids(&before), before.version()), (vec!["a".to_owned(), "b".to_owned()], 0));
    assert_eq!(before.get("a").map(|job| job.name.as_str()), Some("a"));
    assert_eq!((shared.snapshot().len(), shared.snapshot().version()), (3, 3));
}

#[test]
fn a_reader_sees_each_publish_when_it_asks_again() {
    let shared = shared_of(&["a"]);
    let mut reader = shared.reader();
    assert_eq!(reader.snapshot().version(), 0);
    shared.write(|store| store.update("a", |job| job.status = Status::Stopped)).expect("a is there");
    let page = reader.snapshot().list(&ListQuery::new().status(Status::Stopped)).expect("the query is valid");
    assert_eq!((reader.snapshot().version(), page.total_count), (1, 1));
}

#[test]
fn a_write_inside_a_write_of_the_same_store_is_refused_and_nothing_stays_locked() {
    let shared = shared_of(&["a"]);
    let nested =
        catch_unwind(AssertUnwindSafe(|| shared.write(|_| shared.write(|store| store.insert(job("b")).map(drop)))));
    assert!(nested.is_err());
    let other = shared_of(&["x"]);
    shared.write(|_| other.write(|store| store.insert(job("y")))).expect("another store's turn is its own");
    shared.write(|store| store.insert(job("b"))).expect("b is free");
    assert_eq!(ids(&shared.snapshot()), ["a", "b"]);
}

#[test]
fn writers_take_turns_in_the_order_in_which_they_came() {
    const WRITERS: usize = 8;
    let shared = shared_of(&[]);
    thread::scope(|scope| {
        let line_up = |_: &mut JobStore| {
            for writer in 0..WRITERS {
                let shared = &shared;
                scope.spawn(move || shared.write(|store| store.insert(numbered(writer, store.len()))));
                while shared.writers_waiting() <= writer {
                    thread::yield_now();
                }
            }
            Ok::<_, InsertError>(())
        };
        shared.write(line_up).expect("nothing fails");
    });
    let order: Vec<Option<String>> =
        (0..WRITERS).map(|writer| shared.snapshot().get(&writer.to_string()).map(|job| job.name.clone())).collect();
    assert_eq!(order, (0..WRITERS).map(|turn| Some(turn.to_string())).collect::<Vec<_>>());
}

/// The job of a writer, named by the turn it had.
fn numbered(writer: usize, turn: usize) -> Job {
    vocabulary::job(&writer.to_string(), &turn.to_string(), vocabulary::time(0), 0)
}

/// A runtime that parks the thread it polls on would else sleep for ever.
#[test]
fn a_write_that_waits_for_its_turn_swallows_no_unpark() {
    let shared = shared_of(&["a"]);
    let (woken, wakes) = mpsc::channel();
    let there = shared.clone();
    let wait_for_a_turn = |_: &mut JobStore| {
        let waiting = thread::spawn(move || {
            there.write(|store| store.insert(job("b"))).expect("b is free");
            thread::park();
            woken.send(()).expect("the test listens");
        });
        while shared.writers_waiting() == 0 {
            thread::yield_now();
        }
        waiting.thread().unpark();
        // It may be asleep already, or about to be; it has the unpark in both cases.
        thread::yield_now();
        Ok::<_, InsertError>(waiting)
    };
    let waiting = shared.write(wait_for_a_turn).expect("nothing fails");
    wakes.recv_timeout(Duration::from_secs(60)).expect("the unpark was not lost");
    waiting.join().expect("the thread ends");
}

/// A record that writes to a store when it is dropped.
struct Farewell {
    job: Job,
    store: Option<SharedJobStore<Farewell>>,
}

impl Drop for Farewell {
    fn drop(&mut self) {
        if let Some(store) = self.store.take() {
            let job = vocabulary::job("written by a drop", "", vocabulary::time(0), 0);
            store.write(|store| store.insert(Self { job, store: None })).expect("the id is free");
        }
    }
}

impl JobRecord for Farewell {
    fn job_id(&self) -> &str {
        &self.job.job_id
    }

    fn name(&self) -> &str {
        &self.job.name
    }

    fn template_type(&self) -> TemplateType {
        self.job.template_type
    }

    fn start_mode(&self) -> StartMode {
        self.job.start_mode
    }

    fn status(&self) -> Status {
        self.job.status
    }

    fn create_time(&self) -> DateTime<Utc> {
        self.job.create_time
    }
}

/// Cause: the copy of a failed write was freed before its turn ended, and the next writer waited for that.
#[test]
fn a_write_that_fails_ends_its_turn_before_it_frees_its_copy() {
    let shared = SharedJobStore::new(JobStore::new());
    let record = Farewell { job: job("a"), store: Some(shared.clone()) };
    let insert_and_fail = |store: &mut JobStore<Farewell>| {
        store.insert(record).expect("the id is free");
        Err::<(), _>("refused")
    };
    assert_eq!(shared.write(insert_and_fail), Err("refused"));
    assert!(shared.snapshot().get("written by a drop").is_some());
}
