//! Facet counts: the numbers beside the filters of a console.

use std::marker::PhantomData;

use serde::{Serialize, Serializer};

use crate::job::{Facet, StartMode, Status, TemplateType};

/// For each value of each facet, the number of jobs that the list would have with that value chosen: the count of the value
/// under the keyword, the time range and the filters on the other two facets.
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
    /// The counts by the place of the facet and the number of the value.
    pub(crate) fn of(counts: &[Vec<u64>]) -> Self {
        Self {
            template_type: ValueCounts::new(|value: TemplateType| counts[0][value.ordinal()]),
            start_mode: ValueCounts::new(|value: StartMode| counts[1][value.ordinal()]),
            status: ValueCounts::new(|value: Status| counts[2][value.ordinal()]),
        }
    }
}

/// A count per value of one facet. Serializes as an object of counts by the values' names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueCounts<F> {
    counts: Vec<u64>,
    facet: PhantomData<F>,
}

impl<F: Facet> ValueCounts<F> {
    /// One count per value, in the order of [`Facet::ALL`].
    pub(crate) fn new(count: impl FnMut(F) -> u64) -> Self {
        Self { counts: F::ALL.iter().copied().map(count).collect(), facet: PhantomData }
    }

    /// The count of one value.
    pub fn of(&self, value: F) -> u64 {
        self.counts[value.ordinal()]
    }

    /// Each value with its count.
    pub fn iter(&self) -> impl Iterator<Item = (F, u64)> + '_ {
        F::ALL.iter().copied().zip(self.counts.iter().copied())
    }
}

impl<F: Facet> Serialize for ValueCounts<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter().map(|(value, count)| (value.to_string(), count)))
    }
}
