//! The contract of a peer: load, list, update, and serve readers beside a writer.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use jobdex::Job;

use crate::asks::Ask;
use crate::common::requests::Request;

/// The exact total, and the page asked for with whole records.
pub(crate) struct Answer<R> {
    pub(crate) total: u64,
    pub(crate) page: Vec<R>,
}

/// Whether a peer can answer a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Can {
    /// With the total and the page that the vector gives.
    AsTheVector,
    /// By other rules; the text says which. Such an answer is not compared.
    ByOtherRules(&'static str),
    /// Not at all; the text says why.
    Not(&'static str),
}

/// A store of jobs.
pub(crate) trait Peer: Sized {
    /// A request in the peer's own form, which is made before it is timed.
    type Query: Send + Sync;
    type Record: HasId;
    type Shared: Shared<Query = Self::Query>;

    const NAME: &'static str;
    /// How many status changes are timed: fewer where each is a walk.
    const UPDATES: usize = 10_000;

    /// A store of these jobs, which come in their order of arrival.
    fn load(jobs: Vec<Job>) -> Self;

    fn can(ask: &Ask) -> Can;

    fn query(&self, ask: &Ask) -> Self::Query;

    fn list(&self, query: &Self::Query) -> Answer<Self::Record>;

    /// Gives each of these jobs its next status.
    ///
    /// # Panics
    /// If there is no such job.
    fn update(&mut self, ids: &[String]);

    /// Bytes that the allocator of this program does not count.
    fn other_bytes(&self) -> usize {
        0
    }

    fn share(self) -> Self::Shared;
}

pub(crate) trait HasId {
    fn id(&self) -> &str;
}

impl HasId for Arc<Job> {
    fn id(&self) -> &str {
        &self.job_id
    }
}

/// Where a page asked for by cursor begins: behind the last job of the page before. `None` for a page by number, and
/// where the page before is empty.
pub(crate) fn job_before(ask: &Ask, list: impl FnOnce(&Request) -> Vec<Arc<Job>>) -> Option<Arc<Job>> {
    list(&ask.page_before()?).pop()
}

/// A store under many readers beside one writer.
pub(crate) trait Shared: Sync {
    type Query: Sync;

    /// Lists these requests in turn until it is stopped, and returns how many it listed.
    fn read(&self, queries: &[Self::Query], stop: &AtomicBool) -> u64;

    /// Changes the status of these jobs in turn until it is stopped, and returns how many it changed.
    fn write(&self, ids: &[String], stop: &AtomicBool) -> u64;
}

/// A store that knows nothing of threads is shared by a lock.
impl<P: Peer + Send + Sync> Shared for RwLock<P> {
    type Query = P::Query;

    fn read(&self, queries: &[P::Query], stop: &AtomicBool) -> u64 {
        in_turn(queries, stop, |query| drop(self.read().unwrap_or_else(PoisonError::into_inner).list(query)))
    }

    fn write(&self, ids: &[String], stop: &AtomicBool) -> u64 {
        let write = |id: &String| self.write().unwrap_or_else(PoisonError::into_inner).update(std::slice::from_ref(id));
        in_turn(ids, stop, write)
    }
}

/// Calls with each value in turn, over and over, until it is stopped; returns the number of calls.
pub(crate) fn in_turn<T>(values: &[T], stop: &AtomicBool, mut call: impl FnMut(&T)) -> u64 {
    let mut count = 0;
    // Ends: whoever started this thread stops it after a while.
    for value in values.iter().cycle() {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        call(value);
        count += 1;
    }
    count
}
