//! The errors of requests: a query, a cursor or a text that is refused.

use std::error::Error;
use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};

use super::FacetError;

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
    /// The page size is over the maximum of the store, which is [`PAGE_SIZE_MAX`](crate::limits::PAGE_SIZE_MAX) unless
    /// the store was given another one.
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
    /// A filter names a facet or a value that the store does not have.
    Facet(FacetError),
    /// There are too many conditions on labels.
    TooManyLabelClauses {
        /// The number of conditions.
        got: usize,
        /// The most conditions that a query may have.
        limit: usize,
    },
    /// A condition on a label has too many values.
    TooManyLabelValues {
        /// The key of the label.
        key: String,
        /// The number of values.
        got: usize,
        /// The most values that a condition may have.
        limit: usize,
    },
    /// The key of a label is too long.
    LabelKeyTooLong {
        /// Its length in bytes.
        got: usize,
        /// The most bytes it may have.
        limit: usize,
    },
    /// More values of a label are asked for than one answer may have.
    TooManyLabelCounts {
        /// How many are asked for.
        got: usize,
        /// The most values of an answer.
        limit: usize,
    },
    /// A value of a label is too long.
    LabelValueTooLong {
        /// The key of the label.
        key: String,
        /// The length of the value in bytes.
        got: usize,
        /// The most bytes it may have.
        limit: usize,
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
            Self::Facet(error) => error.fmt(f),
            Self::TooManyLabelClauses { got, limit } => {
                write!(f, "query with {got} conditions on labels is over the limit of {limit}")
            }
            Self::TooManyLabelValues { key, got, limit } => {
                write!(f, "condition on label {key:?} with {got} values is over the limit of {limit}")
            }
            Self::LabelKeyTooLong { got, limit } => {
                write!(f, "label key of {got} bytes is over the limit of {limit}")
            }
            Self::TooManyLabelCounts { got, limit } => {
                write!(f, "counts of {got} label values are over the limit of {limit}")
            }
            Self::LabelValueTooLong { key, got, limit } => {
                write!(f, "value of label {key:?} of {got} bytes is over the limit of {limit}")
            }
            Self::Cursor(error) => error.fmt(f),
        }
    }
}

// No source: the texts of `Cursor` and `Facet` are the texts of the inner errors, and a reporter that walks the chain
// would print them twice.
impl Error for QueryError {}

impl From<FacetError> for QueryError {
    fn from(error: FacetError) -> Self {
        Self::Facet(error)
    }
}

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
