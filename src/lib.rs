//! jobdex: an embeddable in-memory query engine for job lists.

pub mod docs;
pub mod error;
pub mod limits;

mod exec;
mod index;
mod job;
mod plan;
mod query;
mod store;
pub mod wire;

pub use exec::{Correction, FacetCounts, Highlight, Page, ValueCounts};
pub use job::{Facet, Job, JobRecord, OutputStream, StartMode, Status, StreamInfo, StreamInput, TemplateType};
pub use plan::{AccessPath, Explanation, PathEstimate};
pub use query::{Cursor, ListQuery, MatchLevel, Matching, QueryParts, SortOrder};
pub use store::{JobStore, Snapshot};
