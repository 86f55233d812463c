//! How texts that come from callers are hashed: IDs, words and the pieces of words.
//!
//! With a key that is drawn anew for every table, so that nobody can prepare texts that meet in one bucket. And if all of them
//! met there, answers would be slower and no other: built with `--cfg jobdex_constant_hasher` every text has the same hash,
//! and the tests pass all the same.

use std::hash::BuildHasher;

/// Of texts of any length: `SipHash` (Aumasson and Bernstein, "A fast short-input PRF", 2012).
#[cfg(not(jobdex_constant_hasher))]
pub(crate) use std::hash::RandomState as TextHasher;

#[cfg(jobdex_constant_hasher)]
pub(crate) type TextHasher = std::hash::BuildHasherDefault<constant::ConstantHasher>;

/// Of what fits 64 bits: multiply, add and shift, strongly universal (Thorup, "High Speed Hashing for Integers and Strings",
/// 2015). A search asks for dozens of pieces of words, and a hash for texts of any length would be half of its work.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NumberHasher {
    factor: u128,
    summand: u128,
}

impl NumberHasher {
    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "the upper 32 of the 128 bits are kept")]
    pub(crate) fn hash(self, number: u64) -> u32 {
        (self.factor.wrapping_mul(number.into()).wrapping_add(self.summand) >> 96) as u32
    }
}

impl Default for NumberHasher {
    fn default() -> Self {
        // Texts that all have one hash make a key of zeros, under which all numbers have one too.
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

    /// That two numbers meet in a bucket is as rare as if they were thrown, over all keys; under a single one, numbers in a row
    /// may meet more often.
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
