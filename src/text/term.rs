//! Terms: what of a folded name is looked up, its words and its symbols.
//!
//! ```text
//! cctv1综合高清 - live 🔥   →   word cctv1综合高清 · symbol - · word live · symbol 🔥
//! ```

use std::iter;

use crate::text::words::{is_symbol, is_word_char};

/// A part of a name that can be looked up.
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
    // Ends: each turn takes a character at least.
    iter::from_fn(move || {
        loop {
            let first = rest.chars().next()?;
            let is_word = is_word_char(first);
            let (text, behind) = rest.split_at(if is_word { word_len(rest) } else { first.len_utf8() });
            rest = behind;
            if is_word {
                return Some(Term::Word(text));
            } else if is_symbol(first) {
                return Some(Term::Symbol(text));
            }
        }
    })
}

/// How many bytes the word has with which a text begins.
fn word_len(text: &str) -> usize {
    // Most words are ASCII, and need no character put together.
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
    fn a_text_falls_into_its_terms_in_order() {
        let found: Vec<Term<'_>> = terms(" cctv1综合高清 - live\u{301}a🔥🔥").collect();
        let expected = [
            Term::Word("cctv1综合高清"),
            Term::Symbol("-"),
            Term::Word("live\u{301}a"),
            Term::Symbol("🔥"),
            Term::Symbol("🔥"),
        ];
        assert_eq!(found, expected);
    }

    proptest! {
        #[test]
        fn terms_are_the_words_and_the_symbols(text in r"[a-c1 \-é電ก\u{301}\u{1}🔥]{0,24}|\PC{0,16}") {
            let is_word = |term: &Term<'_>| matches!(term, Term::Word(_));
            let (in_words, in_symbols): (Vec<_>, Vec<_>) = terms(&text).partition(is_word);
            prop_assert!(in_words.into_iter().map(Term::text).eq(words(&text)), "words of {:?}", text);
            let in_symbols: String = in_symbols.into_iter().map(Term::text).collect();
            prop_assert_eq!(in_symbols, symbols(&text).collect::<String>());
        }
    }
}
