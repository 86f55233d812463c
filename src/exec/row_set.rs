//! The rows that match a keyword and the filters, counted by block.
//!
//! Few rows are taken one by one: each is tried against the filters on its way into a bitmap. Of many, whole bitmaps are
//! AND-ed. Rows that are cached as one list are not copied into a bitmap: the blocks of the list are AND-ed with the filters
//! once to count them, and again for the few blocks that the page is cut from.

use std::sync::Arc;

use super::lookup::{FoundRows, KeywordRows, WordMatches};
use super::matches::{Matches, TimelineMatches};
use super::row_filter::RowFilter;
use super::view::View;
use crate::bits::ones;
use crate::cache::keywords::CachedRows;
use crate::index::cell::CellCounts;
use crate::index::facets::SpanFilter;
use crate::index::record::Records;
use crate::plan::AccessPath;
use crate::rows::bitmap::Bitmap;
use crate::rows::bits::{BlockBits, SPAN_BLOCKS, SPAN_NUMBERS, count_ones};
use crate::rows::postings::{Chunk, Postings};
use crate::rows::row::{BLOCK_WORDS, BlockId, Place, Row, Slot};

/// A set of rows.
pub(super) enum RowSet {
    /// A bit each.
    Bits(Bitmap),
    /// The rows of a cached posting list that pass a filter.
    Cached { rows: Arc<CachedRows>, filter: RowFilter, counts: Vec<u16>, len: u64 },
}

impl RowSet {
    /// The rows of a keyword that pass a filter, by one of the paths that make a set of rows.
    pub(super) fn of_keyword<R: Records>(
        view: &View<'_, R>,
        keyword: KeywordRows,
        filter: &RowFilter,
        path: AccessPath,
    ) -> Self {
        let rows = match (keyword.found, keyword.words.as_slice(), path) {
            (Some(FoundRows::Listed(rows)), ..) => Self::of_rows(view, filter, &rows),
            (Some(FoundRows::InBitmap(bits)), ..) => Self::of_bitmap(view, filter, bits),
            (None, [word], AccessPath::FilterScan) => Self::scan(view, filter, word),
            (None, [word], AccessPath::KeywordBitmap) => Self::and(view, filter, word),
            (None, words, _) => Self::probe(view, filter, words.iter().flat_map(|word| word.lists(view.words))),
        };
        rows.with(view, filter, &keyword.id_rows)
    }

    /// The rows of some posting lists that pass a filter, tried one by one.
    fn probe<'p, R>(view: &View<'_, R>, filter: &RowFilter, lists: impl Iterator<Item = &'p Postings>) -> Self {
        let mut prober = Prober::new(view, filter);
        lists.flat_map(Postings::chunks).for_each(|chunk| prober.insert_chunk(chunk));
        prober.finish()
    }

    /// Those of some rows that pass a filter.
    fn of_rows<R>(view: &View<'_, R>, filter: &RowFilter, rows: &[Row]) -> Self {
        let mut prober = Prober::new(view, filter);
        prober.insert_each(rows, |row| row.index());
        prober.finish()
    }

    /// The rows of a bitmap that pass a filter, by AND.
    fn of_bitmap<R>(view: &View<'_, R>, filter: &RowFilter, mut rows: Bitmap) -> Self {
        rows.retain(|span, words| {
            let passing = view.facets.span_filter(span, &filter.cells);
            let (blocks, _) = words.as_chunks_mut();
            blocks.iter_mut().enumerate().for_each(|(block, bits)| passing.retain(bits, block));
        });
        retain_between(view, &mut rows, filter.range);
        Self::Bits(rows)
    }

    /// The rows of a word's lists that pass a filter, by AND.
    fn and<R>(view: &View<'_, R>, filter: &RowFilter, word: &WordMatches) -> Self {
        if let Some(cached) = word.cached().filter(|cached| cached.rows().is_long()) {
            return Self::of_cached(view, filter, cached);
        }
        let mut rows = Bitmap::new(view.timeline.block_ids_end());
        rows.unite_all(word.lists(view.words));
        Self::of_bitmap(view, filter, rows)
    }

    fn of_cached<R>(view: &View<'_, R>, filter: &RowFilter, rows: &Arc<CachedRows>) -> Self {
        let mut counts = vec![0; view.timeline.block_ids_end().next_multiple_of(SPAN_BLOCKS)];
        let (spans, _) = counts.as_chunks_mut::<SPAN_BLOCKS>();
        for (span, counts) in spans.iter_mut().enumerate() {
            count_span(view, filter, rows.rows(), span, counts);
        }
        let len = counts.iter().map(|&count| u64::from(count)).sum();
        Self::Cached { rows: Arc::clone(rows), filter: *filter, counts, len }
    }

    /// The rows that pass the filters and whose names match, looked up name by name.
    fn scan<R: Records>(view: &View<'_, R>, filter: &RowFilter, word: &WordMatches) -> Self {
        let mut rows = Bitmap::new(view.timeline.block_ids_end());
        let passing = TimelineMatches::new(view, filter);
        passing.visit(0..passing.len(), &mut |row| {
            if word.contains(view.words, row, view.records.name(row)) {
                rows.insert(row);
            }
        });
        Self::Bits(rows)
    }

    /// The set and those of a few more rows that pass the filter.
    fn with<R>(self, view: &View<'_, R>, filter: &RowFilter, rows: &[Row]) -> Self {
        if rows.is_empty() {
            return self;
        }
        let mut bits = match self {
            Self::Bits(bits) => bits,
            Self::Cached { .. } => self.to_bitmap(view),
        };
        for &row in rows.iter().filter(|&&row| filter.passes(view, row)) {
            bits.insert(row);
        }
        Self::Bits(bits)
    }

    fn to_bitmap<R>(&self, view: &View<'_, R>) -> Bitmap {
        let mut bits = Bitmap::new(view.timeline.block_ids_end());
        for block in self.blocks() {
            for slot in ones(&self.block_bits(view, block)) {
                bits.insert(Row::new(block, Slot::new(slot)));
            }
        }
        bits
    }

    pub(super) fn len(&self) -> u64 {
        match self {
            Self::Bits(bits) => bits.len(),
            Self::Cached { len, .. } => *len,
        }
    }

    /// How many blocks may have rows, at most.
    pub(super) fn blocks_len(&self) -> usize {
        match self {
            Self::Bits(bits) => bits.blocks_len(),
            Self::Cached { counts, .. } => counts.len(),
        }
    }

    /// The blocks that have rows, in no order.
    pub(super) fn blocks(&self) -> Vec<BlockId> {
        let mut blocks = Vec::with_capacity(self.blocks_len());
        match self {
            Self::Bits(bits) => blocks.extend(bits.blocks().filter(|&block| bits.count(block) > 0)),
            Self::Cached { counts, .. } => {
                let numbered = counts.iter().enumerate().filter(|(_, count)| **count > 0);
                blocks.extend(numbered.map(|(block, _)| BlockId::new(block)));
            }
        }
        blocks
    }

    /// How many rows a block has.
    #[inline]
    pub(super) fn count(&self, block: BlockId) -> u64 {
        match self {
            Self::Bits(bits) => bits.count(block),
            Self::Cached { counts, .. } => counts[block.index()].into(),
        }
    }

    /// The rows of one block.
    pub(super) fn block_bits<R>(&self, view: &View<'_, R>, block: BlockId) -> BlockBits {
        match self {
            Self::Bits(bits) => *bits.block_bits(block),
            Self::Cached { rows, filter, .. } => {
                let mut bits = rows.rows().block_bits(block);
                filter.retain(view, block, &mut bits);
                bits
            }
        }
    }

    /// How many of the rows each cell has.
    pub(super) fn cell_counts<R>(&self, view: &View<'_, R>) -> CellCounts {
        let mut counts = CellCounts::default();
        for block in self.blocks() {
            let of_block = view.count_cells(block, &self.block_bits(view, block));
            counts.iter_mut().zip(of_block).for_each(|(count, more)| *count += u64::from(more));
        }
        counts
    }
}

/// Tries rows against a filter, one by one.
struct Prober<'a, 's, R> {
    view: &'a View<'s, R>,
    filter: &'a RowFilter,
    /// The facet filter by span, made when the first row of a span comes.
    filters: Vec<Option<SpanFilter<'a>>>,
    rows: Bitmap,
}

impl<'a, 's, R> Prober<'a, 's, R> {
    fn new(view: &'a View<'s, R>, filter: &'a RowFilter) -> Self {
        let blocks_end = view.timeline.block_ids_end();
        let filters = vec![None; blocks_end.div_ceil(SPAN_BLOCKS)];
        Self { view, filter, filters, rows: Bitmap::new(blocks_end) }
    }

    fn insert_chunk(&mut self, chunk: Chunk<'_>) {
        match chunk {
            Chunk::Numbers(numbers) => self.insert_each(numbers, |&number| number as usize),
            Chunk::Offsets(first, offsets) => {
                self.insert_in_span(first / SPAN_NUMBERS, offsets.iter().map(|&offset| usize::from(offset)));
            }
            Chunk::Bits(first, words) => self.insert_in_span(first / SPAN_NUMBERS, ones(words)),
        }
    }

    /// Inserts those of some rows that pass; the faster, the more of a span come together.
    fn insert_each<T>(&mut self, rows: &[T], index: impl Fn(&T) -> usize) {
        for rows in rows.chunk_by(|a, b| index(a) / SPAN_NUMBERS == index(b) / SPAN_NUMBERS) {
            self.insert_in_span(index(&rows[0]) / SPAN_NUMBERS, rows.iter().map(|row| index(row) % SPAN_NUMBERS));
        }
    }

    /// Inserts those of some rows of a span that pass.
    #[inline]
    fn insert_in_span(&mut self, span: usize, offsets: impl Iterator<Item = usize>) {
        let (facets, cells) = (self.view.facets, &self.filter.cells);
        let filter = self.filters[span].get_or_insert_with(|| facets.span_filter(span, cells));
        filter.insert_passing(offsets, &mut self.rows.span_mut(span));
    }

    fn finish(mut self) -> RowSet {
        retain_between(self.view, &mut self.rows, self.filter.range);
        RowSet::Bits(self.rows)
    }
}

/// Keeps the rows of a stretch of time.
fn retain_between<R>(view: &View<'_, R>, rows: &mut Bitmap, range: Option<(Place, Place)>) {
    if let Some((from, to)) = range {
        rows.retain_by_block(|block, bits| view.timeline.retain_between(block, bits, from, to));
    }
}

/// Counts, block by block of a span, the rows of a posting list that pass.
fn count_span<R>(
    view: &View<'_, R>,
    filter: &RowFilter,
    rows: &Postings,
    span: usize,
    counts: &mut [u16; SPAN_BLOCKS],
) {
    let words = rows.span_bits(span);
    let passing = view.facets.span_filter(span, &filter.cells);
    let (blocks, _) = words.as_chunks::<BLOCK_WORDS>();
    for (index, (count, mut bits)) in counts.iter_mut().zip(blocks.iter().copied()).enumerate() {
        passing.retain(&mut bits, index);
        *count = count_ones(&bits);
        if let Some((from, to)) = filter.range.filter(|_| *count > 0) {
            view.timeline.retain_between(BlockId::in_span(span, index), &mut bits, from, to);
            *count = count_ones(&bits);
        }
    }
}
