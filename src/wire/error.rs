//! The API's errors: the codes, the error with the parameter that it names, and the body of the answer.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::request_error::RequestError;

/// The code of an error, for the client's program. On the wire it is a name.
///
/// ```
/// use jobdex::wire::ErrorCode;
///
/// assert_eq!(ErrorCode::JobNotFound.http_status(), 404);
/// assert_eq!(serde_json::to_string(&ErrorCode::ServiceUnavailable)?, r#""ServiceUnAvailable""#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ErrorCode {
    /// A required parameter is absent; 400.
    MissingParameter,
    /// A parameter has a value that is not allowed; 400.
    InvalidParameter,
    /// The caller may not do this; 403.
    Forbidden,
    /// Nobody may do this here; 403.
    OperationDenied,
    /// No job has the ID; 404.
    JobNotFound,
    /// The job's status does not allow the command, such as a stop of a stopped job; 409. The API's reference gives the
    /// HTTP status of this case and no name. The name is this crate's own.
    JobStatusConflict,
    /// The service failed; 500.
    InternalError,
    /// The service cannot answer at the moment; 503. The wire spells this name `ServiceUnAvailable`.
    ServiceUnavailable,
}

impl ErrorCode {
    /// All codes, by HTTP status.
    ///
    /// ```
    /// use jobdex::wire::ErrorCode;
    ///
    /// assert!(ErrorCode::ALL.iter().all(|code| (400..600).contains(&code.http_status())));
    /// ```
    pub const ALL: &'static [Self] = &[
        Self::MissingParameter,
        Self::InvalidParameter,
        Self::Forbidden,
        Self::OperationDenied,
        Self::JobNotFound,
        Self::JobStatusConflict,
        Self::InternalError,
        Self::ServiceUnavailable,
    ];

    /// The name on the wire.
    ///
    /// ```
    /// assert_eq!(jobdex::wire::ErrorCode::InvalidParameter.as_str(), "InvalidParameter");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MissingParameter => "MissingParameter",
            Self::InvalidParameter => "InvalidParameter",
            Self::Forbidden => "Forbidden",
            Self::OperationDenied => "OperationDenied",
            Self::JobNotFound => "JobNotFound",
            Self::JobStatusConflict => "JobStatusConflict",
            Self::InternalError => "InternalError",
            Self::ServiceUnavailable => "ServiceUnAvailable",
        }
    }

    /// The code with this name on the wire, compared exactly; `None` for any other text.
    ///
    /// ```
    /// use jobdex::wire::ErrorCode;
    ///
    /// assert_eq!(ErrorCode::from_name("JobNotFound"), Some(ErrorCode::JobNotFound));
    /// assert_eq!(ErrorCode::from_name("jobnotfound"), None);
    /// ```
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == name)
    }

    /// The HTTP status of an answer with this code, always 4xx or 5xx. Clients read every 200 as a success.
    ///
    /// ```
    /// assert_eq!(jobdex::wire::ErrorCode::MissingParameter.http_status(), 400);
    /// ```
    pub fn http_status(self) -> u16 {
        match self {
            Self::MissingParameter | Self::InvalidParameter => 400,
            Self::Forbidden | Self::OperationDenied => 403,
            Self::JobNotFound => 404,
            Self::JobStatusConflict => 409,
            Self::InternalError => 500,
            Self::ServiceUnavailable => 503,
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for ErrorCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ErrorCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = Cow::<'de, str>::deserialize(deserializer)?;
        Self::from_name(&name)
            .ok_or_else(|| de::Error::invalid_value(de::Unexpected::Str(&name), &"an error code such as JobNotFound"))
    }
}

/// An error of the API with the parameter that it names. Its text is the `Message` of the [`ErrorResponse`].
///
/// ```
/// use jobdex::wire::{ApiError, ErrorCode, ListLiveTranscodeJobsRequest};
///
/// let request = ListLiveTranscodeJobsRequest::from_query_string("SortBy=ASC")?;
/// let error = ApiError::from(request.to_query().unwrap_err());
/// assert_eq!(error.code(), ErrorCode::InvalidParameter);
/// assert_eq!(error.to_string(), r#"The specified parameter "SortBy" is not valid."#);
/// assert_eq!(error.advice(), "parameter SortBy must be asc or desc");
/// # Ok::<(), jobdex::wire::RequestError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ApiError {
    /// A required parameter is absent.
    MissingParameter {
        /// The parameter's name.
        parameter: Cow<'static, str>,
    },
    /// A parameter has a value that is not allowed.
    InvalidParameter {
        /// The parameter's name.
        parameter: Cow<'static, str>,
        /// The fault of the value, and the values that are allowed; may be empty.
        advice: Cow<'static, str>,
    },
    /// The caller may not do this.
    Forbidden,
    /// Nobody may do this here.
    OperationDenied,
    /// No job has the ID.
    JobNotFound,
    /// The job's status does not allow the command.
    JobStatusConflict,
    /// The service failed.
    InternalError,
    /// The service cannot answer at the moment.
    ServiceUnavailable,
}

impl ApiError {
    /// The code of the error.
    ///
    /// ```
    /// use jobdex::wire::{ApiError, ErrorCode};
    ///
    /// assert_eq!(ApiError::JobNotFound.code(), ErrorCode::JobNotFound);
    /// ```
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::MissingParameter { .. } => ErrorCode::MissingParameter,
            Self::InvalidParameter { .. } => ErrorCode::InvalidParameter,
            Self::Forbidden => ErrorCode::Forbidden,
            Self::OperationDenied => ErrorCode::OperationDenied,
            Self::JobNotFound => ErrorCode::JobNotFound,
            Self::JobStatusConflict => ErrorCode::JobStatusConflict,
            Self::InternalError => ErrorCode::InternalError,
            Self::ServiceUnavailable => ErrorCode::ServiceUnavailable,
        }
    }

    /// The way out, if the message does not name it; otherwise empty.
    ///
    /// ```
    /// use jobdex::error::QueryError;
    /// use jobdex::wire::{ApiError, RequestError};
    ///
    /// let refusal = RequestError::from(QueryError::PageSizeOver { got: 500, limit: 100 });
    /// assert_eq!(ApiError::from(refusal).advice(), "page size 500 is over the limit of 100");
    /// assert_eq!(ApiError::JobNotFound.advice(), "");
    /// ```
    pub fn advice(&self) -> &str {
        match self {
            Self::InvalidParameter { advice, .. } => advice,
            _ => "",
        }
    }

    /// The body of the answer, with the ID of the request and the ID of the host.
    ///
    /// ```
    /// let response = jobdex::wire::ApiError::JobNotFound.response("4E84BE44-58A7", "localhost");
    /// assert_eq!(response.message, "No such job.");
    /// assert_eq!(response.code.http_status(), 404);
    /// ```
    pub fn response(&self, request_id: impl Into<String>, host_id: impl Into<String>) -> ErrorResponse {
        ErrorResponse {
            request_id: request_id.into(),
            host_id: host_id.into(),
            code: self.code(),
            message: self.to_string(),
            recommend: self.advice().to_owned(),
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingParameter { parameter } => write!(
                f,
                "The input parameter \"{parameter}\" that is mandatory for processing this request is not supplied."
            ),
            Self::InvalidParameter { parameter, .. } => {
                write!(f, "The specified parameter \"{parameter}\" is not valid.")
            }
            Self::Forbidden => f.write_str("You are not allowed to do this."),
            Self::OperationDenied => f.write_str("The operation is denied."),
            Self::JobNotFound => f.write_str("No such job."),
            Self::JobStatusConflict => f.write_str("The status of the job does not allow the operation."),
            Self::InternalError => f.write_str("The request failed because of an internal error."),
            Self::ServiceUnavailable => f.write_str("The service is not available at the moment. Try again later."),
        }
    }
}

impl Error for ApiError {}

impl From<RequestError> for ApiError {
    fn from(refusal: RequestError) -> Self {
        Self::InvalidParameter { parameter: refusal.parameter().into(), advice: refusal.to_string().into() }
    }
}

/// The body of an error: `{"RequestId":…,"HostId":…,"Code":…,"Message":…,"Recommend":…}`.
///
/// The HTTP status of the answer is [`ErrorCode::http_status`]. A client reads the same type back.
///
/// ```
/// use jobdex::wire::{ApiError, ErrorResponse};
///
/// let response = ApiError::JobNotFound.response("4E84BE44-58A7", "localhost");
/// let json = serde_json::to_string(&response)?;
/// let start = r#"{"RequestId":"4E84BE44-58A7","HostId":"localhost","Code":"JobNotFound","#;
/// let end = r#""Message":"No such job.","Recommend":""}"#;
/// assert_eq!(json, format!("{start}{end}"));
/// assert_eq!(serde_json::from_str::<ErrorResponse>(&json)?, response);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ErrorResponse {
    /// The ID of the request that failed.
    pub request_id: String,
    /// The host that answered.
    pub host_id: String,
    /// The code, for programs.
    pub code: ErrorCode,
    /// The message, for people.
    pub message: String,
    /// The way out, for people; may be empty.
    pub recommend: String,
}
