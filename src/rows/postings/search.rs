//! A search for many numbers in one list.

use crate::bits::has_bit;
use crate::rows::bits::{SPAN_NUMBERS, offset_in_span, span_of};
use crate::rows::postings::Postings;
use crate::rows::postings::chunk::Chunk;

/// A search for many numbers in one list, in any order. It looks a span up once for all numbers of the span that are asked
/// for one after another. In an array it goes on from the last number: numbers that ascend are found after a few steps.
// Invariants:
//   chunk is the piece of the list within `span`, or all of a list that is one array
//   where the chunk is an array, all elements before `passed` are less than the last number that was asked for
pub(crate) struct PostingsSearch<'a> {
    list: &'a Postings,
    span: usize,
    chunk: Option<Chunk<'a>>,
    passed: usize,
}

impl<'a> PostingsSearch<'a> {
    pub(super) fn new(list: &'a Postings) -> Self {
        Self { list, span: usize::MAX, chunk: None, passed: 0 }
    }

    #[inline]
    pub(crate) fn contains(&mut self, number: u32) -> bool {
        if span_of(number) != self.span {
            self.span = span_of(number);
            (self.chunk, self.passed) = match self.list {
                Postings::Spans(spans) => (spans.chunk(self.span), 0),
                // The array is the same for all spans.
                short => (self.chunk.or_else(|| short.chunks().next()), self.passed),
            };
        }
        match self.chunk {
            None => false,
            Some(Chunk::Numbers(numbers)) => has_from(&mut self.passed, numbers, number),
            Some(Chunk::Offsets(_, offsets)) => has_from(&mut self.passed, offsets, offset_in_span(number)),
            Some(Chunk::Bits(_, words)) => has_bit(words, usize::from(offset_in_span(number)) % SPAN_NUMBERS),
        }
    }
}

/// Whether an ascending array has an element. The search begins at `passed`, doubles its steps until it is behind the element, and
/// leaves in `passed` the number of elements before it.
///
/// Costs **O(log d)** for an element d places behind the last one, and **O(log n)** for one before it.
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
        let lists: [Vec<u32>; 5] = [
            Vec::new(),
            vec![7],
            (0..60).map(|number| number * number).collect(),
            (0..400).map(|number| number * 331).collect(),
            (0..9_000).map(|number| number * 2).collect(),
        ];
        for numbers in lists {
            let list = Postings::from_sorted(&numbers);
            let end = numbers.last().map_or(10, |last| last + 10);
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
