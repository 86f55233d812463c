//! Everything one request reads: the indexes and the records of one snapshot.

use std::sync::Arc;

use crate::index::cell::{BlockCounts, CELLS, Cell, CellCounts, CellFilter};
use crate::index::facets::Facets;
use crate::index::job_ids::Ids;
use crate::index::record::Records;
use crate::index::timeline::Timeline;
use crate::index::words::Names;
use crate::rows::bits::{BlockBits, count_ones};
use crate::rows::row::{BlockId, Place, Row};

/// The records, where a page is to hold them.
pub(crate) trait Jobs<J>: Records {
    /// The job at a row.
    fn job(&self, row: Row) -> &Arc<J>;
}

/// Rows of a block up to which their cells are looked up one by one.
const COUNTED_ONE_BY_ONE_MAX: u16 = 96;

/// One snapshot, borrowed for one request.
pub(crate) struct View<'s, R> {
    pub(crate) records: &'s R,
    pub(crate) timeline: &'s Timeline,
    pub(crate) facets: &'s Facets,
    pub(crate) ids: &'s Ids,
    pub(crate) names: &'s Names,
}

impl<R: Records> View<'_, R> {
    /// The name of the job at a row, if there is one.
    pub(super) fn name_at(&self, row: Row) -> Option<&str> {
        self.timeline.contains(row).then(|| self.records.name(row))
    }
}

impl<R> View<'_, R> {
    /// How many jobs that pass the filter stand before a place.
    pub(super) fn count_before(&self, filter: &CellFilter, place: Place) -> u64 {
        self.timeline.count_before(self.facets, filter, place)
    }

    /// The cell of the job at a row, if there is one.
    pub(super) fn cell_at(&self, row: Row) -> Option<Cell> {
        self.timeline.contains(row).then(|| self.timeline.cell(row))
    }

    /// How many of a bitmap of a block's rows each cell has: one by one where they are few, by AND of many.
    pub(super) fn count_cells(&self, block: BlockId, bits: &BlockBits) -> BlockCounts {
        if count_ones(bits) > COUNTED_ONE_BY_ONE_MAX {
            return self.facets.count_cells(bits, block);
        }
        let mut counts = [0; CELLS];
        self.timeline.count_cells_in_block(block, bits, &mut counts);
        counts
    }

    /// How many jobs each cell has from one place to another.
    pub(super) fn cell_counts_between(&self, from: Place, to: Place) -> CellCounts {
        let before = |place| self.timeline.cell_counts_before(place);
        let (before_from, before_to) = (before(from), before(to));
        std::array::from_fn::<u64, CELLS, _>(|cell| before_to[cell].saturating_sub(before_from[cell]))
    }
}
