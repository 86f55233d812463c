//! The durable store beside redb alone, memory alone, and `SQLite`: `cargo bench --features durable --bench durable`.
//!
//! Prints markdown: the load and the open of many jobs, the size of the file, single writes, many writers, reads, and the same
//! work by `SQLite` in a file. Disks and machines are noisy, so quote the ratios, or the processor time where it is given.

mod baseline;
mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use jobdex::durable::{Check, Codec, CompactJob, Durability, DurableJobStore, DurableOptions, Json};
use jobdex::{Job, JobStore, ListQuery, SharedJobStore, Status};
use redb::{Database, ReadableDatabase, TableDefinition};

use baseline::sqlite_file::{self, SqliteFigures};
use common::arguments::{SIZES_VARIABLE, is_test_mode, size_name, sizes};
use common::jobs::{jobs, next_status};
use common::names::Names;
use common::stores::sampled_ids;
use common::timing::{float, median, median_ns, nanoseconds, percentile, three_digits, time_name, timed};

const RECORDS: TableDefinition<u64, &[u8]> = TableDefinition::new("records");
const WRITERS: [usize; 3] = [1, 8, 64];

/// The figures of the compact form that are compared with `SQLite`.
#[derive(Default)]
struct Figures {
    load_seconds: f64,
    open_seconds: f64,
    file_bytes: f64,
    single_ns: f64,
    writes_per_second: [f64; WRITERS.len()],
}

fn main() {
    let names = Names::load();
    let n = sizes().into_iter().next_back().unwrap_or(1_000_000);
    let folder = BenchFolder::new();
    println!("Reproduce with `{SIZES_VARIABLE}={n} cargo bench --features durable --bench durable`.\n");
    println!("* Names: {}. {} jobs.", names.source(), size_name(n));
    println!("* {} threads can run at once here.\n", thread::available_parallelism().map_or(1, usize::from));
    let jobs = jobs(&names, n);
    let mut figures = print_bulk(&folder, &jobs);
    let path = folder.file("compact.db");
    let store = opened(&path, Check::Quick, Durability::Synced);
    let ids = sampled_ids(&JobStore::from(store.shared().snapshot()), if is_test_mode() { 200 } else { 20_000 }, 31);
    figures.single_ns = print_single_writes(&folder, &store, &ids, &jobs);
    print_visibility(&store, &ids);
    figures.writes_per_second = print_writers(&store, &ids);
    print_reads(&store, jobs.clone());
    store.close().expect("the disk works");
    let flushed = opened(&path, Check::Quick, Durability::Flushed { every: Duration::from_millis(100) });
    let flushed_ns = median_ns(budget(), |number| change_status(&flushed, &ids[number % ids.len()]));
    println!("\nA write to a store that is flushed every 100 ms: {}.", time_name(flushed_ns));
    drop(flushed);
    if !is_test_mode() {
        match sqlite_file::run(&folder.file("sqlite.db"), budget(), &jobs) {
            Some(sqlite) => print_beside_sqlite(&figures, &sqlite, jobs.len()),
            None => println!("\nSQLite is not measured: there is no python3 here, or it failed."),
        }
    }
}

fn budget() -> Duration {
    if is_test_mode() { Duration::from_millis(20) } else { Duration::from_secs(3) }
}

fn options<C: Codec<Job>>(codec: C) -> DurableOptions<C> {
    DurableOptions::new().codec(codec)
}

fn opened(path: &Path, check: Check, durability: Durability) -> DurableJobStore {
    let options = options(CompactJob).check(check).durability(durability);
    DurableJobStore::open(path, options).expect("the file is whole")
}

fn change_status(store: &DurableJobStore, id: &str) {
    let changed = store.write(|jobs| jobs.update(id, |job| job.status = next_status(job.status)).map(drop));
    changed.expect("the disk works");
}

/// The seconds of all threads of this process on a processor, to a hundredth. Zero where the system does not say.
fn processor_seconds() -> f64 {
    const TICKS_PER_SECOND: f64 = 100.0;
    let Ok(text) = fs::read_to_string("/proc/self/stat") else { return 0.0 };
    // The name of the program may have spaces. After it, the numbers 12 and 13 are the ticks of program and system.
    let fields = text.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / TICKS_PER_SECOND
}

/// The time of a call, the processor time in it, and its result.
fn measured<T>(call: impl FnOnce() -> T) -> (Duration, f64, T) {
    let before = processor_seconds();
    let (took, result) = timed(call);
    (took, processor_seconds() - before, result)
}

/// The load of all jobs by one write, and the open of the file.
fn print_bulk(folder: &BenchFolder, jobs: &[Job]) -> Figures {
    let copies = jobs.to_vec();
    let (memory, memory_processor, _) = measured(|| {
        let mut store = JobStore::new();
        store.extend(copies).expect("the jobs are new");
        store
    });
    println!(
        "In memory alone, the load takes {} ({memory_processor:.2} s of processor time).\n",
        time_name(nanoseconds(memory))
    );
    println!(
        "| records | load by one write (processor time) | records/s | redb alone, one commit | bytes each: encoded, file | open, all pages checked (processor time) | open, quick |"
    );
    println!("|---|---|---|---|---|---|---|");
    print_codec(folder, jobs, "JSON", "json.db", || Json);
    print_codec(folder, jobs, "compact", "compact.db", || CompactJob)
}

fn print_codec<C: Codec<Job>>(
    folder: &BenchFolder,
    jobs: &[Job],
    name: &str,
    file: &str,
    codec: impl Fn() -> C,
) -> Figures {
    let path = folder.file(file);
    let encoded: Vec<Vec<u8>> = jobs.iter().map(|job| encoded(&codec(), job)).collect();
    let encoded_bytes: usize = encoded.iter().map(Vec::len).sum();
    let alone = redb_load(&folder.file("bulk.db"), &encoded);
    drop(encoded);
    let copies = jobs.to_vec();
    let store = DurableJobStore::<Job>::open(&path, options(codec())).expect("it is new");
    let (load, load_processor, ()) = measured(|| store.write(|store| store.extend(copies)).expect("the jobs are new"));
    store.close().expect("the disk works");
    let file_bytes = usize::try_from(bytes_on_disk(&path)).expect("it is in range");
    let open = |check| {
        let options = options(codec()).check(check);
        let (took, processor, store) = measured(|| DurableJobStore::<Job>::open(&path, options).expect("it is whole"));
        assert_eq!(store.shared().snapshot().len(), jobs.len());
        (took, processor)
    };
    let ((full, full_processor), (quick, _)) = (open(Check::Full), open(Check::Quick));
    println!(
        "| {name} | {} ({load_processor:.2} s) | {:.0} | {} | {}, {} | {} ({full_processor:.2} s) | {} |",
        time_name(nanoseconds(load)),
        float(jobs.len()) / load.as_secs_f64(),
        time_name(nanoseconds(alone)),
        encoded_bytes / jobs.len(),
        file_bytes / jobs.len(),
        time_name(nanoseconds(full)),
        time_name(nanoseconds(quick)),
    );
    Figures {
        load_seconds: load.as_secs_f64(),
        open_seconds: full.as_secs_f64(),
        file_bytes: float(file_bytes),
        ..Figures::default()
    }
}

fn encoded<C: Codec<Job>>(codec: &C, job: &Job) -> Vec<u8> {
    let mut bytes = Vec::new();
    codec.encode(job, &mut bytes).expect("a job has this form");
    bytes
}

/// The load of records that are encoded already, by redb alone in one commit.
fn redb_load(path: &Path, records: &[Vec<u8>]) -> Duration {
    let database = Database::create(path).expect("it is new");
    let (took, ()) = timed(|| put(&database, &mut (0..).zip(records).map(|(key, record)| (key, record.as_slice()))));
    drop(database);
    fs::remove_file(path).expect("it is there");
    took
}

/// Puts records by redb alone, in one synced commit.
fn put(database: &Database, records: &mut dyn Iterator<Item = (u64, &[u8])>) {
    let transaction = database.begin_write().expect("the disk works");
    let mut table = transaction.open_table(RECORDS).expect("it is a table");
    records.for_each(|(key, record)| drop(table.insert(key, record).expect("the disk works")));
    drop(table);
    transaction.commit().expect("the disk works");
}

/// The bytes that a file takes. The end of a file may be a hole, which takes none.
fn bytes_on_disk(path: &Path) -> u64 {
    let found = fs::metadata(path).expect("it is there");
    #[cfg(unix)]
    let bytes = std::os::unix::fs::MetadataExt::blocks(&found) * 512;
    #[cfg(not(unix))]
    let bytes = found.len();
    bytes
}

/// One synced write beside a synced commit of the same record by redb alone, in turns. Returns the time of ours.
fn print_single_writes(folder: &BenchFolder, store: &DurableJobStore, ids: &[String], jobs: &[Job]) -> f64 {
    let database = Database::create(folder.file("alone.db")).expect("it is new");
    let all: Vec<Vec<u8>> = jobs.iter().map(|job| encoded(&CompactJob, job)).collect();
    put(&database, &mut (0..).zip(&all).map(|(key, record)| (key, record.as_slice())));
    drop(all);
    assert!(database.begin_read().expect("it is open").open_table(RECORDS).is_ok());
    let (mut ours, mut alone) = (Vec::new(), Vec::new());
    let started = Instant::now();
    let mut number = 0;
    while ours.len() < 5 || started.elapsed() < budget() * 2 {
        // In blocks, so that neither pays for the pages that the other has put into a cache.
        for _ in 0..20 {
            number += 1;
            ours.push(nanoseconds(timed(|| change_status(store, &ids[number % ids.len()])).0));
        }
        for _ in 0..20 {
            number += 1;
            let place = number * 7_919 % jobs.len();
            let commit =
                || put(&database, &mut [(place as u64, encoded(&CompactJob, &jobs[place]).as_slice())].into_iter());
            alone.push(nanoseconds(timed(commit).0));
        }
    }
    let (ours, alone) = (median(ours), median(alone));
    println!("\n| one synced write | redb's commit of the record alone | ratio |\n|---|---|---|");
    println!("| {} | {} | {} |", time_name(ours), time_name(alone), three_digits(ours / alone));
    ours
}

/// When another thread sees an update: it waits at a feed, and compares with the return of the write.
fn print_visibility(store: &DurableJobStore, ids: &[String]) {
    let mut feed = store.shared().feed_since(store.shared().version());
    let (mut until_seen, mut until_returned) = (Vec::new(), Vec::new());
    let started = Instant::now();
    while until_seen.len() < 5 || started.elapsed() < budget() {
        let begin = Instant::now();
        let id = &ids[until_seen.len() % ids.len()];
        let (seen, returned) = thread::scope(|scope| {
            let seen = scope.spawn(|| feed.wait().map(|_| begin.elapsed()));
            change_status(store, id);
            let returned = begin.elapsed();
            (seen.join().expect("a feed does not panic").expect("history has one change"), returned)
        });
        until_seen.push(nanoseconds(seen));
        until_returned.push(nanoseconds(returned));
    }
    println!("\n| an update returns after | a feed of another thread has it after |\n|---|---|");
    println!("| {} | {} |", time_name(median(until_returned)), time_name(median(until_seen)));
}

/// Threads that write as fast as the disk lets them. Returns the writes a second.
fn print_writers(store: &DurableJobStore, ids: &[String]) -> [f64; WRITERS.len()] {
    println!("\n| writers | writes/s | writes in a commit | a write, median | p99 | processor time of a write |");
    println!("|---|---|---|---|---|---|");
    WRITERS.map(|writers| {
        let (is_over, count, before) = (AtomicBool::new(false), AtomicUsize::new(0), store.stats());
        let (started, processor) = (Instant::now(), processor_seconds());
        let times: Vec<f64> = thread::scope(|scope| {
            let threads: Vec<_> = (0..writers)
                .map(|own| {
                    let (is_over, count) = (&is_over, &count);
                    scope.spawn(move || {
                        let (mut times, mut number) = (Vec::new(), own);
                        while !is_over.load(Ordering::Relaxed) {
                            number += writers;
                            times.push(nanoseconds(timed(|| change_status(store, &ids[number % ids.len()])).0));
                            count.fetch_add(1, Ordering::Relaxed);
                        }
                        times
                    })
                })
                .collect();
            thread::sleep(budget());
            is_over.store(true, Ordering::Relaxed);
            threads.into_iter().flat_map(|thread| thread.join().expect("no writer fails")).collect()
        });
        let (after, per_second) = (store.stats(), float(count.into_inner()) / started.elapsed().as_secs_f64());
        let counts = [after.writes - before.writes, (after.commits - before.commits).max(1)];
        let [writes, commits] = counts.map(|count| float(usize::try_from(count).expect("few")));
        println!(
            "| {writers} | {per_second:.0} | {} | {} | {} | {} |",
            three_digits(writes / commits),
            time_name(median(times.clone())),
            time_name(percentile(times, 99)),
            time_name((processor_seconds() - processor) * 1e9 / writes),
        );
        per_second
    })
}

/// The same work by `SQLite`: WAL, synchronous=FULL, and the indexes of a list in the table.
fn print_beside_sqlite(figures: &Figures, sqlite: &SqliteFigures, n: usize) {
    let of = |name: &str| sqlite.get(name).copied().unwrap_or(f64::NAN);
    println!("\n| the same work | jobdex | SQLite, WAL, synchronous=FULL |\n|---|---|---|");
    let row = |what: &str, ours: String, theirs: String| println!("| {what} | {ours} | {theirs} |");
    let per_second = |seconds: f64| format!("{:.0}", float(n) / seconds);
    row("load in one transaction, records/s", per_second(figures.load_seconds), per_second(of("load")));
    let time = |seconds: f64| time_name(seconds * 1e9);
    row(
        "open",
        format!("{}, all indexes built", time(figures.open_seconds)),
        format!("{}, with a first list", time(of("open"))),
    );
    row("one synced update of a status", time_name(figures.single_ns), time(of("single")));
    for (writers, ours) in WRITERS.into_iter().zip(figures.writes_per_second) {
        let theirs = of(&format!("writers {writers}"));
        row(&format!("synced updates/s of {writers} writers"), format!("{ours:.0}"), format!("{theirs:.0}"));
    }
    let bytes = |bytes: f64| format!("{:.0}", bytes / float(n));
    row("bytes of a job in the file", bytes(figures.file_bytes), format!("{}, with indexes", bytes(of("bytes"))));
}

/// The same lists of the same jobs, from a reader of either store, in turns.
fn print_reads(store: &DurableJobStore, jobs: Vec<Job>) {
    let mut memory = JobStore::new();
    memory.extend(jobs).expect("the jobs are new");
    let memory = SharedJobStore::new(memory);
    let (mut durable, mut memory) = (store.shared().reader(), memory.reader());
    println!("\n| list | durable | memory alone | ratio |\n|---|---|---|---|");
    for (name, query) in [
        ("no filter", ListQuery::new()),
        ("one status, page 100", ListQuery::new().status(Status::Running).page_no(100)),
        ("keyword `news`", ListQuery::new().keyword("news")),
    ] {
        let (mut with, mut without) = (Vec::new(), Vec::new());
        for _ in 0..5 {
            with.push(median_ns(budget() / 10, |_| durable.snapshot().list(&query).expect("valid")));
            without.push(median_ns(budget() / 10, |_| memory.snapshot().list(&query).expect("valid")));
        }
        let (with, without) = (median(with), median(without));
        println!("| {name} | {} | {} | {} |", time_name(with), time_name(without), three_digits(with / without));
    }
}

/// A folder that is removed in the end.
struct BenchFolder(PathBuf);

impl BenchFolder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("jobdex-bench-durable-{}", std::process::id()));
        fs::create_dir_all(&path).expect("the folder of temporary files can be written");
        Self(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for BenchFolder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}
