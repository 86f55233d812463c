//! The file, by redb. No other module names redb.
//!
//! ```text
//! table `jobs`: key u64 -> stored record        table `meta`: "store" -> header
//! ```
//! redb replaces pages instead of writing over them. One sync of the disk makes a transaction permanent, and a crash before it
//! leaves the transaction before. Each page is checked by the checksum in the page above it.
//!
//! redb panics on some damaged files. Each call catches such a panic, and returns it as damage.

use std::any::Any;
use std::fmt;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::ops::RangeInclusive;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use redb::{
    Builder, CommitError, Database, DatabaseError, ReadOnlyTable, ReadableDatabase, ReadableTable, StorageBackend,
    StorageError, TableDefinition, TableError, TransactionError,
};

use super::error::{DiskError, OpenError};
use super::options::Check;

const JOBS: TableDefinition<u64, &[u8]> = TableDefinition::new("jobs");
const META: TableDefinition<&str, &[u8]> = TableDefinition::new("meta");
const HEADER: &str = "store";

/// Storage under a file, for tests whose disk fails.
#[doc(hidden)]
#[allow(clippy::missing_errors_doc, reason = "each method returns the error of the storage")]
pub trait Medium: fmt::Debug + Send + Sync + 'static {
    fn bytes_len(&self) -> io::Result<u64>;
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()>;
    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;
    fn set_len(&self, len: u64) -> io::Result<()>;
    fn sync(&self) -> io::Result<()>;
}

/// A medium as redb asks for it.
#[derive(Debug)]
struct MediumBackend<M>(M);

impl<M: Medium> StorageBackend for MediumBackend<M> {
    fn len(&self) -> io::Result<u64> {
        self.0.bytes_len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write(offset, data)
    }
}

/// An open file.
pub(super) struct DiskFile {
    database: Database,
    path: Option<PathBuf>,
}

impl DiskFile {
    /// Opens a file. A path where no file stands gets a new one with this header first.
    pub(super) fn open(path: &Path, check: Check, cache_bytes: usize, header: &[u8]) -> Result<Self, OpenError> {
        match fs::metadata(path) {
            // Also a file cut to nothing looks like this, so it is not taken as new.
            Ok(found) if found.len() == 0 => return Err(OpenError::damaged("the file is empty")),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let unfinished = UnfinishedFile::beside(path)?;
                Self::create(&unfinished.path, header)?.close()?;
                // Another process that has created the file meanwhile is no error: its file is opened.
                unfinished.finish(path).or_else(|error| match error.kind() {
                    io::ErrorKind::AlreadyExists => Ok(()),
                    _ => Err(error),
                })?;
            }
            Err(error) => return Err(error.into()),
        }
        let mut builder = Builder::new();
        builder.set_cache_size(cache_bytes).set_check_integrity_on_open(check == Check::Full);
        let database = caught(|| builder.open(path)).map_err(OpenError::from)?.map_err(open_error)?;
        Ok(Self { database, path: Some(path.to_owned()) })
    }

    /// Opens a medium. An empty one gets the header first.
    pub(super) fn open_on(medium: impl Medium, check: Check, cache: usize, header: &[u8]) -> Result<Self, OpenError> {
        let is_new = medium.bytes_len()? == 0;
        let mut builder = Builder::new();
        builder.set_cache_size(cache).set_check_integrity_on_open(check == Check::Full && !is_new);
        let database = caught(|| builder.create_with_backend(MediumBackend(medium))).map_err(OpenError::from)?;
        let file = Self { database: database.map_err(open_error)?, path: None };
        if is_new {
            file.commit(&[], header)?;
        }
        Ok(file)
    }

    /// A new file with a header and no record.
    pub(super) fn create(path: &Path, header: &[u8]) -> Result<Self, DiskError> {
        let database = caught(|| Builder::new().create(path))?.map_err(database_error)?;
        let file = Self { database, path: Some(path.to_owned()) };
        file.commit(&[], header)?;
        Ok(file)
    }

    /// Writes records and the header in one transaction, and returns when it is on disk. The keys ascend; a key without a
    /// record is removed.
    pub(super) fn commit(&self, puts: &[(u64, Option<&[u8]>)], header: &[u8]) -> Result<(), DiskError> {
        caught(|| {
            let transaction = self.database.begin_write().map_err(transaction_error)?;
            if !puts.is_empty() {
                let mut jobs = transaction.open_table(JOBS).map_err(table_error)?;
                put_all(&mut jobs, puts)?;
            }
            let mut meta = transaction.open_table(META).map_err(table_error)?;
            meta.insert(HEADER, header).map_err(storage_error)?;
            drop(meta);
            transaction.commit().map_err(commit_error)
        })?
    }

    /// All that is committed now, while commits go on.
    pub(super) fn view(&self) -> Result<DiskView, DiskError> {
        caught(|| {
            let transaction = self.database.begin_read().map_err(transaction_error)?;
            let header = match transaction.open_table(META) {
                Ok(meta) => meta.get(HEADER).map_err(storage_error)?.map(|header| header.value().to_vec()),
                Err(TableError::TableDoesNotExist(_)) => None,
                Err(error) => return Err(table_error(error)),
            };
            let jobs = match transaction.open_table(JOBS) {
                Ok(jobs) => Some(jobs),
                Err(TableError::TableDoesNotExist(_)) => None,
                Err(error) => return Err(table_error(error)),
            };
            Ok(DiskView { header, jobs })
        })?
    }

    /// Reads all pages and checks their checksums. Nothing may read or write meanwhile.
    pub(super) fn check(&mut self) -> Result<(), DiskError> {
        if caught(|| self.database.check_integrity())?.map_err(database_error)? {
            return Ok(());
        }
        Err(damaged("the file did not match its checksums and went back to an older state"))
    }

    /// Bytes of the file; 0 for a medium.
    pub(super) fn bytes_len(&self) -> u64 {
        self.path.as_ref().and_then(|path| fs::metadata(path).ok()).map_or(0, |found| found.len())
    }

    /// Writes what the next open reads faster, and frees the file.
    pub(super) fn close(self) -> Result<(), DiskError> {
        caught(|| self.database.close())?.map_err(database_error)
    }
}

/// Keys over all keys of the table are added by a cursor at its end, which costs less than a search for each.
fn put_all(jobs: &mut redb::Table<'_, u64, &[u8]>, puts: &[(u64, Option<&[u8]>)]) -> Result<(), DiskError> {
    let last = jobs.last().map_err(storage_error)?.map(|(key, _)| key.value());
    let within = last.map_or(0, |last| puts.partition_point(|&(key, _)| key <= last));
    for &(key, record) in &puts[..within] {
        match record {
            Some(record) => drop(jobs.insert(key, record).map_err(storage_error)?),
            None => drop(jobs.remove(key).map_err(storage_error)?),
        }
    }
    let behind: Vec<(u64, &[u8])> = puts[within..].iter().filter_map(|&(key, record)| Some((key, record?))).collect();
    if let [(key, record)] = behind[..] {
        drop(jobs.insert(key, record).map_err(storage_error)?);
    } else if !behind.is_empty() {
        let mut end = jobs.upper_bound_mut(std::ops::Bound::<u64>::Unbounded).map_err(storage_error)?;
        for (key, record) in behind {
            end.insert_before(key, record).map_err(|error| damaged(error.to_string()))?;
        }
        end.close().map_err(storage_error)?;
    }
    Ok(())
}

/// All that was committed at one moment.
pub(super) struct DiskView {
    header: Option<Vec<u8>>,
    jobs: Option<ReadOnlyTable<u64, &'static [u8]>>,
}

impl DiskView {
    pub(super) fn header(&self) -> Option<&[u8]> {
        self.header.as_deref()
    }

    /// The highest key.
    pub(super) fn last_key(&self) -> Result<Option<u64>, DiskError> {
        let Some(jobs) = &self.jobs else { return Ok(None) };
        caught(|| Ok(jobs.last().map_err(storage_error)?.map(|(key, _)| key.value())))?
    }

    /// Visits the records of these keys in ascending order, until a visit fails.
    pub(super) fn visit<E: From<DiskError>>(
        &self,
        keys: RangeInclusive<u64>,
        mut visit: impl FnMut(u64, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(jobs) = &self.jobs else { return Ok(()) };
        caught(|| {
            for entry in jobs.range(keys).map_err(storage_error)? {
                let (key, record) = entry.map_err(storage_error)?;
                visit(key.value(), record.value())?;
            }
            Ok(())
        })?
    }
}

/// A file that is not complete yet, under a name of its own. A drop removes it.
pub(super) struct UnfinishedFile {
    pub(super) path: PathBuf,
}

impl UnfinishedFile {
    /// A name beside the path that the file will have.
    pub(super) fn beside(path: &Path) -> io::Result<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let mut name = path.file_name().ok_or(io::ErrorKind::InvalidFilename)?.to_owned();
        name.push(format!(".new-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed)));
        let path = path.with_file_name(name);
        // A process of the same number may have left it.
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(Self { path }),
        }
    }

    /// Gives the complete, synced file its name. After this, a crash can't undo it.
    ///
    /// # Errors
    /// `AlreadyExists` if a file has the name.
    pub(super) fn finish(self, path: &Path) -> io::Result<()> {
        // A link, since a rename would replace a file that another process has made.
        fs::hard_link(&self.path, path)?;
        sync_folder(path)
    }
}

impl Drop for UnfinishedFile {
    fn drop(&mut self) {
        drop(fs::remove_file(&self.path));
    }
}

/// Syncs the folder of a path, where the system can: the name of a new file is on disk only then.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Whether a store has the file open.
pub(super) fn is_in_use(path: &Path) -> io::Result<bool> {
    let file = OpenOptions::new().read(true).write(true).open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Runs a call into redb, and returns its panic as damage.
pub(super) fn caught<T>(call: impl FnOnce() -> T) -> Result<T, DiskError> {
    // Unwind safe: after the error nobody uses what the call has touched, but to drop it.
    catch_unwind(AssertUnwindSafe(call)).map_err(|panic| damaged(text_of(&*panic)))
}

/// The text of a panic.
fn text_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("reading it panicked: {}", text.unwrap_or("no message"))
}

fn damaged(reason: impl Into<String>) -> DiskError {
    DiskError::Damaged { reason: reason.into() }
}

fn storage_error(error: StorageError) -> DiskError {
    match error {
        StorageError::Corrupted(reason) => damaged(reason),
        // The file is no database, or it ends before a page does.
        StorageError::Io(error)
            if matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof) =>
        {
            damaged(error.to_string())
        }
        StorageError::Io(error) => error.into(),
        StorageError::DatabaseClosed => DiskError::Closed,
        error => io::Error::other(error.to_string()).into(),
    }
}

fn transaction_error(error: TransactionError) -> DiskError {
    match error {
        TransactionError::Storage(error) => storage_error(error),
        error => damaged(error.to_string()),
    }
}

fn table_error(error: TableError) -> DiskError {
    match error {
        TableError::Storage(error) => storage_error(error),
        error => damaged(error.to_string()),
    }
}

fn commit_error(error: CommitError) -> DiskError {
    match error {
        CommitError::Storage(error) => storage_error(error),
        error => damaged(error.to_string()),
    }
}

fn database_error(error: DatabaseError) -> DiskError {
    match error {
        DatabaseError::Storage(error) => storage_error(error),
        DatabaseError::DatabaseAlreadyOpen | DatabaseError::TransactionInProgress => {
            io::Error::new(io::ErrorKind::ResourceBusy, error.to_string()).into()
        }
        error => damaged(error.to_string()),
    }
}

fn open_error(error: DatabaseError) -> OpenError {
    match error {
        DatabaseError::DatabaseAlreadyOpen => OpenError::InUse,
        error => database_error(error).into(),
    }
}
