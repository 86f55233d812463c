//! Every row of the table of figures with criterion: `cargo bench --bench list`.
//!
//! IDs read `size/row/store`, so `cargo bench --bench list -- '1M/no filter'` runs one row for all stores and
//! `-- '/jobdex$'` runs jobdex alone. `JOBDEX_BENCH_JOBS=10000000` sets other sizes.

mod any_record;
mod baseline;
mod common;

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::measurement::WallTime;
use criterion::{BatchSize, BenchmarkGroup, Criterion, SamplingMode};
use jobdex::{Job, JobStore, ListQuery, Status};

use baseline::maps::Maps;
use baseline::naive::Naive;
use common::arguments::{size_name, sizes};
use common::encodes::encodes;
use common::jobs::{JobMaker, jobs, next_status};
use common::names::Names;
use common::requests::{Request, Row, rows};
use common::stores::{Stores, Writable, loaded, sampled_ids};

/// Loading more jobs than this into the baselines takes minutes; the bench `table` loads them once.
const BASELINE_BULK_MAX: usize = 1_000_000;
const IDS: usize = 20_000;

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .sample_size(50)
        .configure_from_args();
    let names = Names::load();
    for n in sizes() {
        bench_size(&mut criterion, &names, n);
    }
    criterion.final_summary();
}

fn bench_size(criterion: &mut Criterion, names: &Names, n: usize) {
    let size = size_name(n);
    let mut stores = Stores::new(names, n);
    let rows = rows(&stores.jobdex, &stores.maps);
    stores.check(&rows);
    for row in &rows {
        bench_row(&mut criterion.benchmark_group(format!("{size}/{}", row.name)), &stores, row);
    }
    bench_others(&mut criterion.benchmark_group(format!("{size}/other reads")), &stores.jobdex);
    bench_snapshots(&mut criterion.benchmark_group(format!("{size}/snapshots")), &mut stores.jobdex);
    bench_all_writes(criterion, names, &size, &mut stores);
    drop(stores);
    bench_bulk_load(&mut criterion.benchmark_group(format!("{size}/bulk load")), names, n);
    bench_any_record(&mut criterion.benchmark_group(format!("{size}/any record")), names, n);
}

/// Requests by four facets and labels, each asked again and again.
fn bench_any_record(group: &mut BenchmarkGroup<'_, WallTime>, names: &Names, n: usize) {
    let mut store = JobStore::new();
    store.extend(encodes(names, n, true)).unwrap_or_else(|error| panic!("{error}"));
    for any_record::Request { name, query, .. } in any_record::requests() {
        group.bench_function(name, |bencher| bencher.iter(|| store.list(&query)));
    }
}

fn bench_row(group: &mut BenchmarkGroup<'_, WallTime>, stores: &Stores, row: &Row) {
    let queries: Vec<ListQuery> = row.requests.iter().map(Request::to_query).collect();
    let mut asked = queries.iter().cycle();
    group.bench_function("jobdex", |bencher| {
        bencher.iter(|| stores.jobdex.list(next(&mut asked)));
    });
    few_samples(group);
    let mut asked = row.requests.iter().cycle();
    if row.has_maps {
        group.bench_function("maps", |bencher| bencher.iter(|| stores.maps.list(next(&mut asked))));
    }
    group.bench_function("naive", |bencher| bencher.iter(|| stores.naive.list(next(&mut asked))));
}

fn next<'a, T>(cycle: &mut impl Iterator<Item = &'a T>) -> &'a T {
    cycle.next().expect("a row has requests, and a cycle of them has no end")
}

/// For requests that may take milliseconds.
fn few_samples(group: &mut BenchmarkGroup<'_, WallTime>) {
    group.sample_size(10).sampling_mode(SamplingMode::Flat).warm_up_time(Duration::from_millis(1));
}

fn bench_others(group: &mut BenchmarkGroup<'_, WallTime>, store: &JobStore) {
    let ids = sampled_ids(store, 64, 21);
    let mut asked = ids.iter().cycle();
    group.bench_function("get by ID", |bencher| bencher.iter(|| store.get(next(&mut asked))));
    let running = ListQuery::new().status(Status::Running).page_size(20);
    if let Some(cursor) = store.list(&running).ok().and_then(|page| page.next) {
        let behind = running.clone().after(cursor);
        group.bench_function("the page behind a cursor", |bencher| {
            bencher.iter(|| store.list(&behind));
        });
    }
    group.bench_function("facets under one status", |bencher| {
        bencher.iter(|| store.facets(&running));
    });
    let tv = running.keyword("tv");
    group.bench_function("facets under one status and `tv`", |bencher| {
        bencher.iter(|| store.facets(&tv));
    });
}

fn bench_snapshots(group: &mut BenchmarkGroup<'_, WallTime>, store: &mut JobStore) {
    group.bench_function("snapshot", |bencher| bencher.iter(|| store.snapshot()));
    group.bench_function("clone", |bencher| bencher.iter(|| store.clone()));
    let ids = sampled_ids(store, IDS, 22);
    let mut changed = ids.iter().cycle();
    group.bench_function("first write beside a live snapshot", |bencher| {
        bencher.iter_custom(|count| {
            let mut total = Duration::ZERO;
            for _ in 0..count {
                let snapshot = store.snapshot();
                let id = next(&mut changed);
                let start = Instant::now();
                _ = black_box(store.update(id, |job| job.status = next_status(job.status)));
                total += start.elapsed();
                drop(black_box(snapshot));
            }
            total
        });
    });
}

fn bench_all_writes(criterion: &mut Criterion, names: &Names, size: &str, stores: &mut Stores) {
    let newest = stores.jobdex.iter().next_back().map(|job| job.create_time).unwrap_or_default();
    let ids = sampled_ids(&stores.jobdex, IDS, 23);
    let maker = |seed| JobMaker::after(names, newest, seed);
    bench_writes(criterion, size, "jobdex", &mut stores.jobdex, maker(31), &ids);
    bench_writes(criterion, size, "maps", &mut stores.maps, maker(32), &ids);
    bench_writes(criterion, size, "naive", &mut stores.naive, maker(33), &ids);
}

/// Each kind of write leaves the store with as many jobs as before, so that it is benched at the same size however
/// often it runs.
fn bench_writes(
    criterion: &mut Criterion,
    size: &str,
    name: &str,
    store: &mut impl Writable,
    mut maker: JobMaker<'_>,
    ids: &[String],
) {
    let mut bench = |kind: &str, timed: &mut dyn FnMut(u64) -> Duration| {
        let mut group = criterion.benchmark_group(format!("{size}/{kind}"));
        if name == "naive" {
            few_samples(&mut group);
        }
        group.bench_function(name, |bencher| bencher.iter_custom(&mut *timed));
    };
    bench("insert newest", &mut |count| inserted(store, (0..count).map(|_| maker.newest()).collect()));
    bench("insert late", &mut |count| inserted(store, (0..count).map(|_| maker.late()).collect()));
    let mut changed = ids.iter().cycle();
    bench("status change", &mut |count| {
        let start = Instant::now();
        for _ in 0..count {
            black_box(store.update(next(&mut changed), |job| job.status = next_status(job.status)));
        }
        start.elapsed()
    });
    bench("rename", &mut |count| {
        let new_names: Vec<String> = (0..count).map(|_| maker.name()).collect();
        let start = Instant::now();
        for new_name in new_names {
            black_box(store.update(next(&mut changed), |job| job.name = new_name));
        }
        start.elapsed()
    });
    bench("delete", &mut |count| deleted(store, ids, count));
}

/// The time to insert these jobs, which are removed again afterwards.
fn inserted(store: &mut impl Writable, jobs: Vec<Job>) -> Duration {
    let ids: Vec<String> = jobs.iter().map(|job| job.job_id.clone()).collect();
    let start = Instant::now();
    for job in jobs {
        black_box(store.insert(job));
    }
    let elapsed = start.elapsed();
    for id in &ids {
        store.remove(id);
    }
    elapsed
}

/// The time to remove so many jobs, which are inserted again afterwards.
fn deleted(store: &mut impl Writable, ids: &[String], mut count: u64) -> Duration {
    let mut total = Duration::ZERO;
    while count > 0 {
        let chunk = &ids[..ids.len().min(usize::try_from(count).unwrap_or(usize::MAX))];
        let mut removed = Vec::with_capacity(chunk.len());
        let start = Instant::now();
        for id in chunk {
            removed.push(store.remove(id));
        }
        total += start.elapsed();
        for job in removed.into_iter().flatten() {
            store.insert(Arc::unwrap_or_clone(job));
        }
        count -= chunk.len() as u64;
    }
    total
}

fn bench_bulk_load(group: &mut BenchmarkGroup<'_, WallTime>, names: &Names, n: usize) {
    few_samples(group);
    let make = || jobs(names, n);
    let shared = |jobs: Vec<Job>| jobs.into_iter().map(Arc::new);
    group.bench_function("jobdex", |bencher| {
        bencher.iter_batched(make, loaded, BatchSize::PerIteration);
    });
    if n > BASELINE_BULK_MAX {
        return;
    }
    group.bench_function("maps", |bencher| {
        bencher.iter_batched(make, |jobs| Maps::new(shared(jobs)), BatchSize::PerIteration);
    });
    group.bench_function("naive", |bencher| {
        bencher.iter_batched(make, |jobs| Naive::new(shared(jobs)), BatchSize::PerIteration);
    });
}
