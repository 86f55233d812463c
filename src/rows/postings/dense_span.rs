//! The shape of a span with many numbers: a bitmap of 4 KB.
#![allow(clippy::cast_possible_truncation, reason = "a span has fewer than 65,536 numbers")]

use std::sync::Arc;

use crate::bits::{has_bit, insert_bit, ones, remove_bit};
use crate::persist::shared_array::SharedArray;
use crate::rows::bits::{SPAN_NUMBERS, SPAN_WORDS, SpanBits};

/// Offsets of a sparse span at most: of more, the bitmap is smaller.
pub(super) const SPARSE_MAX: usize = SPAN_NUMBERS / 16;

/// The numbers of a span, a bit each, shared between clones.
#[derive(Clone, Debug)]
pub(super) struct DenseSpan(Arc<CountedBits>);

/// A bitmap and the count of its bits, so that a span that gets sparse is noticed without a count.
// Invariants:
//   len = number of set bits, at least SPARSE_MAX / 2
#[derive(Clone, Debug)]
struct CountedBits {
    len: usize,
    words: SpanBits,
}

impl CountedBits {
    fn insert(&mut self, offset: u16) -> bool {
        let is_new = insert_bit(&mut self.words, bit_of(offset));
        self.len += usize::from(is_new);
        is_new
    }
}

impl DenseSpan {
    /// A span of offsets, each given once.
    pub(super) fn from_offsets(offsets: &[u16]) -> Self {
        let mut bits = CountedBits { len: 0, words: [0; SPAN_WORDS] };
        for &offset in offsets {
            bits.insert(offset);
        }
        Self(Arc::new(bits))
    }

    /// A span from its bitmap, which has `len` bits.
    pub(super) fn from_words(words: &SpanBits, len: usize) -> Self {
        Self(Arc::new(CountedBits { len, words: *words }))
    }

    #[inline]
    pub(super) fn words(&self) -> &SpanBits {
        &self.0.words
    }

    pub(super) fn contains(&self, offset: u16) -> bool {
        has_bit(&self.0.words, bit_of(offset))
    }

    /// Adds an offset; false if it was there. Copies nothing then, also where a clone shares the bitmap.
    pub(super) fn insert(&mut self, offset: u16) -> bool {
        !self.contains(offset) && Arc::make_mut(&mut self.0).insert(offset)
    }

    /// Takes out an offset that is there.
    pub(super) fn remove(&mut self, offset: u16) {
        let bits = Arc::make_mut(&mut self.0);
        remove_bit(&mut bits.words, bit_of(offset));
        bits.len -= 1;
    }

    /// The same numbers as a sparse span, at half of the length that makes a sparse span dense: so a span at the border
    /// does not change its shape to and fro.
    pub(super) fn to_sparse_if_few(&self) -> Option<SharedArray<u16>> {
        let is_few = self.0.len < SPARSE_MAX / 2;
        is_few.then(|| SharedArray::new(&ones(&self.0.words).map(|bit| bit as u16).collect::<Vec<_>>()))
    }

    pub(super) fn check_invariants(&self) {
        assert_eq!(self.0.len, ones(&self.0.words).count(), "the length of a dense span is the count of its bits");
        assert!(self.0.len >= SPARSE_MAX / 2, "a dense span has enough bits for a bitmap");
    }
}

/// The bit of an offset. The remainder shows the compiler that the bitmap has such a bit.
#[inline]
fn bit_of(offset: u16) -> usize {
    usize::from(offset) % SPAN_NUMBERS
}
