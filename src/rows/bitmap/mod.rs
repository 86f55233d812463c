//! A bitmap over all row numbers, with a count of rows per block.
//!
//! ```text
//! words     block 0: 16 words · block 1: 16 words · …      a bit a row
//! counts    3 · 0 · …                                      rows of each block
//! touched   block 0                                        the blocks that may have rows
//! ```
//! A bitmap knows the blocks that it touched: to make one, to walk it and to clear it costs what was touched, not what there
//! is. Its memory comes from a pool: see `memory`.
//!
//! Rows come in one by one with [`insert`](Bitmap::insert), which counts them, or list by list with
//! [`unite`](Bitmap::unite), which does not: [`retain`](Bitmap::retain) then counts all of them in one pass.

mod memory;

use std::mem;

use crate::bits::{Ones, WORD_BITS, has_bit, insert_bit, ones, remove_bit};
use crate::rows::bits::{BlockBits, SPAN_BLOCKS, SPAN_NUMBERS, SPAN_WORDS, SpanBits, count_ones};
use crate::rows::postings::{Chunk, Postings, for_each_list};
use crate::rows::row::{BLOCK_ROWS, BLOCK_WORDS, BlockId, Row, Slot};
use memory::{Memory, Touched};

/// A set of rows, a bit each, counted by block.
// Invariants, where no list was united since the last `retain`, and no row was removed:
//   counts[b] = |bits of block b|; len = sum of counts
#[derive(Clone)]
pub(crate) struct Bitmap {
    memory: Memory,
    len: u64,
}

/// The part of a bitmap within one span: rows of one span are inserted faster by it.
pub(crate) struct SpanMut<'b> {
    words: &'b mut SpanBits,
    counts: &'b mut [u16; SPAN_BLOCKS],
    touched: &'b mut Touched,
    len: &'b mut u64,
    first_block: usize,
}

impl SpanMut<'_> {
    /// Adds the row at an offset in the span; false if it was there.
    #[inline]
    pub(crate) fn insert(&mut self, offset: usize) -> bool {
        // The remainder shows the compiler that the span has such a bit.
        let is_new = insert_bit(self.words, offset % SPAN_NUMBERS);
        let block = offset / BLOCK_ROWS % SPAN_BLOCKS;
        if self.counts[block] == 0
            && let Touched::Some(touched) = self.touched
        {
            touched.push(BlockId::new(self.first_block + block));
        }
        self.counts[block] += u16::from(is_new);
        *self.len += u64::from(is_new);
        is_new
    }
}

impl Bitmap {
    /// An empty bitmap for blocks numbered below `block_ids_end`.
    pub(crate) fn new(block_ids_end: usize) -> Self {
        Self { memory: Memory::take(block_ids_end), len: 0 }
    }

    /// How many rows it has.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// Adds a row; false if it was there.
    #[inline]
    pub(crate) fn insert(&mut self, row: Row) -> bool {
        self.span_mut(row.span()).insert(row.offset_in_span())
    }

    /// The part of the bitmap within one span.
    #[inline]
    pub(crate) fn span_mut(&mut self, span: usize) -> SpanMut<'_> {
        let Memory { words, counts, touched } = &mut self.memory;
        SpanMut {
            words: &mut words.as_chunks_mut().0[span],
            counts: &mut counts.as_chunks_mut().0[span],
            touched,
            len: &mut self.len,
            first_block: span * SPAN_BLOCKS,
        }
    }

    /// Adds many rows, uncounted.
    pub(crate) fn mark(&mut self, rows: &[Row]) {
        self.memory.touched = Touched::All;
        for row in rows {
            insert_bit(&mut self.memory.words, row.index());
        }
    }

    /// Takes out the rows that are wanted, in ascending order, and calls `taken` with each. The counts stay as they were.
    pub(crate) fn take_where(&mut self, mut is_wanted: impl FnMut(Row) -> bool, mut taken: impl FnMut(Row)) {
        for (at, word) in self.memory.words.iter_mut().enumerate().filter(|(_, word)| **word != 0) {
            for bit in Ones::of_word(*word) {
                let row = Row::of_index(at * WORD_BITS + bit);
                if is_wanted(row) {
                    *word &= !(1 << bit);
                    taken(row);
                }
            }
        }
    }

    /// Takes out the rows that a posting list has, and calls `taken` with each. The counts stay as they were.
    pub(crate) fn take(&mut self, list: &Postings, mut taken: impl FnMut(Row)) {
        // Most rows of a list are not there, so nothing is written for them.
        fn take_one(words: &mut [u64], at: usize, row: usize, taken: &mut impl FnMut(Row)) {
            if has_bit(words, at) {
                remove_bit(words, at);
                taken(Row::of_index(row));
            }
        }
        for chunk in list.chunks() {
            match chunk {
                Chunk::Bits(first, bits) => {
                    let words = self.memory.span_at(first);
                    for (at, (word, bits)) in words.iter_mut().zip(bits).enumerate() {
                        let common = *word & bits;
                        *word &= !bits;
                        let first = first + at * WORD_BITS;
                        Ones::of_word(common).for_each(|bit| taken(Row::of_index(first + bit)));
                    }
                }
                Chunk::Offsets(first, offsets) => {
                    let words = self.memory.span_at(first);
                    for &offset in offsets {
                        let at = usize::from(offset) % SPAN_NUMBERS;
                        take_one(words, at, first + at, &mut taken);
                    }
                }
                Chunk::Numbers(numbers) => {
                    for &number in numbers {
                        take_one(&mut self.memory.words, number as usize, number as usize, &mut taken);
                    }
                }
            }
        }
    }

    /// Whether it has any row of a posting list.
    pub(crate) fn intersects(&self, postings: &Postings) -> bool {
        postings.chunks().any(|chunk| match chunk {
            Chunk::Bits(first, bits) => {
                let words = &self.memory.words[first / 64..][..SPAN_WORDS];
                words.iter().zip(bits).any(|(word, bits)| word & bits != 0)
            }
            Chunk::Numbers(_) | Chunk::Offsets(..) => {
                chunk.iter().any(|number| self.contains(Row::from_number(number)))
            }
        })
    }

    fn contains(&self, row: Row) -> bool {
        has_bit(&self.memory.words, row.index())
    }

    /// Adds the rows of posting lists, uncounted.
    pub(crate) fn unite_all<'p>(&mut self, lists: impl Iterator<Item = &'p Postings>) {
        for_each_list(lists, |list| self.unite(list));
    }

    /// Adds the rows of a posting list, uncounted.
    pub(crate) fn unite(&mut self, postings: &Postings) {
        self.memory.touched = Touched::All;
        for chunk in postings.chunks() {
            match chunk {
                Chunk::Bits(first, bits) => {
                    let words = self.memory.span_at(first);
                    words.iter_mut().zip(bits).for_each(|(word, bits)| *word |= bits);
                }
                Chunk::Offsets(first, offsets) => {
                    let words = self.memory.span_at(first);
                    for &offset in offsets {
                        insert_bit(words, usize::from(offset) % SPAN_NUMBERS);
                    }
                }
                Chunk::Numbers(numbers) => {
                    for &number in numbers {
                        insert_bit(&mut self.memory.words, number as usize);
                    }
                }
            }
        }
    }

    /// Removes the rows that another bitmap does not have, and counts the others.
    pub(crate) fn intersect(&mut self, other: &Self) {
        self.retain(|span, words| {
            let others = &other.memory.words[span * SPAN_WORDS..][..SPAN_WORDS];
            words.iter_mut().zip(others).for_each(|(word, other)| *word &= other);
        });
    }

    /// Counts all rows, after lists were united.
    pub(crate) fn recount(&mut self) {
        self.retain(|_, _| {});
    }

    /// Lets `filter` clear bits, span by span, and counts the rows that are left, in the same pass.
    pub(crate) fn retain(&mut self, mut filter: impl FnMut(usize, &mut SpanBits)) {
        self.memory.touched = Touched::All;
        let (spans, _) = self.memory.words.as_chunks_mut::<SPAN_WORDS>();
        let (counts, _) = self.memory.counts.as_chunks_mut::<SPAN_BLOCKS>();
        for (span, (words, counts)) in spans.iter_mut().zip(counts).enumerate() {
            filter(span, words);
            let (blocks, _) = words.as_chunks::<BLOCK_WORDS>();
            counts.iter_mut().zip(blocks).for_each(|(count, bits)| *count = count_ones(bits));
        }
        self.len = self.memory.counts.iter().map(|&count| u64::from(count)).sum();
    }

    /// Lets `filter` clear bits of each block that has any, and counts the rows that are left. All rows must be counted before.
    pub(crate) fn retain_by_block(&mut self, mut filter: impl FnMut(BlockId, &mut BlockBits)) {
        let Memory { words, counts, touched } = &mut self.memory;
        let blocks_len = counts.len();
        let (blocks, _) = words.as_chunks_mut::<BLOCK_WORDS>();
        self.len = 0;
        let mut retains_rows = |block: BlockId| {
            let (bits, count) = (&mut blocks[block.index()], &mut counts[block.index()]);
            if *count > 0 {
                filter(block, bits);
                *count = count_ones(bits);
                self.len += u64::from(*count);
            }
            *count > 0
        };
        match touched {
            // A block without rows is untouched: the next row that is inserted lists it again.
            Touched::Some(touched) => touched.retain(|&block| retains_rows(block)),
            Touched::All => (0..blocks_len).map(BlockId::new).for_each(|block| {
                retains_rows(block);
            }),
        }
    }

    /// The blocks that may have rows, each once, in no order.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = BlockId> + '_ {
        self.memory.touched.blocks(self.memory.counts.len())
    }

    /// How many blocks may have rows.
    pub(crate) fn blocks_len(&self) -> usize {
        self.memory.touched.len(self.memory.counts.len())
    }

    /// How many rows a block has.
    #[inline]
    pub(crate) fn count(&self, block: BlockId) -> u64 {
        self.memory.counts[block.index()].into()
    }

    /// The rows of one block.
    pub(crate) fn block_bits(&self, block: BlockId) -> &BlockBits {
        let (blocks, _) = self.memory.words.as_chunks::<BLOCK_WORDS>();
        &blocks[block.index()]
    }

    /// The rows, those of a block ascending.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Row> + '_ {
        self.blocks().flat_map(|block| {
            let slots = if self.count(block) > 0 { self.block_bits(block).as_slice() } else { &[] };
            ones(slots).map(move |slot| Row::new(block, Slot::new(slot)))
        })
    }

    /// The rows, ascending, where they were not counted.
    pub(crate) fn uncounted_rows(&self) -> impl Iterator<Item = Row> + '_ {
        ones(&self.memory.words).map(Row::of_index)
    }

    /// The rows as a posting list.
    pub(crate) fn to_postings(&self) -> Postings {
        let (spans, _) = self.memory.words.as_chunks::<SPAN_WORDS>();
        Postings::from_bitmap(spans)
    }
}

impl Drop for Bitmap {
    fn drop(&mut self) {
        mem::take(&mut self.memory).give_back();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn united(numbers: &[u32]) -> Bitmap {
        let mut bitmap = Bitmap::new(100);
        bitmap.unite(&numbers.iter().copied().collect());
        bitmap.recount();
        bitmap
    }

    #[test]
    fn rows_that_a_list_has_are_taken_out_once() {
        let all: Vec<u32> = (0..90_000).filter(|number| number % 7 < 3).collect();
        // A few numbers, a sorted array, spans with offsets, and spans with bits.
        for step in [30_000, 500, 37, 2] {
            let list: Vec<u32> = (0..90_000).step_by(step).collect();
            let (mut bitmap, postings) = (united(&all), Postings::from_sorted(&list));
            for expected in [list.iter().copied().filter(|number| number % 7 < 3).collect(), Vec::new()] {
                let mut taken = Vec::new();
                bitmap.take(&postings, |row| taken.push(row.number()));
                assert_eq!(taken, expected, "every {step}th row");
            }
            bitmap.recount();
            let left: Vec<u32> = bitmap.rows().map(Row::number).collect();
            let is_left = |number: &u32| list.binary_search(number).is_err();
            assert_eq!(left, all.iter().copied().filter(is_left).collect::<Vec<_>>());
        }
    }

    #[test]
    fn rows_that_are_marked_are_listed_and_those_that_are_wanted_are_taken_out() {
        let rows: Vec<Row> = (0..90_000).step_by(37).map(Row::from_number).collect();
        let mut bitmap = Bitmap::new(100);
        bitmap.mark(&rows);
        assert_eq!(bitmap.uncounted_rows().collect::<Vec<_>>(), rows);
        let (mut taken, is_even) = (Vec::new(), |row: Row| row.number().is_multiple_of(2));
        bitmap.take_where(is_even, |row| taken.push(row));
        let (even, odd): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(|&row| is_even(row));
        assert_eq!((taken, bitmap.uncounted_rows().collect::<Vec<_>>()), (even, odd));
        drop(bitmap);
        assert!(is_empty(&Bitmap::new(100)), "the memory is cleared before it is used again");
    }

    fn is_empty(bitmap: &Bitmap) -> bool {
        bitmap.memory.words.iter().all(|&word| word == 0)
            && bitmap.memory.counts.iter().all(|&count| count == 0)
            && bitmap.blocks_len() == 0
    }

    #[test]
    fn a_bitmap_starts_empty_after_another_one_or_a_panic() {
        let dense: Vec<u32> = (0..90_000).collect();
        drop(united(&dense));
        let panicked = std::panic::catch_unwind(|| {
            let mut bitmap = Bitmap::new(100);
            for number in [1, 2, 80_000] {
                bitmap.insert(Row::from_number(number));
            }
            let _united = united(&[5, 6]);
            panic!("in the middle of a query");
        });
        assert!(panicked.is_err());
        for blocks in [100, 7, 1000, 0] {
            assert!(is_empty(&Bitmap::new(blocks)));
        }
    }

    #[test]
    fn rows_are_counted_by_block_however_they_come_in() {
        let numbers = [0, 1, 3, 1024, 59_997, 70_000];
        let mut inserted = Bitmap::new(100);
        for number in numbers.iter().chain(&numbers) {
            inserted.insert(Row::from_number(*number));
        }
        for bitmap in [inserted, united(&numbers)] {
            assert_eq!(bitmap.len(), 6);
            let counts = |block| bitmap.count(BlockId::new(block));
            assert_eq!([0, 1, 2, 58, 68].map(counts), [3, 1, 0, 1, 1]);
            assert!(bitmap.to_postings().iter().eq(numbers));
        }
    }

    #[test]
    fn union_and_intersection_are_those_of_sets() {
        let dense: Vec<u32> = (0..60_000).filter(|number| number % 3 == 0).collect();
        let mut both = united(&dense);
        both.intersect(&united(&[0, 1, 3, 1024, 59_997, 70_000]));
        assert_eq!(both.len(), 3, "0 and 3 of one block, 59,997 of another");
        assert!(both.contains(Row::from_number(59_997)) && !both.contains(Row::from_number(1024)));
        assert!(both.intersects(&[7, 59_997].into_iter().collect()) && !both.intersects(&[1, 6].into_iter().collect()));
        assert!(both.intersects(&(0..40_000).collect()) && !both.intersects(&(4..40_000).collect()), "dense lists too");
        both.retain_by_block(|_, bits| bits[0] &= !1);
        assert_eq!((both.len(), both.count(BlockId::new(0))), (2, 1));
    }

    #[test]
    fn a_block_that_was_emptied_and_filled_again_is_listed_once() {
        let mut bitmap = Bitmap::new(100);
        bitmap.insert(Row::from_number(5));
        bitmap.retain_by_block(|_, bits| bits.fill(0));
        bitmap.insert(Row::from_number(6));
        assert_eq!((bitmap.len(), bitmap.blocks().count()), (1, 1));
    }
}
