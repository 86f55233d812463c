//! The command line.

use std::net::SocketAddr;

use clap::{Parser, ValueEnum};
use tracing::level_filters::LevelFilter;

/// Serves live-transcode jobs: the API as its official clients know it, and a console for people.
#[derive(Debug, Parser)]
#[command(max_term_width = 100)]
pub(crate) struct Options {
    /// Where to listen; port 0 takes a free one, and the first line of output says which
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// How many made-up jobs to begin with
    #[arg(long, value_name = "COUNT", default_value_t = 100_000,
        value_parser = clap::value_parser!(u64).range(..=jobdex::limits::JOBS_MAX as u64))]
    pub(crate) jobs: u64,
    /// How many jobs there may be; a submission over it is answered with 503
    #[arg(long, value_name = "COUNT", default_value_t = 5_000_000)]
    pub(crate) jobs_max: usize,
    /// Make other jobs: the same SEED gives the same ones, but for their times
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Keep the demo alive: submit, stop, rename and delete this many jobs a second
    #[arg(long, value_name = "COUNT", default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=10_000))]
    pub(crate) churn: u32,
    /// Let a request fail that asks for it by the header x-demo-fault: panic, to try a client with
    #[arg(long)]
    pub(crate) faults: bool,
    /// Threads that serve; as many as there are cores unless given
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) threads: Option<u16>,
    /// What is logged, to standard error: off, error, warn, info (every write), debug (every request)
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    pub(crate) log: LevelFilter,
    /// How it is logged
    #[arg(long, value_enum, default_value_t)]
    pub(crate) log_form: LogForm,
}

/// The form of a line in the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogForm {
    /// For people
    #[default]
    Text,
    /// One JSON object a line
    Json,
}
