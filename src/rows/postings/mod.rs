//! A posting list: a set of 32-bit numbers (rows of jobs, or words), sorted, shared between clones.
//!
//! One type outside, three shapes inside, after the roaring bitmaps of Chambi, Lemire, Kaser and Godin ("Better bitmap
//! performance with Roaring bitmaps", 2016), fitted to lists of which most are tiny:
//! ```text
//! Few     up to 3 numbers in place                     a rare word: no allocation at all
//! Sorted  one sorted array                             a write moves and copies at most some KB
//! Spans   per span of 32,768 numbers: absent, a sorted array of 16-bit offsets, or a bitmap of 4 KB
//! ```
//! A list becomes `Spans` when it has 32 numbers a span on average: a span costs 56 bytes, and saves 2 for each number. A write
//! copies one array or span where a clone shares it.
#![allow(clippy::cast_possible_truncation, reason = "offsets are taken from numbers by masks")]

use std::sync::Arc;

use crate::persist::shared_vec::SharedVec;

/// Numbers a span covers. Its bitmap is 4 KB, what a write beside a snapshot may have to copy.
pub(crate) const SPAN_NUMBERS: usize = 1 << SPAN_BITS;
const SPAN_BITS: u32 = 15;
/// Words of the bitmap of a span.
pub(crate) const SPAN_WORDS: usize = SPAN_NUMBERS / 64;

/// Numbers kept in place.
const FEW_MAX: usize = 3;
/// Numbers that a sorted array may have however few spans there are: 8 KB.
const SORTED_MIN_MAX: usize = 2048;
/// Numbers a span must have on average before spans pay.
const SPAN_NUMBERS_MIN: usize = 32;
/// Offsets in a span from which the bitmap is the smaller form.
const SPARSE_MAX: usize = SPAN_NUMBERS / 16;

/// A sorted set of `u32`.
// Invariants:
//   Few: len <= FEW_MAX, numbers[..len] strictly ascending
//   Sorted: strictly ascending, more than FEW_MAX / 2 numbers
//   Spans: len is the sum over spans; a sparse span is strictly ascending, not empty, of at most SPARSE_MAX
#[derive(Clone, Debug)]
pub(crate) enum Postings {
    Few { len: u8, numbers: [u32; FEW_MAX] },
    Sorted(Arc<Vec<u32>>),
    Spans(Arc<Spans>),
}

/// A long list, in spans.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spans {
    len: usize,
    /// One past the last span that was ever used.
    end: usize,
    pieces: SharedVec<Span>,
}

#[derive(Clone, Debug, Default)]
enum Span {
    #[default]
    Empty,
    Sparse(Arc<Vec<u16>>),
    Dense(Arc<DenseSpan>),
}

#[derive(Clone, Debug)]
struct DenseSpan {
    len: usize,
    words: [u64; SPAN_WORDS],
}

/// A piece of a posting list, for walks that do something else with each shape.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Chunk<'a> {
    /// Ascending numbers.
    Numbers(&'a [u32]),
    /// Ascending offsets from the first number of a span.
    Offsets(usize, &'a [u16]),
    /// A bit per number of a span.
    Bits(usize, &'a [u64; SPAN_WORDS]),
}

impl Default for Postings {
    fn default() -> Self {
        Self::Few { len: 0, numbers: [0; FEW_MAX] }
    }
}

impl Postings {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Few { len, .. } => usize::from(*len),
            Self::Sorted(numbers) => numbers.len(),
            Self::Spans(spans) => spans.len,
        }
    }

    /// The first number of a list that is not kept by spans.
    #[inline]
    pub(crate) fn first(&self) -> Option<u32> {
        match self {
            Self::Few { len, numbers } => (*len > 0).then_some(numbers[0]),
            Self::Sorted(numbers) => numbers.first().copied(),
            Self::Spans(_) => None,
        }
    }

    /// Some number of the list about where another one is or would be, 0 if there is none: a look that makes the memory
    /// come which a write to that place needs.
    #[inline]
    pub(crate) fn number_near(&self, number: u32) -> u32 {
        match self {
            Self::Few { numbers, .. } => numbers[0],
            Self::Sorted(numbers) => numbers.get(numbers.len() / 2).copied().unwrap_or(0),
            Self::Spans(spans) => match spans.pieces.get(span_of(number)) {
                None | Some(Span::Empty) => 0,
                Some(Span::Sparse(offsets)) => offsets.get(offsets.len() / 2).copied().map_or(0, u32::from),
                Some(Span::Dense(span)) => u32::from(span.contains(offset_of(number))),
            },
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[inline]
    pub(crate) fn contains(&self, number: u32) -> bool {
        match self {
            Self::Few { len, numbers } => numbers[..usize::from(*len)].contains(&number),
            Self::Sorted(numbers) => numbers.binary_search(&number).is_ok(),
            Self::Spans(spans) => spans.contains(number),
        }
    }

    /// Adds a number; false if it was there. Costs **O(log n)** and at most some KB moved or copied.
    pub(crate) fn insert(&mut self, number: u32) -> bool {
        let inserted = match self {
            Self::Few { len, numbers } => {
                let count = usize::from(*len);
                let at = numbers[..count].partition_point(|&other| other < number);
                if at < count && numbers[at] == number {
                    return false;
                }
                if count == FEW_MAX {
                    let mut all = Vec::with_capacity(FEW_MAX + 2);
                    all.extend_from_slice(numbers);
                    all.insert(at, number);
                    *self = Self::Sorted(Arc::new(all));
                } else {
                    numbers.copy_within(at..count, at + 1);
                    numbers[at] = number;
                    *len += 1;
                }
                return true;
            }
            Self::Sorted(numbers) => insert_sorted(Arc::make_mut(numbers), number),
            Self::Spans(spans) => return Arc::make_mut(spans).insert(number),
        };
        self.become_spans_if_long();
        inserted
    }

    /// Takes a number out; false if it was not there. Costs as [`insert`](Self::insert).
    pub(crate) fn remove(&mut self, number: u32) -> bool {
        let was_there = match self {
            Self::Few { len, numbers } => {
                let count = usize::from(*len);
                let Some(at) = numbers[..count].iter().position(|&other| other == number) else { return false };
                numbers.copy_within(at + 1..count, at);
                *len -= 1;
                return true;
            }
            Self::Sorted(numbers) => {
                let Ok(at) = numbers.binary_search(&number) else { return false };
                let numbers = Arc::make_mut(numbers);
                numbers.remove(at);
                if numbers.capacity() > 2 * numbers.len() + 8 {
                    numbers.shrink_to(numbers.len() + 4);
                }
                true
            }
            Self::Spans(spans) => spans.contains(number) && Arc::make_mut(spans).remove(number),
        };
        self.become_short_if_few();
        was_there
    }

    /// The list in ascending pieces.
    pub(crate) fn chunks(&self) -> impl Iterator<Item = Chunk<'_>> {
        let (numbers, spans) = match self {
            Self::Few { len, numbers } => (&numbers[..usize::from(*len)], None),
            Self::Sorted(numbers) => (numbers.as_slice(), None),
            Self::Spans(spans) => (&[][..], Some(spans)),
        };
        let whole = (!numbers.is_empty()).then_some(Chunk::Numbers(numbers));
        whole.into_iter().chain(spans.into_iter().flat_map(|spans| spans.chunks()))
    }

    /// Calls `visit` with the list in ascending pieces: quicker than [`chunks`](Self::chunks) where most lists are short.
    #[inline]
    pub(crate) fn for_each_chunk<'a>(&'a self, mut visit: impl FnMut(Chunk<'a>)) {
        match self {
            Self::Few { len, numbers } => visit(Chunk::Numbers(&numbers[..usize::from(*len)])),
            Self::Sorted(numbers) => visit(Chunk::Numbers(numbers)),
            Self::Spans(spans) => spans.chunks().for_each(visit),
        }
    }

    /// The numbers, ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.chunks().flat_map(Chunk::iter)
    }

    fn become_spans_if_long(&mut self) {
        let Self::Sorted(numbers) = self else { return };
        if is_long(numbers) {
            *self = Self::Spans(Arc::new(Spans::from_sorted(numbers)));
        }
    }

    /// Back to a smaller shape at half of what made it larger, so that a list at the border does not go to and fro.
    fn become_short_if_few(&mut self) {
        match self {
            Self::Sorted(numbers) if numbers.len() < FEW_MAX => *self = Self::from_sorted(numbers),
            Self::Spans(spans) if spans.len < SORTED_MIN_MAX / 2 || spans.len < spans.end * SPAN_NUMBERS_MIN / 4 => {
                let numbers: Vec<u32> = self.iter().collect();
                *self = Self::Sorted(Arc::new(numbers));
            }
            _ => {}
        }
    }

    /// Panics with the name of a broken invariant.
    pub(crate) fn check_invariants(&self) {
        let mut count = 0;
        let mut previous = None;
        for number in self.iter() {
            assert!(previous.is_none_or(|previous| previous < number), "postings ascend: {previous:?} then {number}");
            assert!(self.contains(number), "postings contain what they list: {number}");
            previous = Some(number);
            count += 1;
        }
        assert_eq!(count, self.len(), "the length of postings is the count of their numbers");
    }
}

impl Postings {
    /// A list from its numbers, which ascend strictly, with no more room than it needs.
    pub(crate) fn from_sorted(numbers: &[u32]) -> Self {
        if numbers.len() <= FEW_MAX {
            let mut few = [0; FEW_MAX];
            few[..numbers.len()].copy_from_slice(numbers);
            return Self::Few { len: numbers.len() as u8, numbers: few };
        }
        if is_long(numbers) {
            return Self::Spans(Arc::new(Spans::from_sorted(numbers)));
        }
        Self::Sorted(Arc::new(numbers.to_vec()))
    }

    /// Gives back room that was kept for numbers to come. Costs a copy of the list.
    pub(crate) fn shrink_to_fit(&mut self) {
        match self {
            Self::Few { .. } => {}
            Self::Sorted(numbers) => Arc::make_mut(numbers).shrink_to_fit(),
            Self::Spans(spans) => Arc::make_mut(spans).shrink_to_fit(),
        }
    }

    /// A long list from its bitmap, span by span.
    pub(crate) fn from_spans(bitmap: &[[u64; SPAN_WORDS]]) -> Self {
        let mut spans = Spans::default();
        for (index, words) in bitmap.iter().enumerate() {
            let len = words.iter().map(|word| word.count_ones() as usize).sum();
            if len == 0 {
                continue;
            }
            *spans.pieces.get_mut(index) = if len <= SPARSE_MAX {
                let mut offsets = Vec::with_capacity(len);
                offsets.extend(ones(words).map(|bit| bit as u16));
                Span::Sparse(Arc::new(offsets))
            } else {
                Span::Dense(Arc::new(DenseSpan { len, words: *words }))
            };
            spans.len += len;
            spans.end = index + 1;
        }
        let mut postings = Self::Spans(Arc::new(spans));
        postings.become_short_if_few();
        postings
    }

    /// A search for many numbers.
    pub(crate) fn search(&self) -> Search<'_> {
        Search { list: self, span: usize::MAX, chunk: None }
    }

    /// Whether the list is kept by spans.
    pub(crate) fn is_long(&self) -> bool {
        matches!(self, Self::Spans(_))
    }

    /// What a list has of a span of numbers; none where it has no number there.
    pub(crate) fn span(&self, index: usize) -> Option<Chunk<'_>> {
        let numbers = match self {
            Self::Few { len, numbers } => &numbers[..usize::from(*len)],
            Self::Sorted(numbers) => numbers.as_slice(),
            Self::Spans(spans) => {
                return match spans.pieces.get(index)? {
                    Span::Empty => None,
                    Span::Sparse(offsets) => Some(Chunk::Offsets(index << SPAN_BITS, offsets)),
                    Span::Dense(span) => Some(Chunk::Bits(index << SPAN_BITS, &span.words)),
                };
            }
        };
        let from = numbers.partition_point(|&number| span_of(number) < index);
        let to = from + numbers[from..].partition_point(|&number| span_of(number) == index);
        (from < to).then_some(Chunk::Numbers(&numbers[from..to]))
    }
}

/// A search for many numbers in one list; those of a span are found faster where they come together.
// Invariant: chunk is what the list has of `span`, all of it where it is kept in one piece
pub(crate) struct Search<'a> {
    list: &'a Postings,
    span: usize,
    chunk: Option<Chunk<'a>>,
}

impl Search<'_> {
    #[inline]
    pub(crate) fn contains(&mut self, number: u32) -> bool {
        if span_of(number) != self.span {
            self.span = span_of(number);
            self.chunk = match self.list {
                Postings::Spans(_) => self.list.span(self.span),
                short => short.chunks().next(),
            };
        }
        match self.chunk {
            None => false,
            Some(Chunk::Numbers(numbers)) => numbers.binary_search(&number).is_ok(),
            Some(Chunk::Offsets(_, offsets)) => offsets.binary_search(&offset_of(number)).is_ok(),
            Some(Chunk::Bits(_, words)) => {
                let offset = usize::from(offset_of(number));
                words[offset / 64 % SPAN_WORDS] >> (offset % 64) & 1 == 1
            }
        }
    }
}

impl FromIterator<u32> for Postings {
    fn from_iter<I: IntoIterator<Item = u32>>(numbers: I) -> Self {
        let mut postings = Self::default();
        for number in numbers {
            postings.insert(number);
        }
        postings
    }
}

impl<'a> Chunk<'a> {
    /// Calls `visit` with each number of this piece, ascending.
    #[inline]
    pub(crate) fn for_each(self, mut visit: impl FnMut(u32)) {
        match self {
            Chunk::Numbers(numbers) => numbers.iter().for_each(|&number| visit(number)),
            Chunk::Offsets(first, offsets) => {
                for &offset in offsets {
                    visit(first as u32 + u32::from(offset));
                }
            }
            Chunk::Bits(first, words) => ones(words).for_each(|bit| visit((first + bit) as u32)),
        }
    }

    /// The numbers of this piece, ascending.
    pub(crate) fn iter(self) -> impl Iterator<Item = u32> + 'a {
        let (numbers, offsets, bits): (&[u32], _, _) = match self {
            Chunk::Numbers(numbers) => (numbers, None, None),
            Chunk::Offsets(first, offsets) => (&[], Some((first, offsets)), None),
            Chunk::Bits(first, words) => (&[], None, Some((first, words))),
        };
        let offsets = offsets
            .into_iter()
            .flat_map(|(first, offsets)| offsets.iter().map(move |&offset| first as u32 + u32::from(offset)));
        let bits = bits.into_iter().flat_map(|(first, words)| ones(words).map(move |bit| (first + bit) as u32));
        numbers.iter().copied().chain(offsets).chain(bits)
    }
}

/// Whether numbers, which ascend, are so many for the spans that they reach over that spans pay.
fn is_long(numbers: &[u32]) -> bool {
    let spans_used = || numbers.last().map_or(0, |&last| span_of(last) + 1);
    numbers.len() > SORTED_MIN_MAX && numbers.len() > spans_used() * SPAN_NUMBERS_MIN
}

/// The places of the ones in a bitmap, ascending.
pub(crate) fn ones(words: &[u64]) -> impl Iterator<Item = usize> + '_ {
    words.iter().enumerate().flat_map(|(index, &word)| OnesOfWord(word).map(move |bit| index * 64 + bit))
}

struct OnesOfWord(u64);

impl Iterator for OnesOfWord {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        if self.0 == 0 {
            return None;
        }
        let bit = self.0.trailing_zeros() as usize;
        self.0 &= self.0 - 1;
        Some(bit)
    }
}

impl Spans {
    /// The spans of numbers that ascend strictly, each with no more room than it needs.
    fn from_sorted(numbers: &[u32]) -> Self {
        let mut spans = Self { len: numbers.len(), ..Self::default() };
        for piece in numbers.chunk_by(|&a, &b| span_of(a) == span_of(b)) {
            let index = span_of(piece[0]);
            *spans.pieces.get_mut(index) = Span::from_sorted(piece.iter().map(|&number| offset_of(number)).collect());
            spans.end = index + 1;
        }
        spans
    }

    fn contains(&self, number: u32) -> bool {
        match self.pieces.get(span_of(number)) {
            None | Some(Span::Empty) => false,
            Some(Span::Sparse(offsets)) => offsets.binary_search(&offset_of(number)).is_ok(),
            Some(Span::Dense(span)) => span.contains(offset_of(number)),
        }
    }

    fn insert(&mut self, number: u32) -> bool {
        let index = span_of(number);
        let inserted = self.pieces.get_mut(index).insert(offset_of(number));
        self.end = self.end.max(index + 1);
        self.len += usize::from(inserted);
        inserted
    }

    /// Takes out a number that is there; true.
    fn remove(&mut self, number: u32) -> bool {
        self.pieces.get_mut(span_of(number)).remove(offset_of(number));
        self.len -= 1;
        true
    }

    fn shrink_to_fit(&mut self) {
        for index in 0..self.end {
            if let Span::Sparse(offsets) = self.pieces.get_mut(index) {
                Arc::make_mut(offsets).shrink_to_fit();
            }
        }
    }

    fn chunks(&self) -> impl Iterator<Item = Chunk<'_>> {
        (0..self.end).filter_map(|index| match self.pieces.get(index) {
            None | Some(Span::Empty) => None,
            Some(Span::Sparse(offsets)) => Some(Chunk::Offsets(index << SPAN_BITS, offsets)),
            Some(Span::Dense(span)) => Some(Chunk::Bits(index << SPAN_BITS, &span.words)),
        })
    }
}

impl Span {
    fn from_sorted(offsets: Vec<u16>) -> Self {
        if offsets.len() <= SPARSE_MAX {
            return Self::Sparse(Arc::new(offsets));
        }
        let mut span = DenseSpan { len: 0, words: [0; SPAN_WORDS] };
        for offset in offsets {
            span.insert(offset);
        }
        Self::Dense(Arc::new(span))
    }

    fn insert(&mut self, offset: u16) -> bool {
        match self {
            Span::Empty => {
                *self = Span::Sparse(Arc::new(vec![offset]));
                true
            }
            Span::Sparse(offsets) if offsets.len() < SPARSE_MAX => insert_sorted(Arc::make_mut(offsets), offset),
            Span::Sparse(offsets) => {
                let mut span = DenseSpan { len: 0, words: [0; SPAN_WORDS] };
                offsets.iter().for_each(|&offset| {
                    span.insert(offset);
                });
                let inserted = span.insert(offset);
                *self = Span::Dense(Arc::new(span));
                inserted
            }
            Span::Dense(span) => !span.contains(offset) && Arc::make_mut(span).insert(offset),
        }
    }

    /// Takes out an offset that is there.
    fn remove(&mut self, offset: u16) {
        match self {
            Span::Empty => {}
            Span::Sparse(offsets) if offsets.len() == 1 => *self = Span::Empty,
            Span::Sparse(offsets) => {
                let offsets = Arc::make_mut(offsets);
                let at = offsets.partition_point(|&other| other < offset);
                offsets.remove(at);
            }
            Span::Dense(span) => {
                let span = Arc::make_mut(span);
                span.remove(offset);
                if span.len < SPARSE_MAX / 2 {
                    *self = Span::Sparse(Arc::new(ones(&span.words).map(|bit| bit as u16).collect()));
                }
            }
        }
    }
}

impl DenseSpan {
    fn contains(&self, offset: u16) -> bool {
        self.words[usize::from(offset) / 64] >> (offset % 64) & 1 == 1
    }

    fn insert(&mut self, offset: u16) -> bool {
        let word = &mut self.words[usize::from(offset) / 64];
        let bit = 1 << (offset % 64);
        let inserted = *word & bit == 0;
        *word |= bit;
        self.len += usize::from(inserted);
        inserted
    }

    fn remove(&mut self, offset: u16) {
        self.words[usize::from(offset) / 64] &= !(1 << (offset % 64));
        self.len -= 1;
    }
}

/// Inserts into a sorted array; false if it was there. The array grows by a quarter, not by doubling: most lists are
/// short, and what a store holds is mostly lists.
fn insert_sorted<T: Copy + Ord>(sorted: &mut Vec<T>, element: T) -> bool {
    let at = match sorted.last() {
        Some(&last) if last >= element => match sorted.binary_search(&element) {
            Ok(_) => return false,
            Err(at) => at,
        },
        _ => sorted.len(),
    };
    if sorted.len() == sorted.capacity() {
        sorted.reserve_exact(2 + sorted.len() / 4);
    }
    sorted.insert(at, element);
    true
}

fn span_of(number: u32) -> usize {
    number as usize >> SPAN_BITS
}

fn offset_of(number: u32) -> u16 {
    (number as usize % SPAN_NUMBERS) as u16
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::Postings;

    #[derive(Clone, Debug)]
    enum Step {
        Insert(u32),
        Remove(u32),
        InsertRun(u32, u32),
        RemoveRun(u32, u32),
        Clone,
    }

    fn step() -> impl Strategy<Value = Step> {
        let number = prop_oneof![0..70_000_u32, 0..40_u32, 1_000_000..1_200_000_u32, Just(u32::MAX)];
        let run = (0..100_000_u32, 1..6_000_u32);
        prop_oneof![
            4 => number.clone().prop_map(Step::Insert),
            4 => number.prop_map(Step::Remove),
            2 => run.clone().prop_map(|(from, len)| Step::InsertRun(from, len)),
            2 => run.prop_map(|(from, len)| Step::RemoveRun(from, len)),
            1 => Just(Step::Clone),
        ]
    }

    proptest! {
        #[test]
        fn a_posting_list_is_a_sorted_set_and_its_clones_stay(steps in prop::collection::vec(step(), 1..40)) {
            let mut postings = Postings::default();
            let mut model = BTreeSet::new();
            let mut clones = Vec::new();
            for step in steps {
                match step {
                    Step::Insert(number) => prop_assert_eq!(postings.insert(number), model.insert(number)),
                    Step::Remove(number) => prop_assert_eq!(postings.remove(number), model.remove(&number)),
                    Step::InsertRun(from, len) => for number in (from..from + len).rev().step_by(2) {
                        prop_assert_eq!(postings.insert(number), model.insert(number));
                    },
                    Step::RemoveRun(from, len) => for number in from..from + len {
                        prop_assert_eq!(postings.remove(number), model.remove(&number));
                    },
                    Step::Clone => clones.push((postings.clone(), model.clone())),
                }
                prop_assert_eq!(postings.len(), model.len());
            }
            clones.push((postings, model));
            for (postings, model) in clones {
                postings.check_invariants();
                prop_assert!(postings.iter().eq(model.iter().copied()));
                let mut search = postings.search();
                let asked = model.iter().rev().chain(&model).flat_map(|&number| [0, 1, 40_000].map(|more: u32| number.saturating_add(more)));
                for number in asked {
                    prop_assert_eq!(search.contains(number), model.contains(&number), "{}", number);
                }
            }
        }
    }
}
