//! The letters of a name that a keyword found, for the page to mark.

use std::ops::Range;

use jobdex::Page;

use super::request::Asked;
use crate::job::LiveJob;

/// The name of each job of a page in pieces that are in turn plain and marked, the first of them plain.
pub(super) fn parts(page: &Page<LiveJob>, asked: &Asked) -> Vec<Vec<String>> {
    page.jobs.iter().map(|job| pieces(&job.shown.name, &hits(&job.shown.name, &asked.keyword))).collect()
}

/// Until the crate says it: where a word of the keyword stands in the name as it is written.
fn hits(name: &str, keyword: &str) -> Vec<Range<usize>> {
    let mut hits: Vec<_> = keyword
        .split_whitespace()
        .flat_map(|word| name.match_indices(word).map(|(at, word)| at..at + word.len()))
        .collect();
    hits.sort_by_key(|hit| hit.start);
    hits
}

/// Hits are in order; what overlaps is one.
fn pieces(name: &str, hits: &[Range<usize>]) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut at = 0;
    for hit in hits.iter().filter(|hit| !hit.is_empty()) {
        let start = hit.start.max(at);
        if start < hit.end {
            pieces.push(name[at..start].to_owned());
            pieces.push(name[start..hit.end].to_owned());
            at = hit.end;
        }
    }
    pieces.push(name[at..].to_owned());
    pieces
}
