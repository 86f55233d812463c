//! The leaf of the trie: a few dozen entries in one allocation, sorted and front-coded.
//!
//! A write never changes a leaf: it builds a new one. That takes one allocation and copies some hundred bytes, whether a
//! snapshot shares the old leaf or not.

use std::cmp::Ordering;
use std::iter;
use std::sync::Arc;

use crate::index::words::trie::entry::{
    LeafEntries, LeafEntry, LeafWriter, common_prefix_len, compare_texts, first_char,
};
use crate::index::words::trie::kind::{KeyKind, KeyKinds};
use crate::index::words::word_id::WordId;

/// The most entries of a leaf. Measured with real words: 22.5 bytes an entry with leaves of 16, 18.1 with 24, 16.4 with 32
/// and 14.6 with 48, texts included; look-ups and walks took the same time within the noise. Measured with a new UUID in
/// every name, in a store of 1,000,000 jobs: 252 bytes a job with 32 and 244 with 48, but a write copies half as much
/// again with 48.
pub(super) const LEAF_ENTRIES_MAX: usize = 48;

// Invariants:
//   sorted:   (text, kind, id) of entry i < that of entry i + 1
//   shared:   entry[0].shared = 0; entry[i].shared = length of the common prefix of text[i - 1] and text[i]
//   count:    bytes[0] = number of entries <= LEAF_ENTRIES_MAX (one more only until the caller has split the leaf)
#[derive(Clone)]
pub(super) struct Leaf(Arc<[u8]>);

/// The place of an entry in a leaf, or the place where it would be inserted.
struct EntryPlace<'a> {
    /// The encoded entries before the place.
    before: &'a [u8],
    /// The entry at the place: the first one that is not smaller.
    next: Option<LeafEntry<'a>>,
    /// Whether that entry equals the one that was looked for.
    is_found: bool,
    /// The encoded entries after `next`.
    after: &'a [u8],
    /// Bytes that the text shares with the entry before the place.
    shared_before: usize,
    /// Bytes that the text shares with `next`.
    shared_next: usize,
}

impl Default for Leaf {
    fn default() -> Self {
        Self(LeafWriter::new(0).finish(0))
    }
}

impl Leaf {
    pub(super) fn len(&self) -> usize {
        usize::from(self.0[0])
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn entries(&self) -> LeafEntries<'_> {
        LeafEntries { rest: &self.0[1..] }
    }

    /// Adds an entry; false if the leaf had it. Afterwards the leaf may be over [`LEAF_ENTRIES_MAX`] by one.
    pub(super) fn insert(&mut self, text: &[u8], kind: KeyKind, word: WordId) -> bool {
        let place = self.locate(text, kind, word);
        if place.is_found {
            return false;
        }
        let mut writer = LeafWriter::new(self.0.len() + text.len() - place.shared_before);
        writer.push_encoded(place.before);
        writer.push(place.shared_before, &[], &text[place.shared_before..], kind, word);
        if let Some(next) = place.next {
            let suffix = &next.suffix[place.shared_next - next.shared..];
            writer.push(place.shared_next, &[], suffix, next.kind, next.word);
            writer.push_encoded(place.after);
        }
        self.0 = writer.finish(self.len() + 1);
        true
    }

    /// Removes an entry; false if the leaf lacks it.
    pub(super) fn remove(&mut self, text: &[u8], kind: KeyKind, word: WordId) -> bool {
        let place = self.locate(text, kind, word);
        let Some(removed) = place.next.filter(|_| place.is_found) else {
            return false;
        };
        let mut writer = LeafWriter::new(self.0.len());
        writer.push_encoded(place.before);
        let mut after = LeafEntries { rest: place.after };
        if let Some(next) = after.next() {
            // The next entry shared some bytes with the removed one alone: these bytes move into its suffix.
            let shared = next.shared.min(removed.shared);
            writer.push(shared, &removed.suffix[..next.shared - shared], next.suffix, next.kind, next.word);
            writer.push_encoded(after.rest);
        }
        self.0 = writer.finish(self.len() - 1);
        true
    }

    /// Appends the words of the entries of some kinds whose text starts with `prefix`.
    pub(super) fn collect_prefix(&self, prefix: &[u8], kinds: KeyKinds, found: &mut Vec<WordId>) {
        for entry in self.entries_with_prefix(prefix).filter(|entry| kinds.contains(entry.kind)) {
            found.push(entry.word);
        }
    }

    /// Whether the text of an entry of some kinds starts with `prefix`.
    pub(super) fn has_prefix(&self, prefix: &[u8], kinds: KeyKinds) -> bool {
        self.entries_with_prefix(prefix).any(|entry| kinds.contains(entry.kind))
    }

    /// The entries whose text starts with `prefix`.
    #[inline]
    fn entries_with_prefix<'l>(&'l self, prefix: &'l [u8]) -> impl Iterator<Item = LeafEntry<'l>> {
        let mut entries = self.entries();
        // Invariant: the entry read last shares `shared` bytes with the prefix. Texts are sorted: once an entry shares
        // fewer bytes with the one before it, neither this entry nor a later one has the prefix.
        let mut shared = 0;
        iter::from_fn(move || {
            for entry in entries.by_ref() {
                if entry.shared < shared {
                    return None;
                }
                if entry.shared == shared && shared < prefix.len() {
                    let (common, order) = compare_texts(entry.suffix, &prefix[shared..]);
                    if order == Ordering::Greater && shared + common < prefix.len() {
                        return None;
                    }
                    shared += common;
                }
                if shared == prefix.len() {
                    return Some(entry);
                }
            }
            None
        })
    }

    /// The first character of each text, ascending, each once. Texts must not be empty.
    pub(super) fn first_chars(&self) -> impl Iterator<Item = char> + '_ {
        self.entries().filter(|entry| entry.shared == 0).filter_map(|entry| first_char(entry.suffix))
    }

    /// Splits the leaf between two texts with different first characters, as close to the middle as possible. Returns both
    /// halves, and the first character of the second half; `None` if all texts start with the same character.
    pub(super) fn split(&self) -> Option<(Self, Self, char)> {
        let middle = self.len() / 2;
        let mut entries = self.entries();
        let mut at = 0;
        let mut best: Option<(usize, usize, char)> = None;
        for place in 0..self.len() {
            let entry = entries.next()?;
            let is_nearer = best.is_none_or(|(other, ..)| place.abs_diff(middle) < other.abs_diff(middle));
            if place > 0 && entry.shared == 0 && is_nearer {
                best = first_char(entry.suffix).map(|first| (place, at, first));
            }
            at = self.0.len() - 1 - entries.rest.len();
        }
        let (place, at, first) = best?;
        let (left, right) = self.0[1..].split_at(at);
        Some((Self::from_encoded(left, place), Self::from_encoded(right, self.len() - place), first))
    }

    /// This leaf followed by `greater`, all of whose texts start with greater characters.
    pub(super) fn concat(&self, greater: &Self) -> Self {
        let mut writer = LeafWriter::new(self.0.len() + greater.0.len());
        writer.push_encoded(&self.0[1..]);
        writer.push_encoded(&greater.0[1..]);
        Self(writer.finish(self.len() + greater.len()))
    }

    /// The leaf with `prefix` in front of every text.
    pub(super) fn with_prefix(&self, prefix: &[u8]) -> Self {
        let mut writer = LeafWriter::new(self.0.len() + prefix.len() + self.len() * 2);
        for (place, entry) in self.entries().enumerate() {
            let (shared, added) = if place == 0 { (0, prefix) } else { (prefix.len() + entry.shared, &[][..]) };
            writer.push(shared, added, entry.suffix, entry.kind, entry.word);
        }
        Self(writer.finish(self.len()))
    }

    /// The longest prefix that all texts have.
    pub(super) fn common_prefix(&self) -> &[u8] {
        let mut entries = self.entries();
        let Some(first) = entries.next() else { return &[] };
        let len = entries.map(|entry| entry.shared).fold(first.suffix.len(), usize::min);
        &first.suffix[..len]
    }

    /// Cuts the common prefix, or a part of it, off all texts. Returns the entries that have no more text, and a leaf of
    /// the others.
    pub(super) fn without_prefix(&self, prefix_len: usize) -> (Vec<LeafEntry<'_>>, Self) {
        let mut terminals = Vec::new();
        let mut writer = LeafWriter::new(self.0.len());
        for entry in self.entries() {
            if entry.text_len() == prefix_len {
                terminals.push(entry);
            } else {
                // Only the first text can have a part of the prefix in its suffix.
                let suffix = &entry.suffix[prefix_len.saturating_sub(entry.shared)..];
                writer.push(entry.shared.saturating_sub(prefix_len), &[], suffix, entry.kind, entry.word);
            }
        }
        let others = Self(writer.finish(self.len() - terminals.len()));
        (terminals, others)
    }

    fn from_encoded(entries: &[u8], count: usize) -> Self {
        let mut writer = LeafWriter::new(entries.len());
        writer.push_encoded(entries);
        Self(writer.finish(count))
    }

    fn locate(&self, text: &[u8], kind: KeyKind, word: WordId) -> EntryPlace<'_> {
        let all = &self.0[1..];
        let mut entries = LeafEntries { rest: all };
        // Invariant of the loop: every entry so far is smaller, and the last one shares `shared` bytes with the text.
        let mut shared = 0;
        loop {
            entries.skip_smaller(shared, text.get(shared).copied());
            let before = &all[..all.len() - entries.rest.len()];
            let next = entries.next();
            let Some(entry) = next else {
                let after = entries.rest;
                return EntryPlace { before, next, is_found: false, after, shared_before: shared, shared_next: 0 };
            };
            let (common, order) = match entry.shared.cmp(&shared) {
                Ordering::Greater => (0, Ordering::Less),
                Ordering::Less => (0, Ordering::Greater),
                Ordering::Equal => compare_texts(entry.suffix, &text[shared..]),
            };
            let order = order.then_with(|| (entry.kind, entry.word).cmp(&(kind, word)));
            if order != Ordering::Less {
                let (is_found, shared_next) = (order == Ordering::Equal, entry.shared.min(shared) + common);
                let after = entries.rest;
                return EntryPlace { before, next, is_found, after, shared_before: shared, shared_next };
            }
            shared += common;
        }
    }

    /// Panics with the name of a broken invariant.
    pub(super) fn check_invariants(&self) {
        let mut before: Option<(Vec<u8>, KeyKind, WordId)> = None;
        let mut text = Vec::new();
        for entry in self.entries() {
            assert!(entry.shared <= text.len(), "shared: no longer than the text before");
            text.truncate(entry.shared);
            text.extend_from_slice(entry.suffix);
            assert!(str::from_utf8(entry.suffix).is_ok(), "shared: suffixes are whole characters");
            let now = (text.clone(), entry.kind, entry.word);
            let common = before.as_ref().map_or(0, |(text, ..)| common_prefix_len(text, &now.0));
            assert_eq!(entry.shared, common, "shared: as long as it can be");
            assert!(before.is_none_or(|before| before < now), "sorted: by text, kind and id");
            before = Some(now);
        }
        assert_eq!(self.entries().count(), self.len(), "count: as many as are stored");
        assert!(self.len() <= LEAF_ENTRIES_MAX, "count: within the limit");
    }
}
