//! A checked query and one snapshot to a page, by the plan.
//!
//! Every list is a slice of the matches in time order: without a keyword the counts along the timeline find it, with one
//! the matching rows are found first and counted by block. Descending order is the same slice from the other end.

mod corrections;
mod facets;
mod highlights;
mod keyword;
mod matches;
mod page;
mod row_set;
mod tallied;
mod view;

use std::ops::{Bound, Range};
use std::sync::Arc;

pub use corrections::Correction;
pub use facets::{FacetCounts, ValueCounts};
pub use highlights::Highlight;
pub use page::Page;
pub(crate) use view::{Jobs, View};

use crate::cache::keywords::KeptTally;
use crate::index::cell::{CellFilter, CellSet, sum_cells};
use crate::index::record::{Key, Records};
use crate::index::timeline::Edge;
use crate::job::JobRecord;
use crate::plan::{AccessPath, Actual, Explanation, Plan, Statistics};
use crate::query::{CreatedRange, FacetSet, Filter, MatchLevel, SortOrder, ValidQuery, ValidStart};
use crate::rows::row::{BLOCK_ROWS, Place, Row};
use keyword::{Intersection, Resolved};
use matches::{FewMatches, Matches, RowMatches, TimelineMatches};
use row_set::{RowFilter, RowSet};
use tallied::{Counting, TallyMatches};

/// Answers a query.
pub(crate) fn list<J: JobRecord, R: Jobs<J>>(view: &View<'_, R>, query: &ValidQuery<'_>) -> Page<J> {
    Execution::new(view, query, None, Counting::WherePaid).page()
}

/// Answers a query by a given path; `None` if that path can't.
pub(crate) fn list_by<J: JobRecord, R: Jobs<J>>(
    view: &View<'_, R>,
    query: &ValidQuery<'_>,
    path: AccessPath,
) -> Option<Page<J>> {
    let counting = if path == AccessPath::KeywordCounts { Counting::Now } else { Counting::Never };
    let mut execution = Execution::new(view, query, Some(path), counting);
    execution.path = Plan::new(&execution.statistics()).forced(path)?.path;
    Some(execution.page())
}

/// Answers a query and tells how.
pub(crate) fn explain<J: JobRecord, R: Jobs<J>>(view: &View<'_, R>, query: &ValidQuery<'_>) -> Explanation {
    let execution = Execution::new(view, query, None, Counting::WherePaid);
    let statistics = execution.statistics();
    let page = execution.page();
    let actual = Actual {
        jobs: view.timeline.len() as u64,
        match_level: page.match_level,
        total_count: page.total_count,
        page_len: page.jobs.len(),
    };
    Explanation::new(Plan::new(&statistics), &statistics, actual)
}

/// Counts, per value of each facet, the jobs that the list would have with that value chosen.
pub(crate) fn facets<R: Records>(view: &View<'_, R>, query: &ValidQuery<'_>) -> FacetCounts {
    let filter = query.filter;
    // Cells have to be counted in any case: what is kept serves the next pages too.
    let execution = Execution::new(view, query, None, Counting::Now);
    let count = execution.counter();
    FacetCounts {
        template_type: ValueCounts::new(|value| count(&Filter { template_types: FacetSet::new([value]), ..filter })),
        start_mode: ValueCounts::new(|value| count(&Filter { start_modes: FacetSet::new([value]), ..filter })),
        status: ValueCounts::new(|value| count(&Filter { statuses: FacetSet::new([value]), ..filter })),
    }
}

/// One request on its way.
struct Execution<'a, 's, 'q, R> {
    view: &'a View<'s, R>,
    query: &'a ValidQuery<'q>,
    filter: RowFilter,
    keyword: Option<Resolved>,
    path: AccessPath,
    is_forced: bool,
}

impl<'a, 's, 'q, R: Records> Execution<'a, 's, 'q, R> {
    fn new(view: &'a View<'s, R>, query: &'a ValidQuery<'q>, forced: Option<AccessPath>, counting: Counting) -> Self {
        let resolved = |needle| Resolved::new(view, needle, forced).with_tally(view, counting);
        let keyword = query.keyword.map(resolved);
        let filter = RowFilter { cells: CellFilter::new(&query.filter), range: places(view, query.filter.created) };
        let mut execution =
            Self { view, query, filter, keyword, path: AccessPath::Timeline, is_forced: forced.is_some() };
        if execution.keyword.is_some() {
            execution.path = Plan::new(&execution.statistics()).path;
        }
        execution
    }

    fn statistics(&self) -> Statistics {
        Statistics {
            row_numbers: (self.view.timeline.block_ids_end() * BLOCK_ROWS) as u64,
            passing: self.passing(),
            keyword: self.keyword.as_ref().map(Resolved::statistics),
        }
    }

    fn level(&self) -> Option<MatchLevel> {
        self.keyword.as_ref().and_then(|keyword| keyword.level)
    }

    /// From where to where in time, whether a range was asked for or not.
    fn places(&self) -> (Place, Place) {
        self.filter.range.unwrap_or((Place::START, self.view.timeline.end()))
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

    /// The rows that match keyword, filters and range.
    fn rows(&mut self) -> RowSet {
        let (view, filter, range) = (self.view, self.filter, self.places());
        let Some(keyword) = &mut self.keyword else { return RowSet::empty() };
        let rows = match (keyword.intersection.take(), keyword.words.as_slice(), self.path) {
            (Some(Intersection::Rows(rows)), ..) => RowSet::of_rows(view, &filter, &rows),
            (Some(Intersection::Bits(bits)), ..) => RowSet::of_bitmap(view, &filter, bits),
            (None, [word], AccessPath::FilterScan) => RowSet::scan(view, &filter.cells, range, word),
            (None, [word], AccessPath::KeywordBitmap) => RowSet::and(view, &filter, word),
            (None, words, _) => RowSet::probe(view, &filter, words.iter().flat_map(|word| word.lists(view.names))),
        };
        rows.with(view, &filter, &keyword.id_rows)
    }

    /// The counts of the keyword's rows, where they are at hand.
    fn tally(&self) -> Option<Arc<KeptTally>> {
        self.keyword.as_ref()?.tally.clone()
    }

    /// A way to count the matches under other filters on facets.
    fn counter(mut self) -> impl Fn(&Filter) -> u64 {
        let (from, to) = self.places();
        let counts = if self.keyword.is_none() {
            self.view.cell_counts_between(from, to)
        } else if let Some(tally) = self.tally() {
            tallied::cell_counts_between(self.view, &tally, from, to)
        } else {
            self.filter.cells = CellFilter::ALL;
            // A scan pays where few jobs pass the filters: here all do.
            if self.path == AccessPath::FilterScan {
                self.path = AccessPath::KeywordProbe;
            }
            self.rows().cell_counts(self.view)
        };
        move |filter: &Filter| sum_cells(&counts, CellSet::of_filter(filter))
    }

    fn page<J: JobRecord>(mut self) -> Page<J>
    where
        R: Jobs<J>,
    {
        if self.keyword.is_none() {
            let (from, to) = self.places();
            let matches = TimelineMatches::new(self.view, self.filter.cells, from, to);
            return self.cut(&matches);
        }
        let corrections = self.corrections();
        if let Some(tally) = self.tally().filter(|_| self.path == AccessPath::KeywordCounts) {
            return Page { corrections, ..self.cut(&TallyMatches::new(self.view, tally, &self.filter)) };
        }
        if let Some(rows) = self.few_rows() {
            return Page { corrections, ..self.cut(&FewMatches::new(self.view, &rows, &self.filter)) };
        }
        let rows = self.rows();
        Page { corrections, ..self.cut(&RowMatches::new(self.view, rows)) }
    }

    /// The rows that match the keyword, in any order, some more than once, where they are few and no path is forced.
    fn few_rows(&self) -> Option<Vec<Row>> {
        let keyword = self.keyword.as_ref().filter(|_| !self.is_forced)?;
        let mut rows = keyword.few_rows(self.view.names, FewMatches::ROWS_MAX)?;
        rows.extend_from_slice(&keyword.id_rows);
        Some(rows)
    }

    /// What stood in for the keyword's words, before any filter. To be asked before the rows of the keyword are taken.
    fn corrections(&self) -> Vec<Correction> {
        let found = self.query.keyword.zip(self.keyword.as_ref());
        found.map_or_else(Vec::new, |(needle, Resolved { level, words, intersection, .. })| {
            corrections::corrections(self.view.names, needle.text, *level, words, intersection.as_ref())
        })
    }

    /// Cuts the page out of the matches.
    fn cut<J: JobRecord>(&self, matches: &impl Matches) -> Page<J>
    where
        R: Jobs<J>,
    {
        let total_count = matches.len();
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
        let slice = self.slice(total_count, skip);
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
        let next = last.map(|job| self.query.cursor_after(job.create_time(), job.job_id(), self.level()));
        Page { jobs, total_count, match_level: self.level(), corrections: Vec::new(), next }
    }

    /// The page as a slice of the matches in ascending order.
    fn slice(&self, total_count: u64, skip: u64) -> Range<u64> {
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
