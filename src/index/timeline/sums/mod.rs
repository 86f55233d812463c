//! The sums: how many jobs of each cell stand before a position in time, and at which position the k-th stands.
//!
//! Positions are those of the blocks in time order. The sums are [columns] of counts, of 24 each in a [plane]. All planes are
//! trees of one form, so that a place in one of them is a place in all.

mod columns;
mod plane;

use std::sync::Arc;

pub(crate) use columns::Selection;
pub(super) use columns::{Columns, WIDTH};
use columns::{Part, RowColumns};
pub(super) use plane::FANOUT;
use plane::{Plane, SumNode};

use crate::index::cell::{Cell, Cells};
use crate::query::FacetFilter;

/// Counts of the blocks by position.
// Invariants:
//   every plane is a tree of the same form, `levels` deep, with `blocks` positions
//   the counts of a position are those of the rows in the block there, by the columns of their cells
#[derive(Clone, Debug)]
pub(super) struct Sums {
    columns: Arc<Columns>,
    planes: Vec<Arc<Plane>>,
    levels: u32,
    blocks: usize,
    rows: u64,
}

/// Rows that leave a block or come to it, by column.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ColumnCounts {
    planes: Vec<[u32; WIDTH]>,
}

/// The block that [`Sums::find`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FoundBlock {
    pub(super) position: usize,
    /// How many jobs of the selection stand before the block.
    pub(super) before: u64,
    /// How many of them stand at each of the positions around it.
    pub(super) siblings: [u32; FANOUT],
    /// The first of those positions, and the one behind the last.
    pub(super) first: usize,
    pub(super) end: usize,
}

impl Sums {
    pub(super) fn new(cells: Arc<Cells>) -> Self {
        let columns = Columns::new(cells);
        let planes = (0..columns.planes()).map(|_| Arc::new(Plane::default())).collect();
        Self { columns: Arc::new(columns), planes, levels: 1, blocks: 0, rows: 0 }
    }

    pub(super) fn cells(&self) -> &Arc<Cells> {
        self.columns.cells()
    }

    /// The columns that count the jobs that pass a filter.
    #[inline]
    pub(super) fn select(&self, filter: &FacetFilter) -> Selection {
        self.columns.select(filter)
    }

    /// How many jobs there are.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// How many jobs the selection has. Costs a look at each of its columns.
    #[inline]
    pub(super) fn total(&self, selection: &Selection) -> u64 {
        selection.parts().iter().map(|part| self.plane(*part).total(part.mask)).sum()
    }

    #[inline]
    fn plane(&self, part: Part) -> &Plane {
        &self.planes[usize::from(part.plane)]
    }

    /// Adds one job to a position.
    pub(super) fn increment(&mut self, position: usize, cell: Cell) {
        self.rows += 1;
        for &column in self.columns.of(cell).as_slice() {
            self.change(position, None, Some(column));
        }
    }

    /// Takes one job from a position.
    pub(super) fn decrement(&mut self, position: usize, cell: Cell) {
        self.rows -= 1;
        for &column in self.columns.of(cell).as_slice() {
            self.change(position, Some(column), None);
        }
    }

    /// Counts one job of a position under another cell.
    pub(super) fn shift(&mut self, position: usize, from: Cell, to: Cell) {
        let (from, to): (RowColumns, RowColumns) = (self.columns.of(from), self.columns.of(to));
        for (&from, &to) in from.as_slice().iter().zip(to.as_slice()).filter(|(from, to)| from != to) {
            if usize::from(from) / WIDTH == usize::from(to) / WIDTH {
                self.change(position, Some(from), Some(to));
            } else {
                self.change(position, Some(from), None);
                self.change(position, None, Some(to));
            }
        }
    }

    /// Counts one job of a position no longer in a column, and from now on in another of the same plane, where there is one.
    #[inline]
    fn change(&mut self, position: usize, from: Option<u16>, to: Option<u16>) {
        let in_plane = |column: Option<u16>| column.map(|column| usize::from(column) % WIDTH);
        let plane = from.or(to).map_or(0, |column| usize::from(column) / WIDTH);
        Arc::make_mut(&mut self.planes[plane]).change(self.levels, position, in_plane(from), in_plane(to));
    }

    /// No rows.
    pub(super) fn no_counts(&self) -> ColumnCounts {
        ColumnCounts { planes: vec![[0; WIDTH]; self.planes.len()] }
    }

    /// Adds a row of a cell to some counts.
    pub(super) fn count(&self, counts: &mut ColumnCounts, cell: Cell) {
        for &column in self.columns.of(cell).as_slice() {
            counts.planes[usize::from(column) / WIDTH][usize::from(column) % WIDTH] += 1;
        }
    }

    /// Moves rows from one position to another.
    pub(super) fn move_rows(&mut self, from: usize, to: usize, counts: &ColumnCounts) {
        for (plane, counts) in self.planes.iter_mut().zip(&counts.planes).filter(|(_, counts)| **counts != [0; WIDTH]) {
            let plane = Arc::make_mut(plane);
            plane.take(self.levels, from, counts);
            plane.add(self.levels, to, counts);
        }
    }

    /// Adds a position without jobs: the positions from here on are one further behind. Costs a few nodes of each plane,
    /// however many positions there are.
    pub(super) fn insert_block(&mut self, position: usize) {
        self.blocks += 1;
        let is_deeper = self.planes.iter_mut().map(|plane| Arc::make_mut(plane).insert_block(self.levels, position));
        // The planes are of one form, so all of them grow or none.
        self.levels += u32::from(is_deeper.fold(false, |_, is_deeper| is_deeper));
    }

    /// Takes out a position that has no jobs.
    pub(super) fn remove_block(&mut self, position: usize) {
        self.blocks -= 1;
        let lost = self.planes.iter_mut().map(|plane| Arc::make_mut(plane).remove_block(self.levels, position));
        self.levels -= lost.fold(0, |_, lost| lost);
    }

    /// How many jobs of a selection stand before a position. Costs a node a level of each plane.
    pub(super) fn count_before(&self, position: usize, selection: &Selection) -> u64 {
        if position >= self.blocks {
            return self.total(selection);
        }
        selection.parts().iter().map(|part| self.plane(*part).count_before(self.levels, position, part.mask)).sum()
    }

    /// How many jobs of each cell stand before a position.
    pub(super) fn cell_counts_before(&self, position: usize) -> Vec<u64> {
        let cells = self.cells().len();
        let mut counts = vec![0; cells.next_multiple_of(WIDTH)];
        let (by_plane, _) = counts.as_chunks_mut::<WIDTH>();
        for (plane, counts) in self.planes.iter().zip(by_plane) {
            if position >= self.blocks {
                *counts = *plane.totals();
            } else {
                plane.add_counts_before(self.levels, position, counts);
            }
        }
        counts.truncate(cells);
        counts
    }

    /// The block of the job, among those of a selection, that has `skip` of them before it; `None` if there are not so many.
    /// Costs a node a level of each plane.
    #[inline]
    pub(super) fn find(&self, skip: u64, selection: &Selection) -> Option<FoundBlock> {
        if skip >= self.total(selection) {
            return None;
        }
        match selection {
            Selection::One(part) => Some(self.find_in_plane(skip, *part)),
            Selection::Many(parts) => Some(self.find_in_planes(skip, parts)),
        }
    }

    fn find_in_plane(&self, skip: u64, part: Part) -> FoundBlock {
        let mut walk = Walk::new(skip);
        let mut node = self.plane(part).root();
        for level in (0..self.levels).rev() {
            let child = walk.descend(node, node.by_child(part.mask));
            if level > 0 {
                node = node.child(child);
            }
        }
        walk.finish(node)
    }

    fn find_in_planes(&self, skip: u64, parts: &[Part]) -> FoundBlock {
        let mut walk = Walk::new(skip);
        let mut nodes: Vec<&SumNode> = parts.iter().map(|part| self.plane(*part).root()).collect();
        for level in (0..self.levels).rev() {
            let mut siblings = [0_u32; FANOUT];
            for (node, part) in nodes.iter().zip(parts) {
                siblings.iter_mut().zip(node.by_child(part.mask)).for_each(|(sum, count)| *sum += count);
            }
            let child = walk.descend(nodes[0], siblings);
            if level > 0 {
                for node in &mut nodes {
                    *node = node.child(child);
                }
            }
        }
        walk.finish(nodes[0])
    }

    /// The rows at a position.
    pub(super) fn counts_at(&self, position: usize) -> ColumnCounts {
        ColumnCounts { planes: self.planes.iter().map(|plane| plane.counts_at(self.levels, position)).collect() }
    }

    /// Panics with the name of a broken invariant.
    pub(super) fn check_invariants(&self) {
        let form = self.planes[0].form(self.levels);
        for plane in &self.planes {
            plane.check_invariants(self.levels);
            assert_eq!(plane.form(self.levels), form, "the planes of the sums are trees of one form");
        }
        assert_eq!(form.iter().sum::<usize>(), self.blocks, "the sums have as many positions as there are blocks");
    }
}

/// A walk from the root down to the block of the job that has so many before it.
struct Walk {
    skip: u64,
    before: u64,
    position: usize,
    siblings: [u32; FANOUT],
    first: usize,
}

impl Walk {
    fn new(skip: u64) -> Self {
        Self { skip, before: 0, position: 0, siblings: [0; FANOUT], first: 0 }
    }

    /// The child with the job, by the counts of the children. Ends before the last child is passed: the job that is looked for
    /// lies below this node.
    #[inline]
    fn descend(&mut self, node: &SumNode, siblings: [u32; FANOUT]) -> usize {
        self.first = self.position;
        let mut child = 0;
        while self.before + u64::from(siblings[child]) <= self.skip {
            self.before += u64::from(siblings[child]);
            self.position += node.blocks_below(child);
            child += 1;
        }
        self.siblings = siblings;
        child
    }

    fn finish(self, leaf: &SumNode) -> FoundBlock {
        let Self { before, position, siblings, first, .. } = self;
        FoundBlock { position, before, siblings, first, end: first + leaf.len() }
    }
}

#[cfg(test)]
mod tests;
