//! Requests that are not valid HTTP. The HTTP library refuses these itself, with an empty body. This module gives the
//! library's answer the JSON body of every other refusal, a request ID, a count in the metrics and a line in the log.
//!
//! The library has no hook for this, so this module changes the bytes that the library writes. A refusal of the library
//! has a body of length zero, which no answer of the service has.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::http::StatusCode;
use jobdex::wire::ApiError;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::api;
use crate::app::App;
use crate::brisk::Brisk;
use crate::errors::{Refusal, invalid};
use crate::guard::RequestId;
use crate::limits::{HEAD_BYTES_MAX, HEADERS_MAX, URL_BYTES_MAX};
use crate::metrics::Kind;

/// A connection that puts a body into empty refusals.
#[derive(Debug)]
pub(crate) struct Worded {
    stream: Brisk,
    app: App,
    /// The rest of an answer that replaces the answer of the library.
    unsent: Vec<u8>,
}

impl Worded {
    pub(crate) fn new(stream: Brisk, app: App) -> Self {
        Self { stream, app, unsent: Vec::new() }
    }
}

/// A refusal of the library with a body; `None` if `written` is not such a refusal.
fn worded(app: &App, written: &[u8]) -> Option<Vec<u8>> {
    if !written.starts_with(b"HTTP/1.1 4") {
        return None;
    }
    let (before, after) = std::str::from_utf8(written).ok()?.split_once("content-length: 0\r\n")?;
    let status = StatusCode::from_bytes(before.get(9..12)?.as_bytes()).ok()?;
    let request_id = RequestId::new();
    let body = api::refusal_body(app, &request_id, &Refusal::with_status(reason(status), status));
    app.metrics.answered(Kind::Other, status, Duration::ZERO);
    let request_id = request_id.as_str();
    tracing::debug!(request_id, status = status.as_u16(), "the request is not valid HTTP");
    let (form, length) = (api::JSON, body.len());
    let head = format!(
        "{before}content-type: {form}\r\nx-acs-request-id: {request_id}\r\ncontent-length: {length}\r\n{after}"
    );
    Some([head.into_bytes(), body].concat())
}

fn reason(status: StatusCode) -> ApiError {
    match status {
        StatusCode::URI_TOO_LONG => invalid("URL", format!("URL must be at most {} KiB", URL_BYTES_MAX >> 10)),
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => {
            let kib = HEAD_BYTES_MAX >> 10;
            let advice = format!("head of a request must be at most {kib} KiB and {HEADERS_MAX} headers");
            invalid("Headers", advice)
        }
        _ => invalid("Request", "request must be HTTP/1.1, with a percent-encoded URL"),
    }
}

impl AsyncRead for Worded {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buf)
    }
}

impl AsyncWrite for Worded {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let Self { stream, app, unsent } = &mut *self;
        if unsent.is_empty() {
            let Some(answer) = worded(app, bytes) else { return Pin::new(stream).poll_write(context, bytes) };
            *unsent = answer;
        }
        while !unsent.is_empty() {
            let sent = ready!(Pin::new(&mut *stream).poll_write(context, unsent))?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            unsent.drain(..sent);
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match slices {
            // The library writes a refusal as a single slice.
            [only] => self.poll_write(context, only),
            _ => Pin::new(&mut self.stream).poll_write_vectored(context, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
