//! The rows that match a keyword and the filters, counted by block.
//!
//! Few rows are taken one by one: each is tried against the filters on its way into a bitmap. Of many, whole bitmaps are
//! AND-ed.

use super::lookup::{FoundRows, KeywordRows, WordMatches};
use super::matches::{Matches, TimelineMatches};
use super::prober::Prober;
use super::row_filter::RowFilter;
use super::view::View;
use crate::plan::AccessPath;
use crate::rows::bitmap::Bitmap;
use crate::rows::bits::BlockBits;
use crate::rows::postings::Postings;
use crate::rows::row::{BlockId, Row};

/// A set of rows, a bit each.
pub(super) struct RowSet {
    rows: Bitmap,
}

impl RowSet {
    /// The rows of a keyword that pass a filter, by one of the paths that make a set of rows.
    pub(super) fn of_keyword(view: &View<'_>, keyword: KeywordRows, filter: &RowFilter<'_>, path: AccessPath) -> Self {
        let rows = match (keyword.found, keyword.words.as_slice(), path) {
            (Some(FoundRows::Listed(rows)), ..) => Self::of_rows(view, filter, &rows),
            (Some(FoundRows::InBitmap(bits)), ..) => Self::of_bitmap(view, filter, bits),
            (None, [word], AccessPath::FilterScan) => Self::scan(view, filter, word),
            (None, [word], AccessPath::KeywordBitmap) => Self::and(view, filter, word),
            (None, words, _) => Self::probe(view, filter, words.iter().flat_map(|word| word.lists(view.words))),
        };
        rows.with(view, filter, &keyword.id_rows)
    }

    /// The rows of some posting lists that pass a filter, tried one by one.
    fn probe<'p>(view: &View<'_>, filter: &RowFilter<'_>, lists: impl Iterator<Item = &'p Postings>) -> Self {
        let mut prober = Prober::new(view, filter);
        prober.insert_lists(lists);
        Self { rows: prober.finish() }
    }

    /// The rows of labels that pass a filter, where a condition accepts some: those of the condition that accepts the fewest are
    /// tried one by one.
    pub(super) fn of_labels(view: &View<'_>, filter: &RowFilter<'_>) -> Option<Self> {
        let lists = &filter.labels.lists;
        let rarest = lists.rarest()?;
        let mut prober = Prober::new(view, filter);
        prober.insert_lists(lists.clauses()[rarest].lists().iter());
        Some(Self { rows: prober.finish_by(&lists.without(rarest)) })
    }

    /// Those of some rows that pass a filter.
    fn of_rows(view: &View<'_>, filter: &RowFilter<'_>, rows: &[Row]) -> Self {
        let mut prober = Prober::new(view, filter);
        prober.insert_each(rows.iter().copied());
        Self { rows: prober.finish() }
    }

    /// The rows of a bitmap that pass a filter, by AND.
    fn of_bitmap(view: &View<'_>, filter: &RowFilter<'_>, mut rows: Bitmap) -> Self {
        rows.retain(|span, words| {
            let passing = view.facets.span_filter(span, filter.cells.facets);
            let (blocks, _) = words.as_chunks_mut();
            blocks.iter_mut().enumerate().for_each(|(block, bits)| passing.retain(bits, block));
        });
        filter.retain(view, &mut rows, &filter.labels.lists);
        Self { rows }
    }

    /// The rows of a word's lists that pass a filter, by AND.
    fn and(view: &View<'_>, filter: &RowFilter<'_>, word: &WordMatches) -> Self {
        let mut rows = Bitmap::new(view.timeline.block_ids_end());
        rows.unite_all(word.lists(view.words));
        Self::of_bitmap(view, filter, rows)
    }

    /// The rows that pass the filters and whose names match, looked up name by name.
    fn scan(view: &View<'_>, filter: &RowFilter<'_>, word: &WordMatches) -> Self {
        let mut rows = Bitmap::new(view.timeline.block_ids_end());
        let mut visit = |row| {
            if word.contains(view.words, row, view.records.name(row)) {
                rows.insert(row);
            }
        };
        if let Some(labelled) = Self::of_labels(view, filter) {
            labelled.rows.rows().for_each(&mut visit);
        } else {
            let passing = TimelineMatches::new(view, filter);
            passing.visit(0..passing.len(), &mut visit);
            rows.retain_by_block(|block, bits| filter.labels.lists.retain(block, bits));
        }
        Self { rows }
    }

    /// The set and those of a few more rows that pass the filter.
    fn with(mut self, view: &View<'_>, filter: &RowFilter<'_>, rows: &[Row]) -> Self {
        for &row in rows.iter().filter(|&&row| filter.passes(view, row)) {
            self.rows.insert(row);
        }
        self
    }

    pub(super) fn len(&self) -> u64 {
        self.rows.len()
    }

    /// How many blocks may have rows, at most.
    pub(super) fn blocks_len(&self) -> usize {
        self.rows.blocks_len()
    }

    /// The blocks that have rows, in no order.
    pub(super) fn blocks(&self) -> impl Iterator<Item = BlockId> {
        self.rows.blocks().filter(|&block| self.count(block) > 0)
    }

    /// How many rows a block has.
    #[inline]
    pub(super) fn count(&self, block: BlockId) -> u64 {
        self.rows.count(block)
    }

    /// The rows of one block.
    pub(super) fn block_bits(&self, block: BlockId) -> &BlockBits {
        self.rows.block_bits(block)
    }
}
