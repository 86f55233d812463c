//! The guard around every handler: it assigns a request ID, checks what every request must be, counts and logs the
//! request, and answers even if the handler panics.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONNECTION, TRANSFER_ENCODING, VARY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::Response;
use futures_util::FutureExt;
use jobdex::wire::ApiError;
use tower_service::Service as _;

use crate::api;
use crate::app::App;
use crate::body::Read;
use crate::errors::{Refusal, invalid};
use crate::ids;
use crate::metrics::Kind;
use crate::origin::check_host;

/// The ID of a request, in its answer and in the log.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(String);

impl RequestId {
    pub(crate) fn new() -> Self {
        Self(ids::request_id())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Marks a request on a spare connection: only [`SPARE_PATHS`] are answered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OnlyHealth;

const SPARE_PATHS: [&str; 2] = ["/healthz", "/metrics"];

/// Answers a request: with the API at `/`, and with the routes at all other paths.
///
/// Nearly all requests are for the API, so they take no detour through the routes.
pub(crate) async fn answer(app: &App, routes: &Router, request: Request) -> Response {
    let begin = Instant::now();
    let request_id = RequestId::new();
    let method = request.method().clone();
    let is_root = request.uri().path() == "/";
    let is_spare = request.extensions().get::<OnlyHealth>().is_some();
    let (read, request) = Read::follow(request);
    let (kind, mut response) = match check(app, &request) {
        Ok(()) => {
            let handled = AssertUnwindSafe(handle(app, routes, &request_id, request, is_root)).catch_unwind().await;
            handled.unwrap_or_else(|panic| (Kind::Other, panicked(app, &request_id, panic.as_ref())))
        }
        Err(refusal) => (Kind::Other, api::refused(app, &request_id, &refusal)),
    };
    let lapse = begin.elapsed();
    app.metrics.answered(kind, response.status(), lapse);
    log(app, &request_id, &method, kind, &response, lapse);
    let headers = response.headers_mut();
    complete(headers, is_root);
    if let Ok(id) = HeaderValue::from_str(request_id.as_str()) {
        headers.insert("x-acs-request-id", id);
    }
    // The rest of a body that nobody reads would be taken for the next request, so the library closes the connection.
    // The client must know, or it sends its next request there.
    if is_spare || !read.is_whole() || app.is_stopping() {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

async fn handle(
    app: &App,
    routes: &Router,
    request_id: &RequestId,
    mut request: Request,
    is_root: bool,
) -> (Kind, Response) {
    if is_root {
        return api::call(app, request_id, request).await;
    }
    request.extensions_mut().insert(request_id.clone());
    let Ok(mut response) = routes.clone().call(request).await;
    (response.extensions_mut().remove().unwrap_or(Kind::Other), response)
}

/// Checks what every request must be, whatever it asks for.
fn check(app: &App, request: &Request) -> Result<(), Refusal> {
    if request.extensions().get::<OnlyHealth>().is_some() && !SPARE_PATHS.contains(&request.uri().path()) {
        return Err(ApiError::ServiceUnavailable.into());
    }
    check_host(app, request)?;
    check_coding(request.headers())?;
    api::check_url(request.uri())
}

/// Checks that a body is not coded in a way that the service does not decode.
fn check_coding(headers: &HeaderMap) -> Result<(), Refusal> {
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    let is_known = |coding: &HeaderValue| coding.as_bytes().trim_ascii().eq_ignore_ascii_case(b"chunked");
    if codings.next().is_none_or(is_known) && codings.next().is_none() {
        return Ok(());
    }
    let error = invalid("Transfer-Encoding", "transfer coding must be chunked, or none");
    Err(Refusal::with_status(error, StatusCode::NOT_IMPLEMENTED))
}

/// Adds the headers that every answer has: no browser guesses its type, and nobody keeps it who was not told to.
fn complete(headers: &mut HeaderMap, is_root: bool) {
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if is_root {
        // The page and the API share an address.
        headers.insert(VARY, HeaderValue::from_static("accept, cookie, x-acs-action"));
    }
}

fn panicked(app: &App, request_id: &RequestId, panic: &(dyn Any + Send)) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    tracing::error!(request_id = request_id.as_str(), panic = text.unwrap_or("?"), "a handler panicked");
    app.metrics.panicked();
    api::refused(app, request_id, &ApiError::InternalError.into())
}

/// Logs the request: server errors at level error, writes at level info, everything else at level debug. Strangers can
/// cause any number of 503s, so only some of these are logged.
fn log(app: &App, request_id: &RequestId, method: &Method, kind: Kind, response: &Response, lapse: Duration) {
    let (request_id, kind_name, status) = (request_id.as_str(), kind.as_str(), response.status().as_u16());
    let micros = u64::try_from(lapse.as_micros()).unwrap_or(u64::MAX);
    let writes = matches!(kind, Kind::Action(action) if action.writes());
    if response.status() == StatusCode::SERVICE_UNAVAILABLE {
        if let Some(unsaid) = app.unable.pass() {
            tracing::error!(request_id, action = kind_name, %method, status, micros, unsaid, "failed");
        }
    } else if response.status() == StatusCode::INTERNAL_SERVER_ERROR {
        tracing::error!(request_id, action = kind_name, %method, status, micros, "failed");
    } else if writes {
        tracing::info!(request_id, action = kind_name, %method, status, micros, "answered");
    } else {
        tracing::debug!(request_id, action = kind_name, %method, status, micros, "answered");
    }
}
