//! The encoding of the entries of a leaf.
//!
//! ```text
//! leaf  = count entry*
//! entry = shared  suffix_len·4 + kind  id (4 bytes)  suffix
//! ```
//! `shared` is the number of bytes that the text has in common with the text before it, cut to whole characters. Only the
//! rest of the text, the suffix, is stored. One pass from the left therefore compares a key with every text and reads no
//! byte twice. An automaton resumes from its state at the first character that differs from the text before. `shared` and
//! the length are numbers of seven bits a byte; nearly all take one byte.
//!
//! Front coding: Witten, Moffat, Bell, "Managing Gigabytes", 1999.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::index::words::trie::kind::KeyKind;
use crate::index::words::word_id::WordId;

/// Bytes of an entry without its suffix at most, for texts under 2 MiB.
const ENTRY_HEAD_BYTES_MAX: usize = 3 + 4 + 4;

/// A number below this is encoded in one byte.
const ONE_BYTE_END: u8 = 0x80;

/// One entry of a leaf, decoded but for the bytes that it shares with the entry before.
#[derive(Clone, Copy)]
pub(super) struct LeafEntry<'a> {
    pub(super) shared: usize,
    pub(super) suffix: &'a [u8],
    pub(super) kind: KeyKind,
    pub(super) word: WordId,
}

impl LeafEntry<'_> {
    pub(super) fn text_len(&self) -> usize {
        self.shared + self.suffix.len()
    }
}

/// Decodes the entries from the left.
pub(super) struct LeafEntries<'a> {
    /// The encoded entries that are left.
    pub(super) rest: &'a [u8],
}

impl<'a> LeafEntries<'a> {
    /// Skips entries that are smaller than a text, as far as their first bytes prove it; it may stop before the first
    /// entry that is not smaller. The last entry read is smaller than the text and shares `shared` bytes with it, and
    /// `byte` is the next byte of the text.
    ///
    /// The next entry is smaller than the text in two cases. It shares more than `shared` bytes with the last entry, or
    /// it shares exactly `shared` bytes and goes on with a byte below `byte`.
    #[inline]
    pub(super) fn skip_smaller(&mut self, shared: usize, byte: Option<u8>) {
        // One comparison of ranks tests both cases, which the processor predicts well. At the end of the text (byte 0) no
        // entry goes on with a smaller byte.
        let rank = |shared: usize, byte: u8| shared << 8 | usize::from(!byte);
        let least = rank(shared, byte.unwrap_or(0));
        while let [shared, len_and_kind, _, _, _, _, first, rest @ ..] = self.rest
            && (shared | len_and_kind) < ONE_BYTE_END
            && let Some(rest_len) = (usize::from(*len_and_kind) >> KeyKind::BITS).checked_sub(1)
            && rank(usize::from(*shared), *first) > least
        {
            self.rest = &rest[rest_len..];
        }
    }

    /// Skips entries while each shares at least `least` bytes with the one before it. It may stop early, at an entry with
    /// a number of two bytes.
    #[inline]
    pub(super) fn skip_sharing(&mut self, least: usize) {
        while let [shared, len_and_kind, _, _, _, _, rest @ ..] = self.rest
            && (shared | len_and_kind) < ONE_BYTE_END
            && usize::from(*shared) >= least
        {
            self.rest = &rest[usize::from(*len_and_kind) >> KeyKind::BITS..];
        }
    }

    /// Decodes an entry with a number of two bytes or more; `None` at the end.
    #[cold]
    fn next_long(&mut self) -> Option<LeafEntry<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let shared = self.number();
        let len_and_kind = self.number();
        let (id, rest) = self.rest.split_first_chunk().expect("an entry has an id");
        self.rest = rest;
        Some(self.entry(shared, len_and_kind, *id))
    }

    fn number(&mut self) -> usize {
        let len = 1 + self.rest.iter().take_while(|byte| **byte >= ONE_BYTE_END).count();
        let (bytes, rest) = self.rest.split_at(len);
        self.rest = rest;
        bytes.iter().rev().fold(0, |number, byte| number << 7 | usize::from(byte & 0x7f))
    }

    /// The entry whose suffix is next.
    fn entry(&mut self, shared: usize, len_and_kind: usize, id: [u8; 4]) -> LeafEntry<'a> {
        let (suffix, rest) = self.rest.split_at(len_and_kind >> KeyKind::BITS);
        self.rest = rest;
        LeafEntry { shared, suffix, kind: KeyKind::from_bits(len_and_kind), word: WordId::new(u32::from_le_bytes(id)) }
    }
}

impl<'a> Iterator for LeafEntries<'a> {
    type Item = LeafEntry<'a>;

    #[inline]
    fn next(&mut self) -> Option<LeafEntry<'a>> {
        match *self.rest {
            [shared, len_and_kind, a, b, c, d, ref rest @ ..] if (shared | len_and_kind) < ONE_BYTE_END => {
                self.rest = rest;
                Some(self.entry(usize::from(shared), usize::from(len_and_kind), [a, b, c, d]))
            }
            _ => self.next_long(),
        }
    }
}

/// Encodes the entries of a leaf from the left.
pub(super) struct LeafWriter {
    bytes: Vec<u8>,
}

impl LeafWriter {
    /// Reserves memory for `bytes_len` bytes and one more entry.
    pub(super) fn new(bytes_len: usize) -> Self {
        let mut bytes = Vec::with_capacity(bytes_len + ENTRY_HEAD_BYTES_MAX * 2);
        bytes.push(0);
        Self { bytes }
    }

    /// Adds entries that are encoded already.
    pub(super) fn push_encoded(&mut self, entries: &[u8]) {
        self.bytes.extend_from_slice(entries);
    }

    /// Adds an entry whose suffix comes in two parts.
    pub(super) fn push(&mut self, shared: usize, suffix: &[u8], suffix_end: &[u8], kind: KeyKind, word: WordId) {
        self.push_number(shared);
        self.push_number((suffix.len() + suffix_end.len()) << KeyKind::BITS | kind.bits());
        self.bytes.extend_from_slice(&word.get().to_le_bytes());
        self.bytes.extend_from_slice(suffix);
        self.bytes.extend_from_slice(suffix_end);
    }

    fn push_number(&mut self, mut number: usize) {
        while number >= usize::from(ONE_BYTE_END) {
            self.bytes.push(low_byte(number) | ONE_BYTE_END);
            number >>= 7;
        }
        self.bytes.push(low_byte(number));
    }

    /// The bytes of a leaf of `count` entries.
    pub(super) fn finish(mut self, count: usize) -> Arc<[u8]> {
        self.bytes[0] = u8::try_from(count).expect("a leaf has fewer than 256 entries");
        Arc::from(self.bytes)
    }
}

const fn low_byte(number: usize) -> u8 {
    number.to_le_bytes()[0]
}

/// Compares two texts. Returns the length of their common prefix, cut to whole characters, and their order. Compares byte
/// by byte, because most texts differ in their first bytes.
#[inline]
pub(super) fn compare_texts(a: &[u8], b: &[u8]) -> (usize, Ordering) {
    let mut len = 0;
    while let (Some(x), Some(y)) = (a.get(len), b.get(len)) {
        if x != y {
            // The first bytes that differ may be inside a character. Ends: each text starts with a whole character.
            let order = x.cmp(y);
            while a[len] & 0xc0 == 0x80 {
                len -= 1;
            }
            return (len, order);
        }
        len += 1;
    }
    (len, a.len().cmp(&b.len()))
}

/// The length in bytes of the common prefix of two texts, cut to whole characters.
pub(super) fn common_prefix_len(a: &[u8], b: &[u8]) -> usize {
    compare_texts(a, b).0
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
