//! What the indexes ask of the jobs that stand at their rows. They keep none of it.

use chrono::{DateTime, Utc};

use crate::rows::row::Row;

/// What orders jobs: creation time, then ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key<'a> {
    pub(crate) create_time: DateTime<Utc>,
    pub(crate) job_id: &'a str,
}

/// The records at the rows. Every row that is asked for has one.
pub(crate) trait Records {
    /// The key of the job at a row.
    fn key(&self, row: Row) -> Key<'_>;

    /// The name of the job at a row.
    fn name(&self, row: Row) -> &str;
}
