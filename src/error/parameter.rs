//! The error of a query that is read from a query string or from JSON.

use std::error::Error;
use std::fmt;

use super::{CursorError, SchemaError};

/// The reason why a query was not read from its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParameterError {
    /// No parameter has this name.
    Unknown {
        /// The name.
        got: String,
        /// The names that parameters have.
        expected: String,
    },
    /// The parameter does not have this value.
    Value {
        /// The name of the parameter.
        parameter: String,
        /// The value.
        got: String,
        /// The values that the parameter has, in words.
        expected: String,
    },
    /// The parameter has one value, and two were given.
    Repeated {
        /// The name of the parameter.
        parameter: String,
    },
    /// Two parameters exclude each other.
    Conflict {
        /// The name of the second one.
        parameter: String,
        /// The name of the first one.
        other: String,
    },
    /// The name or the value has a malformed escape, or bytes that are not UTF-8.
    Encoding {
        /// The name of the parameter.
        parameter: String,
    },
    /// The parameter is not a cursor.
    Cursor {
        /// The name of the parameter.
        parameter: String,
        /// The reason.
        error: CursorError,
    },
    /// All names and values together are too long.
    TooLong {
        /// The number of bytes that were seen.
        got: usize,
        /// The most bytes.
        limit: usize,
    },
    /// There are too many parameters.
    TooMany {
        /// The number of parameters that were seen.
        got: usize,
        /// The most parameters.
        limit: usize,
    },
    /// No store can have the facets of the query.
    Schema(SchemaError),
}

impl ParameterError {
    /// A caller may send a text of any length. An error is logged or sent back, so it keeps only this much of the text.
    const CHARS_MAX: usize = 64;

    pub(crate) fn unknown(got: &str, expected: String) -> Self {
        Self::Unknown { got: Self::cut(got), expected }
    }

    pub(crate) fn value(parameter: &str, got: &str, expected: impl Into<String>) -> Self {
        Self::Value { parameter: Self::cut(parameter), got: Self::cut(got), expected: expected.into() }
    }

    pub(crate) fn repeated(parameter: &str) -> Self {
        Self::Repeated { parameter: Self::cut(parameter) }
    }

    pub(crate) fn encoding(parameter: &str) -> Self {
        Self::Encoding { parameter: Self::cut(parameter) }
    }

    /// The name of the parameter that was refused, cut after 64 characters. `None` if it is no single one.
    pub fn parameter(&self) -> Option<&str> {
        match self {
            Self::Unknown { got: parameter, .. }
            | Self::Value { parameter, .. }
            | Self::Repeated { parameter }
            | Self::Conflict { parameter, .. }
            | Self::Encoding { parameter }
            | Self::Cursor { parameter, .. } => Some(parameter),
            Self::TooLong { .. } | Self::TooMany { .. } | Self::Schema(_) => None,
        }
    }

    fn cut(text: &str) -> String {
        text.chars().take(Self::CHARS_MAX).collect()
    }
}

impl fmt::Display for ParameterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { got, expected } => write!(f, "parameter must be one of {expected}, got {got:?}"),
            Self::Value { parameter, got, expected } => {
                write!(f, "parameter {parameter} must be {expected}, got {got:?}")
            }
            Self::Repeated { parameter } => write!(f, "parameter {parameter} must be given only once"),
            Self::Conflict { parameter, other } => {
                write!(f, "parameter {parameter} must not be given beside {other}")
            }
            Self::Encoding { parameter } => write!(f, "parameter {parameter} must be percent-encoded UTF-8"),
            Self::Cursor { parameter, error } => write!(f, "parameter {parameter}: {error}"),
            Self::TooLong { got, limit } => write!(f, "parameters of {got} bytes are over the limit of {limit}"),
            Self::TooMany { got, limit } => write!(f, "{got} parameters are over the limit of {limit}"),
            Self::Schema(error) => error.fmt(f),
        }
    }
}

// No source: the texts of `Cursor` and `Schema` contain the texts of the inner errors.
impl Error for ParameterError {}

impl From<SchemaError> for ParameterError {
    fn from(error: SchemaError) -> Self {
        Self::Schema(error)
    }
}
