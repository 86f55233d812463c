//! The reason why a request was refused: an error of the API or of its gateway, and an HTTP status.

use std::borrow::Cow;
use std::fmt;

use axum::http::StatusCode;
use jobdex::error::{InsertError, LengthUnit, QueryError, TooLong, UpdateError};
use jobdex::wire::{ApiError, RequestError};
use serde::Serialize;

use crate::access::Denied;
use crate::actions::json;
use crate::limits::ADVICE_CHARS_MAX;

/// A refusal. Its body has the form of the API's errors, and its status is never 200.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) error: Reason,
    pub(crate) status: StatusCode,
    /// Advice for the caller, in place of what the error itself advises.
    pub(crate) advice: Option<&'static str>,
}

/// An error of the API, or of the gateway before it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Reason {
    Api(ApiError),
    Denied(Denied),
}

/// The body of a refusal.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Body<'a> {
    request_id: &'a str,
    host_id: &'a str,
    code: &'a str,
    message: String,
    recommend: &'a str,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Api(error) => error.fmt(f),
            Self::Denied(denied) => denied.fmt(f),
        }
    }
}

impl Refusal {
    /// A refusal with another HTTP status than the API has for the error, such as 413 for a body over the limit.
    pub(crate) fn with_status(error: ApiError, status: StatusCode) -> Self {
        Self { error: Reason::Api(error), status, advice: None }
    }

    /// The body of the answer, as JSON.
    pub(crate) fn body(&self, request_id: &str, host_id: &str) -> Vec<u8> {
        let (code, recommend) = match &self.error {
            Reason::Api(error) => (error.code().as_str(), error.advice()),
            Reason::Denied(denied) => (denied.code(), denied.advice()),
        };
        let recommend = self.advice.unwrap_or(recommend);
        json(&Body { request_id, host_id, code, message: self.error.to_string(), recommend })
    }
}

impl From<Denied> for Refusal {
    fn from(denied: Denied) -> Self {
        let status = StatusCode::from_u16(denied.http_status()).unwrap_or(StatusCode::FORBIDDEN);
        Self { error: Reason::Denied(denied), status, advice: None }
    }
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        let status = StatusCode::from_u16(error.code().http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { error: Reason::Api(error), status, advice: None }
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
            UpdateError::TooLong(too_long) if too_long.unit == LengthUnit::FoldedChars => folds_too_long(&too_long),
            // The action has checked the other lengths, and no action changes an ID.
            other => internal(&other),
        }
    }
}

impl From<InsertError> for Refusal {
    fn from(error: InsertError) -> Self {
        match error {
            InsertError::StoreFull { .. } => ApiError::ServiceUnavailable.into(),
            InsertError::TooLong(too_long) if too_long.unit == LengthUnit::FoldedChars => folds_too_long(&too_long),
            other => internal(&other),
        }
    }
}

/// The refusal of a name that only the store can measure.
fn folds_too_long(too_long: &TooLong) -> Refusal {
    invalid("Name", too_long.to_string()).into()
}

/// A bug of the service. The caller gets a 500, and the log gets the details.
pub(crate) fn internal(error: &dyn std::fmt::Display) -> Refusal {
    tracing::error!(%error, "the store refused a write that was checked before");
    ApiError::InternalError.into()
}

/// The error for a parameter with an invalid value.
pub(crate) fn invalid(parameter: impl Into<Cow<'static, str>>, advice: impl Into<Cow<'static, str>>) -> ApiError {
    ApiError::InvalidParameter { parameter: parameter.into(), advice: shortened(advice.into()) }
}

/// The error for a parameter that is missing.
pub(crate) fn missing(parameter: impl Into<Cow<'static, str>>) -> ApiError {
    ApiError::MissingParameter { parameter: parameter.into() }
}

fn shortened(advice: Cow<'static, str>) -> Cow<'static, str> {
    match advice.char_indices().nth(ADVICE_CHARS_MAX) {
        Some((at, _)) => format!("{}…", &advice[..at]).into(),
        None => advice,
    }
}
