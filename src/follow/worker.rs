//! The thread of a follower: session after session, with waits between them, until it is stopped.
//!
//! The thread has a runtime of its own, so a follower works under any executor, and writes of the store never hold up one.

use std::hash::{BuildHasher as _, RandomState};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::time::{sleep, sleep_until, timeout};

use super::connection::{Connection, Session};
use super::error::FollowError;
use super::options::{FollowOptions, Slot};
use super::progress::State;
use super::row::FromRow;
use super::session::Follow;
use super::shared::Shared;
use super::slot;

/// The first success or failure of a follower.
pub(super) type First = oneshot::Sender<Result<(), FollowError>>;

/// Starts the thread. With `first`, a failure before the first success ends it.
pub(super) fn start<J: FromRow + Send + Sync + 'static>(
    follow: Follow<J>,
    shared: Arc<Shared>,
    first: Option<First>,
) -> Result<oneshot::Receiver<()>, FollowError> {
    let (done, ended) = oneshot::channel();
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let body = move || {
        let work = async {
            tokio::select! {
                error = run(follow, &shared, first) => error,
                error = expire(&shared) => error,
            }
        };
        let error = catch_unwind(AssertUnwindSafe(|| runtime.block_on(work))).unwrap_or(FollowError::Panicked);
        // A thread of the runtime may still hold the store, so the runtime ends first.
        drop(runtime);
        shared.end(&error);
        // Nobody may wait for the end.
        let _ = done.send(());
    };
    thread::Builder::new().name("jobdex-follow".to_owned()).spawn(body)?;
    Ok(ended)
}

/// Ends the waits whose time is over.
async fn expire(shared: &Shared) -> FollowError {
    loop {
        let next = shared.expire();
        let over = async {
            match next {
                Some(next) => sleep_until(next.into()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = over => {}
            () = shared.waiting.notified() => {}
        }
    }
}

async fn run<J: FromRow + Send + Sync + 'static>(
    mut follow: Follow<J>,
    shared: &Arc<Shared>,
    mut first: Option<First>,
) -> FollowError {
    let mut retry = Retry::new(&follow.options);
    loop {
        let error = {
            let session = follow.run_session(shared);
            let current = tell_first(shared, &mut first);
            tokio::select! {
                error = session => error,
                never = current => match never {},
                () = stopped_for_long(shared) => FollowError::Stopped,
            }
        };
        if matches!(error, FollowError::Stopped | FollowError::Panicked) {
            drop_slot(&follow).await;
            return error;
        }
        if let Some(first) = first.take() {
            drop(first.send(Err(error.clone())));
            drop_slot(&follow).await;
            return error;
        }
        if !error.is_break() {
            follow.filled = None;
        }
        let wait = retry.next(shared.progress().is_following(), follow.failed_fill.take());
        shared.set_state(State::Connecting { attempt: retry.attempt, last_error: Some(error) });
        tokio::select! {
            () = sleep(wait) => {}
            () = shared.stopped() => {}
        }
    }
}

/// Tells of the first success once the store is current.
async fn tell_first(shared: &Shared, first: &mut Option<First>) -> std::convert::Infallible {
    let mut changes = shared.changes();
    while first.is_some() {
        let progress = shared.progress();
        if progress.is_following() && progress.current_at.is_some() {
            first.take().map(|first| first.send(Ok(())));
        } else if changes.changed().await.is_err() {
            break;
        }
    }
    std::future::pending().await
}

/// Waits until a session has had its time to end in order.
async fn stopped_for_long(shared: &Shared) {
    const END_MAX: Duration = Duration::from_secs(3);
    shared.stopped().await;
    sleep(END_MAX).await;
}

/// Drops a named slot that a session has left.
async fn drop_slot<J>(follow: &Follow<J>) {
    const DROP_MAX: Duration = Duration::from_secs(2);
    let (Slot::Named(name), true) = (&follow.options.slot, follow.has_slot) else { return };
    let dropped = async {
        let mut connection = Connection::open(&follow.settings, Session::Plain, 1 << 20).await?;
        // The server may need a moment to see that the session is over.
        while slot::drop_named(&mut connection, name).await.is_err_and(|error| error.is_break()) {
            sleep(Duration::from_millis(20)).await;
        }
        Ok::<_, FollowError>(())
    };
    drop(timeout(DROP_MAX, dropped).await);
}

/// The waits between sessions.
struct Retry {
    first: Duration,
    most: Duration,
    attempt: u32,
    last: Instant,
}

/// A time without a break after which the waits begin anew.
const PEACE: Duration = Duration::from_secs(60);

impl Retry {
    fn new(options: &FollowOptions) -> Self {
        Self { first: options.retry_first, most: options.retry_most, attempt: 1, last: Instant::now() }
    }

    /// The wait after a session that has ended now.
    fn next(&mut self, was_following: bool, failed_fill: Option<Duration>) -> Duration {
        self.attempt = if was_following && self.last.elapsed() > PEACE { 1 } else { self.attempt.saturating_add(1) };
        self.last = Instant::now();
        let doubled = self.first.saturating_mul(1 << (self.attempt - 1).min(20)).min(self.most);
        // The hash of a new state is as good as a random number here.
        let jitter = f64::from(u32::try_from(RandomState::new().hash_one(0) >> 32).unwrap_or(0)) / f64::from(u32::MAX);
        let wait = doubled.mul_f64(1.0 - jitter / 2.0);
        wait.max(failed_fill.map_or(Duration::ZERO, |fill| fill * 2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_most_and_are_up_to_a_half_shorter() {
        let (first, most) = (Duration::from_millis(50), Duration::from_secs(5));
        let mut retry = Retry::new(&FollowOptions::new("", "", "").retry(first, most));
        for expected in [100, 200, 400, 800, 1600, 3200, 5000, 5000] {
            let wait = retry.next(false, None);
            let full = Duration::from_millis(expected);
            assert!(wait <= full && wait >= full / 2, "{wait:?} of {full:?}");
        }
        for _ in 0..100 {
            assert!(retry.next(true, None) <= most);
        }
        assert_eq!(retry.next(false, Some(Duration::from_secs(40))), Duration::from_secs(80));
        retry.last = Instant::now().checked_sub(PEACE * 2).expect("the clock runs for minutes");
        assert!(retry.next(true, None) <= first);
    }
}
