//! Everything that a query asks for, without the types of its facets.

use std::ops::Bound;

use super::facet_filter::{FacetFilter, ValueSets};
use super::labels::LabelClause;
use super::value_set::ValueSet;
use super::values::Chosen;
use super::{CreatedRange, Cursor, Matching, SortOrder};
use crate::error::FacetError;
use crate::job::{Schema, Shape};
use crate::limits::{FACETS_MAX, PAGE_NO_MIN, PAGE_SIZE_DEFAULT};

/// Everything that a query asks for, unchecked. Facets stand at their places in the schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(super) facets: AskedFacets,
    /// Filters on facets by texts, in the order in which they were set.
    pub(super) texts: Vec<TextFilter>,
    pub(super) labels: Vec<LabelClause>,
    pub(super) created: CreatedRange,
    pub(super) keyword: Option<String>,
    pub(super) matching: Matching,
    pub(super) sort: SortOrder,
    pub(super) start: PageStart,
    pub(super) page_size: u32,
}

/// The start of the page, unchecked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PageStart {
    No(u64),
    After(Cursor),
}

/// A filter on a facet by the name of the facet and the texts of its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TextFilter {
    pub(super) side: FilterSide,
    pub(super) facet: String,
    pub(super) values: Vec<String>,
}

/// Whether a filter accepts its values or takes them away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FilterSide {
    Accept,
    Exclude,
}

/// The filters on facets.
// Invariant: wanted is empty for a facet that is not filtered by
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct AskedFacets {
    pub(super) wanted: ValueSets,
    pub(super) unwanted: ValueSets,
    /// A bit for each facet that has a filter. A range may have accepted no value.
    filtered: u8,
    /// The values that were refused, by the filter that they belong to.
    refused: Vec<(FilterSide, usize, FacetError)>,
}

impl Asked {
    pub(super) fn new() -> Self {
        Self {
            facets: AskedFacets::default(),
            texts: Vec::new(),
            labels: Vec::new(),
            created: (Bound::Unbounded, Bound::Unbounded),
            keyword: None,
            matching: Matching::default(),
            sort: SortOrder::default(),
            start: PageStart::No(PAGE_NO_MIN),
            page_size: PAGE_SIZE_DEFAULT,
        }
    }

    /// The filter on facets, with the values of a schema.
    ///
    /// # Errors
    /// [`FacetError`] for the first value that is refused.
    pub(super) fn facet_filter(&self, schema: &Schema) -> Result<FacetFilter, FacetError> {
        if self.texts.is_empty() {
            return self.facets.filter(schema.shape());
        }
        let mut facets = self.facets.clone();
        for TextFilter { side, facet, values } in &self.texts {
            let place = schema.place(facet)?;
            let ordinals = values.iter().map(|value| schema.ordinal(place, value).map(usize::from));
            let set = ordinals.collect::<Result<ValueSet, FacetError>>()?;
            facets.set(*side, place, Ok(Chosen(Some(set).filter(|set| !set.is_empty()))));
        }
        facets.filter(schema.shape())
    }
}

impl AskedFacets {
    /// Sets the values that a facet is filtered by, or adds values that it must not have.
    pub(super) fn set(&mut self, side: FilterSide, place: usize, chosen: Result<Chosen, FacetError>) {
        let set = match chosen {
            Ok(Chosen(set)) => set,
            Err(error) => return self.refused.push((side, place, error)),
        };
        match side {
            FilterSide::Accept => self.accept(place, set),
            FilterSide::Exclude => {
                set.iter().flat_map(ValueSet::iter).for_each(|value| self.unwanted[place].insert(value));
            }
        }
    }

    /// Replaces the filter on a facet.
    fn accept(&mut self, place: usize, set: Option<ValueSet>) {
        self.refused.retain(|(side, at, _)| (*side, *at) != (FilterSide::Accept, place));
        self.filtered = self.filtered & !(1 << place) | u8::from(set.is_some()) << place;
        self.wanted[place] = set.unwrap_or_default();
    }

    /// The filters, if no value was refused.
    ///
    /// # Errors
    /// The first value that was refused.
    pub(super) fn checked(&self) -> Result<&Self, FacetError> {
        self.refused.first().map_or(Ok(self), |(.., error)| Err(error.clone()))
    }

    /// Whether a facet has a filter that accepts no value.
    pub(super) fn accepts_none(&self, place: usize) -> bool {
        self.filtered >> place & 1 == 1 && self.wanted[place].is_empty()
    }

    fn filter(&self, shape: &Shape) -> Result<FacetFilter, FacetError> {
        self.checked()?;
        if !(0..FACETS_MAX).any(|place| self.accepts_none(place)) {
            return Ok(FacetFilter::new(shape, &self.wanted, &self.unwanted));
        }
        let mut unwanted = self.unwanted.clone();
        for place in (0..shape.facets()).filter(|&place| self.accepts_none(place)) {
            unwanted[place] = ValueSet::all(shape.values_of(place));
        }
        Ok(FacetFilter::new(shape, &self.wanted, &unwanted))
    }
}
