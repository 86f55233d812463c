//! The names of jobs by row, for those who hold row numbers that may be of an earlier state.

use std::hint::black_box;

use super::record::Records;
use super::timeline::Timeline;
use crate::rows::row::Row;

/// Names that are fetched from memory before the first of them is read.
pub(crate) const FETCHED_NAMES: usize = 32;

/// The names of the jobs at rows.
pub(crate) struct NamesByRow<'s> {
    timeline: &'s Timeline,
    records: &'s dyn Records,
}

impl<'s> NamesByRow<'s> {
    pub(crate) fn new(timeline: &'s Timeline, records: &'s dyn Records) -> Self {
        Self { timeline, records }
    }

    /// The name of the job at a row; `None` if no job has the row.
    pub(crate) fn get(&self, row: Row) -> Option<&'s str> {
        self.timeline.contains(row).then(|| self.records.name(row))
    }

    /// Keeps the rows whose names pass a test. The rows have jobs. Names lie anywhere in memory, so some are fetched together.
    pub(crate) fn retain(&self, rows: &mut Vec<Row>, mut passes: impl FnMut(Row, &str) -> bool) {
        let (mut kept, mut names) = (0, Vec::with_capacity(FETCHED_NAMES.min(rows.len())));
        for start in (0..rows.len()).step_by(FETCHED_NAMES) {
            let end = rows.len().min(start + FETCHED_NAMES);
            names.clear();
            self.records.fetch_names(&rows[start..end], &mut names);
            let first_bytes = names.iter().filter_map(|name| name.as_bytes().first());
            black_box(first_bytes.fold(0, |sum: u8, &byte| sum ^ byte));
            for (at, name) in (start..end).zip(&names) {
                if passes(rows[at], name) {
                    rows[kept] = rows[at];
                    kept += 1;
                }
            }
        }
        rows.truncate(kept);
    }
}
