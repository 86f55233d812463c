//! Requests that nobody can read: the HTTP library refuses them itself, with an empty body. Here its answer gets the body
//! that every refusal has, a request ID, its count and its line in the log.
//!
//! The library has no place for this, so it is done to the bytes that it writes. Its own refusal is known by its length of
//! zero, which no answer of the service has.

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

/// A connection on which no refusal is empty.
#[derive(Debug)]
pub(crate) struct Worded {
    stream: Brisk,
    app: App,
    /// What is still to be sent in place of what the library writes.
    unsent: Vec<u8>,
}

impl Worded {
    pub(crate) fn new(stream: Brisk, app: App) -> Self {
        Self { stream, app, unsent: Vec::new() }
    }
}

/// The library's refusal with a body; `None` for everything else that it writes.
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
    tracing::debug!(request_id, status = status.as_u16(), "a request could not be read");
    let (form, length) = (api::JSON, body.len());
    let head = format!(
        "{before}content-type: {form}\r\nx-acs-request-id: {request_id}\r\ncontent-length: {length}\r\n{after}"
    );
    Some([head.into_bytes(), body].concat())
}

fn reason(status: StatusCode) -> ApiError {
    match status {
        StatusCode::URI_TOO_LONG => invalid("URL", format!("url is over the limit of {URL_BYTES_MAX} bytes")),
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => {
            let advice = format!("the head of a request is at most {HEAD_BYTES_MAX} bytes and {HEADERS_MAX} headers");
            invalid("Headers", advice)
        }
        _ => invalid("Request", "it is no HTTP/1.1; in the URL, all but plain characters are percent-encoded"),
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
            // A refusal of the library's comes alone.
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
