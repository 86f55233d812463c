//! The branch of the trie: what many texts begin with, the entries that end there, and where the others go on.

use std::sync::Arc;

use smol_str::SmolStr;

use crate::index::words::trie::children::Children;
use crate::index::words::trie::entry::{common_chars_len, first_char};
use crate::index::words::trie::kind::{Kind, Kinds};
use crate::index::words::trie::leaf::Leaf;
use crate::index::words::word_id::WordId;
use crate::rows::postings::Postings;

/// A branch with no more entries than this below it becomes a leaf again on a removal. A part of a leaf, so that one
/// word that comes and goes does not burst and collapse it again and again.
const COLLAPSED_ENTRIES_MAX: usize = 16;

/// A part of the trie: the texts that go on from one place.
#[derive(Clone)]
pub(super) enum Node {
    Branch(Arc<Branch>),
    Leaf(Leaf),
}

impl From<Branch> for Node {
    fn from(branch: Branch) -> Self {
        Self::Branch(Arc::new(branch))
    }
}

impl Node {
    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Leaf(leaf) if leaf.is_empty())
    }

    /// Whether a text with this first character may be gone from a child that had one.
    pub(super) fn lacks_first(&self, first: char) -> bool {
        matches!(self, Self::Leaf(leaf) if !leaf.has_first(first))
    }

    /// The first characters of the texts, in order.
    pub(super) fn firsts(&self) -> Vec<char> {
        match self {
            Self::Branch(branch) => branch.label.chars().take(1).collect(),
            Self::Leaf(leaf) => {
                leaf.entries().filter(|entry| entry.shared == 0).filter_map(|entry| first_char(entry.suffix)).collect()
            }
        }
    }

    /// Takes an entry away; false if it was not there. A branch that became small gives way to something smaller, an
    /// empty leaf in the end.
    pub(super) fn remove(&mut self, text: &str, kind: Kind, word: WordId) -> bool {
        let shared = match self {
            Self::Leaf(leaf) => return leaf.remove(text.as_bytes(), kind, word),
            Self::Branch(shared) => shared,
        };
        let branch = Arc::make_mut(shared);
        let is_gone = branch.remove(text, kind, word);
        if is_gone && let Some(smaller) = branch.smaller() {
            *self = smaller;
        }
        is_gone
    }
}

/// The entries that end at a branch.
#[derive(Clone, Default)]
pub(super) struct Ends {
    pub(super) word: Option<(WordId, Kind)>,
    pub(super) runs: Postings,
}

impl Ends {
    pub(super) fn len(&self) -> usize {
        usize::from(self.word.is_some()) + self.runs.len()
    }

    fn is_empty(&self) -> bool {
        self.word.is_none() && self.runs.is_empty()
    }

    pub(super) fn insert(&mut self, kind: Kind, word: WordId) -> bool {
        match kind {
            Kind::Word | Kind::NumericWord => {
                let is_new = self.word.is_none();
                self.word.get_or_insert((word, kind));
                is_new
            }
            Kind::Run => self.runs.insert(word.get()),
        }
    }

    fn remove(&mut self, kind: Kind, word: WordId) -> bool {
        match kind {
            Kind::Word | Kind::NumericWord => self.word.take_if(|whole| *whole == (word, kind)).is_some(),
            Kind::Run => self.runs.remove(word.get()),
        }
    }

    pub(super) fn for_each(&self, wanted: Kinds, visit: &mut impl FnMut(WordId)) {
        if let Some((word, kind)) = self.word
            && wanted.contains(kind)
        {
            visit(word);
        }
        if wanted.contains(Kind::Run) {
            self.runs.iter().map(WordId::new).for_each(visit);
        }
    }

    /// The same entries as a leaf of empty texts.
    fn to_leaf(&self) -> Leaf {
        let word = self.word.iter().map(|&(word, kind)| (kind, word));
        let runs = self.runs.iter().map(|id| (Kind::Run, WordId::new(id)));
        let mut leaf = Leaf::default();
        for (kind, word) in word.chain(runs) {
            leaf.insert(&[], kind, word);
        }
        leaf
    }
}

// Invariants:
//   label:    what all texts below begin with; empty at the root only
//   branching: an entry ends here, or there are two children or more
#[derive(Clone)]
pub(super) struct Branch {
    pub(super) label: SmolStr,
    pub(super) ends: Ends,
    pub(super) children: Children,
}

impl Branch {
    /// The branch that a leaf over its limit becomes.
    pub(super) fn burst(leaf: &Leaf) -> Self {
        let label = leaf.common_prefix();
        let (exact, others) = leaf.parted_after(label.len());
        let mut ends = Ends::default();
        for entry in exact {
            ends.insert(entry.kind, entry.word);
        }
        let label = str::from_utf8(label).expect("a common prefix is whole characters");
        Self { label: SmolStr::new(label), ends, children: Children::of_leaf(others) }
    }

    /// What is left of a text after the label; `None` if it does not begin with it.
    pub(super) fn rest<'a>(&self, text: &'a str) -> Option<&'a str> {
        // Labels are a few bytes long: a loop is faster than a call of the block comparison.
        let (label, bytes) = (self.label.as_bytes(), text.as_bytes());
        let has_label = label.len() <= bytes.len() && label.iter().zip(bytes).all(|(x, y)| x == y);
        has_label.then(|| &text[label.len()..])
    }

    /// What is left of a text after the label, which is cut first to what the text begins with.
    pub(super) fn admit<'a>(&mut self, text: &'a str) -> &'a str {
        let common = common_chars_len(self.label.as_bytes(), text.as_bytes());
        if let Some(first) = self.label[common..].chars().next() {
            let below = self.label[common..].into();
            let label = self.label[..common].into();
            let old = std::mem::replace(self, Self { label, ends: Ends::default(), children: Children::default() });
            self.children = Children::of_branch(first, Self { label: below, ..old });
        }
        &text[common..]
    }

    fn remove(&mut self, text: &str, kind: Kind, word: WordId) -> bool {
        let Some(rest) = self.rest(text) else { return false };
        let Some(first) = rest.chars().next() else {
            return self.ends.remove(kind, word);
        };
        let Some(slot) = self.children.slot(first) else {
            return false;
        };
        let is_gone = self.children.node_mut(slot).remove(rest, kind, word);
        if is_gone {
            self.children.tidy(first, slot);
        }
        is_gone
    }

    /// What the branch should become after a removal, if it need not be a branch any more.
    fn smaller(&self) -> Option<Node> {
        if let Some(len) = self.len_of_leaves()
            && len <= COLLAPSED_ENTRIES_MAX
        {
            return Some(Node::Leaf(self.collapsed()));
        }
        match self.children.nodes() {
            [Node::Leaf(leaf)] if self.ends.is_empty() => Some(Node::Leaf(leaf.with_prefix(self.label.as_bytes()))),
            [Node::Branch(only)] if self.ends.is_empty() => {
                let mut below = Self::clone(only);
                below.label = [self.label.as_str(), below.label.as_str()].concat().into();
                Some(Node::from(below))
            }
            _ => None,
        }
    }

    /// The number of entries if all children are leaves and it may be small.
    fn len_of_leaves(&self) -> Option<usize> {
        let nodes = self.children.nodes();
        if nodes.len() > COLLAPSED_ENTRIES_MAX {
            return None;
        }
        nodes.iter().try_fold(self.ends.len(), |len, node| match node {
            Node::Leaf(leaf) => Some(len + leaf.len()),
            Node::Branch(_) => None,
        })
    }

    fn collapsed(&self) -> Leaf {
        let mut all = self.ends.to_leaf();
        for node in self.children.nodes() {
            if let Node::Leaf(leaf) = node {
                all = all.joined(leaf);
            }
        }
        all.with_prefix(self.label.as_bytes())
    }

    /// Panics, naming the invariant, if one does not hold. The children are checked on their own.
    pub(super) fn check_invariants(&self, is_root: bool) {
        assert!(is_root || !self.label.is_empty(), "label: empty at the root only");
        assert!(!self.ends.is_empty() || self.children.nodes().len() > 1, "branching: an end or two children");
        self.children.check_invariants();
    }
}
