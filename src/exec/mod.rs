//! A checked query and one snapshot to a page, by the plan.
//!
//! ```text
//! ValidQuery ─ lookup ─> ResolvedKeyword ─ Planner ─> Plan ─> matches ─ cut ─> Page
//! ```
//! Every list is a slice of the matches in time order. Without a keyword the counts along the timeline find it; with one the
//! matching rows are found first and counted by block. Descending order is the same slice from the other end.
//!
//! The execution obeys the plan. It takes no decision of cost: every constant of cost stands in [`crate::plan::cost`].

mod cached_counts;
mod corrections;
mod counted_matches;
mod highlights;
mod lookup;
mod matches;
mod page;
mod row_filter;
mod row_set;
mod row_set_matches;
mod value_counts;
mod view;

use std::ops::{Bound, Range};
use std::sync::Arc;

pub use corrections::Correction;
pub use highlights::Highlight;
pub use page::Page;
pub(crate) use view::{Jobs, View};

use crate::index::record::{Key, Records};
use crate::index::timeline::Edge;
use crate::job::Record;
use crate::plan::{AccessPath, Actual, Explanation, Plan, Planner, Statistics};
use crate::query::{CreatedRange, FacetFilter, MatchLevel, SortOrder, ValidQuery, ValidStart};
use crate::rows::row::Place;
use counted_matches::CountedMatches;
use lookup::ResolvedKeyword;
use matches::{Matches, SortedRows, TimelineMatches};
use row_filter::RowFilter;
use row_set::RowSet;
use row_set_matches::RowSetMatches;
use value_counts::ValueCounter;

/// Answers a query.
pub(crate) fn list<J: Record, R: Jobs<J>>(view: &View<'_, R>, query: &ValidQuery<'_>) -> Page<J> {
    answer(view, query, Planner::CHEAPEST).expect("some path answers every query").page
}

/// Answers a query by a given path; `None` if that path can't answer it.
pub(crate) fn list_by<J: Record, R: Jobs<J>>(
    view: &View<'_, R>,
    query: &ValidQuery<'_>,
    path: AccessPath,
) -> Option<Page<J>> {
    answer(view, query, Planner::forcing(path)).map(|answer| answer.page)
}

/// Answers a query and tells how.
pub(crate) fn explain<J: Record, R: Jobs<J>>(view: &View<'_, R>, query: &ValidQuery<'_>) -> Explanation {
    let Answer { page, plan, statistics } =
        answer(view, query, Planner::CHEAPEST).expect("some path answers every query");
    let actual = Actual {
        jobs: view.timeline.len() as u64,
        passing: Request::new(view, query).passing(),
        match_level: page.match_level,
        total_count: page.total_count,
        page_len: page.jobs.len(),
    };
    Explanation::new(plan, &statistics, actual)
}

/// Counts, for each value of each facet, the jobs that the list would have with that value chosen.
pub(crate) fn facets<R: Records>(view: &View<'_, R>, query: &ValidQuery<'_>) -> Vec<Vec<u64>> {
    let by_value = counts_by_value(view, query);
    let mut counts = by_value.into_iter();
    view.timeline.cells().shape().lens().iter().map(|&len| counts.by_ref().take(len.into()).collect()).collect()
}

/// The counts by the numbers of the values among those of all facets.
fn counts_by_value<R: Records>(view: &View<'_, R>, query: &ValidQuery<'_>) -> Vec<u64> {
    let filter = &query.filter.facets;
    let request = Request::of_all_facets(view, query);
    let Some(keyword) = request.resolve(Planner::CHEAPEST) else {
        let (from, to) = request.filter.places(view);
        return view.timeline.cells().value_counts(&view.cell_counts_between(from, to), filter);
    };
    if let (Some(cached), None) = (keyword.only_cached(), request.filter.range) {
        return cached_counts::by_value(view, cached, filter);
    }
    let statistics = request.statistics(Some(&keyword));
    let path = Planner::CHEAPEST.plan(&statistics).expect("some path answers every query").path;
    let mut counter = ValueCounter::new(view, filter);
    match path {
        AccessPath::FilterScan | AccessPath::KeywordBitmap | AccessPath::KeywordProbe => {
            let rows = RowSet::of_keyword(view, keyword.into_rows(), &request.filter, path);
            rows.blocks().for_each(|block| counter.count(block, rows.block_bits(block)));
        }
        AccessPath::Nothing
        | AccessPath::JobId
        | AccessPath::FewRows
        | AccessPath::Timeline
        | AccessPath::KeywordCounts => {
            let rows = SortedRows::of_keyword(view, keyword.into_rows(), &request.filter);
            rows.rows().for_each(|row| counter.count_row(row));
        }
    }
    counter.finish()
}

/// A page, and how it was found.
struct Answer<J> {
    page: Page<J>,
    plan: Plan,
    statistics: Statistics,
}

/// Answers a query by the planner's plan; `None` if the path that the planner is to force can't answer it.
fn answer<J: Record, R: Jobs<J>>(view: &View<'_, R>, query: &ValidQuery<'_>, planner: Planner) -> Option<Answer<J>> {
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
    filter: RowFilter<'a>,
}

impl<'a, 's, 'q, R: Records> Request<'a, 's, 'q, R> {
    fn new(view: &'a View<'s, R>, query: &'a ValidQuery<'q>) -> Self {
        Self::with_facets(view, query, &query.filter.facets)
    }

    /// The request that jobs with every combination of facets pass.
    fn of_all_facets(view: &'a View<'s, R>, query: &'a ValidQuery<'q>) -> Self {
        static ALL: FacetFilter = FacetFilter::ALL;
        Self::with_facets(view, query, &ALL)
    }

    fn with_facets(view: &'a View<'s, R>, query: &'a ValidQuery<'q>, facets: &'a FacetFilter) -> Self {
        let filter = RowFilter { cells: view.timeline.filter(facets), range: places(view, query.filter.created) };
        Self { view, query, filter }
    }

    fn resolve(&self, planner: Planner) -> Option<ResolvedKeyword<'q>> {
        let needle = self.query.keyword?;
        Some(ResolvedKeyword::new(self.view, needle, self.filter.cells.facets, planner))
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
            None => self.view.timeline.total(&self.filter.cells),
            Some((from, to)) => {
                let before = |place| self.view.count_before(&self.filter.cells, place);
                before(to).saturating_sub(before(from))
            }
        }
    }

    /// The page, by a path that can answer.
    fn page<J: Record>(&self, keyword: Option<ResolvedKeyword<'_>>, path: AccessPath) -> Page<J>
    where
        R: Jobs<J>,
    {
        let Some(keyword) = keyword else {
            return self.cut(&TimelineMatches::new(self.view, &self.filter), None);
        };
        let (corrections, level) = (corrections::corrections(self.view.words, &keyword), keyword.level());
        let page = match path {
            AccessPath::KeywordCounts => {
                self.cut(&CountedMatches::new(self.view, keyword.into_counts(), &self.filter), level)
            }
            AccessPath::KeywordBitmap if let Some(cached) = keyword.only_cached() => {
                // The counts stay behind for the next page.
                let counted = cached_counts::current_or_counted(self.view, cached, self.filter.cells.facets);
                self.cut(&CountedMatches::new(self.view, counted, &self.filter), level)
            }
            AccessPath::FilterScan | AccessPath::KeywordBitmap | AccessPath::KeywordProbe => {
                let cached = keyword.only_cached().filter(|_| self.filter.range.is_none()).cloned();
                let rows = RowSet::of_keyword(self.view, keyword.into_rows(), &self.filter, path);
                if let Some(cached) = cached {
                    cached_counts::put(self.view, &cached, self.filter.cells.facets, |block| rows.count(block));
                }
                self.cut(&RowSetMatches::new(self.view, rows), level)
            }
            AccessPath::Nothing | AccessPath::JobId | AccessPath::FewRows | AccessPath::Timeline => {
                self.cut(&SortedRows::of_keyword(self.view, keyword.into_rows(), &self.filter), level)
            }
        };
        Page { corrections, ..page }
    }

    /// Cuts the page out of the matches.
    fn cut<J: Record>(&self, matches: &impl Matches, match_level: Option<MatchLevel>) -> Page<J>
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
        let next = last.map(|job| self.query.cursor_after(job.create_time(), job.job_id(), match_level));
        Page { jobs, total_count, match_level, corrections: Vec::new(), next }
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
