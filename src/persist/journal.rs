//! What changed in an index lately, so that what was found out from it a moment ago can be brought up to date.
//!
//! Each change gives the index a new **stamp**, which no other state of any store ever has: a writer that fails and starts
//! again from an older state does not meet its own stamps, so what carries a stamp belongs to exactly one state.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::persist::shared_vec::SharedVec;

/// A state of one index of one store. Later states have greater stamps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stamp(u64);

impl Stamp {
    /// A stamp that no state has yet.
    pub(crate) fn next() -> Self {
        // The one global: stamps are unique among all stores, since clones of a store go different ways.
        static LAST: AtomicU64 = AtomicU64::new(0);
        Self(LAST.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

/// The latest `CHANGES_MAX` changes. What is older costs less to find out anew.
// Invariants:
//   the change of number i stands at i % CHANGES_MAX, for the last CHANGES_MAX of `len`; stamps ascend along numbers
#[derive(Clone, Debug)]
pub(crate) struct Journal<C, const CHANGES_MAX: usize> {
    changes: SharedVec<Stamped<C>>,
    len: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct Stamped<C> {
    stamp: Stamp,
    change: C,
}

impl<C: Copy + Default, const CHANGES_MAX: usize> Journal<C, CHANGES_MAX> {
    /// Adds a change.
    pub(crate) fn push(&mut self, change: C) {
        *self.changes.get_mut(self.len % CHANGES_MAX) = Stamped { stamp: Stamp::next(), change };
        self.len += 1;
    }

    /// Adds many changes. Costs what the latest do: those before are forgotten at once.
    pub(crate) fn extend(&mut self, changes: &[C]) {
        let forgotten = changes.len().saturating_sub(CHANGES_MAX);
        self.len += forgotten;
        changes[forgotten..].iter().for_each(|&change| self.push(change));
    }

    /// The stamp of the index as it is.
    pub(crate) fn stamp(&self) -> Stamp {
        self.len.checked_sub(1).map_or(Stamp::default(), |last| self.at(last).stamp)
    }

    /// The changes since the index had a stamp, in order; `None` if that is too long ago, or was another store.
    pub(crate) fn since(&self, stamp: Stamp) -> Option<impl ExactSizeIterator<Item = C> + '_> {
        let oldest = self.len.saturating_sub(CHANGES_MAX);
        let (mut low, mut high) = (oldest, self.len);
        // Invariant: changes before `low` are not later than the stamp, changes from `high` on are.
        while low < high {
            let middle = low.midpoint(high);
            if self.at(middle).stamp <= stamp {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let is_known = low > oldest && self.at(low - 1).stamp == stamp;
        is_known.then(|| (low..self.len).map(|number| self.at(number).change))
    }

    fn at(&self, number: usize) -> Stamped<C> {
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

    fn numbers(journal: &Numbers, stamp: Stamp) -> Option<Vec<u32>> {
        journal.since(stamp).map(Iterator::collect)
    }

    #[test]
    fn changes_since_a_stamp_are_those_after_it() {
        let mut journal = Numbers::default();
        let mut stamps = Vec::new();
        for number in 0..3_000 {
            journal.push(number);
            stamps.push(journal.stamp());
        }
        assert_eq!(numbers(&journal, stamps[2_999]), Some(vec![]));
        assert_eq!(numbers(&journal, stamps[2_996]), Some(vec![2_997, 2_998, 2_999]));
        let oldest = 3_000 - CHANGES_MAX;
        assert_eq!(numbers(&journal, stamps[oldest]).map(|changes| changes.len()), Some(CHANGES_MAX - 1));
        assert_eq!(numbers(&journal, stamps[oldest - 1]), None, "too long ago");
    }

    #[test]
    fn many_changes_at_once_are_as_many_one_by_one() {
        for len in [0, 5, CHANGES_MAX, CHANGES_MAX + 7] {
            let mut journal = Numbers::default();
            journal.push(0);
            let before = journal.stamp();
            let changes: Vec<u32> = (0..).take(len).collect();
            journal.extend(&changes);
            assert_eq!(numbers(&journal, before), (len < CHANGES_MAX).then_some(changes));
            let now = journal.stamp();
            journal.push(9);
            assert_eq!(numbers(&journal, now), Some(vec![9]));
        }
    }

    #[test]
    fn a_state_that_was_given_up_is_known_to_nobody() {
        let mut journal = Numbers::default();
        journal.push(1);
        let before = journal.clone();
        journal.push(2);
        let given_up = journal.stamp();
        let mut again = before;
        again.push(3);
        assert_eq!(numbers(&again, given_up), None);
        assert_eq!(numbers(&Numbers::default(), given_up), None);
    }
}
