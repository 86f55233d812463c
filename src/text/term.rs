//! Terms: the words and the symbols of a folded name, in one sequence. An index looks up each of them.
//!
//! ```text
//! cctv1综合高清 - live 🔥   →   word cctv1综合高清 · symbol - · word live · symbol 🔥
//! ```

use std::iter;

use crate::text::words::{is_symbol, is_word_char, symbol_len};

/// A part of a name that a keyword can find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Term<'a> {
    Word(&'a str),
    Symbol(&'a str),
}

impl<'a> Term<'a> {
    pub(crate) fn text(self) -> &'a str {
        match self {
            Self::Word(text) | Self::Symbol(text) => text,
        }
    }
}

/// The terms of a folded text, in order and with repeats.
pub(crate) fn terms(folded: &str) -> impl Iterator<Item = Term<'_>> {
    let mut rest = folded;
    // This ends, because each turn takes at least one character from `rest`.
    iter::from_fn(move || {
        loop {
            let first = rest.chars().next()?;
            let is_word = is_word_char(first);
            let (text, behind) = rest.split_at(if is_word { word_len(rest) } else { symbol_len(rest, first) });
            rest = behind;
            if is_word {
                return Some(Term::Word(text));
            } else if is_symbol(first) {
                return Some(Term::Symbol(text));
            }
        }
    })
}

/// The length in bytes of the word at the start of a text.
fn word_len(text: &str) -> usize {
    // Most words are ASCII, and need no decoding of characters.
    let ascii_len = text.bytes().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(text.len());
    match text.as_bytes().get(ascii_len) {
        Some(byte) if !byte.is_ascii() => {
            let len = text[ascii_len..].find(|c| !is_word_char(c));
            len.map_or(text.len(), |len| ascii_len + len)
        }
        _ => ascii_len,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::words::{symbols, words};

    #[test]
    fn a_text_is_split_into_terms_in_order() {
        let found: Vec<Term<'_>> = terms(" cctv1综合高清 - live\u{301}a🔥🔥 🇬🇧🇺").collect();
        let expected = [
            Term::Word("cctv1综合高清"),
            Term::Symbol("-"),
            Term::Word("live\u{301}a"),
            Term::Symbol("🔥"),
            Term::Symbol("🔥"),
            Term::Symbol("🇬🇧"),
            Term::Symbol("🇺"),
        ];
        assert_eq!(found, expected);
    }

    proptest! {
        #[test]
        fn the_terms_of_a_text_are_its_words_and_its_symbols(text in r"[a-c1 \-é電ก\u{301}\u{1}🔥🇬🇧]{0,24}|\PC{0,16}") {
            let is_word = |term: &Term<'_>| matches!(term, Term::Word(_));
            let (in_words, in_symbols): (Vec<_>, Vec<_>) = terms(&text).partition(is_word);
            prop_assert!(in_words.into_iter().map(Term::text).eq(words(&text)), "words of {:?}", text);
            prop_assert!(in_symbols.into_iter().map(Term::text).eq(symbols(&text)), "symbols of {:?}", text);
        }
    }
}
