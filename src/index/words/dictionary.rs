//! The dictionary: every distinct word of the names once, found by its number or by its text.
//!
//! ```text
//! "jazeera" ── hash ──> buckets ── 4711 ──> texts[4711] = "jazeera"
//! ```
//! Words come from callers, so every store hashes them with its own random key. The dictionary does not know which rows
//! have a word: [`WordIndex`](super::WordIndex) stores the posting lists beside it, by the same numbers.

use std::hash::BuildHasher;

use smol_str::SmolStr;

use crate::index::words::word_id::WordId;
use crate::persist::hash_table::{Candidates, HashTable};
use crate::persist::hasher::TextHasher;
use crate::persist::prefetch::{READ_TOGETHER, read_together};
use crate::persist::slab::Slab;

static NO_TEXT: SmolStr = SmolStr::new_static("");

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
    /// The number of words.
    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }

    /// One past the highest id that was ever given.
    pub(super) fn ids_end(&self) -> usize {
        self.texts.end()
    }

    /// The id of a word. Costs **O(1)**.
    #[inline]
    pub(super) fn find(&self, text: &str) -> Option<WordId> {
        self.find_in_bucket(self.bucket(text), text)
    }

    /// The words that have the hash of `text`. This is the first step of [`find`](Self::find): a caller that looks up many
    /// words takes this step for all of them first, so that the processor loads their buckets together.
    #[inline]
    pub(super) fn bucket(&self, text: &str) -> Candidates<'_> {
        self.ids.candidates(self.hash(text))
    }

    /// The id of a word in the [`bucket`](Self::bucket) of its text: the second step of [`find`](Self::find).
    #[inline]
    pub(super) fn find_in_bucket(&self, bucket: Candidates<'_>, text: &str) -> Option<WordId> {
        bucket.find(|id| self.text(WordId::new(id)) == text).map(WordId::new)
    }

    /// The text of a word.
    #[inline]
    pub(super) fn text(&self, id: WordId) -> &str {
        self.texts.get(id.get())
    }

    /// Calls `visit` with each of some words and its text. Some texts are fetched from memory together.
    pub(super) fn for_each_text(&self, words: &[WordId], mut visit: impl FnMut(WordId, &str)) {
        let mut texts = [&NO_TEXT; READ_TOGETHER];
        for words in words.chunks(READ_TOGETHER) {
            let texts = &mut texts[..words.len()];
            texts.iter_mut().zip(words).for_each(|(text, word)| *text = self.texts.get(word.get()));
            read_together(texts.iter().map(|text| usize::from(text.is_heap_allocated())));
            texts.iter().zip(words).for_each(|(text, &word)| visit(word, text));
        }
    }

    /// Those of some words whose texts are wanted.
    pub(super) fn filtered(&self, words: &[WordId], is_wanted: impl Fn(&str) -> bool) -> Vec<WordId> {
        let mut wanted = Vec::new();
        self.for_each_text(words, |word, text| {
            if is_wanted(text) {
                wanted.push(word);
            }
        });
        wanted
    }

    /// Adds a word that the dictionary lacks, and returns its id.
    pub(super) fn insert(&mut self, text: &str) -> WordId {
        debug_assert!(self.find(text).is_none(), "no two texts are equal");
        let id = self.texts.insert(SmolStr::new(text));
        self.ids.insert(self.hash(text), id);
        WordId::new(id)
    }

    /// Removes a word. A later word may get its id.
    pub(super) fn remove(&mut self, id: WordId) {
        let text = self.texts.remove(id.get());
        self.ids.remove(self.hash(&text), id.get());
    }

    #[allow(clippy::cast_possible_truncation, reason = "the table takes 32 bits of the hash")]
    fn hash(&self, text: &str) -> u32 {
        self.hasher.hash_one(text) as u32
    }

    /// Panics with the name of a broken invariant.
    pub(super) fn check_invariants(&self) {
        self.ids.check_invariants();
        assert_eq!(self.ids.len(), self.texts.len(), "ids holds each number of texts once");
    }
}
