//! The rows that match a keyword, and then the filters: few in a sorted list, many in a bitmap.

use super::bitmap::Bitmap;
use super::view::View;
use crate::index::cell::{CellCounts, CellFilter};
use crate::index::facets::BlockBits;
use crate::index::names::{Alternatives, Names};
use crate::index::postings::Postings;
use crate::index::record::Records;
use crate::index::row::{BLOCK_WORDS, BlockId, Place, Row};
use crate::index::timeline::Timeline;

/// A set of rows.
pub(super) enum RowSet {
    /// Ascending.
    Sorted(Vec<Row>),
    /// A bit each.
    Bits(Bitmap),
}

/// The rows of a set that stand in one block.
#[derive(Clone, Copy, Debug)]
pub(super) struct BlockHits {
    pub(super) position: usize,
    pub(super) block: BlockId,
    pub(super) count: u32,
    /// Of a sorted set, where the block's rows begin.
    first: usize,
}

impl RowSet {
    /// The rows that have one of each of some alternatives: a sorted list, from the rarest on, probed against the others.
    pub(super) fn probe(timeline: &Timeline, names: &Names, words: &[Alternatives]) -> Self {
        let mut words: Vec<&Alternatives> = words.iter().collect();
        words.sort_by_key(|word| word.rows_sum());
        let Some((rarest, others)) = words.split_first() else { return Self::Sorted(Vec::new()) };
        let mut rows = sorted_union(names, rarest);
        for word in others {
            retain_rows_with(timeline, names, &mut rows, word);
        }
        Self::Sorted(rows)
    }

    /// The same rows as a bitmap.
    pub(super) fn unite(timeline: &Timeline, names: &Names, words: &[Alternatives]) -> Self {
        let mut words: Vec<&Alternatives> = words.iter().collect();
        words.sort_by_key(|word| word.rows_sum());
        let mut all: Option<Bitmap> = None;
        for word in words {
            let mut rows = Bitmap::new(timeline.block_ids_end());
            word.words().iter().for_each(|&id| rows.unite(names.rows(id)));
            match &mut all {
                None => all = Some(rows),
                Some(all) => all.intersect(&rows),
            }
        }
        Self::Bits(all.unwrap_or_else(|| Bitmap::new(0)))
    }

    /// The rows that pass the filters and whose names have one of the alternatives, looked up name by name.
    pub(super) fn scan<R: Records>(
        view: &View<'_, R>,
        filter: &CellFilter,
        range: (Place, Place),
        word: &Alternatives,
    ) -> Self {
        let mut rows = Vec::new();
        let matches = |row| {
            let mut found = false;
            view.names.for_each_word_of(view.records.name(row), |id| found |= word.contains(id));
            found
        };
        let (from, to) = (view.count_before(filter, range.0), view.count_before(filter, range.1));
        view.timeline.visit_slice(view.facets, filter, from, to, &mut |row| {
            if matches(row) {
                rows.push(row);
            }
        });
        rows.sort_unstable();
        Self::Sorted(rows)
    }

    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Sorted(rows) => rows.is_empty(),
            Self::Bits(bits) => bits.is_empty(),
        }
    }

    pub(super) fn insert(&mut self, row: Row) {
        match self {
            Self::Sorted(rows) => {
                if let Err(at) = rows.binary_search(&row) {
                    rows.insert(at, row);
                }
            }
            Self::Bits(bits) => bits.insert(row),
        }
    }

    /// Keeps the rows that pass the filters on facets.
    pub(super) fn retain_filter<R: Records>(&mut self, view: &View<'_, R>, filter: &CellFilter) {
        if filter.admits_all() {
            return;
        }
        match self {
            Self::Sorted(rows) => rows.retain(|&row| filter.cells.contains(view.timeline.cell(row))),
            Self::Bits(bits) => bits.for_each_touched_span(|span, words| {
                view.facets.retain_in_span(words, span, filter);
            }),
        }
    }

    /// Keeps the rows from one place to another.
    pub(super) fn retain_between(&mut self, timeline: &Timeline, from: Place, to: Place) {
        let is_between = |row: Row| {
            let place = timeline.place_of(row);
            from <= place && place < to
        };
        match self {
            Self::Sorted(rows) => rows.retain(|&row| is_between(row)),
            Self::Bits(bits) => bits.for_each_touched_block(|block, words| {
                let block = BlockId::new(block);
                if words.iter().all(|&word| word == 0) {
                    return;
                }
                let position = timeline.position(block);
                if position < from.position || position > to.position {
                    words.fill(0);
                } else if position == from.position || position == to.position {
                    timeline.retain_between(block, words, from, to);
                }
            }),
        }
    }

    /// How many of the rows each cell has.
    pub(super) fn cell_counts<R>(&self, view: &View<'_, R>) -> CellCounts {
        let mut counts = CellCounts::default();
        match self {
            Self::Sorted(rows) => rows.iter().for_each(|&row| counts[view.timeline.cell(row).index()] += 1),
            Self::Bits(bits) => {
                for (block, _) in bits.blocks() {
                    view.timeline.count_cells_in_block(block, bits.block_bits(block), &mut counts);
                }
            }
        }
        counts
    }

    /// The blocks that hold any of the rows, in time order.
    pub(super) fn blocks(&self, timeline: &Timeline) -> Vec<BlockHits> {
        let mut blocks: Vec<BlockHits> = match self {
            Self::Sorted(rows) => {
                let mut first = 0;
                let blocks = rows.chunk_by(|a, b| a.block() == b.block()).map(|rows| {
                    let block = rows[0].block();
                    let count = u32::try_from(rows.len()).expect("a block has at most 1,024 rows");
                    let hits = BlockHits { position: timeline.position(block), block, count, first };
                    first += rows.len();
                    hits
                });
                blocks.collect()
            }
            Self::Bits(bits) => {
                let blocks = bits.blocks();
                blocks
                    .map(|(block, count)| BlockHits { position: timeline.position(block), block, count, first: 0 })
                    .collect()
            }
        };
        // Mostly in order already: only blocks that split are not.
        if !blocks.is_sorted_by_key(|hits| hits.position) {
            blocks.sort_unstable_by_key(|hits| hits.position);
        }
        blocks
    }

    /// The rows in one of the blocks.
    pub(super) fn block_bits(&self, hits: &BlockHits) -> BlockBits {
        match self {
            Self::Sorted(rows) => {
                let mut bits = [0; BLOCK_WORDS];
                for row in &rows[hits.first..hits.first + hits.count as usize] {
                    bits[row.slot().index() / 64] |= 1 << (row.slot().index() % 64);
                }
                bits
            }
            Self::Bits(bits) => *bits.block_bits(hits.block),
        }
    }
}

/// The rows of all alternatives, ascending, each once.
fn sorted_union(names: &Names, word: &Alternatives) -> Vec<Row> {
    let mut rows = Vec::with_capacity(usize::try_from(word.rows_sum()).unwrap_or(0));
    for &id in word.words() {
        rows.extend(names.rows(id).iter().map(Row::from_number));
    }
    if word.words().len() > 1 {
        rows.sort_unstable();
        rows.dedup();
    }
    rows
}

/// Keeps the rows that have one of the alternatives. Each list is either walked or searched, whichever is less.
fn retain_rows_with(timeline: &Timeline, names: &Names, rows: &mut Vec<Row>, word: &Alternatives) {
    if rows.is_empty() {
        return;
    }
    let mut wanted = Bitmap::new(timeline.block_ids_end());
    rows.iter().for_each(|&row| wanted.insert(row));
    let mut found = Bitmap::new(timeline.block_ids_end());
    let mut lists: Vec<&Postings> = word.words().iter().map(|&id| names.rows(id)).collect();
    lists.sort_unstable_by_key(|list| std::cmp::Reverse(list.len()));
    for list in lists {
        if list.len() > rows.len() {
            let missing = rows.iter().filter(|&&row| list.contains(row.number()));
            missing.for_each(|&row| found.insert(row));
        } else {
            let numbers = list.iter().map(Row::from_number);
            numbers.filter(|&row| wanted.contains(row)).for_each(|row| found.insert(row));
        }
    }
    rows.retain(|&row| found.contains(row));
}
