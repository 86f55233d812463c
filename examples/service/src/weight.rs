//! The memory that a job takes, estimated from its texts.
//!
//! ```text
//! bytes = JOB + all texts + NAME × bytes of the name
//! ```
//! The index holds the letters of a name in several forms, so a byte of a name costs more than one of an address. The
//! estimate need not be exact: it bounds what many long jobs can take, which a count of jobs does not.

use crate::job::LiveJob;

/// Bytes of a job with empty texts: the record, its row in every list, and what the allocator adds.
const JOB: usize = 700;

/// Bytes that the index needs for a byte of a name.
const NAME: usize = 12;

/// About how many bytes of memory the job takes.
pub(crate) fn bytes(job: &LiveJob) -> usize {
    let job = &job.shown;
    let streams: usize =
        job.output_stream.stream_infos.iter().map(|info| info.r#type.len() + info.output_url.len()).sum();
    let own =
        [&job.job_id, &job.template_id, &job.template_name, &job.stream_input.r#type, &job.stream_input.input_url];
    JOB + job.name.len() * (1 + NAME) + own.map(String::len).iter().sum::<usize>() + streams
}
