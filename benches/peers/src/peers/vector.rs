//! A plain vector: filter, sort, slice. Its answers are what the others are compared with.

use std::sync::{Arc, RwLock};

use jobdex::Job;

use super::Located;
use crate::asks::Ask;
use crate::baseline::naive::Naive;
use crate::common::jobs::next_status;
use crate::peer::{Answer, Can, Peer};

pub(crate) struct Vector(Naive);

impl Peer for Vector {
    type Query = Located;
    type Record = Arc<Job>;
    type Shared = RwLock<Self>;

    const NAME: &'static str = "vector";
    const UPDATES: usize = 21;

    fn load(jobs: Vec<Job>) -> Self {
        Self(Naive::new(jobs.into_iter().map(Arc::new)))
    }

    fn can(_: &Ask) -> Can {
        Can::AsTheVector
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
