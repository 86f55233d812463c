//! `UpdateLiveTranscodeJob`.

use super::{done, submit, texts};
use crate::errors::Refusal;
use crate::job::LiveJob;
use crate::params::Params;
use crate::state::{State, check_changeable};

/// Renames a job in any status. Changes the stream, output or times of a scheduled job that has not started.
pub(super) async fn answer(state: &State, params: &Params<'_>, request_id: &str) -> Result<Vec<u8>, Refusal> {
    let job_id = params.need("JobId")?;
    let name = texts::name(params)?;
    let stream_input = texts::stream_input(params)?;
    let domain = texts::output_domain(params)?;
    let times = texts::times(params, state.now())?;
    let change = |job: &mut LiveJob| {
        if stream_input.is_some() || domain.is_some() || times.is_some() {
            check_changeable(job)?;
        }
        if let Some(name) = name {
            job.shown.name = name;
        }
        if let Some(stream_input) = stream_input {
            job.shown.stream_input = stream_input;
        }
        if let Some(domain) = domain {
            job.shown.output_stream = submit::output_stream(&domain, &job_id);
        }
        if let Some(times) = times {
            job.times = Some(times);
            job.settle(state.now());
        }
        Ok(())
    };
    state.update(&job_id, change).await?;
    Ok(done(request_id))
}
