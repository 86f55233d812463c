//! SIGKILL: a child process writes and acknowledges over a pipe, until this process kills it.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use jobdex::Job;
use jobdex::durable::{DurableJobStore, DurableOptions, OpenError};

use crate::acknowledged::{Acknowledged, PairWrite};
use crate::folder::Folder;
use crate::oracle::random::Random;
use crate::rounds;

const FILE: &str = "JOBDEX_CHILD_FILE";
const FIRST: &str = "JOBDEX_CHILD_FIRST";
const THREADS: usize = 8;
const PAIRS: usize = 400;

/// Not a test by itself: the process that is killed. Each thread writes pairs of its own, and says so before and after.
#[test]
#[ignore = "the test below runs it in a process of its own"]
fn child_process() {
    let Ok(path) = std::env::var(FILE) else { return };
    let first: usize = std::env::var(FIRST).expect("the parent sets it").parse().expect("it is a number");
    let store = DurableJobStore::<Job>::open(path, DurableOptions::new()).expect("the file is whole and free");
    say("open", PairWrite { pair: 0, number: 0 });
    thread::scope(|scope| {
        for own in 0..THREADS {
            let store = store.clone();
            scope.spawn(move || {
                let mut random = Random::new((first + own) as u64);
                for number in (first + own..).step_by(THREADS) {
                    let pair = random.below(PAIRS / THREADS) * THREADS + own;
                    let write = PairWrite { pair, number };
                    say("begin", write);
                    write.make(&store).expect("the disk works");
                    say("done", write);
                }
            });
        }
    });
}

fn say(verb: &str, write: PairWrite) {
    // The whole line in one call, which a pipe keeps together.
    let line = format!("\n{verb} {} {}\n", write.pair, write.number);
    let mut out = std::io::stdout().lock();
    out.write_all(line.as_bytes()).and_then(|()| out.flush()).expect("the parent listens");
}

fn start(path: &Path, first: usize) -> Child {
    let this = std::env::current_exe().expect("a test knows its program");
    let arguments = ["crashes::child_process", "--exact", "--ignored", "--nocapture"];
    let mut command = Command::new(this);
    command.args(arguments).env(FILE, path).env(FIRST, first.to_string()).stdout(Stdio::piped()).stderr(Stdio::null());
    command.spawn().expect("the program of the test runs")
}

/// A line of the child.
fn heard(line: &str) -> Option<(String, PairWrite)> {
    let mut words = line.split(' ');
    let verb = words.next().filter(|verb| ["open", "begin", "done"].contains(verb))?;
    let (pair, number) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    Some((verb.to_owned(), PairWrite { pair, number }))
}

#[test]
fn a_killed_process_takes_no_acknowledged_write_with_it() {
    let folder = Folder::new();
    let path = folder.file("jobs.db");
    let mut random = Random::new(31);
    let mut acknowledged = Acknowledged::default();
    let rounds = rounds("JOBDEX_KILLS", 50);
    for round in 0..rounds {
        let mut child = start(&path, round * 1_000_000);
        let out = BufReader::new(child.stdout.take().expect("it is piped"));
        let (opened, is_open) = std::sync::mpsc::channel();
        let listener = thread::spawn(move || {
            let lines = out.lines().map_while(Result::ok).filter_map(|line| heard(&line));
            let told = |(verb, _): &(String, PairWrite)| {
                if verb == "open" {
                    // The test does not listen in rounds that kill early.
                    let _ = opened.send(());
                }
            };
            lines.inspect(told).collect::<Vec<_>>()
        });
        // Some are killed before they have opened the file.
        if round % 4 != 3 {
            is_open.recv_timeout(Duration::from_secs(60)).expect("the child opens the file");
            let refused = DurableJobStore::<Job>::open(&path, DurableOptions::new());
            assert!(matches!(refused, Err(OpenError::InUse)), "one process at a time: {refused:?}");
        }
        thread::sleep(Duration::from_millis(20 + random.below(150) as u64));
        child.kill().expect("it runs");
        child.wait().expect("it was killed");
        for (verb, write) in listener.join().expect("the listener ends with the pipe") {
            match verb.as_str() {
                "begin" => acknowledged.begin(write),
                "done" => acknowledged.acknowledge(write),
                _ => {}
            }
        }
        let store = DurableJobStore::<Job>::open(&path, DurableOptions::new());
        let store = store.unwrap_or_else(|error| panic!("round {round}: {error}"));
        acknowledged.check(&store.shared().snapshot(), &mut random);
        store.verify().expect("the file is whole");
    }
    assert!(acknowledged.count > rounds * 10, "{} acknowledged", acknowledged.count);
    println!("{rounds} kills, {} acknowledged", acknowledged.count);
}
