//! The record of the API, the traits for a service's own record, and the facets.
//!
//! This module knows no rows and no queries. The modules below read a record only through [`Record`].
//!
//! ```text
//! Facet ─> Facets: a tuple, LiveFacets or Dyn ─> Record
//!               └─> Schema: names and texts ─> Shape: numbers
//! ```

// The facets of any record, and their counts.
mod counts;
mod declare;
mod facet;
mod facets;
mod record;
mod schema;
mod shape;

// The job of the API.
pub(crate) mod create_time;
mod live;
mod read;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use counts::{CountsByFacet, FacetCounts, ValueCounts};
#[doc(hidden)]
pub use declare::{deserialize, serialize};
pub use facet::Facet;
#[doc(hidden)]
pub use facet::parse_value;
pub(crate) use facets::{FacetNumbers, checked_ordinal};
pub use facets::{Facets, Has, LiveFacets, TypedFacets};
pub use live::{StartMode, Status, TemplateType};
pub(crate) use read::NUMBER_KEY;
pub use record::{JobRecord, Record};
pub use schema::{Dyn, Schema};
pub(crate) use shape::{Ordinals, Shape};

/// A live-transcode job of `ListLiveTranscodeJobs`. It serializes to exactly the JSON of the API.
///
/// Reading accepts the JSON of other programs too:
///
/// * A text or a list that is absent or `null` is empty. The same holds for `StreamInput`, `OutputStream` and their
///   parts.
/// * `JobId`, `TemplateType`, `StartMode`, `Status` and `CreateTime` are required. An error about a field of the job
///   names the field, the job ID and the value, wherever the ID stands in the JSON. An error inside `StreamInput` or
///   `OutputStream` has only the message of serde and its position.
/// * `CreateTime` is RFC 3339, or one of the forms that `PostgreSQL` and Python print. See the
///   [limits](crate::docs::limits#times).
/// * Keys may have any order. Unknown keys are ignored, and a repeated key is an error.
///
/// ```
/// let text = r#"{"Name":"mytask","JobId":"a046","TemplateType":"normal","TemplateId":"t1",
///     "TemplateName":"模板1","StartMode":0,"Status":1,
///     "StreamInput":{"Type":"rtmp","InputUrl":"rtmp://in/app/s"},
///     "OutputStream":{"StreamInfos":[{"Type":"rtmp","OutputUrl":"rtmp://out/app/s"}]},
///     "CreateTime":"2022-07-20T02:48:58Z"}"#;
/// let job: jobdex::Job = serde_json::from_str(text)?;
/// assert_eq!(job.status, jobdex::Status::Running);
/// assert!(serde_json::to_string(&job)?.ends_with(r#""CreateTime":"2022-07-20T02:48:58Z"}"#));
///
/// let text = r#"{"Status":7,"StartMode":0,"TemplateType":"normal","Name":null,"JobId":"a046",
///     "CreateTime":"2022-07-20 04:48:58+02"}"#;
/// let error = serde_json::from_str::<jobdex::Job>(text).unwrap_err();
/// assert!(error.to_string().starts_with(
///     r#"Status of job "a046" must be 0 (not started), 1 (in progress) or 2 (stopped), got 7 at line 2 "#
/// ));
/// let job: jobdex::Job = serde_json::from_str(&text.replace(r#""Status":7"#, r#""Status":1"#))?;
/// assert_eq!((job.name.as_str(), job.template_id.as_str()), ("", ""));
/// assert!(serde_json::to_string(&job)?.ends_with(r#""CreateTime":"2022-07-20T02:48:58Z"}"#));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Job {
    /// The name that people gave the job.
    pub name: String,
    /// The unique ID.
    pub job_id: String,
    /// The kind of stream that the template produces.
    pub template_type: TemplateType,
    /// The template's ID.
    pub template_id: String,
    /// The template's name.
    pub template_name: String,
    /// The way the job starts.
    pub start_mode: StartMode,
    /// The status of the job.
    pub status: Status,
    /// The source of the stream.
    pub stream_input: StreamInput,
    /// The targets of the transcoded streams.
    pub output_stream: OutputStream,
    /// The creation time. On the wire it is RFC 3339 in UTC, to the second, with a fraction only if the time has one.
    /// For years that RFC 3339 does not have, see the [limits](crate::docs::limits#times).
    #[serde(serialize_with = "create_time::serialize")]
    pub create_time: DateTime<Utc>,
}

/// The source of a job's stream.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StreamInput {
    /// The protocol, such as `rtmp`.
    #[serde(default, deserialize_with = "read::or_empty")]
    pub r#type: String,
    /// The address that the stream is pulled from.
    #[serde(default, deserialize_with = "read::or_empty")]
    pub input_url: String,
}

/// The targets of a job's transcoded streams.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct OutputStream {
    /// One entry for each stream.
    #[serde(default, deserialize_with = "read::or_empty")]
    pub stream_infos: Vec<StreamInfo>,
}

/// One transcoded stream.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StreamInfo {
    /// The protocol, such as `rtmp`.
    #[serde(default, deserialize_with = "read::or_empty")]
    pub r#type: String,
    /// The address that the stream is pushed to.
    #[serde(default, deserialize_with = "read::or_empty")]
    pub output_url: String,
}

impl JobRecord for Job {
    fn job_id(&self) -> &str {
        &self.job_id
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn template_type(&self) -> TemplateType {
        self.template_type
    }

    fn start_mode(&self) -> StartMode {
        self.start_mode
    }

    fn status(&self) -> Status {
        self.status
    }

    fn create_time(&self) -> DateTime<Utc> {
        self.create_time
    }
}
