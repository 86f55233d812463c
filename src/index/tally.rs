//! A tally: how many of some rows each cell has, block by block.
//!
//! What the [timeline](super::timeline) knows of all jobs, for some of them: with it, their total under any filter is a
//! sum, and a page is found by counts, without a look at the rows before it.

use super::cell::{CELLS, Cell, CellCounts, CellSet};
use super::row::{BlockId, Row};
use super::shared_vec::SharedVec;

/// Counts per cell of the rows of one block.
pub(crate) type BlockCounts = [u16; CELLS];

/// Counts per cell, in each block and in all. Shared by structure, so that the tally of a later state costs what differs.
// Invariants:
//   totals is the sum over the blocks
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    blocks: SharedVec<BlockCounts, 16, 16>,
    totals: CellCounts,
}

/// The cells that are counted, as a mask to AND counts with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CellMask([u16; CELLS]);

impl CellMask {
    pub(crate) fn new(cells: CellSet) -> Self {
        Self(std::array::from_fn(|cell| if cells.contains(Cell::from_index(cell)) { u16::MAX } else { 0 }))
    }
}

impl Tally {
    /// Adds the rows of a block that has none yet.
    pub(crate) fn add_block(&mut self, block: BlockId, counts: &BlockCounts) {
        *self.blocks.get_mut(block.index()) = *counts;
        self.totals.iter_mut().zip(counts).for_each(|(total, &count)| *total += u64::from(count));
    }

    pub(crate) fn add(&mut self, row: Row, cell: Cell) {
        self.blocks.get_mut(row.block().index())[cell.index()] += 1;
        self.totals[cell.index()] += 1;
    }

    /// Takes out a row that was counted under this cell.
    pub(crate) fn take(&mut self, row: Row, cell: Cell) {
        self.blocks.get_mut(row.block().index())[cell.index()] -= 1;
        self.totals[cell.index()] -= 1;
    }

    /// How many rows each cell has.
    pub(crate) fn totals(&self) -> &CellCounts {
        &self.totals
    }

    /// How many rows of a block each cell has.
    pub(crate) fn block(&self, block: BlockId) -> &BlockCounts {
        self.blocks.get(block.index()).unwrap_or(&[0; CELLS])
    }

    /// How many rows of a block are of some cells.
    #[inline]
    pub(crate) fn count(&self, block: BlockId, mask: &CellMask) -> u64 {
        // A block has 1,024 rows: the sum fits the small numbers, of which many are added at once.
        self.block(block).iter().zip(&mask.0).map(|(count, mask)| count & mask).sum::<u16>().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(index: usize) -> Cell {
        Cell::from_index(index)
    }

    #[test]
    fn a_tally_counts_rows_by_block_and_cell() {
        let mut tally = Tally::default();
        let row = |block| Row::new(BlockId::new(block), crate::index::row::Slot::new(3));
        let mut counts = [0; CELLS];
        (counts[0], counts[23]) = (600, 424);
        tally.add_block(BlockId::new(70), &counts);
        tally.add(row(2), cell(5));
        tally.take(row(70), cell(23));
        let count = |block, cells| tally.count(BlockId::new(block), &CellMask::new(cells));
        assert_eq!([0, 2, 70, 9_999].map(|block| count(block, CellSet::ALL)), [0, 1, 1023, 0]);
        assert_eq!(count(70, CellSet::only(cell(23))), 423);
        assert_eq!(count(70, CellSet::only(cell(0)).complement()), 423);
        assert_eq!(tally.totals().iter().sum::<u64>(), 1024);
        let later = {
            let mut later = tally.clone();
            later.take(row(2), cell(5));
            later
        };
        assert_eq!((later.totals()[5], tally.totals()[5]), (0, 1), "the tally of another state stays");
    }
}
