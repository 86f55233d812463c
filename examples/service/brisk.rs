//! A connection that breaks off where the other end takes nothing of an answer for too long, and not before the other end
//! could take it.
//!
//! The HTTP library bounds how long a request may take to arrive; how long an answer may take to leave is bounded here, so
//! that a client that reads nothing keeps neither its place nor its event stream. And the library closes a connection whose
//! request it did not read to the end, such as one with too long a body: the other end, which still sends, would be told
//! of a broken connection and never see the answer. Here it is listened to for a moment.

use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

/// A stream with a bound on how long a write may wait, begun anew by every byte that is taken, and one on how long what
/// still comes is taken in after the last write.
#[derive(Debug)]
pub(crate) struct Brisk {
    stream: TcpStream,
    lapse_max: Duration,
    linger_max: Duration,
    /// The wait for the other end to be done, once this one is.
    lingering: Option<Pin<Box<Sleep>>>,
    /// The wait of the write that is not done, if one is not.
    waiting: Option<Pin<Box<Sleep>>>,
}

impl Brisk {
    pub(crate) fn new(stream: TcpStream, lapse_max: Duration, linger_max: Duration) -> Self {
        Self { stream, lapse_max, linger_max, lingering: None, waiting: None }
    }

    /// Takes in what still comes; done when the other end is, or its time is over.
    fn linger(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let linger_max = self.linger_max;
        let lingering = self.lingering.get_or_insert_with(|| Box::pin(sleep(linger_max)));
        while lingering.as_mut().poll(context).is_pending() {
            let mut bytes = [0; 4096];
            let mut rest = ReadBuf::new(&mut bytes);
            let read = ready!(Pin::new(&mut self.stream).poll_read(context, &mut rest));
            if read.is_err() || rest.filled().is_empty() {
                break;
            }
        }
        Poll::Ready(())
    }

    /// What became of a write, and [`io::ErrorKind::TimedOut`] once it has waited for too long.
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
        Pin::new(&mut self.stream).poll_read(context, buf)
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
