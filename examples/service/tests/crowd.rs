//! More clients at once than the service has places for, all of them with a request in flight, through real sockets.
#![cfg(unix)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::limits::{HEALTH_CONNECTIONS_MAX, RECEIVE_LAPSE_MAX};
use crate::program::{Program, whole_answer};
use crate::query::{query_string, submission};

/// The places of the service, half of them for event streams, and half for requests whose body is late.
const PLACES: usize = 8;

const HEALTH: &str = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
const METRICS: &str = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
const LIST: &str = "GET /?Action=ListLiveTranscodeJobs&PageSize=1 HTTP/1.1\r\nHost: localhost\r\n\r\n";
const EVENTS: &str = "GET /console/events HTTP/1.1\r\nHost: localhost\r\n\r\n";

fn crowded() -> Program {
    Program::start(&["--connections-max", &PLACES.to_string(), "--log", "error"])
}

/// A client whose request is in flight.
struct Busy {
    stream: BufReader<TcpStream>,
    /// The rest of the request.
    unsent: String,
}

impl Busy {
    /// A submission without the end of its body. The service says when it waits for the body.
    fn submitting(program: &Program) -> Self {
        let body = query_string(&submission("Crowd"));
        let (sent, unsent) = body.split_at(body.len() - 1);
        let head = format!(
            "POST /?Action=SubmitLiveTranscodeJob HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let mut stream = BufReader::new(program.connect());
        stream.get_mut().write_all(&program.signed(&head)).unwrap();
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        assert_eq!(line, "HTTP/1.1 100 Continue\r\n");
        stream.read_line(&mut line).unwrap();
        stream.get_mut().write_all(sent.as_bytes()).unwrap();
        Self { stream, unsent: unsent.to_owned() }
    }

    /// An event stream that has its first event.
    fn listening(program: &Program) -> Self {
        let mut stream = BufReader::new(program.connect());
        stream.get_mut().write_all(&program.signed(EVENTS)).unwrap();
        let mut busy = Self { stream, unsent: String::new() };
        busy.wait_for_event();
        busy
    }

    /// Reads until the next event is there in whole.
    fn wait_for_event(&mut self) {
        let mut line = String::new();
        while !line.starts_with("data: ") {
            line.clear();
            assert_ne!(self.stream.read_line(&mut line).unwrap(), 0, "the stream goes on");
        }
    }

    /// Sends the rest of the request, and reads the answer.
    fn ended(&mut self) -> (String, String) {
        self.stream.get_mut().write_all(self.unsent.as_bytes()).unwrap();
        whole_answer(&mut self.stream).unwrap()
    }
}

/// A service of which each place has a request in flight: submissions, and event streams.
fn full(program: &Program) -> (Vec<Busy>, Vec<Busy>) {
    let submitting = (0..PLACES / 2).map(|_| Busy::submitting(program)).collect();
    let listening = (PLACES / 2..PLACES).map(|_| Busy::listening(program)).collect();
    (submitting, listening)
}

fn assert_refused(answer: &str) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 503 Service Unavailable\r\n"), "{answer}");
    assert!(head.contains("\r\nconnection: close") && body.contains("\"Code\":\"ServiceUnAvailable\""), "{answer}");
}

fn is_answered(program: &Program) -> bool {
    program
        .exchange(LIST.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n").as_bytes())
        .starts_with("HTTP/1.1 200 OK")
}

/// Whether a list is answered now or soon.
fn is_answered_soon(program: &Program) -> bool {
    (0..500).any(|_| {
        std::thread::sleep(Duration::from_millis(10));
        is_answered(program)
    })
}

#[test]
fn busy_connections_lock_nobody_out_of_health_and_others_are_told() {
    let program = crowded();
    let (mut submitting, mut listening) = full(&program);
    // More of each than there are spare places.
    for _ in 0..=HEALTH_CONNECTIONS_MAX {
        let health = program.exchange(HEALTH.as_bytes());
        assert!(health.starts_with("HTTP/1.1 200 OK") && health.contains("\r\nconnection: close"), "{health}");
        assert_refused(&program.exchange(LIST.as_bytes()));
    }
    assert!(program.exchange(METRICS.as_bytes()).contains("\njobdex_connections "));
    let with_body =
        "POST /?Action=ListLiveTranscodeJobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999\r\n\r\nPage";
    for request in [EVENTS, with_body] {
        assert_refused(&program.exchange(request.as_bytes()));
    }
    let idle: Vec<TcpStream> = (0..2 * HEALTH_CONNECTIONS_MAX).map(|_| program.connect()).collect();
    assert!(program.exchange(HEALTH.as_bytes()).starts_with("HTTP/1.1 200 OK"), "idle ones give way");
    drop(idle);
    // Nobody who was busy has lost anything.
    for busy in &mut submitting {
        let (head, body) = busy.ended();
        assert!(head.starts_with("HTTP/1.1 200 OK") && !head.contains("connection: close"), "{head}{body}");
    }
    listening.iter_mut().for_each(Busy::wait_for_event);
}

#[test]
fn a_place_comes_back_when_its_request_ends_and_when_its_client_goes() {
    let program = crowded();
    let (mut submitting, mut listening) = full(&program);
    assert!(!is_answered(&program));
    let mut first = submitting.swap_remove(0);
    first.ended();
    assert!(is_answered_soon(&program), "the connection stays open, but it is idle");
    assert_eq!(first.stream.read(&mut [0]).unwrap_or(0), 0, "it gave way");
    submitting.push(Busy::submitting(&program));
    assert!(!is_answered(&program), "the place is taken again");
    listening.pop();
    assert!(is_answered_soon(&program), "the client of an event stream has gone");
    listening.push(Busy::listening(&program));
    assert!(!is_answered(&program));
    submitting.pop();
    assert!(is_answered_soon(&program), "the client of half a request has gone");
}

#[test]
fn a_request_whose_body_never_ends_has_its_place_for_a_limited_time() {
    let program = crowded();
    let begin = Instant::now();
    let busy: Vec<Busy> = (0..PLACES).map(|_| Busy::submitting(&program)).collect();
    assert!(!is_answered(&program));
    for mut late in busy {
        let (head, _) = whole_answer(&mut late.stream).unwrap();
        assert!(head.starts_with("HTTP/1.1 408 ") && head.contains("\r\nconnection: close"), "{head}");
    }
    assert!(begin.elapsed() >= RECEIVE_LAPSE_MAX);
    assert!(is_answered_soon(&program));
}
