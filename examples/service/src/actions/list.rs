//! `ListLiveTranscodeJobs`.

use jobdex::wire::{ListLiveTranscodeJobsRequest, ListLiveTranscodeJobsResponse};

use super::json_sized;
use crate::errors::Refusal;
use crate::params::Params;
use crate::state::State;

/// What the JSON of an answer takes about, without its jobs and for each job.
const HEAD_BYTES: usize = 128;
const JOB_BYTES: usize = 512;

/// One page. The JSON is written straight from the jobs that the page shares with the store.
pub(super) fn answer(state: &State, params: &Params<'_>, request_id: &str) -> Result<Vec<u8>, Refusal> {
    let query = ListLiveTranscodeJobsRequest::from_query_string(params.encoded())?.to_query()?;
    let page = state.snapshot().list(&query)?;
    let bytes = HEAD_BYTES + page.jobs.len() * JOB_BYTES;
    Ok(json_sized(&ListLiveTranscodeJobsResponse::new(page, request_id), bytes))
}
