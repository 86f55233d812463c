//! Any record: lists by four facets with 720 combinations and by labels, and writes: `cargo bench --bench records`.
//!
//! Prints markdown. Beside jobdex stand a vector that filters, sorted sets (one for each value of a facet or a label; the
//! smallest one is walked), and the `SQLite` of Python where there is a `python3` with one.

mod baseline;
mod common;

use std::collections::{BTreeMap, HashMap};
use std::hint::black_box;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use fastrand::Rng;
use jobdex::{JobStore, Record};

use common::arguments::{SIZES_VARIABLE, is_test_mode, size_name, sizes};
use common::encodes::{Encode, EncodeMaker, EncodeQuery, Engine, Priority, Region, State, encodes};
use common::names::Names;
use common::timing::{median, median_ns, nanoseconds, percentile, time_name, timed};

const BUDGET: Duration = Duration::from_millis(200);
const SCAN_BUDGET: Duration = Duration::from_millis(600);
const WRITES: usize = 20_000;
const PAGE_SIZE: usize = 10;
/// The size for which the targets are set.
const TARGET_SIZE: usize = 1_000_000;

fn main() {
    let names = Names::load();
    let of_sizes: Vec<String> = sizes().iter().map(ToString::to_string).collect();
    println!("Reproduce with `{SIZES_VARIABLE}={} cargo bench --bench records`.\n", of_sizes.join(","));
    println!("* Names: {}. Four facets of 5, 8, 3 and 6 values, and four labels a job.", names.source());
    println!("* Medians, one thread, the whole request with its exact total and its first page of 10.");
    println!("* Before anything was timed, jobdex, the vector and the sorted sets were seen to give the same answers.");
    for n in sizes() {
        report(&names, n);
    }
}

/// A condition: one of some values under a facet or a label, or none of them, or any value.
enum Condition {
    AnyOf(&'static str, &'static [&'static str]),
    NoneOf(&'static str, &'static [&'static str]),
    Exists(&'static str),
}

struct Request {
    name: &'static str,
    query: EncodeQuery,
    conditions: Vec<Condition>,
    /// The times to reach at a million jobs: asked for the first time, and again.
    targets: (Option<f64>, Option<f64>),
}

fn requests() -> Vec<Request> {
    use Condition::{AnyOf, Exists, NoneOf};
    let new = EncodeQuery::new;
    let request = |name, query, conditions, targets| Request { name, query, conditions, targets };
    vec![
        request("no filter", new(), vec![], (None, None)),
        request(
            "one value of one facet",
            new().filter(State::Running),
            vec![AnyOf("state", &["running"])],
            (None, None),
        ),
        request(
            "one value of each facet",
            new().filter(Priority::High).filter(Region::Us1).filter(Engine::Gpu).filter(State::Running),
            vec![
                AnyOf("priority", &["high"]),
                AnyOf("region", &["us-1"]),
                AnyOf("engine", &["gpu"]),
                AnyOf("state", &["running"]),
            ],
            (Some(1.5e3), Some(1.5e3)),
        ),
        request(
            "some values of each facet",
            new()
                .filter(Priority::High..)
                .filter([Region::Eu1, Region::Us1, Region::Ap1, Region::Sa1])
                .filter([Engine::Cpu, Engine::Gpu])
                .filter([State::Queued, State::Running, State::Failed]),
            vec![
                AnyOf("priority", &["high", "urgent"]),
                AnyOf("region", &["eu-1", "us-1", "ap-1", "sa-1"]),
                AnyOf("engine", &["cpu", "gpu"]),
                AnyOf("state", &["queued", "running", "failed"]),
            ],
            (Some(4e3), Some(4e3)),
        ),
        request(
            "all but one value of each facet",
            new().exclude(Priority::Low).exclude(Region::Us1).exclude(Engine::Fpga).exclude(State::Gone),
            vec![
                NoneOf("priority", &["low"]),
                NoneOf("region", &["us-1"]),
                NoneOf("engine", &["fpga"]),
                NoneOf("state", &["gone"]),
            ],
            (Some(4e3), Some(4e3)),
        ),
        request(
            "one label of a tenth of the jobs",
            new().label("queue", "queue-3"),
            vec![AnyOf("queue", &["queue-3"])],
            (Some(35e3), Some(3e3)),
        ),
        request(
            "a label and a facet",
            new().label("queue", "queue-3").filter(State::Running),
            vec![AnyOf("queue", &["queue-3"]), AnyOf("state", &["running"])],
            (None, None),
        ),
        request(
            "three labels",
            new().label("queue", ["queue-1", "queue-2", "queue-3"]).label_not("owner", "owner-3").label_exists("rack"),
            vec![AnyOf("queue", &["queue-1", "queue-2", "queue-3"]), NoneOf("owner", &["owner-3"]), Exists("rack")],
            (Some(70e3), None),
        ),
        request(
            "a label of a thousandth of the jobs",
            new().label("rack", "rack-7"),
            vec![AnyOf("rack", &["rack-7"])],
            (Some(10e3), Some(10e3)),
        ),
        request(
            "a label of one job",
            new().label("trace", "trace-77"),
            vec![AnyOf("trace", &["trace-77"])],
            (Some(10e3), Some(10e3)),
        ),
    ]
}

fn report(names: &Names, n: usize) {
    let mut store = JobStore::new();
    let jobs = encodes(names, n, true);
    let (load, result) = timed(|| store.extend(jobs));
    result.unwrap_or_else(|error| panic!("{error}"));
    let sets = SortedSets::new(store.iter().cloned());
    let sqlite = sqlite(&store);
    println!("\n### Any record: requests at {} jobs\n", size_name(n));
    println!("| request | matches | first | again | vector | sorted sets | `SQLite` | target first | target again |");
    println!("|---|--:|--:|--:|--:|--:|--:|---|---|");
    for request in requests() {
        print_request(&store, &sets, &sqlite, &request);
    }
    let keyword = EncodeQuery::new().label("queue", "queue-3").filter(State::Running).keyword("news");
    print_alone(&store, "a label, a facet and the keyword `news`", &keyword);
    print_counts(&store);
    println!("\n### Any record: writes to {} jobs\n", size_name(n));
    println!("| write | median | p99 | worst |\n|---|--:|--:|--:|");
    println!("| load of all, each job | {} | | |", time_name(nanoseconds(load) / common::timing::float(n)));
    drop(sets);
    print_writes(names, store);
}

fn budget(budget: Duration) -> Duration {
    if is_test_mode() { Duration::ZERO } else { budget }
}

fn list(store: &JobStore<Encode>, query: &EncodeQuery) -> (u64, Vec<Arc<Encode>>) {
    let page = store.list(query).unwrap_or_else(|error| panic!("{error}"));
    (page.total_count, page.jobs)
}

fn print_request(store: &JobStore<Encode>, sets: &SortedSets, sqlite: &HashMap<String, f64>, request: &Request) {
    let ids = |jobs: &[Arc<Encode>]| jobs.iter().map(|job| job.id.clone()).collect::<Vec<_>>();
    let (total, jobs) = list(store, &request.query);
    for (what, expected) in [("vector", walk(store, &request.conditions)), ("sets", sets.list(&request.conditions))] {
        assert_eq!((total, ids(&jobs)), (expected.0, ids(&expected.1)), "{} by the {what}", request.name);
    }
    let uncached = store.clone().with_keywords_kept(0);
    let first = median_ns(budget(BUDGET), |_| list(&uncached, &request.query));
    let again = median_ns(budget(BUDGET), |_| list(store, &request.query));
    let vector = median_ns(budget(SCAN_BUDGET), |_| walk(store, &request.conditions));
    let of_sets = median_ns(budget(SCAN_BUDGET), |_| sets.list(&request.conditions));
    let by_sqlite = sqlite.get(request.name).map_or_else(|| "—".to_owned(), |&ns| time_name(ns));
    let target = |target: Option<f64>, got: f64| match target.filter(|_| store.len() == TARGET_SIZE) {
        Some(target) => format!("≤ {}: {}", time_name(target), if got <= target { "met" } else { "**missed**" }),
        None => "—".to_owned(),
    };
    println!(
        "| {} | {total} | {} | {} | {} | {} | {by_sqlite} | {} | {} |",
        request.name,
        time_name(first),
        time_name(again),
        time_name(vector),
        time_name(of_sets),
        target(request.targets.0, first),
        target(request.targets.1, again),
    );
}

fn print_alone(store: &JobStore<Encode>, name: &str, query: &EncodeQuery) {
    let uncached = store.clone().with_keywords_kept(0);
    let first = median_ns(budget(BUDGET), |_| list(&uncached, query));
    let again = median_ns(budget(BUDGET), |_| list(store, query));
    let total = list(store, query).0;
    println!("| {name} | {total} | {} | {} | | | | — | — |", time_name(first), time_name(again));
}

fn print_counts(store: &JobStore<Encode>) {
    println!("\n| counts | under no filter | under one state | under one value of each facet |\n|---|--:|--:|--:|");
    let one = EncodeQuery::new().filter(State::Running);
    let each = one.clone().filter(Priority::High).filter(Region::Us1).filter(Engine::Gpu);
    let queries = [EncodeQuery::new(), one, each];
    let facets = queries.each_ref().map(|query| time_name(median_ns(budget(BUDGET), |_| store.facets(query))));
    println!("| every value of every facet | {} |", facets.join(" | "));
    for (key, _) in common::encodes::LABELS {
        let times = queries
            .each_ref()
            .map(|query| time_name(median_ns(budget(BUDGET), |_| store.label_counts(key, 10, query))));
        println!("| the 10 most frequent values of `{key}` | {} |", times.join(" | "));
    }
}

fn print_writes(names: &Names, mut store: JobStore<Encode>) {
    let writes = if is_test_mode() { 40 } else { WRITES };
    let (n, mut rng) = (store.len(), Rng::with_seed(3));
    let ids: Vec<String> = store.iter().map(|job| job.id.clone()).collect();
    let mut maker = EncodeMaker::new(names, 9, true);
    let mut second = i64::try_from(n).unwrap_or(i64::MAX / 2);
    let mut late = Rng::with_seed(4);
    print_write("insert newest", writes, || {
        second += 1;
        let job = maker.at(second);
        nanoseconds(timed(|| store.insert(job)).0)
    });
    print_write("insert late", writes, || {
        let job = maker.at(late.i64(0..second));
        nanoseconds(timed(|| store.insert(job)).0)
    });
    let mut change = |name, change: fn(&mut Encode, &mut Rng)| {
        print_write(name, writes, || {
            let id = &ids[rng.usize(..ids.len())];
            let mut values = rng.fork();
            nanoseconds(timed(|| store.update(id, |job| change(job, &mut values))).0)
        });
    };
    change("another state", |job, rng| job.facets.3 = State::ALL[rng.usize(..State::ALL.len())]);
    change("another value of a label with 10", |job, rng| job.labels[0].1 = format!("queue-{}", rng.usize(..10)));
    change("another value of a label with 20,000", |job, rng| {
        job.labels[2].1 = format!("owner-{}", rng.usize(..20_000));
    });
    let mut doomed = ids;
    Rng::with_seed(8).shuffle(&mut doomed);
    let mut doomed = doomed.iter();
    print_write("delete", writes, || {
        let id = doomed.next().map_or("", String::as_str);
        nanoseconds(timed(|| store.remove(id)).0)
    });
}

fn print_write(name: &str, writes: usize, mut write: impl FnMut() -> f64) {
    let times: Vec<f64> = (0..writes).map(|_| write()).collect();
    let [p99, worst] = [99, 100].map(|percent| time_name(percentile(times.clone(), percent)));
    println!("| {name} | {} | {p99} | {worst} |", time_name(median(times)));
}

/// The values of a job under a facet or a label.
fn values<'j>(job: &'j Encode, key: &str) -> Vec<&'j str> {
    let (priority, region, engine, state) = job.facets;
    match key {
        "priority" => vec![text(priority)],
        "region" => vec![text(region)],
        "engine" => vec![text(engine)],
        "state" => vec![text(state)],
        _ => job.labels().filter(|(of, _)| *of == key).map(|(_, value)| value).collect(),
    }
}

fn text<V: jobdex::Facet>(value: V) -> &'static str {
    match value.text() {
        std::borrow::Cow::Borrowed(text) => text,
        std::borrow::Cow::Owned(_) => unreachable!("the facets of this bench have texts of the program"),
    }
}

fn passes(job: &Encode, conditions: &[Condition]) -> bool {
    conditions.iter().all(|condition| match condition {
        Condition::AnyOf(key, wanted) => values(job, key).iter().any(|value| wanted.contains(value)),
        Condition::NoneOf(key, refused) => !values(job, key).iter().any(|value| refused.contains(value)),
        Condition::Exists(key) => !values(job, key).is_empty(),
    })
}

/// The answer of a vector: every job is looked at. The jobs are in order, so nothing is sorted.
fn walk(store: &JobStore<Encode>, conditions: &[Condition]) -> (u64, Vec<Arc<Encode>>) {
    let mut matches = store.iter().rev().filter(|job| passes(job, conditions));
    let page: Vec<Arc<Encode>> = matches.by_ref().take(PAGE_SIZE).cloned().collect();
    ((page.len() + matches.count()) as u64, page)
}

/// One sorted set for each value of a facet or a label.
struct SortedSets {
    all: InOrder,
    by_value: HashMap<(&'static str, String), InOrder>,
}

/// Jobs by creation time and ID.
type InOrder = BTreeMap<(DateTime<Utc>, String), Arc<Encode>>;

impl SortedSets {
    fn new(jobs: impl Iterator<Item = Arc<Encode>>) -> Self {
        let mut sets = Self { all: BTreeMap::new(), by_value: HashMap::new() };
        for job in jobs {
            let key = || (job.since, job.id.clone());
            for name in ["priority", "region", "engine", "state", "queue", "rack", "owner", "trace"] {
                for value in values(&job, name) {
                    sets.by_value.entry((name, value.to_owned())).or_default().insert(key(), Arc::clone(&job));
                }
            }
            sets.all.insert(key(), job);
        }
        sets
    }

    /// Walks the smallest set that a condition on one value names, or all jobs.
    fn list(&self, conditions: &[Condition]) -> (u64, Vec<Arc<Encode>>) {
        let of_condition = |condition: &Condition| match condition {
            Condition::AnyOf(key, [value]) => self.by_value.get(&(*key, (*value).to_owned())),
            _ => None,
        };
        let smallest = conditions.iter().filter_map(of_condition).min_by_key(|set| set.len()).unwrap_or(&self.all);
        let mut matches = smallest.values().rev().filter(|job| passes(job, conditions));
        let page: Vec<Arc<Encode>> = matches.by_ref().take(PAGE_SIZE).cloned().collect();
        if conditions.len() <= 1 && !matches!(conditions, [Condition::NoneOf(..) | Condition::Exists(_)]) {
            return (smallest.len() as u64, page);
        }
        ((page.len() + matches.count()) as u64, page)
    }
}

/// The medians of `SQLite` by the names of requests; none where there is no `python3`, or it fails.
fn sqlite(store: &JobStore<Encode>) -> HashMap<String, f64> {
    let Some(output) = (!is_test_mode()).then(|| run_sqlite(store)).flatten() else { return HashMap::new() };
    let parsed = |line: &str| {
        let mut fields = line.split('\t');
        let (name, _, ns) = (fields.next()?, fields.next()?, fields.next()?);
        Some((name.to_owned(), ns.parse().ok()?))
    };
    output.lines().filter_map(parsed).collect()
}

fn run_sqlite(store: &JobStore<Encode>) -> Option<String> {
    let script = include_str!("baseline/sqlite.py");
    let mut python =
        Command::new("python3").args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
    let mut input = std::io::BufWriter::new(python.stdin.take()?);
    for job in store.iter() {
        let of = |key| values(job, key).first().copied().unwrap_or_default();
        let columns = ["priority", "region", "engine", "state", "queue", "rack", "owner"].map(of).join("\t");
        writeln!(input, "{}\t{}\t{columns}", job.since.timestamp(), job.id).ok()?;
    }
    drop(input);
    String::from_utf8(black_box(python.wait_with_output().ok()?.stdout)).ok()
}
