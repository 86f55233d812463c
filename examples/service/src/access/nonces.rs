//! The nonces of requests that were answered, so that none is answered twice.
//!
//! ```text
//! minute of the request's time ─→ hashes of (key ID, nonce)
//! ```
//! A nonce counts as long as its request's time is in the window. The time is signed, so a replayed request has the
//! same minute, and only the hashes of that minute are searched. A minute that has left the window is dropped whole.
//!
//! The hash has 64 bits and a random key, so a stranger can't make two nonces collide, and two collide by chance about
//! once in 10¹² requests.

use std::collections::{BTreeMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};

use crate::limits::{CLOCK_SKEW_MAX, NONCES_MAX};

/// The result of taking a nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// Nobody has used it.
    New,
    /// The key has used it.
    Used,
    /// There is no room for it. Room comes when the oldest nonces leave the window.
    Full,
}

/// The nonces in the window.
#[derive(Debug)]
pub(super) struct Nonces {
    by_minute: Mutex<ByMinute>,
    hasher: RandomState,
    max: usize,
}

// Invariants:
//   len = the sum of the lengths of the sets
#[derive(Debug, Default)]
struct ByMinute {
    sets: BTreeMap<i64, HashSet<u64>>,
    len: usize,
}

impl Default for Nonces {
    fn default() -> Self {
        Self::with_max(NONCES_MAX)
    }
}

impl Nonces {
    pub(super) fn with_max(max: usize) -> Self {
        Self { by_minute: Mutex::default(), hasher: RandomState::new(), max }
    }

    /// Takes the nonce of a key's request of this time, which is in the window.
    pub(super) fn take(&self, key_id: &str, nonce: &str, time: DateTime<Utc>, now: DateTime<Utc>) -> Taken {
        let hash = self.hasher.hash_one((key_id, nonce));
        let mut by_minute = self.by_minute.lock().unwrap_or_else(PoisonError::into_inner);
        by_minute.forget((now - CLOCK_SKEW_MAX).timestamp().div_euclid(60));
        let minute = time.timestamp().div_euclid(60);
        if by_minute.sets.get(&minute).is_some_and(|set| set.contains(&hash)) {
            return Taken::Used;
        }
        if by_minute.len >= self.max {
            return Taken::Full;
        }
        by_minute.sets.entry(minute).or_default().insert(hash);
        by_minute.len += 1;
        Taken::New
    }
}

impl ByMinute {
    /// Drops the minutes before this one.
    fn forget(&mut self, minute: i64) {
        while let Some(first) = self.sets.first_entry().filter(|first| *first.key() < minute) {
            self.len -= first.remove().len();
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn nonces_are_bounded_and_the_bound_lets_none_come_twice() {
        let begin = DateTime::from_timestamp(1_772_323_200, 0).unwrap();
        let nonces = Nonces::with_max(3);
        let take = |nonce: &str, time, now| nonces.take("key", nonce, time, now);
        for nonce in ["a", "b"] {
            assert_eq!(take(nonce, begin, begin), Taken::New);
        }
        let ahead = begin + CLOCK_SKEW_MAX;
        assert_eq!(take("c", ahead, begin), Taken::New);
        assert_eq!(take("d", begin, begin), Taken::Full);
        assert_eq!(take("a", begin, begin), Taken::Used, "a used one is known at the bound too");
        let later = begin + CLOCK_SKEW_MAX + TimeDelta::minutes(1);
        assert_eq!(take("d", later, later), Taken::New, "two have left the window");
        assert_eq!(take("e", later, later), Taken::New);
        assert_eq!(take("f", later, later), Taken::Full);
        assert_eq!(take("c", ahead, later), Taken::Used, "its time is still in the window");
        assert_eq!(nonces.by_minute.lock().unwrap().sets.values().map(HashSet::len).sum::<usize>(), 3);
    }
}
