//! The generated jobs that the service starts with, and the random changes of `--churn`.
//!
//! The jobs come from the generator of the `list` example. Their times are moved so that the newest job was created
//! just now. A scheduled job gets a start and an end, and some of these are minutes away.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use jobdex::{Job, JobRecord, ListQuery, StartMode, Status};

use crate::app::App;
use crate::errors::Refusal;
use crate::generate::{self, Names};
use crate::ids;
use crate::job::{LiveJob, Times};
use crate::state::State;
use crate::templates::Template;

/// Bounds, in seconds, for the times of scheduled jobs. A third of the jobs use the first bound. The API allows 7 days.
const SOON_SECONDS_MAX: i64 = 600;
const LATER_SECONDS_MAX: i64 = 6 * 24 * 3600;

/// Generates `count` jobs. The newest one was created at `now`.
pub(crate) fn jobs(count: usize, seed: u64, now: DateTime<Utc>) -> Vec<LiveJob> {
    let mut rng = Rng::with_seed(seed);
    let made: Vec<Job> = generate::jobs(count, seed, Names::Vocabulary).collect();
    let newest = made.iter().map(|job| job.create_time).max().unwrap_or(now);
    made.into_iter().map(|job| live(job, now - newest, now, &mut rng)).collect()
}

/// Turns a generated job into a job of this service, created `later` than generated.
fn live(mut job: Job, later: TimeDelta, now: DateTime<Utc>, rng: &mut Rng) -> LiveJob {
    let template = Template::of_type(job.template_type, rng.usize(..8));
    template.id.clone_into(&mut job.template_id);
    template.name.clone_into(&mut job.template_name);
    job.create_time += later;
    let times = (job.start_mode == StartMode::Scheduled).then(|| times(job.status, now, rng));
    LiveJob { shown: job, times }
}

/// Random times that fit the status of the job at `now`.
fn times(status: Status, now: DateTime<Utc>, rng: &mut Rng) -> Times {
    let most = if rng.u8(..3) == 0 { SOON_SECONDS_MAX } else { LATER_SECONDS_MAX };
    let (near, far) = (TimeDelta::seconds(rng.i64(1..=most)), TimeDelta::seconds(rng.i64(60..=SOON_SECONDS_MAX * 6)));
    match status {
        Status::Pending => Times { start: now + near, end: now + near + far },
        Status::Running => Times { start: now - far, end: now + near },
        Status::Stopped => Times { start: now - near - far, end: now - near },
    }
}

/// Makes `per_second` random changes a second until the service stops.
pub(crate) async fn live_on(app: App, per_second: u32) {
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / per_second.max(1));
    let mut rng = Rng::new();
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = app.stopping() => return,
        }
        if let Err(refusal) = change(&app.state, &mut rng).await {
            // A client changed or deleted the same job first.
            tracing::debug!(error = %refusal.error, "a change of the demo was refused");
        }
    }
}

/// Makes one random change. One in four is a submission and one in four a deletion, so the number of jobs stays level.
async fn change(state: &State, rng: &mut Rng) -> Result<(), Refusal> {
    let Some(other) = generate::jobs(1, rng.u64(..), Names::Vocabulary).next() else { return Ok(()) };
    if rng.u8(..4) == 0 {
        return state.submit(fresh(other, state.now(), rng)).await;
    }
    let Some(job) = newest(state, rng)? else { return Ok(()) };
    match rng.u8(..3) {
        0 => state.delete(job.job_id()).await,
        1 if job.status() == Status::Running => state.stop(job.job_id()).await,
        _ => {
            let rename = |job: &mut LiveJob| {
                job.shown.name = other.name;
                Ok(())
            };
            state.update(job.job_id(), rename).await
        }
    }
}

/// A job that is submitted at `now`.
fn fresh(job: Job, now: DateTime<Utc>, rng: &mut Rng) -> LiveJob {
    let later = now - job.create_time;
    let mut job = live(job, later, now, rng);
    job.shown.job_id = ids::job_id();
    match &mut job.times {
        None => job.shown.status = Status::Running,
        Some(times) => {
            let start = now + TimeDelta::seconds(rng.i64(2..30));
            *times = Times { start, end: start + TimeDelta::seconds(rng.i64(10..300)) };
            job.shown.status = Status::Pending;
        }
    }
    job
}

/// One of the newest 100 jobs; `None` if there are no jobs.
fn newest(state: &State, rng: &mut Rng) -> Result<Option<Arc<LiveJob>>, Refusal> {
    let page = state.snapshot().list(&ListQuery::new().page_size(100))?;
    let place = rng.usize(..page.jobs.len().max(1));
    Ok(page.jobs.into_iter().nth(place))
}
