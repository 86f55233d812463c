//! An embeddable in-memory query engine for job lists.
//!
//! A service keeps its jobs in a [`JobStore`] and answers list requests from it. The jobs are those of an API for
//! live-transcode jobs, or any [`Record`] of the service's own. A request filters by facets, labels and creation time, and by
//! a keyword with typos. It gets any page in order of creation time, and the exact total.
//!
//! No request walks over all jobs. Filters and pages take about a microsecond at any depth. The time of a keyword grows with
//! the number of jobs that have the words it matches.
//!
//! ```
//! use jobdex::{Job, JobStore, ListQuery, Status};
//!
//! let mut store = JobStore::new();
//! let job: Job = serde_json::from_str(
//!     r#"{"Name":"Harbour News","JobId":"a046","TemplateType":"normal","TemplateId":"t1",
//!         "TemplateName":"HD","StartMode":0,"Status":1,
//!         "StreamInput":{"Type":"rtmp","InputUrl":"rtmp://in/live/1"},
//!         "OutputStream":{"StreamInfos":[]},"CreateTime":"2022-07-20T02:48:58Z"}"#,
//! )?;
//! store.insert(job)?;
//!
//! // "habrour" has a typo.
//! let query = ListQuery::new().status(Status::Running).keyword("habrour").page_size(20);
//! let page = store.list(&query)?;
//! assert_eq!((page.total_count, page.jobs[0].name.as_str()), (1, "Harbour News"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where to go on
//!
//! | to | read |
//! |---|---|
//! | fill and change a store | [`JobStore`]; [`Record`] and [`docs::your_own_record`] to keep a struct of your own |
//! | ask | [`ListQuery`], [`Page`], and [`Snapshot`], which has every way to read; [`request`], [`answer`], [`explain`] |
//! | share a store between threads | [`SharedJobStore`], [`Reader`], [`docs::sharing`] |
//! | follow its changes, or one list of it | [`changes::ChangeFeed`], [`changes::ListWatch`] |
//! | speak the API's JSON, query strings and errors | [`wire`] |
//! | know exactly what a request answers | [`docs::semantics`] |
//! | know how it works and what it costs | [`docs::architecture`], [`docs::performance`] |
//! | know what it does not do | [`docs::limits`], with the numbers in [`limits`] |
//!
//! The feature `stream` makes change feeds and list watches a `Stream` for the tasks of any runtime. The feature `durable` adds
//! a store that keeps its jobs in a file. The feature `postgres` adds a store that follows a table of `PostgreSQL`.
//!
//! The crate has no `unsafe` code. Without the features `durable` and `postgres`, it starts no thread and opens no file or connection. Invalid input returns an error of [`mod@error`] and
//! leaves the store unchanged.

pub mod docs;
pub mod error;
pub mod limits;

mod bits;
mod cache;
#[cfg(feature = "durable")]
pub mod durable;
mod exec;
#[cfg(feature = "postgres")]
pub mod follow;
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

pub use exec::Page;
pub use job::{Dyn, Facet, Job, JobRecord, Record, Schema, StartMode, Status, TemplateType};
pub use query::{ListQuery, SortOrder};
pub use shared::{Reader, SharedJobStore};
pub use store::{JobStore, Snapshot};

pub mod record {
    //! The parts of a [`Job`](crate::Job), and the facets of any [`Record`](crate::Record) together.
    pub use crate::job::{Facets, Has, LiveFacets, OutputStream, StreamInfo, StreamInput, TypedFacets};
}

pub mod request {
    //! The parts of a [`ListQuery`](crate::ListQuery): the values of a filter, how a keyword may match, and where a page
    //! begins.
    pub use crate::query::{Cursor, LabelValues, MatchLevel, Matching, QueryParts, Values};
}

pub mod answer {
    //! The answers of a store beside a [`Page`](crate::Page): facet counts, label counts, corrections, highlights and
    //! suggestions.
    pub use crate::exec::{Correction, Highlight, LabelCount, Suggestion};
    pub use crate::job::{CountsByFacet, FacetCounts, ValueCounts};
}

pub mod explain {
    //! The explanation of an answer: the access path that ran, and estimated and actual counts.
    pub use crate::plan::{AccessPath, Explanation, PathEstimate, WordExplanation};
}

pub mod changes {
    //! The changes of a [`SharedJobStore`](crate::SharedJobStore): single changes and commits, feeds of all changes, and
    //! watches of one list; and the counts of [`JobStore::reconcile`](crate::JobStore::reconcile).
    pub use crate::shared::{ChangeFeed, ListChange, ListEvent, ListWatch};
    pub use crate::store::{Change, Changes, Commit, IntoChanges, Reconciled};
}

// The paths of the first edition. They compile as ever; the pages of these types stand in the modules above.
#[doc(hidden)]
pub use {answer::*, changes::*, explain::*, record::*, request::*};

/// The code that [`facet!`] calls in other crates.
#[doc(hidden)]
pub mod __facet {
    pub use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub use crate::job::{deserialize, parse_value, serialize};
}

/// The examples of the README, run as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
