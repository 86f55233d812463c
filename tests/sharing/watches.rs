//! Watching a list by a thread, by a task and as a stream.

use std::future::poll_fn;
#[cfg(feature = "stream")]
use std::pin::Pin;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use crate::oracle::random::Random;
use crate::oracle::vocabulary;
use jobdex::error::{QueryError, UpdateError};
use jobdex::{Job, JobStore, ListChange, ListEvent, ListQuery, ListWatch, Matching, SharedJobStore, SortOrder, Status};

fn job(id: &str, second: i64) -> Job {
    vocabulary::job(id, id, vocabulary::time(second), 0)
}

fn shared_of(ids: &[&str]) -> SharedJobStore {
    let mut store = JobStore::new();
    store.extend(ids.iter().zip(0..).map(|(id, second)| job(id, second))).expect("the ids are different");
    SharedJobStore::new(store)
}

fn write(shared: &SharedJobStore, change: impl FnOnce(&mut JobStore)) {
    let infallible = |store: &mut JobStore| {
        change(store);
        Ok::<_, UpdateError>(())
    };
    shared.write(infallible).expect("the closure says Ok");
}

fn watch(shared: &SharedJobStore) -> ListWatch {
    shared.watch(ListQuery::new().sort(SortOrder::Asc).page_size(3)).expect("the query is valid")
}

fn told(change: Option<ListChange>) -> String {
    change.map_or_else(|| "nothing".to_owned(), |change| format!("{} {:?}", change.total_count, change.events))
}

#[test]
fn a_watch_reports_jobs_that_entered_left_and_moved() {
    let shared = shared_of(&["a", "b", "c", "d"]);
    let mut watch = watch(&shared);
    assert_eq!(told(watch.try_next()), "nothing");
    write(&shared, |store| drop(store.remove("b")));
    assert_eq!(told(watch.try_next()), r#"3 [Left("b", from 1), Entered("d", to 2)]"#);
    write(&shared, |store| drop(store.update("a", |job| job.create_time = vocabulary::time(9))));
    assert_eq!(told(watch.try_next()), r#"3 [Moved("a", from 0 to 2)]"#);
    write(&shared, |store| drop(store.update("d", |job| job.status = Status::Stopped)));
    assert_eq!(told(watch.try_next()), r#"3 [Updated("d", at 1)]"#);
    write(&shared, |store| drop(store.insert(job("e", 20))));
    assert_eq!(told(watch.try_next()), "4 []");
    write(&shared, |store| drop(store.update("e", |job| job.status = Status::Stopped)));
    assert_eq!(told(watch.try_next()), "nothing");
    assert_eq!((watch.version(), watch.page().total_count), (5, 4));
}

#[test]
fn a_watch_that_is_asked_rarely_sees_the_sum_of_changes() {
    let shared = shared_of(&["a", "b", "c"]);
    let mut watch = watch(&shared);
    for second in 3..200 {
        write(&shared, |store| drop(store.insert(job(&second.to_string(), second))));
    }
    write(&shared, |store| drop(store.remove("a")));
    assert_eq!(told(watch.try_next()), r#"199 [Left("a", from 0), Entered("3", to 2)]"#);
}

#[test]
fn an_invalid_query_is_refused_when_the_watch_begins() {
    let refused = shared_of(&[]).watch(ListQuery::new().page_size(0));
    assert_eq!(refused.err(), Some(QueryError::PageSizeUnder { got: 0, limit: 1 }));
}

/// The list that a console shows after these events, applied as the docs of `ListChange` say.
fn redraw(mut shown: Vec<Arc<Job>>, events: &[ListEvent]) -> Vec<Arc<Job>> {
    let taken = |event: &ListEvent| match event {
        ListEvent::Left { from, .. } | ListEvent::Moved { from, .. } => Some(*from),
        _ => None,
    };
    let mut taken: Vec<usize> = events.iter().filter_map(taken).collect();
    taken.sort_unstable();
    taken.into_iter().rev().for_each(|from| drop(shown.remove(from)));
    for event in events {
        match event {
            ListEvent::Left { .. } => {}
            ListEvent::Entered { job, to } | ListEvent::Moved { job, to, .. } => shown.insert(*to, Arc::clone(job)),
            ListEvent::Updated { job, at } => shown[*at] = Arc::clone(job),
        }
    }
    shown
}

#[test]
fn a_console_that_applies_the_events_shows_the_list() {
    for seed in 0..60 {
        let mut random = Random::new(seed);
        let shared = SharedJobStore::new(JobStore::new());
        let query = ListQuery::new().status([Status::Pending, Status::Running]).page_size(7).page_no(1 + seed % 2);
        let query = if seed % 3 == 0 { query.keyword("live").matching(Matching::Any) } else { query };
        let mut watch = shared.watch(query.clone()).expect("the query is valid");
        let mut shown = watch.page().jobs.clone();
        for _ in 0..200 {
            write(&shared, |store| (0..random.below(4)).for_each(|_| change_at_random(store, &mut random)));
            if let Some(change) = watch.try_next() {
                assert_eq!(change.version, shared.version());
                shown = redraw(shown, &change.events);
            }
            let page = shared.snapshot().list(&query).expect("the query is valid");
            assert_eq!(shown, page.jobs, "seed {seed}");
            assert_eq!(watch.page().total_count, page.total_count, "seed {seed}");
        }
    }
}

fn change_at_random(store: &mut JobStore, random: &mut Random) {
    let id = *random.pick(vocabulary::JOB_IDS);
    let name = *random.pick(vocabulary::NAMES);
    let second = i64::try_from(random.below(6)).expect("it is small");
    let made = vocabulary::job(id, name, vocabulary::time(second), random.below(24));
    if random.chance(75) { drop(store.upsert(made)) } else { drop(store.remove(id)) }
}

#[test]
fn a_watch_sleeps_until_its_page_changes_and_ends_with_the_store() {
    let shared = shared_of(&["a", "b", "c"]);
    let mut watch = watch(&shared);
    assert!(watch.wait_timeout(Duration::from_millis(1)).is_none());
    let console = thread::spawn(move || {
        let mut left = Vec::new();
        while let Some(change) = watch.wait() {
            left.extend(change.events.iter().map(|event| event.job().job_id.clone()));
        }
        assert!(watch.is_closed());
        left
    });
    for id in ["c", "b", "a"] {
        write(&shared, |store| drop(store.remove(id)));
    }
    drop(shared);
    // The watch may have seen the removals one by one, or together.
    let mut left = console.join().expect("the console ends");
    left.sort();
    assert_eq!(left, ["a", "b", "c"]);
}

/// Wakes the thread that blocks on a future.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// A minimal runtime.
fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(given) => return given,
            Poll::Pending => thread::park(),
        }
    }
}

#[test]
fn a_task_that_awaits_a_feed_misses_no_write() {
    let shared = SharedJobStore::new(JobStore::new());
    let mut feed = shared.feed_since(0);
    let task = thread::spawn(move || {
        block_on(async {
            let mut seen = 0;
            while let Some(changes) = poll_fn(|context| feed.poll_next(context)).await {
                seen += changes.expect("it is all kept").iter().count();
            }
            seen
        })
    });
    for second in 0..1_000 {
        write(&shared, |store| drop(store.insert(job(&second.to_string(), second))));
    }
    drop(shared);
    assert_eq!(task.join().expect("the task ends"), 1_000);
}

#[test]
fn a_task_that_awaits_a_watch_sees_the_last_page() {
    let shared = shared_of(&["a"]);
    let mut watch = watch(&shared);
    let task = thread::spawn(move || {
        block_on(async { while poll_fn(|context| watch.poll_next(context)).await.is_some() {} });
        watch.page().total_count
    });
    for second in 0..1_000 {
        write(&shared, |store| drop(store.insert(job(&second.to_string(), second))));
    }
    drop(shared);
    assert_eq!(task.join().expect("the task ends"), 1_001);
}

/// Counts its wakes, and may panic at each.
struct Counted {
    wakes: AtomicUsize,
    panics: bool,
}

impl Wake for Counted {
    fn wake(self: Arc<Self>) {
        self.wakes.fetch_add(1, Ordering::SeqCst);
        assert!(!self.panics, "injected");
    }
}

#[test]
fn a_waker_that_panics_affects_neither_the_write_nor_other_wakers() {
    let shared = shared_of(&[]);
    let wakers: Vec<Arc<Counted>> =
        [true, false, true, false].map(|panics| Arc::new(Counted { wakes: AtomicUsize::new(0), panics })).into();
    let mut watches: Vec<ListWatch> = wakers.iter().map(|_| watch(&shared)).collect();
    for (watch, waker) in watches.iter_mut().zip(&wakers) {
        let waker = Waker::from(Arc::clone(waker));
        assert!(watch.poll_next(&mut Context::from_waker(&waker)).is_pending());
    }
    write(&shared, |store| drop(store.insert(job("a", 0))));
    assert!(wakers.iter().all(|waker| waker.wakes.load(Ordering::SeqCst) == 1));
    write(&shared, |store| drop(store.insert(job("b", 1))));
    assert!(wakers.iter().all(|waker| waker.wakes.load(Ordering::SeqCst) == 1), "a ring is for one poll");
    assert_eq!(shared.version(), 2);
}

#[test]
fn a_watch_that_is_dropped_or_polled_by_another_task_wakes_no_old_task() {
    let shared = shared_of(&[]);
    let wakers: Vec<Arc<Counted>> =
        (0..3).map(|_| Arc::new(Counted { wakes: AtomicUsize::new(0), panics: false })).collect();
    let (mut dropped, mut moved) = (watch(&shared), watch(&shared));
    for (watch, waker) in [(&mut dropped, &wakers[0]), (&mut moved, &wakers[1])] {
        assert!(watch.poll_next(&mut Context::from_waker(&Waker::from(Arc::clone(waker)))).is_pending());
    }
    assert!(moved.poll_next(&mut Context::from_waker(&Waker::from(Arc::clone(&wakers[2])))).is_pending());
    drop(dropped);
    assert_eq!(Arc::strong_count(&wakers[0]), 1, "its waker went with it");
    write(&shared, |store| drop(store.insert(job("a", 0))));
    assert_eq!(wakers.iter().map(|waker| waker.wakes.load(Ordering::SeqCst)).collect::<Vec<_>>(), [0, 0, 1]);
}

#[test]
fn a_waker_may_write() {
    struct Writer(Mutex<Option<SharedJobStore>>);
    impl Wake for Writer {
        fn wake(self: Arc<Self>) {
            let shared = self.0.lock().expect("nothing panics under it").take();
            write(&shared.expect("it is woken once"), |store| drop(store.insert(job("b", 1))));
        }
    }
    let shared = shared_of(&[]);
    let waker = Waker::from(Arc::new(Writer(Mutex::new(Some(shared.clone())))));
    assert!(watch(&shared).poll_next(&mut Context::from_waker(&waker)).is_pending());
    let mut kept = watch(&shared);
    assert!(kept.poll_next(&mut Context::from_waker(&waker)).is_pending());
    write(&shared, |store| drop(store.insert(job("a", 0))));
    assert_eq!((shared.version(), shared.snapshot().len()), (2, 2));
}

#[cfg(feature = "stream")]
#[test]
fn feeds_and_watches_are_streams() {
    use futures_core::Stream;

    async fn next<S: Stream + Unpin>(stream: &mut S) -> Option<S::Item> {
        poll_fn(|context| Pin::new(&mut *stream).poll_next(context)).await
    }
    let shared = shared_of(&["a"]);
    let (mut feed, mut watch) = (shared.feed_since(0), watch(&shared));
    write(&shared, |store| drop(store.insert(job("b", 1))));
    drop(shared);
    block_on(async {
        let changes = next(&mut feed).await.expect("one write is there").expect("it is kept");
        assert_eq!((changes.version(), next(&mut feed).await.is_none()), (1, true));
        assert_eq!(told(next(&mut watch).await), r#"2 [Entered("b", to 1)]"#);
        assert!(next(&mut watch).await.is_none());
    });
}
