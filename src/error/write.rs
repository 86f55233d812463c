//! The errors of writes: a job that is not inserted, updated or applied.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use super::FacetError;

/// A text field over its limit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TooLong {
    /// The field: `job_id`, `name`, `label key` or `label value`.
    pub field: &'static str,
    /// The unit of both numbers.
    pub unit: LengthUnit,
    /// Its length.
    pub got: usize,
    /// The greatest length that it may have.
    pub limit: usize,
}

/// The unit of a length that is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LengthUnit {
    /// Bytes of UTF-8.
    Bytes,
    /// Characters after folding. A few characters fold to many: `ﷺ` becomes 18.
    FoldedChars,
}

impl fmt::Display for LengthUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Bytes => "bytes",
            Self::FoldedChars => "characters after folding",
        })
    }
}

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} {} is over the limit of {}", self.field, self.got, self.unit, self.limit)
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
    /// There are too many labels.
    TooManyLabels {
        /// The number of labels.
        got: usize,
        /// The most labels that a record may have.
        limit: usize,
    },
    /// The value of a facet is not of the store's schema.
    Facet(FacetError),
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
            Self::TooManyLabels { got, limit } => write!(f, "record of {got} labels is over the limit of {limit}"),
            Self::Facet(error) => error.fmt(f),
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
    /// There are too many labels.
    TooManyLabels {
        /// The number of labels.
        got: usize,
        /// The most labels that a record may have.
        limit: usize,
    },
    /// The value of a facet is not of the store's schema.
    Facet(FacetError),
}

impl fmt::Display for UpdateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound { job_id } => write!(f, "no job has the id {job_id:?}"),
            Self::JobIdChanged { from, to } => {
                write!(f, "the update changed the job id from {from:?} to {to:?}; remove and insert instead")
            }
            Self::TooLong(too_long) => too_long.fmt(f),
            Self::TooManyLabels { got, limit } => write!(f, "record of {got} labels is over the limit of {limit}"),
            Self::Facet(error) => error.fmt(f),
        }
    }
}

impl Error for UpdateError {}

impl From<TooLong> for UpdateError {
    fn from(too_long: TooLong) -> Self {
        Self::TooLong(too_long)
    }
}

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
