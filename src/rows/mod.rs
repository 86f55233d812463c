//! Row numbers and sets of them: posting lists and bitmaps.
//!
//! A row is where a job stands. Nothing here knows a job, a facet or a name.

pub(crate) mod bitmap;
pub(crate) mod bits;
pub(crate) mod list_filter;
pub(crate) mod postings;
pub(crate) mod row;
