//! A write moves few jobs whose names are long, so that a single write does not take long.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, Utc};
use jobdex::{JobStore, ListQuery, Record};

use crate::oracle::random::Random;

/// A record that counts how often the store reads its name. A write reads the names of the jobs that it moves.
#[derive(Clone, Debug)]
struct Counted {
    job_id: String,
    name: String,
    time: DateTime<Utc>,
    names_read: Arc<AtomicUsize>,
}

impl Record for Counted {
    type Facets = ();

    fn job_id(&self) -> &str {
        &self.job_id
    }

    fn name(&self) -> &str {
        self.names_read.fetch_add(1, Ordering::Relaxed);
        &self.name
    }

    fn create_time(&self) -> DateTime<Utc> {
        self.time
    }

    fn facets(&self) {}
}

/// Inserts jobs in random order of time and removes them again, in blocks that split and join. Returns the most names that one
/// insert and one removal read.
fn most_names_read(name: impl Fn(usize) -> String) -> [usize; 2] {
    let (names_read, mut random) = (Arc::new(AtomicUsize::new(0)), Random::new(7));
    let mut order: Vec<usize> = (0..3_000).collect();
    random.shuffle(&mut order);
    let (mut store, mut most) = (JobStore::new(), [0; 2]);
    let read_by = |store: &mut JobStore<Counted>, change: &mut dyn FnMut(&mut JobStore<Counted>)| {
        names_read.store(0, Ordering::Relaxed);
        change(store);
        names_read.load(Ordering::Relaxed)
    };
    for &number in &order {
        let time =
            DateTime::from_timestamp(i64::try_from(number / 2).expect("a small number"), 0).expect("a valid time");
        let job =
            Counted { job_id: format!("{number:04}"), name: name(number), time, names_read: Arc::clone(&names_read) };
        let read = read_by(&mut store, &mut |store| drop(store.insert(job.clone()).expect("the ID is free")));
        most[0] = most[0].max(read);
    }
    store.check_invariants();
    let all: Vec<String> = (0..3_000).map(|number| format!("{number:04}")).collect();
    assert!(store.iter().map(|job| &job.job_id).eq(all.iter()), "all jobs are listed in order of time");
    random.shuffle(&mut order);
    for number in order.drain(..2_900) {
        let read = read_by(&mut store, &mut |store| drop(store.remove(&format!("{number:04}")).expect("it is there")));
        most[1] = most[1].max(read);
    }
    store.check_invariants();
    order.sort_unstable_by(|a, b| b.cmp(a));
    let page = store.list(&ListQuery::new().keyword("w7").page_size(100)).expect("a valid query");
    let left: Vec<String> = order.iter().map(|number| format!("{number:04}")).collect();
    assert_eq!(page.jobs.iter().map(|job| job.job_id.clone()).collect::<Vec<_>>(), left);
    most
}

#[test]
fn a_write_moves_hundreds_of_short_names_and_few_long_ones() {
    let [inserting, removing] = most_names_read(|_| "w7 news".to_owned());
    assert!((300..1_000).contains(&inserting), "a split moves 320 jobs, and their names were read {inserting} times");
    assert!((200..1_000).contains(&removing), "up to a quarter of a block joins another, {removing} names were read");
    let [inserting, removing] = most_names_read(|number| format!("w7 {}", format!("w{} ", number % 50).repeat(240)));
    assert!(inserting < 100, "an insert moves 32 KB of names, and read {inserting} names");
    assert!(removing < 100, "a removal moves 32 KB of names, and read {removing} names");
    // A ligature of 3 bytes folds to 33.
    let [inserting, removing] = most_names_read(|_| format!("w7 {}", "\u{FDFA}".repeat(110)));
    assert!(inserting.max(removing) < 50, "names are counted as they fold: {inserting} and {removing} names were read");
}
