//! The jobs of the service and the rules of their states. It knows nothing of HTTP.
//!
//! Every write goes through [`State::write`], which keeps the agenda in step with the store. Reads take one snapshot a
//! request. Before either, [`State::settle`] makes true what the jobs' times say by now, so that no answer is late.

use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use jobdex::error::ExtendError;
use jobdex::limits::JOBS_MAX;
use jobdex::wire::ApiError;
use jobdex::{ChangeFeed, JobStore, SharedJobStore, Snapshot, StartMode, Status};

use crate::agenda::Agenda;
use crate::clock::Clock;
use crate::errors::Refusal;
use crate::job::LiveJob;

/// What one write is given: the store, and the agenda to be kept in step with it.
struct Desk<'a> {
    store: &'a mut JobStore<LiveJob>,
    agenda: &'a mut Agenda,
}

/// The jobs of the service.
// Invariants:
//   agenda = {(job.due(), job's ID)} for each job that is ever due
//   next_due = agenda.next() in seconds, i64::MAX for none, once a write is over
pub(crate) struct State {
    store: SharedJobStore<LiveJob>,
    agenda: Mutex<Agenda>,
    next_due: AtomicI64,
    clock: Clock,
    /// The most jobs that submissions may bring it to.
    jobs_max: usize,
}

impl State {
    /// A service that begins with these jobs.
    ///
    /// # Errors
    /// As [`JobStore::extend`].
    pub(crate) fn new(jobs: Vec<LiveJob>, clock: Clock) -> Result<Self, ExtendError> {
        let mut agenda = Agenda::default();
        for job in &jobs {
            agenda.note(job.due(), &job.shown.job_id);
        }
        let mut store = JobStore::new();
        store.extend(jobs)?;
        let state = Self {
            store: SharedJobStore::new(store),
            next_due: AtomicI64::new(seconds(agenda.next())),
            agenda: Mutex::new(agenda),
            clock,
            jobs_max: JOBS_MAX,
        };
        Ok(state)
    }

    /// The same, but no submission brings it to more jobs than these.
    pub(crate) fn with_jobs_max(self, jobs_max: usize) -> Self {
        Self { jobs_max, ..self }
    }

    /// The second that it is.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The jobs as they are now, for one request.
    pub(crate) fn snapshot(&self) -> Snapshot<LiveJob> {
        self.settle();
        self.store.snapshot()
    }

    /// A feed of all changes since a version of the store.
    pub(crate) fn feed_since(&self, version: u64) -> ChangeFeed<LiveJob> {
        self.store.feed_since(version)
    }

    /// When a job is due next to change by its times.
    pub(crate) fn next_due(&self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp(self.next_due.load(Ordering::Acquire), 0)
    }

    /// Takes in a new job.
    ///
    /// # Errors
    /// [`ApiError::ServiceUnavailable`] where there are as many as there may be.
    pub(crate) fn submit(&self, job: LiveJob) -> Result<(), Refusal> {
        self.write(|desk| {
            if desk.store.len() >= self.jobs_max {
                return Err(ApiError::ServiceUnavailable.into());
            }
            let job = desk.store.insert(job)?;
            desk.agenda.note(job.due(), &job.shown.job_id);
            Ok(())
        })
    }

    /// Changes a job, if `change` does not refuse to.
    ///
    /// # Errors
    /// [`ApiError::JobNotFound`], and those of `change`. Nothing has changed then.
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
            let job = desk.store.update(job_id, |stored| *stored = job)?;
            desk.agenda.strike(due, job_id);
            desk.agenda.note(job.due(), job_id);
            Ok(())
        })
    }

    /// Stops a running job.
    ///
    /// # Errors
    /// [`ApiError::JobNotFound`], and [`ApiError::JobStatusConflict`] for a job that does not run.
    pub(crate) fn stop(&self, job_id: &str) -> Result<(), Refusal> {
        self.update(job_id, |job| match job.shown.status {
            Status::Running => {
                job.shown.status = Status::Stopped;
                Ok(())
            }
            Status::Pending | Status::Stopped => Err(ApiError::JobStatusConflict.into()),
        })
    }

    /// Removes a job, whatever it does.
    ///
    /// # Errors
    /// [`ApiError::JobNotFound`].
    pub(crate) fn delete(&self, job_id: &str) -> Result<(), Refusal> {
        self.write(|desk| {
            let job = desk.store.remove(job_id).ok_or(ApiError::JobNotFound)?;
            desk.agenda.strike(job.due(), job_id);
            Ok(())
        })
    }

    /// Brings every job to the status that its times give it by now. Costs one look at the clock where none is due.
    pub(crate) fn settle(&self) {
        let now = self.now();
        if self.next_due.load(Ordering::Acquire) > now.timestamp() {
            return;
        }
        let settled = self.locked_write(|desk| {
            for (_, job_id) in desk.agenda.take_due(now) {
                // A job that is gone by now has nothing to change.
                if let Ok(job) = desk.store.update(&job_id, |job| job.settle(now)) {
                    desk.agenda.note(job.due(), &job_id);
                }
            }
            Ok(())
        });
        debug_assert_eq!(settled, Ok(()), "nothing above refuses");
    }

    /// One write, on jobs that are where their times have them.
    fn write<T>(&self, change: impl FnOnce(Desk<'_>) -> Result<T, Refusal>) -> Result<T, Refusal> {
        self.settle();
        self.locked_write(change)
    }

    /// The agenda is locked within the store's turn, always in this order. `change` touches it last, after all that can fail.
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

/// Whether a change of the job's stream, output or times is allowed, as the API rules it: never without times, and with
/// times only before the start.
pub(crate) fn check_changeable(job: &LiveJob) -> Result<(), Refusal> {
    match (job.shown.start_mode, job.shown.status) {
        (StartMode::Immediate, _) => Err(ApiError::OperationDenied.into()),
        (StartMode::Scheduled, Status::Pending) => Ok(()),
        (StartMode::Scheduled, _) => Err(ApiError::JobStatusConflict.into()),
    }
}

/// How long until then; zero for a time that is past.
pub(crate) fn lapse_until(due: DateTime<Utc>, now: DateTime<Utc>) -> std::time::Duration {
    (due - now).max(TimeDelta::zero()).to_std().unwrap_or_default()
}

fn seconds(due: Option<DateTime<Utc>>) -> i64 {
    due.map_or(i64::MAX, |due| due.timestamp())
}
