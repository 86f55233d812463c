//! Rows as bits, and the two units in which they are cut: blocks and spans.
//!
//! ```text
//! block     1,024 rows      16 words    the rows that one block of the timeline has slots for
//! span     32,768 rows     512 words    32 blocks: the unit of long posting lists and of facet bitmaps
//! ```
//! Posting lists of words are cut into spans too: there the numbers are words, not rows.

use crate::rows::row::{BLOCK_ROWS, BLOCK_WORDS};

/// Numbers of a span. Its bitmap is 4 KB, which a write beside a snapshot may have to copy.
pub(crate) const SPAN_NUMBERS: usize = 1 << SPAN_BITS;
const SPAN_BITS: u32 = 15;

/// Words of the bitmap of a span.
pub(crate) const SPAN_WORDS: usize = SPAN_NUMBERS / 64;

/// Blocks of a span.
pub(crate) const SPAN_BLOCKS: usize = SPAN_NUMBERS / BLOCK_ROWS;

/// The rows of one block: a bit a slot.
pub(crate) type BlockBits = [u64; BLOCK_WORDS];

/// The numbers of one span: a bit each.
pub(crate) type SpanBits = [u64; SPAN_WORDS];

/// The span of a number.
#[inline]
pub(crate) fn span_of(number: u32) -> usize {
    number as usize >> SPAN_BITS
}

/// A number counted from the start of its span.
#[inline]
#[allow(clippy::cast_possible_truncation, reason = "a span has fewer than 65,536 numbers")]
pub(crate) fn offset_in_span(number: u32) -> u16 {
    (number as usize % SPAN_NUMBERS) as u16
}

/// The first number of a span.
#[inline]
pub(crate) fn span_start(span: usize) -> usize {
    span << SPAN_BITS
}

/// How many bits of a block are set.
#[allow(clippy::cast_possible_truncation, reason = "a block has 1,024 bits")]
pub(crate) fn count_ones(bits: &BlockBits) -> u16 {
    bits.iter().map(|word| word.count_ones()).sum::<u32>() as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_its_offset_from_the_start_of_its_span() {
        for number in [0, 1, 32_767, 32_768, 1_000_000, u32::MAX] {
            let (start, offset) = (span_start(span_of(number)), offset_in_span(number));
            assert_eq!(start + usize::from(offset), number as usize);
            assert!(usize::from(offset) < SPAN_NUMBERS);
        }
        assert_eq!(count_ones(&[u64::MAX; BLOCK_WORDS]), 1024);
    }
}
