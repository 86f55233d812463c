//! Finds the words that may match a keyword's word with typos, by the grams that the typos must leave intact.
//!
//! A typo that inserts, deletes or substitutes a character changes at most three consecutive grams. Two grams of the
//! keyword's word that are three places apart are therefore never changed by the same typo. Choose one more such gram than
//! there are typos: every match has one of them, so only the words of these grams need to be compared:
//!
//! ```text
//! natoinal   nat ato toi oin ina nal        one typo, two grams that are three apart: toi and nal
//!                    ^^^         ^^^        every match has toi or nal
//! ```
//!
//! A typo in the first letter is no exception: it changes the first gram, or no gram at all.
//!
//! A swap of neighbours changes four consecutive grams. It can change two chosen grams only if they are exactly three
//! apart, and only at one place of the word. The search makes this swap itself, and looks for the swapped word with one
//! typo less.
//!
//! If the grams are frequent or the word is short, this search gives up: a walk over the trie costs less.
//!
//! Source: G. Navarro and R. Baeza-Yates, "A Practical q-Gram Index for Text Retrieval Allowing Errors" (1998), for the
//! partition. The treatment of swaps is our own.

use crate::index::words::grams::{GramSearch, GramWords};
use crate::index::words::word_id::WordId;
use crate::plan::cost::SWAP_WORDS;
use crate::text::typos::{EDITS_MAX, WORD_CHARS_MAX};

/// The least distance of two chosen grams. At this distance only a swap can change both.
const GRAM_DISTANCE_MIN: usize = 3;

/// Grams of the longest word that may have a typo.
const GRAMS_MAX: usize = WORD_CHARS_MAX - 2;

/// The most grams that are chosen: one more than there are typos.
const CHOSEN_MAX: usize = EDITS_MAX as usize + 1;

/// The words that may match `word` with up to `edits_max` typos, in any order, some more than once. `None` if they are
/// more than `words_max`, or if the word is too short or too long for so many typos.
///
/// Costs **O(m + w)** for a word of m characters and w words returned.
pub(super) fn candidates(grams: GramSearch<'_>, word: &str, edits_max: u8, words_max: usize) -> Option<Vec<WordId>> {
    let (mut chars, mut len) = (['\0'; WORD_CHARS_MAX], 0);
    for c in word.chars() {
        *chars.get_mut(len)? = c;
        len += 1;
    }
    let mut search = TypoGramSearch { grams, words_max, found: Vec::new() };
    search.collect(&mut chars[..len], edits_max.into()).then_some(search.found)
}

// Invariants:
//   found.len() <= words_max
struct TypoGramSearch<'g> {
    grams: GramSearch<'g>,
    words_max: usize,
    found: Vec<WordId>,
}

impl TypoGramSearch<'_> {
    /// Adds the words that may match `chars` with up to `edits_max` typos. False if they are too many, or if `chars` are
    /// too few. Swaps characters of `chars` on the way, and swaps them back.
    fn collect(&mut self, chars: &mut [char], edits_max: usize) -> bool {
        let (mut lists, mut lens) = ([None; GRAMS_MAX], [0; GRAMS_MAX]);
        let grams_len = chars.len().saturating_sub(2);
        for ((list, len), gram) in lists.iter_mut().zip(&mut lens).zip(chars.windows(3)) {
            *list = self.grams.words([gram[0], gram[1], gram[2]]);
            *len = list.map_or(0, GramWords::len);
        }
        let Some(chosen) = cheapest(&lens[..grams_len], edits_max + 1) else { return false };
        let chosen = &chosen[..=edits_max];
        let words_len: usize = chosen.iter().map(|&at| lens[at]).sum();
        if self.found.len() + words_len > self.words_max {
            return false;
        }
        for words in chosen.iter().filter_map(|&at| lists[at]) {
            words.for_each(|word| self.found.push(word));
        }
        debug_assert!(self.found.len() <= self.words_max, "found.len() <= words_max");
        let mut adjacent = chosen.windows(2).filter(|pair| pair[1] - pair[0] == GRAM_DISTANCE_MIN);
        adjacent.all(|pair| self.collect_swapped(chars, pair[1], edits_max))
    }

    /// Adds the words that may match with a swap of the two characters around the start of the gram at `second`: this
    /// swap changes that gram and the one three places before it. False as in [`collect`](Self::collect).
    fn collect_swapped(&mut self, chars: &mut [char], second: usize, edits_max: usize) -> bool {
        if chars[second - 1] == chars[second] {
            return true;
        }
        chars.swap(second - 1, second);
        let is_collected = self.collect(chars, edits_max - 1);
        chars.swap(second - 1, second);
        is_collected
    }
}

/// Chooses `count` grams that are [`GRAM_DISTANCE_MIN`] apart or more and cost least, where gram i has `lens[i]` words.
/// Returns their places in the first `count` elements, ascending. `None` if the word has too few grams.
fn cheapest(lens: &[usize], count: usize) -> Option<[usize; CHOSEN_MAX]> {
    debug_assert!((1..=CHOSEN_MAX).contains(&count) && lens.len() <= GRAMS_MAX);
    // layers[i][at] is the cheapest choice of i + 1 grams whose last one is at `at`: its cost, and the gram before the last.
    let mut layers: [[Option<(usize, usize)>; GRAMS_MAX]; CHOSEN_MAX] = [[None; GRAMS_MAX]; CHOSEN_MAX];
    layers[0].iter_mut().zip(lens).for_each(|(choice, &len)| *choice = Some((len, 0)));
    for layer in 1..count {
        let (before, after) = layers.split_at_mut(layer);
        let cost = |at: usize, extra: usize| before[layer - 1][at].map(|(cost, _)| (cost + extra, at));
        // Invariant of the loop: `farther` is the cheapest choice before that needs no swap.
        let mut farther = None;
        for (at, len) in lens.iter().enumerate().skip(GRAM_DISTANCE_MIN) {
            let nearest = cost(at - GRAM_DISTANCE_MIN, SWAP_WORDS);
            let next_farther = at.checked_sub(GRAM_DISTANCE_MIN + 1).and_then(|before| cost(before, 0));
            farther = [farther, next_farther].into_iter().flatten().min();
            let cheapest = [nearest, farther].into_iter().flatten().min();
            after[0][at] = cheapest.map(|(cost, before)| (cost + len, before));
        }
    }
    let last_layer = layers[count - 1].iter().take(lens.len());
    let (_, mut at) = last_layer.enumerate().filter_map(|(at, choice)| Some(((*choice)?.0, at))).min()?;
    let mut chosen = [0; CHOSEN_MAX];
    for layer in (0..count).rev() {
        chosen[layer] = at;
        at = layers[layer][at]?.1;
    }
    Some(chosen)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use strsim::osa_distance;

    use super::*;
    use crate::index::words::grams::indexed;

    /// The cheapest choice, by trying all.
    fn cheapest_slowly(lens: &[usize], count: usize) -> Option<usize> {
        fn least(lens: &[usize], from: usize, before: Option<usize>, count: usize) -> Option<usize> {
            if count == 0 {
                return Some(0);
            }
            let choices = (from..lens.len()).filter_map(|at| {
                let swap = if before.is_some_and(|before| at - before == GRAM_DISTANCE_MIN) { SWAP_WORDS } else { 0 };
                Some(lens[at] + swap + least(lens, at + GRAM_DISTANCE_MIN, Some(at), count - 1)?)
            });
            choices.min()
        }
        least(lens, 0, None, count)
    }

    fn cost(lens: &[usize], chosen: &[usize]) -> usize {
        let swaps = chosen.windows(2).filter(|pair| pair[1] - pair[0] == GRAM_DISTANCE_MIN).count();
        chosen.iter().map(|&at| lens[at]).sum::<usize>() + swaps * SWAP_WORDS
    }

    proptest! {
        #[test]
        fn the_cheapest_grams_are_chosen(lens in prop::collection::vec(0_usize..60, 0..14), count in 1_usize..=3) {
            let chosen = cheapest(&lens, count).map(|chosen| chosen[..count].to_vec());
            prop_assert_eq!(chosen.as_ref().map(|chosen| cost(&lens, chosen)), cheapest_slowly(&lens, count));
            if let Some(chosen) = chosen {
                prop_assert_eq!(chosen.len(), count);
                prop_assert!(chosen.windows(2).all(|pair| pair[1] - pair[0] >= GRAM_DISTANCE_MIN), "{:?}", chosen);
            }
        }

        /// Few letters, so that the words often differ by one or two typos.
        #[test]
        fn no_match_is_left_out(words in prop::collection::btree_set("[abc]{3,12}", 1..60), typed in "[abc]{5,12}") {
            let all: Vec<String> = words.into_iter().collect();
            let indexed = indexed(all.iter().map(String::as_str));
            for edits in 1..=2 {
                let Some(found) = candidates(indexed.search(), &typed, edits, usize::MAX) else {
                    prop_assert!(typed.len() < usize::from(edits + 1) * GRAM_DISTANCE_MIN, "long enough for {} typos", edits);
                    continue;
                };
                for (index, word) in all.iter().enumerate() {
                    let mut beginnings = (1..=word.len()).map(|end| &word[..end]);
                    if beginnings.any(|text| osa_distance(text, &typed) <= edits.into()) {
                        prop_assert!(found.contains(&WordId::from_index(index)), "{} for {} with {}", word, typed, edits);
                    }
                }
            }
        }
    }

    #[test]
    fn too_many_words_are_left_to_the_trie() {
        let words: Vec<String> = (0..100).map(|index| format!("national{}", index * 7)).collect();
        let indexed = indexed(words.iter().map(String::as_str));
        assert_eq!(
            candidates(indexed.search(), "natoinal", 1, 200).map(|words| words.len()),
            Some(100),
            "toi is in no word, nal in all"
        );
        assert_eq!(candidates(indexed.search(), "natoinal", 1, 99), None);
    }
    /// Of three grams three apart, each swap of the characters around the second or the third one is searched for. The
    /// first search leaves the characters as they were.
    #[test]
    fn each_swap_between_grams_is_searched_for() {
        for word in ["xbcdegfhi", "abdcefxhi", "abdcegfhi"] {
            let indexed = indexed([word]);
            assert_eq!(osa_distance("abcdefghi", word), 2);
            assert_eq!(
                candidates(indexed.search(), "abcdefghi", 2, 9).map(|found| found.is_empty()),
                Some(false),
                "{word}"
            );
        }
    }
}
