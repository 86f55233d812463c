//! A store whose jobs survive the process: the same store in memory, and one file beside it.
//!
//! A [`DurableJobStore`] answers from memory as a [`SharedJobStore`] does, and each write is on disk when
//! it returns. [`docs::durability`](crate::docs::durability) says what is promised, and what a crash leaves.
//!
//! ```text
//! write ──> line of writers ──> file ──> publish ──> readers, feeds, watches
//! open:  file ──> records ──> one load ──> indexes
//! ```

// The stored form.
mod codec;
mod compact;
mod stored;

// The file, and the keys of its records.
mod disk;
mod error;
mod keys;
mod options;

// Writes, and what else is done with a file.
mod batch;
mod line;
mod open;

mod backup;
mod json_lines;
mod repair;
mod verify;

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

pub use backup::BackupReport;
pub use codec::{Codec, Json};
pub use compact::CompactJob;
#[doc(hidden)]
pub use disk::Medium;
pub use error::{BackupError, DecodeError, DiskError, EncodeError, OpenError, RepairError, VerifyError, WriteError};
pub use json_lines::{ImportError, export, import};
pub use options::{Check, Durability, DurableOptions, OpenProgress};
pub use repair::{RepairReport, repair};
pub use verify::VerifyReport;

use crate::error::{ChangesError, QueryError};
use crate::job::{Job, Record, TypedFacets};
use crate::query::ListQuery;
use crate::shared::{ChangeFeed, ListWatch, Reader, SharedJobStore};
use crate::store::{Changes, JobStore, Snapshot};
use disk::DiskFile;
use line::CommitLine;

/// A [`SharedJobStore`] whose jobs are kept in a file.
///
/// A clone costs **O(1)**; all clones see the same jobs. The file is closed when the last clone is dropped. Reads never touch
/// the file.
///
/// ```
/// use jobdex::durable::{DurableJobStore, DurableOptions};
/// use jobdex::{Job, ListQuery, Status};
///
/// # let folder = std::env::temp_dir().join(format!("jobdex-doc-store-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let path = folder.join("jobs.db");
/// # let job: Job = serde_json::from_str(r#"{"Name":"News","JobId":"a046","TemplateType":"normal","TemplateId":"t1",
/// #     "TemplateName":"HD","StartMode":0,"Status":1,"StreamInput":{"Type":"rtmp","InputUrl":"rtmp://in/live/1"},
/// #     "OutputStream":{"StreamInfos":[]},"CreateTime":"2022-07-20T02:48:58Z"}"#)?;
/// let jobs = DurableJobStore::<Job>::open(&path, DurableOptions::new())?;
/// jobs.write(|store| store.insert(job))?;
/// jobs.close()?;
///
/// let jobs = DurableJobStore::<Job>::open(&path, DurableOptions::new())?;
/// let page = jobs.shared().snapshot().list(&ListQuery::new().status(Status::Running))?;
/// assert_eq!(page.total_count, 1);
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct DurableJobStore<J: Record + Send + Sync + 'static = Job> {
    inner: Arc<OpenStore<J>>,
}

/// The parts that all clones share. The last clone closes the file.
struct OpenStore<J: Record + Send + Sync + 'static> {
    line: Arc<CommitLine<J>>,
    flusher: Mutex<Option<Flusher>>,
}

/// The thread that syncs a flushed store. It ends when the sender is dropped.
struct Flusher {
    end: mpsc::Sender<()>,
    thread: JoinHandle<()>,
}

impl<J: Record<Facets: TypedFacets> + Send + Sync + 'static> DurableJobStore<J> {
    /// Opens the store in a file, or makes a new one where no file stands.
    ///
    /// The file stays locked until the store is closed: a second store, in this process or in another one, gets
    /// [`OpenError::InUse`].
    ///
    /// Costs **O(n log n)**: all records are read and indexed.
    ///
    /// # Errors
    /// [`OpenError`] if the file is in use, damaged, of a newer program or of another codec, or can't be read.
    pub fn open<C: Codec<J>>(path: impl AsRef<Path>, options: DurableOptions<C>) -> Result<Self, OpenError> {
        Self::open_into(JobStore::try_new().map_err(OpenError::Schema)?, path, options)
    }

    /// [`open`](Self::open) on another storage than a file. For tests whose disk fails.
    #[doc(hidden)]
    #[allow(clippy::missing_errors_doc, reason = "as `open`")]
    pub fn open_on<C: Codec<J>>(medium: impl Medium, options: DurableOptions<C>) -> Result<Self, OpenError> {
        let store = JobStore::try_new().map_err(OpenError::Schema)?;
        let (durability, open) =
            (options.durability, |check, cache, header: &[u8]| DiskFile::open_on(medium, check, cache, header));
        Ok(Self::of_line(open::opened(store, options, open)?, durability))
    }
}

impl<J: Record + Send + Sync + 'static> DurableJobStore<J> {
    /// [`open`](Self::open), with the settings and the schema of an empty store. Records whose facets are known at run
    /// time alone need it, with a store of [`JobStore::with_schema`].
    ///
    /// # Errors
    /// As [`open`](Self::open), and [`OpenError::NotEmpty`] if the store has jobs.
    pub fn open_into<C: Codec<J>>(
        empty: JobStore<J>,
        path: impl AsRef<Path>,
        options: DurableOptions<C>,
    ) -> Result<Self, OpenError> {
        let (durability, path) = (options.durability, path.as_ref());
        let open = |check, cache_bytes, header: &[u8]| DiskFile::open(path, check, cache_bytes, header);
        Ok(Self::of_line(open::opened(empty, options, open)?, durability))
    }

    fn of_line(line: CommitLine<J>, durability: Durability) -> Self {
        let line = Arc::new(line);
        let flusher = match durability {
            Durability::Synced => None,
            Durability::Flushed { every } => Some(Flusher::start(&line, every)),
        };
        Self { inner: Arc::new(OpenStore { line, flusher: Mutex::new(flusher) }) }
    }

    /// Runs a closure on the store, as [`SharedJobStore::write`](crate::SharedJobStore::write), and returns when its changes
    /// are on disk and visible: all of them if it returns `Ok`, none of them if it returns `Err` or panics.
    ///
    /// Closures run one at a time, in the order of their calls, each on its own thread. The writers that wait for the disk
    /// share one transaction, one sync and one publish, so many threads write much faster than one. A closure sees the
    /// changes of the closures before it, also those that are not on disk yet. Its result is returned when these are on
    /// disk, too.
    ///
    /// With [`Durability::Flushed`] the write returns at once, and the disk follows.
    ///
    /// Costs the closure, the encoding of each changed record, and a sync of the disk that is shared with other writers.
    ///
    /// # Errors
    /// [`WriteError`]: the closure's error, a record that can't be encoded, or a disk that fails or has failed. Nothing has
    /// changed then, in memory and for readers. After an error of the disk the store is read-only until it is opened
    /// again. The write of such an error may be there then, in whole, if the disk failed while it confirmed the write.
    ///
    /// # Panics
    /// As [`SharedJobStore::write`](crate::SharedJobStore::write).
    pub fn write<T, E>(&self, change: impl FnOnce(&mut JobStore<J>) -> Result<T, E>) -> Result<T, WriteError<E>> {
        self.line().write(change)
    }

    /// The store as readers share it: snapshots, readers, feeds and watches.
    ///
    /// Costs **O(1)**.
    pub fn shared(&self) -> ReadSide<'_, J> {
        ReadSide { shared: &self.line().shared }
    }

    /// Waits until all writes so far are on disk. A synced store has put them there already.
    ///
    /// # Errors
    /// [`DiskError`] if the disk fails or has failed.
    pub fn sync(&self) -> Result<(), DiskError> {
        self.line().sync().map_err(|error| DiskError::clone(&error))
    }

    /// Copies the jobs of one moment to a new file, while readers read and writers write. The file is a store as the original
    /// one, under the same codec.
    ///
    /// Costs a read and a write of each record. The pages that the backup still reads are not used again meanwhile, so the
    /// original file may grow.
    ///
    /// # Errors
    /// [`BackupError`] if the file exists, or if a disk fails. No file is left then.
    pub fn backup(&self, to: impl AsRef<Path>) -> Result<BackupReport, BackupError> {
        backup::backup(self.line(), to.as_ref())
    }

    /// Reads the whole file: checks every page and every record, and compares each record with the job in memory. Writes wait
    /// meanwhile, and reads go on.
    ///
    /// # Errors
    /// [`VerifyError`] if something is wrong. If the pages are damaged, the store is read-only from then on.
    pub fn verify(&self) -> Result<VerifyReport, VerifyError> {
        verify::verify(self.line())
    }

    /// Numbers about the file and its commits.
    ///
    /// Costs one look at the file system.
    pub fn stats(&self) -> DurableStats {
        let line = self.line();
        let counts = line.counts();
        DurableStats {
            file_bytes: line.file().as_ref().map_or(0, DiskFile::bytes_len),
            commits: counts.commits,
            writes: counts.writes,
            last_commit: counts.last_commit,
            state: line.stopped().map_or(DiskState::Open, DiskState::ReadOnly),
        }
    }

    /// Waits for the writes in progress, closes the file and frees it for another store. Other clones go on reading, and
    /// their writes return [`WriteError::ReadOnly`]. A drop of the last clone does the same, without the error.
    ///
    /// # Errors
    /// [`DiskError`] if the disk fails or has failed. The file is free in this case too.
    pub fn close(self) -> Result<(), DiskError> {
        self.inner.close()
    }

    fn line(&self) -> &CommitLine<J> {
        &self.inner.line
    }
}

impl<J: Record + Send + Sync + 'static> OpenStore<J> {
    fn close(&self) -> Result<(), DiskError> {
        if let Some(Flusher { end, thread }) = self.flusher.lock().unwrap_or_else(PoisonError::into_inner).take() {
            drop(end);
            // A panic of the thread has stopped the store, and the line says so.
            drop(thread.join());
        }
        self.line.close()
    }
}

impl<J: Record + Send + Sync + 'static> Drop for OpenStore<J> {
    fn drop(&mut self) {
        drop(self.close());
    }
}

impl Flusher {
    fn start<J: Record + Send + Sync + 'static>(line: &Arc<CommitLine<J>>, every: Duration) -> Self {
        let (end, ended) = mpsc::channel::<()>();
        let line = Arc::clone(line);
        let thread = thread::spawn(move || {
            while ended.recv_timeout(every) == Err(mpsc::RecvTimeoutError::Timeout) {
                // The error stays in the line, for the next write.
                drop(line.sync());
            }
        });
        Self { end, thread }
    }
}

impl<J: Record + Send + Sync + 'static> Clone for DurableJobStore<J> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

impl<J: Record + Send + Sync + 'static> fmt::Debug for DurableJobStore<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DurableJobStore").field("snapshot", &self.shared().snapshot()).finish_non_exhaustive()
    }
}

/// The read side of a durable store: a [`SharedJobStore`] without its writes.
pub struct ReadSide<'s, J = Job> {
    shared: &'s SharedJobStore<J>,
}

impl<J: Record> ReadSide<'_, J> {
    /// As [`SharedJobStore::snapshot`](crate::SharedJobStore::snapshot).
    pub fn snapshot(&self) -> Snapshot<J> {
        self.shared.snapshot()
    }

    /// As [`SharedJobStore::reader`](crate::SharedJobStore::reader).
    pub fn reader(&self) -> Reader<J> {
        self.shared.reader()
    }

    /// As [`SharedJobStore::version`](crate::SharedJobStore::version). Versions go on where the file was closed. After a crash
    /// of a flushed store they begin behind all versions that the store can have published.
    pub fn version(&self) -> u64 {
        self.shared.version()
    }

    /// As [`SharedJobStore::changes_since`](crate::SharedJobStore::changes_since). Changes before the store was opened are gone.
    ///
    /// # Errors
    /// As [`SharedJobStore::changes_since`](crate::SharedJobStore::changes_since).
    pub fn changes_since(&self, version: u64) -> Result<Changes<J>, ChangesError> {
        self.shared.changes_since(version)
    }

    /// As [`SharedJobStore::feed_since`](crate::SharedJobStore::feed_since).
    pub fn feed_since(&self, version: u64) -> ChangeFeed<J> {
        self.shared.feed_since(version)
    }

    /// As [`SharedJobStore::watch`](crate::SharedJobStore::watch).
    ///
    /// # Errors
    /// [`QueryError`] as [`Snapshot::list`].
    pub fn watch(&self, query: ListQuery<J::Facets>) -> Result<ListWatch<J>, QueryError> {
        self.shared.watch(query)
    }
}

impl<J: Record> fmt::Debug for ReadSide<'_, J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ReadSide").field(&self.shared).finish()
    }
}

/// Numbers about the file of a store and its commits since it was opened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DurableStats {
    /// The bytes of the file. 0 once the store is closed.
    pub file_bytes: u64,
    /// The transactions of the disk.
    pub commits: u64,
    /// The writes in them. `writes / commits` is how many writers shared a sync.
    pub writes: u64,
    /// How long the last commit took, with its sync.
    pub last_commit: Option<Duration>,
    /// Whether the store takes writes.
    pub state: DiskState,
}

/// Whether a durable store takes writes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum DiskState {
    /// The store takes writes.
    Open,
    /// The store refuses writes for this reason.
    ReadOnly(Arc<DiskError>),
}
