//! Keywords that were asked for lately and are not cached.
//!
//! Most keywords that people type are typed once. To cache their rows would cost time and evict rows that others ask for, so
//! rows are cached when they are asked for the second time.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::text::keyword::NameCondition;

/// Keywords that are remembered for each one that can be cached.
const ASKED_PER_CACHED: usize = 16;

/// The hashes of keywords that were asked for once, the latest last. Two keywords with the same hash only lead to rows that are
/// cached too early.
// Invariants: hashes.len() <= capacity; no hash is there twice
#[derive(Debug)]
pub(super) struct AskedKeywords {
    hashes: VecDeque<u64>,
    capacity: usize,
}

impl AskedKeywords {
    /// An empty list, for a cache of so many keywords.
    pub(super) fn new(cached_max: usize) -> Self {
        Self { hashes: VecDeque::new(), capacity: cached_max.saturating_mul(ASKED_PER_CACHED) }
    }

    /// Whether a keyword was asked for before. If it was not, it is remembered, and the one asked for longest ago may be
    /// forgotten. If it was, it is forgotten, since its rows are cached now.
    pub(super) fn is_asked_again(&mut self, hash: u64) -> bool {
        if let Some(at) = self.hashes.iter().position(|&asked| asked == hash) {
            self.hashes.remove(at);
            return true;
        }
        if self.capacity == 0 {
            return false;
        }
        if self.hashes.len() == self.capacity {
            self.hashes.pop_front();
        }
        self.hashes.push_back(hash);
        false
    }
}

/// The hash of a condition with so many typos at most.
pub(super) fn hash(condition: NameCondition<'_>, edits_max: u8) -> u64 {
    let mut hasher = DefaultHasher::new();
    condition.words.iter().for_each(|word| (&word.text, word.place).hash(&mut hasher));
    edits_max.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyword_is_asked_again_until_others_have_pushed_it_out() {
        let mut asked = AskedKeywords::new(1);
        assert_eq!(
            [1, 1, 1].map(|hash| asked.is_asked_again(hash)),
            [false, true, false],
            "forgotten once it is cached"
        );
        (2..17).for_each(|hash| assert!(!asked.is_asked_again(hash)));
        assert!(asked.is_asked_again(1), "15 others leave it");
        (17..20).for_each(|hash| assert!(!asked.is_asked_again(hash)));
        assert!(!asked.is_asked_again(2), "the one asked for longest ago is forgotten");
        assert!(asked.hashes.len() <= 16);
    }

    #[test]
    fn without_room_nothing_is_remembered() {
        let mut asked = AskedKeywords::new(0);
        assert_eq!([1, 1].map(|hash| asked.is_asked_again(hash)), [false, false]);
    }
}
