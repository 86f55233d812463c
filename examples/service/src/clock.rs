//! The time of day: from the system clock in a running service, from a clock of the test's own in a test.
//!
//! No other module asks the system for the time of day.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use chrono::{DateTime, SubsecRound, Utc};

/// A clock that counts whole seconds, as the times of the API do.
#[derive(Clone)]
pub(crate) struct Clock(Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>);

impl Clock {
    /// The system clock.
    pub(crate) fn system() -> Self {
        Self::new(|| SystemTime::now().into())
    }

    /// A clock that reads its time from `now`.
    pub(crate) fn new(now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The current time, in whole seconds.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        (self.0)().trunc_subsecs(0)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}
