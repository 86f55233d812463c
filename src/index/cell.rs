//! Cells: the 24 combinations of template type, start mode and status; sets and counts of them.
//!
//! Any filter on facets is a set of cells, and any count under such filters is a sum over cells.
//! ```text
//! cell  =  (type × 2 + mode) × 3 + status        0..24
//! ```

use crate::bits::Ones;
use crate::job::Ordinals;
use crate::query::Filter;

/// Number of cells: 4 template types × 2 start modes × 3 states.
pub(crate) const CELLS: usize = 24;

/// Number of values of all facets: 4 + 2 + 3.
pub(crate) const FACET_VALUES: usize = 9;

/// One combination: (type × 2 + mode) × 3 + status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cell(u8);

impl Cell {
    /// The cell of a record's facet values, which are those of the API's jobs.
    ///
    /// # Panics
    /// If they are those of another record.
    #[allow(clippy::cast_possible_truncation, reason = "ordinals are below 4")]
    pub(crate) fn of_ordinals(ordinals: &Ordinals) -> Self {
        let &[template_type, start_mode, status, 0, 0, 0, 0, 0] = ordinals else { panic!("there are three facets") };
        assert!(template_type < 4 && start_mode < 2 && status < 3, "the facets are those of the API's jobs");
        Self(((template_type * 2 + start_mode) * 3 + status) as u8)
    }

    /// The cell of the facet values of a job of the API.
    #[cfg(test)]
    pub(crate) fn new(
        template_type: crate::job::TemplateType,
        start_mode: crate::job::StartMode,
        status: crate::job::Status,
    ) -> Self {
        Self::of_ordinals(&[template_type as u16, start_mode as u16, status as u16, 0, 0, 0, 0, 0])
    }

    /// The facet values of this cell by their numbers.
    pub(crate) fn ordinals(self) -> Ordinals {
        let code = u16::from(self.0);
        [code / 6, code / 3 % 2, code % 3, 0, 0, 0, 0, 0]
    }

    /// All cells, ascending.
    #[allow(clippy::cast_possible_truncation, reason = "there are 24 cells")]
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        (0..CELLS as u8).map(Self)
    }

    pub(crate) fn index(self) -> usize {
        usize::from(self.0)
    }

    /// The cell with this index.
    ///
    /// # Panics
    /// If there is none.
    #[allow(clippy::cast_possible_truncation, reason = "asserted to be below 24")]
    pub(crate) fn from_index(index: usize) -> Self {
        assert!(index < CELLS, "there are 24 cells");
        Self(index as u8)
    }

    /// The code by which a block stores the cell.
    pub(crate) fn code(self) -> u8 {
        self.0
    }

    /// The cell with this code.
    pub(crate) fn from_code(code: u8) -> Self {
        debug_assert!(usize::from(code) < CELLS);
        Self(code)
    }

    /// The three facet values of this cell among all nine: types, then modes, then states.
    pub(crate) fn values(self) -> [FacetValue; 3] {
        [FacetValue(self.index() / 6), FacetValue(4 + self.index() / 3 % 2), FacetValue(6 + self.index() % 3)]
    }
}

/// One value of one facet, numbered among all nine: types 0 to 3, modes 4 and 5, states 6 to 8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FacetValue(usize);

impl FacetValue {
    pub(crate) fn index(self) -> usize {
        self.0
    }
}

/// A filter on facets in the two forms that the indexes use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CellFilter {
    /// The cells that pass, for counts.
    pub(crate) cells: CellSet,
    /// Per facet the values that pass, a bit each among all nine; 0 where the facet is not filtered by. For bitmaps.
    pub(crate) values: [u16; 3],
}

impl CellFilter {
    /// No filter.
    pub(crate) const ALL: Self = Self { cells: CellSet::ALL, values: [0; 3] };

    pub(crate) fn new(filter: &Filter) -> Self {
        let values = |facet: usize, first: usize| {
            let passing = filter.facets.passing(facet);
            passing.map_or(0, |set| set.iter().fold(0, |bits, value| bits | 1 << (first + value)))
        };
        Self { cells: CellSet::of_filter(filter), values: [values(0, 0), values(1, 4), values(2, 6)] }
    }

    /// Whether every job passes.
    pub(crate) fn is_all(&self) -> bool {
        self.cells == CellSet::ALL
    }
}

/// A set of cells, a bit each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CellSet(u32);

impl CellSet {
    pub(crate) const ALL: Self = Self((1 << CELLS) - 1);

    /// The cells whose jobs pass the filter on facets.
    pub(crate) fn of_filter(filter: &Filter) -> Self {
        let mask = |facet: usize, len: usize| {
            let passing = filter.facets.passing(facet);
            passing.map_or((1 << len) - 1, |set| set.iter().fold(0, |bits, value| bits | 1 << value))
        };
        // From the inside out: a cell's number is (type × 2 + mode) × 3 + status.
        let by_mode = repeated(mask(2, 3), 3, mask(1, 2));
        Self(repeated(by_mode, 6, mask(0, 4)))
    }

    pub(crate) fn only(cell: Cell) -> Self {
        Self(1 << cell.0)
    }

    /// How many cells are in it.
    pub(crate) fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// The cells that are not in it.
    pub(crate) fn complement(self) -> Self {
        Self(!self.0 & Self::ALL.0)
    }

    #[inline]
    pub(crate) fn contains(self, cell: Cell) -> bool {
        self.0 >> cell.0 & 1 == 1
    }

    #[allow(clippy::cast_possible_truncation, reason = "the number of a bit is below 64")]
    /// The cells of the set, ascending.
    pub(crate) fn iter(self) -> impl Iterator<Item = Cell> {
        Ones::of_word(self.0.into()).map(|bit| Cell(bit as u8))
    }
}

/// A bit pattern of some width, repeated at each set bit of a mask: at bit `i`, shifted by `i` widths.
fn repeated(pattern: u32, width: usize, mask: u32) -> u32 {
    Ones::of_word(mask.into()).fold(0, |all, bit| all | pattern << (bit * width))
}

/// A count per cell.
pub(crate) type CellCounts = [u64; CELLS];

/// A count per cell of the rows of one block.
pub(crate) type BlockCounts = [u16; CELLS];

/// Per cell, what one count has more than another; nothing where it has less.
pub(crate) fn difference(more: &CellCounts, less: &CellCounts) -> CellCounts {
    std::array::from_fn(|cell| more[cell].saturating_sub(less[cell]))
}

/// The sum of the counts of some cells.
pub(crate) fn sum_cells(counts: &CellCounts, cells: CellSet) -> u64 {
    cells.iter().map(|cell| counts[cell.index()]).sum()
}

#[cfg(test)]
mod tests {
    use std::ops::Bound;

    use super::*;
    use crate::job::Shape;
    use crate::query::{FacetFilter, ValueSets};

    #[test]
    fn a_cell_passes_a_filter_that_all_of_its_three_values_pass() {
        let sets = |len: usize| 0..1_usize << len;
        for masks in sets(4)
            .flat_map(|types| sets(2).flat_map(move |modes| sets(3).map(move |statuses| [types, modes, statuses])))
        {
            let mut wanted = ValueSets::default();
            for (set, mask) in wanted.iter_mut().zip(masks) {
                *set = (0..4).filter(|value| mask >> value & 1 == 1).collect();
            }
            let facets = FacetFilter::new(&Shape::new(&[4, 2, 3]), &wanted, &ValueSets::default());
            let filter = Filter { facets, created: (Bound::Unbounded, Bound::Unbounded) };
            for cell in Cell::all() {
                let is_passing = filter.facets.passes(&cell.ordinals());
                assert_eq!(CellSet::of_filter(&filter).contains(cell), is_passing, "{filter:?} {cell:?}");
                assert_eq!(Cell::of_ordinals(&cell.ordinals()), cell);
            }
        }
    }
}
