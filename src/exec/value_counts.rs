//! Counts by value: for each value of each facet, how many matches a list has with that value chosen.

use super::view::View;
use crate::plan::cost::ROWS_READ_PER_VALUE;
use crate::query::FacetFilter;
use crate::rows::bits::{BlockBits, count_ones};
use crate::rows::row::{BlockId, Row};

/// Counts rows by value, under the filters on the other facets.
pub(super) struct ValueCounter<'a, 's> {
    view: &'a View<'s>,
    filter: &'a FacetFilter,
    /// By facet, the filters on the other facets.
    others: Vec<FacetFilter>,
    by_value: Vec<u64>,
}

impl<'a, 's> ValueCounter<'a, 's> {
    pub(super) fn new(view: &'a View<'s>, filter: &'a FacetFilter) -> Self {
        let cells = view.timeline.cells();
        let others = (0..cells.shape().facets()).map(|facet| filter.without(facet)).collect();
        Self { view, filter, others, by_value: vec![0; cells.values_len()] }
    }

    /// Counts one row.
    pub(super) fn count_row(&mut self, row: Row) {
        let cells = self.view.timeline.cells();
        let ordinals = cells.ordinals(self.view.timeline.cell(row));
        cells.count_values(ordinals, self.filter, |value| self.by_value[value] += 1);
    }

    /// Counts a bitmap of a block's rows, of all facets: one by one where they are few, by AND of many.
    pub(super) fn count(&mut self, block: BlockId, bits: &BlockBits) {
        let rows = usize::from(count_ones(bits));
        if rows == 0 {
            return;
        }
        if rows > self.by_value.len() * ROWS_READ_PER_VALUE {
            return self.count_by_and(block, bits);
        }
        let cells = self.view.timeline.cells();
        for cell in self.view.timeline.cells_in_block(block, bits) {
            cells.count_values(cells.ordinals(cell), self.filter, |value| self.by_value[value] += 1);
        }
    }

    fn count_by_and(&mut self, block: BlockId, bits: &BlockBits) {
        let cells = self.view.timeline.cells();
        for (facet, others) in self.others.iter().enumerate() {
            let mut bits = *bits;
            self.view.facets.retain_in_block(&mut bits, block, others);
            let first = cells.first_value(facet);
            for value in first..first + cells.shape().values_of(facet) {
                let of_value = self.view.facets.block_of_value(block, value);
                let both = std::array::from_fn(|word| bits[word] & of_value[word]);
                self.by_value[value] += u64::from(count_ones(&both));
            }
        }
    }

    /// The counts, by the numbers of the values among those of all facets.
    pub(super) fn finish(self) -> Vec<u64> {
        self.by_value
    }
}
