//! The checks of a record before a write: its ID and the lengths of its texts.

use crate::error::{InsertError, TooLong};
use crate::job::JobRecord;
use crate::limits::{JOB_ID_BYTES_MAX, NAME_BYTES_MAX};

pub(super) fn check_new<J: JobRecord>(job: &J) -> Result<(), InsertError> {
    if job.job_id().is_empty() {
        return Err(InsertError::JobIdEmpty);
    }
    Ok(check_lengths(job)?)
}

pub(super) fn check_lengths<J: JobRecord>(job: &J) -> Result<(), TooLong> {
    check_length("job_id", job.job_id(), JOB_ID_BYTES_MAX)?;
    check_length("name", job.name(), NAME_BYTES_MAX)
}

fn check_length(field: &'static str, text: &str, limit: usize) -> Result<(), TooLong> {
    if text.len() > limit {
        return Err(TooLong { field, got: text.len(), limit });
    }
    Ok(())
}
