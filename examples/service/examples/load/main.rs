//! Load on the service example: lists at a set rate over connections that stay open, with writes beside them.
//!
//! ```text
//! cargo run --release -p jobdex-service -- --jobs 1000000 --log warn
//! cargo run --release -p jobdex-service --example load -- --rate 30000 --writes 1000
//! ```
//! Every request has a time at which it is due, and its latency counts from then: a service that is late is late for all
//! that wait behind, and the report shows that. Only addresses of this machine are accepted.

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

/// Asks the service example for lists and writes to it, and says how long that took.
#[derive(Clone, Debug, Parser)]
#[command(name = "load", max_term_width = 100)]
pub(crate) struct Options {
    /// Where the service listens
    #[arg(default_value = "127.0.0.1:8080", value_parser = loopback)]
    pub(crate) address: SocketAddr,
    /// Lists a second; 0 is as many as the connections can
    #[arg(long, default_value_t = 30_000, value_parser = clap::value_parser!(u32).range(..=1_000_000))]
    pub(crate) rate: u32,
    /// Writes a second beside them: submissions, renames, stops and deletions
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(..=100_000))]
    pub(crate) writes: u32,
    /// Connections that ask for lists
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) connections: u32,
    /// Threads that send and receive; each takes all of a core
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(crate) threads: u32,
    /// How many of 100 lists have a keyword
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(..=100))]
    pub(crate) keywords: u32,
    /// How long
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub(crate) seconds: u64,
    /// Which requests: the same SEED asks for the same lists
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
}

/// Connections that write.
const WRITERS: u32 = 4;

/// How long before the first request is due, so that every thread is there.
const START_LAPSE: Duration = Duration::from_millis(200);

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let prepared = runtime()?.block_on(async {
        let mut connection = Connection::open(options.address).await?;
        readers::requests(&mut connection, options).await
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

/// What one thread does: every so manyth of the connections. It never sleeps, so that no answer waits for it to wake.
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

/// When the requests of one connection are due.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    next: Instant,
    until: Instant,
    /// Zero where each is due when the one before it is answered.
    lapse: Duration,
}

impl Pace {
    /// The pace of one of so many connections that keep a rate together, evenly spread.
    fn new(start: Instant, until: Instant, rate: u32, connections: u32, number: u32) -> Self {
        if rate == 0 {
            return Self { next: start, until, lapse: Duration::ZERO };
        }
        let lapse = Duration::from_secs(1) * connections / rate;
        Self { next: start + lapse * number / connections, until, lapse }
    }

    /// Waits until the next request is due and gives that time; `None` when it is over.
    pub(crate) async fn wait(&mut self) -> Option<Instant> {
        let due = if self.lapse.is_zero() { self.next.max(Instant::now()) } else { self.next };
        if due >= self.until {
            return None;
        }
        self.next = due + self.lapse;
        // A timer of the runtime is too coarse for this, and a thread that sleeps is slow to wake.
        while Instant::now() < due {
            yield_now().await;
        }
        Some(due)
    }
}

fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text.parse().map_err(|error| format!("{error}"))?;
    if address.ip().is_loopback() { Ok(address) } else { Err("only addresses of this machine are loaded".to_owned()) }
}
