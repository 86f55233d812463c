//! A database of one test, its table of jobs, and the comparison of a store with the table.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use jobdex::follow::{Cell, FollowOptions, Follower, FromRow, Progress, Row};
use jobdex::{Job, Snapshot};
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};

use super::server::{Server, shared};

/// No step of a test takes so long unless it has failed.
pub(crate) const LONG: Duration = Duration::from_secs(240);

pub(crate) const TABLE: &str = "
    create table jobs (
        job_id text primary key, name text, template_type text not null default 'normal', template_id text not null default '',
        template_name text not null default '', start_mode smallint not null default 0, status smallint not null default 0,
        stream_input jsonb not null default '{}', output_stream jsonb not null default '{}',
        create_time timestamptz not null default '2022-07-20 02:48:58+00'
    )";

pub(crate) struct Database {
    pub(crate) name: String,
    folder: PathBuf,
    port: u16,
    pub(crate) client: Client,
}

impl Database {
    /// A database on the shared server, with a table and a publication of it.
    pub(crate) async fn new() -> Self {
        Self::with_table(shared(), TABLE).await
    }

    /// A database on a server, with a table of one's own and a publication of it.
    pub(crate) async fn with_table(server: &Server, table: &str) -> Self {
        let empty = Self::empty(server).await;
        empty.run(table).await;
        empty.run("create publication jobs_pub for table jobs with (publish_via_partition_root = true)").await;
        empty
    }

    /// A database on a server, with the table of jobs.
    pub(crate) async fn on(server: &Server) -> Self {
        Self::with_table(server, TABLE).await
    }

    pub(crate) async fn empty(server: &Server) -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let folder = server.folder().to_owned();
        let admin = connect(&folder, server.port(), "postgres").await;
        admin.batch_execute(&format!("create database {name}")).await.expect("the name is new");
        Self::again(server, &name).await
    }

    /// A database that was made before.
    pub(crate) async fn again(server: &Server, name: &str) -> Self {
        let (folder, port) = (server.folder().to_owned(), server.port());
        let client = connect(&folder, port, name).await;
        Self { name: name.to_owned(), folder, port, client }
    }

    /// Another connection to the database.
    pub(crate) async fn connect(&self) -> Client {
        connect(&self.folder, self.port, &self.name).await
    }

    /// Connects again, after the server was away.
    pub(crate) async fn reconnect(&mut self) {
        self.client = self.connect().await;
    }

    pub(crate) async fn run(&self, sql: &str) {
        self.client.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }

    /// The first field of the first row.
    pub(crate) async fn text(&self, sql: &str) -> Option<String> {
        let rows = self.client.simple_query(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        rows.iter().find_map(|row| match row {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        })
    }

    pub(crate) fn connection(&self) -> String {
        format!("host={} port={} user=postgres dbname={}", self.folder.display(), self.port, self.name)
    }

    /// Options that make a test with breaks short.
    pub(crate) fn options(&self) -> FollowOptions {
        FollowOptions::new(&self.connection(), "jobs", "jobs_pub")
            .retry(Duration::from_millis(20), Duration::from_millis(200))
    }

    pub(crate) async fn follow(&self) -> Follower<Job> {
        Follower::start(self.options()).await.unwrap_or_else(|error| panic!("{error}"))
    }

    /// All rows of the table that have the condition, as records.
    pub(crate) async fn rows<J: FromRow>(&self, condition: &str) -> BTreeMap<String, J> {
        let sql = format!(
            "set timezone to 'UTC'; set datestyle to 'ISO'; select {} from jobs where {condition}",
            J::COLUMNS.join(", ")
        );
        let messages = self.client.simple_query(&sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        let rows = messages.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        let record = |row: &tokio_postgres::SimpleQueryRow| {
            let cells: Vec<Cell<'_>> =
                (0..J::COLUMNS.len()).map(|column| row.get(column).map_or(Cell::Null, Cell::Text)).collect();
            J::from_row(&Row::new(J::COLUMNS, &cells), None).expect("the row is a record")
        };
        rows.map(record).map(|record| (record.job_id().to_owned(), record)).collect()
    }

    /// Waits until the store has everything, and compares it with the table.
    pub(crate) async fn assert_same(&self, follower: &Follower<Job>, what: &str) {
        let caught_up = follower.caught_up(LONG).await;
        assert!(caught_up.is_ok(), "{what}: {caught_up:?}; {:?}", follower.progress());
        self.assert_equal(&follower.store().snapshot(), "true", what).await;
    }

    /// Compares a store with the rows of the table that have a condition.
    pub(crate) async fn assert_equal(&self, store: &Snapshot<Job>, condition: &str, what: &str) {
        let rows = self.rows::<Job>(condition).await;
        let held: BTreeMap<String, Job> = store.iter().map(|job| (job.job_id.clone(), Job::clone(job))).collect();
        let wrong: Vec<_> = rows.iter().filter(|(id, job)| held.get(*id) != Some(job)).take(3).collect();
        let extra: Vec<_> = held.keys().filter(|id| !rows.contains_key(*id)).take(3).collect();
        assert!(wrong.is_empty() && extra.is_empty(), "{what}: not as in the table {wrong:?}, too many {extra:?}");
        store.check_invariants();
    }
}

pub(crate) async fn connect(folder: &Path, port: u16, dbname: &str) -> Client {
    let mut config = Config::new();
    config.host_path(folder).port(port).user("postgres").dbname(dbname);
    let (client, connection) = config.connect(NoTls).await.expect("the server runs");
    tokio::spawn(connection);
    client
}

/// Waits until the progress of a follower is as a test expects it.
pub(crate) async fn until(follower: &Follower<Job>, what: &str, is_so: impl Fn(&Progress) -> bool) -> Progress {
    let end = Instant::now() + LONG;
    loop {
        let progress = follower.progress();
        if is_so(&progress) {
            return progress;
        }
        assert!(Instant::now() < end, "{what}: {progress:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Waits until a follower has failed with an error of this text, and returns the text.
pub(crate) async fn until_failed(follower: &Follower<Job>, text: &str) -> String {
    use jobdex::follow::State;
    let error_of = |progress: &Progress| match &progress.state {
        State::Connecting { last_error: Some(error), .. } => error.to_string(),
        _ => String::new(),
    };
    error_of(&until(follower, text, |progress| error_of(progress).contains(text)).await)
}
