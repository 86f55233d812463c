//! The jobs in a table of `PostgreSQL`: writes are SQL, and reads come from a replica that follows the table.
//!
//! ```text
//! submit, update, stop, delete ──> Pool ──> SQL ──> position ──> reached ──> answer
//!                                            │          ▲
//! list, get, counts, events <── replica <── log ────────┘        Schedule ──> SQL, in one of all processes
//! ```
//! A write is answered when the replica of this process has it. Other processes have it a few milliseconds later.

mod errors;
mod first;
mod health;
mod migrations;
mod pool;
mod row;
mod schedule;
mod server;
mod tls;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jobdex::follow::{FollowOptions, Follower, Lsn, Progress, ProgressReader, State};
use jobdex::wire::ApiError;
use jobdex::{JobStore, SharedJobStore};
use tokio::sync::RwLock;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::clock::Clock;
use crate::errors::{Refusal, internal, invalid};
use crate::job::LiveJob;

pub(crate) use errors::TableError;
pub(crate) use first::{Where, fill};
pub(crate) use health::{Lack, write as write_metrics};
pub(crate) use migrations::{check, migrate};
pub(crate) use server::Server;

use pool::{Failure, Lease, Pool};
use schedule::Schedule;

/// Longest wait for a session.
const LEASE_LAPSE_MAX: Duration = Duration::from_secs(2);

/// Longest time until the database has taken a write, with the wait for a session. The server itself gives up a statement
/// after 3 s, for example because another program has locked the row.
const WRITE_LAPSE_MAX: Duration = Duration::from_secs(6);

/// Longest time until the replica has the write. A write takes less than the 10 s that the official client waits.
const REACH_LAPSE_MAX: Duration = Duration::from_secs(3);

/// How often a write looks whether a fill has ended.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// The refusals of a write, by what is known of it.
const NOTHING_WRITTEN: &str = "nothing was written; the database or the replica is not available at the moment";
const UNKNOWN: &str = "the database did not answer, and may have taken the write; look for it before it is sent again";
const NOT_SHOWN: &str = "the write is in the database, but this process does not show it yet; do not send it again";

/// The table, its replica in this process, and the schedule.
pub(crate) struct Table {
    store: SharedJobStore<LiveJob>,
    progress: ProgressReader,
    /// `None` once the service has stopped.
    follower: RwLock<Option<Follower<LiveJob>>>,
    was_current: AtomicBool,
    pool: Pool,
    schedule: Schedule,
}

/// The numbers of a replica.
pub(crate) struct Replica {
    pub(crate) progress: Progress,
    pub(crate) has_schedule: bool,
}

impl Table {
    /// Begins to follow the table of a server. The replica fills while the service starts.
    ///
    /// # Errors
    /// [`TableError::Follow`] if the replica does not understand the connection.
    pub(crate) fn open(server: Server) -> Result<Self, TableError> {
        let options = FollowOptions::new(server.connection(), "jobs", "jobs_pub");
        let follower = Follower::spawn_into(JobStore::new(), options);
        if let State::Stopped(error) = follower.progress().state {
            return Err(TableError::Follow(error));
        }
        Ok(Self {
            store: follower.store().clone(),
            progress: follower.progress_reader(),
            follower: RwLock::new(Some(follower)),
            was_current: AtomicBool::new(false),
            pool: Pool::new(server),
            schedule: Schedule::default(),
        })
    }

    /// The replica of the jobs.
    pub(crate) fn store(&self) -> &SharedJobStore<LiveJob> {
        &self.store
    }

    /// Whether the replica has had all jobs at some time. Before that its lists would be wrong, and not only old.
    pub(crate) fn is_readable(&self) -> bool {
        if self.was_current.load(Ordering::Acquire) {
            return true;
        }
        let is_current = self.progress.get().current_at.is_some();
        self.was_current.fetch_or(is_current, Ordering::AcqRel) || is_current
    }

    /// The reason why this process should get no requests, if there is one.
    pub(crate) fn lack(&self) -> Option<Lack> {
        health::lack(&self.progress.get())
    }

    pub(crate) fn replica(&self) -> Replica {
        Replica { progress: self.progress.get(), has_schedule: self.schedule.is_held() }
    }

    /// Runs the schedule of the jobs, in turns with all other processes of the table. Never ends.
    pub(crate) async fn run_schedule(&self, clock: &Clock) {
        self.schedule.run(self.pool.server(), clock).await;
    }

    /// Ends the replica and all idle sessions in order.
    pub(crate) async fn close(&self) {
        let follower = self.follower.write().await.take();
        if let Some(follower) = follower
            && let Err(error) = follower.shutdown().await
        {
            tracing::warn!(%error, "the replica had stopped");
        }
        self.pool.close();
    }

    /// Inserts a job, unless there are so many.
    ///
    /// # Errors
    /// [`ApiError::ServiceUnavailable`] if there are, and if the database or the replica is not available.
    pub(crate) async fn submit(&self, job: LiveJob, jobs_max: usize) -> Result<(), Refusal> {
        check_job(&job)?;
        self.written(async {
            if self.store.snapshot().len() >= jobs_max {
                return Err(ApiError::ServiceUnavailable.into());
            }
            let lease = self.lease().await?;
            let position = lease.insert(&job).await.map_err(|failure| refused(&failure))?;
            lease.finish();
            Ok(position)
        })
        .await
    }

    /// Changes a job by `change`, after its times have changed it.
    ///
    /// # Errors
    /// [`ApiError::JobNotFound`], the errors of `change`, and those of [`submit`](Self::submit).
    pub(crate) async fn update(
        &self,
        job_id: &str,
        clock: &Clock,
        change: impl FnOnce(&mut LiveJob) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        check_id(job_id)?;
        self.written(async {
            let lease = self.lease().await?;
            let row = lease.begin(job_id).await.map_err(|error| unavailable(&error.into()))?;
            let changed = row.ok_or_else(|| Refusal::from(ApiError::JobNotFound)).and_then(|row| {
                let mut job = row::job_of(&row).map_err(|error| internal(&error))?;
                job.settle(clock.now());
                change(&mut job)?;
                check_job(&job)?;
                Ok(job)
            });
            let job = match changed {
                Ok(job) => job,
                Err(refusal) => {
                    if lease.rollback().await.is_ok() {
                        lease.finish();
                    }
                    return Err(refusal);
                }
            };
            let position = lease.commit(&job).await.map_err(|failure| refused(&failure))?;
            lease.finish();
            Ok(position)
        })
        .await
    }

    /// Deletes a job.
    ///
    /// # Errors
    /// [`ApiError::JobNotFound`], and the errors of [`submit`](Self::submit).
    pub(crate) async fn delete(&self, job_id: &str) -> Result<(), Refusal> {
        check_id(job_id)?;
        self.written(async {
            let lease = self.lease().await?;
            let position = lease.delete(job_id).await.map_err(|failure| refused(&failure))?;
            lease.finish();
            position.ok_or_else(|| ApiError::JobNotFound.into())
        })
        .await
    }

    async fn lease(&self) -> Result<Lease<'_>, Refusal> {
        let busy = || Err(TableError::Sql(format!("no session was free within {} s", LEASE_LAPSE_MAX.as_secs())));
        let lease = timeout(LEASE_LAPSE_MAX, self.pool.lease()).await.unwrap_or_else(|_| busy());
        lease.map_err(|error| unavailable(&error))
    }

    /// Runs a write that returns a position of the server, and waits until the replica has it.
    async fn written(&self, write: impl Future<Output = Result<Lsn, Refusal>>) -> Result<(), Refusal> {
        let end = Instant::now() + WRITE_LAPSE_MAX;
        self.await_replica(end).await?;
        let position = timeout_at(end, write).await.unwrap_or_else(|_| {
            tracing::error!(seconds = WRITE_LAPSE_MAX.as_secs(), "the database did not answer a write in time");
            Err(with_advice(UNKNOWN))
        })?;
        let follower = self.follower.read().await;
        let follower = follower.as_ref().ok_or_else(|| with_advice(NOT_SHOWN))?;
        follower.reached(position, REACH_LAPSE_MAX).await.map_err(|error| {
            tracing::error!(%error, "a write is in the database, but not in the replica");
            with_advice(NOT_SHOWN)
        })
    }

    /// Waits while the replica fills. A replica without a connection would not get the write, so nothing is written then.
    async fn await_replica(&self, end: Instant) -> Result<(), Refusal> {
        loop {
            match self.progress.get().state {
                State::Following => return Ok(()),
                State::Hydrating { .. } if Instant::now() < end => sleep(LOOK_EVERY).await,
                _ => return Err(with_advice(NOTHING_WRITTEN)),
            }
        }
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("progress", &self.progress.get()).finish_non_exhaustive()
    }
}

/// Checks what the database can't hold.
fn check_job(job: &LiveJob) -> Result<(), Refusal> {
    row::check(job).map_err(|error| invalid("Name", error.to_string()).into())
}

/// An ID with a character that the database can't hold is none of its IDs.
fn check_id(job_id: &str) -> Result<(), Refusal> {
    if job_id.contains('\0') { Err(ApiError::JobNotFound.into()) } else { Ok(()) }
}

/// The refusal of a write that the server has refused, or has not answered.
fn refused(failure: &Failure) -> Refusal {
    tracing::error!(error = failure.reason, is_undone = failure.is_undone, "the database did not take a write");
    with_advice(if failure.is_undone { NOTHING_WRITTEN } else { UNKNOWN })
}

/// The refusal before a write was sent.
fn unavailable(error: &TableError) -> Refusal {
    tracing::error!(%error, "the database is not available");
    with_advice(NOTHING_WRITTEN)
}

fn with_advice(advice: &'static str) -> Refusal {
    Refusal { advice: Some(advice), ..ApiError::ServiceUnavailable.into() }
}
