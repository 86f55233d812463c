//! The durable store beside redb alone and beside memory alone: `cargo bench --features durable --bench durable`.
//!
//! Prints markdown: the load and the open of many jobs, the size of the file, single writes, many writers, and reads. Disks and
//! machines are noisy, so quote the ratios.

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

use common::arguments::{SIZES_VARIABLE, is_test_mode, size_name, sizes};
use common::jobs::{jobs, next_status};
use common::names::Names;
use common::stores::sampled_ids;
use common::timing::{float, median, median_ns, nanoseconds, percentile, three_digits, time_name, timed};

const RECORDS: TableDefinition<u64, &[u8]> = TableDefinition::new("records");
const WRITERS: [usize; 3] = [1, 8, 64];

fn main() {
    let names = Names::load();
    let n = sizes().into_iter().next_back().unwrap_or(1_000_000);
    let folder = BenchFolder::new();
    println!("Reproduce with `{SIZES_VARIABLE}={n} cargo bench --features durable --bench durable`.\n");
    println!("* Names: {}. {} jobs.", names.source(), size_name(n));
    println!("* {} threads can run at once here.\n", thread::available_parallelism().map_or(1, usize::from));
    let jobs = jobs(&names, n);
    print_bulk(&folder, &jobs);
    let path = folder.file("compact.db");
    let store = opened(&path, Check::Quick, Durability::Synced);
    let ids = sampled_ids(&JobStore::from(store.shared().snapshot()), if is_test_mode() { 200 } else { 20_000 }, 31);
    print_single_writes(&folder, &store, &ids, &jobs);
    print_writers(&store, &ids);
    print_reads(&store, jobs);
    store.close().expect("the disk works");
    let flushed = opened(&path, Check::Quick, Durability::Flushed { every: Duration::from_millis(100) });
    let flushed_ns = median_ns(budget(), |number| change_status(&flushed, &ids[number % ids.len()]));
    println!("\nA write to a store that is flushed every 100 ms: {}.", time_name(flushed_ns));
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

/// The load of all jobs by one write, and the open of the file.
fn print_bulk(folder: &BenchFolder, jobs: &[Job]) {
    let (memory, _) = timed(|| {
        let mut store = JobStore::new();
        store.extend(jobs.iter().cloned()).expect("the jobs are new");
        store
    });
    println!(
        "| records | load by one write | records/s | in memory alone | bytes each: encoded, file | open, all pages checked | open, quick |"
    );
    println!("|---|---|---|---|---|---|---|");
    print_codec(folder, jobs, "JSON", "json.db", || Json, memory);
    print_codec(folder, jobs, "compact", "compact.db", || CompactJob, memory);
}

fn print_codec<C: Codec<Job>>(
    folder: &BenchFolder,
    jobs: &[Job],
    name: &str,
    file: &str,
    codec: impl Fn() -> C,
    memory: Duration,
) {
    let path = folder.file(file);
    let mut bytes = Vec::new();
    for job in jobs {
        codec().encode(job, &mut bytes).expect("a job has this form");
    }
    let copies = jobs.to_vec();
    let store = DurableJobStore::<Job>::open(&path, options(codec())).expect("it is new");
    let (load, ()) = timed(|| store.write(|store| store.extend(copies)).expect("the jobs are new"));
    store.close().expect("the disk works");
    let file_bytes = usize::try_from(bytes_on_disk(&path)).expect("it is in range");
    let open = |check| {
        let options = options(codec()).check(check);
        let (took, store) = timed(|| DurableJobStore::<Job>::open(&path, options).expect("it is whole"));
        assert_eq!(store.shared().snapshot().len(), jobs.len());
        took
    };
    let (full, quick) = (open(Check::Full), open(Check::Quick));
    println!(
        "| {name} | {} | {:.0} | {} | {}, {} | {} | {} |",
        time_name(nanoseconds(load)),
        float(jobs.len()) / load.as_secs_f64(),
        time_name(nanoseconds(memory)),
        bytes.len() / jobs.len(),
        file_bytes / jobs.len(),
        time_name(nanoseconds(full)),
        time_name(nanoseconds(quick)),
    );
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

/// One synced write beside a synced commit of the same record by redb alone, in turns.
fn print_single_writes(folder: &BenchFolder, store: &DurableJobStore, ids: &[String], jobs: &[Job]) {
    let database = Database::create(folder.file("alone.db")).expect("it is new");
    let put = |records: &mut dyn Iterator<Item = (u64, Vec<u8>)>| {
        let transaction = database.begin_write().expect("the disk works");
        let mut table = transaction.open_table(RECORDS).expect("it is a table");
        records.for_each(|(key, record)| drop(table.insert(key, record.as_slice()).expect("the disk works")));
        drop(table);
        transaction.commit().expect("the disk works");
    };
    let encoded = |job: &Job| {
        let mut bytes = Vec::new();
        CompactJob.encode(job, &mut bytes).expect("a job has this form");
        bytes
    };
    put(&mut jobs.iter().enumerate().map(|(key, job)| (key as u64, encoded(job))));
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
            alone.push(nanoseconds(timed(|| put(&mut [(place as u64, encoded(&jobs[place]))].into_iter())).0));
        }
    }
    let (ours, alone) = (median(ours), median(alone));
    println!("\n| one synced write | redb's commit of the record alone | ratio |\n|---|---|---|");
    println!("| {} | {} | {} |", time_name(ours), time_name(alone), three_digits(ours / alone));
}

/// Threads that write as fast as the disk lets them.
fn print_writers(store: &DurableJobStore, ids: &[String]) {
    println!("\n| writers | writes/s | writes in a commit | a write, median | p99 |\n|---|---|---|---|---|");
    for writers in WRITERS {
        let (is_over, count, before) = (AtomicBool::new(false), AtomicUsize::new(0), store.stats());
        let started = Instant::now();
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
            "| {writers} | {per_second:.0} | {} | {} | {} |",
            three_digits(writes / commits),
            time_name(median(times.clone())),
            time_name(percentile(times, 99)),
        );
    }
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
