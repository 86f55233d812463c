//! The letters of a name that a keyword found, for the page to mark.

use std::ops::Range;

use jobdex::Page;

use super::request::Asked;
use crate::job::LiveJob;

/// The name of each job of a page in pieces that are in turn plain and marked, the first of them plain. Pieces, not
/// places: a script counts letters otherwise.
pub(super) fn parts(page: &Page<LiveJob>, asked: &Asked) -> Vec<Vec<String>> {
    let highlights = page.highlights(&asked.query);
    page.jobs.iter().zip(highlights).map(|(job, found)| pieces(&job.shown.name, &found.name)).collect()
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
