//! A store that many threads read while one writes.
//!
//! A writer works on a copy of the published snapshot; the copy shares all unwritten parts with it. One swap of a pointer
//! publishes the copy. So no reader sees half of a write, a failed write is a copy that is dropped, and readers and
//! writers do not wait for each other.
//! ```text
//! SharedJobStore ──> SharedState <── Reader
//!   (clones)             ^
//!                        └── Subscription <── ChangeFeed, ListWatch
//! ```

// Synchronization. The model checkers compile these files too, and `subscription`.
mod history;
mod notifier;
mod published;
mod sync;
mod writer_queue;

// The state that all threads share, and the wait for its next version.
mod state;
mod subscription;

// The public types beside the store.
mod feed;
mod reader;
mod watch;

use std::fmt;
use std::sync::Arc;

pub use feed::ChangeFeed;
pub use reader::Reader;
pub use watch::{ListChange, ListEvent, ListWatch};

use crate::error::{ChangesError, QueryError, UpdateIfError};
use crate::job::{Job, Record, TypedFacets};
use crate::limits::HISTORY_CHANGES_DEFAULT;
use crate::query::ListQuery;
use crate::store::{Change, Changes, Commit, JobStore, Snapshot};
use state::SharedState;

/// A [`JobStore`] for many threads: each thread has a clone, and all clones see the same jobs.
///
/// A clone costs **O(1)**. Feeds and watches end when the last clone is dropped.
/// [`docs::sharing`](crate::docs::sharing) compares the ways to share a store.
///
/// ```
/// use jobdex::{Job, JobStore, ListQuery, SharedJobStore};
/// use jobdex::error::InsertError;
///
/// let shared = SharedJobStore::<Job>::new(JobStore::new());
/// let elsewhere = shared.clone();
/// let clear = move || elsewhere.write(|store| Ok::<_, InsertError>(store.clear()));
/// std::thread::spawn(clear).join().unwrap()?;
/// assert_eq!(shared.snapshot().list(&ListQuery::new())?.total_count, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SharedJobStore<J = Job> {
    closer: Arc<Closer<J>>,
}

/// Closes the state when the last clone of a [`SharedJobStore`] drops it. Readers and subscribers hold the state alone,
/// so they don't keep it open.
struct Closer<J> {
    state: Arc<SharedState<J>>,
}

impl<J: Record> SharedJobStore<J> {
    /// Shares a store, which becomes version 0. History keeps the newest
    /// [`HISTORY_CHANGES_DEFAULT`](crate::limits::HISTORY_CHANGES_DEFAULT) changes.
    ///
    /// Costs **O(1)**.
    pub fn new(store: JobStore<J>) -> Self {
        Self::with_history(store, HISTORY_CHANGES_DEFAULT)
    }

    /// Shares a store, which becomes version 0. History keeps the newest `changes` changes, for
    /// [`changes_since`](Self::changes_since) and for feeds. With 0 it keeps none, and writes cost a little less. A
    /// [`watch`](Self::watch) needs no history.
    ///
    /// Costs **O(1)**.
    ///
    /// ```
    /// use jobdex::error::ChangesError;
    /// use jobdex::{Job, JobStore, SharedJobStore};
    ///
    /// # let job: Job = serde_json::from_str(r#"{"Name":"News","JobId":"a046","TemplateType":"normal","TemplateId":"t1",
    /// #     "TemplateName":"HD","StartMode":0,"Status":1,"StreamInput":{"Type":"rtmp","InputUrl":"rtmp://in/live/1"},
    /// #     "OutputStream":{"StreamInfos":[]},"CreateTime":"2022-07-20T02:48:58Z"}"#)?;
    /// let shared = SharedJobStore::with_history(JobStore::new(), 0);
    /// shared.write(|store| store.insert(job))?;
    /// let lagged = ChangesError::Lagged { since: 0, oldest: 1 };
    /// assert_eq!(shared.changes_since(0).err(), Some(lagged));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_history(store: JobStore<J>, changes: usize) -> Self {
        let state = Arc::new(SharedState::new(store.into_snapshot(), 0, changes));
        Self { closer: Arc::new(Closer { state }) }
    }

    /// The store as it is now, for one request or for as long as it is needed. A thread that reads often uses a
    /// [`Reader`].
    ///
    /// It never waits for a query or for a write in progress.
    ///
    /// Costs **O(1)**: a lock that is held only to copy a pointer.
    pub fn snapshot(&self) -> Snapshot<J> {
        self.state().published.load()
    }

    /// A [`Reader`], for one thread that reads often.
    ///
    /// Costs **O(1)**.
    pub fn reader(&self) -> Reader<J> {
        Reader::new(self.state())
    }

    /// The version of the newest publish: 0 at first, and one more for each publish.
    ///
    /// Costs **O(1)**: one atomic load.
    pub fn version(&self) -> u64 {
        self.state().published.version()
    }

    /// Runs a closure on the store and publishes its changes: all of them at once if it returns `Ok`, none of them if it
    /// returns `Err` or panics. The result of the closure is returned.
    ///
    /// One write runs at a time, in the order in which the writes were called, so nothing slow belongs in the closure.
    /// Readers don't wait for it. A batch is one write with many changes: it costs less than as many writes, and
    /// publishes once. A write that changes nothing publishes nothing.
    ///
    /// A snapshot taken of the store within the closure may hold changes that are never published.
    ///
    /// Costs **O(1)** in addition to the closure. Each change in the closure copies the parts that it shares with the
    /// published snapshot: 10 KB for a status change at 1,000,000 jobs.
    ///
    /// ```
    /// use jobdex::error::UpdateError;
    /// use jobdex::{Job, JobStore, SharedJobStore};
    ///
    /// # let job: Job = serde_json::from_str(r#"{"Name":"News","JobId":"a046","TemplateType":"normal","TemplateId":"t1",
    /// #     "TemplateName":"HD","StartMode":0,"Status":1,"StreamInput":{"Type":"rtmp","InputUrl":"rtmp://in/live/1"},
    /// #     "OutputStream":{"StreamInfos":[]},"CreateTime":"2022-07-20T02:48:58Z"}"#)?;
    /// let shared = SharedJobStore::new(JobStore::new());
    /// shared.write(|store| store.insert(job))?;
    /// let failed = shared.write(|store| {
    ///     store.remove("a046");
    ///     store.update("missing", |_| ())
    /// });
    /// assert_eq!(failed, Err(UpdateError::NotFound { job_id: "missing".into() }));
    /// assert_eq!((shared.version(), shared.snapshot().len()), (1, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The error of the closure.
    ///
    /// # Panics
    /// If the closure panics, or if it writes to the same shared store: that write would wait for itself.
    pub fn write<T, E>(&self, change: impl FnOnce(&mut JobStore<J>) -> Result<T, E>) -> Result<T, E> {
        let state = self.state();
        let permit = state.writers.acquire();
        let before = state.published.load();
        let mut store = state.store_to_write(&before);
        let result = change(&mut store);
        let replaced = match result {
            Ok(_) => state.publish(&before, store),
            Err(_) => None,
        };
        // The permit ends first: the drops below may free much, and the next writer does not wait for them. The store of a
        // failed write is dropped at the end of the function.
        drop(permit);
        if replaced.is_some() {
            state.notifier.notify_all();
        }
        drop((before, replaced, state.take_retired()));
        result
    }

    /// [`JobStore::update_if`] as a write of its own.
    ///
    /// Costs **O(log n)** amortized, as [`JobStore::update`], and the copies of a [`write`](Self::write).
    ///
    /// # Errors
    /// As [`JobStore::update_if`].
    ///
    /// # Panics
    /// As [`JobStore::update_if`] and [`write`](Self::write).
    pub fn update_if(
        &self,
        job_id: &str,
        condition: impl FnOnce(&Arc<J>) -> bool,
        change: impl FnOnce(&mut J),
    ) -> Result<Arc<J>, UpdateIfError<J>>
    where
        J: Clone,
    {
        self.write(|store| store.update_if(job_id, condition, change))
    }

    /// The changes that were published after a version, in order. Empty if that version is the newest.
    ///
    /// Costs **O(w)** for w writes, a few nanoseconds each. A writer never waits longer than the copy of 64 pointers
    /// takes.
    ///
    /// # Errors
    /// [`ChangesError::Lagged`] if history has evicted some of the changes, [`ChangesError::Ahead`] if the version is
    /// newer than the newest one. In both cases take a [`snapshot`](Self::snapshot), and go on from its version.
    pub fn changes_since(&self, version: u64) -> Result<Changes<J>, ChangesError> {
        self.state().changes_since(version)
    }

    /// A feed of all changes after a version; a thread or a task can wait for the next ones.
    ///
    /// Costs **O(1)**. The version is not checked: the first read of the feed returns the errors of
    /// [`changes_since`](Self::changes_since).
    pub fn feed_since(&self, version: u64) -> ChangeFeed<J> {
        ChangeFeed::new(self.state(), version)
    }

    /// The page of a query, and from now on the jobs that enter, leave or move within it.
    ///
    /// Costs one [`list`](Snapshot::list).
    ///
    /// # Errors
    /// [`QueryError`] as [`Snapshot::list`].
    pub fn watch(&self, query: ListQuery<J::Facets>) -> Result<ListWatch<J>, QueryError> {
        ListWatch::new(self.state(), query)
    }

    /// How many writes wait for their turn. For tests, which can't see otherwise that a thread waits.
    #[doc(hidden)]
    pub fn writers_waiting(&self) -> usize {
        self.state().writers.waiting_len()
    }
}

/// The steps of a write, one by one, for the durable store: it does more between a change and its publish.
#[cfg(feature = "durable")]
impl<J: Record> SharedJobStore<J> {
    /// Shares a store as a version that an earlier process has reached. History begins after that version.
    pub(crate) fn at_version(store: JobStore<J>, version: u64, changes: usize) -> Self {
        let state = Arc::new(SharedState::new(store.into_snapshot(), version, changes));
        Self { closer: Arc::new(Closer { state }) }
    }

    /// Runs a closure when all earlier writers are done, and lets no other write begin before it returns or panics.
    ///
    /// # Panics
    /// As [`write`](Self::write).
    pub(crate) fn in_turn<T>(&self, work: impl FnOnce() -> T) -> T {
        let _permit = self.state().writers.acquire();
        work()
    }

    /// Publishes a snapshot that follows the published one, with the changes between the two, and returns its version. The
    /// caller makes sure that nobody else publishes at the same time.
    pub(crate) fn publish(&self, snapshot: Snapshot<J>, changes: Vec<Change<J>>) -> u64 {
        let state = self.state();
        let replaced = state.publish_snapshot(snapshot, Some(changes));
        state.notifier.notify_all();
        drop((replaced, state.take_retired()));
        state.published.version()
    }
}

impl<J> SharedJobStore<J> {
    fn state(&self) -> &Arc<SharedState<J>> {
        &self.closer.state
    }
}

impl<J> Drop for Closer<J> {
    fn drop(&mut self) {
        self.state.close();
    }
}

impl<J> Clone for SharedJobStore<J> {
    fn clone(&self) -> Self {
        Self { closer: Arc::clone(&self.closer) }
    }
}

impl<J: Record<Facets: TypedFacets>> Default for SharedJobStore<J> {
    fn default() -> Self {
        Self::new(JobStore::new())
    }
}

impl<J: Record> fmt::Debug for SharedJobStore<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedJobStore").field("snapshot", &self.snapshot()).finish_non_exhaustive()
    }
}
