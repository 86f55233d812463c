//! The primitives under the synchronization that is our own, by one name each: the model checker's build of these files
//! has its own module in this place.

pub(super) use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
pub(super) use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
pub(super) use std::thread::{Thread, ThreadId, current, park};
