//! Broad words of keywords, kept: the rows that match `e` or `tv`, so that asking again, or for the next page, does not unite
//! thousands of posting lists anew.
//!
//! Readers keep what they found and share it, whatever state of the store they read; the writer knows nothing of it but the
//! journal of names that changed. Rows that were kept at an earlier state are brought up to date by looking at the rows
//! that changed since. So an answer is never stale, and a write costs the same whether anything is kept or not.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use smol_str::SmolStr;

use super::super::postings::Postings;
use super::journal::Stamp;
use super::keyword::LiteralForm;

/// Words kept where nothing else is said. The rows of each take a bit per job at most: 2 bytes per job for all.
pub(crate) const WORDS_KEPT_DEFAULT: usize = 16;

/// Which word, matched how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: SmolStr,
    pub(super) form: LiteralForm,
}

/// The rows that match a word literally, at one state of the names.
#[derive(Debug)]
pub(crate) struct KeptRows {
    pub(super) word: Word,
    pub(super) stamp: Stamp,
    pub(super) rows: Postings,
}

impl KeptRows {
    /// The rows.
    pub(crate) fn rows(&self) -> &Postings {
        &self.rows
    }
}

/// What is kept for all states of a store.
// Invariants:
//   no two of `words` are for the same word; the one used last stands last; words.len() <= words_max
pub(super) struct Kept {
    words: Mutex<Vec<Arc<KeptRows>>>,
    words_max: usize,
}

impl Default for Kept {
    fn default() -> Self {
        Self::new(WORDS_KEPT_DEFAULT)
    }
}

impl Kept {
    pub(super) fn new(words_max: usize) -> Self {
        Self { words: Mutex::default(), words_max }
    }

    pub(super) fn words_max(&self) -> usize {
        self.words_max
    }

    /// What is kept of a word, at whatever state.
    pub(super) fn get(&self, text: &str, form: LiteralForm) -> Option<Arc<KeptRows>> {
        let mut words = self.lock();
        let at = words.iter().rposition(|kept| kept.word.form == form && kept.word.text == text)?;
        words[at..].rotate_left(1);
        words.last().cloned()
    }

    /// Keeps the rows of a word, unless those of a later state are kept. The word used longest ago gives way.
    pub(super) fn put(&self, rows: Arc<KeptRows>) {
        let mut words = self.lock();
        if let Some(at) = words.iter().position(|kept| kept.word == rows.word) {
            if words[at].stamp < rows.stamp {
                words[at] = rows;
            }
            return;
        }
        if words.len() == self.words_max {
            if words.is_empty() {
                return;
            }
            words.remove(0);
        }
        words.push(rows);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<KeptRows>>> {
        // Nothing that runs under the lock can leave the list half changed.
        self.words.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").field("words_max", &self.words_max).finish_non_exhaustive()
    }
}
