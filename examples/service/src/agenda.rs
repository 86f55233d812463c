//! A queue of due times: the next change of status of each scheduled job, earliest first.
//!
//! The queue holds times and job IDs, not jobs. A stale entry does no harm: [`crate::state`] looks at the job before it
//! changes anything.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

/// The pending changes of status, ordered by time.
#[derive(Debug, Default)]
pub(crate) struct Agenda {
    entries: BTreeSet<(DateTime<Utc>, String)>,
}

impl Agenda {
    /// Adds an entry for the job. Does nothing if `due` is `None`.
    pub(crate) fn note(&mut self, due: Option<DateTime<Utc>>, job_id: &str) {
        if let Some(due) = due {
            self.entries.insert((due, job_id.to_owned()));
        }
    }

    /// Removes an entry that [`note`](Self::note) added.
    pub(crate) fn strike(&mut self, due: Option<DateTime<Utc>>, job_id: &str) {
        if let Some(due) = due {
            self.entries.remove(&(due, job_id.to_owned()));
        }
    }

    /// Removes and returns every entry that is due at `now`, earliest first.
    pub(crate) fn take_due(&mut self, now: DateTime<Utc>) -> Vec<(DateTime<Utc>, String)> {
        let mut due = Vec::new();
        while self.next().is_some_and(|next| next <= now) {
            due.extend(self.entries.pop_first());
        }
        due
    }

    /// The time of the earliest entry.
    pub(crate) fn next(&self) -> Option<DateTime<Utc>> {
        self.entries.first().map(|(due, _)| *due)
    }
}
