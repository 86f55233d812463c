//! Which rows got another name lately, so that what was found out about names a moment ago can be brought up to date.
//!
//! Each change of a name gives the names a new **stamp**, which no other state of any store ever has: a writer that fails
//! and starts again from an older state does not meet its own stamps, so what carries a stamp belongs to exactly one state.

use std::sync::atomic::{AtomicU64, Ordering};

use super::super::row::Row;
use super::super::shared_vec::SharedVec;

/// Changes that are remembered. What is older costs less to find out anew.
pub(super) const CHANGES_MAX: usize = 1024;

/// A state of the names of one store. Later states have greater stamps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stamp(u64);

impl Stamp {
    fn next() -> Self {
        // The one global: stamps are unique among all stores, since clones of a store go different ways.
        static LAST: AtomicU64 = AtomicU64::new(0);
        Self(LAST.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

/// The latest changes.
// Invariants:
//   the change of number i stands at i % CHANGES_MAX, for the last CHANGES_MAX of `len`; stamps ascend along numbers
#[derive(Clone, Debug, Default)]
pub(super) struct Journal {
    changes: SharedVec<Change>,
    len: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct Change {
    stamp: Stamp,
    row: u32,
}

impl Journal {
    /// Says that a row gets, loses or changes its name.
    pub(super) fn push(&mut self, row: Row) {
        *self.changes.get_mut(self.len % CHANGES_MAX) = Change { stamp: Stamp::next(), row: row.number() };
        self.len += 1;
    }

    /// The stamp of the names as they are.
    pub(super) fn stamp(&self) -> Stamp {
        self.len.checked_sub(1).map_or(Stamp::default(), |last| self.change(last).stamp)
    }

    /// The rows that changed since the names had a stamp, some more than once; `None` if that is too long ago, or was
    /// another store.
    pub(super) fn since(&self, stamp: Stamp) -> Option<impl Iterator<Item = Row> + '_> {
        let oldest = self.len.saturating_sub(CHANGES_MAX);
        let (mut low, mut high) = (oldest, self.len);
        // Invariant: changes before `low` are not later than the stamp, changes from `high` on are.
        while low < high {
            let middle = low.midpoint(high);
            if self.change(middle).stamp <= stamp {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let is_known = low > oldest && self.change(low - 1).stamp == stamp;
        is_known.then(|| (low..self.len).map(|number| Row::from_number(self.change(number).row)))
    }

    fn change(&self, number: usize) -> Change {
        self.changes.get(number % CHANGES_MAX).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(journal: &Journal, stamp: Stamp) -> Option<Vec<u32>> {
        journal.since(stamp).map(|rows| rows.map(Row::number).collect())
    }

    #[test]
    fn changes_since_a_stamp_are_those_after_it() {
        let mut journal = Journal::default();
        let mut stamps = Vec::new();
        for number in 0..3_000 {
            journal.push(Row::from_number(number));
            stamps.push(journal.stamp());
        }
        assert_eq!(rows(&journal, stamps[2_999]), Some(vec![]));
        assert_eq!(rows(&journal, stamps[2_996]), Some(vec![2_997, 2_998, 2_999]));
        let oldest = 3_000 - CHANGES_MAX;
        assert_eq!(rows(&journal, stamps[oldest]).map(|rows| rows.len()), Some(CHANGES_MAX - 1));
        assert_eq!(rows(&journal, stamps[oldest - 1]), None, "too long ago");
    }

    #[test]
    fn a_state_that_was_given_up_is_known_to_nobody() {
        let mut journal = Journal::default();
        journal.push(Row::from_number(1));
        let before = journal.clone();
        journal.push(Row::from_number(2));
        let given_up = journal.stamp();
        let mut again = before;
        again.push(Row::from_number(3));
        assert_eq!(rows(&again, given_up), None);
        assert_eq!(rows(&Journal::default(), given_up), None);
    }
}
