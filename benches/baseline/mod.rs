//! The baselines of jobdex: two stores that someone would write without it. They give the same answers.

#![allow(dead_code, reason = "each bench is a crate of its own and uses its part of this module")]

pub(crate) mod keyword;
pub(crate) mod maps;
pub(crate) mod naive;
pub(crate) mod sqlite_file;

use std::sync::Arc;

use jobdex::Job;

use crate::baseline::keyword::fold;
use crate::common::requests::Request;

/// A job with its folded name, so that a keyword folds no name again.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) job: Arc<Job>,
    pub(crate) folded: Box<str>,
}

impl Entry {
    pub(crate) fn new(job: Arc<Job>) -> Self {
        let folded = fold(&job.name).into();
        Self { job, folded }
    }
}

/// The answer of every store.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) total_count: u64,
    pub(crate) jobs: Vec<Arc<Job>>,
}

/// Whether the job passes all filters of the request except its keyword.
pub(crate) fn passes(request: &Request, job: &Job) -> bool {
    let admits_created = || request.created.as_ref().is_none_or(|range| range.contains(&job.create_time));
    admits(&request.statuses, &job.status)
        && admits(&request.template_types, &job.template_type)
        && admits(&request.start_modes, &job.start_mode)
        && admits_created()
}

fn admits<F: PartialEq>(values: &[F], value: &F) -> bool {
    values.is_empty() || values.contains(value)
}
