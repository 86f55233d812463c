//! Names: the dictionary of their words, and what a keyword matches.
//!
//! A name is folded and cut into words; each distinct word is stored once, with the rows whose names have it. A keyword is
//! matched against words, never against names:
//! ```text
//! "Café-TV 2" ── fold, cut ──> cafe · tv · 2          a name
//! "cafe"      ── fold, cut ──> cafe                   a keyword
//!                    trie: beginnings, typos · grams: insides, ends
//!                 ──> words of the dictionary ──> their posting lists
//! ```
//! That is all a match needs: see the semantics page of the docs. Which lists are united and intersected, and how, is
//! decided elsewhere.

mod dictionary;
mod grams;
mod load;
mod trie;
mod typo_grams;
pub(crate) mod word_id;
mod write;

#[cfg(test)]
mod broken_index_tests;

use std::slice;
use std::sync::Arc;

use dictionary::Dictionary;
use grams::Grams;
use trie::{Kind, Trie};
use word_id::WordId;

use crate::bits::{insert_bit, ones};
use crate::cache::keywords::{Kept, KeptRows, Pattern};
use crate::persist::journal::{Journal, Revision};
use crate::persist::shared_vec::SharedVec;
use crate::query::MatchLevel;
use crate::rows::bitmap::Bitmap;
use crate::rows::postings::Postings;
use crate::rows::row::Row;
use crate::text::automaton::Automaton;
use crate::text::fold::fold;
use crate::text::keyword::{KeywordWord, LiteralForm, WordPlace};
use crate::text::term::{Term, terms};
use crate::text::typos::Typos;
use crate::text::words::{self, edit_budget, has_numeric, runs};

/// The shortest run that a typo can match: a word that takes a typo has at least 4 characters.
const TYPO_RUN_CHARS_MIN: usize = 3;

/// The words of all names, and where they stand.
// Invariants:
//   the dictionary has exactly the words and symbols that have rows
//   trie and grams list exactly the words, symbols apart
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// The words, and the symbols, which are words of one character that only equal themselves.
    dictionary: Dictionary,
    /// By word.
    rows: SharedVec<Postings>,
    trie: Trie,
    grams: Grams,
    /// The rows that got, lost or changed their name.
    journal: Journal<Row, CHANGES_MAX>,
    kept: Arc<Kept>,
    /// One past the highest block that ever had a row with a name.
    blocks_end: usize,
}

/// A word that costs as much as this to unite, in nanoseconds, is broad: its rows are kept.
pub(crate) const BROAD_NS: u64 = 10_000;
/// Changes of names that are remembered. Rows that were found before those are found anew.
const CHANGES_MAX: usize = 1024;
/// Names that are looked at to bring kept rows up to date, in bytes before and after folding, once for each word that is
/// looked for; ASCII counts an eighth. It
/// bounds that to a millisecond or two, also where a name of ligatures folds to eleven times its length; what changed more
/// than this is found anew.
const CATCH_UP_BYTES_MAX: usize = 16 * 1024;
/// What it costs to open a posting list, and to put a row of it into a bitmap.
pub(crate) const LIST_NS: u64 = 15;
pub(crate) const ROW_NS: u64 = 2;

/// What it costs to find a word of the dictionary and to unite its rows, about.
const LOOKUP_NS: u64 = 30;

/// What it costs to find the words of the dictionary that match but for a typo, and to unite their rows, about.
const TYPO_NS: u64 = 100_000;

/// Words of the dictionary for one that can be looked at in the time in which the trie is walked, by the typos allowed.
const WALKED_PER_LOOK: [usize; 3] = [usize::MAX, 100, 20];
/// Words that are looked at however few there are in all.
const LOOKED_AT_MIN: usize = 16;

/// What a name must have to match one word of a keyword: one of some words of the dictionary.
#[derive(Clone, Debug, Default)]
pub(crate) struct Alternatives {
    /// The rows of all, where they are many.
    kept: Option<Arc<KeptRows>>,
    /// The rows of those that match literally, where they are many.
    kept_literally: Option<Arc<KeptRows>>,
    /// The words, ascending, each once; without those of `kept_literally`.
    words: Vec<WordId>,
    rows_sum: u64,
}

impl Alternatives {
    /// Those that are rows alone: whatever words of the dictionary they have.
    pub(crate) fn of_kept(kept: Arc<KeptRows>) -> Self {
        let rows_sum = kept.rows().len() as u64;
        Self { kept: Some(Arc::clone(&kept)), kept_literally: Some(kept), words: Vec::new(), rows_sum }
    }

    /// The words, ascending, each once; without those that match literally where [`kept_literally`](Self::kept_literally)
    /// has their rows.
    pub(crate) fn words(&self) -> &[WordId] {
        &self.words
    }

    /// The rows of all, where they are many.
    pub(crate) fn kept(&self) -> Option<&Arc<KeptRows>> {
        self.kept.as_ref()
    }

    /// The rows of the words that match literally, where they are many.
    pub(crate) fn kept_literally(&self) -> Option<&Arc<KeptRows>> {
        self.kept_literally.as_ref()
    }

    /// The lengths of their posting lists, added up: at least the number of rows.
    pub(crate) fn rows_sum(&self) -> u64 {
        self.rows_sum
    }

    /// What it costs to unite their rows, in nanoseconds.
    fn union_ns(&self) -> u64 {
        self.lists_len() as u64 * LIST_NS + self.rows_sum * ROW_NS
    }

    /// How many posting lists there are.
    pub(crate) fn lists_len(&self) -> usize {
        if self.kept.is_some() { 1 } else { self.words.len() + usize::from(self.kept_literally.is_some()) }
    }

    /// Their posting lists.
    pub(crate) fn lists<'a>(&'a self, names: &'a Names) -> impl Iterator<Item = &'a Postings> {
        let kept = self.kept.as_ref().or(self.kept_literally.as_ref()).map(|kept| kept.rows());
        let words = if self.kept.is_some() { &[][..] } else { &self.words };
        kept.into_iter().chain(words.iter().map(|&word| names.rows(word)))
    }

    /// Whether a row with this name matches.
    pub(crate) fn match_row(&self, names: &Names, row: Row, name: &str) -> bool {
        if let Some(kept) = &self.kept {
            return kept.rows().contains(row.number());
        }
        let mut is_match = self.kept_literally.as_ref().is_some_and(|kept| kept.rows().contains(row.number()));
        if !is_match && !self.words.is_empty() {
            names.for_each_word_of(name, |word| is_match |= self.words.binary_search(&word).is_ok());
        }
        is_match
    }
}

impl Names {
    /// Keeps the rows of at most so many broad keywords from now on, beginning with none.
    pub(crate) fn keep_keywords(&mut self, keywords_max: usize) {
        self.kept = Arc::new(Kept::new(keywords_max));
    }

    /// How many broad keywords it may keep the rows of.
    pub(crate) fn keywords_kept_max(&self) -> usize {
        self.kept.keywords_max()
    }

    /// The rows that got, lost or changed their name since that state, some more than once; `None` if that is too long ago.
    pub(crate) fn changes_since(&self, revision: Revision) -> Option<impl Iterator<Item = Row>> {
        self.journal.since(revision)
    }

    /// The rows whose names have this word.
    #[inline]
    pub(crate) fn rows(&self, word: WordId) -> &Postings {
        self.rows.get(word.index()).expect("a word has rows")
    }

    /// The text of a word.
    pub(crate) fn text(&self, word: WordId) -> &str {
        self.dictionary.text(word)
    }

    /// Calls `visit` with every word of a name that the dictionary has.
    pub(crate) fn for_each_word_of(&self, name: &str, visit: impl FnMut(WordId)) {
        let folded = fold(name);
        let texts = terms(&folded).map(Term::text);
        texts.filter_map(|text| self.dictionary.find(text)).for_each(visit);
    }

    /// Whether a name may match a keyword literally, which is not read yet; a cheap no for most job IDs.
    pub(crate) fn may_match_unread(&self, keyword: &str) -> bool {
        if !keyword.is_ascii() {
            return true;
        }
        // All words but the first must begin a word or a run, which the longest rarely does. What is ASCII is only lowered.
        let mut words = keyword.as_bytes().split(|byte| !byte.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        let text = |word| fold(str::from_utf8(word).unwrap_or_default());
        let first = words.next().unwrap_or_default();
        match words.max_by_key(|word| word.len()).map(text) {
            Some(longest) => self.grams.may_start_run(&longest) || self.trie.has_prefix(&longest),
            None => first.is_empty() || self.grams.may_contain(&text(first)),
        }
    }

    /// Whether a name may match all of some words literally; a cheap no for most that none does, and for most job IDs.
    pub(crate) fn may_match_literally(&self, words: &[KeywordWord]) -> bool {
        words.iter().all(|word| self.grams.may_contain(&word.text))
    }

    /// About how long it takes to look a word of a keyword up on a rung, in nanoseconds.
    pub(crate) fn lookup_ns(&self, word: &KeywordWord, level: MatchLevel) -> u64 {
        let literal = if self.kept.has(slice::from_ref(word), 0) {
            BROAD_NS
        } else {
            self.grams.words_estimate(&word.text) as u64 * LOOKUP_NS
        };
        literal + u64::from(level.edits_max().min(edit_budget(&word.text))) * TYPO_NS
    }

    /// A symbol as a word; `None` if no name has it.
    pub(crate) fn resolve_symbol(&self, symbol: char) -> Option<Alternatives> {
        let id = self.dictionary.find(symbol.encode_utf8(&mut [0; 4]))?;
        Some(self.alternatives(vec![id]))
    }

    /// What a name must have to match one word of a keyword on a rung, as the semantics have it. `None` where no name does.
    /// `name_at` gives the name of the job at a row, if there is one. Rows that take longer than `broad_ns` to unite are kept.
    ///
    /// The work depends on the dictionary, and on the rows of broad words, never on the number of names.
    pub(crate) fn resolve_word<'n>(
        &self,
        word: &KeywordWord,
        level: MatchLevel,
        broad_ns: u64,
        name_at: impl Fn(Row) -> Option<&'n str>,
    ) -> Option<Alternatives> {
        let mut found = self.resolve_literal(word, broad_ns, &name_at);
        let edits_max = level.edits_max().min(edit_budget(&word.text));
        if edits_max > 0 {
            self.for_each_near(word, edits_max, |id| found.words.push(id));
            let kept_literally = found.kept_literally;
            let kept_len = kept_literally.as_ref().map_or(0, |kept| kept.rows().len() as u64);
            found = Alternatives { kept_literally, ..self.alternatives(found.words) };
            found.rows_sum += kept_len;
            // Rows of one of several words are mostly tried against few others.
            if word.place == WordPlace::Only && found.rows_sum > 0 && found.union_ns() >= broad_ns {
                found.kept = Some(self.kept_or_united(word, edits_max, &found, name_at));
                found.rows_sum = found.kept.as_ref().map_or(0, |kept| kept.rows().len() as u64);
            }
        }
        (found.rows_sum > 0).then_some(found)
    }

    /// Calls `visit` with every word that matches one word of a keyword but for some typos; some more than once.
    fn for_each_near(&self, word: &KeywordWord, edits_max: u8, mut visit: impl FnMut(WordId)) {
        let (typos, is_prefix) = (Typos::new(&word.text, edits_max), word.may_be_unfinished());
        let words_max = self.dictionary.len() / WALKED_PER_LOOK[usize::from(edits_max)] + LOOKED_AT_MIN;
        let Some(candidates) = typo_grams::candidates(&self.grams, &word.text, edits_max, words_max) else {
            return self.trie.for_each_match(&typos, is_prefix, &mut visit);
        };
        for id in candidates {
            if is_near(&typos, word, self.text(id)) {
                visit(id);
            }
        }
    }

    /// The words that match one word of a keyword literally, or their rows, where they are many.
    fn resolve_literal<'n>(
        &self,
        word: &KeywordWord,
        broad_ns: u64,
        name_at: impl Fn(Row) -> Option<&'n str>,
    ) -> Alternatives {
        let (text, form) = (word.text.as_str(), word.literal_form());
        if let Some(kept) = self.kept_rows(slice::from_ref(word), 0, &name_at) {
            return Alternatives::of_kept(kept);
        }
        let mut found = Vec::new();
        let text_of = |id| self.text(id);
        if form == LiteralForm::Anywhere {
            self.grams.visit_containing(text, text_of, &mut |id| found.push(id));
        } else {
            self.trie.for_each_with_prefix(text, &mut |id| found.push(id));
            self.grams.visit_run_start(text, text_of, &mut |id| found.push(id));
            if form == LiteralForm::StartOrEnd {
                self.grams.visit_ending(text, text_of, &mut |id| found.push(id));
            }
        }
        let found = self.alternatives(found);
        if found.words.is_empty() || found.union_ns() < broad_ns {
            return found;
        }
        Alternatives::of_kept(self.unite(word, 0, &found))
    }

    /// The rows of some alternatives: those kept of the word with so many typos, or else united and kept.
    fn kept_or_united<'n>(
        &self,
        word: &KeywordWord,
        edits_max: u8,
        found: &Alternatives,
        name_at: impl Fn(Row) -> Option<&'n str>,
    ) -> Arc<KeptRows> {
        let kept = self.kept_rows(slice::from_ref(word), edits_max, name_at);
        kept.unwrap_or_else(|| self.unite(word, edits_max, found))
    }

    /// The rows of all of some words that were kept, brought up to date; `None` if there are none, or too much has changed
    /// since. With typos, there is one word.
    pub(crate) fn kept_rows<'n>(
        &self,
        words: &[KeywordWord],
        edits_max: u8,
        name_at: impl Fn(Row) -> Option<&'n str>,
    ) -> Option<Arc<KeptRows>> {
        let kept = self.kept.get(words, edits_max)?;
        let stamp = self.journal.revision();
        if kept.stamp == stamp {
            return Some(kept);
        }
        let mut rows = kept.rows.clone();
        let mut bytes_left = CATCH_UP_BYTES_MAX;
        let test = NameTest::new(words.iter(), edits_max);
        for row in self.journal.since(kept.stamp)? {
            let name = name_at(row).unwrap_or_default();
            let folded = fold(name);
            // What is ASCII folds many times faster than what is not, and no longer than it was.
            let bytes = if name.is_ascii() { name.len() / 8 } else { name.len() + folded.len() };
            bytes_left = bytes_left.checked_sub(bytes * words.len())?;
            if test.is_match_folded(&folded) {
                rows.insert(row.number());
            } else {
                rows.remove(row.number());
            }
        }
        let kept = Arc::new(kept.at(stamp, rows));
        self.kept.put(Arc::clone(&kept));
        Some(kept)
    }

    /// Unites the rows of the words that match one word of a keyword, and keeps them.
    fn unite(&self, word: &KeywordWord, edits_max: u8, found: &Alternatives) -> Arc<KeptRows> {
        let mut united = Bitmap::new(self.blocks_end);
        united.unite_all(found.lists(self));
        self.keep(slice::from_ref(word), edits_max, united.to_postings())
    }

    /// Keeps the rows that match all of some words.
    pub(crate) fn keep(&self, words: &[KeywordWord], edits_max: u8, rows: Postings) -> Arc<KeptRows> {
        let pattern = Pattern { words: words.to_vec(), edits_max };
        let kept = Arc::new(KeptRows::new(pattern, self.journal.revision(), rows));
        self.kept.put(Arc::clone(&kept));
        kept
    }

    /// Of words in any order, some more than once: sorted, each once, with the sum of their rows.
    pub(crate) fn alternatives(&self, words: Vec<WordId>) -> Alternatives {
        let words = self.sorted(words);
        let rows_sum = words.iter().map(|&word| self.rows(word).len() as u64).sum();
        Alternatives { words, rows_sum, ..Alternatives::default() }
    }

    /// Sorted, each once: by sorting where they are few, by a bit per word of the dictionary where they are many.
    fn sorted(&self, mut words: Vec<WordId>) -> Vec<WordId> {
        if words.len() < self.dictionary.ids_end() / 64 {
            words.sort_unstable();
            words.dedup();
            return words;
        }
        let mut bits = vec![0_u64; self.dictionary.ids_end().div_ceil(64)];
        for word in words {
            insert_bit(&mut bits, word.index());
        }
        ones(&bits).map(WordId::from_index).collect()
    }

    /// Panics with the name of a broken invariant. `names` gives every row with its name.
    pub(crate) fn check_invariants<'a>(&self, names: impl Iterator<Item = (Row, &'a str)>) {
        let mut expected = std::collections::BTreeMap::<String, std::collections::BTreeSet<u32>>::new();
        let mut symbols = std::collections::BTreeSet::new();
        for (row, name) in names {
            for term in terms(&fold(name)) {
                expected.entry(term.text().to_owned()).or_default().insert(row.number());
                if let Term::Symbol(symbol) = term {
                    symbols.insert(symbol.to_owned());
                }
            }
        }
        self.dictionary.check_invariants();
        assert_eq!(self.dictionary.len(), expected.len(), "the dictionary has the words of the names, no more");
        let mut plain_words = Vec::new();
        for (text, rows) in &expected {
            let id = self.dictionary.find(text).expect("the dictionary finds every word");
            assert_eq!(self.text(id), text, "a word has the text it is found by");
            self.rows(id).check_invariants();
            assert!(self.rows(id).iter().eq(rows.iter().copied()), "a word lists the rows that have it: {text:?}");
            if !symbols.contains(text) {
                plain_words.push((id, text.as_str()));
            }
        }
        self.trie.check_invariants();
        self.grams.check_invariants(plain_words.into_iter());
    }
}

/// Words of a keyword that are looked for in names rather than in the dictionary, each with up to so many typos.
pub(crate) struct NameTest<'k> {
    words: Vec<(&'k KeywordWord, Option<Typos>)>,
}

impl<'k> NameTest<'k> {
    pub(crate) fn new(words: impl Iterator<Item = &'k KeywordWord>, edits_max: u8) -> Self {
        let with_typos = |word: &'k KeywordWord| {
            let edits_max = edits_max.min(edit_budget(&word.text));
            (word, (edits_max > 0).then(|| Typos::new(&word.text, edits_max)))
        };
        Self { words: words.map(with_typos).collect() }
    }

    /// Whether a name matches all of the words.
    pub(crate) fn is_match(&self, name: &str) -> bool {
        self.is_match_folded(&fold(name))
    }

    fn is_match_folded(&self, folded: &str) -> bool {
        let name_words: Vec<&str> = words::words(folded).collect();
        (0..self.words.len()).all(|place| name_words.iter().any(|name_word| self.is_alternative(place, name_word)))
    }

    /// Calls `visit` with each word of a stored name that matches one of the words, and the place of that among them.
    pub(crate) fn for_each_alternative(&self, names: &Names, name: &str, mut visit: impl FnMut(usize, WordId)) {
        for name_word in words::words(&fold(name)) {
            for place in (0..self.words.len()).filter(|&place| self.is_alternative(place, name_word)) {
                names.dictionary.find(name_word).into_iter().for_each(|id| visit(place, id));
            }
        }
    }

    fn is_alternative(&self, place: usize, name_word: &str) -> bool {
        let (word, typos) = &self.words[place];
        word.literal_form().matches(name_word, &word.text)
            || typos.as_ref().is_some_and(|typos| is_near(typos, word, name_word))
    }
}

/// Whether a word of a name, or a run of it, matches a word but for some typos.
fn is_near(typos: &Typos, word: &KeywordWord, name_word: &str) -> bool {
    let mut is_near = false;
    for_each_trie_key(name_word, |key, kind| {
        is_near |= kind != Kind::NumericWord && typos.accepts(key, word.may_be_unfinished());
    });
    is_near
}

/// The keys by which the trie finds a word.
fn for_each_trie_key(word: &str, mut visit: impl FnMut(&str, Kind)) {
    visit(word, if has_numeric(word) { Kind::NumericWord } else { Kind::Word });
    let runs = runs(word).map(|run| &word[run]);
    for run in runs.filter(|run| !has_numeric(run) && run.chars().nth(TYPO_RUN_CHARS_MIN - 1).is_some()) {
        visit(run, Kind::Run);
    }
}
