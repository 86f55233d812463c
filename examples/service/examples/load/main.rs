//! A load generator for the service: it requests lists at a fixed rate over open connections, and writes at the same
//! time.
//!
//! ```text
//! cargo run --release -p jobdex-service -- --jobs 1000000 --log warn
//! cargo run --release -p jobdex-service --example load -- --rate 30000 --writes 1000
//! ```
//! Every request has a due time, and its latency counts from then. So if the service falls behind, the latency of all
//! waiting requests shows it. Only addresses of this machine are accepted.

mod connection;
mod readers;
mod report;
mod writers;

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use clap::Parser;
use tokio::runtime::Runtime;
use tokio::task::{JoinHandle, yield_now};

use connection::Connection;
use report::Figures;

/// Requests lists from the service, writes to it, and reports how long that took
#[derive(Clone, Debug, Parser)]
#[command(name = "load", max_term_width = 100)]
pub(crate) struct Options {
    /// Address of the service
    #[arg(default_value = "127.0.0.1:8080", value_parser = loopback)]
    pub(crate) address: SocketAddr,
    /// Sign in with this access key
    #[arg(long, value_name = "ID:SECRET")]
    pub(crate) access_key: Option<String>,
    /// The line of requests that says who asks
    #[arg(skip)]
    pub(crate) cookie: String,
    /// Lists per second; 0 requests as many as the service can answer
    #[arg(long, default_value_t = 30_000, value_parser = clap::value_parser!(u32).range(..=1_000_000))]
    pub(crate) rate: u32,
    /// Writes per second at the same time: submissions, renames, stops and deletions
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(..=100_000))]
    pub(crate) writes: u32,
    /// Number of connections that request lists
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) connections: u32,
    /// Number of threads that send and receive; each uses a whole core
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(crate) threads: u32,
    /// Percentage of lists with a keyword
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(..=100))]
    pub(crate) keywords: u32,
    /// Duration of the run in seconds
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub(crate) seconds: u64,
    /// Seed of the requests: the same SEED requests the same lists
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
}

/// The number of connections that write.
const WRITERS: u32 = 4;

/// The time until the first request is due, so that every thread has started by then.
const START_LAPSE: Duration = Duration::from_millis(200);

fn main() -> ExitCode {
    match run(Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(mut options: Options) -> Result<(), Box<dyn Error>> {
    let prepared = runtime()?.block_on(async {
        if let Some(key) = &options.access_key {
            let (id, secret) = key.split_once(':').ok_or_else(|| io::Error::other("access key must be ID:SECRET"))?;
            options.cookie = Connection::open(&options).await?.sign_in(id, secret).await?;
        }
        let mut connection = Connection::open(&options).await?;
        readers::requests(&mut connection, &options).await
    })?;
    let start = Instant::now() + START_LAPSE;
    let threads: Vec<_> = (0..options.threads)
        .map(|thread| {
            let (options, requests) = (options.clone(), Arc::clone(&prepared));
            thread::spawn(move || runtime()?.block_on(share(&options, thread, start, &requests)))
        })
        .collect();
    let mut figures = Vec::new();
    for thread in threads {
        figures.push(thread.join().map_err(|_| "a thread panicked")??);
    }
    let (lists, writes): (Vec<_>, Vec<_>) = figures.into_iter().unzip();
    let Options { seconds, connections, keywords, .. } = options;
    println!("{seconds} s, {connections} connections, {keywords} of 100 lists with a keyword");
    Figures::gathered(lists).print("lists", start);
    Figures::gathered(writes).print("writes", start);
    Ok(())
}

fn runtime() -> io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

/// Runs the share of one thread: every connection whose number modulo the number of threads is `thread`. The thread
/// never sleeps, so that no answer waits for it to wake up.
async fn share(
    options: &Options,
    thread: u32,
    start: Instant,
    requests: &Arc<[Vec<u8>]>,
) -> io::Result<(Figures, Figures)> {
    let until = start + Duration::from_secs(options.seconds);
    let mine = |number: &u32| number % options.threads == thread;
    let readers = (0..options.connections).filter(mine).map(|number| {
        let pace = Pace::new(start, until, options.rate, options.connections, number);
        tokio::spawn(readers::ask(options.clone(), pace, Arc::clone(requests)))
    });
    let writers = (0..if options.writes > 0 { WRITERS } else { 0 }).filter(mine).map(|number| {
        let pace = Pace::new(start, until, options.writes, WRITERS, number);
        tokio::spawn(writers::write(options.clone(), pace, number))
    });
    let (readers, writers): (Vec<_>, Vec<_>) = (readers.collect(), writers.collect());
    Ok((gathered(readers).await?, gathered(writers).await?))
}

async fn gathered(tasks: Vec<JoinHandle<io::Result<Figures>>>) -> io::Result<Figures> {
    let mut figures = Vec::new();
    for task in tasks {
        figures.push(task.await??);
    }
    Ok(Figures::gathered(figures))
}

/// The due times of the requests of one connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    next: Instant,
    until: Instant,
    /// The time between two requests; zero if each request is due when the one before it is answered.
    lapse: Duration,
}

impl Pace {
    /// The pace of connection `number` of `connections`. Together they send at `rate`, evenly spread.
    fn new(start: Instant, until: Instant, rate: u32, connections: u32, number: u32) -> Self {
        if rate == 0 {
            return Self { next: start, until, lapse: Duration::ZERO };
        }
        let lapse = Duration::from_secs(1) * connections / rate;
        Self { next: start + lapse * number / connections, until, lapse }
    }

    /// Waits until the next request is due and returns its due time; `None` once the run is over.
    pub(crate) async fn wait(&mut self) -> Option<Instant> {
        let due = if self.lapse.is_zero() { self.next.max(Instant::now()) } else { self.next };
        if due >= self.until {
            return None;
        }
        self.next = due + self.lapse;
        // The timers of the runtime are too coarse for this, and a sleeping thread is slow to wake up.
        while Instant::now() < due {
            yield_now().await;
        }
        Some(due)
    }
}

fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text.parse().map_err(|error| format!("{error}"))?;
    if address.ip().is_loopback() { Ok(address) } else { Err("address must be one of this machine".to_owned()) }
}
