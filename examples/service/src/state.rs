//! The jobs of the service and the rules for their states. This module knows nothing of HTTP.
//!
//! Every write goes through [`State::write`], which updates the agenda with the store. Every read takes one snapshot
//! per request. Before each read and write, [`State::settle`] starts and ends the jobs that are due, so no answer is
//! out of date. With a file, a job that is due has changed its status once that is on disk.
//!
//! With a table, a write is a transaction of the database, which `postgres` runs by the same rules. The schedule runs in
//! one of all processes, so the agenda is empty then.

use std::fmt;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use jobdex::durable::DurableStats;
use jobdex::error::ExtendError;
use jobdex::limits::JOBS_MAX;
use jobdex::wire::ApiError;
use jobdex::{ChangeFeed, JobStore, SharedJobStore, Snapshot, StartMode, Status};
use tokio::time::sleep;

use crate::agenda::Agenda;
use crate::clock::Clock;
use crate::errors::Refusal;
use crate::job::LiveJob;
use crate::postgres::{Lack, Replica, Table};
use crate::shown::Shown;
use crate::store::Store;
use crate::weight;

/// The arguments of one write: the store, and the agenda that must be updated with it.
struct Desk<'a> {
    store: &'a mut JobStore<LiveJob>,
    agenda: &'a mut Agenda,
}

/// The store of the service, its agenda and its clock.
// Invariants:
//   agenda = {(job.due(), job ID) : job.due() is some}, or empty with a table
//   next_due = agenda.next() in seconds, or i64::MAX for none, after each write
pub(crate) struct State {
    store: Store,
    shown: Shown,
    agenda: Mutex<Agenda>,
    next_due: AtomicI64,
    clock: Clock,
    /// About how many bytes the jobs take; not counted with a table.
    bytes: AtomicUsize,
    /// A submission is refused if there are this many jobs, or if they would take more bytes.
    jobs_max: usize,
    memory_max: usize,
}

impl State {
    /// A state in memory that starts with these jobs.
    ///
    /// # Errors
    /// The errors of [`JobStore::extend`].
    pub(crate) fn new(jobs: Vec<LiveJob>, clock: Clock) -> Result<Self, ExtendError> {
        let mut store = JobStore::new();
        store.extend(jobs)?;
        Ok(Self::of(Store::Memory(SharedJobStore::new(store)), clock))
    }

    /// The state of a store. Scheduled jobs go on where they were; those that are due by now change their status first.
    pub(crate) fn of(store: Store, clock: Clock) -> Self {
        let mut agenda = Agenda::default();
        let mut bytes = 0;
        // The schedule of a table is in the database, and its replica is not full yet.
        if store.table().is_none() {
            for job in store.snapshot().iter() {
                agenda.note(job.due(), &job.shown.job_id);
                bytes += weight::bytes(job);
            }
        }
        let next_due = AtomicI64::new(seconds(agenda.next()));
        Self {
            store,
            shown: Shown::default(),
            next_due,
            agenda: Mutex::new(agenda),
            clock,
            bytes: bytes.into(),
            jobs_max: JOBS_MAX,
            memory_max: usize::MAX,
        }
    }

    /// Sets the number of jobs from which submissions are refused.
    pub(crate) fn with_jobs_max(self, jobs_max: usize) -> Self {
        Self { jobs_max, ..self }
    }

    /// Sets the number of bytes of all jobs from which submissions and longer texts are refused. A table has no such limit.
    pub(crate) fn with_memory_max(self, memory_max: usize) -> Self {
        Self { memory_max, ..self }
    }

    /// About how many bytes of memory the jobs take; `None` with a table, whose jobs also change without this process.
    pub(crate) fn bytes(&self) -> Option<usize> {
        self.store.table().is_none().then(|| self.bytes.load(Ordering::Relaxed))
    }

    /// The bytes of all jobs if some of this many are replaced by others.
    ///
    /// # Errors
    /// [`ApiError::ServiceUnavailable`] if that is more than before and more than allowed.
    fn bytes_after(&self, before: usize, after: usize) -> Result<usize, Refusal> {
        let bytes = (self.bytes.load(Ordering::Relaxed) + after).saturating_sub(before);
        if after > before && bytes > self.memory_max { Err(ApiError::ServiceUnavailable.into()) } else { Ok(bytes) }
    }

    /// The current time, in whole seconds.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// A snapshot of the current jobs, for one request.
    pub(crate) fn snapshot(&self) -> Snapshot<LiveJob> {
        self.settle();
        self.store.snapshot()
    }

    /// A snapshot of the current jobs, for a request that needs all of them.
    ///
    /// # Errors
    /// [`ApiError::ServiceUnavailable`] while a replica fills for the first time.
    pub(crate) fn readable(&self) -> Result<Snapshot<LiveJob>, Refusal> {
        match self.store.table() {
            Some(table) if !table.is_readable() => Err(ApiError::ServiceUnavailable.into()),
            _ => Ok(self.snapshot()),
        }
    }

    /// The numbers of the replica, if there is one.
    pub(crate) fn replica(&self) -> Option<Replica> {
        self.store.table().map(Table::replica)
    }

    /// The reason why a replica should get no requests, if there is one.
    pub(crate) fn lack(&self) -> Option<Lack> {
        self.store.table().and_then(Table::lack)
    }

    /// The JSON of jobs that were listed lately.
    pub(crate) fn shown(&self) -> &Shown {
        &self.shown
    }

    /// A feed of all changes after this version of the store.
    pub(crate) fn feed_since(&self, version: u64) -> ChangeFeed<LiveJob> {
        self.store.feed_since(version)
    }

    /// The numbers of the file, if there is one.
    pub(crate) fn disk(&self) -> Option<DurableStats> {
        self.store.disk()
    }

    /// Whether writes are refused because the disk has failed.
    pub(crate) fn is_read_only(&self) -> bool {
        self.store.is_read_only()
    }

    /// Closes the file or ends the replica, if there is one. Writes are refused from then on.
    pub(crate) async fn close(&self) {
        match self.store.table() {
            Some(table) => table.close().await,
            None => self.store.close(),
        }
    }

    /// Starts and ends scheduled jobs at their times, so that change feeds see it even when no request comes. Never ends.
    pub(crate) async fn keep_settled(&self) {
        /// The longest sleep. A jump of the system clock is noticed after this time.
        const REST_MAX: Duration = Duration::from_secs(1);
        if let Some(table) = self.store.table() {
            table.run_schedule(&self.clock).await;
        }
        loop {
            let rest = self.next_due().map_or(REST_MAX, |due| lapse_until(due, self.now()));
            sleep(rest.clamp(Duration::from_millis(20), REST_MAX)).await;
            self.settle();
        }
    }

    /// The time at which the next scheduled job starts or ends.
    fn next_due(&self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp(self.next_due.load(Ordering::Acquire), 0)
    }

    /// Adds a new job.
    ///
    /// # Errors
    /// [`ApiError::ServiceUnavailable`] if the number of jobs or their bytes have reached their limit.
    pub(crate) async fn submit(&self, job: LiveJob) -> Result<(), Refusal> {
        if let Some(table) = self.store.table() {
            return table.submit(job, self.jobs_max).await;
        }
        self.write(|desk| {
            if desk.store.len() >= self.jobs_max {
                return Err(ApiError::ServiceUnavailable.into());
            }
            let bytes = self.bytes_after(0, weight::bytes(&job))?;
            let job = desk.store.insert(job)?;
            desk.agenda.note(job.due(), &job.shown.job_id);
            self.bytes.store(bytes, Ordering::Relaxed);
            Ok(())
        })
    }

    /// Changes a job by `change`.
    ///
    /// # Errors
    /// [`ApiError::JobNotFound`], and the errors of `change`. After an error the job is unchanged.
    pub(crate) async fn update(
        &self,
        job_id: &str,
        change: impl FnOnce(&mut LiveJob) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        if let Some(table) = self.store.table() {
            return table.update(job_id, &self.clock, change).await;
        }
        self.write(|desk| {
            let before = desk.store.get(job_id).ok_or(ApiError::JobNotFound)?;
            let due = before.due();
            let mut job = LiveJob::clone(before);
            change(&mut job)?;
            let bytes = self.bytes_after(weight::bytes(before), weight::bytes(&job))?;
            let job = desk.store.update(job_id, |stored| *stored = job)?;
            self.bytes.store(bytes, Ordering::Relaxed);
            desk.agenda.strike(due, job_id);
            desk.agenda.note(job.due(), job_id);
            Ok(())
        })
    }

    /// Stops a running job.
    ///
    /// # Errors
    /// [`ApiError::JobNotFound`], and [`ApiError::JobStatusConflict`] if the job is not running.
    pub(crate) async fn stop(&self, job_id: &str) -> Result<(), Refusal> {
        let change = |job: &mut LiveJob| match job.shown.status {
            Status::Running => {
                job.shown.status = Status::Stopped;
                Ok(())
            }
            Status::Pending | Status::Stopped => Err(ApiError::JobStatusConflict.into()),
        };
        self.update(job_id, change).await
    }

    /// Removes a job in any status.
    ///
    /// # Errors
    /// [`ApiError::JobNotFound`].
    pub(crate) async fn delete(&self, job_id: &str) -> Result<(), Refusal> {
        if let Some(table) = self.store.table() {
            return table.delete(job_id).await;
        }
        self.write(|desk| {
            let job = desk.store.remove(job_id).ok_or(ApiError::JobNotFound)?;
            desk.agenda.strike(job.due(), job_id);
            self.bytes.fetch_sub(weight::bytes(&job), Ordering::Relaxed);
            Ok(())
        })
    }

    /// Starts and ends every job that is due. If none is due, this costs one read of the clock.
    pub(crate) fn settle(&self) {
        let now = self.now();
        if self.next_due.load(Ordering::Acquire) > now.timestamp() {
            return;
        }
        let settled = self.locked_write(|desk| {
            for (_, job_id) in desk.agenda.take_due(now) {
                // The job may have been deleted; then there is nothing to do.
                if let Ok(job) = desk.store.update(&job_id, |job| job.settle(now)) {
                    desk.agenda.note(job.due(), &job_id);
                }
            }
            Ok(())
        });
        if settled.is_err() {
            // The disk has failed, so no job changes until the service starts again.
            self.next_due.store(i64::MAX, Ordering::Release);
        }
    }

    /// Runs one write, after all jobs that are due have changed their status.
    fn write<T>(&self, change: impl FnOnce(Desk<'_>) -> Result<T, Refusal>) -> Result<T, Refusal> {
        self.settle();
        self.locked_write(change)
    }

    /// Locks the store and then the agenda, always in this order. `change` must touch the agenda after every step that
    /// can fail.
    fn locked_write<T>(&self, change: impl FnOnce(Desk<'_>) -> Result<T, Refusal>) -> Result<T, Refusal> {
        self.store.write(|store| {
            let mut agenda = self.agenda.lock().unwrap_or_else(PoisonError::into_inner);
            let given = change(Desk { store, agenda: &mut agenda });
            self.next_due.store(seconds(agenda.next()), Ordering::Release);
            given
        })
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").field("store", &self.store).finish_non_exhaustive()
    }
}

/// Checks whether the stream, the output and the times of the job may change.
///
/// # Errors
/// [`ApiError::OperationDenied`] for a job without times, [`ApiError::JobStatusConflict`] for one that has started.
pub(crate) fn check_changeable(job: &LiveJob) -> Result<(), Refusal> {
    match (job.shown.start_mode, job.shown.status) {
        (StartMode::Immediate, _) => Err(ApiError::OperationDenied.into()),
        (StartMode::Scheduled, Status::Pending) => Ok(()),
        (StartMode::Scheduled, _) => Err(ApiError::JobStatusConflict.into()),
    }
}

/// The time from `now` until `due`; zero if `due` is in the past.
fn lapse_until(due: DateTime<Utc>, now: DateTime<Utc>) -> Duration {
    (due - now).max(TimeDelta::zero()).to_std().unwrap_or_default()
}

fn seconds(due: Option<DateTime<Utc>>) -> i64 {
    due.map_or(i64::MAX, |due| due.timestamp())
}
