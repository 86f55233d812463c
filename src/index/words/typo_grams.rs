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

use crate::index::words::grams::Grams;
use crate::index::words::word_id::WordId;
use crate::text::typos::{EDITS_MAX, WORD_CHARS_MAX};

/// Grams at this distance or more are never broken by one typo, but for a swap.
const APART: usize = 3;

/// What a swap that has to be looked for costs, in words that could be looked at instead.
const SWAP_WORDS: usize = 16;

/// Grams of the longest word that takes a typo.
const GRAMS_MAX: usize = WORD_CHARS_MAX - 2;

/// Grams of which a match has one: one more than there are typos.
const CHOSEN_MAX: usize = EDITS_MAX as usize + 1;

/// The words to look at, in any order, some more than once; `None` if they are more than `words_max`, or the word is too
/// short or too long for its typos.
///
/// Costs **O(m + words)** for a word of m characters.
pub(super) fn candidates(grams: &Grams, word: &str, edits_max: u8, words_max: usize) -> Option<Vec<WordId>> {
    let (mut chars, mut len) = (['\0'; WORD_CHARS_MAX], 0);
    for c in word.chars() {
        *chars.get_mut(len)? = c;
        len += 1;
    }
    let mut search = Search { grams, words_max, found: Vec::new() };
    search.collect(&mut chars[..len], edits_max.into()).then_some(search.found)
}

struct Search<'g> {
    grams: &'g Grams,
    words_max: usize,
    found: Vec<WordId>,
}

impl Search<'_> {
    /// Adds all words that may have `chars` in them but for so many typos; false if they are too many. The characters are
    /// swapped on the way, and back again.
    fn collect(&mut self, chars: &mut [char], edits_max: usize) -> bool {
        let mut lens = [0; GRAMS_MAX];
        let grams_len = chars.len().saturating_sub(2);
        lens.iter_mut().zip(chars.windows(3)).for_each(|(len, gram)| *len = self.grams.words_len(gram));
        let Some(chosen) = cheapest(&lens[..grams_len], edits_max + 1) else { return false };
        let chosen = &chosen[..=edits_max];
        let words_len: usize = chosen.iter().map(|&at| lens[at]).sum();
        if self.found.len() + words_len > self.words_max {
            return false;
        }
        for &at in chosen {
            self.grams.for_each_word(&chars[at..at + 3], |word| self.found.push(word));
        }
        chosen.windows(2).filter(|pair| pair[1] - pair[0] == APART).all(|pair| {
            let second = pair[1];
            if chars[second - 1] == chars[second] {
                return true;
            }
            chars.swap(second - 1, second);
            let is_collected = self.collect(chars, edits_max - 1);
            chars.swap(second - 1, second);
            is_collected
        })
    }
}

/// Of grams with these many words, `count` that are [`APART`] and have the fewest words: the first so many places,
/// ascending; `None` if there are not so many.
fn cheapest(lens: &[usize], count: usize) -> Option<[usize; CHOSEN_MAX]> {
    debug_assert!((1..=CHOSEN_MAX).contains(&count) && lens.len() <= GRAMS_MAX);
    // The cheapest choice of 1, 2, … grams of which the last is at each place: what it costs, and the gram before.
    let mut layers: [[Option<(usize, usize)>; GRAMS_MAX]; CHOSEN_MAX] = [[None; GRAMS_MAX]; CHOSEN_MAX];
    layers[0].iter_mut().zip(lens).for_each(|(choice, &len)| *choice = Some((len, 0)));
    for layer in 1..count {
        let (before, after) = layers.split_at_mut(layer);
        let cost = |at: usize, extra: usize| before[layer - 1][at].map(|(cost, _)| (cost + extra, at));
        let mut farther = None;
        for (at, len) in lens.iter().enumerate().skip(APART) {
            let nearest = cost(at - APART, SWAP_WORDS);
            farther =
                [farther, at.checked_sub(APART + 1).and_then(|before| cost(before, 0))].into_iter().flatten().min();
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
            let chosen = cheapest(&lens, count).map(|chosen| chosen[..count].to_vec());
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
