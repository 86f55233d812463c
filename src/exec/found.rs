//! The matches of a request, in the form in which its path finds them.

use std::ops::Range;
use std::sync::Arc;

use super::counted_matches::CountedMatches;
use super::matches::{Matches, SortedRows, TimelineMatches};
use super::row_filter::RowFilter;
use super::row_set::RowSet;
use super::row_set_matches::RowSetMatches;
use super::view::View;
use crate::cache::counts::CachedCounts;
use crate::rows::row::{Place, Row};

/// The matches of a request.
pub(super) enum Found {
    /// All that pass the filters on facets and creation time.
    InTimeline,
    /// A few rows.
    Sorted(SortedRows),
    /// Rows, a bit each.
    InSet(RowSet),
    /// Rows that are counted by block.
    Counted(Arc<CachedCounts>),
}

/// The matches of a request in time order.
pub(super) enum FoundMatches<'a, 's> {
    InTimeline(TimelineMatches<'a, 's>),
    Sorted(SortedRows),
    InSet(RowSetMatches<'a, 's>),
    Counted(CountedMatches<'a, 's>),
}

impl Found {
    /// The matches in time order.
    pub(super) fn in_order<'a, 's>(self, view: &'a View<'s>, filter: &'a RowFilter<'a>) -> FoundMatches<'a, 's> {
        match self {
            Self::InTimeline => FoundMatches::InTimeline(TimelineMatches::new(view, filter)),
            Self::Sorted(rows) => FoundMatches::Sorted(rows),
            Self::InSet(rows) => FoundMatches::InSet(RowSetMatches::new(view, rows)),
            Self::Counted(counted) => FoundMatches::Counted(CountedMatches::new(view, counted, filter)),
        }
    }
}

impl FoundMatches<'_, '_> {
    /// The rows of a slice, in time order.
    pub(super) fn rows(&self, slice: Range<u64>) -> Vec<Row> {
        let mut rows = Vec::with_capacity(usize::try_from(slice.end - slice.start).unwrap_or(0));
        self.visit(slice, &mut |row| rows.push(row));
        rows
    }
}

impl Matches for FoundMatches<'_, '_> {
    fn len(&self) -> u64 {
        match self {
            Self::InTimeline(matches) => matches.len(),
            Self::Sorted(matches) => matches.len(),
            Self::InSet(matches) => matches.len(),
            Self::Counted(matches) => matches.len(),
        }
    }

    fn count_before(&self, place: Place) -> u64 {
        match self {
            Self::InTimeline(matches) => matches.count_before(place),
            Self::Sorted(matches) => matches.count_before(place),
            Self::InSet(matches) => matches.count_before(place),
            Self::Counted(matches) => matches.count_before(place),
        }
    }

    fn visit(&self, slice: Range<u64>, visit: &mut impl FnMut(Row)) {
        match self {
            Self::InTimeline(matches) => matches.visit(slice, visit),
            Self::Sorted(matches) => matches.visit(slice, visit),
            Self::InSet(matches) => matches.visit(slice, visit),
            Self::Counted(matches) => matches.visit(slice, visit),
        }
    }
}
