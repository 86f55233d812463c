//! How the entries of a leaf are stored, read and written.
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
//! Front coding: Witten, Moffat, Bell, "Managing Gigabytes", 1999.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::index::words::trie::kind::Kind;
use crate::index::words::word_id::WordId;

/// Most bytes of an entry beside its suffix, for texts under 2 MiB.
const ENTRY_HEAD_BYTES_MAX: usize = 3 + 4 + 4;

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

/// Reads the entries from the left.
pub(super) struct Entries<'a> {
    /// The entries that are left, as they are stored.
    pub(super) rest: &'a [u8],
}

impl<'a> Entries<'a> {
    /// Skips entries that are smaller than a text for one of two reasons that take no more than a look at their first
    /// bytes; not necessarily all that are smaller. The text shares `shared` bytes with the last entry read, which is
    /// smaller, and goes on with `byte`. An entry is smaller if it shares more with the last one, or as much and goes
    /// on with a smaller byte, or not at all.
    #[inline]
    pub(super) fn skip_smaller(&mut self, shared: usize, byte: Option<u8>) {
        // Both reasons in one comparison, which the processor guesses well. At the end of the text no entry goes on with
        // a smaller byte.
        let rank = |shared: usize, byte: u8| shared << 8 | usize::from(!byte);
        let least = rank(shared, byte.unwrap_or(0));
        while let [shared, len_and_kind, _, _, _, _, first, rest @ ..] = self.rest
            && (shared | len_and_kind) < 0x80
            && let Some(rest_len) = (usize::from(*len_and_kind) >> Kind::BITS).checked_sub(1)
            && rank(usize::from(*shared), *first) > least
        {
            self.rest = &rest[rest_len..];
        }
    }

    /// Skips entries as long as each shares at least so much with the one before it.
    #[inline]
    pub(super) fn skip_sharing(&mut self, least: usize) {
        while let [shared, len_and_kind, _, _, _, _, rest @ ..] = self.rest
            && (shared | len_and_kind) < 0x80
            && usize::from(*shared) >= least
        {
            self.rest = &rest[usize::from(*len_and_kind) >> Kind::BITS..];
        }
    }

    /// An entry with a number over seven bits, or none at the end.
    #[cold]
    fn next_long(&mut self) -> Option<Entry<'a>> {
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
        let len = 1 + self.rest.iter().take_while(|byte| **byte >= 0x80).count();
        let (bytes, rest) = self.rest.split_at(len);
        self.rest = rest;
        bytes.iter().rev().fold(0, |number, byte| number << 7 | usize::from(byte & 0x7f))
    }

    /// The entry whose suffix is next.
    fn entry(&mut self, shared: usize, len_and_kind: usize, id: [u8; 4]) -> Entry<'a> {
        let (suffix, rest) = self.rest.split_at(len_and_kind >> Kind::BITS);
        self.rest = rest;
        Entry { shared, suffix, kind: Kind::from_bits(len_and_kind), word: WordId::new(u32::from_le_bytes(id)) }
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Entry<'a>;

    #[inline]
    fn next(&mut self) -> Option<Entry<'a>> {
        match *self.rest {
            [shared, len_and_kind, a, b, c, d, ref rest @ ..] if (shared | len_and_kind) < 0x80 => {
                self.rest = rest;
                Some(self.entry(usize::from(shared), usize::from(len_and_kind), [a, b, c, d]))
            }
            _ => self.next_long(),
        }
    }
}

/// Writes the bytes of a leaf from the left.
pub(super) struct Packer {
    bytes: Vec<u8>,
}

impl Packer {
    /// For a leaf of about this many bytes, and one entry more.
    pub(super) fn new(bytes_len: usize) -> Self {
        let mut bytes = Vec::with_capacity(bytes_len + ENTRY_HEAD_BYTES_MAX * 2);
        bytes.push(0);
        Self { bytes }
    }

    /// Adds entries as they are stored.
    pub(super) fn copy(&mut self, entries: &[u8]) {
        self.bytes.extend_from_slice(entries);
    }

    /// Adds an entry whose suffix comes in two pieces.
    pub(super) fn push(&mut self, shared: usize, suffix: &[u8], suffix_end: &[u8], kind: Kind, word: WordId) {
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

    /// The bytes of a leaf of this many entries.
    pub(super) fn finish(mut self, count: usize) -> Arc<[u8]> {
        self.bytes[0] = u8::try_from(count).expect("a leaf has fewer than 256 entries");
        Arc::from(self.bytes)
    }
}

const fn low_byte(number: usize) -> u8 {
    number.to_le_bytes()[0]
}

/// How many bytes two texts share at their beginning, cut to whole characters, and their order. Each begins with a
/// whole character. By byte and not by block, for most texts differ in their first bytes.
#[inline]
pub(super) fn compared(a: &[u8], b: &[u8]) -> (usize, Ordering) {
    let mut len = 0;
    while let (Some(x), Some(y)) = (a.get(len), b.get(len)) {
        if x != y {
            // The bytes that differ may be inside of a character, in both of the same lead byte.
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

/// How many bytes two texts share at their beginning, cut to whole characters.
pub(super) fn common_chars_len(a: &[u8], b: &[u8]) -> usize {
    compared(a, b).0
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
