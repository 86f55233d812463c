//! Verification of an open store: all pages, all records, and the jobs in memory beside them.

use super::disk::DiskFile;
use super::error::{DecodeError, DiskError, VerifyError};
use super::line::CommitLine;
use super::stored::decoded;
use crate::job::{FacetNumbers, Record};
use crate::store::Snapshot;

/// Wrong records that an error names.
const NAMED_MAX: usize = 100;

/// A verification that found nothing wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct VerifyReport {
    /// The version of the store that was verified.
    pub version: u64,
    /// The records, which are as many as the jobs in memory.
    pub records: u64,
    /// The bytes of the stored records.
    pub record_bytes: u64,
    /// The bytes of the file.
    pub file_bytes: u64,
}

/// Verifies everything while no write runs.
pub(super) fn verify<J: Record + Send + Sync>(line: &CommitLine<J>) -> Result<VerifyReport, VerifyError> {
    line.shared.in_turn(|| {
        line.sync().map_err(|error| DiskError::clone(&error))?;
        let mut file = line.file_alone();
        let file = file.as_mut().ok_or(DiskError::Closed)?;
        let checked = file.check().map_err(VerifyError::from).and_then(|()| verify_records(line, file));
        if let Err(VerifyError::Damaged { reason }) = &checked {
            // A commit on top of it could make it worse.
            line.stop(DiskError::Damaged { reason: reason.clone() });
        }
        checked
    })
}

fn verify_records<J: Record + Send + Sync>(line: &CommitLine<J>, file: &DiskFile) -> Result<VerifyReport, VerifyError> {
    let (view, snapshot) = (file.view()?, line.shared.snapshot());
    let (mut records, mut record_bytes, mut count, mut first) = (0, 0, 0, Vec::new());
    view.visit(0..=u64::MAX, |key, stored| {
        records += 1;
        record_bytes += stored.len() as u64;
        if let Err(error) = verify_record(line, &snapshot, key, stored) {
            count += 1;
            if first.len() < NAMED_MAX {
                first.push((key, error));
            }
        }
        Ok::<(), DiskError>(())
    })?;
    if count > 0 {
        return Err(VerifyError::Records { count, first });
    }
    if records != snapshot.len() as u64 {
        let on_disk = usize::try_from(records).unwrap_or(usize::MAX);
        return Err(VerifyError::Differs { in_memory: snapshot.len(), on_disk });
    }
    Ok(VerifyReport { version: snapshot.version(), records, record_bytes, file_bytes: file.bytes_len() })
}

/// The record must be that of the job in memory, as far as a store reads records: two equal ones may differ in their bytes.
fn verify_record<J: Record + Send + Sync>(
    line: &CommitLine<J>,
    snapshot: &Snapshot<J>,
    key: u64,
    stored: &[u8],
) -> Result<(), DecodeError> {
    let job = decoded(line.codec(), key, stored)?;
    let in_memory = snapshot.get(job.job_id());
    let in_memory = in_memory.ok_or_else(|| DecodeError::malformed("no job in memory has the ID of the record"))?;
    let schema = snapshot.schema();
    let is_same = job.name() == in_memory.name()
        && job.create_time() == in_memory.create_time()
        && job.facets().ordinals(schema) == in_memory.facets().ordinals(schema)
        && sorted_labels(&job) == sorted_labels(in_memory.as_ref());
    if is_same { Ok(()) } else { Err(DecodeError::malformed("the job in memory is another one")) }
}

fn sorted_labels<J: Record>(job: &J) -> Vec<(&str, &str)> {
    let mut labels: Vec<(&str, &str)> = job.labels().collect();
    labels.sort_unstable();
    labels
}
