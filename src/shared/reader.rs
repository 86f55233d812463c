//! A thread's own snapshot, kept as new as the store.

use std::fmt;
use std::sync::Arc;

use super::Core;
use crate::job::{Job, JobRecord};
use crate::store::Snapshot;

/// A thread's way to read a [`SharedJobStore`](super::SharedJobStore): it keeps a snapshot and renews it when something
/// was published.
///
/// The snapshot that it keeps lives as long as the reader does not ask again, so a reader that rests keeps memory that
/// the store no longer needs; drop it, or ask now and then. What it was the last to hold of a snapshot that it renews is
/// freed by the next write: a request does not pay for what a write has replaced.
pub struct Reader<J = Job> {
    core: Arc<Core<J>>,
    snapshot: Snapshot<J>,
}

impl<J: JobRecord> Reader<J> {
    pub(super) fn new(core: &Arc<Core<J>>) -> Self {
        Self { core: Arc::clone(core), snapshot: core.published.load() }
    }

    /// The store as it is now. One request takes this once and reads from it alone.
    ///
    /// Costs one atomic load where nothing was published since, and as
    /// [`SharedJobStore::snapshot`](super::SharedJobStore::snapshot) otherwise.
    #[inline]
    pub fn snapshot(&mut self) -> &Snapshot<J> {
        if self.core.published.version() != self.snapshot.version() {
            self.renew();
        }
        &self.snapshot
    }

    #[cold]
    fn renew(&mut self) {
        let before = std::mem::replace(&mut self.snapshot, self.core.published.load());
        self.core.leave(before);
    }
}

impl<J> Clone for Reader<J> {
    fn clone(&self) -> Self {
        Self { core: Arc::clone(&self.core), snapshot: self.snapshot.clone() }
    }
}

impl<J: JobRecord> fmt::Debug for Reader<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("snapshot", &self.snapshot).finish_non_exhaustive()
    }
}
