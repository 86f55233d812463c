//! The middleware around every handler: it assigns a request ID, checks the `Host`, counts and logs the request, and
//! answers even if the handler panics.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, Method};
use axum::middleware::{self, Next};
use axum::response::Response;
use futures_util::FutureExt;
use jobdex::wire::ApiError;

use crate::api;
use crate::app::App;
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

/// Puts the guard around the routes.
pub(crate) fn guarded(routes: Router, app: &App) -> Router {
    let app = app.clone();
    routes.layer(middleware::from_fn(move |request: Request, next: Next| guard(app.clone(), request, next)))
}

async fn guard(app: App, mut request: Request, next: Next) -> Response {
    let begin = Instant::now();
    let request_id = RequestId::new();
    let method = request.method().clone();
    request.extensions_mut().insert(request_id.clone());
    let mut response = match check_host(&app, request.headers()) {
        Ok(()) => {
            let handled = AssertUnwindSafe(next.run(request)).catch_unwind().await;
            handled.unwrap_or_else(|panic| panicked(&app, &request_id, panic.as_ref()))
        }
        Err(refusal) => api::refused(&app, &request_id, &refusal),
    };
    let kind = response.extensions_mut().remove::<Kind>().unwrap_or(Kind::Other);
    let lapse = begin.elapsed();
    app.metrics.answered(kind, response.status(), lapse);
    log(&request_id, &method, kind, &response, lapse);
    if let Ok(id) = HeaderValue::from_str(request_id.as_str()) {
        response.headers_mut().insert("x-acs-request-id", id);
    }
    response
}

fn panicked(app: &App, request_id: &RequestId, panic: &(dyn Any + Send)) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    tracing::error!(request_id = request_id.as_str(), panic = text.unwrap_or("?"), "a handler panicked");
    app.metrics.panicked();
    api::refused(app, request_id, &ApiError::InternalError.into())
}

/// Logs the request: server errors at level error, writes at level info, everything else at level debug.
fn log(request_id: &RequestId, method: &Method, kind: Kind, response: &Response, lapse: Duration) {
    let (request_id, kind_name, status) = (request_id.as_str(), kind.as_str(), response.status().as_u16());
    let micros = u64::try_from(lapse.as_micros()).unwrap_or(u64::MAX);
    let writes = matches!(kind, Kind::Action(action) if action.writes());
    if response.status().is_server_error() {
        tracing::error!(request_id, action = kind_name, %method, status, micros, "failed");
    } else if writes {
        tracing::info!(request_id, action = kind_name, %method, status, micros, "answered");
    } else {
        tracing::debug!(request_id, action = kind_name, %method, status, micros, "answered");
    }
}
