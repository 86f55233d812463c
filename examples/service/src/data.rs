//! The folder of `--data`, and JSON Lines.
//!
//! The folder has one file, which one service has open at a time. Its jobs are opened, filled with the first ones, and
//! exported here.

use std::error::Error;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use jobdex::durable::{DurableJobStore, DurableOptions, OpenProgress, import};
use jobdex::error::ExtendError;
use jobdex::{JobStore, Snapshot};

use crate::job::LiveJob;
use crate::stored::{CompactLiveJob, JobLine};

/// The name of the file in the folder.
const FILE: &str = "jobs.db";

/// The reason why the jobs were not opened, imported or exported.
#[derive(Debug)]
pub(crate) enum DataError {
    /// A file or a folder can't be used, or a line of the file is no job.
    File { path: PathBuf, reason: String },
    /// The store refuses the jobs.
    Jobs(ExtendError),
    /// The disk failed.
    Disk(String),
}

impl DataError {
    fn of(path: &Path, reason: &dyn fmt::Display) -> Self {
        Self::File { path: path.to_owned(), reason: reason.to_string() }
    }
}

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, reason } => write!(f, "{}: {reason}", path.display()),
            Self::Jobs(error) => error.fmt(f),
            Self::Disk(error) => f.write_str(error),
        }
    }
}

impl Error for DataError {}

/// Opens the jobs of a folder. A folder without a file gets an empty one.
///
/// # Errors
/// [`DataError`] if the folder can't be made, or if another service has the file, or if it is damaged.
pub(crate) fn open(folder: &Path) -> Result<DurableJobStore<LiveJob>, DataError> {
    fs::create_dir_all(folder).map_err(|error| DataError::of(folder, &error))?;
    let path = folder.join(FILE);
    let options = DurableOptions::new().codec(CompactLiveJob).on_progress(|progress| {
        if matches!(progress, OpenProgress::Reading { .. }) {
            tracing::debug!(%progress, "opening the jobs");
        } else {
            tracing::info!(%progress, "opening the jobs");
        }
    });
    DurableJobStore::open(&path, options).map_err(|error| DataError::of(&path, &error))
}

/// Adds jobs to a file in one write: all of them, or none.
///
/// # Errors
/// [`DataError`] if the store refuses a job, or if the disk fails.
pub(crate) fn fill(store: &DurableJobStore<LiveJob>, jobs: Vec<LiveJob>) -> Result<(), DataError> {
    use jobdex::durable::WriteError::Refused;
    store.write(|store: &mut JobStore<LiveJob>| store.extend(jobs).map(drop)).map_err(|error| match error {
        Refused(error) => DataError::Jobs(error),
        error => DataError::Disk(error.to_string()),
    })
}

/// The jobs of a file of JSON Lines.
///
/// # Errors
/// [`DataError`] if the file can't be read, or if a line is no job.
pub(crate) fn imported(path: &Path) -> Result<Vec<LiveJob>, DataError> {
    let file = File::open(path).map_err(|error| DataError::of(path, &error))?;
    import::<JobLine>(BufReader::new(file))
        .map(|line| line.map(LiveJob::from).map_err(|error| DataError::of(path, &error)))
        .collect()
}

/// Writes all jobs to a new file as JSON Lines, the oldest first. Returns their number.
///
/// # Errors
/// [`DataError`] if there is such a file, or if it can't be written.
pub(crate) fn export(snapshot: &Snapshot<LiveJob>, path: &Path) -> Result<usize, DataError> {
    let write = || {
        let mut to = BufWriter::new(File::create_new(path)?);
        for job in snapshot.iter() {
            serde_json::to_writer(&mut to, &JobLine::from(job.as_ref()))?;
            to.write_all(b"\n")?;
        }
        to.into_inner()?.sync_all()
    };
    write().map_err(|error: io::Error| DataError::of(path, &error))?;
    Ok(snapshot.len())
}
