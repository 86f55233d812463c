//! Reading walks: everything below a node, and everything an automaton accepts.

use crate::index::words::trie::branch::{Branch, Node};
use crate::index::words::trie::children::{Children, Edge};
use crate::index::words::trie::entry::first_char;
use crate::index::words::trie::kind::Kinds;
use crate::index::words::trie::leaf::Leaf;
use crate::index::words::word_id::WordId;
use crate::text::automaton::{Automaton, Next};

/// Visits all words of the wanted kinds at or below `node`. Keeps a list of its own instead of recursing, for the
/// nodes may be as deep as a text is long.
pub(super) fn for_each_below(node: &Node, wanted: Kinds, visit: &mut impl FnMut(WordId)) {
    match node {
        Node::Leaf(leaf) => for_each_in_leaf(leaf, wanted, visit),
        Node::Branch(branch) => for_each_in_branch(branch, wanted, visit),
    }
}

fn for_each_in_leaf(leaf: &Leaf, wanted: Kinds, visit: &mut impl FnMut(WordId)) {
    for entry in leaf.entries().filter(|entry| wanted.contains(entry.kind)) {
        visit(entry.word);
    }
}

fn for_each_in_branch(branch: &Branch, wanted: Kinds, visit: &mut impl FnMut(WordId)) {
    let mut open = vec![branch];
    while let Some(branch) = open.pop() {
        branch.ends.for_each(wanted, visit);
        for node in branch.children.nodes() {
            match node {
                Node::Leaf(leaf) => for_each_in_leaf(leaf, wanted, visit),
                Node::Branch(below) => open.push(below),
            }
        }
    }
}

/// A walk of the texts that an automaton accepts. It recurses once per branch, so as deep as the automaton lives.
pub(super) struct Walk<'w, A: Automaton, V> {
    automaton: &'w A,
    /// Whether a text also counts if only a prefix of it is accepted.
    prefixes: bool,
    visit: &'w mut V,
    /// In a leaf: the state before each byte of the text at hand, as far as it was read, and the one after them. Bytes
    /// within a character repeat the state after it; nobody goes on from there.
    states: Vec<A::State>,
}

impl<'w, A: Automaton, V: FnMut(WordId)> Walk<'w, A, V> {
    pub(super) fn new(automaton: &'w A, prefixes: bool, visit: &'w mut V) -> Self {
        Self { automaton, prefixes, visit, states: Vec::new() }
    }

    pub(super) fn run(&mut self, root: &Node) {
        let start = self.automaton.start();
        if self.is_settled(start) {
            for_each_below(root, Kinds::TYPO_TARGETS, self.visit);
            return;
        }
        match root {
            Node::Leaf(leaf) => self.leaf(leaf, start),
            Node::Branch(branch) => self.branch(branch, &branch.label, start),
        }
    }

    /// Whether all texts that go on from here count.
    fn is_settled(&self, state: A::State) -> bool {
        self.prefixes && self.automaton.is_match(state)
    }

    /// Walks a branch from `state`, in front of what is left of its label; the state is not a settled one.
    fn branch(&mut self, branch: &Branch, label: &str, mut state: A::State) {
        for c in label.chars() {
            let Some(next) = self.automaton.step(state, c) else {
                return;
            };
            if self.is_settled(next) {
                for_each_in_branch(branch, Kinds::TYPO_TARGETS, self.visit);
                return;
            }
            state = next;
        }
        if self.automaton.is_match(state) {
            branch.ends.for_each(Kinds::TYPO_TARGETS, self.visit);
        }
        self.children(branch, state);
    }

    fn children(&mut self, branch: &Branch, state: A::State) {
        let children = &branch.children;
        let mut leaf_done = None;
        match self.automaton.next(state) {
            Next::Any => children.edges().iter().for_each(|&edge| self.child(children, edge, state, &mut leaf_done)),
            Next::Few(few) => {
                let edges = few.as_slice().iter().filter_map(|&first| children.edge_of(first));
                edges.for_each(|edge| self.child(children, edge, state, &mut leaf_done));
            }
        }
    }

    /// Walks on along an edge. A leaf, which may have several edges in a row, is walked once.
    fn child(&mut self, children: &Children, edge: Edge, state: A::State, leaf_done: &mut Option<u32>) {
        if *leaf_done == Some(edge.slot) {
            return;
        }
        let Some(next) = self.automaton.step(state, edge.first) else { return };
        match &children.nodes()[edge.slot()] {
            Node::Leaf(leaf) => {
                self.leaf(leaf, state);
                *leaf_done = Some(edge.slot);
            }
            Node::Branch(below) if self.is_settled(next) => {
                for_each_in_branch(below, Kinds::TYPO_TARGETS, self.visit);
            }
            Node::Branch(below) => self.branch(below, &below.label[edge.first.len_utf8()..], next),
        }
    }

    /// Walks the texts of a leaf in order, each from where it parts from the one before; those that share the
    /// characters that decided the one before are decided with it.
    fn leaf(&mut self, leaf: &Leaf, state: A::State) {
        self.states.clear();
        self.states.push(state);
        let mut settled_len = usize::MAX;
        let mut entries = leaf.entries();
        while let Some(entry) = entries.next() {
            let mut is_hit = entry.shared >= settled_len;
            if !is_hit && entry.shared < self.states.len() {
                settled_len = usize::MAX;
                self.states.truncate(entry.shared + 1);
                let state = self.read(entry.suffix);
                is_hit = state.is_some_and(|state| self.automaton.is_match(state));
                if is_hit && self.prefixes {
                    settled_len = self.states.len() - 1;
                }
            }
            if !is_hit {
                entries.skip_sharing(self.states.len());
            } else if Kinds::TYPO_TARGETS.contains(entry.kind) {
                (self.visit)(entry.word);
            }
        }
    }

    /// Reads on from the last state, to the end of the text or to a settled state; `None` if no text can match that
    /// begins like this one up to the character after the last state.
    fn read(&mut self, mut suffix: &[u8]) -> Option<A::State> {
        let mut state = self.states[self.states.len() - 1];
        while let Some(c) = first_char(suffix) {
            state = self.automaton.step(state, c)?;
            self.states.extend(std::iter::repeat_n(state, c.len_utf8()));
            if self.is_settled(state) {
                break;
            }
            suffix = &suffix[c.len_utf8()..];
        }
        Some(state)
    }
}
