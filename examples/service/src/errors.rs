//! Why a request was refused: an error of the API, and the HTTP status where that says more than the API's own.

use std::borrow::Cow;

use axum::http::StatusCode;
use jobdex::error::{InsertError, QueryError, UpdateError};
use jobdex::wire::{ApiError, RequestError};

use crate::limits::ADVICE_CHARS_MAX;

/// A refusal. Every one of them becomes a body of the API's form; none is ever a 200.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) error: ApiError,
    pub(crate) status: StatusCode,
}

impl Refusal {
    /// A refusal with a status of HTTP's own, such as 413 for a body over its limit.
    pub(crate) fn with_status(error: ApiError, status: StatusCode) -> Self {
        Self { error, status }
    }
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        let status = StatusCode::from_u16(error.code().http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { error, status }
    }
}

impl From<RequestError> for Refusal {
    fn from(error: RequestError) -> Self {
        ApiError::from(error).into()
    }
}

impl From<QueryError> for Refusal {
    fn from(error: QueryError) -> Self {
        RequestError::from(error).into()
    }
}

impl From<UpdateError> for Refusal {
    fn from(error: UpdateError) -> Self {
        match error {
            UpdateError::NotFound { .. } => ApiError::JobNotFound.into(),
            // Lengths are checked before, and no action changes an ID.
            other => internal(&other),
        }
    }
}

impl From<InsertError> for Refusal {
    fn from(error: InsertError) -> Self {
        match error {
            InsertError::StoreFull { .. } => ApiError::ServiceUnavailable.into(),
            other => internal(&other),
        }
    }
}

/// A failure of ours: the caller is told so, the log is told what.
fn internal(error: &dyn std::error::Error) -> Refusal {
    tracing::error!(%error, "a checked write was refused");
    ApiError::InternalError.into()
}

/// The parameter has a value that it may not have.
pub(crate) fn invalid(parameter: impl Into<Cow<'static, str>>, advice: impl Into<Cow<'static, str>>) -> ApiError {
    ApiError::InvalidParameter { parameter: parameter.into(), advice: shortened(advice.into()) }
}

/// The parameter is not there.
pub(crate) fn missing(parameter: impl Into<Cow<'static, str>>) -> ApiError {
    ApiError::MissingParameter { parameter: parameter.into() }
}

fn shortened(advice: Cow<'static, str>) -> Cow<'static, str> {
    match advice.char_indices().nth(ADVICE_CHARS_MAX) {
        Some((at, _)) => format!("{}…", &advice[..at]).into(),
        None => advice,
    }
}
