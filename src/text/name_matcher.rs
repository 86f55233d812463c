//! Whole names against words of a keyword, for the few names where asking them costs less than asking the dictionary.

use super::automaton::Automaton;
use super::fold::fold;
use super::keyword::KeywordWord;
use super::typos::Typos;
use super::words::{edit_budget, has_numeric, runs, words};

/// Words of a keyword, each with up to so many typos, that a name must match.
pub(crate) struct NameMatcher<'k> {
    words: Vec<(&'k KeywordWord, Option<Typos>)>,
}

impl<'k> NameMatcher<'k> {
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

    /// Whether a folded name matches all of the words.
    pub(crate) fn is_match_folded(&self, folded: &str) -> bool {
        let name_words: Vec<&str> = words(folded).collect();
        (0..self.words.len()).all(|place| name_words.iter().any(|name_word| self.is_alternative(place, name_word)))
    }

    /// Each word of a folded name that matches one of the words, with the place of that one.
    pub(crate) fn alternatives<'a>(&'a self, folded: &'a str) -> impl Iterator<Item = (usize, &'a str)> + 'a {
        words(folded).flat_map(|name_word| {
            (0..self.words.len())
                .filter(|&place| self.is_alternative(place, name_word))
                .map(move |place| (place, name_word))
        })
    }

    fn is_alternative(&self, place: usize, name_word: &str) -> bool {
        let (word, typos) = &self.words[place];
        let is_typo = |typos: &Typos| {
            let whole = (!has_numeric(name_word)).then_some(name_word);
            let runs = runs(name_word).map(|run| &name_word[run]).filter(|run| run.chars().nth(2).is_some());
            whole.into_iter().chain(runs).any(|key| typos.accepts(key, word.may_be_unfinished()))
        };
        word.literal_form().matches(name_word, &word.text) || typos.as_ref().is_some_and(is_typo)
    }
}
