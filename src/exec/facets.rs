//! Facet counts: for each value of each facet, how many jobs a list has with that value chosen.

use super::cached_counts::CountedQuery;
use super::found::Found;
use super::request::Request;
use super::row_filter::LabelFilter;
use super::value_counts::ValueCounter;
use super::view::View;
use crate::plan::Planner;
use crate::query::{FacetFilter, ValidQuery};

/// Counts, for each value of each facet, the jobs that the list would have with that value chosen: by the place of the facet,
/// and by the number of the value.
pub(crate) fn facets(view: &View<'_>, query: &ValidQuery<'_>) -> Vec<Vec<u64>> {
    let by_value = counts_by_value(view, query);
    let mut counts = by_value.into_iter();
    view.timeline.cells().shape().lens().iter().map(|&len| counts.by_ref().take(len.into()).collect()).collect()
}

/// The counts by the numbers of the values among those of all facets.
fn counts_by_value(view: &View<'_>, query: &ValidQuery<'_>) -> Vec<u64> {
    static ALL: FacetFilter = FacetFilter::ALL;
    let facets = &query.filter.facets;
    let labels = LabelFilter::new(view.labels, query.labels);
    // The matches of all facets are found first, since the filter on a facet does not count for its own values.
    let request = Request::new(view, query, &ALL, &labels, Planner::CHEAPEST);
    let keyword = request.resolve();
    if let (Some(cached), None) = (keyword.as_ref().and_then(|keyword| keyword.only_cached()), request.filter.range) {
        return CountedQuery::new(view, Some(cached), &request.filter).with_facets(facets).by_value();
    }
    let mut by_value = ValueCounter::new(view, facets);
    match request.find_cheapest(keyword) {
        Found::InTimeline => {
            let (from, to) = request.filter.places(view);
            return view.timeline.cells().value_counts(&view.cell_counts_between(from, to), facets);
        }
        // Rows of a keyword are counted only where they are cached, and those were answered above.
        Found::Counted(_) if request.filter.range.is_none() => {
            return CountedQuery::new(view, None, &request.filter).with_facets(facets).by_value();
        }
        counted @ Found::Counted(_) => {
            let blocks = view.timeline.directory().blocks();
            blocks.for_each(|block| by_value.count(block, &request.block_bits(&counted, block)));
        }
        Found::Sorted(rows) => rows.rows().for_each(|row| by_value.count_row(row)),
        Found::InSet(rows) => rows.blocks().for_each(|block| by_value.count(block, rows.block_bits(block))),
    }
    by_value.finish()
}
