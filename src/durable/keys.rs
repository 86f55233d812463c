//! The key of each job in the file.
//!
//! A job keeps its key while it lives, and a key of a removed job is given to the next new one. Keys are therefore dense, and a
//! record replaces the older one of the same job. The store's row numbers don't serve: rows move when a block is split.
//!
//! A job is found by the address of its record in memory, which no other record has while the store holds it. This takes 8
//! bytes for each job and about as much for the table, and reads no record.

use std::sync::Arc;

use crate::persist::hash_table::HashTable;
use crate::persist::hasher::NumberHasher;
use crate::store::Change;

/// A key of a record in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct DiskKey(u32);

impl DiskKey {
    /// A key that was read. `None` if the store gives out no such key: a store has fewer jobs than that.
    pub(super) fn new(key: u64) -> Option<Self> {
        u32::try_from(key).ok().filter(|&key| key < u32::MAX).map(Self)
    }

    pub(super) fn get(self) -> u64 {
        self.0.into()
    }
}

/// The address of a record.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Address(usize);

impl Address {
    /// No record has this address.
    const NONE: Self = Self(0);

    fn of<J>(job: &Arc<J>) -> Self {
        Self(Arc::as_ptr(job).addr())
    }
}

/// The keys in use, by the addresses of their records.
// Invariants:
//   addresses[key] is NONE exactly for the keys in `free`
//   table has each other key under the hash of its address
pub(super) struct JobKeys {
    addresses: Vec<Address>,
    table: HashTable,
    hasher: NumberHasher,
    free: Vec<u32>,
}

impl JobKeys {
    /// The keys of records that were read, in ascending order of the keys.
    pub(super) fn load<'j, J: 'j>(records: impl Iterator<Item = (DiskKey, &'j Arc<J>)>) -> Self {
        let hasher = NumberHasher::default();
        let (mut addresses, mut free, mut pairs) = (Vec::new(), Vec::new(), Vec::new());
        for (key, job) in records {
            // Keys between two records are free.
            while addresses.len() < key.0 as usize {
                free.push(to_key(addresses.len()));
                addresses.push(Address::NONE);
            }
            let address = Address::of(job);
            addresses.push(address);
            pairs.push((hasher.hash(address.0 as u64), key.0));
        }
        // The lowest free key is given out first.
        free.reverse();
        Self { addresses, table: HashTable::load(&pairs), hasher, free }
    }

    /// The keys of changes, in their order.
    pub(super) fn apply<J>(&mut self, changes: &[Change<J>]) -> Vec<DiskKey> {
        let mut keys = Vec::with_capacity(changes.len());
        for run in changes.chunk_by(|a, b| matches!((a, b), (Change::Inserted(_), Change::Inserted(_)))) {
            match &run[0] {
                Change::Inserted(_) => keys.extend(self.insert_all(run.iter().filter_map(Change::after))),
                Change::Updated { before, after } => keys.push(self.replace(before, after)),
                Change::Removed(job) => keys.push(self.remove(job)),
            }
        }
        keys
    }

    /// Keys for new jobs. One at a time, each would make a bucket of the table anew.
    fn insert_all<'j, J: 'j>(&mut self, jobs: impl Iterator<Item = &'j Arc<J>>) -> Vec<DiskKey> {
        let pairs: Vec<(u32, u32)> = jobs
            .map(|job| {
                let (key, address) = (self.free_key(), Address::of(job));
                self.addresses[key as usize] = address;
                (self.hasher.hash(address.0 as u64), key)
            })
            .collect();
        self.table.insert_all(&pairs);
        pairs.into_iter().map(|(_, key)| DiskKey(key)).collect()
    }

    /// A key that no job has.
    fn free_key(&mut self) -> u32 {
        self.free.pop().unwrap_or_else(|| {
            self.addresses.push(Address::NONE);
            to_key(self.addresses.len() - 1)
        })
    }

    /// The key of a job whose record was replaced. The key is that of the new record from now on.
    fn replace<J>(&mut self, before: &Arc<J>, after: &Arc<J>) -> DiskKey {
        let key = self.take(before);
        self.put(key, Address::of(after));
        DiskKey(key)
    }

    /// The key of a removed job, which is free from now on.
    fn remove<J>(&mut self, job: &Arc<J>) -> DiskKey {
        let key = self.take(job);
        self.free.push(key);
        DiskKey(key)
    }

    fn put(&mut self, key: u32, address: Address) {
        self.addresses[key as usize] = address;
        self.table.insert(self.hasher.hash(address.0 as u64), key);
    }

    fn take<J>(&mut self, job: &Arc<J>) -> u32 {
        let address = Address::of(job);
        let hash = self.hasher.hash(address.0 as u64);
        let key = self.table.candidates(hash).find(|key| self.addresses[key as usize] == address);
        let key = key.expect("a job of the store has a key");
        self.table.remove(hash, key);
        self.addresses[key as usize] = Address::NONE;
        key
    }
}

fn to_key(index: usize) -> u32 {
    u32::try_from(index).expect("a store has at most JOBS_MAX jobs, which is less than 2^32")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_keeps_its_key_and_a_free_key_is_given_again() {
        let jobs: Vec<Arc<u64>> = (0..5).map(Arc::new).collect();
        let read = [(0, 0), (2, 1), (5, 2)]
            .map(|(key, job): (u64, usize)| (DiskKey::new(key).expect("it is small"), &jobs[job]));
        let mut keys = JobKeys::load(read.into_iter());
        let mut apply = |changes: &[Change<u64>]| keys.apply(changes).into_iter().map(DiskKey::get).collect::<Vec<_>>();
        let inserted = |job: &Arc<u64>| Change::Inserted(Arc::clone(job));
        let updated = Change::Updated { before: Arc::clone(&jobs[1]), after: Arc::clone(&jobs[4]) };
        let removed = |job: &Arc<u64>| Change::Removed(Arc::clone(job));
        assert_eq!(apply(&[inserted(&jobs[3]), updated, removed(&jobs[0])]), [1, 2, 0]);
        let more: Vec<Arc<u64>> = (10..14).map(Arc::new).collect();
        assert_eq!(apply(&more.iter().map(inserted).collect::<Vec<_>>()), [0, 3, 4, 6]);
        assert_eq!(apply(&[removed(&jobs[4]), removed(&more[3]), inserted(&more[3]), removed(&more[0])]), [2, 6, 6, 0]);
    }

    #[test]
    fn a_key_that_no_store_gives_out_is_none() {
        assert_eq!(DiskKey::new(u64::from(u32::MAX)), None);
        assert_eq!(DiskKey::new(1 << 40), None);
        assert!(DiskKey::new(7).is_some());
    }
}
