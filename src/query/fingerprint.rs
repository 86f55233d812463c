//! A hash of a text that is the same in every process and every release.
//!
//! The hash is FNV-1a with 64 bits (Fowler, Noll and Vo, "The FNV Non-Cryptographic Hash Algorithm", 1991). It
//! distinguishes queries and detects damage. It protects no secret and no hash table, so a caller gains nothing from a
//! collision.

const OFFSET_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

/// A running FNV-1a hash.
#[derive(Clone, Copy)]
pub(super) struct Fingerprint(u64);

impl Fingerprint {
    pub(super) fn new() -> Self {
        Self(OFFSET_BASIS)
    }

    pub(super) fn bytes(self, bytes: &[u8]) -> Self {
        Self(bytes.iter().fold(self.0, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME)))
    }

    /// Hashes the length before the text, so that two neighbouring texts cannot be read as one.
    pub(super) fn text(self, text: &str) -> Self {
        self.count(text.len()).bytes(text.as_bytes())
    }

    /// Hashes a length or a number of parts.
    pub(super) fn count(self, count: usize) -> Self {
        // The count has eight bytes on every machine, because a cursor may be read on another machine.
        self.bytes(&(count as u64).to_le_bytes())
    }

    pub(super) fn get(self) -> u64 {
        self.0
    }
}
