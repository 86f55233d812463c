//! Pieces of bytes, one after another in one vector: the messages of a transaction, the lines of a copy.

use std::iter;

// Invariant: ends is sorted, and its last, if there is one, is bytes.len()
#[derive(Default)]
pub(super) struct Pieces {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Pieces {
    pub(super) fn push(&mut self, piece: &[u8]) {
        self.bytes.extend_from_slice(piece);
        self.ends.push(self.bytes.len());
    }

    /// Takes all pieces out, and keeps memory for so many bytes at most, once for the pieces and once for their places.
    pub(super) fn clear(&mut self, kept_bytes: usize) {
        self.bytes.clear();
        self.bytes.shrink_to(kept_bytes);
        self.ends.clear();
        self.ends.shrink_to(kept_bytes / size_of::<usize>());
    }

    /// How many pieces there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The bytes of all pieces.
    pub(super) fn bytes_len(&self) -> usize {
        self.bytes.len()
    }

    /// The bytes of all pieces, with the memory of their places.
    pub(super) fn memory_bytes(&self) -> usize {
        self.bytes.len() + size_of_val(&self.ends[..])
    }

    /// The pieces, in the order in which they came.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let starts = iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.bytes[start..end])
    }
}
