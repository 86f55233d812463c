//! Counts of the rows that match a query, block by block: with them its total is at hand, and a page is found without a look
//! at the rows before it.
//!
//! Blocks are counted by their numbers, which stay. To pass many at once in time order, those that stand together are counted
//! as a group too. Where a block comes or goes, the groups are made anew from the blocks.

use crate::index::timeline::directory::Directory;
use crate::persist::journal::Revision;
use crate::rows::row::BlockId;

/// Blocks of a group, in time order.
const GROUP_BLOCKS: usize = 64;

/// Counts of rows in each block, in each group and in all. Two bytes a block.
// Invariants:
//   total is the sum over the blocks
//   groups[g] is the sum over the blocks at positions g × GROUP_BLOCKS and on, in the order of blocks that has the revision
#[derive(Clone, Debug, Default)]
pub(crate) struct BlockCounts {
    blocks: Vec<u16>,
    groups: Vec<u32>,
    order: Revision,
    total: u64,
}

impl BlockCounts {
    /// The counts of the blocks by their numbers, in an order of the blocks.
    pub(crate) fn new(blocks: Vec<u16>, order: &Directory) -> Self {
        let total = blocks.iter().map(|&count| u64::from(count)).sum();
        let mut counts = Self { blocks, groups: Vec::new(), order: Revision::default(), total };
        counts.group(order);
        counts
    }

    /// Counts a row of a block in or out. The groups are made afterwards.
    pub(crate) fn change(&mut self, block: BlockId, was: bool, is: bool) {
        if self.blocks.len() <= block.index() {
            self.blocks.resize(block.index() + 1, 0);
        }
        let count = &mut self.blocks[block.index()];
        *count = *count + u16::from(is) - u16::from(was);
        self.total = self.total + u64::from(is) - u64::from(was);
    }

    /// Makes the groups. Costs a look at each block.
    pub(crate) fn group(&mut self, order: &Directory) {
        self.groups.clear();
        self.groups.resize(order.len().div_ceil(GROUP_BLOCKS), 0);
        for position in 0..order.len() {
            self.groups[position / GROUP_BLOCKS] += u32::from(self.count(order.block(position)));
        }
        self.order = order.revision();
    }

    /// Whether the groups are those of an order of the blocks.
    pub(crate) fn is_grouped(&self, order: &Directory) -> bool {
        self.order == order.revision()
    }

    /// How many rows there are.
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// How many rows a block has.
    #[inline]
    pub(crate) fn count(&self, block: BlockId) -> u16 {
        self.blocks.get(block.index()).copied().unwrap_or(0)
    }

    /// How many rows stand before a position, in the order that the groups were made for.
    pub(crate) fn count_before(&self, order: &Directory, position: usize) -> u64 {
        debug_assert!(self.is_grouped(order), "the groups are those of the order");
        let groups = &self.groups[..position / GROUP_BLOCKS];
        let rest = groups.len() * GROUP_BLOCKS..position;
        groups.iter().map(|&count| u64::from(count)).sum::<u64>()
            + rest.map(|position| u64::from(self.count(order.block(position)))).sum::<u64>()
    }

    /// At which position the row stands that has `skip` of them before it, and how many of them stand before that position;
    /// the end where there are not so many.
    pub(crate) fn find(&self, order: &Directory, skip: u64) -> (usize, u64) {
        debug_assert!(self.is_grouped(order), "the groups are those of the order");
        if skip >= self.total {
            return (order.len(), self.total);
        }
        let (mut position, mut before) = (0, 0);
        for &count in &self.groups {
            if before + u64::from(count) > skip {
                break;
            }
            (position, before) = (position + GROUP_BLOCKS, before + u64::from(count));
        }
        loop {
            let count = u64::from(self.count(order.block(position)));
            if before + count > skip {
                return (position, before);
            }
            (position, before) = (position + 1, before + count);
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    /// So many blocks, in the order of their numbers.
    fn directory(len: usize) -> Directory {
        let mut directory = Directory::default();
        (0..len).for_each(|position| {
            directory.insert(position, DateTime::UNIX_EPOCH);
        });
        directory
    }

    fn check(counts: &BlockCounts, order: &Directory, model: &[u16]) {
        let mut before = 0;
        for position in 0..order.len() {
            let count = u64::from(model.get(order.block(position).index()).copied().unwrap_or(0));
            assert_eq!(counts.count_before(order, position), before, "before position {position}");
            for skip in before..before + count.min(3) {
                assert_eq!(counts.find(order, skip), (position, before), "the one with {skip} before it");
            }
            before += count;
        }
        assert_eq!((counts.total(), counts.find(order, before)), (before, (order.len(), before)));
        assert_eq!(counts.count_before(order, order.len()), before);
    }

    #[test]
    fn rows_are_counted_by_block_in_any_order_of_blocks() {
        let mut model: Vec<u16> = (0..300).map(|block| if block % 7 == 0 { 0 } else { block * 3 }).collect();
        let mut order = directory(300);
        let mut counts = BlockCounts::new(model.clone(), &order);
        check(&counts, &order, &model);
        model.resize(307, 0);
        for position in [0, 100, 150, 301] {
            order.insert(position, DateTime::UNIX_EPOCH);
        }
        for _ in 0..3 {
            order.insert(150, DateTime::UNIX_EPOCH);
            assert!(!counts.is_grouped(&order));
            for (block, was, is) in [(5, true, true), (299, false, true), (303, false, true), (303, true, true)] {
                counts.change(BlockId::new(block), was, is);
                model[block] = model[block] + u16::from(is) - u16::from(was);
            }
            counts.group(&order);
            check(&counts, &order, &model);
        }
        check(&BlockCounts::new(Vec::new(), &order), &order, &[]);
    }
}
