//! A block: up to [`BLOCK_ROWS`] rows that follow one another in time.
//!
//! A row keeps its slot as long as it is in the block, whatever comes before or after it in time: only `order` is
//! shifted when a row arrives late.
//! ```text
//! slot     0  1  2  3  4         order    0 1 4 2 3   (rank to slot)
//! stamp   10 20 30 40 25         rank_of  0 1 3 4 2   (slot to rank)
//! ```
//! A **stamp** is a row's creation time in seconds since the block's base, held within 32 bits: it never contradicts the
//! order of time, so it decides nearly every comparison, and equal stamps are decided by the record.
//!
//! What changes with a job's cell stands apart from what changes with the order: a write beside a snapshot that changes a
//! status copies half a kilobyte, and not the eight of the order.

use std::array;
use std::ops::Range;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::index::cell::{CELLS, Cell};
use crate::index::facets::BlockBits;
use crate::rows::bitmap::count_ones;
use crate::rows::postings::ones;
use crate::rows::row::{BLOCK_ROWS, BLOCK_WORDS, Slot};

/// Hits up to which they are put in order one by one, rather than found among all slots in order.
const SCATTERED_HITS_MAX: usize = 48;

/// Seconds since the base of a block, held within 32 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stamp(u32);

/// Rows that follow one another in time.
// Invariants:
//   the slots order.slots[..len] are distinct, and those of `live`; order.rank_of[order.slots[r]] = r for r < len
//   the stamps along `order` never descend
//   counts[c] = number of live slots with cell c
#[derive(Clone, Debug)]
pub(super) struct Block {
    base_seconds: i64,
    len: usize,
    live: BlockBits,
    counts: [u16; CELLS],
    /// By slot, in pieces.
    cells: [Arc<[u8; CELLS_PIECE]>; BLOCK_ROWS / CELLS_PIECE],
    order: Arc<Order>,
}

/// Slots whose cells stand together.
const CELLS_PIECE: usize = 256;

/// The slots of a block in time order.
#[derive(Clone, Debug)]
struct Order {
    slots: [u16; BLOCK_ROWS],
    rank_of: [u16; BLOCK_ROWS],
    stamps: [Stamp; BLOCK_ROWS],
}

impl Block {
    /// An empty block for rows from about this time on.
    pub(super) fn new(base: DateTime<Utc>) -> Self {
        Self {
            base_seconds: base.timestamp(),
            len: 0,
            live: [0; BLOCK_WORDS],
            counts: [0; CELLS],
            cells: array::from_fn(|_| Arc::new([0; CELLS_PIECE])),
            order: Arc::new(Order { slots: [0; BLOCK_ROWS], rank_of: [0; BLOCK_ROWS], stamps: [Stamp(0); BLOCK_ROWS] }),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn is_full(&self) -> bool {
        self.len == BLOCK_ROWS
    }

    pub(super) fn counts(&self) -> &[u16; CELLS] {
        &self.counts
    }

    /// The slots that hold a row.
    pub(super) fn live(&self) -> &BlockBits {
        &self.live
    }

    #[inline]
    pub(super) fn slot_at(&self, rank: usize) -> Slot {
        Slot::new(usize::from(self.slots()[rank]))
    }

    #[inline]
    pub(super) fn rank_of(&self, slot: Slot) -> usize {
        usize::from(self.order.rank_of[slot.index()])
    }

    /// The slots in time order.
    #[inline]
    fn slots(&self) -> &[u16] {
        &self.order.slots[..self.len]
    }

    #[inline]
    pub(super) fn cell(&self, slot: Slot) -> Cell {
        Cell::from_code(self.cells[slot.index() / CELLS_PIECE][slot.index() % CELLS_PIECE])
    }

    /// The stamp that a time has in this block: where it lies far outside, that of the border.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 32 bits first")]
    pub(super) fn stamp(&self, time: DateTime<Utc>) -> Stamp {
        let seconds = time.timestamp().saturating_sub(self.base_seconds);
        Stamp(seconds.clamp(0, i64::from(u32::MAX)) as u32)
    }

    /// The first rank from which rows are not before something, where `is_before` tells a slot from its stamp or, where
    /// that is not enough, otherwise.
    pub(super) fn partition_rank(&self, is_before: impl Fn(Stamp, Slot) -> bool) -> usize {
        self.slots().partition_point(|&slot| {
            let slot = Slot::new(usize::from(slot));
            is_before(self.order.stamps[slot.index()], slot)
        })
    }

    /// Puts a row at a rank; the block is not full. Costs **O([`BLOCK_ROWS`])** in plain memory moves.
    #[allow(clippy::cast_possible_truncation, reason = "ranks and slots are below BLOCK_ROWS")]
    pub(super) fn insert(&mut self, rank: usize, time: DateTime<Utc>, cell: Cell) -> Slot {
        let slot = self.free_slot();
        let rank_number = rank as u16;
        let stamp = self.stamp(time);
        let order = Arc::make_mut(&mut self.order);
        if rank < self.len {
            order.slots.copy_within(rank..self.len, rank + 1);
            // Without a branch, so that it runs over many ranks at once. Dead slots are shifted too: nothing reads them.
            for shifted in &mut order.rank_of {
                *shifted = shifted.wrapping_add(u16::from(*shifted >= rank_number));
            }
        }
        order.slots[rank] = slot.index() as u16;
        order.rank_of[slot.index()] = rank_number;
        order.stamps[slot.index()] = stamp;
        self.len += 1;
        self.live[slot.index() / 64] |= 1 << (slot.index() % 64);
        *self.cell_code_mut(slot) = cell.code();
        self.counts[cell.index()] += 1;
        slot
    }

    /// Takes a row out. Costs as [`insert`](Self::insert).
    pub(super) fn remove(&mut self, slot: Slot) {
        let rank = self.rank_of(slot);
        let order = Arc::make_mut(&mut self.order);
        order.slots.copy_within(rank + 1..self.len, rank);
        let rank_number = order.rank_of[slot.index()];
        for shifted in &mut order.rank_of {
            *shifted -= u16::from(*shifted > rank_number);
        }
        self.len -= 1;
        self.live[slot.index() / 64] &= !(1 << (slot.index() % 64));
        self.counts[self.cell(slot).index()] -= 1;
    }

    pub(super) fn set_cell(&mut self, slot: Slot, cell: Cell) {
        self.counts[self.cell(slot).index()] -= 1;
        self.counts[cell.index()] += 1;
        *self.cell_code_mut(slot) = cell.code();
    }

    fn cell_code_mut(&mut self, slot: Slot) -> &mut u8 {
        &mut Arc::make_mut(&mut self.cells[slot.index() / CELLS_PIECE])[slot.index() % CELLS_PIECE]
    }

    /// The slot behind the newest arrival while there is one, so that rows that arrive in order stand in order.
    fn free_slot(&self) -> Slot {
        if self.live[self.len / 64] >> (self.len % 64) & 1 == 0 {
            return Slot::new(self.len);
        }
        let free = self.live.iter().enumerate().find(|(_, word)| **word != u64::MAX);
        let (index, word) = free.expect("a block that is not full has a free slot");
        Slot::new(index * 64 + word.trailing_ones() as usize)
    }

    /// The slots of `hits` from one number of hits before them to another, in time order.
    pub(super) fn slots_in_order(&self, hits: &BlockBits, range: Range<usize>, visit: impl FnMut(Slot)) {
        if *hits == self.live {
            return (range.start..range.end.min(self.len)).map(|rank| self.slot_at(rank)).for_each(visit);
        }
        let count = usize::from(count_ones(hits));
        if range.start >= count {
            return;
        }
        if count <= SCATTERED_HITS_MAX {
            let slot = |rank| self.slot_at(rank);
            return ones(&self.ranks(hits)).skip(range.start).take(range.len()).map(slot).for_each(visit);
        }
        let order = self.slots();
        let first = if range.start <= count / 2 {
            nth_hit(order.iter(), hits, range.start)
        } else {
            // Counted from the end, where that is nearer.
            nth_hit(order.iter().rev(), hits, count - 1 - range.start).map(|behind| self.len - 1 - behind)
        };
        let slots = order[first.unwrap_or(self.len)..].iter().map(|&slot| Slot::new(usize::from(slot)));
        slots.filter(|&slot| has(hits, slot)).take(range.len()).for_each(visit);
    }

    /// How many of `hits` stand before a rank.
    pub(super) fn count_before(&self, hits: &BlockBits, rank: usize) -> usize {
        let count = |slots: &[u16]| slots.iter().filter(|&&slot| has(hits, Slot::new(usize::from(slot)))).count();
        if rank <= self.len / 2 {
            count(&self.slots()[..rank])
        } else {
            usize::from(count_ones(hits)) - count(&self.slots()[rank..])
        }
    }

    /// A bitmap by slot as a bitmap by rank.
    fn ranks(&self, hits: &BlockBits) -> BlockBits {
        let mut ranks = [0; BLOCK_WORDS];
        for slot in ones(hits) {
            let rank = self.rank_of(Slot::new(slot));
            ranks[rank / 64] |= 1 << (rank % 64);
        }
        ranks
    }

    /// Panics with the name of a broken invariant.
    pub(super) fn check_invariants(&self) {
        let live: usize = self.live.iter().map(|word| word.count_ones() as usize).sum();
        assert_eq!(live, self.len, "a block has as many live slots as rows");
        let mut counts = [0; CELLS];
        for rank in 0..self.len {
            let slot = self.slot_at(rank);
            assert_eq!(self.rank_of(slot), rank, "ranks and order of a block are inverse");
            assert!(self.live[slot.index() / 64] >> (slot.index() % 64) & 1 == 1, "an ordered slot is live");
            counts[self.cell(slot).index()] += 1;
        }
        assert_eq!(counts, self.counts, "the counts of a block are those of its cells");
        let stamps = self.slots().iter().map(|&slot| self.order.stamps[usize::from(slot)]);
        assert!(stamps.is_sorted(), "the stamps of a block do not descend");
    }
}

#[inline]
fn has(bits: &BlockBits, slot: Slot) -> bool {
    bits[slot.index() / 64] >> (slot.index() % 64) & 1 == 1
}

/// The place, among some slots, of the one that is a hit with `n` hits before it.
fn nth_hit<'a>(mut slots: impl Iterator<Item = &'a u16>, hits: &BlockBits, n: usize) -> Option<usize> {
    let mut before = 0;
    slots.position(|&slot| {
        let is_hit = has(hits, Slot::new(usize::from(slot)));
        before += usize::from(is_hit);
        is_hit && before == n + 1
    })
}
