//! A subscription: waiting for the next publish. Feeds and watches are built on it.

use std::task::{Context, Poll};
use std::time::Instant;

use super::SharedState;
use super::notifier::WakerId;
use super::sync::Arc;

/// A position in the sequence of versions, from which the next publish is waited for.
pub(crate) struct Subscription<J> {
    pub(crate) state: Arc<SharedState<J>>,
    /// The version up to which the subscriber has read.
    pub(crate) version: u64,
    /// The id of this subscription's waker, once a task has waited.
    waker_id: Option<WakerId>,
}

impl<J> Subscription<J> {
    pub(crate) fn new(state: &Arc<SharedState<J>>, version: u64) -> Self {
        Self { state: Arc::clone(state), version, waker_id: None }
    }

    /// Whether the newest version differs from the one read.
    pub(crate) fn has_news(&self) -> bool {
        self.state.published.version() != self.version
    }

    /// Sleeps until there is news, the store is closed or the deadline is over; returns whether there is news.
    pub(crate) fn wait(&self, deadline: Option<Instant>) -> bool {
        let mut wait = self.state.notifier.start_wait();
        // Ends: the writer's last act is to close the store and to notify.
        while !self.has_news() && !self.state.is_closed() && wait.sleep(deadline) {}
        drop(wait);
        // Again: the last publish may have come between the two checks above, just before the store was closed.
        self.has_news()
    }

    /// `Ready(true)` if there is news; `Ready(false)` if there is none and the store is closed; otherwise `Pending`, and
    /// the task is woken by the next of the two.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<bool> {
        if !self.has_news() && !self.state.is_closed() {
            self.state.notifier.register(&mut self.waker_id, context.waker());
        }
        // Again: either event may have come before the waker was registered, and would not wake it. `is_closed` is read
        // first: once the store is closed there is no further publish, so `has_news` then misses none.
        let is_closed = self.state.is_closed();
        match (self.has_news(), is_closed) {
            (true, _) => Poll::Ready(true),
            (false, true) => Poll::Ready(false),
            (false, false) => Poll::Pending,
        }
    }
}

impl<J> Drop for Subscription<J> {
    fn drop(&mut self) {
        if let Some(id) = self.waker_id {
            self.state.notifier.deregister(id);
        }
    }
}
