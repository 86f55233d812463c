//! Corrections: which words of the store stood in for the words of a keyword with typos.
//!
//! Corrections tell how the rung that answered was found; they decide no match. Like the rung, they follow from the keyword and
//! the names in the store alone. So they are the same on every page and under every filter.
//!
//! ```text
//! keyword  natoinal geograpic
//! alternatives            national nationale national24 …  × geographic geographics …     what the ladder looked up
//! in a matching name      national           national24    × geographic
//! shown, best first       national                         × geographic                   24 is no part of the typo
//! ```

use std::cmp::{Ordering, Reverse};
use std::sync::Arc;

use serde::Serialize;
use strsim::osa_distance;

use super::lookup::{FoundRows, ResolvedKeyword, WordMatches};
use crate::cache::keywords::CachedRows;
use crate::index::words::WordIndex;
use crate::index::words::word_id::WordId;
use crate::limits::CORRECTION_WORDS_MAX;
use crate::query::MatchLevel;
use crate::text::keyword::{Keyword, KeywordWord, Phrase};
use crate::text::matcher::Matcher;
use crate::text::traced::TracedFold;
use crate::text::words::word_ranges;

/// Stand-ins of one word that are considered: the ones that most jobs have, at half a microsecond each. A typo of a usual
/// length has a few stand-ins. Only an unfinished word of four or five characters has more, and then all sorts of them.
const CONSIDERED_MAX: usize = 32;

/// A word of the keyword that no matching name has as typed, and the words of the store that stood in for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Correction {
    /// The word as it stands in the keyword, in its own case and accents.
    pub typed: String,
    /// The words that names have in its place, folded (lower case, no accents), the best first; at least one, at most
    /// [`CORRECTION_WORDS_MAX`]. If only a piece of a longer word is the typo, as in `national24`, the piece is listed.
    ///
    /// The best word is the most similar one: the one with the fewest edits ([`strsim::osa_distance`], the distance that
    /// decides the match) for the length of the longer of the two. Among equally similar words, the one that more jobs have
    /// is better, then the first by code points.
    pub words: Vec<String>,
}

/// The corrections of a keyword that was answered from a rung.
///
/// `words` has the matches of each word on that rung, and `rows` the rows that match all of them, where there are several
/// words. Nothing is computed or allocated unless the rung allows typos.
///
/// Costs **O(a)** for a stand-ins: a look at the length of each one's posting list. The 32 of each word that most jobs have
/// cost half a microsecond each, and with several words at most another walk over their lists.
pub(super) fn corrections(index: &WordIndex, keyword: &ResolvedKeyword<'_>) -> Vec<Correction> {
    let (text, words, rows) = (keyword.text(), keyword.words(), keyword.found_rows());
    let Some(level) = keyword.level().filter(|&level| level > MatchLevel::Literal) else { return Vec::new() };
    let parsed = Keyword::parse(text);
    let Keyword::Words(Phrase { words: parsed, .. }) = &parsed else { return Vec::new() };
    if parsed.len() != words.len() {
        return Vec::new();
    }
    let search = Search { index, level, rows };
    let typed = TracedFold::new(text);
    let corrected = parsed.iter().zip(words).enumerate().filter_map(|(index, (word, alternatives))| {
        // The last of two equal words lets more typos through.
        let comes_again = parsed[index + 1..].iter().any(|later| later.text == word.text);
        let stand_ins = (!comes_again).then(|| search.stand_ins(word, alternatives)).flatten()?;
        let range = word_ranges(typed.folded()).find(|range| typed.folded()[range.clone()] == word.text)?;
        Some(Correction { typed: text[typed.origin(range)].to_owned(), words: stand_ins })
    });
    corrected.collect()
}

/// The index and the rows in which the stand-ins of one keyword are searched for.
struct Search<'a> {
    index: &'a WordIndex,
    level: MatchLevel,
    /// The rows that match; none where every row of an alternative does.
    rows: Option<&'a FoundRows>,
}

/// A text that may stand in for a word, with a word of the dictionary that has it.
#[derive(Clone, Copy)]
struct Candidate<'a> {
    text: &'a str,
    chars_len: usize,
    word: WordId,
    jobs: usize,
}

impl<'a> Search<'a> {
    /// The texts that stood in for a word, the best first; `None` if a matching name has it as typed, or none was seen.
    fn stand_ins(&self, word: &KeywordWord, alternatives: &WordMatches) -> Option<Vec<String>> {
        let matcher = Matcher::new(word, self.level);
        let has_as_typed = |cached: &Arc<CachedRows>| self.rows.is_none_or(|rows| rows.intersects(cached.rows()));
        let is_joined = |rows: &FoundRows| rows.intersects(alternatives.joined());
        let has_joined = !alternatives.joined().is_empty() && self.rows.is_none_or(is_joined);
        if matcher.edits_max() == 0 || has_joined || alternatives.cached_literally().is_some_and(has_as_typed) {
            return None;
        }
        let mut candidates = Vec::new();
        for id in self.most_frequent(alternatives) {
            let text = self.index.text(id);
            if matcher.literals(text).next().is_some() {
                if self.is_matching(id) {
                    return None;
                }
            } else if let Some(candidate) = self.candidate(&matcher, id, text) {
                candidates.push(candidate);
            }
        }
        let best = self.best(&word.text, candidates);
        (!best.is_empty()).then_some(best)
    }

    /// The alternatives that most jobs have, at most as many as are looked at.
    fn most_frequent(&self, alternatives: &WordMatches) -> Vec<WordId> {
        let mut words = alternatives.words().to_vec();
        if words.len() > CONSIDERED_MAX {
            let rank = |&word: &WordId| (Reverse(self.index.rows(word).len()), word);
            words.select_nth_unstable_by_key(CONSIDERED_MAX, rank);
            words.truncate(CONSIDERED_MAX);
        }
        words
    }

    /// Whether a name that matches the whole keyword has the word.
    fn is_matching(&self, word: WordId) -> bool {
        self.rows.is_none_or(|rows| rows.intersects(self.index.rows(word)))
    }

    /// The word, or the run of it, that has the typo: the one nearest in length.
    fn candidate(&self, matcher: &Matcher<'_>, word: WordId, text: &'a str) -> Option<Candidate<'a>> {
        let wanted_len = matcher.word().text.chars().count();
        let pieces = matcher.typo_matches(text, matcher.edits_max()).map(|found| {
            let text = &text[found.piece];
            (text, text.chars().count())
        });
        let (text, chars_len) = pieces.min_by_key(|&(_, chars_len)| chars_len.abs_diff(wanted_len))?;
        Some(Candidate { text, chars_len, word, jobs: self.index.rows(word).len() })
    }

    /// The best of the candidates that a matching name has.
    fn best(&self, typed: &str, mut candidates: Vec<Candidate<'a>>) -> Vec<String> {
        // Equal texts come from different words only if the text is a run of them.
        candidates.sort_unstable_by(|a, b| a.text.cmp(b.text).then(a.word.cmp(&b.word)));
        let typed_len = typed.chars().count();
        let groups = candidates.chunk_by(|a, b| a.text == b.text);
        let mut ranked: Vec<(Rank<'_>, &[Candidate<'_>])> =
            groups.map(|group| (Rank::at_best(typed_len, group), group)).collect();
        ranked.sort_unstable_by_key(|&(rank, _)| rank);
        let mut best: Vec<Rank<'_>> = Vec::with_capacity(CORRECTION_WORDS_MAX + 1);
        for (at_best, group) in ranked {
            // None that follows can be better than it might be at best, and that is no better than the worst of the best so far
            if best.len() == CORRECTION_WORDS_MAX && best.last().is_some_and(|worst| *worst < at_best) {
                break;
            }
            if group.iter().any(|candidate| self.is_matching(candidate.word)) {
                let rank = Rank { edits: osa_distance(typed, at_best.text), ..at_best };
                best.insert(best.partition_point(|other| *other < rank), rank);
                best.truncate(CORRECTION_WORDS_MAX);
            }
        }
        best.into_iter().map(|rank| rank.text.to_owned()).collect()
    }
}

/// How good a stand-in is; the better is the less.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Rank<'a> {
    /// Edits between what was typed and the text.
    edits: usize,
    /// The length of the longer one, in characters.
    chars_len: usize,
    /// How many jobs have it; one that has it in two words counts twice.
    jobs: usize,
    text: &'a str,
}

impl<'a> Rank<'a> {
    /// How good a text can be, by the lengths alone. All candidates of the group have the same text.
    fn at_best(typed_len: usize, group: &[Candidate<'a>]) -> Self {
        let Candidate { text, chars_len, .. } = group[0];
        let edits = typed_len.abs_diff(chars_len).max(1);
        let jobs = group.iter().map(|candidate| candidate.jobs).sum();
        Self { edits, chars_len: chars_len.max(typed_len), jobs, text }
    }
}

impl Ord for Rank<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        // edits / chars_len against the other's, without a fraction.
        let by_similarity = (self.edits * other.chars_len).cmp(&(other.edits * self.chars_len));
        by_similarity.then(other.jobs.cmp(&self.jobs)).then_with(|| self.text.cmp(other.text))
    }
}

impl PartialOrd for Rank<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
