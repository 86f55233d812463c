//! jobdex: a `JobStore` alone, and a `SharedJobStore` under readers beside a writer.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use jobdex::{Job, JobStore, ListQuery, SharedJobStore};

use crate::asks::Ask;
use crate::common::jobs::next_status;
use crate::peer::{Answer, Can, Peer, Shared, in_turn};

/// A store alone.
pub(crate) struct Jobdex(JobStore);

impl Peer for Jobdex {
    type Query = ListQuery;
    type Record = Arc<Job>;
    type Shared = SharedJobStore;

    const NAME: &'static str = "jobdex";

    fn load(jobs: Vec<Job>) -> Self {
        let mut store = JobStore::new();
        store.extend(jobs).expect("the jobs are valid, and their IDs differ");
        Self(store)
    }

    fn can(_: &Ask) -> Can {
        Can::AsTheVector
    }

    fn query(&self, ask: &Ask) -> ListQuery {
        let query = ask.request.to_query();
        let page_before = ask.page_before().map(|request| request.to_query());
        match page_before.and_then(|before| self.0.list(&before).expect("the query is valid").next) {
            Some(cursor) => query.after(cursor),
            None => query,
        }
    }

    fn list(&self, query: &ListQuery) -> Answer<Arc<Job>> {
        let page = self.0.list(query).expect("the query is valid");
        Answer { total: page.total_count, page: page.jobs }
    }

    fn update(&mut self, ids: &[String]) {
        for id in ids {
            self.0.update(id, |job| job.status = next_status(job.status)).expect("there is such a job");
        }
    }

    fn share(self) -> SharedJobStore {
        SharedJobStore::new(self.0)
    }
}

impl Shared for SharedJobStore {
    type Query = ListQuery;

    fn read(&self, queries: &[ListQuery], stop: &AtomicBool) -> u64 {
        let mut reader = self.reader();
        in_turn(queries, stop, |query| drop(reader.snapshot().list(query).expect("the query is valid")))
    }

    fn write(&self, ids: &[String], stop: &AtomicBool) -> u64 {
        in_turn(ids, stop, |id| {
            let change = |store: &mut JobStore| store.update(id, |job| job.status = next_status(job.status));
            drop(SharedJobStore::write(self, change).expect("there is such a job"));
        })
    }
}
