//! Which words may be followed by which beginnings of words: a filter that rules out most ways to cut a text.
//!
//! `news` could be `new s` or `ne ws`, and nearly every word can be cut so. Most of these pairs stand side by side in no name.
//! For each pair of neighbours in a name, the filter has bits for the first word together with the first two characters of the
//! second one. Bits that are not all set prove that no name has such a pair:
//!
//! ```text
//! name  Sky Sports HD     bits  sky → sp · sports → hd        sky → ne is not set
//! ```
//! It is a Bloom filter (B. H. Bloom, "Space/Time Trade-offs in Hash Coding with Allowable Errors", 1970), three bits a pair, all
//! in one word of 64 bits (Putze, Sanders and Singler, "Cache-, Hash- and Space-Efficient Bloom Filters", 2007). So a question
//! costs one look at memory, and no word has to be looked up for it. A text is hashed character by character, so all of its
//! beginnings are asked about in one pass.
//!
//! Bits are never cleared: a pair that no name has any more costs a search and changes no answer. A layer that is filled is
//! followed by a larger one, as long as that is small beside the names. Behind that, the filter rules out less.

use crate::persist::shared_vec::SharedVec;
use crate::text::words::words;

/// Words of 64 bits in the first layer: 4 KB.
const FIRST_LAYER_LEN: usize = 512;

/// How many times as long as the last layer the next one is. A question looks at all layers, so they are to be few; but a large
/// layer takes memory before it is filled.
const GROWTH: usize = 4;
const GROWTH_OF_LARGE: usize = 2;
const LARGE_LAYER_LEN: usize = 1 << 15;

/// Pairs for each word of 64 bits, at which a layer is filled: a pair that is not noted passes about once in 15 times.
const PAIRS_PER_BLOCK: usize = 10;

/// Names that come at once for each word of 64 bits: names of people have half a new pair each.
const NAMES_PER_BLOCK: usize = 20;

/// Neighbours in all names for each pair that is noted, at least, where the filter grows. It bounds the memory of pairs that no
/// name has any more.
const NEIGHBOURS_PER_PAIR: usize = 2;

/// Bits of a pair.
const BITS: u32 = 3;

/// The filter.
#[derive(Clone, Debug, Default)]
pub(super) struct Followers {
    /// The newest layer stands last. Only it gets new pairs.
    layers: Vec<Layer>,
    /// Pairs that were noted.
    noted: usize,
    /// Neighbours in all names, with repeats.
    neighbours: usize,
}

// Invariants:
//   len is the number of blocks; noted counts the pairs that the layer got
#[derive(Clone, Debug)]
struct Layer {
    blocks: SharedVec<u64, 128, 32>,
    len: usize,
    noted: usize,
}

/// The hash of a word that is read character by character.
///
/// It needs no key: words with equal hashes cost a search and change no answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct WordHash(u64);

/// One word, and the beginning of the word behind it.
#[derive(Clone, Copy)]
struct Pair(u64);

impl WordHash {
    pub(super) const EMPTY: Self = Self(0x9E37_79B9_7F4A_7C15);

    /// The hash of the word with one more character.
    #[inline]
    pub(super) fn with(self, c: char) -> Self {
        Self((self.0 ^ u64::from(u32::from(c))).wrapping_mul(0x0000_0100_0000_01B3))
    }

    fn of(word: &str) -> Self {
        word.chars().fold(Self::EMPTY, Self::with)
    }
}

impl Pair {
    /// A word, and the first character and the second one, if there is one, of the word behind it.
    #[inline]
    fn new(word: WordHash, first: char, second: Option<char>) -> Self {
        let beginning = u64::from(u32::from(first)) << 21 | second.map_or(0, |c| u64::from(u32::from(c)));
        let mixed = (word.0 ^ word.0 >> 32 ^ beginning << 20).wrapping_mul(0xD6E8_FEB8_6659_FD93);
        Self((mixed ^ mixed >> 32).wrapping_mul(0xD6E8_FEB8_6659_FD93))
    }

    /// The block of the pair, of so many.
    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "the product of two numbers of 32 bits, without its lower half")]
    fn block(self, len: usize) -> usize {
        (((self.0 >> 32) * len as u64) >> 32) as usize
    }

    /// The bits of the pair in its block.
    #[inline]
    fn bits(self) -> u64 {
        (0..BITS).fold(0, |bits, number| bits | 1 << (self.0 >> (6 * number) & 63))
    }
}

impl Followers {
    /// Notes the neighbours of a folded name.
    pub(super) fn insert_name(&mut self, folded: &str) {
        for (word, next) in neighbours(folded) {
            self.neighbours += 1;
            let mut chars = next.chars();
            if let Some(first) = chars.next() {
                self.insert(Pair::new(WordHash::of(word), first, chars.next()));
            }
        }
    }

    /// Notes that a folded name is gone.
    pub(super) fn remove_name(&mut self, folded: &str) {
        self.neighbours -= neighbours(folded).count();
    }

    fn insert(&mut self, pair: Pair) {
        if self.has(pair) {
            return;
        }
        self.noted += 1;
        let may_grow = self.noted * NEIGHBOURS_PER_PAIR <= self.neighbours;
        match self.layers.last_mut() {
            Some(layer) if layer.noted < layer.len * PAIRS_PER_BLOCK || !may_grow => layer.insert(pair),
            last => {
                let len = last.map_or(FIRST_LAYER_LEN, |layer| layer.next_len());
                self.push_layer(len).insert(pair);
            }
        }
    }

    /// Makes room for many names that come at once.
    pub(super) fn reserve(&mut self, names_len: usize) {
        let len = names_len / NAMES_PER_BLOCK;
        if len > self.layers.last().map_or(FIRST_LAYER_LEN, |layer| layer.len) {
            self.push_layer(len);
        }
    }

    /// Whether a word may stand before one that is `next`, if that has one character, or that begins as `next` does. False means
    /// that they stand so in no name.
    #[inline]
    pub(super) fn may_follow(&self, word: WordHash, next: &str) -> bool {
        let mut chars = next.chars();
        let Some(first) = chars.next() else { return false };
        self.has(Pair::new(word, first, None))
            || chars.next().is_some_and(|second| self.has(Pair::new(word, first, Some(second))))
    }

    #[inline]
    fn has(&self, pair: Pair) -> bool {
        self.layers.iter().rev().any(|layer| layer.has(pair))
    }

    fn push_layer(&mut self, len: usize) -> &mut Layer {
        self.layers.push(Layer { blocks: SharedVec::default(), len, noted: 0 });
        self.layers.last_mut().expect("a layer was just added")
    }

    /// Panics with the name of a broken invariant. `names` are all folded names.
    pub(super) fn check_invariants<'a>(&self, names: impl Iterator<Item = &'a str>) {
        let mut count = 0;
        for (word, next) in names.flat_map(neighbours) {
            assert!(self.may_follow(WordHash::of(word), next), "the filter has all neighbours: {word:?}, {next:?}");
            count += 1;
        }
        assert_eq!(self.neighbours, count, "the neighbours in all names are counted");
    }
}

/// The words of a folded name, each with the one behind it.
pub(super) fn neighbours(folded: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut last = None;
    words(folded).filter_map(move |word| Some((last.replace(word)?, word)))
}

impl Layer {
    /// The length of the layer behind this one.
    fn next_len(&self) -> usize {
        self.len * if self.len < LARGE_LAYER_LEN { GROWTH } else { GROWTH_OF_LARGE }
    }

    fn insert(&mut self, pair: Pair) {
        self.noted += 1;
        *self.blocks.get_mut(pair.block(self.len)) |= pair.bits();
    }

    #[inline]
    fn has(&self, pair: Pair) -> bool {
        let bits = pair.bits();
        self.blocks.get(pair.block(self.len)).is_some_and(|block| block & bits == bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may_follow(followers: &Followers, word: &str, next: &str) -> bool {
        followers.may_follow(WordHash::of(word), next)
    }

    #[test]
    fn every_pair_is_found_and_most_others_are_ruled_out() {
        let mut followers = Followers::default();
        let pairs: Vec<(String, String)> =
            (0..8_000).map(|number| (format!("word{number}"), format!("{:x}z", number % 97 + 16))).collect();
        for (word, next) in &pairs {
            // More names than pairs, so that the filter may grow.
            (0..3).for_each(|_| followers.insert_name(&format!("{word} {next}")));
        }
        assert!(followers.layers.len() > 1, "the filter has grown");
        for (word, next) in &pairs {
            assert!(may_follow(&followers, word, next) && may_follow(&followers, word, &next[..2]), "{word} {next}");
        }
        let others = pairs.iter().filter(|(word, _)| may_follow(&followers, word, "qq")).count();
        assert!(others < 2_000, "{others} of 8,000 pairs that were not noted may follow");
    }

    #[test]
    fn a_word_of_one_character_is_not_the_beginning_of_a_longer_one() {
        let mut followers = Followers::default();
        followers.insert_name("a new s");
        assert!(may_follow(&followers, "new", "s") && !may_follow(&followers, "new", ""));
        assert!(may_follow(&followers, "new", "sp"), "of which the rest may be another word");
        assert!(!may_follow(&followers, "s", "new") && !may_follow(&followers, "a", "n"));
    }

    /// Names that come and go make pairs without end. The filter stays small beside the names that are there.
    #[test]
    fn the_filter_does_not_grow_with_names_that_are_gone() {
        let mut followers = Followers::default();
        for number in 0..50_000 {
            followers.insert_name(&format!("word{number} next"));
            if number >= 10_000 {
                followers.remove_name("word next");
            }
        }
        let blocks: usize = followers.layers.iter().map(|layer| layer.len).sum();
        assert!(blocks <= 5_000, "{blocks} words of 64 bits for 10,000 names");
        assert!(may_follow(&followers, "word49999", "next"));
    }
}
