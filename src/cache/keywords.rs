//! The keyword cache: the rows that match `e` or `al jazeera`, so that requests and pages do not unite thousands of posting
//! lists again and again. Rows are cached at their [second request](super::asked), those of single letters and digits at the
//! first.
//!
//! Readers fill the cache and share it, whatever state of the store each of them reads; writers do not know it. Each entry
//! carries the revision of the names at which it was exact. A reader of another revision brings the entry up to date by the
//! names that changed since (see [`refresh`](super::refresh)). No answer is ever stale, and the cache costs writes nothing.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::asked::{self, AskedKeywords};
use super::counts::{CountsByFilter, FILTERS_PER_KEYWORD};
use crate::persist::journal::Revision;
use crate::rows::postings::Postings;
use crate::text::keyword::{AsOne, KeywordWord, NameCondition};

/// Keywords that are cached unless the store is told otherwise. The rows of each take a bit per job at most, and a seventh of
/// that where they are counted under 8 filters: 2.3 bytes per job for all, and twice that for single letters and digits.
pub(crate) const CACHED_KEYWORDS_DEFAULT: usize = 16;

/// Single letters and digits that are cached for each keyword that can be.
const CHARACTERS_PER_KEYWORD: usize = 2;

/// The key of an entry: its rows are those of names that match all of these words, with up to so many typos in each, or the
/// words written as one.
#[derive(Clone, Debug)]
pub(crate) struct CacheKey {
    words: Vec<KeywordWord>,
    as_one: Option<AsOne>,
    edits_max: u8,
}

impl CacheKey {
    pub(crate) fn new(condition: NameCondition<'_>, edits_max: u8) -> Self {
        Self { words: condition.words.to_vec(), as_one: condition.as_one.cloned(), edits_max }
    }

    /// The condition that names of the rows match.
    fn condition(&self) -> NameCondition<'_> {
        NameCondition { words: &self.words, as_one: self.as_one.as_ref() }
    }

    /// Whether the same names match this condition.
    fn matches(&self, condition: NameCondition<'_>, edits_max: u8) -> bool {
        let NameCondition { words, as_one } = condition;
        let is_same = |(a, b): (&KeywordWord, &KeywordWord)| {
            let is_as_finished = edits_max == 0 || a.may_be_unfinished() == b.may_be_unfinished();
            a.text == b.text && a.literal_form == b.literal_form && is_as_finished
        };
        let is_as_long = self.edits_max == edits_max && self.words.len() == words.len();
        is_as_long && self.words.iter().zip(words).all(is_same) && self.as_one.as_ref() == as_one
    }
}

/// The rows that match a key, at one revision of the names.
#[derive(Debug)]
pub(crate) struct CachedRows {
    key: CacheKey,
    revision: Revision,
    rows: Postings,
    /// Shared by all revisions of the rows.
    counts: Arc<CountsByFilter>,
}

impl CachedRows {
    pub(crate) fn new(key: CacheKey, revision: Revision, rows: Postings) -> Self {
        Self { key, revision, rows, counts: Arc::new(CountsByFilter::new(FILTERS_PER_KEYWORD)) }
    }

    /// The rows of the same key at a later revision. The counts go along, since they can be brought up to date.
    pub(crate) fn at(&self, revision: Revision, rows: Postings) -> Self {
        Self { key: self.key.clone(), revision, rows, counts: Arc::clone(&self.counts) }
    }

    /// The rows.
    pub(crate) fn rows(&self) -> &Postings {
        &self.rows
    }

    /// The revision of the names at which these are the rows.
    pub(crate) fn revision(&self) -> Revision {
        self.revision
    }

    /// The counts of the rows under filters.
    pub(crate) fn counts(&self) -> &CountsByFilter {
        &self.counts
    }
}

/// Entries of which the one used longest ago is evicted for the next.
// Invariants:
//   no two entries have the same key; the entry used last stands last; entries.len() <= capacity
struct Entries {
    entries: Vec<Arc<CachedRows>>,
    capacity: usize,
}

/// The cached rows of all revisions of a store and its clones.
///
/// Single letters and digits have places of their own. Many keywords share them, and they would evict what is asked for by
/// itself.
pub(crate) struct KeywordCache {
    keywords: Mutex<Entries>,
    characters: Mutex<Entries>,
    asked: Mutex<AskedKeywords>,
    capacity: usize,
    /// The counts of queries by labels, without a keyword.
    label_counts: CountsByFilter,
}

impl Default for KeywordCache {
    fn default() -> Self {
        Self::new(CACHED_KEYWORDS_DEFAULT)
    }
}

impl KeywordCache {
    /// An empty cache for so many keywords.
    pub(crate) fn new(capacity: usize) -> Self {
        let entries = |capacity| Mutex::new(Entries { entries: Vec::new(), capacity });
        Self {
            keywords: entries(capacity),
            characters: entries(capacity.saturating_mul(CHARACTERS_PER_KEYWORD)),
            asked: Mutex::new(AskedKeywords::new(capacity)),
            capacity,
            label_counts: CountsByFilter::new(capacity),
        }
    }

    /// How many keywords there is room for.
    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    /// The counts of queries by labels, without a keyword.
    pub(crate) fn label_counts(&self) -> &CountsByFilter {
        &self.label_counts
    }

    /// The cached rows of a condition, at whatever revision.
    pub(crate) fn get(&self, condition: NameCondition<'_>, edits_max: u8) -> Option<Arc<CachedRows>> {
        self.lock(condition).get(condition, edits_max)
    }

    /// Whether rows of a condition are cached, at whatever revision.
    pub(crate) fn contains(&self, condition: NameCondition<'_>, edits_max: u8) -> bool {
        self.lock(condition).entries.iter().any(|entry| entry.key.matches(condition, edits_max))
    }

    /// Whether rows of a condition, which are not cached, were asked for a short while ago. Notes that they are asked for.
    pub(crate) fn is_asked_again(&self, condition: NameCondition<'_>, edits_max: u8) -> bool {
        let hash = asked::hash(condition, edits_max);
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).is_asked_again(hash)
    }

    /// Caches rows, unless rows of a later revision are cached. The entry used longest ago is evicted.
    pub(crate) fn put(&self, rows: Arc<CachedRows>) {
        let evicted = self.swap_in(rows);
        // Its bitmaps are freed after the lock is released, so that no other reader waits for the allocator.
        drop(evicted);
    }

    /// Puts rows into the list, and returns those that are not cached: the ones before, or the given ones.
    fn swap_in(&self, rows: Arc<CachedRows>) -> Option<Arc<CachedRows>> {
        let mut entries = self.lock(rows.key.condition());
        entries.swap_in(rows)
    }

    /// The entries among which those of a condition are.
    fn lock(&self, condition: NameCondition<'_>) -> MutexGuard<'_, Entries> {
        let is_character = matches!(condition.words, [word] if word.is_one_character());
        let entries = if is_character { &self.characters } else { &self.keywords };
        // Nothing that runs under the lock can leave the list half changed.
        entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries {
    fn get(&mut self, condition: NameCondition<'_>, edits_max: u8) -> Option<Arc<CachedRows>> {
        let at = self.entries.iter().rposition(|entry| entry.key.matches(condition, edits_max))?;
        self.entries[at..].rotate_left(1);
        self.entries.last().cloned()
    }

    /// Puts rows into the list, and returns those that are not cached: the ones before, or the given ones.
    fn swap_in(&mut self, rows: Arc<CachedRows>) -> Option<Arc<CachedRows>> {
        let (condition, edits_max) = (rows.key.condition(), rows.key.edits_max);
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.key.matches(condition, edits_max)) {
            return Some(if entry.revision < rows.revision { std::mem::replace(entry, rows) } else { rows });
        }
        if self.capacity == 0 {
            return Some(rows);
        }
        let oldest = (self.entries.len() == self.capacity).then(|| self.entries.remove(0));
        self.entries.push(rows);
        oldest
    }
}

impl fmt::Debug for KeywordCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeywordCache").field("capacity", &self.capacity).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::persist::journal::Journal;
    use crate::text::keyword::{Keyword, Phrase};

    type States = Journal<u32, 16>;

    fn phrase(keyword: &str) -> Phrase {
        let Keyword::Words(phrase) = Keyword::parse(keyword) else { panic!("{keyword:?} has words") };
        phrase
    }

    /// Rows of a keyword at the next state of a journal; how many there are tells them apart.
    fn rows(journal: &mut States, text: &str, len: u32) -> Arc<CachedRows> {
        journal.push(0);
        let key = CacheKey::new(phrase(text).condition(), 0);
        Arc::new(CachedRows::new(key, journal.revision(), Postings::from_sorted(&(0..len).collect::<Vec<_>>())))
    }

    fn cached_len(cache: &KeywordCache, text: &str) -> Option<usize> {
        cache.get(phrase(text).condition(), 0).map(|entry| entry.rows().len())
    }

    #[test]
    fn the_entry_used_longest_ago_is_evicted() {
        let (cache, mut journal) = (KeywordCache::new(2), States::default());
        cache.put(rows(&mut journal, "al", 1));
        cache.put(rows(&mut journal, "bo", 2));
        assert_eq!(cached_len(&cache, "al"), Some(1), "used again");
        cache.put(rows(&mut journal, "cy", 3));
        assert_eq!(["al", "bo", "cy"].map(|text| cached_len(&cache, text)), [Some(1), None, Some(3)]);
        assert!(cache.get(phrase("al").condition(), 1).is_none(), "with a typo it is another keyword");
        assert!(cache.get(phrase("al cy").condition(), 0).is_none(), "and so it is with another word");
        let of_first = phrase("al bo");
        let condition = NameCondition { words: &of_first.words[..1], as_one: None };
        assert!(cache.get(condition, 0).is_none(), "or where it may lie elsewhere in a name");
    }

    #[test]
    fn letters_and_digits_evict_no_words_and_words_evict_none_of_them() {
        let (cache, mut journal) = (KeywordCache::new(1), States::default());
        for (text, len) in [("al", 1), ("7", 2), ("a", 3), ("b", 4), ("a b", 5)] {
            cache.put(rows(&mut journal, text, len));
        }
        let cached = ["al", "a b", "7", "a", "b"].map(|text| cached_len(&cache, text));
        assert_eq!(cached, [None, Some(5), None, Some(3), Some(4)], "of each kind those that were used last");
    }

    #[test]
    fn rows_of_an_earlier_state_do_not_replace_those_of_a_later_one() {
        let (cache, mut journal) = (KeywordCache::new(1), States::default());
        let (earlier, later) = (rows(&mut journal, "a", 1), rows(&mut journal, "a", 2));
        cache.put(Arc::clone(&earlier));
        cache.put(later);
        cache.put(earlier);
        assert_eq!(cached_len(&cache, "a"), Some(2));
    }

    #[test]
    fn a_cache_without_capacity_holds_nothing() {
        let (cache, mut journal) = (KeywordCache::new(0), States::default());
        cache.put(rows(&mut journal, "a", 1));
        assert_eq!(cached_len(&cache, "a"), None);
    }

    /// Replaced rows are freed after the lock is released: a reader that waits for the lock must not wait for the allocator
    /// too.
    #[test]
    fn evicted_rows_are_returned_so_that_they_are_freed_without_the_lock() {
        let (cache, mut journal) = (KeywordCache::new(1), States::default());
        let all = [("al", 1), ("al", 2), ("bo", 3)].map(|(text, len)| rows(&mut journal, text, len));
        let [first, second, third] = all;
        assert!(cache.swap_in(Arc::clone(&first)).is_none());
        let returned = cache.swap_in(Arc::clone(&second));
        assert!(returned.is_some_and(|rows| Arc::ptr_eq(&rows, &first)), "of the same keyword");
        let returned = cache.swap_in(first);
        assert!(returned.is_some_and(|rows| rows.rows().len() == 1), "an earlier state");
        let returned = cache.swap_in(third);
        assert!(returned.is_some_and(|rows| Arc::ptr_eq(&rows, &second)), "of another keyword");
    }
}
