//! The table in Markdown.

use std::fmt::Write as _;

use crate::common::arguments::size_name;
use crate::common::timing::{three_digits, time_name};
use crate::figures::{Cell, Measured, Run};

/// What each peer is, and what must be known to read its figures.
const NOTES: &str = "\
* **jobdex**: a `JobStore`; under threads a `SharedJobStore` with a `Reader` each.
* **SQLite**: in memory, prepared statements, an index for each set of filters, counters kept by triggers, FTS5 with the
  trigram tokenizer. The rowid sorts by creation. It answers with whole rows, which it copies; the others share records.
  Under threads a connection each shares the database in memory and reads what is not committed yet, which was faster than
  a file with a write-ahead log.
* **tantivy**: in memory, one segment after the load, pages by a fast field, the collector that counts, grams of two and
  three characters, records beside the index. Writes become visible at a commit, one for each 1,000.
* **roaring**: a bitmap for each value of a facet and each gram; names are compared where grams may stand apart. Jobs have
  numbers in order of creation, so a job that arrives late would renumber others. Under threads it is behind a lock.
* **sorted maps**: sets of times and IDs for each value and each word. Under threads they are behind a lock.
* **vector**: filter, sort, slice; folded names beside the jobs. Under threads it is behind a lock.
* All names are folded beforehand in the same way, so that a keyword finds the same jobs everywhere.
* A request is in the form of its peer before it is timed. An answer is the exact total and a page of 10 jobs.
* A time is the least of three medians, taken a while apart.
* Each answer was compared with the vector's before it was timed, but for cells with a dagger.
* Memory is what the allocator gave and still counts after the load, with its rounding; of SQLite, the pages in use.
";

pub(crate) fn markdown(run: &Run) -> String {
    let mut text = String::new();
    write_table(&mut text, run).expect("a text takes all");
    text
}

fn write_table(text: &mut String, run: &Run) -> std::fmt::Result {
    writeln!(text, "# jobdex and its peers\n")?;
    writeln!(text, "Written by this command on {}; {}.\n\n```sh\n{}\n```\n", run.date, run.machine, run.command)?;
    writeln!(text, "{}. Names: {}. Machines are noisy, so quote the ratios.\n", run.versions, run.names)?;
    text.push_str(NOTES);
    for size in run.sizes() {
        write_requests(text, run, size)?;
    }
    write_growth(text, run)?;
    write_costs(text, run)?;
    write_mixed(text, run)
}

fn write_head(text: &mut String, run: &Run, first: &str) -> std::fmt::Result {
    let peers = run.peers();
    writeln!(text, "| {first} | {} |\n|---|{}", peers.join(" | "), "--:|".repeat(peers.len()))
}

/// A row with one cell for each peer.
fn write_row(text: &mut String, run: &Run, name: &str, cell: impl Fn(&str) -> String) -> std::fmt::Result {
    let cells: Vec<String> = run.peers().into_iter().map(cell).collect();
    writeln!(text, "| {name} | {} |", cells.join(" | "))
}

fn write_requests(text: &mut String, run: &Run, size: usize) -> std::fmt::Result {
    writeln!(text, "\n## Requests, {} jobs: median times\n", size_name(size))?;
    write_head(text, run, "request (jobs that match)")?;
    let mut rules = Vec::new();
    for kind in run.kinds() {
        let total =
            run.measured.iter().filter(|measured| measured.size == size).find_map(|measured| total(measured, kind));
        let name = format!("{kind} ({})", total.unwrap_or_default());
        write_row(text, run, &name, |peer| cell_name(run.of(peer, size).and_then(|measured| measured.cell(kind))))?;
        for measured in run.measured.iter().filter(|measured| measured.size == size) {
            if let Some(Cell::Median { other_rules: Some(which), total, .. }) = measured.cell(kind) {
                rules.push(format!("† {}, {kind}: {which}; its total is {total}.", measured.peer));
            }
        }
    }
    for rule in rules {
        writeln!(text, "\n{rule}")?;
    }
    writeln!(text, "\nThe first request of a kind after the load, where a keyword may be new to a cache:\n")?;
    write_head(text, run, "request")?;
    for kind in [crate::asks::COMMON_WORD, crate::asks::RARE_WORD, crate::asks::TWO_LETTERS] {
        write_row(text, run, kind, |peer| match run.of(peer, size).and_then(|measured| measured.cell(kind)) {
            Some(Cell::Median { first_ns, .. }) => time_name(*first_ns),
            _ => "—".to_owned(),
        })?;
    }
    Ok(())
}

/// The jobs that match, by the rules of the vector.
fn total(measured: &Measured, kind: &str) -> Option<u64> {
    match measured.cell(kind)? {
        Cell::Median { total, other_rules: None, .. } => Some(*total),
        _ => None,
    }
}

fn cell_name(cell: Option<&Cell>) -> String {
    match cell {
        Some(Cell::Median { ns, other_rules: None, .. }) => time_name(*ns),
        Some(Cell::Median { ns, .. }) => format!("{} †", time_name(*ns)),
        Some(Cell::Not(why)) => why.clone(),
        None => "—".to_owned(),
    }
}

fn write_growth(text: &mut String, run: &Run) -> std::fmt::Result {
    let sizes = run.sizes();
    let (Some(&first), Some(&last)) = (sizes.first(), sizes.last()) else { return Ok(()) };
    if first == last {
        return Ok(());
    }
    writeln!(text, "\n## Growth of the medians from {} to {} jobs\n", size_name(first), size_name(last))?;
    write_head(text, run, "request")?;
    for kind in run.kinds() {
        write_row(text, run, kind, |peer| {
            let ns = |size| run.of(peer, size).and_then(|measured| measured.ns(kind));
            match (ns(first), ns(last)) {
                (Some(first), Some(last)) => format!("{} ×", three_digits(last / first)),
                _ => "—".to_owned(),
            }
        })?;
    }
    Ok(())
}

fn write_costs(text: &mut String, run: &Run) -> std::fmt::Result {
    writeln!(text, "\n## Load, status changes and memory\n")?;
    write_head(text, run, "what")?;
    for size in run.sizes() {
        let of =
            |cell: fn(&Measured) -> String| move |peer: &str| run.of(peer, size).map_or_else(|| "—".to_owned(), cell);
        let jobs = size_name(size);
        write_row(text, run, &format!("load of {jobs} jobs"), of(|measured| time_name(measured.load_ns)))?;
        write_row(text, run, &format!("status change among {jobs}"), of(|measured| time_name(measured.update_ns)))?;
        write_row(text, run, &format!("memory a job, {jobs}"), of(|measured| bytes_name(measured.job_bytes)))?;
    }
    if let Some(measured) = run.measured.last() {
        writeln!(
            text,
            "\nMemory a job has the record in it, which alone takes {} in Rust.",
            bytes_name(measured.record_bytes)
        )?;
    }
    Ok(())
}

fn write_mixed(text: &mut String, run: &Run) -> std::fmt::Result {
    let Some(with_threads) = run.measured.iter().find(|measured| !measured.mixed.is_empty()) else { return Ok(()) };
    let size = with_threads.size;
    writeln!(text, "\n## Readers beside one writer, {} jobs\n", size_name(size))?;
    writeln!(
        text,
        "Lists a second of all readers together, then status changes a second of a writer that never rests. The lists are those \
         of a console: {}.\n",
        crate::asks::OF_A_CONSOLE.join("; ")
    )?;
    write_head(text, run, "readers")?;
    for (place, mixed) in with_threads.mixed.iter().enumerate() {
        write_row(text, run, &mixed.readers.to_string(), |peer| {
            let mixed = run.of(peer, size).and_then(|measured| measured.mixed.get(place));
            mixed.map_or_else(
                || "—".to_owned(),
                |mixed| format!("{}; {}", rate_name(mixed.reads), rate_name(mixed.writes)),
            )
        })?;
    }
    Ok(())
}

pub(crate) fn bytes_name(bytes: f64) -> String {
    format!("{bytes:.0} B")
}

/// A rate with three digits, such as `12.3 k`.
pub(crate) fn rate_name(per_second: f64) -> String {
    match per_second {
        ..1e3 => three_digits(per_second),
        ..1e6 => format!("{} k", three_digits(per_second / 1e3)),
        _ => format!("{} M", three_digits(per_second / 1e6)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_says_what_is_not_comparable() {
        let median = |other_rules: Option<&str>| Cell::Median {
            ns: 1_234.0,
            first_ns: 1.0,
            total: 1,
            other_rules: other_rules.map(str::to_owned),
        };
        assert_eq!(cell_name(Some(&median(None))), "1.23 µs");
        assert_eq!(cell_name(Some(&median(Some("whole words")))), "1.23 µs †");
        assert_eq!(cell_name(Some(&Cell::Not("no typos".to_owned()))), "no typos");
        assert_eq!(cell_name(None), "—");
    }
}
