//! The blocks in time order, and where each of them begins.

use chrono::{DateTime, Utc};

use crate::persist::journal::Stamp;
use crate::rows::row::BlockId;

/// Blocks by position in time order. One entry a block, a thousandth of the rows, so it is a plain array: a block that
/// comes or goes shifts what stands behind it.
// Invariants:
//   position_of[blocks[p].id] = p; the ids that have no position are in `free`
//   start[p] <= time of every row of block p, and start[p] >= time of every row of block p − 1, in microseconds
#[derive(Clone, Debug, Default)]
pub(crate) struct Directory {
    entries: Vec<Entry>,
    /// By block number; [`NO_POSITION`] for numbers that are free.
    position_of: Vec<u32>,
    free: Vec<BlockId>,
    /// Of the order of the blocks.
    stamp: Stamp,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    start: Micros,
    id: BlockId,
}

/// A time in microseconds since 1970, rounded down, and a leap second to the last of the second that it prolongs: it is
/// earlier than the next. All of the calendar fits, and rounding never contradicts the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Micros(i64);

impl Micros {
    pub(super) fn floor(time: DateTime<Utc>) -> Self {
        let second_start = time.timestamp() * MICROS_A_SECOND;
        Self(second_start + i64::from(time.timestamp_subsec_micros()).min(MICROS_A_SECOND - 1))
    }
}

const MICROS_A_SECOND: i64 = 1_000_000;
const NO_POSITION: u32 = u32::MAX;

impl Directory {
    /// How many blocks there are.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn block_ids_end(&self) -> usize {
        self.position_of.len()
    }

    /// The state of the order of the blocks.
    pub(crate) fn stamp(&self) -> Stamp {
        self.stamp
    }

    /// The block at a position.
    #[inline]
    pub(crate) fn block(&self, position: usize) -> BlockId {
        self.entries[position].id
    }

    /// The position of a block that is there.
    #[inline]
    pub(crate) fn position(&self, id: BlockId) -> usize {
        self.position_of[id.index()] as usize
    }

    pub(super) fn start(&self, position: usize) -> Micros {
        self.entries[position].start
    }

    /// How many blocks begin before an edge at `time`. Where a block begins in the same microsecond as the edge,
    /// `begins_before` looks at its first row.
    pub(super) fn partition_position(&self, time: DateTime<Utc>, begins_before: impl Fn(BlockId) -> bool) -> usize {
        let micros = Micros::floor(time);
        // A start may lie before the first row, since rows go, so a block that seems to begin before the edge may hold
        // nothing before it; the edge is then found at its rank 0, which is the same place.
        self.entries.partition_point(|entry| entry.start < micros || entry.start == micros && begins_before(entry.id))
    }

    /// Adds a block at a position and gives its number: the last one freed, or a new one.
    pub(crate) fn insert(&mut self, position: usize, start: DateTime<Utc>) -> BlockId {
        let id = self.free.pop().unwrap_or_else(|| {
            self.position_of.push(NO_POSITION);
            BlockId::new(self.position_of.len() - 1)
        });
        self.entries.insert(position, Entry { start: Micros::floor(start), id });
        self.renumber_from(position);
        id
    }

    pub(super) fn remove(&mut self, position: usize) -> BlockId {
        let id = self.entries.remove(position).id;
        self.position_of[id.index()] = NO_POSITION;
        self.free.push(id);
        self.renumber_from(position);
        id
    }

    fn renumber_from(&mut self, first: usize) {
        self.stamp = Stamp::next();
        for (position, entry) in (0..).zip(&self.entries).skip(first) {
            self.position_of[entry.id.index()] = position;
        }
    }

    /// Says that a row of this time is now the first at a position.
    pub(super) fn start_at(&mut self, position: usize, time: DateTime<Utc>) {
        self.start_at_stamp(position, Micros::floor(time));
    }

    pub(super) fn start_at_stamp(&mut self, position: usize, start: Micros) {
        let entry = &mut self.entries[position];
        entry.start = entry.start.min(start);
    }

    /// Panics with the name of a broken invariant.
    pub(super) fn check_invariants(&self) {
        for (position, entry) in self.entries.iter().enumerate() {
            assert_eq!(self.position(entry.id), position, "positions and blocks are inverse");
        }
        assert!(self.entries.is_sorted_by_key(|entry| entry.start), "starts of blocks do not descend");
        assert_eq!(self.entries.len() + self.free.len(), self.position_of.len(), "a block is in order or free");
    }
}
