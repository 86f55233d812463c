//! The columns of the sums, and the jobs that each of them counts.
//!
//! Each cell has a column. If a schema has more cells than a plane has columns, each value of each facet has a column too. A
//! filter on one facet then reads few columns, however many cells it accepts:
//! ```text
//! up to 24 cells   plane 0 [ cells ]
//! more             plane 0 [ cells ]  plane 1 [ cells ]  …  plane n [ values ]  …
//! ```

use std::sync::Arc;

use crate::bits::Ones;
use crate::index::cell::{Cell, Cells};
use crate::limits::{COMBINATIONS_MAX, FACETS_MAX};
use crate::query::{FacetFilter, Passing, ValueSet};

/// Columns of a plane.
pub(in crate::index::timeline) const WIDTH: usize = 24;

/// All columns of a plane.
pub(super) const FULL: u32 = (1 << WIDTH) - 1;

/// Words of a bitmap of cells.
const CELL_WORDS: usize = COMBINATIONS_MAX.div_ceil(64);

/// A bit for each cell.
type CellBits = [u64; CELL_WORDS];

/// The columns of a schema.
// Invariants:
//   column c stands in plane c / WIDTH; that of a cell is its number
//   firsts_of_values[f] + v is the column of value v of facet f, where values have columns
//   cells_of_values[n] has a bit for each cell with value n, numbered among the values of all facets
#[derive(Debug)]
pub(in crate::index::timeline) struct Columns {
    cells: Arc<Cells>,
    firsts_of_values: Option<[u16; FACETS_MAX]>,
    /// The cells that have each value, where there is one plane. Empty where there are more.
    cells_of_values: Vec<u32>,
    /// The columns in use, of each plane.
    used: Vec<u32>,
}

/// The columns in which a row is counted.
#[derive(Clone, Copy, Debug)]
pub(super) struct RowColumns {
    columns: [u16; 1 + FACETS_MAX],
    len: u8,
}

impl RowColumns {
    pub(super) fn as_slice(&self) -> &[u16] {
        &self.columns[..self.len.into()]
    }
}

/// Columns to be added up. Each row is in one of them at most.
#[derive(Clone, Debug)]
pub(crate) enum Selection {
    /// Columns of one plane.
    One(Part),
    /// Columns of several planes, or none.
    Many(Vec<Part>),
}

/// Columns of one plane, a bit each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(super) plane: u16,
    pub(super) mask: u32,
}

impl Selection {
    pub(super) fn parts(&self) -> &[Part] {
        match self {
            Self::One(part) => std::slice::from_ref(part),
            Self::Many(parts) => parts,
        }
    }
}

impl FromIterator<Part> for Selection {
    fn from_iter<I: IntoIterator<Item = Part>>(parts: I) -> Self {
        let parts: Vec<Part> = parts.into_iter().collect();
        if let [part] = *parts { Self::One(part) } else { Self::Many(parts) }
    }
}

impl Columns {
    pub(super) fn new(cells: Arc<Cells>) -> Self {
        let cell_planes = cells.len().div_ceil(WIDTH);
        let mut columns = Self { cells, firsts_of_values: None, cells_of_values: Vec::new(), used: Vec::new() };
        columns.use_columns(0, columns.cells.len());
        if cell_planes > 1 {
            columns.firsts_of_values = Some(columns.place_values(cell_planes * WIDTH));
        } else {
            columns.cells_of_values = columns.cells_of_values();
        }
        columns
    }

    /// The cells of each value, in a schema of one plane.
    fn cells_of_values(&self) -> Vec<u32> {
        let mut cells_of_values = vec![0; self.cells.values_len()];
        for cell in self.cells.iter() {
            self.cells.values(cell).for_each(|value| cells_of_values[value] |= 1 << cell.number());
        }
        cells_of_values
    }

    /// Gives each value a column, from one on. The values of a facet stand in one plane if that has room for them.
    #[allow(clippy::cast_possible_truncation, reason = "there are at most 1,000 cells, and about as many values")]
    fn place_values(&mut self, first: usize) -> [u16; FACETS_MAX] {
        let (mut next, mut firsts) = (first, [0; FACETS_MAX]);
        let cells = Arc::clone(&self.cells);
        for (place, &len) in firsts.iter_mut().zip(cells.shape().lens()) {
            let len = usize::from(len);
            let left = WIDTH - next % WIDTH;
            if left < len && len <= WIDTH {
                next += left;
            }
            *place = next as u16;
            self.use_columns(next, len);
            next += len;
        }
        firsts
    }

    fn use_columns(&mut self, first: usize, len: usize) {
        self.used.resize((first + len).div_ceil(WIDTH), 0);
        (first..first + len).for_each(|column| self.used[column / WIDTH] |= 1 << (column % WIDTH));
    }

    pub(in crate::index::timeline) fn cells(&self) -> &Arc<Cells> {
        &self.cells
    }

    /// How many planes there are.
    pub(super) fn planes(&self) -> usize {
        self.used.len()
    }

    /// The columns in which a row of a cell is counted, always of the same number.
    #[inline]
    pub(super) fn of(&self, cell: Cell) -> RowColumns {
        let mut row = RowColumns { columns: [0; 1 + FACETS_MAX], len: 1 };
        row.columns[0] = cell.number();
        if let Some(first_columns) = &self.firsts_of_values {
            for (facet, &ordinal) in self.cells.ordinals(cell)[..self.cells.shape().facets()].iter().enumerate() {
                row.columns[1 + facet] = first_columns[facet] + ordinal;
                row.len += 1;
            }
        }
        row
    }

    /// The columns that count the jobs that pass a filter.
    pub(in crate::index::timeline) fn select(&self, filter: &FacetFilter) -> Selection {
        let Some(first_columns) = &self.firsts_of_values else {
            return Selection::One(self.part(0, self.passing_cells_of_one_plane(filter).into()));
        };
        let mut filtered = filter.filtered();
        match (filtered.next(), filtered.next()) {
            (None, _) => self.narrowest_facet(first_columns),
            (Some((facet, passing)), None) => self.values(first_columns[facet], passing),
            (Some(_), Some(_)) => self.cell_parts(&self.passing_cells(filter)),
        }
    }

    /// All values of the facet with the fewest: every job has one of them.
    fn narrowest_facet(&self, first_columns: &[u16; FACETS_MAX]) -> Selection {
        let shape = self.cells.shape();
        let facet = (0..shape.facets()).min_by_key(|&facet| shape.values_of(facet)).unwrap_or(0);
        self.values(first_columns[facet], Passing::Set(&ValueSet::all(shape.values_of(facet))))
    }

    /// The columns of some values of a facet.
    fn values(&self, first: u16, values: Passing<'_>) -> Selection {
        let mut parts: Vec<(usize, u64)> = Vec::with_capacity(1);
        values.for_each(|value| {
            let column = usize::from(first) + value;
            match parts.last_mut().filter(|(plane, _)| *plane == column / WIDTH) {
                Some((_, mask)) => *mask |= 1 << (column % WIDTH),
                None => parts.push((column / WIDTH, 1 << (column % WIDTH))),
            }
        });
        parts.into_iter().map(|(plane, mask)| self.part(plane, mask)).collect()
    }

    fn cell_parts(&self, cells: &CellBits) -> Selection {
        let planes = 0..self.cells.len().div_ceil(WIDTH);
        planes.map(|plane| self.part(plane, bits_at(cells, plane * WIDTH))).filter(|part| part.mask != 0).collect()
    }

    /// A part with these columns, of which those that are not in use count nothing.
    #[allow(clippy::cast_possible_truncation, reason = "a plane has 24 columns, and there are fewer than 100 planes")]
    fn part(&self, plane: usize, mask: u64) -> Part {
        let used = self.used[plane];
        let mask = mask as u32 & used;
        Part { plane: plane as u16, mask: if mask == used { FULL } else { mask } }
    }

    /// The cells that pass a filter, where there is one plane.
    #[inline]
    fn passing_cells_of_one_plane(&self, filter: &FacetFilter) -> u32 {
        filter.filtered().fold(u32::MAX, |cells, (facet, passing)| {
            let cells_of_values = &self.cells_of_values[self.cells.first_value(facet)..];
            let mut any = 0;
            passing.for_each(|value| any |= cells_of_values[value]);
            cells & any
        })
    }

    /// The cells that pass a filter.
    fn passing_cells(&self, filter: &FacetFilter) -> CellBits {
        // From the last facet to the first: the cells of the facets behind are repeated for each value that passes.
        let (mut cells, mut len) = ([0; CELL_WORDS], 1);
        cells[0] = 1;
        let shape = self.cells.shape();
        for facet in (0..shape.facets()).rev() {
            let mut repeated = [0; CELL_WORDS];
            match filter.passing(facet) {
                Some(passing) => passing.for_each(|value| or_shifted(&mut repeated, &cells, len, value * len)),
                None => {
                    (0..shape.values_of(facet)).for_each(|value| or_shifted(&mut repeated, &cells, len, value * len));
                }
            }
            (cells, len) = (repeated, len * shape.values_of(facet));
        }
        cells
    }
}

/// Sets in one bitmap the first `len` bits of another, shifted.
fn or_shifted(into: &mut CellBits, bits: &CellBits, len: usize, shift: usize) {
    let (skipped, shift) = (shift / 64, shift % 64);
    for (at, &word) in bits[..len.div_ceil(64)].iter().enumerate() {
        into[skipped + at] |= word << shift;
        if shift > 0 && word >> (64 - shift) != 0 {
            into[skipped + at + 1] |= word >> (64 - shift);
        }
    }
}

/// The bits from one on, at least [`WIDTH`] of them.
fn bits_at(bits: &CellBits, first: usize) -> u64 {
    let (at, shift) = (first / 64, first % 64);
    let next = bits.get(at + 1).copied().unwrap_or(0);
    bits[at] >> shift | next.checked_shl(64 - u32::try_from(shift).unwrap_or(0)).unwrap_or(0)
}

/// The columns of a mask, ascending.
pub(super) fn columns_of(mask: u32) -> impl Iterator<Item = usize> {
    Ones::of_word(mask.into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::job::Shape;
    use crate::query::ValueSets;

    fn shapes() -> impl Strategy<Value = Vec<usize>> {
        prop_oneof![
            Just(vec![]),
            Just(vec![4, 2, 3]),
            Just(vec![5, 8, 3, 6]),
            Just(vec![1000]),
            Just(vec![2, 25, 20]),
            Just(vec![2; 8]),
            Just(vec![1, 30, 1]),
        ]
    }

    proptest! {
        /// A row is in one selected column where its cell passes the filter, and in none where it does not.
        #[test]
        fn a_filter_selects_one_column_of_each_row_that_passes(
            lens in shapes(),
            wanted in prop::collection::vec(prop::collection::vec(any::<prop::sample::Index>(), 0..5), 8),
        ) {
            let shape = Shape::new(&lens);
            let columns = Columns::new(Arc::new(Cells::new(shape)));
            let mut sets = ValueSets::default();
            for (facet, values) in wanted.iter().enumerate().take(lens.len()) {
                sets[facet] = values.iter().map(|value| value.index(lens[facet])).collect();
            }
            let filter = FacetFilter::new(&shape, &sets, &ValueSets::default());
            let selection = columns.select(&filter);
            for number in 0..u16::try_from(columns.cells.len()).expect("at most 1,000") {
                let cell = Cell::new(number);
                let of_row = columns.of(cell);
                let is_in = |column: usize| {
                    let part = selection.parts().iter().find(|part| usize::from(part.plane) == column / WIDTH);
                    part.is_some_and(|part| part.mask >> (column % WIDTH) & 1 == 1)
                };
                let found = of_row.as_slice().iter().filter(|&&column| is_in(column.into())).count();
                prop_assert_eq!(found, usize::from(columns.cells.passes(&filter, cell)), "cell {}", number);
            }
        }
    }
    #[test]
    fn the_values_of_a_facet_stand_in_one_plane_if_it_has_room_for_them() {
        for lens in [vec![20, 10, 5], vec![14, 10, 7], vec![23, 24, 1], vec![24, 24], vec![10, 30, 3]] {
            let columns = Columns::new(Arc::new(Cells::new(Shape::new(&lens))));
            let firsts = columns.firsts_of_values.expect("values have columns where there are many cells");
            for (first, &len) in firsts.into_iter().map(usize::from).zip(&lens).filter(|&(_, &len)| len <= WIDTH) {
                assert_eq!(first / WIDTH, (first + len - 1) / WIDTH, "{len} values of {lens:?} from column {first} on");
            }
            let planes = columns.used.len() - columns.cells.len().div_ceil(WIDTH);
            assert!(
                planes <= lens.len().max(lens.iter().sum::<usize>().div_ceil(WIDTH)),
                "{planes} planes of {lens:?}"
            );
        }
    }
}
