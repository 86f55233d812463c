//! A branch of the trie: the common prefix of many texts, the entries whose text ends there, and the children.

use smol_str::SmolStr;

use crate::index::words::trie::children::Children;
use crate::index::words::trie::entry::common_prefix_len;
use crate::index::words::trie::kind::{KeyKind, KeyKinds};
use crate::index::words::trie::leaf::Leaf;
use crate::index::words::trie::node::TrieNode;
use crate::index::words::word_id::WordId;
use crate::rows::postings::Postings;

/// After a removal, a branch with at most this many entries becomes a leaf. A third of a full leaf, so that one word that
/// comes and goes does not burst and collapse the same leaf again and again.
const COLLAPSED_ENTRIES_MAX: usize = 16;

/// The entries whose text ends at a branch.
// Invariants:
//   runs holds the words of which the text is a run
#[derive(Clone, Default)]
pub(super) struct TerminalEntries {
    whole: Option<(WordId, KeyKind)>,
    runs: Postings,
}

impl TerminalEntries {
    pub(super) fn len(&self) -> usize {
        usize::from(self.whole.is_some()) + self.runs.len()
    }

    fn is_empty(&self) -> bool {
        self.whole.is_none() && self.runs.is_empty()
    }

    /// Adds an entry; false if it was there.
    pub(super) fn insert(&mut self, kind: KeyKind, word: WordId) -> bool {
        match kind {
            KeyKind::Word | KeyKind::NumericWord => {
                let is_new = self.whole.is_none();
                let whole = self.whole.get_or_insert((word, kind));
                debug_assert_eq!(*whole, (word, kind), "a text is the whole of one word only");
                is_new
            }
            KeyKind::Run => self.runs.insert(word.get()),
        }
    }

    fn remove(&mut self, kind: KeyKind, word: WordId) -> bool {
        match kind {
            KeyKind::Word | KeyKind::NumericWord => self.whole.take_if(|whole| *whole == (word, kind)).is_some(),
            KeyKind::Run => self.runs.remove(word.get()),
        }
    }

    /// Appends the words of the entries of some kinds.
    pub(super) fn collect(&self, kinds: KeyKinds, found: &mut Vec<WordId>) {
        if let Some((word, kind)) = self.whole
            && kinds.contains(kind)
        {
            found.push(word);
        }
        if kinds.contains(KeyKind::Run) {
            self.runs.iter().for_each(|id| found.push(WordId::new(id)));
        }
    }

    /// The same entries as a leaf of empty texts.
    fn to_leaf(&self) -> Leaf {
        let whole = self.whole.iter().map(|&(word, kind)| (kind, word));
        let runs = self.runs.iter().map(|id| (KeyKind::Run, WordId::new(id)));
        let mut leaf = Leaf::default();
        for (kind, word) in whole.chain(runs) {
            leaf.insert(&[], kind, word);
        }
        leaf
    }
}

// Invariants:
//   label:     all texts below start with it; empty at the root only
//   branching: it has a terminal entry or at least two children
#[derive(Clone)]
pub(super) struct Branch {
    pub(super) label: SmolStr,
    pub(super) terminals: TerminalEntries,
    pub(super) children: Children,
}

impl Branch {
    /// Bursts a leaf that is over its limit into a branch.
    pub(super) fn burst(leaf: &Leaf) -> Self {
        let label = leaf.common_prefix();
        let (entries, others) = leaf.without_prefix(label.len());
        let mut terminals = TerminalEntries::default();
        for entry in entries {
            terminals.insert(entry.kind, entry.word);
        }
        let label = str::from_utf8(label).expect("a common prefix is whole characters");
        Self { label: SmolStr::new(label), terminals, children: Children::from_leaf(others) }
    }

    /// The rest of a text after the label; `None` if the text does not start with the label.
    pub(super) fn strip_label<'a>(&self, text: &'a str) -> Option<&'a str> {
        // Labels are a few bytes long: this loop is faster than a call of the comparison of slices.
        let (label, bytes) = (self.label.as_bytes(), text.as_bytes());
        let has_label = label.len() <= bytes.len() && label.iter().zip(bytes).all(|(x, y)| x == y);
        has_label.then(|| &text[label.len()..])
    }

    /// Cuts the label to the prefix that it has in common with a text, and returns the rest of the text. If the label gets
    /// shorter, the old branch becomes the only child.
    pub(super) fn split_label<'a>(&mut self, text: &'a str) -> &'a str {
        let common = common_prefix_len(self.label.as_bytes(), text.as_bytes());
        if let Some(first) = self.label[common..].chars().next() {
            let child_label = self.label[common..].into();
            let label = self.label[..common].into();
            let new = Self { label, terminals: TerminalEntries::default(), children: Children::default() };
            let old = std::mem::replace(self, new);
            self.children = Children::from_branch(first, Self { label: child_label, ..old });
        }
        &text[common..]
    }

    /// Removes an entry; false if the branch lacks it. The caller replaces the branch by [`shrunk`](Self::shrunk).
    pub(super) fn remove(&mut self, text: &str, kind: KeyKind, word: WordId) -> bool {
        let Some(rest) = self.strip_label(text) else { return false };
        let Some(first) = rest.chars().next() else {
            return self.terminals.remove(kind, word);
        };
        self.children.remove(first, rest, kind, word)
    }

    /// A smaller node with the same entries, after a removal; `None` if the branch stays.
    pub(super) fn shrunk(&self) -> Option<TrieNode> {
        if let Some(len) = self.len_if_small()
            && len <= COLLAPSED_ENTRIES_MAX
        {
            return Some(TrieNode::Leaf(self.to_leaf()));
        }
        if !self.terminals.is_empty() {
            return None;
        }
        match self.children.nodes() {
            [TrieNode::Leaf(leaf)] => Some(TrieNode::Leaf(leaf.with_prefix(self.label.as_bytes()))),
            [TrieNode::Branch(only)] => {
                let mut merged = Self::clone(only);
                merged.label = [self.label.as_str(), only.label.as_str()].concat().into();
                Some(TrieNode::from(merged))
            }
            _ => None,
        }
    }

    /// The number of entries; `None` if a child is a branch, or if there are too many children for a leaf.
    fn len_if_small(&self) -> Option<usize> {
        let nodes = self.children.nodes();
        if nodes.len() > COLLAPSED_ENTRIES_MAX {
            return None;
        }
        nodes.iter().try_fold(self.terminals.len(), |len, node| match node {
            TrieNode::Leaf(leaf) => Some(len + leaf.len()),
            TrieNode::Branch(_) => None,
        })
    }

    /// A leaf of all entries of a branch whose children are leaves.
    fn to_leaf(&self) -> Leaf {
        let mut all = self.terminals.to_leaf();
        for node in self.children.nodes() {
            if let TrieNode::Leaf(leaf) = node {
                all = all.concat(leaf);
            }
        }
        all.with_prefix(self.label.as_bytes())
    }

    /// Panics with the name of a broken invariant. Does not check the children's own.
    pub(super) fn check_invariants(&self, is_root: bool) {
        assert!(is_root || !self.label.is_empty(), "label: empty at the root only");
        let is_branching = !self.terminals.is_empty() || self.children.nodes().len() > 1;
        assert!(is_branching, "branching: a terminal entry or at least two children");
        self.children.check_invariants();
    }
}
