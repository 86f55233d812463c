//! The children of a branch, by the first character of what follows it.
//!
//! ```text
//! edges  a  b  c  d  e  s  t      sorted; every first character that occurs
//! slots  0  0  0  1  1  2  3      rising by at most one
//! nodes  leaf  leaf  branch  leaf
//! ```
//! A branch has an edge of its own. A leaf takes in the texts of several neighbouring edges, so that rare first
//! characters (a thousand Han characters with two words each) do not cost an allocation each, and a copied branch does
//! not have to count a thousand references. The edges still name each character, so a walk enters a leaf only if one
//! of its characters can match. All texts keep their first character in the child.

use crate::index::words::trie::branch::{Branch, Node};
use crate::index::words::trie::entry::first_char;
use crate::index::words::trie::kind::Kind;
use crate::index::words::trie::leaf::{LEAF_ENTRIES_MAX, Leaf};
use crate::index::words::word_id::WordId;

/// Neighbouring leaves with no more entries than this in sum become one on a removal. Half a leaf, so that a word that
/// comes and goes does not split and join the same leaves again and again.
const JOINED_ENTRIES_MAX: usize = LEAF_ENTRIES_MAX / 2;

/// Where the texts with one first character are.
#[derive(Clone, Copy)]
pub(super) struct Edge {
    pub(super) first: char,
    pub(super) slot: u32,
}

impl Edge {
    pub(super) const fn slot(self) -> usize {
        self.slot as usize
    }
}

// Invariants:
//   edges:    first characters rise strictly; slots start at 0, rise by 0 or 1, and end at nodes.len() - 1
//   nodes:    a leaf has entries for each of its edges and no other; a branch has one edge, the first character of
//             its label
#[derive(Clone, Default)]
pub(super) struct Children {
    edges: Vec<Edge>,
    nodes: Vec<Node>,
}

impl Children {
    /// The children that a leaf becomes whose texts follow a branch; the leaf may be over its limit.
    pub(super) fn of_leaf(leaf: Leaf) -> Self {
        let mut children = Self::default();
        for entry in leaf.entries().filter(|entry| entry.shared == 0) {
            let first = first_char(entry.suffix).expect("a text below a branch is not empty");
            children.edges.push(Edge { first, slot: 0 });
        }
        if !leaf.is_empty() {
            children.nodes.push(Node::Leaf(leaf));
            children.relieve(0);
        }
        children
    }

    pub(super) fn of_branch(first: char, branch: Branch) -> Self {
        Self { edges: vec![Edge { first, slot: 0 }], nodes: vec![Node::from(branch)] }
    }

    pub(super) fn edges(&self) -> &[Edge] {
        &self.edges
    }

    pub(super) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    pub(super) fn find(&self, first: char) -> Option<&Node> {
        self.edge_of(first).map(|edge| &self.nodes[edge.slot()])
    }

    /// The edge of a first character, if there is one.
    pub(super) fn edge_of(&self, first: char) -> Option<Edge> {
        self.edge(first).ok().map(|at| self.edges[at])
    }

    /// The place of the child for texts that begin with `first`, if there is one.
    pub(super) fn slot(&self, first: char) -> Option<usize> {
        self.edge(first).ok().map(|at| self.edges[at].slot())
    }

    pub(super) fn node_mut(&mut self, slot: usize) -> &mut Node {
        &mut self.nodes[slot]
    }

    /// Adds an entry to a leaf, an old or a new one, unless a branch is there for `first`.
    pub(super) fn insert(&mut self, first: char, text: &str, kind: Kind, word: WordId) -> Inserted {
        let slot = self.slot(first).unwrap_or_else(|| self.add_edge(first));
        let Node::Leaf(leaf) = &mut self.nodes[slot] else {
            return Inserted::Below(slot);
        };
        let is_new = leaf.insert(text.as_bytes(), kind, word);
        self.relieve(slot);
        Inserted::Here(is_new)
    }

    /// Restores the invariants after a removal of a text that begins with `first` from the child in `slot`.
    pub(super) fn tidy(&mut self, first: char, slot: usize) {
        if self.nodes[slot].lacks_first(first) {
            let at = self.edge(first).expect("the text that is gone had an edge");
            self.edges.remove(at);
        }
        if self.nodes[slot].is_empty() {
            self.close_slot(slot);
            return;
        }
        if !self.join_with_next(slot) && slot > 0 {
            self.join_with_next(slot - 1);
        }
    }

    /// Adds the edge of a new first character, to a leaf beside it or to a new one, and names its slot.
    fn add_edge(&mut self, first: char) -> usize {
        let at = self.edges.partition_point(|edge| edge.first < first);
        let slot = self.leaf_beside(at).unwrap_or_else(|| {
            let slot = at.checked_sub(1).map_or(0, |before| self.edges[before].slot() + 1);
            self.open_slot(at, slot, Node::Leaf(Leaf::default()));
            slot
        });
        self.edges.insert(at, Edge { first, slot: slot_number(slot) });
        slot
    }

    fn edge(&self, first: char) -> Result<usize, usize> {
        self.edges.binary_search_by(|edge| edge.first.cmp(&first))
    }

    /// A leaf that a new edge at place `at` can share with a neighbour.
    fn leaf_beside(&self, at: usize) -> Option<usize> {
        let before = at.checked_sub(1).and_then(|before| self.edges.get(before));
        let mut slots = [before, self.edges.get(at)].into_iter().flatten().map(|edge| edge.slot());
        slots.find(|&slot| matches!(self.nodes[slot], Node::Leaf(_)))
    }

    /// Splits a leaf that is over its limit; it becomes a branch if all its texts begin with the same character.
    fn relieve(&mut self, slot: usize) {
        let Node::Leaf(leaf) = &self.nodes[slot] else { return };
        if leaf.len() <= LEAF_ENTRIES_MAX {
            return;
        }
        let Some((left, right, first)) = leaf.split() else {
            self.nodes[slot] = Node::from(Branch::burst(leaf));
            return;
        };
        self.nodes[slot] = Node::Leaf(left);
        let at = self.edge(first).expect("every first character has an edge");
        self.open_slot(at, slot + 1, Node::Leaf(right));
        for edge in self.edges[at..].iter_mut().take_while(|edge| edge.slot() == slot) {
            edge.slot += 1;
        }
    }

    /// Puts a node into a new slot; the edges from `at` on that led to this slot or later ones follow their nodes.
    fn open_slot(&mut self, at: usize, slot: usize, node: Node) {
        self.nodes.insert(slot, node);
        for edge in self.edges[at..].iter_mut().filter(|edge| edge.slot() >= slot) {
            edge.slot += 1;
        }
    }

    /// Takes a slot away; the edges that led to it go on to the slot before.
    fn close_slot(&mut self, slot: usize) {
        self.nodes.remove(slot);
        for edge in self.edges.iter_mut().rev().take_while(|edge| edge.slot() >= slot) {
            edge.slot -= 1;
        }
    }

    /// Makes one leaf of two neighbours if both are small; false if they are not.
    fn join_with_next(&mut self, slot: usize) -> bool {
        let (Some(Node::Leaf(left)), Some(Node::Leaf(right))) = (self.nodes.get(slot), self.nodes.get(slot + 1)) else {
            return false;
        };
        if left.len() + right.len() > JOINED_ENTRIES_MAX {
            return false;
        }
        self.nodes[slot] = Node::Leaf(left.joined(right));
        self.close_slot(slot + 1);
        true
    }

    /// Panics, naming the invariant, if one does not hold. The nodes are checked on their own.
    pub(super) fn check_invariants(&self) {
        assert!(self.edges.is_sorted_by(|a, b| a.first < b.first), "edges: first characters rise");
        let slots: Vec<usize> = self.edges.iter().map(|edge| edge.slot()).collect();
        assert!(slots.windows(2).all(|pair| pair[1] - pair[0] <= 1), "edges: slots rise by 0 or 1");
        assert_eq!(slots.first().copied(), (!self.nodes.is_empty()).then_some(0), "edges: slots start at 0");
        assert_eq!(slots.last().map_or(0, |last| last + 1), self.nodes.len(), "edges: slots end at the last node");
        for (slot, node) in self.nodes.iter().enumerate() {
            let edges = self.edges.iter().filter(|edge| edge.slot() == slot);
            let firsts: Vec<char> = edges.map(|edge| edge.first).collect();
            assert_eq!(node.firsts(), firsts, "nodes: one edge for each first character");
        }
    }
}

/// What came of adding an entry to the leaves of a branch.
pub(super) enum Inserted {
    /// It is in a leaf now; true if it was not there before.
    Here(bool),
    /// It belongs below the branch in this slot.
    Below(usize),
}

fn slot_number(slot: usize) -> u32 {
    u32::try_from(slot).expect("there are fewer slots than characters")
}
