//! The labels of one key, grouped by their numbers of rows.
//!
//! ```text
//! group 0   1 row             the many rare values
//! group 1   2 and 3 rows
//! group 2   4 to 7 rows
//! …
//! group g   2ᵍ to 2ᵍ⁺¹ − 1    the few frequent values
//! ```
//! A reader of the most frequent values walks from the last group down. It stops where the bound of the next group is below
//! the counts that it found. So it never looks at millions of rare values, and nothing is sorted by writes: a label
//! moves to another group only when its number of rows passes a power of two.
//!
//! A group is a posting list of label numbers, which takes a bit to a few bytes a label.

use std::iter;
use std::sync::Arc;

use crate::index::labels::label_id::LabelId;
use crate::rows::postings::Postings;

/// The labels of a key by the order of magnitude of their numbers of rows.
// Invariants:
//   groups[g] has each label of the key with 2^g to 2^(g + 1) − 1 rows
//   groups is empty where the key has no label
#[derive(Clone, Debug, Default)]
pub(super) struct CountGroups {
    groups: Arc<[Postings]>,
}

/// The group of labels with so many rows; `None` for labels without a row, which are in no group.
fn group_of(rows_len: usize) -> Option<usize> {
    rows_len.checked_ilog2().map(|group| group as usize)
}

/// Whether a label with one number of rows is in another group than a label with the other number.
#[inline]
pub(super) fn differ_in_group(rows_len: usize, other: usize) -> bool {
    group_of(rows_len) != group_of(other)
}

impl CountGroups {
    /// Whether the key has no label.
    pub(super) fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Moves a label whose number of rows changed. A label without rows is in no group.
    pub(super) fn move_label(&mut self, label: LabelId, rows_before: usize, rows_after: usize) {
        if let Some(after) = group_of(rows_after) {
            self.grow_to(after);
            Arc::make_mut(&mut self.groups)[after].insert(label.get());
        }
        if let Some(before) = group_of(rows_before) {
            Arc::make_mut(&mut self.groups)[before].remove(label.get());
        }
        if self.groups.iter().all(Postings::is_empty) {
            self.groups = Arc::default();
        }
    }

    /// Makes the groups up to one of them.
    fn grow_to(&mut self, group: usize) {
        if let Some(missing @ 1..) = (group + 1).checked_sub(self.groups.len()) {
            let new = iter::repeat_n(Postings::default(), missing);
            self.groups = self.groups.iter().cloned().chain(new).collect();
        }
    }

    /// The groups that have labels, those with the most rows first. Each comes with the most rows that one of its labels
    /// may have.
    pub(super) fn descending(&self) -> impl Iterator<Item = (u64, &Postings)> {
        let bounded = (0..self.groups.len()).map(|group| (u64::MAX >> (63 - group), &self.groups[group]));
        bounded.rev().filter(|(_, labels)| !labels.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(groups: &CountGroups) -> Vec<(u64, Vec<u32>)> {
        groups.descending().map(|(bound, labels)| (bound, labels.iter().collect())).collect()
    }

    #[test]
    fn a_label_is_in_the_group_of_its_number_of_rows() {
        let mut groups = CountGroups::default();
        let lens = [1, 2, 3, 4, 7, 8, 1_000];
        for (id, len) in (0..).zip(lens) {
            groups.move_label(LabelId::new(id), 0, len);
        }
        let expected = [(1_023, vec![6]), (15, vec![5]), (7, vec![3, 4]), (3, vec![1, 2]), (1, vec![0])];
        assert_eq!(listed(&groups), expected);
        let before = groups.clone();
        groups.move_label(LabelId::new(6), 1_000, 1);
        groups.move_label(LabelId::new(3), 4, 0);
        assert_eq!(listed(&groups), [(15, vec![5]), (7, vec![4]), (3, vec![1, 2]), (1, vec![0, 6])]);
        assert_eq!(listed(&before), expected, "a clone stays");
        assert!(differ_in_group(3, 4) && differ_in_group(0, 1) && !differ_in_group(4, 7) && !differ_in_group(0, 0));
    }

    #[test]
    fn the_last_label_that_goes_leaves_nothing() {
        let mut groups = CountGroups::default();
        groups.move_label(LabelId::new(7), 0, 100);
        assert!(!groups.is_empty());
        groups.move_label(LabelId::new(7), 100, 0);
        assert!(groups.is_empty());
        assert_eq!(listed(&groups), []);
    }
}
