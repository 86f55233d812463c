//! What a query answers.

use std::sync::Arc;

use crate::job::Job;
use crate::query::{Cursor, MatchLevel};

/// One page of a list.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page<J = Job> {
    /// The jobs of this page in the order asked for, shared with the store, not copied.
    pub jobs: Vec<Arc<J>>,
    /// How many jobs match in all, before paging. Always exact.
    pub total_count: u64,
    /// The rung at which the keyword matched in this store, under any filter; `None` without a keyword, and where it
    /// matches no job at all.
    pub match_level: Option<MatchLevel>,
    /// Where the next page begins; `None` on the last one.
    pub next: Option<Cursor>,
}
