//! What is to happen when: the next change of status of each scheduled job, the earliest first.
//!
//! It knows times and IDs, no jobs. An entry for a job that is gone or has other times by now does no harm: whoever carries it out
//! looks at the job first.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

/// The changes to come.
#[derive(Debug, Default)]
pub(crate) struct Agenda {
    entries: BTreeSet<(DateTime<Utc>, String)>,
}

impl Agenda {
    /// Notes that the job changes at this time; nothing for a job that never does.
    pub(crate) fn note(&mut self, due: Option<DateTime<Utc>>, job_id: &str) {
        if let Some(due) = due {
            self.entries.insert((due, job_id.to_owned()));
        }
    }

    /// Takes out what was noted.
    pub(crate) fn strike(&mut self, due: Option<DateTime<Utc>>, job_id: &str) {
        if let Some(due) = due {
            self.entries.remove(&(due, job_id.to_owned()));
        }
    }

    /// Takes out every entry that is due by now, the earliest first.
    pub(crate) fn take_due(&mut self, now: DateTime<Utc>) -> Vec<(DateTime<Utc>, String)> {
        let mut due = Vec::new();
        while self.next().is_some_and(|next| next <= now) {
            due.extend(self.entries.pop_first());
        }
        due
    }

    /// When the next change is due.
    pub(crate) fn next(&self) -> Option<DateTime<Utc>> {
        self.entries.first().map(|(due, _)| *due)
    }
}
