//! One view of the list: a page with its total, the counts for the filters, and on request the plan and one more job.
//! All parts come from one snapshot.

use jobdex::answer::Suggestion;
use jobdex::error::QueryError;
use jobdex::explain::Explanation;
use jobdex::{FacetCounts, MatchLevel, Snapshot};
use serde::Serialize;

use super::marks::marked;
use super::request::{Asked, refusal};
use super::rows::Row;
use crate::errors::Refusal;
use crate::job::LiveJob;

/// The content of the page.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct View {
    total: u64,
    page: u64,
    pages: u64,
    size: u32,
    /// How closely the keyword matched.
    level: Option<MatchLevel>,
    /// The words that matched only with typos, each with the words of names that it matched.
    corrections: Vec<(String, Vec<String>)>,
    /// Near spellings of the keyword that are much more common.
    suggestions: Vec<Suggestion>,
    jobs: Vec<Row>,
    counts: FacetCounts,
    /// For a list without jobs: how many jobs there are without each of its filters.
    without: Vec<Without>,
    plan: Option<Plan>,
    /// The job whose details are requested, if it exists.
    job: Option<Row>,
}

/// How the list was found: the explanation of the library, and its text.
#[derive(Debug, PartialEq, Serialize)]
struct Plan {
    #[serde(flatten)]
    explanation: Explanation,
    text: String,
}

/// A filter, and the number of jobs without it.
#[derive(Debug, PartialEq, Serialize)]
struct Without {
    filter: &'static str,
    total: u64,
}

impl View {
    /// The view of the jobs in this snapshot.
    ///
    /// # Errors
    /// The query is invalid.
    pub(crate) fn new(snapshot: &Snapshot<LiveJob>, asked: &Asked) -> Result<Self, Refusal> {
        Self::of(snapshot, asked).map_err(|error| refusal(&error))
    }

    fn of(snapshot: &Snapshot<LiveJob>, asked: &Asked) -> Result<Self, QueryError> {
        let page = snapshot.list(&asked.query)?;
        let counts = snapshot.facets(&asked.query)?;
        let suggestions = snapshot.suggest(&asked.query)?;
        let without = if page.total_count == 0 { without(snapshot, asked)? } else { Vec::new() };
        let plan = asked.with_plan.then(|| snapshot.explain(&asked.query)).transpose()?;
        let marked = marked(&page, asked);
        Ok(Self {
            total: page.total_count,
            page: asked.page,
            pages: page.total_count.div_ceil(asked.size.into()).max(1),
            size: asked.size,
            level: page.match_level,
            corrections: page.corrections.into_iter().map(|word| (word.typed, word.words)).collect(),
            suggestions,
            jobs: page.jobs.into_iter().zip(marked).map(|(job, marked)| Row { job, marked }).collect(),
            counts,
            without,
            plan: plan.map(|explanation| Plan { text: explanation.to_string(), explanation }),
            job: asked.job_id.as_deref().and_then(|job_id| Row::find(snapshot, job_id)),
        })
    }
}

fn without(snapshot: &Snapshot<LiveJob>, asked: &Asked) -> Result<Vec<Without>, QueryError> {
    let each = asked.without_each();
    each.map(|(filter, query)| Ok(Without { filter, total: snapshot.list(&query)?.total_count })).collect()
}
