//! The leaf of the trie: a few dozen entries in one allocation, sorted and front-coded.
//!
//! A leaf is never changed, a write builds the next one: an allocation and three copies of some hundred bytes, the same
//! whether a snapshot still holds the old one or not.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::index::words::trie::entry::{Entries, Entry, Packer, common_chars_len, compared, first_char};
use crate::index::words::trie::kind::{Kind, Kinds};
use crate::index::words::word_id::WordId;

/// Most entries of a leaf. Real words took 22.5 bytes an entry with leaves of 16, 18.1 with 24, 16.4 with 32 and 14.6
/// with 48, text and all; lookups and walks took the same within the noise. With a new UUID in every name a job of a store
/// of a million took 252 bytes with 32 and 244 with 48; a write copies half as much again.
pub(super) const LEAF_ENTRIES_MAX: usize = 48;

// Invariants:
//   sorted:   (text, kind, id) of entry i < that of entry i + 1
//   shared:   entry[0].shared = 0; entry[i].shared = |common whole characters of text[i - 1] and text[i]|
//   count:    bytes[0] = number of entries ≤ LEAF_ENTRIES_MAX + 1 (one more only until the caller has split it)
#[derive(Clone)]
pub(super) struct Leaf(Arc<[u8]>);

/// Where an entry is, or would be.
struct Spot<'a> {
    /// The entries before, as they are stored.
    before: &'a [u8],
    /// The first entry that is not smaller.
    next: Option<Entry<'a>>,
    /// Whether that entry is the one asked for.
    found: bool,
    /// The entries after that, as they are stored.
    after: &'a [u8],
    /// What the text shares with the entry before the spot.
    shared_before: usize,
    /// What it shares with the entry at the spot.
    shared_after: usize,
}

impl Default for Leaf {
    fn default() -> Self {
        Self(Packer::new(0).finish(0))
    }
}

impl Leaf {
    pub(super) fn len(&self) -> usize {
        usize::from(self.0[0])
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn entries(&self) -> Entries<'_> {
        Entries { rest: &self.0[1..] }
    }

    /// Adds an entry; false if it was there. The leaf may be over [`LEAF_ENTRIES_MAX`] by one after that.
    pub(super) fn insert(&mut self, text: &[u8], kind: Kind, word: WordId) -> bool {
        let spot = self.locate(text, kind, word);
        if spot.found {
            return false;
        }
        let mut packer = Packer::new(self.0.len() + text.len() - spot.shared_before);
        packer.copy(spot.before);
        packer.push(spot.shared_before, &[], &text[spot.shared_before..], kind, word);
        if let Some(next) = spot.next {
            let suffix = &next.suffix[spot.shared_after - next.shared..];
            packer.push(spot.shared_after, &[], suffix, next.kind, next.word);
            packer.copy(spot.after);
        }
        self.0 = packer.finish(self.len() + 1);
        true
    }

    /// Takes an entry away; false if it was not there.
    pub(super) fn remove(&mut self, text: &[u8], kind: Kind, word: WordId) -> bool {
        let spot = self.locate(text, kind, word);
        let Some(gone) = spot.next.filter(|_| spot.found) else {
            return false;
        };
        let mut packer = Packer::new(self.0.len());
        packer.copy(spot.before);
        let mut after = Entries { rest: spot.after };
        if let Some(next) = after.next() {
            // What the next text shared with the one that goes, and not with the one before, moves into its suffix.
            let shared = next.shared.min(gone.shared);
            packer.push(shared, &gone.suffix[..next.shared - shared], next.suffix, next.kind, next.word);
            packer.copy(after.rest);
        }
        self.0 = packer.finish(self.len() - 1);
        true
    }

    /// Visits the words of those entries of the wanted kinds whose text begins with `prefix`.
    pub(super) fn for_each_with_prefix(&self, prefix: &[u8], wanted: Kinds, visit: &mut impl FnMut(WordId)) {
        // Invariant of the loop: the entry before shares `shared` bytes with the prefix, and no later one can have
        // the prefix once an entry shares less.
        let mut shared = 0;
        for entry in self.entries() {
            if entry.shared < shared {
                return;
            }
            if entry.shared == shared && shared < prefix.len() {
                let (common, order) = compared(entry.suffix, &prefix[shared..]);
                if order == Ordering::Greater && shared + common < prefix.len() {
                    return;
                }
                shared += common;
            }
            if shared == prefix.len() && wanted.contains(entry.kind) {
                visit(entry.word);
            }
        }
    }

    /// Whether some text begins with `first`.
    pub(super) fn has_first(&self, first: char) -> bool {
        self.entries().any(|entry| entry.shared == 0 && first_char(entry.suffix) == Some(first))
    }

    /// The two halves, parted between two texts that begin with different characters, and the first character of the
    /// second half; `None` if all begin with the same one.
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
        Some((Self::of_stored(left, place), Self::of_stored(right, self.len() - place), first))
    }

    /// This leaf followed by one whose texts all begin with a greater character.
    pub(super) fn joined(&self, greater: &Self) -> Self {
        let mut packer = Packer::new(self.0.len() + greater.0.len());
        packer.copy(&self.0[1..]);
        packer.copy(&greater.0[1..]);
        Self(packer.finish(self.len() + greater.len()))
    }

    /// The leaf with `prefix` before every text.
    pub(super) fn with_prefix(&self, prefix: &[u8]) -> Self {
        let mut packer = Packer::new(self.0.len() + prefix.len() + self.len() * 2);
        for (place, entry) in self.entries().enumerate() {
            let (shared, added) = if place == 0 { (0, prefix) } else { (prefix.len() + entry.shared, &[][..]) };
            packer.push(shared, added, entry.suffix, entry.kind, entry.word);
        }
        Self(packer.finish(self.len()))
    }

    /// What all texts begin with.
    pub(super) fn common_prefix(&self) -> &[u8] {
        let mut entries = self.entries();
        let Some(first) = entries.next() else { return &[] };
        let len = entries.map(|entry| entry.shared).fold(first.suffix.len(), usize::min);
        &first.suffix[..len]
    }

    /// The entries whose text is exactly the common prefix, and a leaf of what the others have after it.
    pub(super) fn parted_after(&self, prefix_len: usize) -> (Vec<Entry<'_>>, Self) {
        let mut exact = Vec::new();
        let mut packer = Packer::new(self.0.len());
        for entry in self.entries() {
            if entry.text_len() == prefix_len {
                exact.push(entry);
            } else {
                // Only the very first text can have a part of the prefix in its suffix.
                let suffix = &entry.suffix[prefix_len.saturating_sub(entry.shared)..];
                packer.push(entry.shared.saturating_sub(prefix_len), &[], suffix, entry.kind, entry.word);
            }
        }
        let others = Self(packer.finish(self.len() - exact.len()));
        (exact, others)
    }

    fn of_stored(entries: &[u8], count: usize) -> Self {
        let mut packer = Packer::new(entries.len());
        packer.copy(entries);
        Self(packer.finish(count))
    }

    fn locate(&self, text: &[u8], kind: Kind, word: WordId) -> Spot<'_> {
        let all = &self.0[1..];
        let mut entries = Entries { rest: all };
        // Invariant of the loop: every entry so far is smaller, and the last one shares `shared` bytes with the text.
        let mut shared = 0;
        loop {
            entries.skip_smaller(shared, text.get(shared).copied());
            let before = &all[..all.len() - entries.rest.len()];
            let Some(entry) = entries.next() else {
                let after = entries.rest;
                return Spot { before, next: None, found: false, after, shared_before: shared, shared_after: 0 };
            };
            let (common, order) = match entry.shared.cmp(&shared) {
                Ordering::Greater => (0, Ordering::Less),
                Ordering::Less => (0, Ordering::Greater),
                Ordering::Equal => compared(entry.suffix, &text[shared..]),
            };
            let order = order.then_with(|| (entry.kind, entry.word).cmp(&(kind, word)));
            if order != Ordering::Less {
                let (found, shared_after) = (order == Ordering::Equal, entry.shared.min(shared) + common);
                let after = entries.rest;
                return Spot { before, next: Some(entry), found, after, shared_before: shared, shared_after };
            }
            shared += common;
        }
    }

    /// Panics, naming the invariant, if one does not hold.
    pub(super) fn check_invariants(&self) {
        let mut before: Option<(Vec<u8>, Kind, WordId)> = None;
        let mut text = Vec::new();
        for entry in self.entries() {
            assert!(entry.shared <= text.len(), "shared: no longer than the text before");
            text.truncate(entry.shared);
            text.extend_from_slice(entry.suffix);
            assert!(str::from_utf8(entry.suffix).is_ok(), "shared: suffixes are whole characters");
            let now = (text.clone(), entry.kind, entry.word);
            let common = before.as_ref().map_or(0, |(text, ..)| common_chars_len(text, &now.0));
            assert_eq!(entry.shared, common, "shared: as long as it can be");
            assert!(before.is_none_or(|before| before < now), "sorted: by text, kind and id");
            before = Some(now);
        }
        assert_eq!(self.entries().count(), self.len(), "count: as many as are stored");
        assert!(self.len() <= LEAF_ENTRIES_MAX, "count: within the limit");
    }
}
