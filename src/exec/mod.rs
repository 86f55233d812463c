//! A checked query and one snapshot to a page, by the plan.
//!
//! Every list is a slice of the matches in time order: without a keyword the counts along the timeline find it, with one
//! the matching rows are found first and counted by block. Descending order is the same slice from the other end.

mod bitmap;
mod facets;
mod keyword;
mod page;
mod row_set;
mod view;

use std::ops::{Bound, Range};
use std::sync::Arc;

pub use facets::{FacetCounts, ValueCounts};
pub use page::Page;
pub(crate) use view::{Jobs, View};

use crate::index::cell::{CellFilter, CellSet, sum_cells};
use crate::index::names::Alternatives;
use crate::index::record::{Key, Records};
use crate::index::row::{Place, Row};
use crate::index::timeline::Edge;
use crate::job::JobRecord;
use crate::plan::{AccessPath, Actual, Explanation, Plan, Statistics};
use crate::query::{CreatedRange, FacetSet, Filter, MatchLevel, SortOrder, ValidQuery, ValidStart};
use keyword::Resolved;
use row_set::{BlockHits, RowSet};

/// Answers a query.
pub(crate) fn list<J: JobRecord, R: Jobs<J>>(view: &View<'_, R>, query: &ValidQuery<'_>) -> Page<J> {
    Execution::new(view, query, None).page()
}

/// Answers a query by a given path; `None` if that path can't.
pub(crate) fn list_by<J: JobRecord, R: Jobs<J>>(
    view: &View<'_, R>,
    query: &ValidQuery<'_>,
    path: AccessPath,
) -> Option<Page<J>> {
    let mut execution = Execution::new(view, query, Some(path));
    execution.plan = Plan::new(&execution.statistics()).forced(path)?;
    Some(execution.page())
}

/// Answers a query and tells how.
pub(crate) fn explain<J: JobRecord, R: Jobs<J>>(view: &View<'_, R>, query: &ValidQuery<'_>) -> Explanation {
    let execution = Execution::new(view, query, None);
    let (plan, statistics) = (execution.plan.clone(), execution.statistics());
    let page = execution.page();
    let actual = Actual {
        jobs: view.timeline.len() as u64,
        match_level: page.match_level,
        total_count: page.total_count,
        page_len: page.jobs.len(),
    };
    Explanation::new(plan, &statistics, actual)
}

/// Counts, per value of each facet, the jobs that the list would have with that value chosen.
pub(crate) fn facets<R: Records>(view: &View<'_, R>, query: &ValidQuery<'_>) -> FacetCounts {
    let filter = query.filter;
    let execution = Execution::new(view, query, None);
    let count = execution.counter();
    FacetCounts {
        template_type: ValueCounts::new(|value| count(&Filter { template_types: FacetSet::new([value]), ..filter })),
        start_mode: ValueCounts::new(|value| count(&Filter { start_modes: FacetSet::new([value]), ..filter })),
        status: ValueCounts::new(|value| count(&Filter { statuses: FacetSet::new([value]), ..filter })),
    }
}

/// The cheapest path to the rows of a keyword by itself.
fn keyword_path<R: Records>(view: &View<'_, R>, resolved: &Resolved) -> AccessPath {
    let statistics = Statistics {
        row_numbers: row_numbers(view),
        passing: view.timeline.len() as u64,
        keyword: Some(resolved.statistics()),
    };
    Plan::new(&statistics).path
}

fn row_numbers<R>(view: &View<'_, R>) -> u64 {
    (view.timeline.block_ids_end() * crate::index::row::BLOCK_ROWS) as u64
}

/// The rows whose names have one of each of some alternatives, by one of the paths over posting lists.
fn keyword_rows<R: Records>(view: &View<'_, R>, words: &[Alternatives], path: AccessPath) -> RowSet {
    if path == AccessPath::KeywordBitmap {
        RowSet::unite(view.timeline, view.names, words)
    } else {
        RowSet::probe(view.timeline, view.names, words)
    }
}

/// One request on its way.
struct Execution<'a, 's, 'q, R> {
    view: &'a View<'s, R>,
    query: &'a ValidQuery<'q>,
    filter: CellFilter,
    /// From where to where in time; none for all of it.
    range: Option<(Place, Place)>,
    keyword: Option<Resolved>,
    plan: Plan,
}

impl<'a, 's, 'q, R: Records> Execution<'a, 's, 'q, R> {
    fn new(view: &'a View<'s, R>, query: &'a ValidQuery<'q>, forced: Option<AccessPath>) -> Self {
        let keyword = query.keyword.map(|needle| Resolved::new(view, needle, forced));
        let mut execution = Self {
            view,
            query,
            filter: CellFilter::new(&query.filter),
            range: places(view, query.filter.created),
            keyword,
            plan: Plan::timeline(),
        };
        if execution.keyword.is_some() {
            execution.plan = Plan::new(&execution.statistics());
        }
        execution
    }

    fn statistics(&self) -> Statistics {
        Statistics {
            row_numbers: row_numbers(self.view),
            passing: self.timeline_count(&self.filter),
            keyword: self.keyword.as_ref().map(Resolved::statistics),
        }
    }

    fn level(&self) -> Option<MatchLevel> {
        self.keyword.as_ref().and_then(|keyword| keyword.level)
    }

    /// From where to where in time, whether a range was asked for or not.
    fn places(&self) -> (Place, Place) {
        self.range.unwrap_or((Place::START, self.view.timeline.end()))
    }

    /// How many jobs pass a filter within the range, by the sums alone.
    fn timeline_count(&self, filter: &CellFilter) -> u64 {
        match self.range {
            None => sum_cells(self.view.timeline.totals(), filter.cells),
            Some((from, to)) => {
                let before = |place| self.view.count_before(filter, place);
                before(to).saturating_sub(before(from))
            }
        }
    }

    /// The rows that match keyword and range, before the filters on facets.
    fn keyword_rows(&mut self) -> RowSet {
        let (from, to) = self.places();
        let Some(keyword) = &mut self.keyword else { return RowSet::Sorted(Vec::new()) };
        let mut rows = match (keyword.rows.take(), self.plan.path, keyword.words.as_slice()) {
            (Some(rows), ..) => rows,
            (None, AccessPath::FilterScan, [word]) => RowSet::scan(self.view, &self.filter, (from, to), word),
            (None, path, words) => keyword_rows(self.view, words, path),
        };
        keyword.id_rows.iter().for_each(|&row| rows.insert(row));
        if self.range.is_some() {
            rows.retain_between(self.view.timeline, from, to);
        }
        rows
    }

    /// A way to count the matches under other filters on facets.
    fn counter(mut self) -> impl Fn(&Filter) -> u64 {
        let counts = if self.keyword.is_none() {
            let (from, to) = self.places();
            self.view.cell_counts_between(from, to)
        } else {
            // A scan sees only what passes this query's filters.
            if self.plan.path == AccessPath::FilterScan {
                self.plan.path = AccessPath::KeywordProbe;
            }
            let rows = self.keyword_rows();
            rows.cell_counts(self.view)
        };
        move |filter: &Filter| sum_cells(&counts, CellSet::of_filter(filter))
    }

    fn page<J: JobRecord>(mut self) -> Page<J>
    where
        R: Jobs<J>,
    {
        if self.keyword.is_none() {
            let (from, to) = self.places();
            let matches = TimelineMatches::new(self.view, self.filter, from, to);
            return self.cut(&matches);
        }
        let mut rows = self.keyword_rows();
        rows.retain_filter(self.view, &self.filter);
        let matches = RowMatches::new(self.view, rows);
        self.cut(&matches)
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
        Page { jobs, total_count, match_level: self.level(), next }
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
    let from = from.unwrap_or_else(|| Place::START);
    Some((from, to.unwrap_or_else(|| view.timeline.end()).max(from)))
}

/// The matches of a query in time order.
trait Matches {
    /// How many there are.
    fn len(&self) -> u64;

    /// How many stand before a place.
    fn count_before(&self, place: Place) -> u64;

    /// Those of a slice, in order.
    fn visit(&self, slice: Range<u64>, visit: &mut impl FnMut(Row));
}

/// The jobs that pass the filters within a stretch of time: nothing is listed, the timeline's counts find them.
struct TimelineMatches<'a, 's, R> {
    view: &'a View<'s, R>,
    filter: CellFilter,
    /// How many pass before the stretch begins, and before it ends.
    bounds: Range<u64>,
}

impl<'a, 's, R> TimelineMatches<'a, 's, R> {
    fn new(view: &'a View<'s, R>, filter: CellFilter, from: Place, to: Place) -> Self {
        let first = view.count_before(&filter, from);
        let end = if to == view.timeline.end() {
            sum_cells(view.timeline.totals(), filter.cells)
        } else {
            view.count_before(&filter, to)
        };
        Self { view, filter, bounds: first..end.max(first) }
    }
}

impl<R> Matches for TimelineMatches<'_, '_, R> {
    fn len(&self) -> u64 {
        self.bounds.end - self.bounds.start
    }

    fn count_before(&self, place: Place) -> u64 {
        self.view.count_before(&self.filter, place).clamp(self.bounds.start, self.bounds.end) - self.bounds.start
    }

    fn visit(&self, slice: Range<u64>, visit: &mut impl FnMut(Row)) {
        let (from, to) = (self.bounds.start + slice.start, self.bounds.start + slice.end);
        self.view.timeline.visit_slice(self.view.facets, &self.filter, from, to, visit);
    }
}

/// Rows that were found, counted by block.
struct RowMatches<'a, 's, R> {
    view: &'a View<'s, R>,
    rows: RowSet,
    blocks: Vec<BlockHits>,
    len: u64,
}

impl<'a, 's, R> RowMatches<'a, 's, R> {
    fn new(view: &'a View<'s, R>, rows: RowSet) -> Self {
        let blocks = rows.blocks(view.timeline);
        let len = blocks.iter().map(|hits| u64::from(hits.count)).sum();
        Self { view, rows, blocks, len }
    }
}

impl<R> Matches for RowMatches<'_, '_, R> {
    fn len(&self) -> u64 {
        self.len
    }

    fn count_before(&self, place: Place) -> u64 {
        let blocks = &self.blocks[..self.blocks.partition_point(|hits| hits.position < place.position)];
        let whole: u64 = blocks.iter().map(|hits| u64::from(hits.count)).sum();
        let partial = self.blocks.get(blocks.len()).filter(|hits| hits.position == place.position);
        whole
            + partial
                .map_or(0, |hits| self.view.timeline.count_in_block_before(&self.rows.block_bits(hits), place) as u64)
    }

    fn visit(&self, slice: Range<u64>, visit: &mut impl FnMut(Row)) {
        // From the end that is nearer: most pages are.
        let mut before = 0;
        let mut blocks = self.blocks.as_slice();
        if slice.start > self.len / 2 {
            let mut behind = self.len;
            let first = blocks.iter().rposition(|hits| {
                behind -= u64::from(hits.count);
                behind <= slice.start
            });
            before = behind;
            blocks = &blocks[first.unwrap_or(0)..];
        }
        for hits in blocks {
            if before >= slice.end {
                return;
            }
            let behind = before + u64::from(hits.count);
            if behind > slice.start {
                let bits = self.rows.block_bits(hits);
                let (from, to) = (slice.start.saturating_sub(before), slice.end.min(behind) - before);
                self.view.timeline.visit_in_block(hits.block, &bits, from, to, visit);
            }
            before = behind;
        }
    }
}
