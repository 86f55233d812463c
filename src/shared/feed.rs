//! The change feed: every change from one version on, in order, with or without a runtime.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use super::Core;
use super::follow::Follower;
use crate::error::ChangesError;
use crate::job::{Job, JobRecord};
use crate::store::{Changes, Snapshot};

/// Every change of a [`SharedJobStore`](super::SharedJobStore) from one version on, for one consumer.
///
/// It keeps nothing but its place: what it has not read yet stands in the store's bounded history. A consumer that is
/// slower than the history is long gets [`ChangesError::Lagged`], again and again until it has caught up by
/// [`catch_up`](Self::catch_up).
///
/// ```
/// use jobdex::{Job, JobStore, SharedJobStore};
///
/// let shared = SharedJobStore::<Job>::new(JobStore::new());
/// let mut feed = shared.feed_since(shared.version());
/// let replica = JobStore::from(feed.catch_up());
/// assert!(feed.try_next()?.is_none());
/// assert_eq!(replica.len(), 0);
/// # Ok::<(), jobdex::error::ChangesError>(())
/// ```
pub struct ChangeFeed<J = Job> {
    follower: Follower<J>,
}

impl<J: JobRecord> ChangeFeed<J> {
    pub(super) fn new(core: &Arc<Core<J>>, version: u64) -> Self {
        Self { follower: Follower::new(core, version) }
    }

    /// The version up to which changes were read.
    pub fn version(&self) -> u64 {
        self.follower.version
    }

    /// What was published since the last call, without waiting; `None` if nothing was.
    ///
    /// # Errors
    /// As [`SharedJobStore::changes_since`](super::SharedJobStore::changes_since); the feed stays where it is.
    pub fn try_next(&mut self) -> Result<Option<Changes<J>>, ChangesError> {
        if !self.follower.has_news() {
            return Ok(None);
        }
        let changes = self.follower.core.changes_since(self.follower.version)?;
        self.follower.version = changes.version();
        Ok(Some(changes))
    }

    /// What was published since the last call; sleeps until something is. `None` when there is nothing left and nobody
    /// can write any more: the last [`SharedJobStore`](super::SharedJobStore) is gone.
    ///
    /// # Errors
    /// As [`try_next`](Self::try_next).
    pub fn wait(&mut self) -> Result<Option<Changes<J>>, ChangesError> {
        self.follower.wait(None);
        self.try_next()
    }

    /// [`wait`](Self::wait), but not longer than this: then `None` too.
    ///
    /// # Errors
    /// As [`try_next`](Self::try_next).
    pub fn wait_timeout(&mut self, timeout: Duration) -> Result<Option<Changes<J>>, ChangesError> {
        self.follower.wait(Instant::now().checked_add(timeout));
        self.try_next()
    }

    /// [`wait`](Self::wait) for a task of any runtime, by `std::future::poll_fn`; with the feature `stream` the feed is a
    /// `Stream` of the same.
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Changes<J>, ChangesError>>> {
        if !ready!(self.follower.poll(context)) {
            return Poll::Ready(None);
        }
        Poll::Ready(self.try_next().transpose())
    }

    /// Whether nobody can write any more.
    pub fn is_closed(&self) -> bool {
        self.follower.core.is_closed()
    }

    /// Leaves out what was published meanwhile, and gives the store as it is at the place from which the feed goes on.
    pub fn catch_up(&mut self) -> Snapshot<J> {
        let snapshot = self.follower.core.published.load();
        self.follower.version = snapshot.version();
        snapshot
    }
}

#[cfg(feature = "stream")]
impl<J: JobRecord> futures_core::Stream for ChangeFeed<J> {
    type Item = Result<Changes<J>, ChangesError>;

    fn poll_next(self: std::pin::Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Self::poll_next(self.get_mut(), context)
    }
}

impl<J: JobRecord> fmt::Debug for ChangeFeed<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChangeFeed").field("version", &self.version()).finish_non_exhaustive()
    }
}
