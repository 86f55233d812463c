//! Files of durable stores, and exports as JSON Lines. Only with the feature `durable`.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;

use jobdex::durable::{Codec, CompactJob, DurableJobStore, DurableOptions, Json, OpenError, export};
use jobdex::{Job, JobStore, Snapshot};

use crate::args::Args;
use crate::failure::Failure;
use crate::note;
use crate::text::counted;

/// The jobs of a durable store, in either form that the library has for them. The file is free again.
pub(crate) fn opened(path: &Path) -> Result<JobStore, Failure> {
    if !path.exists() {
        return Err(failure(path, &"there is no such file"));
    }
    let store = match open(path, CompactJob) {
        Err(OpenError::OtherCodec { .. }) => open(path, Json),
        opened => opened,
    };
    let store = store.map_err(|error| failure(path, &error))?;
    Ok(JobStore::from(store.shared().snapshot()))
}

fn open<C: Codec<Job>>(path: &Path, codec: C) -> Result<DurableJobStore, OpenError> {
    DurableJobStore::open(path, DurableOptions::new().codec(codec))
}

/// Writes the files that the command line asks for.
pub(crate) fn write(jobs: &Snapshot, args: &Args) -> Result<(), Failure> {
    if let Some(path) = &args.save {
        save(jobs, path)?;
        note(format_args!("saved {} to {}", counted(jobs.len() as u64, "job", "jobs"), path.display()));
    }
    if let Some(path) = &args.export {
        let count = export_to(jobs, path).map_err(|error| failure(path, &error))?;
        note(format_args!("exported {} to {}", counted(count, "job", "jobs"), path.display()));
    }
    Ok(())
}

fn save(jobs: &Snapshot, path: &Path) -> Result<(), Failure> {
    if path.exists() {
        return Err(failure(path, &"the file exists; choose another name"));
    }
    let store = open(path, CompactJob).map_err(|error| failure(path, &error))?;
    let copies: Vec<Job> = jobs.iter().map(|job| Job::clone(job)).collect();
    store.write(|store| store.extend(copies)).map_err(|error| failure(path, &error))?;
    store.close().map_err(|error| failure(path, &error))
}

fn export_to(jobs: &Snapshot, path: &Path) -> io::Result<u64> {
    let mut to = BufWriter::new(File::create_new(path)?);
    let count = export(jobs, &mut to)?;
    to.into_inner()?.sync_all()?;
    Ok(count)
}

fn failure(path: &Path, error: &dyn Display) -> Failure {
    Failure::Input(format!("{}: {error}", path.display()))
}
