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
    joined::{JOINED_WORDS_MAX, is_cut_short, joined_len},
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
        let matchers = |words| distinct(words).into_iter().map(|word| Matcher::new(word, level)).collect();
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
        let pieces = match &self.wanted {
            Wanted::Nothing => None,
            Wanted::Symbols(symbols) => pieces_of_symbols(symbols, traced.folded()),
            Wanted::Words(matchers, as_one) => NameWords::new(traced.folded()).pieces_of_phrase(matchers, *as_one),
        }
        .unwrap_or_default();
        let merged = merged(pieces, traced.folded().len());
        let mut marks = Vec::new();
        traced.origins(merged).for_each(|origin| push_merged(&mut marks, origin));
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

/// The words without repeats. A repeated word marks nothing new.
fn distinct(words: &[KeywordWord]) -> Vec<&KeywordWord> {
    let mut distinct: Vec<&KeywordWord> = Vec::with_capacity(words.len());
    for word in words {
        if !distinct.contains(&word) {
            distinct.push(word);
        }
    }
    distinct
}

/// The words of a folded name, found once for all words of a keyword.
struct NameWords<'n> {
    folded: &'n str,
    ranges: Vec<Range<usize>>,
}

impl<'n> NameWords<'n> {
    fn new(folded: &'n str) -> Self {
        Self { folded, ranges: word_ranges(folded).collect() }
    }

    /// The texts of the words, each with the byte where it begins.
    fn texts(&self) -> impl Iterator<Item = (usize, &'n str)> {
        self.ranges.iter().map(|range| (range.start, &self.folded[range.clone()]))
    }

    /// All matches of all words, and of the words written as one; `None` if neither match.
    ///
    /// A name that has the words written as one matches literally. So the words that it has nowhere else as typed are not
    /// marked with typos.
    fn pieces_of_phrase(&self, matchers: &[Matcher<'_>], as_one: Option<&AsOne>) -> Option<Vec<Range<usize>>> {
        let mut pieces = as_one.map(|as_one| self.pieces_of_one(&as_one.text)).unwrap_or_default();
        if pieces.is_empty() {
            return self.pieces_of_words(matchers);
        }
        for matcher in matchers {
            pieces.extend(self.literal_pieces(matcher));
        }
        Some(pieces)
    }

    /// The matches of several words, written as one: beginnings of words, and words that are joined.
    fn pieces_of_one(&self, text: &str) -> Vec<Range<usize>> {
        let cut_short = self.texts().filter(|(_, word)| is_cut_short(word, text));
        let mut pieces: Vec<_> = cut_short.map(|(at, _)| at..at + text.len()).collect();
        pieces.extend(self.joined_pieces(text));
        pieces
    }

    /// The words of the name, one by one, that a text joins. Of the last word, only the part that was typed.
    fn joined_pieces(&self, text: &str) -> impl Iterator<Item = Range<usize>> {
        // The bytes of each word that are joined. Neighbours join many times in `a a a a a`, and each word is told of once.
        let mut joined = vec![0; self.ranges.len()];
        let first = text.as_bytes().first();
        for from in 0..self.ranges.len() {
            let words = &self.ranges[from..];
            let bytes: usize = words.iter().take(JOINED_WORDS_MAX).map(Range::len).sum();
            let may_join = words[0].len() < text.len() && text.len() <= bytes;
            if !may_join || self.folded.as_bytes().get(words[0].start) != first {
                continue;
            }
            let neighbours = words.iter().map(|word| &self.folded[word.clone()]);
            let Some(len) = joined_len(neighbours, text) else { continue };
            let mut left = text.len();
            for (bytes, word) in joined[from..].iter_mut().zip(&words[..len]) {
                *bytes = (*bytes).max(left.min(word.len()));
                left = left.saturating_sub(word.len());
            }
        }
        let words = self.ranges.iter().zip(joined).filter(|&(_, bytes)| bytes > 0);
        words.map(|(word, bytes)| word.start..word.start + bytes)
    }

    /// All matches of all words; `None` if one word does not match.
    fn pieces_of_words(&self, matchers: &[Matcher<'_>]) -> Option<Vec<Range<usize>>> {
        let mut pieces = Vec::new();
        for matcher in matchers {
            pieces.extend(Some(self.pieces_of_word(matcher)).filter(|pieces| !pieces.is_empty())?);
        }
        Some(pieces)
    }

    /// The matches of one word, with the least number of typos that gives any.
    fn pieces_of_word(&self, matcher: &Matcher<'_>) -> Vec<Range<usize>> {
        let mut pieces = self.literal_pieces(matcher);
        for edits in 1..=matcher.edits_max() {
            if !pieces.is_empty() {
                break;
            }
            for (at, word) in self.texts() {
                let typo_matches = matcher.typo_matches(word, edits);
                pieces.extend(typo_matches.map(|found| at + found.piece.start..at + found.end));
            }
        }
        pieces
    }

    /// The matches of one word without typos.
    fn literal_pieces(&self, matcher: &Matcher<'_>) -> Vec<Range<usize>> {
        let mut pieces = Vec::new();
        for (at, word) in self.texts() {
            matcher.literals(word).for_each(|found| push_merged(&mut pieces, at + found.start..at + found.end));
        }
        pieces.extend(self.joined_pieces(&matcher.word().text));
        pieces
    }
}

/// Ranges in any order, put together where they overlap or touch, and ascending. No range ends behind `len`.
///
/// Costs a pass over the bytes of all ranges and over `len` bytes. A name has hundreds of ranges at most, and some thousand bytes.
fn merged(ranges: Vec<Range<usize>>, len: usize) -> impl Iterator<Item = Range<usize>> {
    let mut is_covered = vec![false; len];
    for range in ranges {
        is_covered[range].fill(true);
    }
    let mut from = 0;
    std::iter::from_fn(move || {
        let start = from + is_covered[from..].iter().position(|&is_covered| is_covered)?;
        let end = is_covered[start..].iter().position(|&is_covered| !is_covered).map_or(len, |at| start + at);
        from = end;
        Some(start..end)
    })
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
