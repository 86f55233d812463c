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

impl<'j> MovingJobs<'j> {
    /// Reads the jobs.
    pub(super) fn new<J: Record>(jobs: &'j [(Row, Arc<J>)]) -> Self {
        let read = |(row, job): &'j (Row, Arc<J>)| {
            let key = Key { create_time: job.create_time(), job_id: job.job_id() };
            (*row, MovingJob { key, name: job.name(), labels: job.labels().collect() })
        };
        let mut jobs: Vec<(Row, MovingJob<'j>)> = jobs.iter().map(read).collect();
        jobs.sort_unstable_by_key(|&(row, _)| row);
        Self { jobs }
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
