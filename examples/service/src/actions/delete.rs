//! `DeleteLiveTranscodeJob`.

use super::done;
use crate::errors::Refusal;
use crate::params::Params;
use crate::state::State;

/// Removes a job in any status. The API reference names no status that forbids it.
pub(super) async fn answer(state: &State, params: &Params<'_>, request_id: &str) -> Result<Vec<u8>, Refusal> {
    state.delete(&params.need("JobId")?).await?;
    Ok(done(request_id))
}
