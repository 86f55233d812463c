//! The API's requests, responses and error codes: `ListLiveTranscodeJobs` of version 2020-11-09 as it goes over the wire.
//!
//! It turns a request into a [`ListQuery`](crate::ListQuery) and a [`Page`](crate::Page) into a response, and knows
//! nothing of HTTP but status numbers: headers, bodies and the choice of the action belong to the service that calls it.
//!
//! ```text
//! pairs, query string or JSON ─→ ListLiveTranscodeJobsRequest ─→ ListQuery ─→ Page ─→ ListLiveTranscodeJobsResponse
//!             │                               │                      │
//!             └───────────────────────────────┴──── RequestError ────┴──→ ApiError ─→ ErrorResponse
//! ```
//!
//! A whole request, from the text behind the `?` to the body of the answer and its HTTP status:
//!
//! ```
//! use jobdex::JobStore;
//! use jobdex::wire::{ApiError, ListLiveTranscodeJobsRequest, ListLiveTranscodeJobsResponse, RequestError};
//!
//! fn list(store: &JobStore, query_string: &str) -> Result<ListLiveTranscodeJobsResponse, RequestError> {
//!     let query = ListLiveTranscodeJobsRequest::from_query_string(query_string)?.to_query()?;
//!     Ok(ListLiveTranscodeJobsResponse::new(store.list(&query)?, "4E84BE44-58A7"))
//! }
//!
//! fn answer(store: &JobStore, query_string: &str) -> (u16, String) {
//!     match list(store, query_string) {
//!         Ok(response) => (200, serde_json::to_string(&response).expect("a response is plain JSON")),
//!         Err(refusal) => {
//!             let error = ApiError::from(refusal);
//!             let response = error.response("4E84BE44-58A7", "localhost");
//!             (error.code().http_status(), serde_json::to_string(&response).expect("an error is plain JSON"))
//!         }
//!     }
//! }
//!
//! let store = JobStore::new();
//! let (status, body) = answer(&store, "Status=1&KeyWord=news&PageNo=2");
//! assert_eq!((status, body.as_str()), (200, r#"{"RequestId":"4E84BE44-58A7","TotalCount":0,"JobList":[]}"#));
//! let (status, body) = answer(&store, "Status=7");
//! assert_eq!(status, 400);
//! assert!(body.contains(r#""Code":"InvalidParameter""#));
//! ```

mod error;
mod query_string;
mod request;
mod request_error;
mod response;

pub use error::{ApiError, ErrorCode, ErrorResponse};
pub use request::ListLiveTranscodeJobsRequest;
pub use request_error::RequestError;
pub use response::ListLiveTranscodeJobsResponse;
