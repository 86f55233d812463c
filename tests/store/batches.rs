//! Batches that come chunk by chunk give the store that single insertions give.

use crate::oracle::vocabulary;
use jobdex::{Job, JobStore, ListQuery, Snapshot, SortOrder, Status};

/// Names with words of their own, words of many names, repeated words and none.
fn name(number: usize) -> String {
    match number % 7 {
        0 => format!("sky news {number}"),
        1 => format!("Sky Sports sky {}", number / 3),
        2 => "cctv1综合高清 🔥".to_owned(),
        3 => String::new(),
        4 => format!("national geographic hd{}", number % 50),
        5 => format!("e {number} e"),
        _ => format!("news-{}-channel", number % 11),
    }
}

/// Jobs in time order, several at each time.
fn jobs(from: usize, len: usize) -> Vec<Job> {
    let job = |number: usize| {
        let time = vocabulary::time(i64::try_from(number / 3).expect("a small number"));
        let mut job = vocabulary::job(&format!("job-{number:06}"), &name(number), time, number % 24);
        job.status = [Status::Pending, Status::Running, Status::Stopped][number % 3];
        job
    };
    (from..from + len).map(job).collect()
}

/// Compares all jobs, and the lists of queries by every kind of word.
fn assert_same(batched: &Snapshot, single: &Snapshot) {
    batched.check_invariants();
    assert!(batched.iter().eq(single.iter()), "the same jobs in the same order");
    for keyword in
        ["", "sky", "news", "nwes", "综合", "hd7", "e", "🔥", "sky spo", "channel 3", "natoinal", "job-000004"]
    {
        for sort in [SortOrder::Asc, SortOrder::Desc] {
            let query = ListQuery::new().keyword(keyword).sort(sort).status(Status::Running).page_size(50);
            let page = |snapshot: &Snapshot| snapshot.list(&query).expect("the query is valid");
            assert_eq!(page(batched), page(single), "{keyword:?}");
        }
    }
}

#[test]
fn batches_in_time_order_give_the_store_of_single_insertions() {
    let (mut batched, mut single) = (JobStore::new(), JobStore::new());
    let mut number = 0;
    for len in [1, 2, 700, 1_500, 3, 2_600, 900] {
        let (before, expected_before) = (batched.snapshot(), single.snapshot());
        batched.extend(jobs(number, len)).expect("the jobs are new");
        for job in jobs(number, len) {
            single.insert(job).expect("the job is new");
        }
        number += len;
        assert_same(&batched, &single);
        assert_same(&before, &expected_before);
    }
}

/// Blocks that were emptied give their numbers to later ones, so the rows of later jobs may have lower numbers.
#[test]
fn batches_after_removals_reuse_the_numbers_of_blocks() {
    let (mut batched, mut single) = (JobStore::new(), JobStore::new());
    for store in [&mut batched, &mut single] {
        store.extend(jobs(0, 6_000)).expect("the jobs are new");
        for number in (0..5_000).filter(|number| number % 1_000 != 7) {
            store.remove(&format!("job-{number:06}")).expect("the job is there");
        }
    }
    batched.extend(jobs(6_000, 5_000)).expect("the jobs are new");
    for job in jobs(6_000, 5_000) {
        single.insert(job).expect("the job is new");
    }
    assert_same(&batched, &single);
    batched.extend(jobs(5_100, 10)).expect_err("the IDs are taken");
    assert_same(&batched, &single);
}

#[test]
fn a_batch_that_begins_at_the_newest_time_is_ordered_by_id() {
    let (mut batched, mut single) = (JobStore::new(), JobStore::new());
    let mut all = jobs(0, 90);
    for job in &mut all {
        job.create_time = vocabulary::time(5);
    }
    let (first, second) = all.split_at(45);
    for batch in [first, second] {
        batched.extend(batch.iter().rev().cloned()).expect("the jobs are new");
    }
    for job in all.iter().rev() {
        single.insert(job.clone()).expect("the job is new");
    }
    assert_same(&batched, &single);
}
