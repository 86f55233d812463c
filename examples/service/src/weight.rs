//! The memory that a job takes, estimated from its texts.
//!
//! ```text
//! bytes = JOB + all texts + ASCII × its bytes in the name + OTHER × all other bytes of the name
//! ```
//! The index holds the letters of a name in several forms, so a byte of a name costs more than one of an address, most of
//! all in scripts of many letters. The estimate need not be exact: it bounds what many long jobs can take, which a count
//! of jobs does not. A process for each kind of names showed how near it is:
//!
//! | names | estimate | measured |
//! |---|---:|---:|
//! | short | 988 | 1,017 |
//! | 1,000 bytes of random words | 13,301 | 15,157 |
//! | one word of 1,000 bytes | 13,834 | 11,924 |
//! | 333 random Chinese characters | 32,800 | 32,634 |

use crate::job::LiveJob;

/// Bytes of a job with empty texts: the record, its row in every list, and what the allocator adds.
const JOB: usize = 700;

/// Bytes that the index needs for an ASCII byte of a name, and for another.
const ASCII: usize = 12;
const OTHER: usize = 31;

/// About how many bytes of memory the job takes.
pub(crate) fn bytes(job: &LiveJob) -> usize {
    let job = &job.shown;
    let streams: usize =
        job.output_stream.stream_infos.iter().map(|info| info.r#type.len() + info.output_url.len()).sum();
    let own =
        [&job.job_id, &job.template_id, &job.template_name, &job.stream_input.r#type, &job.stream_input.input_url];
    let ascii = job.name.bytes().filter(u8::is_ascii).count();
    let index = ASCII * ascii + OTHER * (job.name.len() - ascii);
    JOB + job.name.len() + index + own.map(String::len).iter().sum::<usize>() + streams
}
