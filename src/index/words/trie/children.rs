//! The children of a branch, by the first character of the text that is left after the label.
//!
//! ```text
//! edges  a  b  c  d  e  s  t      sorted; each first character that occurs
//! slots  0  0  0  1  1  2  3      ascending, by at most one
//! nodes  leaf  leaf  branch  leaf
//! ```
//! A child that is a branch has one edge. A child that is a leaf holds the texts of several neighbouring edges. Rare first
//! characters (1,000 Han characters with two words each) therefore do not cost one allocation each, and a copy of a branch
//! does not count 1,000 references. The edges still name every first character, so a search reads a leaf only if one of
//! its first characters can match. The texts in a child include their first character.

use crate::index::words::trie::branch::Branch;
use crate::index::words::trie::kind::KeyKind;
use crate::index::words::trie::leaf::{LEAF_ENTRIES_MAX, Leaf};
use crate::index::words::trie::node::TrieNode;
use crate::index::words::word_id::WordId;

/// After a removal, two neighbouring leaves with at most this many entries together become one. Half a full leaf, so that
/// one word that comes and goes does not split and join the same leaves again and again.
const JOINED_ENTRIES_MAX: usize = LEAF_ENTRIES_MAX / 2;

/// The slot of the child for the texts with one first character.
#[derive(Clone, Copy)]
pub(super) struct BranchEdge {
    pub(super) first: char,
    pub(super) slot: u32,
}

impl BranchEdge {
    pub(super) const fn slot(self) -> usize {
        self.slot as usize
    }
}

// Invariants:
//   edges:    first characters ascend strictly
//   slots:    start at 0, ascend by 0 or 1, end at nodes.len() - 1
//   nodes:    no leaf is empty; a leaf has an edge for each first character of its texts and no other;
//             a branch has one edge, for the first character of its label
#[derive(Clone, Default)]
pub(super) struct Children {
    edges: Vec<BranchEdge>,
    nodes: Vec<TrieNode>,
}

impl Children {
    /// The children with the entries of a leaf, which may be over its limit and has no empty text.
    pub(super) fn from_leaf(leaf: Leaf) -> Self {
        let mut children = Self::default();
        children.edges.extend(leaf.first_chars().map(|first| BranchEdge { first, slot: 0 }));
        if !leaf.is_empty() {
            children.nodes.push(TrieNode::Leaf(leaf));
            children.split_if_full(0);
        }
        children
    }

    pub(super) fn from_branch(first: char, branch: Branch) -> Self {
        Self { edges: vec![BranchEdge { first, slot: 0 }], nodes: vec![TrieNode::from(branch)] }
    }

    pub(super) fn edges(&self) -> &[BranchEdge] {
        &self.edges
    }

    pub(super) fn nodes(&self) -> &[TrieNode] {
        &self.nodes
    }

    /// The child for texts that start with `first`, if there is one.
    pub(super) fn child(&self, first: char) -> Option<&TrieNode> {
        self.edge(first).map(|edge| &self.nodes[edge.slot()])
    }

    /// The edge of a first character, if there is one.
    pub(super) fn edge(&self, first: char) -> Option<BranchEdge> {
        self.search(first).ok().map(|at| self.edges[at])
    }

    pub(super) fn node_mut(&mut self, slot: usize) -> &mut TrieNode {
        &mut self.nodes[slot]
    }

    /// Adds an entry, unless it belongs below a branch. Adds an edge, and a leaf if no neighbour is one, for a new first
    /// character.
    pub(super) fn insert(&mut self, first: char, text: &str, kind: KeyKind, word: WordId) -> ChildInsert {
        let slot = self.edge(first).map_or_else(|| self.add_edge(first), BranchEdge::slot);
        let TrieNode::Leaf(leaf) = &mut self.nodes[slot] else {
            return ChildInsert::BelowBranch(slot);
        };
        let is_new = leaf.insert(text.as_bytes(), kind, word);
        self.split_if_full(slot);
        ChildInsert::Done(is_new)
    }

    /// Removes an entry; false if no child has it.
    pub(super) fn remove(&mut self, first: char, text: &str, kind: KeyKind, word: WordId) -> bool {
        let Some(edge) = self.edge(first) else { return false };
        let is_removed = self.nodes[edge.slot()].remove(text, kind, word);
        if is_removed {
            self.restore_after_removal(edge);
        }
        is_removed
    }

    /// Restores the invariants after the removal of a text from the child at the end of an edge.
    fn restore_after_removal(&mut self, edge: BranchEdge) {
        let (first, slot) = (edge.first, edge.slot());
        if let TrieNode::Leaf(leaf) = &self.nodes[slot]
            && !leaf.first_chars().any(|other| other == first)
        {
            let at = self.search(first).expect("the removed text had an edge");
            self.edges.remove(at);
        }
        if self.nodes[slot].is_empty() {
            self.remove_slot(slot);
            return;
        }
        if !self.join_with_next(slot) && slot > 0 {
            self.join_with_next(slot - 1);
        }
    }

    /// Adds the edge of a new first character, to a neighbouring leaf or to a new one, and returns its slot.
    fn add_edge(&mut self, first: char) -> usize {
        let at = self.edges.partition_point(|edge| edge.first < first);
        let slot = self.neighbouring_leaf(at).unwrap_or_else(|| {
            let slot = at.checked_sub(1).map_or(0, |before| self.edges[before].slot() + 1);
            self.insert_slot(at, slot, TrieNode::Leaf(Leaf::default()));
            slot
        });
        self.edges.insert(at, BranchEdge { first, slot: slot_number(slot) });
        slot
    }

    /// The index of the edge of a first character, or the index at which to insert it.
    fn search(&self, first: char) -> Result<usize, usize> {
        self.edges.binary_search_by(|edge| edge.first.cmp(&first))
    }

    /// The slot of a leaf that a new edge at index `at` can share with a neighbour.
    fn neighbouring_leaf(&self, at: usize) -> Option<usize> {
        let before = at.checked_sub(1).and_then(|before| self.edges.get(before));
        let mut slots = [before, self.edges.get(at)].into_iter().flatten().map(|edge| edge.slot());
        slots.find(|&slot| matches!(self.nodes[slot], TrieNode::Leaf(_)))
    }

    /// Splits a leaf that is over its limit. If all its texts start with the same character, it bursts into a branch.
    fn split_if_full(&mut self, slot: usize) {
        let TrieNode::Leaf(leaf) = &self.nodes[slot] else { return };
        if leaf.len() <= LEAF_ENTRIES_MAX {
            return;
        }
        let Some((left, right, first)) = leaf.split() else {
            self.nodes[slot] = TrieNode::from(Branch::burst(leaf));
            return;
        };
        self.nodes[slot] = TrieNode::Leaf(left);
        let at = self.search(first).expect("every first character has an edge");
        self.insert_slot(at, slot + 1, TrieNode::Leaf(right));
        for edge in self.edges[at..].iter_mut().take_while(|edge| edge.slot() == slot) {
            edge.slot += 1;
        }
    }

    /// Inserts a node at a slot. The edges from index `at` on that led to this slot or a later one follow their nodes.
    fn insert_slot(&mut self, at: usize, slot: usize, node: TrieNode) {
        self.nodes.insert(slot, node);
        for edge in self.edges[at..].iter_mut().filter(|edge| edge.slot() >= slot) {
            edge.slot += 1;
        }
    }

    /// Removes a slot. The edges that led to it lead to the slot before it.
    fn remove_slot(&mut self, slot: usize) {
        self.nodes.remove(slot);
        for edge in self.edges.iter_mut().rev().take_while(|edge| edge.slot() >= slot) {
            edge.slot -= 1;
        }
    }

    /// Makes one leaf of a slot and the next one, if both are leaves and small; false otherwise.
    fn join_with_next(&mut self, slot: usize) -> bool {
        let neighbours = (self.nodes.get(slot), self.nodes.get(slot + 1));
        let (Some(TrieNode::Leaf(left)), Some(TrieNode::Leaf(right))) = neighbours else {
            return false;
        };
        if left.len() + right.len() > JOINED_ENTRIES_MAX {
            return false;
        }
        self.nodes[slot] = TrieNode::Leaf(left.concat(right));
        self.remove_slot(slot + 1);
        true
    }

    /// Panics with the name of a broken invariant. Does not check the nodes' own.
    pub(super) fn check_invariants(&self) {
        assert!(self.edges.is_sorted_by(|a, b| a.first < b.first), "edges: first characters ascend strictly");
        let slots: Vec<usize> = self.edges.iter().map(|edge| edge.slot()).collect();
        assert!(slots.windows(2).all(|pair| pair[1] - pair[0] <= 1), "slots: ascend by 0 or 1");
        assert_eq!(slots.first().copied(), (!self.nodes.is_empty()).then_some(0), "slots: start at 0");
        assert_eq!(slots.last().map_or(0, |last| last + 1), self.nodes.len(), "slots: end at the last node");
        for (slot, node) in self.nodes.iter().enumerate() {
            let edges = self.edges.iter().filter(|edge| edge.slot() == slot).map(|edge| edge.first);
            let is_equal = match node {
                TrieNode::Leaf(leaf) => leaf.first_chars().eq(edges),
                TrieNode::Branch(branch) => branch.label.chars().take(1).eq(edges),
            };
            assert!(is_equal, "nodes: one edge for each first character");
        }
    }
}

/// The outcome of [`Children::insert`].
pub(super) enum ChildInsert {
    /// A leaf has the entry now. True if the entry is new.
    Done(bool),
    /// The entry belongs below the branch in this slot.
    BelowBranch(usize),
}

fn slot_number(slot: usize) -> u32 {
    u32::try_from(slot).expect("there are fewer slots than characters")
}
