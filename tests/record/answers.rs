//! Records that break the contract: a facet whose number is not under its length, answers that differ from call to
//! call. Such a record is refused, or it is stored under one of its answers. No write panics, and other records are
//! listed as ever.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};

use crate::oracle::vocabulary;
use chrono::{DateTime, Utc};
use jobdex::changes::Change;
use jobdex::error::{FacetError, InsertError, QueryError, UpdateError};
use jobdex::{Facet, JobStore, ListQuery, Record, SharedJobStore, SortOrder};

/// No call answers with a wrong number, or none does any more.
const NEVER: usize = usize::MAX;

thread_local! {
    /// The number of calls until one answers with a number that is not of the facet.
    static CALLS_LEFT: Cell<usize> = const { Cell::new(NEVER) };
    /// The labels of every record named `shifty` from one call to the next; the last stays.
    static LABELS: RefCell<Vec<Vec<&'static str>>> = const { RefCell::new(Vec::new()) };
}

/// A facet of three values that does not check its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Loose(usize);

impl Facet for Loose {
    const NAME: &'static str = "loose";
    const LEN: usize = 3;

    fn ordinal(self) -> usize {
        let left = CALLS_LEFT.get();
        CALLS_LEFT.set(if left == NEVER { NEVER } else { left.wrapping_sub(1) });
        if left == 0 { NEVER } else { self.0 }
    }

    fn from_ordinal(n: usize) -> Self {
        Self(n)
    }

    fn text(self) -> Cow<'static, str> {
        self.0.to_string().into()
    }
}

#[derive(Clone, Debug, PartialEq)]
struct Shifty {
    id: String,
    value: usize,
    labels: Vec<&'static str>,
    second: i64,
}

impl Record for Shifty {
    type Facets = (bool, Loose);

    fn job_id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> &'static str {
        "news"
    }

    fn create_time(&self) -> DateTime<Utc> {
        vocabulary::time(self.second)
    }

    fn facets(&self) -> (bool, Loose) {
        (true, Loose(self.value))
    }

    fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        let next = |labels: &mut Vec<Vec<&'static str>>| {
            if labels.len() > 1 { Some(labels.remove(0)) } else { labels.first().cloned() }
        };
        let shifted = if self.id == "shifty" { LABELS.with_borrow_mut(next) } else { None };
        shifted.unwrap_or_else(|| self.labels.clone()).into_iter().map(|value| ("queue", value))
    }
}

fn record(id: &str, value: usize) -> Shifty {
    Shifty { id: id.to_owned(), value, labels: vec!["a"], second: 0 }
}

fn store() -> JobStore<Shifty> {
    let mut store = JobStore::new();
    store.extend(["x", "y", "z"].map(|id| record(id, 1))).expect("the records are good");
    store
}

fn out_of_range(got: usize) -> FacetError {
    FacetError::Ordinal { facet: "loose".to_owned(), got, limit: 3 }
}

#[test]
fn a_number_that_is_not_of_the_facet_is_an_error_of_every_write() {
    for got in [3, 4, 65_535, 65_536, 65_537, usize::MAX] {
        let mut store = store();
        let refusal = InsertError::Facet(out_of_range(got));
        assert_eq!(store.insert(record("new", got)).expect_err("refused"), refusal);
        assert_eq!(store.upsert(record("new", got)).expect_err("refused"), refusal);
        assert_eq!(store.upsert(record("x", got)).expect_err("refused"), refusal);
        let updated = store.update("x", |record| record.value = got);
        assert_eq!(updated.expect_err("refused"), UpdateError::Facet(out_of_range(got)));
        for mut store in [store.clone(), JobStore::new()] {
            let refused = store.extend([record("n", 0), record("m", got)]).expect_err("refused");
            assert_eq!((refused.position, refused.reason), (1, refusal.clone()));
        }
        store.check_invariants();
        assert_eq!(store.len(), 3);
    }
}

#[test]
fn a_number_that_is_not_of_the_facet_is_an_error_of_every_filter() {
    let store = store();
    for got in [3, 1_000, 70_000, usize::MAX] {
        let queries = [
            ListQuery::new().filter(Loose(got)),
            ListQuery::new().filter([Loose(1), Loose(got)]),
            ListQuery::new().filter(Loose(0)..=Loose(got)),
            ListQuery::new().filter(Loose(0)..Loose(got)),
            ListQuery::new().filter(Loose(got)..),
            ListQuery::new().filter(..=Loose(got)),
            ListQuery::new().exclude(Loose(got)),
        ];
        for query in queries {
            let refusal = QueryError::Facet(out_of_range(got));
            assert_eq!(store.list(&query).expect_err("refused"), refusal, "{query:?}");
        }
        let counts = store.facets(&ListQuery::new()).expect("valid");
        assert_eq!(counts.of(Loose(got)), 0);
    }
}

/// Runs a write with a wrong number at its first call to the facet, then at its second, until none is left, and returns the
/// number of calls.
fn with_a_wrong_number(write: impl Fn(&mut JobStore<Shifty>) -> bool, make: impl Fn() -> JobStore<Shifty>) -> usize {
    for calls in 0.. {
        let mut store = make();
        let len = store.len();
        CALLS_LEFT.set(calls);
        let is_done = write(&mut store);
        let is_over = CALLS_LEFT.replace(NEVER) != NEVER;
        assert!(is_done || store.len() == len, "a write that is refused at call {calls} changes nothing");
        assert_eq!(is_done, is_over, "the wrong number at call {calls} is an error");
        store.check_invariants();
        if is_over {
            return calls;
        }
    }
    unreachable!("a write ends")
}

/// A write that says whether it was done.
type AnyWrite<'a> = &'a dyn Fn(&mut JobStore<Shifty>) -> bool;

#[test]
fn a_number_that_differs_from_call_to_call_is_an_error_and_no_panic() {
    let later = |id: &str| Shifty { second: 9, ..record(id, 2) };
    let base = store();
    let shared = SharedJobStore::new(store());
    shared.write(|store| store.insert(record("new", 2))).expect("it is good");
    shared.write(|store| store.update("x", |record| record.value = 2)).expect("it is good");
    shared.write(|store| store.update("x", |record| record.second = 2)).expect("it is good");
    let changes: Vec<Change<Shifty>> = shared.changes_since(0).expect("all kept").into_iter().collect();
    let writes: [(&str, AnyWrite<'_>); 9] = [
        ("insert", &|store| store.insert(record("new", 2)).is_ok()),
        ("upsert", &|store| store.upsert(record("new", 2)).is_ok()),
        ("upsert of a record that is there", &|store| store.upsert(record("x", 2)).is_ok()),
        ("upsert at another time", &|store| store.upsert(later("x")).is_ok()),
        ("update", &|store| store.update("x", |record| record.value = 2).is_ok()),
        ("extend", &|store| store.extend([record("m", 2), record("n", 2)]).is_ok()),
        ("extend behind all", &|store| store.extend([later("m"), later("n")]).is_ok()),
        ("apply of an insertion", &|store| store.apply(&changes[0]).is_ok()),
        ("apply of an update", &|store| store.apply(&changes[1]).is_ok() && store.apply(&changes[2]).is_ok()),
    ];
    for (what, write) in writes {
        // An update reads the record before too, whose number is not asked for.
        let calls = with_a_wrong_number(write, || base.clone());
        assert!(calls > 0, "{what} asks for the number");
    }
    let load = |store: &mut JobStore<Shifty>| store.extend(["m", "n"].map(|id| record(id, 2))).is_ok();
    assert_eq!(with_a_wrong_number(load, JobStore::new), 2, "a load asks each record once");
    let filter = |store: &mut JobStore<Shifty>| store.list(&ListQuery::new().filter([Loose(1), Loose(2)])).is_ok();
    with_a_wrong_number(filter, || base.clone());
    let range = |store: &mut JobStore<Shifty>| store.list(&ListQuery::new().filter(Loose(1)..=Loose(2))).is_ok();
    with_a_wrong_number(range, || base.clone());
}

/// Every sequence of labels that the calls of a few writes may see.
fn label_sequences() -> Vec<Vec<Vec<&'static str>>> {
    let kinds: [&[&str]; 5] = [&[], &["a"], &["b"], &["a", "b", "c"], &["new"]];
    let mut sequences: Vec<Vec<Vec<&str>>> = vec![Vec::new()];
    for _ in 0..4 {
        let longer = |sequence: &Vec<Vec<&'static str>>| {
            let sequence = sequence.clone();
            kinds.map(|kind| [sequence.clone(), vec![kind.to_vec()]].concat())
        };
        sequences = sequences.iter().flat_map(longer).collect();
    }
    sequences
}

/// Such a record may be listed under labels that it lacks. Nothing else is promised of lists with a condition on labels.
#[test]
fn labels_that_differ_from_call_to_call_make_no_write_panic_and_no_list_without_labels_wrong() {
    for labels in label_sequences() {
        let mut store = store();
        LABELS.set(labels.clone());
        store.insert(record("shifty", 0)).expect("its labels are within their limits");
        check(&store, &["shifty", "x", "y", "z"], &labels);
        store.update("shifty", |record| record.value = 2).expect("it is there");
        store.upsert(Shifty { second: 5, ..record("shifty", 1) }).expect("it is good");
        check(&store, &["x", "y", "z", "shifty"], &labels);
        store.extend(["m", "n"].map(|id| record(id, 2))).expect("they are good");
        check(&store, &["m", "n", "x", "y", "z", "shifty"], &labels);
        assert!(store.remove("shifty").is_some());
        // The row is given to another record.
        store.extend(["other", "p", "q"].map(|id| record(id, 0))).expect("they are good");
        check(&store, &["m", "n", "other", "p", "q", "x", "y", "z"], &labels);
        for id in ["x", "y", "z", "other", "m", "n", "p"] {
            assert!(store.remove(id).is_some(), "{id} is removed after {labels:?}");
        }
        check(&store, &["q"], &labels);
        store.clear();
        LABELS.set(Vec::new());
        store.insert(record("shifty", 0)).expect("it is good");
        store.check_invariants();
        assert_eq!(store.list(&ListQuery::new().label("queue", "a")).expect("valid").total_count, 1);
    }
}

/// Checks that the lists without a condition on labels have these records.
fn check(store: &JobStore<Shifty>, ids: &[&str], labels: &[Vec<&'static str>]) {
    assert!(store.iter().map(|record| record.id.as_str()).eq(ids.iter().copied()), "after {labels:?}");
    for query in [ListQuery::new(), ListQuery::new().keyword("news"), ListQuery::new().filter(true)] {
        let page = store.list(&query.sort(SortOrder::Asc)).expect("valid");
        assert!(page.jobs.iter().map(|record| record.id.as_str()).eq(ids.iter().copied()), "after {labels:?}");
    }
    assert!(ids.iter().all(|id| store.get(id).is_some()));
}
