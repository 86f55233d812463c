//! Words that are written as one: `skysports` for a name with `Sky Sports`.
//!
//! People leave out spaces and symbols, or add them. So a text also matches two to four neighbouring words of a name, written
//! as one. The last of these words may be cut short, because the user may not have typed it to its end.
//!
//! ```text
//! name      Sky Sports Main Event
//! joined    skysports · sportsmain · skysportsmainevent · skyspo · …       not skys: one letter is too short
//! ```

use crate::text::{
    fold::{fold, is_plain_ascii},
    words::words,
};

/// Most words that are joined.
pub(crate) const JOINED_WORDS_MAX: usize = 4;

/// Fewest characters to which the last word may be cut short.
const CUT_CHARS_MIN: usize = 2;

/// Whether a text is joined in a name with these words.
///
/// Costs one comparison for most words, and **O(n + m)** for each word at most, where the text has m bytes.
pub(crate) fn is_joined(words: &[&str], text: &str) -> bool {
    (0..words.len()).any(|from| joined_len(words[from..].iter().copied(), text).is_some())
}

/// Whether a text is joined in a name that is not folded. Most names are plain ASCII, and are read as they are.
///
/// Costs as [`is_joined`], and for other names the fold.
pub(crate) fn is_joined_in(name: &str, text: &str) -> bool {
    if is_plain_ascii(name) {
        return ascii_word_starts(name.as_bytes()).any(|name| is_joined_from(name, text.as_bytes()));
    }
    let folded = fold(name);
    is_joined(&words(&folded).collect::<Vec<_>>(), text)
}

/// The rests of an ASCII name from the start of each of its words.
fn ascii_word_starts(name: &[u8]) -> impl Iterator<Item = &[u8]> {
    let is_start = |at: usize| name[at].is_ascii_alphanumeric() && (at == 0 || !name[at - 1].is_ascii_alphanumeric());
    (0..name.len()).filter(move |&at| is_start(at)).map(|at| &name[at..])
}

/// Whether a text is joined in an ASCII name from its first word on.
fn is_joined_from(name: &[u8], text: &[u8]) -> bool {
    let (mut rest, mut is_first) = (text, true);
    let words = name.split(|byte| !byte.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    for word in words.take(JOINED_WORDS_MAX) {
        if !is_first && rest.len() <= word.len() {
            let is_long_enough = rest.len() == word.len() || rest.len() >= CUT_CHARS_MIN;
            return is_long_enough && word[..rest.len()].eq_ignore_ascii_case(rest);
        }
        match rest.split_at_checked(word.len()) {
            Some((begin, behind)) if begin.eq_ignore_ascii_case(word) => rest = behind,
            _ => return false,
        }
        is_first = false;
    }
    false
}

/// How many words, from the first one on, a text joins; `None` if it joins none. The number is unique: with one word more, the
/// text would have to be longer.
pub(crate) fn joined_len<'w>(words: impl Iterator<Item = &'w str>, text: &str) -> Option<usize> {
    let mut rest = text;
    for (before, word) in words.take(JOINED_WORDS_MAX).enumerate() {
        if before > 0 && is_cut_short(word, rest) {
            return Some(before + 1);
        }
        rest = rest.strip_prefix(word)?;
    }
    None
}

/// Whether a text is a word, or its beginning of two characters or more.
pub(crate) fn is_cut_short(word: &str, text: &str) -> bool {
    word.strip_prefix(text).is_some_and(|rest| rest.is_empty() || may_be_cut_short(text))
}

/// Whether a text is long enough to be the beginning of a word that is cut short.
pub(crate) fn may_be_cut_short(text: &str) -> bool {
    text.chars().nth(CUT_CHARS_MIN - 1).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words that a text joins in a name, with a bar between them; none if it joins none.
    fn shown(name: &str, text: &str) -> Option<String> {
        let words: Vec<&str> = words(name).collect();
        let found = (0..words.len()).find_map(|from| Some((from, joined_len(words[from..].iter().copied(), text)?)));
        assert_eq!(found.is_some(), is_joined(&words, text), "{text:?} in {name:?}");
        for name in [name.to_owned(), name.to_uppercase(), format!(" {}!", name.replace(' ', " - "))] {
            assert_eq!(found.is_some(), is_joined_in(&name, text), "{text:?} in {name:?}");
        }
        found.map(|(from, len)| words[from..from + len].join("|"))
    }

    #[test]
    fn two_to_four_neighbouring_words_are_joined_and_the_last_may_be_cut_short() {
        let cases = [
            ("sky sports main event", "skysports", Some("sky|sports")),
            ("sky sports main event", "skyspo", Some("sky|sports")),
            ("sky sports main event", "skysp", Some("sky|sports")),
            ("sky sports main event", "skys", None),
            ("sky sports main event", "sky", None),
            ("sky sports main event", "sportsma", Some("sports|main")),
            ("sky sports main event", "kysports", None),
            ("sky sports main event", "skysportsx", None),
            ("sky sports main event", "skymain", None),
            ("sky sports main event", "skysportsmainev", Some("sky|sports|main|event")),
            ("a b c d e", "abcd", Some("a|b|c|d")),
            ("a b c d e", "abcde", None),
            ("t vision", "tv", None),
            ("tv 5", "tv5", Some("tv|5")),
            ("tv 55", "tv5", None),
            ("sky skyline skynews", "skyskyne", None),
            ("sky skyline skynews", "skyskyli", Some("sky|skyline")),
            ("湖南 卫视", "湖南卫视", Some("湖南|卫视")),
            ("湖南 卫视", "湖南卫", None),
            ("", "a", None),
            ("a b", "", None),
        ];
        for (name, text, expected) in cases {
            assert_eq!(shown(name, text).as_deref(), expected, "{text:?} in {name:?}");
        }
    }
}
