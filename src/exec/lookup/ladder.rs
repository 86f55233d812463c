//! The ladder: which words of the dictionary a keyword's words match on a rung, and whether any name has all of them.
//!
//! One word matches if a word of the dictionary does. Whether some name has several shows only when their rows are
//! intersected. Each step asks the planner how to go on, by numbers alone.

use std::slice;
use std::sync::Arc;

use smol_str::SmolStr;

use super::found_rows::{FoundRows, united};
use super::word_matches::WordMatches;
use crate::cache::keywords::CachedRows;
use crate::exec::view::View;
use crate::index::record::Records;
use crate::index::words::WordIndex;
use crate::plan::{Intersect, Planner, SearchIn, WordStatistics};
use crate::query::MatchLevel;
use crate::rows::row::Row;
use crate::text::fold::fold;
use crate::text::keyword::{Keyword, KeywordWord, Phrase, WordPlace};
use crate::text::name_matcher::NameMatcher;
use crate::text::words::edit_budget;

/// A keyword before one snapshot.
pub(super) struct Ladder<'a, 's, R> {
    pub(super) view: &'a View<'s, R>,
    pub(super) planner: Planner,
    /// Whether names must have the symbols of the keyword; `None` if they must where any has them.
    pub(super) symbols: Option<bool>,
}

/// The matches of a keyword on one rung.
// Invariants:
//   words is not empty; rows are those that match all words, where there are several or symbols; some row matches
pub(super) struct Rung {
    pub(super) level: MatchLevel,
    /// The matches of each word of the keyword. A name matches if it has one of each.
    pub(super) words: Vec<WordMatches>,
    /// The rows of names with several words or symbols, which had to be found to choose the rung.
    pub(super) rows: Option<FoundRows>,
    /// Whether only rows of names with all symbols of the keyword that mean something are listed.
    pub(super) with_symbols: bool,
}

impl Rung {
    /// The rung on which a name matches if it has these words, and these rows where they are given.
    fn new(level: MatchLevel, words: Vec<WordMatches>, rows: Option<FoundRows>) -> Self {
        Self { level, words, rows, with_symbols: false }
    }
}

/// A word of a keyword that is to be looked up.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct PendingWord {
    lookup_ns: u64,
    place: usize,
}

impl<R: Records> Ladder<'_, '_, R> {
    /// The closest rung on which a name matches.
    pub(super) fn climb(&self, keyword: &Keyword) -> Option<Rung> {
        // A rung that allows more typos than the keyword can have equals the one before it.
        let edits_max = keyword.edits_max();
        let mut levels = MatchLevel::ALL.into_iter().filter(|level| level.edits_max() <= edits_max);
        levels.find_map(|level| self.at(keyword, level))
    }

    /// One rung; `None` if no name matches on it.
    pub(super) fn at(&self, keyword: &Keyword, level: MatchLevel) -> Option<Rung> {
        let rung = match keyword {
            Keyword::Blank | Keyword::Unmatchable => None,
            Keyword::Symbols(symbols) => self.symbols(symbols, level),
            Keyword::Words(Phrase { words, symbols }) => {
                self.words(words, level).and_then(|rung| self.narrowed(rung, symbols))
            }
        }?;
        let is_sorted = level > MatchLevel::Literal;
        let rows = rung.rows.map(|rows| if is_sorted { rows.sorted() } else { rows });
        Some(Rung { rows, ..rung })
    }

    fn symbols(&self, symbols: &[SmolStr], level: MatchLevel) -> Option<Rung> {
        let index = self.view.words;
        let words = of_symbols(index, symbols)?;
        let rows = (words.len() > 1).then(|| self.intersect(&words.iter().collect::<Vec<_>>()));
        rows.as_ref().is_none_or(|rows| !rows.is_empty()).then(|| Rung::new(level, words, rows))
    }

    /// The rung, or if any of its names has all symbols, the rung of only these names. `None` if there are no such names, and a
    /// cursor demands them.
    fn narrowed(&self, rung: Rung, symbols: &[SmolStr]) -> Option<Rung> {
        if symbols.is_empty() || self.symbols == Some(false) {
            return Some(rung);
        }
        match self.with_symbols(&rung, symbols) {
            Some(rows) => Some(Rung { rows: Some(rows), with_symbols: true, ..rung }),
            None => self.symbols.is_none().then_some(rung),
        }
    }

    /// The rows of a rung whose names have all symbols; `None` if there are none.
    fn with_symbols(&self, rung: &Rung, symbols: &[SmolStr]) -> Option<FoundRows> {
        let index = self.view.words;
        let lists = of_symbols(index, symbols)?;
        let rows = match (&rung.rows, rung.words.as_slice()) {
            (None, [word]) => self.intersect(&lists.iter().chain([word]).collect::<Vec<_>>()),
            (rows, _) => {
                let has_all = |row: &Row| lists.iter().all(|list| list.has_row(index, *row));
                FoundRows::Listed(rows.iter().flat_map(FoundRows::rows).filter(has_all).collect())
            }
        };
        Some(rows).filter(|rows| !rows.is_empty())
    }

    fn words(&self, words: &[KeywordWord], level: MatchLevel) -> Option<Rung> {
        let View { words: index, cache, .. } = self.view;
        if level == MatchLevel::Literal && !words.iter().all(|word| index.may_contain(&word.text)) {
            return None;
        }
        if let [word] = words {
            return Some(Rung::new(level, vec![self.word(word, level)?], None));
        }
        // With typos, corrections need the words that stood in for each: their rows alone do not tell.
        if level > MatchLevel::Literal {
            return self.several(words, level);
        }
        if let Some(cached) = cache.current(index, &self.view.names(), words, 0) {
            let is_matched = !cached.rows().is_empty();
            return is_matched.then(|| Rung::new(level, vec![WordMatches::of_cached(cached)], None));
        }
        let rung = self.several(words, level)?;
        let statistics: Vec<WordStatistics> = rung.words.iter().map(WordMatches::statistics).collect();
        match rung.rows {
            Some(rows) if self.planner.caches_intersection(self.view.row_numbers(), &statistics) => {
                let cached = cache.put_current(index, words, 0, rows.into_postings());
                Some(Rung::new(level, vec![WordMatches::of_cached(cached)], None))
            }
            rows => Some(Rung { rows, ..rung }),
        }
    }

    /// Looks up several words and intersects their rows. The first few that are quickly looked up, which are the rare ones,
    /// are looked up before the first intersection. The others follow one by one: mostly no row is left before they come, or
    /// so few that their names can be searched.
    fn several(&self, words: &[KeywordWord], level: MatchLevel) -> Option<Rung> {
        let pending = self.pending(words, level);
        let costs: Vec<u64> = pending.iter().map(|word| word.lookup_ns).collect();
        let (together, mut rest) = pending.split_at(Planner::words_together(&costs));
        let mut found = vec![WordMatches::default(); words.len()];
        for word in together {
            found[word.place] = self.word(&words[word.place], level)?;
        }
        let mut rows = self.intersect(&together.iter().map(|word| &found[word.place]).collect::<Vec<_>>());
        // Ends: each turn takes a word from the rest.
        while let Some((next, behind)) = rest.split_first() {
            if rows.is_empty() {
                return None;
            }
            let with_typos = rest.iter().filter(|word| edits_max(&words[word.place], level) > 0).count();
            if self.planner.search_in(rows.len(), with_typos, next.lookup_ns) == SearchIn::Names {
                rows = self.search_names(rows, words, rest, level, &mut found);
                break;
            }
            found[next.place] = self.word(&words[next.place], level)?;
            rows = rows.narrowed(self.view, &found[next.place]);
            rest = behind;
        }
        (!rows.is_empty()).then(|| Rung::new(level, found, Some(rows)))
    }

    /// The words of a keyword, the one that is looked up quickest first.
    fn pending(&self, words: &[KeywordWord], level: MatchLevel) -> Vec<PendingWord> {
        let View { words: index, cache, .. } = self.view;
        let pending = |(place, word): (usize, &KeywordWord)| {
            let is_cached = cache.contains(slice::from_ref(word), 0);
            let dictionary_words = if is_cached { 0 } else { index.containing_estimate(&word.text) };
            let lookup_ns = Planner::lookup_ns(dictionary_words, edits_max(word, level), is_cached);
            PendingWord { lookup_ns, place }
        };
        let mut pending: Vec<PendingWord> = words.iter().enumerate().map(pending).collect();
        pending.sort_unstable();
        pending
    }

    /// Of some rows, which are few, those whose names match the words that are left. On a rung with typos, notes which words
    /// of the dictionary the names have for each.
    fn search_names(
        &self,
        rows: FoundRows,
        words: &[KeywordWord],
        rest: &[PendingWord],
        level: MatchLevel,
        found: &mut [WordMatches],
    ) -> FoundRows {
        let matcher = NameMatcher::new(rest.iter().map(|word| &words[word.place]), level.edits_max());
        let names = self.view.names();
        let mut rows = rows.into_listed();
        rows.retain(|&row| names.get(row).is_some_and(|name| matcher.is_match(name)));
        if rest.iter().any(|word| edits_max(&words[word.place], level) > 0) {
            let mut ids = vec![Vec::new(); rest.len()];
            for name in rows.iter().filter_map(|&row| names.get(row)) {
                for (place, text) in matcher.alternatives(&fold(name)) {
                    ids[place].extend(self.view.words.find(text));
                }
            }
            for (word, ids) in rest.iter().zip(ids) {
                found[word.place] = WordMatches::of_words(self.view.words, self.view.words.distinct(ids));
            }
        }
        FoundRows::Listed(rows)
    }

    /// The matches of one word of a keyword on a rung; `None` if no name has any.
    ///
    /// The work depends on the dictionary, and on the rows of broad words, never on the number of names.
    fn word(&self, word: &KeywordWord, level: MatchLevel) -> Option<WordMatches> {
        let literal = self.literal(word);
        let found = match edits_max(word, level) {
            0 => literal,
            edits_max => self.with_typos(word, edits_max, literal),
        };
        (found.rows_sum() > 0).then_some(found)
    }

    fn literal(&self, word: &KeywordWord) -> WordMatches {
        let View { words: index, cache, .. } = self.view;
        if let Some(cached) = cache.current(index, &self.view.names(), slice::from_ref(word), 0) {
            return WordMatches::of_cached(cached);
        }
        let found = WordMatches::of_words(index, index.literal_words(word));
        if found.words().is_empty() || !self.planner.caches_union(found.lists_len() as u64, found.rows_sum()) {
            return found;
        }
        WordMatches::of_cached(self.unite(word, 0, &found))
    }

    fn with_typos(&self, word: &KeywordWord, edits_max: u8, literal: WordMatches) -> WordMatches {
        let View { words: index, cache, .. } = self.view;
        let compared_max = Planner::compared_words_max(index.len(), edits_max);
        let (words, cached_literally) = literal.into_words();
        let words = index.typo_words(word, edits_max, compared_max, words);
        let found = WordMatches::of_words(index, words).with_cached_literally(cached_literally);
        // The rows of one of several words are mostly tried against few others, and not united.
        let is_only = word.place == WordPlace::Only && found.rows_sum() > 0;
        if !is_only || !self.planner.caches_union(found.lists_len() as u64, found.rows_sum()) {
            return found;
        }
        let cached = cache.current(index, &self.view.names(), slice::from_ref(word), edits_max);
        let cached = cached.unwrap_or_else(|| self.unite(word, edits_max, &found));
        found.with_cached(cached)
    }

    /// Unites the rows that match one word, and caches them.
    fn unite(&self, word: &KeywordWord, edits_max: u8, found: &WordMatches) -> Arc<CachedRows> {
        let rows = united(self.view, found).to_postings();
        self.view.cache.put_current(self.view.words, slice::from_ref(word), edits_max, rows)
    }

    fn intersect(&self, words: &[&WordMatches]) -> FoundRows {
        let statistics: Vec<WordStatistics> = words.iter().map(|word| word.statistics()).collect();
        let mut words = words.to_vec();
        words.sort_by_key(|word| word.rows_sum());
        match (self.planner.intersect(self.view.row_numbers(), &statistics), words.split_first()) {
            (Intersect::ByProbe, Some((rarest, others))) => FoundRows::by_probe(self.view, rarest, others),
            _ => FoundRows::by_bitmap(self.view, &words),
        }
    }
}

/// The rows of some symbols; `None` if no name has one of them.
fn of_symbols(index: &WordIndex, symbols: &[SmolStr]) -> Option<Vec<WordMatches>> {
    symbols.iter().map(|symbol| Some(WordMatches::of_words(index, vec![index.find(symbol)?]))).collect()
}

/// The typos that a word of a keyword may have on a rung.
fn edits_max(word: &KeywordWord, level: MatchLevel) -> u8 {
    level.edits_max().min(edit_budget(&word.text))
}
