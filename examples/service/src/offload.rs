//! Work that may take long, off the threads that answer requests, and only so much of it at once.
//!
//! A view of the console marks matches, counts facets and suggests spellings. For names and keywords that are made for it,
//! that takes tens of milliseconds, and an event stream does it again after each write. Any number of such streams may
//! have one thread in all, and the views that people wait for have another. So lists keep the rest of the machine.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jobdex::wire::ApiError;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::errors::Refusal;
use crate::limits::VIEW_LAPSE_MAX;

/// A lane for work of one kind: one piece after the other.
#[derive(Clone, Debug)]
pub(crate) struct Lane(Arc<Semaphore>);

impl Default for Lane {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }
}

impl Lane {
    /// Does the work when its turn comes, and returns its result with the time that it took.
    ///
    /// # Errors
    /// [`ApiError::ServiceUnavailable`] if its turn does not come within [`VIEW_LAPSE_MAX`], or if the service ends.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<(T, Duration), Refusal> {
        let turn = timeout(VIEW_LAPSE_MAX, Arc::clone(&self.0).acquire_owned()).await;
        let turn = turn.ok().and_then(Result::ok).ok_or(ApiError::ServiceUnavailable)?;
        let timed = move || {
            let begin = Instant::now();
            // The turn ends with the work, even if nobody waits for it any more.
            let _turn = turn;
            (work(), begin.elapsed())
        };
        match tokio::task::spawn_blocking(timed).await {
            Ok(done) => Ok(done),
            // A panic goes on in the request that asked for the work, where it is counted and answered.
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => Err(ApiError::ServiceUnavailable.into()),
        }
    }
}
