//! The naive answer in four lines: walk every job, keep the matches, sort by creation time, slice a page.

use std::sync::Arc;

use jobdex::{Job, SortOrder};

use super::keyword::Keyword;
use super::{Answer, Entry, passes};
use crate::common::requests::Request;

/// A vector of jobs with their folded names, in order of arrival. Every operation walks over it.
#[derive(Default)]
pub(crate) struct Naive {
    entries: Vec<Entry>,
}

impl Naive {
    pub(crate) fn new(jobs: impl IntoIterator<Item = Arc<Job>>) -> Self {
        let mut entries: Vec<Entry> = jobs.into_iter().map(Entry::new).collect();
        entries.shrink_to_fit();
        Self { entries }
    }

    pub(crate) fn list(&self, request: &Request) -> Answer {
        let keyword = request.keyword.as_deref().map(Keyword::new);
        let edits = keyword.as_ref().map_or(0, |keyword| self.edits_of_closest(keyword));
        let is_hit = |entry: &&Entry| {
            passes(request, &entry.job) && keyword.as_ref().is_none_or(|keyword| matches(entry, keyword, edits))
        };
        let mut hits: Vec<&Arc<Job>> = self.entries.iter().filter(is_hit).map(|entry| &entry.job).collect();
        hits.sort_by(|a, b| (a.create_time, &a.job_id).cmp(&(b.create_time, &b.job_id)));
        if request.sort == SortOrder::Desc {
            hits.reverse();
        }
        let page = hits.iter().skip(request.offset()).take(request.page_len());
        Answer { total_count: hits.len() as u64, jobs: page.map(|&job| Arc::clone(job)).collect() }
    }

    /// The closest match level at which any job matches.
    fn edits_of_closest(&self, keyword: &Keyword) -> usize {
        let has_match = |&edits: &usize| self.entries.iter().any(|entry| matches(entry, keyword, edits));
        (0..=2).find(has_match).unwrap_or(2)
    }

    /// Whether the ID was free. This takes a walk.
    pub(crate) fn insert(&mut self, job: Job) -> bool {
        let is_free = self.position(&job.job_id).is_none();
        if is_free {
            self.entries.push(Entry::new(Arc::new(job)));
        }
        is_free
    }

    pub(crate) fn update(&mut self, id: &str, change: impl FnOnce(&mut Job)) -> bool {
        let Some(position) = self.position(id) else {
            return false;
        };
        let mut job = Job::clone(&self.entries[position].job);
        change(&mut job);
        self.entries[position] = Entry::new(Arc::new(job));
        true
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<Arc<Job>> {
        let position = self.position(id)?;
        Some(self.entries.swap_remove(position).job)
    }

    fn position(&self, id: &str) -> Option<usize> {
        self.entries.iter().position(|entry| entry.job.job_id == id)
    }
}

fn matches(entry: &Entry, keyword: &Keyword, edits: usize) -> bool {
    match edits {
        0 => keyword.matches_literally(&entry.folded) || entry.job.job_id.eq_ignore_ascii_case(keyword.text()),
        _ => keyword.matches_with_typos(&entry.folded, edits),
    }
}
