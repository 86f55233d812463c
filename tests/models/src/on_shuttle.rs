//! Random schedules.

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

    pub(super) use explore as explore_line;

    pub(super) fn explore(model: impl Fn() + Send + Sync + 'static) {
        let schedules = std::env::var("JOBDEX_SCHEDULES").map_or(Ok(5_000), |text| text.parse());
        shuttle::check_random(model, schedules.expect("JOBDEX_SCHEDULES is a whole number"));
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
