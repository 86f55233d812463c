//! The matches of a query in time order: how many there are, how many stand before a place, and any slice of them.

use std::ops::Range;

use crate::exec::row_set::{RowFilter, RowSet};
use crate::exec::view::View;
use crate::index::cell::{CellFilter, sum_cells};
use crate::rows::row::{BlockId, Place, Row};

/// The matches of a query in time order.
pub(super) trait Matches {
    /// How many there are.
    fn len(&self) -> u64;

    /// How many stand before a place.
    fn count_before(&self, place: Place) -> u64;

    /// Those of a slice, in order.
    fn visit(&self, slice: Range<u64>, visit: &mut impl FnMut(Row));
}

/// The jobs that pass the filters within a stretch of time: nothing is listed, the timeline's counts find them.
pub(super) struct TimelineMatches<'a, 's, R> {
    view: &'a View<'s, R>,
    filter: CellFilter,
    /// How many pass before the stretch begins, and before it ends.
    bounds: Range<u64>,
}

impl<'a, 's, R> TimelineMatches<'a, 's, R> {
    pub(super) fn new(view: &'a View<'s, R>, filter: CellFilter, from: Place, to: Place) -> Self {
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
        let (from, to) = (self.bounds.start + slice.start, self.bounds.start + slice.end);
        self.view.timeline.visit_slice(self.view.facets, &self.filter, from, to, visit);
    }
}

/// A few rows, put in order one by one.
// Invariant: rows ascends by place, each once
pub(super) struct FewMatches {
    rows: Vec<(Place, Row)>,
}

impl FewMatches {
    /// Rows up to which this is quicker than a bitmap.
    pub(super) const ROWS_MAX: usize = 16;

    /// Those of some rows, in any order, some more than once, that pass a filter.
    pub(super) fn new<R>(view: &View<'_, R>, rows: &[Row], filter: &RowFilter) -> Self {
        let passing = rows.iter().filter(|&&row| filter.admits(view, row));
        let mut rows: Vec<(Place, Row)> = passing.map(|&row| (view.timeline.place_of(row), row)).collect();
        rows.sort_unstable_by_key(|&(place, _)| place);
        rows.dedup_by_key(|&mut (place, _)| place);
        Self { rows }
    }
}

impl Matches for FewMatches {
    fn len(&self) -> u64 {
        self.rows.len() as u64
    }

    fn count_before(&self, place: Place) -> u64 {
        self.rows.partition_point(|&(other, _)| other < place) as u64
    }

    fn visit(&self, slice: Range<u64>, visit: &mut impl FnMut(Row)) {
        let numbered = (0..).zip(&self.rows).filter(|(number, _)| slice.contains(number));
        numbered.for_each(|(_, &(_, row))| visit(row));
    }
}

/// Blocks up to which they are put in order; of more, all blocks are walked in order instead.
const SORTED_BLOCKS_MAX: usize = 64;

/// Rows that were found, counted by block.
pub(super) struct RowMatches<'a, 's, R> {
    view: &'a View<'s, R>,
    rows: RowSet,
    /// The positions of the blocks that have any, ascending, where they are few.
    positions: Option<Vec<usize>>,
}

impl<'a, 's, R> RowMatches<'a, 's, R> {
    pub(super) fn new(view: &'a View<'s, R>, rows: RowSet) -> Self {
        let positions = (rows.blocks_len() <= SORTED_BLOCKS_MAX).then(|| {
            let mut positions = Vec::with_capacity(rows.blocks_len());
            rows.for_each_block(|block| {
                if rows.count(block) > 0 {
                    positions.push(view.timeline.position(block));
                }
            });
            positions.sort_unstable();
            positions
        });
        Self { view, rows, positions }
    }

    /// How many places there are in [`block_at`](Self::block_at).
    fn blocks_len(&self) -> usize {
        self.positions.as_ref().map_or(self.view.timeline.blocks_len(), Vec::len)
    }

    /// The blocks that may have any, in time order, and their positions.
    #[inline]
    fn block_at(&self, place: usize) -> (usize, BlockId) {
        let position = self.positions.as_ref().map_or(place, |positions| positions[place]);
        (position, self.view.timeline.block_at(position))
    }

    #[inline]
    fn count_at(&self, place: usize) -> u64 {
        self.rows.count(self.block_at(place).1)
    }

    /// The place where the match with `n` before it lies, and how many lie before that place. From the end that is nearer:
    /// most pages are near one.
    fn find(&self, n: u64) -> (usize, u64) {
        let len = self.rows.len();
        if n > len / 2 {
            let mut before = len;
            for place in (0..self.blocks_len()).rev() {
                before -= self.count_at(place);
                if before <= n {
                    return (place, before);
                }
            }
        }
        let mut before = 0;
        for place in 0..self.blocks_len() {
            let count = self.count_at(place);
            if before + count > n {
                return (place, before);
            }
            before += count;
        }
        (self.blocks_len(), len)
    }
}

impl<R> Matches for RowMatches<'_, '_, R> {
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
        let bits = self.rows.block_bits(self.view, block);
        before + self.view.timeline.count_in_block_before(&bits, place) as u64
    }

    fn visit(&self, slice: Range<u64>, visit: &mut impl FnMut(Row)) {
        let (first, mut before) = self.find(slice.start);
        for place in first..self.blocks_len() {
            if before >= slice.end {
                return;
            }
            let (_, block) = self.block_at(place);
            let behind = before + self.rows.count(block);
            if behind > slice.start.max(before) {
                let bits = self.rows.block_bits(self.view, block);
                let (from, to) = (slice.start.saturating_sub(before), slice.end.min(behind) - before);
                self.view.timeline.visit_in_block(block, &bits, from, to, visit);
            }
            before = behind;
        }
    }
}
