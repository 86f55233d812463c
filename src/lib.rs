//! jobdex: an embeddable in-memory query engine for job lists.
#![allow(dead_code, unused)]

pub mod error;
pub mod limits;

mod exec;
mod index;
mod job;
mod query;

pub use exec::{FacetCounts, Page, ValueCounts};
pub use job::{Facet, Job, JobRecord, OutputStream, StartMode, Status, StreamInfo, StreamInput, TemplateType};
pub use query::{Cursor, ListQuery, MatchLevel, Matching, SortOrder};
