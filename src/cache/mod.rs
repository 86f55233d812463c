//! What broad keywords leave behind for the next request, and how it stays true while the store is written.

pub(crate) mod keywords;
mod refresh;
pub(crate) mod tally;
