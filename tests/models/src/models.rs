//! What must hold under every schedule, written once for both checkers.

use std::sync::Arc as StdArc;
use std::task::{Context, Poll, Wake, Waker};

use super::bell::Bell;
use super::checker::{PUBLISHES, READERS, WRITERS, explore, explore_line, spawn, yield_now};
use super::follow::Follower;
use super::history::History;
use super::published::Published;
use super::sync::{Arc, AtomicU64, Condvar, Mutex, MutexGuard, Ordering};
use super::turns::Turns;

/// A snapshot as far as synchronization goes: a version and what must belong to it. That `Arc` works is not ours to show.
type Pair = (u64, StdArc<u64>);

fn pair(version: u64) -> Pair {
    (version, StdArc::new(version * 10))
}

/// What a `Reader` does: looks at the version, and takes what is published when that has moved.
fn read(published: &Published<Pair>, kept: &mut Pair) {
    let seen = published.version();
    if seen != kept.0 {
        let next = published.load();
        assert!(next.0 >= seen, "what is published is as new as its version");
        assert!(next.0 >= kept.0, "versions never go back");
        *kept = next;
    }
    assert_eq!(*kept.1, kept.0 * 10, "a snapshot and its version belong together");
}

#[test]
fn readers_see_whole_snapshots_whose_versions_never_go_back() {
    explore(|| {
        let published = Arc::new(Published::new(pair(0), 0));
        let readers: Vec<_> = (0..READERS)
            .map(|reader| {
                let published = Arc::clone(&published);
                spawn(move || {
                    let mut kept = pair(0);
                    // The first reads twice; the others are in its way.
                    (0..=usize::from(reader == 0)).for_each(|_| read(&published, &mut kept));
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

/// Nothing but the turn orders these loads and stores: two at a time, or one that does not see the last, would lose one.
fn raise(turns: &Turns, count: &AtomicU64) {
    let turn = turns.take();
    let before = count.load(Ordering::Relaxed);
    count.store(before + 1, Ordering::Relaxed);
    drop(turn);
}

#[test]
fn one_writer_at_a_time_and_each_sees_what_the_one_before_did() {
    explore_line(|| {
        let shared = Arc::new((Turns::default(), AtomicU64::new(0)));
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
        assert_eq!(shared.0.waiting(), 0);
    });
}

#[test]
fn turns_come_in_the_order_of_arrival() {
    explore_line(|| {
        let shared = Arc::new((Turns::default(), AtomicU64::new(0)));
        let turn = shared.0.take();
        let writers: Vec<_> = (0..2)
            .map(|place| {
                let shared_there = Arc::clone(&shared);
                let writer = spawn(move || {
                    let turn = shared_there.0.take();
                    assert_eq!(shared_there.1.load(Ordering::Relaxed), place, "who came first has the first turn");
                    shared_there.1.store(place + 1, Ordering::Relaxed);
                    drop(turn);
                });
                while shared.0.waiting() as u64 <= place {
                    yield_now();
                }
                writer
            })
            .collect();
        drop(turn);
        for writer in writers {
            writer.join().expect("no writer panics");
        }
    });
}

#[test]
fn a_turn_that_ends_by_a_panic_is_passed_on() {
    explore(|| {
        let turns = Arc::new(Turns::default());
        let waiting = Arc::clone(&turns);
        let writer = spawn(move || drop(waiting.take()));
        let turn = turns.take();
        let unwound = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
            let _turn = turn;
            std::panic::resume_unwind(Box::new(()));
        }));
        assert!(unwound.is_err());
        writer.join().expect("the next one has its turn");
    });
}

/// Writers as `SharedJobStore::write` has them, and a reader beside them.
#[test]
fn no_write_is_lost() {
    explore(|| {
        let shared = Arc::new((Turns::default(), Published::new(pair(0), 0)));
        let write = |shared: &(Turns, Published<Pair>)| {
            let turn = shared.0.take();
            let before = shared.1.load();
            let replaced = shared.1.publish(pair(before.0 + 1), before.0 + 1);
            assert_eq!(replaced.0, before.0, "nobody published in between");
            drop(turn);
        };
        let writers: Vec<_> = (1..WRITERS)
            .map(|_| {
                let shared = Arc::clone(&shared);
                spawn(move || write(&shared))
            })
            .collect();
        let reading = Arc::clone(&shared);
        let reader = spawn(move || {
            let mut kept = reading.1.load();
            read(&reading.1, &mut kept);
        });
        write(&shared);
        for thread in writers.into_iter().chain([reader]) {
            thread.join().expect("nobody panics");
        }
        assert_eq!(shared.1.load().0, WRITERS as u64);
    });
}

/// A checker calls a deadlock what would be a sleep without end.
#[test]
fn nobody_sleeps_through_a_publish() {
    explore(|| {
        let shared = Arc::new((Bell::default(), AtomicU64::new(0)));
        let sleepers: Vec<_> = (0..READERS)
            .map(|_| {
                let shared = Arc::clone(&shared);
                spawn(move || shared.0.wait(None, || shared.1.load(Ordering::Acquire) == 1))
            })
            .collect();
        shared.1.store(1, Ordering::Release);
        shared.0.ring();
        for sleeper in sleepers {
            sleeper.join().expect("no sleeper panics");
        }
    });
}

/// Wakes a thread of the checker's.
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

/// What a task that follows a store does: looks, signs up, looks again, and rests until it is woken.
#[test]
fn no_task_is_left_asleep_by_a_publish() {
    explore(|| {
        let shared = Arc::new((Bell::default(), AtomicU64::new(0)));
        let following = Arc::clone(&shared);
        let task = spawn(move || {
            let mut ticket = None;
            while following.1.load(Ordering::Acquire) == 0 {
                let alarm = Alarm::new();
                following.0.sign_up(&mut ticket, &Waker::from(StdArc::clone(&alarm)));
                if following.1.load(Ordering::Acquire) != 0 {
                    break;
                }
                alarm.sleep();
            }
            if let Some(ticket) = ticket {
                following.0.sign_off(ticket);
            }
        });
        shared.1.store(1, Ordering::Release);
        shared.0.ring();
        task.join().expect("the task ends");
    });
}

/// What a shared store and those who follow it have in common, as far as it synchronizes.
pub(super) struct Core<J> {
    pub(super) published: Published<(u64, StdArc<J>)>,
    pub(super) bell: Bell,
    history: Mutex<History<J>>,
    closed: AtomicU64,
}

impl<J> Core<J> {
    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire) == 1
    }

    fn history(&self) -> MutexGuard<'_, History<J>> {
        self.history.lock().expect("nothing panics under it")
    }
}

/// The change that made a version, instead of a job's.
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

fn core(history_changes: usize) -> Arc<Core<u64>> {
    Arc::new(Core {
        published: Published::new(pair(0), 0),
        bell: Bell::default(),
        history: Mutex::new(History::new(history_changes)),
        closed: AtomicU64::new(0),
    })
}

/// What the only writer does: publishes with its changes, tells who waits, and at last that there will be no more.
fn write_and_close(core: &Core<u64>, publishes: u64) {
    for version in 1..=publishes {
        drop(core.history().push(version, Some(vec![Change(version, std::marker::PhantomData)])));
        drop(core.published.publish(pair(version), version));
        core.bell.ring();
    }
    core.closed.store(1, Ordering::Release);
    core.bell.ring();
}

/// What a `ChangeFeed` does with news: reads the changes up to the newest version.
fn read_changes(follower: &mut Follower<u64>) {
    let newest = follower.core.published.version();
    let mut changes = Changes { commits: Vec::new(), version: follower.version };
    while changes.version < newest {
        let copied = follower.core.history().copy_next(&mut changes, newest);
        copied.expect("history is as long as what is written");
    }
    assert!(changes.version > follower.version, "news have changes");
    for commit in &changes.commits {
        assert_eq!(commit.changes[0].0, commit.version, "a version and its changes belong together");
    }
    follower.version = changes.version;
}

#[test]
fn who_waits_reads_every_change_before_the_end() {
    explore_line(|| {
        let core = core(8);
        let mut follower = Follower::new(&core, 0);
        let thread = spawn(move || {
            while follower.wait(None) {
                read_changes(&mut follower);
            }
            follower.version
        });
        write_and_close(&core, PUBLISHES);
        assert_eq!(thread.join().expect("the follower does not panic"), PUBLISHES);
    });
}

#[test]
fn a_task_that_follows_reads_every_change_before_the_end() {
    explore(|| {
        let core = core(8);
        let mut follower = Follower::new(&core, 0);
        let task = spawn(move || {
            loop {
                let alarm = Alarm::new();
                match follower.poll(&mut Context::from_waker(&Waker::from(StdArc::clone(&alarm)))) {
                    Poll::Ready(true) => read_changes(&mut follower),
                    Poll::Ready(false) => break follower.version,
                    Poll::Pending => alarm.sleep(),
                }
            }
        });
        // One publish: a sleeping task, a publish and the end meet in more ways than a checker has time for with two.
        write_and_close(&core, 1);
        assert_eq!(task.join().expect("the task does not panic"), 1);
    });
}

/// A follower whose history is too short learns it, and goes on behind a snapshot that is newer than what is gone.
#[test]
fn who_lags_catches_up_from_a_snapshot() {
    explore(|| {
        let core = core(1);
        let there = Arc::clone(&core);
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
        write_and_close(&core, PUBLISHES);
        thread.join().expect("nobody panics");
    });
}
