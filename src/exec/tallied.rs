//! The tally of a broad word: counts per cell of the rows that are kept of it.
//!
//! With a tally, a list of a broad word costs as much as one without a keyword: sums give the total, and counts lead to the
//! page. To count the rows takes longer than to AND them with the filters, so they are counted once that was done a few
//! times; writes then change the counts row by row.

use std::sync::Arc;

use super::view::View;
use crate::index::bitmap::SPAN_BLOCKS;
use crate::index::facets::CellChange;
use crate::index::names::kept::{KeptRows, KeptTally};
use crate::index::row::{BLOCK_WORDS, BlockId};
use crate::index::tally::Tally;

use super::row_set::span_bits;

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
        && (tally.names_stamp, tally.cells_stamp) == (kept.stamp(), view.facets.stamp())
    {
        return earlier;
    }
    let tally = earlier.and_then(|earlier| advanced(view, kept, &earlier)).or_else(|| {
        let is_paid = counting == Counting::Now || kept.want_tally() > WANTED_MAX;
        is_paid.then(|| counted(view, kept))
    })?;
    let (names_stamp, cells_stamp) = (kept.stamp(), view.facets.stamp());
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
        if let Some(cell) = was.filter(|_| earlier.rows.contains(row.number())) {
            counts.take(row, cell);
        }
        if kept.rows().contains(row.number()) {
            counts.add(row, view.timeline.cell(row));
        }
    }
    Some(counts)
}

/// The counts of all rows. Costs a pass over them, and over the bitmaps of all values.
fn counted<R>(view: &View<'_, R>, kept: &KeptRows) -> Tally {
    let mut counts = Tally::default();
    for span in 0..view.timeline.block_ids_end().div_ceil(SPAN_BLOCKS) {
        let words = span_bits(kept.rows(), span);
        let (blocks, _) = words.as_chunks::<BLOCK_WORDS>();
        for (place, bits) in blocks.iter().enumerate().filter(|(_, bits)| **bits != [0; BLOCK_WORDS]) {
            let block = BlockId::new(span * SPAN_BLOCKS + place);
            counts.add_block(block, &view.count_cells(block, bits));
        }
    }
    counts
}
