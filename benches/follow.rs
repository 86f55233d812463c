//! A follower beside its server: `cargo bench --features postgres --bench follow`.
//!
//! Prints markdown: the fill of a store, the lag of changes at several rates, what followers cost the server, and queries by SQL with
//! its best indexes beside the same queries by the store. It starts a private server, with the programs that the tests find. Machines
//! are noisy, so quote the ratios.

mod common;
#[path = "../tests/follow/server.rs"]
#[allow(dead_code, reason = "the tests use the rest of it")]
mod server;

use std::fmt::Write as _;
use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use jobdex::follow::{FollowOptions, Follower};
use jobdex::{Job, ListQuery, Snapshot, StartMode, Status, TemplateType};
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};

use common::arguments::{SIZES_VARIABLE, is_test_mode, size_name, sizes};
use common::jobs::jobs;
use common::names::Names;
use common::timing::{float, median, median_ns, nanoseconds, percentile, three_digits, time_name};
use server::Server;

const LONG: Duration = Duration::from_secs(120);
/// Changes a second, and changes in one transaction.
const RATES: [(usize, usize); 3] = [(1_000, 1), (5_000, 10), (20_000, 100)];
const WRITERS: usize = 8;

fn main() {
    if server::programs().is_none() {
        println!("No initdb of PostgreSQL was found, so nothing is measured.");
        return;
    }
    let n = sizes().into_iter().next_back().unwrap_or(1_000_000);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(measure(n));
}

async fn measure(n: usize) {
    let names = Names::load();
    println!("Reproduce with `{SIZES_VARIABLE}={n} cargo bench --features postgres --bench follow`.\n");
    println!("* Names: {}. {} rows.", names.source(), size_name(n));
    println!(
        "* {} threads can run at once here, and the server shares them.\n",
        thread::available_parallelism().map_or(1, usize::from)
    );
    let server = Server::start(&["shared_buffers=512MB", "max_wal_size=4GB", "work_mem=64MB"]);
    let client = connect(&server).await;
    let ids = load(&server, &client, jobs(&names, n)).await;
    let follower = print_fill(&server, n).await;
    print_lag(&server, &follower, &ids).await;
    print_cost(&server, &client, &ids).await;
    print_queries(&client, &follower.store().snapshot()).await;
    follower.shutdown().await.expect("it follows");
}

async fn connect(server: &Server) -> Client {
    let (client, connection) =
        Config::new().host_path(server.folder()).user("postgres").connect(NoTls).await.expect("the server runs");
    tokio::spawn(connection);
    client
}

fn options(server: &Server) -> FollowOptions {
    FollowOptions::new(&format!("host={} user=postgres", server.folder().display()), "jobs", "jobs_pub")
}

async fn run(client: &Client, sql: &str) {
    client.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
}

/// Fills the table, and returns the IDs that writers change.
async fn load(server: &Server, client: &Client, jobs: Vec<Job>) -> Vec<String> {
    run(client, "create table jobs (job_id text collate \"C\" primary key, name text not null, template_type text not null, \
        template_id text not null, template_name text not null, start_mode smallint not null, status smallint not null, \
        stream_input jsonb not null, output_stream jsonb not null, create_time timestamptz not null); \
        create publication jobs_pub for table jobs").await;
    let escaped =
        |text: &str| text.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r");
    let mut lines = String::new();
    for job in &jobs {
        let json = |text: serde_json::Result<String>| escaped(&text.expect("it is JSON"));
        writeln!(
            lines,
            "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
            job.job_id,
            escaped(&job.name),
            job.template_type.as_str(),
            job.template_id,
            escaped(&job.template_name),
            job.start_mode.code(),
            job.status.code(),
            json(serde_json::to_string(&job.stream_input)),
            json(serde_json::to_string(&job.output_stream)),
            job.create_time.to_rfc3339()
        )
        .expect("a text takes all");
    }
    let file = server.folder().join("jobs.copy");
    fs::write(&file, lines).expect("the folder is ours");
    server.give(&["jobs.copy"]);
    run(client, &format!("copy jobs from '{}'", file.display())).await;
    run(client, "vacuum analyze jobs").await;
    jobs.iter().step_by(jobs.len().div_ceil(50_000)).map(|job| job.job_id.clone()).collect()
}

async fn print_fill(server: &Server, n: usize) -> Follower {
    let mut seconds = Vec::new();
    for _ in 0..if is_test_mode() { 1 } else { 3 } {
        let began = Instant::now();
        let follower = Follower::<Job>::start(options(server)).await.expect("it follows");
        seconds.push(began.elapsed().as_secs_f64());
        assert_eq!(follower.store().snapshot().len(), n);
        follower.shutdown().await.expect("it follows");
    }
    println!("A store of {} jobs is filled and current after {} s.\n", size_name(n), three_digits(median(seconds)));
    let options = options(server).history(1 << 20);
    Follower::start(options).await.expect("it follows")
}

/// Writes at a rate over several connections, and returns when each number was acknowledged.
async fn write(
    server: &Server,
    ids: &Arc<Vec<String>>,
    rate: usize,
    each: usize,
    seconds: f64,
) -> Vec<(usize, Instant)> {
    let transactions = (float(rate) * seconds / float(each)) as usize;
    let (next, began) = (Arc::new(AtomicUsize::new(0)), Instant::now());
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    let mut writers = Vec::new();
    for _ in 0..WRITERS {
        let client = connect(server).await;
        let (ids, next, acknowledged) = (Arc::clone(ids), Arc::clone(&next), Arc::clone(&acknowledged));
        writers.push(tokio::spawn(async move {
            let sql = "update jobs set name = w.name, status = (status + 1) % 3 from (select unnest($1::text[]) id, \
                unnest($2::text[]) name) w where job_id = w.id";
            let statement = client.prepare(sql).await.expect("it is SQL");
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= transactions {
                    return;
                }
                let due = began + Duration::from_secs_f64(float(number * each) / float(rate));
                tokio::time::sleep_until(due.into()).await;
                let numbers: Vec<usize> = (number * each..(number + 1) * each).collect();
                let changed: Vec<&str> = numbers.iter().map(|number| ids[number * 7919 % ids.len()].as_str()).collect();
                let names: Vec<String> = numbers.iter().map(|number| format!("seq {number}")).collect();
                client.execute(&statement, &[&changed, &names]).await.expect("the server runs");
                let now = Instant::now();
                acknowledged.lock().expect("no writer panics").extend(numbers.into_iter().map(|number| (number, now)));
            }
        }));
    }
    for writer in writers {
        writer.await.expect("the server runs");
    }
    std::mem::take(&mut acknowledged.lock().expect("no writer panics"))
}

async fn print_lag(server: &Server, follower: &Follower, ids: &[String]) {
    let ids = Arc::new(ids.to_vec());
    println!(
        "| changes/s asked, each transaction | acknowledged/s | lag after the acknowledgement: median | p99 | most |"
    );
    println!("|---|---|---|---|---|");
    let seconds = if is_test_mode() { 0.1 } else { 8.0 };
    for (rate, each) in RATES {
        let mut feed = follower.store().feed_since(follower.store().version());
        let watcher = thread::spawn(move || {
            let mut seen = Vec::new();
            // Ends: nothing comes for a second after the last write.
            while let Some(changes) = feed.wait_timeout(Duration::from_secs(1)).expect("history is long") {
                let now = Instant::now();
                let numbers =
                    changes.into_iter().filter_map(|change| change.after()?.name.strip_prefix("seq ")?.parse().ok());
                seen.extend(numbers.map(|number: usize| (number, now)));
            }
            seen
        });
        let began = Instant::now();
        let acknowledged = write(server, &ids, rate, each, seconds).await;
        let written = float(acknowledged.len()) / began.elapsed().as_secs_f64();
        follower.caught_up(LONG).await.expect("it follows");
        let seen: std::collections::HashMap<usize, Instant> =
            watcher.join().expect("it has no errors").into_iter().collect();
        let lags: Vec<f64> = acknowledged
            .iter()
            .filter_map(|(number, acknowledged)| {
                Some(nanoseconds(seen.get(number)?.saturating_duration_since(*acknowledged)))
            })
            .collect();
        assert!(!lags.is_empty());
        let at = |percent| time_name(percentile(lags.clone(), percent));
        println!("| {rate}, {each} | {} | {} | {} | {} |", three_digits(written), at(50), at(99), at(100));
    }
    println!();
}

/// The processor time of a process, in seconds, as Linux counts it: a hundred to a second.
fn processor_seconds(process: &str) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

async fn texts(client: &Client, sql: &str) -> Vec<String> {
    let rows = client.simple_query(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    let row = |message: &SimpleQueryMessage| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    };
    rows.iter().filter_map(row).collect()
}

/// The processor time that the server spends on followers, beside that of the writers.
async fn print_cost(server: &Server, client: &Client, ids: &[String]) {
    let ids = Arc::new(ids.to_vec());
    let changes = if is_test_mode() { 1_000 } else { 40_000 };
    println!("| followers | processor time of the server for them, {changes} changes | each follower |");
    println!("|---|---|---|");
    let mut more = Vec::new();
    for count in [1, 4] {
        while more.len() + 1 < count {
            more.push(Follower::<Job>::start(options(server)).await.expect("it follows"));
        }
        let senders = texts(client, "select pid from pg_stat_replication").await;
        let spent = || senders.iter().map(|process| processor_seconds(process)).sum::<f64>();
        let before = spent();
        write(server, &ids, 10_000, 10, float(changes) / 10_000.0).await;
        thread::sleep(Duration::from_secs(1));
        let seconds = spent() - before;
        println!("| {count} | {} s | {} s |", three_digits(seconds), three_digits(seconds / float(count)));
    }
    println!();
    for follower in more {
        follower.shutdown().await.expect("it follows");
    }
}

/// A query by SQL, and by the store.
type Case = (&'static str, &'static str, fn() -> ListQuery);

const CASES: [Case; 7] = [
    ("a page", "select job_id from jobs order by create_time desc, job_id desc limit 20", || {
        ListQuery::new().page_size(20)
    }),
    ("the total", "select count(*) from jobs", ListQuery::new),
    (
        "the total under three filters",
        "select count(*) from jobs where status = 1 and template_type = 'normal' and start_mode = 0",
        filtered,
    ),
    (
        "page 5,000 under three filters",
        "select job_id from jobs where status = 1 and template_type = 'normal' and start_mode = 0 \
        order by create_time desc, job_id desc offset 99980 limit 20",
        || filtered().page_no(5_000).page_size(20),
    ),
    ("`tv` inside a name, the total", "select count(*) from jobs where name ilike '%tv%'", || {
        ListQuery::new().keyword("tv")
    }),
    ("`news` under a filter, the total", "select count(*) from jobs where name ilike '%news%' and status = 1", || {
        ListQuery::new().keyword("news").status(Status::Running)
    }),
    ("`habrour`, a typo, the total", "select count(*) from jobs where 'habrour' <% name", || {
        ListQuery::new().keyword("habrour")
    }),
];

fn filtered() -> ListQuery {
    ListQuery::new().status(Status::Running).template_type(TemplateType::Normal).start_mode(StartMode::Immediate)
}

async fn print_queries(client: &Client, snapshot: &Snapshot<Job>) {
    if client.batch_execute("create extension pg_trgm").await.is_err() {
        println!("The extension pg_trgm is not there, so queries are not compared.");
        return;
    }
    run(client, "create index on jobs(create_time, job_id); create index on jobs(status, template_type, start_mode, create_time, job_id); \
        create index on jobs using gin(name gin_trgm_ops)").await;
    run(client, "vacuum analyze jobs").await;
    println!("| query | SQL, with btree and trigram indexes | the store | times as fast |");
    println!("|---|---|---|---|");
    for (what, sql, query) in CASES {
        let mut times = Vec::new();
        for _ in 0..if is_test_mode() { 1 } else { 7 } {
            let began = Instant::now();
            texts(client, sql).await;
            times.push(nanoseconds(began.elapsed()));
        }
        let sql_ns = median(times);
        let query = query();
        let budget = Duration::from_millis(if is_test_mode() { 5 } else { 500 });
        let store_ns = median_ns(budget, |_| snapshot.list(&query).expect("the query is valid").total_count);
        println!("| {what} | {} | {} | {} |", time_name(sql_ns), time_name(store_ns), three_digits(sql_ns / store_ns));
    }
}
