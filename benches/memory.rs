//! Bytes per job, counted by the allocator: `cargo bench --bench memory`, also run by `cargo bench --bench table`.
//!
//! The bytes of the records are those of the jobs made beforehand, each with the two counters of an `Arc`. The bytes of
//! the indexes are all other bytes allocated once the store holds the jobs. The requested bytes are counted, for
//! records as for indexes, without the overhead that the allocator adds to each block.

mod baseline;
mod common;

use std::alloc::System;
use std::hint::black_box;

use chrono::{DateTime, Utc};
use jobdex::{Job, JobStore, Record, StreamInfo};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

use baseline::maps::Maps;
use baseline::naive::Naive;
use common::arguments::{SIZES_VARIABLE, is_test_mode, size_name, sizes};
use common::encodes::{Encode, EncodeFacets, encodes};
use common::jobs::{jobs, next_status};
use common::names::Names;
use common::requests::{Row, rows};
use common::stores::{loaded, sampled_ids};
use common::timing::{float, percentile, three_digits};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// The bytes of the two counters before an `Arc`'s value.
const ARC_BYTES: usize = 2 * size_of::<usize>();
const TARGET_SIZE: usize = 1_000_000;
const INDEX_BYTES_TARGET: f64 = 64.0;
/// For names of distinct words without meaning.
const INDEX_BYTES_TARGET_UUID: f64 = 250.0;
const INDEX_BYTES_TARGET_720: f64 = 66.0;
const COPIES: usize = 2_000;

fn main() {
    let names = Names::load();
    println!("### Memory: bytes per job\n");
    let sizes: Vec<String> = sizes().iter().map(ToString::to_string).collect();
    println!("Counted by the allocator: `{SIZES_VARIABLE}={} cargo bench --bench memory`.\n", sizes.join(","));
    println!(
        "| what | {} | target at 1M |",
        common::arguments::sizes().iter().map(|&n| size_name(n)).collect::<Vec<_>>().join(" | ")
    );
    println!("|---|{}--:|", "--:|".repeat(sizes.len()));
    let reports: Vec<Report> = common::arguments::sizes().into_iter().map(|n| Report::new(&names, n)).collect();
    for place in 0..reports[0].figures.len() {
        let figures: Vec<String> = reports.iter().map(|report| three_digits(report.figures[place].bytes)).collect();
        println!("| {} | {} | {} |", reports[0].figures[place].name, figures.join(" | "), target(&reports, place));
    }
}

fn target(reports: &[Report], place: usize) -> String {
    let Some(target) = reports[0].figures[place].target else {
        return "—".to_owned();
    };
    let verdict = match reports.iter().find(|report| report.n == TARGET_SIZE) {
        Some(report) if report.figures[place].bytes <= target => ": met",
        Some(_) => ": **missed**",
        None => "",
    };
    format!("≤ {target}{verdict}")
}

struct Report {
    n: usize,
    figures: Vec<Figure>,
}

struct Figure {
    name: &'static str,
    bytes: f64,
    target: Option<f64>,
}

impl Report {
    fn new(names: &Names, n: usize) -> Self {
        let per_job = |bytes: usize| float(bytes) / float(n);
        let figure = |name, bytes| Figure { name, bytes, target: None };
        let mut figures = Vec::new();

        let Loaded { mut store, record_bytes, index_bytes } = Loaded::new(jobs(names, n), loaded);
        figures.push(figure("the records, without any index", per_job(record_bytes)));
        figures.push(Figure {
            target: Some(INDEX_BYTES_TARGET),
            ..figure("all indexes of jobdex, after a bulk load", per_job(index_bytes))
        });
        let (naive, bytes) = grown_by(|| Naive::new(store.iter().cloned()));
        drop(naive);
        figures.push(figure("naive: pointers and folded names", per_job(bytes)));
        let (maps, bytes) = grown_by(|| Maps::new(store.iter().cloned()));
        let rows = rows(&store, &maps);
        drop(maps);
        figures.push(figure("maps: sorted maps and sets", per_job(bytes)));
        let ((), bytes) = grown_by(|| ask_all(&store, &rows));
        figures.push(Figure {
            target: Some(INDEX_BYTES_TARGET),
            ..figure("all indexes, once every benched request was asked", per_job(index_bytes + bytes))
        });
        let copies = bytes_copied(&mut store);
        figures.push(figure(
            "in all, not per job: a write beside a live snapshot, median",
            percentile(copies.clone(), 50),
        ));
        figures.push(figure("in all, not per job: a write beside a live snapshot, p99", percentile(copies, 99)));
        drop(store);

        let one_by_one = Loaded::new(jobs(names, n), inserted);
        figures.push(figure("all indexes, inserted one by one", per_job(one_by_one.index_bytes)));
        drop(one_by_one);
        let uuid_names = Loaded::new(named_by_id(jobs(names, n)), loaded);
        figures.push(Figure {
            target: Some(INDEX_BYTES_TARGET_UUID),
            ..figure("all indexes, with a UUID for every name", per_job(uuid_names.index_bytes))
        });
        drop(uuid_names);
        let without_labels = encode_index_bytes(names, n, None);
        figures.push(Figure {
            target: Some(INDEX_BYTES_TARGET_720),
            ..figure("all indexes, records with four facets of 720 combinations", per_job(without_labels))
        });
        for (name, key) in [
            ("and a label with 10 values, each", "queue"),
            ("and a label with 1,000 values, each", "rack"),
            ("and a label with 20,000 values, each", "owner"),
            ("and a label with a value of its own for every record, each", "trace"),
        ] {
            figures.push(figure(name, per_job(encode_index_bytes(names, n, Some(key)) - without_labels)));
        }
        Self { n, figures }
    }
}

/// An encode of whose labels the store sees those under one key, or none.
struct Labelled {
    encode: Encode,
    key: Option<&'static str>,
}

impl Record for Labelled {
    type Facets = EncodeFacets;

    fn job_id(&self) -> &str {
        self.encode.job_id()
    }

    fn name(&self) -> &str {
        self.encode.name()
    }

    fn create_time(&self) -> DateTime<Utc> {
        self.encode.create_time()
    }

    fn facets(&self) -> EncodeFacets {
        self.encode.facets()
    }

    fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        self.encode.labels().filter(|(key, _)| Some(*key) == self.key)
    }
}

/// The bytes of all indexes of a store of encodes.
///
/// # Panics
/// If the store refuses one.
fn encode_index_bytes(names: &Names, n: usize, key: Option<&'static str>) -> usize {
    let before = live_bytes();
    let records: Vec<Labelled> = encodes(names, n, true).into_iter().map(|encode| Labelled { encode, key }).collect();
    let text_bytes = live_bytes() - before - records.capacity() * size_of::<Labelled>();
    let mut store = JobStore::new();
    store.extend(records).unwrap_or_else(|error| panic!("{error}"));
    live_bytes() - before - text_bytes - n * (size_of::<Labelled>() + ARC_BYTES)
}

struct Loaded {
    store: JobStore,
    record_bytes: usize,
    index_bytes: usize,
}

impl Loaded {
    /// `jobs` must hold all its jobs in one allocation of its own.
    fn new(jobs: Vec<Job>, load: fn(Vec<Job>) -> JobStore) -> Self {
        let n = jobs.len();
        let text_bytes: usize = jobs.iter().map(heap_bytes).sum();
        let record_bytes = text_bytes + n * (size_of::<Job>() + ARC_BYTES);
        let before = live_bytes() - text_bytes - jobs.capacity() * size_of::<Job>();
        let store = load(jobs);
        let index_bytes = live_bytes() - before - record_bytes;
        Self { store, record_bytes, index_bytes }
    }
}

/// The bytes of a job's texts and list, without the struct itself.
fn heap_bytes(job: &Job) -> usize {
    let texts = [
        &job.name,
        &job.job_id,
        &job.template_id,
        &job.template_name,
        &job.stream_input.r#type,
        &job.stream_input.input_url,
    ];
    let streams = &job.output_stream.stream_infos;
    let stream_texts = streams.iter().map(|stream| stream.r#type.capacity() + stream.output_url.capacity());
    texts.into_iter().map(String::capacity).sum::<usize>()
        + streams.capacity() * size_of::<StreamInfo>()
        + stream_texts.sum::<usize>()
}

fn inserted(jobs: Vec<Job>) -> JobStore {
    let mut store = JobStore::new();
    for job in jobs {
        store.insert(job).unwrap_or_else(|error| panic!("{error}"));
    }
    store
}

fn named_by_id(mut jobs: Vec<Job>) -> Vec<Job> {
    for job in &mut jobs {
        // The characters of the ID in reverse order, because the ID itself may be matched as an ID.
        job.name = job.job_id.chars().rev().collect();
    }
    jobs
}

fn ask_all(store: &JobStore, rows: &[Row]) {
    for request in rows.iter().flat_map(|row| &row.requests) {
        _ = black_box(store.list(&request.to_query()));
    }
}

/// The bytes allocated by each of some writes, each of them next to a new snapshot.
fn bytes_copied(store: &mut JobStore) -> Vec<f64> {
    let count = if is_test_mode() { 20 } else { COPIES };
    let ids = sampled_ids(store, count, 23);
    let write = |id: &String| {
        let snapshot = store.snapshot();
        let before = ALLOCATOR.stats().bytes_allocated;
        _ = black_box(store.update(id, |job| job.status = next_status(job.status)));
        let copied = ALLOCATOR.stats().bytes_allocated - before;
        drop(black_box(snapshot));
        float(copied)
    };
    ids.iter().map(write).collect()
}

fn grown_by<T>(make: impl FnOnce() -> T) -> (T, usize) {
    let before = live_bytes();
    let value = black_box(make());
    (value, live_bytes().saturating_sub(before))
}

fn live_bytes() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}
