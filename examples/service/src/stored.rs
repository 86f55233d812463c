//! The forms of a job outside of memory: bytes in the file, and a line of JSON for other programs.
//!
//! ```text
//! in the file: start i64 | end i64 | the job in the library's compact form     a start of i64::MIN: no times
//! a line:      the fields that the API shows, and TimedConfig as in a submission
//! ```

use chrono::{DateTime, Utc};
use jobdex::Job;
use jobdex::durable::{Codec, CompactJob, DecodeError, EncodeError};
use serde::{Deserialize, Serialize};

use crate::job::{LiveJob, Times};

/// The form of a job in the file.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CompactLiveJob;

/// The start of a job without times. No time of the calendar is that early.
const NO_TIMES: i64 = i64::MIN;

impl Codec<LiveJob> for CompactLiveJob {
    const NAME: &'static str = "compact live job";
    const FORMAT: u16 = 1;

    fn encode(&self, job: &LiveJob, to: &mut Vec<u8>) -> Result<(), EncodeError> {
        let (start, end) = job.times.map_or((NO_TIMES, 0), |t| (t.start.timestamp(), t.end.timestamp()));
        to.extend(start.to_le_bytes());
        to.extend(end.to_le_bytes());
        CompactJob.encode(&job.shown, to)
    }

    fn decode(&self, bytes: &[u8], _format: u16) -> Result<LiveJob, DecodeError> {
        let cut = || DecodeError::malformed("the record ends within its times");
        let (start, rest) = bytes.split_first_chunk().ok_or_else(cut)?;
        let (end, rest) = rest.split_first_chunk().ok_or_else(cut)?;
        let start = i64::from_le_bytes(*start);
        let times = (start != NO_TIMES).then(|| times(start, i64::from_le_bytes(*end))).transpose()?;
        Ok(LiveJob { shown: CompactJob.decode(rest, <CompactJob as Codec<Job>>::FORMAT)?, times })
    }
}

fn times(start: i64, end: i64) -> Result<Times, DecodeError> {
    let time = |seconds| DateTime::from_timestamp(seconds, 0);
    let times = time(start).zip(time(end)).filter(|(start, end)| start < end);
    let (start, end) = times.ok_or_else(|| DecodeError::malformed("the end is not after the start"))?;
    Ok(Times { start, end })
}

/// The form of a job on a line. The `list` example reads it too, without the times. A scheduled job of another program may
/// have no times; it keeps its status.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct JobLine {
    #[serde(flatten)]
    shown: Job,
    #[serde(rename = "TimedConfig", default, skip_serializing_if = "Option::is_none")]
    times: Option<TimesOnLine>,
}

/// The times on a line, checked while they are read.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "RawTimes", into = "RawTimes")]
struct TimesOnLine(Times);

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawTimes {
    start_time: DateTime<Utc>,
    end_time: DateTime<Utc>,
}

impl TryFrom<RawTimes> for TimesOnLine {
    type Error = DecodeError;

    fn try_from(raw: RawTimes) -> Result<Self, DecodeError> {
        times(raw.start_time.timestamp(), raw.end_time.timestamp()).map(Self)
    }
}

impl From<TimesOnLine> for RawTimes {
    fn from(TimesOnLine(times): TimesOnLine) -> Self {
        Self { start_time: times.start, end_time: times.end }
    }
}

impl From<&LiveJob> for JobLine {
    fn from(job: &LiveJob) -> Self {
        Self { shown: job.shown.clone(), times: job.times.map(TimesOnLine) }
    }
}

impl From<JobLine> for LiveJob {
    fn from(line: JobLine) -> Self {
        Self { shown: line.shown, times: line.times.map(|TimesOnLine(times)| times) }
    }
}
