//! The searches of the trie: all entries below a node, and all that an automaton accepts.
//!
//! A search appends the words that it finds to a list of the caller.

use crate::index::words::trie::branch::Branch;
use crate::index::words::trie::children::{BranchEdge, Children};
use crate::index::words::trie::entry::first_char;
use crate::index::words::trie::kind::KeyKinds;
use crate::index::words::trie::leaf::Leaf;
use crate::index::words::trie::node::TrieNode;
use crate::index::words::word_id::WordId;
use crate::text::automaton::{Automaton, Next};

/// Appends the words of all entries of some kinds in a node and below it.
pub(super) fn collect_node(node: &TrieNode, kinds: KeyKinds, found: &mut Vec<WordId>) {
    match node {
        TrieNode::Leaf(leaf) => collect_leaf(leaf, kinds, found),
        TrieNode::Branch(branch) => collect_branch(branch, kinds, found),
    }
}

fn collect_leaf(leaf: &Leaf, kinds: KeyKinds, found: &mut Vec<WordId>) {
    for entry in leaf.entries().filter(|entry| kinds.contains(entry.kind)) {
        found.push(entry.word);
    }
}

/// Keeps a list of open branches instead of recursing, because the trie may be as deep as a text is long.
fn collect_branch(branch: &Branch, kinds: KeyKinds, found: &mut Vec<WordId>) {
    let mut open = vec![branch];
    while let Some(branch) = open.pop() {
        branch.terminals.collect(kinds, found);
        for node in branch.children.nodes() {
            match node {
                TrieNode::Leaf(leaf) => collect_leaf(leaf, kinds, found),
                TrieNode::Branch(child) => open.push(child),
            }
        }
    }
}

/// A search for the texts that an automaton accepts. It recurses once per branch, until the automaton rejects.
pub(super) struct AutomatonWalk<'w, A: Automaton> {
    automaton: &'w A,
    /// Whether a text matches too if the automaton accepts a prefix of it.
    prefixes: bool,
    found: &'w mut Vec<WordId>,
    /// In a leaf: the states before each byte of the current text, as far as it was read, and the state after them. For the
    /// later bytes of a character, the state after the character is repeated; no search resumes there.
    states: Vec<A::State>,
}

impl<'w, A: Automaton> AutomatonWalk<'w, A> {
    pub(super) fn new(automaton: &'w A, prefixes: bool, found: &'w mut Vec<WordId>) -> Self {
        Self { automaton, prefixes, found, states: Vec::new() }
    }

    pub(super) fn run(&mut self, root: &TrieNode) {
        let start = self.automaton.start();
        if self.accepts_all(start) {
            collect_node(root, KeyKinds::TYPO_TARGETS, self.found);
            return;
        }
        match root {
            TrieNode::Leaf(leaf) => self.leaf(leaf, start),
            TrieNode::Branch(branch) => self.branch(branch, &branch.label, start),
        }
    }

    /// Whether all texts that go on from this state match.
    fn accepts_all(&self, state: A::State) -> bool {
        self.prefixes && self.automaton.is_match(state)
    }

    /// Searches a branch. `label` is the part of its label that comes after `state`, a state that does not accept all.
    fn branch(&mut self, branch: &Branch, label: &str, mut state: A::State) {
        for c in label.chars() {
            let Some(next) = self.automaton.step(state, c) else {
                return;
            };
            if self.accepts_all(next) {
                collect_branch(branch, KeyKinds::TYPO_TARGETS, self.found);
                return;
            }
            state = next;
        }
        if self.automaton.is_match(state) {
            branch.terminals.collect(KeyKinds::TYPO_TARGETS, self.found);
        }
        self.children(&branch.children, state);
    }

    fn children(&mut self, children: &Children, state: A::State) {
        let mut last_leaf = None;
        match self.automaton.next(state) {
            Next::Any => {
                for &edge in children.edges() {
                    self.child(children, edge, state, &mut last_leaf);
                }
            }
            Next::Few(few) => {
                for edge in few.as_slice().iter().filter_map(|&first| children.edge(first)) {
                    self.child(children, edge, state, &mut last_leaf);
                }
            }
        }
    }

    /// Searches the child at the end of an edge. Several edges in a row may lead to one leaf: `last_leaf`, the slot of the
    /// leaf that was searched last, makes sure that it is searched once.
    fn child(&mut self, children: &Children, edge: BranchEdge, state: A::State, last_leaf: &mut Option<u32>) {
        if *last_leaf == Some(edge.slot) {
            return;
        }
        let Some(next) = self.automaton.step(state, edge.first) else { return };
        match &children.nodes()[edge.slot()] {
            TrieNode::Leaf(leaf) => {
                self.leaf(leaf, state);
                *last_leaf = Some(edge.slot);
            }
            TrieNode::Branch(child) if self.accepts_all(next) => {
                collect_branch(child, KeyKinds::TYPO_TARGETS, self.found);
            }
            TrieNode::Branch(child) => self.branch(child, &child.label[edge.first.len_utf8()..], next),
        }
    }

    /// Searches the texts of a leaf in order. Each text resumes from the state at its first byte that differs from the text
    /// before. A text that shares the bytes which decided the text before has the same outcome.
    fn leaf(&mut self, leaf: &Leaf, state: A::State) {
        self.states.clear();
        self.states.push(state);
        // The length of the prefix after which the text before was accepted with all that start with this prefix.
        let mut accepted_len = usize::MAX;
        let mut entries = leaf.entries();
        while let Some(entry) = entries.next() {
            let mut is_hit = entry.shared >= accepted_len;
            if !is_hit && entry.shared < self.states.len() {
                accepted_len = usize::MAX;
                self.states.truncate(entry.shared + 1);
                let state = self.read(entry.suffix);
                is_hit = state.is_some_and(|state| self.automaton.is_match(state));
                if is_hit && self.prefixes {
                    accepted_len = self.states.len() - 1;
                }
            }
            if !is_hit {
                entries.skip_sharing(self.states.len());
            } else if KeyKinds::TYPO_TARGETS.contains(entry.kind) {
                self.found.push(entry.word);
            }
        }
    }

    /// Reads on from the last state, up to the end of the text or to a state that accepts all. `None` if the automaton
    /// rejects the character after the last state, and so every text with these first characters.
    fn read(&mut self, mut suffix: &[u8]) -> Option<A::State> {
        let mut state = self.states[self.states.len() - 1];
        while let Some(c) = first_char(suffix) {
            state = self.automaton.step(state, c)?;
            self.states.extend(std::iter::repeat_n(state, c.len_utf8()));
            if self.accepts_all(state) {
                break;
            }
            suffix = &suffix[c.len_utf8()..];
        }
        Some(state)
    }
}
