//! Matches whole names against the words of a keyword, one name at a time.
//!
//! It is for few names: those that changed since rows were cached, or those that other words of the keyword left over.
//! Searching the dictionary of an index is cheaper for many names. Both give the same answer.
//!
//! ```text
//! keyword  sky nwes        name  Sky News        alternatives  (0, sky) (1, news)      a match: each word has one
//!                          name  Skyline         alternatives  (0, skyline)            no match: word 1 has none
//! ```

use crate::text::{
    ascii_set::AsciiSet,
    fold::fold,
    joined::is_joined,
    keyword::{AsOne, KeywordWord, NameCondition},
    typos::Typos,
    words::{typo_pieces, words},
};

/// Words of a keyword, ready to be matched against names.
pub(crate) struct NameMatcher<'k> {
    words: Vec<WordMatcher<'k>>,
    /// The text that a name may have instead of the words.
    as_one: Option<&'k AsOne>,
}

/// One word of a keyword, with its automaton if it may have typos.
struct WordMatcher<'k> {
    word: &'k KeywordWord,
    chars: AsciiSet,
    edits_max: u8,
    typos: Option<Typos>,
}

impl<'k> NameMatcher<'k> {
    /// Matches these words, each with at most `edits_max` typos and never more than its own length allows.
    ///
    /// Costs **O(m)** for words of m characters in all, 1 KB for each word that may have typos.
    pub(crate) fn new(words: impl Iterator<Item = &'k KeywordWord>, edits_max: u8) -> Self {
        Self { words: words.map(|word| WordMatcher::new(word, edits_max)).collect(), as_one: None }
    }

    /// Matches names against a condition, where each word has at most `edits_max` typos and never more than its own length
    /// allows. Costs as [`new`](Self::new).
    pub(crate) fn of_condition(condition: NameCondition<'k>, edits_max: u8) -> Self {
        Self { as_one: condition.as_one, ..Self::new(condition.words.iter(), edits_max) }
    }

    /// Whether a name matches all of the words. A keyword of no words matches every name.
    ///
    /// Costs one pass over most names that do not match, and as [`is_match_folded`](Self::is_match_folded) for others.
    pub(crate) fn is_match(&self, name: &str) -> bool {
        self.may_match(name) && self.is_match_folded(&fold(name))
    }

    /// Whether a name that is not folded has enough of the characters of each word. A typo adds one at most, and words written
    /// as one have all characters of each.
    fn may_match(&self, name: &str) -> bool {
        let has_enough = |set| self.words.iter().all(|word| word.chars.missing_in(set) <= word.edits_max.into());
        AsciiSet::of_name(name).is_none_or(has_enough)
    }

    /// Whether a name that is already folded matches all of the words.
    ///
    /// Costs **O(nk)** for a name of n bytes and k words.
    pub(crate) fn is_match_folded(&self, folded: &str) -> bool {
        let name_words: Vec<&str> = words(folded).collect();
        self.words.iter().all(|word| word.is_match_in(&name_words))
            || self.as_one.is_some_and(|as_one| as_one.is_in(&name_words))
    }

    /// The places, among the words given to [`new`](Self::new), of those that are joined in a folded name.
    pub(crate) fn joined_places(&self, folded: &str) -> impl Iterator<Item = usize> + use<'_, 'k> {
        let name_words: Vec<&str> = words(folded).collect();
        let joined = self.words.iter().map(|word| is_joined(&name_words, &word.word.text)).collect::<Vec<bool>>();
        joined.into_iter().enumerate().filter(|&(_, is_joined)| is_joined).map(|(place, _)| place)
    }

    /// The words of a folded name that match a word of the keyword, each with the place of the keyword's word among the
    /// words given to [`new`](Self::new).
    ///
    /// They come in the order of the name. A word that occurs twice in the name comes twice; a word that matches two words
    /// of the keyword comes once for each of them.
    pub(crate) fn alternatives<'f>(&self, folded: &'f str) -> impl Iterator<Item = (usize, &'f str)> + use<'_, 'k, 'f> {
        words(folded).flat_map(|name_word| {
            let places = self.words.iter().enumerate().filter(move |(_, word)| word.is_match(name_word));
            places.map(move |(place, _)| (place, name_word))
        })
    }
}

impl<'k> WordMatcher<'k> {
    fn new(word: &'k KeywordWord, edits_max: u8) -> Self {
        let edits_max = edits_max.min(word.edit_budget);
        let typos = (edits_max > 0).then(|| Typos::new(&word.text, edits_max));
        Self { word, chars: AsciiSet::of_word(&word.text), edits_max, typos }
    }

    /// Whether a name with these words matches.
    fn is_match_in(&self, name_words: &[&str]) -> bool {
        name_words.iter().any(|name_word| self.is_match(name_word)) || is_joined(name_words, &self.word.text)
    }

    /// Whether one word of a folded name matches, literally or with typos.
    fn is_match(&self, name_word: &str) -> bool {
        self.word.literal_form.matches(name_word, &self.word.text)
            || self.typos.as_ref().is_some_and(|typos| self.is_typo(typos, name_word))
    }

    /// Whether the word of the name, or a run of it, matches with typos.
    fn is_typo(&self, typos: &Typos, name_word: &str) -> bool {
        let prefixes = self.word.may_be_unfinished();
        typo_pieces(name_word).any(|piece| typos.matches(&self.word.text, &name_word[piece], prefixes))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::{
        keyword::{Keyword, Phrase},
        spec_tests::oracle,
    };

    fn words_of(keyword: &str) -> Vec<KeywordWord> {
        match Keyword::parse(keyword) {
            Keyword::Words(phrase) => phrase.words,
            _ => Vec::new(),
        }
    }

    /// The alternatives as `place:word`, separated by spaces.
    fn shown(keyword: &str, name: &str, edits_max: u8) -> String {
        let words = words_of(keyword);
        let matcher = NameMatcher::new(words.iter(), edits_max);
        let folded = fold(name);
        let alternatives = matcher.alternatives(&folded).map(|(place, word)| format!("{place}:{word}"));
        alternatives.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_name_gives_the_words_that_match_each_word_of_the_keyword() {
        let cases = [
            ("sky nwes", "Sky News", 1, "0:sky 1:news"),
            ("sky nwes", "Sky News", 0, "0:sky"),
            ("sky nwes", "Skyline sky", 1, "0:skyline 0:sky"),
            ("news", "NEWS newsroom SkyNews", 0, "0:news 0:newsroom 0:skynews"),
            ("news newsroom", "Newsroom", 0, "0:newsroom 1:newsroom"),
            ("natoinal", "National24 24national", 1, "0:national24 0:24national"),
            ("natoinla", "National", 1, ""),
            ("natoinla", "National", 2, "0:national"),
            ("hbo hd", "HBO2HD", 0, "0:hbo2hd 1:hbo2hd"),
            ("news", "", 2, ""),
            ("%", "50%", 2, ""),
        ];
        for (keyword, name, edits_max, expected) in cases {
            assert_eq!(shown(keyword, name, edits_max), expected, "{keyword:?} in {name:?} with {edits_max} typos");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5_000))]

        #[test]
        fn a_name_matches_exactly_if_the_specification_says_so(
            name in "([aab]{1,6}|[abc]{5,9}|[ab]{1,3}[12][ab]{2,8}|[新闻カ\u{3099}]{1,5}|[新a1\u{93F}É]{1,6}|[ -_%]){1,6}|([ab]{1,2}[ -]){2,6}",
            keyword in "([ab]{1,3}|[abc]{4,9}|[新闻カ\u{3099}]{1,4}|[ab1新\u{93F}]{1,4})( [abcÉ]{1,6}| ab| 新|%){0,3}",
        ) {
            let Keyword::Words(phrase) = Keyword::parse(&keyword) else { return Ok(()) };
            let edits = oracle::name_level(&name, &keyword).map(|level| level as u8);
            for edits_max in 0..=2 {
                let matcher = NameMatcher::of_condition(phrase.condition(), edits_max);
                let expected = edits.is_some_and(|edits| edits <= edits_max);
                prop_assert_eq!(matcher.is_match(&name), expected, "{:?} in {:?}, {} typos", keyword, name, edits_max);
                let folded = fold(&name);
                let is_found = |place| {
                    let mut alternatives = matcher.alternatives(&folded);
                    alternatives.any(|(at, _)| at == place) || matcher.joined_places(&folded).any(|at| at == place)
                };
                let Phrase { words, as_one, .. } = &phrase;
                let is_one = as_one.as_ref().is_some_and(|one| one.is_in(&super::words(&folded).collect::<Vec<_>>()));
                let are_found = (0..words.len()).all(is_found) || is_one;
                prop_assert_eq!(are_found, expected, "each word of {:?} has an alternative in {:?}", keyword, name);
            }
        }
    }
}
