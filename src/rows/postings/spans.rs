//! The shape of a long list: the numbers by span, each span in a shape of its own.
#![allow(clippy::cast_possible_truncation, reason = "a span has fewer than 65,536 numbers")]

use crate::bits::ones;
use crate::persist::shared_array::SharedArray;
use crate::persist::shared_vec::SharedVec;
use crate::rows::bits::{SpanBits, offset_in_span, span_of, span_start};
use crate::rows::postings::chunk::Chunk;
use crate::rows::postings::dense_span::{DenseSpan, SPARSE_MAX};

/// A long list, in spans.
// Invariants:
//   len is the sum over the spans; spans from `end` on are absent or empty
#[derive(Clone, Debug, Default)]
pub(crate) struct Spans {
    len: usize,
    /// One past the last span that was ever used.
    end: usize,
    parts: SharedVec<Span>,
}

/// The part of a list within one span.
#[derive(Clone, Debug, Default)]
enum Span {
    #[default]
    Empty,
    /// The offsets from the start of the span.
    Sparse(SharedArray<u16>),
    Dense(DenseSpan),
}

impl Spans {
    /// The spans of numbers that ascend strictly, each with no more room than it needs.
    pub(super) fn from_sorted(numbers: &[u32]) -> Self {
        let mut spans = Self { len: numbers.len(), ..Self::default() };
        for of_span in numbers.chunk_by(|&a, &b| span_of(a) == span_of(b)) {
            let index = span_of(of_span[0]);
            let offsets: Vec<u16> = of_span.iter().map(|&number| offset_in_span(number)).collect();
            *spans.parts.get_mut(index) = Span::from_sorted(&offsets);
            spans.end = index + 1;
        }
        spans
    }

    /// The spans of a bitmap.
    pub(super) fn from_bitmap(bitmap: &[SpanBits]) -> Self {
        let mut spans = Self::default();
        for (index, words) in bitmap.iter().enumerate() {
            let len = words.iter().map(|word| word.count_ones() as usize).sum();
            if len > 0 {
                *spans.parts.get_mut(index) = Span::from_words(words, len);
                spans.len += len;
                spans.end = index + 1;
            }
        }
        spans
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// One past the last span that was ever used.
    #[inline]
    pub(super) fn end(&self) -> usize {
        self.end
    }

    pub(super) fn contains(&self, number: u32) -> bool {
        match self.parts.get(span_of(number)) {
            None | Some(Span::Empty) => false,
            Some(Span::Sparse(span)) => span.contains(offset_in_span(number)),
            Some(Span::Dense(span)) => span.contains(offset_in_span(number)),
        }
    }

    /// Some number of the span of another number, or 0: see [`Postings::prefetch`](super::Postings::prefetch).
    #[inline]
    pub(super) fn prefetch(&self, number: u32) -> usize {
        match self.parts.get(span_of(number)) {
            None | Some(Span::Empty) => 0,
            Some(Span::Sparse(span)) => span.as_slice().get(span.len() / 2).copied().map_or(0, usize::from),
            Some(Span::Dense(span)) => usize::from(span.contains(offset_in_span(number))),
        }
    }

    /// Adds a number; false if it was there.
    pub(super) fn insert(&mut self, number: u32) -> bool {
        let index = span_of(number);
        let inserted = self.parts.get_mut(index).insert(offset_in_span(number));
        self.end = self.end.max(index + 1);
        self.len += usize::from(inserted);
        inserted
    }

    /// Takes out a number that is there.
    pub(super) fn remove(&mut self, number: u32) {
        self.parts.get_mut(span_of(number)).remove(offset_in_span(number));
        self.len -= 1;
    }

    pub(super) fn shrink_to_fit(&mut self) {
        for index in 0..self.end {
            if let Span::Sparse(span) = self.parts.get_mut(index) {
                span.shrink_to_fit();
            }
        }
    }

    /// The piece of the list within one span; `None` where the list has no number there.
    #[inline]
    pub(super) fn chunk(&self, index: usize) -> Option<Chunk<'_>> {
        match self.parts.get(index)? {
            Span::Empty => None,
            Span::Sparse(span) => Some(Chunk::Offsets(span_start(index), span.as_slice())),
            Span::Dense(span) => Some(Chunk::Bits(span_start(index), span.words())),
        }
    }

    /// Panics with the name of a broken invariant.
    pub(super) fn check_invariants(&self) {
        for index in 0..self.end {
            match self.parts.get(index) {
                None | Some(Span::Empty) => {}
                Some(Span::Sparse(span)) => {
                    assert!((1..=SPARSE_MAX).contains(&span.len()), "a sparse span has some offsets, not too many");
                }
                Some(Span::Dense(span)) => span.check_invariants(),
            }
        }
        assert!(self.chunk(self.end).is_none(), "no span is used from the end on");
    }
}

impl Span {
    fn from_sorted(offsets: &[u16]) -> Self {
        if offsets.len() <= SPARSE_MAX {
            return Self::Sparse(SharedArray::new(offsets));
        }
        Self::Dense(DenseSpan::from_offsets(offsets))
    }

    /// A span from its bitmap, which has `len` bits, one or more.
    fn from_words(words: &SpanBits, len: usize) -> Self {
        if len > SPARSE_MAX {
            return Self::Dense(DenseSpan::from_words(words, len));
        }
        let mut offsets = Vec::with_capacity(len);
        offsets.extend(ones(words).map(|bit| bit as u16));
        Self::Sparse(SharedArray::new(&offsets))
    }

    /// Adds an offset; false if it was there.
    fn insert(&mut self, offset: u16) -> bool {
        match self {
            Self::Empty => {
                *self = Self::Sparse(SharedArray::new(&[offset]));
                true
            }
            Self::Sparse(span) if span.len() == SPARSE_MAX => {
                let mut dense = DenseSpan::from_offsets(span.as_slice());
                let inserted = dense.insert(offset);
                *self = Self::Dense(dense);
                inserted
            }
            Self::Sparse(span) => span.insert(offset),
            Self::Dense(span) => span.insert(offset),
        }
    }

    /// Takes out an offset that is there.
    fn remove(&mut self, offset: u16) {
        match self {
            Self::Empty => {}
            Self::Sparse(span) if span.len() == 1 => *self = Self::Empty,
            Self::Sparse(span) => drop(span.remove(offset)),
            Self::Dense(span) => {
                span.remove(offset);
                if let Some(sparse) = span.to_sparse_if_few() {
                    *self = Self::Sparse(sparse);
                }
            }
        }
    }
}
