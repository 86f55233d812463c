//! jobdex beside its peers, on the same jobs and requests: `cargo run --release -p jobdex-peers`.
//!
//! Writes a table in Markdown, three plots and all figures to `benches/peers/results`. Every answer is compared with that
//! of a plain vector before it is timed. Machines are noisy, so quote the ratios of one run.
//!
//! The jobs and names are those of the other benches. Each peer is measured at each size in a process of its own:
//! ```text
//! run → for each size and peer: measure → Measured → table, plots
//! ```

mod asks;
#[path = "../../baseline/mod.rs"]
mod baseline;
#[path = "../../common/mod.rs"]
mod common;
mod figures;
mod grams;
mod measure;
mod peer;
mod peers;
mod plots;
mod run;
mod svg;
mod table;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use tikv_jemallocator::Jemalloc;

use figures::{Measured, Run};
use measure::{Task, measure};
use peer::Peer;
use peers::jobdex::Jobdex;
use peers::maps::SortedMaps;
use peers::roaring::Roaring;
use peers::sqlite::Sqlite;
use peers::tantivy::Tantivy;
use peers::vector::Vector;

/// It counts the bytes of each thread apart, so that counting slows no reader.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

/// Compares jobdex with its peers.
#[derive(Parser)]
struct Arguments {
    /// The numbers of jobs, such as 20k or 1m, separated by commas.
    #[arg(long, value_delimiter = ',', value_parser = size, default_value = "100k,1m")]
    sizes: Vec<usize>,
    /// The folder for the table, the plots and the figures.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/results"))]
    out: PathBuf,
    /// Draws the table and the plots again from the figures in the folder, and measures nothing.
    #[arg(long)]
    redraw: bool,
    /// What a process measures, in JSON; the run starts such processes itself.
    #[arg(long, hide = true, value_parser = task)]
    task: Option<Task>,
}

/// `20k` is 20,000, and `1m` a million.
fn size(text: &str) -> Result<usize, String> {
    let lower = text.trim().to_ascii_lowercase();
    let (digits, unit) = match (lower.strip_suffix('k'), lower.strip_suffix('m')) {
        (Some(digits), _) => (digits, 1_000),
        (_, Some(digits)) => (digits, 1_000_000),
        _ => (lower.as_str(), 1),
    };
    let number = digits.parse::<usize>().ok().and_then(|number| number.checked_mul(unit));
    // With fewer jobs some kinds of requests have nothing to ask for.
    number
        .filter(|&jobs| jobs >= 2_000)
        .ok_or_else(|| format!("{text:?} is no number of jobs from 2,000, such as 20k or 1m"))
}

fn task(text: &str) -> Result<Task, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

/// The peers in the order of the table. The vector comes first, since the others are compared with it.
const PEERS: [&str; 6] = [Vector::NAME, Jobdex::NAME, Sqlite::NAME, Tantivy::NAME, Roaring::NAME, SortedMaps::NAME];

fn measured(task: &Task) -> Measured {
    match task.peer.as_str() {
        Jobdex::NAME => measure::<Jobdex>(task),
        Sqlite::NAME => measure::<Sqlite>(task),
        Tantivy::NAME => measure::<Tantivy>(task),
        Roaring::NAME => measure::<Roaring>(task),
        SortedMaps::NAME => measure::<SortedMaps>(task),
        Vector::NAME => measure::<Vector>(task),
        other => panic!("there is no peer {other}"),
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(task) = &arguments.task {
        println!("{}", serde_json::to_string(&measured(task)).expect("it is JSON"));
        return ExitCode::SUCCESS;
    }
    let done = if arguments.redraw {
        Run::read(&arguments.out).and_then(|run| run.write(&arguments.out))
    } else {
        Run::measure(&arguments.sizes, &arguments.out)
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod argument_tests {
    use super::*;

    #[test]
    fn a_size_is_a_number_of_jobs_from_two_thousand() {
        assert_eq!(["20k", "1M", " 2000 "].map(size), [Ok(20_000), Ok(1_000_000), Ok(2_000)]);
        for text in ["", "k", "1k", "many", "-5m", "99999999999999999999", "18446744073709551615k"] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
