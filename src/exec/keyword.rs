//! A keyword, looked up: which rung of the ladder answers, and which words of the dictionary a name must have there.

use super::row_set::RowSet;
use super::view::View;
use crate::index::names::Alternatives;
use crate::index::names::keyword::Keyword;
use crate::index::record::Records;
use crate::index::row::Row;
use crate::plan::{AccessPath, KeywordStatistics, WordStatistics};
use crate::query::{MatchLevel, Matching, Needle};

/// What a keyword comes to in one snapshot.
// Invariants:
//   words is empty if no name matches on the rungs asked for
//   level is None if neither an ID nor a name matches on them
pub(super) struct Resolved {
    /// The jobs whose ID the keyword is.
    pub(super) id_rows: Vec<Row>,
    /// What a name must have one of each of.
    pub(super) words: Vec<Alternatives>,
    /// The rung that answers.
    pub(super) level: Option<MatchLevel>,
    /// The rows of the names, where they had to be found to choose the rung.
    pub(super) rows: Option<RowSet>,
}

impl Resolved {
    /// Looks a keyword up. `forced` is the path that finds the rows of several words, if a test asks for one.
    pub(super) fn new<R: Records>(view: &View<'_, R>, needle: Needle<'_>, forced: Option<AccessPath>) -> Self {
        let id_rows: Vec<Row> = view.ids.find_ignoring_case(view.records, needle.text).collect();
        let keyword = Keyword::parse(needle.text);
        let ladder = Ladder { view, keyword: &keyword, forced };
        let mut resolved = match (needle.matching, needle.pinned) {
            (Matching::Literal, _) => ladder.at(MatchLevel::Literal),
            (Matching::Closest, Some(pinned)) => ladder.at(pinned),
            // An ID is as literal as a match can be: no typo may join it.
            (Matching::Closest, None) if !id_rows.is_empty() => ladder.at(MatchLevel::Literal),
            (Matching::Closest, None) => ladder.climb(),
            (Matching::Any, _) => Self { level: ladder.climb().level, ..ladder.at(MatchLevel::TwoTypos) },
        };
        if !id_rows.is_empty() {
            let is_pinned = needle.matching == Matching::Closest && needle.pinned.is_some();
            resolved.level = if is_pinned { needle.pinned } else { Some(MatchLevel::Literal) };
        }
        resolved.id_rows = id_rows;
        resolved
    }

    fn nothing() -> Self {
        Self { id_rows: Vec::new(), words: Vec::new(), level: None, rows: None }
    }

    /// The numbers of it that the planner wants.
    pub(super) fn statistics(&self) -> KeywordStatistics {
        let words = self.words.iter();
        KeywordStatistics {
            id_hits: self.id_rows.len() as u64,
            words: words
                .map(|word| WordStatistics { lists: word.words().len() as u64, rows_sum: word.rows_sum() })
                .collect(),
        }
    }
}

/// A keyword before a dictionary.
struct Ladder<'a, 's, R> {
    view: &'a View<'s, R>,
    keyword: &'a Keyword,
    forced: Option<AccessPath>,
}

impl<R: Records> Ladder<'_, '_, R> {
    /// The closest rung on which a name matches.
    fn climb(&self) -> Resolved {
        let rungs = MatchLevel::ALL.into_iter().map(|level| self.at(level));
        rungs.into_iter().find(|resolved| resolved.level.is_some()).unwrap_or_else(Resolved::nothing)
    }

    /// One rung. That of one word matches if a word of the dictionary does; whether some name has several words shows only
    /// when they are intersected.
    fn at(&self, level: MatchLevel) -> Resolved {
        let names = self.view.names;
        let Some(words) = names.resolve(self.keyword, level) else { return Resolved::nothing() };
        let mut resolved = Resolved { id_rows: Vec::new(), words, level: Some(level), rows: None };
        if resolved.words.len() > 1 {
            let rows = self.intersect(&resolved);
            if rows.is_empty() {
                return Resolved::nothing();
            }
            resolved.rows = Some(rows);
        }
        resolved
    }

    fn intersect(&self, resolved: &Resolved) -> RowSet {
        let path = self.forced.unwrap_or_else(|| super::keyword_path(self.view, resolved));
        super::keyword_rows(self.view, &resolved.words, path)
    }
}
