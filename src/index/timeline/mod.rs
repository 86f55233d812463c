//! The timeline: every row in the total order of (creation time, job ID).
//!
//! ```text
//! directory   position → block, in time order, with the time at which each block starts
//! blocks      BlockId → up to 1,024 rows, in slots that stay and an order of ranks that shifts
//! sums        counts per cell over positions: "how many before", "where is the k-th"
//! ```
//! A late arrival shifts ranks within one block and renumbers nothing. A full block splits: some of its rows move to a new
//! block and get new row numbers. At the newest end a new block is begun before the last one is full, so that late arrivals
//! find room. This file answers questions; `changes` has every write.
//!
//! The timeline stores no record. It compares rows by their keys, which it reads from the [`Records`].

mod block;
mod changes;
pub(crate) mod directory;
mod edge;
mod sums;

use std::sync::Arc;

pub(crate) use changes::Joining;
pub(crate) use edge::Edge;

use block::Block;
use directory::Directory;
pub(crate) use sums::Selection;
use sums::Sums;

use crate::bits::{has_bit, ones};
use crate::index::cell::{Cell, Cells};
use crate::index::facets::Facets;
use crate::index::record::Records;
use crate::persist::shared_vec::SharedVec;
use crate::query::FacetFilter;
use crate::rows::bits::BlockBits;
use crate::rows::row::{BLOCK_ROWS, BLOCK_WORDS, BlockId, Place, Row, Slot};

/// Every row in time order.
// Invariants:
//   no block of the directory is empty
//   keys ascend strictly along positions, and along ranks within a block
//   the sums of a position are the counts of the block there, cell by cell
#[derive(Clone, Debug)]
pub(crate) struct Timeline {
    directory: Arc<Directory>,
    blocks: SharedVec<Option<Arc<Block>>, 16, 16>,
    sums: Sums,
}

/// A filter on facets, and the columns of the sums that count what passes it.
#[derive(Clone, Debug)]
pub(crate) struct CellFilter<'q> {
    pub(crate) facets: &'q FacetFilter,
    pub(crate) selection: Selection,
}

impl Timeline {
    /// A timeline without rows, for rows of these cells.
    pub(crate) fn new(cells: Arc<Cells>) -> Self {
        Self { directory: Arc::default(), blocks: SharedVec::default(), sums: Sums::new(cells) }
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        usize::try_from(self.sums.rows()).expect("rows are numbered within 32 bits")
    }

    /// The combinations of facet values.
    pub(crate) fn cells(&self) -> &Arc<Cells> {
        self.sums.cells()
    }

    /// A filter on facets with the columns that count it.
    pub(crate) fn filter<'q>(&self, facets: &'q FacetFilter) -> CellFilter<'q> {
        CellFilter { facets, selection: self.sums.select(facets) }
    }

    /// How many blocks there are.
    pub(crate) fn blocks_len(&self) -> usize {
        self.directory.len()
    }

    /// One past the highest block number ever used.
    pub(crate) fn block_ids_end(&self) -> usize {
        self.directory.block_ids_end()
    }

    /// The blocks in time order.
    pub(crate) fn directory(&self) -> &Directory {
        &self.directory
    }

    /// How many jobs pass a filter.
    pub(crate) fn total(&self, filter: &CellFilter<'_>) -> u64 {
        self.sums.total(&filter.selection)
    }

    /// The cell of the job at a row.
    #[inline]
    pub(crate) fn cell(&self, row: Row) -> Cell {
        self.block(row.block()).cell(row.slot())
    }

    /// The place behind everything.
    pub(crate) fn end(&self) -> Place {
        Place { position: self.directory.len(), rank: 0 }
    }

    /// The place behind the last row, in its block.
    pub(crate) fn last_place(&self) -> Place {
        match self.directory.len().checked_sub(1) {
            Some(position) => Place { position, rank: self.block(self.directory.block(position)).len() },
            None => Place::START,
        }
    }

    /// The place of an edge. Costs **O(log n)** comparisons, most of them of numbers that stand together.
    pub(crate) fn place(&self, records: &dyn Records, edge: Edge<'_>) -> Place {
        let (earlier, equal) = self.directory.starts_around(edge.time());
        let begins_before = |id| edge.is_behind(records.key(Row::new(id, self.block(id).slot_at(0))));
        let blocks_before = earlier + equal.partition_point(|entry| begins_before(entry.id));
        // The edge lies in the last block that starts before it, or before all blocks. A block without a row before the edge gives
        // rank 0, which is the same place as the end of the block before it.
        let Some(position) = blocks_before.checked_sub(1) else { return Place::START };
        let id = self.directory.block(position);
        Place { position, rank: self.block(id).rank_of_edge(id, records, edge) }
    }

    /// The place right before a row.
    pub(crate) fn place_of(&self, row: Row) -> Place {
        Place { position: self.directory.position(row.block()), rank: self.block(row.block()).rank_of(row.slot()) }
    }

    /// The block at a position.
    #[inline]
    pub(crate) fn block_at(&self, position: usize) -> BlockId {
        self.directory.block(position)
    }

    /// Whether a job stands at a row.
    pub(crate) fn contains(&self, row: Row) -> bool {
        has_bit(self.live(row.block()), row.slot().index())
    }

    /// The rows of a block by its number; none where no block has the number.
    pub(crate) fn live(&self, id: BlockId) -> &BlockBits {
        static NO_ROWS: BlockBits = [0; BLOCK_WORDS];
        self.blocks.get(id.index()).and_then(Option::as_deref).map_or(&NO_ROWS, Block::live)
    }

    /// The position of a block in time order.
    #[inline]
    pub(crate) fn position(&self, block: BlockId) -> usize {
        self.directory.position(block)
    }

    /// The rows at a position, in time order.
    pub(crate) fn rows_at(&self, position: usize) -> impl DoubleEndedIterator<Item = Row> + '_ {
        let id = self.directory.block(position);
        let block = self.block(id);
        (0..block.len()).map(move |rank| Row::new(id, block.slot_at(rank)))
    }

    /// The rows from one place to another, in time order.
    pub(crate) fn rows_between(&self, from: Place, to: Place) -> impl Iterator<Item = Row> + '_ {
        (from.position..self.directory.len().min(to.position + 1)).flat_map(move |position| {
            let first = if position == from.position { from.rank } else { 0 };
            let end = if position == to.position { to.rank } else { usize::MAX };
            self.rows_at(position).skip(first).take(end.saturating_sub(first))
        })
    }

    /// How many jobs that pass a filter stand before a place.
    pub(crate) fn count_before(&self, facets: &Facets, filter: &CellFilter<'_>, place: Place) -> u64 {
        let whole_blocks = self.sums.count_before(place.position, &filter.selection);
        if place.rank == 0 {
            return whole_blocks;
        }
        let hits = self.hits_in_block(facets, filter.facets, self.directory.block(place.position));
        whole_blocks + self.count_in_block_before(&hits, place) as u64
    }

    /// How many jobs of each cell stand before a place.
    pub(crate) fn cell_counts_before(&self, place: Place) -> Vec<u64> {
        let mut counts = self.sums.cell_counts_before(place.position);
        if place.rank > 0 {
            for row in self.rows_at(place.position).take(place.rank) {
                counts[self.cell(row).index()] += 1;
            }
        }
        counts
    }

    /// The cells of a bitmap of a block's rows.
    pub(crate) fn cells_in_block(&self, id: BlockId, bits: &BlockBits) -> impl Iterator<Item = Cell> {
        let block = self.block(id);
        ones(bits).map(|slot| block.cell(Slot::new(slot)))
    }

    /// Clears, in a bitmap of a block's rows, the rows that do not stand between two places.
    pub(crate) fn retain_between(&self, id: BlockId, bits: &mut BlockBits, from: Place, to: Place) {
        let position = self.directory.position(id);
        if from.position < position && position < to.position {
            return;
        }
        let block = self.block(id);
        let mut between = [0; BLOCK_WORDS];
        for slot in ones(bits) {
            let place = Place { position, rank: block.rank_of(Slot::new(slot)) };
            // Without a branch: the processor can't predict which rows stand between.
            between[slot / 64] |= u64::from(from <= place && place < to) << (slot % 64);
        }
        *bits = between;
    }

    /// How many rows of a bitmap, of the block at a place, stand before that place.
    pub(crate) fn count_in_block_before(&self, hits: &BlockBits, place: Place) -> usize {
        self.block(self.directory.block(place.position)).count_before(hits, place.rank)
    }

    /// The blocks that have jobs of a selection, in time order. The first one holds the job with `n` of these jobs before it.
    /// Each block comes with the number of jobs before it, and of those in it. Costs a walk down the sums for every few blocks.
    pub(crate) fn blocks_from<'a>(
        &'a self,
        n: u64,
        selection: &'a Selection,
    ) -> impl Iterator<Item = (BlockId, u64, u64)> + 'a {
        let (mut before, mut siblings, mut first, mut position, mut end) = (n, [0; sums::FANOUT], 0, 0, 0);
        std::iter::from_fn(move || {
            // Ends: positions ascend, and the sums find none behind the last block.
            loop {
                if position == end {
                    let found = self.sums.find(before, selection)?;
                    (first, position, end) = (found.first, found.position, found.end);
                    (before, siblings) = (found.before, found.siblings);
                }
                let count = u64::from(siblings[position - first]);
                position += 1;
                before += count;
                if count > 0 {
                    return Some((self.directory.block(position - 1), before - count, count));
                }
            }
        })
    }

    /// Calls `visit` with the rows of a bitmap of a block's rows, in time order, from number `from` up to number `to`.
    pub(crate) fn visit_in_block(
        &self,
        id: BlockId,
        hits: &BlockBits,
        from: u64,
        to: u64,
        visit: &mut impl FnMut(Row),
    ) {
        let within_block = |count: u64| usize::try_from(count).unwrap_or(BLOCK_ROWS).min(BLOCK_ROWS);
        let range = within_block(from)..within_block(to);
        self.block(id).slots_in_order(hits, range, |slot| visit(Row::new(id, slot)));
    }

    /// Reads what a visit of the rows of a block reads first, so that its memory comes into the cache. Gives something that depends
    /// on what was read, for [`read_together`](crate::persist::prefetch::read_together).
    #[inline]
    pub(crate) fn prefetch(&self, id: BlockId) -> usize {
        usize::from(has_bit(self.block(id).live(), 0))
    }

    /// The rows of a block that pass a filter.
    pub(crate) fn hits_in_block(&self, facets: &Facets, filter: &FacetFilter, id: BlockId) -> BlockBits {
        let mut hits = *self.block(id).live();
        facets.retain_in_block(&mut hits, id, filter);
        hits
    }

    #[inline]
    fn block(&self, id: BlockId) -> &Block {
        self.blocks.get(id.index()).and_then(Option::as_deref).expect("a block of the directory exists")
    }

    fn block_mut(&mut self, id: BlockId) -> &mut Block {
        Arc::make_mut(self.blocks.get_mut(id.index()).as_mut().expect("a block of the directory exists"))
    }

    /// Panics with the name of a broken invariant.
    pub(crate) fn check_invariants(&self, records: &dyn Records) {
        self.directory.check_invariants();
        self.sums.check_invariants();
        let mut previous: Option<Row> = None;
        for position in 0..self.directory.len() {
            let block = self.block(self.directory.block(position));
            block.check_invariants();
            assert!(block.len() > 0, "no block of the directory is empty");
            let mut counts = self.sums.no_counts();
            for row in self.rows_at(position) {
                self.sums.count(&mut counts, self.cell(row));
                let ascends = previous.is_none_or(|previous| records.key(previous) < records.key(row));
                assert!(ascends, "keys ascend strictly along the timeline");
                previous = Some(row);
            }
            assert_eq!(self.sums.counts_at(position), counts, "the sums are those of the blocks, column by column");
        }
        let rows: usize =
            (0..self.directory.len()).map(|position| self.block(self.directory.block(position)).len()).sum();
        assert_eq!(rows, self.len(), "there are as many rows as the blocks have");
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chrono::DateTime;

    use super::*;
    use crate::index::record::{Key, RecordLabels};
    use crate::job::Shape;
    use crate::rows::row::Move;

    /// Keys by row: all IDs are equal, and times differ.
    #[derive(Default)]
    struct Times(std::collections::BTreeMap<Row, i64>);

    impl Records for Times {
        fn key(&self, row: Row) -> Key<'_> {
            let create_time = DateTime::from_timestamp(self.0[&row], 0).expect("a small time is valid");
            Key { create_time, job_id: "" }
        }

        fn name(&self, _row: Row) -> &'static str {
            ""
        }

        fn labels(&self, _row: Row) -> RecordLabels<'_> {
            Vec::new()
        }
    }

    fn cell(index: u16) -> Cell {
        Cell::new(index)
    }

    /// So many rows of two cells by turns, in as many blocks as they need.
    fn filled(len: i64) -> (Timeline, Times) {
        let cells = Arc::new(Cells::new(Shape::new(&[4, 2, 3])));
        let (mut timeline, mut times) = (Timeline::new(cells), Times::default());
        for second in 0..len {
            let time = DateTime::from_timestamp(second, 0).expect("a small time is valid");
            let (place, moves) = timeline.make_room(&times, 0, timeline.last_place(), time);
            assert!(moves.is_empty(), "behind all others nothing moves");
            let row = timeline.insert(place, time, cell(u16::from(second % 2 == 0)));
            times.0.insert(row, second);
        }
        (timeline, times)
    }

    #[test]
    fn the_invariants_hold_for_rows_that_come_in_order() {
        let (timeline, times) = filled(3_000);
        assert_eq!(timeline.blocks_len(), 4);
        timeline.check_invariants(&times);
    }

    /// Each column is wrong, while the totals and the sums of all cells are right: only a check column by column can see it.
    /// The check once compared all cells together, for each cell again, and so saw nothing.
    #[test]
    #[should_panic(expected = "the sums are those of the blocks, column by column")]
    fn a_wrong_column_of_sums_is_noticed() {
        let (mut timeline, times) = filled(3_000);
        timeline.sums.shift(0, cell(0), cell(1));
        timeline.sums.shift(1, cell(1), cell(0));
        timeline.check_invariants(&times);
    }

    /// The column of all cells has a sum of its own in each node.
    #[test]
    #[should_panic(expected = "the sums are those of the blocks")]
    fn a_job_counted_at_another_position_is_noticed() {
        let (mut timeline, times) = filled(3_000);
        timeline.sums.decrement(0, cell(0));
        timeline.sums.increment(1, cell(0));
        timeline.check_invariants(&times);
    }
    impl Times {
        fn relocate(&mut self, moves: &[Move]) {
            let seconds: Vec<Option<i64>> = moves.iter().map(|&Move { from, .. }| self.0.remove(&from)).collect();
            for (&Move { to, .. }, second) in moves.iter().zip(seconds) {
                self.0.insert(to, second.expect("a row that moves was there"));
            }
        }
    }

    /// Inserts a row, and compares the rows that move, so many at most, with those that were told before.
    fn insert(timeline: &mut Timeline, times: &mut Times, moved_max: usize, second: i64) {
        let time = DateTime::from_timestamp(second, 0).expect("a small time is valid");
        let place = timeline.place(times, Edge::AfterTime(time));
        let told = timeline.moving_on_insert(place);
        let told = &told[told.len() - told.len().min(moved_max)..];
        let (place, moves) = timeline.make_room(times, told.len(), place, time);
        let left: Vec<Row> = moves.iter().map(|moved| moved.from).collect();
        assert_eq!(left, told, "the rows that move for a row at {place:?}");
        times.relocate(&moves);
        let row = timeline.insert(place, time, cell(u16::from(second % 2 == 0)));
        times.0.insert(row, second);
    }

    /// Removes the row of a second, and compares the rows that move with those that were told before. More than a number of
    /// them move only where they must.
    fn remove(timeline: &mut Timeline, times: &mut Times, moved_max: usize, second: i64) {
        let row = *times.0.iter().find(|(_, other)| **other == second).expect("the second has a row").0;
        let joining = timeline.joining_without(row);
        let told = joining.rows();
        let read = if joining.must_be_whole() { told.len() } else { told.len().min(moved_max) };
        let moves = timeline.remove(times, &joining, read, row);
        let left: Vec<Row> = moves.iter().map(|moved| moved.from).collect();
        assert!(left.len() <= read, "no row moves that was not read");
        assert!(left.len() == told.len() || read < told.len(), "all rows move where all were read");
        let mut expected = told[..left.len()].to_vec();
        if left.first() != expected.first() {
            expected.reverse();
        }
        assert_eq!(left, expected, "the rows that move when {row:?} goes");
        times.0.remove(&row);
        times.relocate(&moves);
    }

    /// The limit on jobs counts on it: two neighbouring blocks have more than a quarter of a full block together.
    fn check_blocks(timeline: &Timeline, times: &Times) {
        timeline.check_invariants(times);
        let lens: Vec<usize> = (0..timeline.blocks_len()).map(|position| timeline.rows_at(position).count()).collect();
        assert!(lens.windows(2).all(|pair| pair[0] + pair[1] > BLOCK_ROWS / 4), "blocks of so many rows: {lens:?}");
    }

    #[test]
    fn the_rows_that_move_are_told_before_whatever_comes_and_goes() {
        for moved_max in [usize::MAX, 40, 1] {
            comes_and_goes(moved_max);
        }
    }

    /// Rows come in front, behind and between, and go in order and in any order; so many move at once.
    fn comes_and_goes(moved_max: usize) {
        let (mut timeline, mut times) = (Timeline::new(Arc::new(Cells::new(Shape::new(&[4, 2, 3])))), Times::default());
        let in_front = (0..2_200).map(|number| -1_000 * number);
        let behind = (1..2_200).map(|number| 1_000 * number);
        let ascending_between = (1..1_500).map(|number| 500_000 + number % 900 * 1_000 + 1 + number / 900);
        let descending_between = (1..1_500).rev().map(|number| -300_500 - number % 900 * 1_000 + number / 900);
        for second in in_front.chain(behind).chain(ascending_between).chain(descending_between) {
            insert(&mut timeline, &mut times, moved_max, second);
        }
        check_blocks(&timeline, &times);
        let mut random = fastrand::Rng::with_seed(1);
        // Five of six rows in order of time, with new ones between them; then all that are left, in random
        // order, with new ones too.
        let seconds = |times: &Times| times.0.values().copied().collect::<BTreeSet<i64>>().into_iter().collect();
        let mut in_order: Vec<i64> = seconds(&times);
        let mut number = 0;
        in_order.retain(|_| {
            number += 1;
            number % 6 != 0
        });
        for second in in_order {
            remove(&mut timeline, &mut times, moved_max, second);
            if random.u8(..) < 40 {
                insert(&mut timeline, &mut times, moved_max, second + 7);
            }
            if second % 100_000 == 0 {
                check_blocks(&timeline, &times);
            }
        }
        check_blocks(&timeline, &times);
        let mut shuffled: Vec<i64> = seconds(&times);
        random.shuffle(&mut shuffled);
        for second in shuffled {
            remove(&mut timeline, &mut times, moved_max, second);
            if random.u8(..) < 60 {
                insert(&mut timeline, &mut times, moved_max, second + 11);
            }
            if second % 100_000 == 0 {
                check_blocks(&timeline, &times);
            }
        }
        check_blocks(&timeline, &times);
    }
}
