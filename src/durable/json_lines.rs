//! Export and import as JSON Lines: one record on each line, in order of creation.

use std::error::Error;
use std::fmt;
use std::io::{self, BufRead, Read, Write};
use std::iter;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::job::Record;
use crate::limits::LINE_BYTES_MAX;
use crate::store::Snapshot;

/// Writes all jobs of a snapshot as JSON, one on each line, the oldest first. Returns their number.
///
/// ```
/// use jobdex::durable::{export, import};
/// use jobdex::{Job, JobStore};
///
/// # let job: Job = serde_json::from_str(r#"{"Name":"News","JobId":"a046","TemplateType":"normal","TemplateId":"t1",
/// #     "TemplateName":"HD","StartMode":0,"Status":1,"StreamInput":{"Type":"rtmp","InputUrl":"rtmp://in/live/1"},
/// #     "OutputStream":{"StreamInfos":[]},"CreateTime":"2022-07-20T02:48:58Z"}"#)?;
/// let mut store = JobStore::new();
/// store.insert(job)?;
/// let mut lines = Vec::new();
/// assert_eq!(export(&store, &mut lines)?, 1);
///
/// let mut copy = JobStore::<Job>::new();
/// copy.extend(import(lines.as_slice()).collect::<Result<Vec<Job>, _>>()?)?;
/// assert_eq!(copy.get("a046"), store.get("a046"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// The error of the writer, or a record that has no JSON.
pub fn export<J: Record + Serialize>(snapshot: &Snapshot<J>, mut to: impl Write) -> io::Result<u64> {
    let mut count = 0;
    for job in snapshot.iter() {
        serde_json::to_writer(&mut to, job.as_ref())?;
        to.write_all(b"\n")?;
        count += 1;
    }
    to.flush()?;
    Ok(count)
}

/// Reads records from JSON, one on each line. Empty lines are passed over.
///
/// The iterator goes on after a line that is no record, and ends after a reader's error or a line over
/// [`LINE_BYTES_MAX`](crate::limits::LINE_BYTES_MAX).
pub fn import<J: DeserializeOwned>(from: impl BufRead) -> impl Iterator<Item = Result<J, ImportError>> {
    let mut lines = Lines { from, line: 0, text: Vec::new(), is_over: false };
    iter::from_fn(move || lines.next_record())
}

/// Lines that are read one at a time into one buffer.
struct Lines<R> {
    from: R,
    line: u64,
    text: Vec<u8>,
    is_over: bool,
}

impl<R: BufRead> Lines<R> {
    fn next_record<J: DeserializeOwned>(&mut self) -> Option<Result<J, ImportError>> {
        // Ends: each step reads a line.
        while !self.is_over {
            match self.read_line() {
                Ok(true) if self.text.trim_ascii().is_empty() => {}
                Ok(true) => return Some(serde_json::from_slice(&self.text).map_err(|error| self.error(&error))),
                Ok(false) => self.is_over = true,
                Err(error) => {
                    self.is_over = true;
                    return Some(Err(error));
                }
            }
        }
        None
    }

    /// Reads a line; false at the end.
    fn read_line(&mut self) -> Result<bool, ImportError> {
        self.text.clear();
        self.line += 1;
        // One more than allowed, to tell a line that is too long from one that just fits.
        let read = self.from.by_ref().take(LINE_BYTES_MAX as u64 + 1).read_until(b'\n', &mut self.text);
        match read {
            Ok(_) if self.text.len() > LINE_BYTES_MAX => {
                Err(self.error(&format_args!("it is over the limit of {LINE_BYTES_MAX} bytes")))
            }
            Ok(len) => Ok(len > 0),
            Err(error) => Err(self.error(&error)),
        }
    }

    fn error(&self, reason: &dyn fmt::Display) -> ImportError {
        ImportError { line: self.line, reason: reason.to_string() }
    }
}

/// The reason why a line is no record.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImportError {
    /// The number of the line, counted from 1.
    pub line: u64,
    /// The reason.
    pub reason: String,
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} is no record: {}", self.line, self.reason)
    }
}

impl Error for ImportError {}
