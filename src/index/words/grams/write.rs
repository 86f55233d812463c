//! Words that come and go.
//!
//! All keys of a word are looked up before the first list is written, so that the processor waits for their memory together.

use super::gram::{GRAM_CHARS, Gram, GramKey, PAIR_CHARS, grams, grams_below, has_key, plain_bit};
use super::{Child, GramNode, Grams};
use crate::index::words::dictionary::Dictionary;
use crate::index::words::word_id::WordId;
use crate::persist::prefetch::read_together;
use crate::rows::postings::Postings;

impl Grams {
    /// Adds a word that the index lacks and the dictionary has. Costs a look-up and an insertion per character, and a walk over
    /// another word for each pair of characters that only that word had.
    pub(in crate::index::words) fn insert(&mut self, word: &str, id: WordId, dictionary: &Dictionary) {
        let grams = grams(word);
        let mut found = self.look_up(grams.iter().map(Gram::as_slice), id.get(), Some(id), dictionary).into_iter();
        for grams in grams.chunk_by(|one, other| one[..PAIR_CHARS] == other[..PAIR_CHARS]) {
            let mut pair_node = None;
            for (&gram, found) in grams.iter().zip(found.by_ref()) {
                self.set_plain(gram, true);
                if let Some(Child::Node(number)) = found {
                    self.nodes.get_mut(number).members.insert(id.get());
                    continue;
                }
                let pair = [gram[0], gram[1]];
                let node = *pair_node.get_or_insert_with(|| self.find_or_make_pair_node(pair, id, dictionary));
                if let Some(node) = node {
                    self.insert_below(node, gram, id, dictionary);
                }
            }
        }
    }

    /// The node of a pair that a new word has. `None` if the pair is new too: then it is found as the word from now on.
    fn find_or_make_pair_node(&mut self, pair: [char; PAIR_CHARS], id: WordId, dictionary: &Dictionary) -> Option<u32> {
        let (node, child) = match self.find(&pair, Some(id), dictionary) {
            Some(Child::Node(number)) => return Some(number),
            Some(Child::Word(other)) => {
                let number = self.burst(pair, other, dictionary.text(other));
                (Some(number), Child::Node(number))
            }
            None => {
                self.add_child(&pair, Child::Word(id));
                (None, Child::Word(id))
            }
        };
        let parent = self.find_or_add_first(pair[0], dictionary);
        self.nodes.get_mut(parent).members.insert(child.packed());
        node
    }

    /// The node of a first character.
    fn find_or_add_first(&mut self, first: char, dictionary: &Dictionary) -> u32 {
        if let Some(Child::Node(number)) = self.find(&[first], None, dictionary) {
            return number;
        }
        let number = self.nodes.insert(GramNode { key: GramKey::new(&[first]), members: Postings::default() });
        self.add_child(&[first], Child::Node(number));
        number
    }

    /// Lets a new key be found.
    fn add_child(&mut self, key: &[char], child: Child) {
        self.children.insert(self.hash(GramKey::new(key)), child.packed());
    }

    /// Takes out a key that was found as a word or a node.
    fn remove_child(&mut self, key: &[char], child: Child) {
        self.children.remove(self.hash(GramKey::new(key)), child.packed());
    }

    /// Makes a node of a pair that one word alone has, with its grams in that word.
    fn burst(&mut self, pair: [char; PAIR_CHARS], only: WordId, text: &str) -> u32 {
        let child = Child::Word(only);
        let number = self.become_node(&pair, only, Postings::from_sorted(&[child.packed()]));
        for gram in grams_below(text, pair) {
            self.add_child(&gram, child);
        }
        number
    }

    /// Makes a node of a key that is found as a word.
    fn become_node(&mut self, key: &[char], only: WordId, members: Postings) -> u32 {
        let key = GramKey::new(key);
        let number = self.nodes.insert(GramNode { key, members });
        self.children.replace(self.hash(key), Child::Word(only).packed(), Child::Node(number).packed());
        number
    }

    /// Adds a word to a gram, below the node of its pair.
    fn insert_below(&mut self, pair_node: u32, gram: Gram, id: WordId, dictionary: &Dictionary) {
        let child = match self.find(&gram, Some(id), dictionary) {
            Some(Child::Node(number)) => {
                self.nodes.get_mut(number).members.insert(id.get());
                return;
            }
            Some(Child::Word(other)) => {
                let both = [other.min(id).get(), other.max(id).get()];
                Child::Node(self.become_node(&gram, other, Postings::from_sorted(&both)))
            }
            None => {
                self.add_child(&gram, Child::Word(id));
                Child::Word(id)
            }
        };
        self.nodes.get_mut(pair_node).members.insert(child.packed());
    }

    /// Removes a word, which the dictionary has. Costs a look-up and a removal per character.
    pub(in crate::index::words) fn remove(&mut self, word: &str, id: WordId, dictionary: &Dictionary) {
        let (mut keys, child) = (grams(word), Child::Word(id));
        for len in (1..=GRAM_CHARS).rev() {
            keys.dedup_by(|one, other| one[..len] == other[..len]);
            let member = if len == GRAM_CHARS { id.get() } else { child.packed() };
            let found = self.look_up(keys.iter().map(|key| &key[..len]), member, None, dictionary);
            for (key, found) in keys.iter().zip(found) {
                let is_gone = match found {
                    Some(Child::Node(number)) => self.remove_member(&key[..len], number, member, dictionary),
                    Some(Child::Word(other)) => {
                        if other == id {
                            self.remove_child(&key[..len], child);
                        }
                        other == id
                    }
                    // The pair is in this word alone.
                    None => true,
                };
                if is_gone && len == GRAM_CHARS {
                    self.set_plain(*key, false);
                }
            }
        }
    }

    /// Takes a member out of a node, and the node out of the trie if it was the last; true if so.
    fn remove_member(&mut self, key: &[char], number: u32, member: u32, dictionary: &Dictionary) -> bool {
        // Most nodes of a character or a pair list other words.
        if self.nodes.get(number).members.contains(member) {
            self.nodes.get_mut(number).members.remove(member);
        }
        if !self.nodes.get(number).members.is_empty() {
            return false;
        }
        self.nodes.remove(number);
        let child = Child::Node(number);
        self.remove_child(key, child);
        let parent = key.split_last().map(|(_, parent)| parent).filter(|parent| !parent.is_empty());
        if let Some(Child::Node(parent)) = parent.and_then(|parent| self.find(parent, None, dictionary)) {
            self.nodes.get_mut(parent).members.remove(child.packed());
        }
        true
    }

    /// What is found under some keys of a word. Reads all nodes about a member, before the caller writes to any.
    fn look_up<'k>(
        &self,
        keys: impl Iterator<Item = &'k [char]>,
        member: u32,
        apart_from: Option<WordId>,
        dictionary: &Dictionary,
    ) -> Vec<Option<Child>> {
        let found: Vec<Option<Child>> = keys.map(|key| self.find(key, apart_from, dictionary)).collect();
        let nodes = found.iter().filter_map(|child| match child {
            Some(Child::Node(number)) => Some(self.nodes.get(*number)),
            _ => None,
        });
        read_together(nodes.map(|node| node.members.prefetch(member)));
        found
    }

    /// What is found under a key, if words apart from one are asked: one that is half added has some of its keys already.
    fn find(&self, key: &[char], apart_from: Option<WordId>, dictionary: &Dictionary) -> Option<Child> {
        let number = GramKey::new(key);
        let has_key = |word| Some(word) != apart_from && has_key(dictionary.text(word), key);
        self.find_in_bucket(self.bucket(number), number, has_key)
    }

    fn set_plain(&mut self, gram: Gram, is_there: bool) {
        let Some(bit) = plain_bit(gram).filter(|&bit| self.has_plain(bit) != is_there) else { return };
        *self.plain.get_mut(bit / 64) ^= 1 << (bit % 64);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::super::Indexed;
    use crate::persist::hasher::NumberHasher;

    proptest! {
        /// Few characters, so that pairs and grams get a second word and lose it again, with words that repeat their grams; and
        /// one hash for all keys, where a word stands for many of them.
        #[test]
        fn words_come_and_go_in_any_order(
            steps in prop::collection::vec("[abc1综]{1,7}", 1..60),
            one_hash in any::<bool>(),
        ) {
            let (mut indexed, mut words) = (Indexed::default(), BTreeMap::new());
            if one_hash {
                indexed.grams.hasher = NumberHasher::CONSTANT;
            }
            for word in &steps {
                if let Some(id) = words.remove(word) {
                    indexed.remove(word, id);
                } else {
                    words.insert(word.clone(), indexed.insert(word));
                }
                let (grams, dictionary) = (&indexed.grams, &indexed.dictionary);
                grams.check_invariants(dictionary, words.iter().map(|(word, &id)| (id, word.as_str())));
            }
            for (word, id) in words {
                indexed.remove(&word, id);
            }
            prop_assert_eq!((indexed.grams.nodes.len(), indexed.grams.children.len()), (0, 0), "nothing is left");
        }
    }
}
