//! A table of what is known of each character, filled in blocks when texts first need them.
//!
//! Facts of Unicode take 10 to 50 ns to look up in the tables of the libraries, and a name asks for several of each character.
//! A block holds 128 neighbouring characters, so the text of one script needs a few blocks.

use std::{ops::Range, sync::OnceLock};

/// Characters per block.
const BLOCK_CHARS: u32 = 128;

/// One past the last character in the table. The table covers the two planes that hold scripts, emoji and signs.
const TABLE_CHARS: u32 = 0x2_0000;

/// Number of blocks.
const BLOCKS_LEN: usize = (TABLE_CHARS / BLOCK_CHARS) as usize;

/// A static table. It caches a pure function of Unicode's tables, so threads may share it.
pub(super) struct CharTable<B> {
    blocks: [OnceLock<B>; BLOCKS_LEN],
}

impl<B> CharTable<B> {
    /// A table without blocks.
    pub(super) const fn new() -> Self {
        Self { blocks: [const { OnceLock::new() }; BLOCKS_LEN] }
    }

    /// The block of a character, and the character's place in it; `None` outside of the two planes. A missing block is made
    /// of the codes of its characters.
    pub(super) fn block(&self, c: char, make: fn(Range<u32>) -> B) -> Option<(&B, usize)> {
        let (code, place) = (u32::from(c), u32::from(c) % BLOCK_CHARS);
        let first = code - place;
        let block = self.blocks.get(usize::try_from(code / BLOCK_CHARS).ok()?)?;
        Some((block.get_or_init(|| make(first..first + BLOCK_CHARS)), usize::try_from(place).ok()?))
    }
}
