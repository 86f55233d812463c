//! The jobs whose rows a change moves, read before the change begins.

use std::sync::Arc;

use crate::index::record::{Key, Records};
use crate::job::Record;
use crate::rows::row::Row;

/// Everything that the indexes read of some jobs.
// Invariant: jobs ascends by row
pub(super) struct MovingJobs<'j> {
    jobs: Vec<(Row, MovingJob<'j>)>,
}

/// Everything that the indexes read of a job.
pub(super) struct MovingJob<'j> {
    pub(super) key: Key<'j>,
    pub(super) name: &'j str,
    pub(super) labels: Vec<(&'j str, &'j str)>,
}

/// Most bytes of names and labels that one write moves, if it moves more than one job. This bounds the slowest write: for each
/// word of a name that moves, a row number changes in the list of that word.
pub(super) const MOVED_BYTES_MAX: usize = 32 * 1024;

impl MovingJob<'_> {
    fn bytes(&self) -> usize {
        self.name.len() + self.labels.iter().map(|(key, value)| key.len() + value.len()).sum::<usize>()
    }
}

impl<'j> MovingJobs<'j> {
    /// Reads jobs from the last one on: one at least, and as many as have so many bytes together.
    pub(super) fn last<J: Record>(jobs: &'j [(Row, Arc<J>)], bytes_max: usize) -> Self {
        let read = |(row, job): &'j (Row, Arc<J>)| {
            let key = Key { create_time: job.create_time(), job_id: job.job_id() };
            (*row, MovingJob { key, name: job.name(), labels: job.labels().collect() })
        };
        let mut bytes = 0;
        let mut is_moved = |count: usize, job: &MovingJob<'_>| {
            bytes += job.bytes();
            count == 0 || bytes <= bytes_max
        };
        let moved = jobs.iter().rev().map(read).enumerate().take_while(|(count, (_, job))| is_moved(*count, job));
        let mut jobs: Vec<(Row, MovingJob<'j>)> = moved.map(|(_, job)| job).collect();
        jobs.sort_unstable_by_key(|&(row, _)| row);
        Self { jobs }
    }

    /// The number of jobs.
    pub(super) fn len(&self) -> usize {
        self.jobs.len()
    }

    /// The job at a row before the change.
    pub(super) fn get(&self, row: Row) -> &MovingJob<'j> {
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
}
