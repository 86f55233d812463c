//! What of a job a keyword found, for the page to mark.

use std::ops::Range;

use jobdex::Page;
use serde::Serialize;

use super::request::Asked;
use crate::job::LiveJob;

/// What is marked of a job.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Marked {
    /// The name in pieces that are in turn plain and marked, the first of them plain. Pieces, not places: a script counts
    /// letters otherwise.
    parts: Vec<String>,
    /// Whether the keyword is the job's ID.
    by_id: bool,
}

/// What is marked of each job of a page.
pub(super) fn marked(page: &Page<LiveJob>, asked: &Asked) -> Vec<Marked> {
    let highlights = page.highlights(&asked.query);
    let each = page.jobs.iter().zip(highlights);
    each.map(|(job, found)| Marked { parts: pieces(&job.shown.name, &found.name), by_id: found.is_job_id }).collect()
}

/// The ranges ascend, and none of them is empty or touches the next.
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
