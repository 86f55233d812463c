//! The counts of cached rows: how many of them each cell has, by block and in all.
//!
//! With counts, a list of a broad keyword costs as much as one without a keyword: sums give the total, and counts lead to the
//! page. Writes change the counts row by row.

use std::ops::Range;
use std::sync::Arc;

use super::matches::{BlockMatches, Matches, MatchesByBlock, visit_by_block};
use super::row_filter::RowFilter;
use super::row_set::{block_bits, span_bits};
use super::view::View;
use crate::cache::keywords::{CachedRows, CachedTally};
use crate::cache::tally::{CellMask, Tally};
use crate::index::cell::{CellCounts, CellFilter, difference, sum_cells};
use crate::index::facets::CellChange;
use crate::index::timeline::Timeline;
use crate::plan::Planner;
use crate::rows::bits::{BlockBits, SPAN_BLOCKS};
use crate::rows::row::{BLOCK_WORDS, BlockId, Place, Row};

/// The tally of cached rows as they are in this snapshot, where there is one or the planner wants one.
pub(super) fn tally<R>(view: &View<'_, R>, cached: &CachedRows, planner: Planner) -> Option<Arc<CachedTally>> {
    let earlier = cached.tally();
    if let Some(tally) = &earlier
        && (tally.names_revision, tally.cells_revision) == (cached.revision(), view.facets.revision())
    {
        return earlier;
    }
    let counts = earlier.and_then(|earlier| advanced(view, cached, &earlier));
    let counts = counts.or_else(|| planner.counts_rows(cached.ask_for_tally()).then(|| counted(view, cached)))?;
    let (names_revision, cells_revision) = (cached.revision(), view.facets.revision());
    let tally = Arc::new(CachedTally { names_revision, rows: cached.rows().clone(), cells_revision, counts });
    cached.put_tally(Arc::clone(&tally));
    Some(tally)
}

/// The counts of an earlier state, with what changed since; `None` if that is too much, or it was a state of another store.
fn advanced<R>(view: &View<'_, R>, cached: &CachedRows, earlier: &CachedTally) -> Option<Tally> {
    let mut changes: Vec<CellChange> = view.facets.changes_since(earlier.cells_revision)?.collect();
    // A row that only got another name has the cell it had.
    let renamed = view.words.changes_since(earlier.names_revision)?;
    changes.extend(renamed.map(|row| CellChange { row, was: view.cell_at(row) }));
    // Of several changes of a row, the first knows the cell that the row had at the earlier state; the sort is stable.
    changes.sort_by_key(|change| change.row);
    changes.dedup_by_key(|change| change.row);
    let mut counts = earlier.counts.clone();
    for CellChange { row, was } in changes {
        let was = was.filter(|_| earlier.rows.contains(row.number()));
        let is = cached.rows().contains(row.number()).then(|| view.timeline.cell(row));
        if was != is {
            counts.shift(view.timeline.directory(), row, was, is);
        }
    }
    counts.group(view.timeline.directory());
    Some(counts)
}

/// The counts of all rows. Costs a pass over them, and over the bitmaps of all values.
fn counted<R>(view: &View<'_, R>, cached: &CachedRows) -> Tally {
    let mut counts = Tally::default();
    for span in 0..view.timeline.block_ids_end().div_ceil(SPAN_BLOCKS) {
        let words = span_bits(cached.rows(), span);
        let (blocks, _) = words.as_chunks::<BLOCK_WORDS>();
        for (place, bits) in blocks.iter().enumerate().filter(|(_, bits)| **bits != [0; BLOCK_WORDS]) {
            let block = BlockId::in_span(span, place);
            counts.add_block(block, &view.count_cells(block, bits));
        }
    }
    counts.group(view.timeline.directory());
    counts
}

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
        let mut bits = block_bits(&self.tally.rows, block);
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
