//! Sends writes of all kinds. Each connection writes only to jobs that it has submitted.

use std::io;

use fastrand::Rng;

use crate::connection::{Connection, request};
use crate::report::Figures;
use crate::{Options, Pace};

/// The number of jobs of a connection from which it submits no more before it has deleted some.
const JOBS_MAX: usize = 500;

const INPUT: &str = r#"{"Type":"rtmp","InputUrl":"rtmp://push1.example.com/live/load"}"#;
const OUTPUT: &str = r#"{"Type":"LiveCenter","DomainName":"play1.example.com"}"#;

/// Writes at the given pace until the run is over, and then deletes the jobs that it submitted.
pub(crate) async fn write(options: Options, mut pace: Pace, number: u32) -> io::Result<Figures> {
    let mut connection = Connection::open(&options).await?;
    let mut figures = Figures::default();
    let mut rng = Rng::with_seed(options.seed ^ u64::from(number) << 32);
    let mut job_ids = Vec::new();
    while let Some(due) = pace.wait().await {
        let is_submission = job_ids.is_empty() || rng.u8(..4) == 0 && job_ids.len() < JOBS_MAX;
        let status = connection.send(&one(&mut rng, &mut job_ids, is_submission)).await?;
        figures.add(due.elapsed(), status == 200 || status == 409, connection.body_len());
        if is_submission && status == 200 {
            job_ids.extend(connection.json()?["JobId"].as_str().map(str::to_owned));
        }
    }
    for job_id in job_ids {
        connection.send(&request("DeleteLiveTranscodeJob", &[("JobId", &job_id)])).await?;
    }
    Ok(figures)
}

/// Makes one write. To stop a stopped job is refused with 409, which counts as an answer.
fn one(rng: &mut Rng, job_ids: &mut Vec<String>, is_submission: bool) -> Vec<u8> {
    let name = format!("Load Channel {}", rng.u32(..1000));
    if is_submission {
        let params = [
            ("Name", name.as_str()),
            ("TemplateId", "t-origin"),
            ("StartMode", "0"),
            ("StreamInput", INPUT),
            ("TranscodeOutput", OUTPUT),
        ];
        return request("SubmitLiveTranscodeJob", &params);
    }
    let place = rng.usize(..job_ids.len());
    match rng.u8(..4) {
        0 => request("DeleteLiveTranscodeJob", &[("JobId", &job_ids.swap_remove(place))]),
        1 => request("SendLiveTranscodeJobCommand", &[("JobId", &job_ids[place]), ("Command", "stop")]),
        _ => request("UpdateLiveTranscodeJob", &[("JobId", &job_ids[place]), ("Name", &name)]),
    }
}
