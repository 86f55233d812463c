//! A service on jobdex: the API that the official clients call, a console for people and metrics for machines.
//!
//! `cargo run --release -p jobdex-service`, then open <http://127.0.0.1:8080>.
//!
//! ```text
//!            ┌ guard: request ID, counts, log, panics ────────────────────────────────┐
//! server ──► │ routes ─┬─ api ──► access, actions ──► params, texts ──► state ──► store ──► data │
//!            │         ├─ console ──► view, events ─────────────► state                │
//!            │         └─ /metrics, /healthz                        ▲                  │
//!            └──────────────────────────────────────────────────────┼──────────────────┘
//!                                              clock, agenda: scheduled jobs start and end
//! ```
//! Only `api` and `console` handle HTTP. The rules for the jobs' states are in `state` alone.

mod access;
mod actions;
mod agenda;
mod api;
mod app;
mod body;
mod brisk;
mod clock;
mod connections;
mod console;
mod data;
mod demo;
mod errors;
mod events;
#[path = "../../list/generate.rs"]
mod generate;
mod guard;
mod ids;
mod job;
mod limits;
mod metrics;
mod offload;
mod options;
mod origin;
mod params;
mod postgres;
mod routes;
mod server;
mod shown;
mod start;
mod state;
mod store;
mod stored;
mod templates;
mod throttle;
mod unread;
mod weight;

use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use jobdex::durable::DurableJobStore;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use access::Access;
use app::{App, Faults};
use clock::Clock;
use job::LiveJob;
use options::{LogForm, Options};
use postgres::{Server, Table, TableError, Where};
use state::State;
use store::Store;

fn main() -> ExitCode {
    let options = Options::parse();
    start_log(&options);
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the service cannot run");
            ExitCode::FAILURE
        }
    }
}

fn start_log(options: &Options) {
    let log = tracing_subscriber::fmt().with_max_level(options.log).with_writer(std::io::stderr).with_target(false);
    match options.log_form {
        LogForm::Text => log.with_ansi(false).init(),
        LogForm::Json => log.json().flatten_event(true).init(),
    }
    // The guard answers the request and logs the panic. This hook logs the position of the panic.
    std::panic::set_hook(Box::new(|panic| {
        tracing::error!(place = panic.location().map(tracing::field::display), "panic");
    }));
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    if let (Some(folder), Some(path)) = (&options.data, &options.export) {
        return export(folder, path);
    }
    let runtime = runtime(options)?;
    let server = server(options)?;
    if let (Some(server), true) = (&server, options.migrate) {
        return Ok(runtime.block_on(migrate(server))?);
    }
    let access = start::access(options)?;
    let listener = runtime.block_on(start::bind(options.listen))?;
    let begin = Instant::now();
    let clock = Clock::system();
    let state = match (&options.data, server) {
        (None, None) => in_memory(options, clock)?,
        (None, Some(server)) => runtime.block_on(in_table(server, options, clock))?,
        (Some(folder), _) => in_file(data::open(folder)?, options, clock)?,
    };
    let state = state.with_jobs_max(options.jobs_max).with_memory_max(options.memory_max());
    tracing::info!(jobs = state.snapshot().len(), millis = begin.elapsed().as_millis(), "the store is ready");
    runtime.block_on(serve(options, listener, access, state))
}

fn runtime(options: &Options) -> std::io::Result<Runtime> {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    if let Some(threads) = options.threads {
        runtime.worker_threads(threads.into());
    }
    runtime.enable_all().build()
}

/// The server of the table, if the jobs are in one. Its password may come from the environment.
fn server(options: &Options) -> Result<Option<Server>, TableError> {
    let password = std::env::var("PGPASSWORD").ok();
    options.postgres.as_ref().map(|connection| Server::parse(connection, password.as_deref())).transpose()
}

fn export(folder: &Path, path: &Path) -> Result<(), Box<dyn Error>> {
    let store = data::open(folder)?;
    let jobs = data::export(&store.shared().snapshot(), path)?;
    tracing::info!(jobs, path = %path.display(), "exported");
    Ok(store.close()?)
}

fn in_memory(options: &Options, clock: Clock) -> Result<State, Box<dyn Error>> {
    tracing::warn!("jobs are in memory only, and end with this process; --data DIR keeps them in a file");
    Ok(State::new(first_jobs(options, &clock)?, clock)?)
}

/// The state of a file. The first jobs are added to it; generated ones only where it has none.
fn in_file(store: DurableJobStore<LiveJob>, options: &Options, clock: Clock) -> Result<State, Box<dyn Error>> {
    if options.import.is_some() || store.shared().snapshot().is_empty() {
        data::fill(&store, first_jobs(options, &clock)?)?;
    }
    Ok(State::of(Store::Disk(store), clock))
}

async fn migrate(server: &Server) -> Result<(), TableError> {
    let names = postgres::migrate(server).await?;
    tracing::info!(?names, "migrated");
    Ok(())
}

/// The state of a table. The first jobs are added to it; generated ones only where it has none.
async fn in_table(server: Server, options: &Options, clock: Clock) -> Result<State, Box<dyn Error>> {
    postgres::check(&server).await?;
    let place = if options.import.is_some() { Where::Beside } else { Where::Empty };
    let jobs = first_jobs(options, &clock)?;
    let written = postgres::fill(&server, &jobs, place).await?;
    tracing::info!(written, "the replica of the table fills");
    Ok(State::of(Store::Table(Box::new(Table::open(server)?)), clock))
}

/// The jobs of a file of lines, or generated ones.
fn first_jobs(options: &Options, clock: &Clock) -> Result<Vec<LiveJob>, Box<dyn Error>> {
    match &options.import {
        Some(path) => Ok(data::imported(path)?),
        None => Ok(demo::jobs(usize::try_from(options.jobs_made())?, options.seed, clock.now())),
    }
}

async fn serve(options: &Options, listener: TcpListener, access: Access, state: State) -> Result<(), Box<dyn Error>> {
    let address = listener.local_addr()?;
    let faults = if options.faults { Faults::OnRequest } else { Faults::Never };
    let (app, stop) = App::new(state, access, address, faults);
    // A caller that started the service on port 0 waits for this line. If the caller has closed the pipe, it needs no
    // line.
    let _ = writeln!(std::io::stdout(), "listening on http://{address}");
    tokio::spawn(start::stop_on_signal(stop, Duration::from_secs(options.drain)));
    tokio::spawn(keep_settled(app.clone()));
    #[cfg(unix)]
    if app.access.needs_key() {
        tokio::spawn(start::reload_keys(app.clone()));
    }
    if options.churn() > 0 {
        tokio::spawn(demo::live_on(app.clone(), options.churn()));
    }
    server::serve(listener, routes::routes(&app), &app, options.connections_max).await;
    app.state.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// Keeps scheduled jobs settled until the service stops.
async fn keep_settled(app: App) {
    tokio::select! {
        () = app.state.keep_settled() => {}
        () = app.stopping() => {}
    }
}
