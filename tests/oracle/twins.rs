//! The engine and the oracle side by side: every operation is applied to both, and both must give the same answers.
//!
//! Property tests and the fuzz target `operations` use it. A difference is a panic.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use jobdex::{AccessPath, Facet, Job, JobStore, Snapshot, StartMode, Status, TemplateType};

use super::store::{Counts, ListSpec, Oracle, Refusal, Start};

/// The most snapshots and cursor places held; the oldest is dropped first.
const KEPT_MAX: usize = 4;

/// One operation on a store.
#[derive(Clone, Debug)]
pub enum Operation {
    Insert(Job),
    Upsert(Job),
    Update(String, Change),
    Remove(String),
    Extend(Vec<Job>),
    Clear,
    /// Holds a snapshot, which is queried again after later writes.
    Snapshot,
    /// Drops all snapshots.
    Forget,
    /// Clones the store. Later writes go to one copy and leave the other as it is.
    Fork,
    /// Continues with the other copy.
    Switch,
    List(ListSpec),
    /// Every page of the list, by cursor.
    Walk(ListSpec),
    /// One page after a cursor of an earlier page, with this page size.
    Resume(usize, u32),
}

/// The change of a job by an update.
#[derive(Clone, Debug)]
pub enum Change {
    Name(String),
    Time(DateTime<Utc>),
    Cell(usize),
    Everything(Job),
    JobId(String),
    TemplateName(String),
    Nothing,
}

/// The engine and the oracle.
#[derive(Default)]
pub struct Twins {
    pub store: JobStore,
    pub oracle: Oracle,
    fork: Option<(JobStore, Oracle)>,
    snapshots: Vec<(Snapshot, Oracle)>,
    places: Vec<ListSpec>,
    /// One bit for each path of [`AccessPath::ALL`] that has answered a query.
    pub paths_seen: u64,
}

impl Change {
    pub fn apply(self, job: &mut Job) {
        match self {
            Self::Name(name) => job.name = name,
            Self::Time(create_time) => job.create_time = create_time,
            Self::Cell(cell) => {
                job.template_type = TemplateType::ALL[cell % 4];
                job.start_mode = StartMode::ALL[cell / 4 % 2];
                job.status = Status::ALL[cell / 8 % 3];
            }
            Self::Everything(other) => *job = Job { job_id: job.job_id.clone(), ..other },
            Self::JobId(job_id) => job.job_id = job_id,
            Self::TemplateName(template_name) => job.template_name = template_name,
            Self::Nothing => {}
        }
    }
}

impl Twins {
    /// Applies one operation to both. [`check`](Self::check) compares the stores after a write.
    pub fn apply(&mut self, operation: Operation) {
        match operation {
            Operation::List(spec) => self.list_everywhere(&spec),
            Operation::Walk(spec) => self.walk(&spec),
            Operation::Resume(number, page_size) => self.resume(number, page_size),
            Operation::Snapshot => self.keep_snapshot(),
            Operation::Forget => self.snapshots.clear(),
            Operation::Fork => self.fork = Some((self.store.clone(), self.oracle.clone())),
            Operation::Switch => self.switch(),
            Operation::Insert(job) => self.insert(job),
            Operation::Upsert(job) => self.upsert(job),
            Operation::Update(job_id, change) => self.update(&job_id, change),
            Operation::Remove(job_id) => self.remove(&job_id),
            Operation::Extend(jobs) => self.extend(jobs),
            Operation::Clear => {
                self.store.clear();
                self.oracle.clear();
            }
        }
    }

    pub fn insert(&mut self, job: Job) {
        let job_id = job.job_id.clone();
        match (self.store.insert(job.clone()), self.oracle.insert(job)) {
            (Ok(stored), Ok(())) => assert_eq!(Some(&stored), self.oracle.get(&job_id), "insert gives back the job"),
            (Err(error), Err(refusals)) => expect_refusal(&Refusal::from(&error), &refusals),
            (stored, expected) => panic!("insert: {stored:?} is not {expected:?}"),
        }
    }

    pub fn upsert(&mut self, job: Job) {
        match (self.store.upsert(job.clone()), self.oracle.upsert(job)) {
            (Ok(before), Ok(expected)) => assert_eq!(before, expected, "upsert gives back the job it replaced"),
            (Err(error), Err(refusals)) => expect_refusal(&Refusal::from(&error), &refusals),
            (before, expected) => panic!("upsert: {before:?} is not {expected:?}"),
        }
    }

    pub fn update(&mut self, job_id: &str, change: Change) {
        let updated = self.store.update(job_id, |job| change.clone().apply(job));
        match (updated, self.oracle.update(job_id, |job| change.apply(job))) {
            (Ok(after), Ok(expected)) => assert_eq!(after, expected, "update gives back the job as it is now"),
            (Err(error), Err(refusals)) => expect_refusal(&Refusal::from(&error), &refusals),
            (after, expected) => panic!("update of {job_id:?}: {after:?} is not {expected:?}"),
        }
    }

    pub fn remove(&mut self, job_id: &str) {
        assert_eq!(self.store.remove(job_id), self.oracle.remove(job_id), "remove gives back the job");
    }

    pub fn extend(&mut self, jobs: Vec<Job>) {
        match (self.store.extend(jobs.clone()), self.oracle.extend(jobs)) {
            (Ok(()), Ok(())) => {}
            (Err(error), Err((position, refusals))) => {
                assert_eq!(error.position, position, "the batch is refused for the first job that can't be taken");
                expect_refusal(&Refusal::from(&error.reason), &refusals);
            }
            (done, expected) => panic!("extend: {done:?} is not {expected:?}"),
        }
    }

    fn keep_snapshot(&mut self) {
        self.snapshots.push((self.store.snapshot(), self.oracle.clone()));
        keep_the_latest(&mut self.snapshots);
    }

    fn switch(&mut self) {
        if let Some((store, oracle)) = &mut self.fork {
            std::mem::swap(store, &mut self.store);
            std::mem::swap(oracle, &mut self.oracle);
        }
    }

    /// Lists from the store and from each snapshot, and remembers the place of the cursor.
    fn list_everywhere(&mut self, spec: &ListSpec) {
        for (snapshot, oracle) in &self.snapshots {
            check_list(snapshot, oracle, spec);
        }
        if let Some(next) = self.list(spec) {
            self.places.push(next);
            keep_the_latest(&mut self.places);
        }
    }

    fn resume(&mut self, number: usize, page_size: u32) {
        if !self.places.is_empty() {
            let place = number % self.places.len();
            let spec = ListSpec { page_size, ..self.places[place].clone() };
            if let Some(next) = self.list(&spec) {
                self.places[place] = next;
            }
        }
    }

    fn walk(&mut self, spec: &ListSpec) {
        let mut page = Some(ListSpec { start: Start::No(1), ..spec.clone() });
        let mut steps_left = self.oracle.len() + 1;
        while let Some(spec) = page {
            page = self.list(&spec);
            steps_left = steps_left.checked_sub(1).expect("a walk ends, because each page but the last shows a job");
        }
    }

    /// Compares one list by every access path, and its facets; returns the query for the next page.
    pub fn list(&mut self, spec: &ListSpec) -> Option<ListSpec> {
        let (next, paths) = check_list(&self.store, &self.oracle, spec);
        self.paths_seen |= paths;
        next
    }

    /// Compares all reads without a query, on the store.
    pub fn check(&self) {
        check_whole(&self.store, &self.oracle);
    }

    /// Compares all reads without a query, on the store, its copy and the snapshots.
    pub fn check_all(&self) {
        self.check();
        if let Some((store, oracle)) = &self.fork {
            check_whole(store, oracle);
        }
        self.snapshots.iter().for_each(|(snapshot, oracle)| check_whole(snapshot, oracle));
    }
}

fn keep_the_latest<T>(kept: &mut Vec<T>) {
    if kept.len() > KEPT_MAX {
        kept.remove(0);
    }
}

fn expect_refusal(refusal: &Refusal, any_of: &[Refusal]) {
    assert!(any_of.contains(refusal), "refused for {refusal:?}, not for one of {any_of:?}");
}

/// Compares the size, the order in both directions, and each job by its ID.
pub fn check_whole(reader: &Snapshot, oracle: &Oracle) {
    reader.check_invariants();
    let sorted = oracle.sorted();
    assert_eq!(reader.len(), sorted.len(), "the number of jobs");
    assert_eq!(reader.is_empty(), sorted.is_empty());
    assert!(reader.iter().eq(&sorted), "the jobs in ascending order\n{:?}\nare not\n{sorted:?}", ids(reader.iter()));
    assert!(reader.iter().rev().eq(sorted.iter().rev()), "descending order is the exact reverse");
    let known = sorted.iter().map(|job| job.job_id.as_str());
    let asked: Vec<&str> = known.chain(super::vocabulary::JOB_IDS.iter().copied()).chain(["", "no such job"]).collect();
    let expected: Vec<_> = asked.iter().map(|job_id| oracle.get(job_id)).collect();
    assert!(asked.iter().map(|job_id| reader.get(job_id)).eq(expected.iter().copied()), "get by ID");
    assert_eq!(reader.get_many(asked), expected, "get_many");
}

fn ids<'j>(jobs: impl Iterator<Item = &'j Arc<Job>>) -> Vec<&'j str> {
    jobs.map(|job| job.job_id.as_str()).collect()
}

/// Compares one list by every access path, and its facets. Returns the query for the next page, and the paths that
/// answered.
pub fn check_list(reader: &Snapshot, oracle: &Oracle, spec: &ListSpec) -> (Option<ListSpec>, u64) {
    let query = spec.to_query();
    let answer = oracle.list(spec);
    let page = reader.list(&query).expect("the query is valid");
    assert!(
        answer.agrees_with(&page),
        "the list of {spec:?}\nhas {} jobs at {:?}, next {:?}: {:?}\nand should have {} at {:?}, next {:?}: {:?}",
        page.total_count,
        page.match_level,
        page.next.is_some(),
        ids(page.jobs.iter()),
        answer.total_count,
        answer.match_level,
        answer.next,
        ids(answer.jobs.iter()),
    );
    let mut paths = 0;
    for (number, &path) in AccessPath::ALL.iter().enumerate() {
        if let Some(same) = reader.list_by(&query, path).expect("the query is valid") {
            assert_eq!(same, page, "the list of {spec:?} by {path:?} is that of the planner's choice");
            paths |= 1 << number;
        }
    }
    let explanation = reader.explain(&query).expect("the query is valid");
    assert_eq!(explanation.total_count, page.total_count, "an explanation of {spec:?} counts as the list does");
    let named = reader.list_by(&query, explanation.path).expect("the query is valid");
    assert_eq!(named.as_ref(), Some(&page), "the path that the explanation of {spec:?} names gives the list");
    let has_rows_by_path = explanation.words.iter().any(|word| !word.is_in_names);
    let is_keyword_path = !matches!(explanation.path, AccessPath::Timeline | AccessPath::Nothing | AccessPath::JobId);
    assert_eq!(is_keyword_path, has_rows_by_path, "a path of {spec:?} goes by words exactly where there are some");
    let counts = Counts::from(&reader.facets(&query).expect("the query is valid"));
    assert_eq!(counts, oracle.facets(spec), "the facets of {spec:?}");
    (spec.after(&page, &answer), paths)
}
