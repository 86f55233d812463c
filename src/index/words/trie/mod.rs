//! The name trie: from folded words and their runs to word ids, by beginnings and with typos. Whole words are looked up in
//! the dictionary, which is quicker.
//!
//! ```text
//! root branch ""  s ── branch "st"  ends: st   a,e ── leaf  [a|ar|art] [eel|em]
//!                                              r   ── branch "r" …
//!                 t,u,v ── leaf  [talk|tv|tv1] [uhd] [vod]
//! ```
//! A burst trie (Heinz, Zobel, Williams, "Burst Tries: A Fast, Efficient Data Structure for String Keys", 2002) whose
//! leaves take in neighbouring characters: a leaf that overflows is split between two first characters, and becomes a
//! branch only when all its texts begin alike. It is persistent: a clone shares every node with the original, and a
//! write makes new ones of those on its path, in place where nobody else holds them. The path is as deep as the text
//! has characters at the very most, six nodes or so in practice.

mod branch;
mod children;
mod entry;
mod kind;
mod leaf;
#[cfg(test)]
mod tests;
mod walk;

use std::sync::Arc;

use self::branch::{Branch, Node};
use self::children::Inserted;
pub(crate) use self::kind::Kind;
use self::kind::Kinds;
use self::leaf::{LEAF_ENTRIES_MAX, Leaf};
use crate::index::words::word_id::WordId;
use crate::text::automaton::Automaton;

/// A persistent map from texts to the words they belong to. One text may be entered many times, with other words or as
/// another kind; only as a whole word it has one id. A clone costs **O(1)** and never sees later writes.
// Invariants:
//   len:      the number of entries in all nodes
#[derive(Clone)]
pub(crate) struct Trie {
    root: Node,
    len: usize,
}

impl Default for Trie {
    fn default() -> Self {
        Self { root: Node::Leaf(Leaf::default()), len: 0 }
    }
}

impl Trie {
    /// Number of entries.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Adds an entry; false if it was there. A text must not be entered as the whole of two words.
    ///
    /// Costs **O(length of the key)**, and one new leaf.
    pub(crate) fn insert(&mut self, key: &str, kind: Kind, word: WordId) -> bool {
        let is_new = self.insert_below_root(key, kind, word);
        self.len += usize::from(is_new);
        is_new
    }

    fn insert_below_root(&mut self, key: &str, kind: Kind, word: WordId) -> bool {
        if let Node::Leaf(leaf) = &mut self.root {
            let is_new = leaf.insert(key.as_bytes(), kind, word);
            if leaf.len() > LEAF_ENTRIES_MAX {
                self.root = Node::from(Branch::burst(leaf));
            }
            return is_new;
        }
        let mut node = &mut self.root;
        let mut text = key;
        // Every turn goes down one branch, and the text gets shorter by its label; only the root's may be empty.
        while let Node::Branch(branch) = node {
            let branch = Arc::make_mut(branch);
            text = branch.admit(text);
            let Some(first) = text.chars().next() else {
                return branch.ends.insert(kind, word);
            };
            match branch.children.insert(first, text, kind, word) {
                Inserted::Here(is_new) => return is_new,
                Inserted::Below(slot) => node = branch.children.node_mut(slot),
            }
        }
        unreachable!("a text belongs below a branch only where one is")
    }

    /// Takes an entry away; false if it was not there.
    ///
    /// Costs **O(length of the key)**, and one new leaf.
    pub(crate) fn remove(&mut self, key: &str, kind: Kind, word: WordId) -> bool {
        let is_gone = self.root.remove(key, kind, word);
        self.len -= usize::from(is_gone);
        is_gone
    }

    /// Visits the words that begin with `prefix`, each once, in any order; all for an empty prefix.
    ///
    /// Costs **O(length of the prefix + entries below it)**.
    pub(crate) fn for_each_with_prefix(&self, prefix: &str, visit: &mut impl FnMut(WordId)) {
        match self.below(prefix) {
            Some((Node::Leaf(leaf), rest)) => leaf.for_each_with_prefix(rest.as_bytes(), Kinds::WHOLE, visit),
            Some((branch, _)) => walk::for_each_below(branch, Kinds::WHOLE, visit),
            None => {}
        }
    }

    /// Whether a word begins with `prefix`; a run that does may count as one.
    ///
    /// Costs **O(length of the prefix)**.
    pub(crate) fn has_prefix(&self, prefix: &str) -> bool {
        let mut is_found = false;
        match self.below(prefix) {
            Some((Node::Leaf(leaf), rest)) => {
                leaf.for_each_with_prefix(rest.as_bytes(), Kinds::WHOLE, &mut |_| is_found = true);
            }
            found => is_found = found.is_some(),
        }
        is_found
    }

    /// Where the texts that begin with `prefix` are: all below a branch, or those of a leaf that go on with what is left.
    fn below<'a>(&self, prefix: &'a str) -> Option<(&Node, &'a str)> {
        let (mut node, mut prefix) = (&self.root, prefix);
        // Ends: each turn goes down a branch.
        loop {
            let branch = match node {
                Node::Leaf(_) => return Some((node, prefix)),
                Node::Branch(branch) => branch,
            };
            if branch.label.starts_with(prefix) {
                return Some((node, ""));
            }
            let rest = branch.rest(prefix)?;
            (node, prefix) = (branch.children.find(rest.chars().next()?)?, rest);
        }
    }

    /// Visits the words which the automaton accepts, or one of whose runs it accepts; with `prefixes`, also those of
    /// which it accepts a prefix. Words with a numeric character count by their other runs only. A word may be visited
    /// more than once, and in any order.
    ///
    /// Costs **O(characters the automaton lives through + entries met)**.
    pub(crate) fn for_each_match<A: Automaton>(&self, automaton: &A, prefixes: bool, visit: &mut impl FnMut(WordId)) {
        walk::Walk::new(automaton, prefixes, visit).run(&self.root);
    }

    /// Panics, naming the invariant, if one does not hold. Costs **O(n)**; for tests and debugging.
    pub(crate) fn check_invariants(&self) {
        let mut len = 0;
        let mut open = vec![(&self.root, true)];
        while let Some((node, is_root)) = open.pop() {
            match node {
                Node::Leaf(leaf) => {
                    leaf.check_invariants();
                    assert!(is_root || !leaf.is_empty(), "count: only the root may be an empty leaf");
                    len += leaf.len();
                }
                Node::Branch(branch) => {
                    branch.check_invariants(is_root);
                    len += branch.ends.len();
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
