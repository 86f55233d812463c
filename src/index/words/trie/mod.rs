//! The name trie: from the folded words and their runs to word ids, by prefix and with typos. The dictionary looks up whole
//! words, which is faster there.
//!
//! ```text
//! root branch ""  s ── branch "st"  ends: st   a,e ── leaf  [a|ar|art] [eel|em]
//!                                              r   ── branch "r" …
//!                 t,u,v ── leaf  [talk|tv|tv1] [uhd] [vod]
//! ```
//! It is a burst trie (Heinz, Zobel, Williams, "Burst Tries: A Fast, Efficient Data Structure for String Keys", 2002), but
//! a leaf holds the texts of several neighbouring first characters. A leaf that overflows is split between two first
//! characters. It becomes a branch only if all its texts start with the same character.
//!
//! The trie is persistent: a clone shares every node with the original. A write copies the nodes on its path that a clone
//! shares, and changes the others in place. A path has at most one node per character of the text, and about six in
//! practice.

mod node;

mod branch;
mod children;

mod leaf;

mod entry;
mod kind;

mod walk;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use self::branch::Branch;
use self::children::ChildInsert;
pub(crate) use self::kind::KeyKind;
use self::kind::KeyKinds;
use self::leaf::{LEAF_ENTRIES_MAX, Leaf};
use self::node::TrieNode;
use crate::index::words::word_id::WordId;
use crate::text::automaton::Automaton;

/// A persistent map from texts to the words that they belong to. A text may have many entries, of other words or other
/// kinds, but it is the whole of one word at most. A clone costs **O(1)** and never sees later writes.
// Invariants:
//   len:      the number of entries in all nodes
//   leaves:   only the root may be an empty leaf
#[derive(Clone)]
pub(crate) struct Trie {
    root: TrieNode,
    len: usize,
}

impl Default for Trie {
    fn default() -> Self {
        Self { root: TrieNode::Leaf(Leaf::default()), len: 0 }
    }
}

impl Trie {
    /// The number of entries.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Adds an entry; false if it was there. The text must not be the whole of another word.
    ///
    /// Costs **O(length of the key)**, and one new leaf.
    pub(crate) fn insert(&mut self, key: &str, kind: KeyKind, word: WordId) -> bool {
        let is_new = self.insert_below_root(key, kind, word);
        self.len += usize::from(is_new);
        is_new
    }

    fn insert_below_root(&mut self, key: &str, kind: KeyKind, word: WordId) -> bool {
        if let TrieNode::Leaf(leaf) = &mut self.root {
            let is_new = leaf.insert(key.as_bytes(), kind, word);
            if leaf.len() > LEAF_ENTRIES_MAX {
                self.root = TrieNode::from(Branch::burst(leaf));
            }
            return is_new;
        }
        let mut node = &mut self.root;
        let mut text = key;
        // Ends: each turn goes down one branch, and its label, which is empty at the root only, makes the text shorter.
        while let TrieNode::Branch(branch) = node {
            let branch = Arc::make_mut(branch);
            text = branch.split_label(text);
            let Some(first) = text.chars().next() else {
                return branch.terminals.insert(kind, word);
            };
            match branch.children.insert(first, text, kind, word) {
                ChildInsert::Done(is_new) => return is_new,
                ChildInsert::BelowBranch(slot) => node = branch.children.node_mut(slot),
            }
        }
        unreachable!("`BelowBranch` names the slot of a branch")
    }

    /// Removes an entry; false if it is not there.
    ///
    /// Costs **O(length of the key)**, and one new leaf.
    pub(crate) fn remove(&mut self, key: &str, kind: KeyKind, word: WordId) -> bool {
        let is_removed = self.root.remove(key, kind, word);
        self.len -= usize::from(is_removed);
        is_removed
    }

    /// Appends the words that start with `prefix`, one for each entry, in any order. An empty prefix finds all words.
    ///
    /// Costs **O(length of the prefix + entries below it)**.
    pub(crate) fn collect_prefix(&self, prefix: &str, found: &mut Vec<WordId>) {
        match self.below(prefix) {
            Some((TrieNode::Leaf(leaf), rest)) => leaf.collect_prefix(rest.as_bytes(), KeyKinds::WHOLE_WORDS, found),
            Some((branch, _)) => walk::collect_node(branch, KeyKinds::WHOLE_WORDS, found),
            None => {}
        }
    }

    /// Whether a word starts with `prefix`. May also return true if only a run of a word does.
    ///
    /// Costs **O(length of the prefix)**.
    pub(crate) fn has_prefix(&self, prefix: &str) -> bool {
        match self.below(prefix) {
            Some((TrieNode::Leaf(leaf), rest)) => leaf.has_prefix(rest.as_bytes(), KeyKinds::WHOLE_WORDS),
            found => found.is_some(),
        }
    }

    /// The node of the texts that start with `prefix`, and the rest of the prefix. If the node is a leaf, only the texts
    /// that start with the rest count. If it is a branch, the rest is empty and all texts below it count.
    fn below<'a>(&self, prefix: &'a str) -> Option<(&TrieNode, &'a str)> {
        let (mut node, mut prefix) = (&self.root, prefix);
        // Ends: each turn goes down one branch.
        loop {
            let branch = match node {
                TrieNode::Leaf(_) => return Some((node, prefix)),
                TrieNode::Branch(branch) => branch,
            };
            if branch.label.starts_with(prefix) {
                return Some((node, ""));
            }
            let rest = branch.strip_label(prefix)?;
            (node, prefix) = (branch.children.child(rest.chars().next()?)?, rest);
        }
    }

    /// Appends the words that the automaton accepts, and those with a run that it accepts. With `prefixes`, a word or run
    /// also counts if the automaton accepts a prefix of it. A word with a numeric character counts by its runs alone. May
    /// append a word more than once, and in any order.
    ///
    /// Costs **O(characters that the automaton reads + entries read)**.
    pub(crate) fn collect_matches<A: Automaton>(&self, automaton: &A, prefixes: bool, found: &mut Vec<WordId>) {
        walk::AutomatonWalk::new(automaton, prefixes, found).run(&self.root);
    }

    /// Panics with the name of a broken invariant. Costs **O(n)**; for tests and debugging.
    pub(crate) fn check_invariants(&self) {
        let mut len = 0;
        let mut open = vec![(&self.root, true)];
        while let Some((node, is_root)) = open.pop() {
            match node {
                TrieNode::Leaf(leaf) => {
                    leaf.check_invariants();
                    assert!(is_root || !leaf.is_empty(), "leaves: only the root may be an empty leaf");
                    len += leaf.len();
                }
                TrieNode::Branch(branch) => {
                    branch.check_invariants(is_root);
                    len += branch.terminals.len();
                    open.extend(branch.children.nodes().iter().map(|node| (node, false)));
                }
            }
        }
        assert_eq!(len, self.len, "len: the number of entries in all nodes");
    }
}

impl std::fmt::Debug for Trie {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trie").field("len", &self.len()).finish_non_exhaustive()
    }
}
