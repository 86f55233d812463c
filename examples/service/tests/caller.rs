//! A client in the same process: it calls the routes of the service without a network, on a clock that the test sets.
//!
//! The service has an access key. Calls of an action are signed with it, and all other requests have the cookie of a
//! session.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, Request, Version};
use axum::response::Response;
use chrono::{DateTime, Utc};
use http_body_util::BodyExt;
use jobdex::Job;
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::access::Access;
use crate::app::{App, Faults, Stop};
use crate::clock::Clock;
use crate::folder::Folder;
use crate::job::LiveJob;
use crate::oracle::vocabulary::job;
use crate::routes::{self, Routes};
use crate::signer::{ALL, Call, KEY, KEYS, key_line};
use crate::state::State;

pub(crate) use crate::query::{escaped, query_string, submission};

/// The first time on the clock of a test: 2026-03-01T00:00:00Z.
pub(crate) const BEGIN: i64 = 1_772_323_200;

/// A service and its only client.
pub(crate) struct Caller {
    pub(crate) app: App,
    pub(crate) stop: Stop,
    routes: Routes,
    runtime: Runtime,
    seconds: Arc<AtomicI64>,
    /// The file of access keys.
    pub(crate) keys: Folder,
    cookie: Option<(i64, String)>,
    nonces: usize,
}

/// An HTTP response.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Reply {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {:?}", self.text()))
    }

    /// The value of a member, as text.
    pub(crate) fn member(&self, name: &str) -> String {
        match &self.json()[name] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }
    }

    /// The status, the code and the message of a refusal. Checks that the body has the form of a refusal.
    pub(crate) fn refusal(&self) -> (u16, String, String) {
        let json = self.json();
        let members: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(members, ["Code", "HostId", "Message", "Recommend", "RequestId"], "{json}");
        assert!(self.status >= 400, "{} {json}", self.status);
        assert_eq!(self.headers["x-acs-request-id"], json["RequestId"].as_str().unwrap());
        (self.status, self.member("Code"), self.member("Message"))
    }
}

impl Caller {
    /// A service without jobs.
    pub(crate) fn new() -> Self {
        Self::with_jobs([])
    }

    /// A service that starts with these jobs.
    pub(crate) fn with_jobs(jobs: impl IntoIterator<Item = Job>) -> Self {
        let jobs = jobs.into_iter().map(|shown| LiveJob { shown, times: None }).collect();
        Self::with_state(BEGIN, |clock| State::new(jobs, clock).unwrap())
    }

    /// A service that starts with a state of this time.
    pub(crate) fn with_state(begin: i64, state: impl FnOnce(Clock) -> State) -> Self {
        let seconds = Arc::new(AtomicI64::new(begin));
        let hands = Arc::clone(&seconds);
        let clock = Clock::new(move || DateTime::from_timestamp(hands.load(Ordering::SeqCst), 0).unwrap());
        let keys = Folder::new();
        fs::write(keys.file(KEYS), key_line(&KEY, ALL)).unwrap();
        let access = Access::with_keys(&keys.file(KEYS)).unwrap();
        let (app, stop) = App::new(state(clock), access, ([127, 0, 0, 1], 8080).into(), Faults::Never);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { routes: routes::routes(&app), app, stop, runtime, seconds, keys, cookie: None, nonces: 0 }
    }

    /// A service with `count` immediate jobs, all of them created before the first time on the clock.
    pub(crate) fn with_count(count: usize) -> Self {
        let made = |number: usize| {
            let time = DateTime::from_timestamp(BEGIN - 1 - i64::try_from(number / 3).unwrap(), 0).unwrap();
            // Cells with an even number hold immediate jobs.
            Job {
                start_mode: jobdex::StartMode::Immediate,
                ..job(&format!("job-{number:05}"), &format!("Channel {number}"), time, number)
            }
        };
        Self::with_jobs((0..count).map(made))
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.app.state.now()
    }

    /// Advances the clock.
    pub(crate) fn wait(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
    }

    /// The time in so many seconds from now.
    pub(crate) fn after(&self, seconds: i64) -> String {
        let time = DateTime::from_timestamp(self.seconds.load(Ordering::SeqCst) + seconds, 0).unwrap();
        time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    /// Sends a request and waits for the whole answer.
    pub(crate) fn send(&mut self, request: Request<Body>) -> Reply {
        let response = self.begin(request);
        self.whole(response)
    }

    /// Sends a request and waits for the head of the answer. A request that is not signed gets the cookie of a session.
    pub(crate) fn begin(&mut self, mut request: Request<Body>) -> Response {
        let is_signed = request.headers().contains_key("authorization")
            || request.uri().query().is_some_and(|query| query.contains("Signature="));
        if !is_signed && !request.headers().contains_key("cookie") {
            let cookie = self.cookie();
            request.headers_mut().insert("cookie", cookie.parse().unwrap());
        }
        self.begin_as_is(request)
    }

    /// As [`begin`](Self::begin), without a cookie.
    pub(crate) fn begin_as_is(&mut self, mut request: Request<Body>) -> Response {
        if !request.headers().contains_key("host") && request.version() == Version::HTTP_11 {
            request.headers_mut().insert("host", HeaderValue::from_static("localhost"));
        }
        self.runtime.block_on(self.routes.answer(request))
    }

    /// As [`send`](Self::send), without a cookie.
    pub(crate) fn send_as_is(&mut self, request: Request<Body>) -> Reply {
        let response = self.begin_as_is(request);
        self.whole(response)
    }

    fn whole(&self, response: Response) -> Reply {
        let (parts, body) = response.into_parts();
        let body = self.runtime.block_on(body.collect()).unwrap().to_bytes();
        Reply { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    /// The cookie of a session. Each is used for an hour of the clock.
    fn cookie(&mut self) -> String {
        let now = self.seconds.load(Ordering::SeqCst);
        match &self.cookie {
            Some((time, cookie)) if now - time < 3600 => cookie.clone(),
            _ => {
                let reply = self.sign_in(KEY.id, KEY.secret);
                let cookie = reply.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
                self.cookie = Some((now, cookie.clone()));
                cookie
            }
        }
    }

    /// Sends the form of the page for signing in.
    pub(crate) fn sign_in(&mut self, id: &str, secret: &str) -> Reply {
        let form = query_string(&[("id", id), ("secret", secret), ("query", "q=news")]);
        let request = Request::post("/console/session").header("content-type", "application/x-www-form-urlencoded");
        self.send_as_is(request.body(Body::from(form)).unwrap())
    }

    /// A nonce that was not used before.
    pub(crate) fn nonce(&mut self) -> String {
        self.nonces += 1;
        format!("nonce-{}", self.nonces)
    }

    /// The next piece of a streamed body; `None` at its end.
    pub(crate) fn piece(&self, body: &mut Body) -> Option<Bytes> {
        let frame = self.runtime.block_on(async {
            tokio::time::timeout(std::time::Duration::from_secs(30), body.frame()).await.expect("a piece comes in time")
        });
        frame.map(|frame| frame.unwrap().into_data().unwrap())
    }

    pub(crate) fn get(&mut self, uri: &str) -> Reply {
        self.send(Request::get(uri).body(Body::empty()).unwrap())
    }

    /// Calls an action as the official client does: the action is a header, the parameters are in the query of a POST.
    pub(crate) fn act(&mut self, action: &str, params: &[(&str, &str)]) -> Reply {
        let headers = [("x-acs-action", action), ("x-acs-version", "2020-11-09")];
        let call = Call { method: "POST", query: params, headers: &headers, body: "" };
        let (time, nonce) = (self.after(0), self.nonce());
        self.send_as_is(KEY.v3(&call, &time, &nonce))
    }

    /// Submits a job that starts at once, and returns its ID.
    pub(crate) fn submit(&mut self, name: &str) -> String {
        let reply = self.act("SubmitLiveTranscodeJob", &submission(name));
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.member("JobId")
    }

    /// Submits a job that starts and ends so many seconds from now, and returns its ID.
    pub(crate) fn submit_timed(&mut self, name: &str, start: i64, end: i64) -> String {
        let times = self.times(start, end);
        let mut params = submission(name);
        params[2] = ("StartMode", "1");
        params.push(("TimedConfig", &times));
        let reply = self.act("SubmitLiveTranscodeJob", &params);
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.member("JobId")
    }

    /// The JSON text with a start and an end so many seconds from now.
    pub(crate) fn times(&self, start: i64, end: i64) -> String {
        format!(r#"{{"StartTime":"{}","EndTime":"{}"}}"#, self.after(start), self.after(end))
    }

    /// The status of a job. Checks that `GetLiveTranscodeJob` and the list agree on it.
    pub(crate) fn status(&mut self, job_id: &str) -> u64 {
        let got = self.act("GetLiveTranscodeJob", &[("JobId", job_id)]).json()["Job"].clone();
        let listed = self.act("ListLiveTranscodeJobs", &[("KeyWord", job_id)]).json()["JobList"][0].clone();
        assert_eq!(got, listed);
        got["Status"].as_u64().unwrap()
    }
}
