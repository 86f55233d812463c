//! The schema of a store: the facets by their names, and the values of each by their texts.
//!
//! A typed record tells its schema by its facets. A record with [`Dyn`] facets has a schema that is made at run time.

use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::facet::{Facet, values};
use super::shape::{Ordinals, Shape};
use crate::error::{FacetError, SchemaError};
use crate::limits::{COMBINATIONS_MAX, FACETS_MAX};

/// The facets of a store, and the values that each of them has.
///
/// A schema of a program that learns its facets at run time, from a configuration or a database, is made of texts.
/// [`JobStore::with_schema`](crate::JobStore::with_schema) checks the schema.
///
/// ```
/// use jobdex::Schema;
///
/// let schema = Schema::new()
///     .facet("state", ["queued", "running", "failed"])
///     .facet("region", ["eu", "us"]);
/// let values = schema.values([("region", "us"), ("state", "queued")])?;
/// assert_eq!(schema.text_of(values, "region"), Some("us"));
///
/// let refusal = schema.values([("region", "us"), ("state", "done")]).unwrap_err();
/// assert_eq!(refusal.to_string(), r#"state must be one of queued, running, failed, got "done""#);
/// # Ok::<(), jobdex::error::FacetError>(())
/// ```
// Invariants:
//   shape is Ok exactly where the facets have distinct names, each has values with distinct texts, and they are within the limits
//   fingerprint tells names and texts
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    facets: Vec<NamedFacet>,
    shape: Result<Shape, SchemaError>,
    fingerprint: u64,
}

/// A facet by its name, with the texts of its values.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct NamedFacet {
    name: Cow<'static, str>,
    texts: Vec<Cow<'static, str>>,
}

/// The facets of a record whose schema is known at run time alone: one value of each facet.
///
/// [`Schema::values`] makes it. A store refuses a record whose values another schema has made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Dyn {
    pub(super) ordinals: Ordinals,
    /// The fingerprint of the schema.
    schema: u64,
}

impl Schema {
    /// A schema without facets.
    pub fn new() -> Self {
        Self::of_facets(Vec::new())
    }

    /// Adds a facet, with the texts of its values.
    ///
    /// Anything is accepted here. A store is made of at most 8 facets with distinct names. Each facet has at least one
    /// value, its texts are distinct, and the product of the numbers of values is at most 1,000.
    pub fn facet<T: Into<Cow<'static, str>>>(
        mut self,
        name: impl Into<Cow<'static, str>>,
        values: impl IntoIterator<Item = T>,
    ) -> Self {
        self.facets.push(NamedFacet { name: name.into(), texts: values.into_iter().map(Into::into).collect() });
        Self::of_facets(self.facets)
    }

    /// Adds a facet by its type.
    pub(super) fn typed<V: Facet>(self) -> Self {
        self.facet(V::NAME, values::<V>().map(V::text))
    }

    fn of_facets(facets: Vec<NamedFacet>) -> Self {
        let shape = shape_of(&facets);
        let mut hasher = DefaultHasher::new();
        facets.hash(&mut hasher);
        Self { facets, shape, fingerprint: hasher.finish() }
    }

    /// The schema, if a store can have it.
    ///
    /// # Errors
    /// [`SchemaError`] as [`JobStore::with_schema`](crate::JobStore::with_schema).
    pub(crate) fn checked(self) -> Result<Self, SchemaError> {
        self.shape.clone()?;
        Ok(self)
    }

    /// Checks the numbers of facets, values and combinations, before any text is read.
    pub(super) fn check_lens(lens: &[(&str, usize)]) -> Result<(), SchemaError> {
        if lens.len() > FACETS_MAX {
            return Err(SchemaError::TooManyFacets { got: lens.len(), limit: FACETS_MAX });
        }
        if let Some((facet, _)) = lens.iter().find(|(_, len)| *len == 0) {
            return Err(SchemaError::NoValues { facet: (*facet).to_owned() });
        }
        let got = lens.iter().fold(1_usize, |product, (_, len)| product.saturating_mul(*len));
        match lens.iter().max_by_key(|(_, len)| len) {
            Some(&(widest, values)) if got > COMBINATIONS_MAX => {
                let widest = widest.to_owned();
                Err(SchemaError::TooManyCombinations { got, limit: COMBINATIONS_MAX, widest, values })
            }
            _ => Ok(()),
        }
    }

    /// The names of the facets, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.facets.iter().map(|facet| &*facet.name)
    }

    /// The texts of the values of a facet, in order. `None` if no facet has the name.
    pub fn texts(&self, facet: &str) -> Option<impl Iterator<Item = &str>> {
        let place = self.place(facet).ok()?;
        Some(self.texts_at(place))
    }

    /// The values of a record, made of the names of facets and the texts of values. Each facet is named once, in any
    /// order.
    ///
    /// Costs a comparison with each name and each text before the value.
    ///
    /// # Errors
    /// [`FacetError`] if a facet or a value is unknown, a facet has no value or two, or no store can have the schema.
    pub fn values<'t>(&self, values: impl IntoIterator<Item = (&'t str, &'t str)>) -> Result<Dyn, FacetError> {
        let facets = self.shape.as_ref().map_err(Clone::clone)?.facets();
        let (mut ordinals, mut is_given) = ([0; FACETS_MAX], [false; FACETS_MAX]);
        for (name, text) in values {
            let place = self.place(name)?;
            if std::mem::replace(&mut is_given[place], true) {
                return Err(FacetError::Repeated { facet: name.to_owned() });
            }
            ordinals[place] = self.ordinal(place, text)?;
        }
        if let Some(place) = is_given[..facets].iter().position(|is_given| !is_given) {
            return Err(FacetError::missing(&self.facets[place].name, self.texts_at(place)));
        }
        Ok(Dyn { ordinals, schema: self.fingerprint })
    }

    /// The text of the value of a facet. `None` if no facet has the name, or if the values are of another schema.
    pub fn text_of(&self, values: Dyn, facet: &str) -> Option<&str> {
        self.check(values).ok()?;
        let place = self.place(facet).ok()?;
        Some(&self.facets[place].texts[usize::from(values.ordinals[place])])
    }

    /// Checks that values were made by this schema.
    pub(super) fn check(&self, values: Dyn) -> Result<(), FacetError> {
        if values.schema == self.fingerprint { Ok(()) } else { Err(FacetError::OtherSchema) }
    }

    /// The numbers of facets and values.
    ///
    /// # Panics
    /// If no store can have the schema.
    pub(crate) fn shape(&self) -> &Shape {
        self.shape.as_ref().expect("the schema of a store was checked")
    }

    /// The name of the facet at a place.
    pub(crate) fn name_at(&self, place: usize) -> &str {
        &self.facets[place].name
    }

    /// The texts of the values of the facet at a place.
    pub(crate) fn texts_at(&self, place: usize) -> impl ExactSizeIterator<Item = &str> + Clone {
        self.facets[place].texts.iter().map(|text| &**text)
    }

    /// The place of the facet with a name.
    ///
    /// # Errors
    /// [`FacetError::UnknownFacet`] if no facet has the name.
    pub(crate) fn place(&self, name: &str) -> Result<usize, FacetError> {
        let place = self.facets.iter().position(|facet| facet.name == name);
        place.ok_or_else(|| FacetError::unknown_facet(name, self.names()))
    }

    /// The number of the value with a text.
    ///
    /// # Errors
    /// [`FacetError::UnknownValue`] if the facet has no value with the text.
    pub(crate) fn ordinal(&self, place: usize, text: &str) -> Result<u16, FacetError> {
        // A facet of a store has at most 1,000 values.
        let ordinal = (0..u16::MAX).zip(self.texts_at(place)).find(|(_, value)| *value == text);
        let ordinal = ordinal.map(|(ordinal, _)| ordinal);
        ordinal.ok_or_else(|| FacetError::unknown_value(self.name_at(place), text, self.texts_at(place)))
    }
}

impl Default for Schema {
    fn default() -> Self {
        Self::new()
    }
}

fn shape_of(facets: &[NamedFacet]) -> Result<Shape, SchemaError> {
    let lens: Vec<(&str, usize)> = facets.iter().map(|facet| (&*facet.name, facet.texts.len())).collect();
    Schema::check_lens(&lens)?;
    if let Some(facet) = repeated(facets.iter().map(|facet| &*facet.name)) {
        return Err(SchemaError::RepeatedFacet { facet });
    }
    for facet in facets {
        if facet.name.is_empty() {
            return Err(SchemaError::EmptyName);
        }
        if facet.texts.iter().any(|text| text.is_empty()) {
            return Err(SchemaError::EmptyText { facet: facet.name.clone().into_owned() });
        }
        if let Some(value) = repeated(facet.texts.iter().map(|text| &**text)) {
            return Err(SchemaError::RepeatedValue { facet: facet.name.clone().into_owned(), value });
        }
    }
    Ok(Shape::new(&lens.iter().map(|&(_, len)| len).collect::<Vec<usize>>()))
}

/// The first text that stands at an earlier place too.
fn repeated<'t>(mut texts: impl Iterator<Item = &'t str>) -> Option<String> {
    let mut seen = HashSet::new();
    texts.find(|&text| !seen.insert(text)).map(str::to_owned)
}
