//! A set of values of one facet, by their numbers.

use std::fmt;

use crate::bits::{Ones, has_bit, insert_bit, ones};
use crate::limits::COMBINATIONS_MAX;

/// Values of one facet. The first 64 stand in the set itself, since few facets have more.
// Invariant: the box, where there is one, has a bit
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct ValueSet {
    low: u64,
    high: Option<Box<[u64; HIGH_WORDS]>>,
}

/// Words for the values from number 64 on.
const HIGH_WORDS: usize = COMBINATIONS_MAX.div_ceil(64) - 1;

impl ValueSet {
    /// All of so many values.
    pub(crate) fn all(len: usize) -> Self {
        (0..len).collect()
    }

    /// Adds the value with this number.
    ///
    /// # Panics
    /// If the number is beyond every facet.
    #[inline]
    pub(crate) fn insert(&mut self, value: usize) {
        match value.checked_sub(64) {
            None => self.low |= 1 << value,
            Some(value) => {
                let high = self.high.get_or_insert_with(|| Box::new([0; HIGH_WORDS]));
                insert_bit(&mut high[..], value);
            }
        }
    }

    /// Whether the value with this number is in the set.
    #[inline]
    pub(crate) fn contains(&self, value: usize) -> bool {
        match value.checked_sub(64) {
            None => self.low >> value & 1 == 1,
            Some(value) => self.high.as_ref().is_some_and(|high| has_bit(&high[..], value)),
        }
    }

    /// The values under 64 whose bits are set.
    pub(super) fn of_word(low: u64) -> Self {
        Self { low, high: None }
    }

    /// A bit for each value; `None` if a value has a number from 64 on.
    #[inline]
    pub(super) fn as_word(&self) -> Option<u64> {
        self.high.is_none().then_some(self.low)
    }

    /// Whether each of eight values is in the set, a bit each: the values from 8 times the place on.
    pub(super) fn byte(&self, place: usize) -> u8 {
        let word = match (place / 8).checked_sub(1) {
            None => self.low,
            Some(place) => self.high.as_ref().map_or(0, |high| high[place]),
        };
        word.to_le_bytes()[place % 8]
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.low == 0 && self.high.is_none()
    }

    /// How many values are in the set.
    pub(crate) fn len(&self) -> usize {
        let high = self.high.as_ref().map_or(0, |high| high.iter().map(|word| word.count_ones()).sum());
        (self.low.count_ones() + high) as usize
    }

    /// The numbers of the values, ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        let high = self.high.iter().flat_map(|high| ones(&high[..]).map(|value| value + 64));
        Ones::of_word(self.low).chain(high)
    }

    /// The values of this set that are not in another.
    pub(crate) fn without(&self, other: &Self) -> Self {
        match (&self.high, &other.high) {
            (None, _) => Self { low: self.low & !other.low, high: None },
            _ => self.iter().filter(|&value| !other.contains(value)).collect(),
        }
    }
}

impl FromIterator<usize> for ValueSet {
    fn from_iter<I: IntoIterator<Item = usize>>(values: I) -> Self {
        let mut set = Self::default();
        values.into_iter().for_each(|value| set.insert(value));
        set
    }
}

impl fmt::Debug for ValueSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_set_has_the_values_that_were_put_in(
            values in prop::collection::btree_set(0..COMBINATIONS_MAX, 0..40),
            others in prop::collection::btree_set(0..COMBINATIONS_MAX, 0..40),
        ) {
            let set: ValueSet = values.iter().copied().collect();
            let other: ValueSet = others.iter().copied().collect();
            prop_assert_eq!(set.iter().collect::<BTreeSet<_>>(), values.clone());
            prop_assert_eq!((set.len(), set.is_empty()), (values.len(), values.is_empty()));
            prop_assert!((0..COMBINATIONS_MAX).all(|value| set.contains(value) == values.contains(&value)));
            let rest: ValueSet = values.difference(&others).copied().collect();
            prop_assert_eq!(set.without(&other), rest);
        }
    }

    #[test]
    fn all_values_are_all_values_at_every_length() {
        for len in [0, 1, 63, 64, 65, 128, COMBINATIONS_MAX] {
            assert!(ValueSet::all(len).iter().eq(0..len), "{len}");
        }
    }
}
