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
    /// Whether nothing has been read yet.
    is_fresh: bool,
    /// Whether the line of a request has been read to its end, since the last answer.
    has_line: bool,
    /// The rest of an answer that replaces the answer of the library.
    unsent: Vec<u8>,
}

impl Worded {
    pub(crate) fn new(stream: Brisk, app: App) -> Self {
        Self { stream, app, is_fresh: true, has_line: false, unsent: Vec::new() }
    }
}

/// The beginning of a connection of HTTP/2. The library closes such a connection without a word.
const PREFACE_OF_HTTP_2: &[u8] = b"PRI * HTTP/2.0\r\n";

/// The place of the version in it. With another version, the library refuses the line as it refuses any other.
const PREFACE_VERSION: usize = 11;

/// A refusal of the library with a body; `None` if `written` is not such a refusal.
fn worded(app: &App, written: &[u8], has_line: bool) -> Option<Vec<u8>> {
    if !written.starts_with(b"HTTP/1.1 4") {
        return None;
    }
    let (_, after) = std::str::from_utf8(written).ok()?.split_once("content-length: 0\r\n")?;
    let status = StatusCode::from_bytes(written.get(9..12)?).ok()?;
    // The library does not tell a line that is too long from headers that are.
    let is_line = status == StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE && !has_line;
    let status = if is_line { StatusCode::URI_TOO_LONG } else { status };
    let request_id = RequestId::new();
    let body = api::refusal_body(app, &request_id, &Refusal::with_status(reason(status), status));
    app.metrics.answered(Kind::Other, status, Duration::ZERO);
    let request_id = request_id.as_str();
    tracing::debug!(request_id, status = status.as_u16(), "the request is not valid HTTP");
    let (form, length) = (api::JSON, body.len());
    let head = format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-type: {form}\r\nx-acs-request-id: {request_id}\r\n\
         cache-control: no-store\r\nx-content-type-options: nosniff\r\ncontent-length: {length}\r\n{after}"
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
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buf))?;
        let read = &mut buf.filled_mut()[before..];
        if std::mem::take(&mut self.is_fresh) && read.starts_with(PREFACE_OF_HTTP_2) {
            read[PREFACE_VERSION] = b'9';
        }
        self.has_line |= read.contains(&b'\n');
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Worded {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let Self { stream, app, unsent, has_line, .. } = &mut *self;
        if unsent.is_empty() {
            let has_line = std::mem::take(has_line);
            let Some(answer) = worded(app, bytes, has_line) else {
                return Pin::new(stream).poll_write(context, bytes);
            };
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
