//! The filter of rows beside the keyword: facets, labels and time range.

use super::view::View;
use crate::index::labels::Labels;
use crate::index::timeline::CellFilter;
use crate::query::{LabelClause, LabelTest};
use crate::rows::bitmap::Bitmap;
use crate::rows::list_filter::{ListClause, ListFilter};
use crate::rows::postings::Postings;
use crate::rows::row::{Place, Row};

/// The filters of a query on facets, labels and creation time, bound to one snapshot.
#[derive(Clone)]
pub(super) struct RowFilter<'q> {
    pub(super) cells: CellFilter<'q>,
    pub(super) labels: &'q LabelFilter<'q>,
    /// From where to where in time; none for all of it.
    pub(super) range: Option<(Place, Place)>,
}

/// The conditions of a query on labels, and the posting lists of what they name.
pub(super) struct LabelFilter<'q> {
    pub(super) asked: &'q [LabelClause],
    pub(super) lists: ListFilter,
}

impl<'q> LabelFilter<'q> {
    /// Looks the labels of conditions up.
    pub(super) fn new(labels: &Labels, asked: &'q [LabelClause]) -> Self {
        Self { asked, lists: ListFilter::new(asked.iter().map(|clause| list_clause(labels, clause)).collect()) }
    }

    /// Whether the query has no condition on labels.
    pub(super) fn is_all(&self) -> bool {
        self.lists.is_all()
    }
}

fn list_clause(labels: &Labels, clause: &LabelClause) -> ListClause {
    let of_values = |values: &[String]| -> Vec<Postings> {
        values.iter().filter_map(|value| labels.rows_of(&clause.key, value)).cloned().collect()
    };
    let of_key = || labels.rows_with_key(&clause.key).cloned().into_iter().collect();
    match &clause.test {
        LabelTest::AnyOf(values) => ListClause::any_of(of_values(values)),
        LabelTest::NoneOf(values) => ListClause::none_of(of_values(values)),
        LabelTest::Exists => ListClause::any_of(of_key()),
        LabelTest::Absent => ListClause::none_of(of_key()),
    }
}

impl RowFilter<'_> {
    /// Whether a row passes.
    pub(super) fn passes(&self, view: &View<'_>, row: Row) -> bool {
        let is_between = |(from, to)| {
            let place = view.timeline.place_of(row);
            from <= place && place < to
        };
        view.passes(self.cells.facets, row) && self.labels.lists.passes(row) && self.range.is_none_or(is_between)
    }

    /// Puts those of some rows with a job first that pass the filters on facets, and returns how many they are. Needs no branch that
    /// depends on a row: the processor can't predict which pass.
    pub(super) fn partition_by_facets(&self, view: &View<'_>, rows: &mut [Row]) -> usize {
        let mut passing = 0;
        for at in 0..rows.len() {
            let row = rows[at];
            rows.swap(passing, at);
            let filter = view.facets.span_filter(row.span(), self.cells.facets);
            passing += usize::from(filter.passes(row.offset_in_span()));
        }
        passing
    }

    /// Keeps the rows of a bitmap that meet some conditions on labels, within the time range.
    pub(super) fn retain(&self, view: &View<'_>, rows: &mut Bitmap, lists: &ListFilter) {
        if !lists.is_all() {
            rows.retain_by_block(|block, bits| lists.retain(block, bits));
        }
        if let Some((from, to)) = self.range {
            rows.retain_by_block(|block, bits| view.timeline.retain_between(block, bits, from, to));
        }
    }

    /// The two ends of the time range, or of the whole timeline.
    pub(super) fn places(&self, view: &View<'_>) -> (Place, Place) {
        self.range.unwrap_or((Place::START, view.timeline.end()))
    }

    /// How many rows the condition on labels accepts at most that accepts the fewest; `None` where no condition accepts rows.
    pub(super) fn rarest_label_rows(&self) -> Option<u64> {
        let rarest = self.labels.lists.rarest()?;
        Some(self.labels.lists.clauses()[rarest].rows_sum())
    }
}
