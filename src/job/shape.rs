//! The numbers of a schema: how many facets there are, and how many values each of them has.

use crate::limits::{COMBINATIONS_MAX, FACETS_MAX};

/// The values of a record, one for each facet, by their numbers. Places behind the last facet are 0.
pub(crate) type Ordinals = [u16; FACETS_MAX];

/// How many values each facet has.
// Invariants:
//   every facet has at least one value; lens behind the last facet are 1
//   the product of the lens is at most COMBINATIONS_MAX
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    lens: [u16; FACETS_MAX],
    facets: u8,
}

impl Shape {
    /// The shape of facets with so many values each.
    ///
    /// # Panics
    /// If there are too many facets, a facet has no value, or there are too many combinations. A schema is checked before.
    #[allow(clippy::cast_possible_truncation, reason = "there are at most 8 facets")]
    pub(crate) fn new(lens: &[usize]) -> Self {
        assert!(lens.len() <= FACETS_MAX, "a schema has at most {FACETS_MAX} facets");
        let combinations: usize = lens.iter().product();
        assert!((1..=COMBINATIONS_MAX).contains(&combinations), "a schema has 1 to {COMBINATIONS_MAX} combinations");
        let mut all = [1; FACETS_MAX];
        for (place, &len) in all.iter_mut().zip(lens) {
            *place = u16::try_from(len).expect("a facet has no more values than there are combinations");
        }
        Self { lens: all, facets: lens.len() as u8 }
    }

    /// How many facets there are.
    pub(crate) fn facets(&self) -> usize {
        self.facets.into()
    }

    /// How many values each facet has.
    pub(crate) fn lens(&self) -> &[u16] {
        &self.lens[..self.facets()]
    }

    /// How many values a facet has.
    pub(crate) fn values_of(&self, facet: usize) -> usize {
        self.lens[facet].into()
    }

    /// How many values all facets have together.
    pub(crate) fn values(&self) -> usize {
        self.lens().iter().map(|&len| usize::from(len)).sum()
    }

    /// How many combinations of values there are.
    pub(crate) fn combinations(&self) -> usize {
        self.lens.iter().map(|&len| usize::from(len)).product()
    }
}
