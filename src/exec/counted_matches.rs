//! The matches of a cached keyword whose rows are counted by cell.
//!
//! A list of a broad keyword then costs as much as one without a keyword: sums give the total, and counts lead to the page.

use std::ops::Range;
use std::sync::Arc;

use super::matches::{BlockMatches, Matches, MatchesByBlock, visit_by_block};
use super::row_filter::RowFilter;
use super::view::View;
use crate::cache::keywords::CachedTally;
use crate::cache::tally::CellMask;
use crate::index::cell::{CellCounts, CellFilter, difference, sum_cells};
use crate::index::timeline::Timeline;
use crate::rows::bits::BlockBits;
use crate::rows::row::{BlockId, Place, Row};

/// The rows of a tally that pass the filters: counts find them, as those of the timeline.
pub(super) struct CountedMatches<'a, 's, R> {
    view: &'a View<'s, R>,
    tally: Arc<CachedTally>,
    filter: CellFilter,
    mask: CellMask,
    /// How many pass before the range begins, and before it ends.
    bounds: Range<u64>,
}

impl<'a, 's, R> CountedMatches<'a, 's, R> {
    pub(super) fn new(view: &'a View<'s, R>, tally: Arc<CachedTally>, filter: &RowFilter) -> Self {
        let RowFilter { cells: filter, range } = *filter;
        let total = sum_cells(tally.counts.totals(), filter.cells);
        let mut matches = Self { view, tally, filter, mask: CellMask::new(filter.cells), bounds: 0..total };
        if let Some((from, to)) = range {
            let first = matches.count_in_all_before(from);
            matches.bounds = first..matches.count_in_all_before(to).max(first);
        }
        matches
    }

    /// How many stand before a place, in the range or not.
    fn count_in_all_before(&self, place: Place) -> u64 {
        sum_cells(&cell_counts_before(self.view, &self.tally, place), self.filter.cells)
    }
}

impl<R> Matches for CountedMatches<'_, '_, R> {
    fn len(&self) -> u64 {
        self.bounds.end - self.bounds.start
    }

    fn count_before(&self, place: Place) -> u64 {
        self.count_in_all_before(place).clamp(self.bounds.start, self.bounds.end) - self.bounds.start
    }

    fn visit(&self, slice: Range<u64>, visit: &mut impl FnMut(Row)) {
        visit_by_block(self, self.bounds.start + slice.start..self.bounds.start + slice.end, visit);
    }
}

impl<R> MatchesByBlock for CountedMatches<'_, '_, R> {
    fn timeline(&self) -> &Timeline {
        self.view.timeline
    }

    fn blocks_from(&self, n: u64) -> impl Iterator<Item = BlockMatches> {
        let (counts, order) = (&self.tally.counts, self.view.timeline.directory());
        let (first, mut before) = counts.find(order, n, &self.mask);
        let blocks = (first..order.len()).map(|position| order.block(position));
        blocks.map(move |block| {
            let matches = BlockMatches { block, before, count: counts.count(block, &self.mask) };
            before += matches.count;
            matches
        })
    }

    fn block_bits(&self, block: BlockId) -> BlockBits {
        let mut bits = self.tally.rows.block_bits(block);
        self.view.facets.retain_in_block(&mut bits, block, &self.filter);
        bits
    }
}

/// How many rows of a tally each cell has between two places.
pub(super) fn cell_counts_between<R>(view: &View<'_, R>, tally: &CachedTally, from: Place, to: Place) -> CellCounts {
    difference(&cell_counts_before(view, tally, to), &cell_counts_before(view, tally, from))
}

/// How many rows of a tally each cell has before a place.
fn cell_counts_before<R>(view: &View<'_, R>, tally: &CachedTally, place: Place) -> CellCounts {
    let order = view.timeline.directory();
    let mut counts = tally.counts.cell_counts_before(order, place.position);
    if place.rank > 0 {
        for row in view.timeline.rows_at(place.position).take(place.rank) {
            counts[view.timeline.cell(row).index()] += u64::from(tally.rows.contains(row.number()));
        }
    }
    counts
}
