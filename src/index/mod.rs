//! Rows, never jobs: every structure that finds jobs by what they are.
//!
//! All of them share their parts between clones, and what a write beside a snapshot touches is copied: 10 KB for a status
//! change at a million jobs.

pub(crate) mod bitmap;
pub(crate) mod buckets;
pub(crate) mod cell;
pub(crate) mod facets;
pub(crate) mod hashing;
pub(crate) mod ids;
pub(crate) mod journal;
pub(crate) mod names;
pub(crate) mod postings;
pub(crate) mod record;
pub(crate) mod row;
pub(crate) mod shared_vec;
pub(crate) mod slab;
pub(crate) mod tally;
pub(crate) mod timeline;
