//! The query of a caller: filters, keyword, order, page, cursor.
//!
//! [`ListQuery`] accepts any value. [`ValidQuery`] is made from a [`ListQuery`], and making it is the last step that
//! can fail. This module knows no rows.
//!
//! ```text
//! ListQuery: typed facets ─> Asked: places and numbers ─ schema ─> ValidQuery
//! ```

mod asked;
mod cursor;
mod facet_filter;
mod fingerprint;
mod labels;
mod matching;
mod params;
mod parts;
pub(crate) mod query_string;
mod valid;
mod value_set;
mod values;

use std::fmt;
use std::marker::PhantomData;
use std::ops::RangeBounds;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub(crate) use asked::Asked;
pub use cursor::Cursor;
#[cfg(test)]
pub(crate) use facet_filter::ValueSets;
pub(crate) use facet_filter::{FacetFilter, Passing};
pub use labels::LabelValues;
pub(crate) use labels::{LabelClause, LabelTest};
pub(crate) use matching::AnsweredRung;
pub use matching::{MatchLevel, Matching};
pub use parts::QueryParts;
pub(crate) use valid::{CreatedRange, Needle, ValidQuery, ValidStart, check_limits, is_within_limits};
pub(crate) use value_set::ValueSet;
pub use values::Values;

use crate::error::UnknownValue;
use crate::job::{Dyn, Facet, Facets, Has, LiveFacets, StartMode, Status, TemplateType};
use asked::{FilterSide, PageStart, TextFilter};
use values::Chosen;

/// The order of a list by (creation time, job ID). The order is total, and each of the two is the exact reverse of the
/// other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SortOrder {
    /// Oldest first.
    Asc,
    /// Newest first.
    #[default]
    Desc,
}

impl SortOrder {
    /// The name in the API and in JSON: `asc` or `desc`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Asc => "asc",
            Self::Desc => "desc",
        }
    }
}

impl fmt::Display for SortOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for SortOrder {
    type Err = UnknownValue;

    /// Reads the name.
    ///
    /// # Errors
    /// [`UnknownValue`] for any other text.
    fn from_str(text: &str) -> Result<Self, UnknownValue> {
        match text {
            "asc" => Ok(Self::Asc),
            "desc" => Ok(Self::Desc),
            _ => Err(UnknownValue::new("order", text, "asc or desc")),
        }
    }
}

/// A request for one page of a list: filters, keyword, order and page.
///
/// Every setter replaces the earlier value, except where it says otherwise. Values are checked when the query runs, so a
/// query can be built from anything that a caller sends.
///
/// `F` is the type of the record's facets, which the store tells: [`LiveFacets`](crate::record::LiveFacets) for the jobs
/// of the API, a tuple of facets, or [`Dyn`]. A query that meets no store needs its type.
///
/// ```
/// use jobdex::{ListQuery, SortOrder, Status};
///
/// let query = ListQuery::new()
///     .status([Status::Pending, Status::Running])
///     .keyword("news")
///     .sort(SortOrder::Asc)
///     .page_no(3)
///     .page_size(50);
/// assert_eq!((query.parts().keyword, query.parts().page_no), (Some("news"), Some(3)));
/// ```
///
/// A query about another record names values of its facets:
///
/// ```
/// use jobdex::{ListQuery, facet};
///
/// facet! {
///     pub enum State: "state" { Queued = "queued", Running = "running", Failed = "failed" }
///     pub enum Region: "region" { Eu = "eu", Us = "us" }
/// }
///
/// let query: ListQuery<(State, Region)> = ListQuery::new()
///     .filter([State::Queued, State::Running])
///     .exclude(Region::Eu)
///     .label("queue", ["us-1", "us-2"])
///     .label_not("owner", "ci");
/// ```
pub struct ListQuery<F = LiveFacets> {
    asked: Asked,
    facets: PhantomData<fn() -> F>,
}

/// Filters on the facets of the API's jobs.
impl ListQuery {
    /// Accepts only jobs of one of these template types. No value means no filter.
    pub fn template_type(self, values: impl IntoIterator<Item = TemplateType>) -> Self {
        self.with_values(values)
    }

    /// Accepts only jobs with one of these start modes. No value means no filter.
    pub fn start_mode(self, values: impl IntoIterator<Item = StartMode>) -> Self {
        self.with_values(values)
    }

    /// Accepts only jobs with one of these statuses. No value means no filter.
    pub fn status(self, values: impl IntoIterator<Item = Status>) -> Self {
        self.with_values(values)
    }

    /// Replaces the filter on a facet.
    fn with_values<V: Facet, P>(mut self, values: impl IntoIterator<Item = V>) -> Self
    where
        LiveFacets: Has<V, P>,
    {
        self.asked.facets.set(FilterSide::Accept, <LiveFacets as Has<V, P>>::PLACE, Chosen::of(values));
        self
    }
}

/// Filters on facets that are known at run time alone.
impl ListQuery<Dyn> {
    /// Accepts only jobs with one of these values of a facet. It replaces an earlier filter on the facet. No value means
    /// no filter. An unknown facet or value is an error when the query runs.
    ///
    /// ```
    /// use jobdex::{Dyn, ListQuery};
    ///
    /// let query = ListQuery::<Dyn>::new()
    ///     .filter_text("state", ["queued", "running"])
    ///     .exclude_text("region", "eu");
    /// ```
    pub fn filter_text(self, facet: impl Into<String>, values: impl LabelValues) -> Self {
        self.with_texts(FilterSide::Accept, facet.into(), values.into_texts())
    }

    /// Refuses jobs with one of these values of a facet, whatever filter the facet has. Values of several calls add up.
    /// An unknown facet or value is an error when the query runs.
    pub fn exclude_text(self, facet: impl Into<String>, values: impl LabelValues) -> Self {
        self.with_texts(FilterSide::Exclude, facet.into(), values.into_texts())
    }

    fn with_texts(mut self, side: FilterSide, facet: String, values: Vec<String>) -> Self {
        if side == FilterSide::Accept {
            self.asked.texts.retain(|filter| (filter.side, &filter.facet) != (side, &facet));
        }
        match self.asked.texts.iter_mut().find(|filter| (filter.side, &filter.facet) == (side, &facet)) {
            Some(filter) => filter.values.extend(values),
            None => self.asked.texts.push(TextFilter { side, facet, values }),
        }
        self
    }
}

impl<F: Facets> ListQuery<F> {
    /// A query for every job, newest first, and the first page of ten.
    pub fn new() -> Self {
        Self { asked: Asked::new(), facets: PhantomData }
    }

    /// Accepts only jobs with one of these values of a facet. The type of the values tells the facet. It replaces an
    /// earlier filter on the facet.
    ///
    /// One value, an array, a slice, a `Vec` and a range of values are accepted. A range is by the order of the values.
    /// An empty array, slice or `Vec` means no filter. A range without a value gives an empty list, and a range that ends
    /// before its start is an error when the query runs.
    ///
    /// ```
    /// use jobdex::{ListQuery, Status};
    ///
    /// let query: ListQuery = ListQuery::new().filter([Status::Pending, Status::Running]);
    /// assert_eq!(query, ListQuery::new().status([Status::Pending, Status::Running]));
    /// assert_eq!(query, ListQuery::new().filter(..Status::Stopped));
    /// assert_eq!(query.filter([] as [Status; 0]), ListQuery::new());
    /// ```
    pub fn filter<V: Facet, P>(mut self, values: impl Values<V>) -> Self
    where
        F: Has<V, P>,
    {
        self.asked.facets.set(FilterSide::Accept, F::PLACE, values.chosen());
        self
    }

    /// Refuses jobs with one of these values of a facet, whatever filter the facet has. The type of the values tells the
    /// facet. Values of several calls add up.
    ///
    /// A query that accepts and refuses the same values gives an empty list.
    ///
    /// ```
    /// use jobdex::{ListQuery, Status, TemplateType};
    ///
    /// let query: ListQuery = ListQuery::new().filter(TemplateType::Origin).exclude(Status::Stopped);
    /// ```
    pub fn exclude<V: Facet, P>(mut self, values: impl Values<V>) -> Self
    where
        F: Has<V, P>,
    {
        self.asked.facets.set(FilterSide::Exclude, F::PLACE, values.chosen());
        self
    }

    /// Accepts only jobs that have one of these values under a key of their labels. Each call adds a condition, for the
    /// same key too, and a job must meet all of them.
    ///
    /// Without values the condition is that a job has one of no values, so no job meets it. In the same way SQL treats
    /// `IN ()`. A caller often computes the values, as in the queues that a user may see, and an empty list must not show
    /// every job. A filter on a facet differs: its values are the boxes of a form, and a form without a check mark shows
    /// every job.
    ///
    /// ```
    /// use jobdex::ListQuery;
    ///
    /// let query: ListQuery = ListQuery::new().label("queue", ["eu-1", "eu-2"]).label("team", "video");
    /// ```
    pub fn label(self, key: impl Into<String>, values: impl LabelValues) -> Self {
        self.with_label(key.into(), LabelTest::AnyOf(values.into_texts()))
    }

    /// Refuses jobs that have one of these values under a key of their labels. A job without the key passes. Each call
    /// adds a condition. Without values every job meets it.
    pub fn label_not(self, key: impl Into<String>, values: impl LabelValues) -> Self {
        self.with_label(key.into(), LabelTest::NoneOf(values.into_texts()))
    }

    /// Accepts only jobs whose labels have this key. Each call adds a condition.
    pub fn label_exists(self, key: impl Into<String>) -> Self {
        self.with_label(key.into(), LabelTest::Exists)
    }

    /// Accepts only jobs whose labels lack this key. Each call adds a condition.
    pub fn label_absent(self, key: impl Into<String>) -> Self {
        self.with_label(key.into(), LabelTest::Absent)
    }

    fn with_label(mut self, key: String, test: LabelTest) -> Self {
        self.asked.labels.push(LabelClause { key, test });
        self
    }

    /// Accepts only jobs created within this range, to the nanosecond. A range that ends before its start is an error
    /// when the query runs. A range without an instant gives an empty list.
    pub fn created(mut self, range: impl RangeBounds<DateTime<Utc>>) -> Self {
        self.asked.created = (range.start_bound().cloned(), range.end_bound().cloned());
        self
    }

    /// Accepts only jobs with this ID or with a name that matches this text. An empty text, or white space, is no
    /// filter.
    pub fn keyword(mut self, keyword: impl Into<String>) -> Self {
        self.asked.keyword = Some(keyword.into());
        self
    }

    /// Sets which matches of the keyword count. The default is [`Matching::Closest`].
    pub fn matching(mut self, matching: Matching) -> Self {
        self.asked.matching = matching;
        self
    }

    /// Sets the order. The default is [`SortOrder::Desc`], newest first.
    pub fn sort(mut self, sort: SortOrder) -> Self {
        self.asked.sort = sort;
        self
    }

    /// Sets the page number, counted from 1, and replaces a cursor. A page past the end is empty and has the right
    /// total.
    pub fn page_no(mut self, page_no: u64) -> Self {
        self.asked.start = PageStart::No(page_no);
        self
    }

    /// Sets the most jobs on a page: 1 to 100, unless the store was given another maximum by
    /// [`with_page_size_max`](crate::JobStore::with_page_size_max). The default is 10.
    pub fn page_size(mut self, page_size: u32) -> Self {
        self.asked.page_size = page_size;
        self
    }

    /// Starts the page after this cursor, and replaces a page number.
    pub fn after(mut self, cursor: Cursor) -> Self {
        self.asked.start = PageStart::After(cursor);
        self
    }
}

impl<F> ListQuery<F> {
    /// The query without the types of its facets.
    pub(crate) fn asked(&self) -> &Asked {
        &self.asked
    }

    pub(crate) fn into_asked(self) -> Asked {
        self.asked
    }
}

impl<F> Clone for ListQuery<F> {
    fn clone(&self) -> Self {
        Self { asked: self.asked.clone(), facets: PhantomData }
    }
}

impl<F> PartialEq for ListQuery<F> {
    fn eq(&self, other: &Self) -> bool {
        self.asked == other.asked
    }
}

impl<F> Eq for ListQuery<F> {}

impl<F> fmt::Debug for ListQuery<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ListQuery").field(&self.asked).finish()
    }
}

impl<F: Facets> Default for ListQuery<F> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_read_from_the_name_that_it_shows() {
        for (order, name) in [(SortOrder::Asc, "asc"), (SortOrder::Desc, "desc")] {
            assert_eq!((order.as_str(), order.to_string().as_str()), (name, name));
            assert_eq!(format!("{order:>6}").len(), 6, "a width is kept");
            assert_eq!(name.parse(), Ok(order));
        }
        assert!("ASC".parse::<SortOrder>().is_err());
    }
}
