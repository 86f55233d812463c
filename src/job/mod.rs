//! The record as the API shows it, the small trait by which a service keeps its own struct instead, and the facets.
//!
//! Nothing here knows of rows or queries. Everything below reads a record through [`JobRecord`] alone.

mod facet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use facet::{Facet, StartMode, Status, TemplateType};

/// What the engine reads of a record: a service implements this for its own struct and keeps that in the store.
///
/// The answers of a stored record must not change while it is stored (no interior mutability behind them): they are
/// where the indexes keep it. Change a record through `update` or `upsert`.
///
/// ```
/// use chrono::{DateTime, Utc};
/// use jobdex::{JobRecord, StartMode, Status, TemplateType};
///
/// struct Encoder { id: String, title: String, live: bool, since: DateTime<Utc> }
///
/// impl JobRecord for Encoder {
///     fn job_id(&self) -> &str { &self.id }
///     fn name(&self) -> &str { &self.title }
///     fn template_type(&self) -> TemplateType { TemplateType::Normal }
///     fn start_mode(&self) -> StartMode { StartMode::Immediate }
///     fn status(&self) -> Status { if self.live { Status::Running } else { Status::Stopped } }
///     fn create_time(&self) -> DateTime<Utc> { self.since }
/// }
/// ```
pub trait JobRecord {
    /// The unique ID: 1 to [`JOB_ID_BYTES_MAX`](crate::limits::JOB_ID_BYTES_MAX) bytes.
    fn job_id(&self) -> &str;
    /// The name that keywords match: at most [`NAME_BYTES_MAX`](crate::limits::NAME_BYTES_MAX) bytes, empty allowed.
    fn name(&self) -> &str;
    /// The first facet.
    fn template_type(&self) -> TemplateType;
    /// The second facet.
    fn start_mode(&self) -> StartMode;
    /// The third facet.
    fn status(&self) -> Status;
    /// The time that orders lists; equal times are ordered by ID.
    fn create_time(&self) -> DateTime<Utc>;
}

/// A live-transcode job as `ListLiveTranscodeJobs` shows it; serializes to exactly that JSON.
///
/// ```
/// let text = r#"{"Name":"mytask","JobId":"a046","TemplateType":"normal","TemplateId":"t1","TemplateName":"模板1",
///     "StartMode":0,"Status":1,"StreamInput":{"Type":"rtmp","InputUrl":"rtmp://in/app/s"},
///     "OutputStream":{"StreamInfos":[{"Type":"rtmp","OutputUrl":"rtmp://out/app/s"}]},
///     "CreateTime":"2022-07-20T02:48:58Z"}"#;
/// let job: jobdex::Job = serde_json::from_str(text)?;
/// assert_eq!(job.status, jobdex::Status::Running);
/// assert!(serde_json::to_string(&job)?.ends_with(r#""CreateTime":"2022-07-20T02:48:58Z"}"#));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Job {
    /// The name that people gave it.
    pub name: String,
    /// The unique ID.
    pub job_id: String,
    /// What its template makes of the stream.
    pub template_type: TemplateType,
    /// The template's ID.
    pub template_id: String,
    /// The template's name.
    pub template_name: String,
    /// How it starts.
    pub start_mode: StartMode,
    /// Where it is in its life.
    pub status: Status,
    /// Where the stream comes from.
    pub stream_input: StreamInput,
    /// Where the transcoded streams go.
    pub output_stream: OutputStream,
    /// When it was made: RFC 3339 in UTC on the wire, to the second, with a fraction only where there is one. For years
    /// that RFC 3339 does not have, see the [limits](crate::docs::limits#times).
    #[serde(with = "create_time")]
    pub create_time: DateTime<Utc>,
}

/// Where a job's stream comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StreamInput {
    /// The protocol, such as `rtmp`.
    pub r#type: String,
    /// The address it is pulled from.
    pub input_url: String,
}

/// Where a job's transcoded streams go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct OutputStream {
    /// One entry a stream.
    pub stream_infos: Vec<StreamInfo>,
}

/// One transcoded stream.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StreamInfo {
    /// The protocol, such as `rtmp`.
    pub r#type: String,
    /// The address it is pushed to.
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

/// RFC 3339 in UTC, `2022-07-20T02:48:58Z`; a fraction that was given is kept. The years that RFC 3339 does not have are
/// written as ISO 8601 expands them, `+10000-01-01T00:00:00Z`, and read in exactly that form.
mod create_time {
    use std::fmt;

    use chrono::{DateTime, SecondsFormat, Utc};
    use serde::de::{self, Unexpected, Visitor};
    use serde::{Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(time: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&text_of(*time))
    }

    fn text_of(time: DateTime<Utc>) -> String {
        time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
        deserializer.deserialize_str(CreateTime)
    }

    struct CreateTime;

    impl Visitor<'_> for CreateTime {
        type Value = DateTime<Utc>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an RFC 3339 time such as 2022-07-20T02:48:58Z for CreateTime")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<DateTime<Utc>, E> {
            let time = DateTime::parse_from_rfc3339(text).map(|time| time.to_utc()).ok();
            // Only what is written here: chrono's own reader takes many forms.
            let expanded = || text.parse().ok().filter(|&time| text_of(time) == text);
            time.or_else(expanded).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
        }
    }
}
