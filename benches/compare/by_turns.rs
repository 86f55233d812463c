//! An earlier version and this one, asked by turns in one process: `.ci/compare REVISION` builds and runs it.
//!
//! It is no bench target: it links two versions of the crate, by the names `old` and `new`.

#[path = "../common/names.rs"]
mod names;

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

use names::Names;

/// Rounds of reads and of writes; an odd number has a median.
const READ_ROUNDS: usize = 61;
const WRITE_ROUNDS: usize = 41;
const READS_OF_A_ROUND: usize = 200;
const WRITES_OF_A_ROUND: usize = 1_000;

/// A request or a write, asked again and again with a new number. Gives a number that both versions must agree on.
struct Row {
    name: &'static str,
    ask: Box<dyn FnMut(usize) -> u64>,
}

/// One version of the crate: its store, requests and writes.
macro_rules! version {
    ($module:ident, $jobdex:ident) => {
        mod $module {
            use std::cell::RefCell;
            use std::rc::Rc;

            use chrono::{DateTime, TimeDelta, Utc};
            use fastrand::Rng;
            use $jobdex::{Job, JobStore, ListQuery, SortOrder, StartMode, Status, TemplateType};

            use super::{Names, Row};

            const TYPES: [TemplateType; 4] =
                [TemplateType::Normal, TemplateType::AudioOnly, TemplateType::NarrowBand, TemplateType::Origin];

            fn second(second: usize) -> DateTime<Utc> {
                DateTime::UNIX_EPOCH + TimeDelta::seconds(1_600_000_000 + i64::try_from(second).unwrap_or(i64::MAX / 2))
            }

            fn job_id(number: usize) -> String {
                format!("{:032x}", (number as u128).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835))
            }

            fn job(number: usize, names: &Names, rng: &mut Rng) -> Job {
                Job {
                    name: names.draw(rng),
                    job_id: job_id(number),
                    template_type: TYPES[rng.usize(..4)],
                    template_id: "t".into(),
                    template_name: "t".into(),
                    start_mode: [StartMode::Immediate, StartMode::Scheduled][rng.usize(..2)],
                    status: [Status::Pending, Status::Running, Status::Stopped][rng.usize(..3)],
                    stream_input: Default::default(),
                    output_stream: Default::default(),
                    create_time: second(number),
                }
            }

            pub fn store(n: usize, names: &Names) -> JobStore {
                let mut rng = Rng::with_seed(7);
                let mut store = JobStore::new();
                store
                    .extend((0..n).map(|number| job(number, names, &mut rng)))
                    .expect("the jobs are within all limits");
                store
            }

            pub fn reads(store: &JobStore) -> Vec<Row> {
                let n = store.len() as u64;
                let new = ListQuery::new;
                let three = || {
                    new().status(Status::Running).template_type(TemplateType::Normal).start_mode(StartMode::Immediate)
                };
                let half = second(store.len() / 2);
                let lists = [
                    ("no filter", new()),
                    ("three filters", three()),
                    ("three filters, ascending", three().sort(SortOrder::Asc)),
                    ("three filters, last page", three().page_no((n / 24 / 10).max(1))),
                    ("three filters, page of 100 in the middle", three().page_no((n / 24 / 200).max(1)).page_size(100)),
                    (
                        "two states, a page in the middle",
                        new().status([Status::Running, Status::Stopped]).page_no((n / 30).max(1)),
                    ),
                    (
                        "several values of each facet",
                        new()
                            .status([Status::Running, Status::Stopped])
                            .template_type([TYPES[0], TYPES[1], TYPES[3]])
                            .start_mode(StartMode::Immediate)
                            .page_no((n / 100).max(1)),
                    ),
                    ("one day and three filters", three().created(half..half + TimeDelta::days(1))),
                    ("a job ID", new().keyword(job_id(77_777 % store.len()))),
                    ("`tv`", new().keyword("tv")),
                    (
                        "`tv` and two filters",
                        new().keyword("tv").status(Status::Running).template_type(TemplateType::Normal),
                    ),
                    ("`news`", new().keyword("news")),
                    ("two words with typos, one status", new().keyword("natoinal geograhic").status(Status::Running)),
                    ("one word with a typo", new().keyword("natoinal")),
                    ("`al jazeera`", new().keyword("al jazeera")),
                    ("no match", new().keyword("xyzzyplugh")),
                ];
                let facets = [
                    ("facets under one status", new().status(Status::Running)),
                    ("facets of `tv` under one status", new().status(Status::Running).keyword("tv")),
                ];
                let mut rows = Vec::new();
                for (name, query) in lists {
                    let snapshot = store.snapshot();
                    let ask = move |_| snapshot.list(&query).expect("a valid query").total_count;
                    rows.push(Row { name, ask: Box::new(ask) });
                }
                for (name, query) in facets {
                    let snapshot = store.snapshot();
                    let ask = move |_| snapshot.facets(&query).expect("a valid query").status.of(Status::Pending);
                    rows.push(Row { name, ask: Box::new(ask) });
                }
                rows
            }

            pub fn writes(store: JobStore, names: &Names) -> Vec<Row> {
                let n = store.len();
                let mut rng = Rng::with_seed(3);
                let ids: Rc<Vec<String>> = Rc::new((0..n.min(400_000)).map(|_| job_id(rng.usize(..n))).collect());
                let fresh: Rc<Vec<Job>> = Rc::new((0..1_000).map(|number| job(n + number, names, &mut rng)).collect());
                let store = Rc::new(RefCell::new(store));
                let mut rows = Vec::new();
                let mut row = |name, write: fn(&mut JobStore, usize, usize, &[String], &[Job]) -> u64| {
                    let (store, ids, fresh) = (Rc::clone(&store), Rc::clone(&ids), Rc::clone(&fresh));
                    let ask = move |number| write(&mut store.borrow_mut(), number, n, &ids, &fresh);
                    rows.push(Row { name, ask: Box::new(ask) });
                };
                row("insert newest", |store, number, n, _, fresh| {
                    let job = Job {
                        job_id: format!("new-{number}"),
                        create_time: second(n + number),
                        ..fresh[number % 1_000].clone()
                    };
                    u64::from(store.insert(job).is_ok())
                });
                row("insert late", |store, number, n, _, fresh| {
                    let time = second(number.wrapping_mul(0x9E37_79B9) % n);
                    let job =
                        Job { job_id: format!("late-{number}"), create_time: time, ..fresh[number % 1_000].clone() };
                    u64::from(store.insert(job).is_ok())
                });
                row("status change", |store, number, _, ids, _| {
                    let next = |status| match status {
                        Status::Pending => Status::Running,
                        Status::Running => Status::Stopped,
                        Status::Stopped => Status::Pending,
                    };
                    u64::from(store.update(&ids[number % ids.len()], |job| job.status = next(job.status)).is_ok())
                });
                row("rename", |store, number, _, ids, fresh| {
                    let name = fresh[number % 1_000].name.clone();
                    u64::from(store.update(&ids[number % ids.len()], |job| job.name = name).is_ok())
                });
                row("delete", |store, number, _, ids, _| u64::from(store.remove(&ids[number % ids.len()]).is_some()));
                rows
            }
        }
    };
}

version!(before, old);
version!(now, new);

fn main() -> ExitCode {
    let n = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let names = Names::load();
    println!("{n} jobs; names: {}\n", names.source());
    println!("| what | before | now | ratio |\n|---|--:|--:|--:|");
    let (before, now) = (before::store(n, &names), now::store(n, &names));
    let mut other = compare(before::reads(&before), now::reads(&now), READ_ROUNDS, READS_OF_A_ROUND);
    other.extend(compare(before::writes(before, &names), now::writes(now, &names), WRITE_ROUNDS, WRITES_OF_A_ROUND));
    if other.is_empty() {
        return ExitCode::SUCCESS;
    }
    println!("\nThe versions give other totals, so these times are not of the same work: {}.", other.join(", "));
    ExitCode::FAILURE
}

/// Each round times a batch of both, the one first that was second before. Returns the names of the rows whose totals differ.
fn compare(before: Vec<Row>, now: Vec<Row>, rounds: usize, batch: usize) -> Vec<&'static str> {
    let mut other = Vec::new();
    for (mut before, mut now) in before.into_iter().zip(now) {
        let mut times: [Vec<f64>; 3] = Default::default();
        for round in 0..rounds {
            let numbers = round * batch..(round + 1) * batch;
            let time = |row: &mut Row| {
                let start = Instant::now();
                let sum: u64 = numbers.clone().map(|number| black_box((row.ask)(number))).sum();
                (start.elapsed().as_nanos() as f64 / batch as f64, sum)
            };
            let ((old_ns, old_sum), (new_ns, new_sum)) = if round % 2 == 0 {
                let old = time(&mut before);
                (old, time(&mut now))
            } else {
                let new = time(&mut now);
                (time(&mut before), new)
            };
            if old_sum != new_sum && other.last() != Some(&before.name) {
                other.push(before.name);
            }
            for (times, time) in times.iter_mut().zip([old_ns, new_ns, new_ns / old_ns]) {
                times.push(time);
            }
        }
        let [old_ns, new_ns, ratio] = times.map(median);
        println!("| {} | {old_ns:.0} ns | {new_ns:.0} ns | {ratio:.2} |", before.name);
    }
    other
}

fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}
