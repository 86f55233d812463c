//! The values that a filter on a typed facet takes: one, several, or a range of them.

use std::ops::{Bound, Range, RangeBounds, RangeFrom, RangeInclusive, RangeTo, RangeToInclusive};

use super::value_set::ValueSet;
use crate::error::FacetError;
use crate::job::{Facet, checked_ordinal};

/// Values of the facet `V`: one value, an array, a slice, a `Vec`, or a range by the numbers of the values.
///
/// [`ListQuery::filter`](crate::ListQuery::filter) and [`ListQuery::exclude`](crate::ListQuery::exclude) take them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a value of a facet, and not several values of one",
    label = "expected a value of a facet, an array, a slice, a `Vec`, or a range of values",
    note = "collect an iterator into a `Vec`; a facet is a type that implements `jobdex::Facet`"
)]
pub trait Values<V: Facet> {
    #[doc(hidden)]
    fn chosen(self) -> Result<Chosen, FacetError>;
}

/// Values that a caller chose, by their numbers; none if no value was named. A range may be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen(pub(super) Option<ValueSet>);

impl Chosen {
    pub(super) fn of<V: Facet>(values: impl IntoIterator<Item = V>) -> Result<Self, FacetError> {
        let mut set = ValueSet::default();
        for value in values {
            set.insert(checked_ordinal(value)?);
        }
        Ok(Self(Some(set).filter(|set| !set.is_empty())))
    }

    fn of_range<V: Facet>(range: &impl RangeBounds<V>) -> Result<Self, FacetError> {
        // Each end is asked for its number once, because the facet is the caller's code.
        let (from, to) = (Self::end(range.start_bound())?, Self::end(range.end_bound())?);
        if let (Bound::Included((start, from)), Bound::Included((end, to)) | Bound::Excluded((end, to))) = (from, to)
            && to < from
        {
            let (from, to) = (start.text().into_owned(), end.text().into_owned());
            return Err(FacetError::Range { facet: V::NAME.to_owned(), from, to });
        }
        let bounds = (from.map(|(_, ordinal)| ordinal), to.map(|(_, ordinal)| ordinal));
        Ok(Self(Some((0..V::LEN).filter(|ordinal| bounds.contains(ordinal)).collect())))
    }

    /// An end of a range, with its number.
    fn end<V: Facet>(bound: Bound<&V>) -> Result<Bound<(V, usize)>, FacetError> {
        Ok(match bound {
            Bound::Included(&value) => Bound::Included((value, checked_ordinal(value)?)),
            Bound::Excluded(&value) => Bound::Excluded((value, checked_ordinal(value)?)),
            Bound::Unbounded => Bound::Unbounded,
        })
    }
}

#[diagnostic::do_not_recommend]
impl<V: Facet> Values<V> for V {
    fn chosen(self) -> Result<Chosen, FacetError> {
        Chosen::of([self])
    }
}

impl<V: Facet, const N: usize> Values<V> for [V; N] {
    fn chosen(self) -> Result<Chosen, FacetError> {
        Chosen::of(self)
    }
}

impl<V: Facet, const N: usize> Values<V> for &[V; N] {
    fn chosen(self) -> Result<Chosen, FacetError> {
        Chosen::of(self.iter().copied())
    }
}

impl<V: Facet> Values<V> for &[V] {
    fn chosen(self) -> Result<Chosen, FacetError> {
        Chosen::of(self.iter().copied())
    }
}

impl<V: Facet> Values<V> for Vec<V> {
    fn chosen(self) -> Result<Chosen, FacetError> {
        Chosen::of(self)
    }
}

impl<V: Facet> Values<V> for &Vec<V> {
    fn chosen(self) -> Result<Chosen, FacetError> {
        Chosen::of(self.iter().copied())
    }
}

/// Ranges, by the numbers of the values.
macro_rules! ranges {
    ($($Range:ident),*) => {$(
        impl<V: Facet> Values<V> for $Range<V> {
            fn chosen(self) -> Result<Chosen, FacetError> {
                Chosen::of_range(&self)
            }
        }
    )*};
}

ranges!(Range, RangeInclusive, RangeFrom, RangeTo, RangeToInclusive);
