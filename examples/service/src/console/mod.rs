//! The console: a web page, its files and the requests of its script. All files are in the binary.
//!
//! The script requests `/console/view` after each change of the filters, and then follows `/console/events` to show
//! later changes. It submits, stops and deletes jobs through the API, like any other client.

mod marks;
mod request;
mod view;

use std::future::ready;

use axum::http::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router, body::Body};

use crate::actions::json;
use crate::api;
use crate::app::App;
use crate::errors::Refusal;
use crate::events;
use crate::guard::RequestId;
use crate::metrics::Kind;
use crate::params::Params;
use crate::templates::TEMPLATES;

pub(crate) use request::Asked;
pub(crate) use view::View;

/// The page may load only what this service sends. It may not be framed, and its forms may not send anywhere.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

const FILES: [(&str, &str, &str); 7] = [
    ("/console/style.css", CSS, include_str!("style.css")),
    ("/console/main.js", SCRIPT, include_str!("main.js")),
    ("/console/address.js", SCRIPT, include_str!("address.js")),
    ("/console/api.js", SCRIPT, include_str!("api.js")),
    ("/console/dialogs.js", SCRIPT, include_str!("dialogs.js")),
    ("/console/show.js", SCRIPT, include_str!("show.js")),
    ("/console/words.js", SCRIPT, include_str!("words.js")),
];

/// The HTML page.
pub(crate) fn page() -> Response {
    file(HTML, include_str!("page.html"))
}

/// The routes of the files and of the requests of the script.
pub(crate) fn routes(app: &App) -> Router {
    let (for_view, for_events) = (app.clone(), app.clone());
    let files = FILES.into_iter().fold(Router::new(), |routes, (path, content_type, content)| {
        routes.route(path, get(move || ready(file(content_type, content))))
    });
    files
        .route("/console/templates", get(|| ready(answered(json(&TEMPLATES)))))
        .route("/console/view", get(move |Extension(id): Extension<RequestId>, request| view(for_view, id, request)))
        .route(
            "/console/events",
            get(move |Extension(id): Extension<RequestId>, request| stream(for_events, id, request)),
        )
}

fn file(content_type: &'static str, content: &'static str) -> Response {
    let headers = [
        (CONTENT_TYPE, content_type),
        (CACHE_CONTROL, "no-cache"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
    ];
    of_console((headers, content).into_response())
}

/// Answers with one view of the list.
async fn view(app: App, request_id: RequestId, request: Request<Body>) -> Response {
    let json = match asked(&request) {
        Ok(asked) => viewed(&app, asked).await,
        Err(refusal) => Err(refusal),
    };
    json.map_or_else(|refusal| of_console(api::refused(&app, &request_id, &refusal)), answered)
}

async fn viewed(app: &App, asked: Asked) -> Result<Vec<u8>, Refusal> {
    let snapshot = app.state.readable()?;
    let (json, _) = app.views.run(move || Ok::<_, Refusal>(json(&View::new(&snapshot, &asked)?))).await?;
    json
}

/// Answers with an event stream of the view.
async fn stream(app: App, request_id: RequestId, request: Request<Body>) -> Response {
    let stream = match asked(&request) {
        Ok(asked) => events::stream(&app, asked).await,
        Err(refusal) => Err(refusal),
    };
    of_console(stream.unwrap_or_else(|refusal| api::refused(&app, &request_id, &refusal)))
}

fn asked(request: &Request<Body>) -> Result<Asked, Refusal> {
    Asked::read(&Params::new(request.uri().query().unwrap_or_default(), "")?)
}

fn answered(json: Vec<u8>) -> Response {
    let headers = [
        (CONTENT_TYPE, "application/json;charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    of_console((headers, json).into_response())
}

fn of_console(mut response: Response) -> Response {
    response.extensions_mut().insert(Kind::Console);
    response
}
