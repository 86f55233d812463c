//! Opens a file: checks it, decodes its records on all cores, and builds the indexes by one load on two of them.

use std::ops::RangeInclusive;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

use super::codec::{AnyCodec, Codec};
use super::disk::{DiskFile, DiskView};
use super::error::{DecodeError, OpenError};
use super::keys::{DiskKey, JobKeys};
use super::line::CommitLine;
use super::options::{Check, DurableOptions, OpenProgress};
use super::stored::{FileHeader, decoded};
use crate::job::Record;
use crate::shared::SharedJobStore;
use crate::store::JobStore;

/// Keys of a piece that one thread reads at once. It bounds the steps of progress, too.
const PIECE_KEYS_MIN: u64 = 4_096;
/// Most pieces, also where few of many keys have a record.
const PIECES_MAX: u64 = 1_024;
/// More threads find nothing to do: what follows is the work of two.
const THREADS_MAX: usize = 8;

/// Opens a store by its file, which `open` gets ready for a header, and fills an empty store with its jobs.
pub(super) fn opened<J, C>(
    store: JobStore<J>,
    options: DurableOptions<C>,
    open: impl FnOnce(Check, usize, &[u8]) -> Result<DiskFile, OpenError>,
) -> Result<CommitLine<J>, OpenError>
where
    J: Record + Send + Sync + 'static,
    C: Codec<J>,
{
    let DurableOptions { durability, check, history_changes, cache_bytes, mut progress, codec } = options;
    if !store.is_empty() {
        return Err(OpenError::NotEmpty { jobs: store.len() });
    }
    let codec: Box<dyn AnyCodec<J>> = Box::new(codec);
    progress(OpenProgress::Checking);
    let file = open(check, cache_bytes, &FileHeader::new(&*codec).encoded())?;
    let view = file.view()?;
    let header = FileHeader::decoded(view.header())?;
    header.check(&*codec)?;
    let (store, keys) = filled(store, &view, &header, &*codec, &mut progress)?;
    drop(view);
    progress(OpenProgress::Ready);
    let shared = SharedJobStore::at_version(store, header.version, history_changes);
    Ok(CommitLine::new(shared, codec, durability, file, keys))
}

/// The store with the jobs of a file, and the keys of their records.
fn filled<J: Record + Send + Sync>(
    store: JobStore<J>,
    view: &DiskView,
    header: &FileHeader,
    codec: &dyn AnyCodec<J>,
    progress: &mut dyn FnMut(OpenProgress),
) -> Result<(JobStore<J>, JobKeys), OpenError> {
    let records = read(view, header.count, codec, progress)?;
    if records.len() as u64 != header.count {
        return Err(OpenError::damaged(format!("{} of {} records are there", records.len(), header.count)));
    }
    progress(OpenProgress::Indexing);
    let jobs: Vec<Arc<J>> = records.iter().map(|(_, job)| Arc::clone(job)).collect();
    let mut store = store.with_threads();
    let (extended, keys) = thread::scope(|scope| {
        let keys = scope.spawn(|| JobKeys::load(records.iter().map(|(key, job)| (*key, job))));
        (store.extend_shared(&jobs), keys.join().unwrap_or_else(|panic| resume_unwind(panic)))
    });
    extended.map_err(|error| {
        let (key, job) = &records[error.position];
        let job_id = Some(job.job_id().to_owned());
        OpenError::Record { key: key.get(), job_id, source: DecodeError::Refused(error.reason) }
    })?;
    Ok((store, keys))
}

/// A record and its key.
pub(super) type KeyedJob<J> = (DiskKey, Arc<J>);

/// All records of a view in ascending order of their keys.
pub(super) fn read<J: Send + Sync>(
    view: &DiskView,
    count: u64,
    codec: &dyn AnyCodec<J>,
    progress: &mut dyn FnMut(OpenProgress),
) -> Result<Vec<KeyedJob<J>>, OpenError> {
    progress(OpenProgress::Reading { done: 0, of: count });
    let Some(last) = view.last_key()? else { return Ok(Vec::new()) };
    DiskKey::new(last).ok_or_else(|| OpenError::damaged(format!("key {last} is out of range")))?;
    let pieces = pieces(last);
    let threads = thread::available_parallelism().map_or(1, usize::from).min(pieces.len()).min(THREADS_MAX);
    let mut read: Vec<Vec<KeyedJob<J>>> = Vec::new();
    read.resize_with(pieces.len(), Vec::new);
    let next = AtomicUsize::new(0);
    let mut done = 0;
    thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        for _ in 0..threads {
            let (sender, pieces, next) = (sender.clone(), &pieces, &next);
            scope.spawn(move || {
                while let Some(keys) = pieces.get(next.fetch_add(1, Ordering::Relaxed)) {
                    // A send fails once another piece has failed.
                    if sender.send((keys, read_piece(view, keys.clone(), codec))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        for (keys, piece) in receiver {
            let piece = piece?;
            done += piece.len() as u64;
            progress(OpenProgress::Reading { done, of: count });
            let at = pieces.partition_point(|other| other.start() < keys.start());
            read[at] = piece;
        }
        Ok(read.into_iter().flatten().collect())
    })
}

/// The keys up to the last one in pieces.
fn pieces(last: u64) -> Vec<RangeInclusive<u64>> {
    let len = PIECE_KEYS_MIN.max(last / PIECES_MAX + 1);
    (0..=last / len).map(|piece| piece * len..=(piece * len + len - 1).min(last)).collect()
}

fn read_piece<J>(
    view: &DiskView,
    keys: RangeInclusive<u64>,
    codec: &dyn AnyCodec<J>,
) -> Result<Vec<KeyedJob<J>>, OpenError> {
    let mut records = Vec::new();
    view.visit(keys, |key, stored| {
        let job = decoded(codec, key, stored).map_err(|source| record_error(key, source))?;
        let key = DiskKey::new(key).ok_or_else(|| OpenError::damaged(format!("key {key} is out of range")))?;
        records.push((key, Arc::new(job)));
        Ok::<(), OpenError>(())
    })?;
    Ok(records)
}

fn record_error(key: u64, source: DecodeError) -> OpenError {
    match source {
        DecodeError::Checksum => OpenError::damaged(format!("record {key} does not match its checksum")),
        DecodeError::UnknownFormat { got, known } => OpenError::Newer { format: got, known },
        source => OpenError::Record { key, job_id: None, source },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_have_each_key_once() {
        for last in [0, 1, 4_095, 4_096, 10_000, 5_000_000, u64::from(u32::MAX)] {
            let pieces = pieces(last);
            assert!(pieces.len() as u64 <= PIECES_MAX + 1, "{last}");
            assert_eq!((*pieces[0].start(), *pieces[pieces.len() - 1].end()), (0, last));
            assert!(pieces.windows(2).all(|pair| pair[0].end() + 1 == *pair[1].start()), "{last}");
        }
    }
}
