//! Protection from pages of other sites: such a page can make its reader's browser send requests to this service.

use std::net::IpAddr;

use axum::extract::Request;
use axum::http::header::{HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Version};
use jobdex::wire::ApiError;

use crate::app::App;
use crate::errors::{Refusal, invalid};

/// Checks the `Host` of a request. HTTP/1.1 needs one, and nobody may send two.
///
/// If the service listens on loopback, the host must be `localhost` or an IP address. Another site may let its own name
/// resolve to this machine. Its pages would then be of the same origin as the service. `0.0.0.0` and `::` are never a
/// name of the service. Systems take them for loopback, and browsers send requests there without saying which site asks.
///
/// # Errors
/// Status 400 for no host, two hosts or a malformed one. [`ApiError::Forbidden`] for the name of another.
pub(crate) fn check_host(app: &App, request: &Request) -> Result<(), Refusal> {
    let mut hosts = request.headers().get_all(HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host,
        (None, _) if request.version() < Version::HTTP_11 => return Ok(()),
        _ => return Err(invalid("Host", "request must have one Host header").into()),
    };
    let authority = Authority::try_from(host.as_bytes()).ok().filter(is_host_and_port);
    let authority = authority.ok_or_else(|| invalid("Host", "header must be a host and, if needed, a port"))?;
    if is_own(&authority, app.is_local) { Ok(()) } else { Err(ApiError::Forbidden.into()) }
}

/// Whether there is nothing but a host and a port: no user, and no port that is no number.
fn is_host_and_port(authority: &Authority) -> bool {
    let rest = authority.as_str().strip_prefix(authority.host());
    rest.is_some_and(|rest| rest.is_empty() || authority.port_u16().is_some())
}

fn is_own(authority: &Authority, is_local: bool) -> bool {
    let name = authority.host().trim_start_matches('[').trim_end_matches(']');
    match name.parse::<IpAddr>() {
        Ok(address) => !address.to_canonical().is_unspecified(),
        Err(_) => !is_local || name.eq_ignore_ascii_case("localhost"),
    }
}

/// Checks that a write does not come from a page of another site. Browsers say so in `Sec-Fetch-Site`; where they do not
/// send it, `Origin` must name this host. Clients that are no browsers send neither.
///
/// # Errors
/// [`ApiError::Forbidden`] if the write comes from another site.
pub(crate) fn check_site(headers: &HeaderMap) -> Result<(), Refusal> {
    let mut sites = headers.get_all("sec-fetch-site").iter().map(HeaderValue::as_bytes).peekable();
    let is_own = if sites.peek().is_some() {
        sites.all(|site| matches!(site, b"same-origin" | b"none"))
    } else {
        headers.get_all(ORIGIN).iter().all(|origin| is_same(origin, headers.get(HOST)))
    };
    if is_own { Ok(()) } else { Err(ApiError::Forbidden.into()) }
}

/// Whether an origin is that of the host. A proxy may take HTTPS and send HTTP, so both schemes count.
fn is_same(origin: &HeaderValue, host: Option<&HeaderValue>) -> bool {
    let origin = origin.as_bytes();
    let authority = origin.strip_prefix(b"http://").or_else(|| origin.strip_prefix(b"https://"));
    authority.zip(host).is_some_and(|(authority, host)| authority.eq_ignore_ascii_case(host.as_bytes()))
}
