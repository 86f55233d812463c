//! The console: a web page, its files and the requests of its script. All files are in the binary.
//!
//! The script requests `/console/view` after each change of the filters, and then follows `/console/events` to show
//! later changes. `/console/jobs` has the jobs that have left the list while they are shown, and `/console/chart` the
//! chart. The script submits, renames, stops and deletes jobs through the API, like any other client.

mod chart;
mod created;
mod marks;
mod request;
mod rows;
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
use crate::offload::Lane;
use crate::params::Params;
use crate::templates::TEMPLATES;

pub(crate) use request::Asked;
pub(crate) use view::View;

use chart::Chart;

/// The page may load only what this service sends. It may not be framed, and its forms may not send anywhere.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

const FILES: [(&str, &str, &str); 30] = [
    ("/console/style.css", CSS, include_str!("style.css")),
    ("/console/filters.css", CSS, include_str!("filters.css")),
    ("/console/list.css", CSS, include_str!("list.css")),
    ("/console/dialogs.css", CSS, include_str!("dialogs.css")),
    ("/console/narrow.css", CSS, include_str!("narrow.css")),
    ("/console/address.js", SCRIPT, include_str!("address.js")),
    ("/console/api.js", SCRIPT, include_str!("api.js")),
    ("/console/chart.js", SCRIPT, include_str!("chart.js")),
    ("/console/chips.js", SCRIPT, include_str!("chips.js")),
    ("/console/confirm.js", SCRIPT, include_str!("confirm.js")),
    ("/console/copy.js", SCRIPT, include_str!("copy.js")),
    ("/console/dom.js", SCRIPT, include_str!("dom.js")),
    ("/console/fields.js", SCRIPT, include_str!("fields.js")),
    ("/console/filters.js", SCRIPT, include_str!("filters.js")),
    ("/console/forms.js", SCRIPT, include_str!("forms.js")),
    ("/console/hints.js", SCRIPT, include_str!("hints.js")),
    ("/console/hold.js", SCRIPT, include_str!("hold.js")),
    ("/console/keys.js", SCRIPT, include_str!("keys.js")),
    ("/console/list.js", SCRIPT, include_str!("list.js")),
    ("/console/main.js", SCRIPT, include_str!("main.js")),
    ("/console/messages.js", SCRIPT, include_str!("messages.js")),
    ("/console/pager.js", SCRIPT, include_str!("pager.js")),
    ("/console/panel.js", SCRIPT, include_str!("panel.js")),
    ("/console/plan.js", SCRIPT, include_str!("plan.js")),
    ("/console/rename.js", SCRIPT, include_str!("rename.js")),
    ("/console/rows.js", SCRIPT, include_str!("rows.js")),
    ("/console/selected.js", SCRIPT, include_str!("selected.js")),
    ("/console/submit.js", SCRIPT, include_str!("submit.js")),
    ("/console/times.js", SCRIPT, include_str!("times.js")),
    ("/console/words.js", SCRIPT, include_str!("words.js")),
];

/// The HTML page.
pub(crate) fn page() -> Response {
    file(HTML, include_str!("page.html"))
}

/// The routes of the files and of the requests of the script.
pub(crate) fn routes(app: &App) -> Router {
    let (for_view, for_events) = (app.clone(), app.clone());
    let (for_jobs, for_chart) = (app.clone(), app.clone());
    let charts = Lane::default();
    let files = FILES.into_iter().fold(Router::new(), |routes, (path, content_type, content)| {
        routes.route(path, get(move || ready(file(content_type, content))))
    });
    files
        .route("/console/templates", get(|| ready(answered(json(&TEMPLATES)))))
        .route("/console/view", get(move |Extension(id), request| view(for_view, id, request)))
        .route("/console/events", get(move |Extension(id), request| stream(for_events, id, request)))
        .route("/console/jobs", get(move |Extension(id), request| ready(jobs(&for_jobs, &id, &request))))
        .route("/console/chart", get(move |Extension(id), request| chart(for_chart, charts, id, request)))
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
    let json = match asked(&app, &request) {
        Ok(asked) => viewed(&app, asked).await,
        Err(refusal) => Err(refusal),
    };
    answered_or_refused(&app, &request_id, json)
}

async fn viewed(app: &App, asked: Asked) -> Result<Vec<u8>, Refusal> {
    let snapshot = app.state.readable()?;
    let (json, _) = app.views.run(move || Ok::<_, Refusal>(json(&View::new(&snapshot, &asked)?))).await?;
    json
}

/// Answers with the jobs of some IDs.
fn jobs(app: &App, request_id: &RequestId, request: &Request<Body>) -> Response {
    let ids = params(request).and_then(|params| rows::ids(&params));
    let json = ids.and_then(|ids| Ok(json(&rows::find_all(&app.state.readable()?, &ids))));
    answered_or_refused(app, request_id, json)
}

/// Answers with the chart of a list. A chart takes many queries, so charts have a lane of their own and do not delay views.
async fn chart(app: App, lane: Lane, request_id: RequestId, request: Request<Body>) -> Response {
    let json = match asked(&app, &request) {
        Ok(asked) => drawn(&app, &lane, asked).await,
        Err(refusal) => Err(refusal),
    };
    answered_or_refused(&app, &request_id, json)
}

async fn drawn(app: &App, lane: &Lane, asked: Asked) -> Result<Vec<u8>, Refusal> {
    let snapshot = app.state.readable()?;
    let (chart, _) = lane.run(move || Chart::new(&snapshot, &asked).map(|chart| json(&chart))).await?;
    chart.map_err(|error| request::refusal(&error))
}

/// Answers with an event stream of the view.
async fn stream(app: App, request_id: RequestId, request: Request<Body>) -> Response {
    let stream = match asked(&app, &request) {
        Ok(asked) => events::stream(&app, asked).await,
        Err(refusal) => Err(refusal),
    };
    of_console(stream.unwrap_or_else(|refusal| api::refused(&app, &request_id, &refusal)))
}

fn asked(app: &App, request: &Request<Body>) -> Result<Asked, Refusal> {
    Asked::read(&params(request)?, app.state.now())
}

fn params(request: &Request<Body>) -> Result<Params<'_>, Refusal> {
    Ok(Params::new(request.uri().query().unwrap_or_default(), "")?)
}

fn answered_or_refused(app: &App, request_id: &RequestId, json: Result<Vec<u8>, Refusal>) -> Response {
    json.map_or_else(|refusal| of_console(api::refused(app, request_id, &refusal)), answered)
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
