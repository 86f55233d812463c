//! The history: the newest commits, bounded by the number of their changes.

use std::collections::VecDeque;
use std::sync::Arc;

use super::{Change, Changes, Commit};
use crate::error::ChangesError;

/// Commits that are copied while the lock around a history is held: about a microsecond.
const COMMITS_AT_ONCE: usize = 64;

/// The newest commits.
// Invariants:
//   versions of `commits` are base_version + 1, base_version + 2, …
//   changes_len = number of their changes <= changes_max
pub(crate) struct History<J> {
    commits: VecDeque<Arc<Commit<J>>>,
    base_version: u64,
    changes_len: usize,
    changes_max: usize,
}

impl<J> History<J> {
    /// An empty history, which begins after version 0.
    pub(crate) fn new(changes_max: usize) -> Self {
        Self { commits: VecDeque::new(), base_version: 0, changes_len: 0, changes_max }
    }

    /// Adds the commit of a version and returns the commits that it evicts, so that the caller drops them without the
    /// lock. Unknown changes (`None`) and more changes than the bound evict everything: history begins again after this
    /// version.
    pub(crate) fn push(&mut self, version: u64, changes: Option<Vec<Change<J>>>) -> VecDeque<Arc<Commit<J>>> {
        let Some(changes) = changes.filter(|changes| changes.len() <= self.changes_max) else {
            self.base_version = version;
            self.changes_len = 0;
            return std::mem::take(&mut self.commits);
        };
        self.changes_len += changes.len();
        self.commits.push_back(Arc::new(Commit::new(version, changes)));
        let mut evicted = VecDeque::new();
        // Ends: each round takes a commit. The new one alone is within the bound, so it stays.
        while self.changes_len > self.changes_max {
            let Some(oldest) = self.commits.pop_front() else { break };
            self.changes_len -= oldest.changes().len();
            self.base_version = oldest.version();
            evicted.push_back(oldest);
        }
        evicted
    }

    /// Adds the commits that follow `changes`, up to a version and at most [`COMMITS_AT_ONCE`]. Call it again until
    /// `changes` has reached that version.
    ///
    /// # Errors
    /// [`ChangesError::Lagged`] if the next commit is evicted.
    pub(crate) fn copy_next(&self, changes: &mut Changes<J>, version: u64) -> Result<(), ChangesError> {
        let lagged = ChangesError::Lagged { since: changes.version(), oldest: self.base_version };
        let first = changes.version().checked_sub(self.base_version).ok_or(lagged)?;
        let first = usize::try_from(first).unwrap_or(usize::MAX);
        let next = self.commits.iter().skip(first).take(COMMITS_AT_ONCE);
        next.take_while(|commit| commit.version() <= version).for_each(|commit| changes.push(Arc::clone(commit)));
        Ok(())
    }
}
