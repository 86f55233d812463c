//! The filter on facets in the form that the indexes read: for each facet that is filtered by, the values that pass.

use super::value_set::ValueSet;
use crate::bits::{Ones, WORD_BITS};
use crate::job::{Ordinals, Shape};
use crate::limits::FACETS_MAX;

/// A set of values for each facet, by the place of the facet in the schema.
pub(crate) type ValueSets = [ValueSet; FACETS_MAX];

/// The values that pass.
///
/// Each request makes one, so the values under 64 stand in it, a bit each. Few facets have more.
// Invariants:
//   a facet is filtered by exactly where some of its values do not pass; words and sets of all others are empty
//   the word of a facet is 0 where its set in the box is not empty
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FacetFilter {
    words: [u64; FACETS_MAX],
    /// A bit for each facet that is filtered by.
    filtered: u8,
    /// The sets with a value from 64 on.
    wide: Option<Box<ValueSets>>,
}

/// The values of one facet that pass.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Passing<'f> {
    /// Values under 64, a bit each.
    Word(u64),
    /// Any values.
    Set(&'f ValueSet),
}

impl Passing<'_> {
    /// Whether the value with this number passes.
    #[inline]
    pub(crate) fn contains(self, value: usize) -> bool {
        match self {
            Self::Word(word) => value < 64 && word >> value & 1 == 1,
            Self::Set(set) => set.contains(value),
        }
    }

    /// How many values pass.
    #[inline]
    pub(crate) fn len(self) -> usize {
        match self {
            Self::Word(word) => word.count_ones() as usize,
            Self::Set(set) => set.len(),
        }
    }

    /// The value that passes, where it is the only one.
    #[inline]
    pub(crate) fn only(self) -> Option<usize> {
        match self {
            Self::Word(word) => word.is_power_of_two().then(|| word.trailing_zeros() as usize),
            Self::Set(set) => set.iter().next().filter(|_| set.len() == 1),
        }
    }

    /// Calls `visit` with the numbers of the values that pass, ascending.
    #[inline]
    pub(crate) fn for_each(self, visit: impl FnMut(usize)) {
        match self {
            Self::Word(word) => Ones::of_word(word).for_each(visit),
            Self::Set(set) => set.iter().for_each(visit),
        }
    }

    /// Whether each of eight values passes, a bit each: the values from 8 times the place on.
    pub(super) fn byte(self, place: usize) -> u8 {
        match self {
            Self::Word(word) => word.to_le_bytes().get(place).copied().unwrap_or(0),
            Self::Set(set) => set.byte(place),
        }
    }
}

/// The facets that a filter has values for, by their places, and the values of each that pass.
pub(crate) struct Filtered<'f> {
    filter: &'f FacetFilter,
    left: Ones,
}

impl<'f> Iterator for Filtered<'f> {
    type Item = (usize, Passing<'f>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let facet = self.left.next()?;
        Some((facet, self.filter.passing_of(facet)))
    }
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

    /// The filter that accepts, of each facet that has a bit, the values under 64 that have a bit.
    #[inline]
    pub(super) fn of_words(shape: &Shape, words: &[u64; FACETS_MAX], facets: u8) -> Self {
        let mut filter = Self::default();
        for facet in Ones::of_word(facets.into()).take_while(|&facet| facet < shape.facets()) {
            if word_of_all(shape.values_of(facet)) != Some(words[facet]) {
                filter.words[facet] = words[facet];
                filter.filtered |= 1 << facet;
            }
        }
        filter
    }

    /// Accepts these values of a facet, and no others.
    fn set(&mut self, shape: &Shape, facet: usize, passing: ValueSet) {
        if passing.len() == shape.values_of(facet) {
            return;
        }
        self.filtered |= 1 << facet;
        match passing.as_word() {
            Some(word) => self.words[facet] = word,
            None => self.wide.get_or_insert_default()[facet] = passing,
        }
    }

    /// The filter that every job passes.
    pub(crate) const ALL: Self = Self { words: [0; FACETS_MAX], filtered: 0, wide: None };

    /// The same filter, without the one on a facet.
    pub(crate) fn without(&self, facet: usize) -> Self {
        let mut filter = self.clone();
        filter.words[facet] = 0;
        filter.filtered &= !(1 << facet);
        if let Some(wide) = &mut filter.wide {
            wide[facet] = ValueSet::default();
        }
        filter
    }

    /// Whether every job passes.
    #[inline]
    pub(crate) fn is_all(&self) -> bool {
        self.filtered == 0
    }

    /// The values of a facet that pass; `None` where all do.
    #[inline]
    pub(crate) fn passing(&self, facet: usize) -> Option<Passing<'_>> {
        (self.filtered >> facet & 1 == 1).then(|| self.passing_of(facet))
    }

    /// The values of a facet that pass, where it is filtered by.
    #[inline]
    fn passing_of(&self, facet: usize) -> Passing<'_> {
        match (&self.wide, self.words[facet]) {
            (Some(wide), 0) => Passing::Set(&wide[facet]),
            (_, word) => Passing::Word(word),
        }
    }

    /// The facets that are filtered by, by their places, and the values of each that pass.
    #[inline]
    pub(crate) fn filtered(&self) -> Filtered<'_> {
        Filtered { filter: self, left: Ones::of_word(self.filtered.into()) }
    }

    /// Whether a job with these values passes.
    #[inline]
    pub(crate) fn passes(&self, ordinals: &Ordinals) -> bool {
        self.filtered().all(|(facet, passing)| passing.contains(ordinals[facet].into()))
    }
}

/// The word with a bit for each of so many values; `None` where a word has fewer bits.
#[inline]
fn word_of_all(len: usize) -> Option<u64> {
    (1..=WORD_BITS).contains(&len).then(|| u64::MAX >> (WORD_BITS - len))
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
            let lens = [0, 1, 2].map(|facet| filter.passing(facet).map(Passing::len));
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
    #[test]
    fn a_value_that_passes_alone_is_the_only_one() {
        let shape = Shape::new(&[100]);
        let only = |values: &[usize]| {
            let filter = FacetFilter::new(&shape, &sets([values]), &ValueSets::default());
            filter.passing(0).and_then(Passing::only)
        };
        for (values, expected) in [(&[5][..], Some(5)), (&[70], Some(70)), (&[5, 6], None), (&[70, 71], None)] {
            assert_eq!(only(values), expected, "{values:?}");
        }
        let none = FacetFilter::new(&shape, &sets([&[70]]), &sets([&[70]]));
        assert_eq!(none.passing(0).map(Passing::only), Some(None));
    }
}
