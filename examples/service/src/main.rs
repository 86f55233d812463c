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
use tokio::time::sleep;

use access::Access;
use app::{App, Faults};
use clock::Clock;
use job::LiveJob;
use options::{LogForm, Options};
use state::{State, lapse_until};
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
    let access = start::access(options)?;
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    if let Some(threads) = options.threads {
        runtime.worker_threads(threads.into());
    }
    let runtime = runtime.enable_all().build()?;
    let listener = runtime.block_on(start::bind(options.listen))?;
    let begin = Instant::now();
    let clock = Clock::system();
    let state = match &options.data {
        None => in_memory(options, clock)?,
        Some(folder) => in_file(data::open(folder)?, options, clock)?,
    };
    let state = state.with_jobs_max(options.jobs_max).with_memory_max(options.memory_max());
    tracing::info!(jobs = state.snapshot().len(), millis = begin.elapsed().as_millis(), "the store is ready");
    runtime.block_on(serve(options, listener, access, state))
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
    server::serve(listener, routes::routes(&app), &app).await;
    app.state.close();
    tracing::info!("stopped");
    Ok(())
}

/// Starts and ends scheduled jobs at their times, so that change feeds see it even when no request comes.
async fn keep_settled(app: App) {
    /// The longest sleep. A jump of the system clock is noticed after this time.
    const REST_MAX: Duration = Duration::from_secs(1);
    loop {
        let rest = app.state.next_due().map_or(REST_MAX, |due| lapse_until(due, app.state.now()));
        sleep(rest.clamp(Duration::from_millis(20), REST_MAX)).await;
        app.state.settle();
    }
}
