//! Fills a store with jobs in batches, from JSON Lines or from the generator.
//!
//! A batch bounds the memory beside the store, and lets the store index many jobs at once. The loader reports broken
//! lines, and lines with a job that the store would refuse. It leaves them out, so the store never refuses a batch.

use std::collections::HashSet;
use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use jobdex::limits::{JOB_ID_BYTES_MAX, NAME_BYTES_MAX};
use jobdex::{Job, JobStore};

use crate::args::{Args, Source};
use crate::failure::Failure;
use crate::generate::{self, Names};
use crate::lines::{Line, Lines, too_long};
use crate::text::{counted, lapse};
use crate::{names, progress, warn};

/// Jobs of a batch, about 50 MB. The store indexes them together.
const BATCH_JOBS: usize = 1 << 16;
/// Broken lines that are reported one by one. Later broken lines are only counted.
const REPORTS_MAX: u64 = 10;
/// Most characters of a reason that are shown. A reason may quote the line.
const REASON_CHARS_MAX: usize = 200;

/// The filled store, and the time that it took.
pub(crate) struct Loaded {
    pub(crate) store: JobStore,
    verb: &'static str,
    skipped: u64,
    reading: Duration,
    indexing: Duration,
}

impl fmt::Display for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let jobs = counted(self.store.len() as u64, "job", "jobs");
        let (total, reading, indexing) =
            (lapse(self.reading + self.indexing), lapse(self.reading), lapse(self.indexing));
        write!(f, "loaded {jobs} in {total} ({} {reading}, indexing {indexing})", self.verb)?;
        if self.skipped > 0 {
            write!(f, ", skipped {}", counted(self.skipped, "line", "lines"))?;
        }
        Ok(())
    }
}

/// Fills a store from the source that the command line names.
pub(crate) fn load(args: &Args) -> Result<Loaded, Failure> {
    match args.source()? {
        Source::File(path) => {
            let bar = progress::over_file();
            read(Lines::of_file(path, &bar), &path.display().to_string(), args.strict, bar)
        }
        #[cfg(feature = "durable")]
        Source::Store(path) => {
            let begin = Instant::now();
            let store = crate::stored::opened(path)?;
            Ok(Loaded { store, verb: "opening", skipped: 0, reading: begin.elapsed(), indexing: Duration::ZERO })
        }
        Source::Stdin => {
            let bar = progress::over_stream();
            read(Lines::of_stdin(&bar), "standard input", args.strict, bar)
        }
        Source::Generated { count, seed, names } => make(count, seed, names),
    }
}

fn make(count: usize, seed: u64, names: Option<&Path>) -> Result<Loaded, Failure> {
    let names = names.map_or(Ok(Names::Vocabulary), |path| names::read(path).map(Names::Listed))?;
    let mut filling = Filling::new("making", progress::over_jobs(count as u64));
    for job in generate::jobs(count, seed, names) {
        filling.bar.inc(1);
        filling.push(job)?;
    }
    filling.finish()
}

fn read(lines: std::io::Result<Lines>, from: &str, strict: bool, bar: ProgressBar) -> Result<Loaded, Failure> {
    let mut lines = lines.map_err(|error| Failure::Input(format!("cannot read {from}: {error}")))?;
    let mut filling = Filling::new("reading", bar);
    loop {
        let last = lines.number();
        let next =
            lines.next().map_err(|error| Failure::Input(format!("cannot read {from} after line {last}: {error}")))?;
        let Some((number, line)) = next else { break };
        match parsed(line).and_then(|job| filling.checked(job)) {
            Ok(Some(job)) => filling.push(job)?,
            Ok(None) => {}
            Err(reason) if strict => return Err(Failure::Input(format!("{from}: line {number}: {reason}"))),
            Err(reason) => filling.skip(number, &reason),
        }
    }
    filling.finish()
}

/// The job on a line; `None` on a blank line.
fn parsed(line: Line<'_>) -> Result<Option<Job>, String> {
    match line {
        Line::TooLong => Err(too_long()),
        Line::Bytes([]) => Ok(None),
        Line::Bytes(bytes) => serde_json::from_slice(bytes).map(Some).map_err(|error| reason(&error)),
    }
}

/// The message of the JSON reader, without its line number. The reader sees one line only, so it always counts line 1.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let plain: String = text.strip_suffix(&place).unwrap_or(&text).chars().take(REASON_CHARS_MAX).collect();
    let kind = if error.is_data() { "" } else { "not JSON: " };
    format!("{kind}{plain} (column {})", error.column())
}

/// A store that is being filled.
// Invariants:
//   batch.len() < BATCH_JOBS between two calls
//   batch_ids = the IDs of batch, each once, none of them in store
struct Filling {
    store: JobStore,
    batch: Vec<Job>,
    batch_ids: HashSet<String>,
    verb: &'static str,
    bar: ProgressBar,
    skipped: u64,
    since: Instant,
    reading: Duration,
    indexing: Duration,
}

impl Filling {
    fn new(verb: &'static str, bar: ProgressBar) -> Self {
        bar.set_message(verb);
        Self {
            store: JobStore::new(),
            batch: Vec::new(),
            batch_ids: HashSet::new(),
            verb,
            bar,
            skipped: 0,
            since: Instant::now(),
            reading: Duration::ZERO,
            indexing: Duration::ZERO,
        }
    }

    /// Checks a job. The store refuses a whole batch for one job, so a bad job must not enter the batch.
    fn checked(&mut self, job: Option<Job>) -> Result<Option<Job>, String> {
        let Some(job) = job else { return Ok(None) };
        let (id, name) = (&job.job_id, &job.name);
        if id.is_empty() {
            return Err("JobId must be at least 1 byte long, got an empty text".to_owned());
        }
        if id.len() > JOB_ID_BYTES_MAX {
            return Err(format!("JobId of {} bytes is over the limit of {JOB_ID_BYTES_MAX}", id.len()));
        }
        if name.len() > NAME_BYTES_MAX {
            return Err(format!("Name of {} bytes is over the limit of {NAME_BYTES_MAX}", name.len()));
        }
        if self.store.get(id).is_some() || !self.batch_ids.insert(id.clone()) {
            return Err(format!("JobId {id:?} is taken by an earlier line"));
        }
        Ok(Some(job))
    }

    fn push(&mut self, job: Job) -> Result<(), Failure> {
        self.batch.push(job);
        if self.batch.len() < BATCH_JOBS { Ok(()) } else { self.index() }
    }

    /// Moves the batch into the store.
    fn index(&mut self) -> Result<(), Failure> {
        self.reading += self.since.elapsed();
        self.bar.set_message("indexing");
        let start = Instant::now();
        let batch = std::mem::take(&mut self.batch);
        self.batch_ids.clear();
        self.store.extend(batch).map_err(|error| Failure::Input(error.reason.to_string()))?;
        self.indexing += start.elapsed();
        self.bar.set_message(self.verb);
        self.since = Instant::now();
        Ok(())
    }

    fn skip(&mut self, number: u64, reason: &str) {
        self.skipped += 1;
        if self.skipped <= REPORTS_MAX {
            self.bar.suspend(|| warn(format_args!("line {number} skipped: {reason}")));
        }
    }

    fn finish(mut self) -> Result<Loaded, Failure> {
        self.index()?;
        self.bar.finish_and_clear();
        if let Some(more @ 1..) = self.skipped.checked_sub(REPORTS_MAX) {
            warn(format_args!("{} skipped too", counted(more, "more line was", "more lines were")));
        }
        let Self { store, verb, skipped, reading, indexing, .. } = self;
        Ok(Loaded { store, verb, skipped, reading, indexing })
    }
}
