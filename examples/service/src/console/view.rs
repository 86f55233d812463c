//! One view of the list: a page with its total, the counts for the filters, and the plan if it is requested. All parts
//! come from one snapshot.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use jobdex::answer::Suggestion;
use jobdex::{FacetCounts, Job, MatchLevel, Snapshot};
use serde::Serialize;

use super::marks::{Marked, marked};
use super::request::{Asked, refusal};
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
    jobs: Vec<Shown>,
    counts: FacetCounts,
    plan: Option<String>,
}

/// A row of the table.
#[derive(Debug, PartialEq)]
struct Shown {
    job: Arc<LiveJob>,
    marked: Marked,
}

impl View {
    /// The view of the jobs in this snapshot.
    ///
    /// # Errors
    /// The query is invalid.
    pub(crate) fn new(snapshot: &Snapshot<LiveJob>, asked: &Asked) -> Result<Self, Refusal> {
        let page = snapshot.list(&asked.query).map_err(|error| refusal(&error))?;
        let counts = snapshot.facets(&asked.query).map_err(|error| refusal(&error))?;
        let suggestions = snapshot.suggest(&asked.query).map_err(|error| refusal(&error))?;
        let plan = asked.with_plan.then(|| snapshot.explain(&asked.query)).transpose();
        let plan = plan.map_err(|error| refusal(&error))?.map(|plan| plan.to_string());
        let marked = marked(&page, asked);
        Ok(Self {
            total: page.total_count,
            page: asked.page,
            pages: page.total_count.div_ceil(asked.size.into()).max(1),
            size: asked.size,
            level: page.match_level,
            corrections: page.corrections.into_iter().map(|word| (word.typed, word.words)).collect(),
            suggestions,
            jobs: page.jobs.into_iter().zip(marked).map(|(job, marked)| Shown { job, marked }).collect(),
            counts,
            plan,
        })
    }
}

/// A row in the form that the script reads.
#[derive(Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    job: &'a Job,
    #[serde(rename = "Times")]
    times: Option<[DateTime<Utc>; 2]>,
    #[serde(flatten)]
    marked: &'a Marked,
}

impl Serialize for Shown {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let LiveJob { shown, times } = &*self.job;
        let times = times.map(|times| [times.start, times.end]);
        Row { job: shown, times, marked: &self.marked }.serialize(serializer)
    }
}
