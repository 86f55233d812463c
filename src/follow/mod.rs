//! A store that follows a table of `PostgreSQL`: the table is the truth, and the process holds a replica.
//!
//! A [`Follower`] fills a store from a table and applies each transaction of the server as one write.
//! [`docs::following`](crate::docs::following) says what is promised, and how to run it.
//!
//! ```text
//! worker ──> session: check ──> slot ──> hydrate ──> stream ──> transaction ──> SharedJobStore
//!               └──> probe: position, definition, marks                              └──> readers, feeds, watches
//! ```

// Values.
mod copy_text;
mod job_row;
mod lsn;
mod pgoutput;
mod pieces;
mod row;

// What users give and get.
mod error;
mod options;
mod progress;
mod unfit;

// The server.
mod check;
mod connection;
mod slot;
mod table;

// A session, and the thread that runs one after another.
mod hydrate;
mod probe;
mod session;
mod shared;
mod stream;
mod transaction;
mod worker;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{oneshot, watch};

pub use error::FollowError;
pub use lsn::{Lsn, LsnError};
pub use options::{FollowOptions, Slot};
pub use progress::{Progress, State, Warning};
pub use row::{Cell, FromRow, Row, RowError};
pub use unfit::Unfit;

use crate::job::{Job, TypedFacets};
use crate::shared::SharedJobStore;
use crate::store::JobStore;
use connection::Settings;
use session::Follow;
use shared::Shared;

/// A store that follows a table. Dropping it stops it.
///
/// ```no_run
/// use std::time::Duration;
///
/// use jobdex::follow::{FollowOptions, Follower};
/// use jobdex::{Job, ListQuery, Status};
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// // Once: create publication jobs_pub for table jobs;
/// let options = FollowOptions::new("host=/run/postgresql user=jobs dbname=live", "jobs", "jobs_pub");
/// let follower: Follower<Job> = Follower::start(options).await?;
/// let store = follower.store().clone();
///
/// // A write goes to the table, and is then waited for.
/// // sql.execute("update jobs set status = 2 where job_id = $1", &[&"a046"]).await?;
/// follower.caught_up(Duration::from_secs(2)).await?;
/// let page = store.snapshot().list(&ListQuery::new().status(Status::Stopped))?;
/// # let _ = page;
/// follower.shutdown().await?;
/// # Ok(())
/// # }
/// ```
pub struct Follower<J = Job> {
    store: SharedJobStore<J>,
    shared: Arc<Shared>,
    changes: watch::Receiver<u64>,
    ended: Option<oneshot::Receiver<()>>,
}

/// Reads the progress of a follower from elsewhere, such as from the answer to a question for health. A clone costs **O(1)**.
#[derive(Clone)]
pub struct ProgressReader {
    shared: Arc<Shared>,
}

impl ProgressReader {
    /// The progress now.
    pub fn get(&self) -> Progress {
        self.shared.progress()
    }
}

impl<J: FromRow<Facets: TypedFacets> + Send + Sync + 'static> Follower<J> {
    /// Checks the server, fills the store, and returns when the store is current. From then on it mends itself, and
    /// [`progress`](Self::progress) tells how it is.
    ///
    /// It may be called from any executor: the follower has a thread and a runtime of its own.
    ///
    /// # Errors
    /// The first [`FollowError`]. Nothing is retried before the store is current for the first time.
    ///
    /// # Panics
    /// As [`JobStore::new`].
    pub async fn start(options: FollowOptions) -> Result<Self, FollowError> {
        Self::start_into(JobStore::new(), options).await
    }

    /// Returns at once, with an empty store that fills. Everything is retried until it succeeds.
    /// [`progress`](Self::progress) tells when the store is current.
    ///
    /// # Panics
    /// As [`JobStore::new`].
    pub fn spawn(options: FollowOptions) -> Self {
        Self::spawn_into(JobStore::new(), options)
    }
}

impl<J: FromRow + Send + Sync + 'static> Follower<J> {
    /// [`start`](Self::start), with the settings and the schema of a store, whose jobs become those of the table.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn start_into(store: JobStore<J>, options: FollowOptions) -> Result<Self, FollowError> {
        let (first, answer) = oneshot::channel();
        let follower = Self::begin(store, options, Some(first));
        match answer.await {
            Ok(result) => result.map(|()| follower),
            // The thread ended before its first session.
            Err(_) => match follower.progress().state {
                State::Stopped(error) => Err(error),
                _ => Err(FollowError::Stopped),
            },
        }
    }

    /// [`spawn`](Self::spawn), with the settings and the schema of a store, whose jobs become those of the table.
    pub fn spawn_into(store: JobStore<J>, options: FollowOptions) -> Self {
        Self::begin(store, options, None)
    }

    fn begin(store: JobStore<J>, options: FollowOptions, first: Option<worker::First>) -> Self {
        let store = SharedJobStore::with_history(store, options.history);
        let shared = Arc::new(Shared::new(options.stale_after));
        let started = Settings::parse(&options.connection).and_then(|settings| {
            let store = store.clone();
            let follow =
                Follow { options, settings, store, filled: None, system: None, has_slot: false, failed_fill: None };
            worker::start(follow, Arc::clone(&shared), first)
        });
        let ended = started.map_err(|error| shared.end(&error)).ok();
        Self { store, changes: shared.changes(), shared, ended }
    }

    /// The store. Only the follower should write to it: a job that is written by anybody else stays until the next fill,
    /// or is found to be none of the table's and causes one.
    pub fn store(&self) -> &SharedJobStore<J> {
        &self.store
    }

    /// How far the store is, and how old its state may be.
    ///
    /// Costs a lock that is held for a copy.
    pub fn progress(&self) -> Progress {
        self.shared.progress()
    }

    /// Waits until the progress has changed since the last call, and returns it.
    pub async fn progress_changed(&mut self) -> Progress {
        // The sender lives as long as `self`.
        drop(self.changes.changed().await);
        self.shared.progress()
    }

    /// Reads the progress from elsewhere.
    pub fn progress_reader(&self) -> ProgressReader {
        ProgressReader { shared: Arc::clone(&self.shared) }
    }

    /// Waits until the store has everything that the server had committed when this was called, such as one's own write.
    ///
    /// The follower commits a small message to the server's log and waits until it comes back. Many calls at the same time
    /// share one message. It takes as long as a commit of the server, and a millisecond or two.
    ///
    /// # Errors
    /// [`FollowError::TimedOut`] after the limit, and the error of a follower that has stopped.
    pub async fn caught_up(&self, limit: Duration) -> Result<(), FollowError> {
        self.shared.wait(None, limit).await
    }

    /// Waits until the store has everything up to a position of the server. Ask for the position **after** the commit, by
    /// `select pg_current_wal_insert_lsn()`: within the transaction it is too early.
    ///
    /// # Errors
    /// As [`caught_up`](Self::caught_up).
    pub async fn reached(&self, position: Lsn, limit: Duration) -> Result<(), FollowError> {
        self.shared.wait(Some(position), limit).await
    }

    /// Ends the session with the server in order, drops the slot, and returns the store, which stays readable.
    ///
    /// # Errors
    /// The error by which the follower had stopped before.
    pub async fn shutdown(mut self) -> Result<SharedJobStore<J>, FollowError> {
        self.shared.stop();
        if let Some(ended) = self.ended.take() {
            // An end without a word is an end, too.
            drop(ended.await);
        }
        match self.shared.progress().state {
            State::Stopped(FollowError::Stopped) => Ok(self.store.clone()),
            State::Stopped(error) => Err(error),
            _ => Err(FollowError::Stopped),
        }
    }
}

impl<J> Drop for Follower<J> {
    fn drop(&mut self) {
        self.shared.stop();
    }
}

impl<J> fmt::Debug for Follower<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Follower").field("progress", &self.shared.progress()).finish_non_exhaustive()
    }
}
