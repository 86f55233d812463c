//! A TCP stream that bounds slow writes, and that does not close a connection before the client has its answer.
//!
//! Slow writes: the HTTP library bounds the time in which a request arrives, but not the time in which an answer
//! leaves. This stream does, so that a client that reads nothing does not hold a connection or an event stream forever.
//!
//! Early ends, of two kinds:
//! - The library closes a connection when it has not read the whole request, for example because the body is too long.
//!   A client that still sends would see a broken connection instead of the answer. So this stream reads on for a moment.
//! - The library treats the end of the input as the end of the client. But a client may close its sending side and still
//!   wait for its answer. So this stream reports the end of the input a moment later if an answer is on its way.

use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

use crate::connections::Place;

/// A TCP stream with a time limit for writes, and a moment of patience after one side has ended.
#[derive(Debug)]
pub(crate) struct Brisk {
    stream: TcpStream,
    /// The longest time in which a write may take no byte.
    lapse_max: Duration,
    /// The patience after one side has ended.
    moment: Duration,
    /// Knows whether a request waits for its answer.
    place: Arc<Place>,
    /// Runs from the end of the input until the end is reported.
    answering: Option<Pin<Box<Sleep>>>,
    /// Runs from the shutdown until the client has closed its side.
    lingering: Option<Pin<Box<Sleep>>>,
    /// Runs while a write is blocked.
    waiting: Option<Pin<Box<Sleep>>>,
}

impl Brisk {
    pub(crate) fn new(stream: TcpStream, place: Arc<Place>, lapse_max: Duration, moment: Duration) -> Self {
        Self { stream, lapse_max, moment, place, answering: None, lingering: None, waiting: None }
    }

    /// Reads, and returns whether any bytes came. No bytes means the end of the input.
    fn read(&mut self, context: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<bool>> {
        let before = buf.filled().len();
        Pin::new(&mut self.stream).poll_read(context, buf).map_ok(|()| buf.filled().len() > before)
    }

    /// Reads and drops what still arrives, until the client ends its side or the moment is over.
    fn linger(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let moment = self.moment;
        while self.lingering.get_or_insert_with(|| Box::pin(sleep(moment))).as_mut().poll(context).is_pending() {
            let mut bytes = [0; 4096];
            if !matches!(ready!(self.read(context, &mut ReadBuf::new(&mut bytes))), Ok(true)) {
                break;
            }
        }
        Poll::Ready(())
    }

    /// Passes on the result of a write, or [`io::ErrorKind::TimedOut`] once writes have been blocked for too long.
    fn bounded(&mut self, context: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.waiting = None;
            return written;
        }
        let lapse_max = self.lapse_max;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(lapse_max)));
        waiting.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Brisk {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.answering.is_none() && ready!(self.read(context, buf))? || !self.place.is_answering() {
            return Poll::Ready(Ok(()));
        }
        let moment = self.moment;
        self.answering.get_or_insert_with(|| Box::pin(sleep(moment))).as_mut().poll(context).map(Ok)
    }
}

impl AsyncWrite for Brisk {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.bounded(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.bounded(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.lingering.is_none() {
            ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
        }
        self.linger(context).map(Ok)
    }
}
