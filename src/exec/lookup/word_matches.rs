//! The matches of one word of a keyword: a name matches it if the name has one of some words of the dictionary.

use std::sync::Arc;

use crate::cache::keywords::CachedRows;
use crate::index::words::WordIndex;
use crate::index::words::word_id::WordId;
use crate::plan::WordStatistics;
use crate::rows::postings::Postings;
use crate::rows::row::Row;
use crate::text::fold::fold;

/// The words of the dictionary that match one word of a keyword, or their rows where those are cached; and the rows in whose
/// names the word is joined.
// Invariants:
//   rows_sum is the sum of the lengths of `lists`
//   joined is empty where `cached_literally` has its rows
#[derive(Clone, Debug, Default)]
pub(in crate::exec) struct WordMatches {
    /// The rows of all words, where they are many.
    cached: Option<Arc<CachedRows>>,
    /// The rows of the words that match literally, where they are many.
    cached_literally: Option<Arc<CachedRows>>,
    /// The words, ascending, each once; without the words that `cached_literally` stands for.
    words: Vec<WordId>,
    /// The rows in whose names several words, written as one, match.
    joined: Postings,
    rows_sum: u64,
}

impl WordMatches {
    /// Words of the dictionary, ascending, each once.
    pub(super) fn of_words(index: &WordIndex, words: Vec<WordId>) -> Self {
        Self { rows_sum: index.rows_sum(&words), words, ..Self::default() }
    }

    /// Cached rows, whatever words of the dictionary they stand for.
    pub(super) fn of_cached(rows: Arc<CachedRows>) -> Self {
        let rows_sum = rows.rows().len() as u64;
        Self { cached: Some(Arc::clone(&rows)), cached_literally: Some(rows), rows_sum, ..Self::default() }
    }

    /// The matches with the rows in whose names several words, written as one, match.
    pub(super) fn with_joined(self, joined: Postings) -> Self {
        Self { rows_sum: self.rows_sum + joined.len() as u64, joined, ..self }
    }

    /// The rows in whose names several words, written as one, match; none where [`cached_literally`](Self::cached_literally)
    /// has them.
    pub(in crate::exec) fn joined(&self) -> &Postings {
        &self.joined
    }

    /// The matches with the cached rows of the words that match literally.
    pub(super) fn with_cached_literally(self, rows: Option<Arc<CachedRows>>) -> Self {
        let rows_sum = self.rows_sum + rows.as_ref().map_or(0, |cached| cached.rows().len() as u64);
        Self { cached_literally: rows, rows_sum, ..self }
    }

    /// The matches with the cached rows of all words.
    pub(super) fn with_cached(self, rows: Arc<CachedRows>) -> Self {
        Self { rows_sum: rows.rows().len() as u64, cached: Some(rows), ..self }
    }

    /// The words, ascending, each once; without the words that match literally where [`cached_literally`](Self::cached_literally)
    /// has their rows.
    pub(in crate::exec) fn words(&self) -> &[WordId] {
        &self.words
    }

    /// The same matches with other words, which have these words too.
    pub(super) fn with_words(self, index: &WordIndex, words: Vec<WordId>) -> Self {
        let Self { cached_literally, joined, .. } = self;
        Self::of_words(index, words).with_joined(joined).with_cached_literally(cached_literally)
    }

    /// The cached rows of all words.
    pub(in crate::exec) fn cached(&self) -> Option<&Arc<CachedRows>> {
        self.cached.as_ref()
    }

    /// The cached rows of the words that match literally.
    pub(in crate::exec) fn cached_literally(&self) -> Option<&Arc<CachedRows>> {
        self.cached_literally.as_ref()
    }

    /// The lengths of the posting lists, added up: at least the number of rows.
    pub(in crate::exec) fn rows_sum(&self) -> u64 {
        self.rows_sum
    }

    /// How many posting lists there are.
    pub(super) fn lists_len(&self) -> usize {
        if self.cached.is_some() {
            return 1;
        }
        self.words.len() + usize::from(self.cached_literally.is_some()) + usize::from(!self.joined.is_empty())
    }

    /// The posting lists.
    pub(in crate::exec) fn lists<'a>(&'a self, index: &'a WordIndex) -> impl Iterator<Item = &'a Postings> {
        let cached = self.cached.as_ref().or(self.cached_literally.as_ref()).map(|cached| cached.rows());
        let words = if self.cached.is_some() { &[][..] } else { &self.words };
        let joined = Some(&self.joined).filter(|joined| self.cached.is_none() && !joined.is_empty());
        cached.into_iter().chain(joined).chain(words.iter().map(|&word| index.rows(word)))
    }

    /// Whether a row with this name matches.
    pub(in crate::exec) fn contains(&self, index: &WordIndex, row: Row, name: &str) -> bool {
        if let Some(cached) = &self.cached {
            return cached.rows().contains(row.number());
        }
        let is_literal = |cached: &Arc<CachedRows>| cached.rows().contains(row.number());
        if self.cached_literally.as_ref().is_some_and(is_literal) || self.joined.contains(row.number()) {
            return true;
        }
        let has_word = |folded: &str| index.words_of(folded).any(|word| self.words.binary_search(&word).is_ok());
        !self.words.is_empty() && has_word(&fold(name))
    }

    /// The numbers of it that the planner sees.
    pub(super) fn statistics(&self) -> WordStatistics {
        if self.lists_len() == 0 {
            return WordStatistics::IN_NAMES;
        }
        WordStatistics {
            lists: self.lists_len() as u64,
            rows_sum: self.rows_sum,
            is_cached: self.cached.is_some(),
            is_in_names: false,
        }
    }
}
