//! Every interleaving.

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

    /// Three threads at one lock, or two at three, change places in too many ways: here those with up to three changes
    /// that nobody waits for, which is more than the bugs need that such checks have found.
    pub(super) fn explore_line(model: impl Fn() + Send + Sync + 'static) {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = Some(3);
        builder.check(model);
    }

    pub(super) fn explore(model: impl Fn() + Send + Sync + 'static) {
        loom::model(model);
    }
}

#[path = "../../../src/shared/bell.rs"]
mod bell;
#[path = "../../../src/shared/follow.rs"]
mod follow;
#[path = "../../../src/shared/history.rs"]
mod history;
#[path = "../../../src/shared/published.rs"]
mod published;
#[path = "../../../src/shared/turns.rs"]
mod turns;

#[path = "models.rs"]
mod models;

use models::{Change, Changes, Commit, Core};
