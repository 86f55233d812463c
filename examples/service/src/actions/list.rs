//! `ListLiveTranscodeJobs`.

use std::io::Write;

use jobdex::wire::ListLiveTranscodeJobsRequest;

use crate::errors::Refusal;
use crate::params::Params;
use crate::state::State;

/// The approximate length of the JSON without its jobs, and of each job.
const HEAD_BYTES: usize = 128;
const JOB_BYTES: usize = 512;

/// Returns one page. No job is copied, and the JSON of a job that was listed lately is used again.
pub(super) fn answer(state: &State, params: &Params<'_>, request_id: &str) -> Result<Vec<u8>, Refusal> {
    let query = ListLiveTranscodeJobsRequest::from_query_string(params.encoded())?.to_query()?;
    let page = state.readable()?.list(&query)?;
    let mut json = Vec::with_capacity(HEAD_BYTES + page.jobs.len() * JOB_BYTES);
    let total = page.total_count;
    // A request ID has letters, digits and hyphens, so it needs no escapes.
    write!(json, "{{\"RequestId\":\"{request_id}\",\"TotalCount\":{total},\"JobList\":[")
        .expect("a Vec takes any bytes");
    for (place, job) in page.jobs.iter().enumerate() {
        if place > 0 {
            json.push(b',');
        }
        state.shown().write(job, &mut json);
    }
    json.extend_from_slice(b"]}");
    Ok(json)
}
