//! The explanation of an answer: the path that ran, what it was chosen by, and what came out.

use std::fmt;

use serde::Serialize;

use super::access_path::{AccessPath, PathEstimate};
use super::planner::{Plan, estimates};
use super::statistics::{Statistics, WordStatistics};
use crate::query::MatchLevel;

/// How a query was answered: the path that ran, the paths that could have answered with their estimated costs, and counts.
///
/// Its text is for people and may change; its serialized form has these fields.
///
/// ```text
/// path      keyword-probe
///   chosen   keyword-probe           5,665 ns estimated
///   rejected keyword-bitmap          7,493 ns estimated
///   rejected filter-scan        17,000,200 ns estimated
/// filters   28,333 of 100,000 jobs pass
/// word 1    1 word of the dictionary, on at most 875 jobs
/// rung      literal
/// actual    266 jobs in all, 5 on the page
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Explanation {
    /// The path that ran.
    pub path: AccessPath,
    /// Every path that could have answered, the cheapest first. Of several words, the rows were intersected before: only the
    /// paths that go on from there are listed.
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

/// The matches of one word of a keyword.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct WordExplanation {
    /// Words of the dictionary that match it; 1 where their rows are cached as one list.
    pub lists: u64,
    /// The lengths of their posting lists, added up: at least the number of jobs.
    pub rows_estimated: u64,
    /// Whether the word was searched for in names and not in the dictionary, since few jobs matched the other words.
    pub is_in_names: bool,
    /// Whether the rows that match came from the keyword cache. The rows of several words are cached together: then this
    /// entry stands for all of them.
    pub is_kept: bool,
}

/// The counts that the execution of a plan found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Actual {
    pub(crate) jobs: u64,
    pub(crate) passing: u64,
    pub(crate) match_level: Option<MatchLevel>,
    pub(crate) total_count: u64,
    pub(crate) page_len: usize,
}

impl Explanation {
    pub(crate) fn new(plan: Plan, statistics: &Statistics, actual: Actual) -> Self {
        let (id_hits, words) = match statistics {
            Statistics::NoKeyword | Statistics::Labels(_) => (0, &[][..]),
            Statistics::Keyword(keyword) => (keyword.id_hits, keyword.words.as_slice()),
        };
        Self {
            path: plan.path,
            estimates: estimates(statistics),
            jobs: actual.jobs,
            passing: actual.passing,
            match_level: actual.match_level,
            id_hits,
            words: words.iter().map(WordExplanation::new).collect(),
            total_count: actual.total_count,
            page_len: actual.page_len,
        }
    }
}

impl WordExplanation {
    fn new(word: &WordStatistics) -> Self {
        Self {
            lists: word.lists,
            rows_estimated: word.rows_sum,
            is_in_names: word.is_in_names,
            is_kept: word.is_cached,
        }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "path      {}", self.path.as_str())?;
        for estimate in &self.estimates {
            let verdict = if estimate.path == self.path { "chosen" } else { "rejected" };
            let cost = grouped(estimate.cost_ns);
            writeln!(f, "  {verdict:<9}{:<14} {cost:>14} ns estimated", estimate.path.as_str())?;
        }
        writeln!(f, "filters   {} of {} pass", grouped(self.passing), counted(self.jobs, "job"))?;
        if self.id_hits > 0 {
            writeln!(f, "job id    {}", counted(self.id_hits, "job"))?;
        }
        for (place, word) in (1..).zip(&self.words) {
            if word.is_in_names {
                writeln!(f, "word {place}    searched for in the names that have the other words")?;
                continue;
            }
            if word.is_kept {
                writeln!(f, "word {place}    {}, from the keyword cache", counted(word.rows_estimated, "job"))?;
                continue;
            }
            let (lists, rows) = (counted(word.lists, "word"), counted(word.rows_estimated, "job"));
            writeln!(f, "word {place}    {lists} of the dictionary, on at most {rows}")?;
        }
        if let Some(level) = self.match_level {
            writeln!(f, "rung      {level}")?;
        }
        write!(f, "actual    {} in all, {} on the page", counted(self.total_count, "job"), self.page_len)
    }
}

/// `1 job`, `2,000 jobs`.
fn counted(count: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(count), if count == 1 { "" } else { "s" })
}

/// The digits in groups of three.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_explanation_reads_from_the_path_to_the_answer() {
        let estimate = |path, cost_ns| PathEstimate { path, cost_ns };
        let explanation = Explanation {
            path: AccessPath::KeywordProbe,
            estimates: vec![estimate(AccessPath::KeywordProbe, 5_265), estimate(AccessPath::FilterScan, 16_999_800)],
            jobs: 100_000,
            passing: 1,
            match_level: Some(MatchLevel::OneTypo),
            id_hits: 1,
            words: vec![
                WordExplanation { lists: 1, rows_estimated: 875, is_in_names: false, is_kept: false },
                WordExplanation { lists: 1, rows_estimated: 22_000, is_in_names: false, is_kept: true },
                WordExplanation { lists: 0, rows_estimated: 0, is_in_names: true, is_kept: false },
            ],
            total_count: 1,
            page_len: 1,
        };
        let text = "\
path      keyword-probe
  chosen   keyword-probe           5,265 ns estimated
  rejected filter-scan        16,999,800 ns estimated
filters   1 of 100,000 jobs pass
job id    1 job
word 1    1 word of the dictionary, on at most 875 jobs
word 2    22,000 jobs, from the keyword cache
word 3    searched for in the names that have the other words
rung      one-typo
actual    1 job in all, 1 on the page";
        assert_eq!(explanation.to_string(), text);
    }

    #[test]
    fn digits_stand_in_groups_of_three() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (u64::MAX, "18,446,744,073,709,551,615")] {
            assert_eq!(grouped(number), text);
        }
    }
}
