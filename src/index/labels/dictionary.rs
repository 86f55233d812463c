//! The dictionary of labels: every distinct key once, and every distinct pair of key and value once, by number or by text.
//!
//! ```text
//! ("queue", "eu-1") ── hash of both ──> buckets ── 4711 ──> labels[4711] = (key 3, "eu-1")
//!                                                           keys[3] = "queue"
//! ```
//! A label is found by one hash of its key and value, so a look-up reads one bucket however many values a key has. Labels
//! come from callers, so every dictionary hashes them with its own random key.
//!
//! The dictionary does not know which rows have a label: [`Labels`](super::Labels) stores the posting lists beside it, by
//! the same numbers.

use std::hash::BuildHasher;

use smol_str::SmolStr;

use crate::index::labels::label_id::{LabelId, LabelKeyId};
use crate::persist::hash_table::{Candidates, HashTable};
use crate::persist::hasher::TextHasher;
use crate::persist::slab::Slab;

/// Labels by number and by text.
// Invariants:
//   label_ids holds each number of labels once, under the hash of its key and value; no two labels are equal
//   key_ids holds each number of keys once, under the hash of its text; no two keys are equal
//   the key of each label is a number in use of keys
#[derive(Clone, Debug, Default)]
pub(super) struct LabelDictionary<S = TextHasher> {
    keys: Slab<SmolStr>,
    key_ids: HashTable,
    labels: Slab<StoredLabel>,
    label_ids: HashTable,
    hasher: S,
}

/// A label of the dictionary.
#[derive(Clone, Debug, Default)]
struct StoredLabel {
    key: LabelKeyId,
    value: SmolStr,
}

/// The texts of a label, and their hash in one dictionary.
#[derive(Clone, Copy, Debug)]
pub(super) struct HashedLabel<'l> {
    hash: u32,
    key: &'l str,
    value: &'l str,
}

impl<S: BuildHasher> LabelDictionary<S> {
    /// Hashes a label. A caller that looks up many labels hashes all of them first, and finds their
    /// [buckets](Self::bucket), so that the processor loads the buckets together.
    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "the table takes 32 bits of the hash")]
    pub(super) fn hashed<'l>(&self, key: &'l str, value: &'l str) -> HashedLabel<'l> {
        // The hash of a text ends with a byte that no text has: ("a", "bc") and ("ab", "c") differ.
        HashedLabel { hash: self.hasher.hash_one((key, value)) as u32, key, value }
    }

    /// The labels that have the hash of this one.
    #[inline]
    pub(super) fn bucket(&self, label: HashedLabel<'_>) -> Candidates<'_> {
        self.label_ids.candidates(label.hash)
    }

    /// The id of a label in its [`bucket`](Self::bucket).
    #[inline]
    pub(super) fn find_in_bucket(&self, bucket: Candidates<'_>, label: HashedLabel<'_>) -> Option<LabelId> {
        let is_wanted = |id| {
            let stored = self.labels.get(id);
            stored.value == label.value && self.key(stored.key) == label.key
        };
        bucket.find(is_wanted).map(LabelId::new)
    }

    /// The id of a label. Costs **O(1)**.
    #[inline]
    pub(super) fn find(&self, label: HashedLabel<'_>) -> Option<LabelId> {
        self.find_in_bucket(self.bucket(label), label)
    }

    /// The id of a key. Costs **O(1)**.
    pub(super) fn find_key(&self, key: &str) -> Option<LabelKeyId> {
        self.key_ids.candidates(self.hash_key(key)).find(|id| self.keys.get(id) == key).map(LabelKeyId::new)
    }

    /// The text of a key.
    #[inline]
    pub(super) fn key(&self, key: LabelKeyId) -> &str {
        self.keys.get(key.get())
    }

    /// The key of a label.
    #[inline]
    pub(super) fn key_of(&self, label: LabelId) -> LabelKeyId {
        self.labels.get(label.get()).key
    }

    /// The value of a label.
    #[inline]
    pub(super) fn value_of(&self, label: LabelId) -> &str {
        &self.labels.get(label.get()).value
    }

    /// One past the highest id of a key that was ever given.
    pub(super) fn key_ids_end(&self) -> u32 {
        self.keys.end().try_into().expect("keys are numbered within 32 bits")
    }

    /// Adds a label that the dictionary lacks, and its key where that is new.
    pub(super) fn insert(&mut self, label: HashedLabel<'_>) -> LabelId {
        debug_assert!(self.find(label).is_none(), "no two labels are equal");
        let id = self.store(label);
        self.label_ids.insert(label.hash, id.get());
        id
    }

    /// Adds labels, no two of them equal, to a dictionary that has none. Each bucket of the table is made once.
    pub(super) fn load(&mut self, labels: &[(&str, &str)]) -> Vec<LabelId> {
        debug_assert_eq!(self.labels.len(), 0, "the dictionary has no label");
        let mut store = |&(key, value): &(&str, &str)| {
            let label = self.hashed(key, value);
            (label.hash, self.store(label).get())
        };
        let stored: Vec<(u32, u32)> = labels.iter().map(&mut store).collect();
        self.label_ids = HashTable::load(&stored);
        stored.into_iter().map(|(_, id)| LabelId::new(id)).collect()
    }

    /// Gives a label a number, and its key where that is new. The table does not list the number yet.
    fn store(&mut self, label: HashedLabel<'_>) -> LabelId {
        let key = self.find_key(label.key).unwrap_or_else(|| self.insert_key(label.key));
        LabelId::new(self.labels.insert(StoredLabel { key, value: SmolStr::new(label.value) }))
    }

    fn insert_key(&mut self, key: &str) -> LabelKeyId {
        let id = self.keys.insert(SmolStr::new(key));
        self.key_ids.insert(self.hash_key(key), id);
        LabelKeyId::new(id)
    }

    /// Removes a label. A later label may get its id. Its key stays.
    pub(super) fn remove(&mut self, id: LabelId) {
        let stored = self.labels.remove(id.get());
        let hash = self.hashed(self.key(stored.key), &stored.value).hash;
        self.label_ids.remove(hash, id.get());
    }

    /// Removes a key that no label has.
    pub(super) fn remove_key(&mut self, id: LabelKeyId) {
        let key = self.keys.remove(id.get());
        self.key_ids.remove(self.hash_key(&key), id.get());
    }

    #[allow(clippy::cast_possible_truncation, reason = "the table takes 32 bits of the hash")]
    fn hash_key(&self, key: &str) -> u32 {
        self.hasher.hash_one(key) as u32
    }

    /// Panics with the name of a broken invariant.
    pub(super) fn check_invariants(&self) {
        self.label_ids.check_invariants();
        self.key_ids.check_invariants();
        assert_eq!(self.label_ids.len(), self.labels.len(), "label_ids holds each number of labels once");
        assert_eq!(self.key_ids.len(), self.keys.len(), "key_ids holds each number of keys once");
    }

    /// One past the highest id that was ever given to a key, and to a label.
    #[cfg(test)]
    pub(super) fn ids_ends(&self) -> (usize, usize) {
        (self.keys.end(), self.labels.end())
    }

    /// How many keys and labels there are.
    pub(super) fn lens(&self) -> (usize, usize) {
        (self.keys.len(), self.labels.len())
    }
}

#[cfg(test)]
mod tests {
    use std::hash::{BuildHasherDefault, RandomState};

    use super::*;
    use crate::persist::hasher::constant::ConstantHasher;

    /// Pairs whose texts are equal when they are joined, and empty texts.
    fn labels() -> Vec<(String, String)> {
        let text = |len: usize| "a".repeat(len);
        (0..40).flat_map(|key| (0..40).map(move |value| (text(key), text(value)))).collect()
    }

    fn check_with<S: BuildHasher + Default>() {
        let labels = labels();
        let mut dictionary = LabelDictionary::<S>::default();
        let insert = |(key, value): &(String, String)| dictionary.insert(dictionary.hashed(key, value));
        let ids: Vec<LabelId> = labels.iter().map(insert).collect();
        for round in 0..2 {
            dictionary.check_invariants();
            assert_eq!(dictionary.lens(), (40, 1_600));
            for ((key, value), &id) in labels.iter().zip(&ids) {
                assert_eq!(dictionary.find(dictionary.hashed(key, value)), Some(id), "{round}: {key:?} {value:?}");
                assert_eq!((dictionary.key(dictionary.key_of(id)), dictionary.value_of(id)), (&**key, &**value));
            }
            assert_eq!(dictionary.find(dictionary.hashed("b", "")), None);
            assert_eq!(dictionary.find_key("b"), None);
            // Ids come back in the reverse order of their removal.
            ids.iter().rev().for_each(|&id| dictionary.remove(id));
            assert_eq!(dictionary.lens(), (40, 0));
            let key_ids: Vec<LabelKeyId> = (0..40).map(LabelKeyId::new).collect();
            key_ids.iter().rev().for_each(|&key| dictionary.remove_key(key));
            assert_eq!(dictionary.lens(), (0, 0));
            assert_eq!(dictionary.find(dictionary.hashed("a", "a")), None);
            let again = |(key, value): &(String, String)| dictionary.insert(dictionary.hashed(key, value));
            assert!(labels.iter().map(again).eq(ids.iter().copied()), "the numbers are used again");
        }
        assert_eq!(dictionary.ids_ends(), (40, 1_600));
    }

    #[test]
    fn labels_are_found_by_their_texts_and_leave_their_numbers_to_later_ones() {
        check_with::<RandomState>();
    }

    #[test]
    fn labels_that_all_have_one_hash_are_found_too() {
        check_with::<BuildHasherDefault<ConstantHasher>>();
    }
}
