//! The errors of a durable store, one enum per verb.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::error::{InsertError, SchemaError};

/// The advice of every error about a file that is not whole.
pub(super) const REPAIR_HINT: &str = "restore a backup, or write the whole records to a new file by durable::repair";

/// The reason why the disk under a store failed. A store whose disk has failed refuses writes until it is opened again.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum DiskError {
    /// The operating system returned an error, such as a full disk.
    Io(Arc<io::Error>),
    /// The file is not what the store has written.
    Damaged {
        /// The part that is wrong.
        reason: String,
    },
    /// The store was closed.
    Closed,
}

impl fmt::Display for DiskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "the disk failed: {error}; open the store again once the disk works"),
            Self::Damaged { reason } => write!(f, "the file is damaged: {reason}; {REPAIR_HINT}"),
            Self::Closed => f.write_str("the store is closed; open it again"),
        }
    }
}

// No source: the text contains the text of the inner error.
impl Error for DiskError {}

impl From<io::Error> for DiskError {
    fn from(error: io::Error) -> Self {
        Self::Io(Arc::new(error))
    }
}

/// The reason why bytes are no record.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeError {
    /// The checksum over key, format and record does not match.
    Checksum,
    /// The record has a format that this codec does not know. A newer program has written it.
    UnknownFormat {
        /// The format of the record.
        got: u16,
        /// The newest format that the codec knows.
        known: u16,
    },
    /// The codec can't read the bytes.
    Malformed {
        /// The reason, in the words of the codec.
        reason: String,
    },
    /// The record was read, and the store does not take it.
    Refused(InsertError),
}

impl DecodeError {
    /// The error of a codec that can't read the bytes.
    pub fn malformed(reason: impl fmt::Display) -> Self {
        Self::Malformed { reason: reason.to_string() }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Checksum => f.write_str("checksum does not match the bytes"),
            Self::UnknownFormat { got, known } => {
                write!(f, "format {got} is newer than the newest known format {known}; use the newer program")
            }
            Self::Malformed { reason } => write!(f, "bytes are no record: {reason}"),
            Self::Refused(error) => error.fmt(f),
        }
    }
}

impl Error for DecodeError {}

/// The reason why a codec can't encode a record, in its own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodeError(String);

impl EncodeError {
    /// The error of a codec that can't encode a record.
    pub fn new(reason: impl fmt::Display) -> Self {
        Self(reason.to_string())
    }
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for EncodeError {}

/// The reason why a file was not opened. Nothing in it has changed, except that an interrupted commit is undone.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// A store has the file open, in this process or in another one.
    InUse,
    /// A newer program has written the file or one of its records.
    Newer {
        /// The format that was found.
        format: u16,
        /// The newest format that this program knows.
        known: u16,
    },
    /// The records were written by another codec.
    OtherCodec {
        /// The name of the codec in the file.
        found: String,
        /// The name of the codec in the options.
        expected: &'static str,
    },
    /// The file is not whole.
    Damaged {
        /// The part that is wrong.
        where_: String,
        /// The way out.
        hint: &'static str,
    },
    /// A record is whole on disk, and the codec or the store refuses it.
    Record {
        /// The key of the record in the file.
        key: u64,
        /// The ID of the job, if the record could be read so far.
        job_id: Option<String>,
        /// The reason.
        source: DecodeError,
    },
    /// The store that was given for the jobs already has jobs.
    NotEmpty {
        /// The number of its jobs.
        jobs: usize,
    },
    /// The record's facets make no schema.
    Schema(SchemaError),
    /// The operating system returned an error.
    Io(Arc<io::Error>),
}

impl OpenError {
    pub(super) fn damaged(part: impl Into<String>) -> Self {
        Self::Damaged { where_: part.into(), hint: REPAIR_HINT }
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InUse => f.write_str("another store has the file open; close it first"),
            Self::Newer { format, known } => {
                write!(f, "format {format} is newer than the newest known format {known}; use the newer program")
            }
            Self::OtherCodec { found, expected } => {
                write!(
                    f,
                    "the records were written by codec {found:?}, not by {expected:?}; open the file with {found:?}"
                )
            }
            Self::Damaged { where_, hint } => write!(f, "the file is damaged: {where_}; {hint}"),
            Self::Record { key, job_id: Some(job_id), source } => {
                write!(f, "record {key}, of job {job_id:?}, can't be read: {source}")
            }
            Self::Record { key, job_id: None, source } => write!(f, "record {key} can't be read: {source}"),
            Self::NotEmpty { jobs } => write!(f, "the store to fill must be empty, got {jobs} jobs"),
            Self::Schema(error) => error.fmt(f),
            Self::Io(error) => write!(f, "the file can't be opened: {error}"),
        }
    }
}

// No source: the text contains the text of the inner error.
impl Error for OpenError {}

impl From<DiskError> for OpenError {
    fn from(error: DiskError) -> Self {
        match error {
            DiskError::Io(error) => Self::Io(error),
            DiskError::Damaged { reason } => Self::damaged(reason),
            DiskError::Closed => Self::damaged("the disk closed while it was read"),
        }
    }
}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        Self::Io(Arc::new(error))
    }
}

/// The reason why a write was not made. Nothing has changed, in memory or in what a reopened store is promised to have.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum WriteError<E> {
    /// The closure returned an error.
    Refused(E),
    /// The codec can't encode a record.
    Encode {
        /// The ID of the job.
        job_id: String,
        /// The reason.
        source: EncodeError,
    },
    /// The disk failed during this write. The store is read-only from now on.
    Disk(Arc<DiskError>),
    /// The disk failed during an earlier write, or the store was closed.
    ReadOnly(Arc<DiskError>),
}

impl<E: fmt::Display> fmt::Display for WriteError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(error) => error.fmt(f),
            Self::Encode { job_id, source } => write!(f, "job {job_id:?} can't be encoded: {source}"),
            Self::Disk(error) => error.fmt(f),
            Self::ReadOnly(error) => write!(f, "the store is read-only since {error}"),
        }
    }
}

impl<E: Error> Error for WriteError<E> {}

/// The reason why a backup was not made. No file stands at its path.
#[derive(Debug)]
#[non_exhaustive]
pub enum BackupError {
    /// A file stands at the path of the backup already.
    Exists(PathBuf),
    /// A record on disk does not match its checksum.
    Record {
        /// The key of the record.
        key: u64,
    },
    /// The disk of the store, or that of the backup, failed.
    Disk(DiskError),
}

impl fmt::Display for BackupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exists(path) => write!(f, "{} exists; choose another path or remove the file", path.display()),
            Self::Record { key } => write!(f, "record {key} does not match its checksum; {REPAIR_HINT}"),
            Self::Disk(error) => error.fmt(f),
        }
    }
}

impl Error for BackupError {}

impl<E: Into<DiskError>> From<E> for BackupError {
    fn from(error: E) -> Self {
        Self::Disk(error.into())
    }
}

/// The reason why a store did not pass its verification. The store is read-only if its file is damaged.
#[derive(Debug)]
#[non_exhaustive]
pub enum VerifyError {
    /// The structure of the file is not whole.
    Damaged {
        /// The part that is wrong.
        reason: String,
    },
    /// Records are not whole, or they are not those of the jobs in memory.
    Records {
        /// How many records are wrong.
        count: u64,
        /// The key and the reason of the first ones, at most 100.
        first: Vec<(u64, DecodeError)>,
    },
    /// The file has other jobs than memory has.
    Differs {
        /// The number of jobs in memory.
        in_memory: usize,
        /// The number of records on disk.
        on_disk: usize,
    },
    /// The disk failed, or the store is closed.
    Disk(DiskError),
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged { reason } => write!(f, "the file is damaged: {reason}; {REPAIR_HINT}"),
            Self::Records { count, first } => {
                write!(f, "{count} records are not whole")?;
                if let Some((key, reason)) = first.first() {
                    write!(f, ", the first is record {key}: {reason}")?;
                }
                write!(f, "; {REPAIR_HINT}")
            }
            Self::Differs { in_memory, on_disk } => {
                write!(f, "the file has {on_disk} jobs and memory has {in_memory}; export the jobs of memory")
            }
            Self::Disk(error) => error.fmt(f),
        }
    }
}

impl Error for VerifyError {}

impl From<DiskError> for VerifyError {
    fn from(error: DiskError) -> Self {
        match error {
            DiskError::Damaged { reason } => Self::Damaged { reason },
            error => Self::Disk(error),
        }
    }
}

/// The reason why nothing was repaired. The damaged file is as it was.
#[derive(Debug)]
#[non_exhaustive]
pub enum RepairError {
    /// A store has the file open.
    InUse,
    /// A file stands at the path of the new file already.
    Exists(PathBuf),
    /// A newer program has written the file.
    Newer {
        /// The format that was found.
        format: u16,
        /// The newest format that this program knows.
        known: u16,
    },
    /// No record can be found, because too much is damaged.
    Unreadable {
        /// The reason.
        reason: String,
    },
    /// The operating system returned an error.
    Io(Arc<io::Error>),
}

impl fmt::Display for RepairError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InUse => f.write_str("another store has the file open; close it first"),
            Self::Exists(path) => write!(f, "{} exists; choose another path or remove the file", path.display()),
            Self::Newer { format, known } => {
                write!(f, "format {format} is newer than the newest known format {known}; use the newer program")
            }
            Self::Unreadable { reason } => write!(f, "no record can be found: {reason}; restore a backup"),
            Self::Io(error) => write!(f, "the file can't be repaired: {error}"),
        }
    }
}

impl Error for RepairError {}

impl From<io::Error> for RepairError {
    fn from(error: io::Error) -> Self {
        Self::Io(Arc::new(error))
    }
}

impl From<DiskError> for RepairError {
    fn from(error: DiskError) -> Self {
        match error {
            DiskError::Io(error) => Self::Io(error),
            DiskError::Damaged { reason } => Self::Unreadable { reason },
            DiskError::Closed => Self::Unreadable { reason: "the file closed".to_owned() },
        }
    }
}
