//! `ListLiveTranscodeJobs`.

use jobdex::wire::{ListLiveTranscodeJobsRequest, ListLiveTranscodeJobsResponse};

use super::json;
use crate::errors::Refusal;
use crate::params::Params;
use crate::state::State;

/// One page. The JSON is written straight from the jobs that the page shares with the store.
pub(super) fn answer(state: &State, params: &Params<'_>, request_id: &str) -> Result<Vec<u8>, Refusal> {
    let query = ListLiveTranscodeJobsRequest::from_query_string(params.encoded())?.to_query()?;
    let page = state.snapshot().list(&query)?;
    Ok(json(&ListLiveTranscodeJobsResponse::new(page, request_id)))
}
