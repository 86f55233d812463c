//! The part of the records that the indexes read: keys, names and labels. The indexes store none of it.

use chrono::{DateTime, Utc};

use crate::rows::row::Row;

/// The sort key of a job: creation time, then ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key<'a> {
    pub(crate) create_time: DateTime<Utc>,
    pub(crate) job_id: &'a str,
}

/// The labels of a record, as keys and values, in the order in which it gives them.
pub(crate) type RecordLabels<'r> = Vec<(&'r str, &'r str)>;

/// The records of the jobs, by row.
///
/// An index asks only for rows that have a job, in the version of the store that it belongs to; any other row may panic. An
/// empty store is never asked. Asked again for the same row in the same version, a method gives an equal answer: the order of
/// the timeline depends on that. No two rows have equal keys. Each method may run a caller's code, which may panic.
///
/// A request and an index take any records as `dyn Records`, so the whole engine is compiled once, and not anew for each type
/// of record. A call through it costs little beside the memory that it reads.
pub(crate) trait Records {
    /// The key of the job at a row.
    ///
    /// Costs **O(1)**.
    fn key(&self, row: Row) -> Key<'_>;

    /// The name of the job at a row, as it was given; it may be empty.
    ///
    /// Costs **O(1)**.
    fn name(&self, row: Row) -> &str;

    /// Appends the names of the jobs at some rows, in their order. The rows lie anywhere in memory, which is waited for
    /// together where the records can.
    fn fetch_names<'s>(&'s self, rows: &[Row], names: &mut Vec<&'s str>) {
        names.extend(rows.iter().map(|&row| self.name(row)));
    }

    /// The labels of the job at a row.
    ///
    /// Costs a call for each of them.
    fn labels(&self, row: Row) -> RecordLabels<'_>;
}
