//! The health of a replica, for `/healthz` and `/metrics`.

use std::fmt::{self, Write as _};

use jobdex::follow::{Progress, State};

use super::Replica;
use crate::metrics::head;

/// The reason why a process should get no requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lack {
    /// One word for programs.
    pub(crate) word: &'static str,
    /// The details, for people.
    pub(crate) reason: Option<String>,
}

/// The lack of a replica, if there is one.
pub(super) fn lack(progress: &Progress) -> Option<Lack> {
    if progress.is_following() && !progress.is_stale() {
        return None;
    }
    let (word, reason) = match (&progress.state, progress.behind()) {
        (State::Hydrating { rows, expected }, _) => {
            // Strangers may ask for the health, and not how many jobs there are.
            let part = expected.map(|expected| rows * 100 / expected.max(1).max(*rows));
            ("filling", part.map_or("the jobs come".to_owned(), |part| format!("about {part} % of the jobs have come")))
        }
        (State::Connecting { attempt, last_error }, _) => {
            let error = last_error.as_ref().map(|error| format!(": {error}")).unwrap_or_default();
            ("connecting", format!("attempt {attempt}{error}"))
        }
        (State::Stopped(error), _) => ("stopped", error.to_string()),
        // After a fill, the position of the server is known within a second.
        (_, None) => ("filling", "the last changes come".to_owned()),
        (_, Some(behind)) => ("stale", format!("the jobs may be {} s old", behind.as_secs())),
    };
    Some(Lack { word, reason: Some(reason) })
}

/// The names of the states, as the metrics have them.
const STATES: [&str; 4] = ["connecting", "filling", "following", "stopped"];

fn name(state: &State) -> &'static str {
    match state {
        State::Hydrating { .. } => STATES[1],
        State::Following => STATES[2],
        State::Stopped(_) => STATES[3],
        _ => STATES[0],
    }
}

/// Writes the numbers of a replica in the text format of Prometheus.
pub(crate) fn write(page: &mut String, replica: &Replica) -> fmt::Result {
    let progress = &replica.progress;
    head(
        page,
        "jobdex_replica_state",
        "gauge",
        "1 for what the replica does: connecting, filling, following or stopped.",
    )?;
    for state in STATES {
        let is_now = u8::from(state == name(&progress.state));
        writeln!(page, "jobdex_replica_state{{state=\"{state}\"}} {is_now}")?;
    }
    // A replica that was never current has no age.
    if let Some(behind) = progress.behind() {
        head(page, "jobdex_replica_lag_seconds", "gauge", "Age of the jobs at most; it is measured once a second.")?;
        writeln!(page, "jobdex_replica_lag_seconds {}", behind.as_secs_f64())?;
    }
    let numbers = [
        ("lag_bytes", "gauge", "Bytes of the server's log that the replica does not have.", progress.behind_bytes),
        (
            "position_bytes",
            "gauge",
            "Position in the server's log up to which the replica has all.",
            progress.applied.as_u64(),
        ),
        ("stale", "gauge", "1 if the jobs may be older than the limit.", progress.is_stale().into()),
        (
            "schedule",
            "gauge",
            "1 in the process that starts and ends the jobs by their times.",
            replica.has_schedule.into(),
        ),
        ("hydrations_total", "counter", "Fills of the replica.", progress.hydrations),
        ("resumes_total", "counter", "Breaks after which the replica went on without a fill.", progress.resumes),
        ("transactions_total", "counter", "Transactions of the server that changed jobs.", progress.transactions),
        ("changes_total", "counter", "Changes of jobs in these transactions.", progress.changes),
    ];
    for (name, form, help, number) in numbers {
        let name = format!("jobdex_replica_{name}");
        head(page, &name, form, help)?;
        writeln!(page, "{name} {number}")?;
    }
    Ok(())
}
