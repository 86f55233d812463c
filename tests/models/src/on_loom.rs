//! Every interleaving.

mod sync {
    pub(super) use std::sync::PoisonError;

    pub(super) use loom::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering, fence};
    pub(super) use loom::sync::{Arc, Condvar, Mutex, MutexGuard, RwLock};
    pub(super) use loom::thread::{Thread, ThreadId, current, park};
}

mod checker {
    pub(super) use loom::thread::{spawn, yield_now};

    pub(super) const READERS: usize = 2;
    pub(super) const PUBLISHES: u64 = 2;
    pub(super) const WRITERS: usize = 2;

    pub(super) fn explore(model: impl Fn() + Send + Sync + 'static) {
        loom::model(model);
    }
}

#[path = "../../../src/store/shared/bell.rs"]
mod bell;
#[path = "../../../src/store/shared/published.rs"]
mod published;
#[path = "../../../src/store/shared/turns.rs"]
mod turns;

#[path = "models.rs"]
mod models;
