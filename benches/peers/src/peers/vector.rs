//! A plain vector: filter, sort, slice. Its answers are what the others are compared with.
//!
//! A keyword is in a name or not. Where no name has it, names with one typo match, and where there is none, with two.

use std::sync::{Arc, RwLock};

use jobdex::Job;

use super::{Located, with_next_status};
use crate::asks::Ask;
use crate::baseline::keyword::Keyword;
use crate::baseline::{Entry, passes};
use crate::common::requests::Request;
use crate::peer::{Answer, Can, Peer};

pub(crate) struct Vector {
    entries: Vec<Entry>,
}

impl Vector {
    /// The jobs of the whole list, newest first.
    fn hits(&self, request: &Request) -> Vec<&Arc<Job>> {
        let keyword = request.keyword.as_deref().map(Keyword::new);
        let edits = keyword.as_ref().map_or(0, |keyword| self.edits_of_closest(keyword));
        let is_hit = |entry: &&Entry| {
            passes(request, &entry.job) && keyword.as_ref().is_none_or(|keyword| matches(entry, keyword, edits))
        };
        let mut hits: Vec<&Arc<Job>> = self.entries.iter().filter(is_hit).map(|entry| &entry.job).collect();
        hits.sort_by(|a, b| (b.create_time, &b.job_id).cmp(&(a.create_time, &a.job_id)));
        hits
    }

    fn edits_of_closest(&self, keyword: &Keyword) -> usize {
        let has_match = |&edits: &usize| self.entries.iter().any(|entry| matches(entry, keyword, edits));
        (0..=2).find(has_match).unwrap_or(2)
    }

    fn list(&self, request: &Request, behind: Option<&Arc<Job>>) -> Answer<Arc<Job>> {
        let hits = self.hits(request);
        let from = match behind {
            Some(last) => {
                hits.partition_point(|job| (job.create_time, &job.job_id) >= (last.create_time, &last.job_id))
            }
            None => request.offset(),
        };
        let page = hits.iter().skip(from).take(request.page_len());
        Answer { total: hits.len() as u64, page: page.map(|&job| Arc::clone(job)).collect() }
    }
}

fn matches(entry: &Entry, keyword: &Keyword, edits: usize) -> bool {
    match edits {
        0 => entry.folded.contains(keyword.whole()),
        _ => keyword.matches_with_typos(&entry.folded, edits),
    }
}

impl Peer for Vector {
    type Query = Located;
    type Record = Arc<Job>;
    type Shared = RwLock<Self>;

    const NAME: &'static str = "vector";
    const UPDATES: usize = 21;

    fn load(jobs: Vec<Job>) -> Self {
        let mut entries: Vec<Entry> = jobs.into_iter().map(|job| Entry::new(Arc::new(job))).collect();
        // It was made in the room of the jobs.
        entries.shrink_to_fit();
        Self { entries }
    }

    fn can(_: &Ask) -> Can {
        Can::AsTheVector
    }

    fn query(&self, ask: &Ask) -> Located {
        Located::new(ask, |request| self.list(request, None).page)
    }

    fn list(&self, query: &Located) -> Answer<Arc<Job>> {
        self.list(&query.request, query.behind.as_ref())
    }

    fn update(&mut self, ids: &[String]) {
        for id in ids {
            let entry = self.entries.iter_mut().find(|entry| entry.job.job_id == *id).expect("there is such a job");
            entry.job = Arc::new(with_next_status(&entry.job));
        }
    }

    fn share(self) -> RwLock<Self> {
        RwLock::new(self)
    }
}
