//! A reconciled store equals a vector that takes the place of the old one, and its feed tells only what differs.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::oracle::random::Random;
use crate::oracle::store::Oracle;
use crate::oracle::vocabulary;
use jobdex::changes::Change;
use jobdex::error::{ExtendError, InsertError};
use jobdex::{Job, JobStore, SharedJobStore, Status};
use proptest::prelude::*;

/// A job out of few, so that two lists of jobs share IDs, and often whole jobs.
fn job(id: usize, name: usize, hour: i64, status: usize) -> Job {
    let name = ["sky news", "Sky Sports", "cctv1 综合", "", "habrour news"][name % 5];
    let mut job = vocabulary::job(&format!("job-{id:05}"), name, vocabulary::time(hour), id % 24);
    job.status = [Status::Pending, Status::Running, Status::Stopped][status % 3];
    job
}

fn jobs(len: impl Into<prop::collection::SizeRange>) -> impl Strategy<Value = Vec<Job>> {
    let one = (0..400_usize, 0..2_usize, 0..3_i64, 0..2_usize)
        .prop_map(|(id, name, hour, status)| job(id, name, hour, status));
    prop::collection::vec(one, len).prop_map(|jobs| {
        let by_id: BTreeMap<String, Job> = jobs.into_iter().map(|job| (job.job_id.clone(), job)).collect();
        by_id.into_values().collect()
    })
}

/// The differences of two lists, by ID: inserted, updated, removed.
fn counted(before: &[Job], after: &[Job]) -> (usize, usize, usize) {
    let (old, new) = (Oracle::of(before.to_vec()), Oracle::of(after.to_vec()));
    let inserted = after.iter().filter(|job| old.get(&job.job_id).is_none()).count();
    let updated = after.iter().filter(|job| old.get(&job.job_id).is_some_and(|held| **held != **job)).count();
    let removed = before.iter().filter(|job| new.get(&job.job_id).is_none()).count();
    (inserted, updated, removed)
}

/// Reconciles a shared store, and checks the counts, the jobs, and a replica that follows the feed.
fn check_reconcile(before: &[Job], after: &[Job], order: u64) {
    let mut store = JobStore::new();
    store.extend(before.to_vec()).expect("the IDs differ");
    let shared = SharedJobStore::new(store);
    let mut replica = JobStore::from(shared.snapshot());
    let held = shared.snapshot();
    let mut shuffled = after.to_vec();
    Random::new(order).shuffle(&mut shuffled);

    let got = shared.write(|store| store.reconcile(shuffled)).expect("the jobs are valid");
    assert_eq!((got.inserted, got.updated, got.removed), counted(before, after));
    assert_eq!(shared.version(), u64::from(got.changes() > 0), "no change is no publish");

    let now = shared.snapshot();
    now.check_invariants();
    assert!(now.iter().eq(Oracle::of(after.to_vec()).sorted().iter()), "exactly the new jobs, in order");
    assert!(held.iter().eq(Oracle::of(before.to_vec()).sorted().iter()), "a snapshot keeps the old ones");
    let same = |job: &&Arc<Job>| held.get(&job.job_id).is_some_and(|old| old == *job);
    assert!(now.iter().filter(same).all(|job| Arc::ptr_eq(job, held.get(&job.job_id).expect("it is the same"))));

    let changes = shared.changes_since(0).expect("history is long enough");
    let told: Vec<&Change> = changes.iter().collect();
    assert_eq!(told.len(), got.changes());
    for change in told {
        assert_ne!(change.before().map(|job| &**job), change.after().map(|job| &**job), "no change tells of nothing");
        replica.apply(change).expect("the changes follow each other");
    }
    assert!(replica.iter().eq(now.iter()), "a replica of the feed has the same jobs");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_reconciled_store_holds_exactly_the_new_jobs(before in jobs(0..300), after in jobs(0..300), order in any::<u64>()) {
        check_reconcile(&before, &after, order);
    }

    /// Few changes are made one by one, and many by a load; this is the first way.
    #[test]
    fn a_few_differences_are_made_one_by_one(before in jobs(200..300), changed in jobs(0..30), gone in 0..20_usize) {
        let mut after: BTreeMap<String, Job> = before.iter().skip(gone).map(|job| (job.job_id.clone(), job.clone())).collect();
        after.extend(changed.into_iter().map(|job| (job.job_id.clone(), job)));
        check_reconcile(&before, &after.into_values().collect::<Vec<_>>(), 7);
    }
}

#[test]
fn blocks_split_and_join_while_a_store_is_reconciled() {
    let all: Vec<Job> = (0..6_000).map(|id| job(id, id, i64::try_from(id / 9).expect("small"), id)).collect();
    let without =
        |part: usize| all.iter().enumerate().filter(|(at, _)| at % part != 0).map(|(_, job)| job.clone()).collect();
    let (most, some): (Vec<Job>, Vec<Job>) = (without(11), without(2));
    for (before, after) in [(&all, &most), (&most, &all), (&all, &some), (&some, &all), (&all, &all)] {
        check_reconcile(before, after, 1);
    }
    // Times move, too.
    let later: Vec<Job> = all.iter().map(|old| Job { create_time: vocabulary::time(7), ..old.clone() }).collect();
    check_reconcile(&all, &later, 2);
}

#[test]
fn a_refused_job_leaves_everything_as_it_was() {
    let before: Vec<Job> = (0..50).map(|id| job(id, id, 0, id)).collect();
    let too_long = Job { name: "x".repeat(jobdex::limits::NAME_BYTES_MAX + 1), ..job(60, 0, 0, 0) };
    let empty = Job { job_id: String::new(), ..job(60, 0, 0, 0) };
    let taken = InsertError::JobIdTaken { job_id: "job-00003".into() };
    let twice_new = InsertError::JobIdTaken { job_id: "job-00070".into() };
    let cases = [
        (vec![job(60, 0, 0, 0), empty], 1, Some(InsertError::JobIdEmpty)),
        (vec![job(3, 0, 0, 0), job(61, 0, 0, 0), job(3, 1, 0, 0)], 2, Some(taken)),
        (vec![job(70, 0, 0, 0), job(70, 0, 0, 0)], 1, Some(twice_new)),
        (vec![too_long], 0, None),
    ];
    for (jobs, position, reason) in cases {
        let mut store = JobStore::new();
        store.extend(before.clone()).expect("the IDs differ");
        let shared = SharedJobStore::new(store);
        let error: ExtendError = shared.write(|store| store.reconcile(jobs)).expect_err("one is refused");
        assert_eq!(error.position, position);
        assert!(reason.is_none_or(|reason| reason == error.reason), "{error}");
        assert_eq!((shared.version(), shared.snapshot().len()), (0, before.len()));
    }
}

#[test]
fn no_jobs_empty_the_store() {
    let before: Vec<Job> = (0..50).map(|id| job(id, id, 0, id)).collect();
    check_reconcile(&before, &[], 0);
    check_reconcile(&[], &[], 0);
}
