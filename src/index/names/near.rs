//! Which words can have a keyword's word in them but for some typos, by the grams that the typos must leave whole.
//!
//! A typo that puts in, leaves out or takes for another breaks at most three grams in a row. So of grams three apart, one
//! more than there are typos, a match has one at least, and the words that have one are all that need be looked at:
//!
//! ```text
//! natoinal   nat ato toi oin ina nal        one typo: any two of them that are three apart, toi and nal say
//!                    ^^^         ^^^        every match has toi or nal
//! ```
//!
//! A swap of neighbours breaks four, thus two grams exactly three apart, in one place only: what it makes of the word is
//! known, and is looked for as a word of one typo less. Where the grams are frequent or the word is short, walking the trie
//! costs less.
//!
//! Source: G. Navarro and R. Baeza-Yates, "A Practical q-Gram Index for Text Retrieval Allowing Errors" (1998), for the
//! partition; the swaps are our own.

use super::distance::EDITS_MAX;
use super::grams::Grams;
use super::word_id::WordId;

/// Grams at this distance or more are never broken by one typo, but for a swap.
const APART: usize = 3;

/// What a swap that has to be looked for costs, in words that could be looked at instead.
const SWAP_WORDS: usize = 16;

/// The words to look at, in any order, some more than once; `None` if they are more than `words_max`, or the word is too
/// short for its typos.
///
/// Costs **O(m + words)** for a word of m characters.
pub(super) fn candidates(grams: &Grams, word: &str, edits_max: u8, words_max: usize) -> Option<Vec<WordId>> {
    let chars: Vec<char> = word.chars().collect();
    let mut search = Search { grams, words_max, found: Vec::new() };
    search.collect(&chars, edits_max.into()).then_some(search.found)
}

struct Search<'g> {
    grams: &'g Grams,
    words_max: usize,
    found: Vec<WordId>,
}

impl Search<'_> {
    /// Adds all words that may have `chars` in them but for so many typos; false if they are too many.
    fn collect(&mut self, chars: &[char], edits_max: usize) -> bool {
        let lens: Vec<usize> = chars.windows(3).map(|gram| self.grams.words_len(gram)).collect();
        let Some(chosen) = cheapest(&lens, edits_max + 1) else { return false };
        let words_len: usize = chosen.iter().map(|&at| lens[at]).sum();
        if self.found.len() + words_len > self.words_max {
            return false;
        }
        for &at in &chosen {
            self.grams.for_each_word(&chars[at..at + 3], |word| self.found.push(word));
        }
        chosen.windows(2).filter(|pair| pair[1] - pair[0] == APART).all(|pair| {
            let second = pair[1];
            let mut swapped = chars.to_vec();
            swapped.swap(second - 1, second);
            swapped == chars || self.collect(&swapped, edits_max - 1)
        })
    }
}

/// Of grams with these many words, `count` that are [`APART`] and have the fewest words, ascending; `None` if there are
/// not so many.
fn cheapest(lens: &[usize], count: usize) -> Option<Vec<usize>> {
    debug_assert!((1..=usize::from(EDITS_MAX) + 1).contains(&count));
    // The cheapest choice of 1, 2, … grams of which the last is at each place: what it costs, and the gram before.
    let mut layers: Vec<Vec<Option<(usize, usize)>>> = vec![lens.iter().map(|&len| Some((len, 0))).collect()];
    for _ in 1..count {
        let previous = layers.last()?;
        let cost = |at: usize, extra: usize| previous[at].map(|(cost, _)| (cost + extra, at));
        let mut farther = None;
        let layer = lens.iter().enumerate().map(|(at, len)| {
            let nearest = at.checked_sub(APART).and_then(|before| cost(before, SWAP_WORDS));
            farther =
                [farther, at.checked_sub(APART + 1).and_then(|before| cost(before, 0))].into_iter().flatten().min();
            let (before_cost, before) = [nearest, farther].into_iter().flatten().min()?;
            Some((before_cost + len, before))
        });
        let layer = layer.collect();
        layers.push(layer);
    }
    let last_layer = layers.last()?;
    let (_, mut at) = last_layer.iter().enumerate().filter_map(|(at, choice)| Some(((*choice)?.0, at))).min()?;
    let mut chosen = Vec::with_capacity(count);
    for layer in layers.iter().rev() {
        chosen.push(at);
        at = layer[at]?.1;
    }
    chosen.reverse();
    Some(chosen)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use strsim::osa_distance;

    use super::*;

    /// The cheapest choice, by trying all.
    fn cheapest_slowly(lens: &[usize], count: usize) -> Option<usize> {
        fn least(lens: &[usize], from: usize, before: Option<usize>, count: usize) -> Option<usize> {
            if count == 0 {
                return Some(0);
            }
            let choices = (from..lens.len()).filter_map(|at| {
                let swap = if before.is_some_and(|before| at - before == APART) { SWAP_WORDS } else { 0 };
                Some(lens[at] + swap + least(lens, at + APART, Some(at), count - 1)?)
            });
            choices.min()
        }
        least(lens, 0, None, count)
    }

    fn cost(lens: &[usize], chosen: &[usize]) -> usize {
        let swaps = chosen.windows(2).filter(|pair| pair[1] - pair[0] == APART).count();
        chosen.iter().map(|&at| lens[at]).sum::<usize>() + swaps * SWAP_WORDS
    }

    proptest! {
        #[test]
        fn the_cheapest_grams_are_chosen(lens in prop::collection::vec(0_usize..60, 0..14), count in 1_usize..=3) {
            let chosen = cheapest(&lens, count);
            prop_assert_eq!(chosen.as_ref().map(|chosen| cost(&lens, chosen)), cheapest_slowly(&lens, count));
            if let Some(chosen) = chosen {
                prop_assert_eq!(chosen.len(), count);
                prop_assert!(chosen.windows(2).all(|pair| pair[1] - pair[0] >= APART), "{:?}", chosen);
            }
        }

        /// Few letters, so that words are often near each other.
        #[test]
        fn no_near_word_is_left_out(words in prop::collection::btree_set("[abc]{3,12}", 1..60), typed in "[abc]{5,12}") {
            let mut grams = Grams::default();
            let all: Vec<String> = words.into_iter().collect();
            for (index, word) in all.iter().enumerate() {
                grams.insert(word, WordId::from_index(index));
            }
            for edits in 1..=2 {
                let Some(found) = candidates(&grams, &typed, edits, usize::MAX) else {
                    prop_assert!(typed.len() < usize::from(edits + 1) * APART, "long enough for {} typos", edits);
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
        let mut grams = Grams::default();
        for index in 0..100 {
            grams.insert(&format!("national{}", index * 7), WordId::from_index(index));
        }
        assert_eq!(
            candidates(&grams, "natoinal", 1, 200).map(|words| words.len()),
            Some(100),
            "toi is nowhere, nal in all"
        );
        assert_eq!(candidates(&grams, "natoinal", 1, 99), None);
    }
}
