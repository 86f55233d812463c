//! The facets of a record together: a tuple, the three of the API, or a schema that is known at run time alone.
//!
//! Users name these types and never call their methods. The store reads the values of a record as numbers, by
//! [`FacetNumbers`], which stands in no public module.

use std::sync::Arc;

use super::counts::{CountsByFacet, FacetCounts};
use super::schema::{Dyn, Schema};
use super::shape::Ordinals;
use super::{Facet, StartMode, Status, TemplateType};
use crate::error::{FacetError, SchemaError};
use crate::limits::FACETS_MAX;

/// The facets of a record: a tuple of up to 8 types that are [`Facet`], [`LiveFacets`], or [`Dyn`](crate::Dyn).
///
/// A query can filter by a facet that the tuple [has](Has). The types of a tuple have distinct names, and at most 1,000
/// combinations of values, or no store is made.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the facets of a record",
    label = "this is not a tuple of up to 8 facets, `LiveFacets` or `Dyn`",
    note = "one facet alone is written as a tuple with a comma: `(State,)`"
)]
pub trait Facets: FacetNumbers {
    /// The answer of [`Snapshot::facets`](crate::Snapshot::facets): a number of jobs for each value of each facet.
    type Counts;

    /// The schema that the type tells; `None` if it is known at run time alone.
    #[doc(hidden)]
    fn known_schema() -> Option<Result<Schema, SchemaError>>;

    #[doc(hidden)]
    fn counts(schema: &Arc<Schema>, counts: Vec<Vec<u64>>) -> Self::Counts;
}

/// Facets whose schema their type tells: tuples and [`LiveFacets`], and not [`Dyn`](crate::Dyn).
#[diagnostic::on_unimplemented(
    message = "the type `{Self}` does not tell the schema of a store",
    label = "these facets are known at run time alone",
    note = "make the store by `JobStore::with_schema`"
)]
pub trait TypedFacets: Facets {
    #[doc(hidden)]
    fn schema() -> Result<Schema, SchemaError>;
}

/// Facets that include the facet `V`. The compiler finds the place `P` of the facet among them.
#[diagnostic::on_unimplemented(
    message = "the record has no facet `{V}`",
    label = "`{V}` is not a facet of this record",
    note = "the facets of the record are `{Self}`"
)]
pub trait Has<V: Facet, P>: Facets {
    /// The place of the facet in the schema.
    #[doc(hidden)]
    const PLACE: usize;
}

/// The place of a facet among the facets of a record.
#[doc(hidden)]
pub struct At<const PLACE: usize>;

/// The values of facets as numbers.
pub trait FacetNumbers: Copy + 'static {
    /// The values by the places of their facets, checked against a schema. The facets are the caller's code, so each is
    /// asked for its number once: what is checked is what is stored.
    ///
    /// # Errors
    /// [`FacetError::Ordinal`] or [`FacetError::OtherSchema`].
    fn ordinals(self, schema: &Schema) -> Result<Ordinals, FacetError>;
}

/// The facets of a [`Job`](crate::Job), and of every [`JobRecord`](crate::JobRecord).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LiveFacets {
    /// The kind of stream that the template produces.
    pub template_type: TemplateType,
    /// The way the job starts.
    pub start_mode: StartMode,
    /// The status of the job.
    pub status: Status,
}

impl FacetNumbers for LiveFacets {
    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "the ordinals are below 4")]
    fn ordinals(self, _: &Schema) -> Result<Ordinals, FacetError> {
        let Self { template_type, start_mode, status } = self;
        Ok([template_type.ordinal() as u16, start_mode.ordinal() as u16, status.ordinal() as u16, 0, 0, 0, 0, 0])
    }
}

impl Facets for LiveFacets {
    type Counts = FacetCounts;

    fn known_schema() -> Option<Result<Schema, SchemaError>> {
        Some(Self::schema())
    }

    fn counts(_: &Arc<Schema>, counts: Vec<Vec<u64>>) -> FacetCounts {
        FacetCounts::new(counts)
    }
}

impl TypedFacets for LiveFacets {
    fn schema() -> Result<Schema, SchemaError> {
        <(TemplateType, StartMode, Status)>::schema()
    }
}

#[diagnostic::do_not_recommend]
impl Has<TemplateType, At<0>> for LiveFacets {
    const PLACE: usize = 0;
}

#[diagnostic::do_not_recommend]
impl Has<StartMode, At<1>> for LiveFacets {
    const PLACE: usize = 1;
}

#[diagnostic::do_not_recommend]
impl Has<Status, At<2>> for LiveFacets {
    const PLACE: usize = 2;
}

impl FacetNumbers for Dyn {
    #[inline]
    fn ordinals(self, schema: &Schema) -> Result<Ordinals, FacetError> {
        schema.check(self)?;
        Ok(self.ordinals)
    }
}

impl Facets for Dyn {
    type Counts = CountsByFacet<Self>;

    fn known_schema() -> Option<Result<Schema, SchemaError>> {
        None
    }

    fn counts(schema: &Arc<Schema>, counts: Vec<Vec<u64>>) -> CountsByFacet<Self> {
        CountsByFacet::new(schema, counts)
    }
}

/// The number of a value of a facet. The value is asked once.
///
/// # Errors
/// [`FacetError::Ordinal`] if the number is not under the number of values.
pub(crate) fn checked_ordinal<V: Facet>(value: V) -> Result<usize, FacetError> {
    let got = value.ordinal();
    if got < V::LEN { Ok(got) } else { Err(FacetError::Ordinal { facet: V::NAME.to_owned(), got, limit: V::LEN }) }
}

/// Tuples of each length. A type parameter stands beside its place in the tuple.
macro_rules! tuple_of_facets {
    ($($V:ident $place:tt),*) => {
        #[diagnostic::do_not_recommend]
        impl<$($V: Facet),*> FacetNumbers for ($($V,)*) {
            #[inline]
            #[allow(clippy::cast_possible_truncation, reason = "a facet of a store has at most 1,000 values")]
            fn ordinals(self, _: &Schema) -> Result<Ordinals, FacetError> {
                #[allow(unused_mut, reason = "there may be no facet")]
                let mut ordinals = [0; FACETS_MAX];
                $(ordinals[$place] = checked_ordinal(self.$place)? as u16;)*
                Ok(ordinals)
            }
        }

        impl<$($V: Facet),*> Facets for ($($V,)*) {
            type Counts = CountsByFacet<Self>;

            fn known_schema() -> Option<Result<Schema, SchemaError>> {
                Some(Self::schema())
            }

            fn counts(schema: &Arc<Schema>, counts: Vec<Vec<u64>>) -> CountsByFacet<Self> {
                CountsByFacet::new(schema, counts)
            }
        }

        impl<$($V: Facet),*> TypedFacets for ($($V,)*) {
            fn schema() -> Result<Schema, SchemaError> {
                Schema::check_lens(&[$(($V::NAME, $V::LEN)),*])?;
                let schema = Schema::new()$(.typed::<$V>())*;
                schema.checked()
            }
        }
    };
}

/// The places of the facets of a tuple.
macro_rules! places_of_facets {
    ($V:ident $place:literal in $($All:ident),+) => {
        #[diagnostic::do_not_recommend]
        impl<$($All: Facet),+> Has<$V, At<$place>> for ($($All,)+) {
            const PLACE: usize = $place;
        }
    };
    (all [$($V:ident $place:literal),+] in $all:tt) => {
        $(places_of_facets!(one $V $place in $all);)+
    };
    (one $V:ident $place:literal in [$($All:ident),+]) => {
        places_of_facets!($V $place in $($All),+);
    };
}

tuple_of_facets!();
tuple_of_facets!(A 0);
tuple_of_facets!(A 0, B 1);
tuple_of_facets!(A 0, B 1, C 2);
tuple_of_facets!(A 0, B 1, C 2, D 3);
tuple_of_facets!(A 0, B 1, C 2, D 3, E 4);
tuple_of_facets!(A 0, B 1, C 2, D 3, E 4, F 5);
tuple_of_facets!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuple_of_facets!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);

places_of_facets!(all [A 0] in [A]);
places_of_facets!(all [A 0, B 1] in [A, B]);
places_of_facets!(all [A 0, B 1, C 2] in [A, B, C]);
places_of_facets!(all [A 0, B 1, C 2, D 3] in [A, B, C, D]);
places_of_facets!(all [A 0, B 1, C 2, D 3, E 4] in [A, B, C, D, E]);
places_of_facets!(all [A 0, B 1, C 2, D 3, E 4, F 5] in [A, B, C, D, E, F]);
places_of_facets!(all [A 0, B 1, C 2, D 3, E 4, F 5, G 6] in [A, B, C, D, E, F, G]);
places_of_facets!(all [A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7] in [A, B, C, D, E, F, G, H]);
