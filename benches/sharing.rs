//! The shared store beside a lock around a plain one: `cargo bench --bench sharing`.
//!
//! Prints markdown: the cost of a publish, the cost of reads, the scaling of reads next to a writer, and the effect on
//! the writer of a reader that walks over everything. Machines are noisy, so quote the ratios.

mod baseline;
mod common;

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};
use std::thread;
use std::time::{Duration, Instant};

use jobdex::error::UpdateError;
use jobdex::{JobStore, ListQuery, SharedJobStore, SortOrder, StartMode, Status, TemplateType};

use common::arguments::{SIZES_VARIABLE, is_test_mode, size_name, sizes};
use common::jobs::{jobs, next_status};
use common::names::Names;
use common::stores::{loaded, sampled_ids};
use common::timing::{float, median, median_ns, nanoseconds, percentile, three_digits, time_name, timed};

const WRITES_PER_SECOND: u32 = 10_000;
const BATCH: usize = 100;
const THREADS: [usize; 4] = [1, 2, 3, 4];
/// Targets at a million jobs: the medians, the ratio of slow reads, and the share of linear scaling.
const SINGLE_TARGET: f64 = 10e3;
const BATCHED_TARGET: f64 = 3e3;
const CHECK_TARGET: f64 = 5.0;
const P99_RATIO_TARGET: f64 = 2.0;
const SCALING_TARGET: f64 = 0.9;

fn main() {
    let names = Names::load();
    // The targets are for the last size.
    let n = sizes().into_iter().next_back().unwrap_or(1_000_000);
    println!("Reproduce with `{SIZES_VARIABLE}={n} cargo bench --bench sharing`.\n");
    println!("* Names: {}. {} jobs.", names.source(), size_name(n));
    println!("* {} threads can run at once here.", thread::available_parallelism().map_or(1, usize::from));
    println!("* RwLock: `std::sync::RwLock<JobStore>`, held for each list and each write.");
    let store = loaded(jobs(&names, n));
    let ids = sampled_ids(&store, if is_test_mode() { 200 } else { 20_000 }, 31);
    let shared = SharedJobStore::new(store.clone());
    print_publishes(&store, &ids);
    print_looks(&shared);
    let locked = RwLock::new(loaded(jobs(&names, n)));
    drop(store);
    print_reads(&shared, &locked, &ids);
    print_walks(&shared, &locked, &ids);
}

fn change_status(store: &mut JobStore, id: &str) -> Result<(), UpdateError> {
    store.update(id, |job| job.status = next_status(job.status)).map(drop)
}

fn verdict(is_met: bool) -> &'static str {
    if is_met { "met" } else { "**missed**" }
}

/// The time of each call in nanoseconds.
fn times<T>(values: impl Iterator<Item = T>, mut call: impl FnMut(T)) -> Vec<f64> {
    values.map(|value| nanoseconds(timed(|| call(value)).0)).collect()
}

fn print_publishes(store: &JobStore, ids: &[String]) {
    println!(
        "\n### A status change, published\n\n| write | median | p99 | worst | target median |\n|---|--:|--:|--:|--:|"
    );
    let print = |name: &str, times: Vec<f64>, target: Option<f64>| {
        let [middle, p99, worst] = [50, 99, 100].map(|percent| percentile(times.clone(), percent));
        let target =
            target.map_or("—".to_owned(), |target| format!("≤ {}: {}", time_name(target), verdict(middle <= target)));
        println!("| {name} | {} | {} | {} | {target} |", time_name(middle), time_name(p99), time_name(worst));
    };
    let single = |shared: &SharedJobStore| {
        times(ids.iter(), |id| shared.write(|store| change_status(store, id)).expect("the job is there"))
    };
    print("one a write", single(&SharedJobStore::new(store.clone())), Some(SINGLE_TARGET));
    print("one a write, without history", single(&SharedJobStore::with_history(store.clone(), 0)), None);
    let shared = SharedJobStore::new(store.clone());
    let batch = |ids: &[String]| {
        shared.write(|store| ids.iter().try_for_each(|id| change_status(store, id))).expect("the jobs are there");
    };
    let batched = times(ids.chunks_exact(BATCH), batch).into_iter().map(|time| time / float(BATCH)).collect();
    print("a hundred a write, each", batched, Some(BATCHED_TARGET));
    let mut watch = shared.watch(ListQuery::new().status(Status::Running)).expect("the query is valid");
    let looked = times(ids.iter(), |id| {
        shared.write(|store| change_status(store, id)).expect("the job is there");
        black_box(watch.try_next());
    });
    print("one a write, with a look of a watch", looked, None);
    drop((watch, shared));
    let mut plain = store.clone();
    // The first write copies the parts shared with the store that it was cloned from.
    ids.iter().try_for_each(|id| change_status(&mut plain, id)).expect("the jobs are there");
    print(
        "in place, nobody else looks",
        times(ids.iter(), |id| change_status(&mut plain, id).expect("it is there")),
        None,
    );
}

fn print_looks(shared: &SharedJobStore) {
    println!("\n### What it costs to have a snapshot, one thread\n\n| what | median | target |\n|---|--:|--:|");
    let budget = if is_test_mode() { Duration::ZERO } else { Duration::from_millis(300) };
    let mut reader = shared.reader();
    let check = median_ns(budget, |_| reader.snapshot().version());
    println!("| `Reader::snapshot`, nothing new | {} | ≤ 5 ns: {} |", time_name(check), verdict(check <= CHECK_TARGET));
    println!("| `SharedJobStore::snapshot` | {} | — |", time_name(median_ns(budget, |_| shared.snapshot())));
}

/// Lists as a console asks for them, cheap and expensive, at pages from the whole store. If all threads asked for one
/// page, they would contend for the reference counts of its jobs.
fn queries(n: usize) -> Vec<ListQuery> {
    let mut rng = fastrand::Rng::with_seed(41);
    let mut page = |share: usize, page_size: u32| {
        let pages = n / share / page_size as usize;
        ListQuery::new().page_size(page_size).page_no(rng.u64(1..=pages.max(1) as u64))
    };
    let mut four = || {
        let three_facets = page(20, 20).status(Status::Running).template_type(TemplateType::Normal);
        [
            page(1, 10),
            page(7, 20).status(Status::Running),
            three_facets.start_mode(StartMode::Immediate).sort(SortOrder::Asc),
            page(2, 100).status(Status::Stopped),
        ]
    };
    (0..256).flat_map(|_| four()).collect()
}

/// One way to read a store while it is written to.
trait Way: Sync {
    const NAME: &'static str;

    /// Lists until it is stopped, and returns the time of each list.
    fn read(&self, queries: &[ListQuery], stop: &AtomicBool) -> Vec<f64>;

    fn write(&self, id: &str);

    /// Looks at every job until it is stopped.
    fn walk(&self, stop: &AtomicBool) -> usize;
}

/// The limit of the machine: threads that share nothing compute next to the same writer.
struct Apart<'a>(&'a SharedJobStore);
struct ByReader<'a>(&'a SharedJobStore);
struct BySnapshot<'a>(&'a SharedJobStore);
struct ByLock<'a>(&'a RwLock<JobStore>);

fn time_lists(queries: &[ListQuery], stop: &AtomicBool, mut list: impl FnMut(&ListQuery)) -> Vec<f64> {
    let mut times = Vec::with_capacity(1 << 20);
    // Each thread begins at another place.
    let mut queries = queries.iter().cycle().skip(fastrand::usize(..queries.len()));
    while !stop.load(Ordering::Relaxed) {
        let query = queries.next().expect("there are queries");
        times.push(nanoseconds(timed(|| list(query)).0));
    }
    times
}

fn list(store: &jobdex::Snapshot, query: &ListQuery) {
    drop(black_box(store.list(query).expect("the query is valid")));
}

fn walk_over(store: &jobdex::Snapshot) {
    black_box(store.iter().filter(|job| job.status == Status::Running).count());
}

fn repeated(stop: &AtomicBool, mut call: impl FnMut()) -> usize {
    let mut count = 0;
    while !stop.load(Ordering::Relaxed) {
        call();
        count += 1;
    }
    count
}

impl Way for Apart<'_> {
    const NAME: &'static str = "nothing shared";

    fn read(&self, queries: &[ListQuery], stop: &AtomicBool) -> Vec<f64> {
        let mut numbers = [1_u64; 512];
        time_lists(queries, stop, |_| {
            for number in &mut numbers {
                *number = black_box(*number).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(31);
            }
        })
    }

    fn write(&self, id: &str) {
        ByReader(self.0).write(id);
    }

    fn walk(&self, stop: &AtomicBool) -> usize {
        ByReader(self.0).walk(stop)
    }
}

impl Way for ByReader<'_> {
    const NAME: &'static str = "`Reader`";

    fn read(&self, queries: &[ListQuery], stop: &AtomicBool) -> Vec<f64> {
        let mut reader = self.0.reader();
        time_lists(queries, stop, |query| list(reader.snapshot(), query))
    }

    fn write(&self, id: &str) {
        self.0.write(|store| change_status(store, id)).expect("the job is there");
    }

    fn walk(&self, stop: &AtomicBool) -> usize {
        let mut reader = self.0.reader();
        repeated(stop, || walk_over(reader.snapshot()))
    }
}

impl Way for BySnapshot<'_> {
    const NAME: &'static str = "`snapshot()`";

    fn read(&self, queries: &[ListQuery], stop: &AtomicBool) -> Vec<f64> {
        time_lists(queries, stop, |query| list(&self.0.snapshot(), query))
    }

    fn write(&self, id: &str) {
        self.0.write(|store| change_status(store, id)).expect("the job is there");
    }

    fn walk(&self, stop: &AtomicBool) -> usize {
        repeated(stop, || walk_over(&self.0.snapshot()))
    }
}

impl Way for ByLock<'_> {
    const NAME: &'static str = "`RwLock`";

    fn read(&self, queries: &[ListQuery], stop: &AtomicBool) -> Vec<f64> {
        time_lists(queries, stop, |query| list(&self.0.read().unwrap_or_else(PoisonError::into_inner), query))
    }

    fn write(&self, id: &str) {
        change_status(&mut self.0.write().unwrap_or_else(PoisonError::into_inner), id).expect("the job is there");
    }

    fn walk(&self, stop: &AtomicBool) -> usize {
        repeated(stop, || walk_over(&self.0.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

/// The requests and the writes.
struct Asked<'a> {
    queries: Vec<ListQuery>,
    ids: &'a [String],
}

/// The result of some threads that ran for a while.
struct Measured {
    /// Reads per second of all readers together. The time to read the clock between reads is not counted.
    reads: f64,
    p99: f64,
    writes: f64,
    write_p99: f64,
}

fn duration() -> Duration {
    if is_test_mode() { Duration::from_millis(20) } else { Duration::from_millis(1_500) }
}

fn measured<W: Way>(way: &W, threads: usize, asked: &Asked<'_>, writes_per_second: u32) -> Measured {
    let Asked { queries, ids } = asked;
    let stop = AtomicBool::new(false);
    let start = Instant::now();
    thread::scope(|scope| {
        let readers: Vec<_> = (0..threads).map(|_| scope.spawn(|| way.read(queries, &stop))).collect();
        let writes = write_at(way, ids, writes_per_second, start);
        stop.store(true, Ordering::Relaxed);
        let seconds = start.elapsed().as_secs_f64();
        let reads: Vec<f64> = readers.into_iter().flat_map(|reader| reader.join().expect("no reader panics")).collect();
        Measured {
            reads: float(reads.len()) / seconds,
            p99: percentile(reads, 99),
            writes: float(writes.len()) / seconds,
            write_p99: if writes.is_empty() { 0.0 } else { percentile(writes, 99) },
        }
    })
}

/// Writes at a rate for a while, in bursts of one millisecond's writes, and returns the time of each write.
fn write_at(way: &impl Way, ids: &[String], per_second: u32, start: Instant) -> Vec<f64> {
    let mut times = Vec::new();
    let mut ids = ids.iter().cycle();
    while start.elapsed() < duration() {
        let due = start.elapsed().as_secs_f64() * f64::from(per_second);
        while float(times.len()) < due && start.elapsed() < duration() {
            let id = ids.next().expect("there are jobs");
            times.push(nanoseconds(timed(|| way.write(id)).0));
        }
        thread::sleep(Duration::from_millis(1));
    }
    times
}

fn print_reads(shared: &SharedJobStore, locked: &RwLock<JobStore>, ids: &[String]) {
    println!("\n### Lists beside {WRITES_PER_SECOND} writes a second\n");
    println!(
        "`scaling` is the reads of each thread beside the writer, by those of one thread alone. `to machine` is that by the"
    );
    println!(
        "scaling of threads that share nothing, on the same cores in the same run; its target is that of the scaling."
    );
    println!(
        "The writer is a thread too: 4 readers beside it are 5, so on 4 cores the row of 3 readers is the last that each has"
    );
    println!("one of its own, and the row of 4 tells what the machine shares out; `to machine` allows for that.\n");
    println!(
        "Every way answers the same lists and is written to at the same rate; a writer that cannot keep it shows less writes/s.\n"
    );
    print_reads_head();
    let asked = Asked { queries: queries(shared.snapshot().len()), ids };
    let machine = print_reads_by(&Apart(shared), &asked, [1.0; 4]);
    print_reads_by(&ByReader(shared), &asked, machine);
    print_reads_by(&BySnapshot(shared), &asked, machine);
    print_reads_by(&ByLock(locked), &asked, machine);
    let hot = Asked { queries: vec![ListQuery::new()], ids };
    println!("\nThe same where all threads ask for one page, whose jobs they count references of:\n");
    print_reads_head();
    print_reads_by(&ByReader(shared), &hot, machine);
}

fn print_reads_head() {
    println!(
        "| way | threads | reads/s, no writer | reads/s beside | scaling | to machine | target | p99, no writer | p99 beside | ratio | target | writes/s | write p99 |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
}

/// Prints the rows of one way to read, and returns the scaling of each row.
fn print_reads_by<W: Way>(way: &W, asked: &Asked<'_>, machine: [f64; 4]) -> [f64; 4] {
    let mut scalings = [1.0; 4];
    let mut alone = None;
    for ((threads, machine), scaling) in THREADS.into_iter().zip(machine).zip(&mut scalings) {
        let idle = measured(way, threads, asked, 0);
        let beside = measured(way, threads, asked, WRITES_PER_SECOND);
        *scaling = beside.reads / float(threads) / *alone.get_or_insert(beside.reads);
        let ratio = beside.p99 / idle.p99;
        println!(
            "| {} | {threads} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            W::NAME,
            rate_name(idle.reads),
            rate_name(beside.reads),
            three_digits(*scaling),
            three_digits(*scaling / machine),
            verdict(*scaling / machine >= SCALING_TARGET),
            time_name(idle.p99),
            time_name(beside.p99),
            three_digits(ratio),
            verdict(ratio <= P99_RATIO_TARGET),
            rate_name(beside.writes),
            time_name(beside.write_p99),
        );
    }
    scalings
}

fn print_walks(shared: &SharedJobStore, locked: &RwLock<JobStore>, ids: &[String]) {
    println!("\n### The writer beside one reader that walks over everything\n");
    println!("| way | walks | writes/s of {WRITES_PER_SECOND} | write median | write p99 |\n|---|--:|--:|--:|--:|");
    print_walks_by(&BySnapshot(shared), ids);
    print_walks_by(&ByLock(locked), ids);
}

fn print_walks_by<W: Way>(way: &W, ids: &[String]) {
    let stop = AtomicBool::new(false);
    let start = Instant::now();
    thread::scope(|scope| {
        let walker = scope.spawn(|| way.walk(&stop));
        let writes = write_at(way, ids, WRITES_PER_SECOND, start);
        stop.store(true, Ordering::Relaxed);
        let rate = float(writes.len()) / start.elapsed().as_secs_f64();
        let walks = walker.join().expect("the walk does not panic");
        println!(
            "| {} | {walks} | {} | {} | {} |",
            W::NAME,
            rate_name(rate),
            time_name(median(writes.clone())),
            time_name(percentile(writes, 99)),
        );
    });
}

fn rate_name(per_second: f64) -> String {
    match per_second {
        ..1e3 => three_digits(per_second),
        ..1e6 => format!("{} k", three_digits(per_second / 1e3)),
        _ => format!("{} M", three_digits(per_second / 1e6)),
    }
}
