//! Finds the pieces of a name's word that match a keyword's word.
//!
//! It is for words that are shown: in a highlighted name, or as a correction. A search needs no pieces and does not call it.
//!
//! ```text
//! keyword  tv           name's word  skytv        literal  sky[tv]
//! keyword  natoinal     name's word  nationals24  typo     [national]s|24
//! ```

use std::{cell::LazyCell, ops::Range};

use crate::query::MatchLevel;
use crate::text::{
    automaton::Automaton,
    keyword::{KeywordWord, LiteralForm},
    typos::{Typos, is_first_letter_typo},
    words::{runs, typo_pieces},
};

/// One word of a keyword, ready to be matched with words of names.
pub(crate) struct Matcher<'k> {
    word: &'k KeywordWord,
    chars_len: usize,
    form: LiteralForm,
    /// One automaton for each number of typos, from one to the most allowed.
    typos: Vec<Typos>,
}

/// A piece of a name's word, of which the beginning matches the keyword's word with typos.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TypoMatch {
    /// The whole word or a run of it, in bytes of the word.
    pub(crate) piece: Range<usize>,
    /// The byte of the word at which the match ends. The match begins where the piece begins.
    pub(crate) end: usize,
}

impl<'k> Matcher<'k> {
    /// Matches a word with as many typos as both the match level and the length of the word allow.
    pub(crate) fn new(word: &'k KeywordWord, level: MatchLevel) -> Self {
        let text = word.text.as_str();
        let edits_max = word.edits_max(level);
        Self {
            word,
            chars_len: text.chars().count(),
            form: word.literal_form,
            typos: (1..=edits_max).map(|edits| Typos::new(text, edits)).collect(),
        }
    }

    /// The keyword's word.
    pub(crate) fn word(&self) -> &'k KeywordWord {
        self.word
    }

    /// The most typos allowed, from 0 to 2.
    pub(crate) fn edits_max(&self) -> usize {
        self.typos.len()
    }

    /// The places where a name's word contains the keyword's word without typos, as ranges of bytes, ascending. Only places
    /// that the keyword's word may match are given. Ranges may overlap.
    ///
    /// Costs **O(nm)** for words of n and m bytes.
    pub(crate) fn literals<'w>(&self, name_word: &'w str) -> impl Iterator<Item = Range<usize>> + use<'_, 'w> {
        let text = self.word.text.as_str();
        // Most words of names have the text at an end or nowhere, and need no runs.
        let runs = LazyCell::new(|| runs(name_word));
        let is_allowed = move |at: usize| {
            self.form == LiteralForm::Anywhere
                || at == 0
                || (self.form == LiteralForm::StartOrEnd && at + text.len() == name_word.len())
                || runs.clone().any(|run| run.start == at)
        };
        // The first byte of a character is none of its later bytes, so bytes that are equal begin where characters do. Many
        // characters of a script have the same first byte, and different last ones.
        let (bytes, text_bytes) = (name_word.as_bytes(), text.as_bytes());
        let (first, last) = (text_bytes.first(), text_bytes.last());
        let windows = bytes.windows(text_bytes.len()).enumerate();
        let is_text = move |window: &[u8]| window.first() == first && window.last() == last && window == text_bytes;
        let found = windows.filter(move |&(at, window)| is_text(window) && is_allowed(at)).map(|(at, _)| at);
        found.map(move |at| at..at + text.len())
    }

    /// The pieces of a name's word that match with at most `edits` typos; `edits` is from 1 to
    /// [`edits_max`](Self::edits_max). Pieces may overlap, as a word and its run do. A match without typos is given too, so
    /// look for [`literals`](Self::literals) first.
    ///
    /// Costs **O(m)** for each piece, for a keyword's word of m characters.
    pub(crate) fn typo_matches<'w>(
        &self,
        name_word: &'w str,
        edits: usize,
    ) -> impl Iterator<Item = TypoMatch> + use<'_, 'w> {
        let typos = &self.typos[edits - 1];
        typo_pieces(name_word).filter_map(move |piece| {
            let end = piece.start + self.typo_bytes(typos, &name_word[piece.clone()])?;
            Some(TypoMatch { piece, end })
        })
    }

    /// The length in bytes of the part of a piece that matches the word with typos; `None` if the piece does not match.
    ///
    /// The part is the whole piece or, if the word may be unfinished, the best of its beginnings. A beginning that ends as
    /// the word does is better than one that does not. Of two such, the one closer in length to the word is better, then
    /// the longer one. A typo in the first letter matches the whole piece.
    fn typo_bytes(&self, typos: &Typos, piece: &str) -> Option<usize> {
        let mut state = typos.start();
        let mut best = None;
        let mut before = None;
        for (index, (at, c)) in piece.char_indices().enumerate() {
            let Some(next) = typos.step(state, c) else { break };
            state = next;
            let end = at + c.len_utf8();
            let may_end_here = end == piece.len() || self.word.may_be_unfinished();
            if may_end_here && typos.is_match(state) {
                let rank = (!self.ends_alike(before, c), self.chars_len.abs_diff(index + 1));
                best = best.filter(|&(_, best)| best < rank).or(Some((end, rank)));
            }
            before = Some(c);
        }
        let by_beginning = best.map(|(end, _)| end);
        by_beginning.or_else(|| is_first_letter_typo(&self.word.text, piece).then_some(piece.len()))
    }

    /// Whether a text with these last two characters ends as the word does: with the same character, or with the word's last
    /// two characters swapped.
    fn ends_alike(&self, before: Option<char>, last: char) -> bool {
        let mut typed = self.word.text.chars().rev();
        let (typed_last, typed_before) = (typed.next(), typed.next());
        typed_last == Some(last) || (typed_before == Some(last) && typed_last == before)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use strsim::osa_distance;

    use super::*;
    use crate::text::{
        keyword::{Keyword, Phrase},
        words::has_numeric,
    };

    fn words_of(keyword: &str) -> Vec<KeywordWord> {
        let Keyword::Words(Phrase { words, .. }) = Keyword::parse(keyword) else { panic!("{keyword:?} has words") };
        words
    }

    /// The end of the best match of a piece, found by trying each of its beginnings.
    fn typo_bytes_slowly(word: &KeywordWord, piece: &str, edits: usize) -> Option<usize> {
        let chars_len = |text: &str| text.chars().count();
        let ends = piece.char_indices().map(|(at, c)| at + c.len_utf8());
        let ends = ends.filter(|&end| word.may_be_unfinished() || end == piece.len());
        let is_typo = |text: &str| {
            let swapped: String = text.chars().take(2).collect::<Vec<_>>().into_iter().rev().collect();
            let begins = text.chars().next() == word.text.chars().next()
                || (chars_len(text) > 1 && word.text.starts_with(&swapped));
            begins && !has_numeric(text) && osa_distance(text, &word.text) <= edits
        };
        // The first letter may be the only typo of the whole piece.
        let is_one_edit =
            |text: &str| text.len() == piece.len() && !has_numeric(text) && osa_distance(text, &word.text) == 1;
        let typo_matches = ends.filter(|&end| is_typo(&piece[..end]) || is_one_edit(&piece[..end]));
        let last_two = |text: &str| text.chars().rev().take(2).collect::<String>();
        let is_other_end = |text: &str| {
            let (a, b) = (last_two(text), last_two(&word.text));
            a.chars().next() != b.chars().next() && a != b.chars().rev().collect::<String>()
        };
        typo_matches.min_by_key(|&end| {
            let text = &piece[..end];
            (is_other_end(text), chars_len(&word.text).abs_diff(chars_len(text)), std::cmp::Reverse(end))
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5_000))]

        #[test]
        fn typo_matches_are_the_best_beginnings_of_pieces(
            keyword in "[abcé新]{4,12}|a [abcé新]{4,12}|[abcé新]{4,12} b", name_word in "[abcé新]{3,14}|[abc]{4,9}[1新]{0,2}[abc]{0,9}",
        ) {
            for word in words_of(&keyword) {
                let matcher = Matcher::new(&word, MatchLevel::TwoTypos);
                for edits in 1..=matcher.edits_max() {
                    let whole = (!has_numeric(&name_word)).then_some(0..name_word.len());
                    let pieces = whole.into_iter().chain(runs(&name_word));
                    let expected = pieces.filter_map(|piece| {
                        let end = piece.start + typo_bytes_slowly(&word, &name_word[piece.clone()], edits)?;
                        Some(TypoMatch { piece, end })
                    });
                    let found: Vec<TypoMatch> = matcher.typo_matches(&name_word, edits).collect();
                    prop_assert_eq!(found, expected.collect::<Vec<_>>(), "{:?} {:?} {}", word, name_word, edits);
                }
            }
        }
    }
}
