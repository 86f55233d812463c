//! The memory of bitmaps, used again by the next bitmap of the same thread.
//!
//! A bitmap gives its memory back when it is dropped, also while a panic unwinds. The memory is cleared then, which costs
//! what the bitmap touched: a new bitmap would cost a pass over all words to clear them.

use std::cell::RefCell;

use crate::plan::cost::CLEARED_PER_BLOCK;
use crate::rows::bits::{SPAN_BLOCKS, SPAN_NUMBERS, SpanBits};
use crate::rows::row::{BLOCK_WORDS, BlockId};

/// Memories in the pool of a thread: as many bitmaps as a query uses at once.
///
/// Measured with 0 instead, at a million jobs, by the rows of `cargo bench --bench instructions -- --jobs 1000000`: a request
/// for a part of a word takes 6.0 µs instead of 4.2 µs, one for a word with a typo and a status 25 µs instead of 23 µs.
const POOLED_MAX: usize = 3;

/// The largest memory that goes into the pool, in words: 2 MB, enough for 16 million jobs.
const POOLED_WORDS_MAX: usize = 1 << 18;

thread_local! {
    static POOL: RefCell<Vec<Memory>> = const { RefCell::new(Vec::new()) };
}

/// The memory of a bitmap.
// Invariants:
//   words and counts of untouched blocks are zero; both lengths are whole numbers of spans
#[derive(Clone, Default)]
pub(super) struct Memory {
    pub(super) words: Vec<u64>,
    pub(super) counts: Vec<u16>,
    pub(super) touched: Touched,
}

/// The blocks that may have rows.
#[derive(Clone)]
pub(super) enum Touched {
    /// These, each once.
    Some(Vec<BlockId>),
    /// All that there are.
    All,
}

impl Default for Touched {
    fn default() -> Self {
        Self::Some(Vec::new())
    }
}

impl Touched {
    fn clear(&mut self) {
        match self {
            Self::Some(blocks) => blocks.clear(),
            Self::All => *self = Self::default(),
        }
    }

    /// The blocks, each once, in no order, where there are so many in all.
    pub(super) fn blocks(&self, blocks_len: usize) -> impl Iterator<Item = BlockId> + '_ {
        let (some, all) = match self {
            Self::Some(blocks) => (blocks.as_slice(), 0..0),
            Self::All => (&[][..], 0..blocks_len),
        };
        some.iter().copied().chain(all.map(BlockId::new))
    }

    /// How many blocks these are, where there are so many in all.
    pub(super) fn len(&self, blocks_len: usize) -> usize {
        match self {
            Self::Some(blocks) => blocks.len(),
            Self::All => blocks_len,
        }
    }
}

impl Memory {
    /// Memory without rows for blocks numbered below `block_ids_end`: from the pool, or new where the pool is empty.
    pub(super) fn take(block_ids_end: usize) -> Self {
        let mut memory = POOL.with_borrow_mut(Vec::pop).unwrap_or_default();
        let blocks = block_ids_end.next_multiple_of(SPAN_BLOCKS);
        memory.counts.resize(blocks, 0);
        memory.words.resize(blocks * BLOCK_WORDS, 0);
        memory
    }

    /// Clears the memory and puts it into the pool, if there is room for it.
    pub(super) fn give_back(mut self) {
        if self.words.len() > POOLED_WORDS_MAX {
            return;
        }
        self.clear();
        // While the thread ends, its pool is gone already: then the memory is freed.
        _ = POOL.try_with(|pool| {
            let mut pool = pool.borrow_mut();
            if pool.len() < POOLED_MAX {
                pool.push(self);
            }
        });
    }

    /// The words of the span that begins at a row.
    pub(super) fn span_at(&mut self, first: usize) -> &mut SpanBits {
        &mut self.words.as_chunks_mut().0[first / SPAN_NUMBERS]
    }

    fn clear(&mut self) {
        match &mut self.touched {
            Touched::Some(blocks) if blocks.len() < self.counts.len() / CLEARED_PER_BLOCK => {
                for block in blocks.drain(..) {
                    self.words[block.index() * BLOCK_WORDS..][..BLOCK_WORDS].fill(0);
                    self.counts[block.index()] = 0;
                }
            }
            _ => {
                self.words.fill(0);
                self.counts.fill(0);
                self.touched.clear();
            }
        }
    }
}
