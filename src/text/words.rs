//! Words, runs and symbols: the pieces of a folded text that a keyword is matched with.
//!
//! ```text
//! folded   cctv1综合高清 - live 🔥
//! words    ^^^^^^^^^^^^   ^^^^
//! symbols                -      🔥
//! runs     cctv|1|综合高清
//! ```
//!
//! Every function takes folded text and none folds. They are called for names and for keywords alike.

use std::{iter::once, ops::Range};

use unicode_normalization::char::is_combining_mark;

use crate::text::{char_table::CharTable, typos};

/// Most runs a word may have. A word with more of them is a serial number or a hash, and its pieces mean nothing: it counts
/// as a word without runs.
pub(crate) const RUNS_MAX: usize = 4;

/// Shortest word that may have a typo, in characters. Every second word of three letters is a typo of another word.
const ONE_EDIT_CHARS_MIN: usize = 4;

/// Shortest word that may have two typos, in characters.
const TWO_EDITS_CHARS_MIN: usize = 8;

/// Shortest word that, with typos, matches a prefix of a name's word, in characters. With a typo, a word of four letters is a
/// prefix of too many words: `nwes` would find `newest`.
const UNFINISHED_CHARS_MIN: usize = 5;

/// Shortest run that a typo can match, in characters: the shortest word that may have a typo, less one character.
const TYPO_RUN_CHARS_MIN: usize = ONE_EDIT_CHARS_MIN - 1;

/// The words of a folded text, in order: its maximal runs of word characters.
pub(crate) fn words(folded: &str) -> impl Iterator<Item = &str> + Clone {
    folded.split(|c| !is_word_char(c)).filter(|word| !word.is_empty())
}

/// The words of a folded text as ranges of its bytes, in order.
pub(crate) fn word_ranges(folded: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + folded[at..].find(is_word_char)?;
        at = folded[start..].find(|c| !is_word_char(c)).map_or(folded.len(), |len| start + len);
        Some(start..at)
    })
}

/// The symbols of a folded text, in order and with repeats: its visible characters outside of words. A flag is one symbol.
pub(crate) fn symbols(folded: &str) -> impl Iterator<Item = &str> {
    symbol_ranges(folded).map(|range| &folded[range])
}

/// The symbols of a folded text as ranges of its bytes, in order.
pub(crate) fn symbol_ranges(folded: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let is_start = |c: char| !is_word_char(c) && is_symbol(c);
        let (behind, first) = folded[at..].char_indices().find(|&(_, c)| is_start(c))?;
        let start = at + behind;
        at = start + symbol_len(&folded[start..], first);
        Some(start..at)
    })
}

/// Whether a character is visible, given that it is not part of a word.
pub(crate) fn is_symbol(c: char) -> bool {
    !c.is_whitespace() && !c.is_control()
}

/// The length in bytes of the symbol at the start of a text, of which `first` is the first character.
///
/// Two regional indicators side by side are one symbol, the flag of a country. Of an odd number of them in a row, the last
/// one is a symbol by itself.
pub(crate) fn symbol_len(text: &str, first: char) -> usize {
    let first_len = first.len_utf8();
    if !is_regional_indicator(first) {
        return first_len;
    }
    let second = text[first_len..].chars().next().filter(|&c| is_regional_indicator(c));
    first_len + second.map_or(0, char::len_utf8)
}

/// Whether `c` is one of the 26 letters of which two are the flag of a country.
fn is_regional_indicator(c: char) -> bool {
    matches!(c, '\u{1F1E6}'..='\u{1F1FF}')
}

/// Whether `c` is part of a word: a letter, a number, or a mark on one.
pub(crate) fn is_word_char(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphanumeric() } else { word_char(c).is_in_word }
}

/// What a character is to a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct WordChar {
    is_in_word: bool,
    /// It belongs to the character before it.
    is_mark: bool,
    class: CharClass,
}

impl WordChar {
    /// A character of the large ranges of letters that need no table.
    const IDEOGRAPH_OR_SYLLABLE: Self = Self { is_in_word: true, is_mark: false, class: CharClass::NoSpace };

    /// Looks a character up in the tables of Unicode.
    fn new(c: char) -> Self {
        let is_mark = !c.is_ascii() && is_combining_mark(c);
        Self { is_in_word: c.is_alphanumeric() || is_mark, is_mark, class: class_of(c) }
    }
}

/// What each character is to a word, 384 bytes a block.
static WORD_CHARS: CharTable<Box<[WordChar]>> = CharTable::new();

/// What a character is to a word.
fn word_char(c: char) -> WordChar {
    if matches!(c, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}') {
        return WordChar::IDEOGRAPH_OR_SYLLABLE;
    }
    let make = |codes: Range<u32>| {
        // No text has a surrogate, so it does not matter what they are.
        codes.map(|code| WordChar::new(char::from_u32(code).unwrap_or_default())).collect()
    };
    WORD_CHARS.block(c, make).map_or_else(|| WordChar::new(c), |(block, place)| block[place])
}

/// The class of a character. A word is cut into runs where the class changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CharClass {
    /// Digits and other numbers, of any script.
    Numeric,
    /// A script written without spaces between words.
    NoSpace,
    /// Any other letter.
    Letter,
}

/// The class of each character of a word, with the byte where it begins. A mark has the class of the character before it.
/// A mark that begins the word has the class of its own script.
fn classes(word: &str) -> impl Iterator<Item = (usize, CharClass)> {
    word.char_indices().scan(None, |before, (at, c)| {
        let c = word_char(c);
        let class = before.filter(|_| c.is_mark).unwrap_or(c.class);
        *before = Some(class);
        Some((at, class))
    })
}

/// The class of a character that is not a mark.
fn class_of(c: char) -> CharClass {
    if c.is_numeric() {
        CharClass::Numeric
    } else if is_no_space_char(c) {
        CharClass::NoSpace
    } else {
        CharClass::Letter
    }
}

/// Whether `c` is of Han, Kana, Hangul, Bopomofo, Thai, Lao, Khmer or Burmese script.
///
/// This compares with the Unicode blocks of these scripts, which contain hardly any word character of another script.
fn is_no_space_char(c: char) -> bool {
    c >= '\u{02EA}'
        && matches!(c,
            '\u{02EA}'..='\u{02EB}' // tone marks of Bopomofo
            | '\u{0E00}'..='\u{0EFF}' // Thai, Lao
            | '\u{1000}'..='\u{109F}' // Burmese
            | '\u{1100}'..='\u{11FF}' // Hangul letters
            | '\u{1780}'..='\u{17FF}' // Khmer
            | '\u{19E0}'..='\u{19FF}' // Khmer
            | '\u{2E80}'..='\u{2FDF}' // radicals of Han
            | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{3029}' | '\u{3031}'..='\u{3035}' | '\u{3038}'..='\u{303C}' // Han, Kana
            | '\u{3041}'..='\u{31FF}' // Kana, Bopomofo, Hangul letters, signs of Han
            | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' // Han
            | '\u{A960}'..='\u{A97F}' // Hangul letters
            | '\u{A9E0}'..='\u{A9FF}' | '\u{AA60}'..='\u{AA7F}' // Burmese
            | '\u{AC00}'..='\u{D7FF}' // Hangul syllables and letters
            | '\u{F900}'..='\u{FAFF}' // Han
            | '\u{FF66}'..='\u{FFDC}' // half-width Kana and Hangul
            | '\u{116D0}'..='\u{116FF}' // Burmese
            | '\u{16FE2}'..='\u{16FE3}' | '\u{16FF0}'..='\u{16FF6}' // Han
            | '\u{1AFF0}'..='\u{1B16F}' // Kana
            | '\u{20000}'..='\u{3FFFF}' // Han
        )
}

/// The runs of a word: its pieces between changes of class, as ranges of bytes, in order.
///
/// There are none if the word is of one class, or if it would have more than four runs.
pub(crate) fn runs(word: &str) -> Runs {
    let mut runs = Runs { starts: [0; RUNS_MAX + 1], count: 0, next: 0 };
    // Most words are ASCII letters only. This function runs for each word of a name that is written, and in many searches.
    if word.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return runs;
    }
    let mut before = None;
    for (at, class) in classes(word) {
        if before == Some(class) {
            continue;
        }
        if runs.count == RUNS_MAX {
            return Runs { count: 0, ..runs };
        }
        runs.starts[runs.count] = at;
        runs.count += 1;
        before = Some(class);
    }
    if runs.count < 2 {
        return Runs { count: 0, ..runs };
    }
    runs.starts[runs.count] = word.len();
    runs
}

/// Whether some word may continue with this text from its second run or a later one. This needs few enough runs in the text.
pub(crate) fn may_follow_run(text: &str) -> bool {
    let mut before = None;
    let starts = classes(text).filter(|&(_, class)| before.replace(class) != Some(class));
    starts.count() < RUNS_MAX
}

/// An iterator over the runs of one word, made by [`runs`].
// Invariants:
// * run i is starts[i]..starts[i + 1], for i < count;
// * count is 0, or 2 to RUNS_MAX; next ≤ count.
#[derive(Clone, Debug)]
pub(crate) struct Runs {
    starts: [usize; RUNS_MAX + 1],
    count: usize,
    next: usize,
}

impl Iterator for Runs {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        if self.next == self.count {
            return None;
        }
        let run = self.starts[self.next]..self.starts[self.next + 1];
        self.next += 1;
        Some(run)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.count - self.next;
        (left, Some(left))
    }
}

impl ExactSizeIterator for Runs {}

/// The runs of a word that a typo may match, as ranges of bytes, in order: those without a numeric character and of at
/// least three characters. Shorter runs are too far from any word that may have a typo.
pub(crate) fn typo_runs(word: &str) -> impl Iterator<Item = Range<usize>> {
    runs(word).filter(move |run| {
        let text = &word[run.clone()];
        !has_numeric(text) && text.chars().nth(TYPO_RUN_CHARS_MIN - 1).is_some()
    })
}

/// The pieces of a word that a typo may match, as ranges of bytes: the whole word unless it has a numeric character, then
/// its [`typo_runs`].
pub(crate) fn typo_pieces(word: &str) -> impl Iterator<Item = Range<usize>> {
    let whole = 0..word.len();
    once(whole).filter(|_| !has_numeric(word)).chain(typo_runs(word))
}

/// Whether a word has a numeric character. Such a word matches exactly or not at all, in a keyword and in a name.
pub(crate) fn has_numeric(word: &str) -> bool {
    if word.is_ascii() {
        word.bytes().any(|byte| byte.is_ascii_digit())
    } else {
        word.chars().any(|c| word_char(c).class == CharClass::Numeric)
    }
}

/// Whether all characters of a word are of scripts written without spaces. False for the empty word.
pub(crate) fn is_no_space(word: &str) -> bool {
    !word.is_empty() && !word.is_ascii() && classes(word).all(|(_, class)| class == CharClass::NoSpace)
}

/// The number of typos that a word of a keyword may have, from 0 to 2.
///
/// A word that is too short or too long, or that has a numeric character, may have none. A word with a character of a script
/// without spaces may have at most one, because such a character is most of a word by itself.
pub(crate) fn edit_budget(word: &str) -> u8 {
    let chars = word.chars().count();
    if !(ONE_EDIT_CHARS_MIN..=typos::WORD_CHARS_MAX).contains(&chars) || has_numeric(word) {
        return 0;
    }
    if has_no_space(word) || chars < TWO_EDITS_CHARS_MIN { 1 } else { 2 }
}

/// Whether a word of a keyword is long enough to match a prefix of a name's word with typos. A character of a script without
/// spaces is most of a word by itself, so a word that has one may be shorter.
pub(crate) fn may_be_prefix(word: &str) -> bool {
    word.chars().nth(UNFINISHED_CHARS_MIN - 1).is_some() || has_no_space(word)
}

/// Whether some character of a word is of a script written without spaces.
fn has_no_space(word: &str) -> bool {
    !word.is_ascii() && classes(word).any(|(_, class)| class == CharClass::NoSpace)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_script::{Script, UnicodeScript};

    use super::*;

    /// The runs of a word as texts.
    fn run_texts(word: &str) -> Vec<&str> {
        runs(word).map(|run| &word[run]).collect()
    }

    #[test]
    fn a_text_is_split_into_words_and_symbols() {
        let cases: [(&str, &[&str], &str); 8] = [
            ("", &[], ""),
            (" - ", &[], "-"),
            ("live-news_1080p", &["live", "news", "1080p"], "-_"),
            ("cctv1综合高清 🔥hot🔥", &["cctv1综合高清", "hot"], "🔥🔥"),
            ("समाचार", &["समाचार"], ""),
            ("a\u{1}b\u{85}c", &["a", "b", "c"], ""),
            ("1⁄2+a", &["1", "2", "a"], "⁄+"),
            ("a🇬🇧🇺 b🇸x", &["a", "b", "x"], "🇬🇧🇺🇸"),
        ];
        for (text, expected_words, expected_symbols) in cases {
            assert_eq!(words(text).collect::<Vec<_>>(), expected_words, "{text:?}");
            assert!(word_ranges(text).map(|range| &text[range]).eq(words(text)), "{text:?}");
            assert_eq!(symbols(text).collect::<String>(), expected_symbols, "{text:?}");
        }
    }

    #[test]
    fn two_regional_indicators_side_by_side_are_one_symbol() {
        let cases: [(&str, &[&str]); 6] = [
            ("🇬🇧", &["🇬🇧"]),
            ("🇬🇧🇺🇸", &["🇬🇧", "🇺🇸"]),
            ("🇬 🇧", &["🇬", "🇧"]),
            ("🇬🇧🇺", &["🇬🇧", "🇺"]),
            ("🔥🇬a🇧🇺🇸", &["🔥", "🇬", "🇧🇺", "🇸"]),
            ("🇬🔥🇧", &["🇬", "🔥", "🇧"]),
        ];
        for (text, expected) in cases {
            assert_eq!(symbols(text).collect::<Vec<_>>(), expected, "{text:?}");
        }
    }

    #[test]
    fn a_word_has_no_runs_or_two_to_four() {
        let cases: [(&str, &[&str]); 9] = [
            ("news", &[]),
            ("1080", &[]),
            ("1080p", &["1080", "p"]),
            ("hbo2hd", &["hbo", "2", "hd"]),
            ("cctv1综合高清", &["cctv", "1", "综合高清"]),
            ("a1b2", &["a", "1", "b", "2"]),
            ("a1b2c", &[]),
            ("ガ3\u{3099}x", &["ガ", "3\u{3099}", "x"]),
            ("समाचार1", &["समाचार", "1"]),
        ];
        for (word, expected) in cases {
            assert_eq!(run_texts(word), expected, "{word:?}");
        }
    }

    #[test]
    fn a_typo_may_match_a_word_or_a_long_run_without_numbers() {
        let cases: [(&str, &[&str]); 8] = [
            ("", &[""]),
            ("news", &["news"]),
            ("tv", &["tv"]),
            ("1080", &[]),
            ("news24", &["news"]),
            ("hd24news", &["news"]),
            ("tvs综合高清", &["tvs综合高清", "tvs", "综合高清"]),
            ("a1b2c", &[]),
        ];
        for (word, expected) in cases {
            assert_eq!(typo_pieces(word).map(|piece| &word[piece]).collect::<Vec<_>>(), expected, "{word:?}");
        }
    }

    #[test]
    fn the_number_of_typos_depends_on_length_script_and_numbers() {
        let cases = [
            ("", 0),
            ("sky", 0),
            ("news", 1),
            ("jazeera", 1),
            ("cartoons", 2),
            ("news24", 0),
            ("新闻直", 0),
            ("新闻直播", 1),
            ("新闻直播转码新闻直播转码", 1),
            ("channel台", 1),
            ("новости", 1),
            ("новостной", 2),
            ("٣مباشر", 0),
        ];
        for (word, budget) in cases {
            assert_eq!(edit_budget(word), budget, "{word:?}");
        }
        assert_eq!(edit_budget(&"a".repeat(62)), 2);
        assert_eq!(edit_budget(&"a".repeat(63)), 0);
    }

    #[test]
    fn a_word_of_five_characters_may_be_a_prefix_and_a_shorter_one_of_a_script_without_spaces() {
        for (word, expected) in
            [("", false), ("news", false), ("newsr", true), ("新闻直播", true), ("abc新", true), ("нова", false)]
        {
            assert_eq!(may_be_prefix(word), expected, "{word:?}");
        }
    }

    #[test]
    fn a_word_is_without_spaces_only_if_all_its_characters_are() {
        for word in ["新闻", "ライブ", "らー", "한국", "ㄅㄆ", "ไทย", "ລາວ", "ខ្មែរ", "မြန်မာ", "々"]
        {
            assert!(is_no_space(word), "{word:?}");
        }
        for word in ["", "news", "新闻1", "новости", "हिन्दी", "news新", "〇"] {
            assert!(!is_no_space(word), "{word:?}");
        }
    }

    #[test]
    fn the_table_says_of_every_character_what_unicode_says() {
        for c in char::MIN..=char::MAX {
            assert_eq!(word_char(c), WordChar::new(c), "{c:?}");
            assert_eq!(is_word_char(c), WordChar::new(c).is_in_word, "{c:?}");
        }
    }

    #[test]
    fn the_ranges_of_scripts_without_spaces_equal_the_tables_of_unicode() {
        use Script::{Bopomofo, Han, Hangul, Hiragana, Katakana, Khmer, Lao, Myanmar, Thai};
        let scripts = [Bopomofo, Han, Hangul, Hiragana, Katakana, Khmer, Lao, Myanmar, Thai];
        let letters =
            (char::MIN..=char::MAX).filter(|&c| c.is_alphanumeric() && !c.is_numeric() && !is_combining_mark(c));
        for c in letters {
            let extension = c.script_extension();
            // Letters of every script, and modifiers that Latin uses too, belong to no script without spaces.
            let is_shared =
                extension.is_common() || extension.is_inherited() || extension.contains_script(Script::Latin);
            let expected = !is_shared && scripts.iter().any(|&script| extension.contains_script(script));
            // A range may include characters that are newer than the tables of scripts.
            if c.script() != Script::Unknown {
                assert_eq!(is_no_space_char(c), expected, "{c:?} {:?}", c.script());
            }
        }
    }

    proptest! {
        #[test]
        fn the_runs_of_a_word_put_together_are_the_word(word in "[a-c1-3综合क़\u{3099}]{0,8}") {
            let texts = run_texts(&word);
            prop_assert!(texts.is_empty() || texts.concat() == word);
            prop_assert!(texts.iter().all(|run| !run.is_empty() && runs(run).len() == 0));
            prop_assert_eq!(runs(&word).len(), texts.len());
        }
    }
}
