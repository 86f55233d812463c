//! The values that a filter on a typed facet takes: one, several, or a range of them.

use std::ops::{Bound, Range, RangeBounds, RangeFrom, RangeInclusive, RangeTo, RangeToInclusive};

use super::value_set::ValueSet;
use crate::error::FacetError;
use crate::job::{Facet, check_ordinal};

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
    fn of<V: Facet>(values: impl IntoIterator<Item = V>) -> Result<Self, FacetError> {
        let mut set = ValueSet::default();
        for value in values {
            check_ordinal::<V>(value.ordinal())?;
            set.insert(value.ordinal());
        }
        Ok(Self(Some(set).filter(|set| !set.is_empty())))
    }

    fn of_range<V: Facet>(range: &impl RangeBounds<V>) -> Result<Self, FacetError> {
        if let (Bound::Included(from), Bound::Included(to) | Bound::Excluded(to)) =
            (range.start_bound(), range.end_bound())
            && to.ordinal() < from.ordinal()
        {
            let (from, to) = (from.text().into_owned(), to.text().into_owned());
            return Err(FacetError::Range { facet: V::NAME.to_owned(), from, to });
        }
        let ordinal = |bound: Bound<&V>| match bound {
            Bound::Included(value) | Bound::Excluded(value) => check_ordinal::<V>(value.ordinal()),
            Bound::Unbounded => Ok(()),
        };
        ordinal(range.start_bound())?;
        ordinal(range.end_bound())?;
        let bounds = (range.start_bound().map(|value| value.ordinal()), range.end_bound().map(|value| value.ordinal()));
        Ok(Self(Some((0..V::LEN).filter(|ordinal| bounds.contains(ordinal)).collect())))
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
