//! The reason why a request was refused, and the parameter at fault.

use std::error::Error;
use std::fmt;

use super::request::{KEY_WORD, PAGE_NO, PAGE_SIZE};
use crate::error::QueryError;

/// The reason why a request was refused.
///
/// On the wire, each variant becomes the code [`InvalidParameter`](super::ErrorCode::InvalidParameter) with the name of
/// the parameter. An [`ApiError`](super::ApiError) is made from this error.
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
    /// The request gives the parameter a value more than once.
    Repeated {
        /// The parameter's name.
        parameter: &'static str,
    },
    /// The value has a malformed percent escape, or bytes that are not UTF-8.
    Encoding {
        /// The parameter's name.
        parameter: &'static str,
    },
    /// The value is not a whole number in decimal digits, or the number is over `u64::MAX`.
    Number {
        /// The parameter's name.
        parameter: &'static str,
    },
    /// The parameter has no such value.
    Value {
        /// The parameter's name.
        parameter: &'static str,
        /// The values that the parameter has.
        expected: &'static str,
    },
    /// The query that was made from the request is refused.
    Query(QueryError),
}

impl RequestError {
    /// The name of the parameter at fault.
    ///
    /// This API has no parameter for the creation-time range or the cursor of a query. Their errors have the names
    /// `CreateTime` and `Cursor`, for a service that offers such parameters itself.
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
        QueryError::Facet(_) => "Facet",
        QueryError::TooManyLabelClauses { .. }
        | QueryError::TooManyLabelCounts { .. }
        | QueryError::TooManyLabelValues { .. }
        | QueryError::LabelKeyTooLong { .. }
        | QueryError::LabelValueTooLong { .. } => "Label",
        QueryError::Cursor(_) => "Cursor",
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Repeated { parameter } => write!(f, "parameter {parameter} must be given only once"),
            Self::Encoding { parameter } => write!(f, "parameter {parameter} must be percent-encoded UTF-8"),
            Self::Number { parameter } => {
                write!(f, "parameter {parameter} must be a whole number of at most {}, in digits only", u64::MAX)
            }
            Self::Value { parameter, expected } => write!(f, "parameter {parameter} must be {expected}"),
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
