//! The secondary indexes by template type, start mode and status: a bitmap of rows per value.
//!
//! A bitmap stands in pieces of a span each, so that it lines up with the spans of posting lists, and a piece in parts, of
//! which a write beside a snapshot copies one a value. Rows without a job have no bit anywhere.
//!
//! A journal tells which rows had another cell a moment ago, for those who counted them.

use std::sync::Arc;

use crate::index::cell::{BlockCounts, CELLS, Cell, CellFilter, FACET_VALUES, FacetValue};
use crate::persist::journal::{Journal, Stamp};
use crate::persist::shared_vec::SharedVec;
use crate::rows::bitmap::{SPAN_BLOCKS, count_ones};
use crate::rows::postings::{SPAN_NUMBERS, SPAN_WORDS};
use crate::rows::row::{BLOCK_WORDS, BlockId, Row};

/// Changes of cells that are remembered: to carry them into a tally takes about as long as to AND bitmaps of a million rows.
const CHANGES_MAX: usize = 2048;

/// A bitmap of rows per facet value.
// Invariants:
//   a row with a job has exactly three bits: the values of its cell
#[derive(Clone, Debug, Default)]
pub(crate) struct Facets {
    /// Piece `span × FACET_VALUES + value`.
    pieces: SharedVec<Option<Arc<Piece>>, 16, 16>,
    journal: Journal<CellChange, CHANGES_MAX>,
}

/// A row that came, went or got another cell.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CellChange {
    pub(crate) row: Row,
    /// The cell it had before, if it had a job.
    pub(crate) was: Option<Cell>,
}

/// The rows of a span: a bit a row, in parts that are absent where they have none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Piece {
    parts: [Option<Arc<Part>>; PARTS],
}

/// What a write beside a snapshot copies: 512 bytes, which allocators have at hand, where four kilobytes are cut out and
/// joined again each time.
type Part = [u64; PART_WORDS];
const PART_BLOCKS: usize = 4;
const PART_WORDS: usize = PART_BLOCKS * BLOCK_WORDS;
const PARTS: usize = SPAN_WORDS / PART_WORDS;

/// The rows of one block: a bit a slot.
pub(crate) type BlockBits = [u64; BLOCK_WORDS];

/// A piece of a value that no row of the span has.
static NO_ROWS: Piece = Piece { parts: [const { None }; PARTS] };
static NO_ROWS_OF_PART: Part = [0; PART_WORDS];

impl Piece {
    /// Whether the row at a place in the span has the value.
    #[inline]
    fn has(&self, at: usize) -> bool {
        let part = self.parts[at / 64 / PART_WORDS].as_deref().unwrap_or(&NO_ROWS_OF_PART);
        part[at / 64 % PART_WORDS] >> (at % 64) & 1 == 1
    }

    fn all_parts(&self) -> Parts<'_> {
        self.parts.each_ref().map(|part| part.as_deref().unwrap_or(&NO_ROWS_OF_PART))
    }

    /// The rows of a block, counted within the span.
    #[inline]
    fn block(&self, block: usize) -> &BlockBits {
        let part = self.parts[block / PART_BLOCKS].as_deref().unwrap_or(&NO_ROWS_OF_PART);
        &part.as_chunks().0[block % PART_BLOCKS]
    }

    /// The word with the bit of a row at a place in the span.
    fn word_mut(&mut self, at: usize) -> &mut u64 {
        let part = self.parts[at / 64 / PART_WORDS].get_or_insert_with(|| Arc::new([0; PART_WORDS]));
        &mut Arc::make_mut(part)[at / 64 % PART_WORDS]
    }
}

/// What passes a filter in one span: a row that has, of each facet filtered by, one of the values asked for.
///
/// A filter mostly asks for one value of each facet: those bitmaps are AND-ed as they are. Of several values, or in a span
/// that lacks one, the values of each facet are united first.
#[derive(Clone, Copy)]
pub(crate) enum Admission<'f> {
    /// Every row.
    All,
    /// The rows of one bitmap.
    One(&'f Piece),
    /// The rows that two bitmaps have.
    Two(&'f Piece, &'f Piece),
    /// The rows that three bitmaps have.
    Three(&'f Piece, &'f Piece, &'f Piece),
    /// The rows that have one of four values of each of three facets.
    Any([[&'f Piece; 4]; 3]),
}

impl<'f> Admission<'f> {
    /// The same, to try rows one by one.
    pub(crate) fn sieve(self) -> Sieve<'f> {
        match self {
            Self::All => Sieve::All,
            Self::One(a) => Sieve::One(a.all_parts()),
            Self::Two(a, b) => Sieve::Two(a.all_parts(), b.all_parts()),
            Self::Three(a, b, c) => Sieve::Three(a.all_parts(), b.all_parts(), c.all_parts()),
            Self::Any(facets) => Sieve::Any(facets),
        }
    }

    /// Keeps, of a bitmap of one block's rows, those that pass; `block` is counted within the span.
    #[inline]
    pub(crate) fn retain(self, bits: &mut BlockBits, block: usize) {
        let mut and = |others: &BlockBits| bits.iter_mut().zip(others).for_each(|(bits, other)| *bits &= *other);
        match self {
            Self::All => {}
            Self::One(a) => and(a.block(block)),
            Self::Two(a, b) => [a, b].into_iter().for_each(|piece| and(piece.block(block))),
            Self::Three(a, b, c) => [a, b, c].into_iter().for_each(|piece| and(piece.block(block))),
            Self::Any(facets) => {
                for values in facets {
                    let [a, b, c, d] = values.map(|piece| piece.block(block));
                    and(&std::array::from_fn(|word| a[word] | b[word] | c[word] | d[word]));
                }
            }
        }
    }
}

/// An [`Admission`] that tries rows one by one, with every part at hand.
#[derive(Clone, Copy)]
pub(crate) enum Sieve<'f> {
    All,
    One(Parts<'f>),
    Two(Parts<'f>, Parts<'f>),
    Three(Parts<'f>, Parts<'f>, Parts<'f>),
    Any([[&'f Piece; 4]; 3]),
}

/// All parts of a piece.
type Parts<'f> = [&'f Part; PARTS];

impl Sieve<'_> {
    /// Calls `visit` with those of some places in the span whose rows pass.
    #[inline]
    pub(crate) fn filter(&self, offsets: impl Iterator<Item = usize>, visit: impl FnMut(usize)) {
        let word = |parts: &Parts<'_>, at: usize| parts[at / 64 / PART_WORDS % PARTS][at / 64 % PART_WORDS];
        let is_set = |word: u64, at: usize| word >> (at % 64) & 1 == 1;
        match self {
            Self::All => offsets.for_each(visit),
            Self::One(a) => sift(offsets, |at| is_set(word(a, at), at), visit),
            Self::Two(a, b) => sift(offsets, |at| is_set(word(a, at) & word(b, at), at), visit),
            Self::Three(a, b, c) => sift(offsets, |at| is_set(word(a, at) & word(b, at) & word(c, at), at), visit),
            Self::Any(facets) => {
                let has_any = |at| facets.iter().all(|values| values.iter().any(|piece| piece.has(at)));
                sift(offsets, has_any, visit);
            }
        }
    }
}

/// Places that are sifted at once.
const SIFTED: usize = 128;

/// Calls `visit` with the places that pass. Which do can't be foretold, so they are written down without a branch first:
/// the look at one need not wait for the answer of the one before.
#[inline]
#[allow(clippy::cast_possible_truncation, reason = "a span has fewer than 65,536 rows")]
fn sift(offsets: impl Iterator<Item = usize>, is_wanted: impl Fn(usize) -> bool, mut visit: impl FnMut(usize)) {
    let (mut passed, mut len) = ([0_u16; SIFTED], 0);
    let mut visit_all = |passed: &[u16]| passed.iter().for_each(|&at| visit(at.into()));
    for at in offsets {
        passed[len % SIFTED] = at as u16;
        len += usize::from(is_wanted(at));
        if len == SIFTED {
            visit_all(&passed);
            len = 0;
        }
    }
    visit_all(&passed[..len]);
}

impl Facets {
    pub(crate) fn insert(&mut self, row: Row, cell: Cell) {
        self.journal.push(CellChange { row, was: None });
        for value in cell.values() {
            let (word, bit) = self.word_mut(row, value);
            *word |= bit;
        }
    }

    pub(crate) fn remove(&mut self, row: Row, cell: Cell) {
        self.journal.push(CellChange { row, was: Some(cell) });
        for value in cell.values() {
            let (word, bit) = self.word_mut(row, value);
            *word &= !bit;
        }
    }

    /// Gives a row another cell. Only the values that differ are touched: beside a snapshot each costs the copy of a part.
    pub(crate) fn set_cell(&mut self, row: Row, from: Cell, to: Cell) {
        self.journal.push(CellChange { row, was: Some(from) });
        for (from, to) in from.values().into_iter().zip(to.values()).filter(|(from, to)| from != to) {
            let (word, bit) = self.word_mut(row, from);
            *word &= !bit;
            let (word, bit) = self.word_mut(row, to);
            *word |= bit;
        }
    }

    /// The word with a row's bit for a value, and that bit.
    fn word_mut(&mut self, row: Row, value: FacetValue) -> (&mut u64, u64) {
        let piece = self.pieces.get_mut(row.index() / SPAN_NUMBERS * FACET_VALUES + value.index());
        let piece = Arc::make_mut(piece.get_or_insert_default());
        (piece.word_mut(row.index() % SPAN_NUMBERS), 1 << (row.index() % 64))
    }

    /// Moves a job's bits to another row.
    pub(crate) fn relocate(&mut self, from: Row, to: Row, cell: Cell) {
        self.remove(from, cell);
        self.insert(to, cell);
    }

    /// The state of the rows and their cells.
    pub(crate) fn stamp(&self) -> Stamp {
        self.journal.stamp()
    }

    /// The rows that came, went or got another cell since that state, in order; `None` if that is too long ago.
    pub(crate) fn changes_since(&self, stamp: Stamp) -> Option<impl Iterator<Item = CellChange>> {
        self.journal.since(stamp)
    }

    /// How many of a bitmap of one block's rows each cell has.
    pub(crate) fn count_cells(&self, bits: &BlockBits, block: BlockId) -> BlockCounts {
        let (span, block) = (block.index() / SPAN_BLOCKS, block.index() % SPAN_BLOCKS);
        let of_value = |bits: &BlockBits, value: usize| -> BlockBits {
            let others = self.piece(span, value).block(block);
            std::array::from_fn(|word| bits[word] & others[word])
        };
        let mut counts = [0; CELLS];
        let (by_mode, _) = counts.as_chunks_mut::<3>();
        for (place, counts) in by_mode.iter_mut().enumerate() {
            let bits = of_value(&of_value(bits, place / 2), 4 + place % 2);
            *counts = std::array::from_fn(|status| count_ones(&of_value(&bits, 6 + status)));
        }
        counts
    }

    /// Keeps, of a bitmap of one block's rows, those that pass the filter.
    #[inline]
    pub(crate) fn retain_in_block(&self, bits: &mut BlockBits, block: BlockId, filter: &CellFilter) {
        if !filter.admits_all() {
            self.admission(block.index() / SPAN_BLOCKS, filter).retain(bits, block.index() % SPAN_BLOCKS);
        }
    }

    /// What passes the filter in a span.
    #[inline]
    pub(crate) fn admission(&self, span: usize, filter: &CellFilter) -> Admission<'_> {
        let one = |values: u16| self.piece(span, values.trailing_zeros() as usize);
        let mut filtered = filter.values.into_iter().filter(|&values| values != 0);
        if filter.values.iter().any(|values| values.count_ones() > 1) {
            return Admission::Any(filter.values.map(|values| self.pieces_of(span, values)));
        }
        match (filtered.next(), filtered.next(), filtered.next()) {
            (None, ..) => Admission::All,
            (Some(a), None, _) => Admission::One(one(a)),
            (Some(a), Some(b), None) => Admission::Two(one(a), one(b)),
            (Some(a), Some(b), Some(c)) => Admission::Three(one(a), one(b), one(c)),
        }
    }

    fn piece(&self, span: usize, value: usize) -> &Piece {
        match self.pieces.get(span * FACET_VALUES + value) {
            Some(Some(piece)) => piece,
            _ => &NO_ROWS,
        }
    }

    /// The pieces of the values of one facet: those asked for or, where none is, all. A facet has two at least.
    fn pieces_of(&self, span: usize, values: u16) -> [&Piece; 4] {
        if values == 0 {
            // Every row has a start mode: their bitmaps together admit all.
            return [self.piece(span, 4), self.piece(span, 5), &NO_ROWS, &NO_ROWS];
        }
        let mut pieces = [&NO_ROWS; 4];
        let asked = (0..FACET_VALUES).filter(|value| values >> value & 1 == 1);
        pieces.iter_mut().zip(asked).for_each(|(piece, value)| *piece = self.piece(span, value));
        pieces
    }

    /// The cell whose bits a row has, if they are those of one; for checks.
    pub(crate) fn cell_of(&self, row: Row) -> Option<Cell> {
        let has = |value: usize| self.piece(row.index() / SPAN_NUMBERS, value).has(row.index() % SPAN_NUMBERS);
        let values: Vec<usize> = (0..FACET_VALUES).filter(|&value| has(value)).collect();
        Cell::all().find(|cell| values.iter().copied().eq(cell.values().map(FacetValue::index)))
    }
}
