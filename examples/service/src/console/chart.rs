//! The chart of the console: how many jobs of each status were created in each span of time, under the filters of the
//! list.
//!
//! The time from the oldest match to the newest is cut into at most [`SPANS_MAX`] spans of one round length. Each span
//! takes one query for facet counts, so the cost does not depend on the number of jobs without a keyword.

use std::ops::Bound;

use chrono::{DateTime, Utc};
use jobdex::error::QueryError;
use jobdex::{JobRecord, ListQuery, Snapshot, SortOrder, Status};
use serde::Serialize;

use super::request::Asked;
use crate::job::LiveJob;

/// Most spans of a chart. Each is a bar of a few pixels.
const SPANS_MAX: i64 = 32;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The round lengths of a span, in seconds. A longer one is a multiple of the last.
const STEPS: [i64; 19] = [
    1,
    5,
    15,
    MINUTE,
    5 * MINUTE,
    15 * MINUTE,
    HOUR,
    2 * HOUR,
    4 * HOUR,
    8 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    4 * DAY,
    7 * DAY,
    14 * DAY,
    28 * DAY,
    91 * DAY,
    365 * DAY,
];

/// A chart. Without matches it has no spans.
#[derive(Debug, Default, PartialEq, Serialize)]
pub(super) struct Chart {
    /// The length of each span.
    step_seconds: i64,
    /// The spans, the oldest first. They follow each other without gaps.
    spans: Vec<Span>,
}

/// A span of time with its counts.
#[derive(Debug, PartialEq, Serialize)]
struct Span {
    /// The start, in seconds since 1970.
    start: i64,
    /// Jobs that were created in the span: not started, in progress, stopped.
    counts: [u64; 3],
}

impl Chart {
    /// The chart of the jobs in this snapshot. A filter on the status does not count, as beside the boxes of that filter.
    ///
    /// # Errors
    /// The query is invalid.
    pub(super) fn new(snapshot: &Snapshot<LiveJob>, asked: &Asked) -> Result<Self, QueryError> {
        let query = asked.query.clone().status([]).page_no(1).page_size(1);
        let oldest = first_created(snapshot, &query.clone().sort(SortOrder::Asc))?;
        let newest = first_created(snapshot, &query.clone().sort(SortOrder::Desc))?;
        let (Some(oldest), Some(newest)) = (oldest, newest) else { return Ok(Self::default()) };
        let step_seconds = step(oldest, newest);
        let starts = (oldest.div_euclid(step_seconds)..=newest.div_euclid(step_seconds)).map(|at| at * step_seconds);
        let spans = starts.map(|start| {
            let range = cut(asked, start, start + step_seconds);
            let counts = snapshot.facets(&query.clone().created(range))?.status;
            Ok(Span { start, counts: [Status::Pending, Status::Running, Status::Stopped].map(|of| counts.of(of)) })
        });
        Ok(Self { step_seconds, spans: spans.collect::<Result<_, QueryError>>()? })
    }
}

/// The creation time of the first job of a list, in seconds since 1970.
fn first_created(snapshot: &Snapshot<LiveJob>, query: &ListQuery) -> Result<Option<i64>, QueryError> {
    Ok(snapshot.list(query)?.jobs.first().map(|job| job.create_time().timestamp()))
}

/// The shortest round length with which [`SPANS_MAX`] spans reach from `oldest` to `newest`, wherever the first begins.
fn step(oldest: i64, newest: i64) -> i64 {
    let needed = (newest - oldest) / (SPANS_MAX - 1) + 1;
    let round = STEPS.into_iter().find(|&step| step >= needed);
    let longest = STEPS[STEPS.len() - 1];
    round.unwrap_or_else(|| needed.div_euclid(longest) * longest + longest)
}

/// The part of a span that is within the time range of the request.
fn cut(asked: &Asked, start: i64, end: i64) -> (Bound<DateTime<Utc>>, Bound<DateTime<Utc>>) {
    let (first, last) = asked.created;
    let start = match (DateTime::from_timestamp(start, 0), first) {
        (Some(start), Bound::Included(first)) => Bound::Included(start.max(first)),
        (Some(start), _) => Bound::Included(start),
        (None, first) => first,
    };
    let end = match (DateTime::from_timestamp(end, 0), last) {
        (Some(end), Bound::Excluded(last)) => Bound::Excluded(end.min(last)),
        (Some(end), _) => Bound::Excluded(end),
        (None, last) => last,
    };
    (start, end)
}
