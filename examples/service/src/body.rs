//! Bodies that tell when they have ended.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes};
use axum::extract::Request;
use hyper::body::{Body as _, Frame, SizeHint};

/// The body of a response that does something when it has been sent, or when nobody wants the rest.
pub(crate) struct Held<F: FnOnce()> {
    body: Body,
    at_end: Option<F>,
}

/// Nothing in it is pinned.
impl<F: FnOnce()> Unpin for Held<F> {}

impl<F: FnOnce()> Held<F> {
    pub(crate) fn new(body: Body, at_end: F) -> Self {
        Self { body, at_end: Some(at_end) }
    }
}

impl<F: FnOnce()> Drop for Held<F> {
    fn drop(&mut self) {
        if let Some(at_end) = self.at_end.take() {
            at_end();
        }
    }
}

impl<F: FnOnce()> hyper::body::Body for Held<F> {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Whether the body of a request has been read to its end.
#[derive(Clone, Debug)]
pub(crate) struct Read(Option<Arc<AtomicBool>>);

impl Read {
    /// Follows the body of a request. A request without a body, as most are, costs nothing.
    pub(crate) fn follow(request: Request) -> (Self, Request) {
        if request.body().is_end_stream() {
            return (Self(None), request);
        }
        let ended = Arc::new(AtomicBool::new(false));
        let followed = Arc::clone(&ended);
        (Self(Some(ended)), request.map(|body| Body::new(Followed { body, ended: followed })))
    }

    /// Whether nothing of the body is left to read.
    pub(crate) fn is_whole(&self) -> bool {
        self.0.as_ref().is_none_or(|ended| ended.load(Ordering::Relaxed))
    }
}

/// The body of a request that notes its end.
struct Followed {
    body: Body,
    ended: Arc<AtomicBool>,
}

impl hyper::body::Body for Followed {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if frame.is_none() || self.body.is_end_stream() {
            self.ended.store(true, Ordering::Relaxed);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
