//! The filter of rows beside the keyword: facets and time range.

use super::view::View;
use crate::index::timeline::CellFilter;
use crate::rows::row::{Place, Row};

/// The facet filters and the time range of a query, bound to one snapshot.
#[derive(Clone)]
pub(super) struct RowFilter<'q> {
    pub(super) cells: CellFilter<'q>,
    /// From where to where in time; none for all of it.
    pub(super) range: Option<(Place, Place)>,
}

impl RowFilter<'_> {
    /// Whether a row passes.
    pub(super) fn passes<R>(&self, view: &View<'_, R>, row: Row) -> bool {
        let is_between = |(from, to)| {
            let place = view.timeline.place_of(row);
            from <= place && place < to
        };
        view.passes(self.cells.facets, row) && self.range.is_none_or(is_between)
    }

    /// The two ends of the time range, or of the whole timeline.
    pub(super) fn places<R>(&self, view: &View<'_, R>) -> (Place, Place) {
        self.range.unwrap_or((Place::START, view.timeline.end()))
    }
}
