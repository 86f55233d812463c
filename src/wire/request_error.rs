//! Why a request was refused, and which of its parameters was the reason.

use std::error::Error;
use std::fmt;

use super::request::{KEY_WORD, PAGE_NO, PAGE_SIZE};
use crate::error::QueryError;

/// Why a request was refused. On the wire all of it is the code
/// [`InvalidParameter`](super::ErrorCode::InvalidParameter) with the parameter's name; [`ApiError`](super::ApiError) is
/// made from it.
///
/// ```
/// use jobdex::wire::{ListLiveTranscodeJobsRequest, RequestError};
///
/// let refusal = ListLiveTranscodeJobsRequest::from_query_string("PageNo=-1").unwrap_err();
/// assert_eq!(refusal, RequestError::Number { parameter: "PageNo" });
/// assert_eq!(refusal.parameter(), "PageNo");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestError {
    /// The parameter comes with a value more than once.
    Repeated {
        /// Its name.
        parameter: &'static str,
    },
    /// The value has a malformed percent escape, or bytes that are not UTF-8.
    Encoding {
        /// The parameter's name.
        parameter: &'static str,
    },
    /// The value is not a whole number of decimal digits, or is over `u64::MAX`.
    Number {
        /// The parameter's name.
        parameter: &'static str,
    },
    /// The value is none that the parameter has.
    Value {
        /// The parameter's name.
        parameter: &'static str,
        /// The values that it has.
        expected: &'static str,
    },
    /// The query made from the request is refused.
    Query(QueryError),
}

impl RequestError {
    /// The name of the parameter that was the reason.
    ///
    /// Two refusals of a query have no parameter in this API: a service that offers them under names of its own finds
    /// the creation-time range as `CreateTime` and the cursor as `Cursor`.
    ///
    /// ```
    /// use jobdex::error::QueryError;
    /// use jobdex::wire::RequestError;
    ///
    /// let refusal = RequestError::from(QueryError::PageNo { got: 0, limit: 1 });
    /// assert_eq!(refusal.parameter(), "PageNo");
    /// ```
    pub fn parameter(&self) -> &'static str {
        match self {
            Self::Repeated { parameter }
            | Self::Encoding { parameter }
            | Self::Number { parameter }
            | Self::Value { parameter, .. } => parameter,
            Self::Query(error) => query_parameter(error),
        }
    }
}

fn query_parameter(error: &QueryError) -> &'static str {
    match error {
        QueryError::PageNo { .. } => PAGE_NO,
        QueryError::PageSizeUnder { .. } | QueryError::PageSizeOver { .. } => PAGE_SIZE,
        QueryError::KeywordTooLong { .. } | QueryError::KeywordTooLarge { .. } => KEY_WORD,
        QueryError::CreatedRange { .. } => "CreateTime",
        QueryError::Cursor(_) => "Cursor",
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Repeated { parameter } => write!(f, "parameter {parameter} is given more than once"),
            Self::Encoding { parameter } => write!(f, "parameter {parameter} is not percent-encoded UTF-8"),
            Self::Number { parameter } => {
                write!(f, "parameter {parameter} is not a whole number of at most {} in digits alone", u64::MAX)
            }
            Self::Value { parameter, expected } => write!(f, "parameter {parameter} is not {expected}"),
            Self::Query(error) => error.fmt(f),
        }
    }
}

impl Error for RequestError {}

impl From<QueryError> for RequestError {
    fn from(error: QueryError) -> Self {
        Self::Query(error)
    }
}
