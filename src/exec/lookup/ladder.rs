//! The ladder: which words of the dictionary a keyword's words match on a rung, and whether any name has all of them.
//!
//! One word matches if a word of the dictionary does. Whether some name has several shows only when their rows are
//! intersected. Each step asks the planner how to go on, by numbers alone.
//!
//! The rung follows from the names of all jobs, but only jobs that pass the filters of the query are listed. Therefore the names of
//! jobs that pass are read first. If one of them matches, the others decide nothing. If none does, one match among the others is
//! enough.

use std::cell::RefCell;
use std::mem;
use std::sync::Arc;

use smol_str::SmolStr;

use super::found_rows::{FoundRows, rows_of_lists};
use super::joined::JoinedRows;
use super::word_matches::WordMatches;
use crate::cache::keywords::CachedRows;
use crate::exec::row_filter::RowFilter;
use crate::exec::view::View;
use crate::index::words::WordIndex;
use crate::index::words::joined::Cut;
use crate::plan::{Intersect, Planner, SearchIn, WordStatistics};
use crate::query::MatchLevel;
use crate::rows::postings::Postings;
use crate::rows::row::Row;
use crate::text::fold::fold;
use crate::text::keyword::{AsOne, Keyword, KeywordWord, NameCondition, Phrase, WordPlace};
use crate::text::name_matcher::NameMatcher;

/// A keyword before one snapshot.
pub(super) struct Ladder<'a, 's> {
    pub(super) view: &'a View<'s>,
    /// The filter of the query. It decides no rung, only which names have to be read.
    filter: &'a RowFilter<'a>,
    planner: Planner,
    /// Whether names must have the symbols of the keyword; `None` if they must where any has them.
    symbols: Option<bool>,
    /// Texts and the rows in whose names they are joined, so that the next rung does not search for them again.
    pub(super) known_joined: RefCell<Vec<(SmolStr, JoinedRows)>>,
    /// The texts that were cut to estimate costs, and their cuts.
    pub(super) known_cuts: RefCell<Vec<(SmolStr, Option<Vec<Cut>>)>>,
    /// The rows of words of a keyword that may have no typo, so that the next rung does not intersect them again.
    known_rows: RefCell<Option<Intersected>>,
}

/// The rows of a rung that are to be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All rows.
    All,
    /// All rows that pass the filters; if there are none, any other one.
    PassingOrAny,
    /// All rows that pass the filters; of the others, any or none. Some row is known to match.
    Passing,
}

impl Wanted {
    /// What is wanted of other rows, once it is known whether some row matches.
    pub(super) fn once(self, is_matched: bool) -> Self {
        if is_matched && self == Self::PassingOrAny { Self::Passing } else { self }
    }
}

/// Some words of a keyword, looked up and intersected.
#[derive(Clone)]
pub(super) struct Intersected {
    /// The matches of each word of the keyword; none of a word that was not looked up.
    words: Vec<Option<WordMatches>>,
    /// The rows that match all words that were looked up.
    rows: FoundRows,
}

/// The matches of a keyword on one rung.
// Invariants:
//   words is not empty; rows are those that match all words, where there are several or symbols; some row matches
pub(super) struct Rung {
    pub(super) level: MatchLevel,
    /// The matches of each word of the keyword. A name matches if it has one of each.
    pub(super) words: Vec<WordMatches>,
    /// The rows of names with several words, which had to be found to choose the rung.
    pub(super) rows: Option<FoundRows>,
    /// Whether only rows of names with all symbols of the keyword that mean something are listed.
    pub(super) with_symbols: bool,
}

impl Rung {
    /// The rung on which a name matches if it has these words, and these rows where they are given.
    fn new(level: MatchLevel, words: Vec<WordMatches>, rows: Option<FoundRows>) -> Self {
        Self { level, words, rows, with_symbols: false }
    }

    /// The rung whose matches are the rows of one list; `None` if there are none.
    fn of_list(level: MatchLevel, list: WordMatches) -> Option<Self> {
        (list.rows_sum() > 0).then(|| Self::new(level, vec![list], None))
    }
}

/// A word of a keyword that is to be looked up.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct PendingWord {
    /// The cost of the keyword where this word is looked up first.
    first_ns: u64,
    lookup_ns: u64,
    /// The rows whose cost `lookup_ns` has.
    rows_min: usize,
    place: usize,
    /// Whether the costs include the names that have the word written apart.
    is_priced: bool,
}

impl<'a, 's> Ladder<'a, 's> {
    /// A ladder on which nothing was looked up yet. With `symbols`, a cursor tells whether names must have those of the keyword.
    pub(super) fn new(view: &'a View<'s>, filter: &'a RowFilter<'a>, symbols: Option<bool>, planner: Planner) -> Self {
        let (known_joined, known_cuts, known_rows) = <_>::default();
        Self { view, filter, planner, symbols, known_joined, known_cuts, known_rows }
    }

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
            Keyword::Words(phrase) => self.phrase(phrase, level).and_then(|rung| self.narrowed(rung, &phrase.symbols)),
        }?;
        let is_sorted = level > MatchLevel::Literal;
        let rows = rung.rows.map(|rows| if is_sorted { rows.sorted() } else { rows });
        Some(Rung { rows, ..rung })
    }

    fn symbols(&self, symbols: &[SmolStr], level: MatchLevel) -> Option<Rung> {
        let words = of_symbols(self.view.words, symbols)?;
        let rows = (words.len() > 1).then(|| self.intersect(&words.iter().collect::<Vec<_>>()));
        rows.as_ref().is_none_or(|rows| !rows.is_empty()).then(|| Rung::new(level, words, rows))
    }

    fn phrase(&self, phrase: &Phrase, level: MatchLevel) -> Option<Rung> {
        let Phrase { words, as_one, symbols } = phrase;
        // With typos, corrections need all rows of a word. Whether symbols count follows from the names of all rows.
        let is_narrow = level == MatchLevel::Literal && symbols.is_empty();
        let wanted = if is_narrow { Wanted::PassingOrAny } else { Wanted::All };
        let Some(as_one) = as_one else {
            return Some(Rung::new(level, vec![self.word(&words[0], level, wanted)?], None));
        };
        let View { words: index, cache, .. } = self.view;
        // With typos, corrections need the words that stood in for each: their rows alone do not tell.
        if level > MatchLevel::Literal {
            return self.with_as_one(self.each_word(words, level, wanted), &self.as_one(as_one, wanted).0, level);
        }
        if let Some(cached) = cache.current(index, &self.view.names(), phrase.condition(), 0) {
            return Rung::of_list(level, WordMatches::of_cached(cached));
        }
        let rung = self.each_word(words, level, wanted);
        let (one, one_ns) = self.as_one(as_one, wanted.once(rung.is_some()));
        let found = rung.as_ref().map_or(&[][..], |rung| &rung.words);
        let statistics: Vec<WordStatistics> = found.iter().map(WordMatches::statistics).collect();
        let is_costly = self.planner.caches_intersection(self.view.row_numbers(), &statistics, one_ns);
        if !is_costly || !self.caches(phrase.condition(), 0) {
            return self.with_as_one(rung, &one, level);
        }
        let (rung, one) = match wanted {
            Wanted::All => (rung, one),
            _ => (self.each_word(words, level, Wanted::All), self.as_one(as_one, Wanted::All).0),
        };
        let rows = self.with_as_one(rung, &one, level).map(|rung| self.rows_of(rung)).unwrap_or_default();
        let cached = cache.put_current(index, phrase.condition(), 0, rows);
        Rung::of_list(level, WordMatches::of_cached(cached))
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
                let rows = rows.clone().unwrap_or_else(|| FoundRows::Listed(Vec::new()));
                lists.iter().fold(rows, |rows, list| rows.narrowed(self.view, list))
            }
        };
        Some(rows).filter(|rows| !rows.is_empty())
    }

    /// The rows that match each of the words of a phrase. `None` if no name does.
    fn each_word(&self, words: &[KeywordWord], level: MatchLevel, wanted: Wanted) -> Option<Rung> {
        let index = self.view.words;
        // A word that may have no typo matches literally on each rung.
        let may_match =
            |word: &KeywordWord| word.edits_max(level) > 0 || index.may_match(word) || self.may_be_joined(&word.text);
        if !words.iter().all(may_match) {
            return None;
        }
        match words {
            [word] => Some(Rung::new(level, vec![self.word(word, level, wanted)?], None)),
            _ => self.several(words, level, wanted),
        }
    }

    /// The matches of the words of a keyword written as one, where names need not have each of the words; and about how long it
    /// took to find them.
    fn as_one(&self, as_one: &AsOne, wanted: Wanted) -> (WordMatches, u64) {
        let index = self.view.words;
        let words = index.words_with_prefix(&as_one.text);
        let JoinedRows { rows, cost_ns, .. } =
            self.joined_once(&as_one.text, &as_one.borders, wanted.once(!words.is_empty()));
        let all = WordMatches::of_words(index, words).with_joined(rows);
        let cost_ns = cost_ns + all.rows_sum();
        (all, cost_ns)
    }

    /// Whether a text may be joined in a name.
    pub(super) fn may_be_joined(&self, text: &SmolStr) -> bool {
        if let Some(known) = self.known_joined(text) {
            return !known.rows.is_empty();
        }
        let may_be_joined = self.view.words.may_be_joined(text);
        if !may_be_joined {
            self.known_joined.borrow_mut().push((text.clone(), JoinedRows::NONE));
        }
        may_be_joined
    }

    /// The rows in whose names a text is joined. A text is searched for once, and again where all rows are wanted since.
    fn joined_once(&self, text: &SmolStr, borders: &[usize], wanted: Wanted) -> JoinedRows {
        if let Some(known) = self.known_joined(text)
            && (known.has_all || wanted != Wanted::All)
        {
            return known;
        }
        let joined = self.joined(text, borders, wanted);
        self.known_joined.borrow_mut().push((text.clone(), joined.clone()));
        joined
    }

    /// The rows in whose names a text is joined, if they were searched for.
    pub(super) fn known_joined(&self, text: &SmolStr) -> Option<JoinedRows> {
        self.known_joined.borrow().iter().rfind(|(known, _)| known == text).map(|(_, joined)| joined.clone())
    }

    /// The rows of a rung and those of names that have the words written as one.
    fn with_as_one(&self, rung: Option<Rung>, one: &WordMatches, level: MatchLevel) -> Option<Rung> {
        if one.rows_sum() == 0 {
            return rung;
        }
        let each = match rung {
            Some(Rung { rows: Some(rows), .. }) => rows,
            Some(Rung { words, .. }) => FoundRows::of_word(self.view, &words[0]),
            None => FoundRows::Listed(Vec::new()),
        };
        Some(Rung::new(level, vec![WordMatches::default()], Some(each.with(self.view, one))))
    }

    /// The rows of a rung as one list.
    fn rows_of(&self, rung: Rung) -> Postings {
        match (rung.rows, rung.words.as_slice()) {
            (Some(rows), _) => rows.into_postings(),
            (None, [word]) => self.rows_of_word(word),
            (None, _) => Postings::default(),
        }
    }

    /// The rows of a word as one list.
    fn rows_of_word(&self, word: &WordMatches) -> Postings {
        rows_of_lists(self.view, word.lists(self.view.words), word.rows_sum())
    }

    /// Looks up several words and intersects their rows. The word that is rarest, as far as that shows quickly, comes first. If
    /// it has few rows, the others are looked for in the names of these rows. Otherwise the others follow one by one: mostly no
    /// row is left before they come, or so few that their names can be searched.
    fn several(&self, words: &[KeywordWord], level: MatchLevel, wanted: Wanted) -> Option<Rung> {
        let pending = self.pending(words, level);
        let known = self.known_rows.borrow().clone();
        let Intersected { words: mut found, mut rows } = match known {
            Some(known) => known,
            None => self.first_words(words, &pending, level)?,
        };
        let rest: Vec<&PendingWord> = pending.iter().filter(|word| found[word.place].is_none()).collect();
        let mut rest = rest.as_slice();
        // Ends: each turn takes a word from the rest.
        while let Some((next, behind)) = rest.split_first() {
            let search_in = self.search_in(words, rows.len(), rest.iter().copied(), level);
            if search_in == SearchIn::Names || words[next.place].edit_budget > 0 {
                self.keep_rows(words, level, &found, &rows);
            }
            if rows.is_empty() {
                return None;
            }
            if search_in == SearchIn::Names {
                rows = self.search_names(rows, words, rest, level, wanted, &mut found);
                break;
            }
            let word = self.word(&words[next.place], level, Wanted::All)?;
            rows = rows.narrowed(self.view, &word);
            found[next.place] = Some(word);
            rest = behind;
        }
        let found = found.into_iter().map(Option::unwrap_or_default).collect();
        (!rows.is_empty()).then(|| Rung::new(level, found, Some(rows)))
    }

    /// Looks up the first of several words, and the second where the first has many rows.
    fn first_words(&self, words: &[KeywordWord], pending: &[PendingWord], level: MatchLevel) -> Option<Intersected> {
        let (first, rest) = pending.split_first()?;
        let mut found = vec![None; words.len()];
        let first_word = self.word(&words[first.place], level, Wanted::All)?;
        let rows = match rest.first() {
            Some(second) if !self.lists_alone(words, first_word.rows_sum(), rest, level) => {
                let second_word = self.word(&words[second.place], level, Wanted::All)?;
                let rows = self.intersect(&[&first_word, &second_word]);
                found[second.place] = Some(second_word);
                rows
            }
            _ => FoundRows::by_probe(self.view, &first_word, &[]),
        };
        found[first.place] = Some(first_word);
        Some(Intersected { words: found, rows })
    }

    /// Whether the rows of the first word are so few that the second one need not be looked up with it.
    fn lists_alone(&self, words: &[KeywordWord], rows_sum: u64, rest: &[PendingWord], level: MatchLevel) -> bool {
        self.planner.lists_alone(rows_sum) || self.search_in(words, rows_sum, rest.iter(), level) == SearchIn::Names
    }

    /// The place in which to search for the words that are left, where so many rows match the others.
    fn search_in<'w>(
        &self,
        words: &[KeywordWord],
        rows: u64,
        rest: impl Iterator<Item = &'w PendingWord> + Clone,
        level: MatchLevel,
    ) -> SearchIn {
        let Some(next) = rest.clone().next() else { return SearchIn::Dictionary };
        let with_typos = rest.filter(|word| words[word.place].edits_max(level) > 0).count();
        let lookup_ns = Planner::narrowing_ns(next.lookup_ns, next.rows_min, rows);
        let search_in = |lookup_ns| self.planner.search_in(rows, with_typos, lookup_ns);
        // The names that have the word written apart are priced only where they decide.
        match search_in(lookup_ns) {
            SearchIn::Dictionary if !next.is_priced => search_in(lookup_ns + self.joined_ns(&words[next.place].text)),
            search_in => search_in,
        }
    }

    /// Keeps the rows of the words that were looked up for the rungs with typos, where none of these words may have any: no rung
    /// finds others.
    fn keep_rows(&self, words: &[KeywordWord], level: MatchLevel, found: &[Option<WordMatches>], rows: &FoundRows) {
        let mut known = self.known_rows.borrow_mut();
        let has_typos = |word: &KeywordWord| word.edit_budget > 0;
        let is_plain = |(word, found): (&KeywordWord, &Option<WordMatches>)| found.is_none() || !has_typos(word);
        let has_wider_rung = words.iter().any(|word| word.edit_budget > level.edits_max());
        if known.is_none() && has_wider_rung && words.iter().zip(found).all(is_plain) {
            *known = Some(Intersected { words: found.to_vec(), rows: rows.clone() });
        }
    }

    /// The words of a keyword, the rarest first, as far as that shows quickly.
    fn pending(&self, words: &[KeywordWord], level: MatchLevel) -> Vec<PendingWord> {
        let View { words: index, cache, .. } = self.view;
        let pending = |(place, word): (usize, &KeywordWord)| {
            let edits_max = word.edits_max(level);
            let of_costs =
                |first_ns, lookup_ns, rows_min| PendingWord { first_ns, lookup_ns, rows_min, place, is_priced: false };
            if cache.contains(NameCondition::of_word(word), 0) {
                let lookup_ns = Planner::cached_lookup_ns(edits_max);
                return of_costs(lookup_ns, lookup_ns, 0);
            }
            let dictionary_words = index.containing_estimate(&word.text);
            let rows_min = index.find(&word.text).map_or(0, |word| index.rows(word).len());
            let lookup_ns = Planner::lookup_ns(dictionary_words, rows_min, edits_max);
            let first_ns = Planner::first_ns(lookup_ns, rows_min);
            if self.is_cached_at_once(word) {
                return of_costs(first_ns, Planner::shared_ns(lookup_ns), 0);
            }
            of_costs(first_ns, lookup_ns, rows_min)
        };
        let mut pending: Vec<PendingWord> = words.iter().enumerate().map(pending).collect();
        pending.sort_unstable();
        self.put_off_joined(words, &mut pending);
        // Behind the first one, few rows are left, and the cheapest look-up comes next.
        if let Some((_, others)) = pending.split_first_mut() {
            others.sort_unstable_by_key(|word| (word.lookup_ns, word.place));
        }
        pending
    }

    /// Puts words off whose rows take long to find because they may be written apart. It looks at as few words as it can, and
    /// ends where the first word stays first even with this cost.
    fn put_off_joined(&self, words: &[KeywordWord], pending: &mut [PendingWord]) {
        while let Some((first, others)) = pending.split_first_mut() {
            if mem::replace(&mut first.is_priced, true) {
                return;
            }
            let joined_ns = self.joined_ns(&words[first.place].text);
            first.first_ns += joined_ns;
            first.lookup_ns += joined_ns;
            let cheaper = others.partition_point(|other| other.first_ns < first.first_ns);
            pending[..=cheaper].rotate_left(1);
        }
    }

    /// Of some rows, those that are wanted whose names match.
    pub(super) fn with_names(&self, mut rows: Vec<Row>, wanted: Wanted, is_match: impl Fn(&str) -> bool) -> Vec<Row> {
        let (names, is_match) = (self.view.names(), |_, name: &str| is_match(name));
        let mut others = Vec::new();
        if wanted != Wanted::All && self.reads_passing_first(rows.len()) {
            let passing = self.filter.partition_by_facets(self.view, &mut rows);
            others = rows.split_off(passing);
        }
        names.retain(&mut rows, is_match);
        if rows.is_empty() && wanted == Wanted::PassingOrAny {
            rows.extend(names.find(&others, is_match));
        }
        rows
    }

    /// Whether the names of jobs that pass the filters on facets are read before those of others.
    pub(super) fn reads_passing_first(&self, rows: usize) -> bool {
        let View { timeline, .. } = self.view;
        !self.filter.cells.facets.is_all()
            && Planner::reads_passing_first(rows, timeline.total(&self.filter.cells), timeline.len() as u64)
    }

    /// Of some rows, which are few, those whose names match the words that are left. On a rung with typos, notes which words
    /// of the dictionary the names have for each.
    fn search_names(
        &self,
        rows: FoundRows,
        words: &[KeywordWord],
        rest: &[&PendingWord],
        level: MatchLevel,
        wanted: Wanted,
        found: &mut [Option<WordMatches>],
    ) -> FoundRows {
        let matcher = NameMatcher::new(rest.iter().map(|word| &words[word.place]), level.edits_max());
        let names = self.view.names();
        let rows = self.with_names(rows.into_listed(), wanted, |name| matcher.is_match(name));
        if rest.iter().any(|word| words[word.place].edits_max(level) > 0) {
            let (mut ids, mut joined) = (vec![Vec::new(); rest.len()], vec![Postings::default(); rest.len()]);
            for (row, name) in rows.iter().filter_map(|&row| Some((row, names.get(row)?))) {
                let folded = fold(name);
                for (place, text) in matcher.alternatives(&folded) {
                    ids[place].extend(self.view.words.find(text));
                }
                for place in matcher.joined_places(&folded) {
                    joined[place].insert(row.number());
                }
            }
            for ((word, ids), joined) in rest.iter().zip(ids).zip(joined) {
                let of_words = WordMatches::of_words(self.view.words, self.view.words.distinct(ids));
                found[word.place] = Some(of_words.with_joined(joined));
            }
        }
        FoundRows::Listed(rows)
    }

    /// The matches of one word of a keyword on a rung; `None` if no name has any.
    ///
    /// The work depends on the dictionary, on the rows of broad words, and on the names that have the word written apart.
    fn word(&self, word: &KeywordWord, level: MatchLevel, wanted: Wanted) -> Option<WordMatches> {
        let literal = self.literal(word, wanted);
        let found = match word.edits_max(level) {
            0 => literal,
            edits_max => self.with_typos(word, edits_max, literal),
        };
        (found.rows_sum() > 0).then_some(found)
    }

    fn literal(&self, word: &KeywordWord, wanted: Wanted) -> WordMatches {
        let View { words: index, cache, .. } = self.view;
        if let Some(cached) = cache.current(index, &self.view.names(), NameCondition::of_word(word), 0) {
            return WordMatches::of_cached(cached);
        }
        let (found, JoinedRows { cost_ns, has_all, .. }) = self.literal_uncached(word, wanted);
        // That no name has the word may have taken long to find, and is cached too.
        let is_found_quickly = found.lists_len() == 0 && cost_ns == 0;
        let (lists, rows_sum) = (found.lists_len() as u64, found.rows_sum());
        let is_costly = || self.planner.caches_union(lists, rows_sum, cost_ns);
        // The rows of one of several words are mostly tried against few others. Those that take long to try are united too.
        let is_wanted = || {
            let is_united = word.place == WordPlace::Only || Planner::is_broad_union(lists, rows_sum);
            is_united && self.caches(NameCondition::of_word(word), 0)
        };
        if is_found_quickly || !is_costly() || !(self.is_cached_at_once(word) || is_wanted()) {
            return found;
        }
        let found = if has_all { found } else { self.literal_uncached(word, Wanted::All).0 };
        WordMatches::of_cached(self.unite(word, 0, &found))
    }

    /// The literal matches of a word, found in the dictionary and in names; and the rows in whose names it is joined.
    fn literal_uncached(&self, word: &KeywordWord, wanted: Wanted) -> (WordMatches, JoinedRows) {
        let index = self.view.words;
        let words = if index.may_match(word) { index.literal_words(word) } else { Vec::new() };
        let joined = self.joined_once(&word.text, &[], wanted.once(!words.is_empty()));
        (WordMatches::of_words(index, words).with_joined(joined.rows.clone()), joined)
    }

    /// Whether the rows of a word are cached at its first request, if they take long to find. Many keywords have the same
    /// single letter or digit beside other words, and most names have it.
    fn is_cached_at_once(&self, word: &KeywordWord) -> bool {
        self.view.cache.capacity() > 0 && word.is_one_character()
    }

    fn with_typos(&self, word: &KeywordWord, edits_max: u8, literal: WordMatches) -> WordMatches {
        let View { words: index, cache, .. } = self.view;
        let compared_max = Planner::compared_words_max(index.len(), edits_max);
        let words = index.typo_words(word, edits_max, compared_max, literal.words().to_vec());
        let found = literal.with_words(index, words);
        // The rows of one of several words are mostly tried against few others, and not united.
        let is_only = word.place == WordPlace::Only && found.rows_sum() > 0;
        if !is_only || !self.planner.caches_union(found.lists_len() as u64, found.rows_sum(), 0) {
            return found;
        }
        let condition = NameCondition::of_word(word);
        match cache.current(index, &self.view.names(), condition, edits_max) {
            Some(cached) => found.with_cached(cached),
            None if self.caches(condition, edits_max) => {
                let cached = self.unite(word, edits_max, &found);
                found.with_cached(cached)
            }
            None => found,
        }
    }

    /// Whether rows that took long to find are cached. Most are asked for once, and are not.
    fn caches(&self, condition: NameCondition<'_>, edits_max: u8) -> bool {
        self.planner.caches_at_once() || self.view.cache.is_asked_again(condition, edits_max)
    }

    /// Unites the rows that match one word, and caches them.
    fn unite(&self, word: &KeywordWord, edits_max: u8, found: &WordMatches) -> Arc<CachedRows> {
        let rows = self.rows_of_word(found);
        self.view.cache.put_current(self.view.words, NameCondition::of_word(word), edits_max, rows)
    }

    pub(super) fn intersect(&self, words: &[&WordMatches]) -> FoundRows {
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
