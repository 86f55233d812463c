//! The matches of a set of rows, in time order.

use std::ops::Range;

use super::matches::{BlockMatches, Matches, MatchesByBlock, visit_by_block};
use super::row_set::RowSet;
use super::view::View;
use crate::index::timeline::Timeline;
use crate::plan::cost::SORTED_BLOCKS_MAX;
use crate::rows::bits::BlockBits;
use crate::rows::row::{BlockId, Place, Row};

/// Rows that were found, counted by block.
pub(super) struct RowSetMatches<'a, 's> {
    view: &'a View<'s>,
    rows: RowSet,
    /// The positions of the blocks that have any, ascending, where they are few.
    positions: Option<Vec<usize>>,
}

impl<'a, 's> RowSetMatches<'a, 's> {
    pub(super) fn new(view: &'a View<'s>, rows: RowSet) -> Self {
        let positions = (rows.blocks_len() <= SORTED_BLOCKS_MAX).then(|| {
            let mut positions: Vec<usize> = rows.blocks().map(|block| view.timeline.position(block)).collect();
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

impl Matches for RowSetMatches<'_, '_> {
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

impl MatchesByBlock for RowSetMatches<'_, '_> {
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
        *self.rows.block_bits(block)
    }
}
