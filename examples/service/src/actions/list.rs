//! `ListLiveTranscodeJobs`.

use jobdex::wire::{ListLiveTranscodeJobsRequest, ListLiveTranscodeJobsResponse};

use super::json_sized;
use crate::errors::Refusal;
use crate::params::Params;
use crate::state::State;

/// The approximate length of the JSON without its jobs, and of each job.
const HEAD_BYTES: usize = 128;
const JOB_BYTES: usize = 512;

/// Returns one page. The page shares its jobs with the store, and no job is copied before serialization.
pub(super) fn answer(state: &State, params: &Params<'_>, request_id: &str) -> Result<Vec<u8>, Refusal> {
    let query = ListLiveTranscodeJobsRequest::from_query_string(params.encoded())?.to_query()?;
    let page = state.readable()?.list(&query)?;
    let bytes = HEAD_BYTES + page.jobs.len() * JOB_BYTES;
    Ok(json_sized(&ListLiveTranscodeJobsResponse::new(page, request_id), bytes))
}
