//! A hash table of 32-bit values that grows one bucket at a time and shares its buckets between clones.
//!
//! Linear hashing (Litwin, "Linear Hashing: A New Tool for File and Table Addressing", 1980): there is always one bucket
//! more or less to make, never a table to rehash, so no write stalls. A bucket keeps part of each hash beside the value:
//! splitting a bucket asks nobody, and a look-up asks about other values only where hashes agree.
//!
//! It knows neither keys nor their hash function; see `ids` and `grams`.

use std::iter;
use std::sync::Arc;

use crate::persist::shared_vec::SharedVec;

/// Values a bucket holds on average before another bucket is made: few enough for a scan of three cache lines and a copy
/// of 200 bytes a write, enough to spread the cost of an allocation.
const BUCKET_VALUES: usize = 24;

/// Values of a bucket that are not compared pair by pair.
const CROWD_VALUES: usize = 4 * BUCKET_VALUES;

/// Values by hash.
// Invariants:
//   an entry stands in bucket_of(hash); len = number of entries
//   count >= 1; buckets from `count` on are absent or empty
#[derive(Clone, Debug)]
pub(crate) struct Buckets {
    table: SharedVec<Option<Bucket>>,
    count: usize,
    len: usize,
}

/// One allocation, made anew by each write: a look-up touches no list beside it, and no room is kept for what may come.
type Bucket = Arc<[Entry]>;

#[derive(Clone, Copy, Debug)]
struct Entry {
    hash: u32,
    value: u32,
}

/// The values with one hash, to be looked for in their bucket.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Listed<'b> {
    bucket: &'b [Entry],
    hash: u32,
}

impl<'b> Listed<'b> {
    /// All of them, in no order.
    #[inline]
    pub(crate) fn values(self) -> impl Iterator<Item = u32> + 'b {
        self.bucket.iter().filter(move |entry| entry.hash == self.hash).map(|entry| entry.value)
    }

    /// The one of them that is looked for. Mostly there is one or none: those are told apart without a branch on what is read,
    /// so that several buckets are waited for together.
    #[inline]
    pub(crate) fn find(self, is_wanted: impl Fn(u32) -> bool) -> Option<u32> {
        let (mut count, mut only) = (0_u32, 0);
        for entry in self.bucket {
            let is_listed = u32::from(entry.hash == self.hash);
            count += is_listed;
            only |= entry.value & is_listed.wrapping_neg();
        }
        match count {
            0 => None,
            1 => Some(only).filter(|&only| is_wanted(only)),
            _ => self.values().find(|&value| is_wanted(value)),
        }
    }
}

impl Default for Buckets {
    fn default() -> Self {
        Self { table: SharedVec::default(), count: 1, len: 0 }
    }
}

impl Buckets {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The values with this hash, in no order. Costs a scan of one bucket.
    #[inline]
    pub(crate) fn candidates(&self, hash: u32) -> impl Iterator<Item = u32> + '_ {
        self.listed(hash).values()
    }

    /// The bucket of a hash, which is not looked at yet.
    #[inline]
    pub(crate) fn listed(&self, hash: u32) -> Listed<'_> {
        Listed { bucket: self.bucket(self.bucket_of(hash)), hash }
    }

    /// A table of these values by their hashes, each allocation made once.
    pub(crate) fn load(values: Vec<(u32, u32)>) -> Self {
        let mut table = Self { count: values.len().div_ceil(BUCKET_VALUES).max(1), ..Self::default() };
        // Entries of bucket i come to stand at ends[i] of the one before up to ends[i].
        let mut ends = vec![0; table.count + 1];
        for &(hash, _) in &values {
            ends[table.bucket_of(hash) + 1] += 1;
        }
        (1..ends.len()).for_each(|index| ends[index] += ends[index - 1]);
        let mut entries = vec![Entry { hash: 0, value: 0 }; values.len()];
        for (hash, value) in values {
            let end = &mut ends[table.bucket_of(hash)];
            entries[*end] = Entry { hash, value };
            *end += 1;
        }
        let mut start = 0;
        for (index, end) in ends.into_iter().take(table.count).enumerate() {
            *table.table.get_mut(index) = (start < end).then(|| entries[start..end].into());
            start = end;
        }
        table.len = start;
        table
    }

    /// The values of each bucket in which two may have the same hash.
    pub(crate) fn crowds(&self) -> impl Iterator<Item = Vec<u32>> + '_ {
        let has_same = |bucket: &[Entry]| {
            let mut numbered = bucket.iter().enumerate();
            numbered.any(|(at, entry)| bucket[at + 1..].iter().any(|other| other.hash == entry.hash))
        };
        let buckets = (0..self.count).map(|index| self.bucket(index));
        let crowds = buckets.filter(move |bucket| bucket.len() > CROWD_VALUES || has_same(bucket));
        crowds.map(|bucket| bucket.iter().map(|entry| entry.value).collect())
    }

    /// Adds a value that is not there under this hash.
    pub(crate) fn insert(&mut self, hash: u32, value: u32) {
        self.append(self.bucket_of(hash), iter::once(Entry { hash, value }));
        self.len += 1;
        if self.len > self.count * BUCKET_VALUES {
            self.split_one();
        }
    }

    /// Takes a value out; false if it was not there under this hash.
    pub(crate) fn remove(&mut self, hash: u32, value: u32) -> bool {
        let index = self.bucket_of(hash);
        let bucket = self.bucket(index);
        let Some(at) = bucket.iter().position(|entry| entry.hash == hash && entry.value == value) else { return false };
        let rest = bucket[..at].iter().chain(&bucket[at + 1..]).copied().collect();
        *self.table.get_mut(index) = Some(rest);
        self.len -= 1;
        if self.count > 1 && self.len < self.count * BUCKET_VALUES / 4 {
            self.join_one();
        }
        true
    }

    /// Puts another value in the place of one that is there.
    pub(crate) fn replace(&mut self, hash: u32, from: u32, to: u32) {
        let index = self.bucket_of(hash);
        let bucket = self.table.get_mut(index).as_mut().expect("a value that is replaced is there");
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
    fn bucket(&self, index: usize) -> &[Entry] {
        self.table.get(index).and_then(Option::as_deref).unwrap_or_default()
    }

    fn append(&mut self, index: usize, entries: impl Iterator<Item = Entry>) {
        let bucket = self.bucket(index).iter().copied().chain(entries).collect();
        *self.table.get_mut(index) = Some(bucket);
    }

    /// Makes the next bucket, from the entries of the one whose low bits it shares.
    fn split_one(&mut self) {
        let source = self.count - self.count.next_power_of_two() / if self.count.is_power_of_two() { 1 } else { 2 };
        let entries = self.table.get_mut(source).take().unwrap_or_default();
        let new = self.count;
        self.count += 1;
        for index in [source, new] {
            let bucket = entries.iter().copied().filter(|entry| self.bucket_of(entry.hash) == index).collect();
            *self.table.get_mut(index) = Some(bucket);
        }
    }

    /// Undoes the last [`split_one`](Self::split_one).
    fn join_one(&mut self) {
        self.count -= 1;
        let entries = self.table.get_mut(self.count).take().unwrap_or_default();
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

    use super::Buckets;

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
            let mut table = Buckets::default();
            let mut model = BTreeSet::new();
            for (insert, from, len) in steps {
                let before = (table.clone(), model.clone());
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
                        let found = table.candidates(hash(value)).any(|candidate| candidate == value);
                        prop_assert_eq!(found, model.contains(&value));
                    }
                }
            }
        }
    }
}
