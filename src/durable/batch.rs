//! The records that one write puts on disk, encoded.

use std::ops::Range;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread;

use super::codec::AnyCodec;
use super::error::EncodeError;
use super::keys::{DiskKey, JobKeys};
use super::stored::{CHECKSUM_LEN, record_checksum};
use crate::job::Record;
use crate::store::{Change, Snapshot};

/// Bytes that a put counts for beside its record.
const PUT_BYTES: usize = 64;

/// Changes that are worth a second thread: they take it some milliseconds, and to start it takes a tenth of one.
const CHANGES_FOR_THREADS: usize = 8_192;
/// More threads would only wait for memory.
const THREADS_MAX: usize = 8;

/// A job that can't be encoded, and the reason.
pub(super) type Unencodable = (String, EncodeError);

/// Encodes the changes of one write, with several threads if they are many. The batches have the changes in their order.
///
/// # Errors
/// As [`RecordBatch::encode`].
pub(super) fn encode_all<J: Record + Send + Sync>(
    changes: &[Change<J>],
    codec: &dyn AnyCodec<J>,
) -> Result<Vec<RecordBatch>, Unencodable> {
    if changes.len() < CHANGES_FOR_THREADS {
        return Ok(vec![RecordBatch::encode(changes, codec)?]);
    }
    let threads = thread::available_parallelism().map_or(1, usize::from).min(THREADS_MAX);
    let parts = changes.chunks(changes.len().div_ceil(threads));
    thread::scope(|scope| {
        let encoders: Vec<_> = parts.map(|part| scope.spawn(move || RecordBatch::encode(part, codec))).collect();
        // A codec that panics does so in its write.
        encoders.into_iter().map(|encoder| encoder.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    })
}

/// Gives changes their keys, which are those that were encoded to these batches, and the records their checksums.
pub(super) fn stamp_all<J>(batches: &mut [RecordBatch], mut changes: &[Change<J>], keys: &mut JobKeys) {
    for batch in &mut *batches {
        let (own, rest) = changes.split_at(batch.places.len());
        batch.keys = keys.apply(own);
        changes = rest;
    }
    match batches {
        [batch] => batch.seal(),
        batches => thread::scope(|scope| batches.iter_mut().for_each(|batch| drop(scope.spawn(|| batch.seal())))),
    }
}

/// Records in the order in which they were changed, all in one vector.
#[derive(Default)]
pub(super) struct RecordBatch {
    bytes: Vec<u8>,
    /// The place of the stored record of each change. `None` for a removed job.
    places: Vec<Option<Range<usize>>>,
    /// The keys, once the changes have them.
    keys: Vec<DiskKey>,
}

impl RecordBatch {
    /// Encodes changes. They have no keys and no checksums yet, so nothing needs to be undone if the codec fails.
    ///
    /// # Errors
    /// The ID of the job that can't be encoded, and the reason.
    fn encode<J: Record>(changes: &[Change<J>], codec: &dyn AnyCodec<J>) -> Result<Self, Unencodable> {
        let mut batch = Self { places: Vec::with_capacity(changes.len()), ..Self::default() };
        for change in changes {
            let place = match change.after() {
                Some(job) => Some(batch.push(job, codec).map_err(|error| (job.job_id().to_owned(), error))?),
                None => None,
            };
            batch.places.push(place);
        }
        Ok(batch)
    }

    fn push<J>(&mut self, job: &Arc<J>, codec: &dyn AnyCodec<J>) -> Result<Range<usize>, EncodeError> {
        let start = self.bytes.len();
        self.bytes.extend(codec.format().to_le_bytes());
        codec.encode(job, &mut self.bytes)?;
        self.bytes.extend([0; CHECKSUM_LEN]);
        Ok(start..self.bytes.len())
    }

    /// Puts the checksums to the records, which cover the keys.
    fn seal(&mut self) {
        for (key, place) in self.keys.iter().zip(&self.places) {
            if let Some(place) = place {
                let (body, checksum) = self.bytes[place.clone()].split_last_chunk_mut().expect("it was pushed");
                *checksum = record_checksum(key.get(), body);
            }
        }
    }

    /// About the memory that the batch takes.
    pub(super) fn weight(&self) -> usize {
        self.bytes.len() + self.places.len() * PUT_BYTES
    }

    fn puts(&self) -> impl Iterator<Item = (u64, Option<&[u8]>)> {
        let records = self.places.iter().map(|place| place.clone().map(|place| &self.bytes[place]));
        self.keys.iter().map(|key| key.get()).zip(records)
    }
}

/// The last record of each key, in ascending order of the keys. The batches are in the order of their writes.
pub(super) fn merged(batches: &[RecordBatch]) -> Vec<(u64, Option<&[u8]>)> {
    let mut puts: Vec<(u64, Option<&[u8]>)> = batches.iter().flat_map(RecordBatch::puts).collect();
    if puts.is_sorted_by(|a, b| a.0 < b.0) {
        return puts;
    }
    // Stable: of several records of a key, the last written comes last.
    puts.sort_by_key(|&(key, _)| key);
    puts.dedup_by(|later, earlier| {
        let is_same = later.0 == earlier.0;
        if is_same {
            *earlier = *later;
        }
        is_same
    });
    puts
}

/// The changes from one snapshot to another that was not made of it. Costs a look at each job.
pub(super) fn difference<J: Record>(before: &Snapshot<J>, after: &Snapshot<J>) -> Vec<Change<J>> {
    let gone =
        before.iter().filter(|job| after.get(job.job_id()).is_none()).map(|job| Change::Removed(Arc::clone(job)));
    let new = after.iter().filter_map(|job| match before.get(job.job_id()) {
        Some(same) if Arc::ptr_eq(same, job) => None,
        Some(earlier) => Some(Change::Updated { before: Arc::clone(earlier), after: Arc::clone(job) }),
        None => Some(Change::Inserted(Arc::clone(job))),
    });
    gone.chain(new).collect()
}
