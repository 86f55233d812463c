//! A connection that ends neither too late nor too early.
//!
//! Too late: the HTTP library bounds how long a request may take to arrive; how long an answer may take to leave is bounded
//! here, so that a client that reads nothing keeps neither its place nor its event stream.
//!
//! Too early: the library closes a connection whose request it did not read to the end, such as one with too long a body.
//! The other end, which still sends, would be told of a broken connection and never see the answer: it is listened to for
//! a moment. And the library takes the end of what comes for the end of a client, which may only have said all that it has
//! to say: while a request is being answered, that end is not told for a moment.

use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

/// Whether a request of a connection is being answered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Busy(Arc<AtomicBool>);

impl Busy {
    /// A request has come.
    pub(crate) fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Its answer is there.
    pub(crate) fn end(&self) {
        self.0.store(false, Ordering::Relaxed);
    }

    fn is(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A stream with a bound on how long a write may wait, begun anew by every byte that is taken, and with a moment for the
/// side that is not done when the other one is.
#[derive(Debug)]
pub(crate) struct Brisk {
    stream: TcpStream,
    lapse_max: Duration,
    moment: Duration,
    busy: Busy,
    /// The moment to answer, once nothing more comes.
    answering: Option<Pin<Box<Sleep>>>,
    /// The moment for the other end to be done, once this one is.
    lingering: Option<Pin<Box<Sleep>>>,
    /// The wait of the write that is not done, if one is not.
    waiting: Option<Pin<Box<Sleep>>>,
}

impl Brisk {
    pub(crate) fn new(stream: TcpStream, busy: Busy, lapse_max: Duration, moment: Duration) -> Self {
        Self { stream, lapse_max, moment, busy, answering: None, lingering: None, waiting: None }
    }

    /// Reads, and says whether anything came; nothing comes after the end.
    fn read(&mut self, context: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<bool>> {
        let before = buf.filled().len();
        Pin::new(&mut self.stream).poll_read(context, buf).map_ok(|()| buf.filled().len() > before)
    }

    /// Takes in what still comes; done when the other end is, or its time is over.
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
        if self.answering.is_none() && ready!(self.read(context, buf))? || !self.busy.is() {
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
