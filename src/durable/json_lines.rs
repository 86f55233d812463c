//! Export and import as JSON Lines: one record on each line, in order of creation.

use std::error::Error;
use std::fmt;
use std::io::{self, BufRead, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::job::Record;
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
pub fn import<J: DeserializeOwned>(from: impl BufRead) -> impl Iterator<Item = Result<J, ImportError>> {
    let numbered = (1..).zip(from.lines());
    numbered.filter(|(_, text)| !text.as_ref().is_ok_and(|text| text.trim().is_empty())).map(|(line, text)| {
        let text = text.map_err(|error| ImportError { line, reason: error.to_string() })?;
        serde_json::from_str(&text).map_err(|error| ImportError { line, reason: error.to_string() })
    })
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
