//! The timeline: every row in the total order of (creation time, job ID).
//!
//! ```text
//! directory   position → block, in time order, with the time each block starts at
//! blocks      BlockId → up to 1,024 rows, in slots that stay and a rank order that shifts
//! sums        counts per cell over positions: "how many before", "where is the k-th"
//! ```
//! A late arrival shifts ranks within one block and renumbers nothing. A full block splits: a part of its rows moves to a
//! new block and gets new row numbers, which the caller carries into the other indexes. New blocks at the newest end are
//! begun before the last one is full, so that late arrivals find room.
//!
//! The timeline compares rows by their records, which it asks of a [`Keys`]: it stores none.

mod block;
pub(crate) mod directory;
mod sums;

use std::sync::Arc;

use chrono::{DateTime, Utc};

use block::Block;
use directory::Directory;
use sums::Sums;

use crate::index::cell::{BlockCounts, Cell, CellCounts, CellFilter, CellSet};
use crate::index::facets::{BlockBits, Facets};
use crate::index::record::{Key, Records};
use crate::persist::shared_vec::SharedVec;
use crate::rows::postings::ones;
use crate::rows::row::{BLOCK_ROWS, BLOCK_WORDS, BlockId, Move, Place, Row, Slot};

/// Rows at which the newest block is left and another begun: an eighth of its slots stays free for late arrivals, so that
/// the first of them does not split it.
const APPENDED_ROWS_MAX: usize = BLOCK_ROWS - BLOCK_ROWS / 8;

/// Rows that a split moves to a new block, which is what the slowest single write costs. Well over those under which a block
/// tries to join a neighbour; of fewer, a block would split the sooner again.
const SPLIT_ROWS: usize = BLOCK_ROWS * 5 / 16;

/// Rows under which a block tries to join a neighbour, and the rows that the two may have together: far enough from a
/// full block that the next arrivals do not split it again.
const SPARSE_ROWS: usize = BLOCK_ROWS / 4;
const JOINED_ROWS_MAX: usize = BLOCK_ROWS * 5 / 8;

/// A border in time order, between jobs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Edge<'a> {
    /// Before every job of this time.
    BeforeTime(DateTime<Utc>),
    /// Behind every job of this time.
    AfterTime(DateTime<Utc>),
    /// Before the job with this key.
    BeforeKey(Key<'a>),
    /// Behind the job with this key.
    AfterKey(Key<'a>),
}

impl Edge<'_> {
    fn time(self) -> DateTime<Utc> {
        match self {
            Self::BeforeTime(time) | Self::AfterTime(time) => time,
            Self::BeforeKey(key) | Self::AfterKey(key) => key.create_time,
        }
    }

    /// Whether a job with this key stands before the edge.
    fn is_behind(self, key: Key<'_>) -> bool {
        match self {
            Self::BeforeTime(time) => key.create_time < time,
            Self::AfterTime(time) => key.create_time <= time,
            Self::BeforeKey(edge) => key < edge,
            Self::AfterKey(edge) => key <= edge,
        }
    }
}

/// Every row in time order.
// Invariants:
//   no block of the directory is empty
//   keys ascend strictly along positions, and along ranks within a block
//   sums.counts(position) = counts of the block there
#[derive(Clone, Debug, Default)]
pub(crate) struct Timeline {
    directory: Arc<Directory>,
    blocks: SharedVec<Option<Arc<Block>>, 16, 16>,
    sums: Sums,
}

impl Timeline {
    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        usize::try_from(self.sums.total(CellSet::ALL)).expect("rows are numbered within 32 bits")
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

    /// How many jobs each cell has.
    pub(crate) fn totals(&self) -> &CellCounts {
        self.sums.totals()
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
    pub(crate) fn place(&self, records: &impl Records, edge: Edge<'_>) -> Place {
        let blocks_before = self.directory.partition_position(edge.time(), |block| {
            edge.is_behind(records.key(Row::new(block, self.block(block).slot_at(0))))
        });
        // The edge lies in the last block that starts before it, or before all blocks.
        let Some(position) = blocks_before.checked_sub(1) else { return Place::START };
        let id = self.directory.block(position);
        let block = self.block(id);
        let edge_stamp = block.stamp(edge.time());
        let rank = block.partition_rank(|stamp, slot| {
            stamp < edge_stamp || stamp == edge_stamp && edge.is_behind(records.key(Row::new(id, slot)))
        });
        Place { position, rank }
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
        let block = self.blocks.get(row.block().index()).and_then(Option::as_deref);
        block.is_some_and(|block| block.live()[row.slot().index() / 64] >> (row.slot().index() % 64) & 1 == 1)
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

    /// How many jobs of these cells stand before a place.
    pub(crate) fn count_before(&self, facets: &Facets, filter: &CellFilter, place: Place) -> u64 {
        let whole_blocks = self.sums.count_before(place.position, filter.cells);
        if place.rank == 0 {
            return whole_blocks;
        }
        let hits = self.hits_in_block(facets, filter, self.directory.block(place.position));
        whole_blocks + self.count_in_block_before(&hits, place) as u64
    }

    /// How many jobs of each cell stand before a place.
    pub(crate) fn cell_counts_before(&self, place: Place) -> CellCounts {
        let mut counts = self.sums.cell_counts_before(place.position);
        if place.rank > 0 {
            for row in self.rows_at(place.position).take(place.rank) {
                counts[self.cell(row).index()] += 1;
            }
        }
        counts
    }

    /// Adds the cells of a bitmap of a block's rows to some counts.
    pub(crate) fn count_cells_in_block(&self, id: BlockId, bits: &BlockBits, counts: &mut BlockCounts) {
        let block = self.block(id);
        ones(bits).for_each(|slot| counts[block.cell(Slot::new(slot)).index()] += 1);
    }

    /// Keeps, of a bitmap of a block's rows, those from one place to another.
    pub(crate) fn retain_between(&self, id: BlockId, bits: &mut BlockBits, from: Place, to: Place) {
        let position = self.directory.position(id);
        if from.position < position && position < to.position {
            return;
        }
        let block = self.block(id);
        let mut kept = [0; BLOCK_WORDS];
        for slot in ones(bits) {
            let place = Place { position, rank: block.rank_of(Slot::new(slot)) };
            kept[slot / 64] |= u64::from(from <= place && place < to) << (slot % 64);
        }
        *bits = kept;
    }

    /// How many of a bitmap of the rows of the block at a place stand before that place.
    pub(crate) fn count_in_block_before(&self, hits: &BlockBits, place: Place) -> usize {
        self.block(self.directory.block(place.position)).count_before(hits, place.rank)
    }

    /// The blocks that have jobs of these cells, in time order, from the one that holds the job with `n` of them before it:
    /// each with how many stand before the block, and how many it has. Costs a walk down the sums a few blocks.
    pub(crate) fn blocks_from(&self, n: u64, cells: CellSet) -> impl Iterator<Item = (BlockId, u64, u64)> + '_ {
        let (mut before, mut siblings, mut position, mut end) = (n, [0; sums::FANOUT], 0, 0);
        std::iter::from_fn(move || {
            // Ends: positions ascend, and the sums find none behind the last block.
            loop {
                if position == end {
                    let found = self.sums.find(before, cells)?;
                    (position, before, siblings) = (found.position, found.before, found.siblings);
                    end = position / sums::FANOUT * sums::FANOUT + sums::FANOUT;
                }
                let count = u64::from(siblings[position % sums::FANOUT]);
                position += 1;
                before += count;
                if count > 0 {
                    return Some((self.directory.block(position - 1), before - count, count));
                }
            }
        })
    }

    /// Of a bitmap of a block's rows, those from one number of predecessors to another, in time order.
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

    /// The rows of a block that pass a filter.
    pub(crate) fn hits_in_block(&self, facets: &Facets, filter: &CellFilter, id: BlockId) -> BlockBits {
        let mut hits = *self.block(id).live();
        facets.retain_in_block(&mut hits, id, filter);
        hits
    }

    /// Whether [`make_room`](Self::make_room) at this place moves rows.
    pub(crate) fn moves_on_insert(&self, place: Place) -> bool {
        if self.directory.len() == 0 {
            return false;
        }
        let block = self.block(self.directory.block(place.position));
        // As in `make_room`: at its ends a full block gets a new neighbour instead.
        block.is_full() && place.rank < block.len() && (place.rank, place.position) != (0, 0)
    }

    /// Whether [`remove`](Self::remove) may move other rows: their block gets sparse.
    pub(crate) fn moves_on_remove(&self, row: Row) -> bool {
        (2..=SPARSE_ROWS).contains(&self.block(row.block()).len())
            && self.joinable_neighbour(self.directory.position(row.block()), 1).is_some()
    }

    /// The job's new row is the one that [`insert`](Self::insert) gives next for this place, once the moves were carried
    /// into the other indexes. Where a block has to split, its last [`SPLIT_ROWS`] move.
    pub(crate) fn make_room(
        &mut self,
        records: &impl Records,
        place: Place,
        time: DateTime<Utc>,
    ) -> (Place, Vec<Move>) {
        if self.directory.len() == 0 {
            self.add_block(0, Block::new(time), time);
            return (Place::START, Vec::new());
        }
        let block = self.block(self.directory.block(place.position));
        let is_last = place.position + 1 == self.directory.len();
        let at_end = place.rank == block.len();
        // Behind a full block stands the next one: were another begun for each, jobs that come in descending order between
        // the two would have a block each.
        let next_has_room = || !self.block(self.directory.block(place.position + 1)).is_full();
        if at_end && block.is_full() && !is_last && next_has_room() {
            return (Place { position: place.position + 1, rank: 0 }, Vec::new());
        }
        if at_end && (block.is_full() || is_last && block.len() >= APPENDED_ROWS_MAX) {
            self.add_block(place.position + 1, Block::new(time), time);
            return (Place { position: place.position + 1, rank: 0 }, Vec::new());
        }
        if !block.is_full() {
            return (place, Vec::new());
        }
        if place.rank == 0 && place.position == 0 {
            self.add_block(0, Block::new(time), time);
            return (place, Vec::new());
        }
        self.split(records, place)
    }

    /// Moves the last rows of a full block to a new one behind it.
    fn split(&mut self, records: &impl Records, place: Place) -> (Place, Vec<Move>) {
        let stay = BLOCK_ROWS - SPLIT_ROWS;
        let id = self.directory.block(place.position);
        let first_moved = Row::new(id, self.block(id).slot_at(stay));
        let start = records.key(first_moved).create_time;
        self.add_block(place.position + 1, Block::new(start), start);
        let moves = self.move_rows(records, place.position, stay, Place { position: place.position + 1, rank: 0 });
        let place =
            if place.rank <= stay { place } else { Place { position: place.position + 1, rank: place.rank - stay } };
        (place, moves)
    }

    /// Moves the rows at a position, from a rank on, to a place in another block, in order.
    fn move_rows(&mut self, records: &impl Records, source: usize, first_rank: usize, target: Place) -> Vec<Move> {
        let (source_id, target_id) = (self.directory.block(source), self.directory.block(target.position));
        let leaving: Vec<Row> = self.rows_at(source).skip(first_rank).collect();
        let mut moves = Vec::with_capacity(leaving.len());
        for (count, &from) in leaving.iter().enumerate() {
            let cell = self.cell(from);
            let slot = self.block_mut(target_id).insert(target.rank + count, records.key(from).create_time, cell);
            moves.push(Move { from, to: Row::new(target_id, slot) });
        }
        // From the last rank down, so that no rank shifts.
        for from in leaving.iter().rev() {
            self.block_mut(source_id).remove(from.slot());
        }
        self.rebuild_sums_from(source.min(target.position));
        moves
    }

    /// Puts a row at a place that [`make_room`](Self::make_room) gave.
    pub(crate) fn insert(&mut self, place: Place, time: DateTime<Utc>, cell: Cell) -> Row {
        let id = self.directory.block(place.position);
        let slot = self.block_mut(id).insert(place.rank, time, cell);
        if place.rank == 0 {
            Arc::make_mut(&mut self.directory).start_at(place.position, time);
        }
        self.sums.increment(place.position, cell);
        Row::new(id, slot)
    }

    /// Takes a row out. Where its block has few rows left it joins a neighbour: those rows move.
    pub(crate) fn remove(&mut self, records: &impl Records, row: Row) -> Vec<Move> {
        let id = row.block();
        let position = self.directory.position(id);
        self.sums.decrement(position, self.block(id).cell(row.slot()));
        self.block_mut(id).remove(row.slot());
        if self.block(id).len() == 0 {
            self.remove_block(position);
            return Vec::new();
        }
        if self.block(id).len() >= SPARSE_ROWS {
            return Vec::new();
        }
        self.join_neighbour(records, position)
    }

    /// Moves all rows of a sparse block into a neighbour with room, if one has it.
    fn join_neighbour(&mut self, records: &impl Records, position: usize) -> Vec<Move> {
        let Some(target) = self.joinable_neighbour(position, 0) else { return Vec::new() };
        let len_at = |position: usize| self.block(self.directory.block(position)).len();
        let target_rank = if target < position { len_at(target) } else { 0 };
        let start = self.directory.start(position);
        let moves = self.move_rows(records, position, 0, Place { position: target, rank: target_rank });
        if target > position {
            Arc::make_mut(&mut self.directory).start_at_stamp(target, start);
        }
        self.remove_block(position);
        moves
    }

    /// The position of a neighbour with room for the rows of a block, once it has so many fewer.
    fn joinable_neighbour(&self, position: usize, fewer: usize) -> Option<usize> {
        let len_at = |position: usize| self.block(self.directory.block(position)).len();
        let has_room = |&neighbour: &usize| len_at(position) - fewer + len_at(neighbour) <= JOINED_ROWS_MAX;
        let later = Some(position + 1).filter(|&later| later < self.directory.len()).filter(has_room);
        let earlier = position.checked_sub(1).filter(has_room);
        earlier.or(later)
    }

    /// Gives a job another cell. Costs **O(log n)**.
    pub(crate) fn set_cell(&mut self, row: Row, cell: Cell) {
        let position = self.directory.position(row.block());
        self.sums.shift(position, self.block(row.block()).cell(row.slot()), cell);
        self.block_mut(row.block()).set_cell(row.slot(), cell);
    }

    fn add_block(&mut self, position: usize, block: Block, start: DateTime<Utc>) {
        let id = Arc::make_mut(&mut self.directory).insert(position, start);
        *self.blocks.get_mut(id.index()) = Some(Arc::new(block));
        self.rebuild_sums_from(position);
    }

    fn remove_block(&mut self, position: usize) {
        let id = Arc::make_mut(&mut self.directory).remove(position);
        *self.blocks.get_mut(id.index()) = None;
        self.rebuild_sums_from(position);
    }

    fn rebuild_sums_from(&mut self, position: usize) {
        let Self { directory, blocks, sums } = self;
        let counts = |position: usize| {
            let block = blocks.get(directory.block(position).index()).and_then(Option::as_deref);
            *block.expect("a block of the directory exists").counts()
        };
        sums.rebuild_from(position, directory.len(), counts);
    }

    #[inline]
    fn block(&self, id: BlockId) -> &Block {
        self.blocks.get(id.index()).and_then(Option::as_deref).expect("a block of the directory exists")
    }

    fn block_mut(&mut self, id: BlockId) -> &mut Block {
        Arc::make_mut(self.blocks.get_mut(id.index()).as_mut().expect("a block of the directory exists"))
    }

    /// Panics with the name of a broken invariant.
    pub(crate) fn check_invariants(&self, records: &impl Records) {
        self.directory.check_invariants();
        let mut totals = CellCounts::default();
        let mut previous: Option<Row> = None;
        for position in 0..self.directory.len() {
            let block = self.block(self.directory.block(position));
            block.check_invariants();
            assert!(block.len() > 0, "no block of the directory is empty");
            for cell in Cell::all() {
                let cells = CellSet::ALL;
                let before = self.sums.count_before(position, cells);
                let behind = self.sums.count_before(position + 1, cells);
                assert_eq!(behind - before, block.len() as u64, "the sums are those of the blocks");
                totals[cell.index()] += u64::from(block.counts()[cell.index()]);
            }
            for row in self.rows_at(position) {
                let ascends = previous.is_none_or(|previous| records.key(previous) < records.key(row));
                assert!(ascends, "keys ascend strictly along the timeline");
                previous = Some(row);
            }
        }
        assert_eq!(&totals, self.totals(), "the totals are the sums over the blocks");
    }
}
