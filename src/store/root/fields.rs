//! Everything that the indexes read of jobs, read before a change begins.

use std::sync::Arc;

use crate::index::cell::Cell;
use crate::index::record::{Key, RecordLabels, Records};
use crate::job::Record;
use crate::rows::row::Row;
use crate::text::fold::fold;

/// Everything that the indexes read of a job, but its facets.
pub(super) struct Fields<'j> {
    pub(super) key: Key<'j>,
    pub(super) name: &'j str,
    pub(super) labels: RecordLabels<'j>,
}

impl<'j> Fields<'j> {
    pub(super) fn of<J: Record>(job: &'j J) -> Self {
        Self { key: key(job), name: job.name(), labels: job.labels().collect() }
    }

    /// The bytes of the name, after folding where that may add many, and of the labels.
    fn bytes(&self) -> usize {
        let folds = self.name.len() > FOLDED_FROM_BYTES && !self.name.is_ascii();
        let folded = if folds { fold(self.name).len() } else { 0 };
        self.name.len().max(folded) + self.labels.iter().map(|(key, value)| key.len() + value.len()).sum::<usize>()
    }
}

/// Bytes of a name over which it is folded to see how many there are then: a ligature such as `ﷺ` has 3, and 33 after folding.
const FOLDED_FROM_BYTES: usize = 64;

/// The key that orders a job in the timeline.
pub(in crate::store) fn key<J: Record>(job: &J) -> Key<'_> {
    Key { create_time: job.create_time(), job_id: job.job_id() }
}

/// A job that is to be added with others.
pub(in crate::store) struct NewJob<'j> {
    pub(super) fields: Fields<'j>,
    pub(super) cell: Cell,
    pub(super) id_hash: u32,
}

/// The jobs whose rows a change moves.
// Invariant: jobs ascends by row
#[derive(Default)]
pub(super) struct MovingJobs<'j> {
    jobs: Vec<(Row, Fields<'j>)>,
}

/// Most bytes of names and labels that one write moves, if it moves more than one job. This bounds the slowest write: for each
/// word of a name that moves, a row number changes in the list of that word.
pub(super) const MOVED_BYTES_MAX: usize = 32 * 1024;

impl<'j> MovingJobs<'j> {
    /// Reads jobs from the first one on: one at least, and as many as have so many bytes together.
    pub(super) fn read<J: Record + 'j>(jobs: impl Iterator<Item = &'j (Row, Arc<J>)>, bytes_max: usize) -> Self {
        let mut bytes = 0;
        let mut is_moved = |count: usize, job: &Fields<'_>| {
            bytes += job.bytes();
            count == 0 || bytes <= bytes_max
        };
        let read = jobs.map(|(row, job)| (*row, Fields::of(job.as_ref())));
        let moved = read.enumerate().take_while(|(count, (_, job))| is_moved(*count, job));
        let mut jobs: Vec<(Row, Fields<'j>)> = moved.map(|(_, job)| job).collect();
        jobs.sort_unstable_by_key(|&(row, _)| row);
        Self { jobs }
    }

    /// The number of jobs.
    pub(super) fn len(&self) -> usize {
        self.jobs.len()
    }

    /// The job at a row before the change.
    pub(super) fn get(&self, row: Row) -> &Fields<'j> {
        let found = self.jobs.binary_search_by_key(&row, |&(row, _)| row);
        &self.jobs[found.expect("the jobs of all rows that move were read")].1
    }
}

impl Records for MovingJobs<'_> {
    fn key(&self, row: Row) -> Key<'_> {
        self.get(row).key
    }

    fn name(&self, row: Row) -> &str {
        self.get(row).name
    }

    fn labels(&self, row: Row) -> RecordLabels<'_> {
        self.get(row).labels.clone()
    }
}
