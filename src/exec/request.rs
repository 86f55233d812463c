//! One request: a checked query bound to one snapshot.

use std::ops::{Bound, Range};

use super::cached_counts::CountedQuery;
use super::corrections::corrections;
use super::found::{Found, FoundMatches};
use super::lookup::ResolvedKeyword;
use super::matches::{Matches, SortedRows};
use super::page::{PageFrame, RowSink};
use super::row_filter::{LabelFilter, RowFilter};
use super::row_set::RowSet;
use super::view::View;
use crate::bits::insert_bit;
use crate::index::record::Key;
use crate::index::timeline::Edge;
use crate::plan::{AccessPath, LabelStatistics, Plan, Planner, Statistics};
use crate::query::{AnsweredRung, CreatedRange, FacetFilter, SortOrder, ValidQuery, ValidStart};
use crate::rows::bits::{BlockBits, SPAN_BLOCKS, SpanBits};
use crate::rows::list_filter::ListClause;
use crate::rows::row::{BlockId, Place, Row};

/// A query bound to one snapshot.
pub(super) struct Request<'a, 's, 'q> {
    view: &'a View<'s>,
    query: &'a ValidQuery<'q>,
    pub(super) filter: RowFilter<'a>,
    planner: Planner,
}

impl<'a, 's, 'q> Request<'a, 's, 'q> {
    /// A request for the jobs that pass a filter on facets, which is the query's or accepts more.
    pub(super) fn new(
        view: &'a View<'s>,
        query: &'a ValidQuery<'q>,
        facets: &'a FacetFilter,
        labels: &'a LabelFilter<'a>,
        planner: Planner,
    ) -> Self {
        let filter =
            RowFilter { cells: view.timeline.filter(facets), labels, range: places(view, query.filter.created) };
        Self { view, query, filter, planner }
    }

    pub(super) fn resolve(&self) -> Option<ResolvedKeyword<'q>> {
        let needle = self.query.keyword?;
        Some(ResolvedKeyword::new(self.view, needle, &self.filter, self.planner))
    }

    pub(super) fn statistics(&self, keyword: Option<&ResolvedKeyword<'_>>) -> Statistics {
        match keyword {
            Some(keyword) => {
                let passing = self.passing().min(self.filter.rarest_label_rows().unwrap_or(u64::MAX));
                Statistics::Keyword(keyword.statistics(self.view, passing))
            }
            None if self.filter.labels.is_all() => Statistics::NoKeyword,
            None => Statistics::Labels(self.label_statistics()),
        }
    }

    fn label_statistics(&self) -> LabelStatistics {
        let planner = self.planner;
        let clauses = self.filter.labels.lists.clauses();
        LabelStatistics {
            row_numbers: self.view.row_numbers(),
            rarest_rows: self.filter.rarest_label_rows(),
            clauses: clauses.len() as u64,
            lists: clauses.iter().map(|clause| clause.lists().len() as u64).sum(),
            rows_sum: clauses.iter().map(ListClause::rows_sum).sum(),
            is_counted: planner.counts_rows() || planner.uses_counts() && self.counted_query().current().is_some(),
        }
    }

    /// The query without a keyword, as one whose rows are counted by block.
    fn counted_query(&self) -> CountedQuery<'_, 's> {
        CountedQuery::new(self.view, None, &self.filter)
    }

    /// How many jobs pass the filters on facets and creation time, by the sums alone.
    pub(super) fn passing(&self) -> u64 {
        match self.filter.range {
            None => self.view.timeline.total(&self.filter.cells),
            Some((from, to)) => {
                let before = |place| self.view.count_before(&self.filter.cells, place);
                before(to).saturating_sub(before(from))
            }
        }
    }

    /// The matches, by the cheapest path.
    pub(super) fn find_cheapest(&self, keyword: Option<ResolvedKeyword<'_>>) -> Found {
        let statistics = self.statistics(keyword.as_ref());
        let plan = self.planner.plan(&statistics).expect("some path answers every query");
        self.find(keyword, plan)
    }

    /// The matches, by the plan.
    fn find(&self, keyword: Option<ResolvedKeyword<'_>>, plan: Plan) -> Found {
        match keyword {
            Some(keyword) => self.find_keyword(keyword, plan.path),
            None if self.filter.labels.is_all() => Found::InTimeline,
            None => self.find_labels(plan.path),
        }
    }

    fn find_keyword(&self, keyword: ResolvedKeyword<'_>, path: AccessPath) -> Found {
        if let (AccessPath::KeywordBitmap, Some(cached)) = (path, keyword.only_cached()) {
            // The counts stay behind for the next page.
            return Found::Counted(CountedQuery::new(self.view, Some(cached), &self.filter).current_or_counted());
        }
        match path {
            AccessPath::KeywordCounts => Found::Counted(keyword.into_counts()),
            AccessPath::FilterScan | AccessPath::KeywordBitmap | AccessPath::KeywordProbe => {
                let cached = keyword.only_cached().filter(|_| self.filter.range.is_none()).cloned();
                let rows = RowSet::of_keyword(self.view, keyword.into_rows(), &self.filter, path);
                if let Some(cached) = cached {
                    CountedQuery::new(self.view, Some(&cached), &self.filter).put(|block| rows.count(block));
                }
                Found::InSet(rows)
            }
            _ => Found::Sorted(SortedRows::of_keyword(self.view, keyword.into_rows(), &self.filter)),
        }
    }

    fn find_labels(&self, path: AccessPath) -> Found {
        match path {
            AccessPath::LabelCounts | AccessPath::LabelBitmap => {
                Found::Counted(self.counted_query().current_or_counted())
            }
            AccessPath::LabelProbe => {
                let rows =
                    RowSet::of_labels(self.view, &self.filter).expect("a condition accepts the rows that are probed");
                let rarest = self.filter.rarest_label_rows().unwrap_or(0);
                if self.filter.range.is_none() && self.planner.caches_probe(rarest) {
                    self.counted_query().put(|block| rows.count(block));
                }
                Found::InSet(rows)
            }
            _ => Found::Sorted(SortedRows::of_labels(self.view, &self.filter)),
        }
    }

    /// How many matches there are, at most.
    pub(super) fn matches_max(&self, matches: &Found) -> u64 {
        match matches {
            Found::InTimeline => self.passing(),
            Found::Sorted(rows) => rows.len(),
            Found::InSet(rows) => rows.len(),
            Found::Counted(counted) => counted.counts.total(),
        }
    }

    /// The matches of one block that are found by block: all but a few rows.
    pub(super) fn block_bits(&self, matches: &Found, block: BlockId) -> BlockBits {
        let (view, facets) = (self.view, self.filter.cells.facets);
        let mut bits = match matches {
            Found::InTimeline => view.timeline.hits_in_block(view.facets, facets, block),
            Found::Counted(counted) if counted.counts.count(block) > 0 => {
                let mut bits = view.block_bits(block, counted.rows.as_ref(), &counted.lists);
                view.facets.retain_in_block(&mut bits, block, facets);
                bits
            }
            Found::InSet(rows) => *rows.block_bits(block),
            Found::Sorted(_) | Found::Counted(_) => [0; _],
        };
        if let Some((from, to)) = self.filter.range {
            view.timeline.retain_between(block, &mut bits, from, to);
        }
        bits
    }

    /// All matches as a bitmap, span by span.
    pub(super) fn bits(&self, matches: &Found) -> Vec<SpanBits> {
        let mut bits = vec![[0; _]; self.view.timeline.block_ids_end().div_ceil(SPAN_BLOCKS)];
        for block in self.view.timeline.directory().blocks() {
            let (blocks, _): (&mut [BlockBits], _) = bits[block.span()].as_chunks_mut();
            blocks[block.offset_in_span()] = self.block_bits(matches, block);
        }
        if let Found::Sorted(rows) = matches {
            rows.rows().for_each(|row| {
                insert_bit(&mut bits[row.span()], row.offset_in_span());
            });
        }
        bits
    }

    /// The rows of all matches in time order, whatever the page of the query.
    pub(super) fn all_rows(&self, matches: Found) -> Vec<Row> {
        let matches = matches.in_order(self.view, &self.filter);
        matches.rows(0..matches.len())
    }

    /// The rows of the matches in the order of the query, from its cursor on if it has one.
    pub(super) fn rows(&self, matches: Found) -> Vec<Row> {
        let matches = matches.in_order(self.view, &self.filter);
        let len = matches.len();
        let slice = match (&self.query.start, self.query.sort) {
            (ValidStart::Offset(_), _) => 0..len,
            (ValidStart::After(..), SortOrder::Asc) => self.slice(&matches, len).start..len,
            (ValidStart::After(..), SortOrder::Desc) => 0..self.slice(&matches, len).end,
        };
        let mut rows = matches.rows(slice);
        if self.query.sort == SortOrder::Desc {
            rows.reverse();
        }
        rows
    }

    /// The page, by the plan.
    pub(super) fn page(&self, keyword: Option<ResolvedKeyword<'_>>, plan: Plan, rows: &mut dyn RowSink) -> PageFrame {
        let rung = keyword.as_ref().map_or_else(AnsweredRung::default, ResolvedKeyword::rung);
        let corrections = keyword.as_ref().map_or_else(Vec::new, |keyword| corrections(self.view.words, keyword));
        let matches = self.find(keyword, plan).in_order(self.view, &self.filter);
        let (total_count, is_last) = self.cut(&matches, rows);
        PageFrame { total_count, rung, corrections, is_last }
    }

    /// Cuts the page out of the matches. Returns how many matches there are, and whether none follows the page.
    fn cut(&self, matches: &FoundMatches<'_, '_>, rows: &mut dyn RowSink) -> (u64, bool) {
        let total_count = matches.len();
        let slice = self.slice(matches, total_count);
        let is_last = match self.query.sort {
            SortOrder::Asc => slice.end == total_count,
            SortOrder::Desc => slice.start == 0,
        };
        rows.reserve(usize::try_from(slice.end - slice.start).unwrap_or(0));
        matches.visit(slice, &mut |row| rows.push(row));
        (total_count, is_last)
    }

    /// The page as a slice of the matches in ascending order.
    fn slice(&self, matches: &FoundMatches<'_, '_>, total_count: u64) -> Range<u64> {
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
fn places(view: &View<'_>, created: CreatedRange) -> Option<(Place, Place)> {
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
