//! The dictionary: each distinct word of all names once, by number and by text.
//!
//! ```text
//! "jazeera" ── hash ──> buckets ── 4711 ──> texts[4711] = "jazeera"
//! ```
//! Words come from callers, so they are hashed with a key that is drawn anew for every store, as job IDs are. What a word is
//! for, and which rows have it, others keep.

use std::hash::BuildHasher;

use smol_str::SmolStr;

use crate::index::words::word_id::WordId;
use crate::persist::hash_table::{Candidates, HashTable};
use crate::persist::hasher::TextHasher;
use crate::persist::slab::Slab;

/// Words by number and by text.
// Invariants:
//   ids holds each number of texts once, under the hash of its text; no two texts are equal
#[derive(Clone, Debug, Default)]
pub(super) struct Dictionary {
    texts: Slab<SmolStr>,
    ids: HashTable,
    hasher: TextHasher,
}

impl Dictionary {
    /// How many words there are.
    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }

    /// One past the highest number ever given.
    pub(super) fn ids_end(&self) -> usize {
        self.texts.end()
    }

    /// The number of a word. Costs **O(1)**.
    #[inline]
    pub(super) fn find(&self, text: &str) -> Option<WordId> {
        self.find_among(self.listed(text), text)
    }

    /// The words that have the hash of this text: the first step of finding it.
    #[inline]
    pub(super) fn listed(&self, text: &str) -> Candidates<'_> {
        self.ids.candidates(self.hash(text))
    }

    /// The number of a word among those that have its hash: the second step, after [`listed`](Self::listed).
    #[inline]
    pub(super) fn find_among(&self, listed: Candidates<'_>, text: &str) -> Option<WordId> {
        listed.find(|id| self.text(WordId::new(id)) == text).map(WordId::new)
    }

    /// The text of a word.
    #[inline]
    pub(super) fn text(&self, id: WordId) -> &str {
        self.texts.get(id.get())
    }

    /// Adds a word that is not there.
    pub(super) fn insert(&mut self, text: &str) -> WordId {
        let id = self.texts.insert(SmolStr::new(text));
        self.ids.insert(self.hash(text), id);
        WordId::new(id)
    }

    /// Takes a word out, and gives its text.
    pub(super) fn remove(&mut self, id: WordId) -> SmolStr {
        let text = self.texts.remove(id.get());
        let hash = self.hash(&text);
        self.ids.remove(hash, id.get());
        text
    }

    #[allow(clippy::cast_possible_truncation, reason = "32 of the 64 bits are kept")]
    fn hash(&self, text: &str) -> u32 {
        self.hasher.hash_one(text) as u32
    }

    /// Panics with the name of a broken invariant.
    pub(super) fn check_invariants(&self) {
        self.ids.check_invariants();
        assert_eq!(self.ids.len(), self.texts.len(), "each word has one entry by its hash");
    }
}
