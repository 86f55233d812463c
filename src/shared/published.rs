//! The published value and its version, which change together.
//!
//! The lock is held to clone or to swap the value, which is a pointer, and for nothing else: reading the value and making
//! the next one need no lock. A reader that keeps a clone loads the version first, one atomic load, and takes a new clone
//! only if the version has changed.

use super::sync::{AtomicU64, Ordering, PoisonError, RwLock};

/// A value and its version.
// Invariants:
//   version is that of value whenever the lock is free; it never falls
pub(super) struct Published<T> {
    version: CachePadded<AtomicU64>,
    value: RwLock<T>,
}

/// A value on a cache line of its own. Taking the lock writes to the lock's line, and threads that only load the version
/// must not wait for that line. 128 bytes: some processors fetch lines of 64 bytes in pairs.
#[repr(align(128))]
struct CachePadded<T>(T);

impl<T: Clone> Published<T> {
    pub(super) fn new(value: T, version: u64) -> Self {
        Self { version: CachePadded(AtomicU64::new(version)), value: RwLock::new(value) }
    }

    /// The version, at least as new as any value that this thread has loaded.
    #[inline]
    pub(super) fn version(&self) -> u64 {
        // Pairs with the store in `publish`: a thread that sees the version also sees the history that was written
        // before it.
        self.version.0.load(Ordering::Acquire)
    }

    /// The value of that version, or of a newer one.
    pub(super) fn load(&self) -> T {
        self.value.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces the value and returns the old one. The caller drops it, which may take long, without the lock.
    pub(super) fn publish(&self, value: T, version: u64) -> T {
        let mut current = self.value.write().unwrap_or_else(PoisonError::into_inner);
        let replaced = std::mem::replace(&mut *current, value);
        // Under the lock: a thread that has loaded the new value also sees its version.
        self.version.0.store(version, Ordering::Release);
        replaced
    }
}
