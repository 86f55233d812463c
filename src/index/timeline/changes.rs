//! Every change of the timeline: rows come, go and get other cells; blocks split and join.
//!
//! ```text
//! full block        a b c d e f g h    +  x between b and c
//! split             a b x c d e │ f g h                          f, g and h move: they get new row numbers
//! sparse block      a │ f g h          →  a f g h                a moves
//! of long names     a b │ f g h        →  a │ b f g h            b moves, and a with the next removal
//! ```
//! A change returns the rows that moved. The caller carries them into the other indexes.

use std::ops::Range;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::index::cell::Cell;
use crate::index::record::Records;
use crate::index::timeline::Timeline;
use crate::index::timeline::block::Block;
use crate::rows::row::{BLOCK_ROWS, BlockId, Move, Place, Row};

/// Rows of the newest block before another block is begun behind it. An eighth of its slots stays free for late arrivals, so
/// that the first of them does not split it.
const APPENDED_ROWS_MAX: usize = BLOCK_ROWS - BLOCK_ROWS / 8;

/// Most rows that a split moves to a new block. The slowest single write costs as much as these moves. With fewer rows moved,
/// the old block would be full again sooner; it must be well over [`SPARSE_ROWS`].
const SPLIT_ROWS: usize = BLOCK_ROWS * 5 / 16;

/// Rows under which a block tries to join a neighbour, and the rows that the two may have together: far enough from a
/// full block that the next arrivals do not split it again.
const SPARSE_ROWS: usize = BLOCK_ROWS / 4;
const JOINED_ROWS_MAX: usize = BLOCK_ROWS * 5 / 8;

/// How a sparse block may join a neighbour: the rows of the shorter one of the two move to the longer one.
#[derive(Debug, Default)]
pub(crate) struct Joining {
    /// The position of the block whose rows may move, and of the one that gets them.
    source: usize,
    target: usize,
    /// The rows that may move; those that move first come first.
    rows: Vec<Row>,
    /// Whether all rows must move, since the two blocks have few together. The [limit on jobs](crate::limits::JOBS_MAX) counts
    /// on enough rows a block, on average.
    must_be_whole: bool,
    /// How many rows may move where not all do. None where the longer block is not sparse; and so many stay that the block has
    /// enough together with its other neighbour.
    some_max: usize,
}

impl Joining {
    /// The rows that may move; those that move first come first.
    pub(crate) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Whether all rows must move.
    pub(crate) fn must_be_whole(&self) -> bool {
        self.must_be_whole
    }

    /// How many rows move where so many may.
    fn moved_len(&self, most: usize) -> usize {
        if most >= self.rows.len() { self.rows.len() } else { most.min(self.some_max) }
    }
}

impl Timeline {
    /// The rows that [`make_room`](Self::make_room) at this place may move, in time order. None if it moves none.
    pub(crate) fn moving_on_insert(&self, place: Place) -> Vec<Row> {
        if self.directory.len() == 0 {
            return Vec::new();
        }
        let block = self.block(self.directory.block(place.position));
        // As in `make_room`: at its ends a full block gets a new neighbour instead.
        if !block.is_full() || place.rank == block.len() || (place.rank, place.position) == (0, 0) {
            return Vec::new();
        }
        self.rows_at(place.position).skip(BLOCK_ROWS - SPLIT_ROWS).collect()
    }

    /// How the block of a row may join a neighbour once the row is removed, because it gets sparse.
    pub(crate) fn joining_without(&self, row: Row) -> Joining {
        let position = self.directory.position(row.block());
        let len = self.len_at(position);
        if !(2..=SPARSE_ROWS).contains(&len) {
            return Joining::default();
        }
        let left = len - 1;
        let has_room = |&other: &usize| left + self.len_at(other) <= JOINED_ROWS_MAX;
        let Some(other) = self.neighbours(position).filter(has_room).min_by_key(|&other| self.len_at(other)) else {
            return Joining::default();
        };
        // The rows of the shorter one move.
        let (source, target) = if self.len_at(other) < left { (other, position) } else { (position, other) };
        let mut rows: Vec<Row> = self.rows_at(source).filter(|&other| other != row).collect();
        if source < target {
            rows.reverse();
        }
        let together = left + self.len_at(other);
        let longer_len = together - rows.len();
        let some_max = if longer_len > SPARSE_ROWS {
            0
        } else {
            let others = self.neighbours(source).filter(|&other| other != target).map(|other| self.len_at(other));
            others.map(|other| (rows.len() + other).saturating_sub(SPARSE_ROWS + 1)).min().unwrap_or(rows.len())
        };
        Joining { source, target, must_be_whole: together <= SPARSE_ROWS, some_max, rows }
    }

    fn len_at(&self, position: usize) -> usize {
        self.block(self.directory.block(position)).len()
    }

    /// The positions beside a position.
    fn neighbours(&self, position: usize) -> impl Iterator<Item = usize> + use<> {
        let later = Some(position + 1).filter(|&later| later < self.directory.len());
        position.checked_sub(1).into_iter().chain(later)
    }

    /// Frees a slot for a job at a place, splitting the block if it is full. Returns the place where the job is now to be
    /// [inserted](Self::insert), and the rows that moved: of a block that is split, the last `moving_len`. These are one at
    /// least, and at most the rows that [`moving_on_insert`](Self::moving_on_insert) names; it is 0 where that names none.
    /// Reads the records of the rows that move, and no others.
    pub(crate) fn make_room(
        &mut self,
        records: &dyn Records,
        moving_len: usize,
        place: Place,
        time: DateTime<Utc>,
    ) -> (Place, Vec<Move>) {
        if self.directory.len() == 0 {
            self.add_block(0, self.new_block(time), time);
            return (Place::START, Vec::new());
        }
        let block = self.block(self.directory.block(place.position));
        let is_last = place.position + 1 == self.directory.len();
        let at_end = place.rank == block.len();
        // The job goes to the next block if that has room. With a new block instead, jobs that come in descending order
        // between the two blocks would have a block each.
        let next_has_room = || !self.block(self.directory.block(place.position + 1)).is_full();
        if at_end && block.is_full() && !is_last && next_has_room() {
            return (Place { position: place.position + 1, rank: 0 }, Vec::new());
        }
        if at_end && (block.is_full() || is_last && block.len() >= APPENDED_ROWS_MAX) {
            self.add_block(place.position + 1, self.new_block(time), time);
            return (Place { position: place.position + 1, rank: 0 }, Vec::new());
        }
        if !block.is_full() {
            return (place, Vec::new());
        }
        if place.rank == 0 && place.position == 0 {
            self.add_block(0, self.new_block(time), time);
            return (place, Vec::new());
        }
        self.split(records, moving_len, place)
    }

    /// Moves the last rows of a full block to a new one behind it. Few of them go to the next block if that has room: else blocks
    /// of few rows would stand side by side.
    fn split(&mut self, records: &dyn Records, moving_len: usize, place: Place) -> (Place, Vec<Move>) {
        debug_assert!((1..=SPLIT_ROWS).contains(&moving_len), "a split moves some rows, and not {moving_len}");
        let stay = BLOCK_ROWS - moving_len;
        let id = self.directory.block(place.position);
        let first_moved = Row::new(id, self.block(id).slot_at(stay));
        let start = records.key(first_moved).create_time;
        let target = Place { position: place.position + 1, rank: 0 };
        let has_room = |next: BlockId| self.block(next).len() + moving_len <= BLOCK_ROWS;
        let is_last = target.position == self.directory.len();
        if moving_len < SPLIT_ROWS && !is_last && has_room(self.directory.block(target.position)) {
            Arc::make_mut(&mut self.directory).start_at(target.position, start);
        } else {
            self.add_block(target.position, self.new_block(start), start);
        }
        let moves = self.move_rows(records, place.position, stay..BLOCK_ROWS, target);
        let place = if place.rank <= stay { place } else { Place { rank: place.rank - stay, ..target } };
        (place, moves)
    }

    /// Moves the rows of the block at a position, of some ranks, to a place in another block. They stay in order.
    fn move_rows(&mut self, records: &dyn Records, source: usize, ranks: Range<usize>, target: Place) -> Vec<Move> {
        let (source_id, target_id) = (self.directory.block(source), self.directory.block(target.position));
        let leaving: Vec<Row> = self.rows_at(source).skip(ranks.start).take(ranks.len()).collect();
        let mut moves = Vec::with_capacity(leaving.len());
        let mut counts = self.sums.no_counts();
        for (count, &from) in leaving.iter().enumerate() {
            let cell = self.cell(from);
            self.sums.count(&mut counts, cell);
            let slot = self.block_mut(target_id).insert(target.rank + count, records.key(from).create_time, cell);
            moves.push(Move { from, to: Row::new(target_id, slot) });
        }
        // From the last rank down, so that no rank shifts.
        for from in leaving.iter().rev() {
            self.block_mut(source_id).remove(from.slot());
        }
        self.sums.move_rows(source, target.position, &counts);
        moves
    }

    /// Inserts a row at a place that [`make_room`](Self::make_room) returned.
    pub(crate) fn insert(&mut self, place: Place, time: DateTime<Utc>, cell: Cell) -> Row {
        let id = self.directory.block(place.position);
        let slot = self.block_mut(id).insert(place.rank, time, cell);
        if place.rank == 0 {
            Arc::make_mut(&mut self.directory).start_at(place.position, time);
        }
        self.sums.increment(place.position, cell);
        Row::new(id, slot)
    }

    /// Takes a row out and returns the rows that moved, by the joining of its block that was told before. Of the rows that may
    /// move, the first `read_len` were read, and no record of another row is. Rows of long names move a few with each removal,
    /// until a block has none left.
    pub(crate) fn remove(&mut self, records: &dyn Records, joining: &Joining, read_len: usize, row: Row) -> Vec<Move> {
        let id = row.block();
        let position = self.directory.position(id);
        self.sums.decrement(position, self.block(id).cell(row.slot()));
        self.block_mut(id).remove(row.slot());
        if self.block(id).len() == 0 {
            self.remove_block(position);
            return Vec::new();
        }
        self.join(records, joining, joining.moved_len(read_len))
    }

    /// Moves so many rows of a block to its neighbour.
    fn join(&mut self, records: &dyn Records, joining: &Joining, moved_len: usize) -> Vec<Move> {
        let &Joining { source, target, ref rows, .. } = joining;
        if moved_len == 0 {
            return Vec::new();
        }
        let is_whole = moved_len == rows.len();
        let (ranks, rank) =
            if target < source { (0..moved_len, self.len_at(target)) } else { (rows.len() - moved_len..rows.len(), 0) };
        // A block starts no later than its first row, and no earlier than any row of the block before it.
        let furthest = records.key(rows[moved_len - 1]).create_time;
        let moves = self.move_rows(records, source, ranks, Place { position: target, rank });
        let directory = Arc::make_mut(&mut self.directory);
        match (is_whole, target < source) {
            (true, true) => {}
            (true, false) => directory.start_at_micros(target, directory.start(source)),
            (false, true) => directory.start_behind(source, furthest),
            (false, false) => directory.start_at(target, furthest),
        }
        if is_whole {
            self.remove_block(source);
        }
        moves
    }

    /// Gives a job another cell. Costs **O(log n)**.
    pub(crate) fn set_cell(&mut self, row: Row, cell: Cell) {
        let position = self.directory.position(row.block());
        self.sums.shift(position, self.cell(row), cell);
        self.block_mut(row.block()).set_cell(row.slot(), cell);
    }

    fn new_block(&self, base: DateTime<Utc>) -> Block {
        Block::new(base, self.cells().len())
    }

    fn add_block(&mut self, position: usize, block: Block, start: DateTime<Utc>) {
        let id = Arc::make_mut(&mut self.directory).insert(position, start);
        *self.blocks.get_mut(id.index()) = Some(Arc::new(block));
        self.sums.insert_block(position);
    }

    fn remove_block(&mut self, position: usize) {
        let id = Arc::make_mut(&mut self.directory).remove(position);
        *self.blocks.get_mut(id.index()) = None;
        self.sums.remove_block(position);
    }
}
