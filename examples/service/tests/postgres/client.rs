//! A client of one process, over one connection, with the cookie of a session.

use std::io::{self, BufReader, Write};
use std::net::TcpStream;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::program::{Program, whole_answer};
use crate::query::{query_string, submission};

/// No step of a test takes so long unless it has failed.
pub(crate) const LONG: Duration = Duration::from_secs(60);

pub(crate) struct Client {
    stream: BufReader<TcpStream>,
    cookie: String,
}

/// The answer to an action.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) json: Value,
}

impl Reply {
    /// The code of a refusal.
    pub(crate) fn code(&self) -> &str {
        self.json["Code"].as_str().unwrap_or_default()
    }

    /// Checks that an action was refused, and how.
    pub(crate) fn assert_refused(&self, status: u16, code: &str) {
        assert_eq!((self.status, self.code()), (status, code), "{}", self.json);
    }

    /// The JSON of an action that was done.
    pub(crate) fn done(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.json);
        self.json
    }
}

impl Client {
    pub(crate) fn of(program: &Program) -> Self {
        Self { stream: BufReader::new(program.connect()), cookie: program.cookie().to_owned() }
    }

    /// Sends a request. An error is a process that has ended.
    fn exchange(&mut self, line: &str, headers: &str) -> io::Result<(u16, String)> {
        let request = format!("{line} HTTP/1.1\r\nHost: localhost\r\n{}{headers}\r\n", self.cookie);
        self.stream.get_mut().write_all(request.as_bytes())?;
        let (head, body) = whole_answer(&mut self.stream)?;
        let status = head.get(9..12).and_then(|status| status.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
        Ok((status, body))
    }

    pub(crate) fn get(&mut self, path: &str) -> (u16, String) {
        self.exchange(&format!("GET {path}"), "").unwrap()
    }

    /// As [`act`](Self::act), of a process that may end before it answers.
    pub(crate) fn try_act(&mut self, action: &str, params: &[(&str, &str)]) -> io::Result<Reply> {
        let query = query_string(params);
        let line = format!("POST /?Action={action}&{query}");
        let (status, body) = self.exchange(&line, "Content-Length: 0\r\n")?;
        Ok(Reply { status, json: serde_json::from_str(&body)? })
    }

    pub(crate) fn act(&mut self, action: &str, params: &[(&str, &str)]) -> Reply {
        self.try_act(action, params).unwrap()
    }

    pub(crate) fn submit(&mut self, name: &str) -> String {
        let job = self.act("SubmitLiveTranscodeJob", &submission(name)).done();
        job["JobId"].as_str().unwrap().to_owned()
    }

    /// Submits a job that starts and ends so many seconds from now.
    pub(crate) fn submit_timed(&mut self, name: &str, start: i64, end: i64) -> String {
        let times = times(start, end);
        let mut params = submission(name);
        params[2] = ("StartMode", "1");
        params.push(("TimedConfig", &times));
        let job = self.act("SubmitLiveTranscodeJob", &params).done();
        job["JobId"].as_str().unwrap().to_owned()
    }

    /// The job as `GetLiveTranscodeJob` and the list show it; `None` if there is none.
    pub(crate) fn job(&mut self, job_id: &str) -> Option<Value> {
        let reply = self.act("GetLiveTranscodeJob", &[("JobId", job_id)]);
        if reply.status == 404 {
            return None;
        }
        Some(reply.done()["Job"].clone())
    }

    pub(crate) fn status(&mut self, job_id: &str) -> u64 {
        self.job(job_id).unwrap()["Status"].as_u64().unwrap()
    }

    pub(crate) fn total(&mut self) -> u64 {
        self.act("ListLiveTranscodeJobs", &[]).done()["TotalCount"].as_u64().unwrap()
    }

    /// All jobs, each with its name and status.
    pub(crate) fn jobs(&mut self) -> Vec<(String, String, u64)> {
        let mut jobs = Vec::new();
        for page_no in 1.. {
            let page_no = page_no.to_string();
            let params = [("PageNo", page_no.as_str()), ("PageSize", "100")];
            let page = self.act("ListLiveTranscodeJobs", &params).done()["JobList"].take();
            let listed = page.as_array().unwrap();
            jobs.extend(listed.iter().map(|job| {
                let text = |name: &str| job[name].as_str().unwrap().to_owned();
                (text("JobId"), text("Name"), job["Status"].as_u64().unwrap())
            }));
            if listed.len() < 100 {
                break;
            }
        }
        jobs.sort();
        jobs
    }

    pub(crate) fn health(&mut self) -> Reply {
        let (status, body) = self.get("/healthz");
        Reply { status, json: serde_json::from_str(&body).unwrap() }
    }

    /// The value of a metric.
    pub(crate) fn metric(&mut self, name: &str) -> Option<f64> {
        let (_, page) = self.get("/metrics");
        page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
    }

    /// Waits until the process is ready.
    pub(crate) fn ready(mut self) -> Self {
        until("the process is ready", || (self.health().status == 200).then_some(()));
        self
    }
}

/// The JSON text with a start and an end so many seconds from now.
pub(crate) fn times(start: i64, end: i64) -> String {
    let text = |seconds| {
        let time =
            chrono::DateTime::<chrono::Utc>::from(std::time::SystemTime::now()) + chrono::TimeDelta::seconds(seconds);
        time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
    };
    format!(r#"{{"StartTime":"{}","EndTime":"{}"}}"#, text(start), text(end))
}

/// Waits until there is an answer.
pub(crate) fn until<T>(what: &str, mut answer: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + LONG;
    loop {
        if let Some(answer) = answer() {
            return answer;
        }
        assert!(Instant::now() < end, "not within {LONG:?}: {what}");
        sleep(Duration::from_millis(5));
    }
}
