//! A set of values of one facet.

use std::fmt;
use std::marker::PhantomData;

use crate::job::Facet;

/// The values of one facet that a filter accepts. The empty set is no filter: it accepts every value.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct FacetSet<F> {
    bits: u8,
    facet: PhantomData<F>,
}

impl<F: Facet> FacetSet<F> {
    pub(crate) fn new(values: impl IntoIterator<Item = F>) -> Self {
        let bits = values.into_iter().fold(0, |bits, value| bits | (1 << value.ordinal()));
        Self { bits, facet: PhantomData }
    }

    /// Whether the filter accepts a job with this value.
    pub(crate) fn passes(self, value: F) -> bool {
        self.bits == 0 || self.bits & (1 << value.ordinal()) != 0
    }

    /// The values that the set was made of, each once, in the order of their numbers.
    pub(crate) fn values(self) -> impl Iterator<Item = F> {
        F::ALL.iter().copied().filter(move |value| self.bits & (1 << value.ordinal()) != 0)
    }

    /// Whether the set accepts every value.
    pub(crate) fn passes_all(self) -> bool {
        F::ALL.iter().all(|&value| self.passes(value))
    }

    /// One bit per accepted value, by ordinal. Equal filters have equal masks, however they were built.
    pub(crate) fn mask(self) -> u8 {
        F::ALL.iter().filter(|&&value| self.passes(value)).fold(0, |mask, value| mask | (1 << value.ordinal()))
    }
}

impl<F: Facet> Default for FacetSet<F> {
    fn default() -> Self {
        Self::new([])
    }
}

impl<F: Facet + fmt::Debug> fmt::Debug for FacetSet<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(F::ALL.iter().filter(|&&value| self.passes(value))).finish()
    }
}
