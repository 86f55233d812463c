//! The change feed: every change after one version, in order, with or without an async runtime.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use super::SharedState;
use super::subscription::Subscription;
use crate::error::ChangesError;
use crate::job::{Job, Record};
use crate::store::{Changes, Snapshot};

/// Every change of a [`SharedJobStore`](super::SharedJobStore) after one version, for one consumer.
///
/// A feed holds nothing but its version: unread changes are in the store's bounded history. A consumer that falls behind
/// history gets [`ChangesError::Lagged`] from every read until it calls [`catch_up`](Self::catch_up).
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
    subscription: Subscription<J>,
}

impl<J: Record> ChangeFeed<J> {
    pub(super) fn new(state: &Arc<SharedState<J>>, version: u64) -> Self {
        Self { subscription: Subscription::new(state, version) }
    }

    /// The version up to which the feed has been read.
    pub fn version(&self) -> u64 {
        self.subscription.version
    }

    /// The changes published since the last read, without waiting. `None` if there are none.
    ///
    /// Costs **O(w)** for w writes: one atomic load if there are none, and otherwise as
    /// [`SharedJobStore::changes_since`](super::SharedJobStore::changes_since).
    ///
    /// # Errors
    /// As [`SharedJobStore::changes_since`](super::SharedJobStore::changes_since). The feed's version stays as it is.
    pub fn try_next(&mut self) -> Result<Option<Changes<J>>, ChangesError> {
        if !self.subscription.has_news() {
            return Ok(None);
        }
        let changes = self.subscription.state.changes_since(self.subscription.version)?;
        self.subscription.version = changes.version();
        Ok(Some(changes))
    }

    /// The changes published since the last read; sleeps until there are some. `None` at the end: everything is read, and
    /// the last [`SharedJobStore`](super::SharedJobStore) is dropped, so nobody can write any more.
    ///
    /// # Errors
    /// As [`try_next`](Self::try_next).
    ///
    /// ```
    /// use jobdex::error::ChangesError;
    /// use jobdex::{Job, JobStore, SharedJobStore};
    ///
    /// # let job: Job = serde_json::from_str(r#"{"Name":"News","JobId":"a046","TemplateType":"normal","TemplateId":"t1",
    /// #     "TemplateName":"HD","StartMode":0,"Status":1,"StreamInput":{"Type":"rtmp","InputUrl":"rtmp://in/live/1"},
    /// #     "OutputStream":{"StreamInfos":[]},"CreateTime":"2022-07-20T02:48:58Z"}"#)?;
    /// let shared = SharedJobStore::new(JobStore::new());
    /// let mut feed = shared.feed_since(shared.version());
    /// let consumer = std::thread::spawn(move || {
    ///     let mut ids = Vec::new();
    ///     while let Some(changes) = feed.wait()? {
    ///         ids.extend(changes.iter().map(|change| change.job_id().to_owned()));
    ///     }
    ///     Ok::<_, ChangesError>(ids)
    /// });
    /// shared.write(|store| store.insert(job))?;
    /// drop(shared);
    /// assert_eq!(consumer.join().unwrap()?, ["a046"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn wait(&mut self) -> Result<Option<Changes<J>>, ChangesError> {
        self.subscription.wait(None);
        self.try_next()
    }

    /// [`wait`](Self::wait), for at most this long: then `None` too.
    ///
    /// # Errors
    /// As [`try_next`](Self::try_next).
    pub fn wait_timeout(&mut self, timeout: Duration) -> Result<Option<Changes<J>>, ChangesError> {
        self.subscription.wait(Instant::now().checked_add(timeout));
        self.try_next()
    }

    /// [`wait`](Self::wait) for a task of any runtime, by `std::future::poll_fn`. With the feature `stream` the feed is a
    /// `Stream` of the same results.
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Changes<J>, ChangesError>>> {
        if !ready!(self.subscription.poll(context)) {
            return Poll::Ready(None);
        }
        Poll::Ready(self.try_next().transpose())
    }

    /// Whether the last [`SharedJobStore`](super::SharedJobStore) is dropped, so nobody can write any more. Unread changes
    /// can still be read.
    pub fn is_closed(&self) -> bool {
        self.subscription.state.is_closed()
    }

    /// Skips all unread changes: returns the store as it is now, and the feed goes on from its version.
    ///
    /// Costs **O(1)**.
    pub fn catch_up(&mut self) -> Snapshot<J> {
        let snapshot = self.subscription.state.published.load();
        self.subscription.version = snapshot.version();
        snapshot
    }
}

#[cfg(feature = "stream")]
impl<J: Record> futures_core::Stream for ChangeFeed<J> {
    type Item = Result<Changes<J>, ChangesError>;

    fn poll_next(self: std::pin::Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Self::poll_next(self.get_mut(), context)
    }
}

impl<J: Record> fmt::Debug for ChangeFeed<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChangeFeed").field("version", &self.version()).finish_non_exhaustive()
    }
}
