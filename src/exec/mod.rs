//! A checked query and one snapshot to a page, by the plan.
//!
//! ```text
//! ValidQuery ─ lookup ─> ResolvedKeyword ─ Planner ─> Plan ─> matches ─ cut ─> Page
//! ```
//! Every list is a slice of the matches in time order. Without a keyword the counts along the timeline find it; with one the
//! matching rows are found first and counted by block. Descending order is the same slice from the other end.
//!
//! The execution obeys the plan. It takes no decision of cost: every constant of cost stands in [`crate::plan::cost`].

mod corrections;
mod counted_matches;
mod facets;
mod highlights;
mod lookup;
mod matches;
mod page;
mod row_filter;
mod row_set;
mod row_set_matches;
mod suggestions;
mod view;

use std::ops::{Bound, Range};
use std::sync::Arc;

pub use corrections::Correction;
pub use facets::{FacetCounts, ValueCounts};
pub use highlights::Highlight;
pub use page::Page;
pub use suggestions::Suggestion;
pub(crate) use suggestions::suggest;
pub(crate) use view::{Jobs, View};

use crate::index::cell::{CellCounts, CellFilter, CellSet, sum_cells};
use crate::index::record::{Key, Records};
use crate::index::timeline::Edge;
use crate::job::JobRecord;
use crate::plan::{AccessPath, Actual, Explanation, Plan, Planner, Statistics};
use crate::query::{AnsweredRung, CreatedRange, FacetSet, Filter, SortOrder, ValidQuery, ValidStart};
use crate::rows::row::Place;
use counted_matches::CountedMatches;
use lookup::ResolvedKeyword;
use matches::{Matches, SortedRows, TimelineMatches};
use row_filter::RowFilter;
use row_set::RowSet;
use row_set_matches::RowSetMatches;

/// Answers a query.
pub(crate) fn list<J: JobRecord, R: Jobs<J>>(view: &View<'_, R>, query: &ValidQuery<'_>) -> Page<J> {
    answer(view, query, Planner::PAGE).expect("some path answers every query").page
}

/// Answers a query by a given path; `None` if that path can't answer it.
pub(crate) fn list_by<J: JobRecord, R: Jobs<J>>(
    view: &View<'_, R>,
    query: &ValidQuery<'_>,
    path: AccessPath,
) -> Option<Page<J>> {
    answer(view, query, Planner::forcing(path)).map(|answer| answer.page)
}

/// Answers a query and tells how.
pub(crate) fn explain<J: JobRecord, R: Jobs<J>>(view: &View<'_, R>, query: &ValidQuery<'_>) -> Explanation {
    let Answer { page, plan, statistics } = answer(view, query, Planner::PAGE).expect("some path answers every query");
    let actual = Actual {
        jobs: view.timeline.len() as u64,
        passing: Request::new(view, query).passing(),
        match_level: page.match_level,
        total_count: page.total_count,
        page_len: page.jobs.len(),
    };
    Explanation::new(plan, &statistics, actual)
}

/// Counts, per value of each facet, the jobs that the list would have with that value chosen.
pub(crate) fn facets<R: Records>(view: &View<'_, R>, query: &ValidQuery<'_>) -> FacetCounts {
    let counts = Request::new(view, query).without_facet_filters().cell_counts();
    let count = |filter: Filter| sum_cells(&counts, CellSet::of_filter(&filter));
    let filter = query.filter;
    FacetCounts {
        template_type: ValueCounts::new(|value| count(Filter { template_types: FacetSet::new([value]), ..filter })),
        start_mode: ValueCounts::new(|value| count(Filter { start_modes: FacetSet::new([value]), ..filter })),
        status: ValueCounts::new(|value| count(Filter { statuses: FacetSet::new([value]), ..filter })),
    }
}

/// A page, and how it was found.
struct Answer<J> {
    page: Page<J>,
    plan: Plan,
    statistics: Statistics,
}

/// Answers a query by the planner's plan; `None` if the path that the planner is to force can't answer it.
fn answer<J: JobRecord, R: Jobs<J>>(view: &View<'_, R>, query: &ValidQuery<'_>, planner: Planner) -> Option<Answer<J>> {
    let request = Request::new(view, query);
    let keyword = request.resolve(planner);
    let statistics = request.statistics(keyword.as_ref());
    let plan = planner.plan(&statistics)?;
    let page = request.page(keyword, plan.path);
    Some(Answer { page, plan, statistics })
}

/// A query bound to one snapshot.
struct Request<'a, 's, 'q, R> {
    view: &'a View<'s, R>,
    query: &'a ValidQuery<'q>,
    filter: RowFilter,
}

impl<'a, 's, 'q, R: Records> Request<'a, 's, 'q, R> {
    fn new(view: &'a View<'s, R>, query: &'a ValidQuery<'q>) -> Self {
        let filter = RowFilter { cells: CellFilter::new(&query.filter), range: places(view, query.filter.created) };
        Self { view, query, filter }
    }

    /// The same request, which every combination of facets passes.
    fn without_facet_filters(self) -> Self {
        Self { filter: RowFilter { cells: CellFilter::ALL, ..self.filter }, ..self }
    }

    fn resolve(&self, planner: Planner) -> Option<ResolvedKeyword<'q>> {
        self.query.keyword.map(|needle| ResolvedKeyword::new(self.view, needle, planner))
    }

    fn statistics(&self, keyword: Option<&ResolvedKeyword<'_>>) -> Statistics {
        match keyword {
            None => Statistics::NoKeyword,
            Some(keyword) => Statistics::Keyword(keyword.statistics(self.view, self.passing())),
        }
    }

    /// How many jobs pass the filters, by the sums alone.
    fn passing(&self) -> u64 {
        match self.filter.range {
            None => sum_cells(self.view.timeline.totals(), self.filter.cells.cells),
            Some((from, to)) => {
                let before = |place| self.view.count_before(&self.filter.cells, place);
                before(to).saturating_sub(before(from))
            }
        }
    }

    /// How many of the matches each cell has.
    fn cell_counts(&self) -> CellCounts {
        let planner = Planner::CELL_COUNTS;
        let (from, to) = self.filter.places(self.view);
        let Some(keyword) = self.resolve(planner) else { return self.view.cell_counts_between(from, to) };
        let statistics = self.statistics(Some(&keyword));
        let path = planner.plan(&statistics).expect("some path answers every query").path;
        match path {
            AccessPath::KeywordCounts => {
                counted_matches::cell_counts_between(self.view, &keyword.into_tally(), from, to)
            }
            AccessPath::FilterScan | AccessPath::KeywordBitmap | AccessPath::KeywordProbe => {
                RowSet::of_keyword(self.view, keyword.into_rows(), &self.filter, path).cell_counts(self.view)
            }
            AccessPath::Nothing | AccessPath::JobId | AccessPath::FewRows | AccessPath::Timeline => {
                let mut counts = CellCounts::default();
                for row in SortedRows::of_keyword(self.view, keyword.into_rows(), &self.filter).rows() {
                    counts[self.view.timeline.cell(row).index()] += 1;
                }
                counts
            }
        }
    }

    /// The page, by a path that can answer.
    fn page<J: JobRecord>(&self, keyword: Option<ResolvedKeyword<'_>>, path: AccessPath) -> Page<J>
    where
        R: Jobs<J>,
    {
        let Some(keyword) = keyword else {
            return self.cut(&TimelineMatches::new(self.view, &self.filter), AnsweredRung::default());
        };
        let (corrections, rung) = (corrections::corrections(self.view.words, &keyword), keyword.rung());
        let page = match path {
            AccessPath::KeywordCounts => {
                self.cut(&CountedMatches::new(self.view, keyword.into_tally(), &self.filter), rung)
            }
            AccessPath::FilterScan | AccessPath::KeywordBitmap | AccessPath::KeywordProbe => {
                let rows = RowSet::of_keyword(self.view, keyword.into_rows(), &self.filter, path);
                self.cut(&RowSetMatches::new(self.view, rows), rung)
            }
            AccessPath::Nothing | AccessPath::JobId | AccessPath::FewRows | AccessPath::Timeline => {
                self.cut(&SortedRows::of_keyword(self.view, keyword.into_rows(), &self.filter), rung)
            }
        };
        Page { corrections, ..page }
    }

    /// Cuts the page out of the matches.
    fn cut<J: JobRecord>(&self, matches: &impl Matches, rung: AnsweredRung) -> Page<J>
    where
        R: Jobs<J>,
    {
        let total_count = matches.len();
        let slice = self.slice(matches, total_count);
        let is_last = match self.query.sort {
            SortOrder::Asc => slice.end == total_count,
            SortOrder::Desc => slice.start == 0,
        };
        let mut jobs: Vec<Arc<J>> = Vec::with_capacity(usize::try_from(slice.end - slice.start).unwrap_or(0));
        matches.visit(slice, &mut |row| jobs.push(Arc::clone(self.view.records.job(row))));
        if self.query.sort == SortOrder::Desc {
            jobs.reverse();
        }
        let last = jobs.last().filter(|_| !is_last);
        let next = last.map(|job| self.query.cursor_after(job.create_time(), job.job_id(), rung));
        Page { jobs, total_count, match_level: rung.level, corrections: Vec::new(), next }
    }

    /// The page as a slice of the matches in ascending order.
    fn slice(&self, matches: &impl Matches, total_count: u64) -> Range<u64> {
        let skip = match self.query.start {
            ValidStart::Offset(offset) => offset,
            ValidStart::After(create_time, job_id) => {
                let key = Key { create_time, job_id };
                match self.query.sort {
                    SortOrder::Asc => matches.count_before(self.place(Edge::AfterKey(key))),
                    SortOrder::Desc => total_count - matches.count_before(self.place(Edge::BeforeKey(key))),
                }
            }
        };
        let first = skip.min(total_count);
        let end = skip.saturating_add(self.query.page_size.into()).min(total_count);
        match self.query.sort {
            SortOrder::Asc => first..end,
            SortOrder::Desc => total_count - end..total_count - first,
        }
    }

    fn place(&self, edge: Edge<'_>) -> Place {
        self.view.timeline.place(self.view.records, edge)
    }
}

/// A creation-time range as places; none for all of time. A range that holds nothing is an empty stretch.
fn places<R: Records>(view: &View<'_, R>, created: CreatedRange) -> Option<(Place, Place)> {
    let place = |edge| view.timeline.place(view.records, edge);
    let from = match created.0 {
        Bound::Included(time) => Some(place(Edge::BeforeTime(time))),
        Bound::Excluded(time) => Some(place(Edge::AfterTime(time))),
        Bound::Unbounded => None,
    };
    let to = match created.1 {
        Bound::Included(time) => Some(place(Edge::AfterTime(time))),
        Bound::Excluded(time) => Some(place(Edge::BeforeTime(time))),
        Bound::Unbounded => None,
    };
    if from.is_none() && to.is_none() {
        return None;
    }
    let from = from.unwrap_or(Place::START);
    Some((from, to.unwrap_or_else(|| view.timeline.end()).max(from)))
}
