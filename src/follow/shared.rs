//! The state that a follower's thread shares with its owner: progress, those who wait for a position, and the wish to stop.
//!
//! ```text
//! session ──> applied ──┐                ┌──> progress, progress_changed
//! probe ───> moments ───┴──> Shared ─────┼──> caught_up, reached
//! owner ───> stop, waits ───────┘        └──> current_at
//! ```
//! A moment is a time and the position of the server at that time. The store was current at the moment once it has the
//! position.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, oneshot, watch};

use super::error::FollowError;
use super::lsn::Lsn;
use super::progress::{Progress, State};

pub(super) struct Shared {
    inner: Mutex<Inner>,
    /// Counts the changes of the progress.
    changed: watch::Sender<u64>,
    stop: watch::Sender<bool>,
    /// Wakes the probe: somebody waits for a mark, or the session for a look.
    pub(super) wanted: Notify,
    /// Wakes the watch over the times of waits.
    pub(super) waiting: Notify,
}

struct Inner {
    progress: Progress,
    /// Moments that the store has not reached, the oldest first.
    // Invariant: moments and positions do not go down.
    moments: VecDeque<(Instant, Lsn)>,
    waits: Vec<Wait>,
}

/// Somebody who waits for a position, up to a time.
struct Wait {
    target: Target,
    deadline: Instant,
    reply: oneshot::Sender<Result<(), FollowError>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    /// The position of a mark that is still to be made.
    NextMark,
    /// A mark is being made; this is its number.
    Marking(u64),
    At(Lsn),
}

/// A wait of a longer limit, which the clock may not have, ends after a year.
const WAIT_MAX: Duration = Duration::from_secs(365 * 86_400);

/// More moments are not needed to know the newest that was reached to a second, and to a minute after a long stall.
const MOMENTS_MAX: usize = 64;

impl Shared {
    pub(super) fn new(stale_after: Duration) -> Self {
        Self {
            inner: Mutex::new(Inner {
                progress: Progress::new(stale_after),
                moments: VecDeque::new(),
                waits: Vec::new(),
            }),
            changed: watch::Sender::new(0),
            stop: watch::Sender::new(false),
            wanted: Notify::new(),
            waiting: Notify::new(),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn progress(&self) -> Progress {
        self.inner().progress.clone()
    }

    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Changes the progress, and answers those whose position was reached.
    pub(super) fn update(&self, change: impl FnOnce(&mut Progress)) {
        let mut inner = self.inner();
        change(&mut inner.progress);
        inner.settle();
        drop(inner);
        self.changed.send_modify(|count| *count += 1);
    }

    pub(super) fn set_state(&self, state: State) {
        self.update(|progress| progress.state = state);
    }

    /// Notes the position that the server had at a moment.
    pub(super) fn note_moment(&self, moment: Instant, server: Lsn) {
        let mut inner = self.inner();
        inner.progress.heard = Some(Instant::now());
        inner.progress.set_server(server);
        if inner.moments.len() == MOMENTS_MAX {
            // The newest is the one that is replaced: the oldest is reached first.
            inner.moments.pop_back();
        }
        inner.moments.push_back((moment, server));
        inner.settle();
        drop(inner);
        self.changed.send_modify(|count| *count += 1);
    }

    /// Forgets all positions: they are of another server. Marks are made again.
    pub(super) fn forget_positions(&self) {
        let mut inner = self.inner();
        inner.moments.clear();
        inner.progress.applied = Lsn::default();
        inner.progress.server = Lsn::default();
        inner.progress.behind_bytes = 0;
        for wait in inner.waits.iter_mut().filter(|wait| matches!(wait.target, Target::At(_))) {
            wait.target = Target::NextMark;
        }
        drop(inner);
        self.wanted.notify_one();
    }

    /// Waits until the store has a position; without one, until it has what the server has committed now.
    pub(super) async fn wait(&self, position: Option<Lsn>, limit: Duration) -> Result<(), FollowError> {
        let (reply, answer) = oneshot::channel();
        let deadline = Instant::now().checked_add(limit).unwrap_or_else(|| Instant::now() + WAIT_MAX);
        {
            let mut inner = self.inner();
            if let State::Stopped(error) = &inner.progress.state {
                return Err(error.clone());
            }
            let target = position.map_or(Target::NextMark, Target::At);
            inner.waits.push(Wait { target, deadline, reply });
            inner.settle();
        }
        self.wanted.notify_one();
        self.waiting.notify_one();
        answer.await.unwrap_or(Err(FollowError::Stopped))
    }

    /// Whether somebody needs a mark: a commit of the follower's own, whose position tells that all earlier commits have come.
    /// Those who do are given its number.
    pub(super) fn begin_mark(&self, number: u64) -> bool {
        let mut inner = self.inner();
        let applied = inner.progress.applied;
        let mut is_wanted = false;
        for wait in &mut inner.waits {
            match wait.target {
                Target::NextMark => {
                    wait.target = Target::Marking(number);
                    is_wanted = true;
                }
                // The server sends nothing about an idle log before its next word, which a mark brings.
                Target::At(position) => is_wanted |= position > applied,
                Target::Marking(_) => {}
            }
        }
        is_wanted
    }

    /// The mark of a number stands at a position, or was not made.
    pub(super) fn end_mark(&self, number: u64, position: Option<Lsn>) {
        let mut inner = self.inner();
        for wait in inner.waits.iter_mut().filter(|wait| wait.target == Target::Marking(number)) {
            wait.target = position.map_or(Target::NextMark, Target::At);
        }
        inner.settle();
    }

    /// Forgets the marks that were being made: they were lost with their connection. The probe makes them again.
    pub(super) fn forget_marks(&self) {
        let mut inner = self.inner();
        for wait in inner.waits.iter_mut().filter(|wait| matches!(wait.target, Target::Marking(_))) {
            wait.target = Target::NextMark;
        }
    }

    /// Answers waits whose time is over, and returns the next time at which one is.
    pub(super) fn expire(&self) -> Option<Instant> {
        let mut inner = self.inner();
        let now = Instant::now();
        let (over, waits) = std::mem::take(&mut inner.waits).into_iter().partition(|wait| wait.deadline <= now);
        inner.waits = waits;
        inner.waits.retain(|wait| !wait.reply.is_closed());
        let over: Vec<Wait> = over;
        for wait in over {
            drop(wait.reply.send(Err(FollowError::TimedOut)));
        }
        inner.waits.iter().map(|wait| wait.deadline).min()
    }

    /// The follower ends: nobody waits any more.
    pub(super) fn end(&self, error: &FollowError) {
        let mut inner = self.inner();
        // Under one lock: a wait that comes later sees the state.
        inner.progress.state = State::Stopped(error.clone());
        let waits = std::mem::take(&mut inner.waits);
        drop(inner);
        for wait in waits {
            drop(wait.reply.send(Err(error.clone())));
        }
        self.changed.send_modify(|count| *count += 1);
    }

    pub(super) fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Waits until the follower is to stop.
    pub(super) async fn stopped(&self) {
        // The sender is a part of `self`, so the wait ends with the wish alone.
        drop(self.stop.subscribe().wait_for(|&stop| stop).await);
    }
}

impl Inner {
    /// Takes the moments and the waits that the applied position has reached.
    fn settle(&mut self) {
        let applied = self.progress.applied;
        while let Some(&(moment, position)) = self.moments.front() {
            if position > applied {
                break;
            }
            self.progress.current_at = Some(moment);
            self.moments.pop_front();
        }
        let is_reached = |wait: &mut Wait| matches!(wait.target, Target::At(position) if position <= applied);
        if self.waits.is_empty() {
            return;
        }
        for wait in self.waits.extract_if(.., is_reached) {
            drop(wait.reply.send(Ok(())));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared() -> Shared {
        Shared::new(Duration::from_secs(10))
    }

    fn apply(shared: &Shared, position: u64) {
        shared.update(|progress| progress.set_applied(Lsn::from_u64(position)));
    }

    #[test]
    fn a_store_was_current_at_a_moment_once_it_has_its_position() {
        let shared = shared();
        let begin = Instant::now();
        let moment = |second| begin + Duration::from_secs(second);
        for second in 0..3 {
            shared.note_moment(moment(second), Lsn::from_u64(100 * second + 100));
        }
        assert!(shared.progress().is_stale());
        assert_eq!(shared.progress().behind_bytes, 300);
        apply(&shared, 99);
        assert_eq!(shared.progress().current_at, None);
        apply(&shared, 299);
        assert_eq!(shared.progress().current_at, Some(moment(1)));
        assert_eq!(shared.progress().behind_bytes, 1);
        apply(&shared, 300);
        assert_eq!(shared.progress().current_at, Some(moment(2)));
        assert!(!shared.progress().is_stale());
    }

    #[test]
    fn moments_of_a_long_stall_are_bounded_and_the_oldest_stay() {
        let shared = shared();
        let begin = Instant::now();
        for second in 0..1000_u32 {
            shared.note_moment(begin + Duration::from_secs(second.into()), Lsn::from_u64(u64::from(second) + 1));
        }
        assert_eq!(shared.inner().moments.len(), MOMENTS_MAX);
        apply(&shared, 10);
        assert_eq!(shared.progress().current_at, Some(begin + Duration::from_secs(9)));
        apply(&shared, 1000);
        assert_eq!(shared.progress().current_at, Some(begin + Duration::from_secs(999)));
    }

    #[test]
    fn a_wait_ends_with_its_position_its_time_or_the_follower() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let shared = shared();
            apply(&shared, 50);
            let at = |position| Some(Lsn::from_u64(position));
            let long = Duration::from_secs(3600);
            assert!(shared.wait(at(50), long).await.is_ok());

            let marked = shared.wait(None, long);
            let reached = shared.wait(at(70), long);
            let late = shared.wait(at(71), Duration::ZERO);
            let given_up = shared.wait(at(90), Duration::MAX);
            let work = async {
                tokio::task::yield_now().await;
                assert!(shared.begin_mark(1));
                shared.end_mark(1, None);
                assert!(shared.begin_mark(1));
                // The connection is gone before the mark is made.
                shared.forget_marks();
                assert!(shared.begin_mark(2));
                shared.end_mark(2, at(60));
                assert!(shared.expire().is_some());
                apply(&shared, 59);
                assert_eq!(shared.inner().waits.len(), 3);
                apply(&shared, 70);
                assert_eq!(shared.inner().waits.len(), 1);
                shared.end(&FollowError::Stopped);
            };
            let (marked, reached, late, given_up, ()) = tokio::join!(marked, reached, late, given_up, work);
            assert!(marked.is_ok() && reached.is_ok());
            assert!(matches!(late, Err(FollowError::TimedOut)));
            assert!(matches!(given_up, Err(FollowError::Stopped)));
            assert!(matches!(shared.wait(at(1), long).await, Err(FollowError::Stopped)));
        });
    }

    #[test]
    fn positions_of_another_server_are_forgotten() {
        let shared = shared();
        shared.note_moment(Instant::now(), Lsn::from_u64(500));
        apply(&shared, 400);
        shared.forget_positions();
        apply(&shared, 20);
        assert_eq!((shared.progress().server, shared.progress().current_at), (Lsn::from_u64(20), None));
    }
}
