//! The names of jobs by row, for those who hold row numbers that may be of an earlier state.

use super::record::Records;
use super::timeline::Timeline;
use crate::persist::prefetch::{READ_TOGETHER, read_together};
use crate::rows::row::Row;

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
        let (mut kept, mut names) = (0, Vec::with_capacity(READ_TOGETHER.min(rows.len())));
        for start in (0..rows.len()).step_by(READ_TOGETHER) {
            let end = rows.len().min(start + READ_TOGETHER);
            self.fetch(&rows[start..end], &mut names);
            for (at, name) in (start..end).zip(&names) {
                if passes(rows[at], name) {
                    rows[kept] = rows[at];
                    kept += 1;
                }
            }
        }
        rows.truncate(kept);
    }

    /// The first of some rows whose name passes a test. The rows have jobs.
    pub(crate) fn find(&self, rows: &[Row], mut passes: impl FnMut(Row, &str) -> bool) -> Option<Row> {
        let mut names = Vec::with_capacity(READ_TOGETHER.min(rows.len()));
        rows.chunks(READ_TOGETHER).find_map(|rows| {
            self.fetch(rows, &mut names);
            rows.iter().zip(&names).find(|&(&row, name)| passes(row, name)).map(|(&row, _)| row)
        })
    }

    /// Puts the names of some rows in the place of others.
    fn fetch(&self, rows: &[Row], names: &mut Vec<&'s str>) {
        names.clear();
        self.records.fetch_names(rows, names);
        let first_bytes = names.iter().filter_map(|name| name.as_bytes().first());
        read_together(first_bytes.map(|&byte| byte.into()));
    }
}
