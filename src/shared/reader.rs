//! A thread's own snapshot, renewed after each publish.

use std::fmt;
use std::sync::Arc;

use super::SharedState;
use crate::job::{Job, Record};
use crate::store::Snapshot;

/// One thread's way to read a [`SharedJobStore`](super::SharedJobStore) often: it keeps a snapshot and replaces it after
/// a publish.
///
/// A reader holds its snapshot until it is asked again. An idle reader therefore keeps memory that the store no longer
/// needs: drop the reader, or ask it now and then. When a reader replaces a snapshot that nothing else holds, the next
/// write frees that snapshot, so the request does not pay for it. Without a next write, the reader frees it.
///
/// ```
/// use jobdex::{Job, JobStore, ListQuery, SharedJobStore};
///
/// let shared = SharedJobStore::<Job>::new(JobStore::new());
/// let mut reader = shared.reader();
/// let snapshot = reader.snapshot();
/// assert_eq!(snapshot.list(&ListQuery::new())?.total_count, snapshot.len() as u64);
/// # Ok::<(), jobdex::error::QueryError>(())
/// ```
pub struct Reader<J = Job> {
    state: Arc<SharedState<J>>,
    snapshot: Snapshot<J>,
}

impl<J: Record> Reader<J> {
    pub(super) fn new(state: &Arc<SharedState<J>>) -> Self {
        Self { state: Arc::clone(state), snapshot: state.published.load() }
    }

    /// The store as it is now. Take it once for each request: everything that is read from it belongs to one version.
    ///
    /// Costs **O(1)**: one atomic load if nothing was published since, and otherwise as
    /// [`SharedJobStore::snapshot`](super::SharedJobStore::snapshot).
    #[inline]
    pub fn snapshot(&mut self) -> &Snapshot<J> {
        if self.state.published.version() != self.snapshot.version() {
            self.renew();
        }
        &self.snapshot
    }

    #[cold]
    fn renew(&mut self) {
        let replaced = std::mem::replace(&mut self.snapshot, self.state.published.load());
        self.state.retire(replaced);
    }
}

impl<J> Clone for Reader<J> {
    fn clone(&self) -> Self {
        Self { state: Arc::clone(&self.state), snapshot: self.snapshot.clone() }
    }
}

impl<J: Record> fmt::Debug for Reader<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("snapshot", &self.snapshot).finish_non_exhaustive()
    }
}
