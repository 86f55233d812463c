//! The tally of a broad word: counts per cell of the rows that are kept of it.
//!
//! With a tally, a list of a broad word costs as much as one without a keyword: sums give the total, and counts lead to the
//! page. To count the rows takes longer than to AND them with the filters, so they are counted once that was done a few
//! times; writes then change the counts row by row.

use std::ops::Range;
use std::sync::Arc;

use crate::cache::keywords::{KeptRows, KeptTally};
use crate::cache::tally::{CellMask, Tally};
use crate::exec::matches::Matches;
use crate::exec::row_set::{RowFilter, block_bits, span_bits};
use crate::exec::view::View;
use crate::index::cell::{CellCounts, CellFilter, sum_cells};
use crate::index::facets::CellChange;
use crate::rows::bits::{BlockBits, SPAN_BLOCKS};
use crate::rows::row::{BLOCK_WORDS, BlockId, Place, Row};

/// How often rows are AND-ed before they are counted: the work of that many ANDs is about that of counting.
const WANTED_MAX: u32 = 8;

/// Whether a tally that is not at hand is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counting {
    /// If it was wanted often enough.
    WherePaid,
    /// In any case.
    Now,
    /// Nor is one used that is.
    Never,
}

/// The tally of a word's rows as they are in this snapshot.
pub(super) fn tally<R>(view: &View<'_, R>, kept: &KeptRows, counting: Counting) -> Option<Arc<KeptTally>> {
    if counting == Counting::Never {
        return None;
    }
    let earlier = kept.tally();
    if let Some(tally) = &earlier
        && (tally.names_stamp, tally.cells_stamp) == (kept.stamp(), view.facets.revision())
    {
        return earlier;
    }
    let tally = earlier.and_then(|earlier| advanced(view, kept, &earlier)).or_else(|| {
        let is_paid = counting == Counting::Now || kept.want_tally() > WANTED_MAX;
        is_paid.then(|| counted(view, kept))
    })?;
    let (names_stamp, cells_stamp) = (kept.stamp(), view.facets.revision());
    let tally = Arc::new(KeptTally { names_stamp, rows: kept.rows().clone(), cells_stamp, counts: tally });
    kept.put_tally(Arc::clone(&tally));
    Some(tally)
}

/// The counts of an earlier state, with what changed since; `None` if that is too much, or it was of another store.
fn advanced<R>(view: &View<'_, R>, kept: &KeptRows, earlier: &KeptTally) -> Option<Tally> {
    let mut changes: Vec<CellChange> = view.facets.changes_since(earlier.cells_stamp)?.collect();
    // A row that only got another name has the cell it had.
    changes
        .extend(view.names.changes_since(earlier.names_stamp)?.map(|row| CellChange { row, was: view.cell_at(row) }));
    // Of several changes of a row the first knows what cell it had; the sort is stable.
    changes.sort_by_key(|change| change.row);
    changes.dedup_by_key(|change| change.row);
    let mut counts = earlier.counts.clone();
    for CellChange { row, was } in changes {
        let was = was.filter(|_| earlier.rows.contains(row.number()));
        let is = kept.rows().contains(row.number()).then(|| view.timeline.cell(row));
        if was != is {
            counts.shift(view.timeline.directory(), row, was, is);
        }
    }
    counts.group(view.timeline.directory());
    Some(counts)
}

/// The counts of all rows. Costs a pass over them, and over the bitmaps of all values.
fn counted<R>(view: &View<'_, R>, kept: &KeptRows) -> Tally {
    let mut counts = Tally::default();
    for span in 0..view.timeline.block_ids_end().div_ceil(SPAN_BLOCKS) {
        let words = span_bits(kept.rows(), span);
        let (blocks, _) = words.as_chunks::<BLOCK_WORDS>();
        for (place, bits) in blocks.iter().enumerate().filter(|(_, bits)| **bits != [0; BLOCK_WORDS]) {
            let block = BlockId::in_span(span, place);
            counts.add_block(block, &view.count_cells(block, bits));
        }
    }
    counts.group(view.timeline.directory());
    counts
}

/// The rows of a tally that pass the filters, in time order: as those of the timeline, counts find them.
pub(super) struct TallyMatches<'a, 's, R> {
    view: &'a View<'s, R>,
    tally: Arc<KeptTally>,
    filter: CellFilter,
    mask: CellMask,
    /// How many pass before the range begins, and before it ends.
    bounds: Range<u64>,
}

impl<'a, 's, R> TallyMatches<'a, 's, R> {
    pub(super) fn new(view: &'a View<'s, R>, tally: Arc<KeptTally>, filter: &RowFilter) -> Self {
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

    fn block_bits(&self, block: BlockId) -> BlockBits {
        let mut bits = block_bits(&self.tally.rows, block);
        self.view.facets.retain_in_block(&mut bits, block, &self.filter);
        bits
    }
}

impl<R> Matches for TallyMatches<'_, '_, R> {
    fn len(&self) -> u64 {
        self.bounds.end - self.bounds.start
    }

    fn count_before(&self, place: Place) -> u64 {
        self.count_in_all_before(place).clamp(self.bounds.start, self.bounds.end) - self.bounds.start
    }

    fn visit(&self, slice: Range<u64>, visit: &mut impl FnMut(Row)) {
        let (from, to) = (self.bounds.start + slice.start, self.bounds.start + slice.end);
        let (counts, order) = (&self.tally.counts, self.view.timeline.directory());
        let (first, mut before) = counts.find(order, from, &self.mask);
        for block in (first..order.len()).map(|position| order.block(position)) {
            if before >= to {
                return;
            }
            let behind = before + counts.count(block, &self.mask);
            if behind > before {
                let (from, to) = (from.saturating_sub(before), to.min(behind) - before);
                self.view.timeline.visit_in_block(block, &self.block_bits(block), from, to, visit);
            }
            before = behind;
        }
    }
}

/// How many rows of a tally each cell has between two places.
pub(super) fn cell_counts_between<R>(view: &View<'_, R>, tally: &KeptTally, from: Place, to: Place) -> CellCounts {
    let before = |place| cell_counts_before(view, tally, place);
    let (before_from, before_to) = (before(from), before(to));
    std::array::from_fn(|cell| before_to[cell].saturating_sub(before_from[cell]))
}

/// How many rows of a tally each cell has before a place.
fn cell_counts_before<R>(view: &View<'_, R>, tally: &KeptTally, place: Place) -> CellCounts {
    let order = view.timeline.directory();
    let mut counts = tally.counts.cell_counts_before(order, place.position);
    if place.rank > 0 {
        for row in view.timeline.rows_at(place.position).take(place.rank) {
            counts[view.timeline.cell(row).index()] += u64::from(tally.rows.contains(row.number()));
        }
    }
    counts
}
