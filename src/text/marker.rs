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
    joined::{is_cut_short, joined_len},
    keyword::{AsOne, Keyword, KeywordWord},
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
    Words(Vec<Matcher<'k>>, Option<&'k AsOne>),
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
            Keyword::Words(phrase) => Wanted::Words(matchers(&phrase.words), phrase.as_one.as_ref()),
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
            Wanted::Words(matchers, as_one) => pieces_of_phrase(matchers, *as_one, traced.folded()),
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

/// All matches of all words, and of the words written as one; `None` if neither match.
///
/// A name that has the words written as one matches literally. So the words that it has nowhere else as typed are not marked
/// with typos.
fn pieces_of_phrase(matchers: &[Matcher<'_>], as_one: Option<&AsOne>, folded: &str) -> Option<Vec<Range<usize>>> {
    let mut pieces = as_one.map(|as_one| pieces_of_one(&as_one.text, folded)).unwrap_or_default();
    if pieces.is_empty() {
        return pieces_of_words(matchers, folded);
    }
    for matcher in matchers {
        pieces.extend(literal_pieces(matcher, folded));
    }
    Some(pieces)
}

/// The matches of several words, written as one: beginnings of words, and words that are joined.
fn pieces_of_one(text: &str, folded: &str) -> Vec<Range<usize>> {
    let cut_short = word_ranges(folded).filter(|word| is_cut_short(&folded[word.clone()], text));
    let mut pieces: Vec<_> = cut_short.map(|word| word.start..word.start + text.len()).collect();
    pieces.extend(joined_pieces(text, folded));
    pieces
}

/// The words of a folded name, one by one, that a text joins. Of the last word, only the part that was typed.
fn joined_pieces(text: &str, folded: &str) -> Vec<Range<usize>> {
    let words: Vec<Range<usize>> = word_ranges(folded).collect();
    let mut pieces = Vec::new();
    for from in 0..words.len() {
        let neighbours = words[from..].iter().map(|word| &folded[word.clone()]);
        let Some(len) = joined_len(neighbours, text) else { continue };
        let (last, before) = words[from..from + len].split_last().expect("words that are joined are two at least");
        let typed: usize = text.len() - before.iter().map(Range::len).sum::<usize>();
        pieces.extend(before.iter().cloned());
        pieces.push(last.start..last.start + typed);
    }
    pieces
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
    let mut pieces = literal_pieces(matcher, folded);
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

/// The matches of one word without typos.
fn literal_pieces(matcher: &Matcher<'_>, folded: &str) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    for word in word_ranges(folded) {
        let literals = matcher.literals(&folded[word.clone()]);
        literals.for_each(|found| push_merged(&mut pieces, word.start + found.start..word.start + found.end));
    }
    pieces.extend(joined_pieces(&matcher.word().text, folded));
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
