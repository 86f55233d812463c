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

    /// A key for a new job.
    pub(super) fn insert<J>(&mut self, job: &Arc<J>) -> DiskKey {
        let key = self.free.pop().unwrap_or_else(|| to_key(self.addresses.len()));
        if key as usize == self.addresses.len() {
            self.addresses.push(Address::NONE);
        }
        self.put(key, Address::of(job));
        DiskKey(key)
    }

    /// The key of a job whose record was replaced. The key is that of the new record from now on.
    pub(super) fn replace<J>(&mut self, before: &Arc<J>, after: &Arc<J>) -> DiskKey {
        let key = self.take(before);
        self.put(key, Address::of(after));
        DiskKey(key)
    }

    /// The key of a removed job, which is free from now on.
    pub(super) fn remove<J>(&mut self, job: &Arc<J>) -> DiskKey {
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
        assert_eq!(keys.insert(&jobs[3]).get(), 1);
        assert_eq!(keys.replace(&jobs[1], &jobs[4]).get(), 2);
        assert_eq!(keys.remove(&jobs[0]).get(), 0);
        let more: Vec<Arc<u64>> = (10..14).map(Arc::new).collect();
        let given: Vec<u64> = more.iter().map(|job| keys.insert(job).get()).collect();
        assert_eq!(given, [0, 3, 4, 6]);
        assert_eq!(keys.remove(&jobs[4]).get(), 2);
    }

    #[test]
    fn a_key_that_no_store_gives_out_is_none() {
        assert_eq!(DiskKey::new(u64::from(u32::MAX)), None);
        assert_eq!(DiskKey::new(1 << 40), None);
        assert!(DiskKey::new(7).is_some());
    }
}
