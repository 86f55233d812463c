//! The rows of the table: a job with its times and its marks, in the form that the script reads.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use jobdex::limits::PAGE_SIZE_MAX;
use jobdex::wire::ApiError;
use jobdex::{Job, Snapshot};
use serde::Serialize;

use super::marks::Marked;
use crate::errors::{Refusal, invalid};
use crate::job::LiveJob;
use crate::params::Params;

/// A row of the table.
#[derive(Debug, PartialEq)]
pub(super) struct Row {
    pub(super) job: Arc<LiveJob>,
    pub(super) marked: Marked,
}

impl Row {
    /// The row of the job with exactly this ID, without marks; `None` if there is no such job.
    pub(super) fn find(snapshot: &Snapshot<LiveJob>, job_id: &str) -> Option<Self> {
        let job = Arc::clone(snapshot.get(job_id)?);
        let marked = Marked::plain(&job.shown.name);
        Some(Self { job, marked })
    }
}

/// The rows of the jobs with these IDs, in their order; `None` for a job that does not exist. The page asks for jobs
/// that it still shows although they have left its list.
pub(super) fn find_all(snapshot: &Snapshot<LiveJob>, ids: &[String]) -> Vec<Option<Row>> {
    ids.iter().map(|job_id| Row::find(snapshot, job_id)).collect()
}

/// Reads `ids`: a JSON list of texts.
///
/// # Errors
/// The value is not such a list, or has more IDs than a page has jobs.
pub(super) fn ids(params: &Params<'_>) -> Result<Vec<String>, Refusal> {
    let Some(text) = params.get("ids")? else { return Ok(Vec::new()) };
    let ids: Vec<String> =
        serde_json::from_str(&text).map_err(|_| invalid("ids", "value must be a JSON list of texts"))?;
    if ids.len() > PAGE_SIZE_MAX as usize {
        return Err(too_many().into());
    }
    Ok(ids)
}

fn too_many() -> ApiError {
    invalid("ids", format!("number of IDs must be at most {PAGE_SIZE_MAX}"))
}

#[derive(Serialize)]
struct Members<'a> {
    #[serde(flatten)]
    job: &'a Job,
    #[serde(rename = "Times")]
    times: Option<[DateTime<Utc>; 2]>,
    #[serde(flatten)]
    marked: &'a Marked,
}

impl Serialize for Row {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let LiveJob { shown, times } = &*self.job;
        let times = times.map(|times| [times.start, times.end]);
        Members { job: shown, times, marked: &self.marked }.serialize(serializer)
    }
}
