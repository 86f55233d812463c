//! The paths of the service and their handlers.

use axum::Extension;
use axum::Router;
use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Request, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::access;
use crate::api;
use crate::app::App;
use crate::console;
use crate::errors::{Refusal, invalid};
use crate::guard::{self, RequestId};
use crate::metrics::Kind;

/// Every path of the service, behind the guard.
pub(crate) struct Routes {
    app: App,
    /// All paths but `/`.
    others: Router,
}

impl Routes {
    pub(crate) fn new(others: Router, app: &App) -> Self {
        Self { app: app.clone(), others }
    }

    /// Answers a request.
    pub(crate) async fn answer(&self, request: Request<Body>) -> Response {
        guard::answer(&self.app, &self.others, request).await
    }
}

/// The paths of the service.
pub(crate) fn routes(app: &App) -> Routes {
    let (for_health, for_metrics) = (app.clone(), app.clone());
    let (for_rest, for_methods) = (app.clone(), app.clone());
    let others = Router::new()
        .route("/healthz", get(move || std::future::ready(health(&for_health))))
        .route("/metrics", get(move |request: Request<Body>| std::future::ready(metrics(&for_metrics, &request))))
        .merge(access::gated(console::routes(app), app))
        .merge(access::routes(app))
        .method_not_allowed_fallback(move |Extension(id): Extension<RequestId>| {
            std::future::ready(api::refused(&for_methods, &id, &api::not_allowed()))
        })
        .fallback(move |Extension(id): Extension<RequestId>| std::future::ready(no_such_path(&for_rest, &id)));
    Routes::new(others, app)
}

/// Answers `/healthz`: 200, or 503 once the service is stopping or its disk has failed.
fn health(app: &App) -> Response {
    let (status, word) = if app.is_stopping() {
        (StatusCode::SERVICE_UNAVAILABLE, "stopping")
    } else if app.state.is_read_only() {
        (StatusCode::SERVICE_UNAVAILABLE, "read-only")
    } else {
        (StatusCode::OK, "ok")
    };
    // With access keys, a stranger learns only how the service is.
    let body = if app.access.needs_key() {
        format!("{{\"Status\":\"{word}\"}}\n")
    } else {
        format!("{{\"Status\":\"{word}\",\"Jobs\":{}}}\n", app.state.snapshot().len())
    };
    (status, [(CONTENT_TYPE, "application/json")], body).into_response()
}

fn metrics(app: &App, request: &Request<Body>) -> Response {
    if let Err(response) = access::metrics_gate(app, request) {
        return response;
    }
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], app.metrics.page(&app.state)).into_response()
}

fn no_such_path(app: &App, request_id: &RequestId) -> Response {
    let error = invalid("Path", "path must be / (the API and the console), /healthz or /metrics");
    let mut response = api::refused(app, request_id, &Refusal::with_status(error, StatusCode::NOT_FOUND));
    response.extensions_mut().insert(Kind::Other);
    response
}
