//! Fills a store with jobs from JSON Lines or from the generator.
//!
//! All jobs are collected first. The store then indexes them in one batch, which costs least a job, and each small batch
//! is freed as its jobs move into the store. The loader reports broken lines, and lines with a job that the store would
//! refuse. It leaves them out, so the store never refuses the batch.

use std::fmt;
use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use jobdex::{Job, JobStore};

use crate::args::{Args, Source};
use crate::failure::Failure;
use crate::generate::{self, Names};
use crate::guess::{Origin, guess, may_be_list};
use crate::ids::JobIds;
use crate::lines::Lines;
use crate::parse::{Broken, Parsed, Parsers, REPORTS_MAX};
use crate::text::{counted, grouped, lapse};
use crate::{names, progress, warn};

/// Made jobs of a batch, about 16 MB. A batch is freed as soon as its jobs are in the store.
const BATCH_JOBS: usize = 1 << 16;

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
            read(Lines::of_file(path, &bar), Some(path), args.strict, bar)
        }
        #[cfg(feature = "durable")]
        Source::Store(path) => {
            let begin = Instant::now();
            let store = crate::stored::opened(path)?;
            Ok(Loaded { store, verb: "opening", skipped: 0, reading: begin.elapsed(), indexing: Duration::ZERO })
        }
        Source::Stdin => {
            let bar = progress::over_stream();
            read(Lines::of_stdin(&bar), None, args.strict, bar)
        }
        Source::Generated { count, seed, names } => make(count, seed, names),
    }
}

fn make(count: usize, seed: u64, names: Option<&Path>) -> Result<Loaded, Failure> {
    let names = names.map_or(Ok(Names::Vocabulary), |path| names::read(path).map(Names::Listed))?;
    let mut filling = Filling::new("making", progress::over_jobs(count as u64));
    let mut jobs = generate::jobs(count, seed, names);
    loop {
        let batch: Vec<Job> = jobs.by_ref().take(BATCH_JOBS).collect();
        if batch.is_empty() {
            return filling.indexed();
        }
        filling.bar.inc(batch.len() as u64);
        filling.push(batch);
    }
}

fn read(lines: io::Result<Lines>, path: Option<&Path>, strict: bool, bar: ProgressBar) -> Result<Loaded, Failure> {
    let mut origin = Origin { path, is_gzip: false };
    let mut lines = lines.map_err(|error| Failure::Input(format!("cannot read {}: {error}", origin.name())))?;
    origin.is_gzip = lines.is_gzip();
    let mut filling = Filling::new("reading", bar);
    let broken = thread::scope(|scope| {
        let broken = collect(&mut lines, Parsers::start(scope), &mut filling, strict);
        broken.map_err(|error| {
            Failure::Input(format!("cannot read {} after line {}: {error}", origin.name(), lines.number()))
        })
    })?;
    if let Some((number, reason)) = broken {
        return Err(refusal(&format!("line {number}: {reason}"), &filling, lines.head(), origin));
    }
    if let Some((number, reason)) = filling.first_broken().filter(|_| filling.has_no_list(lines.head())) {
        return Err(refusal(&format!("{}; line {number}: {reason}", filling.few()), &filling, lines.head(), origin));
    }
    if filling.jobs == 0 {
        let lack = if lines.number() == 0 { "is empty" } else { "has only blank lines" };
        filling.bar.suspend(|| warn(format_args!("{}: the input {lack}", origin.name())));
    }
    filling.indexed()
}

/// Reads all jobs. Returns early with the first broken line if the caller is strict.
fn collect(lines: &mut Lines, mut parsers: Parsers, filling: &mut Filling, strict: bool) -> io::Result<Option<Broken>> {
    let mut is_end = false;
    // Ends: each round takes a block from the input, or a result from the parsers.
    while !is_end || parsers.has_due() {
        // A terminal would ask for another end of the input.
        let block = if is_end { None } else { lines.block()? };
        is_end = block.is_none();
        let parsed = match block {
            Some(block) => parsers.push(block),
            None => parsers.pop(),
        };
        let Some(parsed) = parsed else { continue };
        filling.skipped += parsed.broken_too;
        for broken in filling.take(parsed) {
            if strict {
                return Ok(Some(broken));
            }
            filling.skip(broken);
        }
    }
    Ok(None)
}

/// A refusal of the input. If it has no list of jobs so far, it may be in another form.
fn refusal(reason: &str, filling: &Filling, head: &[u8], origin: Origin<'_>) -> Failure {
    let guess = if filling.has_no_list(head) { guess(head, origin) } else { None };
    let guess = guess.map(|guess| format!("\n  {guess}")).unwrap_or_default();
    Failure::Input(format!("{}: {reason}{guess}", origin.name()))
}

/// A store that is being filled.
// Invariants:
//   no batch is empty
//   jobs = the number of jobs in batches
//   ids = the IDs of batches, if the jobs are read
//   held is empty, or jobs ≤ 1
struct Filling {
    batches: Vec<Vec<Job>>,
    jobs: usize,
    ids: JobIds,
    verb: &'static str,
    bar: ProgressBar,
    skipped: u64,
    reported: usize,
    /// Reports that wait for the second job. Input without a list of jobs gets one error instead.
    held: Vec<Broken>,
    begin: Instant,
}

impl Filling {
    fn new(verb: &'static str, bar: ProgressBar) -> Self {
        bar.set_message(verb);
        Self {
            batches: Vec::new(),
            jobs: 0,
            ids: JobIds::default(),
            verb,
            bar,
            skipped: 0,
            reported: 0,
            held: Vec::new(),
            begin: Instant::now(),
        }
    }

    fn push(&mut self, batch: Vec<Job>) {
        if !batch.is_empty() {
            self.jobs += batch.len();
            self.batches.push(batch);
        }
    }

    /// Takes the jobs whose ID is new. Returns the broken lines in their order.
    fn take(&mut self, parsed: Parsed) -> Vec<Broken> {
        let Parsed { jobs, mut broken, .. } = parsed;
        let mut batch = Vec::with_capacity(jobs.len());
        for (number, job) in jobs {
            if self.ids.insert(&job.job_id, &self.batches, &batch) {
                batch.push(job);
            } else {
                broken.push((number, format!("JobId {:?} is taken by an earlier line", job.job_id)));
            }
        }
        self.push(batch);
        if self.jobs > 1 {
            self.report_held();
        }
        broken.sort_unstable_by_key(|(number, _)| *number);
        broken
    }

    /// Counts a broken line. The first ones are reported.
    fn skip(&mut self, broken: Broken) {
        self.skipped += 1;
        if self.reported == REPORTS_MAX {
            return;
        }
        self.reported += 1;
        self.held.push(broken);
        if self.jobs > 1 {
            self.report_held();
        }
    }

    fn report_held(&mut self) {
        for (number, reason) in std::mem::take(&mut self.held) {
            self.bar.suspend(|| warn(format_args!("line {number} skipped: {reason}")));
        }
    }

    /// The first broken line, if there is no second job.
    fn first_broken(&self) -> Option<&Broken> {
        self.held.first()
    }

    /// Whether no line of the input is a job, or only the line of the last object of a JSON array is.
    fn has_no_list(&self, head: &[u8]) -> bool {
        self.jobs == 0 || self.jobs == 1 && may_be_list(head)
    }

    /// How few of the lines are jobs.
    fn few(&self) -> String {
        match (self.jobs, self.skipped) {
            (0, 1) => "the line is no job".to_owned(),
            (0, skipped) => format!("none of {} lines is a job", grouped(skipped)),
            (_, skipped) => format!("only 1 of {} lines is a job", grouped(skipped + 1)),
        }
    }

    /// Moves all jobs into a store.
    fn indexed(mut self) -> Result<Loaded, Failure> {
        self.report_held();
        let Self { batches, ids, verb, bar, skipped, reported, begin, .. } = self;
        drop(ids);
        let reading = begin.elapsed();
        bar.set_message("indexing");
        let start = Instant::now();
        let mut store = JobStore::new();
        store.extend(batches.into_iter().flatten()).map_err(|error| Failure::Input(error.reason.to_string()))?;
        bar.finish_and_clear();
        let more = skipped - reported as u64;
        if more > 0 {
            warn(format_args!("{} skipped too", counted(more, "more line was", "more lines were")));
        }
        Ok(Loaded { store, verb, skipped, reading, indexing: start.elapsed() })
    }
}
