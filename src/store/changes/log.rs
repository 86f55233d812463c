//! The log: the changes of one write of a shared store.

use crate::store::Snapshot;
use crate::store::changes::Change;

/// The changes of one write, or `None` once they are more than the bound: part of a write is of no use to a subscriber.
// Invariants:
//   changes, where they are Some, lead from `base` to the jobs of the store that holds the log
//   changes.len() <= changes_max
pub(crate) struct Log<J> {
    base: Snapshot<J>,
    changes: Option<Vec<Change<J>>>,
    changes_max: usize,
}

impl<J> Log<J> {
    /// An empty log of a write that begins with a snapshot.
    pub(crate) fn new(base: Snapshot<J>, changes_max: usize) -> Self {
        Self { base, changes: Some(Vec::new()), changes_max }
    }

    pub(crate) fn push(&mut self, change: Change<J>) {
        self.extend(1, [change]);
    }

    /// Adds `len` changes. The iterator is not run if they are more than the bound allows.
    pub(crate) fn extend(&mut self, len: usize, changes: impl IntoIterator<Item = Change<J>>) {
        if let Some(logged) = self.changes.as_mut().filter(|logged| logged.len() + len <= self.changes_max) {
            logged.extend(changes);
        } else {
            self.changes = None;
        }
    }

    /// The changes, if all are logged and they lead from this snapshot. They don't if the closure of the write has
    /// replaced its store by that of another write.
    pub(crate) fn into_changes(self, base: &Snapshot<J>) -> Option<Vec<Change<J>>> {
        self.changes.filter(|_| self.base.is_same_as(base))
    }
}
