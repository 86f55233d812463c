//! The names of jobs by row, for those who hold row numbers that may be of an earlier state.

use super::record::Records;
use super::timeline::Timeline;
use crate::rows::row::Row;

/// The names of the jobs at rows.
pub(crate) struct NamesByRow<'s, R> {
    timeline: &'s Timeline,
    records: &'s R,
}

impl<'s, R: Records> NamesByRow<'s, R> {
    pub(crate) fn new(timeline: &'s Timeline, records: &'s R) -> Self {
        Self { timeline, records }
    }

    /// The name of the job at a row; `None` if no job has the row.
    pub(crate) fn get(&self, row: Row) -> Option<&'s str> {
        self.timeline.contains(row).then(|| self.records.name(row))
    }
}
