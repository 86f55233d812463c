//! The keyword cache: rows of broad keywords for the next request, their counts under the filters of queries, and how both
//! stay true while the store is written.

mod asked;
mod block_counts;
pub(crate) mod counts;
pub(crate) mod keywords;
mod refresh;

pub(crate) use block_counts::BlockCounts;
