//! Writes of pairs, and the oracle that is rebuilt from their acknowledgements.
//!
//! A write puts two jobs of one value into the store, or removes both. So half of a write would show. Each write has its own
//! number, and each pair has at most one write at a time.

use std::collections::BTreeMap;
use std::sync::Arc;

use jobdex::durable::{DurableJobStore, DurableOptions, WriteError};
use jobdex::error::InsertError;
use jobdex::{Job, Snapshot};

use crate::oracle::random::Random;
use crate::oracle::store::{ListSpec, Oracle};
use crate::oracle::{twins, vocabulary};

/// A write of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PairWrite {
    pub(crate) pair: usize,
    pub(crate) number: usize,
}

impl PairWrite {
    /// The jobs of the pair after this write: none if it removes them.
    pub(crate) fn jobs(self) -> Vec<Job> {
        if self.number % 5 == 4 {
            return Vec::new();
        }
        let time = vocabulary::time(i64::try_from(self.pair / 3).expect("few pairs"));
        let name = format!("{} {}", vocabulary::NAMES[self.number % vocabulary::NAMES.len()], self.number);
        ids(self.pair).map(|id| vocabulary::job(&id, &name, time, self.number)).into()
    }

    /// Makes the write.
    pub(crate) fn make(self, store: &DurableJobStore) -> Result<(), WriteError<InsertError>> {
        store.write(|store| {
            let jobs = self.jobs();
            if jobs.is_empty() {
                for id in ids(self.pair) {
                    store.remove(&id);
                }
            }
            jobs.into_iter().try_for_each(|job| store.upsert(job).map(drop))
        })
    }
}

fn ids(pair: usize) -> [String; 2] {
    ["a", "b"].map(|half| format!("{half}{pair}"))
}

/// The newest acknowledged write of each pair, and the write that was not acknowledged and may be there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Acknowledged {
    pairs: BTreeMap<usize, PairWrite>,
    open: BTreeMap<usize, PairWrite>,
    pub(crate) count: usize,
}

impl Acknowledged {
    pub(crate) fn begin(&mut self, write: PairWrite) {
        self.open.insert(write.pair, write);
    }

    pub(crate) fn acknowledge(&mut self, write: PairWrite) {
        self.open.remove(&write.pair);
        self.pairs.insert(write.pair, write);
        self.count += 1;
    }

    /// Makes a write, and notes its outcome.
    pub(crate) fn make(&mut self, write: PairWrite, store: &DurableJobStore) -> Result<(), WriteError<InsertError>> {
        self.begin(write);
        write.make(store)?;
        self.acknowledge(write);
        Ok(())
    }

    /// Checks that a store has exactly what was acknowledged. A write without an acknowledgement is there in whole or not at
    /// all; from then on it counts as acknowledged or as never made.
    pub(crate) fn check(&mut self, snapshot: &Snapshot, random: &mut Random) {
        for (pair, open) in std::mem::take(&mut self.open) {
            if same_jobs(snapshot, pair, &open.jobs()) {
                self.pairs.insert(pair, open);
            }
        }
        self.check_exactly(snapshot, random);
    }

    /// Checks that a store has what was acknowledged and nothing else.
    pub(crate) fn check_exactly(&self, snapshot: &Snapshot, random: &mut Random) {
        for (&pair, write) in &self.pairs {
            assert!(same_jobs(snapshot, pair, &write.jobs()), "{write:?} is there, got {:?}", found(snapshot, pair));
        }
        let oracle = self.oracle();
        assert_eq!(snapshot.len(), oracle.len(), "the store has the acknowledged jobs");
        snapshot.check_invariants();
        let times = vocabulary::times();
        let job_ids: Vec<&str> = vec!["a1", "b2", "a30"];
        for _ in 0..4 {
            let spec = vocabulary::spec(random, vocabulary::NAMES, &job_ids, &times);
            twins::check_list(snapshot, &oracle, &spec);
        }
        twins::check_list(snapshot, &oracle, &ListSpec::default());
    }

    fn oracle(&self) -> Oracle {
        Oracle::of(self.pairs.values().flat_map(|write| write.jobs()))
    }
}

fn found(snapshot: &Snapshot, pair: usize) -> Vec<Arc<Job>> {
    ids(pair).iter().filter_map(|id| snapshot.get(id).cloned()).collect()
}

fn same_jobs(snapshot: &Snapshot, pair: usize, jobs: &[Job]) -> bool {
    found(snapshot, pair).iter().map(AsRef::as_ref).eq(jobs)
}

/// Options with a cache that is too small for a file, so that it is read and written within a transaction.
pub(crate) fn options() -> DurableOptions {
    DurableOptions::new().cache_bytes(64 << 10)
}
