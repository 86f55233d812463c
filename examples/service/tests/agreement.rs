//! Random requests, valid and invalid, in every form: the service must answer each as the model does, and never with
//! 500.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{Method, Request};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::caller::{Caller, Reply, escaped};
use crate::model::{Asked, Expected, Model, Sent};
use crate::oracle::random::Random;
use crate::oracle::vocabulary::{NAMES, keyword_like};

/// The kind of value that a parameter takes.
#[derive(Clone, Copy)]
enum Kind {
    OneOf(&'static [&'static str]),
    PageNo,
    PageSize,
    KeyWord,
    JobId,
    Name,
    Input,
    Output,
    Times,
}

/// Each action with its parameters.
const API: [(&str, &[(&str, Kind)]); 6] = [
    (
        "ListLiveTranscodeJobs",
        &[
            ("Type", Kind::OneOf(&["normal", "narrow-band", "audio-only", "origin"])),
            ("StartMode", Kind::OneOf(&["0", "1", "01"])),
            ("Status", Kind::OneOf(&["0", "1", "2", "0002"])),
            ("PageNo", Kind::PageNo),
            ("PageSize", Kind::PageSize),
            ("SortBy", Kind::OneOf(&["asc", "desc"])),
            ("KeyWord", Kind::KeyWord),
        ],
    ),
    ("GetLiveTranscodeJob", &[("JobId", Kind::JobId)]),
    (
        "SubmitLiveTranscodeJob",
        &[
            ("Name", Kind::Name),
            ("TemplateId", Kind::OneOf(&["t-normal-1080", "t-normal-cn", "t-narrow-cn", "t-audio-64", "t-origin"])),
            ("StartMode", Kind::OneOf(&["0", "1"])),
            ("StreamInput", Kind::Input),
            ("TranscodeOutput", Kind::Output),
            ("TimedConfig", Kind::Times),
        ],
    ),
    (
        "UpdateLiveTranscodeJob",
        &[
            ("JobId", Kind::JobId),
            ("Name", Kind::Name),
            ("StreamInput", Kind::Input),
            ("TranscodeOutput", Kind::Output),
            ("TimedConfig", Kind::Times),
        ],
    ),
    ("SendLiveTranscodeJobCommand", &[("JobId", Kind::JobId), ("Command", Kind::OneOf(&["stop"]))]),
    ("DeleteLiveTranscodeJob", &[("JobId", Kind::JobId)]),
];

/// Values that are invalid for almost every parameter.
const WRONG: [&str; 12] =
    ["-1", "7", "x", "ASC", "1e3", " ", "99999999999999999999", "\0", "{", "[1]", "{\"Type\":7}", "<script>"];

/// Generates random requests.
struct Maker {
    random: Random,
    job_ids: Vec<String>,
    now: DateTime<Utc>,
}

impl Maker {
    fn asked(&mut self) -> Asked {
        // Lists are the most common; there are more submissions than deletions.
        let which = *self.random.pick(&[0, 0, 0, 0, 1, 2, 2, 2, 2, 3, 3, 4, 5]);
        let (action, described) = API[which];
        let is_sound = self.random.chance(70);
        let mut params = Vec::new();
        for &(name, kind) in described {
            let is_left_out =
                if which == 0 { self.random.chance(60) } else { self.random.chance(if is_sound { 3 } else { 15 }) };
            let is_optional = which == 3 && name != "JobId" && self.random.chance(60);
            if !is_left_out && !is_optional {
                params.push((name, self.sent(kind, is_sound)));
            }
            if !is_sound && self.random.chance(5) {
                params.push((name, self.sent(kind, is_sound)));
            }
        }
        self.random.shuffle(&mut params);
        Asked { action, params }
    }

    fn sent(&mut self, kind: Kind, is_sound: bool) -> Sent {
        if is_sound || self.random.chance(70) {
            return Sent::Text(self.sound(kind));
        }
        match self.random.below(6) {
            0 => Sent::Malformed,
            1 => Sent::Text(String::new()),
            2 => Sent::Text("x".repeat(1025)),
            _ => Sent::Text((*self.random.pick(&WRONG)).to_owned()),
        }
    }

    /// A valid value, except for unknown job IDs and for times that are too early, too late or in the wrong order.
    fn sound(&mut self, kind: Kind) -> String {
        match kind {
            Kind::OneOf(values) => (*self.random.pick(values)).to_owned(),
            Kind::PageNo => (*self.random.pick(&["1", "2", "3", "7", "1000000", "18446744073709551615"])).to_owned(),
            Kind::PageSize => (*self.random.pick(&["1", "2", "7", "20", "100"])).to_owned(),
            Kind::KeyWord if !self.job_ids.is_empty() && self.random.chance(10) => self.job_id().to_ascii_uppercase(),
            Kind::KeyWord => keyword_like(&mut self.random, NAMES).chars().take(128).collect(),
            Kind::JobId => self.job_id(),
            Kind::Name => (*self.random.pick(NAMES)).to_owned(),
            Kind::Input => self.input(),
            Kind::Output => self.output(),
            Kind::Times => self.times(),
        }
    }

    fn job_id(&mut self) -> String {
        if self.job_ids.is_empty() || self.random.chance(5) {
            return "none".to_owned();
        }
        self.random.pick(&self.job_ids).clone()
    }

    fn input(&mut self) -> String {
        let number = self.random.below(100);
        (*self.random.pick(&[
            r#"{"Type":"rtmp","InputUrl":"rtmp://in/live/NUMBER"}"#,
            r#" {"InputUrl":"rtmp://in/直播/NUMBER","Type":"rtmp","More":[{}]}"#,
            r#"{"Type":"rtmp","InputUrl":"rtmp://in/NUMBER"}"#,
            r#"{"Type":"hls","InputUrl":"rtmp://in/NUMBER"}"#,
            r#"{"Type":"rtmp","InputUrl":""}"#,
            r#"{"Type":"rtmp","InputUrl":NUMBER}"#,
        ]))
        .replace("NUMBER", &number.to_string())
    }

    fn output(&mut self) -> String {
        (*self.random.pick(&[
            r#"{"Type":"LiveCenter"}"#,
            r#"{"Type":"LiveCenter","DomainName":null}"#,
            r#"{"Type":"LiveCenter","DomainName":"out-1.example.com"}"#,
            r#"{"Type":"LiveCenter","DomainName":"out-2.example.com"}"#,
            r#"{"Type":"LiveCenter","DomainName":"a/b"}"#,
            r#"{"Type":"LiveCenter","DomainName":{}}"#,
        ]))
        .to_owned()
    }

    fn times(&mut self) -> String {
        let mut time = || {
            let seconds = *self.random.pick(&[0, 1, 2, 5, 9, 30, 300, 604_800, -1, 604_801]);
            (self.now + TimeDelta::seconds(seconds)).format("%Y-%m-%dT%H:%M:%SZ").to_string()
        };
        let (start, end) = (time(), time());
        let (start, end) = if self.random.chance(90) && end < start { (end, start) } else { (start, end) };
        format!(r#"{{"StartTime":"{start}","EndTime":"{end}"}}"#)
    }

    /// Writes the request in one of its forms, with the parameters in the same order.
    fn request(&mut self, asked: &Asked) -> Request<Body> {
        let mut pairs: Vec<String> =
            asked.params.iter().map(|(name, sent)| format!("{name}={}", self.encoded(sent))).collect();
        let method = if self.random.chance(50) { Method::GET } else { Method::POST };
        let mut request = Request::builder().method(method);
        if self.random.chance(50) {
            request = request.header("x-acs-action", asked.action).header("x-acs-version", "2020-11-09");
        } else {
            pairs.insert(0, format!("Version=2020-11-09&Action={}", asked.action));
        }
        if self.random.chance(30) {
            pairs.insert(self.random.below(pairs.len() + 1), "SignatureType=%zz&SignatureType=&&more".to_owned());
        }
        let in_query = if self.random.chance(60) { pairs.len() } else { self.random.below(pairs.len() + 1) };
        let body = pairs.split_off(in_query).join("&");
        let request = request.uri(format!("/?{}", pairs.join("&")));
        request.header("content-type", "application/x-www-form-urlencoded").body(Body::from(body)).unwrap()
    }

    fn encoded(&mut self, sent: &Sent) -> String {
        match sent {
            Sent::Malformed => (*self.random.pick(&["%", "%2", "a%zz", "%FF%FE", "%C3"])).to_owned(),
            Sent::Text(text) => escaped(text),
        }
    }
}

/// Translates an answer of the service into an answer of the model.
fn answered(asked: &Asked, reply: &Reply, expected: &Expected) -> Expected {
    if reply.status != 200 {
        let (status, code, message) = reply.refusal();
        let code = ["MissingParameter", "InvalidParameter", "JobNotFound", "OperationDenied", "JobStatusConflict"]
            .into_iter()
            .find(|known| **known == code)
            .unwrap_or_else(|| panic!("{code} of {asked:?}"));
        return Expected::Refused(status, code, message.split('"').nth(1).map(str::to_owned));
    }
    let json = reply.json();
    match asked.action {
        "ListLiveTranscodeJobs" => Expected::List {
            total: json["TotalCount"].as_u64().unwrap(),
            jobs: json["JobList"].as_array().unwrap().clone(),
        },
        "GetLiveTranscodeJob" => Expected::Get(json["Job"].clone()),
        "SubmitLiveTranscodeJob" => match expected {
            Expected::Submitted(submission) => Expected::Submitted(submission.clone()),
            _ => Expected::Done,
        },
        _ => {
            assert_eq!(json.as_object().unwrap().keys().collect::<Vec<_>>(), ["RequestId"]);
            Expected::Done
        }
    }
}

/// The kind of an answer, in one word.
fn outcome(asked: &Asked, answer: &Expected) -> String {
    match answer {
        Expected::Refused(_, code, parameter) => {
            format!("{} {code} {}", asked.action, parameter.as_deref().unwrap_or("-"))
        }
        Expected::List { jobs, .. } if jobs.is_empty() => "empty list".to_owned(),
        _ => asked.action.to_owned(),
    }
}

/// Sends many requests to both service and model while the clock advances, and counts the kinds of answers.
fn agree(seed: u64, requests: usize, outcomes: &mut BTreeMap<String, usize>) {
    let mut caller = Caller::new();
    let mut model = Model::new(caller.now());
    let mut maker = Maker { random: Random::new(seed), job_ids: Vec::new(), now: caller.now() };
    for number in 0..requests {
        if maker.random.chance(20) {
            caller.wait(i64::try_from(maker.random.below(4)).unwrap());
            maker.now = caller.now();
            model.set_now(maker.now);
        }
        let asked = maker.asked();
        let request = maker.request(&asked);
        let said = format!("seed {seed}, request {number}: {asked:?} as {request:?}");
        let expected = model.answer(&asked);
        let reply = caller.send(request);
        assert_eq!(answered(&asked, &reply, &expected), expected, "{said}");
        *outcomes.entry(outcome(&asked, &expected)).or_default() += 1;
        if let Expected::Submitted(submission) = expected {
            let job_id = reply.member("JobId");
            model.submitted(&submission, &job_id);
            maker.job_ids.push(job_id);
        }
    }
    whole_lists_agree(&mut caller, &model);
}

/// All jobs, read page by page.
fn whole_lists_agree(caller: &mut Caller, model: &Model) {
    let mut listed: Vec<Value> = Vec::new();
    for page in 1.. {
        let json = caller
            .act("ListLiveTranscodeJobs", &[("SortBy", "asc"), ("PageSize", "100"), ("PageNo", &page.to_string())])
            .json();
        let jobs = json["JobList"].as_array().unwrap();
        if jobs.is_empty() {
            break;
        }
        listed.extend(jobs.iter().cloned());
    }
    let expected: Vec<Value> = model.oracle.sorted().iter().map(|job| serde_json::to_value(&**job).unwrap()).collect();
    assert_eq!(listed, expected);
}

#[test]
fn the_service_answers_random_requests_as_the_model_does() {
    let mut outcomes = BTreeMap::new();
    for seed in 0..10 {
        agree(seed, 2000, &mut outcomes);
    }
    // Every action, every invalid parameter and every rule of the states occurred, most of them often.
    let often = outcomes.iter().filter(|&(_, &count)| count > 20).count();
    assert!(outcomes.len() > 55 && often > 45, "{outcomes:#?}");
}
