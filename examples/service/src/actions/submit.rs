//! `SubmitLiveTranscodeJob`.

use jobdex::wire::ApiError;
use jobdex::{Job, OutputStream, StartMode, Status, StreamInfo};
use serde::Serialize;

use super::{json, texts};
use crate::errors::{Refusal, invalid, missing};
use crate::ids;
use crate::job::LiveJob;
use crate::params::Params;
use crate::state::State;
use crate::templates::Template;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a> {
    request_id: &'a str,
    job_id: &'a str,
}

/// Adds a job that starts at once or at its start time.
pub(super) async fn answer(state: &State, params: &Params<'_>, request_id: &str) -> Result<Vec<u8>, Refusal> {
    let job = job(state, params)?;
    let job_id = job.shown.job_id.clone();
    state.submit(job).await?;
    Ok(json(&Answer { request_id, job_id: &job_id }))
}

fn job(state: &State, params: &Params<'_>) -> Result<LiveJob, ApiError> {
    let now = state.now();
    let name = texts::name(params)?.ok_or_else(|| missing("Name"))?;
    let template = template(params)?;
    let start_mode = start_mode(params)?;
    let stream_input = texts::stream_input(params)?.ok_or_else(|| missing("StreamInput"))?;
    let domain = texts::output_domain(params)?.ok_or_else(|| missing("TranscodeOutput"))?;
    let times = match start_mode {
        // A job that starts at once has no times. The official client sends none, and any others are ignored.
        StartMode::Immediate => None,
        StartMode::Scheduled => Some(texts::times(params, now)?.ok_or_else(|| missing("TimedConfig"))?),
    };
    let job_id = ids::job_id();
    let shown = Job {
        name,
        output_stream: output_stream(&domain, &job_id),
        job_id,
        template_type: template.kind,
        template_id: template.id.to_owned(),
        template_name: template.name.to_owned(),
        start_mode,
        status: times.map_or(Status::Running, |times| times.status_at(now)),
        stream_input,
        create_time: now,
    };
    Ok(LiveJob { shown, times })
}

fn template(params: &Params<'_>) -> Result<&'static Template, ApiError> {
    let template_id = params.need("TemplateId")?;
    Template::find(&template_id).ok_or_else(|| invalid("TemplateId", "template does not exist"))
}

fn start_mode(params: &Params<'_>) -> Result<StartMode, ApiError> {
    match params.need("StartMode")?.as_ref() {
        "0" => Ok(StartMode::Immediate),
        "1" => Ok(StartMode::Scheduled),
        _ => Err(invalid("StartMode", "start mode must be 0 (immediate) or 1 (scheduled)")),
    }
}

/// The address from which the stream of a job can be played.
pub(super) fn output_stream(domain: &str, job_id: &str) -> OutputStream {
    let stream = StreamInfo { r#type: "rtmp".to_owned(), output_url: format!("rtmp://{domain}/live/{job_id}") };
    OutputStream { stream_infos: vec![stream] }
}
