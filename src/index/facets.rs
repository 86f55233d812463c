//! The secondary indexes by template type, start mode and status: a bitmap of rows per value.
//!
//! ```text
//! span 0    value 0 [part … part]   value 1 [part … part]   …   value 8 [part … part]
//! span 1    …                                                   a bitmap of 4 KB in 8 parts
//! ```
//! The bitmaps are cut into spans, as long posting lists are, so that both can be AND-ed word by word. A bitmap of a span is
//! cut into parts: a write beside a snapshot copies one part for each value that it touches. Rows without a job have no bit
//! anywhere.
//!
//! A journal tells which rows got another cell lately, to readers that cache counts of cells.

use std::sync::Arc;

use crate::bits::{Ones, has_bit, insert_bit, ones, remove_bit};
use crate::index::cell::{BlockCounts, CELLS, Cell, CellFilter, FACET_VALUES, FacetValue};
use crate::persist::journal::{Journal, Revision};
use crate::persist::shared_vec::SharedVec;
use crate::rows::bitmap::SpanMut;
use crate::rows::bits::{BlockBits, SPAN_BLOCKS, SPAN_WORDS, count_ones};
use crate::rows::row::{BLOCK_WORDS, BlockId, Row};

/// Changes of cells that the journal remembers: to carry them into a tally takes about as long as to AND bitmaps of a million
/// rows.
const CHANGES_MAX: usize = 2048;

/// A bitmap of rows per facet value.
// Invariants:
//   a row with a job has exactly three bits, the values of its cell; a row without a job has none
//   no_rows has no bit
#[derive(Clone, Debug)]
pub(crate) struct Facets {
    /// Bitmap `span × FACET_VALUES + value`; absent where no row of the span ever had the value.
    bitmaps: SharedVec<Option<Arc<SpanBitmap>>, 16, 16>,
    /// Stands in for absent bitmaps.
    no_rows: Arc<SpanBitmap>,
    journal: Journal<CellChange, CHANGES_MAX>,
}

impl Default for Facets {
    fn default() -> Self {
        let no_rows = Arc::new([0; PART_WORDS]);
        let no_rows = SpanBitmap { parts: std::array::from_fn(|_| Arc::clone(&no_rows)) };
        Self { bitmaps: SharedVec::default(), no_rows: Arc::new(no_rows), journal: Journal::default() }
    }
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

/// The rows of one span that pass a filter on facets: for each facet that is filtered by, a row must have one of the values
/// asked for.
///
/// Most filters ask for one value of each facet: their bitmaps are AND-ed as they are. Several bitmaps of one facet
/// are OR-ed first.
#[derive(Clone, Copy)]
pub(crate) enum SpanFilter<'f> {
    /// Every row.
    All,
    /// The rows of one bitmap.
    One(&'f SpanBitmap),
    /// The rows that two bitmaps have.
    Two(&'f SpanBitmap, &'f SpanBitmap),
    /// The rows that three bitmaps have.
    Three(&'f SpanBitmap, &'f SpanBitmap, &'f SpanBitmap),
    /// The rows that have one of four values of each of three facets.
    Any([[&'f SpanBitmap; 4]; 3]),
}

impl SpanFilter<'_> {
    /// Clears, in a bitmap of one block's rows, the rows that do not pass. `block` is counted within the span.
    #[inline]
    pub(crate) fn retain(&self, bits: &mut BlockBits, block: usize) {
        let mut and = |others: &BlockBits| bits.iter_mut().zip(others).for_each(|(bits, other)| *bits &= *other);
        match *self {
            Self::All => {}
            Self::One(a) => and(a.block(block)),
            Self::Two(a, b) => [a, b].into_iter().for_each(|bitmap| and(bitmap.block(block))),
            Self::Three(a, b, c) => [a, b, c].into_iter().for_each(|bitmap| and(bitmap.block(block))),
            Self::Any(facets) => {
                for values in facets {
                    let [a, b, c, d] = values.map(|bitmap| bitmap.block(block));
                    and(&std::array::from_fn(|word| a[word] | b[word] | c[word] | d[word]));
                }
            }
        }
    }

    /// Inserts into a bitmap those of some rows that pass, both counted within the span.
    #[inline]
    pub(crate) fn insert_passing(&self, offsets: impl Iterator<Item = usize>, rows: &mut SpanMut<'_>) {
        let is_set = |word: u64, offset: usize| word >> (offset % 64) & 1 == 1;
        match self {
            Self::All => offsets.for_each(|offset| {
                rows.insert(offset);
            }),
            Self::One(a) => insert_if(offsets, |at| is_set(a.word(at), at), rows),
            Self::Two(a, b) => insert_if(offsets, |at| is_set(a.word(at) & b.word(at), at), rows),
            Self::Three(a, b, c) => insert_if(offsets, |at| is_set(a.word(at) & b.word(at) & c.word(at), at), rows),
            Self::Any(facets) => {
                let has_any = |at| facets.iter().all(|values| values.iter().any(|bitmap| is_set(bitmap.word(at), at)));
                insert_if(offsets, has_any, rows);
            }
        }
    }
}

/// Offsets of rows that pass, collected before they are inserted.
const PASSING_MAX: usize = 128;

/// Inserts the rows that pass a test. The processor can't predict which do, so they are collected without a branch first: then
/// the test of a row does not wait for the test of the row before.
#[inline]
#[allow(clippy::cast_possible_truncation, reason = "a span has fewer than 65,536 rows")]
fn insert_if(offsets: impl Iterator<Item = usize>, is_passing: impl Fn(usize) -> bool, rows: &mut SpanMut<'_>) {
    let (mut passing, mut len) = ([0_u16; PASSING_MAX], 0);
    let mut insert_all = |passing: &[u16]| {
        for &offset in passing {
            rows.insert(offset.into());
        }
    };
    for offset in offsets {
        passing[len % PASSING_MAX] = offset as u16;
        len += usize::from(is_passing(offset));
        if len == PASSING_MAX {
            insert_all(&passing);
            len = 0;
        }
    }
    insert_all(&passing[..len]);
}

impl Facets {
    /// Adds a row with a job of this cell.
    pub(crate) fn insert(&mut self, row: Row, cell: Cell) {
        self.journal.push(CellChange { row, was: None });
        for value in cell.values() {
            self.bitmap_mut(row, value).insert(row.offset_in_span());
        }
    }

    /// Takes out a row, whose job has this cell.
    pub(crate) fn remove(&mut self, row: Row, cell: Cell) {
        self.journal.push(CellChange { row, was: Some(cell) });
        for value in cell.values() {
            self.bitmap_mut(row, value).remove(row.offset_in_span());
        }
    }

    /// Gives a row another cell. Writes only the values that differ: beside a snapshot each costs the copy of a part.
    pub(crate) fn set_cell(&mut self, row: Row, from: Cell, to: Cell) {
        self.journal.push(CellChange { row, was: Some(from) });
        for (from, to) in from.values().into_iter().zip(to.values()).filter(|(from, to)| from != to) {
            self.bitmap_mut(row, from).remove(row.offset_in_span());
            self.bitmap_mut(row, to).insert(row.offset_in_span());
        }
    }

    /// The bitmap of a value in the span of a row.
    fn bitmap_mut(&mut self, row: Row, value: FacetValue) -> &mut SpanBitmap {
        let bitmap = self.bitmaps.get_mut(row.span() * FACET_VALUES + value.index());
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

    /// How many of a bitmap of one block's rows each cell has.
    pub(crate) fn count_cells(&self, bits: &BlockBits, block: BlockId) -> BlockCounts {
        let of_value = |bits: &BlockBits, value: usize| -> BlockBits {
            let others = self.bitmap(block.span(), value).block(block.offset_in_span());
            std::array::from_fn(|word| bits[word] & others[word])
        };
        let mut counts = [0; CELLS];
        let (by_mode, _) = counts.as_chunks_mut::<3>();
        for (mode, counts) in by_mode.iter_mut().enumerate() {
            let bits = of_value(&of_value(bits, mode / 2), 4 + mode % 2);
            *counts = std::array::from_fn(|status| count_ones(&of_value(&bits, 6 + status)));
        }
        counts
    }

    /// Clears, in a bitmap of one block's rows, the rows that do not pass the filter.
    #[inline]
    pub(crate) fn retain_in_block(&self, bits: &mut BlockBits, block: BlockId, filter: &CellFilter) {
        if !filter.is_all() {
            self.span_filter(block.span(), filter).retain(bits, block.offset_in_span());
        }
    }

    /// The rows of a span that pass the filter.
    #[inline]
    pub(crate) fn span_filter(&self, span: usize, filter: &CellFilter) -> SpanFilter<'_> {
        let one = |values: u16| self.bitmap(span, values.trailing_zeros() as usize);
        let mut filtered = filter.values.into_iter().filter(|&values| values != 0);
        if filter.values.iter().any(|values| values.count_ones() > 1) {
            return SpanFilter::Any(filter.values.map(|values| self.bitmaps_of_facet(span, values)));
        }
        match (filtered.next(), filtered.next(), filtered.next()) {
            (None, ..) => SpanFilter::All,
            (Some(a), None, _) => SpanFilter::One(one(a)),
            (Some(a), Some(b), None) => SpanFilter::Two(one(a), one(b)),
            (Some(a), Some(b), Some(c)) => SpanFilter::Three(one(a), one(b), one(c)),
        }
    }

    fn bitmap(&self, span: usize, value: usize) -> &SpanBitmap {
        self.bitmaps.get(span * FACET_VALUES + value).and_then(Option::as_ref).unwrap_or(&self.no_rows)
    }

    /// The bitmaps of the values asked for of one facet, or of all its values where none is. At most four values can be asked
    /// for.
    fn bitmaps_of_facet(&self, span: usize, values: u16) -> [&SpanBitmap; 4] {
        let mut bitmaps = [&*self.no_rows; 4];
        if values == 0 {
            // Every row has a start mode, so the bitmaps of both modes together have all rows.
            bitmaps[0] = self.bitmap(span, 4);
            bitmaps[1] = self.bitmap(span, 5);
            return bitmaps;
        }
        let asked = Ones::of_word(values.into());
        bitmaps.iter_mut().zip(asked).for_each(|(bitmap, value)| *bitmap = self.bitmap(span, value));
        bitmaps
    }

    /// The cell whose bits a row has, if they are those of one; for checks.
    pub(crate) fn cell_of(&self, row: Row) -> Option<Cell> {
        let has = |value: usize| self.bitmap(row.span(), value).has(row.offset_in_span());
        let values: Vec<usize> = (0..FACET_VALUES).filter(|&value| has(value)).collect();
        Cell::all().find(|cell| values.iter().copied().eq(cell.values().map(FacetValue::index)))
    }

    /// Panics with the name of a broken invariant, where so many rows have a job. Their cells are checked row by row, by
    /// [`cell_of`](Self::cell_of).
    pub(crate) fn check_invariants(&self, rows_len: usize, block_ids_end: usize) {
        let len = |bitmap: &SpanBitmap| bitmap.parts.iter().map(|part| ones(&**part).count()).sum::<usize>();
        assert_eq!(len(&self.no_rows), 0, "the bitmap for absent ones has no bit");
        let spans = 0..block_ids_end.div_ceil(SPAN_BLOCKS);
        let bitmaps = spans.flat_map(|span| (0..FACET_VALUES).map(move |value| self.bitmap(span, value)));
        assert_eq!(bitmaps.map(len).sum::<usize>(), 3 * rows_len, "only rows with a job have bits, each three");
    }
}
