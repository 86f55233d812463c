//! The writes of the index of labels: rows that come, go, get other labels or another number.
//!
//! All labels of a record are looked up together, before any of their posting lists is written. Their memory lies far apart,
//! and the processor waits for it once a stage rather than once a label.

use super::Labels;
use crate::index::labels::count_groups::differ_in_group;
use crate::index::labels::dictionary::HashedLabel;
use crate::index::labels::label_id::{LabelId, LabelKeyId};
use crate::index::record::RecordLabels;
use crate::persist::hash_table::Candidates;
use crate::persist::prefetch::read_together;
use crate::rows::postings::Postings;
use crate::rows::row::Row;

/// The labels of a record, looked up.
// Invariants:
//   known ascends, each once; new has the labels that the dictionary lacks, with repeats
#[derive(Default)]
struct FoundLabels<'l> {
    known: Vec<LabelId>,
    new: Vec<HashedLabel<'l>>,
}

impl FoundLabels<'_> {
    fn is_empty(&self) -> bool {
        self.known.is_empty() && self.new.is_empty()
    }
}

impl Labels {
    /// Adds a row with these labels. Costs a look-up and an insertion per label. A row without labels costs nothing.
    pub(crate) fn insert<'l>(&mut self, row: Row, labels: &[(&'l str, &'l str)]) {
        let found = self.look_up(row, labels);
        if !found.is_empty() {
            self.journal.push(row);
            self.insert_found(row, found);
        }
    }

    /// Takes out a row that has these labels. A label or a key that no row has any more goes with it.
    pub(crate) fn remove<'l>(&mut self, row: Row, labels: &[(&'l str, &'l str)]) {
        let found = self.look_up(row, labels);
        if !found.is_empty() {
            self.journal.push(row);
        }
        for label in found.known {
            self.remove_from_key(row, self.dictionary.key_of(label));
            self.remove_from_label(row, label);
        }
    }

    /// Gives a row other labels. Looks up and writes only the labels that differ, and compares the texts of the others.
    pub(crate) fn replace<'l>(&mut self, row: Row, mut old: RecordLabels<'l>, mut new: RecordLabels<'l>) {
        if old == new {
            return;
        }
        old.sort_unstable();
        new.sort_unstable();
        let gone = self.look_up(row, &difference(&old, &new));
        let come = self.look_up(row, &difference(&new, &old));
        if gone.is_empty() && come.is_empty() {
            return;
        }
        self.journal.push(row);
        // The old labels go first: a new label that the dictionary lacks then gets the number of a removed one, so that a
        // write beside a clone copies the memory around one number. The labels found in `come` are not among the old ones, so
        // they keep their numbers.
        for label in gone.known {
            let key = self.dictionary.key_of(label);
            let text = self.dictionary.key(key);
            if new.binary_search_by_key(&text, |&(key, _)| key).is_err() {
                self.remove_from_key(row, key);
            }
            self.remove_from_label(row, label);
        }
        self.insert_found(row, come);
    }

    /// Moves a row with these labels to another row number.
    pub(crate) fn relocate<'l>(&mut self, from: Row, to: Row, labels: &[(&'l str, &'l str)]) {
        let found = self.look_up(from, labels);
        if found.is_empty() {
            return;
        }
        self.journal.push(from);
        self.journal.push(to);
        for label in found.known {
            let key = self.dictionary.key_of(label);
            self.insert_into_key(to, key);
            self.remove_from_key(from, key);
            let rows = self.rows.get_mut(label.index());
            let len_before = rows.len();
            rows.insert(to.number());
            rows.remove(from.number());
            let len = rows.len();
            self.regroup(label, len_before, len);
        }
    }

    /// Looks up labels that a row has or gets.
    fn look_up<'l>(&self, row: Row, labels: &[(&'l str, &'l str)]) -> FoundLabels<'l> {
        let hashed = labels.iter().map(|&(key, value)| self.dictionary.hashed(key, value));
        let listed: Vec<(HashedLabel<'l>, Candidates<'_>)> =
            hashed.map(|label| (label, self.dictionary.bucket(label))).collect();
        if listed.is_empty() {
            return FoundLabels::default();
        }
        let mut found = FoundLabels { known: Vec::with_capacity(listed.len()), new: Vec::new() };
        for (label, bucket) in listed {
            match self.dictionary.find_in_bucket(bucket, label) {
                Some(known) => found.known.push(known),
                None => found.new.push(label),
            }
        }
        let lists = found.known.iter().map(|&label| self.rows(label));
        read_together(lists.map(|list| list.prefetch(row.number())));
        found.known.sort_unstable();
        found.known.dedup();
        found
    }

    fn insert_found(&mut self, row: Row, found: FoundLabels<'_>) {
        for label in found.known {
            self.insert_into_label(row, label);
        }
        for label in found.new {
            // One that a record has twice is there the second time.
            let label = self.dictionary.find(label).unwrap_or_else(|| self.dictionary.insert(label));
            self.insert_into_label(row, label);
        }
    }

    fn insert_into_label(&mut self, row: Row, label: LabelId) {
        let rows = self.rows.get_mut(label.index());
        let len_before = rows.len();
        rows.insert(row.number());
        let len = rows.len();
        self.regroup(label, len_before, len);
        self.insert_into_key(row, self.dictionary.key_of(label));
    }

    /// Takes a row out of the list of a label, and removes the label, and its key, if nothing is left of it.
    fn remove_from_label(&mut self, row: Row, label: LabelId) {
        let rows = self.rows.get_mut(label.index());
        let len_before = rows.len();
        rows.remove(row.number());
        let len = rows.len();
        self.regroup(label, len_before, len);
        if len == 0 {
            self.remove_label(label);
        }
    }

    /// Removes a label that no row has, and its key if that has no other label.
    fn remove_label(&mut self, label: LabelId) {
        let key = self.dictionary.key_of(label);
        self.dictionary.remove(label);
        if !self.is_used(key) {
            self.dictionary.remove_key(key);
            *self.key_rows.get_mut(key.index()) = Postings::default();
        }
    }

    /// Puts a label into the group of its number of rows.
    #[inline]
    pub(super) fn regroup(&mut self, label: LabelId, rows_before: usize, rows_after: usize) {
        if differ_in_group(rows_before, rows_after) {
            let key = self.dictionary.key_of(label);
            self.groups.get_mut(key.index()).move_label(label, rows_before, rows_after);
        }
    }

    /// Adds a row to the list of a key. If the row is there already, it copies nothing, also beside a clone.
    fn insert_into_key(&mut self, row: Row, key: LabelKeyId) {
        if !self.key_rows.get(key.index()).is_some_and(|rows| rows.contains(row.number())) {
            self.key_rows.get_mut(key.index()).insert(row.number());
        }
    }

    /// Takes a row out of the list of a key. The row has no label of the key any more.
    fn remove_from_key(&mut self, row: Row, key: LabelKeyId) {
        self.key_rows.get_mut(key.index()).remove(row.number());
    }
}

/// The labels of one list that another lacks. Both lists ascend.
fn difference<'l>(labels: &[(&'l str, &'l str)], others: &[(&'l str, &'l str)]) -> RecordLabels<'l> {
    let mut others = others.iter().peekable();
    let is_lacking = |label: &(&str, &str)| {
        while others.next_if(|other| *other < label).is_some() {}
        others.peek().is_none_or(|other| *other != label)
    };
    labels.iter().copied().filter(is_lacking).collect()
}
