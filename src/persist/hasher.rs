//! How texts that come from callers are hashed: job IDs, labels, words and the pieces of words.
//!
//! Each table draws a key of its own, so that nobody can prepare texts that all fall into one bucket. If they did, answers
//! would be slower and no other: built with `--cfg jobdex_constant_hasher` every text has the same hash, and all tests pass.

use std::hash::BuildHasher;

/// The hasher of texts of any length: `SipHash` (Aumasson and Bernstein, "A fast short-input PRF", 2012).
#[cfg(not(jobdex_constant_hasher))]
pub(crate) use std::hash::RandomState as TextHasher;

#[cfg(jobdex_constant_hasher)]
pub(crate) type TextHasher = std::hash::BuildHasherDefault<constant::ConstantHasher>;

/// The hasher of numbers of 64 bits: multiply, add and shift, strongly universal (Thorup, "High Speed Hashing for Integers
/// and Strings", 2015). A search looks up dozens of pieces of words. With a hasher for texts of any length, hashing would be
/// half of its work.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NumberHasher {
    factor: u128,
    summand: u128,
}

impl NumberHasher {
    /// The same hash for all numbers.
    #[cfg(test)]
    pub(crate) const CONSTANT: Self = Self { factor: 0, summand: 0 };

    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "the upper 32 of the 128 bits are kept")]
    pub(crate) fn hash(self, number: u64) -> u32 {
        (self.factor.wrapping_mul(number.into()).wrapping_add(self.summand) >> 96) as u32
    }
}

impl Default for NumberHasher {
    fn default() -> Self {
        // A hasher that gives all texts one hash gives a key of zeros here: so all numbers get one hash too.
        let random = TextHasher::default();
        let [a, b, c, d, zero] = [1_u64, 2, 3, 4, 0].map(|number| random.hash_one(number));
        let drawn = |high: u64, low: u64| u128::from(high ^ zero) << 64 | u128::from(low ^ zero);
        Self { factor: drawn(a, b), summand: drawn(c, d) }
    }
}

#[cfg(any(test, jobdex_constant_hasher))]
pub(crate) mod constant {
    use std::hash::Hasher;

    /// The same hash for everything.
    #[derive(Clone, Debug, Default)]
    pub(crate) struct ConstantHasher;

    impl Hasher for ConstantHasher {
        fn finish(&self) -> u64 {
            7
        }

        fn write(&mut self, _bytes: &[u8]) {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Over random keys, collisions are as rare as chance. Under one given key, consecutive numbers may collide more often.
    #[test]
    fn numbers_spread_over_buckets_and_two_keys_differ() {
        let (hasher, other) = (NumberHasher::default(), NumberHasher::default());
        let is_constant = cfg!(jobdex_constant_hasher);
        assert_eq!((0..9).all(|number| hasher.hash(number) == other.hash(number)), is_constant);
        let keys = (0..256).map(|_| NumberHasher::default());
        let met = keys.filter(|hasher| hasher.hash(7 << 42) % 16 == hasher.hash(8 << 42) % 16).count();
        assert!(is_constant || (1..64).contains(&met), "{met} of 256, where 16 are expected");
    }
}
