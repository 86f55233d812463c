//! The secondary indexes by facet: a bitmap of rows for each value of each facet.
//!
//! ```text
//! span 0    value 0 [part … part]   value 1 [part … part]   …   value v [part … part]
//! span 1    …                                                   a bitmap of 4 KB in 8 parts
//! ```
//! The bitmaps are cut into spans, as long posting lists are, so that both can be AND-ed word by word. A bitmap of a span is
//! cut into parts: a write beside a snapshot copies one part for each value that it touches. Rows without a job have no bit
//! anywhere.
//!
//! A journal tells which rows got another cell lately, to readers that cache counts of cells.

mod span_filter;

use std::sync::Arc;

pub(crate) use span_filter::SpanFilter;

use crate::bits::{has_bit, insert_bit, ones, remove_bit};
use crate::index::cell::{Cell, Cells};
use crate::persist::journal::{Journal, Revision};
use crate::persist::shared_vec::SharedVec;
use crate::query::FacetFilter;
use crate::rows::bits::{BlockBits, SPAN_BLOCKS, SPAN_WORDS};
use crate::rows::row::{BLOCK_WORDS, BlockId, Row};

/// Changes of cells that the journal remembers: to carry them into a tally takes about as long as to AND bitmaps of a million
/// rows.
const CHANGES_MAX: usize = 2048;

/// A bitmap of rows per facet value.
// Invariants:
//   a row with a job has one bit for each facet, the values of its cell; a row without a job has none
//   no_rows has no bit
#[derive(Clone, Debug)]
pub(crate) struct Facets {
    cells: Arc<Cells>,
    /// Bitmap `span × values + value`; absent where no row of the span ever had the value.
    bitmaps: SharedVec<Option<Arc<SpanBitmap>>, 16, 16>,
    /// Stands in for absent bitmaps.
    no_rows: Arc<SpanBitmap>,
    journal: Journal<CellChange, CHANGES_MAX>,
}

/// A row that came, went or got another cell.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CellChange {
    pub(crate) row: Row,
    /// The cell it had before, if it had a job.
    pub(crate) was: Option<Cell>,
}

/// The rows of a span that have a value: a bit a row, in parts. All parts without rows share their memory.
#[derive(Clone, Debug)]
pub(crate) struct SpanBitmap {
    parts: [Arc<BitmapPart>; PARTS],
}

/// The unit that a write beside a snapshot copies: 512 bytes. Allocators have pieces of this size at hand, whereas pieces of
/// 4 KB are split off and joined again each time.
type BitmapPart = [u64; PART_WORDS];
const PART_BLOCKS: usize = 4;
const PART_WORDS: usize = PART_BLOCKS * BLOCK_WORDS;
const PARTS: usize = SPAN_WORDS / PART_WORDS;
const PART_NUMBERS: usize = PART_WORDS * 64;

impl SpanBitmap {
    /// The word with the bit of a row, counted within the span.
    #[inline]
    fn word(&self, offset: usize) -> u64 {
        self.parts[offset / PART_NUMBERS % PARTS][offset / 64 % PART_WORDS]
    }

    /// The rows of a block, counted within the span.
    #[inline]
    fn block(&self, block: usize) -> &BlockBits {
        &self.parts[block / PART_BLOCKS].as_chunks().0[block % PART_BLOCKS]
    }

    fn has(&self, offset: usize) -> bool {
        has_bit(&*self.parts[offset / PART_NUMBERS], offset % PART_NUMBERS)
    }

    fn insert(&mut self, offset: usize) {
        insert_bit(&mut Arc::make_mut(&mut self.parts[offset / PART_NUMBERS])[..], offset % PART_NUMBERS);
    }

    fn remove(&mut self, offset: usize) {
        remove_bit(&mut Arc::make_mut(&mut self.parts[offset / PART_NUMBERS])[..], offset % PART_NUMBERS);
    }
}

impl Facets {
    /// An index without rows, for rows of these cells.
    pub(crate) fn new(cells: Arc<Cells>) -> Self {
        let no_rows = Arc::new([0; PART_WORDS]);
        let no_rows = SpanBitmap { parts: std::array::from_fn(|_| Arc::clone(&no_rows)) };
        Self { cells, bitmaps: SharedVec::default(), no_rows: Arc::new(no_rows), journal: Journal::default() }
    }

    /// Adds a row with a job of this cell.
    pub(crate) fn insert(&mut self, row: Row, cell: Cell) {
        self.journal.push(CellChange { row, was: None });
        for value in Arc::clone(&self.cells).values(cell) {
            self.bitmap_mut(row, value).insert(row.offset_in_span());
        }
    }

    /// Takes out a row, whose job has this cell.
    pub(crate) fn remove(&mut self, row: Row, cell: Cell) {
        self.journal.push(CellChange { row, was: Some(cell) });
        for value in Arc::clone(&self.cells).values(cell) {
            self.bitmap_mut(row, value).remove(row.offset_in_span());
        }
    }

    /// Gives a row another cell. Writes only the values that differ: beside a snapshot each costs the copy of a part.
    pub(crate) fn set_cell(&mut self, row: Row, from: Cell, to: Cell) {
        self.journal.push(CellChange { row, was: Some(from) });
        let cells = Arc::clone(&self.cells);
        for (from, to) in cells.values(from).zip(cells.values(to)).filter(|(from, to)| from != to) {
            self.bitmap_mut(row, from).remove(row.offset_in_span());
            self.bitmap_mut(row, to).insert(row.offset_in_span());
        }
    }

    /// The bitmap of a value in the span of a row.
    fn bitmap_mut(&mut self, row: Row, value: usize) -> &mut SpanBitmap {
        let bitmap = self.bitmaps.get_mut(row.span() * self.cells.values_len() + value);
        Arc::make_mut(bitmap.get_or_insert_with(|| Arc::clone(&self.no_rows)))
    }

    /// Moves a job's bits to another row.
    pub(crate) fn relocate(&mut self, from: Row, to: Row, cell: Cell) {
        self.remove(from, cell);
        self.insert(to, cell);
    }

    /// The revision of the rows and their cells.
    pub(crate) fn revision(&self) -> Revision {
        self.journal.revision()
    }

    /// The rows that came, went or got another cell since a revision, in order; `None` if that is too long ago.
    pub(crate) fn changes_since(&self, revision: Revision) -> Option<impl Iterator<Item = CellChange>> {
        self.journal.since(revision)
    }

    /// Clears, in a bitmap of one block's rows, the rows that do not pass the filter.
    #[inline]
    pub(crate) fn retain_in_block(&self, bits: &mut BlockBits, block: BlockId, filter: &FacetFilter) {
        // One block is not worth a filter of its span.
        for (facet, passing) in filter.filtered() {
            if let Some(value) = passing.only() {
                let of_value = self.block_of_value(block, self.cells.first_value(facet) + value);
                bits.iter_mut().zip(of_value).for_each(|(bits, word)| *bits &= word);
                continue;
            }
            let (values, is_negated) = self.cells.tested_values(facet, passing);
            let mut any: BlockBits = [if is_negated { u64::MAX } else { 0 }; _];
            for value in values {
                any.iter_mut().zip(self.block_of_value(block, value)).for_each(|(any, word)| {
                    *any = if is_negated { *any & !word } else { *any | word };
                });
            }
            bits.iter_mut().zip(any).for_each(|(bits, any)| *bits &= any);
        }
    }

    /// The rows of a span that pass the filter.
    #[inline]
    pub(crate) fn span_filter(&self, span: usize, filter: &FacetFilter) -> SpanFilter<'_> {
        SpanFilter::new(&self.cells, filter, |value| self.bitmap(span, value))
    }

    /// The rows of a block that have a value, by its number among the values of all facets.
    pub(crate) fn block_of_value(&self, block: BlockId, value: usize) -> &BlockBits {
        self.bitmap(block.span(), value).block(block.offset_in_span())
    }

    fn bitmap(&self, span: usize, value: usize) -> &SpanBitmap {
        self.bitmaps.get(span * self.cells.values_len() + value).and_then(Option::as_ref).unwrap_or(&self.no_rows)
    }

    /// Whether the bits of a row are those of a cell; for checks.
    pub(crate) fn has_cell(&self, row: Row, cell: Cell) -> bool {
        let has = |&value: &usize| self.bitmap(row.span(), value).has(row.offset_in_span());
        (0..self.cells.values_len()).filter(has).eq(self.cells.values(cell))
    }

    /// Panics with the name of a broken invariant, where so many rows have a job. Their cells are checked row by row, by
    /// [`has_cell`](Self::has_cell).
    pub(crate) fn check_invariants(&self, rows_len: usize, block_ids_end: usize) {
        let len = |bitmap: &SpanBitmap| bitmap.parts.iter().map(|part| ones(&**part).count()).sum::<usize>();
        assert_eq!(len(&self.no_rows), 0, "the bitmap for absent ones has no bit");
        let spans = 0..block_ids_end.div_ceil(SPAN_BLOCKS);
        let bitmaps = spans.flat_map(|span| (0..self.cells.values_len()).map(move |value| self.bitmap(span, value)));
        let expected = self.cells.shape().facets() * rows_len;
        assert_eq!(bitmaps.map(len).sum::<usize>(), expected, "only rows with a job have bits, one for each facet");
    }
}
