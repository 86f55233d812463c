//! Folding that remembers: a folded text, and for each piece of it the piece of the original that it comes from.
//!
//! It is for texts that are shown, those of one page. Nothing on the way of a write or a search calls it; they [`fold`].
//!
//! A text is cut before every character whose front edge is safe, see [`fold`](super::fold). Such a unit folds by itself,
//! so the units' folds in a row are the fold of the text, and every character of a unit may have a part in all of its fold:
//!
//! ```text
//! text    │S│t│r│a│ß │e│ ̈ … │ﬁ │か ゙│
//! fold    │s│t│r│a│ss│e     │fi│が  │
//! ```

use std::{borrow::Cow, ops::Range};

use crate::text::fold::{Alone, alone, chain, fold, has_safe_edge, push};

/// A folded text that knows where its pieces come from.
#[derive(Debug)]
pub(crate) struct Traced<'t> {
    folded: Cow<'t, str>,
    origins: Origins,
}

/// Where the pieces of a folded text come from.
#[derive(Debug)]
enum Origins {
    /// Each byte from the one that stands so many bytes behind it.
    Shifted(usize),
    /// From units, after so many bytes of white space that were trimmed from the front.
    Units(Vec<Unit>, usize),
}

/// A piece of a text that folds by itself, by where it ends. It begins where the one before ends.
// Invariants: both ends ascend from unit to unit, the original's strictly; the last ones are the lengths of the texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Unit {
    folded_end: usize,
    original_end: usize,
}

impl<'t> Traced<'t> {
    /// Folds a text.
    ///
    /// Costs **O(n)** for a text of n bytes: about as [`fold`] where every character folds alone, a microsecond a
    /// character where none does.
    pub(crate) fn new(text: &'t str) -> Self {
        if text.is_ascii() || text.chars().all(|c| alone(c) == Alone::Itself) {
            let blank_bytes = text.len() - text.trim_start().len();
            return Self { folded: fold(text), origins: Origins::Shifted(blank_bytes) };
        }
        let (folded, units) = fold_units(text);
        let blank_bytes = folded.len() - folded.trim_start().len();
        let folded = Cow::Owned(folded.trim().to_owned());
        Self { folded, origins: Origins::Units(units, blank_bytes) }
    }

    /// The folded text, the same that [`fold`] gives.
    pub(crate) fn folded(&self) -> &str {
        &self.folded
    }

    /// The bytes of the original that a piece of the folded text comes from: from a border of characters to another one,
    /// every character that had a part in the piece.
    ///
    /// # Panics
    /// If the piece is empty or reaches over the end.
    pub(crate) fn origin(&self, piece: Range<usize>) -> Range<usize> {
        assert!(piece.start < piece.end && piece.end <= self.folded.len(), "{piece:?} is a piece of the folded text");
        match &self.origins {
            Origins::Shifted(blank_bytes) => piece.start + blank_bytes..piece.end + blank_bytes,
            Origins::Units(units, blank_bytes) => {
                let first = units.partition_point(|unit| unit.folded_end <= piece.start + blank_bytes);
                let last = units.partition_point(|unit| unit.folded_end < piece.end + blank_bytes);
                let start = first.checked_sub(1).map_or(0, |before| units[before].original_end);
                start..units[last].original_end
            }
        }
    }
}

/// Folds a text unit by unit, white space at the ends and all.
fn fold_units(text: &str) -> (String, Vec<Unit>) {
    let mut folded = String::with_capacity(text.len());
    let mut units = Vec::with_capacity(text.len());
    let mut start = 0;
    // Each turn takes one unit, of at least one character.
    while let Some(first) = text[start..].chars().next() {
        let inside = start + first.len_utf8();
        let next = text[inside..].char_indices().find(|&(_, c)| begins_unit(c));
        let end = next.map_or(text.len(), |(at, _)| inside + at);
        match alone(first) {
            fold if fold != Alone::No && end == inside => push(&mut folded, first, fold),
            _ => folded.extend(chain(&text[start..end])),
        }
        units.push(Unit { folded_end: folded.len(), original_end: end });
        start = end;
    }
    (folded, units)
}

/// Whether a unit begins at `c`, whatever is before it.
fn begins_unit(c: char) -> bool {
    alone(c) != Alone::No || has_safe_edge(c)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::{fold::tests::tricky_text, test_names::real_names};

    /// Checks all that is promised of one text: the fold, and for each of its characters an origin that folds to it.
    fn check(text: &str) {
        let traced = Traced::new(text);
        assert_eq!(traced.folded(), fold(text), "{text:?}");
        let mut before = 0..0;
        for (at, c) in traced.folded().char_indices() {
            let origin = traced.origin(at..at + c.len_utf8());
            assert!(!origin.is_empty() && origin.end <= text.len(), "{text:?}: {c:?} comes from {origin:?}");
            let is_next = origin == before || origin.start >= before.end;
            assert!(is_next, "{text:?}: {c:?} comes from {origin:?}, after {before:?}");
            // White space is trimmed from a fold, from a piece's as from any.
            let piece = chain(&text[origin.clone()]).collect::<String>();
            assert!(piece.contains(c), "{text:?}: {c:?} is in the fold of its origin, {piece:?}");
            before = origin;
        }
    }

    /// The origin of the first place where a piece stands in the fold of a text.
    fn origin_of<'t>(text: &'t str, piece: &str) -> &'t str {
        let traced = Traced::new(text);
        let at = traced.folded().find(piece).unwrap_or_else(|| panic!("{piece:?} is in the fold of {text:?}"));
        &text[traced.origin(at..at + piece.len())]
    }

    #[test]
    fn a_piece_comes_from_all_that_had_a_part_in_it() {
        let cases = [
            ("  Sky News", "sky", "Sky"),
            ("  Sky News", "ws", "ws"),
            ("Straße 1", "s", "S"),
            ("Straße 1", "ras", "raß"),
            ("Straße 1", "e", "e"),
            ("ﬁnal", "i", "ﬁ"),
            ("ﬃx", "f", "ﬃ"),
            ("ﬃx", "x", "x"),
            ("İstanbul", "i", "İ"),
            ("I\u{307}stanbul", "i", "I\u{307}"),
            ("ｃｈ１０８０ｐ", "1080", "１０８０"),
            ("cafe\u{301}s", "cafe", "cafe\u{301}"),
            ("cafe\u{301}s", "s", "s"),
            ("ﾗｲﾌﾞ配信", "ブ", "ﾌﾞ"),
            ("가나", "가", "가"),
            ("\u{1112}\u{1161}\u{11AB}국", "한", "\u{1112}\u{1161}\u{11AB}"),
            ("\u{1112}\u{1161}\u{11AB}국", "국", "국"),
            ("بثّ مباشر", "ث", "ثّ"),
            ("㍿㍿㌔", "式", "㍿"),
            ("㍿㍿㌔", "キロ", "㌔"),
            ("½ Æon", "2", "½"),
            ("½ Æon", "e", "Æ"),
            ("❤\u{FE0F} x", "❤", "❤\u{FE0F}"),
            ("\u{301}\u{AD}a", "a", "a"),
            ("a\u{AD}\u{301}b", "a", "a\u{AD}\u{301}"),
        ];
        for (text, piece, expected) in cases {
            assert_eq!(origin_of(text, piece), expected, "{piece:?} of {text:?}");
            check(text);
        }
    }

    #[test]
    fn every_real_name_folds_as_ever_and_knows_its_origins() {
        for name in real_names() {
            check(&name);
        }
    }

    #[test]
    fn every_character_knows_its_origin_beside_others() {
        for c in (char::MIN..='\u{1FFFF}').chain('\u{E0000}'..='\u{E0FFF}') {
            for text in [format!("{c}"), format!("é{c}x"), format!("カ{c}\u{3099}")] {
                check(&text);
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5_000))]

        #[test]
        fn tricky_texts_fold_as_ever_and_know_their_origins(text in tricky_text()) {
            check(&text);
        }
    }
}
