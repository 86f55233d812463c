//! What can go wrong, one enum per verb.
//!
//! Every error names the thing, what was given and the limit, and leaves store and query as they were.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};

/// A text field over its limit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TooLong {
    /// The field, in the words of [`JobRecord`](crate::JobRecord).
    pub field: &'static str,
    /// Its length in bytes.
    pub got: usize,
    /// The most bytes it may have.
    pub limit: usize,
}

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} bytes is over the limit of {}", self.field, self.got, self.limit)
    }
}

impl Error for TooLong {}

/// Why a job was not inserted; the store is as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InsertError {
    /// Another job has this ID; `upsert` would replace it.
    JobIdTaken {
        /// The ID that both have.
        job_id: String,
    },
    /// The job ID is the empty text.
    JobIdEmpty,
    /// A field is over its limit.
    TooLong(TooLong),
    /// The store holds as many jobs as it can number.
    StoreFull {
        /// The most jobs it may hold.
        limit: usize,
    },
}

impl fmt::Display for InsertError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::JobIdTaken { job_id } => write!(f, "job id {job_id:?} is taken; use upsert to replace the job"),
            Self::JobIdEmpty => f.write_str("job id is empty; it needs at least 1 byte"),
            Self::TooLong(too_long) => too_long.fmt(f),
            Self::StoreFull { limit } => write!(f, "the store is full: it holds its limit of {limit} jobs"),
        }
    }
}

impl Error for InsertError {}

impl From<TooLong> for InsertError {
    fn from(too_long: TooLong) -> Self {
        Self::TooLong(too_long)
    }
}

/// Why a batch was not taken; no job of it was.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExtendError {
    /// Which job of the batch was refused, counted from zero in the order given.
    pub position: usize,
    /// Why.
    pub reason: InsertError,
}

impl fmt::Display for ExtendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "job {} of the batch: {}", self.position, self.reason)
    }
}

// No source: the text has the reason's text in it, and a reporter that walks the chain would print that twice.
impl Error for ExtendError {}

/// Why a job was not updated; the store is as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UpdateError {
    /// No job has this ID.
    NotFound {
        /// The ID that was asked for.
        job_id: String,
    },
    /// The update changed the ID, the one field that stays.
    JobIdChanged {
        /// The job's ID.
        from: String,
        /// The ID that the update gave it.
        to: String,
    },
    /// The update put a field over its limit.
    TooLong(TooLong),
}

impl fmt::Display for UpdateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound { job_id } => write!(f, "no job has the id {job_id:?}"),
            Self::JobIdChanged { from, to } => {
                write!(f, "the update changed the job id from {from:?} to {to:?}; remove and insert instead")
            }
            Self::TooLong(too_long) => too_long.fmt(f),
        }
    }
}

impl Error for UpdateError {}

impl From<TooLong> for UpdateError {
    fn from(too_long: TooLong) -> Self {
        Self::TooLong(too_long)
    }
}

/// Why a query was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum QueryError {
    /// Pages are counted from one.
    PageNo {
        /// The page number asked for.
        got: u64,
        /// The smallest page number.
        limit: u64,
    },
    /// A page has at least one job.
    PageSizeUnder {
        /// The page size asked for.
        got: u32,
        /// The smallest page size.
        limit: u32,
    },
    /// A page has at most [`PAGE_SIZE_MAX`](crate::limits::PAGE_SIZE_MAX) jobs.
    PageSizeOver {
        /// The page size asked for.
        got: u32,
        /// The largest page size.
        limit: u32,
    },
    /// The keyword has too many characters after trimming.
    KeywordTooLong {
        /// Its length in characters after trimming.
        got: usize,
        /// The most characters it may have.
        limit: usize,
    },
    /// The keyword with the white space around it has too many bytes.
    KeywordTooLarge {
        /// Its length in bytes before trimming.
        got: usize,
        /// The most bytes it may have.
        limit: usize,
    },
    /// The creation-time range ends before it starts.
    CreatedRange {
        /// Where it starts.
        from: DateTime<Utc>,
        /// Where it ends.
        to: DateTime<Utc>,
    },
    /// The cursor does not fit.
    Cursor(CursorError),
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PageNo { got, limit } => write!(f, "page number {got} is under the limit of {limit}"),
            Self::PageSizeUnder { got, limit } => write!(f, "page size {got} is under the limit of {limit}"),
            Self::PageSizeOver { got, limit } => write!(f, "page size {got} is over the limit of {limit}"),
            Self::KeywordTooLong { got, limit } => {
                write!(f, "keyword of {got} characters is over the limit of {limit}")
            }
            Self::KeywordTooLarge { got, limit } => {
                write!(f, "keyword of {got} bytes with its white space is over the limit of {limit}")
            }
            Self::CreatedRange { from, to } => write!(
                f,
                "creation-time range ends at {}, before its start at {}",
                to.to_rfc3339_opts(SecondsFormat::AutoSi, true),
                from.to_rfc3339_opts(SecondsFormat::AutoSi, true),
            ),
            Self::Cursor(error) => error.fmt(f),
        }
    }
}

// No source: the text of `Cursor` is the inner error's, and a reporter that walks the chain would print that twice.
impl Error for QueryError {}

impl From<CursorError> for QueryError {
    fn from(error: CursorError) -> Self {
        Self::Cursor(error)
    }
}

/// Why a cursor was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CursorError {
    /// The text is longer than any cursor.
    TooLong {
        /// Its length in bytes.
        got: usize,
        /// The most bytes it may have.
        limit: usize,
    },
    /// The text is not a cursor, or was cut or changed on its way.
    Damaged,
    /// The cursor is of another version of this crate's format.
    Version {
        /// The version it is of.
        got: u8,
        /// The version that is understood.
        expected: u8,
    },
    /// The cursor was given out for a query with other filters, keyword, matching or order.
    OtherQuery,
}

impl fmt::Display for CursorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { got, limit } => write!(f, "cursor of {got} bytes is over the limit of {limit}"),
            Self::Damaged => f.write_str("cursor is damaged; start again from the first page"),
            Self::Version { got, expected } => {
                write!(f, "cursor is of version {got}, not {expected}; start again from the first page")
            }
            Self::OtherQuery => f.write_str("cursor belongs to a query with other filters, keyword, matching or order; start again from the first page"),
        }
    }
}

impl Error for CursorError {}

/// Why a text is none of the values of an enumeration.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownValue {
    /// The enumeration, in words.
    pub what: &'static str,
    /// The text, cut after 32 characters.
    pub got: String,
    /// The texts that are read.
    pub expected: &'static str,
}

impl UnknownValue {
    /// A text may be as long as a caller likes; an error that is logged or sent back should not be.
    const GOT_CHARS_MAX: usize = 32;

    pub(crate) fn new(what: &'static str, got: &str, expected: &'static str) -> Self {
        Self { what, got: got.chars().take(Self::GOT_CHARS_MAX).collect(), expected }
    }
}

impl fmt::Display for UnknownValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?} is not {}", self.what, self.got, self.expected)
    }
}

impl Error for UnknownValue {}

/// Why a job was not updated under a condition; the store is as it was.
#[non_exhaustive]
pub enum UpdateIfError<J> {
    /// The condition does not hold.
    Refused {
        /// The job's ID.
        job_id: String,
        /// The job as it is, to decide anew.
        current: Arc<J>,
    },
    /// The condition holds, but the update failed, or there is no such job.
    Update(UpdateError),
}

impl<J> fmt::Display for UpdateIfError<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { job_id, .. } => {
                write!(
                    f,
                    "job {job_id:?} does not meet the condition of the update; look at it as it is now and decide anew"
                )
            }
            Self::Update(error) => error.fmt(f),
        }
    }
}

impl<J> fmt::Debug for UpdateIfError<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { job_id, .. } => f.debug_struct("Refused").field("job_id", job_id).finish_non_exhaustive(),
            Self::Update(error) => f.debug_tuple("Update").field(error).finish(),
        }
    }
}

impl<J> Error for UpdateIfError<J> {}

impl<J> From<UpdateError> for UpdateIfError<J> {
    fn from(error: UpdateError) -> Self {
        Self::Update(error)
    }
}

/// Why a change of another store was not applied; the store is as it was. It is not what the other one was before the
/// change: begin again from a snapshot of that one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ApplyError {
    /// The job could not be added.
    Insert(InsertError),
    /// The job could not be changed or taken out.
    Update(UpdateError),
}

impl fmt::Display for ApplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Insert(error) => write!(f, "the change does not fit this store: {error}"),
            Self::Update(error) => write!(f, "the change does not fit this store: {error}"),
        }
    }
}

// No source: the text has the inner error's text in it.
impl Error for ApplyError {}

impl From<InsertError> for ApplyError {
    fn from(error: InsertError) -> Self {
        Self::Insert(error)
    }
}

impl From<UpdateError> for ApplyError {
    fn from(error: UpdateError) -> Self {
        Self::Update(error)
    }
}

/// Why the changes since a version can't be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChangesError {
    /// Some of them are gone: history is bounded.
    Lagged {
        /// The version asked for.
        since: u64,
        /// The oldest version since which all changes are kept.
        oldest: u64,
    },
    /// The store has not come to this version: it is another store's, or that of one before a restart.
    Ahead {
        /// The version asked for.
        since: u64,
        /// The newest version.
        newest: u64,
    },
}

impl fmt::Display for ChangesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lagged { since, oldest } => write!(
                f,
                "changes since version {since} are gone, the oldest kept are those since version {oldest}; \
                 take a snapshot and go on from its version"
            ),
            Self::Ahead { since, newest } => write!(
                f,
                "version {since} is ahead of the store's newest version {newest}; take a snapshot and go on from its version"
            ),
        }
    }
}

impl Error for ChangesError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_that_tells_its_reason_does_not_name_it_again_as_its_source() {
        let extend = ExtendError { position: 3, reason: InsertError::JobIdEmpty };
        assert_eq!(extend.to_string(), "job 3 of the batch: job id is empty; it needs at least 1 byte");
        assert!(extend.source().is_none());
        let query = QueryError::from(CursorError::Damaged);
        assert_eq!(query.to_string(), CursorError::Damaged.to_string());
        assert!(query.source().is_none());
    }
}
