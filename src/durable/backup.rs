//! A backup: a new file with all records of one moment, copied beside writes.

use std::path::Path;

use super::disk::{DiskFile, DiskView, UnfinishedFile};
use super::error::{BackupError, DiskError};
use super::line::CommitLine;
use super::stored::{FileHeader, opened};
use crate::job::Record;

/// Bytes of records that are copied in one transaction. It bounds the memory of a copy.
const COPIED_AT_ONCE: usize = 32 << 20;

/// A backup that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BackupReport {
    /// The version of the store that the backup has.
    pub version: u64,
    /// The number of jobs in it.
    pub jobs: u64,
    /// The bytes of the file.
    pub file_bytes: u64,
}

/// Copies what is on disk now to a new file.
pub(super) fn backup<J: Record + Send + Sync>(line: &CommitLine<J>, to: &Path) -> Result<BackupReport, BackupError> {
    if to.exists() {
        return Err(BackupError::Exists(to.to_owned()));
    }
    line.sync().map_err(|error| DiskError::clone(&error))?;
    // Held to the end, so that a verification waits for the view to be dropped. Commits go on.
    let file = line.file();
    let view = file.as_ref().ok_or(DiskError::Closed)?.view()?;
    let header = view.header().unwrap_or_default().to_vec();
    let unfinished = UnfinishedFile::beside(to)?;
    let copy = DiskFile::create(&unfinished.path, &header)?;
    let jobs = copy_records(&view, &copy, &header)?;
    let file_bytes = copy.bytes_len();
    copy.close()?;
    drop(view);
    unfinished.finish(to)?;
    let version = FileHeader::decoded(Some(&header)).map_or(0, |header| header.version);
    Ok(BackupReport { version, jobs, file_bytes })
}

/// Copies all records that match their checksums, and returns how many there are.
fn copy_records(view: &DiskView, to: &DiskFile, header: &[u8]) -> Result<u64, BackupError> {
    let mut writer = RecordWriter::new(to, header);
    view.visit(0..=u64::MAX, |key, stored| {
        opened(key, stored).map_err(|_| BackupError::Record { key })?;
        writer.put(key, stored).map_err(BackupError::from)
    })?;
    Ok(writer.finish()?)
}

/// Writes stored records to a new file, in ascending order of their keys.
pub(super) struct RecordWriter<'f> {
    file: &'f DiskFile,
    header: &'f [u8],
    bytes: Vec<u8>,
    /// The key of each record, and its end in `bytes`.
    ends: Vec<(u64, usize)>,
    written: u64,
}

impl<'f> RecordWriter<'f> {
    pub(super) fn new(file: &'f DiskFile, header: &'f [u8]) -> Self {
        Self { file, header, bytes: Vec::new(), ends: Vec::new(), written: 0 }
    }

    pub(super) fn put(&mut self, key: u64, stored: &[u8]) -> Result<(), DiskError> {
        self.bytes.extend_from_slice(stored);
        self.ends.push((key, self.bytes.len()));
        if self.bytes.len() > COPIED_AT_ONCE { self.flush() } else { Ok(()) }
    }

    /// Writes the rest, and returns the number of records.
    pub(super) fn finish(mut self) -> Result<u64, DiskError> {
        self.flush()?;
        Ok(self.written)
    }

    fn flush(&mut self) -> Result<(), DiskError> {
        let mut start = 0;
        let puts: Vec<(u64, Option<&[u8]>)> = self
            .ends
            .iter()
            .map(|&(key, end)| (key, Some(&self.bytes[std::mem::replace(&mut start, end)..end])))
            .collect();
        self.file.commit(&puts, self.header)?;
        self.written += puts.len() as u64;
        self.bytes.clear();
        self.ends.clear();
        Ok(())
    }
}
