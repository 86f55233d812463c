//! The matches of a query in time order: how many there are, how many stand before a place, and any slice of them.
//!
//! One walk serves all matches that are counted by block. It passes blocks by their counts and looks only into the blocks that
//! hold a part of the slice.

use std::iter;
use std::ops::Range;

use super::lookup::{FoundRows, KeywordRows};
use super::row_filter::RowFilter;
use super::view::View;
use crate::index::timeline::{CellFilter, Timeline};
use crate::persist::prefetch::{READ_TOGETHER, read_together};
use crate::rows::bits::BlockBits;
use crate::rows::postings::Postings;
use crate::rows::row::{BlockId, Place, Row};

/// The matches of a query in time order.
///
/// The answers do not change from call to call.
pub(super) trait Matches {
    /// How many there are.
    fn len(&self) -> u64;

    /// How many stand before a place; all of them for a place behind everything.
    fn count_before(&self, place: Place) -> u64;

    /// Calls `visit` with the matches of a slice, in time order, each once. The part of a slice that lies behind the last match
    /// is empty.
    fn visit(&self, slice: Range<u64>, visit: &mut impl FnMut(Row));
}

/// Matches that are counted by block.
pub(super) trait MatchesByBlock {
    /// The order of the blocks, and of the rows in each.
    fn timeline(&self) -> &Timeline;

    /// The blocks in time order, from the one that holds the match with `n` before it; none if there are not so many. Blocks
    /// without a match may be among them.
    fn blocks_from(&self, n: u64) -> impl Iterator<Item = BlockMatches>;

    /// The matches of one block, as many as are counted.
    fn block_bits(&self, block: BlockId) -> BlockBits;
}

/// How many matches a block has.
#[derive(Clone, Copy, Debug)]
pub(super) struct BlockMatches {
    pub(super) block: BlockId,
    /// Matches that stand before the block.
    pub(super) before: u64,
    pub(super) count: u64,
}

/// Calls `visit` with the matches of a slice, in time order.
pub(super) fn visit_by_block<M: MatchesByBlock>(matches: &M, slice: Range<u64>, visit: &mut impl FnMut(Row)) {
    if slice.is_empty() {
        return;
    }
    let timeline = matches.timeline();
    let mut blocks = matches.blocks_from(slice.start).filter(|block| block.count > 0);
    let mut behind = slice.start;
    // No block is asked for behind the slice: the next one that has matches may be far away.
    let mut blocks = iter::from_fn(|| {
        let block = if behind < slice.end { blocks.next()? } else { return None };
        behind = block.before + block.count;
        Some(block)
    });
    // Most slices lie in one block. Those of rare matches lie in many, which are read together.
    while let Some(first) = blocks.next() {
        let others: Vec<BlockMatches> = blocks.by_ref().take(READ_TOGETHER).collect();
        read_together(others.iter().map(|other| timeline.prefetch(other.block)));
        for BlockMatches { block, before, count } in iter::once(first).chain(others) {
            let bits = matches.block_bits(block);
            let (from, to) = (slice.start.saturating_sub(before), count.min(slice.end - before));
            timeline.visit_in_block(block, &bits, from, to, visit);
        }
    }
}

/// The jobs that pass the filters within a stretch of time: nothing is listed, the timeline's counts find them.
pub(super) struct TimelineMatches<'a, 's> {
    view: &'a View<'s>,
    filter: &'a CellFilter<'a>,
    /// How many pass before the stretch begins, and before it ends.
    bounds: Range<u64>,
}

impl<'a, 's> TimelineMatches<'a, 's> {
    pub(super) fn new(view: &'a View<'s>, filter: &'a RowFilter<'a>) -> Self {
        let RowFilter { cells: filter, range, .. } = filter;
        let (from, to) = range.unwrap_or((Place::START, view.timeline.end()));
        let first = view.count_before(filter, from);
        let end = if to == view.timeline.end() { view.timeline.total(filter) } else { view.count_before(filter, to) };
        Self { view, filter, bounds: first..end.max(first) }
    }
}

impl Matches for TimelineMatches<'_, '_> {
    fn len(&self) -> u64 {
        self.bounds.end - self.bounds.start
    }

    fn count_before(&self, place: Place) -> u64 {
        self.view.count_before(self.filter, place).clamp(self.bounds.start, self.bounds.end) - self.bounds.start
    }

    fn visit(&self, slice: Range<u64>, visit: &mut impl FnMut(Row)) {
        visit_by_block(self, self.bounds.start + slice.start..self.bounds.start + slice.end, visit);
    }
}

impl MatchesByBlock for TimelineMatches<'_, '_> {
    fn timeline(&self) -> &Timeline {
        self.view.timeline
    }

    fn blocks_from(&self, n: u64) -> impl Iterator<Item = BlockMatches> {
        let blocks = self.view.timeline.blocks_from(n, &self.filter.selection);
        blocks.map(|(block, before, count)| BlockMatches { block, before, count })
    }

    fn block_bits(&self, block: BlockId) -> BlockBits {
        self.view.timeline.hits_in_block(self.view.facets, self.filter.facets, block)
    }
}

/// A few rows, sorted by time one by one.
// Invariant: rows ascends by place, each once
pub(super) struct SortedRows {
    rows: Vec<(Place, Row)>,
}

impl SortedRows {
    /// The rows of a keyword that pass a filter.
    pub(super) fn of_keyword(view: &View<'_>, keyword: KeywordRows, filter: &RowFilter<'_>) -> Self {
        let KeywordRows { id_rows, words, found } = keyword;
        let in_lists = || {
            let lists = words.iter().flat_map(|word| word.lists(view.words));
            lists.flat_map(Postings::iter).map(Row::from_number).collect()
        };
        let mut rows = found.map_or_else(in_lists, FoundRows::into_listed);
        rows.extend_from_slice(&id_rows);
        Self::new(view, &rows, filter)
    }

    /// The rows of labels that pass a filter, of which the condition that accepts the fewest has few.
    pub(super) fn of_labels(view: &View<'_>, filter: &RowFilter<'_>) -> Self {
        let lists = &filter.labels.lists;
        let rarest = lists.rarest().map_or(&[][..], |rarest| lists.clauses()[rarest].lists());
        let rows: Vec<Row> = rarest.iter().flat_map(Postings::iter).map(Row::from_number).collect();
        Self::new(view, &rows, filter)
    }

    /// Those of some rows, in any order, some more than once, that pass a filter.
    fn new(view: &View<'_>, rows: &[Row], filter: &RowFilter<'_>) -> Self {
        let passing = rows.iter().filter(|&&row| filter.passes(view, row));
        let mut rows: Vec<(Place, Row)> = passing.map(|&row| (view.timeline.place_of(row), row)).collect();
        rows.sort_unstable_by_key(|&(place, _)| place);
        rows.dedup_by_key(|&mut (place, _)| place);
        Self { rows }
    }

    /// The rows in time order.
    pub(super) fn rows(&self) -> impl Iterator<Item = Row> + '_ {
        self.rows.iter().map(|&(_, row)| row)
    }
}

impl Matches for SortedRows {
    fn len(&self) -> u64 {
        self.rows.len() as u64
    }

    fn count_before(&self, place: Place) -> u64 {
        self.rows.partition_point(|&(other, _)| other < place) as u64
    }

    fn visit(&self, slice: Range<u64>, visit: &mut impl FnMut(Row)) {
        let numbered = (0..).zip(self.rows()).filter(|(number, _)| slice.contains(number));
        numbered.for_each(|(_, row)| visit(row));
    }
}
