//! `SendLiveTranscodeJobCommand`.

use super::done;
use crate::errors::{Refusal, invalid};
use crate::params::Params;
use crate::state::State;

/// Stops a running job. `stop` is the only command.
pub(super) async fn answer(state: &State, params: &Params<'_>, request_id: &str) -> Result<Vec<u8>, Refusal> {
    let job_id = params.need("JobId")?;
    if params.need("Command")? != "stop" {
        return Err(invalid("Command", "command must be stop").into());
    }
    state.stop(&job_id).await?;
    Ok(done(request_id))
}
