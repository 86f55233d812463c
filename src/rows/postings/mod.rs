//! A posting list: a set of 32-bit numbers (rows of jobs, words or labels), sorted, shared between clones.
//!
//! One type outside, three shapes inside, after the roaring bitmaps of Chambi, Lemire, Kaser and Godin ("Better bitmap
//! performance with Roaring bitmaps", 2016), fitted to lists of which most are tiny:
//! ```text
//! few      up to 3 numbers in place                     a rare word: no allocation at all
//! sorted   one sorted array                             a write moves and copies at most some KB
//! spans    per span of 32,768 numbers: absent, a sorted array of 16-bit offsets, or a bitmap of 4 KB
//! ```
//! Each shape has a file. This one chooses the shape and passes every call on to it. A list becomes spans when it has 32
//! numbers a span on average: a span costs 56 bytes, and saves 2 for each number. A write copies one array or span where a
//! clone shares it.

mod as_bits;
mod chunk;
mod dense_span;
mod few;
mod search;
mod spans;

use std::sync::Arc;

pub(crate) use chunk::Chunk;

use crate::bits::has_bit;
use crate::persist::prefetch::{READ_TOGETHER, read_together};
use crate::persist::shared_array::SharedArray;
use crate::rows::bits::{SPAN_NUMBERS, SpanBits, span_of};
use chunk::Chunks;
use dense_span::SPARSE_MAX;
use few::{FEW_MAX, Few};
use search::PostingsSearch;
use spans::Spans;

/// Numbers that a sorted array may have however few spans there are: 8 KB.
const SORTED_MIN_MAX: usize = 2048;
/// Numbers of a span for which a bitmap of another list's part of the span is made, instead of a search for each.
const BITMAP_OFFSETS_MIN: usize = 32;
/// Numbers a span must have on average before spans pay.
const SPAN_NUMBERS_MIN: usize = 32;

/// A sorted set of `u32`.
// Invariants:
//   the numbers ascend strictly; a sorted array has FEW_MAX numbers at least
//   spans have SORTED_MIN_MAX / 2 numbers at least
#[derive(Clone, Debug)]
pub(crate) enum Postings {
    Few(Few),
    Sorted(SharedArray<u32>),
    Spans(Arc<Spans>),
}

const _: () = assert!(size_of::<Postings>() == 16, "a store has a list for each word: see `few`");

static NO_LIST: Postings = Postings::EMPTY;

/// Calls `visit` with each of some posting lists. The next few are fetched from memory together: else the walk would wait for one
/// list after another.
#[inline]
pub(crate) fn for_each_list<'p>(lists: impl Iterator<Item = &'p Postings>, mut visit: impl FnMut(&'p Postings)) {
    fetched(lists, |lists| {
        if lists.len() > 1 {
            read_together(lists.iter().map(|list| list.prefetch_first()));
        }
        lists.iter().copied().for_each(&mut visit);
    });
}

/// The lengths of some posting lists, added up.
pub(crate) fn lens_sum<'p>(lists: impl Iterator<Item = &'p Postings>) -> u64 {
    let mut sum = 0;
    fetched(lists, |lists| sum += lists.iter().map(|list| list.len() as u64).sum::<u64>());
    sum
}

/// Calls `visit` with some posting lists after others, as soon as their shapes are in the cache.
///
/// The shapes are [read together](crate::persist::prefetch), without a branch that depends on them: a shape that the processor has
/// not foreseen costs little where it is in the cache.
#[inline]
fn fetched<'p>(mut lists: impl Iterator<Item = &'p Postings>, mut visit: impl FnMut(&[&'p Postings])) {
    let mut next = [&NO_LIST; READ_TOGETHER];
    loop {
        let mut len = 0;
        while len < READ_TOGETHER
            && let Some(list) = lists.next()
        {
            next[len] = list;
            len += 1;
        }
        let next = &next[..len];
        read_together(next.iter().map(|list| usize::from(list.is_few())));
        visit(next);
        if len < READ_TOGETHER {
            return;
        }
    }
}

impl Default for Postings {
    fn default() -> Self {
        Self::EMPTY
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

impl Postings {
    pub(crate) const EMPTY: Self = Self::Few(Few::EMPTY);

    /// A list from its numbers, which ascend strictly, with no more room than it needs.
    pub(crate) fn from_sorted(numbers: &[u32]) -> Self {
        if numbers.len() <= FEW_MAX {
            return Self::Few(Few::from_sorted(numbers));
        }
        if is_long(numbers) {
            return Self::Spans(Arc::new(Spans::from_sorted(numbers)));
        }
        Self::Sorted(SharedArray::new(numbers))
    }

    /// A list from its bitmap, span by span.
    pub(crate) fn from_bitmap(bitmap: &[SpanBits]) -> Self {
        let mut postings = Self::Spans(Arc::new(Spans::from_bitmap(bitmap)));
        postings.become_short_if_few();
        postings
    }

    /// How many numbers there are. Costs **O(1)**.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Few(few) => few.len(),
            Self::Sorted(sorted) => sorted.as_slice().len(),
            Self::Spans(spans) => spans.len(),
        }
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// About how many steps a walk over the list takes: one for each number, or for two words of a bitmap.
    #[inline]
    pub(crate) fn steps(&self) -> usize {
        match self {
            Self::Spans(spans) if spans.len() > spans.end() * SPARSE_MAX => spans.end() * SPAN_NUMBERS / 128,
            _ => self.len(),
        }
    }

    #[inline]
    fn is_few(&self) -> bool {
        matches!(self, Self::Few(_))
    }

    #[inline]
    pub(crate) fn contains(&self, number: u32) -> bool {
        match self {
            Self::Few(few) => few.as_slice().contains(&number),
            Self::Sorted(sorted) => sorted.contains(number),
            Self::Spans(spans) => spans.contains(number),
        }
    }

    /// Adds a number; false if it was there. Costs **O(log n)** and at most some KB moved or copied.
    pub(crate) fn insert(&mut self, number: u32) -> bool {
        match self {
            Self::Few(few) if few.as_slice().contains(&number) => false,
            Self::Few(few) if few.is_full() => {
                *self = Self::Sorted(few.to_sorted_with(number));
                true
            }
            Self::Few(few) => {
                few.insert(number);
                true
            }
            Self::Sorted(sorted) => {
                let is_new = sorted.insert(number);
                self.become_spans_if_long();
                is_new
            }
            Self::Spans(spans) => Arc::make_mut(spans).insert(number),
        }
    }

    /// Takes a number out; false if it was not there. Costs as [`insert`](Self::insert).
    pub(crate) fn remove(&mut self, number: u32) -> bool {
        let was_there = match self {
            Self::Few(few) => return few.remove(number),
            Self::Sorted(sorted) => sorted.remove(number),
            Self::Spans(spans) => {
                let was_there = spans.contains(number);
                if was_there {
                    Arc::make_mut(spans).remove(number);
                }
                was_there
            }
        };
        self.become_short_if_few();
        was_there
    }

    /// Gives back room that was reserved for numbers to come. Costs a copy of the list.
    pub(crate) fn shrink_to_fit(&mut self) {
        match self {
            Self::Few(_) => {}
            Self::Sorted(sorted) => sorted.shrink_to_fit(),
            Self::Spans(spans) => Arc::make_mut(spans).shrink_to_fit(),
        }
    }

    /// The list in ascending pieces.
    #[inline]
    pub(crate) fn chunks(&self) -> Chunks<'_> {
        match self {
            Self::Few(few) => Chunks::One(Some(few.as_slice())),
            Self::Sorted(sorted) => Chunks::One(Some(sorted.as_slice())),
            Self::Spans(spans) => Chunks::Spans { spans, next: 0 },
        }
    }

    /// Calls `visit` with the numbers, ascending.
    #[inline]
    pub(crate) fn for_each(&self, mut visit: impl FnMut(u32)) {
        self.chunks().for_each(|chunk| chunk.iter().for_each(&mut visit));
    }

    /// The piece of the list within one span; `None` where the list has no number there.
    pub(crate) fn span(&self, index: usize) -> Option<Chunk<'_>> {
        let numbers = match self {
            Self::Few(few) => few.as_slice(),
            Self::Sorted(sorted) => sorted.as_slice(),
            Self::Spans(spans) => return spans.chunk(index),
        };
        let from = numbers.partition_point(|&number| span_of(number) < index);
        let to = from + numbers[from..].partition_point(|&number| span_of(number) == index);
        (from < to).then_some(Chunk::Numbers(&numbers[from..to]))
    }

    /// The numbers, ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.chunks().flat_map(Chunk::iter)
    }

    /// The numbers of this list, which is not the longer one, that another has too, ascending.
    ///
    /// Costs a search in the other list for each number. Of a span with many numbers, the other's part is put into a bitmap
    /// that fits the nearest cache, and costs about as much as a copy of it.
    pub(crate) fn common(&self, other: &Self) -> Vec<u32> {
        let mut found = Vec::new();
        let mut search = other.search();
        for chunk in self.chunks() {
            match (chunk, other) {
                (Chunk::Offsets(first, offsets), Self::Spans(spans))
                    if offsets.len() >= BITMAP_OFFSETS_MIN
                        && matches!(spans.chunk(first / SPAN_NUMBERS), Some(Chunk::Offsets(..))) =>
                {
                    let bits = other.span_bits(first / SPAN_NUMBERS);
                    let common = chunk.iter().filter(|&number| has_bit(&*bits, number as usize % SPAN_NUMBERS));
                    found.extend(common);
                }
                _ => found.extend(chunk.iter().filter(|&number| search.contains(number))),
            }
        }
        found
    }

    /// A search for many numbers.
    pub(crate) fn search(&self) -> PostingsSearch<'_> {
        PostingsSearch::new(self)
    }

    /// Reads the list about where a number is or would be, so that the memory that a write needs there comes into the
    /// cache. Gives something that depends on what was read, for [`read_together`].
    #[inline]
    pub(crate) fn prefetch(&self, number: u32) -> usize {
        match self {
            Self::Few(few) => few.first_or_any() as usize,
            Self::Sorted(sorted) => {
                sorted.as_slice().get(sorted.as_slice().len() / 2).map_or(0, |&number| number as usize)
            }
            Self::Spans(spans) => spans.prefetch(number),
        }
    }

    /// As [`prefetch`](Self::prefetch), for a walk from the first number on. A list in spans is not read: it is long, so its
    /// walk waits for its first number just once.
    #[inline]
    pub(crate) fn prefetch_first(&self) -> usize {
        match self {
            Self::Few(few) => few.first_or_any() as usize,
            Self::Sorted(sorted) => sorted.as_slice().first().map_or(0, |&number| number as usize),
            Self::Spans(_) => 0,
        }
    }

    fn become_spans_if_long(&mut self) {
        if let Self::Sorted(sorted) = self
            && is_long(sorted.as_slice())
        {
            *self = Self::Spans(Arc::new(Spans::from_sorted(sorted.as_slice())));
        }
    }

    /// Goes back to a smaller shape at half of the length that made it larger, so that a list at the border does not change
    /// its shape to and fro.
    fn become_short_if_few(&mut self) {
        match self {
            Self::Sorted(sorted) if sorted.as_slice().len() < FEW_MAX => *self = Self::from_sorted(sorted.as_slice()),
            Self::Spans(spans) if is_short(spans) => *self = Self::from_sorted(&self.iter().collect::<Vec<_>>()),
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
        match self {
            Self::Few(_) => {}
            Self::Sorted(_) => assert!(self.len() >= FEW_MAX, "a sorted array has more numbers than fit in place"),
            Self::Spans(spans) => {
                assert!(spans.len() >= SORTED_MIN_MAX / 2, "a list in spans is not shorter than an array may be");
                spans.check_invariants();
            }
        }
    }
}

/// Whether numbers, which ascend, are enough for spans to pay: both in all, and for each span up to the last.
fn is_long(numbers: &[u32]) -> bool {
    let spans_used = || numbers.last().map_or(0, |&last| span_of(last) + 1);
    numbers.len() > SORTED_MIN_MAX && numbers.len() > spans_used() * SPAN_NUMBERS_MIN
}

/// Whether spans have so few numbers, in all or for each span up to the last used, that another shape is better.
fn is_short(spans: &Spans) -> bool {
    spans.len() < SORTED_MIN_MAX / 2 || spans.len() < spans.end() * SPAN_NUMBERS_MIN / 4
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::{Chunk, Postings, span_of};
    use crate::rows::bitmap::Bitmap;
    use crate::rows::row::BLOCK_ROWS;

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

    /// Numbers for every shape: few, an array, sparse and dense spans, and spans far apart.
    fn numbers() -> impl Strategy<Value = BTreeSet<u32>> {
        let some = |range: std::ops::Range<u32>, len_max| prop::collection::btree_set(range, 0..len_max);
        let run = (0..60_000_u32, 1..9_000_u32).prop_map(|(from, len)| (from..from + len).collect());
        prop_oneof![some(0..40, 6), some(0..70_000, 60), run, some(0..100_000, 5_000), some(0..1_000_000, 300)]
    }

    fn postings(numbers: &BTreeSet<u32>) -> Postings {
        Postings::from_sorted(&numbers.iter().copied().collect::<Vec<_>>())
    }

    fn listed(postings: &Postings) -> Vec<u32> {
        postings.check_invariants();
        postings.iter().collect()
    }

    /// The union by way of a bitmap.
    fn union<'p>(lists: impl Iterator<Item = &'p Postings>) -> Postings {
        let mut bitmap = Bitmap::new(1_000_000 / BLOCK_ROWS + 1);
        bitmap.unite_all(lists);
        bitmap.to_postings()
    }

    proptest! {
        #[test]
        fn a_union_is_commutative_associative_and_idempotent(a in numbers(), b in numbers(), c in numbers()) {
            let [a_list, b_list, c_list] = [&a, &b, &c].map(postings);
            let both = union([&a_list, &b_list].into_iter());
            prop_assert_eq!(listed(&both), a.union(&b).copied().collect::<Vec<_>>());
            prop_assert_eq!(listed(&both), listed(&union([&b_list, &a_list].into_iter())));
            prop_assert_eq!(listed(&a_list), listed(&union([&a_list, &a_list].into_iter())));
            prop_assert_eq!(listed(&a_list), listed(&union([&a_list, &Postings::default()].into_iter())));
            let with_c = union([&both, &c_list].into_iter());
            let b_and_c = union([&b_list, &c_list].into_iter());
            prop_assert_eq!(listed(&with_c), listed(&union([&a_list, &b_and_c].into_iter())));
        }

        #[test]
        fn numbers_put_in_are_there_and_taken_out_again_leave_the_list_as_it_was(a in numbers(), b in numbers()) {
            let before = postings(&a);
            let mut list = before.clone();
            for &number in &b {
                list.insert(number);
            }
            prop_assert_eq!(listed(&list), a.union(&b).copied().collect::<Vec<_>>());
            prop_assert!(b.iter().all(|&number| list.contains(number) && !list.insert(number)));
            for &number in &b {
                list.remove(number);
            }
            prop_assert_eq!(listed(&list), a.difference(&b).copied().collect::<Vec<_>>());
            prop_assert!(b.iter().all(|&number| !list.contains(number) && !list.remove(number)));
            prop_assert_eq!(listed(&before), a.iter().copied().collect::<Vec<_>>(), "a clone stays");
        }

        #[test]
        fn however_a_list_is_made_it_has_the_same_numbers_in_the_same_order(a in numbers()) {
            let expected: Vec<u32> = a.iter().copied().collect();
            let mut shrunk = postings(&a);
            shrunk.shrink_to_fit();
            let backwards: Postings = a.iter().rev().copied().collect();
            for list in [postings(&a), shrunk, a.iter().copied().collect(), backwards, union([&postings(&a)].into_iter())] {
                prop_assert_eq!(listed(&list), expected.clone());
                prop_assert_eq!((list.len(), list.is_empty()), (a.len(), a.is_empty()));
                for span in 0..32 {
                    let of_span: Vec<u32> = list.span(span).into_iter().flat_map(Chunk::iter).collect();
                    let expected = a.iter().copied().filter(|&number| span_of(number) == span);
                    prop_assert_eq!(of_span, expected.collect::<Vec<_>>());
                }
            }
        }

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
