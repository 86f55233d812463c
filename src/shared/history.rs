//! The history: the newest commits, as many as fit a bound.

use std::collections::VecDeque;
use std::sync::Arc;

use super::{Change, Changes, Commit};
use crate::error::ChangesError;

/// Commits that are copied out while the lock around a history is held: about a microsecond.
const COMMITS_AT_ONCE: usize = 64;

/// The newest commits.
// Invariants:
//   versions of `commits` are since + 1, since + 2, …
//   changes_len = number of their changes <= limit
pub(crate) struct History<J> {
    commits: VecDeque<Arc<Commit<J>>>,
    since: u64,
    changes_len: usize,
    limit: usize,
}

impl<J> History<J> {
    /// Nothing since version 0; never more than so many changes.
    pub(crate) fn new(limit: usize) -> Self {
        Self { commits: VecDeque::new(), since: 0, changes_len: 0, limit }
    }

    /// Adds what made a version of the one before, and gives back what it drives out. Where the changes are not known,
    /// history begins anew with that version.
    pub(crate) fn push(&mut self, version: u64, changes: Option<Vec<Change<J>>>) -> VecDeque<Arc<Commit<J>>> {
        let Some(changes) = changes.filter(|changes| changes.len() <= self.limit) else {
            self.since = version;
            self.changes_len = 0;
            return std::mem::take(&mut self.commits);
        };
        self.changes_len += changes.len();
        self.commits.push_back(Arc::new(Commit::new(version, changes)));
        let mut gone = VecDeque::new();
        while self.changes_len > self.limit {
            let Some(oldest) = self.commits.pop_front() else { break };
            self.changes_len -= oldest.changes().len();
            self.since = oldest.version();
            gone.push_back(oldest);
        }
        gone
    }

    /// Adds the next commits behind `changes`, up to one version and not too many at once; call it until it is there.
    ///
    /// # Errors
    /// [`ChangesError::Lagged`] if they are gone.
    pub(crate) fn copy_next(&self, changes: &mut Changes<J>, version: u64) -> Result<(), ChangesError> {
        let lagged = ChangesError::Lagged { since: changes.version(), oldest: self.since };
        let first = changes.version().checked_sub(self.since).ok_or(lagged)?;
        let first = usize::try_from(first).unwrap_or(usize::MAX);
        let next = self.commits.iter().skip(first).take(COMMITS_AT_ONCE);
        next.take_while(|commit| commit.version() <= version).for_each(|commit| changes.push(Arc::clone(commit)));
        Ok(())
    }
}
