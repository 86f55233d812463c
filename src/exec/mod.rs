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
mod facets;
mod found;
mod highlights;
mod label_counts;
mod lookup;
mod matches;
mod page;
mod prober;
mod request;
mod row_filter;
mod row_set;
mod row_set_matches;
mod suggestions;
mod value_counts;
mod view;

pub use corrections::Correction;
pub(crate) use facets::facets;
pub use highlights::Highlight;
pub use label_counts::LabelCount;
pub(crate) use label_counts::label_counts;
pub use page::Page;
pub(crate) use page::{PageFrame, RowSink};
pub use suggestions::Suggestion;
pub(crate) use suggestions::suggest;
pub(crate) use view::View;

use crate::plan::{AccessPath, Actual, Explanation, Plan, Planner, Statistics};
use crate::query::ValidQuery;
use crate::rows::row::Row;
use request::Request;
use row_filter::LabelFilter;

/// Answers a query. The rows of the page go to `rows`.
pub(crate) fn list(view: &View<'_>, query: &ValidQuery<'_>, rows: &mut dyn RowSink) -> PageFrame {
    answer(view, query, Planner::CHEAPEST, rows).expect("some path answers every query").page
}

/// Answers a query by a given path; `None` if that path can't answer it.
pub(crate) fn list_by(
    view: &View<'_>,
    query: &ValidQuery<'_>,
    path: AccessPath,
    rows: &mut dyn RowSink,
) -> Option<PageFrame> {
    answer(view, query, Planner::forcing(path), rows).map(|answer| answer.page)
}

/// Answers a query and tells how.
pub(crate) fn explain(view: &View<'_>, query: &ValidQuery<'_>) -> Explanation {
    let mut rows: Vec<Row> = Vec::new();
    let answered = answer(view, query, Planner::CHEAPEST, &mut rows);
    let Answer { page, plan, statistics } = answered.expect("some path answers every query");
    let labels = LabelFilter::new(view.labels, query.labels);
    let actual = Actual {
        jobs: view.timeline.len() as u64,
        passing: Request::new(view, query, &query.filter.facets, &labels, Planner::CHEAPEST).passing(),
        match_level: page.rung.level,
        total_count: page.total_count,
        page_len: rows.len(),
    };
    Explanation::new(plan, &statistics, actual)
}

/// The rows of all jobs that match, in the order of the query, from its cursor on if it has one.
pub(crate) fn matches(view: &View<'_>, query: &ValidQuery<'_>) -> Vec<Row> {
    let labels = LabelFilter::new(view.labels, query.labels);
    let request = Request::new(view, query, &query.filter.facets, &labels, Planner::CHEAPEST);
    request.rows(request.find_cheapest(request.resolve()))
}

/// A page, and how it was found.
struct Answer {
    page: PageFrame,
    plan: Plan,
    statistics: Statistics,
}

/// Answers a query by the planner's plan; `None` if the path that the planner is to force can't answer it.
fn answer(view: &View<'_>, query: &ValidQuery<'_>, planner: Planner, rows: &mut dyn RowSink) -> Option<Answer> {
    let labels = LabelFilter::new(view.labels, query.labels);
    let request = Request::new(view, query, &query.filter.facets, &labels, planner);
    let keyword = request.resolve();
    let statistics = request.statistics(keyword.as_ref());
    let plan = planner.plan(&statistics)?;
    let page = request.page(keyword, plan, rows);
    Some(Answer { page, plan, statistics })
}
