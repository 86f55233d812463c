//! Marks the pieces of a name that a keyword matches, as ranges of the original name, for a console to highlight.
//!
//! Marking is a pure function of name, keyword and match level. A name has marks exactly if it matches. Each word of the
//! keyword is marked at the closest level at which it matches this name, at all places where it matches:
//!
//! ```text
//! keyword  "tv nwes"    name  SkyTV: News on TV
//! marks                          ^^  ^^^^    ^^      tv literally, at an end and at a beginning; nwes with a typo
//! ```

use std::ops::Range;

use smol_str::SmolStr;
use unicode_segmentation::UnicodeSegmentation;

use crate::query::MatchLevel;
use crate::text::{
    keyword::{Keyword, KeywordWord},
    matcher::Matcher,
    traced::TracedFold,
    words::{symbol_ranges, word_ranges},
};

/// A keyword, ready to mark names.
pub(crate) struct Marker<'k> {
    wanted: Wanted<'k>,
}

/// The condition that a name must meet.
enum Wanted<'k> {
    Nothing,
    Symbols(&'k [SmolStr]),
    Words(Vec<Matcher<'k>>),
}

impl<'k> Marker<'k> {
    /// Marks names that match a keyword at this level or at a closer one.
    ///
    /// Costs **O(m)** for a keyword of m characters, 2 KB for each word that may have typos.
    pub(crate) fn new(keyword: &'k Keyword, level: MatchLevel) -> Self {
        let matchers = |words: &'k [KeywordWord]| words.iter().map(|word| Matcher::new(word, level)).collect();
        let wanted = match keyword {
            Keyword::Blank | Keyword::Unmatchable => Wanted::Nothing,
            Keyword::Symbols(symbols) => Wanted::Symbols(symbols),
            Keyword::Words(phrase) => Wanted::Words(matchers(&phrase.words)),
        };
        Self { wanted }
    }

    /// The marks of a name: ranges of bytes that are not empty, ascend and do not touch. Their ends are boundaries of grapheme
    /// clusters, which readers see as one character. There are no marks if the name does not match.
    ///
    /// Costs **O(nm)** at most, for a name and a keyword of n and m characters.
    pub(crate) fn marks(&self, name: &str) -> Vec<Range<usize>> {
        let traced = TracedFold::new(name);
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

/// All occurrences of all symbols; `None` if one symbol does not occur.
fn pieces_of_symbols(symbols: &[SmolStr], folded: &str) -> Option<Vec<Range<usize>>> {
    let mut pieces = Vec::new();
    for symbol in symbols {
        let before = pieces.len();
        pieces.extend(symbol_ranges(folded).filter(|range| folded[range.clone()] == **symbol));
        if pieces.len() == before {
            return None;
        }
    }
    Some(pieces)
}

/// All matches of all words; `None` if one word does not match.
fn pieces_of_words(matchers: &[Matcher<'_>], folded: &str) -> Option<Vec<Range<usize>>> {
    let mut pieces = Vec::new();
    for matcher in matchers {
        pieces.extend(Some(pieces_of_word(matcher, folded)).filter(|pieces| !pieces.is_empty())?);
    }
    Some(pieces)
}

/// The matches of one word, with the least number of typos that gives any.
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
            let typo_matches = matcher.typo_matches(&folded[word.clone()], edits);
            pieces.extend(typo_matches.map(|found| word.start + found.piece.start..word.start + found.end));
        }
    }
    pieces
}

/// Appends a range, or extends the last range if the two overlap or touch. Ranges come ordered by their starts.
fn push_merged(ranges: &mut Vec<Range<usize>>, range: Range<usize>) {
    match ranges.last_mut() {
        Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
        _ => ranges.push(range),
    }
}

/// The ranges, extended to whole grapheme clusters: a letter with its marks, a syllable, a flag, joined emoji.
///
/// Costs a walk over the text.
fn widened(ranges: &[Range<usize>], text: &str) -> Vec<Range<usize>> {
    let mut wide = Vec::with_capacity(ranges.len());
    let mut left = ranges.iter().peekable();
    for (start, seen) in text.grapheme_indices(true) {
        let end = start + seen.len();
        // Skip the ranges that end before this cluster.
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
pub(crate) mod tests;
