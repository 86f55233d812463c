//! A node of the trie: a branch or a leaf.

use std::sync::Arc;

use crate::index::words::trie::branch::Branch;
use crate::index::words::trie::kind::KeyKind;
use crate::index::words::trie::leaf::Leaf;
use crate::index::words::word_id::WordId;

/// The entries below one place of the trie. A clone shares them.
#[derive(Clone)]
pub(super) enum TrieNode {
    Branch(Arc<Branch>),
    Leaf(Leaf),
}

impl From<Branch> for TrieNode {
    fn from(branch: Branch) -> Self {
        Self::Branch(Arc::new(branch))
    }
}

impl TrieNode {
    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Leaf(leaf) if leaf.is_empty())
    }

    /// Removes an entry; false if the node lacks it. A branch that became small is replaced by a smaller node, in the end
    /// by an empty leaf.
    pub(super) fn remove(&mut self, text: &str, kind: KeyKind, word: WordId) -> bool {
        let shared = match self {
            Self::Leaf(leaf) => return leaf.remove(text.as_bytes(), kind, word),
            Self::Branch(shared) => shared,
        };
        let branch = Arc::make_mut(shared);
        let is_removed = branch.remove(text, kind, word);
        if is_removed && let Some(smaller) = branch.shrunk() {
            *self = smaller;
        }
        is_removed
    }
}
