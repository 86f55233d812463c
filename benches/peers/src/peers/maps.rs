//! Sorted maps and sets: one for each value of a facet, and one for each word.

use std::sync::{Arc, RwLock};

use jobdex::Job;

use super::{Located, can_literally};
use crate::asks::Ask;
use crate::baseline::maps::Maps;
use crate::common::jobs::next_status;
use crate::peer::{Answer, Can, Peer};

pub(crate) struct SortedMaps(Maps);

impl Peer for SortedMaps {
    type Query = Located;
    type Record = Arc<Job>;
    type Shared = RwLock<Self>;

    const NAME: &'static str = "sorted maps";

    fn load(jobs: Vec<Job>) -> Self {
        Self(Maps::new(jobs.into_iter().map(Arc::new)))
    }

    fn can(ask: &Ask) -> Can {
        can_literally(ask)
    }

    fn query(&self, ask: &Ask) -> Located {
        Located::new(ask, |request| self.0.list(request).jobs)
    }

    fn list(&self, query: &Located) -> Answer<Arc<Job>> {
        let answer = match &query.behind {
            Some(job) => self.0.list_behind(&query.request, job),
            None => self.0.list(&query.request),
        };
        Answer { total: answer.total_count, page: answer.jobs }
    }

    fn update(&mut self, ids: &[String]) {
        for id in ids {
            assert!(self.0.update(id, |job| job.status = next_status(job.status)), "no job {id}");
        }
    }

    fn share(self) -> RwLock<Self> {
        RwLock::new(self)
    }
}
