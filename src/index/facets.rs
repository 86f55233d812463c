//! The secondary indexes by template type, start mode and status: a bitmap of rows per value.
//!
//! A bitmap stands in pieces of a span each, so that it lines up with the spans of posting lists, and a write beside a
//! snapshot copies one piece a value. Rows without a job have no bit anywhere.

use std::sync::Arc;

use super::cell::{Cell, CellFilter, FACET_VALUES, FacetValue};
use super::postings::SPAN_WORDS;
use super::row::{BLOCK_WORDS, BlockId, Row};
use super::shared_vec::SharedVec;

/// Blocks a span of rows covers.
const SPAN_BLOCKS: usize = SPAN_WORDS / BLOCK_WORDS;

/// A bitmap of rows per facet value.
// Invariants:
//   a row with a job has exactly three bits: the values of its cell
#[derive(Clone, Debug, Default)]
pub(crate) struct Facets {
    /// Piece `span × FACET_VALUES + value`.
    pieces: SharedVec<Option<Arc<Piece>>>,
}

type Piece = [u64; SPAN_WORDS];

/// The rows of one block: a bit a slot.
pub(crate) type BlockBits = [u64; BLOCK_WORDS];

impl Facets {
    pub(crate) fn insert(&mut self, row: Row, cell: Cell) {
        self.for_each_word(row, cell, |word, bit| *word |= bit);
    }

    pub(crate) fn remove(&mut self, row: Row, cell: Cell) {
        self.for_each_word(row, cell, |word, bit| *word &= !bit);
    }

    fn for_each_word(&mut self, row: Row, cell: Cell, write: impl Fn(&mut u64, u64)) {
        let (span, word) = (row.index() / 64 / SPAN_WORDS, row.index() / 64 % SPAN_WORDS);
        for value in cell.values() {
            let piece = self.pieces.get_mut(span * FACET_VALUES + value.index());
            let piece = piece.get_or_insert_with(|| Arc::new([0; SPAN_WORDS]));
            write(&mut Arc::make_mut(piece)[word], 1 << (row.index() % 64));
        }
    }

    /// Moves a job's bits to another row.
    pub(crate) fn relocate(&mut self, from: Row, to: Row, cell: Cell) {
        self.remove(from, cell);
        self.insert(to, cell);
    }

    /// Keeps, of a bitmap of one block's rows, those that pass the filter.
    #[inline]
    pub(crate) fn retain_in_block(&self, bits: &mut BlockBits, block: BlockId, filter: &CellFilter) {
        let (span, first_word) = (block.index() / SPAN_BLOCKS, block.index() % SPAN_BLOCKS * BLOCK_WORDS);
        self.retain(bits, span, first_word, filter);
    }

    /// Keeps, of a bitmap of a span's rows, those that pass the filter.
    pub(crate) fn retain_in_span(&self, bits: &mut Piece, span: usize, filter: &CellFilter) {
        self.retain(bits, span, 0, filter);
    }

    /// Per facet: the OR of the admitted values' bits, AND-ed into `bits`.
    #[inline]
    fn retain<const WORDS: usize>(&self, bits: &mut [u64; WORDS], span: usize, first: usize, filter: &CellFilter) {
        for values in filter.values.into_iter().filter(|&values| values != 0) {
            let mut admitted = [0; WORDS];
            for value in 0..FACET_VALUES {
                if values >> value & 1 == 0 {
                    continue;
                }
                if let Some(Some(piece)) = self.pieces.get(span * FACET_VALUES + value) {
                    let words = &piece[first..first + WORDS];
                    admitted.iter_mut().zip(words).for_each(|(admitted, word)| *admitted |= word);
                }
            }
            bits.iter_mut().zip(&admitted).for_each(|(bits, admitted)| *bits &= admitted);
        }
    }

    /// The cell whose bits a row has, if they are those of one; for checks.
    pub(crate) fn cell_of(&self, row: Row) -> Option<Cell> {
        let has = |value: usize| {
            let piece = self.pieces.get(row.index() / 64 / SPAN_WORDS * FACET_VALUES + value);
            matches!(piece, Some(Some(piece)) if piece[row.index() / 64 % SPAN_WORDS] >> (row.index() % 64) & 1 == 1)
        };
        let values: Vec<usize> = (0..FACET_VALUES).filter(|&value| has(value)).collect();
        Cell::all().find(|cell| values.iter().copied().eq(cell.values().map(FacetValue::index)))
    }
}
