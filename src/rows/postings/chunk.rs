//! The pieces in which a posting list is read: the numbers as they lie in memory, for readers that treat each shape apart.
#![allow(clippy::cast_possible_truncation, reason = "the numbers of a list have 32 bits")]

use crate::bits::ones;
use crate::rows::bits::SpanBits;
use crate::rows::postings::spans::Spans;

/// A piece of a posting list.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Chunk<'a> {
    /// Ascending numbers.
    Numbers(&'a [u32]),
    /// Ascending offsets from the first number of a span.
    Offsets(usize, &'a [u16]),
    /// A bit per number of a span, after the first number of the span.
    Bits(usize, &'a SpanBits),
}

impl<'a> Chunk<'a> {
    /// The numbers of this piece, ascending. Walk them by `for_each` where they are many: it has one loop per shape.
    #[inline]
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

/// The pieces of a list, ascending: one array, or one piece per span that has numbers. No piece is empty, but the one
/// array of an empty list.
#[derive(Clone, Debug)]
pub(crate) enum Chunks<'a> {
    One(Option<&'a [u32]>),
    Spans { spans: &'a Spans, next: usize },
}

impl<'a> Iterator for Chunks<'a> {
    type Item = Chunk<'a>;

    #[inline]
    fn next(&mut self) -> Option<Chunk<'a>> {
        match self {
            Self::One(numbers) => numbers.take().map(Chunk::Numbers),
            Self::Spans { spans, next } => {
                // Ends: each step passes one span, and there are `end`.
                while *next < spans.end() {
                    *next += 1;
                    if let Some(chunk) = spans.chunk(*next - 1) {
                        return Some(chunk);
                    }
                }
                None
            }
        }
    }
}
