//! Facet counts: the numbers beside the filters of a console.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::facet::values;
use super::facets::Has;
use super::schema::Schema;
use super::{Facet, StartMode, Status, TemplateType};

/// For each value of each facet, the number of jobs that the list would have with that value chosen. A count is under the
/// keyword, the time range, the labels and the filters on the other two facets.
///
/// ```
/// use jobdex::{JobStore, ListQuery, Status};
///
/// let store: JobStore = JobStore::new();
/// let counts = store.facets(&ListQuery::new())?;
/// assert_eq!(counts.status.of(Status::Running), 0);
/// let json = r#"{"pending":0,"running":0,"stopped":0}"#;
/// assert_eq!(serde_json::to_string(&counts.status)?, json);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FacetCounts {
    /// Per template type.
    pub template_type: ValueCounts<TemplateType>,
    /// Per start mode.
    pub start_mode: ValueCounts<StartMode>,
    /// Per status.
    pub status: ValueCounts<Status>,
}

impl FacetCounts {
    /// The counts by the places of the facets.
    pub(super) fn new(counts: Vec<Vec<u64>>) -> Self {
        let [template_type, start_mode, status] = <[_; 3]>::try_from(counts).expect("there are three facets");
        Self {
            template_type: ValueCounts::new(template_type),
            start_mode: ValueCounts::new(start_mode),
            status: ValueCounts::new(status),
        }
    }
}

/// A count per value of one facet. Serializes as an object of counts by the values' texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueCounts<F> {
    counts: Vec<u64>,
    facet: PhantomData<F>,
}

impl<F: Facet> ValueCounts<F> {
    /// One count per value, in the order of the values' numbers.
    fn new(counts: Vec<u64>) -> Self {
        debug_assert_eq!(counts.len(), F::LEN, "each value has a count");
        Self { counts, facet: PhantomData }
    }

    /// The count of one value.
    pub fn of(&self, value: F) -> u64 {
        self.counts[value.ordinal()]
    }

    /// Each value with its count.
    pub fn iter(&self) -> impl Iterator<Item = (F, u64)> + '_ {
        values().zip(self.counts.iter().copied())
    }
}

impl<F: Facet> Serialize for ValueCounts<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter().map(|(value, count)| (value.text(), count)))
    }
}

/// For each value of each facet of any record, the number of jobs that the list would have with that value chosen. A count
/// is under the keyword, the time range, the labels and the filters on the other facets.
///
/// Serializes as an object by the facets' names, which has objects of counts by the values' texts.
///
/// ```
/// use jobdex::{JobStore, ListQuery, Record, facet};
/// # use chrono::{DateTime, Utc};
///
/// facet! {
///     pub enum State: "state" { Queued = "queued", Running = "running" }
/// }
/// # struct Encode;
/// # impl Record for Encode {
/// #     type Facets = (State, bool);
/// #     fn job_id(&self) -> &str { "a" }
/// #     fn name(&self) -> &str { "" }
/// #     fn create_time(&self) -> DateTime<Utc> { DateTime::UNIX_EPOCH }
/// #     fn facets(&self) -> (State, bool) { (State::Queued, true) }
/// # }
///
/// let store = JobStore::<Encode>::new();
/// let counts = store.facets(&ListQuery::new().filter(true))?;
/// assert_eq!((counts.of(State::Running), counts.of_text("state", "running")), (0, Some(0)));
/// let json = r#"{"state":{"queued":0,"running":0},"bool":{"false":0,"true":0}}"#;
/// assert_eq!(serde_json::to_string(&counts)?, json);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct CountsByFacet<F> {
    schema: Arc<Schema>,
    counts: Vec<Vec<u64>>,
    facets: PhantomData<fn() -> F>,
}

impl<F> CountsByFacet<F> {
    /// The counts by the places of the facets.
    pub(super) fn new(schema: &Arc<Schema>, counts: Vec<Vec<u64>>) -> Self {
        Self { schema: Arc::clone(schema), counts, facets: PhantomData }
    }

    /// The count of one value of a typed facet. A number that the facet does not have counts 0.
    pub fn of<V: Facet, P>(&self, value: V) -> u64
    where
        F: Has<V, P>,
    {
        self.counts[F::PLACE].get(value.ordinal()).copied().unwrap_or(0)
    }

    /// The count of one value by the name of its facet and its text. `None` if there is no such facet or value.
    pub fn of_text(&self, facet: &str, value: &str) -> Option<u64> {
        let place = self.schema.place(facet).ok()?;
        let ordinal = self.schema.ordinal(place, value).ok()?;
        Some(self.counts[place][usize::from(ordinal)])
    }

    /// The texts of the values of a facet, each with its count. `None` if no facet has the name.
    pub fn values(&self, facet: &str) -> Option<impl Iterator<Item = (&str, u64)>> {
        Some(self.values_at(self.schema.place(facet).ok()?))
    }

    /// The names of the facets.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.schema.names()
    }

    fn values_at(&self, place: usize) -> impl Iterator<Item = (&str, u64)> {
        self.schema.texts_at(place).zip(self.counts[place].iter().copied())
    }
}

impl<F> Serialize for CountsByFacet<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.counts.len()))?;
        for (place, name) in self.names().enumerate() {
            map.serialize_entry(name, &CountsAt { counts: self, place })?;
        }
        map.end()
    }
}

/// The counts of the facet at a place, as they are serialized.
struct CountsAt<'c, F> {
    counts: &'c CountsByFacet<F>,
    place: usize,
}

impl<F> Serialize for CountsAt<'_, F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.counts.values_at(self.place))
    }
}

impl<F> Clone for CountsByFacet<F> {
    fn clone(&self) -> Self {
        Self { schema: Arc::clone(&self.schema), counts: self.counts.clone(), facets: PhantomData }
    }
}

impl<F> PartialEq for CountsByFacet<F> {
    fn eq(&self, other: &Self) -> bool {
        (&self.counts, &self.schema) == (&other.counts, &other.schema)
    }
}

impl<F> Eq for CountsByFacet<F> {}

impl<F> fmt::Debug for CountsByFacet<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let facets = self.names().enumerate();
        f.debug_map().entries(facets.map(|(place, name)| (name, self.values_at(place).collect::<Vec<_>>()))).finish()
    }
}
