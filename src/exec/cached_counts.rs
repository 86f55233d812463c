//! The counts of the rows that match a query, by block: cached ones brought up to date, or rows counted anew.

use std::borrow::Cow;
use std::sync::Arc;

use super::row_filter::RowFilter;
use super::value_counts::ValueCounter;
use super::view::View;
use crate::cache::BlockCounts;
use crate::cache::counts::{CachedCounts, CountedRevisions, CountsByFilter};
use crate::cache::keywords::CachedRows;
use crate::index::cell::Cell;
use crate::index::facets::CellChange;
use crate::job::Ordinals;
use crate::query::FacetFilter;
use crate::rows::bits::{SPAN_BLOCKS, SpanBits, count_ones};
use crate::rows::row::{BLOCK_WORDS, BlockId, Row};

/// What is counted: the rows of a cached keyword, or all rows, that pass the filters on facets and labels. The time range of
/// the query does not count.
pub(super) struct CountedQuery<'a, 's> {
    view: &'a View<'s>,
    keyword: Option<&'a CachedRows>,
    facets: &'a FacetFilter,
    filter: &'a RowFilter<'a>,
}

impl<'a, 's> CountedQuery<'a, 's> {
    /// The query of a keyword, if it has one, under the filter.
    pub(super) fn new(view: &'a View<'s>, keyword: Option<&'a CachedRows>, filter: &'a RowFilter<'a>) -> Self {
        Self { view, keyword, facets: filter.cells.facets, filter }
    }

    /// The same query with another filter on facets.
    pub(super) fn with_facets(self, facets: &'a FacetFilter) -> Self {
        Self { facets, ..self }
    }

    /// The cached counts as they are in this snapshot, if the query was counted before, and not too much has changed since.
    pub(super) fn current(&self) -> Option<Arc<CachedCounts>> {
        let earlier = self.cache().get(self.facets, self.filter.labels.asked)?;
        if earlier.revisions == self.revisions() && earlier.counts.is_grouped(self.view.timeline.directory()) {
            return Some(earlier);
        }
        let counted = Arc::new(self.advanced(&earlier)?);
        self.cache().put(Arc::clone(&counted));
        Some(counted)
    }

    /// The counts in this snapshot.
    pub(super) fn current_or_counted(&self) -> Arc<CachedCounts> {
        self.current().unwrap_or_else(|| {
            let counted = Arc::new(self.cached(self.counted()));
            self.cache().put(Arc::clone(&counted));
            counted
        })
    }

    /// Caches the counts of rows that were found block by block.
    pub(super) fn put(&self, count: impl Fn(BlockId) -> u64) {
        let of_block = |block| u16::try_from(count(BlockId::new(block))).expect("a block has at most 1,024 rows");
        let counts = (0..self.view.timeline.block_ids_end()).map(of_block).collect();
        self.cache().put(Arc::new(self.cached(counts)));
    }

    /// How many rows a list has, for each value of each facet with that value chosen.
    pub(super) fn by_value(&self) -> Vec<u64> {
        let counted = self.current_or_counted();
        if let Some(by_value) = &counted.by_value {
            return by_value.clone();
        }
        let mut by_facet = ValueCounter::new(self.view, self.facets);
        for block in self.view.timeline.directory().blocks() {
            by_facet.count(block, &self.view.block_bits(block, counted.rows.as_ref(), &counted.lists));
        }
        let by_value = by_facet.finish();
        let counted = CachedCounts { by_value: Some(by_value.clone()), ..CachedCounts::clone(&counted) };
        self.cache().put(Arc::new(counted));
        by_value
    }

    fn cache(&self) -> &'a CountsByFilter {
        self.keyword.map_or(self.view.cache.label_counts(), CachedRows::counts)
    }

    /// The revisions of the indexes that the query reads.
    fn revisions(&self) -> CountedRevisions {
        CountedRevisions {
            cells: self.view.facets.revision(),
            names: self.keyword.map(CachedRows::revision).unwrap_or_default(),
            labels: if self.filter.labels.is_all() { <_>::default() } else { self.view.labels.revision() },
        }
    }

    fn cached(&self, counts: Vec<u16>) -> CachedCounts {
        CachedCounts {
            facets: self.facets.clone(),
            labels: self.filter.labels.asked.to_vec(),
            revisions: self.revisions(),
            rows: self.keyword.map(|keyword| keyword.rows().clone()),
            lists: self.filter.labels.lists.clone(),
            counts: BlockCounts::new(counts, self.view.timeline.directory()),
            by_value: None,
        }
    }

    /// The counts of an earlier state, with what changed since; `None` if that is too much, or it was a state of another store.
    fn advanced(&self, earlier: &CachedCounts) -> Option<CachedCounts> {
        let changes = self.changes(earlier)?;
        let mut counted = CachedCounts {
            counts: earlier.counts.clone(),
            by_value: earlier.by_value.clone(),
            ..self.cached(Vec::new())
        };
        let cells = self.view.timeline.cells();
        for CellChange { row, was } in changes {
            let of_earlier = |_: &Cell| is_among(earlier, row);
            let was: Option<&Ordinals> = was.filter(of_earlier).map(|cell| cells.ordinals(cell));
            let of_now = |_: &Cell| is_among(&counted, row);
            let is: Option<&Ordinals> = self.view.cell_at(row).filter(of_now).map(|cell| cells.ordinals(cell));
            let passes = |ordinals| self.facets.passes(ordinals);
            counted.counts.change(row.block(), was.is_some_and(passes), is.is_some_and(passes));
            if let Some(by_value) = &mut counted.by_value {
                if let Some(was) = was {
                    cells.count_values(was, self.facets, |value| by_value[value] -= 1);
                }
                if let Some(is) = is {
                    cells.count_values(is, self.facets, |value| by_value[value] += 1);
                }
            }
        }
        counted.counts.group(self.view.timeline.directory());
        Some(counted)
    }

    /// The rows that came, went, or got another cell, name or label since some rows were counted, each once, with the cell that
    /// it had then; `None` if that is too long ago.
    fn changes(&self, earlier: &CachedCounts) -> Option<Vec<CellChange>> {
        let (now, then) = (self.revisions(), earlier.revisions);
        let mut changes: Vec<CellChange> = Vec::new();
        if then.cells != now.cells {
            changes.extend(self.view.facets.changes_since(then.cells)?);
        }
        // A row that only got another name or label has the cell it had.
        let of_same_cell = |row: Row| CellChange { row, was: self.view.cell_at(row) };
        if then.names != now.names {
            changes.extend(self.view.words.changes_since(then.names)?.map(of_same_cell));
        }
        if then.labels != now.labels {
            changes.extend(self.view.labels.changes_since(then.labels)?.map(of_same_cell));
        }
        // Of several changes of a row, the first knows the cell that the row had at the earlier state; the sort is stable.
        changes.sort_by_key(|change| change.row);
        changes.dedup_by_key(|change| change.row);
        Some(changes)
    }

    /// The counts of all rows by block. Costs a pass over them, and over the bitmaps of the filters.
    fn counted(&self) -> Vec<u16> {
        let mut counts = vec![0; self.view.timeline.block_ids_end()];
        for (span, counts) in counts.chunks_mut(SPAN_BLOCKS).enumerate() {
            let Some(words) = self.span(span) else { continue };
            let passing = self.view.facets.span_filter(span, self.facets);
            let (blocks, _) = words.as_chunks::<BLOCK_WORDS>();
            for (index, (count, mut bits)) in counts.iter_mut().zip(blocks.iter().copied()).enumerate() {
                passing.retain(&mut bits, index);
                *count = count_ones(&bits);
            }
        }
        counts
    }

    /// The rows of a span that match, whatever their facets; `None` where there are none. A list that has a bitmap of the span
    /// lends it.
    fn span(&self, span: usize) -> Option<Cow<'_, SpanBits>> {
        let lists = &self.filter.labels.lists;
        let mut words = match (self.keyword, lists.rarest()) {
            (Some(keyword), _) => keyword.rows().span_bits(span),
            (None, Some(rarest)) => return lists.span(rarest, span),
            (None, None) => Cow::Owned(self.live_span(span)),
        };
        if !lists.is_all() {
            lists.retain_span(span, words.to_mut());
        }
        Some(words)
    }

    /// All rows of a span.
    fn live_span(&self, span: usize) -> SpanBits {
        let mut words: SpanBits = [0; _];
        let (blocks, _) = words.as_chunks_mut::<BLOCK_WORDS>();
        for (index, bits) in blocks.iter_mut().enumerate() {
            *bits = *self.view.timeline.live(BlockId::in_span(span, index));
        }
        words
    }
}

/// Whether a row was among those that were counted, whatever its facets.
fn is_among(counted: &CachedCounts, row: Row) -> bool {
    counted.rows.as_ref().is_none_or(|rows| rows.contains(row.number())) && counted.lists.passes(row)
}
