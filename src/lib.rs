//! An embeddable in-memory query engine for job lists.
//!
//! A service keeps its live-transcode jobs in a [`JobStore`] and answers list requests from it: filters by template type,
//! start mode, status and creation time, a keyword with typos, order by creation time, any page, and the exact total. No
//! request walks over all jobs: filters and pages take about a microsecond at any depth; a keyword's time grows with how many
//! jobs have the words it matches.
//!
//! ```
//! use jobdex::{Job, JobStore, ListQuery, MatchLevel, Status};
//!
//! let mut store = JobStore::new();
//! let job: Job = serde_json::from_str(r#"{"Name":"Harbour News","JobId":"a046","TemplateType":"normal","TemplateId":"t1",
//!     "TemplateName":"HD","StartMode":0,"Status":1,"StreamInput":{"Type":"rtmp","InputUrl":"rtmp://in/live/1"},
//!     "OutputStream":{"StreamInfos":[]},"CreateTime":"2022-07-20T02:48:58Z"}"#)?;
//! store.insert(job)?;
//! let page = store.list(&ListQuery::new().status(Status::Running).keyword("habrour").page_size(20))?;
//! assert_eq!((page.total_count, page.jobs[0].name.as_str()), (1, "Harbour News"));
//! assert_eq!(page.match_level, Some(MatchLevel::OneTypo));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where to go on
//!
//! | to | read |
//! |---|---|
//! | fill and change a store | [`JobStore`]; [`JobRecord`] to keep a struct of your own |
//! | ask | [`ListQuery`], [`Page`], [`Cursor`]; [`Snapshot`] has every way to read |
//! | speak the API's JSON, query strings and errors | [`wire`] |
//! | know what exactly a request answers | [`docs::semantics`] |
//! | know how it works and what it costs | [`docs::architecture`], [`docs::performance`] |
//! | know what it does not do | [`docs::limits`], with the numbers in [`limits`] |
//!
//! The crate has no `unsafe` code, starts no thread and opens no file. Input that it can't take is an error of
//! [`error`] and changes nothing.

pub mod docs;
pub mod error;
pub mod limits;

mod bits;
mod cache;
mod exec;
mod index;
mod job;
mod persist;
mod plan;
mod query;
mod rows;
mod shared;
mod store;
mod text;
pub mod wire;

pub use exec::{Correction, FacetCounts, Highlight, Page, ValueCounts};
pub use job::{Facet, Job, JobRecord, OutputStream, StartMode, Status, StreamInfo, StreamInput, TemplateType};
pub use plan::{AccessPath, Explanation, PathEstimate, WordExplanation};
pub use query::{Cursor, ListQuery, MatchLevel, Matching, QueryParts, SortOrder};
pub use shared::{ChangeFeed, ListChange, ListEvent, ListWatch, Reader, SharedJobStore};
pub use store::{Change, Changes, Commit, IntoChanges, JobStore, Snapshot};

/// The examples of the README, run as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
