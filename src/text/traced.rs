//! A fold that can be traced back: a folded text that gives, for each piece of it, the piece of the original it comes from.
//!
//! It is for texts that are shown on one page. Writes and searches call [`fold`], which is faster.
//!
//! A text is cut before every character whose front edge is safe; see [`fold`](super::fold). Such a unit folds independently
//! of the others, so the fold of the text is the folds of its units in a row. Any character of a unit may have influenced any
//! part of the unit's fold:
//!
//! ```text
//! text    │S│t│r│a│ß │e│ ̈ … │ﬁ │か ゙│٢│ʼ│ヴ│
//! fold    │s│t│r│a│ss│e     │fi│が  │2│'│ゔ│
//! ```

use std::{borrow::Cow, ops::Range};

use crate::text::fold::{CharFold, chain, char_fold, fold, has_safe_edge, is_char_with_dropped, is_plain_ascii, push};

/// A folded text with the origins of its pieces.
#[derive(Debug)]
pub(crate) struct TracedFold<'t> {
    folded: Cow<'t, str>,
    origins: FoldOrigins,
}

/// The origins of the pieces of a folded text.
#[derive(Debug)]
enum FoldOrigins {
    /// Byte `i` of the fold comes from byte `i + shift` of the original.
    Shifted(usize),
    /// The units, and the number of bytes of white space that were trimmed from the front of their folds.
    Units(Vec<FoldUnit>, usize),
}

/// A piece of a text that folds independently of the others. It begins where the unit before it ends.
// Invariants:
//   both ends ascend from unit to unit, original_end strictly
//   the ends of the last unit are the lengths of the untrimmed fold and of the original
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FoldUnit {
    folded_end: usize,
    original_end: usize,
}

impl<'t> TracedFold<'t> {
    /// Folds a text.
    ///
    /// Costs **O(n)** for a text of n bytes: about as much as [`fold`] if every character folds alone, and a microsecond per
    /// character that does not.
    pub(crate) fn new(text: &'t str) -> Self {
        if is_plain_ascii(text) || text.chars().all(|c| char_fold(c) == CharFold::Itself) {
            let blank_bytes = text.len() - text.trim_start().len();
            return Self { folded: fold(text), origins: FoldOrigins::Shifted(blank_bytes) };
        }
        let (folded, units) = fold_units(text);
        let blank_bytes = folded.len() - folded.trim_start().len();
        let folded = Cow::Owned(folded.trim().to_owned());
        Self { folded, origins: FoldOrigins::Units(units, blank_bytes) }
    }

    /// The folded text, equal to the result of [`fold`].
    pub(crate) fn folded(&self) -> &str {
        &self.folded
    }

    /// The bytes of the original that a piece of the folded text comes from: all characters that may have influenced the
    /// piece. Both ends are character boundaries.
    ///
    /// # Panics
    /// If the piece is empty or reaches past the end of the folded text.
    pub(crate) fn origin(&self, piece: Range<usize>) -> Range<usize> {
        self.origin_behind(&mut 0, piece)
    }

    /// The [origins](Self::origin) of pieces that ascend and do not overlap. Costs one walk over the text for all of them.
    ///
    /// # Panics
    /// As [`origin`](Self::origin), and if the pieces do not ascend.
    pub(crate) fn origins(&self, pieces: impl Iterator<Item = Range<usize>>) -> impl Iterator<Item = Range<usize>> {
        let mut unit = 0;
        pieces.map(move |piece| self.origin_behind(&mut unit, piece))
    }

    /// The origin of a piece that begins in a unit or behind it. Leaves the unit in which it begins.
    fn origin_behind(&self, unit: &mut usize, piece: Range<usize>) -> Range<usize> {
        assert!(piece.start < piece.end && piece.end <= self.folded.len(), "{piece:?} is a piece of the folded text");
        match &self.origins {
            FoldOrigins::Shifted(blank_bytes) => piece.start + blank_bytes..piece.end + blank_bytes,
            FoldOrigins::Units(units, blank_bytes) => {
                while units[*unit].folded_end <= piece.start + blank_bytes {
                    *unit += 1;
                }
                let start = unit.checked_sub(1).map_or(0, |before| units[before].original_end);
                let mut last = *unit;
                while units[last].folded_end < piece.end + blank_bytes {
                    last += 1;
                }
                start..units[last].original_end
            }
        }
    }
}

/// Folds a text unit by unit, without trimming it.
fn fold_units(text: &str) -> (String, Vec<FoldUnit>) {
    let mut folded = String::with_capacity(text.len());
    let mut units = Vec::with_capacity(text.len());
    let mut start = 0;
    // Each turn takes one unit of at least one character, so the loop ends.
    while let Some(first) = text[start..].chars().next() {
        let inside = start + first.len_utf8();
        let next = text[inside..].char_indices().find(|&(_, c)| begins_unit(c));
        let end = next.map_or(text.len(), |(at, _)| inside + at);
        match char_fold(first) {
            fold if fold != CharFold::Contextual && (end == inside || is_char_with_dropped(&text[start..end])) => {
                push(&mut folded, first, fold);
            }
            _ => folded.extend(chain(&text[start..end])),
        }
        units.push(FoldUnit { folded_end: folded.len(), original_end: end });
        start = end;
    }
    (folded, units)
}

/// Whether a unit begins at `c`, after any text.
fn begins_unit(c: char) -> bool {
    char_fold(c) != CharFold::Contextual || has_safe_edge(c)
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::fold::tests::tricky_text;

    /// Checks that the fold of a text is right, and that the origin of each character folds to a text with that character.
    pub(crate) fn check(text: &str) {
        let traced = TracedFold::new(text);
        assert_eq!(traced.folded(), fold(text), "{text:?}");
        let mut before = 0..0;
        for (at, c) in traced.folded().char_indices() {
            let origin = traced.origin(at..at + c.len_utf8());
            assert!(!origin.is_empty() && origin.end <= text.len(), "{text:?}: {c:?} comes from {origin:?}");
            let is_next = origin == before || origin.start >= before.end;
            assert!(is_next, "{text:?}: {c:?} comes from {origin:?}, after {before:?}");
            // Folding the origin must not trim a white space that is in the middle of the text, so this calls the chain.
            let piece = chain(&text[origin.clone()]).collect::<String>();
            assert!(piece.contains(c), "{text:?}: {c:?} is in the fold of its origin, {piece:?}");
            before = origin;
        }
        let pieces = || traced.folded().char_indices().map(|(at, c)| at..at + c.len_utf8());
        assert!(traced.origins(pieces()).eq(pieces().map(|piece| traced.origin(piece))), "{text:?}");
    }

    /// The origin of the first occurrence of a piece in the fold of a text.
    fn origin_of<'t>(text: &'t str, piece: &str) -> &'t str {
        let traced = TracedFold::new(text);
        let at = traced.folded().find(piece).unwrap_or_else(|| panic!("{piece:?} is in the fold of {text:?}"));
        &text[traced.origin(at..at + piece.len())]
    }

    #[test]
    fn a_piece_comes_from_all_characters_that_influenced_it() {
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
            ("ﾗｲﾌﾞ配信", "ぶ", "ﾌﾞ"),
            ("テレビ", "れび", "レビ"),
            ("ヴァ", "ゔ", "ヴ"),
            ("ウ\u{3099}ァ", "ゔ", "ウ\u{3099}"),
            ("ヷx", "\u{3099}", "ヷ"),
            ("قناة ٢٤", "24", "٢٤"),
            ("قناة ٢٤", "4", "٤"),
            ("Пʼятий", "'", "ʼ"),
            ("Пʼятий", "ятии", "ятий"),
            ("ŉx", "'", "ŉ"),
            ("قناة ﷺ", "الله", "ﷺ"),
            ("ab ﷺ c", "صلي", "ﷺ"),
            ("ab ﷺ c", "c", "c"),
            ("a\u{1}b\u{2} c", "b", "b\u{2}"),
            ("\u{1}a`b", "'b", "`b"),
            ("\u{1}a`b", "a", "a"),
            ("שלום", "מ", "ם"),
            ("가나", "가", "가"),
            ("\u{1112}\u{1161}\u{11AB}국", "한", "\u{1112}\u{1161}\u{11AB}"),
            ("\u{1112}\u{1161}\u{11AB}국", "국", "국"),
            ("بثّ مباشر", "ث", "ثّ"),
            ("㍿㍿㌔", "式", "㍿"),
            ("㍿㍿㌔", "きろ", "㌔"),
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
    fn every_character_has_its_origin_next_to_others() {
        for c in (char::MIN..='\u{1FFFF}').chain('\u{E0000}'..='\u{E0FFF}') {
            for text in [format!("{c}"), format!("é{c}x"), format!("カ{c}\u{3099}")] {
                check(&text);
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5_000))]

        #[test]
        fn tricky_texts_have_the_fold_and_the_origins_they_should(text in tricky_text()) {
            check(&text);
        }
    }
}
