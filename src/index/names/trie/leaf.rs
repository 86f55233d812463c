//! The leaf of the trie: a few dozen entries in one allocation, sorted and front-coded.
//!
//! ```text
//! bytes = count entry*
//! entry = shared  suffix_len·4 + kind  id (4 bytes)  suffix
//! ```
//! `shared` is how many bytes the text has in common with the text before it, cut to whole characters; only the rest,
//! the suffix, is stored. So one pass from the left compares a key with every text without reading a byte twice, and
//! an automaton goes on from the state it had where the two texts part. `shared` and the length are numbers of seven
//! bits a byte, nearly always one byte each.
//!
//! A leaf is never changed, a write builds the next one: an allocation and three copies of some hundred bytes, the same
//! whether a snapshot still holds the old one or not. Front coding: Witten, Moffat, Bell, "Managing Gigabytes", 1999.

use std::cmp::Ordering;
use std::sync::Arc;

use super::kind::{Kind, Kinds};
use crate::index::names::word_id::WordId;

/// Most entries of a leaf. A lookup reads half a leaf on average, and each leaf costs about 50 bytes beside its
/// entries; see the figures in the tests.
pub(super) const LEAF_ENTRIES_MAX: usize = 48;

/// Most bytes of an entry beside its suffix, for texts under 2 MiB.
const ENTRY_HEAD_BYTES_MAX: usize = 3 + 4 + 4;

// Invariants:
//   sorted:   (text, kind, id) of entry i < that of entry i + 1
//   shared:   entry[0].shared = 0; entry[i].shared = |common whole characters of text[i - 1] and text[i]|
//   count:    bytes[0] = number of entries ≤ LEAF_ENTRIES_MAX + 1 (one more only until the caller has split it)
#[derive(Clone)]
pub(super) struct Leaf(Arc<[u8]>);

/// One entry as it is stored.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) shared: usize,
    pub(super) suffix: &'a [u8],
    pub(super) kind: Kind,
    pub(super) word: WordId,
}

impl Entry<'_> {
    pub(super) fn text_len(&self) -> usize {
        self.shared + self.suffix.len()
    }
}

/// Where an entry is, or would be.
struct Spot {
    /// Offset of the first entry that is not smaller.
    at: usize,
    /// Whether that entry is the one asked for.
    found: bool,
    /// What the text shares with the entry before the spot.
    shared_before: usize,
    /// What it shares with the entry at the spot.
    shared_after: usize,
}

impl Default for Leaf {
    fn default() -> Self {
        Packer::new(0).finish(0)
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
        Entries { bytes: &self.0, at: 1 }
    }

    /// The word whose whole text this is.
    pub(super) fn find(&self, text: &[u8]) -> Option<WordId> {
        // Invariant of the loop: every entry so far is smaller, and the last one shares `shared` bytes with the text.
        let mut shared = 0;
        for entry in self.entries() {
            match entry.shared.cmp(&shared) {
                Ordering::Greater => {}
                Ordering::Less => return None,
                Ordering::Equal => {
                    let rest = &text[shared..];
                    let common = common_chars_len(entry.suffix, rest);
                    match entry.suffix[common..].cmp(&rest[common..]) {
                        Ordering::Less => shared += common,
                        // Whole words sort before the other kinds, so the first of equal texts decides.
                        Ordering::Equal => return entry.kind.is_whole().then_some(entry.word),
                        Ordering::Greater => return None,
                    }
                }
            }
        }
        None
    }

    /// Adds an entry; false if it was there. The leaf may be over [`LEAF_ENTRIES_MAX`] by one after that.
    pub(super) fn insert(&mut self, text: &[u8], kind: Kind, word: WordId) -> bool {
        let spot = self.locate(text, kind, word);
        if spot.found {
            return false;
        }
        let mut packer = Packer::new(self.0.len() + text.len() - spot.shared_before);
        packer.copy(&self.0[1..spot.at]);
        packer.push(spot.shared_before, &[], &text[spot.shared_before..], kind, word);
        let mut after = Entries { bytes: &self.0, at: spot.at };
        if let Some(next) = after.next() {
            let suffix = &next.suffix[spot.shared_after - next.shared..];
            packer.push(spot.shared_after, &[], suffix, next.kind, next.word);
            packer.copy(&self.0[after.at..]);
        }
        *self = packer.finish(self.len() + 1);
        true
    }

    /// Takes an entry away; false if it was not there.
    pub(super) fn remove(&mut self, text: &[u8], kind: Kind, word: WordId) -> bool {
        let spot = self.locate(text, kind, word);
        if !spot.found {
            return false;
        }
        let mut packer = Packer::new(self.0.len());
        packer.copy(&self.0[1..spot.at]);
        let mut after = Entries { bytes: &self.0, at: spot.at };
        let gone = after.next().expect("a found spot is at an entry");
        if let Some(next) = after.next() {
            // What the next text shared with the one that goes, and not with the one before, moves into its suffix.
            let shared = next.shared.min(gone.shared);
            packer.push(shared, &gone.suffix[..next.shared - shared], next.suffix, next.kind, next.word);
            packer.copy(&self.0[after.at..]);
        }
        *self = packer.finish(self.len() - 1);
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
                let rest = &prefix[shared..];
                let common = common_chars_len(entry.suffix, rest);
                if common < rest.len() && entry.suffix[common..] > rest[common..] {
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
        let mut at = entries.at;
        let mut best: Option<(usize, usize, char)> = None;
        for place in 0..self.len() {
            let entry = entries.next()?;
            let is_nearer = best.is_none_or(|(other, ..)| place.abs_diff(middle) < other.abs_diff(middle));
            if place > 0 && entry.shared == 0 && is_nearer {
                best = first_char(entry.suffix).map(|first| (place, at, first));
            }
            at = entries.at;
        }
        let (place, at, first) = best?;
        Some((self.slice(1, at, place), self.slice(at, self.0.len(), self.len() - place), first))
    }

    /// This leaf followed by one whose texts all begin with a greater character.
    pub(super) fn joined(&self, greater: &Self) -> Self {
        let mut packer = Packer::new(self.0.len() + greater.0.len());
        packer.copy(&self.0[1..]);
        packer.copy(&greater.0[1..]);
        packer.finish(self.len() + greater.len())
    }

    /// The leaf with `prefix` before every text.
    pub(super) fn with_prefix(&self, prefix: &[u8]) -> Self {
        let mut packer = Packer::new(self.0.len() + prefix.len() + self.len() * 2);
        for (place, entry) in self.entries().enumerate() {
            let (shared, added) = if place == 0 { (0, prefix) } else { (prefix.len() + entry.shared, &[][..]) };
            packer.push(shared, added, entry.suffix, entry.kind, entry.word);
        }
        packer.finish(self.len())
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
        let others = packer.finish(self.len() - exact.len());
        (exact, others)
    }

    fn slice(&self, from: usize, to: usize, count: usize) -> Self {
        let mut packer = Packer::new(to - from);
        packer.copy(&self.0[from..to]);
        packer.finish(count)
    }

    fn locate(&self, text: &[u8], kind: Kind, word: WordId) -> Spot {
        let mut entries = self.entries();
        let mut at = entries.at;
        // Invariant of the loop: every entry before `at` is smaller, and the last one shares `shared` bytes.
        let mut shared = 0;
        while let Some(entry) = entries.next() {
            let mut common = 0;
            let order = match entry.shared.cmp(&shared) {
                Ordering::Greater => Ordering::Less,
                Ordering::Less => Ordering::Greater,
                Ordering::Equal => {
                    let rest = &text[shared..];
                    common = common_chars_len(entry.suffix, rest);
                    entry.suffix[common..].cmp(&rest[common..]).then((entry.kind, entry.word).cmp(&(kind, word)))
                }
            };
            if order != Ordering::Less {
                let shared_after = entry.shared.min(shared) + common;
                return Spot { at, found: order == Ordering::Equal, shared_before: shared, shared_after };
            }
            shared += common;
            at = entries.at;
        }
        Spot { at, found: false, shared_before: shared, shared_after: 0 }
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

/// Reads the entries from the left.
pub(super) struct Entries<'a> {
    bytes: &'a [u8],
    /// Offset of the next entry.
    at: usize,
}

impl Entries<'_> {
    fn number(&mut self) -> usize {
        let first = self.bytes[self.at];
        self.at += 1;
        if first < 0x80 { usize::from(first) } else { self.long_number(first) }
    }

    #[cold]
    fn long_number(&mut self, first: u8) -> usize {
        let mut number = usize::from(first & 0x7f);
        let mut shift = 7;
        loop {
            let byte = self.bytes[self.at];
            self.at += 1;
            number |= usize::from(byte & 0x7f) << shift;
            shift += 7;
            if byte < 0x80 {
                return number;
            }
        }
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Entry<'a>;

    #[inline]
    fn next(&mut self) -> Option<Entry<'a>> {
        if self.at >= self.bytes.len() {
            return None;
        }
        let shared = self.number();
        let len_and_kind = self.number();
        let (id, rest) = self.bytes[self.at..].split_first_chunk::<4>().expect("an entry has an id");
        let suffix = &rest[..len_and_kind >> Kind::BITS];
        self.at += id.len() + suffix.len();
        let word = WordId::new(u32::from_le_bytes(*id));
        Some(Entry { shared, suffix, kind: Kind::from_bits(len_and_kind), word })
    }
}

/// Writes the bytes of a leaf from the left.
struct Packer {
    bytes: Vec<u8>,
}

impl Packer {
    /// For a leaf of about this many bytes, and one entry more.
    fn new(bytes_len: usize) -> Self {
        let mut bytes = Vec::with_capacity(bytes_len + ENTRY_HEAD_BYTES_MAX * 2);
        bytes.push(0);
        Self { bytes }
    }

    /// Adds entries as they are stored.
    fn copy(&mut self, entries: &[u8]) {
        self.bytes.extend_from_slice(entries);
    }

    /// Adds an entry whose suffix comes in two pieces.
    fn push(&mut self, shared: usize, suffix: &[u8], suffix_end: &[u8], kind: Kind, word: WordId) {
        self.number(shared);
        self.number((suffix.len() + suffix_end.len()) << Kind::BITS | kind.bits());
        self.bytes.extend_from_slice(&word.get().to_le_bytes());
        self.bytes.extend_from_slice(suffix);
        self.bytes.extend_from_slice(suffix_end);
    }

    fn number(&mut self, mut number: usize) {
        while number >= 0x80 {
            self.bytes.push(low_byte(number) | 0x80);
            number >>= 7;
        }
        self.bytes.push(low_byte(number));
    }

    fn finish(mut self, count: usize) -> Leaf {
        self.bytes[0] = u8::try_from(count).expect("a leaf has fewer than 256 entries");
        Leaf(Arc::from(self.bytes))
    }
}

const fn low_byte(number: usize) -> u8 {
    number.to_le_bytes()[0]
}

/// How many bytes two texts share at their beginning, cut to whole characters. Each begins with a whole character.
pub(super) fn common_chars_len(a: &[u8], b: &[u8]) -> usize {
    let mut len = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    if len < a.len() && len < b.len() {
        // Both go on. The bytes that differ may be inside of a character, in both of the same lead byte.
        while a[len] & 0xc0 == 0x80 {
            len -= 1;
        }
    }
    len
}

/// The first character of a text.
#[inline]
pub(super) fn first_char(text: &[u8]) -> Option<char> {
    let &lead = text.first()?;
    if lead.is_ascii() {
        return Some(char::from(lead));
    }
    let len = lead.leading_ones() as usize;
    str::from_utf8(text.get(..len)?).ok()?.chars().next()
}
