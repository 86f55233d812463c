//! The index of labels: every distinct pair of key and value of all records, and the rows that have it.
//!
//! A label is exact: it is found as it was given, byte by byte. There may be millions of distinct values under one key.
//! ```text
//! row 7   queue=eu-1 · owner=ci        dictionary      (queue, eu-1) 0 · (owner, ci) 1 · (owner, lee) 2
//! row 9   queue=eu-1 · owner=lee       rows            0: 7 9 · 1: 7 · 2: 9
//!                                      rows by key     queue: 7 9 · owner: 7 9
//!                                      groups by key   queue: [2 to 3 rows] 0 · owner: [1 row] 1 2
//! ```
//! A record may have several values under one key. A label that a record gives twice counts once, and a record without
//! labels is not in the index. `write` has the writes of one record, and `load` adds many records at once.
//!
//! The index finds posting lists. Others decide how they are united, intersected and counted, and which results are cached.

mod count_groups;
mod dictionary;
mod label_id;
mod load;
mod write;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use count_groups::CountGroups;
use dictionary::LabelDictionary;
use label_id::{LabelId, LabelKeyId};

use crate::index::record::RecordLabels;
use crate::persist::journal::{Journal, Revision};
use crate::persist::shared_vec::SharedVec;
use crate::rows::postings::Postings;
use crate::rows::row::Row;

/// Changes of labels that are remembered. Rows that were cached before those are found anew.
const CHANGES_MAX: usize = 1024;

/// The labels of all records, and their rows.
// Invariants:
//   the dictionary has exactly the labels that have rows, and their keys
//   rows[l] = the rows with label l; key_rows[k] = the rows with any label of key k
//   groups[k] has the labels of key k, each in the group of its number of rows
//   rows, key_rows and groups are empty at numbers that are not in use
#[derive(Clone, Debug, Default)]
pub(crate) struct Labels {
    dictionary: LabelDictionary,
    /// By label.
    rows: SharedVec<Postings>,
    /// By key.
    key_rows: SharedVec<Postings>,
    /// By key.
    groups: SharedVec<CountGroups>,
    /// The rows whose labels came, went or changed.
    journal: Journal<Row, CHANGES_MAX>,
}

/// Values of a key that have about as many rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ValueGroup<'a> {
    labels: &'a Labels,
    ids: &'a Postings,
    rows_max: u64,
}

impl<'a> ValueGroup<'a> {
    /// The most rows that a value of the group may have. Every value has more than half as many.
    pub(crate) fn rows_max(&self) -> u64 {
        self.rows_max
    }

    /// The values, each with its rows, in no order.
    pub(crate) fn values(self) -> impl Iterator<Item = (&'a str, &'a Postings)> {
        let ids = self.ids.iter().map(LabelId::new);
        ids.map(move |id| (self.labels.dictionary.value_of(id), self.labels.rows(id)))
    }
}

impl Labels {
    /// The rows with this value under this key; `None` if no row has it. Costs **O(1)**.
    pub(crate) fn rows_of(&self, key: &str, value: &str) -> Option<&Postings> {
        let label = self.dictionary.find(self.dictionary.hashed(key, value))?;
        Some(self.rows(label))
    }

    /// The rows with any value under this key; `None` if no row has the key. Costs **O(1)**.
    pub(crate) fn rows_with_key(&self, key: &str) -> Option<&Postings> {
        let key = self.dictionary.find_key(key)?;
        self.key_rows.get(key.index())
    }

    /// The values of a key in groups, those with the most rows first. A value has more rows than any value of the groups
    /// after its own. A key that is not in use gives no group. Costs **O(1)** and a step for each group, at most 32.
    pub(crate) fn values_by_count(&self, key: &str) -> impl Iterator<Item = ValueGroup<'_>> {
        let groups = self.dictionary.find_key(key).and_then(|key| self.groups.get(key.index()));
        let groups = groups.into_iter().flat_map(CountGroups::descending);
        groups.map(|(rows_max, ids)| ValueGroup { labels: self, ids, rows_max })
    }

    /// The keys that rows have, in no order. Costs a step for each key, and for each number of a removed key.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        let ids = (0..self.dictionary.key_ids_end()).map(LabelKeyId::new);
        ids.filter(|&key| self.is_used(key)).map(|key| self.dictionary.key(key))
    }

    /// The revision of the labels.
    pub(crate) fn revision(&self) -> Revision {
        self.journal.revision()
    }

    /// The rows whose labels came, went or changed since a revision, some more than once. `None` if the revision is too old,
    /// or belongs to another store. A row without labels that came or went is not among the rows.
    pub(crate) fn changes_since(&self, revision: Revision) -> Option<impl Iterator<Item = Row>> {
        self.journal.since(revision)
    }

    /// The rows with a label of the dictionary.
    #[inline]
    fn rows(&self, label: LabelId) -> &Postings {
        self.rows.get(label.index()).expect("a label has rows")
    }

    /// Whether a key has a label.
    fn is_used(&self, key: LabelKeyId) -> bool {
        self.groups.get(key.index()).is_some_and(|groups| !groups.is_empty())
    }

    /// Panics with the name of a broken invariant. `records` gives every row with its labels.
    pub(crate) fn check_invariants(&self, records: &mut dyn Iterator<Item = (Row, RecordLabels<'_>)>) {
        let mut expected = BTreeMap::<&str, BTreeMap<&str, BTreeSet<u32>>>::new();
        for (row, labels) in records {
            for (key, value) in labels {
                expected.entry(key).or_default().entry(value).or_default().insert(row.number());
            }
        }
        self.dictionary.check_invariants();
        let labels_len = expected.values().map(BTreeMap::len).sum();
        assert_eq!(self.dictionary.lens(), (expected.len(), labels_len), "the dictionary has the labels of the rows");
        assert_eq!(self.keys().count(), expected.len(), "exactly the keys that rows have are in use");
        for (key, values) in expected {
            self.check_key(key, &values);
        }
    }

    /// Panics with the name of an invariant that is broken for a key, which has these values and no others.
    fn check_key(&self, key: &str, values: &BTreeMap<&str, BTreeSet<u32>>) {
        for (value, rows) in values {
            let list = self.rows_of(key, value).expect("the dictionary finds every label");
            list.check_invariants();
            assert!(list.iter().eq(rows.iter().copied()), "a label lists the rows that have it: {key:?} {value:?}");
        }
        let of_key: BTreeSet<u32> = values.values().flatten().copied().collect();
        let list = self.rows_with_key(key).expect("the dictionary finds every key");
        list.check_invariants();
        assert!(list.iter().eq(of_key), "a key lists the rows that have any of its values: {key:?}");
        let mut grouped = BTreeSet::new();
        for group in self.values_by_count(key) {
            group.ids.check_invariants();
            for (value, rows) in group.values() {
                let len = rows.len() as u64;
                assert!(
                    len <= group.rows_max && len > group.rows_max / 2,
                    "a value is in its group: {key:?} {value:?}"
                );
                grouped.insert(value);
            }
        }
        assert!(grouped.iter().eq(values.keys()), "the groups of a key have its values: {key:?}");
    }
}
