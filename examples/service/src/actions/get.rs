//! `GetLiveTranscodeJob`.

use jobdex::wire::ApiError;
use serde::Serialize;

use super::json;
use crate::errors::Refusal;
use crate::job::LiveJob;
use crate::params::Params;
use crate::state::State;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a> {
    request_id: &'a str,
    job: &'a LiveJob,
}

/// Returns one job, with the same fields as in a list.
pub(super) fn answer(state: &State, params: &Params<'_>, request_id: &str) -> Result<Vec<u8>, Refusal> {
    let job_id = params.need("JobId")?;
    let snapshot = state.readable()?;
    let job = snapshot.get(&job_id).ok_or(ApiError::JobNotFound)?;
    Ok(json(&Answer { request_id, job }))
}
