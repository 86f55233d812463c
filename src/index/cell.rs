//! Cells: the combinations of facet values, numbered.
//!
//! A row has one cell. The values of all facets are numbered too, those of the first facet first:
//! ```text
//! cell   =  (value of facet 0 × values of facet 1 + value of facet 1) × values of facet 2 + …
//! value  =  values of all facets before + value
//! ```

use crate::job::{Ordinals, Shape};
use crate::limits::FACETS_MAX;
use crate::query::{FacetFilter, Passing};

/// One combination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cell(u16);

impl Cell {
    pub(crate) fn index(self) -> usize {
        self.0.into()
    }

    /// The cell with this number.
    pub(crate) fn new(number: u16) -> Self {
        Self(number)
    }

    /// The number by which a block stores the cell.
    pub(crate) fn number(self) -> u16 {
        self.0
    }
}

/// The cells of a schema.
// Invariants:
//   ordinals[c] are the values of cell c; first_values[f] is the sum of the lens of the facets before f,
//     and values_len that of all
#[derive(Debug)]
pub(crate) struct Cells {
    shape: Shape,
    first_values: [u16; FACETS_MAX],
    values_len: usize,
    ordinals: Vec<Ordinals>,
}

impl Cells {
    pub(crate) fn new(shape: Shape) -> Self {
        let mut first_values = [0; FACETS_MAX];
        for facet in 1..shape.facets() {
            first_values[facet] = first_values[facet - 1] + shape.lens()[facet - 1];
        }
        let mut cells = Self { shape, first_values, values_len: shape.values(), ordinals: Vec::new() };
        cells.ordinals = (0..shape.combinations()).map(|cell| cells.divided(cell)).collect();
        cells
    }

    /// The values of a cell, by division.
    #[allow(clippy::cast_possible_truncation, reason = "a facet has at most 1,000 values")]
    fn divided(&self, cell: usize) -> Ordinals {
        let (mut rest, mut ordinals) = (cell, [0; FACETS_MAX]);
        for facet in (0..self.shape.facets()).rev() {
            ordinals[facet] = (rest % self.shape.values_of(facet)) as u16;
            rest /= self.shape.values_of(facet);
        }
        ordinals
    }

    pub(crate) fn shape(&self) -> &Shape {
        &self.shape
    }

    /// How many cells there are.
    pub(crate) fn len(&self) -> usize {
        self.ordinals.len()
    }

    /// How many values all facets have together.
    #[inline]
    pub(crate) fn values_len(&self) -> usize {
        self.values_len
    }

    /// The cell of some values; `None` where a facet has no such value.
    #[allow(clippy::cast_possible_truncation, reason = "there are at most 1,000 cells")]
    pub(crate) fn cell(&self, ordinals: &Ordinals) -> Option<Cell> {
        let mut cell = 0;
        for (&ordinal, &len) in ordinals.iter().zip(self.shape.lens()) {
            if ordinal >= len {
                return None;
            }
            cell = cell * usize::from(len) + usize::from(ordinal);
        }
        Some(Cell(cell as u16))
    }

    /// All cells, ascending.
    #[allow(clippy::cast_possible_truncation, reason = "there are at most 1,000 cells")]
    pub(crate) fn iter(&self) -> impl Iterator<Item = Cell> {
        (0..self.len()).map(|number| Cell(number as u16))
    }

    /// The value of each facet in a cell.
    #[inline]
    pub(crate) fn ordinals(&self, cell: Cell) -> &Ordinals {
        &self.ordinals[cell.index()]
    }

    /// The values of a cell, one of each facet, by their numbers among the values of all facets.
    #[inline]
    pub(crate) fn values(&self, cell: Cell) -> impl Iterator<Item = usize> + '_ {
        let numbers = self.ordinals(cell).iter().zip(&self.first_values).take(self.shape.facets());
        numbers.map(|(&ordinal, &first)| usize::from(first + ordinal))
    }

    /// The number of the first value of a facet.
    #[inline]
    pub(crate) fn first_value(&self, facet: usize) -> usize {
        self.first_values[facet].into()
    }

    /// The values to test a job for: those that pass, or those that do not if these are fewer. They have their numbers among the
    /// values of all facets. The flag tells which: it is set if a job passes that has none of the values.
    #[inline]
    pub(crate) fn tested_values<'f>(
        &self,
        facet: usize,
        passing: Passing<'f>,
    ) -> (impl Iterator<Item = usize> + 'f, bool) {
        let (first, values) = (self.first_value(facet), self.shape.values_of(facet));
        let is_negated = passing.len() > values / 2;
        let tested = (0..values).filter(move |&value| passing.contains(value) != is_negated);
        (tested.map(move |value| first + value), is_negated)
    }

    /// Whether a job of a cell passes a filter.
    #[inline]
    pub(crate) fn passes(&self, filter: &FacetFilter, cell: Cell) -> bool {
        filter.passes(self.ordinals(cell))
    }

    /// For each value of each facet, how many jobs a list has with that value chosen: the value under the filters on the other
    /// facets. `counts` has the jobs of each cell without a filter on facets.
    pub(crate) fn value_counts(&self, counts: &[u64], filter: &FacetFilter) -> Vec<u64> {
        let mut by_value = vec![0; self.values_len()];
        for (ordinals, &count) in self.ordinals.iter().zip(counts).filter(|(_, count)| **count > 0) {
            self.count_values(ordinals, filter, |value| by_value[value] += count);
        }
        by_value
    }

    /// Calls `count` with the values of a combination under which a job of it counts. These are all its values if it passes the
    /// filter. If it fails by one facet alone, it is the value of that facet.
    pub(crate) fn count_values(&self, ordinals: &Ordinals, filter: &FacetFilter, mut count: impl FnMut(usize)) {
        let mut failing = filter.filtered().filter(|(facet, passing)| !passing.contains(ordinals[*facet].into()));
        let value = |facet: usize| self.first_value(facet) + usize::from(ordinals[facet]);
        match (failing.next(), failing.next()) {
            (None, _) => (0..self.shape.facets()).for_each(|facet| count(value(facet))),
            (Some((facet, _)), None) => count(value(facet)),
            (Some(_), Some(_)) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::{ValueSet, ValueSets};

    #[test]
    fn cells_number_the_combinations_and_values_number_the_values() {
        let cells = Cells::new(Shape::new(&[4, 2, 3]));
        assert_eq!((cells.len(), cells.values_len()), (24, 9));
        let cell = cells.cell(&[2, 1, 0, 0, 0, 0, 0, 0]).expect("all three are values");
        assert_eq!((cell.index(), cells.values(cell).collect::<Vec<_>>()), (15, vec![2, 5, 6]));
        assert_eq!(cells.cell(&[4, 0, 0, 0, 0, 0, 0, 0]), None);
        for number in 0..24 {
            assert_eq!(cells.cell(cells.ordinals(Cell::new(number))), Some(Cell::new(number)));
        }
        let none = Cells::new(Shape::new(&[]));
        assert_eq!((none.len(), none.values_len(), none.cell(&[0; 8])), (1, 0, Some(Cell::new(0))));
    }

    #[test]
    fn the_count_of_a_value_is_that_of_the_list_with_the_value_chosen() {
        let cells = Cells::new(Shape::new(&[3, 2, 70]));
        let counts: Vec<u64> = (0..420).map(|cell| cell * 7 % 11).collect();
        let wanted: [&[usize]; 3] = [&[0, 2], &[], &[1, 69]];
        let mut sets = ValueSets::default();
        sets.iter_mut().zip(wanted).for_each(|(set, values)| *set = values.iter().copied().collect());
        let filter = FacetFilter::new(cells.shape(), &sets, &ValueSets::default());
        let by_value = cells.value_counts(&counts, &filter);
        for facet in 0..3 {
            for value in 0..cells.shape().values_of(facet) {
                let mut chosen = sets.clone();
                chosen[facet] = ValueSet::from_iter([value]);
                let chosen = FacetFilter::new(cells.shape(), &chosen, &ValueSets::default());
                let passing = (0..420).filter(|&cell| cells.passes(&chosen, Cell::new(cell)));
                let count: u64 = passing.map(|cell| counts[usize::from(cell)]).sum();
                assert_eq!(by_value[cells.first_value(facet) + value], count, "value {value} of facet {facet}");
            }
        }
    }
    #[test]
    fn a_job_is_tested_for_the_values_that_pass_or_for_the_others_if_these_are_fewer() {
        let cells = Cells::new(Shape::new(&[3, 7]));
        let wanted: [&[usize]; 4] = [&[0], &[1, 2, 6], &[0, 1, 3, 5], &[0, 1, 2, 4, 5, 6]];
        for wanted in wanted {
            let mut sets = ValueSets::default();
            sets[1] = wanted.iter().copied().collect();
            let filter = FacetFilter::new(cells.shape(), &sets, &ValueSets::default());
            let (tested, is_negated) = cells.tested_values(1, filter.passing(1).expect("some values do not pass"));
            let tested: Vec<usize> = tested.collect();
            assert_eq!(tested.len(), wanted.len().min(7 - wanted.len()), "tested for {wanted:?}");
            for value in 0..7 {
                let has_tested = tested.contains(&(cells.first_value(1) + value));
                assert_eq!(has_tested != is_negated, wanted.contains(&value), "value {value}, tested for {wanted:?}");
            }
        }
    }
}
