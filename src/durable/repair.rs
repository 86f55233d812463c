//! Repair: the records of a damaged file that are whole, in a new file.

use std::fs;
use std::path::Path;

use super::backup::RecordWriter;
use super::disk::{DiskFile, DiskView, UnfinishedFile, is_in_use};
use super::error::{DiskError, OpenError, RepairError};
use super::options::Check;
use super::stored::{FileHeader, opened};

/// Memory for pages while a damaged file is read.
const CACHE_BYTES: usize = 64 << 20;
/// Keys that are read at once. If such a piece fails, its keys are read one by one.
const PIECE_KEYS: u64 = 1_024;
/// Keys behind the last record that was found which are looked at, where nothing says how many records there are.
const KEYS_BEHIND: u64 = 1 << 20;

/// What was repaired.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RepairReport {
    /// The records in the new file.
    pub whole: u64,
    /// The keys of records that do not match their checksums or can't be read. The new file lacks them.
    pub damaged: Vec<u64>,
    /// The records that the header of the damaged file counts. `None` if the header can't be read.
    pub expected: Option<u64>,
}

/// Writes the records of a damaged file that are whole to a new file, and lists the others. The damaged file is only read.
///
/// A record is whole if its checksum is right. If pages of the file are damaged that lead to records, the records behind
/// them are missing from the list, and `expected` says how many there were. In such a file a page may also lead to an older
/// state of a record, so compare the new file with a backup.
///
/// The records are copied without a look into them, so this works for any codec. It takes room for the file twice.
///
/// # Errors
/// [`RepairError`] if the file is in use, if the new file exists, or if no record can be found.
///
/// ```
/// use std::path::Path;
///
/// fn salvage(from: &Path, to: &Path) -> Result<(), jobdex::durable::RepairError> {
///     let report = jobdex::durable::repair(from, to)?;
///     println!("{} records are whole, {} are damaged", report.whole, report.damaged.len());
///     Ok(())
/// }
/// ```
pub fn repair(from: &Path, to: &Path) -> Result<RepairReport, RepairError> {
    if to.exists() {
        return Err(RepairError::Exists(to.to_owned()));
    }
    if is_in_use(from)? {
        return Err(RepairError::InUse);
    }
    // Opening a file may write to it, so a copy is opened.
    let copied = UnfinishedFile::beside(to)?;
    fs::copy(from, &copied.path)?;
    let damaged = DiskFile::open(&copied.path, Check::Quick, CACHE_BYTES, &[]).map_err(unreadable)?;
    let view = damaged.view()?;
    let header = match FileHeader::decoded(view.header()) {
        Ok(header) => Ok(header),
        Err(OpenError::Newer { format, known }) => return Err(RepairError::Newer { format, known }),
        Err(error) => Err(error),
    };
    let unfinished = UnfinishedFile::beside(to)?;
    let report = write_whole(&view, header, &unfinished)?;
    drop(view);
    // The copy is removed, so an error of its disk no longer matters.
    drop(damaged.close());
    unfinished.finish(to)?;
    Ok(report)
}

fn unreadable(error: OpenError) -> RepairError {
    match error {
        OpenError::Io(error) => RepairError::Io(error),
        OpenError::InUse => RepairError::InUse,
        error => RepairError::Unreadable { reason: error.to_string() },
    }
}

fn write_whole(
    view: &DiskView,
    header: Result<FileHeader, OpenError>,
    to: &UnfinishedFile,
) -> Result<RepairReport, RepairError> {
    // Without a header nothing says which codec reads the records.
    let header = header.map_err(unreadable)?;
    let expected = Some(header.count);
    let file = DiskFile::create(&to.path, &header.encoded())?;
    let encoded = header.encoded();
    let (mut writer, mut damaged) = (RecordWriter::new(&file, &encoded), Vec::new());
    let mut found = FoundRecords { view, writer: &mut writer, damaged: &mut damaged };
    let end = view.last_key().ok().flatten().unwrap_or(header.count + KEYS_BEHIND);
    for start in (0..=end).step_by(usize::try_from(PIECE_KEYS).unwrap_or(usize::MAX)) {
        found.copy_piece(start, (start + PIECE_KEYS - 1).min(end))?;
    }
    let whole = writer.finish()?;
    // The new file counts its own records.
    file.commit(&[], &FileHeader { count: whole, ..header }.encoded())?;
    file.close()?;
    Ok(RepairReport { whole, damaged, expected })
}

/// The records of a damaged file as they are found.
struct FoundRecords<'r, 'f> {
    view: &'r DiskView,
    writer: &'r mut RecordWriter<'f>,
    damaged: &'r mut Vec<u64>,
}

impl FoundRecords<'_, '_> {
    /// Copies the whole records of these keys. An error is one of the new file.
    fn copy_piece(&mut self, start: u64, end: u64) -> Result<(), DiskError> {
        let mut records = Vec::new();
        let mut next = start;
        while next <= end {
            let visited = self.view.visit(next..=end, |key, stored| {
                records.push((key, stored.to_vec()));
                Ok::<(), DiskError>(())
            });
            if visited.is_ok() {
                break;
            }
            // The record behind the last good one is the damaged one, or one of those that its page had.
            next = self.after_damage(records.last().map_or(next, |(key, _)| key + 1), end);
        }
        for (key, stored) in records {
            match opened(key, &stored) {
                Ok(_) => self.writer.put(key, &stored)?,
                Err(_) => self.damaged.push(key),
            }
        }
        Ok(())
    }

    /// Lists keys that can't be read, one by one, and returns the first that can.
    fn after_damage(&mut self, start: u64, end: u64) -> u64 {
        let is_readable = |key: u64| self.view.visit(key..=key, |_, _| Ok::<(), DiskError>(())).is_ok();
        let readable = (start..=end).find(|&key| is_readable(key)).unwrap_or(end + 1);
        self.damaged.extend(start..readable);
        // At least one step, so that the caller ends.
        readable.max(start + 1)
    }
}
