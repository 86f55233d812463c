//! Parts of a posting list as bitmaps: the numbers of one span, or of one block of rows.

use std::borrow::Cow;

use super::{Chunk, Postings};
use crate::bits::insert_bit;
use crate::rows::bits::{BlockBits, SPAN_BLOCKS, SPAN_NUMBERS, SPAN_WORDS, SpanBits};
use crate::rows::row::{BLOCK_ROWS, BLOCK_WORDS, BlockId};

impl Postings {
    /// The numbers of a span, as a bitmap: borrowed where the list has it, and made of up to 2,048 numbers elsewhere.
    pub(crate) fn span_bits(&self, span: usize) -> Cow<'_, SpanBits> {
        let chunk = match self.span(span) {
            Some(Chunk::Bits(_, words)) => return Cow::Borrowed(words),
            chunk => chunk,
        };
        let mut words = [0; SPAN_WORDS];
        if let Some(chunk) = chunk {
            chunk.iter().for_each(|number| {
                insert_bit(&mut words, number as usize % SPAN_NUMBERS);
            });
        }
        Cow::Owned(words)
    }

    /// The rows of a block, as a bitmap.
    pub(crate) fn block_bits(&self, block: BlockId) -> BlockBits {
        let first = block.index() * BLOCK_ROWS;
        let mut bits = [0; BLOCK_WORDS];
        let mut set = |slot: usize| {
            insert_bit(&mut bits, slot);
        };
        match self.span(block.index() / SPAN_BLOCKS) {
            Some(Chunk::Bits(_, words)) => bits = words.as_chunks().0[block.index() % SPAN_BLOCKS],
            Some(Chunk::Offsets(start, offsets)) => {
                let offsets = &offsets[offsets.partition_point(|&offset| start + usize::from(offset) < first)..];
                let slots = offsets.iter().map(|&offset| start + usize::from(offset) - first);
                slots.take_while(|&slot| slot < BLOCK_ROWS).for_each(&mut set);
            }
            Some(Chunk::Numbers(numbers)) => {
                let numbers = &numbers[numbers.partition_point(|&number| (number as usize) < first)..];
                let slots = numbers.iter().map(|&number| number as usize - first);
                slots.take_while(|&slot| slot < BLOCK_ROWS).for_each(&mut set);
            }
            None => {}
        }
        bits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bits::ones;

    #[test]
    fn the_bits_of_spans_and_blocks_are_the_numbers_of_the_list() {
        let few: Vec<u32> = vec![5, 1_024, 40_000];
        let sorted: Vec<u32> = (0..70_000).step_by(97).collect();
        let sparse: Vec<u32> = (0..200_000).step_by(23).collect();
        let dense: Vec<u32> = (0..70_000).filter(|number| number % 3 != 0).collect();
        for numbers in [few, sorted, sparse, dense, Vec::new()] {
            let list = Postings::from_sorted(&numbers);
            let spans = (0..8).flat_map(|span| {
                ones(&*list.span_bits(span)).map(move |at| span * SPAN_NUMBERS + at).collect::<Vec<_>>()
            });
            assert!(spans.eq(numbers.iter().map(|&number| number as usize)), "{} numbers by span", numbers.len());
            let blocks = (0..256).flat_map(|block| {
                ones(&list.block_bits(BlockId::new(block))).map(move |at| block * BLOCK_ROWS + at).collect::<Vec<_>>()
            });
            assert!(blocks.eq(numbers.iter().map(|&number| number as usize)), "{} numbers by block", numbers.len());
        }
    }
}
