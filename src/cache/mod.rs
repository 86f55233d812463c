//! The keyword cache: rows of broad keywords for the next request, and how they stay true while the store is written.

pub(crate) mod keywords;
mod refresh;
pub(crate) mod tally;
