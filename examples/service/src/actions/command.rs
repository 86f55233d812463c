//! `SendLiveTranscodeJobCommand`.

use super::done;
use crate::errors::{Refusal, invalid};
use crate::params::Params;
use crate::state::State;

/// Stops a running job, which is all that can be commanded.
pub(super) fn answer(state: &State, params: &Params<'_>, request_id: &str) -> Result<Vec<u8>, Refusal> {
    let job_id = params.need("JobId")?;
    if params.need("Command")? != "stop" {
        return Err(invalid("Command", "the only command is stop").into());
    }
    state.stop(&job_id)?;
    Ok(done(request_id))
}
