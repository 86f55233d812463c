//! A database of one test, and the processes that serve it.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::runtime::Runtime;
use tokio_postgres::{Client as Sql, Config, NoTls, SimpleQueryMessage};

use crate::client::Client;
use crate::program::{Program, SERVICE};
use crate::server::{Server, shared};

pub(crate) struct Database {
    name: String,
    folder: PathBuf,
    port: u16,
    runtime: Runtime,
}

impl Database {
    /// A database on the shared server, with the schema of the service.
    pub(crate) fn new() -> Self {
        Self::on(shared())
    }

    pub(crate) fn on(server: &Server) -> Self {
        let database = Self::empty(server);
        let output = database.service(&["--migrate"]);
        assert!(output.status.success(), "{output:?}");
        database
    }

    /// A database without a schema.
    pub(crate) fn empty(server: &Server) -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let name = format!("service_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (folder, port) = (server.folder().to_owned(), server.port());
        let postgres = Self { name: "postgres".to_owned(), folder, port, runtime };
        postgres.run(&format!("create database {name}"));
        Self { name, ..postgres }
    }

    pub(crate) fn connection(&self) -> String {
        format!("host={} port={} user=postgres dbname={}", self.folder.display(), self.port, self.name)
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Runs the service to its end.
    pub(crate) fn service(&self, arguments: &[&str]) -> Output {
        Command::new(SERVICE).args(["--postgres", &self.connection()]).args(arguments).output().unwrap()
    }

    /// A process that serves the database, and a client of it. The replica may still fill.
    pub(crate) fn start(&self, arguments: &[&str]) -> (Program, Client) {
        let connection = self.connection();
        // Nobody reads the log while the process runs, and a pipe that is full would stop it.
        let program = Program::start_with(&[&["--postgres", &connection, "--log", "off"], arguments].concat());
        let client = Client::of(&program);
        (program, client)
    }

    /// As [`start`](Self::start), and waits until the process is ready.
    pub(crate) fn serve(&self) -> (Program, Client) {
        let (program, client) = self.start(&[]);
        (program, client.ready())
    }

    pub(crate) fn connect(&self) -> Sql {
        self.runtime.block_on(async {
            let mut config = Config::new();
            config.host_path(&self.folder).port(self.port).user("postgres").dbname(&self.name);
            let (client, connection) = config.connect(NoTls).await.unwrap();
            tokio::spawn(connection);
            client
        })
    }

    pub(crate) fn run_on(&self, client: &Sql, sql: &str) {
        self.runtime.block_on(client.batch_execute(sql)).unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }

    pub(crate) fn run(&self, sql: &str) {
        self.run_on(&self.connect(), sql);
    }

    /// The rows of a query, each as its texts between bars.
    pub(crate) fn rows(&self, sql: &str) -> Vec<String> {
        let client = self.connect();
        let messages = self.runtime.block_on(client.simple_query(sql)).unwrap_or_else(|e| panic!("{sql}: {e:?}"));
        let texts = messages.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => {
                Some((0..row.len()).map(|at| row.get(at).unwrap_or("null")).collect::<Vec<_>>().join("|"))
            }
            _ => None,
        });
        texts.collect()
    }

    /// All jobs of the table, each with its name and status.
    pub(crate) fn jobs(&self) -> Vec<(String, String, u64)> {
        let rows = self.rows("select job_id, name, status from jobs");
        let job = |row: &String| {
            let mut fields = row.split('|').map(str::to_owned);
            let (id, name, status) = (fields.next()?, fields.next()?, fields.next()?);
            Some((id, name, status.parse().ok()?))
        };
        let mut jobs: Vec<_> = rows.iter().map(|row| job(row).unwrap()).collect();
        jobs.sort();
        jobs
    }
}
