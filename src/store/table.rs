//! The records by row.

use std::fmt;
use std::mem;
use std::sync::Arc;

use super::root::key;
use crate::exec::RowSink;
use crate::index::record::{Key, RecordLabels, Records};
use crate::job::Record;
use crate::persist::prefetch::{READ_TOGETHER, read_together};
use crate::persist::shared_vec::SharedVec;
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
            read_together(jobs.iter().flatten().map(Arc::strong_count));
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
        SharedJobs {
            table: self,
            leaf: usize::MAX,
            elements: None,
            far: [Row::default(); _],
            far_len: 0,
            jobs: Vec::new(),
        }
    }
}

/// The jobs of a page, in time order, shared with the table.
///
/// A reference count is raised by an atomic addition, and the processor waits for the memory of one after another. If jobs are far
/// apart, the counts of some are [read together](crate::persist::prefetch) before they are shared.
// Invariants:
//   leaf is the number of the leaf of the last row; elements are those of that leaf if far_len is 0
//   the first far_len rows of far have jobs, which come after the shared ones
pub(super) struct SharedJobs<'t, J> {
    table: &'t Table<J>,
    leaf: usize,
    /// The jobs of a page mostly stand side by side.
    elements: Option<&'t [Option<Arc<J>>; LEAF]>,
    far: [Row; READ_TOGETHER],
    far_len: usize,
    jobs: Vec<Arc<J>>,
}

impl<J> SharedJobs<'_, J> {
    /// Shares the job of a row in the leaf of the row before it.
    fn share_near(&mut self, row: Row) {
        if self.far_len > 0 {
            // The last one is in this leaf too. Mostly it is the only one, and nothing has to be fetched.
            self.far_len -= 1;
            let last = self.far[self.far_len];
            if self.far_len > 0 {
                self.share_far();
            }
            self.elements = self.table.jobs.leaf(row.index());
            self.share_of_leaf(last);
        }
        self.share_of_leaf(row);
    }

    fn share_of_leaf(&mut self, row: Row) {
        let job = self.elements.and_then(|elements| elements[row.index() % LEAF].as_ref());
        self.jobs.push(Arc::clone(job.expect("a row in use has a job")));
    }

    /// Shares the jobs that are far apart.
    fn share_far(&mut self) {
        let far = &self.far[..mem::take(&mut self.far_len)];
        let mut found = [None; READ_TOGETHER];
        for (found, row) in found.iter_mut().zip(far) {
            *found = self.table.jobs.get(row.index()).and_then(Option::as_ref);
        }
        let found = || found[..far.len()].iter().map(|job| job.expect("a row in use has a job"));
        read_together(found().map(Arc::strong_count));
        self.jobs.extend(found().map(Arc::clone));
    }

    pub(super) fn into_jobs(mut self) -> Vec<Arc<J>> {
        if self.far_len > 0 {
            self.share_far();
        }
        self.jobs
    }
}

impl<J> RowSink for SharedJobs<'_, J> {
    fn reserve(&mut self, len: usize) {
        self.jobs.reserve_exact(len);
    }

    fn push(&mut self, row: Row) {
        let leaf = row.index() / LEAF;
        if leaf == self.leaf {
            return self.share_near(row);
        }
        if self.far_len == READ_TOGETHER {
            self.share_far();
        }
        self.leaf = leaf;
        self.far[self.far_len] = row;
        self.far_len += 1;
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
        // Found in one loop and read in the next: see `prefetch`.
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
