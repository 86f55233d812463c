//! Compares the service with the least that a server on axum can do: a handler that always sends the same bytes.
//!
//! ```text
//! cargo build --profile bench -p jobdex-service --bins --examples
//! target/release/examples/beside
//! ```
//! For each length of a list, the program asks the service for it, and starts a server that sends the bytes of that
//! answer. Both get the same requests over the same number of connections, by turns in one run, with one thread each.
//! The processor time of the servers is what counts: unlike requests a second, it does not depend on what else runs.

#[path = "../load/connection.rs"]
#[allow(dead_code, reason = "the load generator uses the rest")]
mod connection;

use std::error::Error;
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::routing::any;
use clap::Parser;
use tokio::runtime::Runtime;

use connection::{Connection, request};

/// Measures lists of the service beside a server that always sends the same bytes
#[derive(Clone, Debug, Parser)]
#[command(name = "beside", max_term_width = 100)]
struct Arguments {
    /// Lengths of the lists
    #[arg(long, value_delimiter = ',', default_value = "1,10,20,50,100")]
    lengths: Vec<u8>,
    /// Turns of each server
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    turns: u32,
    /// Length of a turn, in milliseconds
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u64).range(10..=60_000))]
    millis: u64,
    /// Connections that ask at the same time
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=1000))]
    connections: u32,
    /// Jobs in the service
    #[arg(long, default_value_t = 100_000)]
    jobs: u32,
    /// Be the other server: send the bytes of the input
    #[arg(long, hide = true)]
    hello: bool,
}

/// What a connection needs to know.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) address: SocketAddr,
    pub(crate) cookie: String,
}

/// A server in a process of its own. It ends with this value.
struct Server {
    child: Child,
    options: Options,
}

/// The requests of some turns, and what they took.
#[derive(Clone, Copy, Debug, Default)]
struct Figures {
    requests: u64,
    lapse: Duration,
    processor: Duration,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = if arguments.hello { hello() } else { run(&arguments) };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let own = std::env::current_exe()?;
    let service = own.ancestors().nth(2).ok_or("this program has no folder")?.join("jobdex-service");
    let jobs = arguments.jobs.to_string();
    let options = ["--listen", "127.0.0.1:0", "--jobs", &jobs, "--threads", "1", "--log", "error", "--drain", "0"];
    let service = Server::start(Command::new(&service).args(options), &[])?;
    println!("| jobs | bytes | lists a second | same bytes | share | µs of processor | same bytes | share |");
    println!("|---:|---:|---:|---:|---:|---:|---:|---:|");
    for &length in &arguments.lengths {
        let asked = request("ListLiveTranscodeJobs", &[("PageSize", &length.to_string())]);
        let body = service.body(&asked)?;
        let hello = Server::start(Command::new(&own).arg("--hello"), &body)?;
        let (mut lists, mut bytes) = (Figures::default(), Figures::default());
        for _ in 0..arguments.turns {
            lists.add(service.turn(arguments, &asked)?);
            bytes.add(hello.turn(arguments, &asked)?);
        }
        print(length, body.len(), &lists, &bytes);
    }
    Ok(())
}

fn print(length: u8, body_len: usize, lists: &Figures, bytes: &Figures) {
    let (rates, micros) = ([lists, bytes].map(Figures::rate), [lists, bytes].map(Figures::micros));
    println!(
        "| {length} | {body_len} | {:.0} | {:.0} | {:.0} % | {:.1} | {:.1} | {:.0} % |",
        rates[0],
        rates[1],
        100.0 * rates[0] / rates[1],
        micros[0],
        micros[1],
        100.0 * micros[1] / micros[0],
    );
}

impl Figures {
    fn add(&mut self, other: Self) {
        self.requests += other.requests;
        self.lapse += other.lapse;
        self.processor += other.processor;
    }

    fn rate(&self) -> f64 {
        self.per_request(1.0) / self.lapse.as_secs_f64()
    }

    fn micros(&self) -> f64 {
        self.processor.as_secs_f64() * 1e6 / self.per_request(1.0)
    }

    #[expect(clippy::cast_precision_loss, reason = "there are fewer requests than 2^52")]
    fn per_request(&self, each: f64) -> f64 {
        self.requests as f64 * each
    }
}

impl Server {
    /// Starts a server, and gives it its input.
    fn start(command: &mut Command, input: &[u8]) -> Result<Self, Box<dyn Error>> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        child.stdin.take().ok_or("the server takes no input")?.write_all(input)?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("the server says nothing")?).read_line(&mut line)?;
        let address = line.trim().strip_prefix("listening on http://").ok_or("the server did not start")?;
        let options = Options { address: address.parse()?, cookie: String::new() };
        Ok(Self { child, options })
    }

    fn body(&self, asked: &[u8]) -> io::Result<Vec<u8>> {
        runtime()?.block_on(async {
            let mut connection = Connection::open(&self.options).await?;
            connection.send(asked).await?;
            Ok(connection.json()?.to_string().into_bytes())
        })
    }

    /// Asks over and over for the time of one turn.
    fn turn(&self, arguments: &Arguments, asked: &[u8]) -> io::Result<Figures> {
        let before = self.processor()?;
        let begin = Instant::now();
        let until = begin + Duration::from_millis(arguments.millis);
        let requests = runtime()?.block_on(async {
            let askers = (0..arguments.connections).map(|_| {
                let (options, asked) = (self.options.clone(), asked.to_vec());
                tokio::spawn(async move { ask(&options, &asked, until).await })
            });
            let mut requests = 0;
            for asker in askers.collect::<Vec<_>>() {
                requests += asker.await??;
            }
            Ok::<_, io::Error>(requests)
        })?;
        Ok(Figures { requests, lapse: begin.elapsed(), processor: self.processor()?.saturating_sub(before) })
    }

    /// The processor time of all threads of the server, from the Linux kernel.
    fn processor(&self) -> io::Result<Duration> {
        let mut nanos = 0;
        for task in fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let text = fs::read_to_string(task?.path().join("schedstat"))?;
            nanos += text.split(' ').next().and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
        }
        Ok(Duration::from_nanos(nanos))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn ask(options: &Options, asked: &[u8], until: Instant) -> io::Result<u64> {
    let mut connection = Connection::open(options).await?;
    let mut requests = 0;
    while Instant::now() < until {
        match connection.send(asked).await? {
            200 => requests += 1,
            status => return Err(io::Error::other(format!("the server answered {status}"))),
        }
    }
    Ok(requests)
}

fn runtime() -> io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

/// The other server.
fn hello() -> Result<(), Box<dyn Error>> {
    let mut body = Vec::new();
    io::stdin().read_to_end(&mut body)?;
    let body = Bytes::from(body);
    let handler = any(move || std::future::ready(([(CONTENT_TYPE, "application/json;charset=utf-8")], body.clone())));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        writeln!(io::stdout(), "listening on http://{}", listener.local_addr()?)?;
        Ok(axum::serve(listener, Router::new().route("/", handler)).await?)
    })
}
