//! The parts of a query, for reading: a console shows its own state, a log records it, and a link contains it.

use chrono::{DateTime, Utc};
use std::ops::Bound;

use super::{Cursor, ListQuery, Matching, PageStart, SortOrder};
use crate::job::{Facet, Has, LiveFacets, StartMode, Status, TemplateType};

/// Every value that a request of the API may set on a [`ListQuery`], unchecked. [`ListQuery::parts`] returns it. Values
/// that a query excludes, and conditions on labels, are not among them.
///
/// ```
/// use jobdex::{ListQuery, SortOrder, Status};
///
/// let query =
///     ListQuery::new().status([Status::Running, Status::Pending]).keyword(" news ").page_no(3);
/// let parts = query.parts();
/// assert_eq!(parts.statuses, [Status::Pending, Status::Running]);
/// assert_eq!((parts.keyword, parts.page_no, parts.after), (Some(" news "), Some(3), None));
/// assert_eq!((parts.sort, parts.page_size), (SortOrder::Desc, 10));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueryParts<'q> {
    /// The template types of the filter, in the order of their numbers; empty for no filter.
    pub template_types: Vec<TemplateType>,
    /// The start modes of the filter, in the order of their numbers; empty for no filter.
    pub start_modes: Vec<StartMode>,
    /// The statuses of the filter, in the order of their numbers; empty for no filter.
    pub statuses: Vec<Status>,
    /// The range of creation times.
    pub created: (Bound<DateTime<Utc>>, Bound<DateTime<Utc>>),
    /// The keyword, neither trimmed nor checked.
    pub keyword: Option<&'q str>,
    /// The matches of the keyword that count.
    pub matching: Matching,
    /// The order.
    pub sort: SortOrder,
    /// The page number; `None` if a cursor replaces it.
    pub page_no: Option<u64>,
    /// The cursor; `None` if a page number replaces it.
    pub after: Option<&'q Cursor>,
    /// The most jobs on a page.
    pub page_size: u32,
}

impl ListQuery {
    /// The values of this query. One method returns them all, because the setters have the names of getters.
    pub fn parts(&self) -> QueryParts<'_> {
        let asked = &self.asked;
        let (page_no, after) = match &asked.start {
            PageStart::No(page_no) => (Some(*page_no), None),
            PageStart::After(cursor) => (None, Some(cursor)),
        };
        QueryParts {
            template_types: self.wanted(),
            start_modes: self.wanted(),
            statuses: self.wanted(),
            created: asked.created,
            keyword: asked.keyword.as_deref(),
            matching: asked.matching,
            sort: asked.sort,
            page_no,
            after,
            page_size: asked.page_size,
        }
    }

    /// The values that the filter on a facet accepts.
    fn wanted<V: Facet, P>(&self) -> Vec<V>
    where
        LiveFacets: Has<V, P>,
    {
        self.asked.facets.wanted(<LiveFacets as Has<V, P>>::PLACE).iter().map(V::from_ordinal).collect()
    }
}
