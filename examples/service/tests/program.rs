//! Tests of the built program: how it starts, how it handles hostile connections, and how it stops.
#![cfg(unix)]

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::folder::Folder;
use crate::limits::{CONNECTIONS_MAX, HEAD_LAPSE_MAX, HEADERS_MAX};
use crate::signer::{ALL, KEY, KEYS, key_line};

/// A running service. It is killed when the test ends.
///
/// It has an access key. All requests of the tests that have the line `Host: localhost` get the cookie of a session.
pub(crate) struct Program {
    child: Child,
    address: String,
    cookie: String,
    keys: Folder,
}

/// The path of the built service.
pub(crate) const SERVICE: &str = env!("CARGO_BIN_EXE_jobdex-service");

/// The path of the load generator: `target/<profile>/examples/load`, beside `target/<profile>/deps`, where tests are.
fn load_generator() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let path = test.ancestors().nth(2).unwrap().join("examples/load");
    assert!(path.exists(), "{} is missing: `cargo test` without `--test` builds it", path.display());
    path
}

impl Program {
    /// A service that starts with 100 generated jobs.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_with(&[&["--jobs", "100"], arguments].concat())
    }

    /// A service that starts with the jobs that its arguments name.
    pub(crate) fn start_with(arguments: &[&str]) -> Self {
        Self::spawn(Command::new(SERVICE).args(arguments))
    }

    /// A service of a command. It gets a key, and where the command says nothing else, it takes a free port and ends at once.
    pub(crate) fn spawn(command: &mut Command) -> Self {
        let keys = Folder::new();
        fs::write(keys.file(KEYS), key_line(&KEY, ALL)).unwrap();
        for (option, value) in [("--listen", "127.0.0.1:0"), ("--drain", "0")] {
            if !command.get_args().any(|argument| argument == option) {
                command.args([option, value]);
            }
        }
        command.arg("--access-keys").arg(keys.file(KEYS));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line
            .trim()
            .strip_prefix("listening on http://")
            .expect("the first line says where")
            .replace("0.0.0.0", "127.0.0.1");
        let mut program = Self { child, address, cookie: String::new(), keys };
        let form = format!("id={}&secret={}", KEY.id, KEY.secret);
        let answer = program.exchange(
            format!(
                "POST /console/session HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n\
                 Content-Type: application/x-www-form-urlencoded\r\n\r\n{form}",
                form.len()
            )
            .as_bytes(),
        );
        let cookie = answer.split("set-cookie: ").nth(1).and_then(|rest| rest.split(';').next());
        program.cookie = format!("Cookie: {}\r\n", cookie.expect(&answer));
        program
    }

    /// The request with the cookie of a session.
    pub(crate) fn signed(&self, request: &str) -> Vec<u8> {
        self.with_cookie(request.as_bytes())
    }

    /// The line of a request with the cookie of a session.
    pub(crate) fn cookie(&self) -> &str {
        &self.cookie
    }

    fn with_cookie(&self, mut request: &[u8]) -> Vec<u8> {
        const HOST: &[u8] = b"Host: localhost\r\n";
        let mut signed = Vec::with_capacity(request.len());
        while let Some(at) = request.windows(HOST.len()).position(|window| window == HOST) {
            let (before, after) = request.split_at(at + HOST.len());
            signed.extend(before);
            signed.extend(self.cookie.bytes());
            request = after;
        }
        signed.extend(request);
        signed
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream
    }

    /// Sends bytes on a new connection and reads until the service closes it.
    pub(crate) fn exchange(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect();
        stream.write_all(&self.with_cookie(bytes)).unwrap();
        let mut answer = String::new();
        // The connection may also end with a reset after the answer.
        let _ = stream.read_to_string(&mut answer);
        answer
    }

    /// Ends the service as a crash does: it can do nothing about it.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn terminate(&self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    }

    /// Waits until the service ends, and returns its exit code and its log.
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        let mut log = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        (self.child.wait().unwrap().code(), log)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // The service may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const LIST: &str = "GET /?Action=ListLiveTranscodeJobs&PageSize=1 HTTP/1.1\r\nHost: localhost\r\n";

/// Reads one answer from a connection that stays open.
fn read_answer(stream: &mut BufReader<TcpStream>) -> (String, String) {
    whole_answer(stream).unwrap()
}

/// As [`read_answer`], of a service that may end before the answer does.
pub(crate) fn whole_answer(stream: &mut BufReader<TcpStream>) -> io::Result<(String, String)> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |l| l.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok((head, String::from_utf8(body).unwrap()))
}

#[test]
fn it_says_where_it_listens_and_answers_there() {
    let program = Program::start(&[]);
    let answer = program.exchange(format!("{LIST}Connection: close\r\n\r\n").as_bytes());
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains("\"TotalCount\":100"), "{answer}");
}

#[test]
fn a_connection_serves_many_requests_also_when_they_come_at_once() {
    let program = Program::start(&[]);
    let mut stream = program.connect();
    stream.write_all(&program.signed(&format!("{LIST}\r\n").repeat(20))).unwrap();
    let mut answers = BufReader::new(stream);
    for _ in 0..20 {
        let (head, body) = read_answer(&mut answers);
        assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
        assert!(body.contains("\"TotalCount\":100"), "{body}");
    }
}

/// The body of an answer. Checks that its length is the one in the head.
fn body(answer: &str) -> &str {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{answer:?}"));
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect(head);
    assert_eq!(length.parse(), Ok(body.len()), "{answer}");
    body
}

#[test]
fn what_cannot_be_read_is_refused_as_all_is_and_disturbs_no_other_connection() {
    let program = Program::start(&["--log", "debug"]);
    let headers = "x: 1\r\n".repeat(HEADERS_MAX);
    let mut request_ids = Vec::new();
    for (bytes, status, name) in [
        (b"\0\0\0\0\r\n\r\n".to_vec(), "400 Bad Request", "Request"),
        (b"GET / HTTP/9.9\r\n\r\n".to_vec(), "400 Bad Request", "Request"),
        (b"GET /\x01 HTTP/1.1\r\n\r\n".to_vec(), "400 Bad Request", "Request"),
        (b"GET /?KeyWord=\xff HTTP/1.1\r\n\r\n".to_vec(), "400 Bad Request", "Request"),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n".to_vec(), "400 Bad Request", "Request"),
        ([b"GET /?x=".as_slice(), &vec![b'x'; 70_000], b" HTTP/1.1\r\n\r\n"].concat(), "414 URI Too Long", "URL"),
        ([b"GET /?x=".as_slice(), &vec![b'x'; 700_000]].concat(), "414 URI Too Long", "URL"),
        (
            [
                b"GET /healthz?x=".as_slice(),
                &vec![b'x'; 20_000],
                b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
            ]
            .concat(),
            "414 URI Too Long",
            "URL",
        ),
        (
            [b"GET / HTTP/1.1\r\nx: ".as_slice(), &vec![b'x'; 200_000]].concat(),
            "431 Request Header Fields Too Large",
            "Headers",
        ),
        (format!("{LIST}{headers}\r\n").into_bytes(), "431 Request Header Fields Too Large", "Headers"),
        (
            format!("{LIST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n").into_bytes(),
            "400 Bad Request",
            "Body",
        ),
    ] {
        let answer = program.exchange(&bytes);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{answer}");
        let json: serde_json::Value = serde_json::from_str(body(&answer)).unwrap();
        assert_eq!(json["Message"], format!("The specified parameter \"{name}\" is not valid."), "{answer}");
        let request_id = json["RequestId"].as_str().unwrap().to_owned();
        assert!(answer.contains(&format!("x-acs-request-id: {request_id}\r\n")), "{answer}");
        request_ids.push(request_id);
    }
    let answer = program.exchange(format!("{LIST}Connection: close\r\n\r\n").as_bytes());
    assert!(body(&answer).contains("\"TotalCount\":100"), "{answer}");
    let metrics = program.exchange(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    for count in ["status=\"400\"} 6", "status=\"414\"} 3", "status=\"431\"} 2"] {
        assert!(body(&metrics).contains(&format!("jobdex_requests_total{{action=\"other\",{count}\n")), "{metrics}");
    }
    program.terminate();
    let (_, log) = program.end();
    assert!(request_ids.iter().all(|id| log.contains(id)), "{request_ids:?} {log}");
}

#[test]
fn a_client_that_has_said_all_is_answered_all() {
    let program = Program::start(&[]);
    let cut_short =
        "POST /?Action=ListLiveTranscodeJobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nPage".to_owned();
    for (text, answers) in [
        (format!("{LIST}\r\n"), 1),
        (format!("{LIST}\r\n").repeat(5), 5),
        (cut_short, 1),
        ("GET /healthz HTTP/1.0\r\n\r\n".to_owned(), 1),
        (format!("{LIST}\r\nGET"), 1),
        (String::new(), 0),
    ] {
        let mut stream = program.connect();
        stream.write_all(&program.signed(&text)).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert_eq!(answer.matches("x-acs-request-id: ").count(), answers, "{text:?} {answer}");
    }
}

#[test]
fn a_refusal_of_a_head_that_comes_after_a_request_has_a_body_too() {
    let program = Program::start(&[]);
    let answer = program.exchange(format!("{LIST}\r\nGET /\x01 HTTP/1.1\r\n\r\n").as_bytes());
    let at = answer.rfind("HTTP/1.1 ").unwrap();
    assert!(body(&answer[..at]).contains("TotalCount"), "{answer}");
    assert!(body(&answer[at..]).contains("InvalidParameter"), "{answer}");
}

#[test]
fn a_termination_lets_an_open_request_end_and_streams_too() {
    let program = Program::start(&["--log", "info"]);
    let mut events = BufReader::new(program.connect());
    events.get_mut().write_all(&program.signed("GET /console/events HTTP/1.1\r\nHost: localhost\r\n\r\n")).unwrap();
    let mut line = String::new();
    events.read_line(&mut line).unwrap();
    assert_eq!(line, "HTTP/1.1 200 OK\r\n");
    let mut idle = program.connect();
    idle.write_all(&program.signed(&format!("{LIST}\r\n"))).unwrap();
    let mut idle = BufReader::new(idle);
    read_answer(&mut idle);
    let mut open = program.connect();
    let head = "POST /?Action=ListLiveTranscodeJobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n";
    open.write_all(&program.signed(head)).unwrap();
    open.write_all(b"PageS").unwrap();
    // Once the service has answered a later request, it has read this head too.
    program.exchange(format!("{LIST}Connection: close\r\n\r\n").as_bytes());
    program.terminate();
    let mut rest = String::new();
    events.read_to_string(&mut rest).unwrap();
    open.write_all(b"ize=2").unwrap();
    let mut open = BufReader::new(open);
    let (head, body) = read_answer(&mut open);
    assert!(head.starts_with("HTTP/1.1 200 OK") && body.contains("\"TotalCount\":100"), "{head}{body}");
    assert_eq!(idle.read_to_string(&mut rest).unwrap(), 0, "an idle connection is closed");
    let (code, log) = program.end();
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("stopped"), "{log}");
}

#[test]
fn the_log_is_json_if_asked_for_with_a_line_for_each_write() {
    let program = Program::start(&["--log-form", "json"]);
    let answer = program.exchange(
        b"POST /?Action=DeleteLiveTranscodeJob&JobId=none HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    );
    let body: serde_json::Value = serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    program.terminate();
    let (_, log) = program.end();
    let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let write = lines.iter().find(|line| line["action"] == "DeleteLiveTranscodeJob").expect(&log);
    assert_eq!((&write["status"], &write["request_id"]), (&404.into(), &body["RequestId"]));
}

#[test]
fn the_load_generator_is_answered_each_time_and_leaves_the_jobs_as_they_were() {
    let program = Program::start(&[]);
    let pace = ["--rate", "200", "--writes", "50", "--seconds", "1", "--connections", "4", "--threads", "1"];
    let output = Command::new(load_generator())
        .arg(&program.address)
        .args(["--access-key", &format!("{}:{}", KEY.id, KEY.secret)])
        .args(pace)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let report = String::from_utf8(output.stdout).unwrap();
    for kind in ["lists", "writes"] {
        let line = report.lines().find(|line| line.starts_with(kind)).unwrap_or_else(|| panic!("{report}"));
        assert!(line.contains("failed 0 ") && line.contains(" p99 "), "{line}");
    }
    let answer = program.exchange(format!("{LIST}Connection: close\r\n\r\n").as_bytes());
    assert!(body(&answer).contains("\"TotalCount\":100"), "{answer}");
}

#[test]
fn a_port_that_is_taken_is_an_error_with_its_reason() {
    let first = Program::start(&[]);
    let output = Command::new(SERVICE).args(["--listen", &first.address, "--jobs", "1"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let log = String::from_utf8(output.stderr).unwrap();
    let said = format!("--listen {}: ", first.address);
    assert!(log.contains("in use") && log.contains(&said) && log.contains("port 0"), "{log}");
    assert!(!log.contains("in memory"), "no job is made before: {log}");
}

#[test]
fn an_address_that_others_can_reach_needs_keys_or_says_that_it_is_insecure() {
    let output = Command::new(SERVICE).args(["--listen", "0.0.0.0:0", "--jobs", "1"]).output().unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{log}");
    assert!(["--listen 0.0.0.0:0", "--access-keys FILE", "--insecure"].iter().all(|way| log.contains(way)), "{log}");
    let program = Program::start_with(&["--jobs", "1", "--listen", "0.0.0.0:0"]);
    let answer = program.exchange(format!("{LIST}Connection: close\r\n\r\n").as_bytes());
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    let mut insecure = Command::new(SERVICE)
        .args(["--listen", "0.0.0.0:0", "--jobs", "1", "--insecure", "--drain", "0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(insecure.stdout.take().unwrap()).read_line(&mut line).unwrap();
    insecure.kill().unwrap();
    let mut log = String::new();
    insecure.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    insecure.wait().unwrap();
    assert!(line.starts_with("listening on http://0.0.0.0:") && log.contains("everybody may ask"), "{line} {log}");
}

#[test]
fn keys_are_read_again_at_a_hangup_and_a_bad_file_changes_nothing() {
    let program = Program::start(&["--log", "info"]);
    let hang_up = |words: &str| {
        let said = words.to_owned();
        fs::write(program.keys.file(KEYS), said).unwrap();
        let id = program.child.id().to_string();
        assert!(Command::new("kill").args(["-HUP", &id]).status().unwrap().success());
    };
    let asks = || program.exchange(format!("{LIST}Connection: close\r\n\r\n").as_bytes());
    hang_up("{\"id\": 1}");
    let read_only = r#"{"Effect":"Allow","Action":"ice:Get*","Resource":"*"}"#;
    assert!(asks().starts_with("HTTP/1.1 200 OK\r\n"));
    hang_up(&key_line(&KEY, read_only));
    let is_forbidden = (0..300).any(|_| {
        std::thread::sleep(Duration::from_millis(20));
        asks().contains("Forbidden.RAM")
    });
    assert!(is_forbidden, "the new policy counts");
    program.terminate();
    let (code, log) = program.end();
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("the access keys were read again"), "{log}");
}

#[test]
fn a_termination_says_so_before_it_ends() {
    let program = Program::start(&["--drain", "60"]);
    let mut writer = program.connect();
    writer.write_all(&program.signed(&format!("{LIST}\r\n"))).unwrap();
    let mut writer = BufReader::new(writer);
    let (head, _) = read_answer(&mut writer);
    assert!(!head.contains("connection: close"), "{head}");
    program.terminate();
    let health = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let is_stopping = (0..300).any(|_| {
        std::thread::sleep(Duration::from_millis(20));
        program.exchange(health).starts_with("HTTP/1.1 503 ")
    });
    assert!(is_stopping, "a new connection is told");
    writer.get_mut().write_all(&program.signed(&format!("{LIST}\r\n"))).unwrap();
    let (head, body) = read_answer(&mut writer);
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.contains("\r\nconnection: close\r\n"), "{head}");
    assert!(body.contains("\"TotalCount\":100"), "{body}");
    assert_eq!(writer.read(&mut [0]).unwrap(), 0, "that was its last answer");
    let id = program.child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let (code, log) = program.end();
    assert_eq!(code, Some(0), "{log}");
}

#[test]
fn a_client_of_http_2_is_told_what_is_spoken_here() {
    let program = Program::start(&[]);
    let answer = program.exchange(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0");
    assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n") && body(&answer).contains("HTTP/1.1"), "{answer:?}");
}

#[test]
fn a_refused_request_says_that_its_connection_ends() {
    let program = Program::start(&[]);
    let too_long = "POST /?Action=ListLiveTranscodeJobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999\r\n\r\n";
    let no_body_wanted = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999\r\n\r\n";
    let no_http = "GET /\x01 HTTP/1.1\r\n\r\n";
    let no_host = "GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n";
    for (request, status) in [(too_long, 413), (no_body_wanted, 200), (no_http, 400), (no_host, 400)] {
        let answer = program.exchange(request.as_bytes());
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        let (head, _) = answer.split_once("\r\n\r\n").unwrap();
        assert_eq!(head.matches("connection: close").count(), 1, "{head}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "the body is no request: {answer}");
    }
    let old = program.exchange(b"GET /healthz HTTP/1.0\r\n\r\n");
    assert!(old.starts_with("HTTP/1.") && old.contains(" 200 OK"), "HTTP/1.0 has no Host: {old}");
}

#[test]
fn idle_connections_lock_nobody_out() {
    let program = Program::start(&[]);
    // Each end of each connection is an open file, of which the service has as many as this test. A limit of the system
    // under the service's own is no failure of the service.
    let mut idle = Vec::new();
    while idle.len() < CONNECTIONS_MAX + 50 {
        match TcpStream::connect(&program.address) {
            Ok(stream) => idle.push(stream),
            Err(error) => {
                println!("not tested: this system allows {} connections: {error}", idle.len());
                return;
            }
        }
    }
    let begin = std::time::Instant::now();
    let health = program.exchange(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    let list = program.exchange(format!("{LIST}Connection: close\r\n\r\n").as_bytes());
    assert!(health.starts_with("HTTP/1.1 200 OK") && list.starts_with("HTTP/1.1 200 OK"), "{health} {list}");
    assert!(begin.elapsed() < HEAD_LAPSE_MAX, "nobody waits until the idle ones have had their time");
    let mut first = idle.swap_remove(0);
    first.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    assert_eq!(first.read(&mut [0]).unwrap_or(0), 0, "the idlest was closed");
}

/// The value of a metric without labels.
fn metric(program: &Program, name: &str) -> u64 {
    let page = program.exchange(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    let line = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("{name} is not in {page}")).parse().unwrap()
}

#[test]
fn the_jobs_of_a_first_look_change_and_those_that_were_asked_for_do_not() {
    let (first_look, asked_for) = (Program::start_with(&["--log", "error"]), Program::start(&[]));
    let before = metric(&first_look, "jobdex_store_writes_total");
    let moves = (0..300).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        metric(&first_look, "jobdex_store_writes_total") > before
    });
    assert!(moves);
    assert!(asked_for.exchange(format!("{LIST}Connection: close\r\n\r\n").as_bytes()).contains("\"TotalCount\":100"));
}

#[test]
fn idle_connections_lock_nobody_out_of_a_service_with_few_files_and_do_not_flood_its_log() {
    let mut child = Command::new("sh")
        .args(["-c", "ulimit -n 24 && exec \"$0\" \"$@\"", SERVICE])
        .args(["--listen", "127.0.0.1:0", "--jobs", "1", "--threads", "1", "--drain", "0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("listening on http://").expect("it starts with few files");
    let idle: Vec<TcpStream> = (0..60).map(|_| TcpStream::connect(address).unwrap()).collect();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "idle connections give way: {answer}");
    drop(idle);
    child.kill().unwrap();
    let mut log = String::new();
    child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    child.wait().unwrap();
    assert_eq!(log.matches("a connection was not accepted").count(), 1, "{log}");
}
