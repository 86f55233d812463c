//! The log: what the verbs did in one write.

use crate::store::Snapshot;
use crate::store::changes::Change;

/// The changes of one write, as far as they are worth keeping.
// Invariants:
//   changes, where it is kept, leads from `base` to what the store that holds the log holds
//   changes.len() <= limit
#[derive(Clone)]
pub(crate) struct Log<J> {
    base: Snapshot<J>,
    changes: Option<Vec<Change<J>>>,
    limit: usize,
}

impl<J> Log<J> {
    /// The log of a write that begins with a snapshot; over the limit it keeps nothing.
    pub(crate) fn new(base: Snapshot<J>, limit: usize) -> Self {
        Self { base, changes: Some(Vec::new()), limit }
    }

    pub(crate) fn push(&mut self, change: Change<J>) {
        if self.has_room(1) {
            self.changes.get_or_insert_default().push(change);
        }
    }

    /// Whether so many more changes would be kept. Where they would not, the log ends: part of a write is of no use.
    pub(crate) fn has_room(&mut self, count: usize) -> bool {
        let is_within = self.changes.as_ref().is_some_and(|changes| changes.len() + count <= self.limit);
        if !is_within {
            self.changes = None;
        }
        is_within
    }

    /// The changes, if they are all there and lead from this snapshot: a closure may have put the store of another write
    /// in the place of its own.
    pub(crate) fn into_changes(self, base: &Snapshot<J>) -> Option<Vec<Change<J>>> {
        self.changes.filter(|_| self.base.is_same_as(base))
    }
}
