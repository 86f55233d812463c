//! jobdex: an embeddable in-memory query engine for job lists.

pub mod limits;

mod index;
mod job;

pub use job::{Facet, Job, JobRecord, OutputStream, StartMode, Status, StreamInfo, StreamInput, TemplateType};
