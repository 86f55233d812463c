//! What readers see: one value and its version, changed at once.
//!
//! The lock is held to clone or to swap the value, which is a pointer, and for nothing else: who reads the value or makes
//! the next one holds no lock. Whoever keeps a clone asks for the version first, one atomic load, and takes a new clone
//! only when it has moved.

use super::sync::{AtomicU64, Ordering, PoisonError, RwLock};

/// A value and its version.
// Invariants:
//   version is that of value whenever the lock is free; it never falls
pub(super) struct Published<T> {
    /// On a cache line of its own: those who take the lock write to its line, those who look at the version only read.
    version: Apart<AtomicU64>,
    value: RwLock<T>,
}

#[repr(align(128))]
struct Apart<T>(T);

impl<T: Clone> Published<T> {
    pub(super) fn new(value: T, version: u64) -> Self {
        Self { version: Apart(AtomicU64::new(version)), value: RwLock::new(value) }
    }

    /// The version, as new as any value that this thread has seen.
    #[inline]
    pub(super) fn version(&self) -> u64 {
        self.version.0.load(Ordering::Acquire)
    }

    /// The value of that version, or of a newer one.
    pub(super) fn load(&self) -> T {
        self.value.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts another value in the place of this one, which it gives back: dropping it may take long, and the lock is not
    /// held for that.
    pub(super) fn publish(&self, value: T, version: u64) -> T {
        let mut place = self.value.write().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::replace(&mut *place, value);
        // Under the lock: who has seen the new value sees its version too.
        self.version.0.store(version, Ordering::Release);
        before
    }
}
