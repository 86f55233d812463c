//! The paths of the service and their handlers.

use axum::Extension;
use axum::Router;
use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Request, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Serialize;

use crate::access;
use crate::actions::json;
use crate::api;
use crate::app::App;
use crate::console;
use crate::errors::{Refusal, invalid};
use crate::guard::{self, RequestId};
use crate::metrics::Kind;
use crate::postgres::Lack;

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

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Health {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jobs: Option<usize>,
}

/// Answers `/healthz`: 200, or 503 once the service is stopping or its disk has failed, and while a replica fills or is
/// stale.
fn health(app: &App) -> Response {
    let lack = if app.is_stopping() {
        Some(Lack { word: "stopping", reason: None })
    } else if app.state.is_read_only() {
        Some(Lack { word: "read-only", reason: None })
    } else {
        app.state.lack()
    };
    let status = if lack.is_some() { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    let (word, reason) = lack.map_or(("ok", None), |lack| (lack.word, lack.reason));
    // With access keys, a stranger learns how the service is, and not how many jobs it has.
    let jobs = (!app.access.needs_key()).then(|| app.state.snapshot().len());
    let body = [json(&Health { status: word, reason, jobs }), b"\n".to_vec()].concat();
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
