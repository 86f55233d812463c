//! The properties that hold under every schedule, written once for both checkers.

use std::sync::Arc as StdArc;
use std::task::{Context, Poll, Wake, Waker};

use super::checker::{PUBLISHES, READERS, WRITERS, explore, explore_bounded, spawn, yield_now};
use super::history::History;
use super::notifier::Notifier;
use super::published::Published;
use super::subscription::Subscription;
use super::sync::{Arc, AtomicU64, Condvar, Mutex, MutexGuard, Ordering};
use super::writer_queue::WriterQueue;

/// A snapshot in these models: a version, and a value that belongs to it. The `Arc` is that of `std`: it is not under
/// test.
type Pair = (u64, StdArc<u64>);

fn pair(version: u64) -> Pair {
    (version, StdArc::new(version * 10))
}

/// Reads as a `Reader` does: loads the version, and takes the published value if the version has changed.
fn read(published: &Published<Pair>, held: &mut Pair) {
    let seen = published.version();
    if seen != held.0 {
        let next = published.load();
        assert!(next.0 >= seen, "what is published is as new as its version");
        assert!(next.0 >= held.0, "versions never go back");
        *held = next;
    }
    assert_eq!(*held.1, held.0 * 10, "a snapshot and its version belong together");
}

#[test]
fn readers_see_whole_snapshots_whose_versions_never_go_back() {
    explore(|| {
        let published = Arc::new(Published::new(pair(0), 0));
        let readers: Vec<_> = (0..READERS)
            .map(|reader| {
                let published = Arc::clone(&published);
                spawn(move || {
                    let mut held = pair(0);
                    // The first reader reads twice; the others compete with it.
                    (0..=usize::from(reader == 0)).for_each(|_| read(&published, &mut held));
                })
            })
            .collect();
        for version in 1..=PUBLISHES {
            let before = published.publish(pair(version), version);
            assert_eq!(before.0, version - 1);
        }
        for reader in readers {
            reader.join().expect("no reader panics");
        }
        assert_eq!((published.version(), published.load().0), (PUBLISHES, PUBLISHES));
    });
}

/// Adds one. Only the permit orders these relaxed loads and stores: two writers at a time, or a writer that does not see
/// the last store, would lose a count.
fn raise(writers: &WriterQueue, count: &AtomicU64) {
    let permit = writers.acquire();
    let before = count.load(Ordering::Relaxed);
    count.store(before + 1, Ordering::Relaxed);
    drop(permit);
}

#[test]
fn one_writer_at_a_time_and_each_sees_the_writes_before() {
    explore_bounded(|| {
        let shared = Arc::new((WriterQueue::default(), AtomicU64::new(0)));
        let writers: Vec<_> = (0..WRITERS)
            .map(|_| {
                let shared = Arc::clone(&shared);
                spawn(move || raise(&shared.0, &shared.1))
            })
            .collect();
        raise(&shared.0, &shared.1);
        for writer in writers {
            writer.join().expect("no writer panics");
        }
        assert_eq!(shared.1.load(Ordering::Relaxed), WRITERS as u64 + 1);
        assert_eq!(shared.0.waiting_len(), 0);
    });
}

#[test]
fn permits_are_granted_in_the_order_of_arrival() {
    explore_bounded(|| {
        let shared = Arc::new((WriterQueue::default(), AtomicU64::new(0)));
        let permit = shared.0.acquire();
        let writers: Vec<_> = (0..2)
            .map(|position| {
                let shared_there = Arc::clone(&shared);
                let writer = spawn(move || {
                    let permit = shared_there.0.acquire();
                    assert_eq!(shared_there.1.load(Ordering::Relaxed), position, "the first to arrive writes first");
                    shared_there.1.store(position + 1, Ordering::Relaxed);
                    drop(permit);
                });
                while shared.0.waiting_len() as u64 <= position {
                    yield_now();
                }
                writer
            })
            .collect();
        drop(permit);
        for writer in writers {
            writer.join().expect("no writer panics");
        }
    });
}

#[test]
fn a_permit_that_ends_by_a_panic_is_handed_on() {
    explore(|| {
        let queue = Arc::new(WriterQueue::default());
        let waiting = Arc::clone(&queue);
        let writer = spawn(move || drop(waiting.acquire()));
        let permit = queue.acquire();
        let unwound = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
            let _permit = permit;
            std::panic::resume_unwind(Box::new(()));
        }));
        assert!(unwound.is_err());
        writer.join().expect("the next writer has the permit");
    });
}

/// Writers write as `SharedJobStore::write` does, with a reader beside them.
#[test]
fn no_write_is_lost() {
    explore(|| {
        let shared = Arc::new((WriterQueue::default(), Published::new(pair(0), 0)));
        let write = |shared: &(WriterQueue, Published<Pair>)| {
            let permit = shared.0.acquire();
            let before = shared.1.load();
            let replaced = shared.1.publish(pair(before.0 + 1), before.0 + 1);
            assert_eq!(replaced.0, before.0, "no other write published in between");
            drop(permit);
        };
        let writers: Vec<_> = (1..WRITERS)
            .map(|_| {
                let shared = Arc::clone(&shared);
                spawn(move || write(&shared))
            })
            .collect();
        let reading = Arc::clone(&shared);
        let reader = spawn(move || {
            let mut held = reading.1.load();
            read(&reading.1, &mut held);
        });
        write(&shared);
        for thread in writers.into_iter().chain([reader]) {
            thread.join().expect("no thread panics");
        }
        assert_eq!(shared.1.load().0, WRITERS as u64);
    });
}

/// A checker reports an endless sleep as a deadlock.
#[test]
fn no_thread_sleeps_through_a_publish() {
    explore(|| {
        let shared = Arc::new((Notifier::default(), AtomicU64::new(0)));
        let sleepers: Vec<_> = (0..READERS)
            .map(|_| {
                let shared = Arc::clone(&shared);
                spawn(move || {
                    let mut wait = shared.0.start_wait();
                    while shared.1.load(Ordering::Acquire) == 0 && wait.sleep(None) {}
                })
            })
            .collect();
        shared.1.store(1, Ordering::Release);
        shared.0.notify_all();
        for sleeper in sleepers {
            sleeper.join().expect("no sleeper panics");
        }
    });
}

/// A waker that wakes a thread of the checker.
struct Alarm {
    is_woken: Mutex<bool>,
    woken: Condvar,
}

impl Alarm {
    fn new() -> StdArc<Self> {
        StdArc::new(Self { is_woken: Mutex::new(false), woken: Condvar::new() })
    }

    fn sleep(&self) {
        let mut is_woken = self.is_woken.lock().expect("nothing panics under it");
        while !*is_woken {
            is_woken = self.woken.wait(is_woken).expect("nothing panics under it");
        }
    }
}

impl Wake for Alarm {
    fn wake(self: StdArc<Self>) {
        *self.is_woken.lock().expect("nothing panics under it") = true;
        self.woken.notify_one();
    }
}

/// Waits as the task of a subscription does: it checks, registers, checks again, and sleeps until it is woken.
#[test]
fn no_task_sleeps_through_a_publish() {
    explore(|| {
        let shared = Arc::new((Notifier::default(), AtomicU64::new(0)));
        let waiting = Arc::clone(&shared);
        let task = spawn(move || {
            let mut id = None;
            while waiting.1.load(Ordering::Acquire) == 0 {
                let alarm = Alarm::new();
                waiting.0.register(&mut id, &Waker::from(StdArc::clone(&alarm)));
                if waiting.1.load(Ordering::Acquire) != 0 {
                    break;
                }
                alarm.sleep();
            }
            if let Some(id) = id {
                waiting.0.deregister(id);
            }
        });
        shared.1.store(1, Ordering::Release);
        shared.0.notify_all();
        task.join().expect("the task ends");
    });
}

/// The part of a shared store's state that synchronizes.
pub(super) struct SharedState<J> {
    pub(super) published: Published<(u64, StdArc<J>)>,
    pub(super) notifier: Notifier,
    history: Mutex<History<J>>,
    closed: AtomicU64,
}

impl<J> SharedState<J> {
    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire) == 1
    }

    fn history(&self) -> MutexGuard<'_, History<J>> {
        self.history.lock().expect("nothing panics under it")
    }
}

/// A change in these models: the version that it made.
#[derive(Clone, Copy)]
pub(super) struct Change<J>(pub(super) u64, std::marker::PhantomData<J>);

pub(super) struct Commit<J> {
    version: u64,
    changes: Box<[Change<J>]>,
}

impl<J> Commit<J> {
    pub(super) fn new(version: u64, changes: Vec<Change<J>>) -> Self {
        Self { version, changes: changes.into() }
    }

    pub(super) fn version(&self) -> u64 {
        self.version
    }

    pub(super) fn changes(&self) -> &[Change<J>] {
        &self.changes
    }
}

pub(super) struct Changes<J> {
    commits: Vec<StdArc<Commit<J>>>,
    version: u64,
}

impl<J> Changes<J> {
    pub(super) fn version(&self) -> u64 {
        self.version
    }

    pub(super) fn push(&mut self, commit: StdArc<Commit<J>>) {
        assert_eq!(commit.version(), self.version + 1, "commits follow one another");
        self.version = commit.version();
        self.commits.push(commit);
    }
}

fn shared_state(history_changes: usize) -> Arc<SharedState<u64>> {
    Arc::new(SharedState {
        published: Published::new(pair(0), 0),
        notifier: Notifier::default(),
        history: Mutex::new(History::new(history_changes)),
        closed: AtomicU64::new(0),
    })
}

/// Writes as an only writer does: it publishes versions with their changes and notifies, then closes and notifies.
fn write_and_close(state: &SharedState<u64>, publishes: u64) {
    for version in 1..=publishes {
        drop(state.history().push(version, Some(vec![Change(version, std::marker::PhantomData)])));
        drop(state.published.publish(pair(version), version));
        state.notifier.notify_all();
    }
    state.closed.store(1, Ordering::Release);
    state.notifier.notify_all();
}

/// Reads news as a `ChangeFeed` does: the changes up to the newest version.
fn read_changes(subscription: &mut Subscription<u64>) {
    let newest = subscription.state.published.version();
    let mut changes = Changes { commits: Vec::new(), version: subscription.version };
    while changes.version < newest {
        let copied = subscription.state.history().copy_next(&mut changes, newest);
        copied.expect("history is as long as what is written");
    }
    assert!(changes.version > subscription.version, "news have changes");
    for commit in &changes.commits {
        assert_eq!(commit.changes[0].0, commit.version, "a version and its changes belong together");
    }
    subscription.version = changes.version;
}

#[test]
fn a_thread_that_waits_reads_every_change_before_the_end() {
    explore_bounded(|| {
        let state = shared_state(8);
        let mut subscription = Subscription::new(&state, 0);
        let thread = spawn(move || {
            while subscription.wait(None) {
                read_changes(&mut subscription);
            }
            subscription.version
        });
        write_and_close(&state, PUBLISHES);
        assert_eq!(thread.join().expect("the subscriber does not panic"), PUBLISHES);
    });
}

#[test]
fn a_task_that_waits_reads_every_change_before_the_end() {
    explore(|| {
        let state = shared_state(8);
        let mut subscription = Subscription::new(&state, 0);
        let task = spawn(move || {
            loop {
                let alarm = Alarm::new();
                match subscription.poll(&mut Context::from_waker(&Waker::from(StdArc::clone(&alarm)))) {
                    Poll::Ready(true) => read_changes(&mut subscription),
                    Poll::Ready(false) => break subscription.version,
                    Poll::Pending => alarm.sleep(),
                }
            }
        });
        // One publish: with two, a sleeping task, the publishes and the end have more schedules than a checker has time for.
        write_and_close(&state, 1);
        assert_eq!(task.join().expect("the task does not panic"), 1);
    });
}

/// A subscriber that falls behind history gets an error, and goes on from a snapshot newer than the evicted changes.
#[test]
fn a_subscriber_that_lags_catches_up_from_a_snapshot() {
    explore(|| {
        let state = shared_state(1);
        let there = Arc::clone(&state);
        let thread = spawn(move || {
            let newest = there.published.version();
            let mut changes = Changes { commits: Vec::new(), version: 0 };
            while changes.version < newest {
                if there.history().copy_next(&mut changes, newest).is_err() {
                    let snapshot = there.published.load();
                    assert!(snapshot.0 >= newest, "a snapshot is as new as the version that was asked up to");
                    return;
                }
            }
        });
        write_and_close(&state, PUBLISHES);
        thread.join().expect("no thread panics");
    });
}
