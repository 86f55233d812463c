//! The models under loom: every interleaving.

mod sync {
    pub(super) use std::sync::PoisonError;

    pub(super) use loom::sync::atomic::{AtomicU64, AtomicUsize, Ordering, fence};
    pub(super) use loom::sync::{Arc, Condvar, Mutex, MutexGuard, RwLock};
    pub(super) use loom::thread::{ThreadId, current};
}

mod checker {
    pub(super) use loom::thread::{spawn, yield_now};

    pub(super) const READERS: usize = 2;
    pub(super) const PUBLISHES: u64 = 2;
    pub(super) const WRITERS: usize = 2;

    /// Explores the schedules with at most three preemptions. Models of three threads at one lock, or of two threads at
    /// three locks, have too many schedules to explore them all. The bugs that such checks have found need fewer.
    pub(super) fn explore_bounded(model: impl Fn() + Send + Sync + 'static) {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = Some(3);
        builder.check(model);
    }

    pub(super) fn explore(model: impl Fn() + Send + Sync + 'static) {
        loom::model(model);
    }
}

#[path = "../../../src/shared/history.rs"]
mod history;
#[path = "../../../src/shared/notifier.rs"]
mod notifier;
#[path = "../../../src/shared/published.rs"]
mod published;
#[path = "../../../src/shared/subscription.rs"]
mod subscription;
#[path = "../../../src/shared/writer_queue.rs"]
mod writer_queue;

#[path = "models.rs"]
mod models;

use models::{Change, Changes, Commit, SharedState};
