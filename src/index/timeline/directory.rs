//! The blocks in time order, and the time at which each of them starts.
//!
//! ```text
//! position       0      1      2        in time order
//! block number   4      0      7        stable
//! start        10:00  10:20  10:20
//! ```

use chrono::{DateTime, Utc};

use crate::persist::journal::Revision;
use crate::rows::row::BlockId;

/// Blocks by position in time order. It has one entry a block, a thousandth of the rows, so it is a plain array: a block that
/// comes or goes shifts all entries behind it.
// Invariants:
//   position_of[entries[p].id] = p; the ids that have no position are in `free`
//   entries[p].start <= time of every row of block p, and >= time of every row of block p − 1, in microseconds
#[derive(Clone, Debug, Default)]
pub(crate) struct Directory {
    entries: Vec<DirectoryEntry>,
    /// By block number; [`NO_POSITION`] for numbers that are free.
    position_of: Vec<u32>,
    free: Vec<BlockId>,
    /// Of the order of the blocks.
    revision: Revision,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct DirectoryEntry {
    start: Micros,
    pub(super) id: BlockId,
}

/// A time in microseconds since 1970, rounded down. Every time of the calendar fits. Rounding never contradicts the order of
/// time: a leap second is rounded to the last microsecond of the second before it, which is earlier than the next second.
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

    /// One past the highest block number ever used.
    pub(super) fn block_ids_end(&self) -> usize {
        self.position_of.len()
    }

    /// The revision of the order of the blocks.
    pub(crate) fn revision(&self) -> Revision {
        self.revision
    }

    /// The block at a position.
    #[inline]
    pub(crate) fn block(&self, position: usize) -> BlockId {
        self.entries[position].id
    }

    /// The blocks in time order.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = BlockId> + '_ {
        self.entries.iter().map(|entry| entry.id)
    }

    /// The position of a block that is there.
    #[inline]
    pub(crate) fn position(&self, id: BlockId) -> usize {
        self.position_of[id.index()] as usize
    }

    /// When the block at a position starts: at its first row, or earlier.
    pub(super) fn start(&self, position: usize) -> Micros {
        self.entries[position].start
    }

    /// How many blocks start in a microsecond before `time`, and the blocks that start in the same one.
    ///
    /// A start may lie before the first row of its block, since rows go. All rows of a block that starts before `time` may
    /// therefore come after it.
    pub(super) fn starts_around(&self, time: DateTime<Utc>) -> (usize, &[DirectoryEntry]) {
        let micros = Micros::floor(time);
        let earlier = self.entries.partition_point(|entry| entry.start < micros);
        let others = &self.entries[earlier..];
        // Blocks that start in the same microsecond are rare, except where a caller creates thousands of jobs at one time.
        let equal = if others.first().is_some_and(|first| first.start == micros) {
            others.partition_point(|entry| entry.start == micros)
        } else {
            0
        };
        (earlier, &others[..equal])
    }

    /// Adds a block at a position and returns its number: the number freed last, or else a new one.
    pub(crate) fn insert(&mut self, position: usize, start: DateTime<Utc>) -> BlockId {
        let id = self.free.pop().unwrap_or_else(|| {
            self.position_of.push(NO_POSITION);
            BlockId::new(self.position_of.len() - 1)
        });
        self.entries.insert(position, DirectoryEntry { start: Micros::floor(start), id });
        self.renumber_from(position);
        id
    }

    /// Removes the block at a position; its number is free from now on.
    pub(super) fn remove(&mut self, position: usize) -> BlockId {
        let id = self.entries.remove(position).id;
        self.position_of[id.index()] = NO_POSITION;
        self.free.push(id);
        self.renumber_from(position);
        id
    }

    fn renumber_from(&mut self, first: usize) {
        self.revision = Revision::next();
        for (position, entry) in (0..).zip(&self.entries).skip(first) {
            self.position_of[entry.id.index()] = position;
        }
    }

    /// Notes that a row of this time is now the first at a position.
    pub(super) fn start_at(&mut self, position: usize, time: DateTime<Utc>) {
        self.start_at_micros(position, Micros::floor(time));
    }

    /// As [`start_at`](Self::start_at), by a time in microseconds.
    pub(super) fn start_at_micros(&mut self, position: usize, start: Micros) {
        let entry = &mut self.entries[position];
        entry.start = entry.start.min(start);
    }

    /// Lets a block start at the time of the last row that moved from its beginning to the block before it.
    pub(super) fn start_behind(&mut self, position: usize, time: DateTime<Utc>) {
        self.entries[position].start = Micros::floor(time);
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
