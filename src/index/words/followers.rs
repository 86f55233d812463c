//! Which words may be followed by which beginnings of words: a filter that rules out most ways to cut a text.
//!
//! `news` could be `new s` or `ne ws`, and nearly every word can be cut so. Most of these pairs stand side by side in no name.
//! For each pair of neighbours in a name, the filter has a bit for the first word together with the first two characters of the
//! second one. A bit that is not set proves that no name has such a pair. It has the same for three neighbours, if the
//! second has one or two characters: `i t a` is in fewer names than `i t` and `t a`.
//!
//! ```text
//! name  Sky Sports HD     bits  sky → sp · sports → hd        sky → ne is not set
//! ```
//! It is a Bloom filter (B. H. Bloom, "Space/Time Trade-offs in Hash Coding with Allowable Errors", 1970) with three bits a pair.
//! Bits are never cleared: a pair that no name has any more costs a search and changes no answer. A layer that is filled is
//! followed by one of twice its size, so the filter grows with the names.

use crate::index::words::word_order::text_hash;
use crate::persist::shared_vec::SharedVec;
use crate::text::words::words;

/// Bits of the first layer.
const FIRST_LAYER_BITS: usize = 1 << 12;

/// Bits for each name of many that come at once.
const BITS_PER_NAME: usize = 6;

/// A layer is filled when one bit of so many is set.
const FILLED: usize = 2;

/// Bits of a pair.
const HASHES: usize = 3;

/// The filter.
#[derive(Clone, Debug, Default)]
pub(super) struct Followers {
    /// The newest layer stands last. Only it gets new pairs.
    layers: Vec<Layer>,
}

// Invariants:
//   bits_len is a power of two, and 64 at least; set is the number of bits that are set
#[derive(Clone, Debug)]
struct Layer {
    words: SharedVec<u64, 64, 16>,
    bits_len: usize,
    set: usize,
}

/// One word or two, and the beginning of the word behind them.
#[derive(Clone, Copy)]
struct Pair([usize; HASHES]);

impl Pair {
    /// Words, and the word behind them or its beginning. Only the first two characters count.
    #[allow(clippy::cast_possible_truncation, reason = "the halves of a hash")]
    fn new(words: &[&str], next: &str) -> Self {
        let mut chars = next.chars().map(u64::from);
        let beginning = chars.next().unwrap_or(0) << 21 | chars.next().unwrap_or(0);
        let hash = words.iter().fold(0_u32, |hash, word| hash.rotate_left(9).wrapping_mul(5) ^ text_hash(word));
        let product = (u64::from(hash) << 32 ^ beginning).wrapping_mul(0xD6E8_FEB8_6659_FD93);
        let mixed = (product ^ product >> 32).wrapping_mul(0xD6E8_FEB8_6659_FD93);
        Self([mixed as u32 as usize, (mixed >> 20) as u32 as usize, (mixed >> 32) as usize])
    }
}

impl Followers {
    /// Notes the neighbours of a folded name.
    pub(super) fn insert_name(&mut self, folded: &str) {
        let (mut last, mut last_but_one) = (None, None);
        for word in words(folded) {
            if let Some(last) = last {
                self.insert(Pair::new(&[last], word));
                if let Some(before) = last_but_one.filter(|_| is_short(last)) {
                    self.insert(Pair::new(&[before, last], word));
                }
            }
            (last, last_but_one) = (Some(word), last);
        }
    }

    fn insert(&mut self, pair: Pair) {
        if self.has(pair) {
            return;
        }
        match self.layers.last_mut() {
            Some(layer) if layer.set * FILLED < layer.bits_len => layer.insert(pair),
            last => {
                let bits_len = last.map_or(FIRST_LAYER_BITS, |layer| layer.bits_len * 2);
                self.push_layer(bits_len).insert(pair);
            }
        }
    }

    /// Makes room for many names that come at once.
    pub(super) fn reserve(&mut self, names_len: usize) {
        let bits_len = (names_len * BITS_PER_NAME).next_power_of_two();
        if bits_len > self.layers.last().map_or(FIRST_LAYER_BITS, |layer| layer.bits_len) {
            self.push_layer(bits_len);
        }
    }

    /// Whether one word, or two side by side, may stand before a word that is `next`, if that has one character, or that begins
    /// as `next` does. False means that they stand so in no name.
    pub(super) fn may_follow(&self, words: &[&str], next: &str) -> bool {
        match words {
            [_, second] if !is_short(second) => true,
            _ => self.has(Pair::new(words, next)),
        }
    }

    fn has(&self, pair: Pair) -> bool {
        self.layers.iter().rev().any(|layer| layer.has(pair))
    }

    fn push_layer(&mut self, bits_len: usize) -> &mut Layer {
        self.layers.push(Layer { words: SharedVec::default(), bits_len, set: 0 });
        self.layers.last_mut().expect("a layer was just added")
    }
}

/// Whether three neighbours with this word between them are noted. Most wrong cuts are into words of one or two characters.
fn is_short(word: &str) -> bool {
    word.chars().nth(2).is_none()
}

impl Layer {
    fn insert(&mut self, Pair(hashes): Pair) {
        for hash in hashes {
            let bit = hash % self.bits_len;
            let word = self.words.get_mut(bit / 64);
            self.set += usize::from(*word >> (bit % 64) & 1 == 0);
            *word |= 1 << (bit % 64);
        }
    }

    fn has(&self, Pair(hashes): Pair) -> bool {
        hashes.into_iter().all(|hash| {
            let bit = hash % self.bits_len;
            self.words.get(bit / 64).is_some_and(|word| word >> (bit % 64) & 1 == 1)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_is_found_and_most_others_are_ruled_out() {
        let mut followers = Followers::default();
        let pairs: Vec<(String, String)> =
            (0..5_000).map(|number| (format!("word{number}"), format!("{:x}z", number % 97 + 16))).collect();
        for (word, next) in &pairs {
            followers.insert_name(&format!("{word} {next}"));
        }
        assert!(followers.layers.len() > 2, "the filter has grown");
        for (word, next) in &pairs {
            assert!(followers.may_follow(&[word], next) && followers.may_follow(&[word], &next[..2]), "{word} {next}");
        }
        let others = pairs.iter().filter(|(word, _)| followers.may_follow(&[word], "qq")).count();
        assert!(others < 2_500, "{others} of 5,000 pairs that were not noted may follow");
    }

    #[test]
    fn a_word_of_one_character_is_not_the_beginning_of_a_longer_one() {
        let mut followers = Followers::default();
        followers.insert_name("a new s");
        assert!(followers.may_follow(&["new"], "s") && !followers.may_follow(&["new"], "sp"));
        assert!(followers.may_follow(&["a", "new"], "s") && !followers.may_follow(&["new", "a"], "s"));
    }
}
