//! The errors of the crate, one enum per verb.
//!
//! Every error names the field, the value that it got, the limit and the way out. The store and the query stay
//! unchanged. All texts have one style: lower case, no full stop, `X must be L, got G` or `X of G is over the limit of
//! L`.

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

/// The reason why a job was not inserted. The store is unchanged.
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
    /// The store holds as many jobs as it has row numbers for.
    StoreFull {
        /// The most jobs it may hold.
        limit: usize,
    },
}

impl fmt::Display for InsertError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::JobIdTaken { job_id } => write!(f, "job id {job_id:?} is taken; use upsert to replace the job"),
            Self::JobIdEmpty => f.write_str("job id must be at least 1 byte long, got an empty text"),
            Self::TooLong(too_long) => too_long.fmt(f),
            Self::StoreFull { limit } => {
                write!(f, "store is full at its limit of {limit} jobs; remove jobs before you insert more")
            }
        }
    }
}

impl Error for InsertError {}

impl From<TooLong> for InsertError {
    fn from(too_long: TooLong) -> Self {
        Self::TooLong(too_long)
    }
}

/// The reason why a batch was not inserted. No job of the batch was.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExtendError {
    /// The position of the refused job in the batch, counted from zero.
    pub position: usize,
    /// The reason why that job was refused.
    pub reason: InsertError,
}

impl fmt::Display for ExtendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "job {} of the batch: {}", self.position, self.reason)
    }
}

// No source: the text contains the text of the reason, and a reporter that walks the chain would print it twice.
impl Error for ExtendError {}

/// The reason why a job was not updated. The store is unchanged.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UpdateError {
    /// No job has this ID.
    NotFound {
        /// The ID that was asked for.
        job_id: String,
    },
    /// The update changed the ID, which is the one field that an update must keep.
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

/// The reason why a query was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum QueryError {
    /// The page number is 0; pages are counted from 1.
    PageNo {
        /// The page number asked for.
        got: u64,
        /// The smallest page number.
        limit: u64,
    },
    /// The page size is 0; a page has at least one job.
    PageSizeUnder {
        /// The page size asked for.
        got: u32,
        /// The smallest page size.
        limit: u32,
    },
    /// The page size is over [`PAGE_SIZE_MAX`](crate::limits::PAGE_SIZE_MAX).
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
    /// The keyword has too many bytes before trimming.
    KeywordTooLarge {
        /// Its length in bytes before trimming.
        got: usize,
        /// The most bytes it may have.
        limit: usize,
    },
    /// The creation-time range ends before it starts.
    CreatedRange {
        /// The start of the range.
        from: DateTime<Utc>,
        /// The end of the range.
        to: DateTime<Utc>,
    },
    /// The cursor does not belong to this query.
    Cursor(CursorError),
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PageNo { got, limit } => write!(f, "page number must be at least {limit}, got {got}"),
            Self::PageSizeUnder { got, limit } => write!(f, "page size must be at least {limit}, got {got}"),
            Self::PageSizeOver { got, limit } => write!(f, "page size {got} is over the limit of {limit}"),
            Self::KeywordTooLong { got, limit } => {
                write!(f, "keyword of {got} characters is over the limit of {limit}")
            }
            Self::KeywordTooLarge { got, limit } => {
                write!(f, "keyword of {got} bytes, including the white space around it, is over the limit of {limit}")
            }
            Self::CreatedRange { from, to } => write!(
                f,
                "creation-time range must not end before its start, got an end at {} and a start at {}",
                to.to_rfc3339_opts(SecondsFormat::AutoSi, true),
                from.to_rfc3339_opts(SecondsFormat::AutoSi, true),
            ),
            Self::Cursor(error) => error.fmt(f),
        }
    }
}

// No source: the text of `Cursor` is the text of the inner error, and a reporter that walks the chain would print it
// twice.
impl Error for QueryError {}

impl From<CursorError> for QueryError {
    fn from(error: CursorError) -> Self {
        Self::Cursor(error)
    }
}

/// The reason why a cursor was refused.
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
    /// The text is not a cursor, or it was cut or changed on its way.
    Damaged,
    /// The cursor has another version of the format.
    Version {
        /// The version of the cursor.
        got: u8,
        /// The version that this crate reads.
        expected: u8,
    },
    /// The cursor comes from a query with other filters, another keyword, another matching or another order.
    OtherQuery,
}

impl fmt::Display for CursorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { got, limit } => {
                write!(f, "cursor of {got} bytes is over the limit of {limit}; start again from the first page")
            }
            Self::Damaged => f.write_str("cursor is damaged; start again from the first page"),
            Self::Version { got, expected } => {
                write!(f, "cursor must be of version {expected}, got version {got}; start again from the first page")
            }
            Self::OtherQuery => f.write_str(
                "cursor belongs to a query with other filters, keyword, matching or order; \
                 start again from the first page",
            ),
        }
    }
}

impl Error for CursorError {}

/// The reason why a text was not read: it is not a value of the enumeration.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownValue {
    /// The name of the enumeration, in words.
    pub what: &'static str,
    /// The text, cut after 32 characters.
    pub got: String,
    /// The texts that the enumeration has.
    pub expected: &'static str,
}

impl UnknownValue {
    /// A caller may send a text of any length. An error is logged or sent back, so it keeps only this much of the text.
    const GOT_CHARS_MAX: usize = 32;

    pub(crate) fn new(what: &'static str, got: &str, expected: &'static str) -> Self {
        Self { what, got: got.chars().take(Self::GOT_CHARS_MAX).collect(), expected }
    }
}

impl fmt::Display for UnknownValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} must be {}, got {:?}", self.what, self.expected, self.got)
    }
}

impl Error for UnknownValue {}

/// The reason why a conditional update was not made. The store is unchanged.
#[non_exhaustive]
pub enum UpdateIfError<J> {
    /// The condition does not hold.
    Refused {
        /// The job's ID.
        job_id: String,
        /// The job as it is now. The caller can use it to decide again.
        current: Arc<J>,
    },
    /// The condition holds and the update failed, or no job has the ID.
    Update(UpdateError),
}

impl<J> fmt::Display for UpdateIfError<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { job_id, .. } => {
                write!(
                    f,
                    "job {job_id:?} does not meet the condition of the update; read its current state and decide again"
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

/// The reason why a change of another store was not applied. The store is unchanged.
///
/// This store is not what the other store was before the change. Start again from a snapshot of the other store.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ApplyError {
    /// The job could not be added.
    Insert(InsertError),
    /// The job could not be changed or removed.
    Update(UpdateError),
}

impl fmt::Display for ApplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Insert(error) => write!(f, "change does not fit this store ({error}); start again from a snapshot"),
            Self::Update(error) => write!(f, "change does not fit this store ({error}); start again from a snapshot"),
        }
    }
}

// No source: the text contains the text of the inner error.
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

/// The reason why the changes since a version are not available.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChangesError {
    /// Some of the changes are gone, because history is bounded.
    Lagged {
        /// The version asked for.
        since: u64,
        /// The oldest version since which history has all changes.
        oldest: u64,
    },
    /// The store has not reached this version. The version is from another store, or from before a restart.
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
                "changes since version {since} are gone, history begins at version {oldest}; \
                 take a snapshot and continue from its version"
            ),
            Self::Ahead { since, newest } => write!(
                f,
                "version {since} is ahead of the newest version {newest}; take a snapshot and continue from its version"
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
        assert_eq!(extend.to_string(), "job 3 of the batch: job id must be at least 1 byte long, got an empty text");
        assert!(extend.source().is_none());
        let query = QueryError::from(CursorError::Damaged);
        assert_eq!(query.to_string(), CursorError::Damaged.to_string());
        assert!(query.source().is_none());
    }
}
