//! The infix index: finds the words that contain a text, end with it, or have a run that starts with it.
//!
//! A **gram** is three consecutive characters of a word. Two `PAD` characters follow the last character of a word, so
//! every character of the word starts a gram. Every substring of up to three characters is therefore the start of a gram.
//! Grams are the leaves of a trie of three levels: below a character are its **pairs**, and below a pair its grams. A pair or
//! a gram of one word alone is the end of its path: it names that word, whose text tells the rest. Others have a node:
//! ```text
//! "t" ── "tv" ── "tv·"  → words that end with tv
//!     │       └─ "tvn"  → one word that contains tvn
//!     └─ "ta" → one word that contains ta; its text tells that this is "tal"
//! ```
//! So a name of random characters, of which no other name has two side by side, costs 14 bytes a character. With a node for each
//! pair and each gram it cost 71.
//!
//! A word of several runs (`tv|24|news`) has one more gram for each run after the first: a `MARK` and the first two
//! characters of the run. These grams find a run by its start.
//!
//! Whether there is a gram of plain letters and digits, a bit tells: most texts that no word contains have one that is missing
//! among their first few.
//!
//! A text of one or two characters is contained in all words below its node. For a longer text, the index intersects the
//! lists of its grams. Then it checks the words that are left.
//!
//! Source: Zobel, Moffat and Sacks-Davis, "Searching Large Lexicons for Partially Specified Terms using Compressed
//! Inverted Files", 1993. To end a path of a trie at the only word below it: Knuth, "The Art of Computer Programming", volume 3,
//! section 6.3.

mod gram;
mod search;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use crate::index::words::dictionary::Dictionary;
use crate::index::words::word_id::WordId;
use crate::persist::hash_table::{Candidates, HashTable};
use crate::persist::hasher::NumberHasher;
use crate::persist::shared_vec::SharedVec;
use crate::persist::slab::Slab;
use crate::rows::postings::Postings;

use gram::{GRAM_CHARS, Gram, GramKey, PAIR_CHARS, PLAIN_CHARS, grams, has_key, plain_bit};
pub(super) use search::{GramSearch, GramWords};

/// The words of each gram.
// Invariants:
//   each first character has a node; so has a pair or a gram of two words or more, or of fewer words since it had two
//   other pairs, and other grams whose pair has a node, are found as the word that has them; grams of other pairs are not found
//   no node is empty; the node of a gram lists its words
//   the node of fewer characters lists the nodes of one character more, the words that are found instead of one, and maybe more
//     words that have its characters
//   plain has the bits of the grams of plain characters that a word has
#[derive(Clone, Debug, Default)]
pub(super) struct Grams {
    /// By the hash of the key, packed [`Child`]ren.
    children: HashTable,
    nodes: Slab<GramNode>,
    plain: SharedVec<u64, 128, 32>,
    hasher: NumberHasher,
}

#[derive(Clone, Debug, Default)]
struct GramNode {
    key: GramKey,
    /// The words of a gram; for a shorter key, packed [`Child`]ren.
    members: Postings,
}

/// What stands for a key in the trie: the only word that has it, or a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Child {
    Word(WordId),
    Node(u32),
}

impl Child {
    /// In 32 bits, of which the lowest tells a word from a node: so lists of children are as dense as their numbers.
    #[inline]
    fn packed(self) -> u32 {
        match self {
            Self::Word(word) => word.get() << 1 | 1,
            Self::Node(number) => number << 1,
        }
    }

    #[inline]
    fn from_packed(packed: u32) -> Self {
        if packed & 1 == 1 { Self::Word(WordId::new(packed >> 1)) } else { Self::Node(packed >> 1) }
    }
}

impl Grams {
    #[inline]
    fn hash(&self, key: GramKey) -> u32 {
        self.hasher.hash(key.get())
    }

    #[inline]
    fn bucket(&self, key: GramKey) -> Candidates<'_> {
        self.children.candidates(self.hash(key))
    }

    /// What is found under a key, in its [`bucket`](Self::bucket). `has_key` tells whether a word has the key.
    ///
    /// A word that has the key may be in the bucket for another of its keys, which has the same hash: so a node goes first.
    #[inline]
    fn find_in_bucket(&self, bucket: Candidates<'_>, key: GramKey, has_key: impl Fn(WordId) -> bool) -> Option<Child> {
        let is_node = |child| matches!(child, Child::Node(number) if self.nodes.get(number).key == key);
        let found = bucket.find(|packed| match Child::from_packed(packed) {
            Child::Word(word) => has_key(word),
            node @ Child::Node(_) => is_node(node),
        });
        let found = Child::from_packed(found?);
        let node = || bucket.values().map(Child::from_packed).find(|&child| is_node(child));
        match found {
            Child::Word(_) => node().or(Some(found)),
            Child::Node(_) => Some(found),
        }
    }

    #[inline]
    fn has_plain(&self, bit: usize) -> bool {
        self.plain.get(bit / 64).is_some_and(|word| word >> (bit % 64) & 1 == 1)
    }

    /// Frees the spare capacity of the lists, after many words were added.
    pub(super) fn shrink_to_fit(&mut self) {
        for number in 0..u32::try_from(self.nodes.end()).expect("nodes are numbered in 32 bits") {
            self.nodes.get_mut(number).members.shrink_to_fit();
        }
    }

    /// Panics with the name of a broken invariant. `words` gives every word of the index.
    pub(super) fn check_invariants<'a>(&self, dictionary: &Dictionary, words: impl Iterator<Item = (WordId, &'a str)>) {
        self.children.check_invariants();
        let mut expected = BTreeMap::<Vec<char>, BTreeSet<WordId>>::new();
        for (id, word) in words {
            for (gram, len) in grams(word).into_iter().flat_map(|gram| (1..=GRAM_CHARS).map(move |len| (gram, len))) {
                expected.entry(gram[..len].to_vec()).or_default().insert(id);
            }
        }
        let plain: BTreeSet<usize> =
            expected.keys().filter_map(|key| Gram::try_from(key.as_slice()).ok().and_then(plain_bit)).collect();
        assert!(plain.iter().all(|&bit| self.has_plain(bit)), "each plain gram has its bit");
        let bits = (0..PLAIN_CHARS.pow(3).div_ceil(64)).filter_map(|word| self.plain.get(word));
        let bits_len: u32 = bits.map(|word| word.count_ones()).sum();
        assert_eq!(bits_len as usize, plain.len(), "no other gram has a bit");

        let find = |key: &[char]| {
            let has_key = |word| has_key(dictionary.text(word), key);
            self.find_in_bucket(self.bucket(GramKey::new(key)), GramKey::new(key), has_key)
        };
        let (mut found_len, mut nodes_len) = (0, 0);
        for (key, words) in &expected {
            if key.len() == GRAM_CHARS && matches!(find(&key[..PAIR_CHARS]), Some(Child::Word(_))) {
                continue;
            }
            found_len += 1;
            match find(key).expect("each key that is not below a word is found") {
                Child::Word(word) => {
                    assert!(key.len() > 1, "each first character has a node");
                    assert!(words.iter().eq([&word]), "a key is found as the word that has it");
                }
                Child::Node(number) => {
                    nodes_len += 1;
                    let members = &self.nodes.get(number).members;
                    members.check_invariants();
                    if key.len() == GRAM_CHARS {
                        assert!(members.iter().eq(words.iter().map(|word| word.get())), "a gram lists its words");
                        continue;
                    }
                    let below = expected
                        .range(key.clone()..)
                        .map(|(below, _)| below)
                        .take_while(|below| below.starts_with(key));
                    let children = below.filter(|below| below.len() == key.len() + 1).filter_map(|below| find(below));
                    let children: BTreeSet<u32> = children.map(Child::packed).collect();
                    assert!(children.iter().all(|&child| members.contains(child)), "a node lists its children");
                    let others = members.iter().filter(|member| !children.contains(member)).map(Child::from_packed);
                    let is_word = |other| matches!(other, Child::Word(word) if words.contains(&word));
                    assert!(
                        others.into_iter().all(is_word),
                        "a node lists no others but words that have its characters"
                    );
                }
            }
        }
        assert_eq!(nodes_len, self.nodes.len(), "no node is empty: each has a key of some word");
        assert_eq!(found_len, self.children.len(), "nothing else is found");
    }
}

/// Words with numbers from 0 on, and their grams.
#[cfg(test)]
#[derive(Default)]
pub(super) struct Indexed {
    grams: Grams,
    dictionary: Dictionary,
}

#[cfg(test)]
impl Indexed {
    fn insert(&mut self, word: &str) -> WordId {
        let id = self.dictionary.insert(word);
        self.grams.insert(word, id, &self.dictionary);
        id
    }

    fn remove(&mut self, word: &str, id: WordId) {
        self.grams.remove(word, id, &self.dictionary);
        self.dictionary.remove(id);
    }

    pub(super) fn search(&self) -> GramSearch<'_> {
        GramSearch { grams: &self.grams, dictionary: &self.dictionary }
    }
}

#[cfg(test)]
pub(super) fn indexed<'a>(words: impl IntoIterator<Item = &'a str>) -> Indexed {
    let mut indexed = Indexed::default();
    for word in words {
        indexed.insert(word);
    }
    indexed
}
