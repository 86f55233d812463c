//! The code of a record of one's own panics at every place where the store calls it: its getters, its facets and the
//! iterator of its labels. A write that panics changes nothing, and feeds and watches report nothing of it.

use std::borrow::Cow;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use crate::oracle::record_vocabulary::Vocabulary;
use crate::oracle::records::PlainRecord;
use crate::oracle::{random::Random, vocabulary};
use chrono::{DateTime, Utc};
use jobdex::changes::Change;
use jobdex::error::UpdateError;
use jobdex::{Facet, JobStore, ListQuery, Record, SharedJobStore, SortOrder};

thread_local! {
    /// The number of calls that return before one panics.
    static ANSWERS: Cell<usize> = const { Cell::new(usize::MAX) };
}

fn answer<T>(value: T) -> T {
    let left = ANSWERS.get();
    ANSWERS.set(left.saturating_sub(1));
    assert!(left > 0, "injected");
    value
}

/// A facet of three values, whose own code may panic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Phase(usize);

impl Facet for Phase {
    const NAME: &'static str = "phase";
    const LEN: usize = 3;

    fn ordinal(self) -> usize {
        answer(self.0)
    }

    fn from_ordinal(n: usize) -> Self {
        Self(n)
    }

    fn text(self) -> Cow<'static, str> {
        self.0.to_string().into()
    }
}

/// A record of which every getter may panic, and the iterator of its labels at every step.
#[derive(Debug, PartialEq)]
struct Fragile(PlainRecord);

impl Clone for Fragile {
    fn clone(&self) -> Self {
        Self(answer(self.0.clone()))
    }
}

impl Record for Fragile {
    type Facets = (Phase, Option<bool>);

    fn job_id(&self) -> &str {
        answer(&self.0.job_id)
    }

    fn name(&self) -> &str {
        answer(&self.0.name)
    }

    fn create_time(&self) -> DateTime<Utc> {
        answer(self.0.create_time)
    }

    fn facets(&self) -> (Phase, Option<bool>) {
        answer((Phase(self.0.values[0]), Option::from_ordinal(self.0.values[1])))
    }

    fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        // The call, each step and the end of the iterator.
        answer(());
        let labels = self.0.labels.iter().map(|(key, value)| Some((key.as_str(), value.as_str())));
        labels.chain([None]).filter_map(answer)
    }
}

fn plain(number: usize, second: usize) -> PlainRecord {
    let mut random = Random::new(number as u64);
    PlainRecord {
        job_id: format!("job-{number}"),
        name: vocabulary::NAMES[number % vocabulary::NAMES.len()].to_owned(),
        create_time: vocabulary::time(i64::try_from(second).expect("a second fits")),
        values: vec![number % 3, number / 3 % 3],
        labels: Vocabulary::labels(&mut random),
    }
}

fn fragile(number: usize, second: usize) -> Fragile {
    Fragile(plain(number, second))
}

/// A store with two records per second, so that keys are also compared by ID.
fn store_of(numbers: impl Iterator<Item = usize>) -> JobStore<Fragile> {
    let mut store = JobStore::new();
    store.extend(numbers.map(|number| fragile(number, number / 2 + 1))).expect("the ids are different");
    store
}

/// The records in order, read without calling their getters from the store.
fn records(store: &JobStore<Fragile>) -> Vec<PlainRecord> {
    store.iter().map(|record| record.0.clone()).collect()
}

/// Lists and counts by label and by facet, which no record tells.
fn counts(store: &JobStore<Fragile>) -> String {
    let query = ListQuery::new().label("queue", ["eu-1", "us-1"]).label_not("owner", "o1").filter(..=Phase(1));
    let facets = store.facets(&query).expect("valid");
    let top = store.label_counts("owner", 100, &ListQuery::new()).expect("valid");
    format!("{} {facets:?} {top:?}", store.list(&query).expect("valid").total_count)
}

/// One write of each kind.
type Write = (&'static str, fn(&mut JobStore<Fragile>));

/// Runs a write repeatedly, with a panic at its first call to a record, then at its second, until it runs through. It
/// runs in place, where nobody else holds the written parts, and on a shared store. A stride leaves calls out.
fn inject(make: impl Fn() -> JobStore<Fragile>, (name, write): Write, stride: usize) {
    let mut own = make();
    let before = (records(&own), counts(&own));
    let undisturbed = {
        let mut store = make();
        write(&mut store);
        (records(&store), counts(&store))
    };
    assert_ne!(before.0, undisturbed.0, "{name} changes something");
    let shared = SharedJobStore::new(make());
    let query = ListQuery::new().label_exists("queue").page_size(100);
    let mut watch = shared.watch(query.clone()).expect("the query is valid");
    let watched = watch.page().total_count;
    let mut calls = 0;
    while panics_after(calls, || write(&mut own)) {
        assert!(records(&own) == before.0, "{name} with a panic at call {calls} changed a record");
        if calls % 5 == 0 {
            own.check_invariants();
            assert_eq!(counts(&own), before.1, "{name} with a panic at call {calls} changed an index");
        }
        calls += stride;
    }
    own.check_invariants();
    assert!((records(&own), counts(&own)) == undisturbed, "{name} does after {calls} panics what it does without");
    for call in (0..calls).step_by(calls / 40 + 1) {
        assert!(panics_after(call, || write_to(&shared, write)));
        assert_eq!(shared.version(), 0, "{name} with a panic at call {call} published something");
        assert!(shared.changes_since(0).expect("it is all kept").is_empty(), "{name} reported something");
        assert!(watch.try_next().is_none() && watch.page().total_count == watched, "{name} was seen by a watch");
    }
    write_to(&shared, write);
    assert!(records(&JobStore::from(shared.snapshot())) == undisturbed.0, "{name} works after its panics");
    // A replica that panics at any call of a change goes on from where it was.
    let mut replica = make();
    for change in shared.changes_since(0).expect("it is all kept") {
        follow(&mut replica, &change);
    }
    assert!((records(&replica), counts(&replica)) == undisturbed, "a replica has the records after {name}");
    let mut calls = 0;
    while panics_after(calls, || drop(watch.try_next())) {
        assert_eq!((watch.version(), watch.page().total_count), (0, watched));
        calls += 1;
    }
    assert_eq!(watch.page().total_count, shared.snapshot().list(&query).expect("valid").total_count);
}

fn follow(replica: &mut JobStore<Fragile>, change: &Change<Fragile>) {
    let before = records(replica);
    let mut calls = 0;
    while panics_after(calls, || replica.apply(change).expect("the change fits")) {
        assert!(records(replica) == before, "a change with a panic at call {calls} changed something");
        calls += 1;
    }
    replica.check_invariants();
}

fn write_to(shared: &SharedJobStore<Fragile>, write: fn(&mut JobStore<Fragile>)) {
    let infallible = |store: &mut JobStore<Fragile>| {
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

fn update(store: &mut JobStore<Fragile>, change: fn(&mut PlainRecord)) {
    drop(store.update("job-3", |record| change(&mut record.0)).expect("it is there"));
}

const SMALL: [Write; 11] = [
    ("insert", |store| drop(store.insert(fragile(900, 7)).expect("the id is free"))),
    ("upsert of a new record", |store| drop(store.upsert(fragile(901, 7)).expect("it is within its limits"))),
    ("upsert of a record that is there", |store| {
        drop(store.upsert(fragile(3, 900)).expect("it is within its limits"));
    }),
    ("another facet", |store| update(store, |record| record.values = vec![2, 2])),
    ("other labels", |store| {
        update(store, |record| {
            record.labels.pop();
            record.labels.push(("queue".to_owned(), "new".to_owned()));
            record.labels.push(("owner".to_owned(), "o1".to_owned()));
        });
    }),
    ("no labels", |store| update(store, |record| record.labels = Vec::new())),
    ("change of everything", |store| {
        update(store, |record| *record = PlainRecord { job_id: "job-3".to_owned(), ..plain(77, 50) });
    }),
    ("remove", |store| drop(store.remove("job-3").expect("it is there"))),
    ("extend", |store| store.extend((500..520).map(|number| fragile(number, number % 7))).expect("the ids are free")),
    ("extend behind all", |store| {
        store.extend((500..520).map(|number| fragile(number, 100_000 + number / 2))).expect("the ids are free");
    }),
    ("an update under a condition", |store| {
        let condition = |now: &Arc<Fragile>| answer(now.0.name.is_ascii());
        drop(store.update_if("job-4", condition, |record| record.0.labels = answer(Vec::new())).expect("it holds"));
    }),
];

#[test]
fn a_panic_at_any_call_of_a_write_leaves_the_store_as_it_was() {
    silence_injected_panics();
    for write in SMALL {
        inject(|| store_of(0..40), write, 1);
    }
    let load: Write = ("a load", |store| {
        store.extend((0..30).map(|number| fragile(number, number))).expect("the ids are different");
    });
    inject(JobStore::new, load, 1);
}

#[test]
fn a_panic_while_rows_move_leaves_the_store_as_it_was() {
    silence_injected_panics();
    inject(
        full_block,
        ("an insertion that splits a block", |store| {
            drop(store.insert(fragile(401, 201)).expect("the id is free"));
        }),
        13,
    );
    inject(
        sparse_blocks,
        ("a removal that joins blocks", |store| {
            drop(store.remove("job-1788").expect("it is there"));
        }),
        13,
    );
}

/// A full block: blocks are left at 896 rows when records are inserted in order, and late ones fill the first one up to
/// its 1,024.
fn full_block() -> JobStore<Fragile> {
    let mut store = store_of((0..1_000).map(|number| number * 2));
    for number in 0..128 {
        store.insert(fragile(number * 2 + 1, number + 1)).expect("the id is free");
    }
    store
}

/// Two blocks with 256 rows left in each.
fn sparse_blocks() -> JobStore<Fragile> {
    let mut store = store_of((0..2_000).map(|number| number * 2));
    for number in (0..640).chain(896..1_536) {
        store.remove(&format!("job-{}", number * 2)).expect("it is there");
    }
    store
}

#[test]
fn a_panic_in_a_read_leaves_everything_as_it_was() {
    silence_injected_panics();
    // So many records that the labels of the two of one second are read from the records, and not from lists.
    let shared = SharedJobStore::new(store_of(0..2_000));
    let query = ListQuery::new().label("queue", "eu-1").sort(SortOrder::Asc).page_size(1);
    let by_keyword = ListQuery::new().keyword("hd").page_size(1);
    let rare = ListQuery::new().created(vocabulary::time(5)..=vocabulary::time(5));
    let reads: [(&str, &dyn Fn()); 4] = [
        ("a list", &|| drop(shared.snapshot().list(&query).expect("the query is valid"))),
        ("counts of labels", &|| drop(shared.snapshot().label_counts("owner", 5, &rare).expect("valid"))),
        ("a filter", &|| drop(shared.snapshot().list(&query.clone().filter([Phase(0), Phase(1)])).expect("valid"))),
        ("a keyword", &|| drop(shared.snapshot().list(&by_keyword).expect("valid"))),
    ];
    for (what, read) in reads {
        let mut calls = 0;
        while panics_after(calls, read) {
            calls += 1;
        }
        assert!(calls > 0, "{what} calls a record or a facet");
        shared.snapshot().check_invariants();
    }
    shared.write(|store| store.insert(fragile(9_000, 1))).expect("the id is free");
}
