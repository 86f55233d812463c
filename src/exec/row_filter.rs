//! The filter of rows beside the keyword: facets and time range.

use super::view::View;
use crate::index::cell::CellFilter;
use crate::rows::bits::BlockBits;
use crate::rows::row::{BlockId, Place, Row};

/// The facet filters and the time range of a query, bound to one snapshot.
#[derive(Clone, Copy)]
pub(super) struct RowFilter {
    pub(super) cells: CellFilter,
    /// From where to where in time; none for all of it.
    pub(super) range: Option<(Place, Place)>,
}

impl RowFilter {
    /// Whether a row passes.
    pub(super) fn passes<R>(&self, view: &View<'_, R>, row: Row) -> bool {
        let is_between = |(from, to)| {
            let place = view.timeline.place_of(row);
            from <= place && place < to
        };
        self.cells.cells.contains(view.timeline.cell(row)) && self.range.is_none_or(is_between)
    }

    /// Keeps, of a bitmap of one block's rows, those that pass.
    pub(super) fn retain<R>(&self, view: &View<'_, R>, block: BlockId, bits: &mut BlockBits) {
        view.facets.retain_in_block(bits, block, &self.cells);
        if let Some((from, to)) = self.range {
            view.timeline.retain_between(block, bits, from, to);
        }
    }

    /// The two ends of the time range, or of the whole timeline.
    pub(super) fn places<R>(&self, view: &View<'_, R>) -> (Place, Place) {
        self.range.unwrap_or((Place::START, view.timeline.end()))
    }
}
