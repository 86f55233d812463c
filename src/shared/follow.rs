//! Waiting for what is published next: what feeds and watches have in common.

use std::task::{Context, Poll};
use std::time::Instant;

use super::Core;
use super::bell::Ticket;
use super::sync::Arc;

/// A place behind one version, from which the next is waited for.
pub(crate) struct Follower<J> {
    pub(crate) core: Arc<Core<J>>,
    /// What was seen already.
    pub(crate) version: u64,
    ticket: Option<Ticket>,
}

impl<J> Follower<J> {
    pub(crate) fn new(core: &Arc<Core<J>>, version: u64) -> Self {
        Self { core: Arc::clone(core), version, ticket: None }
    }

    pub(crate) fn has_news(&self) -> bool {
        self.core.published.version() != self.version
    }

    /// Waits until there is something new; false when there will be nothing, or the time is over.
    pub(crate) fn wait(&self, until: Option<Instant>) -> bool {
        self.core.bell.wait(until, || self.has_news() || self.core.is_closed());
        self.has_news()
    }

    /// Whether there is something new; wakes the task when there will be. Ready with false when there won't.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<bool> {
        if !self.has_news() && !self.core.is_closed() {
            self.core.bell.sign_up(&mut self.ticket, context.waker());
        }
        // Once more: either of the two may have come before the waker.
        let is_closed = self.core.is_closed();
        match (self.has_news(), is_closed) {
            (true, _) => Poll::Ready(true),
            (false, true) => Poll::Ready(false),
            (false, false) => Poll::Pending,
        }
    }
}

impl<J> Drop for Follower<J> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            self.core.bell.sign_off(ticket);
        }
    }
}
