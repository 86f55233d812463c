//! A store that many threads read while one writes.
//!
//! A writer works on a copy of the published snapshot, which shares with it all that is not written, and publishes the
//! copy by one swap of a pointer. So nobody sees half a write, a write that fails is a copy that is dropped, and neither
//! readers nor writer wait for the other.

mod published;
mod reader;
mod sync;
mod turns;

use std::fmt;
use std::sync::Arc;

pub use reader::Reader;

use super::{JobStore, Snapshot};
use crate::job::{Job, JobRecord};
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
    core: Arc<Core<J>>,
}

/// What the clones have in common.
struct Core<J> {
    published: Published<Snapshot<J>>,
    turns: Turns,
}

impl<J: JobRecord> SharedJobStore<J> {
    /// Shares a store. What it holds now is version 0.
    pub fn new(store: JobStore<J>) -> Self {
        let snapshot = store.snapshot.at_version(0);
        Self { core: Arc::new(Core { published: Published::new(snapshot, 0), turns: Turns::default() }) }
    }

    /// The store as it is now, for one request or for as long as it is needed.
    ///
    /// It never waits for a query or for a write in progress. Costs **O(1)**: a lock that is held only to copy a pointer.
    /// Threads that ask all the time do so by a [`Reader`] each.
    pub fn snapshot(&self) -> Snapshot<J> {
        self.core.published.load()
    }

    /// A way to read for one thread that reads often.
    pub fn reader(&self) -> Reader<J> {
        Reader::new(&self.core)
    }

    /// The number of the newest publish. Costs one atomic load.
    pub fn version(&self) -> u64 {
        self.core.published.version()
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
        let turn = self.core.turns.take();
        let before = self.core.published.load();
        let mut store = JobStore { snapshot: before.clone() };
        let given = change(&mut store)?;
        let replaced = self.core.publish(&before, store);
        drop(turn);
        // What they alone held may be much, and the next writer does not wait for that.
        drop((before, replaced));
        Ok(given)
    }

    /// How many writes wait for their turn. For tests, which can't see otherwise that a thread has come.
    #[doc(hidden)]
    pub fn writers_waiting(&self) -> usize {
        self.core.turns.waiting()
    }
}

impl<J: JobRecord> Core<J> {
    /// Publishes what a writer made of a snapshot, and gives back what was published before.
    fn publish(&self, before: &Snapshot<J>, store: JobStore<J>) -> Option<Snapshot<J>> {
        if store.is_same_as(before) {
            return None;
        }
        let version = before.version() + 1;
        Some(self.published.publish(store.snapshot.at_version(version), version))
    }
}

impl<J> Clone for SharedJobStore<J> {
    fn clone(&self) -> Self {
        Self { core: Arc::clone(&self.core) }
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
