//! The query of a caller: filters, keyword, order, page, cursor.
//!
//! [`ListQuery`] accepts any value. [`ValidQuery`] is made from a [`ListQuery`], and making it is the last step that
//! can fail. This module knows no rows.

mod cursor;
mod facet_set;
mod fingerprint;
mod matching;
mod parts;
mod valid;

use std::fmt;
use std::ops::{Bound, RangeBounds};
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use cursor::Cursor;
pub(crate) use facet_set::FacetSet;
pub(crate) use matching::AnsweredRung;
pub use matching::{MatchLevel, Matching};
pub use parts::QueryParts;
pub(crate) use valid::{CreatedRange, Filter, Needle, ValidQuery, ValidStart};

use crate::error::UnknownValue;
use crate::job::{StartMode, Status, TemplateType};
use crate::limits::{PAGE_NO_MIN, PAGE_SIZE_DEFAULT};

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
/// Every setter replaces the earlier value. Values are checked when the query runs, so a query can be built from
/// anything that a caller sends.
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListQuery {
    template_types: FacetSet<TemplateType>,
    start_modes: FacetSet<StartMode>,
    statuses: FacetSet<Status>,
    created: CreatedRange,
    keyword: Option<String>,
    matching: Matching,
    sort: SortOrder,
    start: PageStart,
    page_size: u32,
}

/// The start of the page, unchecked.
#[derive(Clone, Debug, PartialEq, Eq)]
enum PageStart {
    No(u64),
    After(Cursor),
}

impl ListQuery {
    /// A query for every job, newest first, and the first page of ten.
    pub fn new() -> Self {
        Self {
            template_types: FacetSet::default(),
            start_modes: FacetSet::default(),
            statuses: FacetSet::default(),
            created: (Bound::Unbounded, Bound::Unbounded),
            keyword: None,
            matching: Matching::default(),
            sort: SortOrder::default(),
            start: PageStart::No(PAGE_NO_MIN),
            page_size: PAGE_SIZE_DEFAULT,
        }
    }

    /// Accepts only jobs of one of these template types. No value means no filter.
    pub fn template_type(mut self, values: impl IntoIterator<Item = TemplateType>) -> Self {
        self.template_types = FacetSet::new(values);
        self
    }

    /// Accepts only jobs with one of these start modes. No value means no filter.
    pub fn start_mode(mut self, values: impl IntoIterator<Item = StartMode>) -> Self {
        self.start_modes = FacetSet::new(values);
        self
    }

    /// Accepts only jobs with one of these statuses. No value means no filter.
    pub fn status(mut self, values: impl IntoIterator<Item = Status>) -> Self {
        self.statuses = FacetSet::new(values);
        self
    }

    /// Accepts only jobs created within this range, to the nanosecond. A range that ends before its start is an error
    /// when the query runs. A range without an instant gives an empty list.
    pub fn created(mut self, range: impl RangeBounds<DateTime<Utc>>) -> Self {
        self.created = (range.start_bound().cloned(), range.end_bound().cloned());
        self
    }

    /// Accepts only jobs with this ID or with a name that matches this text. An empty text, or white space, is no
    /// filter.
    pub fn keyword(mut self, keyword: impl Into<String>) -> Self {
        self.keyword = Some(keyword.into());
        self
    }

    /// Sets which matches of the keyword count. The default is [`Matching::Closest`].
    pub fn matching(mut self, matching: Matching) -> Self {
        self.matching = matching;
        self
    }

    /// Sets the order. The default is [`SortOrder::Desc`], newest first.
    pub fn sort(mut self, sort: SortOrder) -> Self {
        self.sort = sort;
        self
    }

    /// Sets the page number, counted from 1, and replaces a cursor. A page past the end is empty and has the right
    /// total.
    pub fn page_no(mut self, page_no: u64) -> Self {
        self.start = PageStart::No(page_no);
        self
    }

    /// Sets the most jobs on a page, 1 to 100. The default is 10.
    pub fn page_size(mut self, page_size: u32) -> Self {
        self.page_size = page_size;
        self
    }

    /// Starts the page after this cursor, and replaces a page number.
    pub fn after(mut self, cursor: Cursor) -> Self {
        self.start = PageStart::After(cursor);
        self
    }
}

impl Default for ListQuery {
    fn default() -> Self {
        Self::new()
    }
}
