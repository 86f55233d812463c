//! The tally of cached rows: how many of them each cell has, brought up to date or counted anew.

use std::sync::Arc;

use crate::cache::keywords::{CachedRows, CachedTally};
use crate::cache::tally::Tally;
use crate::exec::view::View;
use crate::index::facets::CellChange;
use crate::plan::Planner;
use crate::rows::bits::SPAN_BLOCKS;
use crate::rows::row::{BLOCK_WORDS, BlockId};

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
        let words = cached.rows().span_bits(span);
        let (blocks, _) = words.as_chunks::<BLOCK_WORDS>();
        for (place, bits) in blocks.iter().enumerate().filter(|(_, bits)| **bits != [0; BLOCK_WORDS]) {
            let block = BlockId::in_span(span, place);
            counts.add_block(block, &view.count_cells(block, bits));
        }
    }
    counts.group(view.timeline.directory());
    counts
}
