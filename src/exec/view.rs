//! Everything one request reads: the indexes and the records of one snapshot.

use std::sync::Arc;

use crate::index::cell::{CELLS, CellCounts, CellFilter};
use crate::index::facets::Facets;
use crate::index::ids::Ids;
use crate::index::names::Names;
use crate::index::record::Records;
use crate::index::row::{Place, Row};
use crate::index::timeline::Timeline;

/// The records, where a page is to hold them.
pub(crate) trait Jobs<J>: Records {
    /// The job at a row.
    fn job(&self, row: Row) -> &Arc<J>;
}

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

    /// How many jobs each cell has from one place to another.
    pub(super) fn cell_counts_between(&self, from: Place, to: Place) -> CellCounts {
        let before = |place| self.timeline.cell_counts_before(place);
        let (before_from, before_to) = (before(from), before(to));
        std::array::from_fn::<u64, CELLS, _>(|cell| before_to[cell].saturating_sub(before_from[cell]))
    }
}
