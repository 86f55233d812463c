//! The counts of a cached keyword's rows under a filter: brought up to date, or counted anew.

use std::sync::Arc;

use super::value_counts::ValueCounter;
use super::view::View;
use crate::cache::BlockCounts;
use crate::cache::counts::CachedCounts;
use crate::cache::keywords::CachedRows;
use crate::index::facets::CellChange;
use crate::query::FacetFilter;
use crate::rows::bits::{SPAN_BLOCKS, count_ones};
use crate::rows::row::{BLOCK_WORDS, BlockId};

/// The counts of cached rows as they are in this snapshot, if they were counted under this filter before, and not too much has
/// changed since.
pub(super) fn current<R>(view: &View<'_, R>, cached: &CachedRows, filter: &FacetFilter) -> Option<Arc<CachedCounts>> {
    let earlier = cached.counts().get(filter)?;
    if (earlier.names_revision, earlier.cells_revision) == (cached.revision(), view.facets.revision())
        && earlier.counts.is_grouped(view.timeline.directory())
    {
        return Some(earlier);
    }
    let counted = Arc::new(advanced(view, cached, &earlier)?);
    cached.counts().put(Arc::clone(&counted));
    Some(counted)
}

/// The counts of cached rows in this snapshot.
pub(super) fn current_or_counted<R>(
    view: &View<'_, R>,
    cached: &CachedRows,
    filter: &FacetFilter,
) -> Arc<CachedCounts> {
    current(view, cached, filter).unwrap_or_else(|| {
        let counted = Arc::new(counted(view, cached, filter));
        cached.counts().put(Arc::clone(&counted));
        counted
    })
}

/// How many of some cached rows a list has, for each value of each facet with that value chosen.
pub(super) fn by_value<R>(view: &View<'_, R>, cached: &CachedRows, filter: &FacetFilter) -> Vec<u64> {
    let counted = current_or_counted(view, cached, filter);
    if let Some(by_value) = &counted.by_value {
        return by_value.clone();
    }
    let mut counter = ValueCounter::new(view, filter);
    for block in view.timeline.directory().blocks() {
        counter.count(block, &cached.rows().block_bits(block));
    }
    let by_value = counter.finish();
    let counted = CachedCounts { by_value: Some(by_value.clone()), ..CachedCounts::clone(&counted) };
    cached.counts().put(Arc::new(counted));
    by_value
}

/// The counts of an earlier state, with what changed since; `None` if that is too much, or it was a state of another store.
fn advanced<R>(view: &View<'_, R>, cached: &CachedRows, earlier: &CachedCounts) -> Option<CachedCounts> {
    let mut counted = CachedCounts {
        names_revision: cached.revision(),
        rows: cached.rows().clone(),
        cells_revision: view.facets.revision(),
        ..earlier.clone()
    };
    let cells = view.timeline.cells();
    for CellChange { row, was } in changes(view, earlier)? {
        let was = was.filter(|_| earlier.rows.contains(row.number())).map(|cell| cells.ordinals(cell));
        let is = cached.rows().contains(row.number()).then(|| cells.ordinals(view.timeline.cell(row)));
        let passes = |ordinals| earlier.filter.passes(ordinals);
        counted.counts.change(row.block(), was.is_some_and(passes), is.is_some_and(passes));
        if let Some(by_value) = &mut counted.by_value {
            was.into_iter().for_each(|was| cells.count_values(was, &earlier.filter, |value| by_value[value] -= 1));
            is.into_iter().for_each(|is| cells.count_values(is, &earlier.filter, |value| by_value[value] += 1));
        }
    }
    counted.counts.group(view.timeline.directory());
    Some(counted)
}

/// The rows that came, went, or got another cell or another name since some rows were counted, each once, with the cell that
/// it had then; `None` if that is too long ago.
fn changes<R>(view: &View<'_, R>, earlier: &CachedCounts) -> Option<Vec<CellChange>> {
    let mut changes: Vec<CellChange> = Vec::new();
    if earlier.cells_revision != view.facets.revision() {
        changes.extend(view.facets.changes_since(earlier.cells_revision)?);
    }
    if earlier.names_revision != view.words.revision() {
        // A row that only got another name has the cell it had.
        let renamed = view.words.changes_since(earlier.names_revision)?;
        changes.extend(renamed.map(|row| CellChange { row, was: view.cell_at(row) }));
    }
    // Of several changes of a row, the first knows the cell that the row had at the earlier state; the sort is stable.
    changes.sort_by_key(|change| change.row);
    changes.dedup_by_key(|change| change.row);
    Some(changes)
}

/// The counts of all rows. Costs a pass over them, and over the bitmaps of the filter.
fn counted<R>(view: &View<'_, R>, cached: &CachedRows, filter: &FacetFilter) -> CachedCounts {
    let mut counts = vec![0; view.timeline.block_ids_end()];
    for (span, counts) in counts.chunks_mut(SPAN_BLOCKS).enumerate() {
        let words = cached.rows().span_bits(span);
        let passing = view.facets.span_filter(span, filter);
        let (blocks, _) = words.as_chunks::<BLOCK_WORDS>();
        for (index, (count, mut bits)) in counts.iter_mut().zip(blocks.iter().copied()).enumerate() {
            passing.retain(&mut bits, index);
            *count = count_ones(&bits);
        }
    }
    cached_counts(view, cached, filter, counts)
}

/// Caches the counts of cached rows that were found block by block.
pub(super) fn put<R>(view: &View<'_, R>, cached: &CachedRows, filter: &FacetFilter, count: impl Fn(BlockId) -> u64) {
    let of_block = |block| u16::try_from(count(BlockId::new(block))).expect("a block has at most 1,024 rows");
    let counts = (0..view.timeline.block_ids_end()).map(of_block).collect();
    cached.counts().put(Arc::new(cached_counts(view, cached, filter, counts)));
}

fn cached_counts<R>(view: &View<'_, R>, cached: &CachedRows, filter: &FacetFilter, counts: Vec<u16>) -> CachedCounts {
    CachedCounts {
        filter: filter.clone(),
        names_revision: cached.revision(),
        rows: cached.rows().clone(),
        cells_revision: view.facets.revision(),
        counts: BlockCounts::new(counts, view.timeline.directory()),
        by_value: None,
    }
}
