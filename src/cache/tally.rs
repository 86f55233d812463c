//! A tally: how many of some rows each cell has, block by block.
//!
//! A tally holds for some rows the counts that the timeline holds for all. With it, the total of the rows under any filter is
//! a sum, and a page is found by counts, without a look at the rows before it.
//!
//! Blocks are counted by their numbers, which stay. To pass many at once in time order, those that stand together are
//! counted as a group too; where a block comes or goes, the groups are made anew from the blocks.

use crate::index::cell::{BlockCounts, CELLS, Cell, CellCounts, CellSet};
use crate::index::timeline::directory::Directory;
use crate::persist::journal::Revision;
use crate::persist::shared_vec::SharedVec;
use crate::rows::row::{BlockId, Row};

/// Blocks of a group, in time order.
const GROUP_BLOCKS: usize = 64;

/// Counts per cell, in each block, in each group and in all. Shared by structure, so that the tally of a later state costs
/// what differs.
// Invariants:
//   totals is the sum over the blocks
//   groups[g] is the sum over the blocks at positions g × GROUP_BLOCKS and on, in the order of blocks that has the stamp
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    blocks: SharedVec<BlockCounts, 16, 16>,
    groups: Vec<[u32; CELLS]>,
    order: Revision,
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
    /// Adds the rows of a block that has none yet. The groups are made afterwards.
    pub(crate) fn add_block(&mut self, block: BlockId, counts: &BlockCounts) {
        *self.blocks.get_mut(block.index()) = *counts;
        self.totals.iter_mut().zip(counts).for_each(|(total, &count)| *total += u64::from(count));
    }

    /// Counts a row under another cell than before, or in or out.
    pub(crate) fn shift(&mut self, order: &Directory, row: Row, was: Option<Cell>, is: Option<Cell>) {
        let counts = self.blocks.get_mut(row.block().index());
        // If the order of the blocks is another one, the groups are made anew after all rows are counted.
        let is_grouped = self.order == order.revision();
        let mut group = is_grouped.then(|| &mut self.groups[order.position(row.block()) / GROUP_BLOCKS]);
        if let Some(cell) = was.map(Cell::index) {
            counts[cell] -= 1;
            self.totals[cell] -= 1;
            if let Some(group) = &mut group {
                group[cell] -= 1;
            }
        }
        if let Some(cell) = is.map(Cell::index) {
            counts[cell] += 1;
            self.totals[cell] += 1;
            if let Some(group) = &mut group {
                group[cell] += 1;
            }
        }
    }

    /// Makes the groups anew where blocks came or went. Costs a look at each block.
    pub(crate) fn group(&mut self, order: &Directory) {
        if self.order == order.revision() {
            return;
        }
        self.groups = vec![[0; CELLS]; order.len().div_ceil(GROUP_BLOCKS)];
        for position in 0..order.len() {
            let counts = self.blocks.get(order.block(position).index()).unwrap_or(&NO_ROWS);
            let group = &mut self.groups[position / GROUP_BLOCKS];
            group.iter_mut().zip(counts).for_each(|(sum, &count)| *sum += u32::from(count));
        }
        self.order = order.revision();
    }

    /// How many rows each cell has.
    pub(crate) fn totals(&self) -> &CellCounts {
        &self.totals
    }

    /// How many rows each cell has before a position, in the order that the groups were made for.
    pub(crate) fn cell_counts_before(&self, order: &Directory, position: usize) -> CellCounts {
        let mut sums = CellCounts::default();
        let groups = &self.groups[..position / GROUP_BLOCKS];
        for group in groups {
            sums.iter_mut().zip(group).for_each(|(sum, &count)| *sum += u64::from(count));
        }
        for position in groups.len() * GROUP_BLOCKS..position {
            let counts = self.blocks.get(order.block(position).index()).unwrap_or(&NO_ROWS);
            sums.iter_mut().zip(counts).for_each(|(sum, &count)| *sum += u64::from(count));
        }
        sums
    }

    /// At which position the row of these cells stands that has `skip` of them before it, and how many of those stand
    /// before that position; the end where there are not so many.
    pub(crate) fn find(&self, order: &Directory, skip: u64, mask: &CellMask) -> (usize, u64) {
        let (mut position, mut before) = (0, 0);
        for group in &self.groups {
            // A group has 65,536 rows at most.
            let count =
                group.iter().zip(&mask.0).map(|(count, &mask)| count & (u32::from(mask) * 0x1_0001)).sum::<u32>();
            if before + u64::from(count) > skip {
                break;
            }
            (position, before) = (position + GROUP_BLOCKS, before + u64::from(count));
        }
        while position < order.len() {
            let count = self.count(order.block(position), mask);
            if before + count > skip {
                break;
            }
            (position, before) = (position + 1, before + count);
        }
        (position.min(order.len()), before)
    }

    /// How many rows of a block are of some cells.
    #[inline]
    pub(crate) fn count(&self, block: BlockId, mask: &CellMask) -> u64 {
        let counts = self.blocks.get(block.index()).unwrap_or(&NO_ROWS);
        // A block has 1,024 rows: the sum fits the small numbers, of which many are added at once.
        counts.iter().zip(&mask.0).map(|(count, mask)| count & mask).sum::<u16>().into()
    }
}

static NO_ROWS: BlockCounts = [0; CELLS];

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::rows::row::Slot;

    /// So many blocks, in the order of their numbers.
    fn directory(len: usize) -> Directory {
        let mut directory = Directory::default();
        (0..len).for_each(|position| {
            directory.insert(position, DateTime::UNIX_EPOCH);
        });
        directory
    }

    fn cell(index: usize) -> Cell {
        Cell::from_index(index)
    }

    fn row(block: usize) -> Row {
        Row::new(BlockId::new(block), Slot::new(3))
    }

    /// The expected tally: rows by block and cell.
    type Model = std::collections::BTreeMap<(usize, usize), u64>;

    fn check(tally: &Tally, order: &Directory, model: &Model, cells: CellSet) {
        let mask = CellMask::new(cells);
        let count = |block: BlockId| {
            let of_block = model.range((block.index(), 0)..(block.index() + 1, 0));
            of_block.filter(|((_, at), _)| cells.contains(cell(*at))).map(|(_, count)| count).sum::<u64>()
        };
        let mut before = 0;
        for position in 0..order.len() {
            let block = order.block(position);
            let counts = tally.cell_counts_before(order, position);
            assert_eq!(crate::index::cell::sum_cells(&counts, cells), before, "before position {position}");
            assert_eq!(tally.count(block, &mask), count(block));
            for skip in before..before + count(block).min(3) {
                assert_eq!(tally.find(order, skip, &mask), (position, before), "the one with {skip} before it");
            }
            before += count(block);
        }
        assert_eq!(crate::index::cell::sum_cells(tally.totals(), cells), before);
        assert_eq!(tally.find(order, before, &mask), (order.len(), before), "there is none behind the last");
    }

    #[test]
    fn a_tally_counts_rows_by_block_and_cell_in_any_order_of_blocks() {
        let (mut tally, mut model) = (Tally::default(), Model::new());
        for block in (0..300).filter(|block| block % 7 != 0) {
            let mut counts = [0; CELLS];
            (counts[block % CELLS], counts[23]) = (600, 400);
            tally.add_block(BlockId::new(block), &counts);
            model.extend([((block, block % CELLS), 600), ((block, 23), 400)]);
        }
        let mut order = directory(300);
        for position in [0, 100, 150, 301] {
            order.insert(position, DateTime::UNIX_EPOCH);
            let order = &order;
            tally.group(order);
            for (number, block) in [0, 5, 170, 299].into_iter().enumerate() {
                tally.shift(order, row(block), None, Some(cell(number)));
                tally.shift(order, row(block), Some(cell(number)), Some(cell(9)));
                *model.entry((block, 9)).or_default() += 1;
            }
            for cells in [CellSet::ALL, CellSet::only(cell(9)), CellSet::only(cell(23)).complement()] {
                check(&tally, order, &model, cells);
            }
            let earlier = tally.clone();
            tally.shift(order, row(5), Some(cell(9)), None);
            *model.get_mut(&(5, 9)).expect("it was counted") -= 1;
            check(&tally, order, &model, CellSet::ALL);
            assert_eq!(earlier.totals()[9], tally.totals()[9] + 1, "the tally of another state stays");
        }
    }

    #[test]
    fn counts_that_change_while_blocks_come_and_go_are_grouped_afterwards() {
        let before = directory(3);
        let mut after = before.clone();
        after.insert(1, DateTime::UNIX_EPOCH);
        let (mut tally, mut model) = (Tally::default(), Model::new());
        tally.group(&before);
        tally.shift(&before, row(1), None, Some(cell(1)));
        tally.shift(&after, row(1), Some(cell(1)), None);
        tally.shift(&after, row(3), None, Some(cell(2)));
        tally.group(&after);
        model.insert((3, 2), 1);
        check(&tally, &after, &model, CellSet::ALL);
    }
}
