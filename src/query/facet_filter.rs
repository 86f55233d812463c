//! The filter on facets in the form that the indexes read: for each facet that is filtered by, the values that pass.

use super::value_set::ValueSet;
use crate::job::{Ordinals, Shape};
use crate::limits::FACETS_MAX;

/// A set of values for each facet, by the place of the facet in the schema.
pub(crate) type ValueSets = [ValueSet; FACETS_MAX];

/// The values that pass.
// Invariant: a facet is filtered by exactly where some of its values do not pass
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FacetFilter {
    /// The values that pass; empty where the facet is not filtered by.
    passing: ValueSets,
    /// A bit for each facet that is filtered by.
    filtered: u8,
}

impl FacetFilter {
    /// The filter that accepts the wanted values of each facet, or all where none is wanted, but not the unwanted ones.
    pub(crate) fn new(shape: &Shape, wanted: &ValueSets, unwanted: &ValueSets) -> Self {
        let mut filter = Self::default();
        for facet in 0..shape.facets() {
            let (wanted, unwanted) = (&wanted[facet], &unwanted[facet]);
            if wanted.is_empty() && unwanted.is_empty() {
                continue;
            }
            let accepted = if wanted.is_empty() { &ValueSet::all(shape.values_of(facet)) } else { wanted };
            filter.set(shape, facet, accepted.without(unwanted));
        }
        filter
    }

    /// Accepts these values of a facet, and no others.
    fn set(&mut self, shape: &Shape, facet: usize, passing: ValueSet) {
        if passing.len() < shape.values_of(facet) {
            self.passing[facet] = passing;
            self.filtered |= 1 << facet;
        }
    }

    /// The filter that every job passes.
    pub(crate) const ALL: Self = Self { passing: [const { ValueSet::EMPTY }; FACETS_MAX], filtered: 0 };

    /// The same filter, without the one on a facet.
    pub(crate) fn without(&self, facet: usize) -> Self {
        let mut filter = self.clone();
        filter.passing[facet] = ValueSet::default();
        filter.filtered &= !(1 << facet);
        filter
    }

    /// Whether every job passes.
    #[inline]
    pub(crate) fn is_all(&self) -> bool {
        self.filtered == 0
    }

    /// The values of a facet that pass; `None` where all do.
    #[inline]
    pub(crate) fn passing(&self, facet: usize) -> Option<&ValueSet> {
        (self.filtered >> facet & 1 == 1).then(|| &self.passing[facet])
    }

    /// The facets that are filtered by, by their places, and the values of each that pass.
    #[inline]
    pub(crate) fn filtered(&self) -> impl Iterator<Item = (usize, &ValueSet)> {
        (0..FACETS_MAX).filter_map(|facet| Some((facet, self.passing(facet)?)))
    }

    /// Whether a job with these values passes.
    #[inline]
    pub(crate) fn passes(&self, ordinals: &Ordinals) -> bool {
        self.filtered().all(|(facet, passing)| passing.contains(ordinals[facet].into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sets<const N: usize>(sets: [&[usize]; N]) -> ValueSets {
        let mut all = ValueSets::default();
        all.iter_mut().zip(sets).for_each(|(set, values)| *set = values.iter().copied().collect());
        all
    }

    #[test]
    fn a_filter_accepts_wanted_values_that_are_not_unwanted() {
        let shape = Shape::new(&[4, 2, 100]);
        let none = ValueSets::default();
        let cases: [(ValueSets, ValueSets, [Option<usize>; 3]); 7] = [
            (none.clone(), none.clone(), [None; 3]),
            (sets([&[1, 2]]), none.clone(), [Some(2), None, None]),
            (sets([&[0, 1, 2, 3], &[0, 1]]), none.clone(), [None; 3]),
            (none.clone(), sets([&[], &[], &[5, 70]]), [None, None, Some(98)]),
            (sets([&[1, 2]]), sets([&[2]]), [Some(1), None, None]),
            (sets([&[1]]), sets([&[1]]), [Some(0), None, None]),
            (none, sets([&[], &[0, 1]]), [None, Some(0), None]),
        ];
        for (wanted, unwanted, expected) in cases {
            let filter = FacetFilter::new(&shape, &wanted, &unwanted);
            let lens = [0, 1, 2].map(|facet| filter.passing(facet).map(ValueSet::len));
            assert_eq!(lens, expected, "{wanted:?} without {unwanted:?}");
            assert_eq!(filter.is_all(), expected == [None; 3]);
            for ordinals in (0..4).flat_map(|a| (0..2).flat_map(move |b| (0..100).map(move |c| [a, b, c]))) {
                let accepts = |facet: usize| {
                    let value = usize::from(ordinals[facet]);
                    (wanted[facet].is_empty() || wanted[facet].contains(value)) && !unwanted[facet].contains(value)
                };
                let [a, b, c] = ordinals;
                assert_eq!(filter.passes(&[a, b, c, 0, 0, 0, 0, 0]), (0..3).all(accepts), "{ordinals:?}");
            }
        }
    }
}
