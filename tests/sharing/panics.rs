//! Records and closures that panic at every place where the store calls them: a write that panics changes nothing.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::thread;

use crate::oracle::vocabulary;
use chrono::{DateTime, Utc};
use jobdex::error::UpdateError;
use jobdex::{Job, JobRecord, JobStore, ListQuery, SharedJobStore, StartMode, Status, TemplateType};

thread_local! {
    /// The number of calls that return before one panics.
    static ANSWERS: Cell<usize> = const { Cell::new(usize::MAX) };
    /// Whether the next drop of a record panics.
    static DROPS_PANIC: Cell<bool> = const { Cell::new(false) };
}

/// A record of which every getter may panic.
#[derive(Debug, PartialEq)]
struct Brittle(Job);

impl Clone for Brittle {
    fn clone(&self) -> Self {
        Self(answer(self.0.clone()))
    }
}

impl Drop for Brittle {
    fn drop(&mut self) {
        // A second panic during unwinding would abort the process.
        if DROPS_PANIC.get() && !thread::panicking() {
            DROPS_PANIC.set(false);
            panic!("injected");
        }
    }
}

fn answer<T>(value: T) -> T {
    let left = ANSWERS.get();
    ANSWERS.set(left.saturating_sub(1));
    assert!(left > 0, "injected");
    value
}

impl JobRecord for Brittle {
    fn job_id(&self) -> &str {
        answer(&self.0.job_id)
    }

    fn name(&self) -> &str {
        answer(&self.0.name)
    }

    fn template_type(&self) -> TemplateType {
        answer(self.0.template_type)
    }

    fn start_mode(&self) -> StartMode {
        answer(self.0.start_mode)
    }

    fn status(&self) -> Status {
        answer(self.0.status)
    }

    fn create_time(&self) -> DateTime<Utc> {
        answer(self.0.create_time)
    }
}

/// One write of each kind.
type Write = (&'static str, fn(&mut JobStore<Brittle>));

fn brittle(number: usize, second: usize) -> Brittle {
    let name = vocabulary::NAMES[number % vocabulary::NAMES.len()];
    let time = vocabulary::time(i64::try_from(second).expect("a second fits"));
    Brittle(vocabulary::job(&format!("job-{number}"), name, time, number % 24))
}

/// A store with two jobs per second, so that keys are also compared by ID.
fn store_of(numbers: impl Iterator<Item = usize>) -> JobStore<Brittle> {
    let mut store = JobStore::new();
    store.extend(numbers.map(|number| brittle(number, number / 2 + 1))).expect("the ids are different");
    store
}

/// The records in order, read without calling their getters from the store.
fn jobs(store: &JobStore<Brittle>) -> Vec<Job> {
    store.iter().map(|job| job.0.clone()).collect()
}

/// Runs a write repeatedly, with a panic at its first call to a record, then at its second, until it runs through. It
/// runs in place, where nobody else holds the written parts, and on a shared store.
fn inject(make: impl Fn() -> JobStore<Brittle>, (name, write): Write) {
    let mut own = make();
    let before = jobs(&own);
    let undisturbed = {
        let mut store = make();
        write(&mut store);
        jobs(&store)
    };
    assert_ne!(before, undisturbed, "{name} changes something");
    let shared = SharedJobStore::new(make());
    let mut calls = 0;
    while panics_after(calls, || write(&mut own)) {
        assert!(jobs(&own) == before, "{name} with a panic at call {calls} changed something");
        if calls.is_multiple_of(97) {
            own.check_invariants();
        }
        calls += 1;
    }
    own.check_invariants();
    assert!(jobs(&own) == undisturbed, "{name} does after {calls} panics what it does without");
    for call in (0..calls).step_by(calls / 40 + 1) {
        assert!(panics_after(call, || write_to(&shared, write)));
        assert_eq!(shared.version(), 0, "{name} with a panic at call {call} published something");
    }
    write_to(&shared, write);
    assert!(jobs(&JobStore::from(shared.snapshot())) == undisturbed, "{name} works after its panics");
}

fn write_to(shared: &SharedJobStore<Brittle>, write: fn(&mut JobStore<Brittle>)) {
    let infallible = |store: &mut JobStore<Brittle>| {
        write(store);
        Ok::<_, UpdateError>(())
    };
    shared.write(infallible).expect("the closure says Ok");
}

/// Whether a call panics if the record returns so many times and then panics.
fn panics_after(answers: usize, call: impl FnOnce()) -> bool {
    ANSWERS.set(answers);
    let panicked = panic::catch_unwind(AssertUnwindSafe(call)).is_err();
    ANSWERS.set(usize::MAX);
    panicked
}

/// Hides the messages of the thousands of injected panics, and no others.
fn silence_injected_panics() {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if info.payload().downcast_ref::<&str>() != Some(&"injected") {
            report(info);
        }
    }));
}

const SMALL: [Write; 11] = [
    ("insert", |store| drop(store.insert(brittle(900, 7)).expect("the id is free"))),
    ("upsert of a new job", |store| drop(store.upsert(brittle(901, 7)).expect("it is within its limits"))),
    ("upsert of a job that is there", |store| drop(store.upsert(brittle(3, 900)).expect("it is within its limits"))),
    ("status change", |store| {
        drop(store.update("job-3", |job| job.0.status = other(job.0.status)).expect("it is there"));
    }),
    ("rename", |store| drop(store.update("job-3", |job| job.0.name.push_str(" zwei")).expect("it is there"))),
    ("change of everything", |store| {
        drop(
            store
                .update("job-3", |job| job.0 = vocabulary::job("job-3", "Sky News", vocabulary::time(50), 18))
                .expect("it is there"),
        );
    }),
    ("remove", |store| drop(store.remove("job-3").expect("it is there"))),
    ("extend", |store| store.extend((500..520).map(|number| brittle(number, number % 7))).expect("the ids are free")),
    ("extend behind all", |store| {
        store.extend((500..520).map(|number| brittle(number, 100_000 + number / 2))).expect("the ids are free");
    }),
    ("an update under a condition", |store| {
        let condition = |now: &Arc<Brittle>| answer(now.0.name.is_ascii());
        drop(store.update_if("job-3", condition, |job| job.0.name = answer("other".to_owned())).expect("it holds"));
    }),
    ("a panic in the update's closure", |store| {
        drop(store.update("job-3", |job| job.0.name = answer("other".to_owned())).expect("it is there"));
    }),
];

fn other(status: Status) -> Status {
    if status == Status::Stopped { Status::Running } else { Status::Stopped }
}

#[test]
fn a_panic_at_any_call_of_a_write_leaves_the_store_as_it_was() {
    silence_injected_panics();
    for write in SMALL {
        inject(|| store_of(0..40), write);
    }
}

#[test]
fn a_panic_while_rows_move_leaves_the_store_as_it_was() {
    silence_injected_panics();
    inject(
        full_block,
        ("an insertion that splits a block", |store| {
            drop(store.insert(brittle(401, 201)).expect("the id is free"));
        }),
    );
    inject(
        sparse_blocks,
        ("a removal that joins blocks", |store| {
            drop(store.remove("job-1788").expect("it is there"));
        }),
    );
}

/// A full block: blocks are left at 896 rows when jobs are inserted in order, and late jobs fill the first one up to
/// its 1,024.
fn full_block() -> JobStore<Brittle> {
    let mut store = store_of((0..1_000).map(|number| number * 2));
    for number in 0..128 {
        store.insert(brittle(number * 2 + 1, number + 1)).expect("the id is free");
    }
    store
}

/// Two blocks with 256 rows left in each.
fn sparse_blocks() -> JobStore<Brittle> {
    let mut store = store_of((0..2_000).map(|number| number * 2));
    for number in (0..640).chain(896..1_536) {
        store.remove(&format!("job-{}", number * 2)).expect("it is there");
    }
    store
}

#[test]
fn an_iterator_that_panics_adds_nothing() {
    silence_injected_panics();
    let mut store = store_of(0..10);
    let before = jobs(&store);
    for call in 0..3 {
        ANSWERS.set(call);
        let made = (100..103).map(|number| answer(brittle(number, number)));
        let extended = panic::catch_unwind(AssertUnwindSafe(|| drop(store.extend(made))));
        ANSWERS.set(usize::MAX);
        assert!(extended.is_err());
        assert_eq!(jobs(&store), before);
        store.check_invariants();
    }
}

#[test]
fn a_panic_in_a_read_leaves_everything_as_it_was() {
    silence_injected_panics();
    let shared = SharedJobStore::new(store_of(0..40));
    let query = ListQuery::new().keyword("news").page_size(1);
    let mut calls = 0;
    while panics_after(calls, || drop(shared.snapshot().list(&query).expect("the query is valid"))) {
        calls += 1;
    }
    assert!(calls > 0, "a page reads its last job's key");
    shared.snapshot().check_invariants();
    shared.write(|store| store.insert(brittle(900, 1))).expect("the id is free");
}

#[test]
fn a_panic_in_a_watch_leaves_the_watch_as_it_was() {
    silence_injected_panics();
    let shared = SharedJobStore::new(store_of(0..10));
    let mut watch = shared.watch(ListQuery::new().page_size(5)).expect("the query is valid");
    shared.write(|store| store.remove("job-9").ok_or(())).expect("it is there");
    let mut calls = 0;
    while panics_after(calls, || drop(watch.try_next())) {
        assert_eq!((watch.version(), watch.page().total_count), (0, 10));
        calls += 1;
    }
    assert!(calls > 0, "a watch reads records");
    assert_eq!((watch.version(), watch.page().total_count), (1, 9));
}

/// A record that panics while it is dropped may be gone, so such a write may be published, either wholly or not at all.
#[test]
fn a_record_that_panics_when_dropped_prevents_no_later_write() {
    silence_injected_panics();
    for (name, write) in SMALL {
        // The history is short, so that records are dropped at once.
        let shared = SharedJobStore::with_history(store_of(0..40), 1);
        let before = jobs(&JobStore::from(shared.snapshot()));
        DROPS_PANIC.set(true);
        drop(panic::catch_unwind(AssertUnwindSafe(|| write_to(&shared, write))));
        DROPS_PANIC.set(false);
        shared.snapshot().check_invariants();
        assert_eq!(shared.version() == 0, jobs(&JobStore::from(shared.snapshot())) == before, "{name}");
        shared.write(|store| store.insert(brittle(1_000, 1))).expect("the id is free");
        shared.snapshot().check_invariants();
    }
}
