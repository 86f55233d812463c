//! The primitives under the synchronization that is our own, by one name each: the model checkers' builds of these files
//! have a module of their own in this place.

pub(super) use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering, fence};
pub(super) use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
pub(super) use std::thread::{ThreadId, current};
