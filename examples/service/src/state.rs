//! The jobs of the service and the rules for their states. This module knows nothing of HTTP.
//!
//! Every write goes through [`State::write`], which updates the agenda with the store. Every read takes one snapshot
//! per request. Before each read and write, [`State::settle`] starts and ends the jobs that are due, so no answer is
//! out of date. With a file, a job that is due has changed its status once that is on disk.

use std::fmt;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use jobdex::durable::DurableStats;
use jobdex::error::ExtendError;
use jobdex::limits::JOBS_MAX;
use jobdex::wire::ApiError;
use jobdex::{ChangeFeed, JobStore, SharedJobStore, Snapshot, StartMode, Status};

use crate::agenda::Agenda;
use crate::clock::Clock;
use crate::errors::Refusal;
use crate::job::LiveJob;
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
//   agenda = {(job.due(), job ID) : job.due() is some}
//   next_due = agenda.next() in seconds, or i64::MAX for none, after each write
pub(crate) struct State {
    store: Store,
    shown: Shown,
    agenda: Mutex<Agenda>,
    next_due: AtomicI64,
    clock: Clock,
    /// About how many bytes the jobs take.
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
        for job in store.snapshot().iter() {
            agenda.note(job.due(), &job.shown.job_id);
            bytes += weight::bytes(job);
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

    /// Sets the number of bytes of all jobs from which submissions and longer texts are refused.
    pub(crate) fn with_memory_max(self, memory_max: usize) -> Self {
        Self { memory_max, ..self }
    }

    /// About how many bytes of memory the jobs take.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// The bytes of all jobs if some of this many are replaced by others.
    ///
    /// # Errors
    /// [`ApiError::ServiceUnavailable`] if that is more than before and more than allowed.
    fn bytes_after(&self, before: usize, after: usize) -> Result<usize, Refusal> {
        let bytes = (self.bytes() + after).saturating_sub(before);
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

    /// Closes the file, if there is one. Writes are refused from then on.
    pub(crate) fn close(&self) {
        self.store.close();
    }

    /// The time at which the next scheduled job starts or ends.
    pub(crate) fn next_due(&self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp(self.next_due.load(Ordering::Acquire), 0)
    }

    /// Adds a new job.
    ///
    /// # Errors
    /// [`ApiError::ServiceUnavailable`] if the number of jobs or their bytes have reached their limit.
    pub(crate) fn submit(&self, job: LiveJob) -> Result<(), Refusal> {
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
    pub(crate) fn update(
        &self,
        job_id: &str,
        change: impl FnOnce(&mut LiveJob) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
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
    pub(crate) fn stop(&self, job_id: &str) -> Result<(), Refusal> {
        self.update(job_id, |job| match job.shown.status {
            Status::Running => {
                job.shown.status = Status::Stopped;
                Ok(())
            }
            Status::Pending | Status::Stopped => Err(ApiError::JobStatusConflict.into()),
        })
    }

    /// Removes a job in any status.
    ///
    /// # Errors
    /// [`ApiError::JobNotFound`].
    pub(crate) fn delete(&self, job_id: &str) -> Result<(), Refusal> {
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
pub(crate) fn lapse_until(due: DateTime<Utc>, now: DateTime<Utc>) -> std::time::Duration {
    (due - now).max(TimeDelta::zero()).to_std().unwrap_or_default()
}

fn seconds(due: Option<DateTime<Utc>>) -> i64 {
    due.map_or(i64::MAX, |due| due.timestamp())
}
