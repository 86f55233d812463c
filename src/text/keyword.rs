//! A parsed keyword: the words or symbols that a name must have to match.
//!
//! A [`Keyword`] is parsed without looking at any name. Matching and searching take it from there. A keyword may also be a
//! job ID; the caller looks that up by its [`id_text`].
//!
//! ```text
//! "tv Sports TV tv"  fold, cut →  tv sports tv tv  places →  first: tv · middle: sports, tv · last: tv
//!                                                  drop the implied →  middle: sports, tv
//! ```

use std::borrow::Cow;

use smol_str::SmolStr;

use crate::query::MatchLevel;
use crate::text::{
    fold::{fold, is_plain_ascii},
    joined::{is_cut_short, is_joined},
    letters::is_dropped_ignorable,
    symbols::meaningful_symbols,
    words::{edit_budget, is_no_space, may_be_prefix, runs, symbols, words},
};

/// The condition that a keyword sets for names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Keyword {
    /// White space only: no filter.
    Blank,
    /// A text that folds to no visible character: no name matches.
    Unmatchable,
    /// No word: a name must have all of these symbols. Sorted, distinct, at least one.
    Symbols(Vec<SmolStr>),
    /// A name must match the words. Symbols that mean something narrow the names down, if any name has them.
    Words(Phrase),
}

/// The words of a keyword. A name matches if it matches each of them, or all of them written as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Phrase {
    /// The words, each of which matches by the rule of its place. At least one, in the order of the keyword; no two have both
    /// the same text and the same place.
    pub(crate) words: Vec<KeywordWord>,
    /// All words written as one, where there are several.
    pub(crate) as_one: Option<AsOne>,
    /// The symbols that mean something. Sorted, each once.
    pub(crate) symbols: Vec<SmolStr>,
}

/// Several words of a keyword, written as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AsOne {
    pub(crate) text: SmolStr,
    /// The bytes of the text at which the words begin, without the first word.
    pub(crate) borders: Vec<usize>,
}

/// The condition that a [`Phrase`], or one word of it, sets for names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NameCondition<'k> {
    pub(crate) words: &'k [KeywordWord],
    pub(crate) as_one: Option<&'k AsOne>,
}

impl<'k> NameCondition<'k> {
    /// The condition of one word by itself.
    pub(crate) fn of_word(word: &'k KeywordWord) -> Self {
        Self { words: std::slice::from_ref(word), as_one: None }
    }
}

impl Phrase {
    /// The phrase of the words of a folded keyword, which are at least one.
    fn new(folded: &str, words: Vec<&str>) -> Self {
        let as_one = (words.len() > 1).then(|| AsOne::new(&words));
        Self { words: placed(words), as_one, symbols: meaningful_symbols(folded) }
    }

    /// The condition for names, without the symbols.
    pub(crate) fn condition(&self) -> NameCondition<'_> {
        NameCondition { words: &self.words, as_one: self.as_one.as_ref() }
    }
}

impl AsOne {
    fn new(words: &[&str]) -> Self {
        let ends = words.iter().scan(0, |end, word| {
            *end += word.len();
            Some(*end)
        });
        Self { borders: ends.take(words.len() - 1).collect(), text: SmolStr::from(words.concat()) }
    }

    /// Whether some word of a folded name is this text, or begins with it, or the text is joined in the name.
    pub(crate) fn is_in(&self, name_words: &[&str]) -> bool {
        name_words.iter().any(|word| is_cut_short(word, &self.text)) || is_joined(name_words, &self.text)
    }
}

/// One word of a keyword.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeywordWord {
    /// The folded word, never empty.
    pub(crate) text: SmolStr,
    /// The place in the keyword, which decides how the word matches.
    pub(crate) place: WordPlace,
    /// The positions in a name's word at which this word matches literally. It follows from text and place, as the typos do, and is
    /// found once, because each name asks for it.
    pub(crate) literal_form: LiteralForm,
    /// The typos that it may have, from 0 to 2.
    pub(crate) edit_budget: u8,
}

/// The place of a word in its keyword. It decides which words of a name the word matches.
///
/// At every place, a keyword's word matches a name's word in three cases. It begins the name's word or one of its runs. It is
/// contained in the name's word, and all its characters are of scripts without spaces. The name's word, or one of its runs,
/// is within the typos allowed. Some places allow more. At every place, a word also matches a name in which it is
/// [joined](super::joined).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum WordPlace {
    /// The only word. It also matches anywhere inside of a name's word. With typos, if it is long enough, it also matches a
    /// prefix of a name's word.
    Only,
    /// The first of several words. It also matches at the end of a name's word.
    First,
    /// Neither the first nor the last word.
    Middle,
    /// The last of several words. With typos, if it is long enough, it also matches a prefix of a name's word.
    Last,
}

/// The positions in a name's word at which a keyword's word matches literally.
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
    /// Whether a word of a folded name has the text at such a position.
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
    /// Parses a raw keyword, which may have white space around it. The caller has checked its length.
    ///
    /// Costs **O(n)** for a keyword of n characters with few words, and one comparison for each pair of words.
    pub(crate) fn parse(raw: &str) -> Self {
        if raw.trim().is_empty() {
            return Self::Blank;
        }
        let folded = fold(raw);
        let words: Vec<&str> = words(&folded).collect();
        if words.is_empty() { Self::without_words(&folded) } else { Self::Words(Phrase::new(&folded, words)) }
    }

    /// The most typos that any word may have, from 0 to 2.
    pub(crate) fn edits_max(&self) -> u8 {
        let Self::Words(phrase) = self else { return 0 };
        phrase.words.iter().map(|word| word.edit_budget).max().unwrap_or(0)
    }

    /// Parses a folded keyword that has no words.
    fn without_words(folded: &str) -> Self {
        let mut symbols: Vec<&str> = symbols(folded).collect();
        symbols.sort_unstable();
        symbols.dedup();
        if symbols.is_empty() {
            Self::Unmatchable
        } else {
            Self::Symbols(symbols.into_iter().map(SmolStr::new).collect())
        }
    }
}

/// The words with their places, without those that another word implies.
///
/// A name that matches a word at a middle place also matches it at the first and at the last place, as these allow more. So
/// each middle word is needed once, and the same word at an end is not needed. The first and the last word do not imply each
/// other: in `news news`, the first word may match `skynews` and the last word, with a typo, `nwesroom`. They are also not
/// the same as one word at [`WordPlace::Only`], which would match anywhere inside of a name's word.
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

/// The text of a raw keyword that is compared with job IDs: without ignorables, then without white space at its ends. A
/// pasted ID often brings invisible characters along.
pub(crate) fn id_text(raw: &str) -> Cow<'_, str> {
    if is_plain_ascii(raw) || !raw.chars().any(is_dropped_ignorable) {
        return Cow::Borrowed(raw.trim());
    }
    let visible: String = raw.chars().filter(|&c| !is_dropped_ignorable(c)).collect();
    Cow::Owned(visible.trim().to_owned())
}

impl KeywordWord {
    fn new(text: &str, place: WordPlace) -> Self {
        debug_assert!(!text.is_empty(), "words are not empty");
        let literal_form = match place {
            _ if is_no_space(text) => LiteralForm::Anywhere,
            WordPlace::Only => LiteralForm::Anywhere,
            WordPlace::First => LiteralForm::StartOrEnd,
            WordPlace::Middle | WordPlace::Last => LiteralForm::Start,
        };
        Self { text: SmolStr::new(text), place, literal_form, edit_budget: edit_budget(text) }
    }

    /// The typos that it may have on a rung.
    pub(crate) fn edits_max(&self, level: MatchLevel) -> u8 {
        level.edits_max().min(self.edit_budget)
    }

    /// Whether the word is a single letter or digit.
    pub(crate) fn is_one_character(&self) -> bool {
        let mut chars = self.text.chars();
        chars.next().is_some() && chars.next().is_none()
    }

    /// Whether the word, with typos, matches a prefix of a name's word, because the user may not have typed it to its end.
    /// A word of fewer than five characters counts as finished, unless it has one of a script without spaces.
    pub(crate) fn may_be_unfinished(&self) -> bool {
        matches!(self.place, WordPlace::Only | WordPlace::Last) && may_be_prefix(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words of a keyword as `place:text`, separated by spaces.
    fn shown(raw: &str) -> String {
        let Keyword::Words(phrase) = Keyword::parse(raw) else {
            return format!("{:?}", Keyword::parse(raw));
        };
        phrase.words.iter().map(|word| format!("{:?}:{}", word.place, word.text)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_keyword_without_words_is_blank_unmatchable_or_symbols() {
        for blank in ["", " ", "\t\n \u{3000}"] {
            assert_eq!(Keyword::parse(blank), Keyword::Blank, "{blank:?}");
        }
        for unmatchable in ["\u{200D}", " \u{301} ", "¨", "\u{1}"] {
            assert_eq!(Keyword::parse(unmatchable), Keyword::Unmatchable, "{unmatchable:?}");
        }
        assert_eq!(Keyword::parse(" %% ❤\u{FE0F} % "), Keyword::Symbols(vec!["%".into(), "❤".into()]));
        assert_eq!(Keyword::parse("🇬🇧🇧🇬🇬🇧"), Keyword::Symbols(vec!["🇧🇬".into(), "🇬🇧".into()]));
    }

    #[test]
    fn the_text_of_an_id_has_no_invisible_characters() {
        let cases = [
            ("Job-1", "Job-1"),
            (" Job-1\u{A0}", "Job-1"),
            ("\u{FEFF}Job\u{200B}-1\u{1}", "Job-1"),
            ("\u{200E} Job-1 \u{200E}", "Job-1"),
            ("É-1", "É-1"),
            ("a b`", "a b`"),
            ("\u{200B}", ""),
        ];
        for (raw, expected) in cases {
            assert_eq!(id_text(raw), expected, "{raw:?}");
        }
        assert!(matches!(id_text("É-1"), Cow::Borrowed(_)), "a text without ignorables is borrowed");
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
    fn several_words_are_also_one_with_the_borders_between_them() {
        let as_one = |raw: &str| match Keyword::parse(raw) {
            Keyword::Words(phrase) => phrase.as_one.map(|as_one| (as_one.text.to_string(), as_one.borders)),
            _ => None,
        };
        assert!(matches!(Keyword::parse("M+ x"), Keyword::Words(phrase) if phrase.symbols == ["+"]));
        assert_eq!(as_one("Sky"), None);
        assert_eq!(as_one("Sky News"), Some(("skynews".to_owned(), vec![3])));
        assert_eq!(as_one("tv TV-tv"), Some(("tvtvtv".to_owned(), vec![2, 4])));
        assert_eq!(as_one("é 新闻 x"), Some(("e新闻x".to_owned(), vec![1, 7])));
    }

    #[test]
    fn a_word_that_another_word_implies_is_dropped() {
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
