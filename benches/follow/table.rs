//! The table, and writers that change it at a rate.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jobdex::Job;
use jobdex::follow::FollowOptions;
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage, Statement};

use crate::common::timing::float;
use crate::server::Server;

/// The connections of writers.
const WRITERS: usize = 8;

const TABLE_SQL: &str = "create table jobs (job_id text collate \"C\" primary key, name text not null, \
    template_type text not null, template_id text not null, template_name text not null, start_mode smallint not null, \
    status smallint not null, stream_input jsonb not null, output_stream jsonb not null, create_time timestamptz not null); \
    create publication jobs_pub for table jobs";

const UPDATE_SQL: &str = "update jobs set name = w.name, status = (status + 1) % 3 from (select unnest($1::text[]) id, \
    unnest($2::text[]) name) w where job_id = w.id";

pub(crate) async fn connect(server: &Server) -> Client {
    let mut config = Config::new();
    config.host_path(server.folder()).user("postgres");
    let (client, connection) = config.connect(NoTls).await.expect("the server runs");
    tokio::spawn(connection);
    client
}

pub(crate) fn options(server: &Server) -> FollowOptions {
    FollowOptions::new(&format!("host={} user=postgres", server.folder().display()), "jobs", "jobs_pub")
}

pub(crate) async fn run(client: &Client, sql: &str) {
    client.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
}

/// The first field of each row.
pub(crate) async fn texts(client: &Client, sql: &str) -> Vec<String> {
    let rows = client.simple_query(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    let text = |message: &SimpleQueryMessage| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    };
    rows.iter().filter_map(text).collect()
}

/// Makes the table with its rows, and returns the IDs that writers change.
pub(crate) async fn fill(server: &Server, client: &Client, jobs: Vec<Job>) -> Vec<String> {
    run(client, TABLE_SQL).await;
    let file = server.folder().join("jobs.copy");
    let mut to = BufWriter::new(File::create(&file).expect("the folder is ours"));
    let mut line = String::new();
    for job in &jobs {
        line.clear();
        write_line(&mut line, job).expect("a text takes all");
        to.write_all(line.as_bytes()).expect("the folder is ours");
    }
    to.flush().expect("the folder is ours");
    drop(to);
    server.give(&["jobs.copy"]);
    run(client, &format!("copy jobs from '{}'", file.display())).await;
    run(client, "vacuum analyze jobs").await;
    fs::remove_file(file).expect("the folder is ours");
    jobs.iter().step_by(jobs.len().div_ceil(50_000)).map(|job| job.job_id.clone()).collect()
}

fn write_line(line: &mut String, job: &Job) -> std::fmt::Result {
    let escaped =
        |text: &str| text.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r");
    let json = |text: serde_json::Result<String>| escaped(&text.expect("it is JSON"));
    write!(line, "{}\t{}\t{}\t", job.job_id, escaped(&job.name), job.template_type)?;
    write!(line, "{}\t{}\t", escaped(&job.template_id), escaped(&job.template_name))?;
    write!(line, "{}\t{}\t", job.start_mode.code(), job.status.code())?;
    let (input, output) = (serde_json::to_string(&job.stream_input), serde_json::to_string(&job.output_stream));
    writeln!(line, "{}\t{}\t{}", json(input), json(output), job.create_time.to_rfc3339())
}

/// A load: so many changes, each transaction with some of them.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    pub(crate) changes: usize,
    pub(crate) each: usize,
    /// Changes a second; `None` for as many as the server takes.
    pub(crate) rate: Option<usize>,
}

/// When each numbered change was acknowledged.
pub(crate) type Acknowledged = Vec<(usize, Instant)>;

/// Connections that write.
pub(crate) struct Writers {
    clients: Vec<Arc<(Client, Statement)>>,
    ids: Arc<Vec<String>>,
}

impl Writers {
    pub(crate) async fn new(server: &Server, ids: &Arc<Vec<String>>) -> Self {
        let mut clients = Vec::new();
        for _ in 0..WRITERS {
            let client = connect(server).await;
            let statement = client.prepare(UPDATE_SQL).await.expect("it is SQL");
            clients.push(Arc::new((client, statement)));
        }
        Self { clients, ids: Arc::clone(ids) }
    }

    /// Writes a load, and returns when each change was acknowledged. The name of a changed job has its number.
    pub(crate) async fn write(&self, load: Load) -> Acknowledged {
        let (next, began) = (Arc::new(AtomicUsize::new(0)), Instant::now());
        let acknowledged = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = Vec::new();
        for client in &self.clients {
            let (client, ids) = (Arc::clone(client), Arc::clone(&self.ids));
            let (next, acknowledged) = (Arc::clone(&next), Arc::clone(&acknowledged));
            tasks.push(tokio::spawn(async move {
                loop {
                    let first = next.fetch_add(load.each, Ordering::Relaxed);
                    if first >= load.changes {
                        return;
                    }
                    if let Some(rate) = load.rate {
                        let due = began + Duration::from_secs_f64(float(first) / float(rate));
                        tokio::time::sleep_until(due.into()).await;
                    }
                    let numbers = first..first + load.each;
                    // A prime step: the rows of a transaction are far from each other, and no row comes twice in it.
                    let changed: Vec<&str> =
                        numbers.clone().map(|number| ids[number * 7919 % ids.len()].as_str()).collect();
                    let names: Vec<String> = numbers.clone().map(|number| format!("seq {number}")).collect();
                    client.0.execute(&client.1, &[&changed, &names]).await.expect("the server runs");
                    let now = Instant::now();
                    acknowledged.lock().expect("no writer panics").extend(numbers.map(|number| (number, now)));
                }
            }));
        }
        for task in tasks {
            task.await.expect("the server runs");
        }
        std::mem::take(&mut acknowledged.lock().expect("no writer panics"))
    }
}
