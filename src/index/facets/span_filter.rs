//! The filter on facets before one span: which bitmaps are AND-ed and OR-ed.

use super::SpanBitmap;
use crate::index::cell::Cells;
use crate::limits::FACETS_MAX;
use crate::query::{FacetFilter, Passing};
use crate::rows::bitmap::SpanMut;
use crate::rows::bits::BlockBits;
use crate::rows::row::BLOCK_WORDS;

/// The rows of one span that pass a filter on facets: for each facet that is filtered by, a row must have one of the values
/// that pass.
///
/// Most filters ask for one value of each facet: their bitmaps are AND-ed as they are. Several bitmaps of one facet are OR-ed
/// first.
#[derive(Clone)]
pub(crate) enum SpanFilter<'f> {
    /// Every row.
    All,
    /// The rows of one bitmap.
    One(&'f SpanBitmap),
    /// The rows that two bitmaps have.
    Two(&'f SpanBitmap, &'f SpanBitmap),
    /// The rows that three bitmaps have.
    Three(&'f SpanBitmap, &'f SpanBitmap, &'f SpanBitmap),
    /// The rows that pass several tests.
    Tests(FacetTests<'f>),
}

/// One test for each facet that is filtered by.
// Invariant: the bitmaps of test t are those from ends[t - 1], or the first, up to ends[t], for t < len
#[derive(Clone)]
pub(crate) struct FacetTests<'f> {
    bitmaps: Bitmaps<'f>,
    ends: [u16; FACETS_MAX],
    /// A bit for each test whose bitmaps are those of the values that do not pass.
    negated: u8,
    len: u8,
}

/// The bitmaps of all tests. Up to 16 stand in place, since few filters ask for more values.
#[derive(Clone)]
enum Bitmaps<'f> {
    Few([&'f SpanBitmap; FEW_BITMAPS]),
    Many(Vec<&'f SpanBitmap>),
}

const FEW_BITMAPS: usize = 16;

impl<'f> SpanFilter<'f> {
    /// A filter before a span, whose bitmap of each value, numbered among those of all facets, `bitmap` gives.
    #[inline]
    pub(super) fn new(cells: &Cells, filter: &FacetFilter, bitmap: impl Fn(usize) -> &'f SpanBitmap) -> Self {
        let only = |(facet, passing): (usize, Passing<'_>)| Some(bitmap(cells.first_value(facet) + passing.only()?));
        let mut filtered = filter.filtered();
        let [a, b, c, d] = std::array::from_fn(|_| filtered.next());
        match [a, b, c].map(|filtered| filtered.map(only)) {
            [None, ..] => Self::All,
            [Some(Some(a)), None, _] => Self::One(a),
            [Some(Some(a)), Some(Some(b)), None] => Self::Two(a, b),
            [Some(Some(a)), Some(Some(b)), Some(Some(c))] if d.is_none() => Self::Three(a, b, c),
            _ => Self::Tests(FacetTests::new(cells, filter, bitmap)),
        }
    }

    /// Clears, in a bitmap of one block's rows, the rows that do not pass. `block` is counted within the span.
    #[inline]
    pub(crate) fn retain(&self, bits: &mut BlockBits, block: usize) {
        let mut and = |others: &BlockBits| bits.iter_mut().zip(others).for_each(|(bits, other)| *bits &= *other);
        match self {
            Self::All => {}
            Self::One(a) => and(a.block(block)),
            Self::Two(a, b) => [a, b].into_iter().for_each(|bitmap| and(bitmap.block(block))),
            Self::Three(a, b, c) => [a, b, c].into_iter().for_each(|bitmap| and(bitmap.block(block))),
            Self::Tests(tests) => tests.iter().for_each(|(bitmaps, flip)| {
                let mut any = [0; BLOCK_WORDS];
                for bitmap in bitmaps {
                    any.iter_mut().zip(bitmap.block(block)).for_each(|(any, bits)| *any |= bits);
                }
                and(&any.map(|word| word ^ flip));
            }),
        }
    }

    /// Whether a row with a job passes, counted within the span. Needs no branch that depends on the row.
    #[inline]
    pub(crate) fn passes(&self, offset: usize) -> bool {
        let word = match self {
            Self::All => return true,
            Self::One(a) => a.word(offset),
            Self::Two(a, b) => a.word(offset) & b.word(offset),
            Self::Three(a, b, c) => a.word(offset) & b.word(offset) & c.word(offset),
            Self::Tests(tests) => tests.word(offset),
        };
        is_set(word, offset)
    }

    /// Inserts into a bitmap those of some rows with a job that pass, both counted within the span.
    #[inline]
    pub(crate) fn insert_passing(&self, offsets: impl Iterator<Item = usize>, rows: &mut SpanMut<'_>) {
        match self {
            Self::All => offsets.for_each(|offset| {
                rows.insert(offset);
            }),
            Self::One(a) => insert_if(offsets, |at| is_set(a.word(at), at), rows),
            Self::Two(a, b) => insert_if(offsets, |at| is_set(a.word(at) & b.word(at), at), rows),
            Self::Three(a, b, c) => insert_if(offsets, |at| is_set(a.word(at) & b.word(at) & c.word(at), at), rows),
            Self::Tests(tests) => insert_if(offsets, |at| is_set(tests.word(at), at), rows),
        }
    }
}

/// Whether a word has the bit of a row.
#[inline]
fn is_set(word: u64, offset: usize) -> bool {
    word >> (offset % 64) & 1 == 1
}

impl<'f> FacetTests<'f> {
    #[allow(clippy::cast_possible_truncation, reason = "there are at most 8 facets with about 1,000 values together")]
    fn new(cells: &Cells, filter: &FacetFilter, bitmap: impl Fn(usize) -> &'f SpanBitmap) -> Self {
        let (mut few, mut many, mut bitmaps_len) = ([bitmap(0); FEW_BITMAPS], Vec::new(), 0);
        let (mut ends, mut negated, mut len) = ([0; FACETS_MAX], 0, 0);
        for (facet, passing) in filter.filtered() {
            let (values, is_negated) = cells.tested_values(facet, passing);
            for bitmap in values.map(&bitmap) {
                match few.get_mut(bitmaps_len) {
                    Some(place) => *place = bitmap,
                    None if many.is_empty() => many.extend(few.into_iter().chain([bitmap])),
                    None => many.push(bitmap),
                }
                bitmaps_len += 1;
            }
            ends[usize::from(len)] = bitmaps_len as u16;
            negated |= u8::from(is_negated) << len;
            len += 1;
        }
        let bitmaps = if many.is_empty() { Bitmaps::Few(few) } else { Bitmaps::Many(many) };
        Self { bitmaps, ends, negated, len }
    }

    fn bitmaps(&self) -> &[&'f SpanBitmap] {
        match &self.bitmaps {
            Bitmaps::Few(bitmaps) => bitmaps,
            Bitmaps::Many(bitmaps) => bitmaps,
        }
    }

    /// The bitmaps of each test, and the word with which their union is XOR-ed.
    #[inline]
    fn iter(&self) -> impl Iterator<Item = (&[&'f SpanBitmap], u64)> {
        let mut first = 0;
        (0..usize::from(self.len)).map(move |test| {
            let bitmaps = &self.bitmaps()[first..self.ends[test].into()];
            first = self.ends[test].into();
            (bitmaps, if self.negated >> test & 1 == 1 { u64::MAX } else { 0 })
        })
    }

    /// The word with the bit of a row that tells whether it passes, counted within the span.
    #[inline]
    fn word(&self, offset: usize) -> u64 {
        self.iter().fold(u64::MAX, |word, (bitmaps, flip)| {
            word & (bitmaps.iter().fold(0, |any, bitmap| any | bitmap.word(offset)) ^ flip)
        })
    }
}

/// Offsets of rows that pass, collected before they are inserted.
const PASSING_MAX: usize = 128;

/// Rows up to which each is inserted where its test passes.
const FEW_TESTED: usize = 8;

/// Inserts the rows that pass a test. Of many, the processor can't predict which do. A loop without a branch collects them first:
/// then the test of a row does not wait for the test of the row before.
#[inline]
#[allow(clippy::cast_possible_truncation, reason = "a span has fewer than 65,536 rows")]
fn insert_if(offsets: impl Iterator<Item = usize>, is_passing: impl Fn(usize) -> bool, rows: &mut SpanMut<'_>) {
    if offsets.size_hint().1.is_some_and(|len| len <= FEW_TESTED) {
        for offset in offsets {
            if is_passing(offset) {
                rows.insert(offset);
            }
        }
        return;
    }
    let (mut passing, mut len) = ([0_u16; PASSING_MAX], 0);
    let mut insert_all = |passing: &[u16]| {
        for &offset in passing {
            rows.insert(offset.into());
        }
    };
    for offset in offsets {
        passing[len % PASSING_MAX] = offset as u16;
        len += usize::from(is_passing(offset));
        if len == PASSING_MAX {
            insert_all(&passing);
            len = 0;
        }
    }
    insert_all(&passing[..len]);
}
