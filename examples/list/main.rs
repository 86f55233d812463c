//! Lists jobs on the command line. The program loads jobs from JSON Lines or makes jobs, answers one query, and shows
//! the time that each step took.
//!
//! `cargo run --release --example list -- --generate 1000000 --status running --keyword news`
//!
//! ```text
//! args ─┬─ load ── lines, parse, names, generate, stored ──► JobStore ─┬─ stored ──► files
//!       └─ ask ──────────────────────────────────────────► ListQuery ──┴─ answer ── table, text ──► standard output
//! ```
//! Answers go to standard output. Everything else (progress, broken lines, errors) goes to standard error.

mod answer;
mod args;
mod ask;
mod choice;
mod failure;
mod generate;
mod guess;
mod ids;
mod lines;
mod load;
mod names;
mod parse;
mod progress;
mod refusal;
#[cfg(feature = "durable")]
mod stored;
mod table;
mod text;

use std::fmt;
use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use clap::Parser;

use args::Args;
use failure::Failure;

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) if failure.is_closed_pipe() => ExitCode::SUCCESS,
        Err(failure) => {
            note(format_args!("error: {failure}"));
            failure.exit_code()
        }
    }
}

fn run(args: &Args) -> Result<(), Failure> {
    let asked = ask::asked(args)?;
    let loaded = load::load(args)?;
    note(format_args!("{loaded}"));
    #[cfg(feature = "durable")]
    stored::write(&loaded.store, args)?;
    answer::answer(&loaded.store, &asked, args, &mut BufWriter::new(io::stdout().lock()))
}

/// Writes a line to standard error. A closed standard error is ignored.
fn note(line: fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Writes a warning to standard error.
fn warn(line: fmt::Arguments<'_>) {
    note(format_args!("warning: {line}"));
}
