//! A short number for a longer text, the same in every process and every release.
//!
//! FNV-1a with 64 bits (Fowler, Noll and Vo, "The FNV Non-Cryptographic Hash Algorithm", 1991). It tells queries apart and
//! notices damage; it keeps no secret and no table, so nothing is won by making two texts collide.

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

    /// A text of any length, so that the texts before and behind it can't run together.
    pub(super) fn text(self, text: &str) -> Self {
        // Eight bytes on every machine: a cursor may be read on another one.
        self.bytes(&(text.len() as u64).to_le_bytes()).bytes(text.as_bytes())
    }

    pub(super) fn get(self) -> u64 {
        self.0
    }
}
