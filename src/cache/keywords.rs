//! Broad keywords, kept: the rows that match `e` or `al jazeera`, so that asking again, or for the next page, does not unite
//! thousands of posting lists anew.
//!
//! Readers keep what they found and share it, whatever state of the store they read; the writer knows nothing of it but the
//! journal of names that changed. Rows that were kept at an earlier state are brought up to date by looking at the rows
//! that changed since. So an answer is never stale, and a write costs the same whether anything is kept or not.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::cache::tally::Tally;
use crate::persist::journal::Revision;
use crate::rows::postings::Postings;
use crate::text::keyword::KeywordWord;

/// Keywords kept where nothing else is said. The rows of each take a bit per job at most, and half as much again where they
/// are counted: 3 bytes per job for all.
pub(crate) const KEYWORDS_KEPT_DEFAULT: usize = 16;

/// What rows are kept of: those whose names match all of some words, with up to so many typos in each.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    pub(crate) words: Vec<KeywordWord>,
    pub(crate) edits_max: u8,
}

impl Pattern {
    /// Whether the same names match.
    fn is(&self, words: &[KeywordWord], edits_max: u8) -> bool {
        let is_same = |(a, b): (&KeywordWord, &KeywordWord)| {
            let is_as_finished = edits_max == 0 || a.may_be_unfinished() == b.may_be_unfinished();
            a.text == b.text && a.literal_form() == b.literal_form() && is_as_finished
        };
        self.edits_max == edits_max && self.words.len() == words.len() && self.words.iter().zip(words).all(is_same)
    }
}

/// The rows that match a pattern, at one state of the names.
#[derive(Debug)]
pub(crate) struct KeptRows {
    pub(crate) pattern: Pattern,
    pub(crate) stamp: Revision,
    pub(crate) rows: Postings,
    counted: Mutex<Counted>,
}

/// What was counted of kept rows.
#[derive(Clone, Debug, Default)]
struct Counted {
    /// The latest tally of them, or of their earlier states.
    tally: Option<Arc<KeptTally>>,
    /// How often a tally was wanted since one was kept.
    wanted: u32,
}

/// The tally of kept rows, at one state of names and cells.
#[derive(Clone, Debug)]
pub(crate) struct KeptTally {
    /// The state of the names at which these are the rows.
    pub(crate) names_stamp: Revision,
    pub(crate) rows: Postings,
    /// The state of the cells at which they were counted.
    pub(crate) cells_stamp: Revision,
    pub(crate) counts: Tally,
}

impl KeptRows {
    pub(crate) fn new(pattern: Pattern, stamp: Revision, rows: Postings) -> Self {
        Self { pattern, stamp, rows, counted: Mutex::default() }
    }

    /// The rows of the same pattern at a later state. What was counted goes along: it can be brought up to date.
    pub(crate) fn at(&self, stamp: Revision, rows: Postings) -> Self {
        Self { pattern: self.pattern.clone(), stamp, rows, counted: Mutex::new(self.counted().clone()) }
    }

    /// The rows.
    pub(crate) fn rows(&self) -> &Postings {
        &self.rows
    }

    /// The state of the names at which these are the rows.
    pub(crate) fn stamp(&self) -> Revision {
        self.stamp
    }

    /// The latest tally of them, or of their earlier states.
    pub(crate) fn tally(&self) -> Option<Arc<KeptTally>> {
        self.counted().tally.clone()
    }

    /// Notes that a tally was wanted, and says how often it was since there was one.
    pub(crate) fn want_tally(&self) -> u32 {
        let mut counted = self.counted();
        counted.wanted = counted.wanted.saturating_add(1);
        counted.wanted
    }

    /// Keeps a tally, unless one of a later state is kept.
    pub(crate) fn put_tally(&self, tally: Arc<KeptTally>) {
        let mut counted = self.counted();
        counted.wanted = 0;
        let is_later = |kept: &Arc<KeptTally>| kept.cells_stamp > tally.cells_stamp;
        let replaced = if counted.tally.as_ref().is_some_and(is_later) { None } else { counted.tally.replace(tally) };
        drop(counted);
        // What is freed is freed when no other reader waits.
        drop(replaced);
    }

    fn counted(&self) -> MutexGuard<'_, Counted> {
        // Nothing that runs under the lock can leave it half changed.
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is kept for all states of a store.
// Invariants:
//   no two of `keywords` have the same pattern; the one used last stands last; keywords.len() <= keywords_max
pub(crate) struct Kept {
    keywords: Mutex<Vec<Arc<KeptRows>>>,
    keywords_max: usize,
}

impl Default for Kept {
    fn default() -> Self {
        Self::new(KEYWORDS_KEPT_DEFAULT)
    }
}

impl Kept {
    pub(crate) fn new(keywords_max: usize) -> Self {
        Self { keywords: Mutex::default(), keywords_max }
    }

    pub(crate) fn keywords_max(&self) -> usize {
        self.keywords_max
    }

    /// What is kept of some words, at whatever state.
    pub(crate) fn get(&self, words: &[KeywordWord], edits_max: u8) -> Option<Arc<KeptRows>> {
        let mut keywords = self.lock();
        let at = keywords.iter().rposition(|kept| kept.pattern.is(words, edits_max))?;
        keywords[at..].rotate_left(1);
        keywords.last().cloned()
    }

    /// Whether anything is kept of some words.
    pub(crate) fn has(&self, words: &[KeywordWord], edits_max: u8) -> bool {
        self.lock().iter().any(|kept| kept.pattern.is(words, edits_max))
    }

    /// Keeps rows, unless those of a later state are kept. The keyword used longest ago gives way.
    pub(crate) fn put(&self, rows: Arc<KeptRows>) {
        let replaced = self.swap_in(rows);
        // Its bitmaps are freed when no lock is held that other readers wait for.
        drop(replaced);
    }

    /// Puts rows into the list, and gives back those that are not kept: the ones before, or these themselves.
    fn swap_in(&self, rows: Arc<KeptRows>) -> Option<Arc<KeptRows>> {
        let Pattern { words, edits_max } = &rows.pattern;
        let mut keywords = self.lock();
        if let Some(kept) = keywords.iter_mut().find(|kept| kept.pattern.is(words, *edits_max)) {
            return Some(if kept.stamp < rows.stamp { std::mem::replace(kept, rows) } else { rows });
        }
        if self.keywords_max == 0 {
            return Some(rows);
        }
        let oldest = (keywords.len() == self.keywords_max).then(|| keywords.remove(0));
        keywords.push(rows);
        oldest
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<KeptRows>>> {
        // Nothing that runs under the lock can leave the list half changed.
        self.keywords.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").field("keywords_max", &self.keywords_max).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::persist::journal::Journal;
    use crate::text::keyword::Keyword;

    type States = Journal<u32, 16>;

    fn words(keyword: &str) -> Vec<KeywordWord> {
        let Keyword::Words(words) = Keyword::parse(keyword) else { panic!("{keyword:?} has words") };
        words
    }

    /// Rows of a keyword at the next state of a journal; how many there are tells them apart.
    fn rows(journal: &mut States, text: &str, len: u32) -> Arc<KeptRows> {
        journal.push(0);
        let pattern = Pattern { words: words(text), edits_max: 0 };
        Arc::new(KeptRows::new(pattern, journal.revision(), Postings::from_sorted(&(0..len).collect::<Vec<_>>())))
    }

    fn kept_len(kept: &Kept, text: &str) -> Option<usize> {
        kept.get(&words(text), 0).map(|kept| kept.rows().len())
    }

    #[test]
    fn the_keyword_used_longest_ago_gives_way() {
        let (kept, mut journal) = (Kept::new(2), States::default());
        kept.put(rows(&mut journal, "a", 1));
        kept.put(rows(&mut journal, "b", 2));
        assert_eq!(kept_len(&kept, "a"), Some(1), "used again");
        kept.put(rows(&mut journal, "c", 3));
        assert_eq!(["a", "b", "c"].map(|text| kept_len(&kept, text)), [Some(1), None, Some(3)]);
        assert!(kept.get(&words("a"), 1).is_none(), "with a typo it is another keyword");
        assert!(kept.get(&words("a c"), 0).is_none(), "and so it is with another word");
        assert!(kept.get(&words("a b")[..1], 0).is_none(), "or where it may lie elsewhere in a name");
    }

    #[test]
    fn rows_of_an_earlier_state_do_not_replace_those_of_a_later_one() {
        let (kept, mut journal) = (Kept::new(1), States::default());
        let (earlier, later) = (rows(&mut journal, "a", 1), rows(&mut journal, "a", 2));
        kept.put(Arc::clone(&earlier));
        kept.put(later);
        kept.put(earlier);
        assert_eq!(kept_len(&kept, "a"), Some(2));
    }

    #[test]
    fn nothing_is_kept_where_no_keyword_may_be() {
        let (kept, mut journal) = (Kept::new(0), States::default());
        kept.put(rows(&mut journal, "a", 1));
        assert_eq!(kept_len(&kept, "a"), None);
    }

    /// Rows are freed by whoever put others in their place, when the lock is open again: a reader that waits for it must
    /// not wait for an allocator too.
    #[test]
    fn what_gives_way_is_given_back_to_be_dropped_without_the_lock() {
        let (kept, mut journal) = (Kept::new(1), States::default());
        let all = [("a", 1), ("a", 2), ("b", 3)].map(|(text, len)| rows(&mut journal, text, len));
        let [first, second, third] = all;
        assert!(kept.swap_in(Arc::clone(&first)).is_none());
        let given_back = kept.swap_in(Arc::clone(&second));
        assert!(given_back.is_some_and(|rows| Arc::ptr_eq(&rows, &first)), "of the same keyword");
        let given_back = kept.swap_in(first);
        assert!(given_back.is_some_and(|rows| rows.rows().len() == 1), "an earlier state");
        let given_back = kept.swap_in(third);
        assert!(given_back.is_some_and(|rows| Arc::ptr_eq(&rows, &second)), "of another keyword");
    }
}
