//! The part of the records that the indexes read: keys and names. The indexes store none of it.

use chrono::{DateTime, Utc};

use crate::rows::row::Row;

/// The sort key of a job: creation time, then ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key<'a> {
    pub(crate) create_time: DateTime<Utc>,
    pub(crate) job_id: &'a str,
}

/// The records of the jobs, by row.
///
/// An index asks only for rows that have a job, in the version of the store that it belongs to; any other row may panic. An
/// empty store is never asked. Asked again for the same row in the same version, both methods give equal answers: the order
/// of the timeline depends on that. No two rows have equal keys. Both methods cost **O(1)** and may run a caller's code,
/// which may panic.
pub(crate) trait Records {
    /// The key of the job at a row.
    fn key(&self, row: Row) -> Key<'_>;

    /// The name of the job at a row, as it was given; it may be empty.
    fn name(&self, row: Row) -> &str;
}
