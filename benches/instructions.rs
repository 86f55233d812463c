//! Instructions per request, which do not depend on the load of the machine: `cargo bench --bench instructions`.
//!
//! This bench runs itself under callgrind with `n` and with `2n` jobs. For each row it prints the instructions of one
//! request. Then it does the same for keywords that are not cached, and for keywords twice as long. Work is bounded if
//! twice the jobs or twice the keyword take at most 2.2 times the instructions; a row over this limit makes the bench
//! fail. Without valgrind the bench reports this and does nothing.
//!
//! To examine one row, run the binary yourself. `cargo bench --bench instructions --no-run` prints its path:
//!
//! ```text
//! valgrind --tool=callgrind --toggle-collect='*measured_row*' PATH --jobs 100000 --times 100 --row 'levis'
//! callgrind_annotate --inclusive=yes callgrind.out.*
//! ```
//! `--row` takes any part of a row's name; without it, all rows run in turn.

mod baseline;
mod common;

use std::hint::black_box;
use std::path::Path;
use std::process::{Command, ExitCode};

use jobdex::{JobStore, ListQuery};

use common::arguments::{is_test_mode, size_name};
use common::names::Names;
use common::requests::{Request, rows};
use common::stores::Stores;
use common::timing::{float, three_digits};

const SIZES: [usize; 2] = [50_000, 100_000];
const TIMES: usize = 20;
const GROWTH_MAX: f64 = 2.2;
/// Lengths of keywords in characters, each compared with twice its length. They are on both sides of 62, the length up
/// to which a word may have typos.
const LENGTHS: [[usize; 2]; 2] = [[30, 60], [64, 128]];

/// Keywords of any length: a description, and the text that is repeated.
const LONG_KEYWORDS: [(&str, &str); 6] = [
    ("one letter", "a"),
    ("one word", "transcoder"),
    ("Chinese", "新闻综合频道"),
    ("words of one letter", "e t a o i n "),
    ("words with a typo", "natoinal televsiion geografic dicsovery "),
    ("symbols", "#%&"),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let after = |name: &str| {
        let place = arguments.iter().position(|argument| argument == name)?;
        arguments.get(place + 1).map(String::as_str)
    };
    if let Some(n) = after("--jobs") {
        let number = |text: &str| text.parse().unwrap_or_else(|_| panic!("{text:?} is not a whole number"));
        run_rows(number(n), after("--times").map_or(TIMES, number), after("--row").unwrap_or_default());
        return ExitCode::SUCCESS;
    }
    if is_test_mode() {
        run_rows(1_000, 1, "");
        return ExitCode::SUCCESS;
    }
    if !has_valgrind() {
        println!("Skipped: valgrind is not installed.");
        return ExitCode::SUCCESS;
    }
    report()
}

/// Callgrind counts the instructions of this function: one call per row.
#[inline(never)]
fn measured_row(store: &JobStore, queries: &[ListQuery], times: usize) {
    for query in queries.iter().cycle().take(times) {
        _ = black_box(store.list(black_box(query)));
    }
}

fn run_rows(n: usize, times: usize, part_of_name: &str) {
    let Stores { jobdex, maps, .. } = Stores::new(&Names::load(), n);
    for row in rows(&jobdex, &maps).iter().filter(|row| row.name.contains(part_of_name)) {
        let queries: Vec<ListQuery> = row.requests.iter().map(Request::to_query).collect();
        // Rows that are cached between requests are cached before the count begins.
        for query in &queries {
            _ = black_box(jobdex.list(query));
        }
        measured_row(&jobdex, &queries, times);
        println!("{}", row.name);
    }
    let keeps_nothing = jobdex.with_keywords_kept(0);
    for (kind, piece) in LONG_KEYWORDS {
        for (len, name) in LENGTHS.into_iter().flatten().map(|len| (len, long_keyword_row(kind, len))) {
            if name.contains(part_of_name) {
                let keyword: String = piece.chars().cycle().take(len).collect();
                measured_row(&keeps_nothing, &[ListQuery::new().keyword(keyword)], times);
                println!("{name}");
            }
        }
    }
}

fn long_keyword_row(kind: &str, len: usize) -> String {
    format!("keyword of {len} characters: {kind}")
}

fn has_valgrind() -> bool {
    Command::new("valgrind").arg("--version").output().is_ok_and(|output| output.status.success())
}

fn report() -> ExitCode {
    let [small, large] = SIZES.map(counted_rows);
    println!("Instructions per request, by callgrind: `cargo bench --bench instructions`.\n");
    print_head("request", SIZES.map(|n| format!("{} jobs", size_name(n))));
    let mut is_bounded = true;
    for ((name, small), (_, large)) in small.iter().zip(&large) {
        is_bounded &= print_growth(name, *small, *large);
    }
    for lengths in LENGTHS {
        println!();
        print_head("keyword, over and over", lengths.map(|len| format!("{len} characters")));
        for (kind, _) in LONG_KEYWORDS {
            let [once, twice] = lengths.map(|len| count_of(&large, &long_keyword_row(kind, len)));
            is_bounded &= print_growth(kind, once, twice);
        }
    }
    if is_bounded { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn count_of(rows: &[(String, f64)], name: &str) -> f64 {
    rows.iter().find(|(row, _)| row == name).unwrap_or_else(|| panic!("{name} was not counted")).1
}

fn print_head(what: &str, [once, twice]: [String; 2]) {
    println!("| {what} | {once} | {twice} | growth | |");
    println!("|---|--:|--:|--:|---|");
}

/// Prints a row, and returns whether its growth is bounded.
fn print_growth(name: &str, once: f64, twice: f64) -> bool {
    let growth = twice / once;
    let is_bounded = growth <= GROWTH_MAX;
    let verdict = if is_bounded { "bounded" } else { "**not bounded**" };
    println!("| {name} | {once:.0} | {twice:.0} | {} × | {verdict} |", three_digits(growth));
    is_bounded
}

/// The rows' names and their instructions per request in a store of `n` jobs.
///
/// # Panics
/// If valgrind fails, or writes other counts than one per row.
fn counted_rows(n: usize) -> Vec<(String, f64)> {
    eprintln!("callgrind with {} jobs", size_name(n));
    let folder = std::env::temp_dir().join(format!("jobdex-instructions-{}-{n}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let this = std::env::current_exe().unwrap_or_else(|error| panic!("where is this bench: {error}"));
    let output = Command::new("valgrind")
        // The same pattern is written in two ways, because callgrind accepts only one option for each pattern.
        .args(["--tool=callgrind", "--toggle-collect=*measured_row*", "--dump-after=instructions::measured_row"])
        .arg(format!("--callgrind-out-file={}", folder.join("counts").display()))
        .arg(this)
        .args(["--jobs", &n.to_string(), "--times", &TIMES.to_string()])
        .output()
        .unwrap_or_else(|error| panic!("valgrind did not run: {error}"));
    assert!(output.status.success(), "valgrind failed: {}", String::from_utf8_lossy(&output.stderr));
    let names: Vec<String> = String::from_utf8_lossy(&output.stdout).lines().map(String::from).collect();
    let counts: Vec<f64> = (1..=names.len()).map(|dump| total(&folder.join(format!("counts.{dump}")))).collect();
    _ = std::fs::remove_dir_all(&folder);
    names.into_iter().zip(counts.into_iter().map(|count| count / float(TIMES))).collect()
}

/// The sum at the end of a callgrind file.
fn total(path: &Path) -> f64 {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let sum = |line: &str| line.strip_prefix("totals: ").or(line.strip_prefix("summary: "))?.trim().parse().ok();
    text.lines().rev().find_map(sum).unwrap_or_else(|| panic!("{} has no total", path.display()))
}
