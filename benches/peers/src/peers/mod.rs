//! One file a peer, each built as its users would build it for these requests.

pub(crate) mod jobdex;
pub(crate) mod maps;
pub(crate) mod roaring;
pub(crate) mod sqlite;
pub(crate) mod tantivy;
pub(crate) mod vector;

use std::sync::Arc;

use ::jobdex::Job;

use crate::asks::Ask;
use crate::common::jobs::next_status;
use crate::common::requests::Request;
use crate::peer::{Can, job_before};

/// A request that is answered by the request itself, and by the job before the page where a cursor names the page.
pub(crate) struct Located {
    pub(crate) request: Request,
    pub(crate) behind: Option<Arc<Job>>,
}

impl Located {
    pub(crate) fn new(ask: &Ask, list: impl FnOnce(&Request) -> Vec<Arc<Job>>) -> Self {
        Self { request: ask.request.clone(), behind: job_before(ask, list) }
    }
}

/// What a peer can do that compares the letters of words.
fn can_literally(ask: &Ask) -> Can {
    if ask.has_typo { Can::Not("no typos") } else { Can::AsTheVector }
}

fn with_next_status(job: &Job) -> Job {
    Job { status: next_status(job.status), ..job.clone() }
}

/// One number that sorts jobs by creation time and ID: the second, and the first 24 bits of the ID, which is a UUID. Two
/// jobs of one second share it once in 17 million pairs.
fn key(job: &Job) -> u64 {
    let second = u64::try_from(job.create_time.timestamp()).expect("the jobs are younger than 1970");
    let id = u64::from_str_radix(&job.job_id[..6], 16).expect("the IDs are UUIDs");
    second << 24 | id
}

/// The jobs in order, each with a key of its own: [`key`], or the next free number where another job has it.
fn keyed(mut jobs: Vec<Job>) -> impl Iterator<Item = (u64, Job)> {
    sort(&mut jobs);
    let mut last = 0;
    jobs.into_iter().map(move |job| {
        last = key(&job).max(last + 1);
        (last, job)
    })
}

/// Sorts by creation time and ID.
fn sort(jobs: &mut [Job]) {
    jobs.sort_by(|a, b| (a.create_time, &a.job_id).cmp(&(b.create_time, &b.job_id)));
}
