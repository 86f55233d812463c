//! Every figure in one table: `cargo bench --bench table`.
//!
//! Prints markdown: requests, growth, first requests, writes, loading and memory, of jobdex and the two baselines in
//! one run; then the same of records with four facets and labels. Machines are noisy, so quote the ratios.

mod any_record;
mod baseline;
mod common;

use std::collections::HashSet;
use std::hint::black_box;
use std::process::Command;
use std::time::{Duration, Instant};

use jobdex::{JobStore, ListQuery, Status};

use common::arguments::{SIZES_VARIABLE, is_test_mode, size_name, sizes};
use common::jobs::{jobs, next_status};
use common::names::Names;
use common::requests::{Row, rows};
use common::stores::{Stores, WRITE_KINDS, WRITE_TARGET, WRITE_TARGET_WORST, Writes, loaded, sampled_ids};
use common::timing::{float, median, median_ns, nanoseconds, percentile, three_digits, time_name, timed};

const READ_BUDGET: Duration = Duration::from_millis(200);
const SCAN_BUDGET: Duration = Duration::from_millis(600);
const WRITES_OF_A_KIND: usize = 20_000;
/// The vector walks for each write, so it gets few writes.
const WRITES_OF_A_KIND_NAIVE: usize = 21;
/// Loads and the writes after them are repeated, to separate the noise of the machine from the work of the store.
const ROUNDS: usize = 3;
/// The size for which the targets are set.
const TARGET_SIZE: usize = 1_000_000;
const GROWTH_TARGET: f64 = 1.5;
/// The number of rows with a growth target.
const GROWTH_TARGET_ROWS: usize = 4;
const BULK_TARGET: f64 = 1.5e9;

fn main() {
    let start = Instant::now();
    let names = Names::load();
    print_head(&names);
    let memory = memory();
    let reports: Vec<Report> = sizes().into_iter().map(|n| Report::new(&names, n)).collect();
    for report in &reports {
        report.print();
    }
    print_growth(&reports);
    print!("\n{memory}");
    drop(reports);
    println!("\nAny record: four facets of 5, 8, 3 and 6 values, and four labels a job.");
    for n in sizes() {
        eprintln!("{}: any record", size_name(n));
        any_record::report(&names, n);
    }
    println!("\nTook {}.", time_name(nanoseconds(start.elapsed())));
}

fn print_head(names: &Names) {
    let sizes: Vec<String> = sizes().iter().map(ToString::to_string).collect();
    println!("Reproduce with `{SIZES_VARIABLE}={} cargo bench --bench table`.", sizes.join(","));
    println!();
    println!("* Names: {}.", names.source());
    println!("* jobdex: this crate. naive: a vector that filters, sorts and slices. maps: sorted maps and sets.");
    println!("* Medians, one thread, the whole request with its exact total and its page of shared records.");
    println!("* Before anything was timed, the three were seen to give the same totals and pages.");
}

/// All measurements at one size.
struct Report {
    n: usize,
    names_len: usize,
    words_len: usize,
    reads: Vec<Read>,
    others: Vec<Other>,
    writes: Vec<Write>,
    firsts: Vec<First>,
    bulk_ns: f64,
}

struct Read {
    name: &'static str,
    /// The least and the most matches among its requests.
    hits: (u64, u64),
    target: Option<f64>,
    jobdex: f64,
    naive: f64,
    maps: Option<f64>,
}

/// Measurements of jobdex without baselines.
struct Other {
    name: &'static str,
    median: f64,
    p99: Option<f64>,
}

struct Write {
    kind: &'static str,
    jobdex: Vec<f64>,
    /// The slowest write of all rounds, whatever the cause.
    worst_seen: f64,
    naive: f64,
    maps: Vec<f64>,
}

/// A row asked for the first time after a load.
struct First {
    name: &'static str,
    target: Option<f64>,
    median: f64,
}

impl Report {
    fn new(names: &Names, n: usize) -> Self {
        eprintln!("{}: loading the three stores", size_name(n));
        let mut stores = Stores::new(names, n);
        let names_len = stores.jobdex.iter().map(|job| job.name.as_str()).collect::<HashSet<_>>().len();
        let words_len = stores.maps.words_len();
        let rows = rows(&stores.jobdex, &stores.maps);
        eprintln!("{}: checking that they agree", size_name(n));
        stores.check(&rows);
        eprintln!("{}: requests", size_name(n));
        let reads = rows.iter().map(|row| read(&stores, row)).collect();
        let others = others(&mut stores.jobdex);
        eprintln!("{}: writes", size_name(n));
        let (naive, maps) = baseline_writes(names, &mut stores);
        drop(stores);
        let rounds: Vec<Round> = (0..round_count(n)).map(|_| Round::new(names, n, &rows)).collect();
        Self {
            n,
            names_len,
            words_len,
            reads,
            others,
            writes: writes(&rounds, naive, maps),
            firsts: firsts(&rounds, &rows),
            bulk_ns: median(rounds.iter().map(|round| round.bulk_ns).collect()),
        }
    }

    fn print(&self) {
        self.print_reads();
        self.print_firsts();
        self.print_writes();
        self.print_others();
    }

    fn print_reads(&self) {
        println!("\n### Requests at {} jobs\n", size_name(self.n));
        println!("{} different names with {} different words.\n", self.names_len, self.words_len);
        println!("| request | matches | jobdex | naive | maps | naive ÷ jobdex | maps ÷ jobdex | target |");
        println!("|---|--:|--:|--:|--:|--:|--:|--:|");
        for read in &self.reads {
            println!(
                "| {} | {} | {} | {} | {} | {} | {} | {} |",
                read.name,
                span(read.hits),
                time_name(read.jobdex),
                time_name(read.naive),
                or_dash(read.maps, time_name),
                three_digits(read.naive / read.jobdex),
                or_dash(read.maps.map(|maps| maps / read.jobdex), three_digits),
                self.target(read.jobdex, read.target),
            );
        }
    }

    fn print_firsts(&self) {
        println!("\n### First time after a load, {} jobs, cold\n", size_name(self.n));
        println!("| request | first | target |\n|---|--:|--:|");
        for First { name, target, median } in &self.firsts {
            println!("| {name} | {} | {} |", time_name(*median), self.target(*median, *target));
        }
    }

    fn print_writes(&self) {
        println!(
            "\n### Writes to {} jobs, in place: {} of each kind, {} times over\n",
            size_name(self.n),
            self.writes[0].jobdex.len(),
            round_count(self.n),
        );
        println!(
            "`worst` is the worst of all writes, each taken at its fastest repetition: what the store does, not what else \
             the machine did. `worst seen` is the slowest single one."
        );
        println!();
        println!(
            "| write | jobdex median | p99 | worst | worst seen | naive median | maps median | maps p99 | maps worst seen | target median | target worst |"
        );
        println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
        for write in &self.writes {
            let of = |samples: &[f64], percent| percentile(samples.to_vec(), percent);
            let [median, p99, worst] = [50, 99, 100].map(|percent| of(&write.jobdex, percent));
            let [maps_median, maps_p99, maps_worst] = [50, 99, 100].map(|percent| time_name(of(&write.maps, percent)));
            println!(
                "| {} | {} | {} | {} | {} | {} | {maps_median} | {maps_p99} | {maps_worst} | {} | {} |",
                write.kind,
                time_name(median),
                time_name(p99),
                time_name(worst),
                time_name(write.worst_seen),
                time_name(write.naive),
                self.target(median, Some(WRITE_TARGET)),
                self.target(worst, Some(WRITE_TARGET_WORST)),
            );
        }
    }

    fn print_others(&self) {
        println!("\n### The rest at {} jobs\n", size_name(self.n));
        println!("| what | median | p99 | target |\n|---|--:|--:|--:|");
        let bulk = self.target(self.bulk_ns, Some(BULK_TARGET));
        println!("| bulk load of all, without making the jobs | {} | | {bulk} |", time_name(self.bulk_ns));
        for Other { name, median, p99 } in &self.others {
            println!("| {name} | {} | {} | |", time_name(*median), p99.map(time_name).unwrap_or_default());
        }
    }

    /// The target and whether it was met; a dash at sizes without a target.
    fn target(&self, got: f64, target: Option<f64>) -> String {
        match target.filter(|_| self.n == TARGET_SIZE) {
            Some(target) => format!("≤ {}: {}", time_name(target), verdict(got, target)),
            None => "—".to_owned(),
        }
    }
}

fn verdict(got: f64, target: f64) -> &'static str {
    if got <= target { "met" } else { "**missed**" }
}

fn span((least, most): (u64, u64)) -> String {
    if least == most { least.to_string() } else { format!("{least}–{most}") }
}

fn or_dash(value: Option<f64>, name: fn(f64) -> String) -> String {
    value.map_or_else(|| "—".to_owned(), name)
}

fn round_count(n: usize) -> usize {
    if n > TARGET_SIZE { ROUNDS - 1 } else { ROUNDS }
}

fn writes_of_a_kind() -> usize {
    if is_test_mode() { 40 } else { WRITES_OF_A_KIND }
}

fn read(stores: &Stores, row: &Row) -> Read {
    let queries: Vec<ListQuery> = row.requests.iter().map(common::requests::Request::to_query).collect();
    let request = |number: usize| &row.requests[number % row.requests.len()];
    let budget = if is_test_mode() { Duration::ZERO } else { READ_BUDGET };
    let scan_budget = if is_test_mode() { Duration::ZERO } else { SCAN_BUDGET };
    let hits = || queries.iter().filter_map(|query| stores.jobdex.list(query).ok()).map(|page| page.total_count);
    Read {
        name: row.name,
        hits: (hits().min().unwrap_or_default(), hits().max().unwrap_or_default()),
        target: row.target,
        jobdex: median_ns(budget, |number| stores.jobdex.list(&queries[number % queries.len()])),
        naive: median_ns(scan_budget, |number| stores.naive.list(request(number))),
        maps: row.has_maps.then(|| median_ns(budget, |number| stores.maps.list(request(number)))),
    }
}

fn others(store: &mut JobStore) -> Vec<Other> {
    let budget = if is_test_mode() { Duration::ZERO } else { READ_BUDGET };
    let ids = sampled_ids(store, 64, 21);
    let running = ListQuery::new().status(Status::Running).page_size(20);
    let tv = running.clone().keyword("tv");
    let mut cursors = vec![running.clone()];
    while let Some(next) = store.list(&cursors[cursors.len() - 1]).ok().and_then(|page| page.next) {
        cursors.push(running.clone().after(next));
        if cursors.len() == 64 {
            break;
        }
    }
    let other = |name, median| Other { name, median, p99: None };
    let mut others = vec![
        other("get by ID", median_ns(budget, |number| store.get(&ids[number % ids.len()]))),
        other(
            "the page of 20 behind a cursor, one status",
            median_ns(budget, |number| store.list(&cursors[number % cursors.len()])),
        ),
        other("facets under one status", median_ns(budget, |_| store.facets(&running))),
        other("facets under one status and `tv`", median_ns(budget, |_| store.facets(&tv))),
        other("snapshot", median_ns(budget, |_| store.snapshot())),
        other("clone", median_ns(budget, |_| store.clone())),
    ];
    others.push(first_writes_beside_a_snapshot(store));
    others
}

fn first_writes_beside_a_snapshot(store: &mut JobStore) -> Other {
    let ids = sampled_ids(store, writes_of_a_kind() / 10, 22);
    let write = |id: &String| {
        let snapshot = store.snapshot();
        let (duration, _) = timed(|| store.update(id, |job| job.status = next_status(job.status)));
        drop(black_box(snapshot));
        nanoseconds(duration)
    };
    let times: Vec<f64> = ids.iter().map(write).collect();
    Other {
        name: "first write (a status change) beside a live snapshot",
        median: median(times.clone()),
        p99: Some(percentile(times, 99)),
    }
}

fn baseline_writes(
    names: &Names,
    stores: &mut Stores,
) -> ([Vec<f64>; WRITE_KINDS.len()], [Vec<f64>; WRITE_KINDS.len()]) {
    let few = Writes::new(names, &stores.jobdex, WRITES_OF_A_KIND_NAIVE);
    let all = Writes::new(names, &stores.jobdex, writes_of_a_kind());
    (few.time(&mut stores.naive), all.time(&mut stores.maps))
}

/// One load and the writes after it.
struct Round {
    bulk_ns: f64,
    /// The first request of each keyword row, in the order of the rows.
    firsts: Vec<f64>,
    writes: [Vec<f64>; WRITE_KINDS.len()],
}

impl Round {
    fn new(names: &Names, n: usize, rows: &[Row]) -> Self {
        let jobs = jobs(names, n);
        let (bulk, mut store) = timed(|| loaded(jobs));
        let ask = |row: &Row| {
            let query = row.requests[0].to_query();
            nanoseconds(timed(|| store.list(&query)).0)
        };
        let firsts = rows.iter().filter(|row| row.has_keyword()).map(ask).collect();
        let writes = Writes::new(names, &store, writes_of_a_kind());
        Self { bulk_ns: nanoseconds(bulk), firsts, writes: writes.time(&mut store) }
    }
}

fn firsts(rounds: &[Round], rows: &[Row]) -> Vec<First> {
    let of_row = |(place, row): (usize, &Row)| First {
        name: row.name,
        target: row.first_target,
        median: median(rounds.iter().map(|round| round.firsts[place]).collect()),
    };
    rows.iter().filter(|row| row.has_keyword()).enumerate().map(of_row).collect()
}

fn writes(rounds: &[Round], naive: [Vec<f64>; WRITE_KINDS.len()], maps: [Vec<f64>; WRITE_KINDS.len()]) -> Vec<Write> {
    let baselines = naive.into_iter().zip(maps);
    let of_kind = |(place, (naive, maps)): (usize, (Vec<f64>, Vec<f64>))| {
        let repetitions: Vec<&[f64]> = rounds.iter().map(|round| round.writes[place].as_slice()).collect();
        Write {
            kind: WRITE_KINDS[place],
            jobdex: fastest_repetitions(&repetitions),
            worst_seen: repetitions.concat().into_iter().fold(0.0, f64::max),
            naive: median(naive),
            maps,
        }
    };
    baselines.enumerate().map(of_kind).collect()
}

/// The rounds do the same writes in the same order. This gives the fastest time of each write.
fn fastest_repetitions(repetitions: &[&[f64]]) -> Vec<f64> {
    let fastest = |write: usize| repetitions.iter().map(|times| times[write]).fold(f64::INFINITY, f64::min);
    (0..repetitions[0].len()).map(fastest).collect()
}

fn print_growth(reports: &[Report]) {
    let (Some(first), Some(last)) = (reports.first(), reports.last()) else {
        return;
    };
    if first.n == last.n {
        return;
    }
    let sizes: Vec<String> = reports.iter().map(|report| size_name(report.n)).collect();
    let times = three_digits(float(last.n) / float(first.n));
    println!("\n### Growth of jobdex's medians with {times} × the jobs\n");
    println!("| request | {} | growth | target |\n|---|{}--:|--:|", sizes.join(" | "), "--:|".repeat(sizes.len()));
    for place in 0..first.reads.len().min(last.reads.len()) {
        let medians: Vec<String> = reports.iter().map(|report| time_name(report.reads[place].jobdex)).collect();
        let growth = last.reads[place].jobdex / first.reads[place].jobdex;
        let target = match place {
            0..GROWTH_TARGET_ROWS => format!("≤ {GROWTH_TARGET} ×: {}", verdict(growth, GROWTH_TARGET)),
            _ => "—".to_owned(),
        };
        let name = first.reads[place].name;
        println!("| {name} | {} | {} × | {target} |", medians.join(" | "), three_digits(growth));
    }
}

/// Another bench counts memory, because a counting allocator would slow down the measured calls. It runs first, as a
/// large store may not fit next to another one.
fn memory() -> String {
    let by_hand = "### Memory: bytes per job\n\nRun `cargo bench --bench memory`.\n".to_owned();
    let Some(cargo) = std::env::var_os("CARGO").filter(|_| !is_test_mode()) else { return by_hand };
    eprintln!("memory");
    match Command::new(cargo).args(["bench", "--quiet", "--bench", "memory"]).output() {
        Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout).into_owned(),
        Ok(output) => format!("{by_hand}\nIt failed: {}\n", String::from_utf8_lossy(&output.stderr)),
        Err(error) => format!("{by_hand}\nIt could not be run: {error}\n"),
    }
}
