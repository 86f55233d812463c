//! The bell: a writer rings it after each publish, and who waits for one wakes up.
//!
//! Where nobody waits, ringing is a fence and a load. It carries nothing: who wakes up looks for itself, and nobody
//! misses a publish between looking and waiting.
//! ```text
//! writer    publish; fence; anybody there? ── yes ──> wake them under the lock
//! listener  sign up under the lock; fence; published? ── no ──> sleep, which frees the lock
//! ```
//! One of the two fences comes first, so the writer sees the listener or the listener the publish.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Waker;
use std::time::{Duration, Instant};

use super::sync::{AtomicUsize, Condvar, Mutex, MutexGuard, Ordering, PoisonError, fence};

/// A way to wait for a publish, by thread or by waker.
#[derive(Default)]
pub(super) struct Bell {
    /// How many are signed up; changed under the lock.
    listeners: AtomicUsize,
    sleepers: Mutex<Sleepers>,
    rung: Condvar,
}

#[derive(Default)]
struct Sleepers {
    threads: usize,
    wakers: BTreeMap<Ticket, Waker>,
    tickets: u64,
}

/// Who is signed up with a waker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ticket(u64);

impl Bell {
    /// Wakes all who wait. Call it after what they wait for has happened.
    pub(super) fn ring(&self) {
        fence(Ordering::SeqCst);
        if self.listeners.load(Ordering::Relaxed) == 0 {
            return;
        }
        let mut sleepers = self.sleepers();
        let wakers = std::mem::take(&mut sleepers.wakers);
        self.count(&sleepers);
        self.rung.notify_all();
        drop(sleepers);
        for waker in wakers.into_values() {
            // The runtime's code: what it does wrong is no failure of the write, which is published.
            drop(catch_unwind(AssertUnwindSafe(|| waker.wake())));
        }
    }

    /// Sleeps until something has happened, or until the time is over.
    pub(super) fn wait(&self, until: Option<Instant>, has_happened: impl Fn() -> bool) {
        let mut sleepers = self.sleepers();
        sleepers.threads += 1;
        self.count(&sleepers);
        fence(Ordering::SeqCst);
        while !has_happened() {
            match until.map(|until| until.saturating_duration_since(Instant::now())) {
                Some(Duration::ZERO) => break,
                Some(left) => {
                    sleepers = self.rung.wait_timeout(sleepers, left).unwrap_or_else(PoisonError::into_inner).0;
                }
                None => sleepers = self.rung.wait(sleepers).unwrap_or_else(PoisonError::into_inner),
            }
        }
        sleepers.threads -= 1;
        self.count(&sleepers);
    }

    /// Signs a waker up for the next ring, in the place of the one with this ticket. Look afterwards whether something
    /// has happened meanwhile.
    pub(super) fn sign_up(&self, ticket: &mut Option<Ticket>, waker: &Waker) {
        let waker = waker.clone();
        let mut sleepers = self.sleepers();
        let ticket = *ticket.get_or_insert_with(|| {
            sleepers.tickets += 1;
            Ticket(sleepers.tickets)
        });
        let replaced = sleepers.wakers.insert(ticket, waker);
        self.count(&sleepers);
        fence(Ordering::SeqCst);
        drop(sleepers);
        drop(replaced);
    }

    /// Takes the waker with this ticket out.
    pub(super) fn sign_off(&self, ticket: Ticket) {
        let mut sleepers = self.sleepers();
        let waker = sleepers.wakers.remove(&ticket);
        self.count(&sleepers);
        drop(sleepers);
        drop(waker);
    }

    fn count(&self, sleepers: &Sleepers) {
        self.listeners.store(sleepers.threads + sleepers.wakers.len(), Ordering::Relaxed);
    }

    fn sleepers(&self) -> MutexGuard<'_, Sleepers> {
        self.sleepers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
