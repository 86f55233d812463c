//! A block: up to [`BLOCK_ROWS`] rows that follow one another in time.
//!
//! A row stays in its slot as long as it is in the block, whatever comes before or after it in time. A row that arrives
//! late shifts only the order:
//! ```text
//! slot           0  1  2  3  4         order    0 1 4 2 3   (rank to slot)
//! time offset   10 20 30 40 25         rank_of  0 1 3 4 2   (slot to rank)
//! ```
//! As long as no row has arrived late, the slots ascend along the order, and bits by slot are bits in time order. Then a page or a
//! count reads bits alone, and no order.
//!
//! Most comparisons of rows need no record: the time offsets decide them. Records decide among rows of the same second.
//!
//! Cells are stored apart from the order. So a change of a status beside a snapshot copies half a kilobyte, and not the eight
//! of the order.

use std::array;
use std::ops::Range;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::bits::{WORD_BITS, has_bit, insert_bit, ones, remove_bit};
use crate::index::cell::Cell;
use crate::index::record::Records;
use crate::index::timeline::edge::Edge;
use crate::plan::cost::SCATTERED_HITS_MAX;
use crate::rows::bits::{BlockBits, count_ones};
use crate::rows::row::{BLOCK_ROWS, BLOCK_WORDS, BlockId, Row, Slot};

/// A time in seconds after the base of a block, clamped to 32 bits. It never contradicts the order of time: of two times, the
/// later one has an equal or a greater offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct TimeOffset(u32);

/// Rows that follow one another in time.
// Invariants:
//   the slots order.slots[..len] are distinct, and those of `live`; order.rank_of[order.slots[r]] = r for r < len
//   the time offsets along `order` never descend
//   where slots_ascend is set, so do order.slots[..len]
#[derive(Clone, Debug)]
pub(super) struct Block {
    base_seconds: i64,
    len: usize,
    slots_ascend: bool,
    live: BlockBits,
    cells: SlotCells,
    order: Arc<BlockOrder>,
}

/// The numbers of cells by slot, in pieces, of which a write beside a snapshot copies one.
#[derive(Clone, Debug)]
enum SlotCells {
    /// Of a schema with at most 256 cells.
    Narrow([Arc<[u8; PIECE_SLOTS]>; PIECES]),
    /// Of a schema with more.
    Wide([Arc<[u16; PIECE_SLOTS]>; PIECES]),
}

const PIECE_SLOTS: usize = 256;
const PIECES: usize = BLOCK_ROWS / PIECE_SLOTS;

impl SlotCells {
    fn new(cells_len: usize) -> Self {
        if cells_len <= 1 << u8::BITS {
            Self::Narrow(array::from_fn(|_| Arc::new([0; PIECE_SLOTS])))
        } else {
            Self::Wide(array::from_fn(|_| Arc::new([0; PIECE_SLOTS])))
        }
    }

    #[inline]
    fn get(&self, slot: Slot) -> Cell {
        let (piece, at) = (slot.index() / PIECE_SLOTS, slot.index() % PIECE_SLOTS);
        Cell::new(match self {
            Self::Narrow(pieces) => pieces[piece][at].into(),
            Self::Wide(pieces) => pieces[piece][at],
        })
    }

    #[allow(clippy::cast_possible_truncation, reason = "narrow pieces have cells below 256")]
    fn set(&mut self, slot: Slot, cell: Cell) {
        let (piece, at) = (slot.index() / PIECE_SLOTS, slot.index() % PIECE_SLOTS);
        match self {
            Self::Narrow(pieces) => Arc::make_mut(&mut pieces[piece])[at] = cell.number() as u8,
            Self::Wide(pieces) => Arc::make_mut(&mut pieces[piece])[at] = cell.number(),
        }
    }
}

/// The slots of a block in time order.
#[derive(Clone, Debug)]
struct BlockOrder {
    slots: [u16; BLOCK_ROWS],
    rank_of: [u16; BLOCK_ROWS],
    time_offsets: [TimeOffset; BLOCK_ROWS],
}

impl Block {
    /// An empty block for rows from about this time on, of a schema with so many cells.
    pub(super) fn new(base: DateTime<Utc>, cells_len: usize) -> Self {
        Self {
            base_seconds: base.timestamp(),
            len: 0,
            slots_ascend: true,
            live: [0; BLOCK_WORDS],
            cells: SlotCells::new(cells_len),
            order: Arc::new(BlockOrder {
                slots: [0; BLOCK_ROWS],
                rank_of: [0; BLOCK_ROWS],
                time_offsets: [TimeOffset(0); BLOCK_ROWS],
            }),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn is_full(&self) -> bool {
        self.len == BLOCK_ROWS
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
        self.cells.get(slot)
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 32 bits first")]
    fn time_offset(&self, time: DateTime<Utc>) -> TimeOffset {
        let seconds = time.timestamp().saturating_sub(self.base_seconds);
        TimeOffset(seconds.clamp(0, i64::from(u32::MAX)) as u32)
    }

    /// How many rows of this block, which has this number, stand before an edge. Reads the records of rows of the edge's second
    /// only.
    pub(super) fn rank_of_edge(&self, id: BlockId, records: &dyn Records, edge: Edge<'_>) -> usize {
        let edge_offset = self.time_offset(edge.time());
        self.slots().partition_point(|&slot| {
            let slot = Slot::new(usize::from(slot));
            let offset = self.order.time_offsets[slot.index()];
            offset < edge_offset || offset == edge_offset && edge.is_behind(records.key(Row::new(id, slot)))
        })
    }

    /// Inserts a row at a rank and returns its slot; the block is not full. Costs **O([`BLOCK_ROWS`])** in plain memory moves.
    #[allow(clippy::cast_possible_truncation, reason = "ranks and slots are below BLOCK_ROWS")]
    pub(super) fn insert(&mut self, rank: usize, time: DateTime<Utc>, cell: Cell) -> Slot {
        let slot = self.free_slot(rank);
        self.slots_ascend = self.slots_ascend && self.slots_ascend_with(rank, slot) || self.len == 0;
        let rank_number = rank as u16;
        let time_offset = self.time_offset(time);
        let order = Arc::make_mut(&mut self.order);
        if rank < self.len {
            order.slots.copy_within(rank..self.len, rank + 1);
            // Without a branch, so that many ranks are shifted at once. Free slots are shifted too: nothing reads their rank.
            for shifted in &mut order.rank_of {
                *shifted = shifted.wrapping_add(u16::from(*shifted >= rank_number));
            }
        }
        order.slots[rank] = slot.index() as u16;
        order.rank_of[slot.index()] = rank_number;
        order.time_offsets[slot.index()] = time_offset;
        self.len += 1;
        insert_bit(&mut self.live, slot.index());
        self.cells.set(slot, cell);
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
        remove_bit(&mut self.live, slot.index());
    }

    pub(super) fn set_cell(&mut self, slot: Slot, cell: Cell) {
        self.cells.set(slot, cell);
    }

    /// The free slot for a row at a rank: the one behind the row before it if that is free, so that slots ascend.
    fn free_slot(&self, rank: usize) -> Slot {
        let behind = rank.checked_sub(1).map_or(0, |before| self.slot_at(before).index() + 1);
        if behind < BLOCK_ROWS && !has_bit(&self.live, behind) {
            return Slot::new(behind);
        }
        let free = self.live.iter().enumerate().find(|(_, word)| **word != u64::MAX);
        let (index, word) = free.expect("a block that is not full has a free slot");
        Slot::new(index * 64 + word.trailing_ones() as usize)
    }

    /// Whether a slot at a rank stands between the slots beside it.
    fn slots_ascend_with(&self, rank: usize, slot: Slot) -> bool {
        let (before, behind) = self.slots().split_at(rank);
        before.last().is_none_or(|&before| usize::from(before) < slot.index())
            && behind.first().is_none_or(|&behind| slot.index() < usize::from(behind))
    }

    /// Calls `visit` with the hits of a range, in time order: the first hit has number 0.
    pub(super) fn slots_in_order(&self, hits: &BlockBits, range: Range<usize>, visit: impl FnMut(Slot)) {
        if *hits == self.live {
            return (range.start..range.end.min(self.len)).map(|rank| self.slot_at(rank)).for_each(visit);
        }
        if self.slots_ascend {
            return ones_from(hits, range.start).take(range.len()).map(Slot::new).for_each(visit);
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
        let slots = order[first.unwrap_or(self.len)..].iter().filter(|&&slot| is_hit(hits, slot));
        slots.take(range.len()).map(|&slot| Slot::new(usize::from(slot))).for_each(visit);
    }

    /// How many of some slots stand before a rank.
    pub(super) fn count_before(&self, hits: &BlockBits, rank: usize) -> usize {
        if self.slots_ascend {
            return self
                .slots()
                .get(rank)
                .map_or(usize::from(count_ones(hits)), |&slot| count_below(hits, slot.into()));
        }
        let count = |slots: &[u16]| slots.iter().filter(|&&slot| is_hit(hits, slot)).count();
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
            insert_bit(&mut ranks, self.rank_of(Slot::new(slot)));
        }
        ranks
    }

    /// Panics with the name of a broken invariant.
    pub(super) fn check_invariants(&self) {
        assert_eq!(usize::from(count_ones(&self.live)), self.len, "a block has as many live slots as rows");
        for rank in 0..self.len {
            let slot = self.slot_at(rank);
            assert_eq!(self.rank_of(slot), rank, "ranks and order of a block are inverse");
            assert!(has_bit(&self.live, slot.index()), "an ordered slot is live");
        }
        let offsets = self.slots().iter().map(|&slot| self.order.time_offsets[usize::from(slot)]);
        assert!(offsets.is_sorted(), "the time offsets of a block do not descend");
        assert!(!self.slots_ascend || self.slots().is_sorted(), "the slots of a block ascend where it says so");
    }
}

#[inline]
fn is_hit(hits: &BlockBits, slot: u16) -> bool {
    // The remainder shows the compiler that the block has such a bit.
    has_bit(hits, usize::from(slot) % BLOCK_ROWS)
}

/// The set bits of a block, ascending, without the first `n`.
fn ones_from(bits: &BlockBits, n: usize) -> impl Iterator<Item = usize> {
    let (mut skipped, mut first) = (0, 0);
    for word in bits {
        let count = word.count_ones() as usize;
        if skipped + count > n {
            break;
        }
        skipped += count;
        first += 1;
    }
    ones(&bits[first..]).map(move |bit| first * WORD_BITS + bit).skip(n - skipped)
}

/// How many bits below a number are set.
fn count_below(bits: &BlockBits, number: usize) -> usize {
    let (words, rest) = (&bits[..number / WORD_BITS], bits[number / WORD_BITS] & ((1 << (number % WORD_BITS)) - 1));
    words.iter().chain([&rest]).map(|word| word.count_ones() as usize).sum()
}

/// The index, among some slots, of the hit that has `n` hits before it.
fn nth_hit<'a>(mut slots: impl Iterator<Item = &'a u16>, hits: &BlockBits, n: usize) -> Option<usize> {
    let mut before = 0;
    slots.position(|&slot| {
        let is_hit = is_hit(hits, slot);
        before += usize::from(is_hit);
        is_hit && before == n + 1
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A block beside the slots of its rows in time order.
    struct Model {
        block: Block,
        slots: Vec<Slot>,
    }

    impl Model {
        fn new() -> Self {
            Self { block: Block::new(DateTime::UNIX_EPOCH, 24), slots: Vec::new() }
        }

        fn insert(&mut self, rank: usize) {
            let slot = self.block.insert(rank, DateTime::UNIX_EPOCH, Cell::new(0));
            self.slots.insert(rank, slot);
        }

        fn remove(&mut self, rank: usize) {
            self.block.remove(self.slots.remove(rank));
        }

        /// The hits of the slots whose numbers a stride meets.
        fn hits(&self, stride: usize) -> BlockBits {
            let mut hits = [0; BLOCK_WORDS];
            for slot in self.slots.iter().filter(|slot| slot.index() % stride == 0) {
                insert_bit(&mut hits, slot.index());
            }
            hits
        }

        /// Compares the hits in each half and third of the block, and their counts, with a walk over the rows.
        fn check(&self, stride: usize) {
            self.block.check_invariants();
            let hits = self.hits(stride);
            let expected: Vec<Slot> = self.slots.iter().copied().filter(|slot| has_bit(&hits, slot.index())).collect();
            let len = expected.len();
            for range in [0..len, 0..len / 2, len / 3..len, len / 3..len / 2, len.saturating_sub(10)..len + 5, len..len]
            {
                let mut found = Vec::new();
                self.block.slots_in_order(&hits, range.clone(), |slot| found.push(slot));
                let end = range.end.min(len);
                assert_eq!(found, expected[range.start.min(end)..end], "hits {range:?} of {len}");
            }
            for rank in [0, self.slots.len() / 3, self.slots.len() / 2, self.slots.len()] {
                let before = self.slots[..rank].iter().filter(|slot| has_bit(&hits, slot.index())).count();
                assert_eq!(self.block.count_before(&hits, rank), before, "before rank {rank}");
            }
        }
    }

    #[test]
    fn slots_ascend_until_a_row_comes_late_and_find_no_gap() {
        let mut model = Model::new();
        (0..BLOCK_ROWS - 1).for_each(|rank| model.insert(rank));
        model.check(7);
        assert!(model.block.slots_ascend, "rows in order have slots in order");
        model.remove(100);
        model.insert(100);
        assert!(model.block.slots_ascend, "a gap takes a row that comes late");
        model.check(7);
        model.remove(50);
        model.remove(99);
        model.insert(99);
        assert!(model.block.slots_ascend, "of two gaps, the one beside its neighbour takes a row");
        model.check(7);
        model.insert(5);
        assert!(!model.block.slots_ascend, "there is no slot between two neighbours");
        model.check(7);
        while !model.slots.is_empty() {
            model.remove(0);
        }
        model.insert(0);
        assert!(model.block.slots_ascend, "an empty block begins anew");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn hits_and_counts_follow_the_order_of_time(
            in_order in 0..BLOCK_ROWS,
            changes in prop::collection::vec((any::<bool>(), any::<prop::sample::Index>()), 0..60),
            stride in 1..40_usize,
        ) {
            let mut model = Model::new();
            (0..in_order).for_each(|rank| model.insert(rank));
            model.check(stride);
            for (inserts, rank) in changes {
                if inserts && !model.block.is_full() {
                    model.insert(rank.index(model.slots.len() + 1));
                } else if !model.slots.is_empty() {
                    model.remove(rank.index(model.slots.len()));
                }
                model.check(stride);
            }
        }
    }
}
