//! Finds the words that stand in for the words of a keyword with typos, by walking all names.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use strsim::osa_distance;

use super::keyword::{
    FoldedKeyword, FoldedName, KeywordWord, Level, NameWord, has_meaningful_symbols, is_joined, is_literal, is_typo,
    is_whole, level,
};

/// The corrections of each word of the keyword that no matching name has without typos: its folded text, and the texts
/// that stand in for it, best first.
pub fn corrections(names: &[FoldedName], keyword: &FoldedKeyword, answered: Level, widest: Level) -> Vec<Correction> {
    let matching: Vec<&FoldedName> =
        names.iter().filter(|name| level(name, keyword).is_some_and(|level| level <= widest)).collect();
    let has_symbols: Vec<&FoldedName> =
        matching.iter().copied().filter(|name| has_meaningful_symbols(name, keyword)).collect();
    let matching = if has_symbols.is_empty() { matching } else { has_symbols };
    let words = &keyword.words;
    // A name that has all words written as one has each of them as typed.
    if matching.iter().any(|name| is_whole(name, keyword)) {
        return Vec::new();
    }
    let mut corrections: Vec<Correction> = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let same: Vec<usize> = (0..words.len()).filter(|&other| words[other].text == word.text).collect();
        let is_middle = same.iter().any(|&place| place > 0 && place + 1 < words.len());
        let is_first = words.len() == 1 || (!is_middle && index == 0 && same.len() == 1);
        let is_last = !is_middle && index + 1 == words.len();
        // A word that occurs twice counts at its place in the middle, or else at the last place.
        let counts = if is_middle { index > 0 && index + 1 < words.len() } else { is_last || same.len() == 1 };
        let is_told = corrections.iter().any(|told| told.0 == word.text);
        if counts && !is_told {
            let finds = stand_ins(names, &matching, word, (is_first, is_last), answered as usize);
            corrections.extend(finds.map(|texts| (word.text.clone(), texts)));
        }
    }
    corrections
}

/// A folded word of the keyword and the texts that stand in for it.
pub type Correction = (String, Vec<String>);

fn stand_ins(
    names: &[FoldedName],
    matching: &[&FoldedName],
    word: &KeywordWord,
    (is_first, is_last): (bool, bool),
    edits_max: usize,
) -> Option<Vec<String>> {
    let edits_max = edits_max.min(word.budget);
    let is_as_typed = |name_word: &NameWord| is_literal(name_word, word, is_first, is_last);
    let has_as_typed = |name: &&FoldedName| name.words.iter().any(is_as_typed) || is_joined(name, &word.text);
    if edits_max == 0 || matching.iter().any(has_as_typed) {
        return None;
    }
    // Each distinct word of the store that matches with typos, with the piece that matches.
    let mut pieces: BTreeMap<&str, String> = BTreeMap::new();
    for name_word in names.iter().flat_map(|name| &name.words).filter(|name_word| !is_as_typed(name_word)) {
        let slips = name_word.pieces().filter(|piece| {
            let piece = NameWord::new(piece.iter().collect());
            !piece.has_numeric && is_typo(&piece.without_runs(), word, is_last, edits_max)
        });
        if let Some(piece) = slips.min_by_key(|piece| piece.len().abs_diff(word.chars.len())) {
            pieces.insert(&name_word.text, piece.iter().collect());
        }
    }
    let in_matching: BTreeSet<&str> =
        matching.iter().flat_map(|name| &name.words).map(|name_word| name_word.text.as_str()).collect();
    let mut jobs: BTreeMap<&str, usize> = BTreeMap::new();
    for (text, piece) in &pieces {
        let has = |name: &&FoldedName| name.words.iter().any(|name_word| name_word.text == *text);
        *jobs.entry(piece).or_default() += names.iter().filter(has).count();
    }
    jobs.retain(|&text, _| pieces.iter().any(|(whole, piece)| piece == text && in_matching.contains(whole)));
    let mut best: Vec<(&str, usize)> = jobs.into_iter().collect();
    best.sort_by(|(a, a_jobs), (b, b_jobs)| {
        let by_similarity = similarity(b, &word.text).total_cmp(&similarity(a, &word.text));
        by_similarity.then((Reverse(a_jobs), a).cmp(&(Reverse(b_jobs), b)))
    });
    best.truncate(5);
    (!best.is_empty()).then(|| best.into_iter().map(|(text, _)| text.to_owned()).collect())
}

/// The similarity: one minus the edits per character of the longer text.
#[allow(clippy::cast_precision_loss, reason = "lengths of words are small")]
fn similarity(a: &str, b: &str) -> f64 {
    1.0 - osa_distance(a, b) as f64 / a.chars().count().max(b.chars().count()) as f64
}
