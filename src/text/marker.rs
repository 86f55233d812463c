//! Which pieces of a name a keyword matched, as ranges of the text that was typed as the name, for a console to light up.
//!
//! A pure function of name, keyword and rung; it knows no dictionary and decides no match. A name has marks exactly if it
//! matches. Each word of the keyword is marked at the closest rung at which it matches this name, wherever it does:
//!
//! ```text
//! keyword  "tv nwes"    name  SkyTV: News on TV
//! marks                          ^^  ^^^^    ^^      tv as typed, at an end and at a beginning; nwes by a typo
//! ```

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use crate::query::MatchLevel;
use crate::text::{
    keyword::{Keyword, KeywordWord},
    matcher::Matcher,
    traced::Traced,
    words::word_ranges,
};

/// A keyword, ready to mark names.
pub(crate) struct Marker<'k> {
    wanted: Wanted<'k>,
}

/// What a name must have.
enum Wanted<'k> {
    Nothing,
    Symbols(&'k [char]),
    Words(Vec<Matcher<'k>>),
}

impl<'k> Marker<'k> {
    /// A keyword whose matches are those of a rung and of the closer ones.
    ///
    /// Costs **O(m)** for a keyword of m characters, 2 KB for each word that may have typos.
    pub(crate) fn new(keyword: &'k Keyword, level: MatchLevel) -> Self {
        let matchers = |words: &'k [KeywordWord]| words.iter().map(|word| Matcher::new(word, level)).collect();
        let wanted = match keyword {
            Keyword::Blank | Keyword::Unmatchable => Wanted::Nothing,
            Keyword::Symbols(symbols) => Wanted::Symbols(symbols),
            Keyword::Words(words) => Wanted::Words(matchers(words)),
        };
        Self { wanted }
    }

    /// The marks of a name: not empty, ascending, with something between each two, on borders of what is seen as one
    /// character. None if the name does not match.
    ///
    /// Costs **O(nm)** at most, for a name and a keyword of n and m characters.
    pub(crate) fn marks(&self, name: &str) -> Vec<Range<usize>> {
        let traced = Traced::new(name);
        let mut pieces = match &self.wanted {
            Wanted::Nothing => None,
            Wanted::Symbols(symbols) => pieces_of_symbols(symbols, traced.folded()),
            Wanted::Words(matchers) => pieces_of_words(matchers, traced.folded()),
        }
        .unwrap_or_default();
        pieces.sort_unstable_by_key(|piece| (piece.start, piece.end));
        let mut marks = Vec::with_capacity(pieces.len());
        for piece in pieces {
            push_merged(&mut marks, traced.origin(piece));
        }
        if name.is_ascii() { marks } else { widened(&marks, name) }
    }
}

/// Each place of each of the symbols; `None` if one has none.
fn pieces_of_symbols(symbols: &[char], folded: &str) -> Option<Vec<Range<usize>>> {
    let mut pieces = Vec::new();
    for &symbol in symbols {
        let before = pieces.len();
        pieces.extend(folded.match_indices(symbol).map(|(at, found)| at..at + found.len()));
        if pieces.len() == before {
            return None;
        }
    }
    Some(pieces)
}

/// Each place of each of the words; `None` if one has none.
fn pieces_of_words(matchers: &[Matcher<'_>], folded: &str) -> Option<Vec<Range<usize>>> {
    let mut pieces = Vec::new();
    for matcher in matchers {
        pieces.extend(Some(pieces_of_word(matcher, folded)).filter(|pieces| !pieces.is_empty())?);
    }
    Some(pieces)
}

/// The places of one word, by the least typos that find any.
fn pieces_of_word(matcher: &Matcher<'_>, folded: &str) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    for word in word_ranges(folded) {
        let literals = matcher.literals(&folded[word.clone()]);
        literals.for_each(|found| push_merged(&mut pieces, word.start + found.start..word.start + found.end));
    }
    for edits in 1..=matcher.edits_max() {
        if !pieces.is_empty() {
            break;
        }
        for word in word_ranges(folded) {
            let slips = matcher.slips(&folded[word.clone()], edits);
            pieces.extend(slips.map(|slip| word.start + slip.piece.start..word.start + slip.end));
        }
    }
    pieces
}

/// Appends a range, or makes the last one longer where nothing is between them. Ranges come ordered by their starts.
fn push_merged(ranges: &mut Vec<Range<usize>>, range: Range<usize>) {
    match ranges.last_mut() {
        Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
        _ => ranges.push(range),
    }
}

/// The ranges, each as much longer as it takes not to cut what is seen as one character: a letter with its marks, a
/// syllable, a flag, joined emoji. Costs a walk over the text.
fn widened(ranges: &[Range<usize>], text: &str) -> Vec<Range<usize>> {
    let mut wide = Vec::with_capacity(ranges.len());
    let mut left = ranges.iter().peekable();
    for (start, seen) in text.grapheme_indices(true) {
        let end = start + seen.len();
        // Those that end here or before have no part in what follows.
        while left.next_if(|range| range.end <= start).is_some() {}
        match left.peek() {
            None => break,
            Some(range) if range.start < end => push_merged(&mut wide, start..end),
            Some(_) => {}
        }
    }
    wide
}

#[cfg(test)]
mod tests;
