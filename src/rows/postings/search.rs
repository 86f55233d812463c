//! A search for many numbers in one list.

use crate::bits::has_bit;
use crate::rows::bits::{SPAN_NUMBERS, offset_in_span, span_of};
use crate::rows::postings::Postings;
use crate::rows::postings::chunk::Chunk;

/// A search for many numbers in one list, in any order. It looks a span up once for all numbers of the span that are asked
/// for one after another.
// Invariants:
//   chunk is the piece of the list within `span`, or all of a list that is one array
pub(crate) struct PostingsSearch<'a> {
    list: &'a Postings,
    span: usize,
    chunk: Option<Chunk<'a>>,
}

impl<'a> PostingsSearch<'a> {
    pub(super) fn new(list: &'a Postings) -> Self {
        Self { list, span: usize::MAX, chunk: None }
    }

    #[inline]
    pub(crate) fn contains(&mut self, number: u32) -> bool {
        if span_of(number) != self.span {
            self.span = span_of(number);
            self.chunk = match self.list {
                Postings::Spans(spans) => spans.chunk(self.span),
                short => short.chunks().next(),
            };
        }
        match self.chunk {
            None => false,
            Some(Chunk::Numbers(numbers)) => numbers.binary_search(&number).is_ok(),
            Some(Chunk::Offsets(_, offsets)) => offsets.binary_search(&offset_in_span(number)).is_ok(),
            Some(Chunk::Bits(_, words)) => has_bit(words, usize::from(offset_in_span(number)) % SPAN_NUMBERS),
        }
    }
}
