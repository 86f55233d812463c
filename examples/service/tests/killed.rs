//! The built program with `--data`, killed while clients write: each answered write is there after a restart.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::io::{self, BufReader, Write};
use std::net::TcpStream;
use std::process::Command;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::caller::{query_string, submission};
use crate::folder::Folder;
use crate::program::{Program, SERVICE, whole_answer};

const CLIENTS: usize = 4;
const ROUNDS: usize = 4;

/// Names by job ID: of all answered writes of a client, and of its one write that was not answered.
#[derive(Default)]
struct Answered {
    names: BTreeMap<String, String>,
    writes: usize,
    open: Option<Open>,
}

/// A write without an answer: it is there in whole, or not at all.
enum Open {
    Submit(String),
    Rename(String, String),
    Delete(String),
}

/// Writes until the service is gone.
fn write_on(mut stream: BufReader<TcpStream>, cookie: &str, client: usize, round: usize) -> Answered {
    let mut answered = Answered::default();
    for number in 0.. {
        let name = format!("client {client} round {round} number {number}");
        let first = answered.names.keys().next().cloned();
        answered.open = Some(match (number % 4, first) {
            (2, Some(id)) => Open::Rename(id, name.clone()),
            (3, Some(id)) => Open::Delete(id),
            _ => Open::Submit(name.clone()),
        });
        let Ok(answer) = write(&mut stream, cookie, answered.open.as_ref().unwrap()) else { return answered };
        match answered.open.take().unwrap() {
            Open::Submit(name) => answered.names.insert(answer["JobId"].as_str().unwrap().to_owned(), name),
            Open::Rename(id, name) => answered.names.insert(id, name),
            Open::Delete(id) => answered.names.remove(&id),
        };
        answered.writes += 1;
    }
    answered
}

fn write(stream: &mut BufReader<TcpStream>, cookie: &str, open: &Open) -> io::Result<Value> {
    let (action, params) = match open {
        Open::Submit(name) => ("SubmitLiveTranscodeJob", submission(name)),
        Open::Rename(id, name) => ("UpdateLiveTranscodeJob", vec![("JobId", id.as_str()), ("Name", name.as_str())]),
        Open::Delete(id) => ("DeleteLiveTranscodeJob", vec![("JobId", id.as_str())]),
    };
    let query = query_string(&params);
    let head = format!("POST /?Action={action}&{query} HTTP/1.1\r\nHost: localhost\r\n{cookie}");
    let request = format!("{head}Content-Length: 0\r\n\r\n");
    stream.get_mut().write_all(request.as_bytes())?;
    let (head, body) = whole_answer(stream)?;
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}{body}");
    Ok(serde_json::from_str(&body).unwrap())
}

/// The names of all jobs by their IDs.
fn listed(program: &Program) -> BTreeMap<String, String> {
    let (mut stream, mut names) = (BufReader::new(program.connect()), BTreeMap::new());
    for page_no in 1.. {
        let query = format!("Action=ListLiveTranscodeJobs&PageSize=100&PageNo={page_no}");
        stream
            .get_mut()
            .write_all(&program.signed(&format!("GET /?{query} HTTP/1.1\r\nHost: localhost\r\n\r\n")))
            .unwrap();
        let page: Value = serde_json::from_str(&whole_answer(&mut stream).unwrap().1).unwrap();
        let text = |job: &Value, field: &str| job[field].as_str().unwrap().to_owned();
        let jobs = page["JobList"].as_array().unwrap();
        names.extend(jobs.iter().map(|job| (text(job, "JobId"), text(job, "Name"))));
        if jobs.len() < 100 {
            assert_eq!(page["TotalCount"], names.len());
            break;
        }
    }
    names
}

#[test]
fn a_kill_under_load_takes_no_answered_write_with_it() {
    let folder = Folder::new();
    let path = folder.file("data");
    let arguments = ["--data", path.to_str().unwrap(), "--log", "error"];
    let mut expected = BTreeMap::new();
    let mut writes = 0;
    for round in 0..ROUNDS {
        let mut program = Program::start(&arguments);
        if round == 0 {
            // A new folder is filled with generated jobs, once.
            expected = listed(&program);
            assert_eq!(expected.len(), 100);
        }
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                let (stream, cookie) = (BufReader::new(program.connect()), program.cookie().to_owned());
                thread::spawn(move || write_on(stream, &cookie, client, round))
            })
            .collect();
        thread::sleep(Duration::from_millis(400));
        program.kill();
        let answered: Vec<Answered> = clients.into_iter().map(|client| client.join().unwrap()).collect();
        let again = Program::start(&arguments);
        let found = listed(&again);
        let mut open_submits = Vec::new();
        for client in answered {
            writes += client.writes;
            expected.extend(client.names);
            match client.open {
                Some(Open::Rename(id, name)) if found.get(&id) == Some(&name) => drop(expected.insert(id, name)),
                Some(Open::Delete(id)) if !found.contains_key(&id) => drop(expected.remove(&id)),
                Some(Open::Submit(name)) => open_submits.push(name),
                _ => {}
            }
        }
        expected
            .extend(found.iter().filter(|(_, name)| open_submits.contains(name)).map(|(i, n)| (i.clone(), n.clone())));
        assert_eq!(found, expected, "round {round}");
    }
    assert!(writes > ROUNDS * CLIENTS, "{writes} answered writes");
    println!("{ROUNDS} kills, {writes} answered writes");
}

#[test]
fn jobs_go_from_one_folder_to_another_as_json_lines_and_memory_says_that_it_is_memory() {
    let folder = Folder::new();
    let [first, second, lines] = ["first", "second", "jobs.jsonl"].map(|name| folder.file(name));
    let [first, second, lines] = [&first, &second, &lines].map(|path| path.to_str().unwrap());
    let program = Program::start(&["--data", first]);
    let names = listed(&program);
    let in_use = Command::new(SERVICE).args(["--data", first, "--export", lines]).output().unwrap();
    assert_eq!(in_use.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&in_use.stderr).contains("another store has the file open"), "{in_use:?}");
    program.terminate();
    let (code, log) = program.end();
    assert_eq!(code, Some(0), "{log}");
    assert!(!log.contains("in memory only"), "{log}");
    let exported = Command::new(SERVICE).args(["--data", first, "--export", lines]).output().unwrap();
    assert!(exported.status.success(), "{exported:?}");
    let made =
        Command::new(SERVICE).args(["--data", second, "--import", lines, "--listen", "256.0.0.1:0"]).output().unwrap();
    assert_eq!(made.status.code(), Some(2), "a wrong option is found before anything is done");
    let program = Program::start_with(&["--data", second, "--import", lines]);
    assert_eq!(listed(&program), names);
    let memory = Program::start(&[]);
    memory.terminate();
    let (_, log) = memory.end();
    assert!(log.contains("jobs are in memory only"), "{log}");
}
