//! A keyword, read: what a name must have so that it matches.
//!
//! Reading decides nothing about any name. The planner asks it what kind of search this is, the dictionary looks up each of
//! its words. Whether the keyword is a job ID is asked elsewhere, with the raw text.
//!
//! ```text
//! "tv Sports TV tv"  fold, cut →  tv sports tv tv  places →  first: tv · middle: sports, tv · last: tv
//!                                                  implied ones dropped →  middle: sports, tv
//! ```

use smol_str::SmolStr;

use crate::text::{
    fold::fold,
    words::{edit_budget, is_no_space, runs, symbols, words},
};

/// What a keyword asks of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Keyword {
    /// White space only: no filter.
    Blank,
    /// Something, of which folding leaves nothing that can be seen: no name matches.
    Unmatchable,
    /// No word: all of these symbols must occur. Sorted, distinct, at least one.
    Symbols(Vec<char>),
    /// All of these words must be found, each by the rule of its place; symbols between them say nothing. At least one, in
    /// the order of the keyword; none twice with the same place.
    Words(Vec<KeywordWord>),
}

/// One word of a keyword.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeywordWord {
    /// The folded word, never empty.
    pub(crate) text: SmolStr,
    /// The place that says how it matches.
    pub(crate) place: WordPlace,
}

/// Where a word stands in its keyword, which says what a word of a name must be to match it.
///
/// At every place a name's word matches if the keyword's word begins it or one of its runs; if it contains it, and the
/// keyword's is written wholly without spaces; or if it, or one of its runs, is within the typos allowed. Some places let
/// more through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum WordPlace {
    /// The only word: also if it is contained anywhere, or within the typos of a prefix.
    Only,
    /// The first of several: also if it ends a name's word.
    First,
    /// Neither first nor last.
    Middle,
    /// The last of several: also if it is within the typos of a prefix.
    Last,
}

/// Where in a word of a name a word of a keyword must lie to match it literally.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LiteralForm {
    /// Anywhere.
    Anywhere,
    /// At the start of the word or of one of its runs, or at its end.
    StartOrEnd,
    /// At the start of the word or of one of its runs.
    Start,
}

impl LiteralForm {
    /// Whether a word of a folded name matches.
    pub(crate) fn matches(self, name_word: &str, text: &str) -> bool {
        if self == Self::Anywhere {
            return name_word.contains(text);
        }
        name_word.starts_with(text)
            || self == Self::StartOrEnd && name_word.ends_with(text)
            || runs(name_word).any(|run| name_word[run.start..].starts_with(text))
    }
}

impl Keyword {
    /// Reads a keyword as it came, white space around it and all. Its length is checked before.
    ///
    /// Costs **O(n)** for a keyword of n characters with few words, a comparison more for each pair of its words.
    pub(crate) fn parse(raw: &str) -> Self {
        if raw.trim().is_empty() {
            return Self::Blank;
        }
        let folded = fold(raw);
        let placed = placed(words(&folded).collect());
        if placed.is_empty() { Self::without_words(&folded) } else { Self::Words(placed) }
    }

    /// The most typos that any of its words may have.
    pub(crate) fn edits_max(&self) -> u8 {
        let Self::Words(words) = self else { return 0 };
        words.iter().map(|word| edit_budget(&word.text)).max().unwrap_or(0)
    }

    /// A folded keyword that has no words.
    fn without_words(folded: &str) -> Self {
        let mut symbols: Vec<char> = symbols(folded).collect();
        symbols.sort_unstable();
        symbols.dedup();
        if symbols.is_empty() { Self::Unmatchable } else { Self::Symbols(symbols) }
    }
}

/// The words with their places, without those that another one implies.
///
/// A name that has the word at a middle place has it at the first and at the last place too, as these let more through. So
/// a middle word is needed once, and makes the same word at an end superfluous. The first and the last do not imply each
/// other: `news news` may find its first in `skynews` and its last, with a typo, in `nwesroom`. Nor are they one: with two
/// words, no word may lie just anywhere inside of another.
fn placed(words: Vec<&str>) -> Vec<KeywordWord> {
    let [first, middle @ .., last] = words.as_slice() else {
        return words.into_iter().map(|word| KeywordWord::new(word, WordPlace::Only)).collect();
    };
    let first = (!middle.contains(first)).then(|| KeywordWord::new(first, WordPlace::First));
    let last = (!middle.contains(last)).then(|| KeywordWord::new(last, WordPlace::Last));
    let middle = middle.iter().enumerate().filter(|(i, word)| !middle[..*i].contains(word));
    let middle = middle.map(|(_, word)| KeywordWord::new(word, WordPlace::Middle));
    first.into_iter().chain(middle).chain(last).collect()
}

impl KeywordWord {
    fn new(text: &str, place: WordPlace) -> Self {
        debug_assert!(!text.is_empty(), "words are not empty");
        Self { text: SmolStr::new(text), place }
    }

    /// Where in a word of a name it must lie to match literally.
    pub(crate) fn literal_form(&self) -> LiteralForm {
        match self.place {
            _ if is_no_space(&self.text) => LiteralForm::Anywhere,
            WordPlace::Only => LiteralForm::Anywhere,
            WordPlace::First => LiteralForm::StartOrEnd,
            WordPlace::Middle | WordPlace::Last => LiteralForm::Start,
        }
    }

    /// Whether a typo of the word may be followed by more: the user may not have typed it to its end.
    pub(crate) fn may_be_unfinished(&self) -> bool {
        matches!(self.place, WordPlace::Only | WordPlace::Last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words of a keyword as `place:text`, separated by spaces.
    fn shown(raw: &str) -> String {
        let Keyword::Words(words) = Keyword::parse(raw) else {
            return format!("{:?}", Keyword::parse(raw));
        };
        words.iter().map(|word| format!("{:?}:{}", word.place, word.text)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_keyword_without_words_is_one_of_three() {
        for blank in ["", " ", "\t\n \u{3000}"] {
            assert_eq!(Keyword::parse(blank), Keyword::Blank, "{blank:?}");
        }
        for unmatchable in ["\u{200D}", " \u{301} ", "¨", "\u{1}"] {
            assert_eq!(Keyword::parse(unmatchable), Keyword::Unmatchable, "{unmatchable:?}");
        }
        assert_eq!(Keyword::parse(" %% ❤\u{FE0F} % "), Keyword::Symbols(vec!['%', '❤']));
    }

    #[test]
    fn each_word_has_its_place() {
        let cases = [
            ("News", "Only:news"),
            ("50%", "Only:50"),
            ("Al Jazeera", "First:al Last:jazeera"),
            ("a+b c-d", "First:a Middle:b Middle:c Last:d"),
        ];
        for (raw, expected) in cases {
            assert_eq!(shown(raw), expected, "{raw:?}");
        }
    }

    #[test]
    fn a_word_that_another_implies_is_left_out() {
        let cases = [
            ("tv TV", "First:tv Last:tv"),
            ("tv tv tv", "Middle:tv"),
            ("tv x tv", "First:tv Middle:x Last:tv"),
            ("tv tv x", "Middle:tv Last:x"),
            ("x tv tv", "First:x Middle:tv"),
            ("a x x y x b", "First:a Middle:x Middle:y Last:b"),
        ];
        for (raw, expected) in cases {
            assert_eq!(shown(raw), expected, "{raw:?}");
        }
    }
}
