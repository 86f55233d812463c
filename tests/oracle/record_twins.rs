//! A store of any record and its oracle side by side: every operation is applied to both, and both must give the same
//! answers.
//!
//! Property tests and the fuzz target `records` use it. A difference is a panic.

use std::fmt::Debug;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use jobdex::explain::AccessPath;
use jobdex::{JobStore, Snapshot};

use super::records::{PlainRecord, RecordOracle, RecordSpec, Refused, StoredRecord};
use super::schemas::SchemaCase;
use super::store::{Place, Start};

/// The most snapshots, and the most queries that are asked again; the oldest is dropped first.
const KEPT_MAX: usize = 4;

/// One operation on a store of any record.
#[derive(Clone, Debug)]
pub enum RecordOperation {
    Insert(PlainRecord),
    Upsert(PlainRecord),
    Update(String, RecordChange),
    Remove(String),
    Extend(Vec<PlainRecord>),
    Clear,
    /// Holds a snapshot, which is queried again after later writes.
    Snapshot,
    /// Drops all snapshots.
    Forget,
    /// Clones the store. Later writes go to one copy and leave the other as it is.
    Fork,
    /// Continues with the other copy.
    Switch,
    /// Lists, and counts the values under a key of labels: so many of them.
    List(RecordSpec, LabelQuestion),
    /// Asks one of the latest queries again, so that what is cached of it is brought up to date.
    Again(usize),
    /// Every page of the list, by cursor.
    Walk(RecordSpec),
    /// One page after a cursor of an earlier page, with this page size.
    Resume(usize, u32),
}

/// The values under a key that are counted, and how many of them.
pub type LabelQuestion = (String, usize);

/// The change of a record by an update.
#[derive(Clone, Debug)]
pub enum RecordChange {
    Name(String),
    Time(DateTime<Utc>),
    /// Another value of the facet at a place.
    Value(usize, usize),
    Labels(Vec<(String, String)>),
    Everything(PlainRecord),
    JobId(String),
    Nothing,
}

impl RecordChange {
    pub fn apply(self, record: &mut PlainRecord) {
        match self {
            Self::Name(name) => record.name = name,
            Self::Time(create_time) => record.create_time = create_time,
            Self::Value(place, value) => record.values[place] = value,
            Self::Labels(labels) => record.labels = labels,
            Self::Everything(other) => *record = PlainRecord { job_id: record.job_id.clone(), ..other },
            Self::JobId(job_id) => record.job_id = job_id,
            Self::Nothing => {}
        }
    }
}

type Reader<C> = Snapshot<StoredRecord<<C as SchemaCase>::Facets>>;

/// The engine and the oracle.
pub struct RecordTwins<C: SchemaCase> {
    pub case: C,
    pub store: JobStore<StoredRecord<C::Facets>>,
    pub oracle: RecordOracle,
    fork: Option<(JobStore<StoredRecord<C::Facets>>, RecordOracle)>,
    snapshots: Vec<(Reader<C>, RecordOracle)>,
    asked: Vec<(RecordSpec, LabelQuestion)>,
    places: Vec<RecordSpec>,
    /// One bit for each path of [`AccessPath::ALL`] that has answered a query.
    pub paths_seen: u64,
    /// Every answer as text, if it is wanted: two stores that say the same have the same texts.
    pub transcript: Option<Vec<String>>,
}

impl<C: SchemaCase> RecordTwins<C> {
    pub fn new(case: C) -> Self {
        Self {
            store: case.store(),
            oracle: RecordOracle::new(case.lens()),
            case,
            fork: None,
            snapshots: Vec::new(),
            asked: Vec::new(),
            places: Vec::new(),
            paths_seen: 0,
            transcript: None,
        }
    }

    /// Applies one operation to both. [`check`](Self::check) compares the stores after a write.
    pub fn apply(&mut self, operation: RecordOperation) {
        match operation {
            RecordOperation::List(spec, question) => self.list_everywhere(&spec, &question),
            RecordOperation::Again(number) => self.ask_again(number),
            RecordOperation::Walk(spec) => self.walk(&spec),
            RecordOperation::Resume(number, page_size) => self.resume(number, page_size),
            RecordOperation::Snapshot => {
                self.snapshots.push((self.store.snapshot(), self.oracle.clone()));
                keep_the_latest(&mut self.snapshots);
            }
            RecordOperation::Forget => self.snapshots.clear(),
            RecordOperation::Fork => self.fork = Some((self.store.clone(), self.oracle.clone())),
            RecordOperation::Switch => self.switch(),
            RecordOperation::Insert(record) => self.insert(record),
            RecordOperation::Upsert(record) => self.upsert(record),
            RecordOperation::Update(job_id, change) => self.update(&job_id, change),
            RecordOperation::Remove(job_id) => self.remove(&job_id),
            RecordOperation::Extend(records) => self.extend(records),
            RecordOperation::Clear => {
                self.store.clear();
                self.oracle.clear();
            }
        }
    }

    pub fn insert(&mut self, record: PlainRecord) {
        let stored = self.store.insert(record.clone().stored(&self.case));
        let expected = self.oracle.insert(record.clone()).map(|()| record);
        agree("insert", stored.map(|stored| stored.plain.clone()), expected);
    }

    pub fn upsert(&mut self, record: PlainRecord) {
        let replaced = self.store.upsert(record.clone().stored(&self.case));
        let replaced = replaced.map(|replaced| replaced.map(|replaced| replaced.plain.clone()));
        let expected =
            self.oracle.upsert(record).map(|replaced| replaced.map(|replaced| PlainRecord::clone(&replaced)));
        agree("upsert", replaced, expected);
    }

    pub fn update(&mut self, job_id: &str, change: RecordChange) {
        let case = &self.case;
        let updated = self.store.update(job_id, |stored| {
            change.clone().apply(&mut stored.plain);
            stored.facets = case.facets(&stored.plain.values);
        });
        let expected = self.oracle.update(job_id, |record| change.apply(record));
        let expected = expected.map(|()| self.oracle.get(job_id).map(|record| PlainRecord::clone(record)));
        agree("update", updated.map(|updated| Some(updated.plain.clone())), expected);
    }

    pub fn remove(&mut self, job_id: &str) {
        let removed = self.store.remove(job_id).map(|removed| removed.plain.clone());
        assert_eq!(removed.as_ref(), self.oracle.remove(job_id).as_deref(), "remove gives back the record");
    }

    pub fn extend(&mut self, records: Vec<PlainRecord>) {
        let stored: Vec<_> = records.iter().map(|record| record.clone().stored(&self.case)).collect();
        let extended = self.store.extend(stored);
        let position = extended.as_ref().err().map(|error| error.position);
        let expected = self.oracle.extend(records);
        assert_eq!(position, expected.as_ref().err().map(|(position, _)| *position), "the first that is refused");
        agree("extend", extended.map_err(|error| error.reason), expected.map_err(|(_, refusals)| refusals));
    }

    fn switch(&mut self) {
        if let Some((store, oracle)) = &mut self.fork {
            std::mem::swap(store, &mut self.store);
            std::mem::swap(oracle, &mut self.oracle);
        }
    }

    /// Lists from the store and from each snapshot, and remembers the place of the cursor.
    fn list_everywhere(&mut self, spec: &RecordSpec, question: &LabelQuestion) {
        self.ask(spec, question);
        for (snapshot, oracle) in &self.snapshots {
            check_record_list(&self.case, snapshot, oracle, spec, question);
        }
        self.asked.push((spec.clone(), question.clone()));
        keep_the_latest(&mut self.asked);
    }

    fn ask_again(&mut self, number: usize) {
        if self.asked.is_empty() {
            return;
        }
        let (spec, question) = self.asked[number % self.asked.len()].clone();
        self.ask(&spec, &question);
        // An older snapshot finds counts of a later version in the cache, and leaves its own there.
        if let Some((snapshot, oracle)) = self.snapshots.get(number / 4 % KEPT_MAX) {
            check_record_list(&self.case, snapshot, oracle, &spec, &question);
            self.ask(&spec, &question);
        }
    }

    fn ask(&mut self, spec: &RecordSpec, question: &LabelQuestion) {
        if let Some(next) = self.list(spec, question) {
            self.places.push(next);
            keep_the_latest(&mut self.places);
        }
    }

    fn resume(&mut self, number: usize, page_size: u32) {
        if !self.places.is_empty() {
            let place = number % self.places.len();
            let spec = RecordSpec { page_size, ..self.places[place].clone() };
            if let Some(next) = self.list(&spec, &("queue".to_owned(), 3)) {
                self.places[place] = next;
            }
        }
    }

    fn walk(&mut self, spec: &RecordSpec) {
        let mut page = Some(RecordSpec { start: Start::No(1), ..spec.clone() });
        let mut steps_left = self.oracle.len() + 1;
        while let Some(spec) = page {
            page = self.list(&spec, &("owner".to_owned(), 2));
            steps_left = steps_left.checked_sub(1).expect("a walk ends, because each page but the last shows a record");
        }
    }

    /// Compares one list by every access path, and its counts; returns the query for the next page.
    pub fn list(&mut self, spec: &RecordSpec, question: &LabelQuestion) -> Option<RecordSpec> {
        let seen = check_record_list(&self.case, &self.store, &self.oracle, spec, question);
        self.paths_seen |= seen.paths;
        if let Some(transcript) = &mut self.transcript {
            transcript.push(seen.text);
        }
        seen.next
    }

    /// Compares all reads without a query, on the store.
    pub fn check(&self) {
        check_all_records(&self.store, &self.oracle);
    }

    /// Compares all reads without a query, on the store, its copy and the snapshots.
    pub fn check_all(&self) {
        self.check();
        if let Some((store, oracle)) = &self.fork {
            check_all_records(store, oracle);
        }
        self.snapshots.iter().for_each(|(snapshot, oracle)| check_all_records(snapshot, oracle));
    }
}

fn keep_the_latest<T>(kept: &mut Vec<T>) {
    if kept.len() > KEPT_MAX {
        kept.remove(0);
    }
}

/// Compares the outcomes of a write. An error is one of those that the oracle expects, by its text.
fn agree<T: PartialEq + Debug>(
    write: &str,
    outcome: Result<T, impl std::error::Error>,
    expected: Result<T, Vec<Refused>>,
) {
    match (outcome, expected) {
        (Ok(outcome), Ok(expected)) => assert_eq!(outcome, expected, "{write} gives back the record"),
        (Err(error), Err(refusals)) => {
            assert!(refusals.contains(&error.to_string()), "{write} is refused for {error}, not one of {refusals:?}");
        }
        (outcome, expected) => panic!("{write}: {outcome:?} is not {expected:?}"),
    }
}

/// Compares the size, the order in both directions, and each record by its ID.
pub fn check_all_records<F>(reader: &Snapshot<StoredRecord<F>>, oracle: &RecordOracle)
where
    F: jobdex::record::Facets,
{
    reader.check_invariants();
    let sorted = oracle.sorted();
    let expected = || sorted.iter().map(|record| &**record);
    assert_eq!(reader.len(), sorted.len(), "the number of records");
    assert!(reader.iter().map(|stored| &stored.plain).eq(expected()), "the records in ascending order");
    assert!(reader.iter().rev().map(|stored| &stored.plain).eq(expected().rev()), "descending order is the reverse");
    let known = sorted.iter().map(|record| record.job_id.as_str());
    for job_id in known.chain(super::vocabulary::JOB_IDS.iter().copied()).chain(["", "no such record"]) {
        let got = reader.get(job_id).map(|stored| &stored.plain);
        assert_eq!(got, oracle.get(job_id).map(|record| &**record), "get of {job_id:?}");
    }
}

/// What a comparison saw.
pub struct Seen {
    pub next: Option<RecordSpec>,
    pub paths: u64,
    /// The answers as text.
    pub text: String,
}

/// Compares one list by every access path, its facets, its counts of labels and the stream of its matches.
pub fn check_record_list<C: SchemaCase>(
    case: &C,
    reader: &Reader<C>,
    oracle: &RecordOracle,
    spec: &RecordSpec,
    (key, len): &LabelQuestion,
) -> Seen {
    let query = spec.to_query(case);
    let answer = oracle.list(spec);
    let page = reader.list(&query).expect("the query is valid");
    let listed: Vec<&PlainRecord> = page.jobs.iter().map(|stored| &stored.plain).collect();
    let expected: Vec<&PlainRecord> = answer.jobs.iter().map(|record| &**record).collect();
    let explanation = reader.explain(&query).expect("the query is valid");
    assert_eq!(
        (page.total_count, page.match_level, page.next.is_some()),
        (answer.total_count, answer.match_level, answer.next.is_some()),
        "total, level and next page of {spec:?} by {:?}",
        explanation.path
    );
    assert!(listed == expected, "the list of {spec:?} by {:?}\nis {listed:?}\nnot {expected:?}", explanation.path);
    let mut paths = 0;
    for (number, &path) in AccessPath::ALL.iter().enumerate() {
        if let Some(same) = reader.list_by(&query, path).expect("the query is valid") {
            let numbers = (same.total_count, same.match_level, &same.next, same.corrections == page.corrections);
            let of_page = (page.total_count, page.match_level, &page.next, true);
            assert_eq!(numbers, of_page, "the list of {spec:?} by {path:?}");
            let same: Vec<&PlainRecord> = same.jobs.iter().map(|stored| &stored.plain).collect();
            assert!(same == listed, "the list of {spec:?} by {path:?}\nis {same:?}\nnot {listed:?}");
            paths |= 1 << number;
        }
    }
    assert_eq!(explanation.total_count, page.total_count, "an explanation of {spec:?} counts as the list does");
    assert!(paths >> path_number(explanation.path) & 1 == 1, "the path that an explanation names answers {spec:?}");
    let counts = reader.facets(&query).expect("the query is valid");
    let counts: Vec<Vec<u64>> = (0..case.lens().len()).map(|place| case.counts_at(&counts, place)).collect();
    assert_eq!(counts, oracle.facets(spec), "the facets of {spec:?}");
    let top = reader.label_counts(key, *len, &query).expect("the query is valid");
    let top: Vec<(String, u64)> = top.into_iter().map(|count| (count.value, count.count)).collect();
    assert_eq!(top, oracle.label_counts(key, *len, spec), "the {len} first values of {key:?} under {spec:?}");
    let matches = reader.matches(&query).expect("the query is valid");
    let all = oracle.matches(spec);
    assert_eq!(matches.len(), all.len(), "the number of all matches of {spec:?}");
    assert!(matches.map(|stored| &stored.plain).eq(all.iter().map(|record| &**record)), "all matches of {spec:?}");
    // What the counts left in the cache gives the same page.
    let again = reader.list(&query).expect("the query is valid");
    assert_eq!((again.total_count, &again.next), (page.total_count, &page.next), "{spec:?} asked again");
    assert!(again.jobs.iter().map(Arc::as_ptr).eq(page.jobs.iter().map(Arc::as_ptr)), "{spec:?} asked again");
    let ids: Vec<&str> = listed.iter().map(|record| record.job_id.as_str()).collect();
    let cursor = page.next.as_ref().map(ToString::to_string);
    let text =
        format!("{ids:?} of {} at {:?}, next {cursor:?}; {counts:?}; {top:?}", page.total_count, page.match_level);
    let place = page.next.clone().zip(answer.next).map(|(cursor, behind)| Place { cursor, behind });
    Seen { next: place.map(|place| spec.after(place)), paths, text }
}

fn path_number(path: AccessPath) -> usize {
    AccessPath::ALL.iter().position(|&other| other == path).expect("all paths are listed")
}
