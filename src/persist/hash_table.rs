//! A hash table of 32-bit values that grows one bucket at a time and shares its buckets between clones.
//!
//! Linear hashing (Litwin, "Linear Hashing: A New Tool for File and Table Addressing", 1980): the table grows and shrinks by
//! one bucket at a time and is never rehashed as a whole, so no write stalls.
//! ```text
//! 5 buckets of hashes   0: …000   1: …01   2: …10   3: …11   4: …100      bucket 1 is split next: …101 moves to bucket 5
//! ```
//! A bucket stores each hash beside its value: splitting a bucket needs no key, and a look-up compares keys only where
//! hashes are equal.
//!
//! The table knows neither keys nor their hash function. Its callers do: the index of job IDs, the dictionaries of words and
//! of labels, the grams.

use std::iter;
use std::sync::Arc;

use crate::persist::counting_sort::Groups;
use crate::persist::shared_vec::SharedVec;
use crate::plan::cost::COMPARED_VALUES_MAX;

/// Values of a bucket on average before another bucket is made. A look-up scans three cache lines then, and a write copies
/// 200 bytes. Of fewer, the cost of an allocation would be spread over too few values.
const BUCKET_VALUES: usize = 24;

/// Of fewer new values than a bucket in so many gets, each is inserted by itself: to group them costs a step for each bucket.
const PAIRS_PER_BUCKET_MIN: usize = 8;

/// Values by hash.
// Invariants:
//   an entry stands in bucket_of(hash); len = number of entries
//   count >= 1; buckets from `count` on are absent or empty
#[derive(Clone, Debug)]
pub(crate) struct HashTable {
    buckets: SharedVec<Option<Bucket>>,
    count: usize,
    len: usize,
}

/// One allocation, made anew by each write: a look-up reads no list beside it, and no capacity is reserved.
type Bucket = Arc<[HashEntry]>;

#[derive(Clone, Copy, Debug, Default)]
struct HashEntry {
    hash: u32,
    value: u32,
}

/// The values with one hash, in a bucket that is not read yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidates<'b> {
    bucket: &'b [HashEntry],
    hash: u32,
}

impl<'b> Candidates<'b> {
    /// Reads the bucket at both ends, so that its memory comes into the cache. Gives something that depends on what was read, for
    /// [`read_together`](super::prefetch::read_together).
    #[inline]
    pub(crate) fn prefetch(self) -> usize {
        let value = |entry: Option<&HashEntry>| entry.map_or(0, |entry| entry.value as usize);
        value(self.bucket.first()).wrapping_add(value(self.bucket.last()))
    }

    /// All of them, in no order.
    #[inline]
    pub(crate) fn values(self) -> impl Iterator<Item = u32> + 'b {
        self.bucket.iter().filter(move |entry| entry.hash == self.hash).map(|entry| entry.value)
    }

    /// The first value that is wanted. Most buckets have one value of a hash or none. Those cases are told apart without a
    /// branch on the bytes of the bucket, so that the processor can wait for several buckets together.
    #[inline]
    pub(crate) fn find(self, is_wanted: impl Fn(u32) -> bool) -> Option<u32> {
        let (mut count, mut only) = (0_u32, 0);
        for entry in self.bucket {
            let is_candidate = u32::from(entry.hash == self.hash);
            count += is_candidate;
            only |= entry.value & is_candidate.wrapping_neg();
        }
        match count {
            0 => None,
            1 => Some(only).filter(|&only| is_wanted(only)),
            _ => self.values().find(|&value| is_wanted(value)),
        }
    }
}

impl Default for HashTable {
    fn default() -> Self {
        Self { buckets: SharedVec::default(), count: 1, len: 0 }
    }
}

impl HashTable {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The values with this hash. Finds their bucket and does not read it yet.
    #[inline]
    pub(crate) fn candidates(&self, hash: u32) -> Candidates<'_> {
        Candidates { bucket: self.bucket(self.bucket_of(hash)), hash }
    }

    /// A table of pairs of hash and value, each allocation made once.
    pub(crate) fn load(pairs: &[(u32, u32)]) -> Self {
        let count = pairs.len().div_ceil(BUCKET_VALUES).max(1);
        let mut table = Self { count, len: pairs.len(), ..Self::default() };
        let by_bucket = pairs.iter().map(|&(hash, value)| (table.bucket_of(hash), HashEntry { hash, value }));
        let groups = Groups::new(count, by_bucket);
        for (index, entries) in groups.iter().enumerate() {
            *table.buckets.get_mut(index) = (!entries.is_empty()).then(|| entries.into());
        }
        table
    }

    /// The values of each bucket in which two may have the same hash.
    pub(crate) fn possible_collisions(&self) -> impl Iterator<Item = Vec<u32>> + '_ {
        let has_equal_hashes = |bucket: &[HashEntry]| {
            let mut numbered = bucket.iter().enumerate();
            numbered.any(|(at, entry)| bucket[at + 1..].iter().any(|other| other.hash == entry.hash))
        };
        let buckets = (0..self.count).map(|index| self.bucket(index));
        let colliding = buckets.filter(move |bucket| bucket.len() > COMPARED_VALUES_MAX || has_equal_hashes(bucket));
        colliding.map(|bucket| bucket.iter().map(|entry| entry.value).collect())
    }

    /// Adds a value. One that is there under this hash already is there once more, for another key of its.
    pub(crate) fn insert(&mut self, hash: u32, value: u32) {
        self.append(self.bucket_of(hash), iter::once(HashEntry { hash, value }));
        self.len += 1;
        if self.len > self.count * BUCKET_VALUES {
            self.split_one();
        }
    }

    /// Adds many pairs of hash and value that are not there. Each bucket that gets values is made anew once.
    pub(crate) fn insert_all(&mut self, pairs: &[(u32, u32)]) {
        if pairs.len() < self.count / PAIRS_PER_BUCKET_MIN {
            return pairs.iter().for_each(|&(hash, value)| self.insert(hash, value));
        }
        self.len += pairs.len();
        while self.len > self.count * BUCKET_VALUES {
            self.split_one();
        }
        let by_bucket = pairs.iter().map(|&(hash, value)| (self.bucket_of(hash), HashEntry { hash, value }));
        let groups = Groups::new(self.count, by_bucket);
        for (index, entries) in groups.iter().enumerate().filter(|(_, entries)| !entries.is_empty()) {
            self.append(index, entries.iter().copied());
        }
    }

    /// Takes a value out once; false if it was not there under this hash.
    pub(crate) fn remove(&mut self, hash: u32, value: u32) -> bool {
        let index = self.bucket_of(hash);
        let bucket = self.bucket(index);
        let Some(at) = bucket.iter().position(|entry| entry.hash == hash && entry.value == value) else { return false };
        let rest = bucket[..at].iter().chain(&bucket[at + 1..]).copied().collect();
        *self.buckets.get_mut(index) = Some(rest);
        self.len -= 1;
        if self.count > 1 && self.len < self.count * BUCKET_VALUES / 4 {
            self.join_one();
        }
        true
    }

    /// Puts another value in the place of one that is there, once.
    pub(crate) fn replace(&mut self, hash: u32, from: u32, to: u32) {
        let index = self.bucket_of(hash);
        let bucket = self.buckets.get_mut(index).as_mut().expect("a value that is replaced is there");
        let found = Arc::make_mut(bucket).iter_mut().find(|entry| entry.hash == hash && entry.value == from);
        found.expect("a value that is replaced is there").value = to;
    }

    /// The bucket of a hash: its low bits, one bit fewer where that bucket is not made yet.
    fn bucket_of(&self, hash: u32) -> usize {
        let mask = self.count.next_power_of_two() - 1;
        let index = hash as usize & mask;
        if index < self.count { index } else { index & (mask >> 1) }
    }

    #[inline]
    fn bucket(&self, index: usize) -> &[HashEntry] {
        self.buckets.get(index).and_then(Option::as_deref).unwrap_or_default()
    }

    fn append(&mut self, index: usize, entries: impl Iterator<Item = HashEntry>) {
        let bucket = self.bucket(index).iter().copied().chain(entries).collect();
        *self.buckets.get_mut(index) = Some(bucket);
    }

    /// Makes the next bucket, from the entries of the one whose low bits it shares.
    fn split_one(&mut self) {
        let source = self.count - self.count.next_power_of_two() / if self.count.is_power_of_two() { 1 } else { 2 };
        let entries = self.buckets.get_mut(source).take().unwrap_or_default();
        let new = self.count;
        self.count += 1;
        for index in [source, new] {
            let bucket = entries.iter().copied().filter(|entry| self.bucket_of(entry.hash) == index).collect();
            *self.buckets.get_mut(index) = Some(bucket);
        }
    }

    /// Undoes the last [`split_one`](Self::split_one).
    fn join_one(&mut self) {
        self.count -= 1;
        let entries = self.buckets.get_mut(self.count).take().unwrap_or_default();
        if let Some(first) = entries.first() {
            self.append(self.bucket_of(first.hash), entries.iter().copied());
        }
    }

    /// Panics with the name of a broken invariant.
    pub(crate) fn check_invariants(&self) {
        let mut len = 0;
        for index in 0..self.count {
            for entry in self.bucket(index) {
                assert_eq!(self.bucket_of(entry.hash), index, "an entry stands in the bucket of its hash");
                len += 1;
            }
        }
        assert_eq!(len, self.len, "the length of a table is the count of its entries");
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::HashTable;

    /// Hashes that spread, and one hash for all.
    fn hashes() -> impl Strategy<Value = fn(u32) -> u32> {
        prop_oneof![Just((|value| value.wrapping_mul(0x9e37_79b1)) as fn(u32) -> u32), Just((|_| 7) as fn(u32) -> u32)]
    }

    proptest! {
        #[test]
        fn a_table_holds_what_was_put_in_under_any_hash(
            hash in hashes(),
            steps in prop::collection::vec((any::<bool>(), 0..400_u32, 1..300_u32), 1..30),
        ) {
            let mut table = HashTable::default();
            let mut model = BTreeSet::new();
            for (insert, from, len) in steps {
                let before = (table.clone(), model.clone());
                if insert && from % 2 == 0 {
                    let new = (from..from + len).filter(|&value| model.insert(value));
                    table.insert_all(&new.map(|value| (hash(value), value)).collect::<Vec<_>>());
                }
                for value in from..from + len {
                    if insert && model.insert(value) {
                        table.insert(hash(value), value);
                    } else if !insert {
                        prop_assert_eq!(table.remove(hash(value), value), model.remove(&value));
                    }
                }
                for (table, model) in [&before, &(table.clone(), model.clone())] {
                    table.check_invariants();
                    prop_assert_eq!(table.len(), model.len());
                    for value in 0..700 {
                        let found = table.candidates(hash(value)).values().any(|candidate| candidate == value);
                        prop_assert_eq!(found, model.contains(&value));
                    }
                }
            }
        }
    }
}
