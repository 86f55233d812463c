//! Reads a file of names for made-up jobs, one name a line.

use std::path::Path;

use indicatif::ProgressBar;
use jobdex::limits::NAME_BYTES_MAX;

use crate::failure::Failure;
use crate::lines::{Line, Lines, too_long};

/// Reads every name of the file and skips blank lines. The first broken line ends the run.
pub(crate) fn read(path: &Path) -> Result<Vec<String>, Failure> {
    let broken = |reason: String| Failure::Input(format!("{}: {reason}", path.display()));
    let cannot_read = |error| broken(format!("cannot read: {error}"));
    let mut lines = Lines::of_file(path, &ProgressBar::hidden()).map_err(cannot_read)?;
    let mut names = Vec::new();
    while let Some(block) = lines.block().map_err(cannot_read)? {
        for (number, line) in block.lines() {
            match name(line) {
                Ok("") => {}
                Ok(name) => names.push(name.to_owned()),
                Err(reason) => return Err(broken(format!("line {number}: {reason}"))),
            }
        }
    }
    if names.is_empty() { Err(broken("the file must have at least 1 name, got none".to_owned())) } else { Ok(names) }
}

fn name(line: Line<'_>) -> Result<&str, String> {
    let Line::Bytes(bytes) = line else {
        return Err(too_long());
    };
    let name = std::str::from_utf8(bytes).map_err(|_| "name must be UTF-8".to_owned())?;
    if name.len() > NAME_BYTES_MAX {
        return Err(format!("name of {} bytes is over the limit of {NAME_BYTES_MAX}", name.len()));
    }
    Ok(name)
}
