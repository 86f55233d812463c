//! The notifier: a writer notifies it after each publish, and every thread or task that waits wakes up.
//!
//! Without a waiter, a notification costs a fence and a load. It carries no value: a waiter checks its own condition
//! again, and no publish is lost between that check and the sleep.
//! ```text
//! writer  publish; fence; any waiter? ── yes ──> wake all of them under the lock
//! waiter  register under the lock; fence; published? ── no ──> sleep, which frees the lock
//! ```
//! One of the two fences comes first in the order of all fences. Either the writer sees the waiter, or the waiter sees
//! the publish.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Waker;
use std::time::{Duration, Instant};

use super::sync::{AtomicUsize, Condvar, Mutex, MutexGuard, Ordering, PoisonError, fence};

/// Wakes threads and tasks after a publish.
// Invariants:
//   whenever the lock is free, waiters_len = threads + wakers.len()
#[derive(Default)]
pub(super) struct Notifier {
    /// A copy of the number of waiters, which a writer reads without the lock.
    waiters_len: AtomicUsize,
    waiters: Mutex<Waiters>,
    notified: Condvar,
}

#[derive(Default)]
struct Waiters {
    /// Threads within [`ThreadWait`].
    threads: usize,
    wakers: BTreeMap<WakerId, Waker>,
    last_id: u64,
}

/// The id of a registered waker. It stays the same from one registration of a task to its next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct WakerId(u64);

impl Notifier {
    /// Wakes all waiters. Call it after the event that they wait for.
    pub(super) fn notify_all(&self) {
        // Orders the publish before the load. Without the fence, the load could miss a waiter whose check missed the
        // publish, and that waiter would sleep.
        fence(Ordering::SeqCst);
        if self.waiters_len.load(Ordering::Relaxed) == 0 {
            return;
        }
        let mut waiters = self.lock();
        let wakers = std::mem::take(&mut waiters.wakers);
        self.store_len(&waiters);
        self.notified.notify_all();
        drop(waiters);
        // Without the lock: a waker may run any code, even code that registers again.
        for waker in wakers.into_values() {
            // A waker that panics is no failure of the write, which is published.
            drop(catch_unwind(AssertUnwindSafe(|| waker.wake())));
        }
    }

    /// Registers this thread as a waiter. Check the condition after this call and after each
    /// [`sleep`](ThreadWait::sleep).
    pub(super) fn start_wait(&self) -> ThreadWait<'_> {
        let mut waiters = self.lock();
        waiters.threads += 1;
        self.store_len(&waiters);
        // Orders the registration before the check of the condition: the counterpart of the fence in `notify_all`.
        fence(Ordering::SeqCst);
        ThreadWait { notifier: self, waiters: Some(waiters) }
    }

    /// Registers a waker for the next notification; it replaces the waker with this id. Check the condition after this
    /// call.
    pub(super) fn register(&self, id: &mut Option<WakerId>, waker: &Waker) {
        // Cloning and dropping a waker runs the runtime's code, so neither happens under the lock.
        let waker = waker.clone();
        let mut waiters = self.lock();
        let id = *id.get_or_insert_with(|| {
            waiters.last_id += 1;
            WakerId(waiters.last_id)
        });
        let replaced = waiters.wakers.insert(id, waker);
        self.store_len(&waiters);
        // As in `start_wait`.
        fence(Ordering::SeqCst);
        drop(waiters);
        drop(replaced);
    }

    /// Removes the waker with this id, if it is still registered.
    pub(super) fn deregister(&self, id: WakerId) {
        let mut waiters = self.lock();
        let waker = waiters.wakers.remove(&id);
        self.store_len(&waiters);
        drop(waiters);
        drop(waker);
    }

    /// Relaxed is enough: the fences order this store against the publish.
    fn store_len(&self, waiters: &Waiters) {
        self.waiters_len.store(waiters.threads + waiters.wakers.len(), Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, Waiters> {
        self.waiters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A thread that waits. It holds the lock except while it sleeps, so no notification comes between its check of the
/// condition and its sleep.
pub(super) struct ThreadWait<'a> {
    notifier: &'a Notifier,
    /// `None` only within a method.
    waiters: Option<MutexGuard<'a, Waiters>>,
}

impl ThreadWait<'_> {
    /// Sleeps until a notification or until the deadline. Returns false, without sleep, once the deadline is over. May
    /// wake up early.
    pub(super) fn sleep(&mut self, deadline: Option<Instant>) -> bool {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        if left == Some(Duration::ZERO) {
            return false;
        }
        let notified = &self.notifier.notified;
        let waiters = self.waiters.take().expect("a wait holds the lock between its methods");
        self.waiters = Some(match left {
            Some(left) => notified.wait_timeout(waiters, left).unwrap_or_else(PoisonError::into_inner).0,
            None => notified.wait(waiters).unwrap_or_else(PoisonError::into_inner),
        });
        true
    }
}

impl Drop for ThreadWait<'_> {
    fn drop(&mut self) {
        if let Some(mut waiters) = self.waiters.take() {
            waiters.threads -= 1;
            self.notifier.store_len(&waiters);
        }
    }
}
