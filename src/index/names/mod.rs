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

pub(crate) mod automaton;
pub(crate) mod distance;
pub(crate) mod fold;
mod dictionary;
mod grams;
pub(crate) mod keyword;
mod trie;
pub(crate) mod word_id;
pub(crate) mod words;

#[cfg(test)]
mod agreement;
#[cfg(test)]
mod testing;

use dictionary::Dictionary;
use distance::Typos;
use fold::fold;
use grams::Grams;
use keyword::{Keyword, KeywordWord};
use trie::{Kind, Trie};
use word_id::WordId;
use words::{edit_budget, has_numeric, is_no_space, runs};

use super::postings::Postings;
use super::row::Row;
use super::shared_vec::SharedVec;
use crate::query::MatchLevel;

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
}

/// Words of the dictionary of which a name must have one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Alternatives {
    words: Vec<WordId>,
    rows_sum: u64,
}

impl Alternatives {
    /// The words, ascending, each once.
    pub(crate) fn words(&self) -> &[WordId] {
        &self.words
    }

    /// The lengths of their posting lists, added up: at least the number of rows.
    pub(crate) fn rows_sum(&self) -> u64 {
        self.rows_sum
    }

    /// Whether the word is one of them.
    pub(crate) fn contains(&self, word: WordId) -> bool {
        self.words.binary_search(&word).is_ok()
    }
}

impl Names {
    /// Adds a row with this name. Costs a look-up and an insertion per word, and for a word that is new its place in trie
    /// and grams.
    pub(crate) fn insert(&mut self, row: Row, name: &str) {
        for_each_term(&fold(name), |term| {
            let id = self.dictionary.find(term.text()).unwrap_or_else(|| self.add_word(term));
            self.rows.get_mut(id.index()).insert(row.number());
        });
    }

    /// Takes out a row that has this name. A word that no row has any more goes with it.
    pub(crate) fn remove(&mut self, row: Row, name: &str) {
        for_each_term(&fold(name), |term| self.remove_term(row, term));
    }

    fn remove_term(&mut self, row: Row, term: Term<'_>) {
        // A word that stands twice in a name was taken out the first time.
        let Some(id) = self.dictionary.find(term.text()) else { return };
        let rows = self.rows.get_mut(id.index());
        rows.remove(row.number());
        if rows.is_empty() {
            self.remove_word(term, id);
        }
    }

    /// Gives a row another name. Words that both have stay as they are.
    pub(crate) fn rename(&mut self, row: Row, old_name: &str, new_name: &str) {
        let folded_new = fold(new_name);
        let mut kept = Vec::new();
        for_each_term(&folded_new, |term| kept.push(term.text().to_owned()));
        self.insert(row, new_name);
        for_each_term(&fold(old_name), |term| {
            if !kept.iter().any(|kept| kept == term.text()) {
                self.remove_term(row, term);
            }
        });
    }

    /// Moves a row with this name to another row number.
    pub(crate) fn relocate(&mut self, from: Row, to: Row, name: &str) {
        for_each_term(&fold(name), |term| {
            let id = self.dictionary.find(term.text()).expect("the words of a stored name are in the dictionary");
            let rows = self.rows.get_mut(id.index());
            rows.insert(to.number());
            rows.remove(from.number());
        });
    }

    fn add_word(&mut self, term: Term<'_>) -> WordId {
        let id = self.dictionary.insert(term.text());
        if let Term::Word(word) = term {
            for_each_trie_key(word, |key, kind| {
                self.trie.insert(key, kind, id);
            });
            self.grams.insert(word, id);
        }
        id
    }

    fn remove_word(&mut self, term: Term<'_>, id: WordId) {
        if let Term::Word(word) = term {
            for_each_trie_key(word, |key, kind| {
                self.trie.remove(key, kind, id);
            });
            self.grams.remove(word, id);
        }
        self.dictionary.remove(id);
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
    pub(crate) fn for_each_word_of(&self, name: &str, mut visit: impl FnMut(WordId)) {
        for_each_term(&fold(name), |term| {
            if let Some(id) = self.dictionary.find(term.text()) {
                visit(id);
            }
        });
    }

    /// What a name must have to match a keyword on a rung: one of each of these alternatives. `None` where no name does.
    ///
    /// The work depends on the dictionary alone, not on the number of names.
    pub(crate) fn resolve(&self, keyword: &Keyword, level: MatchLevel) -> Option<Vec<Alternatives>> {
        match keyword {
            Keyword::Blank | Keyword::Unmatchable => None,
            Keyword::Symbols(symbols) => symbols.iter().map(|&symbol| self.resolve_symbol(symbol)).collect(),
            Keyword::Words(words) => {
                // A literal match of a word needs its first characters somewhere; that is soon known, and for most job
                // IDs it says no.
                if level == MatchLevel::Literal && !words.iter().all(|word| self.grams.may_contain(&word.text)) {
                    return None;
                }
                words.iter().map(|word| self.resolve_word(word, level)).collect()
            }
        }
    }

    fn resolve_symbol(&self, symbol: char) -> Option<Alternatives> {
        let id = self.dictionary.find(symbol.encode_utf8(&mut [0; 4]))?;
        self.alternatives(vec![id])
    }

    /// The words that match one word of a keyword on a rung, as the semantics have it.
    fn resolve_word(&self, word: &KeywordWord, level: MatchLevel) -> Option<Alternatives> {
        let mut found = Vec::new();
        let text = word.text.as_str();
        let text_of = |id| self.text(id);
        if word.may_be_inside() || is_no_space(text) {
            self.grams.visit_containing(text, text_of, &mut |id| found.push(id));
        } else {
            self.trie.for_each_with_prefix(text, &mut |id| found.push(id));
            self.grams.visit_run_start(text, text_of, &mut |id| found.push(id));
            if word.may_end() {
                self.grams.visit_ending(text, text_of, &mut |id| found.push(id));
            }
        }
        let edits_max = level.edits_max().min(edit_budget(text));
        if edits_max > 0 {
            let typos = Typos::new(text, edits_max);
            self.trie.for_each_match(&typos, word.may_be_unfinished(), &mut |id| found.push(id));
        }
        self.alternatives(found)
    }

    /// Sorted, each once, with the sum of their rows; `None` for none.
    fn alternatives(&self, mut words: Vec<WordId>) -> Option<Alternatives> {
        words.sort_unstable();
        words.dedup();
        let rows_sum = words.iter().map(|&word| self.rows(word).len() as u64).sum();
        (!words.is_empty()).then_some(Alternatives { words, rows_sum })
    }

    /// Panics with the name of a broken invariant. `names` gives every row with its name.
    pub(crate) fn check_invariants<'a>(&self, names: impl Iterator<Item = (Row, &'a str)>) {
        let mut expected = std::collections::BTreeMap::<String, std::collections::BTreeSet<u32>>::new();
        let mut symbols = std::collections::BTreeSet::new();
        for (row, name) in names {
            for_each_term(&fold(name), |term| {
                expected.entry(term.text().to_owned()).or_default().insert(row.number());
                if let Term::Symbol(symbol) = term {
                    symbols.insert(symbol.to_owned());
                }
            });
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

/// A part of a name that can be looked up.
#[derive(Clone, Copy)]
enum Term<'a> {
    Word(&'a str),
    Symbol(&'a str),
}

impl<'a> Term<'a> {
    fn text(self) -> &'a str {
        match self {
            Self::Word(text) | Self::Symbol(text) => text,
        }
    }

}

/// Calls `visit` with each word and each symbol of a folded name.
fn for_each_term(folded: &str, mut visit: impl FnMut(Term<'_>)) {
    words::words(folded).for_each(|word| visit(Term::Word(word)));
    words::symbols(folded).for_each(|symbol| visit(Term::Symbol(symbol.encode_utf8(&mut [0; 4]))));
}

/// The keys by which the trie finds a word.
fn for_each_trie_key(word: &str, mut visit: impl FnMut(&str, Kind)) {
    visit(word, if has_numeric(word) { Kind::NumericWord } else { Kind::Word });
    let runs = runs(word).map(|run| &word[run]);
    for run in runs.filter(|run| !has_numeric(run) && run.chars().nth(TYPO_RUN_CHARS_MIN - 1).is_some()) {
        visit(run, Kind::Run);
    }
}
