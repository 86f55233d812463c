//! The command-line options.

use std::net::SocketAddr;

use clap::{Parser, ValueEnum};
use tracing::level_filters::LevelFilter;

/// Serves live-transcode jobs: the API that the official clients call, and a console for people
#[derive(Debug, Parser)]
#[command(max_term_width = 100)]
pub(crate) struct Options {
    /// Listen on this address; port 0 takes a free port, and the first line of output names it
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// Start with this many generated jobs
    #[arg(long, value_name = "COUNT", default_value_t = 100_000,
        value_parser = clap::value_parser!(u64).range(..=jobdex::limits::JOBS_MAX as u64))]
    pub(crate) jobs: u64,
    /// Hold at most this many jobs; a submission over the limit is answered with 503
    #[arg(long, value_name = "COUNT", default_value_t = 5_000_000)]
    pub(crate) jobs_max: usize,
    /// Seed of the generated jobs: the same SEED gives the same jobs, with times relative to now
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Change jobs all the time: submit, stop, rename and delete this many jobs a second
    #[arg(long, value_name = "COUNT", default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=10_000))]
    pub(crate) churn: u32,
    /// Panic in any request that has the header x-demo-fault, to test how a client handles a failure
    #[arg(long)]
    pub(crate) faults: bool,
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

/// The format of a line in the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogForm {
    /// Plain text, for people
    #[default]
    Text,
    /// One JSON object per line
    Json,
}
