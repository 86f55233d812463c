//! What a page of another site is kept from: it can send requests here from the browser of whoever looks at it.

use axum::http::header::HOST;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue};
use jobdex::wire::ApiError;

use crate::app::App;
use crate::errors::Refusal;

/// A name of another site that leads to this machine makes its pages look like ours to a browser. Who listens on loopback
/// is known as `localhost` or by an address, and by no other name.
///
/// # Errors
/// [`ApiError::Forbidden`] for another name.
pub(crate) fn check_host(app: &App, headers: &HeaderMap) -> Result<(), Refusal> {
    if app.is_local && !headers.get_all(HOST).iter().all(is_own) {
        return Err(ApiError::Forbidden.into());
    }
    Ok(())
}

fn is_own(host: &HeaderValue) -> bool {
    let Ok(authority) = Authority::try_from(host.as_bytes()) else { return false };
    let name = authority.host().trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || name.parse::<std::net::IpAddr>().is_ok()
}

/// Browsers say of themselves which site a request comes from; one of another site may not write.
///
/// # Errors
/// [`ApiError::Forbidden`] where it is another one.
pub(crate) fn check_site(headers: &HeaderMap) -> Result<(), Refusal> {
    match headers.get("sec-fetch-site").map(HeaderValue::as_bytes) {
        None | Some(b"same-origin" | b"none") => Ok(()),
        Some(_) => Err(ApiError::Forbidden.into()),
    }
}
