//! The rows that match a keyword and the filters, counted by block.
//!
//! Few rows are taken one by one: each is tried against the filters on its way into a bitmap. Of many, whole bitmaps are
//! AND-ed.

use std::mem;

use super::lookup::{FoundRows, KeywordRows, WordMatches};
use super::matches::{Matches, TimelineMatches};
use super::row_filter::RowFilter;
use super::view::View;
use crate::bits::ones;
use crate::index::facets::SpanFilter;
use crate::plan::AccessPath;
use crate::rows::bitmap::Bitmap;
use crate::rows::bits::{BlockBits, SPAN_BLOCKS, SPAN_NUMBERS};
use crate::rows::list_filter::ListFilter;
use crate::rows::postings::{Chunk, Postings, for_each_list};
use crate::rows::row::{BlockId, Place, Row};

/// A set of rows, a bit each.
pub(super) struct RowSet {
    rows: Bitmap,
}

impl RowSet {
    /// The rows of a keyword that pass a filter, by one of the paths that make a set of rows.
    pub(super) fn of_keyword(view: &View<'_>, keyword: KeywordRows, filter: &RowFilter<'_>, path: AccessPath) -> Self {
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
    fn probe<'p>(view: &View<'_>, filter: &RowFilter<'_>, lists: impl Iterator<Item = &'p Postings>) -> Self {
        let mut prober = Prober::new(view, filter);
        prober.insert_lists(lists);
        prober.finish()
    }

    /// The rows of labels that pass a filter, where a condition accepts some: those of the condition that accepts the fewest are
    /// tried one by one.
    pub(super) fn of_labels(view: &View<'_>, filter: &RowFilter<'_>) -> Option<Self> {
        let lists = &filter.labels.lists;
        let rarest = lists.rarest()?;
        let mut prober = Prober::new(view, filter);
        prober.insert_lists(lists.clauses()[rarest].lists().iter());
        Some(prober.finish_by(&lists.without(rarest)))
    }

    /// Those of some rows that pass a filter.
    fn of_rows(view: &View<'_>, filter: &RowFilter<'_>, rows: &[Row]) -> Self {
        let mut prober = Prober::new(view, filter);
        prober.insert_each(rows.iter().copied());
        prober.finish()
    }

    /// The rows of a bitmap that pass a filter, by AND.
    fn of_bitmap(view: &View<'_>, filter: &RowFilter<'_>, mut rows: Bitmap) -> Self {
        rows.retain(|span, words| {
            let passing = view.facets.span_filter(span, filter.cells.facets);
            let (blocks, _) = words.as_chunks_mut();
            blocks.iter_mut().enumerate().for_each(|(block, bits)| passing.retain(bits, block));
        });
        retain(view, &mut rows, &filter.labels.lists, filter.range);
        Self { rows }
    }

    /// The rows of a word's lists that pass a filter, by AND.
    fn and(view: &View<'_>, filter: &RowFilter<'_>, word: &WordMatches) -> Self {
        let mut rows = Bitmap::new(view.timeline.block_ids_end());
        rows.unite_all(word.lists(view.words));
        Self::of_bitmap(view, filter, rows)
    }

    /// The rows that pass the filters and whose names match, looked up name by name.
    fn scan(view: &View<'_>, filter: &RowFilter<'_>, word: &WordMatches) -> Self {
        let mut rows = Bitmap::new(view.timeline.block_ids_end());
        let mut visit = |row| {
            if word.contains(view.words, row, view.records.name(row)) {
                rows.insert(row);
            }
        };
        if let Some(labelled) = Self::of_labels(view, filter) {
            labelled.rows.rows().for_each(&mut visit);
        } else {
            let passing = TimelineMatches::new(view, filter);
            passing.visit(0..passing.len(), &mut visit);
            rows.retain_by_block(|block, bits| filter.labels.lists.retain(block, bits));
        }
        Self { rows }
    }

    /// The set and those of a few more rows that pass the filter.
    fn with(mut self, view: &View<'_>, filter: &RowFilter<'_>, rows: &[Row]) -> Self {
        for &row in rows.iter().filter(|&&row| filter.passes(view, row)) {
            self.rows.insert(row);
        }
        self
    }

    pub(super) fn len(&self) -> u64 {
        self.rows.len()
    }

    /// How many blocks may have rows, at most.
    pub(super) fn blocks_len(&self) -> usize {
        self.rows.blocks_len()
    }

    /// The blocks that have rows, in no order.
    pub(super) fn blocks(&self) -> impl Iterator<Item = BlockId> {
        self.rows.blocks().filter(|&block| self.count(block) > 0)
    }

    /// How many rows a block has.
    #[inline]
    pub(super) fn count(&self, block: BlockId) -> u64 {
        self.rows.count(block)
    }

    /// The rows of one block.
    pub(super) fn block_bits(&self, block: BlockId) -> &BlockBits {
        self.rows.block_bits(block)
    }
}

/// Rows that are tried together.
const TRIED_TOGETHER: usize = 64;

/// Tries rows against a filter, one by one.
///
/// The processor can't predict which pass. So the rows of short lists are gathered, and a loop without a branch tries some together:
/// then the test of a row does not wait for the test of the row before.
// Invariant: the first untried_len rows of untried are still to be tried
struct Prober<'a, 's> {
    view: &'a View<'s>,
    filter: &'a RowFilter<'a>,
    /// The facet filter by span, made when the first row of a span comes.
    filters: Vec<Option<SpanFilter<'a>>>,
    untried: [Row; TRIED_TOGETHER],
    untried_len: usize,
    rows: Bitmap,
}

impl<'a, 's> Prober<'a, 's> {
    fn new(view: &'a View<'s>, filter: &'a RowFilter<'a>) -> Self {
        let blocks_end = view.timeline.block_ids_end();
        let filters = vec![None; blocks_end.div_ceil(SPAN_BLOCKS)];
        let (untried, untried_len) = ([Row::default(); _], 0);
        Self { view, filter, filters, untried, untried_len, rows: Bitmap::new(blocks_end) }
    }

    /// Inserts those rows of some posting lists that pass.
    fn insert_lists<'p>(&mut self, lists: impl Iterator<Item = &'p Postings>) {
        for_each_list(lists, |list| list.chunks().for_each(|chunk| self.insert_chunk(chunk)));
    }

    fn insert_chunk(&mut self, chunk: Chunk<'_>) {
        match chunk {
            Chunk::Numbers(numbers) => self.insert_each(numbers.iter().map(|&number| Row::from_number(number))),
            Chunk::Offsets(first, offsets) => {
                self.insert_in_span(first / SPAN_NUMBERS, offsets.iter().map(|&offset| usize::from(offset)));
            }
            Chunk::Bits(first, words) => self.insert_in_span(first / SPAN_NUMBERS, ones(words)),
        }
    }

    /// Inserts those of some rows that pass, these or later.
    fn insert_each(&mut self, rows: impl Iterator<Item = Row>) {
        for row in rows {
            self.untried[self.untried_len] = row;
            self.untried_len += 1;
            if self.untried_len == TRIED_TOGETHER {
                self.try_together();
            }
        }
    }

    /// Tries the rows that are still to be tried.
    fn try_together(&mut self) {
        let (mut passing, mut len) = ([Row::default(); TRIED_TOGETHER], 0);
        for &row in &self.untried[..mem::take(&mut self.untried_len)] {
            let filter = span_filter(&mut self.filters, self.view, self.filter, row.span());
            passing[len] = row;
            len += usize::from(filter.passes(row.offset_in_span()));
        }
        for &row in &passing[..len] {
            self.rows.insert(row);
        }
    }

    /// Inserts those of some rows of a span that pass.
    #[inline]
    fn insert_in_span(&mut self, span: usize, offsets: impl Iterator<Item = usize>) {
        let filter = span_filter(&mut self.filters, self.view, self.filter, span);
        filter.insert_passing(offsets, &mut self.rows.span_mut(span));
    }

    fn finish(self) -> RowSet {
        let lists = &self.filter.labels.lists;
        self.finish_by(lists)
    }

    /// The rows that pass the filter, with these conditions in the place of those on labels.
    fn finish_by(mut self, lists: &ListFilter) -> RowSet {
        self.try_together();
        retain(self.view, &mut self.rows, lists, self.filter.range);
        RowSet { rows: self.rows }
    }
}

/// The facet filter of a span, which is made if this is its first row.
#[inline]
fn span_filter<'f, 'a>(
    filters: &'f mut [Option<SpanFilter<'a>>],
    view: &View<'a>,
    filter: &RowFilter<'a>,
    span: usize,
) -> &'f SpanFilter<'a> {
    filters[span].get_or_insert_with(|| view.facets.span_filter(span, filter.cells.facets))
}

/// Keeps the rows that meet some conditions, of a stretch of time.
fn retain(view: &View<'_>, rows: &mut Bitmap, lists: &ListFilter, range: Option<(Place, Place)>) {
    if !lists.is_all() {
        rows.retain_by_block(|block, bits| lists.retain(block, bits));
    }
    if let Some((from, to)) = range {
        rows.retain_by_block(|block, bits| view.timeline.retain_between(block, bits, from, to));
    }
}
