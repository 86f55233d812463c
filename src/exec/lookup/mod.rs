//! A keyword, looked up: which rung of the ladder answers, and which rows of the indexes match there.
//!
//! The lookup gathers facts. It decides nothing about cost: it asks the [`Planner`] where a step depends on the last.

mod found_rows;
mod joined;
mod ladder;
mod word_matches;

use std::sync::Arc;

pub(super) use found_rows::FoundRows;
pub(super) use word_matches::WordMatches;

use super::cached_counts::CountedQuery;
use super::row_filter::RowFilter;
use super::view::View;
use crate::cache::counts::CachedCounts;
use crate::cache::keywords::CachedRows;
use crate::plan::{KeywordStatistics, Planner, RowsAtHand, WordStatistics};
use crate::query::{AnsweredRung, MatchLevel, Matching, Needle};
use crate::rows::row::Row;
use crate::text::keyword::{Keyword, id_text};
use ladder::{Ladder, Rung};

/// A keyword, looked up in one snapshot.
///
/// Corrections and statistics borrow it; the methods that take its rows consume it. So nobody can ask for corrections after the
/// rows are taken.
// Invariants:
//   words is empty if no name matches on the rungs asked for
//   rung.level is None if neither an ID nor a name matches on them
pub(super) struct ResolvedKeyword<'q> {
    text: &'q str,
    id_rows: Vec<Row>,
    words: Vec<WordMatches>,
    rung: AnsweredRung,
    rows: Option<FoundRows>,
    counts: Option<Arc<CachedCounts>>,
}

/// The rows that match a keyword. Those that do not pass the filters may be missing.
pub(super) struct KeywordRows {
    /// The rows of the jobs whose ID is the keyword.
    pub(super) id_rows: Vec<Row>,
    /// The matches of each word of the keyword; none if no name matches.
    pub(super) words: Vec<WordMatches>,
    /// The rows of names that match all words, where there are several.
    pub(super) found: Option<FoundRows>,
}

impl<'q> ResolvedKeyword<'q> {
    /// Looks a keyword up, and the cached counts of its rows under a filter.
    pub(super) fn new(view: &View<'_>, needle: Needle<'q>, filter: &RowFilter<'_>, planner: Planner) -> Self {
        let id_rows: Vec<Row> = view.job_ids.find_ignoring_case(view.records, &id_text(needle.text)).collect();
        let has_id = !id_rows.is_empty();
        let (found, name_level) = find_rung(view, needle, has_id, filter, planner);
        let pinned = needle.pinned.filter(|_| needle.matching == Matching::Closest);
        let level = if has_id { pinned.or(Some(MatchLevel::Literal)) } else { name_level };
        // A walk goes on with its choice, even if only the job with the ID is left.
        let narrowed = found.as_ref().is_some_and(|rung| rung.with_symbols);
        let with_symbols = level.is_some() && needle.pinned_symbols.unwrap_or(narrowed);
        let (words, rows) = found.map_or((Vec::new(), None), |rung| (rung.words, rung.rows));
        let rung = AnsweredRung { level, with_symbols };
        let mut resolved = Self { text: needle.text, id_rows, words, rung, rows, counts: None };
        resolved.counts = resolved.find_counts(view, filter, planner);
        resolved
    }

    /// The rung that answers.
    pub(super) fn rung(&self) -> AnsweredRung {
        self.rung
    }

    /// The level of the rung that answers.
    pub(super) fn level(&self) -> Option<MatchLevel> {
        self.rung.level
    }

    /// The numbers of it that the planner sees; `passing` jobs pass the filters.
    pub(super) fn statistics(&self, view: &View<'_>, passing: u64) -> KeywordStatistics {
        KeywordStatistics {
            row_numbers: view.row_numbers(),
            passing,
            id_hits: self.id_rows.len() as u64,
            words: match (self.words.as_slice(), &self.rows) {
                // The words of a keyword, each or written as one, are found together.
                ([word], Some(rows)) if word.lists_len() == 0 => vec![WordStatistics::of_one_list(rows.len())],
                (words, _) => words.iter().map(WordMatches::statistics).collect(),
            },
            rows: self.rows.as_ref().map_or(RowsAtHand::InLists, FoundRows::at_hand),
            is_counted: self.counts.is_some(),
        }
    }

    /// The keyword as it was typed.
    pub(super) fn text(&self) -> &'q str {
        self.text
    }

    /// The matches of each word of the keyword on the rung that answers.
    pub(super) fn words(&self) -> &[WordMatches] {
        &self.words
    }

    /// The rows that match all words, where there are several. Without typos, those that do not pass the filters may be missing.
    pub(super) fn found_rows(&self) -> Option<&FoundRows> {
        self.rows.as_ref()
    }

    /// The rows that match, in the form in which they are at hand.
    pub(super) fn into_rows(self) -> KeywordRows {
        KeywordRows { id_rows: self.id_rows, words: self.words, found: self.rows }
    }

    /// The counts of the cached rows. A plan takes them only where there are some.
    pub(super) fn into_counts(self) -> Arc<CachedCounts> {
        self.counts.expect("the plan takes counts where there are some")
    }

    /// The cached rows, where they are all that match, and many.
    pub(super) fn only_cached(&self) -> Option<&Arc<CachedRows>> {
        match (self.words.as_slice(), self.id_rows.as_slice()) {
            // Rows at hand are fewer than those of the word.
            ([word], []) if self.rows.is_none() => word.cached(),
            _ => None,
        }
    }

    /// The counts of the rows that match, where they are cached.
    fn find_counts(&self, view: &View<'_>, filter: &RowFilter<'_>, planner: Planner) -> Option<Arc<CachedCounts>> {
        let cached = self.only_cached().filter(|_| planner.uses_counts())?;
        let query = CountedQuery::new(view, Some(cached), filter);
        if planner.counts_rows() { Some(query.current_or_counted()) } else { query.current() }
    }
}

/// The rung whose rows answer, and the level that is told of it.
fn find_rung(
    view: &View<'_>,
    needle: Needle<'_>,
    has_id: bool,
    filter: &RowFilter<'_>,
    planner: Planner,
) -> (Option<Rung>, Option<MatchLevel>) {
    let ladder = Ladder::new(view, filter, needle.pinned_symbols, planner);
    let of_rung = |rung: Option<Rung>| {
        let level = rung.as_ref().map(|rung| rung.level);
        (rung, level)
    };
    // A job ID is as literal as a match can be: no typo may join it.
    let is_literal = match needle.matching {
        Matching::Literal => true,
        Matching::Closest => needle.pinned.map_or(has_id, |level| level == MatchLevel::Literal),
        Matching::Any => false,
    };
    if is_literal && !view.words.may_match_raw(needle.text) {
        return (None, None);
    }
    let keyword = Keyword::parse(needle.text);
    match (needle.matching, needle.pinned) {
        _ if is_literal => of_rung(ladder.at(&keyword, MatchLevel::Literal)),
        (Matching::Any, _) => {
            let closest = ladder.climb(&keyword);
            let level = closest.as_ref().map(|rung| rung.level);
            // Where the words may have no more typos than the closest rung allows, it is the widest too.
            let is_widest = level.is_none_or(|level| level.edits_max() >= keyword.edits_max());
            (if is_widest { closest } else { ladder.at(&keyword, MatchLevel::TwoTypos) }, level)
        }
        (_, Some(pinned)) => of_rung(ladder.at(&keyword, pinned)),
        (_, None) => of_rung(ladder.climb(&keyword)),
    }
}
