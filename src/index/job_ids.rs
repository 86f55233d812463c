//! The index of job IDs: IDs to rows, with a look-up that ignores ASCII case beside the exact one.
//!
//! The index stores no ID. It reads the IDs of candidates from the records. Beside them, it knows the lengths that IDs have: most
//! keywords have another length than all IDs, and are not looked up. IDs come from callers, so each index hashes them
//! with a key of its own: see [`hasher`](crate::persist::hasher).

use std::hash::BuildHasher;

use crate::index::record::Records;
use crate::limits::JOB_ID_BYTES_MAX;
use crate::persist::hash_table::HashTable;
use crate::persist::hasher::TextHasher;
use crate::rows::row::Row;

/// Rows by job ID.
// Invariants:
//   rows has each row with a job once, under the hash of its ID in lower case
//   lengths has the length of each ID, and may have those of IDs that are gone
#[derive(Clone, Debug, Default)]
pub(crate) struct JobIds<S = TextHasher> {
    rows: HashTable,
    lengths: Lengths,
    hasher: S,
}

/// Lengths in bytes, from 1 to [`JOB_ID_BYTES_MAX`], a bit each.
#[derive(Clone, Copy, Debug, Default)]
struct Lengths(u128);

const _: () = assert!(JOB_ID_BYTES_MAX <= u128::BITS as usize, "there is a bit for each length");

impl Lengths {
    fn insert(&mut self, len: usize) {
        self.0 |= 1 << (len - 1);
    }

    fn has(self, len: usize) -> bool {
        (1..=JOB_ID_BYTES_MAX).contains(&len) && self.0 >> (len - 1) & 1 == 1
    }
}

impl<S: BuildHasher> JobIds<S> {
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The row of the job with exactly this ID. Costs **O(1)**.
    pub(crate) fn find(&self, records: &dyn Records, job_id: &str) -> Option<Row> {
        self.candidates(job_id).find(|&row| records.key(row).job_id == job_id)
    }

    /// The rows of the jobs whose ID equals this text where ASCII case is ignored, in no order.
    pub(crate) fn find_ignoring_case<'a>(
        &'a self,
        records: &'a dyn Records,
        job_id: &'a str,
    ) -> impl Iterator<Item = Row> + 'a {
        self.candidates(job_id).filter(move |&row| records.key(row).job_id.eq_ignore_ascii_case(job_id))
    }

    fn candidates(&self, job_id: &str) -> impl Iterator<Item = Row> + '_ {
        let hash = if self.lengths.has(job_id.len()) { self.hash(job_id) } else { None };
        hash.into_iter().flat_map(|hash| self.rows.candidates(hash).values()).map(Row::from_number)
    }

    /// Adds a job whose ID is not there.
    pub(crate) fn insert(&mut self, job_id: &str, row: Row) {
        let hash = self.hash(job_id).expect("a stored ID is within its limit");
        self.lengths.insert(job_id.len());
        self.rows.insert(hash, row.number());
    }

    /// The hash of the ID of a job that is to be added with many others.
    pub(crate) fn hash_of(&self, job_id: &str) -> u32 {
        self.hash(job_id).expect("a stored ID is within its limit")
    }

    /// Whether no job has one of some IDs, and no two of them are equal. Each ID comes with its hash.
    pub(crate) fn are_new(&self, records: &dyn Records, mut ids: Vec<(u32, &str)>) -> bool {
        let is_there = |&(hash, job_id): &(u32, &str)| {
            let mut rows = self.rows.candidates(hash).values();
            rows.any(|row| records.key(Row::from_number(row)).job_id == job_id)
        };
        if ids.iter().any(is_there) {
            return false;
        }
        ids.sort_unstable();
        ids.windows(2).all(|pair| pair[0] != pair[1])
    }

    /// Adds many jobs whose IDs are not there: the length and the hash of each ID, and the row.
    pub(crate) fn insert_all(&mut self, ids: impl Iterator<Item = (usize, u32, Row)>) {
        let lengths = &mut self.lengths;
        let rows = ids.map(|(len, hash, row)| {
            lengths.insert(len);
            (hash, row.number())
        });
        self.rows.insert_all(&rows.collect::<Vec<_>>());
    }

    /// Adds many jobs where none is; false if two have the same ID.
    pub(crate) fn load(&mut self, records: &dyn Records, rows: &[Row]) -> bool {
        let mut lengths = Lengths::default();
        let mut hash = |&row: &Row| {
            let job_id = records.key(row).job_id;
            lengths.insert(job_id.len());
            self.hash(job_id).expect("a stored ID is within its limit")
        };
        let hashed: Vec<(u32, u32)> = rows.iter().map(|row| (hash(row), row.number())).collect();
        self.lengths = lengths;
        self.rows = HashTable::load(&hashed);
        self.rows.possible_collisions().all(|rows| {
            let mut ids: Vec<&str> = rows.iter().map(|&row| records.key(Row::from_number(row)).job_id).collect();
            ids.sort_unstable();
            ids.windows(2).all(|pair| pair[0] != pair[1])
        })
    }

    /// Takes a job out; false if it was not there.
    pub(crate) fn remove(&mut self, job_id: &str, row: Row) -> bool {
        self.hash(job_id).is_some_and(|hash| self.rows.remove(hash, row.number()))
    }

    /// Moves a job to another row.
    pub(crate) fn relocate(&mut self, job_id: &str, from: Row, to: Row) {
        let hash = self.hash(job_id).expect("a stored ID is within its limit");
        self.rows.replace(hash, from.number(), to.number());
    }

    /// The hash of an ID in lower case; `None` for a text that is longer than any ID can be.
    #[allow(clippy::cast_possible_truncation, reason = "32 of the 64 bits are kept")]
    fn hash(&self, job_id: &str) -> Option<u32> {
        let mut lower = [0; JOB_ID_BYTES_MAX];
        let lower = lower.get_mut(..job_id.len())?;
        lower.copy_from_slice(job_id.as_bytes());
        lower.make_ascii_lowercase();
        Some(self.hasher.hash_one(&*lower) as u32)
    }

    /// Panics with the name of a broken invariant.
    pub(crate) fn check_invariants(&self) {
        self.rows.check_invariants();
    }
}

#[cfg(test)]
mod tests {
    use std::hash::{BuildHasherDefault, DefaultHasher, RandomState};

    use chrono::DateTime;

    use super::*;
    use crate::index::record::{Key, RecordLabels};
    use crate::persist::hasher::constant::ConstantHasher;

    struct Texts(Vec<String>);

    impl Records for Texts {
        fn key(&self, row: Row) -> Key<'_> {
            Key { create_time: DateTime::UNIX_EPOCH, job_id: &self.0[row.index()] }
        }

        fn name(&self, _row: Row) -> &'static str {
            ""
        }

        fn labels(&self, _row: Row) -> RecordLabels<'_> {
            Vec::new()
        }
    }

    fn check_with<S: BuildHasher + Default + Clone>() {
        let texts = Texts((0..2_000).map(|number| format!("Job-{number}")).chain(["job-5".to_owned()]).collect());
        let rows = || (0..).map(Row::from_number);
        let mut ids = JobIds::<S>::default();
        texts.0.iter().zip(rows()).for_each(|(id, row)| ids.insert(id, row));
        assert_eq!(ids.find(&texts, "Job-1234"), Some(Row::from_number(1234)));
        assert_eq!(ids.find(&texts, "job-1234"), None, "the exact look-up distinguishes case");
        assert_eq!(ids.find_ignoring_case(&texts, "JOB-1234").count(), 1);
        assert_eq!(ids.find_ignoring_case(&texts, "JOB-5").count(), 2);
        for len in [0, 1, JOB_ID_BYTES_MAX, JOB_ID_BYTES_MAX + 1] {
            assert_eq!(ids.find(&texts, &"x".repeat(len)), None, "no ID has {len} bytes");
        }
        texts.0.iter().zip(rows()).step_by(2).for_each(|(id, row)| assert!(ids.remove(id, row)));
        ids.check_invariants();
        assert_eq!(ids.find(&texts, "Job-1234"), None);
        assert_eq!(ids.find(&texts, "Job-1235"), Some(Row::from_number(1235)));
        assert_eq!(ids.len(), 1_000);
    }

    /// An answer of "no" costs a search for the taken ID, so a wrong one would only be slow.
    #[test]
    fn ids_are_new_if_no_job_has_one_and_no_two_are_equal() {
        let texts = Texts(vec!["a".to_owned(), "b".to_owned()]);
        let mut ids = JobIds::<RandomState>::default();
        ids.insert("a", Row::from_number(0));
        let are_new = |new: &[&'static str]| {
            let hashed = new.iter().map(|id| (ids.hash_of(id), *id)).collect();
            ids.are_new(&texts, hashed)
        };
        assert!(are_new(&[]) && are_new(&["b"]) && are_new(&["b", "A", "c"]));
        assert!(!are_new(&["a"]) && !are_new(&["b", "a"]) && !are_new(&["b", "c", "b"]));
    }

    #[test]
    fn ids_are_found_by_their_text_with_and_without_case() {
        check_with::<RandomState>();
        check_with::<BuildHasherDefault<DefaultHasher>>();
    }

    #[test]
    fn many_ids_are_loaded_at_once_unless_two_are_the_same() {
        let mut texts: Vec<String> = (0..2_000).map(|number| format!("Job-{number}")).collect();
        let rows: Vec<Row> = (0..2_000).map(Row::from_number).collect();
        texts[7] = "JOB-8".to_owned();
        let mut ids = JobIds::<RandomState>::default();
        assert!(ids.load(&Texts(texts.clone()), &rows), "IDs that differ in case are two");
        ids.check_invariants();
        let texts_loaded = Texts(texts.clone());
        assert!(rows.iter().all(|&row| ids.find(&texts_loaded, &texts_loaded.0[row.index()]) == Some(row)));
        ids.insert("another", Row::from_number(2_000));
        ids.check_invariants();
        // Of many that differ in case alone, two are the same.
        let spelling =
            |number: usize| (0..12).map(|bit| if number >> bit & 1 == 1 { 'A' } else { 'a' }).collect::<String>();
        let mut spellings: Vec<String> = (0..2_000).map(spelling).collect();
        assert!(JobIds::<RandomState>::default().load(&Texts(spellings.clone()), &rows));
        spellings[1_999] = spelling(3);
        assert!(!JobIds::<RandomState>::default().load(&Texts(spellings), &rows));
        texts[1_999] = "Job-8".to_owned();
        assert!(!JobIds::<RandomState>::default().load(&Texts(texts), &rows));
        assert!(JobIds::<RandomState>::default().load(&Texts(Vec::new()), &[]));
    }

    #[test]
    fn ids_that_all_have_one_hash_are_found_too() {
        check_with::<BuildHasherDefault<ConstantHasher>>();
    }
}
