//! The metrics of the service, and the page that shows them in the text format of Prometheus.
//!
//! To count a request takes a few atomic additions and no allocation.

use std::fmt::{self, Write as _};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use axum::http::StatusCode;
use jobdex::{Facet, ListQuery, Status};

use crate::actions::Action;
use crate::postgres;
use crate::state::State;

/// The upper bounds of the latency buckets in microseconds, each with its text in seconds.
const BUCKETS: [(u64, &str); 13] = [
    (10, "0.00001"),
    (25, "0.000025"),
    (50, "0.00005"),
    (100, "0.0001"),
    (250, "0.00025"),
    (500, "0.0005"),
    (1_000, "0.001"),
    (2_500, "0.0025"),
    (5_000, "0.005"),
    (10_000, "0.01"),
    (25_000, "0.025"),
    (100_000, "0.1"),
    (1_000_000, "1"),
];

/// Every HTTP status that the service sends. Any other status is counted as the last one, 500.
const STATUSES: [u16; 15] = [200, 303, 400, 401, 403, 404, 405, 408, 409, 413, 414, 431, 501, 503, 500];

/// The kind of a request. Metrics are counted per kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Action(Action),
    Console,
    /// Any other request, including requests that were refused before their action was known.
    Other,
}

impl Kind {
    const COUNT: usize = Action::ALL.len() + 2;

    fn all() -> impl Iterator<Item = Self> {
        Action::ALL.into_iter().map(Self::Action).chain([Self::Console, Self::Other])
    }

    fn place(self) -> usize {
        match self {
            Self::Action(action) => action as usize,
            Self::Console => Action::ALL.len(),
            Self::Other => Action::ALL.len() + 1,
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Action(action) => action.as_str(),
            Self::Console => "console",
            Self::Other => "other",
        }
    }
}

/// The counts for the requests of one kind.
#[derive(Debug, Default)]
struct Requests {
    by_status: [AtomicU64; STATUSES.len()],
    /// The number of requests in each bucket. The last bucket has no upper bound.
    by_lapse: [AtomicU64; BUCKETS.len() + 1],
    nanos_sum: AtomicU64,
}

/// All metrics of the service.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    requests: [Requests; Kind::COUNT],
    panics: AtomicU64,
    connections: AtomicI64,
    streams: AtomicI64,
}

/// Counts a connection or an event stream as open until it is dropped.
pub(crate) struct Open<F: Fn()>(F);

impl<F: Fn()> Drop for Open<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

impl Metrics {
    /// Counts a request that was answered with `status` after `lapse`.
    pub(crate) fn answered(&self, kind: Kind, status: StatusCode, lapse: Duration) {
        let requests = &self.requests[kind.place()];
        let known = STATUSES.iter().position(|&known| known == status.as_u16());
        requests.by_status[known.unwrap_or(STATUSES.len() - 1)].fetch_add(1, Ordering::Relaxed);
        let micros = lapse.as_nanos().div_ceil(1000);
        let bucket = BUCKETS.iter().position(|&(bound, _)| micros <= u128::from(bound)).unwrap_or(BUCKETS.len());
        requests.by_lapse[bucket].fetch_add(1, Ordering::Relaxed);
        requests.nanos_sum.fetch_add(u64::try_from(lapse.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Counts a panic in a handler.
    pub(crate) fn panicked(&self) {
        self.panics.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a connection as open until the returned value is dropped.
    pub(crate) fn connection(self: std::sync::Arc<Self>) -> Open<impl Fn()> {
        self.connections.fetch_add(1, Ordering::Relaxed);
        Open(move || {
            self.connections.fetch_sub(1, Ordering::Relaxed);
        })
    }

    /// Counts an event stream as open until the returned value is dropped.
    pub(crate) fn stream(self: std::sync::Arc<Self>) -> Open<impl Fn()> {
        self.streams.fetch_add(1, Ordering::Relaxed);
        Open(move || {
            self.streams.fetch_sub(1, Ordering::Relaxed);
        })
    }

    /// The page with all metrics, including figures of the store.
    pub(crate) fn page(&self, state: &State) -> String {
        let mut page = String::with_capacity(16 << 10);
        self.write(&mut page, state).expect("a String takes any text");
        page
    }

    fn write(&self, page: &mut String, state: &State) -> fmt::Result {
        head(page, "jobdex_requests_total", "counter", "Requests answered, by action and HTTP status.")?;
        for kind in Kind::all() {
            self.requests[kind.place()].write_statuses(page, kind)?;
        }
        head(page, "jobdex_request_duration_seconds", "histogram", "Time from the head of a request to its answer.")?;
        for kind in Kind::all() {
            self.requests[kind.place()].write_lapses(page, kind)?;
        }
        head(page, "jobdex_panics_total", "counter", "Requests whose handler panicked; they were answered with 500.")?;
        writeln!(page, "jobdex_panics_total {}", self.panics.load(Ordering::Relaxed))?;
        head(page, "jobdex_connections", "gauge", "Open connections.")?;
        writeln!(page, "jobdex_connections {}", self.connections.load(Ordering::Relaxed))?;
        head(page, "jobdex_event_streams", "gauge", "Open event streams of consoles.")?;
        writeln!(page, "jobdex_event_streams {}", self.streams.load(Ordering::Relaxed))?;
        write_store(page, state)?;
        write_disk(page, state)?;
        state.replica().map_or(Ok(()), |replica| postgres::write_metrics(page, &replica))
    }
}

fn write_store(page: &mut String, state: &State) -> fmt::Result {
    let snapshot = state.snapshot();
    head(page, "jobdex_jobs", "gauge", "Jobs in the store, by status.")?;
    let counts = snapshot.facets(&ListQuery::new()).expect("a query without keyword, time range and cursor is valid");
    for &status in Status::ALL {
        writeln!(page, "jobdex_jobs{{status=\"{status}\"}} {}", counts.status.of(status))?;
    }
    if let Some(bytes) = state.bytes() {
        head(page, "jobdex_jobs_bytes", "gauge", "Memory that the jobs take, estimated from their texts.")?;
        writeln!(page, "jobdex_jobs_bytes {bytes}")?;
    }
    head(page, "jobdex_store_writes_total", "counter", "Writes that the store has published.")?;
    writeln!(page, "jobdex_store_writes_total {}", snapshot.version())
}

/// The numbers of the file; nothing if the jobs are in memory only.
fn write_disk(page: &mut String, state: &State) -> fmt::Result {
    let Some(disk) = state.disk() else { return Ok(()) };
    head(page, "jobdex_disk_bytes", "gauge", "Bytes of the file of the jobs.")?;
    writeln!(page, "jobdex_disk_bytes {}", disk.file_bytes)?;
    head(page, "jobdex_disk_commits_total", "counter", "Transactions of the disk since the start.")?;
    writeln!(page, "jobdex_disk_commits_total {}", disk.commits)?;
    head(page, "jobdex_disk_writes_total", "counter", "Writes in them; writers that wait meanwhile share one.")?;
    writeln!(page, "jobdex_disk_writes_total {}", disk.writes)?;
    head(page, "jobdex_disk_read_only", "gauge", "1 if the disk has failed, so that writes are refused.")?;
    writeln!(page, "jobdex_disk_read_only {}", u8::from(state.is_read_only()))
}

impl Requests {
    fn write_statuses(&self, page: &mut String, kind: Kind) -> fmt::Result {
        let kind = kind.as_str();
        for (status, count) in STATUSES.iter().zip(&self.by_status) {
            let count = count.load(Ordering::Relaxed);
            if count > 0 {
                writeln!(page, "jobdex_requests_total{{action=\"{kind}\",status=\"{status}\"}} {count}")?;
            }
        }
        Ok(())
    }

    /// Writes cumulative buckets, as the format requires: each bucket counts all requests up to its bound.
    fn write_lapses(&self, page: &mut String, kind: Kind) -> fmt::Result {
        const NAME: &str = "jobdex_request_duration_seconds";
        let kind = kind.as_str();
        let mut count = 0;
        let bounds = BUCKETS.iter().map(|&(_, text)| text).chain(["+Inf"]);
        for (bound, bucket) in bounds.zip(&self.by_lapse) {
            count += bucket.load(Ordering::Relaxed);
            writeln!(page, "{NAME}_bucket{{action=\"{kind}\",le=\"{bound}\"}} {count}")?;
        }
        let sum = Duration::from_nanos(self.nanos_sum.load(Ordering::Relaxed));
        writeln!(page, "{NAME}_sum{{action=\"{kind}\"}} {}", sum.as_secs_f64())?;
        writeln!(page, "{NAME}_count{{action=\"{kind}\"}} {count}")
    }
}

/// Writes the lines that say what a metric is.
pub(crate) fn head(page: &mut String, name: &str, form: &str, help: &str) -> fmt::Result {
    writeln!(page, "# HELP {name} {help}\n# TYPE {name} {form}")
}
