//! The matches of a query whose rows are counted by block.
//!
//! A list of a broad keyword or label then costs as much as one without: the total is at hand, and counts lead to the page.

use std::ops::Range;
use std::sync::Arc;

use super::matches::{BlockMatches, Matches, MatchesByBlock, visit_by_block};
use super::row_filter::RowFilter;
use super::view::View;
use crate::cache::counts::CachedCounts;
use crate::index::timeline::Timeline;
use crate::rows::bits::BlockBits;
use crate::rows::row::{BlockId, Place, Row};

/// The counted rows within a stretch of time.
pub(super) struct CountedMatches<'a, 's> {
    view: &'a View<'s>,
    counted: Arc<CachedCounts>,
    /// How many pass before the stretch begins, and before it ends.
    bounds: Range<u64>,
}

impl<'a, 's> CountedMatches<'a, 's> {
    pub(super) fn new(view: &'a View<'s>, counted: Arc<CachedCounts>, filter: &RowFilter<'_>) -> Self {
        let total = counted.counts.total();
        let mut matches = Self { view, counted, bounds: 0..total };
        if let Some((from, to)) = filter.range {
            let first = matches.count_in_all_before(from);
            matches.bounds = first..matches.count_in_all_before(to).max(first);
        }
        matches
    }

    /// How many stand before a place, in the stretch or not.
    fn count_in_all_before(&self, place: Place) -> u64 {
        let before = self.counted.counts.count_before(self.view.timeline.directory(), place.position);
        if place.rank == 0 {
            return before;
        }
        let hits = self.block_bits(self.view.timeline.block_at(place.position));
        before + self.view.timeline.count_in_block_before(&hits, place) as u64
    }
}

impl Matches for CountedMatches<'_, '_> {
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

impl MatchesByBlock for CountedMatches<'_, '_> {
    fn timeline(&self) -> &Timeline {
        self.view.timeline
    }

    fn blocks_from(&self, n: u64) -> impl Iterator<Item = BlockMatches> {
        let (counts, order) = (&self.counted.counts, self.view.timeline.directory());
        let (first, mut before) = counts.find(order, n);
        let blocks = (first..order.len()).map(|position| order.block(position));
        blocks.map(move |block| {
            let matches = BlockMatches { block, before, count: counts.count(block).into() };
            before += matches.count;
            matches
        })
    }

    fn block_bits(&self, block: BlockId) -> BlockBits {
        let counted = &self.counted;
        let mut bits = self.view.block_bits(block, counted.rows.as_ref(), &counted.lists);
        self.view.facets.retain_in_block(&mut bits, block, &counted.facets);
        bits
    }
}
