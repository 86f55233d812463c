//! The numbers by which the indexes speak of jobs.
//!
//! A **row** is the number of a slot of a block, and a job stands at one row. The row of a job stays the same as long as the
//! creation time does and the block does not split. Rows are in no order. A **place** is: the position of a block in time
//! order and a rank within the block.
#![allow(clippy::cast_possible_truncation, reason = "the casts of the id types stand here, each under its assertion")]

use crate::rows::bits::{SPAN_BLOCKS, SPAN_NUMBERS};

/// Slots of a block. A split moves a third of a block and renames the rows in every posting list, which takes about ten
/// microseconds a row. So this bounds the slowest single write. Smaller blocks would make the directory of blocks longer.
pub(crate) const BLOCK_ROWS: usize = 1 << BLOCK_BITS;
const BLOCK_BITS: u32 = 10;

/// Words of a bitmap with one bit a slot of a block.
pub(crate) const BLOCK_WORDS: usize = BLOCK_ROWS / 64;

/// A block, by its number: stable, not in time order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct BlockId(u32);

impl BlockId {
    pub(crate) fn new(index: usize) -> Self {
        assert!(index < 1 << (u32::BITS - BLOCK_BITS), "blocks are numbered within the row numbers");
        Self(index as u32)
    }

    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }

    /// The block of a span that stands there, counted within the span.
    pub(crate) fn in_span(span: usize, block_in_span: usize) -> Self {
        Self::new(span * SPAN_BLOCKS + block_in_span)
    }

    /// The span that the block lies in.
    pub(crate) fn span(self) -> usize {
        self.index() / SPAN_BLOCKS
    }

    /// The block's number, counted within its span.
    pub(crate) fn offset_in_span(self) -> usize {
        self.index() % SPAN_BLOCKS
    }
}

/// A slot of a block, `0..BLOCK_ROWS`, in no order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot(u16);

impl Slot {
    pub(crate) fn new(index: usize) -> Self {
        debug_assert!(index < BLOCK_ROWS);
        Self(index as u16)
    }

    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// The row number of a job: block × [`BLOCK_ROWS`] + slot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Row(u32);

impl Row {
    pub(crate) fn new(block: BlockId, slot: Slot) -> Self {
        Self(block.0 << BLOCK_BITS | u32::from(slot.0))
    }

    pub(crate) fn from_number(number: u32) -> Self {
        Self(number)
    }

    #[allow(clippy::cast_possible_truncation, reason = "rows have numbers of 32 bits")]
    pub(crate) fn of_index(index: usize) -> Self {
        Self(index as u32)
    }

    pub(crate) fn number(self) -> u32 {
        self.0
    }

    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }

    /// The span that the row lies in.
    pub(crate) fn span(self) -> usize {
        self.index() / SPAN_NUMBERS
    }

    /// The row's number, counted within its span.
    pub(crate) fn offset_in_span(self) -> usize {
        self.index() % SPAN_NUMBERS
    }

    pub(crate) fn block(self) -> BlockId {
        BlockId(self.0 >> BLOCK_BITS)
    }

    pub(crate) fn slot(self) -> Slot {
        Slot((self.0 as usize % BLOCK_ROWS) as u16)
    }
}

/// A job that moved to another row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Move {
    pub(crate) from: Row,
    pub(crate) to: Row,
}

/// A place in time order: right before the row that has this rank in the block at this position. The rank may be one past the
/// last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) position: usize,
    pub(crate) rank: usize,
}

impl Place {
    /// Before everything.
    pub(crate) const START: Self = Self { position: 0, rank: 0 };
}
