//! A tree of sums: how many jobs of each cell stand before a position in time, and at which position the k-th stands.
//!
//! The leaves are the blocks in time order. A node has, for each cell, the counts of its [`FANOUT`] children side by side.
//! The counts of a set of cells are then sums of short columns, which the processor adds all at once:
//! ```text
//! node of level 1:  cell 0 [ . . . 8 … ]     a child is a node of level 0
//!                   cell 1 [ . . .     ]
//!                   …
//! node of level 0:  cell 0 [ . . . 8 … ]     a child is a block
//! ```
//! Both questions are answered by a walk from the root down, one node a level.

use std::ops::Range;
use std::sync::Arc;

use crate::index::cell::{BlockCounts, CELLS, Cell, CellCounts, CellSet, sum_cells};

/// Children of a node: as many counts as the processor adds at once. A write beside a snapshot copies a node a level, 880 bytes.
pub(super) const FANOUT: usize = 1 << FANOUT_BITS;
const FANOUT_BITS: u32 = 3;

/// Counts per cell of the blocks by position.
// Invariants:
//   a child of a node of level l is FANOUT^l positions wide; the root has level levels − 1, the lowest that has all positions
//   the counts of a child are the sums over the node below it; all[child] is the sum over its cells
//   total is the sum over the root
#[derive(Clone, Debug)]
pub(super) struct Sums {
    root: Option<Arc<SumNode>>,
    levels: u32,
    total: CellCounts,
}

#[derive(Clone, Debug, Default)]
struct SumNode {
    /// `[cell][child]`
    counts: [[u32; FANOUT]; CELLS],
    /// `[child]`, of all cells together: requests with few filters start from it.
    all: [u32; FANOUT],
    /// The nodes below; none at level 0.
    children: [Option<Arc<SumNode>>; FANOUT],
}

impl Default for Sums {
    fn default() -> Self {
        Self { root: None, levels: 1, total: [0; CELLS] }
    }
}

impl Sums {
    /// How many jobs of these cells there are. Costs **O(1)**.
    pub(super) fn total(&self, cells: CellSet) -> u64 {
        sum_cells(&self.total, cells)
    }

    pub(super) fn totals(&self) -> &CellCounts {
        &self.total
    }

    /// Adds one job to a position.
    pub(super) fn increment(&mut self, position: usize, cell: Cell) {
        self.change(position, None, Some(cell));
    }

    /// Takes one job from a position.
    pub(super) fn decrement(&mut self, position: usize, cell: Cell) {
        self.change(position, Some(cell), None);
    }

    /// Counts one job of a position under another cell.
    pub(super) fn shift(&mut self, position: usize, from: Cell, to: Cell) {
        self.change(position, Some(from), Some(to));
    }

    /// Counts one job of a position no longer under a cell, and from now on under another, where there is one.
    #[inline]
    fn change(&mut self, position: usize, from: Option<Cell>, to: Option<Cell>) {
        if let Some(from) = from {
            self.total[from.index()] -= 1;
        }
        if let Some(to) = to {
            self.total[to.index()] += 1;
        }
        let mut node = &mut self.root;
        for level in (0..self.levels).rev() {
            let parent = Arc::make_mut(node.get_or_insert_default());
            let child = child_at(position, level);
            parent.change(child, from, to);
            node = &mut parent.children[child];
        }
    }

    /// Makes the tree anew from a position on, after blocks there came or went. `counts` are those of the blocks from this
    /// position up to the last. Costs **O(blocks from the position on)**. The totals stay.
    pub(super) fn rebuild_from<'c>(&mut self, position: usize, counts: impl ExactSizeIterator<Item = &'c BlockCounts>) {
        let len = position + counts.len();
        while len > reach(self.levels) {
            self.root = self.root.take().map(|root| {
                let mut above = SumNode::default();
                above.set(0, root.sums());
                above.children[0] = Some(root);
                Arc::new(above)
            });
            self.levels += 1;
        }
        Rebuild { positions: position..len, counts }.rebuild(&mut self.root, self.levels - 1, 0);
        while self.levels > 1 && len <= reach(self.levels - 1) {
            self.root = self.root.take().and_then(|root| root.children[0].clone());
            self.levels -= 1;
        }
    }

    /// How many jobs of these cells stand before a position. Costs a node a level.
    pub(super) fn count_before(&self, position: usize, cells: CellSet) -> u64 {
        if position >= reach(self.levels) {
            return self.total(cells);
        }
        let mut count = 0;
        let mut node = &self.root;
        for level in (0..self.levels).rev() {
            let Some(parent) = node.as_deref() else { break };
            let child = child_at(position, level);
            if child > 0 {
                count += parent.by_child(cells)[..child].iter().map(|&count| u64::from(count)).sum::<u64>();
            }
            node = &parent.children[child];
        }
        count
    }

    /// How many jobs of each cell stand before a position.
    pub(super) fn cell_counts_before(&self, position: usize) -> CellCounts {
        std::array::from_fn(|cell| self.count_before(position, CellSet::only(Cell::from_index(cell))))
    }

    /// The block of the job, among those of these cells, that has `skip` of them before it; `None` if there are not so many.
    /// Costs a node a level.
    pub(super) fn find(&self, skip: u64, cells: CellSet) -> Option<FoundBlock> {
        if skip >= self.total(cells) {
            return None;
        }
        let mut before = 0;
        let mut position = 0;
        let mut siblings = [0; FANOUT];
        let mut node = &self.root;
        for _ in 0..self.levels {
            let parent = node.as_deref()?;
            siblings = parent.by_child(cells);
            let mut child = 0;
            // Ends before the last child is passed: the job that is looked for lies below this node.
            while before + u64::from(siblings[child]) <= skip {
                before += u64::from(siblings[child]);
                child += 1;
            }
            position = position * FANOUT + child;
            node = &parent.children[child];
        }
        Some(FoundBlock { position, before, siblings })
    }

    #[cfg(test)]
    pub(super) fn depth(&self) -> u32 {
        self.levels
    }
}

/// How many positions a tree of so many levels has.
fn reach(levels: u32) -> usize {
    1 << (FANOUT_BITS * levels)
}

/// The child, in a node of this level, that a position lies under.
#[inline]
fn child_at(position: usize, level: u32) -> usize {
    (position >> (FANOUT_BITS * level)) % FANOUT
}

/// Nodes that are made anew, from left to right.
// Invariants:
//   counts gives the counts of the positions that are not made yet, in order
struct Rebuild<I> {
    positions: Range<usize>,
    counts: I,
}

impl<'c, I: Iterator<Item = &'c BlockCounts>> Rebuild<I> {
    /// Makes those of the positions anew that lie below `node`, whose own begin at `start`.
    fn rebuild(&mut self, node: &mut Option<Arc<SumNode>>, level: u32, start: usize) {
        if start >= self.positions.end {
            *node = None;
            return;
        }
        let node = Arc::make_mut(node.get_or_insert_default());
        let width = reach(level);
        for child in 0..FANOUT {
            let start = start + child * width;
            if start + width <= self.positions.start {
                continue;
            }
            let sums = if level > 0 {
                self.rebuild(&mut node.children[child], level - 1, start);
                node.children[child].as_ref().map_or([0; CELLS], |below| below.sums())
            } else {
                // Behind the last position there are no counts.
                self.counts.next().map_or([0; CELLS], |counts| counts.map(u32::from))
            };
            node.set(child, sums);
        }
    }
}

/// The block that [`Sums::find`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FoundBlock {
    pub(super) position: usize,
    /// How many jobs of the cells stand before the block.
    pub(super) before: u64,
    /// How many jobs of the cells stand at each of the positions around it, from the last multiple of their number on.
    pub(super) siblings: [u32; FANOUT],
}

impl SumNode {
    #[inline]
    fn change(&mut self, child: usize, from: Option<Cell>, to: Option<Cell>) {
        if let Some(from) = from {
            self.counts[from.index()][child] -= 1;
            self.all[child] -= 1;
        }
        if let Some(to) = to {
            self.counts[to.index()][child] += 1;
            self.all[child] += 1;
        }
    }

    fn set(&mut self, child: usize, counts: [u32; CELLS]) {
        self.counts.iter_mut().zip(counts).for_each(|(column, count)| column[child] = count);
        self.all[child] = counts.iter().sum();
    }

    /// Per cell, the sum over the children.
    fn sums(&self) -> [u32; CELLS] {
        self.counts.map(|column| column.iter().sum())
    }

    /// Per child, the sum over some cells.
    #[inline]
    fn by_child(&self, cells: CellSet) -> [u32; FANOUT] {
        let column = |cell: Cell| &self.counts[cell.index()];
        let mut sums = self.all;
        if cells.len() > CELLS / 2 {
            // Fewer columns are left out than added.
            cells.complement().iter().for_each(|cell| sums.iter_mut().zip(column(cell)).for_each(|(sum, n)| *sum -= n));
        } else {
            sums = [0; FANOUT];
            cells.iter().for_each(|cell| sums.iter_mut().zip(column(cell)).for_each(|(sum, n)| *sum += n));
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::{StartMode, Status, TemplateType};

    /// Makes the sums of `len` blocks anew, from a position on.
    fn rebuild_from(sums: &mut Sums, position: usize, len: usize) {
        let counts: Vec<BlockCounts> = (position..len).map(counts_of).collect();
        sums.rebuild_from(position, counts.iter());
    }

    fn counts_of(position: usize) -> BlockCounts {
        std::array::from_fn(|cell| u16::try_from((position * 7 + cell * 13) % 5).expect("below 5"))
    }

    fn plain_count_before(position: usize, cell: Cell) -> u64 {
        (0..position).map(|position| u64::from(counts_of(position)[cell.index()])).sum()
    }

    fn summed(len: usize) -> Sums {
        let mut sums = Sums::default();
        rebuild_from(&mut sums, 0, len);
        for position in 0..len {
            for (total, count) in sums.total.iter_mut().zip(counts_of(position)) {
                *total += u64::from(count);
            }
        }
        sums
    }

    #[test]
    fn counts_and_finds_are_those_of_a_plain_walk_at_every_depth() {
        for (len, depth) in [(1, 1), (8, 1), (9, 2), (64, 2), (65, 3), (512, 3), (513, 4), (3000, 4)] {
            let sums = summed(len);
            assert_eq!(sums.depth(), depth);
            for cell in [Cell::all().next(), Cell::all().last()].into_iter().flatten() {
                let cells = CellSet::only(cell);
                for position in (0..=len).step_by(1 + len / 50) {
                    assert_eq!(sums.count_before(position, cells), plain_count_before(position, cell));
                }
                let total = sums.total(cells);
                for skip in (0..total).step_by(1 + usize::try_from(total).expect("small") / 50) {
                    let found = sums.find(skip, cells).expect("within the total");
                    assert_eq!(found.before, plain_count_before(found.position, cell));
                    assert!(skip < plain_count_before(found.position + 1, cell), "it stands in this position");
                }
                assert_eq!(sums.find(total, cells), None);
            }
        }
    }

    #[test]
    fn a_tree_rebuilt_in_part_is_the_tree_rebuilt_whole() {
        for (before, position, after) in
            [(40, 3, 41), (40, 39, 33), (9, 8, 8), (65, 64, 64), (512, 500, 513), (513, 5, 500), (100, 3, 5)]
        {
            let mut sums = summed(before);
            rebuild_from(&mut sums, position, after);
            sums.total = summed(after).total;
            for end in [0, 1, after / 2, after] {
                let cells = CellSet::ALL;
                let plain: u64 = Cell::all().map(|cell| plain_count_before(end, cell)).sum();
                assert_eq!(sums.count_before(end, cells), plain, "{before} to {after} from {position}, before {end}");
            }
        }
    }

    #[test]
    fn one_more_and_one_less_are_seen_at_every_level() {
        let mut sums = summed(1100);
        let cell = Cell::new(TemplateType::Origin, StartMode::Scheduled, Status::Pending);
        let before = sums.count_before(1100, CellSet::only(cell));
        sums.increment(1050, cell);
        assert_eq!(sums.count_before(1100, CellSet::only(cell)), before + 1);
        sums.decrement(3, cell);
        assert_eq!(sums.count_before(1100, CellSet::only(cell)), before);
    }
}
