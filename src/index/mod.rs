//! Every structure that finds the rows of jobs by what the jobs are. The structures know rows and never a job.
//!
//! All of them share their parts between clones. A write beside a snapshot copies what it touches: 10 KB for a status change
//! at a million jobs.

pub(crate) mod cell;
pub(crate) mod facets;
pub(crate) mod job_ids;
pub(crate) mod labels;
pub(crate) mod names_by_row;
pub(crate) mod record;
pub(crate) mod timeline;
pub(crate) mod words;
