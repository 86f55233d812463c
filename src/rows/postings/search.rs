//! A search for many numbers in one list.

use crate::bits::has_bit;
use crate::rows::bits::{SPAN_NUMBERS, offset_in_span, span_of};
use crate::rows::postings::Postings;
use crate::rows::postings::chunk::Chunk;

/// A search for many numbers in one list, in any order. It looks a span up once for all numbers of the span that are asked
/// for one after another.
///
/// The rows of a word mostly come evenly over time. So in an array, the place of a number is guessed, and the elements about it
/// are compared without a branch: they are in one or two cache lines. Where the guess is wrong, the search goes on from the last
/// number: numbers that ascend are found after a few steps.
// Invariants:
//   chunk is the piece of the list within `span`, or all of a list that is one array
//   where the chunk is an array: scale is its length divided by the end of the numbers that it may have, in units of 2^-32; all
//     elements before `passed` are less than the last number that was not found by a guess
pub(crate) struct PostingsSearch<'a> {
    list: &'a Postings,
    span: usize,
    chunk: Option<Chunk<'a>>,
    scale: u64,
    passed: usize,
}

/// Elements that are compared about a guessed place.
const WINDOW: usize = 32;

impl<'a> PostingsSearch<'a> {
    pub(super) fn new(list: &'a Postings) -> Self {
        Self { list, span: usize::MAX, chunk: None, scale: 0, passed: 0 }
    }

    #[inline]
    pub(crate) fn contains(&mut self, number: u32) -> bool {
        if span_of(number) != self.span {
            self.enter(span_of(number));
        }
        match self.chunk {
            None => false,
            Some(Chunk::Numbers(numbers)) => self.has(numbers, number),
            Some(Chunk::Offsets(_, offsets)) => self.has(offsets, offset_in_span(number)),
            Some(Chunk::Bits(_, words)) => has_bit(words, usize::from(offset_in_span(number)) % SPAN_NUMBERS),
        }
    }

    fn enter(&mut self, span: usize) {
        self.span = span;
        match self.list {
            Postings::Spans(spans) => (self.chunk, self.passed) = (spans.chunk(span), 0),
            // The array is the same for all spans.
            short => self.chunk = self.chunk.or_else(|| short.chunks().next()),
        }
        self.scale = match self.chunk {
            Some(Chunk::Numbers(&[ref rest @ .., last])) => ((rest.len() as u64) << 32) / (u64::from(last) + 1),
            Some(Chunk::Offsets(_, offsets)) => ((offsets.len() as u64) << 32) / SPAN_NUMBERS as u64,
            _ => 0,
        };
    }

    /// Whether the array, which ascends, has an element.
    ///
    /// Costs **O(1)** where its elements come evenly; else **O(log d)** for an element d places behind the last one, and
    /// **O(log n)** for one before it.
    #[inline]
    fn has<T: Copy + Ord + Into<u64>>(&mut self, ascending: &[T], element: T) -> bool {
        let Some(last) = ascending.len().checked_sub(WINDOW) else { return is_among(ascending, element) };
        let guess = usize::try_from((element.into() * self.scale) >> 32).unwrap_or(last);
        let from = guess.saturating_sub(WINDOW / 2).min(last);
        let window = &ascending[from..from + WINDOW];
        let begins_before = from == 0 || window[0] <= element;
        if begins_before && (from == last || element <= window[WINDOW - 1]) {
            is_among(window, element)
        } else {
            has_from(&mut self.passed, ascending, element)
        }
    }
}

/// Whether some elements have another one. Compares all of them, without a branch.
#[inline]
#[allow(clippy::needless_bitwise_bool, reason = "a lazy operator is a branch for each element")]
fn is_among<T: Copy + Ord>(elements: &[T], element: T) -> bool {
    elements.iter().fold(false, |is_among, &other| is_among | (other == element))
}

/// Whether an ascending array has an element. The search begins at `passed`, doubles its steps until it is behind the element, and
/// leaves in `passed` the number of elements before it.
#[inline]
fn has_from<T: Copy + Ord>(passed: &mut usize, ascending: &[T], element: T) -> bool {
    let is_before = |at: usize| ascending.get(at).is_some_and(|&other| other < element);
    if *passed > 0 && !is_before(*passed - 1) {
        *passed = 0;
    }
    let (mut from, mut step) = (*passed, 1);
    // Ends: the steps grow, and no element is behind the array.
    while is_before(from + step - 1) {
        from += step;
        step *= 2;
    }
    let end = ascending.len().min(from + step - 1);
    *passed = from + ascending[from..end].partition_point(|&other| other < element);
    ascending.get(*passed) == Some(&element)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every number is asked for behind every other one, in arrays and in spans of both shapes.
    #[test]
    fn a_search_finds_the_numbers_of_the_list_in_any_order() {
        let lists: [Vec<u32>; 8] = [
            Vec::new(),
            vec![7],
            (0..60).map(|number| number * number).collect(),
            (0..400).map(|number| number * 331).collect(),
            // The guess of a place is far off in these.
            (0..300).chain(90_000..90_300).collect(),
            (0..1_200).chain((1_200..2_400).map(|number| 30_000 + number * 2)).chain([65_000]).collect(),
            (0..40).chain([u32::MAX - 1, u32::MAX]).collect(),
            (0..9_000).map(|number| number * 2).collect(),
        ];
        for numbers in lists {
            let list = Postings::from_sorted(&numbers);
            let end = numbers.last().map_or(10, |last| last.saturating_add(10));
            let asked: Vec<u32> = (0..end).step_by(1 + end as usize / 300).collect();
            let mut search = list.search();
            for (&first, &second) in asked.iter().flat_map(|first| asked.iter().map(move |second| (first, second))) {
                for number in [first, second] {
                    assert_eq!(
                        search.contains(number),
                        numbers.binary_search(&number).is_ok(),
                        "{number} of {numbers:?}"
                    );
                }
            }
        }
    }
}
