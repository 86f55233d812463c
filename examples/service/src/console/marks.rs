//! The parts of a job that match the keyword. The page marks them.

use std::ops::Range;

use jobdex::Page;
use serde::Serialize;

use super::request::Asked;
use crate::job::LiveJob;

/// The marks of a job.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Marked {
    /// The name in pieces that are plain and marked in turn, starting with a plain one. These are pieces and not
    /// offsets, because JavaScript counts characters in another way than Rust.
    parts: Vec<String>,
    /// Whether the keyword is the ID of the job.
    by_id: bool,
}

impl Marked {
    /// A name without marks.
    pub(super) fn plain(name: &str) -> Self {
        Self { parts: vec![name.to_owned()], by_id: false }
    }
}

/// The marks of each job of a page.
pub(super) fn marked(page: &Page<LiveJob>, asked: &Asked) -> Vec<Marked> {
    let highlights = page.highlights(&asked.query);
    let each = page.jobs.iter().zip(highlights);
    each.map(|(job, found)| Marked { parts: pieces(&job.shown.name, &found.name), by_id: found.is_job_id }).collect()
}

/// Splits a name at the ranges. The ranges ascend; none is empty or touches the next one.
fn pieces(name: &str, ranges: &[Range<usize>]) -> Vec<String> {
    let mut pieces = Vec::with_capacity(2 * ranges.len() + 1);
    let mut at = 0;
    for range in ranges {
        pieces.push(name[at..range.start].to_owned());
        pieces.push(name[range.clone()].to_owned());
        at = range.end;
    }
    pieces.push(name[at..].to_owned());
    pieces
}
