//! What the caller asked: filters, keyword, order, page, cursor.
//!
//! [`ListQuery`] takes anything; [`ValidQuery`] is made from it alone and is the last step that can fail. Nothing here
//! knows of rows.

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
pub use matching::{MatchLevel, Matching};
pub use parts::QueryParts;
pub(crate) use valid::{CreatedRange, Filter, Needle, ValidQuery, ValidStart};

use crate::error::UnknownValue;
use crate::job::{StartMode, Status, TemplateType};
use crate::limits::{PAGE_NO_MIN, PAGE_SIZE_DEFAULT};

/// The order of a list by (creation time, job ID). It is total, and each order is the exact reverse of the other.
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
    /// Its name: `asc` or `desc`, as the API and JSON have it.
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

/// A request for one page of a list: what the jobs must be, in which order, and which page.
///
/// Every setter replaces what was set before. Nothing is checked until the query runs, so a query can be built from
/// anything a caller sends.
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

/// Where the page begins, as asked.
#[derive(Clone, Debug, PartialEq, Eq)]
enum PageStart {
    No(u64),
    After(Cursor),
}

impl ListQuery {
    /// Every job, newest first, the first page of ten.
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

    /// Only jobs of one of these template types; none is no filter.
    pub fn template_type(mut self, values: impl IntoIterator<Item = TemplateType>) -> Self {
        self.template_types = FacetSet::new(values);
        self
    }

    /// Only jobs with one of these start modes; none is no filter.
    pub fn start_mode(mut self, values: impl IntoIterator<Item = StartMode>) -> Self {
        self.start_modes = FacetSet::new(values);
        self
    }

    /// Only jobs in one of these states; none is no filter.
    pub fn status(mut self, values: impl IntoIterator<Item = Status>) -> Self {
        self.statuses = FacetSet::new(values);
        self
    }

    /// Only jobs created within this range, as exact as their creation times. A range that ends before it starts is an
    /// error when the query runs; one that holds no instant is an empty list.
    pub fn created(mut self, range: impl RangeBounds<DateTime<Utc>>) -> Self {
        self.created = (range.start_bound().cloned(), range.end_bound().cloned());
        self
    }

    /// Only jobs whose ID is this text or whose name matches it. Empty or only white space is no filter.
    pub fn keyword(mut self, keyword: impl Into<String>) -> Self {
        self.keyword = Some(keyword.into());
        self
    }

    /// Which matches of the keyword count; [`Matching::Closest`] unless set.
    pub fn matching(mut self, matching: Matching) -> Self {
        self.matching = matching;
        self
    }

    /// The order; [`SortOrder::Desc`], newest first, unless set.
    pub fn sort(mut self, sort: SortOrder) -> Self {
        self.sort = sort;
        self
    }

    /// Which page, from 1, instead of a cursor. A page past the end is empty and has the right total.
    pub fn page_no(mut self, page_no: u64) -> Self {
        self.start = PageStart::No(page_no);
        self
    }

    /// How many jobs a page holds, 1 to 100; 10 unless set.
    pub fn page_size(mut self, page_size: u32) -> Self {
        self.page_size = page_size;
        self
    }

    /// The page behind this cursor, instead of a page number.
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
