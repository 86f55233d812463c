//! The three stores side by side, and the writes they get.

use std::sync::Arc;

use fastrand::Rng;
use jobdex::{Job, JobStore};

use super::jobs::{JobMaker, jobs, next_status};
use super::names::Names;
use super::requests::{Request, Row};
use super::timing::{nanoseconds, timed};
use crate::baseline::Answer;
use crate::baseline::maps::Maps;
use crate::baseline::naive::Naive;

/// Three stores of the same jobs. They share the records, and each has its own indexes.
pub(crate) struct Stores {
    pub(crate) jobdex: JobStore,
    pub(crate) naive: Naive,
    pub(crate) maps: Maps,
}

impl Stores {
    pub(crate) fn new(names: &Names, n: usize) -> Self {
        let jobs = jobs(names, n);
        let arrivals: Vec<String> = jobs.iter().map(|job| job.job_id.clone()).collect();
        let jobdex = loaded(jobs);
        let in_order_of_arrival = || arrivals.iter().filter_map(|id| jobdex.get(id).cloned());
        Self { naive: Naive::new(in_order_of_arrival()), maps: Maps::new(in_order_of_arrival()), jobdex }
    }

    /// Panics if the stores disagree on the total or the jobs of a request.
    pub(crate) fn check(&self, rows: &[Row]) {
        for row in rows {
            // One scan of the vector per row is enough. The maps are fast.
            assert_same(row, &row.requests[0], &self.jobdex, &self.naive.list(&row.requests[0]));
            for request in row.requests.iter().filter(|_| row.has_maps) {
                assert_same(row, request, &self.jobdex, &self.maps.list(request));
            }
        }
    }
}

fn assert_same(row: &Row, request: &Request, store: &JobStore, expected: &Answer) {
    let page = store.list(&request.to_query()).unwrap_or_else(|error| panic!("{}: {error}", row.name));
    let ids = |jobs: &[Arc<Job>]| jobs.iter().map(|job| job.job_id.clone()).collect::<Vec<_>>();
    assert_eq!(page.total_count, expected.total_count, "total of {}: {request:?}", row.name);
    assert_eq!(ids(&page.jobs), ids(&expected.jobs), "page of {}: {request:?}", row.name);
}

/// A store of these jobs.
///
/// # Panics
/// If it refuses a job.
pub(crate) fn loaded(jobs: Vec<Job>) -> JobStore {
    let mut store = JobStore::new();
    store.extend(jobs).unwrap_or_else(|error| panic!("{error}"));
    store
}

/// A store with writes of one job. False or `None` means that the store refused the write.
pub(crate) trait Writable {
    fn insert(&mut self, job: Job) -> bool;
    fn update(&mut self, id: &str, change: impl FnOnce(&mut Job)) -> bool;
    fn remove(&mut self, id: &str) -> Option<Arc<Job>>;
}

impl Writable for JobStore {
    fn insert(&mut self, job: Job) -> bool {
        self.insert(job).is_ok()
    }

    fn update(&mut self, id: &str, change: impl FnOnce(&mut Job)) -> bool {
        self.update(id, change).is_ok()
    }

    fn remove(&mut self, id: &str) -> Option<Arc<Job>> {
        self.remove(id)
    }
}

impl Writable for Naive {
    fn insert(&mut self, job: Job) -> bool {
        self.insert(job)
    }

    fn update(&mut self, id: &str, change: impl FnOnce(&mut Job)) -> bool {
        self.update(id, change)
    }

    fn remove(&mut self, id: &str) -> Option<Arc<Job>> {
        self.remove(id)
    }
}

impl Writable for Maps {
    fn insert(&mut self, job: Job) -> bool {
        self.insert(job)
    }

    fn update(&mut self, id: &str, change: impl FnOnce(&mut Job)) -> bool {
        self.update(id, change)
    }

    fn remove(&mut self, id: &str) -> Option<Arc<Job>> {
        self.remove(id)
    }
}

/// The kinds of writes, in the order in which [`Writes::time`] does them.
pub(crate) const WRITE_KINDS: [&str; 6] =
    ["insert newest", "insert late", "insert with four new words", "status change", "rename", "delete"];

/// The most time that a single write may take at a million jobs: the median and the maximum.
pub(crate) const WRITE_TARGET: f64 = 3e3;
pub(crate) const WRITE_TARGET_WORST: f64 = 5e6;

/// Writes to a store of the first `n` jobs. They are prepared in advance and are the same at each call.
#[derive(Clone)]
pub(crate) struct Writes {
    newest: Vec<Job>,
    late: Vec<Job>,
    new_words: Vec<Job>,
    status_changes: Vec<String>,
    renames: Vec<(String, String)>,
    deletes: Vec<String>,
}

impl Writes {
    /// So many writes of each kind, or fewer if the store has fewer jobs.
    pub(crate) fn new(names: &Names, store: &JobStore, count: usize) -> Self {
        let newest = store.iter().next_back().map(|job| job.create_time).unwrap_or_default();
        let mut maker = JobMaker::after(names, newest, 7);
        let [status_changes, renamed, deletes] = [11, 12, 13].map(|seed| sampled_ids(store, count, seed));
        Self {
            newest: (0..count).map(|_| maker.newest()).collect(),
            late: (0..count).map(|_| maker.late()).collect(),
            new_words: (0..count).map(|_| maker.with_new_words()).collect(),
            status_changes,
            renames: renamed.into_iter().map(|id| (id, maker.name())).collect(),
            deletes,
        }
    }

    /// The time of every single write in nanoseconds, kind by kind.
    ///
    /// # Panics
    /// If the store refuses a write.
    pub(crate) fn time(self, store: &mut impl Writable) -> [Vec<f64>; WRITE_KINDS.len()] {
        let accepted = |(duration, is_accepted): (_, bool)| {
            assert!(is_accepted, "the store refused a write");
            nanoseconds(duration)
        };
        let newest = self.newest.into_iter().map(|job| accepted(timed(|| store.insert(job)))).collect();
        let late = self.late.into_iter().map(|job| accepted(timed(|| store.insert(job)))).collect();
        let new_words = self.new_words.into_iter().map(|job| accepted(timed(|| store.insert(job)))).collect();
        let change_status = |job: &mut Job| job.status = next_status(job.status);
        let status_changes =
            self.status_changes.iter().map(|id| accepted(timed(|| store.update(id, change_status)))).collect();
        let rename = |(id, name): (String, String)| accepted(timed(|| store.update(&id, |job| job.name = name)));
        let renames = self.renames.into_iter().map(rename).collect();
        let delete = |id: &String| {
            let (duration, removed) = timed(|| store.remove(id));
            accepted((duration, removed.is_some()))
        };
        let deletes = self.deletes.iter().map(delete).collect();
        [newest, late, new_words, status_changes, renames, deletes]
    }
}

/// IDs of distinct jobs from the whole store, in random order. Each seed gives another choice.
pub(crate) fn sampled_ids(store: &JobStore, count: usize, seed: u64) -> Vec<String> {
    let mut rng = Rng::with_seed(seed);
    let mut chosen: Vec<usize> = rng.choose_multiple(0..store.len(), count.min(store.len()));
    chosen.sort_unstable();
    let mut ids: Vec<String> = Vec::with_capacity(chosen.len());
    let mut positions = chosen.into_iter().peekable();
    for (position, job) in store.iter().enumerate() {
        if positions.next_if_eq(&position).is_some() {
            ids.push(job.job_id.clone());
        }
    }
    rng.shuffle(&mut ids);
    ids
}
