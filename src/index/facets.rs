//! The secondary indexes by template type, start mode and status: a bitmap of rows per value.
//!
//! A bitmap stands in pieces of a span each, so that it lines up with the spans of posting lists, and a write beside a
//! snapshot copies one piece a value. Rows without a job have no bit anywhere.

use std::sync::Arc;

use super::bitmap::SPAN_BLOCKS;
use super::cell::{Cell, CellFilter, FACET_VALUES, FacetValue};
use super::postings::SPAN_WORDS;
use super::row::{BLOCK_WORDS, BlockId, Row};
use super::shared_vec::SharedVec;

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

/// A piece of a value that no row of the span has.
static NO_ROWS: Piece = [0; SPAN_WORDS];

/// The most values that a facet has.
const FACET_VALUES_MAX: usize = 4;

/// What passes a filter in one span: a row that has, of each facet filtered by, one of the values asked for.
#[derive(Clone, Copy)]
pub(crate) struct Admission<'f> {
    facets: [Values<'f>; 3],
    len: usize,
}

/// The bitmaps of the values of one facet that pass.
#[derive(Clone, Copy)]
struct Values<'f> {
    pieces: [&'f Piece; FACET_VALUES_MAX],
    len: usize,
}

impl Admission<'_> {
    /// Whether a row passes, by its place in the span.
    #[inline]
    pub(crate) fn admits(&self, offset: usize) -> bool {
        self.facets[..self.len].iter().all(|values| {
            let words = values.pieces[..values.len].iter().map(|piece| piece[offset / 64]);
            words.fold(0, |any, word| any | word) >> (offset % 64) & 1 == 1
        })
    }

    /// Keeps, of bits that begin at a word of the span, those of rows that pass.
    #[inline]
    pub(crate) fn retain<const WORDS: usize>(&self, bits: &mut [u64; WORDS], first: usize) {
        for values in &self.facets[..self.len] {
            let pieces = values.pieces.map(|piece| &piece[first..first + WORDS]);
            match values.len {
                0 | 1 => bits.iter_mut().zip(pieces[0]).for_each(|(bits, word)| *bits &= word),
                2 => {
                    let words = pieces[0].iter().zip(pieces[1]);
                    bits.iter_mut().zip(words).for_each(|(bits, (a, b))| *bits &= a | b);
                }
                _ => {
                    let words = pieces[0].iter().zip(pieces[1]).zip(pieces[2].iter().zip(pieces[3]));
                    bits.iter_mut().zip(words).for_each(|(bits, ((a, b), (c, d)))| *bits &= a | b | c | d);
                }
            }
        }
    }
}

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
        if !filter.admits_all() {
            let admission = self.admission(block.index() / SPAN_BLOCKS, filter);
            admission.retain(bits, block.index() % SPAN_BLOCKS * BLOCK_WORDS);
        }
    }

    /// What passes the filter in a span.
    #[inline]
    pub(crate) fn admission(&self, span: usize, filter: &CellFilter) -> Admission<'_> {
        let mut admission = Admission { facets: [Values { pieces: [&NO_ROWS; FACET_VALUES_MAX], len: 0 }; 3], len: 0 };
        for values in filter.values.into_iter().filter(|&values| values != 0) {
            let facet = &mut admission.facets[admission.len];
            admission.len += 1;
            for value in (0..FACET_VALUES).filter(|value| values >> value & 1 == 1) {
                if let Some(Some(piece)) = self.pieces.get(span * FACET_VALUES + value) {
                    facet.pieces[facet.len] = piece;
                    facet.len += 1;
                }
            }
        }
        admission
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
