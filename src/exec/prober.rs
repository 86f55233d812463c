//! Tries the rows of posting lists against the filters, one by one.

use std::mem;

use super::row_filter::RowFilter;
use super::view::View;
use crate::bits::ones;
use crate::index::facets::SpanFilter;
use crate::rows::bitmap::Bitmap;
use crate::rows::bits::{SPAN_BLOCKS, SPAN_NUMBERS};
use crate::rows::list_filter::ListFilter;
use crate::rows::postings::{Chunk, Postings, for_each_list};
use crate::rows::row::Row;

/// Rows that are tried together.
const TRIED_TOGETHER: usize = 64;

/// The rows that passed so far, and those that are still to be tried.
///
/// The processor can't predict which pass. Therefore the rows of short lists are gathered, and a loop without a branch tries some
/// together. The test of a row does not wait there for the test of the row before.
// Invariant: the first untried_len rows of untried are still to be tried
pub(super) struct Prober<'a, 's> {
    view: &'a View<'s>,
    filter: &'a RowFilter<'a>,
    /// The facet filter by span, made when the first row of a span comes.
    filters: Vec<Option<SpanFilter<'a>>>,
    untried: [Row; TRIED_TOGETHER],
    untried_len: usize,
    rows: Bitmap,
}

impl<'a, 's> Prober<'a, 's> {
    pub(super) fn new(view: &'a View<'s>, filter: &'a RowFilter<'a>) -> Self {
        let blocks_end = view.timeline.block_ids_end();
        let filters = vec![None; blocks_end.div_ceil(SPAN_BLOCKS)];
        let (untried, untried_len) = ([Row::default(); _], 0);
        Self { view, filter, filters, untried, untried_len, rows: Bitmap::new(blocks_end) }
    }

    /// Inserts those rows of some posting lists that pass.
    pub(super) fn insert_lists<'p>(&mut self, lists: impl Iterator<Item = &'p Postings>) {
        for_each_list(lists, |list| list.chunks().for_each(|chunk| self.insert_chunk(chunk)));
    }

    fn insert_chunk(&mut self, chunk: Chunk<'_>) {
        match chunk {
            Chunk::Numbers(numbers) => self.insert_each(numbers.iter().map(|&number| Row::from_number(number))),
            Chunk::Offsets(first, offsets) => {
                self.insert_in_span(first / SPAN_NUMBERS, offsets.iter().map(|&offset| usize::from(offset)));
            }
            Chunk::Bits(first, words) => self.insert_in_span(first / SPAN_NUMBERS, ones(words)),
        }
    }

    /// Inserts those of some rows that pass, these or later.
    pub(super) fn insert_each(&mut self, rows: impl Iterator<Item = Row>) {
        for row in rows {
            self.untried[self.untried_len] = row;
            self.untried_len += 1;
            if self.untried_len == TRIED_TOGETHER {
                self.try_together();
            }
        }
    }

    /// Tries the rows that are still to be tried.
    fn try_together(&mut self) {
        let (mut passing, mut len) = ([Row::default(); TRIED_TOGETHER], 0);
        for &row in &self.untried[..mem::take(&mut self.untried_len)] {
            let filter = span_filter(&mut self.filters, self.view, self.filter, row.span());
            passing[len] = row;
            len += usize::from(filter.passes(row.offset_in_span()));
        }
        for &row in &passing[..len] {
            self.rows.insert(row);
        }
    }

    /// Inserts those of some rows of a span that pass.
    #[inline]
    fn insert_in_span(&mut self, span: usize, offsets: impl Iterator<Item = usize>) {
        let filter = span_filter(&mut self.filters, self.view, self.filter, span);
        filter.insert_passing(offsets, &mut self.rows.span_mut(span));
    }

    /// The rows that pass the filter.
    pub(super) fn finish(self) -> Bitmap {
        let lists = &self.filter.labels.lists;
        self.finish_by(lists)
    }

    /// The rows that pass the filter, with these conditions in the place of those on labels.
    pub(super) fn finish_by(mut self, lists: &ListFilter) -> Bitmap {
        self.try_together();
        self.filter.retain(self.view, &mut self.rows, lists);
        self.rows
    }
}

/// The facet filter of a span, which is made if this is its first row.
#[inline]
fn span_filter<'f, 'a>(
    filters: &'f mut [Option<SpanFilter<'a>>],
    view: &View<'a>,
    filter: &RowFilter<'a>,
    span: usize,
) -> &'f SpanFilter<'a> {
    filters[span].get_or_insert_with(|| view.facets.span_filter(span, filter.cells.facets))
}
