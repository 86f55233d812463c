//! The plan of a query, told.

use std::fmt;

use serde::Serialize;

use super::AccessPath;
use crate::query::MatchLevel;

/// How a query is answered: the path chosen, the paths rejected with their cost, estimated and actual counts.
///
/// Its text is for people and may change; its serialized form has these fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Explanation {
    /// The path that was taken.
    pub path: AccessPath,
    /// Every path that could have answered, the cheapest first.
    pub estimates: Vec<PathEstimate>,
    /// Jobs in the store.
    pub jobs: u64,
    /// Jobs that pass the filters on facets and creation time.
    pub passing: u64,
    /// The rung of the ladder that answered; `None` without a keyword, or where nothing matches.
    pub match_level: Option<MatchLevel>,
    /// Jobs whose ID is the keyword.
    pub id_hits: u64,
    /// Per word of the keyword that was looked up, what was found.
    pub words: Vec<WordExplanation>,
    /// Jobs that match in all: the exact total.
    pub total_count: u64,
    /// Jobs on the page.
    pub page_len: usize,
}

/// What an access path would cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PathEstimate {
    /// The path.
    pub path: AccessPath,
    /// Its cost in nanoseconds as the planner guesses it; only ratios count.
    pub cost_ns: u64,
}

/// What one word of a keyword matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct WordExplanation {
    /// Words of the dictionary that match it.
    pub lists: u64,
    /// The lengths of their posting lists, added up: at least the number of jobs.
    pub rows_estimated: u64,
}

/// What came out when a plan was carried out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Actual {
    pub(crate) jobs: u64,
    pub(crate) match_level: Option<MatchLevel>,
    pub(crate) total_count: u64,
    pub(crate) page_len: usize,
}

impl Explanation {
    pub(crate) fn new(plan: super::Plan, statistics: &super::Statistics, actual: Actual) -> Self {
        let keyword = statistics.keyword.as_ref();
        let words = keyword.map(|keyword| keyword.words.as_slice()).unwrap_or_default();
        Self {
            path: plan.path,
            estimates: plan.estimates,
            jobs: actual.jobs,
            passing: statistics.passing,
            match_level: actual.match_level,
            id_hits: keyword.map_or(0, |keyword| keyword.id_hits),
            words: words
                .iter()
                .map(|word| WordExplanation { lists: word.lists, rows_estimated: word.rows_sum })
                .collect(),
            total_count: actual.total_count,
            page_len: actual.page_len,
        }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "path      {}", self.path.as_str())?;
        for estimate in &self.estimates {
            let verdict = if estimate.path == self.path { "chosen" } else { "rejected" };
            writeln!(f, "  {verdict:<8} {:<14} {:>12} ns estimated", estimate.path.as_str(), estimate.cost_ns)?;
        }
        writeln!(f, "filters   {} of {} jobs pass", self.passing, self.jobs)?;
        if self.id_hits > 0 {
            writeln!(f, "job id    {} jobs", self.id_hits)?;
        }
        for (place, word) in (1..).zip(&self.words) {
            let (lists, rows) = (word.lists, word.rows_estimated);
            writeln!(f, "word {place}    {lists} words of the dictionary, at most {rows} jobs")?;
        }
        if let Some(level) = self.match_level {
            let rung = match level {
                MatchLevel::Literal => "literal",
                MatchLevel::OneTypo => "one typo",
                MatchLevel::TwoTypos => "two typos",
            };
            writeln!(f, "rung      {rung}")?;
        }
        write!(f, "actual    {} jobs match, {} on the page", self.total_count, self.page_len)
    }
}
