//! The models under shuttle: random schedules.

mod sync {
    pub(super) use shuttle::sync::atomic::{AtomicU64, AtomicUsize, Ordering, fence};
    pub(super) use shuttle::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
    pub(super) use shuttle::thread::{ThreadId, current};
}

mod checker {
    pub(super) use shuttle::thread::{spawn, yield_now};

    pub(super) const READERS: usize = 3;
    pub(super) const PUBLISHES: u64 = 6;
    pub(super) const WRITERS: usize = 4;

    pub(super) use explore as explore_bounded;

    pub(super) fn explore(model: impl Fn() + Send + Sync + 'static) {
        let schedules = std::env::var("JOBDEX_SCHEDULES").map_or(Ok(5_000), |text| text.parse());
        shuttle::check_random(model, schedules.expect("JOBDEX_SCHEDULES is a whole number"));
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
