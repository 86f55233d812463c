//! Protection from pages of other sites: such a page can make its reader's browser send requests to this service.

use axum::http::header::HOST;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue};
use jobdex::wire::ApiError;

use crate::app::App;
use crate::errors::Refusal;

/// Checks the `Host` header if the service listens on loopback: the host must be `localhost` or an IP address.
///
/// Another site may let its own name resolve to this machine. Its pages would then be of the same origin as the
/// service.
///
/// # Errors
/// [`ApiError::Forbidden`] for any other host.
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

/// Checks that a write does not come from a page of another site. Browsers say so in the header `Sec-Fetch-Site`.
///
/// # Errors
/// [`ApiError::Forbidden`] if the write comes from another site.
pub(crate) fn check_site(headers: &HeaderMap) -> Result<(), Refusal> {
    match headers.get("sec-fetch-site").map(HeaderValue::as_bytes) {
        None | Some(b"same-origin" | b"none") => Ok(()),
        Some(_) => Err(ApiError::Forbidden.into()),
    }
}
