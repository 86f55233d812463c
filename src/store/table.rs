//! The records by row.

use std::fmt;
use std::hint::black_box;
use std::mem;
use std::sync::Arc;

use super::root::key;
use crate::exec::RowSink;
use crate::index::record::{Key, RecordLabels, Records};
use crate::job::Record;
use crate::persist::shared_vec::{SharedVec, prefetch_counts};
use crate::rows::row::{Move, Row};

/// The jobs by row. Snapshots share them in small leaves: a copy of a leaf writes the reference count of each job in it,
/// and these counts lie far apart in memory.
pub(super) struct Table<J> {
    jobs: SharedVec<Option<Arc<J>>, LEAF, FANOUT>,
}

/// Jobs of a leaf, and children of a node above. A write beside a snapshot copies one leaf and the nodes above it, five
/// levels at 1,000,000 jobs, and counts references of as many. Smaller leaves cost memory for each job.
const LEAF: usize = 32;
const FANOUT: usize = 16;

impl<J> Table<J> {
    pub(super) fn insert(&mut self, row: Row, job: Arc<J>) {
        *self.slot_mut(row) = Some(job);
    }

    /// Removes and returns the job of a row that has one.
    pub(super) fn remove(&mut self, row: Row) -> Arc<J> {
        self.slot_mut(row).take().expect("a row in use has a job")
    }

    /// Replaces and returns the job of a row that has one.
    pub(super) fn replace(&mut self, row: Row, job: Arc<J>) -> Arc<J> {
        self.slot_mut(row).replace(job).expect("a row in use has a job")
    }

    /// Moves jobs to other rows, one after the other.
    pub(super) fn relocate(&mut self, moves: &[Move]) {
        for &Move { from, to } in moves {
            let job = self.remove(from);
            self.insert(to, job);
        }
    }

    fn slot_mut(&mut self, row: Row) -> &mut Option<Arc<J>> {
        // The copy of a leaf waits for the reference count of each job. Reading them all first lets the processor fetch
        // them at the same time.
        if let Some(jobs) = self.jobs.copied_by_write(row.index()) {
            prefetch_counts(jobs.iter().flatten().map(Arc::strong_count));
        }
        self.jobs.get_mut(row.index())
    }

    /// The job of a row that has one. Until the store is written, it is the same one each time.
    #[inline]
    pub(super) fn job(&self, row: Row) -> &Arc<J> {
        self.jobs.get(row.index()).and_then(Option::as_ref).expect("a row in use has a job")
    }

    /// No jobs yet, of a page that is to have some.
    pub(super) fn no_jobs(&self) -> SharedJobs<'_, J> {
        SharedJobs { table: self, leaf: None, fetched: [None; _], fetched_len: 0, counts: 0, jobs: Vec::new() }
    }
}

/// Jobs that are fetched from memory before the first of them is shared.
const FETCHED_JOBS: usize = 16;

/// The jobs of a page, in time order, shared with the table.
// Invariants:
//   leaf is the number and the elements of one leaf of the table
//   the first fetched_len places of fetched have jobs, those that come after the shared ones
pub(super) struct SharedJobs<'t, J> {
    table: &'t Table<J>,
    /// The leaf of the last job. The jobs of a page mostly stand side by side.
    leaf: Option<(usize, &'t [Option<Arc<J>>; LEAF])>,
    /// Jobs that are not shared yet, because they are far apart. A reference count is raised by an atomic addition, and the
    /// processor waits for the memory of one after another, so the counts of some jobs are read first.
    fetched: [Option<&'t Arc<J>>; FETCHED_JOBS],
    fetched_len: usize,
    /// The sum of the counts, so that they are read.
    counts: usize,
    jobs: Vec<Arc<J>>,
}

impl<'t, J> SharedJobs<'t, J> {
    /// The elements of the leaf of a row that is not in the leaf of the last one.
    fn next_leaf(&mut self, row: Row) -> &'t [Option<Arc<J>>; LEAF] {
        let leaf = self.table.jobs.leaf(row.index()).expect("a row in use has a leaf");
        self.leaf = Some((row.index() / LEAF, leaf));
        leaf
    }

    fn fetch(&mut self, job: &'t Arc<J>) {
        if self.fetched_len == FETCHED_JOBS {
            self.share_fetched();
        }
        self.counts = self.counts.wrapping_add(Arc::strong_count(job));
        self.fetched[self.fetched_len] = Some(job);
        self.fetched_len += 1;
    }

    fn share_fetched(&mut self) {
        black_box(self.counts);
        let fetched = &self.fetched[..mem::take(&mut self.fetched_len)];
        self.jobs.extend(fetched.iter().flatten().map(|job| Arc::clone(job)));
    }

    pub(super) fn into_jobs(mut self) -> Vec<Arc<J>> {
        self.share_fetched();
        self.jobs
    }
}

impl<J> RowSink for SharedJobs<'_, J> {
    fn reserve(&mut self, len: usize) {
        self.jobs.reserve_exact(len);
    }

    fn push(&mut self, row: Row) {
        let near = self.leaf.filter(|&(number, _)| number == row.index() / LEAF);
        let leaf = near.map_or_else(|| self.next_leaf(row), |(_, leaf)| leaf);
        let job = leaf[row.index() % LEAF].as_ref().expect("a row in use has a job");
        if near.is_none() {
            return self.fetch(job);
        }
        if self.fetched_len > 0 {
            self.share_fetched();
        }
        self.jobs.push(Arc::clone(job));
    }
}

impl<J: Record> Records for Table<J> {
    fn key(&self, row: Row) -> Key<'_> {
        key(self.job(row).as_ref())
    }

    fn name(&self, row: Row) -> &str {
        self.job(row).name()
    }

    fn fetch_names<'s>(&'s self, rows: &[Row], names: &mut Vec<&'s str>) {
        // One loop finds the jobs and the next one reads them, so that each waits for the memory of many rows.
        let jobs: Vec<&Arc<J>> = rows.iter().map(|&row| self.job(row)).collect();
        names.extend(jobs.into_iter().map(|job| job.name()));
    }

    fn labels(&self, row: Row) -> RecordLabels<'_> {
        self.job(row).labels().collect()
    }
}

impl<J> Clone for Table<J> {
    fn clone(&self) -> Self {
        Self { jobs: self.jobs.clone() }
    }
}

impl<J> Default for Table<J> {
    fn default() -> Self {
        Self { jobs: SharedVec::default() }
    }
}

impl<J> fmt::Debug for Table<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").finish_non_exhaustive()
    }
}
