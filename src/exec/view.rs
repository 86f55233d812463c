//! Everything one request reads: the indexes, the records and the keyword cache of one snapshot.

use crate::cache::keywords::KeywordCache;
use crate::index::cell::Cell;
use crate::index::facets::Facets;
use crate::index::job_ids::JobIds;
use crate::index::labels::Labels;
use crate::index::names_by_row::NamesByRow;
use crate::index::record::Records;
use crate::index::timeline::{CellFilter, Timeline};
use crate::index::words::WordIndex;
use crate::query::FacetFilter;
use crate::rows::bits::BlockBits;
use crate::rows::list_filter::ListFilter;
use crate::rows::postings::Postings;
use crate::rows::row::{BLOCK_ROWS, BlockId, Place, Row};

/// One snapshot, borrowed for one request.
pub(crate) struct View<'s> {
    pub(crate) records: &'s dyn Records,
    pub(crate) timeline: &'s Timeline,
    pub(crate) facets: &'s Facets,
    pub(crate) job_ids: &'s JobIds,
    pub(crate) words: &'s WordIndex,
    pub(crate) labels: &'s Labels,
    pub(crate) cache: &'s KeywordCache,
}

impl<'s> View<'s> {
    /// The names of the jobs at rows.
    pub(super) fn names(&self) -> NamesByRow<'s> {
        NamesByRow::new(self.timeline, self.records)
    }

    /// How many rows can be numbered.
    pub(super) fn row_numbers(&self) -> u64 {
        (self.timeline.block_ids_end() * BLOCK_ROWS) as u64
    }

    /// How many jobs that pass the filter stand before a place.
    pub(super) fn count_before(&self, filter: &CellFilter<'_>, place: Place) -> u64 {
        self.timeline.count_before(self.facets, filter, place)
    }

    /// The cell of the job at a row, if there is one.
    pub(super) fn cell_at(&self, row: Row) -> Option<Cell> {
        self.timeline.contains(row).then(|| self.timeline.cell(row))
    }

    /// Whether the job at a row passes a filter on facets.
    pub(super) fn passes(&self, filter: &FacetFilter, row: Row) -> bool {
        filter.is_all() || self.timeline.cells().passes(filter, self.timeline.cell(row))
    }

    /// The rows of a block that some rows have, or all rows of the block, and that meet some conditions.
    pub(super) fn block_bits(&self, block: BlockId, rows: Option<&Postings>, lists: &ListFilter) -> BlockBits {
        let mut bits = rows.map_or_else(|| *self.timeline.live(block), |rows| rows.block_bits(block));
        lists.retain(block, &mut bits);
        bits
    }

    /// How many jobs each cell has from one place to another.
    pub(super) fn cell_counts_between(&self, from: Place, to: Place) -> Vec<u64> {
        let mut counts = self.timeline.cell_counts_before(to);
        if from != Place::START {
            let before = self.timeline.cell_counts_before(from);
            counts.iter_mut().zip(before).for_each(|(count, before)| *count = count.saturating_sub(before));
        }
        counts
    }
}
