//! The latest changes of an index, so that a result of an earlier revision can be brought up to date.
//!
//! Each change gives the index a new [`Revision`], which no other version of any store ever has. So a revision belongs to
//! exactly one version: a writer that fails and starts again from an older version draws other revisions than the ones that
//! it gave up.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::persist::shared_vec::SharedVec;

/// A version of one index of one store. Later versions have greater revisions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Revision(u64);

impl Revision {
    /// A revision that no index has yet.
    pub(crate) fn next() -> Self {
        // A counter of the whole process: clones of a store are written independently, and no two of them may draw the same
        // revision.
        static LAST: AtomicU64 = AtomicU64::new(0);
        Self(LAST.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

/// The latest `CHANGES_MAX` changes. To bring a result of an older revision up to date costs more than to compute it anew.
// Invariants:
//   change i stands at i % CHANGES_MAX, for the last CHANGES_MAX of `len`; revisions ascend with i
#[derive(Clone, Debug)]
pub(crate) struct Journal<C, const CHANGES_MAX: usize> {
    changes: SharedVec<JournalEntry<C>>,
    len: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct JournalEntry<C> {
    revision: Revision,
    change: C,
}

impl<C: Copy + Default, const CHANGES_MAX: usize> Journal<C, CHANGES_MAX> {
    /// Adds a change.
    pub(crate) fn push(&mut self, change: C) {
        *self.changes.get_mut(self.len % CHANGES_MAX) = JournalEntry { revision: Revision::next(), change };
        self.len += 1;
    }

    /// Adds many changes. Stores the last `CHANGES_MAX` of them, and costs as much as those.
    pub(crate) fn extend(&mut self, changes: &[C]) {
        let forgotten = changes.len().saturating_sub(CHANGES_MAX);
        self.len += forgotten;
        changes[forgotten..].iter().for_each(|&change| self.push(change));
    }

    /// The revision of the index now: of its last change, or the default where nothing was ever changed.
    pub(crate) fn revision(&self) -> Revision {
        self.len.checked_sub(1).map_or(Revision::default(), |last| self.entry(last).revision)
    }

    /// The changes since a revision, in order, none for the revision of now. `None` if the revision is too old, or belongs to
    /// another store or to a version that was given up.
    pub(crate) fn since(&self, revision: Revision) -> Option<impl ExactSizeIterator<Item = C> + '_> {
        let oldest = self.len.saturating_sub(CHANGES_MAX);
        let (mut low, mut high) = (oldest, self.len);
        // Invariant: changes before `low` are not later than the revision, changes from `high` on are.
        while low < high {
            let middle = low.midpoint(high);
            if self.entry(middle).revision <= revision {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let is_known = low > oldest && self.entry(low - 1).revision == revision;
        is_known.then(|| (low..self.len).map(|number| self.entry(number).change))
    }

    fn entry(&self, number: usize) -> JournalEntry<C> {
        self.changes.get(number % CHANGES_MAX).copied().unwrap_or_default()
    }
}

impl<C, const CHANGES_MAX: usize> Default for Journal<C, CHANGES_MAX> {
    fn default() -> Self {
        Self { changes: SharedVec::default(), len: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANGES_MAX: usize = 1024;
    type Numbers = Journal<u32, CHANGES_MAX>;

    fn numbers(journal: &Numbers, revision: Revision) -> Option<Vec<u32>> {
        journal.since(revision).map(Iterator::collect)
    }

    #[test]
    fn changes_since_a_revision_are_those_after_it() {
        let mut journal = Numbers::default();
        let mut revisions = Vec::new();
        for number in 0..3_000 {
            journal.push(number);
            revisions.push(journal.revision());
        }
        assert_eq!(numbers(&journal, revisions[2_999]), Some(vec![]));
        assert_eq!(numbers(&journal, revisions[2_996]), Some(vec![2_997, 2_998, 2_999]));
        let oldest = 3_000 - CHANGES_MAX;
        assert_eq!(numbers(&journal, revisions[oldest]).map(|changes| changes.len()), Some(CHANGES_MAX - 1));
        assert_eq!(numbers(&journal, revisions[oldest - 1]), None, "too long ago");
    }

    #[test]
    fn many_changes_at_once_are_as_many_one_by_one() {
        for len in [0, 5, CHANGES_MAX, CHANGES_MAX + 7] {
            let mut journal = Numbers::default();
            journal.push(0);
            let before = journal.revision();
            let changes: Vec<u32> = (0..).take(len).collect();
            journal.extend(&changes);
            assert_eq!(numbers(&journal, before), (len < CHANGES_MAX).then_some(changes));
            let now = journal.revision();
            journal.push(9);
            assert_eq!(numbers(&journal, now), Some(vec![9]));
        }
    }

    #[test]
    fn a_version_that_was_given_up_is_unknown_to_all_others() {
        let mut journal = Numbers::default();
        journal.push(1);
        let before = journal.clone();
        journal.push(2);
        let given_up = journal.revision();
        let mut again = before;
        again.push(3);
        assert_eq!(numbers(&again, given_up), None);
        assert_eq!(numbers(&Numbers::default(), given_up), None);
    }
}
