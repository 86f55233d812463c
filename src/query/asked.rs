//! Everything that a query asks for, without the types of its facets.

use std::ops::Bound;

use super::facet_filter::{FacetFilter, ValueSets};
use super::labels::LabelClause;
use super::value_set::ValueSet;
use super::values::Chosen;
use super::{CreatedRange, Cursor, Matching, SortOrder};
use crate::error::FacetError;
use crate::job::{Schema, Shape};
use crate::limits::{FACETS_MAX, PAGE_NO_MIN, PAGE_SIZE_DEFAULT, PAGE_SIZE_MIN};

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
///
/// A query is moved at each call of a setter, so the usual filters take 80 bytes, and everything else stands in a box.
// Invariants:
//   words[f] = 0 if facet f has no filter, or has a set in the box
//   a box is never empty, so that equal queries are equal
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct AskedFacets {
    /// The accepted values under 64, a bit each.
    words: [u64; FACETS_MAX],
    /// A bit for each facet that has a filter. A range may have accepted no value.
    filtered: u8,
    rare: Option<Box<RareFilters>>,
}

/// The filters that few queries have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct RareFilters {
    /// The accepted values of a facet, if one of them has a number from 64 on.
    wanted: ValueSets,
    unwanted: ValueSets,
    /// The values that were refused, by the filter that they belong to.
    refused: Vec<(FilterSide, usize, FacetError)>,
}

impl Asked {
    pub(crate) fn new() -> Self {
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

    /// The same filters with another keyword, which is to match literally, and the smallest page: for its total.
    pub(crate) fn with_literal_keyword(&self, keyword: &str) -> Self {
        let start = PageStart::No(PAGE_NO_MIN);
        let keyword = Some(keyword.to_owned());
        Self { keyword, matching: Matching::Literal, start, page_size: PAGE_SIZE_MIN, ..self.clone() }
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
    #[inline]
    pub(super) fn set(&mut self, side: FilterSide, place: usize, chosen: Result<Chosen, FacetError>) {
        match (side, chosen) {
            (FilterSide::Accept, Ok(Chosen(set))) => self.accept(place, set),
            (FilterSide::Exclude, Ok(Chosen(set))) => self.exclude(place, set),
            (side, Err(error)) => self.refuse(side, place, error),
        }
    }

    /// Replaces the filter on a facet.
    #[inline]
    fn accept(&mut self, place: usize, set: Option<ValueSet>) {
        self.filtered = self.filtered & !(1 << place) | u8::from(set.is_some()) << place;
        let word = set.as_ref().map_or(Some(0), ValueSet::as_word);
        self.words[place] = word.unwrap_or(0);
        if word.is_none() || self.rare.is_some() {
            self.accept_rare(place, set.filter(|_| word.is_none()).unwrap_or_default());
        }
    }

    fn accept_rare(&mut self, place: usize, set: ValueSet) {
        let mut rare = self.rare.take().unwrap_or_default();
        rare.refused.retain(|(side, at, _)| (*side, *at) != (FilterSide::Accept, place));
        rare.wanted[place] = set;
        self.rare = Some(rare).filter(|rare| **rare != RareFilters::default());
    }

    fn exclude(&mut self, place: usize, set: Option<ValueSet>) {
        let Some(set) = set.filter(|set| !set.is_empty()) else { return };
        let rare = self.rare.get_or_insert_default();
        set.iter().for_each(|value| rare.unwanted[place].insert(value));
    }

    #[cold]
    fn refuse(&mut self, side: FilterSide, place: usize, error: FacetError) {
        self.rare.get_or_insert_default().refused.push((side, place, error));
    }

    /// The values that a facet is filtered by; empty if there are none.
    pub(super) fn wanted(&self, place: usize) -> ValueSet {
        let rare = self.rare.as_ref().map(|rare| &rare.wanted[place]).filter(|set| !set.is_empty());
        rare.cloned().unwrap_or_else(|| ValueSet::of_word(self.words[place]))
    }

    /// The values that a facet must not have. A filter that accepts no value excludes all.
    pub(super) fn unwanted(&self, shape: &Shape, place: usize) -> ValueSet {
        if self.filtered >> place & 1 == 1 && self.wanted(place).is_empty() {
            return ValueSet::all(shape.values_of(place));
        }
        self.rare.as_ref().map(|rare| rare.unwanted[place].clone()).unwrap_or_default()
    }

    /// Checks that no value was refused.
    ///
    /// # Errors
    /// The first value that was refused.
    pub(super) fn check(&self) -> Result<(), FacetError> {
        let refused = self.rare.as_ref().and_then(|rare| rare.refused.first());
        refused.map_or(Ok(()), |(.., error)| Err(error.clone()))
    }

    fn filter(&self, shape: &Shape) -> Result<FacetFilter, FacetError> {
        if self.rare.is_none() {
            return Ok(FacetFilter::of_words(shape, &self.words, self.filtered));
        }
        self.check()?;
        let (mut wanted, mut unwanted) = (ValueSets::default(), ValueSets::default());
        for place in 0..shape.facets() {
            wanted[place] = self.wanted(place);
            unwanted[place] = self.unwanted(shape, place);
        }
        Ok(FacetFilter::new(shape, &wanted, &unwanted))
    }
}
