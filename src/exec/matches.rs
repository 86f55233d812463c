//! The matches of a query in time order: how many there are, how many stand before a place, and any slice of them.
//!
//! One walk serves all matches that are counted by block. It passes blocks by their counts and looks only into the blocks that
//! hold a part of the slice.

use std::ops::Range;

use super::row_filter::RowFilter;
use super::row_set::RowSet;
use super::view::View;
use crate::index::cell::{CellFilter, sum_cells};
use crate::index::timeline::Timeline;
use crate::plan::cost::SORTED_BLOCKS_MAX;
use crate::rows::bits::BlockBits;
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
    for BlockMatches { block, before, count } in matches.blocks_from(slice.start) {
        if count > 0 {
            let bits = matches.block_bits(block);
            let (from, to) = (slice.start.saturating_sub(before), count.min(slice.end - before));
            matches.timeline().visit_in_block(block, &bits, from, to, visit);
        }
        if before + count >= slice.end {
            return;
        }
    }
}

/// The jobs that pass the filters within a stretch of time: nothing is listed, the timeline's counts find them.
pub(super) struct TimelineMatches<'a, 's, R> {
    view: &'a View<'s, R>,
    filter: CellFilter,
    /// How many pass before the stretch begins, and before it ends.
    bounds: Range<u64>,
}

impl<'a, 's, R> TimelineMatches<'a, 's, R> {
    pub(super) fn new(view: &'a View<'s, R>, filter: &RowFilter) -> Self {
        let RowFilter { cells: filter, range } = *filter;
        let (from, to) = range.unwrap_or((Place::START, view.timeline.end()));
        let first = view.count_before(&filter, from);
        let end = if to == view.timeline.end() {
            sum_cells(view.timeline.totals(), filter.cells)
        } else {
            view.count_before(&filter, to)
        };
        Self { view, filter, bounds: first..end.max(first) }
    }
}

impl<R> Matches for TimelineMatches<'_, '_, R> {
    fn len(&self) -> u64 {
        self.bounds.end - self.bounds.start
    }

    fn count_before(&self, place: Place) -> u64 {
        self.view.count_before(&self.filter, place).clamp(self.bounds.start, self.bounds.end) - self.bounds.start
    }

    fn visit(&self, slice: Range<u64>, visit: &mut impl FnMut(Row)) {
        visit_by_block(self, self.bounds.start + slice.start..self.bounds.start + slice.end, visit);
    }
}

impl<R> MatchesByBlock for TimelineMatches<'_, '_, R> {
    fn timeline(&self) -> &Timeline {
        self.view.timeline
    }

    fn blocks_from(&self, n: u64) -> impl Iterator<Item = BlockMatches> {
        let blocks = self.view.timeline.blocks_from(n, self.filter.cells);
        blocks.map(|(block, before, count)| BlockMatches { block, before, count })
    }

    fn block_bits(&self, block: BlockId) -> BlockBits {
        self.view.timeline.hits_in_block(self.view.facets, &self.filter, block)
    }
}

/// A few rows, sorted by time one by one.
// Invariant: rows ascends by place, each once
pub(super) struct SortedRows {
    rows: Vec<(Place, Row)>,
}

impl SortedRows {
    /// Those of some rows, in any order, some more than once, that pass a filter.
    pub(super) fn new<R>(view: &View<'_, R>, rows: &[Row], filter: &RowFilter) -> Self {
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

/// Rows that were found, counted by block.
pub(super) struct RowSetMatches<'a, 's, R> {
    view: &'a View<'s, R>,
    rows: RowSet,
    /// The positions of the blocks that have any, ascending, where they are few.
    positions: Option<Vec<usize>>,
}

impl<'a, 's, R> RowSetMatches<'a, 's, R> {
    pub(super) fn new(view: &'a View<'s, R>, rows: RowSet) -> Self {
        let positions = (rows.blocks_len() <= SORTED_BLOCKS_MAX).then(|| {
            let blocks = rows.blocks().filter(|&block| rows.count(block) > 0);
            let mut positions: Vec<usize> = blocks.map(|block| view.timeline.position(block)).collect();
            positions.sort_unstable();
            positions
        });
        Self { view, rows, positions }
    }

    /// How many blocks may have any.
    fn blocks_len(&self) -> usize {
        self.positions.as_ref().map_or(self.view.timeline.blocks_len(), Vec::len)
    }

    /// The position and the number of one of the blocks that may have any, in time order.
    #[inline]
    fn block_at(&self, at: usize) -> (usize, BlockId) {
        let position = self.positions.as_ref().map_or(at, |positions| positions[at]);
        (position, self.view.timeline.block_at(position))
    }

    #[inline]
    fn count_at(&self, at: usize) -> u64 {
        self.rows.count(self.block_at(at).1)
    }

    /// The number, among the blocks, of the block that holds the match with `n` before it, and how many matches lie before that
    /// block. The search begins at the nearer end, because most pages are near one.
    fn find(&self, n: u64) -> (usize, u64) {
        let len = self.rows.len();
        if n > len / 2 {
            let mut before = len;
            for at in (0..self.blocks_len()).rev() {
                before -= self.count_at(at);
                if before <= n {
                    return (at, before);
                }
            }
        }
        let mut before = 0;
        for at in 0..self.blocks_len() {
            let count = self.count_at(at);
            if before + count > n {
                return (at, before);
            }
            before += count;
        }
        (self.blocks_len(), len)
    }
}

impl<R> Matches for RowSetMatches<'_, '_, R> {
    fn len(&self) -> u64 {
        self.rows.len()
    }

    fn count_before(&self, place: Place) -> u64 {
        let len = self.blocks_len();
        let at = match &self.positions {
            Some(positions) => positions.partition_point(|&position| position < place.position),
            None => place.position.min(len),
        };
        // From the end that is nearer.
        let before: u64 = if at <= len / 2 {
            (0..at).map(|at| self.count_at(at)).sum()
        } else {
            self.rows.len() - (at..len).map(|at| self.count_at(at)).sum::<u64>()
        };
        if at == len || place.rank == 0 {
            return before;
        }
        let (position, block) = self.block_at(at);
        if position != place.position || self.rows.count(block) == 0 {
            return before;
        }
        before + self.view.timeline.count_in_block_before(&self.block_bits(block), place) as u64
    }

    fn visit(&self, slice: Range<u64>, visit: &mut impl FnMut(Row)) {
        visit_by_block(self, slice, visit);
    }
}

impl<R> MatchesByBlock for RowSetMatches<'_, '_, R> {
    fn timeline(&self) -> &Timeline {
        self.view.timeline
    }

    fn blocks_from(&self, n: u64) -> impl Iterator<Item = BlockMatches> {
        let (first, mut before) = self.find(n);
        (first..self.blocks_len()).map(move |at| {
            let block = self.block_at(at).1;
            let matches = BlockMatches { block, before, count: self.rows.count(block) };
            before += matches.count;
            matches
        })
    }

    fn block_bits(&self, block: BlockId) -> BlockBits {
        self.rows.block_bits(self.view, block)
    }
}
