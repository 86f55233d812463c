//! The command-line options.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use tracing::level_filters::LevelFilter;

use crate::limits::CONNECTIONS_MAX;

/// Jobs that are generated where nothing says how many.
const JOBS_DEFAULT: u64 = 100_000;

/// Changes a second of these jobs.
const CHURN_OF_DEMO: u32 = 1;

/// Serves live-transcode jobs: the API that the official clients call, and a console for people
#[derive(Debug, Parser)]
#[command(max_term_width = 100)]
pub(crate) struct Options {
    /// Listen on this address; port 0 takes a free port, and the first line of output names it
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// Keep the jobs in a file in DIR: each write is on disk before it is answered. Without it, jobs are in memory only
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Keep the jobs in a table of the Postgres database at URL, with a replica in memory. Many processes may share it
    #[arg(long, value_name = "URL", conflicts_with = "data")]
    pub(crate) postgres: Option<String>,
    /// Make or update the schema in the database of --postgres, and end
    #[arg(long, requires = "postgres", conflicts_with = "import")]
    pub(crate) migrate: bool,
    /// Start with this many generated jobs; the default is 100000, or 0 with --data or --postgres. A DIR or a table that
    /// has jobs gets none
    #[arg(long, value_name = "COUNT", conflicts_with = "import",
        value_parser = clap::value_parser!(u64).range(..=jobdex::limits::JOBS_MAX as u64))]
    pub(crate) jobs: Option<u64>,
    /// Start with the jobs of FILE, one JSON object a line. With --data or --postgres they are added to those that are there
    #[arg(long, value_name = "FILE")]
    pub(crate) import: Option<PathBuf>,
    /// Write all jobs of DIR to FILE, one JSON object a line, and end
    #[arg(long, value_name = "FILE", requires = "data", conflicts_with = "import")]
    pub(crate) export: Option<PathBuf>,
    /// Hold at most this many jobs; a submission over the limit is answered with 503
    #[arg(long, value_name = "COUNT", default_value_t = 5_000_000)]
    pub(crate) jobs_max: usize,
    /// Hold jobs that take about MIB of memory at most; what would take more is answered with 503. Not with --postgres,
    /// where other processes write too
    #[arg(long, value_name = "MIB", conflicts_with = "postgres", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) memory_max: Option<u32>,
    /// Seed of the generated jobs: the same SEED gives the same jobs, with times relative to now
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Change jobs all the time: submit, stop, rename and delete this many jobs a second. The default is 1 for the jobs
    /// that are generated where nothing says which, so that a first look shows a live list; otherwise it is 0
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(..=10_000))]
    pub(crate) churn: Option<u32>,
    /// Answer only who has an access key of FILE: one JSON object a key, with its id, secret and policy. SIGHUP reads it again
    #[arg(long, value_name = "FILE")]
    pub(crate) access_keys: Option<PathBuf>,
    /// Answer everybody, also on an address that other machines can reach
    #[arg(long, conflicts_with = "access_keys")]
    pub(crate) insecure: bool,
    /// At SIGTERM, go on answering for this many seconds. Health is 503 meanwhile, and each answer closes its connection
    #[arg(long, value_name = "SECONDS", default_value_t = 3, value_parser = clap::value_parser!(u64).range(..=600))]
    pub(crate) drain: u64,
    /// Panic in any request that has the header x-demo-fault, to test how a client handles a failure
    #[arg(long)]
    pub(crate) faults: bool,
    /// Serve at most this many connections at once. One more takes the place of the one that is idle for longest
    #[arg(long, value_name = "COUNT", default_value_t = CONNECTIONS_MAX, value_parser = connections_max)]
    pub(crate) connections_max: usize,
    /// Number of threads that serve requests; the default is the number of cores
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) threads: Option<u16>,
    /// Log level: off, error, warn, info (every write) or debug (every request); the log goes to standard error
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    pub(crate) log: LevelFilter,
    /// Format of the log
    #[arg(long, value_enum, default_value_t)]
    pub(crate) log_form: LogForm,
}

impl Options {
    /// How many changes a second the service makes itself.
    pub(crate) fn churn(&self) -> u32 {
        let is_demo = self.jobs.is_none() && self.data.is_none() && self.postgres.is_none() && self.import.is_none();
        self.churn.unwrap_or(if is_demo { CHURN_OF_DEMO } else { 0 })
    }

    /// The most bytes that the jobs may take.
    pub(crate) fn memory_max(&self) -> usize {
        self.memory_max.and_then(|mib| usize::try_from(u64::from(mib) << 20).ok()).unwrap_or(usize::MAX)
    }

    /// How many jobs are generated for a store without jobs.
    pub(crate) fn jobs_made(&self) -> u64 {
        let default = if self.data.is_some() || self.postgres.is_some() { 0 } else { JOBS_DEFAULT };
        self.jobs.unwrap_or(default)
    }
}

fn connections_max(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("must be a number of connections, at least 1".to_owned()),
        Ok(count) => Ok(count),
    }
}

/// The format of a line in the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogForm {
    /// Plain text, for people
    #[default]
    Text,
    /// One JSON object per line
    Json,
}
