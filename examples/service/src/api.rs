//! The API over HTTP: reads the action from a request, runs it, and turns its answer into a response.
//!
//! The action and the version are headers (signature V3) or parameters (signature V2). Parameters are in the query, in
//! a form body, or in both. With access keys, [`crate::access`] checks who asks before the action runs.

use std::borrow::Cow;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::{ACCEPT, ALLOW, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Body as _;
use jobdex::wire::ApiError;

use crate::access;
use crate::actions::{Action, VERSION};
use crate::app::{App, Faults};
use crate::console;
use crate::errors::{Refusal, invalid, missing};
use crate::guard::RequestId;
use crate::limits::{BODY_BYTES_MAX, RECEIVE_LAPSE_MAX, URL_BYTES_MAX};
use crate::metrics::Kind;
use crate::origin::check_site;
use crate::params::Params;

const FORM: &str = "application/x-www-form-urlencoded";
pub(crate) const JSON: &str = "application/json;charset=utf-8";
const JSON_TYPE: HeaderValue = HeaderValue::from_static(JSON);

/// Answers a request for `/`: with the console if a browser opens the page, otherwise with the API.
pub(crate) async fn call(app: &App, request_id: &RequestId, request: Request<Body>) -> (Kind, Response) {
    let (parts, body) = request.into_parts();
    if is_page_visit(&parts) {
        let has_entered = app.access.session(&parts.headers, app.state.now()).is_some();
        let page = if has_entered { console::page() } else { access::page(parts.uri.query().unwrap_or_default()) };
        return (Kind::Console, page);
    }
    let mut kind = Kind::Other;
    let mut response = match answer(app, request_id, &parts, body, &mut kind).await {
        Ok(json) => ([(CONTENT_TYPE, JSON_TYPE)], json).into_response(),
        Err(refusal) => refused(app, request_id, &refusal),
    };
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
    }
    (kind, response)
}

/// The HTTP response for a refusal.
pub(crate) fn refused(app: &App, request_id: &RequestId, refusal: &Refusal) -> Response {
    (refusal.status, [(CONTENT_TYPE, JSON)], refusal_body(app, request_id, refusal)).into_response()
}

/// The JSON body of a refusal.
pub(crate) fn refusal_body(app: &App, request_id: &RequestId, refusal: &Refusal) -> Vec<u8> {
    refusal.body(request_id.as_str(), &app.host_id)
}

/// Whether a browser opens the page: the request accepts HTML and names no action. So does a `HEAD` without an action.
fn is_page_visit(parts: &Parts) -> bool {
    let accepts_html = parts.headers.get(ACCEPT).is_some_and(|accept| contains(accept.as_bytes(), b"text/html"));
    let query = parts.uri.query().unwrap_or_default();
    let has_action = parts.headers.contains_key("x-acs-action") || query.split('&').any(|p| p.starts_with("Action="));
    (parts.method == Method::GET && accepts_html || parts.method == Method::HEAD) && !has_action
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

async fn answer(
    app: &App,
    request_id: &RequestId,
    parts: &Parts,
    body: Body,
    kind: &mut Kind,
) -> Result<Vec<u8>, Refusal> {
    check_method(&parts.method)?;
    let form = form(&parts.headers, body).await?;
    let params = Params::new(parts.uri.query().unwrap_or_default(), &form)?;
    let asker = app.access.asker(parts, &params, form.as_bytes(), app.state.now())?;
    let action = action(&parts.headers, &params)?;
    *kind = Kind::Action(action);
    asker.check(action)?;
    check_version(&parts.headers, &params)?;
    if action.writes() {
        check_site(&parts.headers)?;
        if parts.method == Method::HEAD {
            return Err(not_allowed());
        }
    }
    let asks_to_fail = app.faults == Faults::OnRequest && parts.headers.contains_key("x-demo-fault");
    assert!(!asks_to_fail, "the request has the header x-demo-fault");
    action.answer(&app.state, &params, request_id.as_str()).await
}

fn check_method(method: &Method) -> Result<(), Refusal> {
    if [Method::GET, Method::HEAD, Method::POST].contains(method) { Ok(()) } else { Err(not_allowed()) }
}

/// Checks the length of the URL.
///
/// # Errors
/// Status 414 if the URL is longer than [`URL_BYTES_MAX`].
pub(crate) fn check_url(uri: &Uri) -> Result<(), Refusal> {
    let url_bytes = uri.path_and_query().map_or(0, |path| path.as_str().len());
    if url_bytes > URL_BYTES_MAX {
        let advice = format!("URL must be at most {} KiB", URL_BYTES_MAX >> 10);
        return Err(Refusal::with_status(invalid("URL", advice), StatusCode::URI_TOO_LONG));
    }
    Ok(())
}

/// The refusal of an HTTP method that the path does not support.
pub(crate) fn not_allowed() -> Refusal {
    Refusal::with_status(ApiError::OperationDenied, StatusCode::METHOD_NOT_ALLOWED)
}

/// The text of a form body; empty if the request has no body.
pub(crate) async fn form(headers: &HeaderMap, body: Body) -> Result<String, Refusal> {
    if body.is_end_stream() {
        return Ok(String::new());
    }
    let bytes = collected(body, RECEIVE_LAPSE_MAX).await?;
    if bytes.is_empty() {
        return Ok(String::new());
    }
    let form_type = headers.get(CONTENT_TYPE).and_then(|form_type| form_type.to_str().ok()).unwrap_or_default();
    if !form_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(FORM) {
        return Err(invalid("Content-Type", format!("content type of a body must be {FORM}")).into());
    }
    String::from_utf8(bytes.into()).map_err(|_| invalid("Body", "body must be UTF-8").into())
}

/// Reads the whole body, within the limits of size and time.
pub(crate) async fn collected(body: Body, lapse_max: Duration) -> Result<Bytes, Refusal> {
    // A body that announces a length over the limit is refused before it arrives: a client may wait to be told to send.
    if body.size_hint().lower() > BODY_BYTES_MAX as u64 {
        return Err(too_long());
    }
    let body = Limited::new(body, BODY_BYTES_MAX);
    match tokio::time::timeout(lapse_max, body.collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_long()),
        Ok(Err(_)) => Err(invalid("Body", "connection broke before the end of the body").into()),
        Err(_) => {
            let advice = format!("body did not arrive within {} s", lapse_max.as_secs());
            Err(Refusal::with_status(invalid("Body", advice), StatusCode::REQUEST_TIMEOUT))
        }
    }
}

fn too_long() -> Refusal {
    let advice = format!("body must be at most {} KiB", BODY_BYTES_MAX >> 10);
    Refusal::with_status(invalid("Body", advice), StatusCode::PAYLOAD_TOO_LARGE)
}

fn action(headers: &HeaderMap, params: &Params<'_>) -> Result<Action, Refusal> {
    let name = either(headers, "x-acs-action", params, "Action")?.ok_or_else(|| missing("Action"))?;
    Action::from_name(&name)
}

fn check_version(headers: &HeaderMap, params: &Params<'_>) -> Result<(), Refusal> {
    match either(headers, "x-acs-version", params, "Version")? {
        Some(version) if version != VERSION => Err(invalid("Version", format!("version must be {VERSION}")).into()),
        _ => Ok(()),
    }
}

/// The value of a header or of a parameter. If both are given, they must be equal.
fn either<'a>(
    headers: &'a HeaderMap,
    header: &'static str,
    params: &'a Params<'_>,
    name: &'static str,
) -> Result<Option<Cow<'a, str>>, Refusal> {
    let mut values = headers.get_all(header).iter();
    let in_header = values.next().map(|value| value.to_str()).transpose();
    let in_header = in_header.map_err(|_| invalid(name, "header must be text"))?.filter(|value| !value.is_empty());
    if values.next().is_some() {
        return Err(invalid(name, "header must be given once").into());
    }
    match (in_header, params.get(name)?) {
        (Some(in_header), Some(param)) if in_header != param => {
            Err(invalid(name, "header and parameter must be equal").into())
        }
        (in_header, param) => Ok(in_header.map(Cow::Borrowed).or(param)),
    }
}
