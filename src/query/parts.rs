//! What was asked, to be read again: for a console that shows its own state, for logs, for links.

use chrono::{DateTime, Utc};
use std::ops::Bound;

use super::{Cursor, ListQuery, Matching, PageStart, SortOrder};
use crate::job::{StartMode, Status, TemplateType};

/// Everything that a [`ListQuery`] was told, as it was told, unchecked. Made by [`ListQuery::parts`].
///
/// ```
/// use jobdex::{ListQuery, SortOrder, Status};
///
/// let query = ListQuery::new().status([Status::Running, Status::Pending]).keyword(" news ").page_no(3);
/// let parts = query.parts();
/// assert_eq!(parts.statuses, [Status::Pending, Status::Running]);
/// assert_eq!((parts.keyword, parts.page_no, parts.after), (Some(" news "), Some(3), None));
/// assert_eq!((parts.sort, parts.page_size), (SortOrder::Desc, 10));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueryParts<'q> {
    /// The template types asked for, in the order of their numbers; none for no filter.
    pub template_types: Vec<TemplateType>,
    /// The start modes asked for, likewise.
    pub start_modes: Vec<StartMode>,
    /// The states asked for, likewise.
    pub statuses: Vec<Status>,
    /// From where to where the creation time may be.
    pub created: (Bound<DateTime<Utc>>, Bound<DateTime<Utc>>),
    /// The keyword as it came, neither trimmed nor checked.
    pub keyword: Option<&'q str>,
    /// Which matches of the keyword count.
    pub matching: Matching,
    /// The order.
    pub sort: SortOrder,
    /// The page number; `None` where a cursor stands in its place.
    pub page_no: Option<u64>,
    /// The cursor; `None` where a page number stands in its place.
    pub after: Option<&'q Cursor>,
    /// How many jobs a page holds.
    pub page_size: u32,
}

impl ListQuery {
    /// What this query asks for, to be read. The setters have the names that getters would have.
    pub fn parts(&self) -> QueryParts<'_> {
        let (page_no, after) = match &self.start {
            PageStart::No(page_no) => (Some(*page_no), None),
            PageStart::After(cursor) => (None, Some(cursor)),
        };
        QueryParts {
            template_types: self.template_types.values().collect(),
            start_modes: self.start_modes.values().collect(),
            statuses: self.statuses.values().collect(),
            created: self.created,
            keyword: self.keyword.as_deref(),
            matching: self.matching,
            sort: self.sort,
            page_no,
            after,
            page_size: self.page_size,
        }
    }
}
