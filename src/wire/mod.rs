//! The API's requests, responses and error codes: `ListLiveTranscodeJobs` of version 2020-11-09 as it goes over the
//! wire.
//!
//! This module turns a request into a [`ListQuery`](crate::ListQuery), and a [`Page`](crate::Page) into a response. Of
//! HTTP it knows only status numbers. The service that calls it reads headers and bodies and chooses the action.
//!
//! ```text
//! pairs, query string or JSON
//!   ─→ ListLiveTranscodeJobsRequest ─→ ListQuery ─→ Page ─→ ListLiveTranscodeJobsResponse
//!                  │                       │
//!                  └──── RequestError ─────┴──→ ApiError ─→ ErrorResponse
//! ```
//!
//! This example answers a whole request. It takes the text behind the `?`, and returns the HTTP status and the body:
//!
//! ```
//! use jobdex::JobStore;
//! use jobdex::wire::{
//!     ApiError, ListLiveTranscodeJobsRequest, ListLiveTranscodeJobsResponse, RequestError,
//! };
//!
//! fn list(
//!     store: &JobStore,
//!     query_string: &str,
//! ) -> Result<ListLiveTranscodeJobsResponse, RequestError> {
//!     let query = ListLiveTranscodeJobsRequest::from_query_string(query_string)?.to_query()?;
//!     Ok(ListLiveTranscodeJobsResponse::new(store.list(&query)?, "4E84BE44-58A7"))
//! }
//!
//! fn answer(store: &JobStore, query_string: &str) -> Result<(u16, String), serde_json::Error> {
//!     match list(store, query_string) {
//!         Ok(response) => Ok((200, serde_json::to_string(&response)?)),
//!         Err(refusal) => {
//!             let error = ApiError::from(refusal);
//!             let response = error.response("4E84BE44-58A7", "localhost");
//!             Ok((error.code().http_status(), serde_json::to_string(&response)?))
//!         }
//!     }
//! }
//!
//! let store = JobStore::new();
//! let (status, body) = answer(&store, "Status=1&KeyWord=news&PageNo=2")?;
//! assert_eq!(status, 200);
//! assert_eq!(body, r#"{"RequestId":"4E84BE44-58A7","TotalCount":0,"JobList":[]}"#);
//! let (status, body) = answer(&store, "Status=7")?;
//! assert_eq!(status, 400);
//! assert!(body.contains(r#""Code":"InvalidParameter""#));
//! # Ok::<(), serde_json::Error>(())
//! ```

mod error;
mod request;
mod request_error;
mod response;

pub use error::{ApiError, ErrorCode, ErrorResponse};
pub use request::ListLiveTranscodeJobsRequest;
pub use request_error::RequestError;
pub use response::ListLiveTranscodeJobsResponse;
