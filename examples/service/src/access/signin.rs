//! Signing in to the console, and out: a page with a form, and a cookie.
//!
//! ```text
//! GET  /                     the page, if the browser has no session
//! POST /console/session      signs in with `id` and `secret`, and goes to `/` with `query`
//! POST /console/session/end  signs out
//! GET  /console/session      who has signed in, and what the key allows
//! ```

use std::future::ready;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use serde::Serialize;
use tokio::time::sleep;

use super::sessions::{cookie, no_cookie};
use super::{Asker, Denied};
use crate::actions::{Action, json};
use crate::api;
use crate::app::App;
use crate::errors::Refusal;
use crate::guard::RequestId;
use crate::metrics::Kind;
use crate::origin::check_site;
use crate::params::Params;

/// The page may load its style, and its form may send to this service.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const STYLE: &str = include_str!("signin.css");

/// The text after a wrong ID or secret. It does not say which of the two was wrong.
const TROUBLE: &str = "<p role=\"alert\">There is no access key with this ID and secret.</p>";

/// How long a wrong ID or secret waits for its answer, so that secrets are not guessed by the thousand.
const WRONG_LAPSE: Duration = Duration::from_millis(500);

/// Who has signed in.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Signed<'a> {
    /// The ID of the key; `None` if the service has no access keys.
    access_key_id: Option<&'a str>,
    /// The actions that the key allows.
    allowed: Vec<&'static str>,
}

/// The page with the form. `query` is the query of the page that was asked for.
pub(crate) fn page(query: &str) -> Response {
    answered(StatusCode::OK, query, "")
}

fn answered(status: StatusCode, query: &str, trouble: &str) -> Response {
    let html = include_str!("signin.html").replace("{trouble}", trouble).replace("{query}", &escaped(query));
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (REFERRER_POLICY, "no-referrer"),
    ];
    (status, headers, html).into_response()
}

/// A text as the value of an attribute of HTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The routes of the sessions.
pub(crate) fn routes(app: &App) -> Router {
    let (for_in, for_out, for_who) = (app.clone(), app.clone(), app.clone());
    let routes = Router::new()
        .route(
            "/console/session",
            post(move |Extension(id): Extension<RequestId>, request: Request<Body>| sign_in(for_in, id, request)).get(
                move |Extension(id): Extension<RequestId>, request: Request<Body>| {
                    ready(who(&for_who, &id, request.headers()))
                },
            ),
        )
        .route(
            "/console/session/end",
            post(move |Extension(id): Extension<RequestId>, request: Request<Body>| {
                ready(sign_out(&for_out, &id, request.headers()))
            }),
        );
    routes.route("/console/signin.css", get(|| ready(([(CONTENT_TYPE, "text/css; charset=utf-8")], STYLE))))
}

async fn sign_in(app: App, request_id: RequestId, request: Request<Body>) -> Response {
    let response = signed_in(&app, request).await;
    of_console(response.unwrap_or_else(|refusal| api::refused(&app, &request_id, &refusal)))
}

async fn signed_in(app: &App, request: Request<Body>) -> Result<Response, Refusal> {
    let (head, body) = request.into_parts();
    check_site(&head.headers)?;
    let form = api::form(&head.headers, body).await?;
    let params = Params::new("", &form)?;
    let query = params.get("query")?.unwrap_or_default();
    let (key_id, secret) = (params.get("id")?.unwrap_or_default(), params.get("secret")?.unwrap_or_default());
    if !app.access.needs_key() {
        return Ok(to_console(&query));
    }
    let Some(token) = app.access.sign_in(&key_id, &secret, app.state.now())? else {
        sleep(WRONG_LAPSE).await;
        return Ok(answered(StatusCode::FORBIDDEN, &query, TROUBLE));
    };
    tracing::info!(key = &*key_id, "signed in to the console");
    let is_secure = head.headers.get("x-forwarded-proto").is_some_and(|scheme| scheme == "https");
    Ok(with_cookie(to_console(&query), &cookie(&token, is_secure)))
}

fn sign_out(app: &App, request_id: &RequestId, headers: &HeaderMap) -> Response {
    if let Err(refusal) = check_site(headers) {
        return of_console(api::refused(app, request_id, &refusal));
    }
    app.access.sign_out(headers);
    of_console(with_cookie(to_console(""), &no_cookie()))
}

fn who(app: &App, request_id: &RequestId, headers: &HeaderMap) -> Response {
    let Some(asker) = app.access.session(headers, app.state.now()) else {
        return of_console(api::refused(app, request_id, &Denied::NotSignedIn.into()));
    };
    let Asker { key_id, .. } = &asker;
    let allowed = Action::ALL.into_iter().filter(|&action| asker.may(action)).map(Action::as_str).collect();
    let body = json(&Signed { access_key_id: key_id.as_deref(), allowed });
    of_console(([(CONTENT_TYPE, api::JSON)], body).into_response())
}

/// Sends the browser to the console. The address always begins with the path of the console, so it leads nowhere else.
fn to_console(query: &str) -> Response {
    let address = if query.is_empty() { "/".to_owned() } else { format!("/?{query}") };
    let address = HeaderValue::try_from(address).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(LOCATION, address)]).into_response()
}

fn with_cookie(mut response: Response, cookie: &str) -> Response {
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    response
}

fn of_console(mut response: Response) -> Response {
    response.extensions_mut().insert(Kind::Console);
    response
}
