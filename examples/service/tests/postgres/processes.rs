//! Several processes on one server: each shows its own writes at once and those of the others soon, and one of them runs the
//! schedule.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, ScopedJoinHandle, sleep};
use std::time::{Duration, Instant};

use crate::Test;
use crate::client::{Client, Reply, until};
use crate::database::Database;
use crate::program::Program;
use crate::query::submission;
use crate::server::Server;

pub(crate) const TESTS: &[Test] = &[
    ("a_process_is_killed_and_one_started_under_load_and_no_answer_is_wrong", killed_and_started),
    ("a_server_that_is_killed_under_load_loses_no_answered_write", server_killed),
    ("the_schedule_goes_to_another_process_when_its_own_is_killed", schedule_goes_on),
    ("a_process_that_is_told_to_stop_leaves_nothing_on_the_server", stopped_in_order),
];

/// The number of writers on each process.
const WRITERS: usize = 2;

/// The jobs of a writer: their names, after each answered write.
#[derive(Default)]
struct Answered {
    names: BTreeMap<String, String>,
    deleted: Vec<String>,
    writes: usize,
    /// Writes that were sent.
    sent: usize,
    /// IDs of changed jobs and names of submitted ones, of writes that were not answered, or with 503.
    open: BTreeSet<String>,
}

/// A write that is sent.
enum Sent {
    Submit { name: String },
    Rename { id: String, name: String },
    Delete { id: String },
}

impl Sent {
    /// The entry of [`Answered::open`] until the write is answered.
    fn key(&self) -> &str {
        match self {
            Self::Submit { name } => name,
            Self::Rename { id, .. } | Self::Delete { id } => id,
        }
    }

    fn act(&self, client: &mut Client) -> io::Result<Reply> {
        match self {
            Self::Submit { name } => client.try_act("SubmitLiveTranscodeJob", &submission(name)),
            Self::Rename { id, name } => client.try_act("UpdateLiveTranscodeJob", &[("JobId", id), ("Name", name)]),
            Self::Delete { id } => client.try_act("DeleteLiveTranscodeJob", &[("JobId", id)]),
        }
    }
}

/// Tells all threads of a test to stop when one has failed.
struct StopOnPanic<'a>(&'a AtomicBool);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.store(true, Ordering::Relaxed);
        }
    }
}

/// A writer and its process.
struct Writer {
    name: String,
    client: Client,
}

/// The number of answered writes of each writer.
type Counts = [AtomicUsize];

/// Writes until it is told to stop or its process is gone. Each answer is checked on the process that gave it.
fn write_on(Writer { name, mut client }: Writer, count: &AtomicUsize, stop: &AtomicBool) -> Answered {
    let _stop_on_panic = StopOnPanic(stop);
    let mut answered = Answered::default();
    while !stop.load(Ordering::Relaxed) && write(&mut client, &name, &mut answered).is_ok() {
        count.store(answered.writes, Ordering::Relaxed);
    }
    answered
}

/// Waits until some writers have written some more.
fn until_written(counts: &Counts) {
    /// Each kind of write comes a few times.
    const MORE: usize = 10;
    let before: Vec<usize> = counts.iter().map(|count| count.load(Ordering::Relaxed)).collect();
    until("each writer writes", || {
        let mut pairs = counts.iter().zip(&before);
        pairs.all(|(count, before)| count.load(Ordering::Relaxed) >= before + MORE).then_some(())
    });
}

fn write(client: &mut Client, writer: &str, answered: &mut Answered) -> io::Result<()> {
    let number = answered.sent;
    answered.sent += 1;
    let name = format!("{writer} number {number}");
    // A job with an open write is left alone from then on.
    let own = answered.names.keys().nth(number % answered.names.len().max(1)).cloned();
    let sent = match (number % 4, own) {
        (2, Some(id)) => Sent::Rename { id, name },
        (3, Some(id)) => Sent::Delete { id },
        _ => Sent::Submit { name },
    };
    answered.names.remove(sent.key());
    answered.open.insert(sent.key().to_owned());
    let reply = sent.act(client)?;
    if reply.status == 503 {
        // The server is away, or too slow on a machine with much to do. The answer says so.
        assert!(!reply.json["Recommend"].as_str().unwrap().is_empty(), "{}", reply.json);
        sleep(Duration::from_millis(5));
        return Ok(());
    }
    let json = reply.done();
    answered.open.remove(sent.key());
    answered.writes += 1;
    let (id, name) = match sent {
        Sent::Submit { name } => (json["JobId"].as_str().unwrap().to_owned(), Some(name)),
        Sent::Rename { id, name } => (id, Some(name)),
        Sent::Delete { id } => (id, None),
    };
    match &name {
        Some(name) => drop(answered.names.insert(id.clone(), name.clone())),
        None => answered.deleted.push(id.clone()),
    }
    assert_shown(client, &id, name.as_deref())
}

/// Checks that a job has a name, or is gone, in both ways of asking.
fn assert_shown(client: &mut Client, job_id: &str, name: Option<&str>) -> io::Result<()> {
    let got = client.try_act("GetLiveTranscodeJob", &[("JobId", job_id)])?;
    assert_eq!(got.json["Job"]["Name"].as_str(), name, "{}", got.json);
    let listed = client.try_act("ListLiveTranscodeJobs", &[("KeyWord", job_id)])?.done();
    assert_eq!(listed["JobList"][0]["Name"].as_str(), name, "{listed}");
    Ok(())
}

/// Reads the pair of jobs that [`rename_pair`] changes, until it is told to stop or its process is gone. Both always have one
/// name, and its number never goes back.
fn read_pair(mut client: Client, stop: &AtomicBool) -> usize {
    let _stop_on_panic = StopOnPanic(stop);
    let (mut last, mut reads) = (0, 0);
    while !stop.load(Ordering::Relaxed) {
        let Ok(reply) = client.try_act("ListLiveTranscodeJobs", &[("KeyWord", "pairnumber")]) else { break };
        // A process that fills for the first time says that it has no answer.
        if reply.status == 503 {
            sleep(Duration::from_millis(5));
            continue;
        }
        let page = reply.done();
        assert_eq!(page["TotalCount"], 2, "{page}");
        let name = |at: usize| page["JobList"][at]["Name"].as_str().unwrap().to_owned();
        assert_eq!(name(0), name(1), "half of a transaction");
        let number: u64 = name(0).rsplit(' ').next().unwrap().parse().unwrap();
        assert!(number >= last, "{number} after {last}");
        (last, reads) = (number, reads + 1);
    }
    reads
}

fn rename_pair(database: &Database, stop: &AtomicBool) -> u64 {
    let sql = database.connect();
    for number in 1.. {
        let name = format!("pairnumber {number}");
        let renamed = |id: &str| format!("update jobs set name = '{name}' where job_id = '{id}'");
        database.run_on(&sql, &format!("begin; {}; {}; commit", renamed("pair-a"), renamed("pair-b")));
        if stop.load(Ordering::Relaxed) {
            return number;
        }
        sleep(Duration::from_millis(2));
    }
    unreachable!("the numbers do not end")
}

fn killed_and_started() {
    let database = Database::new();
    database.run(
        "insert into jobs select 'pair-' || n, 'pairnumber 0', 'normal', '', '', 0, 1, '{}', '{}', now() \
         from unnest(array['a', 'b']) n",
    );
    let mut processes: Vec<Program> = (0..3).map(|_| database.serve().0).collect();
    let (stop, stop_pair) = (AtomicBool::new(false), AtomicBool::new(false));
    let counts: Vec<AtomicUsize> = (0..=3 * WRITERS).map(|_| AtomicUsize::new(0)).collect();
    let (answered, fourth) = thread::scope(|scope| {
        let _stop_on_panic = (StopOnPanic(&stop), StopOnPanic(&stop_pair));
        let pair = scope.spawn(|| rename_pair(&database, &stop_pair));
        let mut writers: Vec<ScopedJoinHandle<'_, Answered>> = Vec::new();
        let mut readers = Vec::new();
        let mut begin = |process: &Program, name: String| {
            let writer = Writer { name, client: Client::of(process) };
            let (count, stop) = (&counts[writers.len()], &stop);
            writers.push(scope.spawn(move || write_on(writer, count, stop)));
        };
        for (number, process) in processes.iter().enumerate() {
            let client = Client::of(process);
            readers.push(scope.spawn(|| read_pair(client, &stop)));
            (0..WRITERS).for_each(|writer| begin(process, format!("process {number} writer {writer}")));
        }
        until_written(&counts[..3 * WRITERS]);
        processes[0].kill();
        let (fourth, client) = database.start(&[]);
        let reader = Client::of(&fourth);
        readers.push(scope.spawn(|| read_pair(reader, &stop)));
        client.ready();
        begin(&fourth, "process 3 writer 0".to_owned());
        until_written(&counts[WRITERS..]);
        stop.store(true, Ordering::Relaxed);
        stop_pair.store(true, Ordering::Relaxed);
        assert!(readers.into_iter().all(|reader| reader.join().unwrap() > 0), "each process was read");
        assert!(pair.join().unwrap() > 1);
        (writers.into_iter().map(|writer| writer.join().unwrap()).collect::<Vec<_>>(), fourth)
    });
    let rows = database.jobs();
    assert_answered(&rows, &answered);
    for process in processes[1..].iter().chain([&fourth]) {
        let mut client = Client::of(process);
        until("the process has the state of the table", || (client.jobs() == rows).then_some(()));
    }
}

fn server_killed() {
    const ROUNDS: usize = 3;
    let server = Server::start(&[]);
    let database = Database::on(&server);
    let processes: Vec<Program> = (0..3).map(|_| database.serve().0).collect();
    let stop = AtomicBool::new(false);
    let counts: Vec<AtomicUsize> = processes.iter().map(|_| AtomicUsize::new(0)).collect();
    let answered: Vec<Answered> = thread::scope(|scope| {
        let _stop_on_panic = StopOnPanic(&stop);
        let begin = |(number, process)| {
            let writer = Writer { name: format!("process {number}"), client: Client::of(process) };
            let (count, stop) = (&counts[number], &stop);
            scope.spawn(move || write_on(writer, count, stop))
        };
        let writers: Vec<_> = processes.iter().enumerate().map(begin).collect();
        for _ in 0..ROUNDS {
            until_written(&counts);
            server.kill();
            sleep(Duration::from_millis(100));
            server.start_again();
        }
        until_written(&counts);
        stop.store(true, Ordering::Relaxed);
        writers.into_iter().map(|writer| writer.join().unwrap()).collect()
    });
    let rows = database.jobs();
    assert_answered(&rows, &answered);
    for process in &processes {
        let mut client = Client::of(process).ready();
        until("the process has the state of the table", || (client.jobs() == rows).then_some(()));
    }
}

/// Checks that each answered write is in the table, and nothing else but what was not answered.
fn assert_answered(rows: &[(String, String, u64)], answered: &[Answered]) {
    let found: BTreeMap<&str, &str> = rows.iter().map(|(id, name, _)| (id.as_str(), name.as_str())).collect();
    for Answered { names, deleted, .. } in answered {
        for (id, name) in names {
            assert_eq!(found.get(id.as_str()), Some(&name.as_str()), "{id}");
        }
        assert!(deleted.iter().all(|id| !found.contains_key(id.as_str())), "a deleted job is back");
    }
    let is_known = |id: &str, name: &str| {
        let mut writers = answered.iter();
        writers.any(|writer| writer.names.contains_key(id) || writer.open.contains(id) || writer.open.contains(name))
    };
    let surplus = found.iter().filter(|(id, name)| !is_known(id, name) && !id.starts_with("pair-"));
    assert_eq!(surplus.collect::<Vec<_>>(), [], "jobs that nobody has submitted");
}

/// The place of the process that runs the schedule, if there is exactly one.
fn holder(clients: &mut [Client]) -> Option<usize> {
    let is_held: Vec<bool> =
        clients.iter_mut().map(|client| client.metric("jobdex_replica_schedule") == Some(1.0)).collect();
    let places: Vec<usize> = (0..is_held.len()).filter(|&place| is_held[place]).collect();
    assert!(places.len() < 2, "two processes run the schedule: {places:?}");
    places.first().copied()
}

fn schedule_goes_on() {
    let database = Database::new();
    let (mut programs, mut clients): (Vec<Program>, Vec<Client>) = (0..3).map(|_| database.serve()).unzip();
    // Each is killed in turn, so the last one takes over from the second.
    for round in 0..2 {
        let place = until("a process runs the schedule", || holder(&mut clients));
        let other = (place + 1) % clients.len();
        let job_id = clients[other].submit_timed(&format!("Round {round}"), 2, 4);
        programs.remove(place).kill();
        clients.remove(place);
        let began = Instant::now();
        let mut seen = Vec::new();
        while began.elapsed() < Duration::from_secs(30) && seen.last() != Some(&2) {
            let status = clients[0].status(&job_id);
            if seen.last() != Some(&status) {
                seen.push(status);
            }
            assert!(holder(&mut clients).is_none_or(|place| place < clients.len()));
            sleep(Duration::from_millis(20));
        }
        assert_eq!(seen, [0, 1, 2], "round {round}");
        for client in &mut clients {
            until("each process shows it", || (client.status(&job_id) == 2).then_some(()));
        }
    }
    assert_eq!(holder(&mut clients), Some(0));
}

fn stopped_in_order() {
    let database = Database::new();
    let (program, mut client) = database.serve();
    client.submit("News");
    program.terminate();
    let (code, log) = program.end();
    assert_eq!(code, Some(0), "{log}");
    until("no session and no slot is left", || {
        let slots = database.rows("select slot_name from pg_replication_slots where database = current_database()");
        let sessions = database.rows(
            "select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() \
             and application_name like 'jobdex%'",
        );
        (slots.is_empty() && sessions.is_empty()).then_some(())
    });
}
