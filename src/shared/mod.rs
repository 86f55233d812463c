//! A store that many threads read while one writes.
//!
//! A writer works on a copy of the published snapshot, which shares with it all that is not written, and publishes the
//! copy by one swap of a pointer. So nobody sees half a write, a write that fails is a copy that is dropped, and neither
//! readers nor writer wait for the other.

mod bell;
mod feed;
mod follow;
mod history;
mod published;
mod reader;
mod sync;
mod turns;
mod watch;

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use feed::ChangeFeed;
pub use reader::Reader;
pub use watch::{ListChange, ListEvent, ListWatch};

use crate::error::{ChangesError, QueryError, UpdateIfError};
use crate::job::{Job, JobRecord};
use crate::limits::HISTORY_CHANGES_DEFAULT;
use crate::query::ListQuery;
use crate::store::{Change, Changes, Commit, JobStore, Snapshot};
use bell::Bell;
use history::History;
use published::Published;
use turns::Turns;

/// A [`JobStore`] for many threads: each has a clone, all see the same jobs.
///
/// ```
/// use jobdex::{Job, JobStore, ListQuery, SharedJobStore};
/// use jobdex::error::InsertError;
///
/// let shared = SharedJobStore::<Job>::new(JobStore::new());
/// let elsewhere = shared.clone();
/// std::thread::spawn(move || elsewhere.write(|store| Ok::<_, InsertError>(store.clear()))).join().unwrap()?;
/// assert_eq!(shared.snapshot().list(&ListQuery::new())?.total_count, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SharedJobStore<J = Job> {
    writers: Arc<Writers<J>>,
}

/// What the clones have in common. When the last of them goes, nobody can write any more.
struct Writers<J> {
    core: Arc<Core<J>>,
}

/// What the clones have in common with those who only read.
pub(super) struct Core<J> {
    published: Published<Snapshot<J>>,
    turns: Turns,
    /// Held to add one commit, or to copy a few pointers.
    history: Mutex<History<J>>,
    history_changes: usize,
    bell: Bell,
    is_closed: AtomicBool,
    /// Snapshots that readers held last, for a writer to free. It counted the references of their parts up, so it has
    /// those counts at hand; a reader that counts them down waits for each, and so does the writer next time.
    left: Mutex<Vec<Snapshot<J>>>,
}

/// Snapshots that wait to be freed at most; a reader that finds as many frees its own.
const LEFT_MAX: usize = 64;

impl<J: JobRecord> SharedJobStore<J> {
    /// Shares a store. What it holds now is version 0.
    pub fn new(store: JobStore<J>) -> Self {
        Self::with_history(store, HISTORY_CHANGES_DEFAULT)
    }

    /// Shares a store that keeps so many changes for those who follow it, instead of
    /// [`HISTORY_CHANGES_DEFAULT`](crate::limits::HISTORY_CHANGES_DEFAULT). With 0 it keeps none, and writes cost a
    /// little less; lists can be watched all the same.
    pub fn with_history(store: JobStore<J>, changes: usize) -> Self {
        let core = Core {
            published: Published::new(store.snapshot().at_version(0), 0),
            turns: Turns::default(),
            history: Mutex::new(History::new(changes)),
            history_changes: changes,
            bell: Bell::default(),
            is_closed: AtomicBool::new(false),
            left: Mutex::default(),
        };
        Self { writers: Arc::new(Writers { core: Arc::new(core) }) }
    }

    /// The store as it is now, for one request or for as long as it is needed.
    ///
    /// It never waits for a query or for a write in progress. Costs **O(1)**: a lock that is held only to copy a pointer.
    /// Threads that ask all the time do so by a [`Reader`] each.
    pub fn snapshot(&self) -> Snapshot<J> {
        self.core().published.load()
    }

    /// A way to read for one thread that reads often.
    pub fn reader(&self) -> Reader<J> {
        Reader::new(self.core())
    }

    /// The number of the newest publish. Costs one atomic load.
    pub fn version(&self) -> u64 {
        self.core().published.version()
    }

    /// Writes: all that the closure does to the store becomes visible at once when it returns `Ok`, and nothing of it
    /// ever when it returns `Err` or panics. What it returns is handed on.
    ///
    /// One write runs at a time, in the order in which they were asked for; the next waits until this one is done, so
    /// nothing slow belongs in the closure. Readers wait for none of it. A batch is one write with many changes: it costs
    /// less than as many writes, and publishes once. A write that changes nothing publishes nothing.
    ///
    /// The store that the closure is given is the caller's alone until it returns: a snapshot taken of it there holds what
    /// may never be published.
    ///
    /// # Errors
    /// Those of the closure.
    ///
    /// # Panics
    /// Where the closure panics, and where it writes to the same shared store, which would wait for itself.
    pub fn write<T, E>(&self, change: impl FnOnce(&mut JobStore<J>) -> Result<T, E>) -> Result<T, E> {
        let core = self.core();
        let turn = core.turns.take();
        let before = core.published.load();
        let mut store = core.store_to_write(&before);
        let given = change(&mut store)?;
        let replaced = core.publish(&before, store);
        drop(turn);
        if replaced.is_some() {
            core.bell.ring();
        }
        // What they alone held may be much, and the next writer does not wait for that.
        drop((before, replaced, core.take_left()));
        Ok(given)
    }

    /// [`JobStore::update_if`] as a write of its own.
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

    /// What was inserted, updated and removed since a version, in order: none if that is the newest.
    ///
    /// Costs a few nanoseconds a write; no write waits for longer than it takes to copy 64 pointers.
    ///
    /// # Errors
    /// [`ChangesError::Lagged`] if not all of it is kept any more, [`ChangesError::Ahead`] if there was no such version
    /// yet. In either case take a [`snapshot`](Self::snapshot), which has it all, and go on from its version.
    pub fn changes_since(&self, version: u64) -> Result<Changes<J>, ChangesError> {
        self.core().changes_since(version)
    }

    /// A feed of all changes since a version, to wait for by thread or by task.
    pub fn feed_since(&self, version: u64) -> ChangeFeed<J> {
        ChangeFeed::new(self.core(), version)
    }

    /// The page of a query, and from now on which jobs enter, leave or move within it.
    ///
    /// # Errors
    /// [`QueryError`] as [`Snapshot::list`].
    pub fn watch(&self, query: ListQuery) -> Result<ListWatch<J>, QueryError> {
        ListWatch::new(self.core(), query)
    }

    /// How many writes wait for their turn. For tests, which can't see otherwise that a thread has come.
    #[doc(hidden)]
    pub fn writers_waiting(&self) -> usize {
        self.core().turns.waiting()
    }
}

impl<J> SharedJobStore<J> {
    fn core(&self) -> &Arc<Core<J>> {
        &self.writers.core
    }
}

/// What a publish has replaced and driven out.
type Replaced<J> = (Snapshot<J>, VecDeque<Arc<Commit<J>>>);

impl<J> Core<J> {
    pub(super) fn snapshot(&self) -> Snapshot<J> {
        self.published.load()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Acquire)
    }

    pub(super) fn changes_since(&self, version: u64) -> Result<Changes<J>, ChangesError> {
        let newest = self.published.version();
        if version > newest {
            return Err(ChangesError::Ahead { since: version, newest });
        }
        let mut changes = Changes::none_since(version);
        let lagged = |error| match error {
            ChangesError::Lagged { oldest, .. } => ChangesError::Lagged { since: version, oldest },
            ChangesError::Ahead { .. } => error,
        };
        // Ends: up to the newest version each round adds commits, or fails.
        while changes.version() < newest {
            self.history().copy_next(&mut changes, newest).map_err(lagged)?;
        }
        Ok(changes)
    }

    fn store_to_write(&self, before: &Snapshot<J>) -> JobStore<J> {
        JobStore::with_log(before.clone(), self.history_changes)
    }

    /// Publishes what a writer made of a snapshot; `None` if that is nothing.
    fn publish(&self, before: &Snapshot<J>, store: JobStore<J>) -> Option<Replaced<J>> {
        let (snapshot, changes) = store.into_changes_since(before);
        if snapshot.is_same_as(before) {
            return None;
        }
        let version = before.version() + 1;
        // First, so that who sees the version finds its changes; nobody is told of them before.
        let gone = self.history().push(version, changes);
        Some((self.published.publish(snapshot.at_version(version), version), gone))
    }

    /// Leaves a snapshot to the next writer, if nobody else holds it.
    pub(super) fn leave(&self, snapshot: Snapshot<J>) {
        if snapshot.is_held_once() {
            let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
            if left.len() < LEFT_MAX {
                left.push(snapshot);
            }
        }
    }

    fn take_left(&self) -> Vec<Snapshot<J>> {
        std::mem::take(&mut self.left.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn history(&self) -> MutexGuard<'_, History<J>> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<J> Drop for Writers<J> {
    fn drop(&mut self) {
        self.core.is_closed.store(true, Ordering::Release);
        self.core.bell.ring();
        drop(self.core.take_left());
    }
}

impl<J> Clone for SharedJobStore<J> {
    fn clone(&self) -> Self {
        Self { writers: Arc::clone(&self.writers) }
    }
}

impl<J: JobRecord> Default for SharedJobStore<J> {
    fn default() -> Self {
        Self::new(JobStore::new())
    }
}

impl<J: JobRecord> fmt::Debug for SharedJobStore<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedJobStore").field("snapshot", &self.snapshot()).finish_non_exhaustive()
    }
}
