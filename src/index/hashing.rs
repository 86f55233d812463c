//! How texts that come from callers are hashed: IDs, words and the pieces of words.
//!
//! With a key that is drawn anew for every table (`SipHash`: Aumasson and Bernstein, "A fast short-input PRF", 2012), so
//! that nobody can prepare texts that meet in one bucket. And if all of them met there, answers would be slower and no
//! other: built with `--cfg jobdex_constant_hasher` every text has the same hash, and the tests pass all the same.

#[cfg(not(jobdex_constant_hasher))]
pub(crate) use std::hash::RandomState as TextHasher;

#[cfg(jobdex_constant_hasher)]
pub(crate) type TextHasher = std::hash::BuildHasherDefault<constant::ConstantHasher>;

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
