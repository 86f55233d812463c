//! The record of the service: a job as the API shows it, and the times that the API accepts but never shows.

use chrono::{DateTime, Utc};
use jobdex::{Job, JobRecord, StartMode, Status, TemplateType};
use serde::Serialize;

/// A job with its times. It serializes to the ten fields that the API shows.
// Invariants:
//   times.is_some() = (shown.start_mode = Scheduled)
//   times.start < times.end
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub(crate) struct LiveJob {
    pub(crate) shown: Job,
    #[serde(skip)]
    pub(crate) times: Option<Times>,
}

/// The start and the end of a scheduled job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Times {
    pub(crate) start: DateTime<Utc>,
    pub(crate) end: DateTime<Utc>,
}

impl Times {
    /// The status of a job at `now`, if nobody has stopped it.
    pub(crate) fn status_at(self, now: DateTime<Utc>) -> Status {
        if now < self.start {
            Status::Pending
        } else if now < self.end {
            Status::Running
        } else {
            Status::Stopped
        }
    }
}

impl LiveJob {
    /// The time of the next change of status; `None` for a job that has no times or has stopped.
    pub(crate) fn due(&self) -> Option<DateTime<Utc>> {
        let times = self.times?;
        match self.shown.status {
            Status::Pending => Some(times.start),
            Status::Running => Some(times.end),
            Status::Stopped => None,
        }
    }

    /// Sets the status that the times give the job at `now`. A stopped job stays stopped.
    pub(crate) fn settle(&mut self, now: DateTime<Utc>) {
        if let (Some(times), false) = (self.times, self.shown.status == Status::Stopped) {
            self.shown.status = times.status_at(now);
        }
    }
}

impl JobRecord for LiveJob {
    fn job_id(&self) -> &str {
        &self.shown.job_id
    }

    fn name(&self) -> &str {
        &self.shown.name
    }

    fn template_type(&self) -> TemplateType {
        self.shown.template_type
    }

    fn start_mode(&self) -> StartMode {
        self.shown.start_mode
    }

    fn status(&self) -> Status {
        self.shown.status
    }

    fn create_time(&self) -> DateTime<Utc> {
        self.shown.create_time
    }
}
