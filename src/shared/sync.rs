//! The primitives that this module synchronizes with. The model checkers compile the same files with their own `sync`
//! module in this place.

pub(super) use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering, fence};
pub(super) use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
pub(super) use std::thread::{ThreadId, current};
