//! A keyword, looked up: which rung of the ladder answers, and which rows of the indexes match there.
//!
//! The lookup gathers facts. It decides nothing about cost: it asks the [`Planner`] where a step depends on the last.

mod found_rows;
mod ladder;
mod word_matches;

use std::sync::Arc;

pub(super) use found_rows::FoundRows;
pub(super) use word_matches::WordMatches;

use super::cached_counts;
use super::corrections::{self, Correction};
use super::matches::SortedRows;
use super::row_filter::RowFilter;
use super::row_set::RowSet;
use super::view::View;
use crate::cache::keywords::CachedTally;
use crate::index::record::Records;
use crate::plan::{AccessPath, KeywordStatistics, Planner, RowsAtHand};
use crate::query::{MatchLevel, Matching, Needle};
use crate::rows::postings::Postings;
use crate::rows::row::Row;
use crate::text::keyword::{Keyword, id_text};
use ladder::{Ladder, Rung};

/// A keyword, looked up in one snapshot.
///
/// Corrections and statistics borrow it; the methods that take its rows consume it. So nobody can ask for corrections after the
/// rows are taken.
// Invariants:
//   words is empty if no name matches on the rungs asked for
//   level is None if neither an ID nor a name matches on them
pub(super) struct ResolvedKeyword<'q> {
    text: &'q str,
    id_rows: Vec<Row>,
    words: Vec<WordMatches>,
    level: Option<MatchLevel>,
    rows: Option<FoundRows>,
    tally: Option<Arc<CachedTally>>,
}

impl<'q> ResolvedKeyword<'q> {
    /// Looks a keyword up.
    pub(super) fn new<R: Records>(view: &View<'_, R>, needle: Needle<'q>, planner: Planner) -> Self {
        let id_rows: Vec<Row> = view.job_ids.find_ignoring_case(view.records, &id_text(needle.text)).collect();
        let has_id = !id_rows.is_empty();
        let (rung, name_level) = find_rung(view, needle, has_id, planner);
        let pinned = needle.pinned.filter(|_| needle.matching == Matching::Closest);
        let level = if has_id { pinned.or(Some(MatchLevel::Literal)) } else { name_level };
        let (words, rows) = rung.map_or((Vec::new(), None), |rung| (rung.words, rung.rows));
        let mut resolved = Self { text: needle.text, id_rows, words, level, rows, tally: None };
        resolved.tally = resolved.find_tally(view, planner);
        resolved
    }

    /// The rung that answers.
    pub(super) fn level(&self) -> Option<MatchLevel> {
        self.level
    }

    /// The numbers of it that the planner sees; `passing` jobs pass the filters.
    pub(super) fn statistics<R>(&self, view: &View<'_, R>, passing: u64) -> KeywordStatistics {
        KeywordStatistics {
            row_numbers: view.row_numbers(),
            passing,
            id_hits: self.id_rows.len() as u64,
            words: self.words.iter().map(WordMatches::statistics).collect(),
            rows: self.rows.as_ref().map_or(RowsAtHand::InLists, FoundRows::at_hand),
            is_counted: self.tally.is_some(),
        }
    }

    /// The words of the store that stood in for the words of the keyword, before any filter.
    pub(super) fn corrections<R>(&self, view: &View<'_, R>) -> Vec<Correction> {
        corrections::corrections(view.words, self.text, self.level, &self.words, self.rows.as_ref())
    }

    /// The matches, tried against the filter one by one and sorted by time.
    pub(super) fn into_sorted_rows<R>(self, view: &View<'_, R>, filter: &RowFilter) -> SortedRows {
        let in_lists = || {
            let lists = self.words.iter().flat_map(|word| word.lists(view.words));
            lists.flat_map(Postings::iter).map(Row::from_number).collect()
        };
        let mut rows = self.rows.map_or_else(in_lists, FoundRows::into_listed);
        rows.extend_from_slice(&self.id_rows);
        SortedRows::new(view, &rows, filter)
    }

    /// The matches that pass the filter, by one of the paths that make a set of rows.
    pub(super) fn into_row_set<R: Records>(self, view: &View<'_, R>, filter: &RowFilter, path: AccessPath) -> RowSet {
        let rows = match (self.rows, self.words.as_slice(), path) {
            (Some(FoundRows::Listed(rows)), ..) => RowSet::of_rows(view, filter, &rows),
            (Some(FoundRows::InBitmap(bits)), ..) => RowSet::of_bitmap(view, filter, bits),
            (None, [word], AccessPath::FilterScan) => RowSet::scan(view, filter, word),
            (None, [word], AccessPath::KeywordBitmap) => RowSet::and(view, filter, word),
            (None, words, _) => RowSet::probe(view, filter, words.iter().flat_map(|word| word.lists(view.words))),
        };
        rows.with(view, filter, &self.id_rows)
    }

    /// The counts of the cached rows. A plan takes them only where there are some.
    pub(super) fn into_tally(self) -> Arc<CachedTally> {
        self.tally.expect("the plan takes counts where there are some")
    }

    /// The tally of the rows that match, where they are those of one broad word.
    fn find_tally<R>(&self, view: &View<'_, R>, planner: Planner) -> Option<Arc<CachedTally>> {
        match (self.words.as_slice(), self.id_rows.as_slice()) {
            ([word], []) if planner.uses_counts() => cached_counts::tally(view, word.cached()?, planner),
            _ => None,
        }
    }
}

/// The rung whose rows answer, and the level that is told of it.
fn find_rung<R: Records>(
    view: &View<'_, R>,
    needle: Needle<'_>,
    has_id: bool,
    planner: Planner,
) -> (Option<Rung>, Option<MatchLevel>) {
    let ladder = Ladder { view, planner };
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
            let closest = ladder.climb(&keyword).map(|rung| rung.level);
            (ladder.at(&keyword, MatchLevel::TwoTypos), closest)
        }
        (_, Some(pinned)) => of_rung(ladder.at(&keyword, pinned)),
        (_, None) => of_rung(ladder.climb(&keyword)),
    }
}
