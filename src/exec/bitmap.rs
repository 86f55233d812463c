//! A bitmap over all row numbers, on memory that is used again.
//!
//! Each thread keeps the memory of the bitmaps it dropped, cleared. A bitmap marks the blocks it touches, so clearing and
//! walking cost what was touched. It is cleared on every way out, a panic's too, since dropping it does it.

use std::cell::RefCell;
use std::mem;

use crate::index::facets::BlockBits;
use crate::index::postings::{Chunk, Postings, SPAN_WORDS, ones};
use crate::index::row::{BLOCK_WORDS, BlockId, Row};

/// Memory a thread keeps: as many bitmaps as the widest query uses at once.
const KEPT_MAX: usize = 3;

/// The largest memory a thread keeps for the next query, in words: 2 MB, enough for 16 million jobs.
const KEPT_WORDS_MAX: usize = 1 << 18;

thread_local! {
    static KEPT: RefCell<Vec<Words>> = const { RefCell::new(Vec::new()) };
}

/// The memory of a bitmap.
// Invariants:
//   touched has a bit per block; words of untouched blocks are zero; the length is a whole number of spans
#[derive(Default)]
struct Words {
    words: Vec<u64>,
    touched: Vec<u64>,
}

/// A set of rows, a bit each.
pub(super) struct Bitmap {
    memory: Words,
}

impl Bitmap {
    /// An empty bitmap for blocks numbered below `block_ids_end`.
    pub(super) fn new(block_ids_end: usize) -> Self {
        let mut memory = KEPT.with_borrow_mut(Vec::pop).unwrap_or_default();
        let words = (block_ids_end * BLOCK_WORDS).next_multiple_of(SPAN_WORDS);
        memory.words.resize(words, 0);
        memory.touched.resize((words / BLOCK_WORDS).div_ceil(64), 0);
        Self { memory }
    }

    #[inline]
    pub(super) fn insert(&mut self, row: Row) {
        self.memory.words[row.index() / 64] |= 1 << (row.index() % 64);
        self.memory.touched[row.block().index() / 64] |= 1 << (row.block().index() % 64);
    }

    #[inline]
    pub(super) fn contains(&self, row: Row) -> bool {
        self.memory.words[row.index() / 64] >> (row.index() % 64) & 1 == 1
    }

    /// Adds the rows of a posting list.
    pub(super) fn unite(&mut self, postings: &Postings) {
        for chunk in postings.chunks() {
            match chunk {
                Chunk::Bits(first, bits) => {
                    let words = &mut self.memory.words[first / 64..][..SPAN_WORDS];
                    words.iter_mut().zip(bits).for_each(|(word, bits)| *word |= bits);
                    let first_block = first / 64 / BLOCK_WORDS;
                    (first_block..first_block + SPAN_WORDS / BLOCK_WORDS).for_each(|block| self.touch(block));
                }
                Chunk::Numbers(numbers) => numbers.iter().for_each(|&number| self.insert(Row::from_number(number))),
                Chunk::Offsets(..) => chunk.iter().for_each(|number| self.insert(Row::from_number(number))),
            }
        }
    }

    fn touch(&mut self, block: usize) {
        self.memory.touched[block / 64] |= 1 << (block % 64);
    }

    /// Keeps the rows that another bitmap has too.
    pub(super) fn intersect(&mut self, other: &Self) {
        self.for_each_touched_block(|block, words| {
            let others = &other.memory.words[block * BLOCK_WORDS..][..BLOCK_WORDS];
            words.iter_mut().zip(others).for_each(|(word, other)| *word &= other);
        });
    }

    /// Calls `write` with the number and the bits of each block that may have any.
    pub(super) fn for_each_touched_block(&mut self, mut write: impl FnMut(usize, &mut BlockBits)) {
        let Words { words, touched } = &mut self.memory;
        let (blocks, _) = words.as_chunks_mut::<BLOCK_WORDS>();
        ones(touched).for_each(|block| write(block, &mut blocks[block]));
    }

    /// Calls `write` with the number and the bits of each span that may have any.
    pub(super) fn for_each_touched_span(&mut self, mut write: impl FnMut(usize, &mut [u64; SPAN_WORDS])) {
        let Words { words, touched } = &mut self.memory;
        let (spans, _) = words.as_chunks_mut::<SPAN_WORDS>();
        for (index, span) in spans.iter_mut().enumerate() {
            let first_block = index * (SPAN_WORDS / BLOCK_WORDS);
            let is_touched = touched[first_block / 64] >> (first_block % 64) & u64::from(u32::MAX) != 0;
            if is_touched {
                write(index, span);
            }
        }
    }

    /// The blocks that have any rows, with how many.
    pub(super) fn blocks(&self) -> impl Iterator<Item = (BlockId, u32)> + '_ {
        let (blocks, _) = self.memory.words.as_chunks::<BLOCK_WORDS>();
        ones(&self.memory.touched).filter_map(|block| {
            let count = blocks[block].iter().map(|word| word.count_ones()).sum();
            (count > 0).then(|| (BlockId::new(block), count))
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.blocks().next().is_none()
    }

    /// The rows of one block.
    pub(super) fn block_bits(&self, block: BlockId) -> &BlockBits {
        let (blocks, _) = self.memory.words.as_chunks::<BLOCK_WORDS>();
        &blocks[block.index()]
    }
}

impl Drop for Bitmap {
    fn drop(&mut self) {
        if self.memory.words.len() > KEPT_WORDS_MAX {
            return;
        }
        self.for_each_touched_block(|_, words| words.fill(0));
        self.memory.touched.fill(0);
        let memory = mem::take(&mut self.memory);
        // Where the thread is ending, its store of memory is gone and this memory goes too.
        let _ = KEPT.try_with(|kept| {
            let mut kept = kept.borrow_mut();
            if kept.len() < KEPT_MAX {
                kept.push(memory);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(numbers: &[u32]) -> Bitmap {
        let mut bitmap = Bitmap::new(100);
        bitmap.unite(&numbers.iter().copied().collect());
        bitmap
    }

    #[test]
    fn a_bitmap_starts_empty_whatever_was_left_by_another_or_by_a_panic() {
        let dense: Vec<u32> = (0..90_000).collect();
        drop(rows(&dense));
        let panicked = std::panic::catch_unwind(|| {
            let _bitmap = rows(&[1, 2, 80_000]);
            panic!("in the middle of a query");
        });
        assert!(panicked.is_err());
        assert!(Bitmap::new(100).is_empty() && Bitmap::new(7).is_empty() && Bitmap::new(1000).is_empty());
    }

    #[test]
    fn union_and_intersection_are_those_of_sets() {
        let dense: Vec<u32> = (0..60_000).filter(|number| number % 3 == 0).collect();
        let mut both = rows(&dense);
        both.intersect(&rows(&[0, 1, 3, 1024, 59_997, 70_000]));
        let kept: Vec<u32> = both.blocks().map(|(_, count)| count).collect();
        assert_eq!(kept, [2, 1], "0 and 3 of one block, 59,997 of another");
        assert!(both.contains(Row::from_number(59_997)) && !both.contains(Row::from_number(1024)));
    }
}
