//! A tree of sums: how many jobs of each cell stand in which stretch of time.
//!
//! The leaves are the blocks in time order. A node holds, for each cell, the counts of its [`FANOUT`] children side by
//! side, so that the counts of a set of cells are sums of short columns that the processor adds eight at a time:
//! ```text
//! node of level 1:  cell 0 [ . . . 32 … ]     a child is a node of level 0
//!                   cell 1 [ . . .      ]
//!                   …
//! node of level 0:  cell 0 [ . . . 32 … ]     a child is a block
//! ```
//! It answers two questions in a few nodes: how many stand before a position, and at which position the k-th stands.

use std::sync::Arc;

use super::super::cell::{CELLS, Cell, CellCounts, CellSet, sum_cells};
use super::super::shared_vec::SharedVec;

const FANOUT: usize = 32;

/// Counts per cell of the blocks by position.
// Invariants:
//   levels[0] has a node per FANOUT positions, each level above one per FANOUT nodes below, the last level one node
//   a child's count is the sum over the node below
#[derive(Clone, Debug)]
pub(super) struct Sums {
    levels: Vec<SharedVec<Option<Arc<Node>>>>,
    total: CellCounts,
}

#[derive(Clone, Debug)]
struct Node {
    /// `[cell][child]`
    counts: [[u32; FANOUT]; CELLS],
    /// Of all cells together, since most requests that filter little begin there.
    all: [u32; FANOUT],
}

impl Default for Node {
    fn default() -> Self {
        Self { counts: [[0; FANOUT]; CELLS], all: [0; FANOUT] }
    }
}

impl Default for Sums {
    fn default() -> Self {
        Self { levels: vec![SharedVec::default()], total: [0; CELLS] }
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
        self.total[cell.index()] += 1;
        self.for_path(position, |node, child| {
            node.counts[cell.index()][child] += 1;
            node.all[child] += 1;
        });
    }

    /// Takes one job from a position.
    pub(super) fn decrement(&mut self, position: usize, cell: Cell) {
        self.total[cell.index()] -= 1;
        self.for_path(position, |node, child| {
            node.counts[cell.index()][child] -= 1;
            node.all[child] -= 1;
        });
    }

    fn for_path(&mut self, position: usize, write: impl Fn(&mut Node, usize)) {
        let mut index = position;
        for level in &mut self.levels {
            let node = level.get_mut(index / FANOUT).get_or_insert_with(Arc::default);
            write(Arc::make_mut(node), index % FANOUT);
            index /= FANOUT;
        }
    }

    /// Makes the tree anew from this position on, after blocks there came or went. `counts` gives those of a position
    /// below `len`, and there were at most `len_before` positions. Costs **O(len − position)**.
    pub(super) fn rebuild_from(
        &mut self,
        position: usize,
        len_before: usize,
        len: usize,
        counts: impl Fn(usize) -> [u16; CELLS],
    ) {
        let end = len.max(len_before);
        for leaf in position / FANOUT..end.div_ceil(FANOUT) {
            let children = leaf * FANOUT..len.min((leaf + 1) * FANOUT);
            let node = (!children.is_empty()).then(|| {
                let mut node = Node::default();
                for (child, position) in children.enumerate() {
                    for (column, count) in node.counts.iter_mut().zip(counts(position)) {
                        column[child] = count.into();
                        node.all[child] += u32::from(count);
                    }
                }
                Arc::new(node)
            });
            *self.levels[0].get_mut(leaf) = node;
        }
        self.rebuild_upper_levels(position / FANOUT, end.div_ceil(FANOUT), len.div_ceil(FANOUT));
    }

    /// The levels above the lowest, from this child on; then as many levels as the tree needs.
    fn rebuild_upper_levels(&mut self, first_child: usize, end_before: usize, nodes_below: usize) {
        let (mut first_child, mut end_before, mut nodes_below) = (first_child, end_before, nodes_below);
        let mut level = 1;
        while nodes_below > 1 {
            if self.levels.len() == level {
                self.levels.push(SharedVec::default());
                first_child = 0;
            }
            for index in first_child / FANOUT..end_before.div_ceil(FANOUT) {
                let node = self.sum_children(level - 1, index);
                *self.levels[level].get_mut(index) = node;
            }
            (first_child, end_before) = (first_child / FANOUT, end_before.div_ceil(FANOUT));
            nodes_below = nodes_below.div_ceil(FANOUT);
            level += 1;
        }
        self.levels.truncate(level);
    }

    fn sum_children(&self, level_below: usize, index: usize) -> Option<Arc<Node>> {
        let mut sum: Option<Node> = None;
        for child in 0..FANOUT {
            if let Some(node) = self.node(level_below, index * FANOUT + child) {
                let sum = sum.get_or_insert_default();
                for (column, below) in sum.counts.iter_mut().zip(&node.counts) {
                    column[child] = below.iter().sum();
                }
                sum.all[child] = node.all.iter().sum();
            }
        }
        sum.map(Arc::new)
    }

    fn node(&self, level: usize, index: usize) -> Option<&Node> {
        self.levels[level].get(index)?.as_deref()
    }

    /// How many jobs of these cells stand before a position. Costs a node a level.
    pub(super) fn count_before(&self, position: usize, cells: CellSet) -> u64 {
        let mut count = 0;
        let mut index = position;
        for level in 0..self.levels.len() {
            // Whole nodes before are counted on the level above.
            if let Some(node) = self.node(level, index / FANOUT).filter(|_| !index.is_multiple_of(FANOUT)) {
                count += node.children(cells)[..index % FANOUT].iter().map(|&count| u64::from(count)).sum::<u64>();
            }
            index /= FANOUT;
        }
        // A position behind a full tree has no node of its own.
        if index > 0 { self.total(cells) } else { count }
    }

    /// How many jobs of each cell stand before a position.
    pub(super) fn cell_counts_before(&self, position: usize) -> CellCounts {
        std::array::from_fn(|cell| self.count_before(position, CellSet::only(Cell::from_index(cell))))
    }

    /// At which position the job of these cells stands that has `skip` of them before it, and how many of those stand
    /// before that position; none if there are not so many. Costs a node a level.
    pub(super) fn find(&self, skip: u64, cells: CellSet) -> Option<Found> {
        if skip >= self.total(cells) {
            return None;
        }
        let mut before = 0;
        let mut index = 0;
        let mut children = [0; FANOUT];
        for level in (0..self.levels.len()).rev() {
            children = self.node(level, index)?.children(cells);
            let mut child = 0;
            // The skipped ones end within this node, so the loop ends before the last child is passed.
            while before + u64::from(children[child]) <= skip {
                before += u64::from(children[child]);
                child += 1;
            }
            index = index * FANOUT + child;
        }
        Some(Found { position: index, before, siblings: children })
    }

    #[cfg(test)]
    pub(super) fn depth(&self) -> usize {
        self.levels.len()
    }
}

/// What [`Sums::find`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) position: usize,
    pub(super) before: u64,
    /// The counts of these cells in the 32 positions around it, from the first that is a multiple of 32.
    pub(super) siblings: [u32; FANOUT],
}

impl Node {
    /// Per child, the sum over some cells.
    #[inline]
    fn children(&self, cells: CellSet) -> [u32; FANOUT] {
        let column = |cell: Cell| &self.counts[cell.index()];
        let mut sums = self.all;
        if cells.len() > CELLS / 2 {
            // The few others are the shorter way.
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

    fn counts_of(position: usize) -> [u16; CELLS] {
        std::array::from_fn(|cell| u16::try_from((position * 7 + cell * 13) % 5).expect("below 5"))
    }

    fn plain_count_before(position: usize, cell: Cell) -> u64 {
        (0..position).map(|position| u64::from(counts_of(position)[cell.index()])).sum()
    }

    fn summed(len: usize) -> Sums {
        let mut sums = Sums::default();
        sums.rebuild_from(0, 0, len, counts_of);
        for position in 0..len {
            for (total, count) in sums.total.iter_mut().zip(counts_of(position)) {
                *total += u64::from(count);
            }
        }
        sums
    }

    #[test]
    fn counts_and_finds_are_those_of_a_plain_walk_at_every_depth() {
        for (len, depth) in [(1, 1), (32, 1), (33, 2), (1024, 2), (1025, 3), (3000, 3)] {
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
        for (before, position, after) in [(40, 3, 41), (40, 39, 33), (33, 32, 32), (1024, 1000, 1025), (1025, 5, 1000)]
        {
            let mut sums = summed(before);
            sums.rebuild_from(position, before, after, counts_of);
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
