//! The gate before the console and the metrics. If the service has access keys, a request without one does not pass.

use std::future::ready;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::Response;
use futures_util::StreamExt;

use super::{Asker, Denied};
use crate::actions::Action;
use crate::api;
use crate::app::App;
use crate::errors::Refusal;
use crate::guard::RequestId;
use crate::metrics::Kind;

/// Ends of the paths that everybody may load: the files of the page hold nothing of the jobs.
const FILE_ENDS: [&str; 5] = [".js", ".css", ".svg", ".png", ".ico"];

/// Paths that any key may ask. All others need a key that may list jobs.
const FOR_ANY_KEY: [&str; 1] = ["/console/templates"];

/// Puts the gate before the routes of the console. Everything but the files is closed to strangers.
pub(crate) fn gated(routes: Router, app: &App) -> Router {
    let app = app.clone();
    routes.route_layer(middleware::from_fn(move |request: Request, next: Next| gate(app.clone(), request, next)))
}

async fn gate(app: App, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if !app.access.needs_key() || FILE_ENDS.iter().any(|end| path.ends_with(end)) {
        return next.run(request).await;
    }
    let asker = app.access.session(request.headers(), app.state.now());
    match asker.ok_or(Denied::NotSignedIn).and_then(|asker| may_read(&asker, path)) {
        Ok(()) => {
            let headers = request.headers().clone();
            as_long_as_signed_in(&app, headers, next.run(request).await)
        }
        Err(denied) => {
            let mut response = api::refused(&app, &request_id(&request), &denied.into());
            response.extensions_mut().insert(Kind::Console);
            response
        }
    }
}

fn may_read(asker: &Asker, path: &str) -> Result<(), Denied> {
    if FOR_ANY_KEY.contains(&path) { Ok(()) } else { asker.check(Action::List) }
}

/// Ends an event stream with the session that opened it. The session is looked at before each event.
fn as_long_as_signed_in(app: &App, headers: HeaderMap, response: Response) -> Response {
    let is_stream = response.headers().get(CONTENT_TYPE).is_some_and(|form| form == "text/event-stream");
    if !is_stream {
        return response;
    }
    let app = app.clone();
    let may_go_on = move || app.access.session(&headers, app.state.now()).is_some_and(|asker| asker.may(Action::List));
    response.map(|body| Body::from_stream(body.into_data_stream().take_while(move |_| ready(may_go_on()))))
}

/// Checks that who asks for the metrics may do so: with access keys, by `Authorization: Basic` or a session.
///
/// # Errors
/// The refusal for everybody else.
#[expect(clippy::result_large_err, reason = "the error is the response")]
pub(crate) fn metrics_gate(app: &App, request: &Request<Body>) -> Result<(), Response> {
    let headers = request.headers();
    let asker = app.access.session(headers, app.state.now()).or_else(|| app.access.basic(headers));
    match asker.ok_or(Denied::NotSignedIn).and_then(|asker| asker.check(Action::List)) {
        Ok(()) => Ok(()),
        Err(Denied::NotSignedIn) => {
            let refusal = Refusal { status: StatusCode::UNAUTHORIZED, ..Denied::NotSignedIn.into() };
            let mut response = api::refused(app, &request_id(request), &refusal);
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"jobdex\""));
            Err(response)
        }
        Err(denied) => Err(api::refused(app, &request_id(request), &denied.into())),
    }
}

/// The ID that the guard has given the request.
fn request_id(request: &Request<Body>) -> RequestId {
    request.extensions().get().cloned().unwrap_or_else(RequestId::new)
}
