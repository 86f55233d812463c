//! A model of the service: a slow, obvious program that gives the expected answer to every request.
//!
//! The model shares no code with the service. Parameters are a list of names and texts, jobs are in the oracle of the
//! store, and the model states the rules again, in the order of the API reference.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use jobdex::{Job, OutputStream, SortOrder, StartMode, Status, StreamInfo, StreamInput, TemplateType};
use serde_json::Value;

use crate::oracle::store::{ListSpec, Oracle, Start};

/// The value of a parameter: a text, or a malformed escape.
#[derive(Clone, Debug)]
pub(crate) enum Sent {
    Text(String),
    Malformed,
}

/// A request, independent of its form in HTTP.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) action: &'static str,
    pub(crate) params: Vec<(&'static str, Sent)>,
}

/// The expected answer to a request.
#[derive(Debug, PartialEq)]
pub(crate) enum Expected {
    /// A page with these jobs.
    List { total: u64, jobs: Vec<Value> },
    /// This job.
    Get(Value),
    /// A new job. The service chooses its ID.
    Submitted(Box<Submission>),
    /// Success, without content.
    Done,
    /// A refusal, with its status, its code, and the name of the parameter if the code has one.
    Refused(u16, &'static str, Option<String>),
}

/// A job without its ID.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Submission {
    job: Job,
    times: Option<Times>,
    domain: String,
}

/// The templates of the service.
const TEMPLATES: [(&str, &str, TemplateType); 8] = [
    ("t-normal-1080", "HD 1080p", TemplateType::Normal),
    ("t-normal-480", "SD 480p", TemplateType::Normal),
    ("t-normal-cn", "模板1", TemplateType::Normal),
    ("t-narrow-1080", "narrow HD", TemplateType::NarrowBand),
    ("t-narrow-cn", "窄带高清", TemplateType::NarrowBand),
    ("t-audio-128", "AAC 128k", TemplateType::AudioOnly),
    ("t-audio-64", "AAC 64k", TemplateType::AudioOnly),
    ("t-origin", "origin", TemplateType::Origin),
];

type Refusal = Expected;

/// The start and the end of a job.
type Times = (DateTime<Utc>, DateTime<Utc>);

/// A member of a JSON object: a text, absent, or refused.
type Member = Result<Option<String>, Refusal>;

fn missing(name: &str) -> Refusal {
    Expected::Refused(400, "MissingParameter", Some(name.to_owned()))
}

fn invalid(name: &str) -> Refusal {
    Expected::Refused(400, "InvalidParameter", Some(name.to_owned()))
}

fn not_found() -> Refusal {
    Expected::Refused(404, "JobNotFound", None)
}

impl Asked {
    /// The one value of a parameter that is not empty.
    fn get(&self, name: &str) -> Result<Option<&str>, Refusal> {
        let mut values = Vec::new();
        for (_, sent) in self.params.iter().filter(|(known, _)| *known == name) {
            match sent {
                Sent::Malformed => return Err(invalid(name)),
                Sent::Text(text) if text.is_empty() => {}
                Sent::Text(text) => values.push(text.as_str()),
            }
        }
        match values[..] {
            [] => Ok(None),
            [one] => Ok(Some(one)),
            _ => Err(invalid(name)),
        }
    }

    fn need(&self, name: &str) -> Result<&str, Refusal> {
        self.get(name)?.ok_or_else(|| missing(name))
    }

    /// The members of a JSON object. Each member is a text if it is present.
    fn object(&self, name: &str, members: [&str; 2]) -> Result<Option<[Member; 2]>, Refusal> {
        let Some(text) = self.get(name)? else { return Ok(None) };
        let Ok(Value::Object(object)) = serde_json::from_str(text) else { return Err(invalid(name)) };
        Ok(Some(members.map(|member| match object.get(member) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
            Some(_) => Err(invalid(&format!("{name}.{member}"))),
        })))
    }

    fn name(&self) -> Result<Option<String>, Refusal> {
        match self.get("Name")? {
            Some(name) if name.len() > 1024 => Err(invalid("Name")),
            name => Ok(name.map(str::to_owned)),
        }
    }

    fn stream_input(&self) -> Result<Option<StreamInput>, Refusal> {
        let Some([r#type, url]) = self.object("StreamInput", ["Type", "InputUrl"])? else { return Ok(None) };
        match r#type?.ok_or_else(|| missing("StreamInput.Type"))?.as_str() {
            "rtmp" => {}
            _ => return Err(invalid("StreamInput.Type")),
        }
        let input_url = url?.ok_or_else(|| missing("StreamInput.InputUrl"))?;
        let is_sound =
            input_url.len() > "rtmp://".len() && input_url.starts_with("rtmp://") && !input_url.contains(' ');
        if !is_sound || input_url.len() > 1024 {
            return Err(invalid("StreamInput.InputUrl"));
        }
        Ok(Some(StreamInput { r#type: "rtmp".to_owned(), input_url }))
    }

    fn domain(&self) -> Result<Option<String>, Refusal> {
        let Some([r#type, domain]) = self.object("TranscodeOutput", ["Type", "DomainName"])? else { return Ok(None) };
        match r#type?.ok_or_else(|| missing("TranscodeOutput.Type"))?.as_str() {
            "LiveCenter" => {}
            _ => return Err(invalid("TranscodeOutput.Type")),
        }
        let domain = domain?.unwrap_or_else(|| "live.example.com".to_owned());
        if domain.contains(['/', ' ', '<']) {
            return Err(invalid("TranscodeOutput.DomainName"));
        }
        Ok(Some(domain))
    }

    fn times(&self, now: DateTime<Utc>) -> Result<Option<Times>, Refusal> {
        let Some([start, end]) = self.object("TimedConfig", ["StartTime", "EndTime"])? else { return Ok(None) };
        let time = |text: Member, name: &str| {
            let time: DateTime<Utc> = text?.ok_or_else(|| missing(name))?.parse().map_err(|_| invalid(name))?;
            let is_near = now <= time && time <= now + TimeDelta::days(7);
            if is_near { Ok(time) } else { Err(invalid(name)) }
        };
        let (start, end) = (time(start, "TimedConfig.StartTime")?, time(end, "TimedConfig.EndTime")?);
        if start < end { Ok(Some((start, end))) } else { Err(invalid("TimedConfig.EndTime")) }
    }

    fn list(&self) -> Result<ListSpec, Refusal> {
        // The list request reads its parameters in the order in which they were sent, and stops at the first invalid
        // one.
        for (place, (name, sent)) in self.params.iter().enumerate() {
            let is_again =
                |earlier: &&(&str, Sent)| earlier.0 == *name && !matches!(&earlier.1, Sent::Text(t) if t.is_empty());
            match sent {
                Sent::Malformed => return Err(invalid(name)),
                Sent::Text(text) if text.is_empty() => {}
                Sent::Text(text) => {
                    let is_number = ["StartMode", "Status", "PageNo", "PageSize"].contains(name);
                    let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
                    if is_number && (!is_digits || text.parse::<u64>().is_err()) {
                        return Err(invalid(name));
                    }
                    if self.params[..place].iter().any(|earlier| is_again(&earlier)) {
                        return Err(invalid(name));
                    }
                }
            }
        }
        let number = |name: &str, default: u64| Ok(self.get(name)?.map_or(default, |text| text.parse().unwrap()));
        let one_of = |name: &str, max: u64| match number(name, u64::MAX)? {
            u64::MAX => Ok(None),
            value if value <= max => Ok(Some(usize::try_from(value).unwrap())),
            _ => Err(invalid(name)),
        };
        let types = match self.get("Type")? {
            None => vec![],
            Some("normal") => vec![TemplateType::Normal],
            Some("narrow-band") => vec![TemplateType::NarrowBand],
            Some("audio-only") => vec![TemplateType::AudioOnly],
            Some("origin") => vec![TemplateType::Origin],
            Some(_) => return Err(invalid("Type")),
        };
        let modes = one_of("StartMode", 1)?.map(|value| [StartMode::Immediate, StartMode::Scheduled][value]);
        let statuses = one_of("Status", 2)?.map(|value| [Status::Pending, Status::Running, Status::Stopped][value]);
        let sort = match self.get("SortBy")? {
            None | Some("desc") => SortOrder::Desc,
            Some("asc") => SortOrder::Asc,
            Some(_) => return Err(invalid("SortBy")),
        };
        let page_size = number("PageSize", 10)?;
        if page_size > u64::from(u32::MAX) {
            return Err(invalid("PageSize"));
        }
        let page_no = number("PageNo", 1)?;
        if page_no == 0 {
            return Err(invalid("PageNo"));
        }
        if !(1..=100).contains(&page_size) {
            return Err(invalid("PageSize"));
        }
        let keyword = self.get("KeyWord")?.map(str::to_owned);
        if keyword.as_ref().is_some_and(|keyword| keyword.trim().chars().count() > 128) {
            return Err(invalid("KeyWord"));
        }
        Ok(ListSpec {
            types,
            modes: modes.into_iter().collect(),
            statuses: statuses.into_iter().collect(),
            keyword,
            sort,
            start: Start::No(page_no),
            page_size: u32::try_from(page_size).unwrap(),
            ..ListSpec::default()
        })
    }
}

/// The model of the service.
pub(crate) struct Model {
    pub(crate) oracle: Oracle,
    times: HashMap<String, Times>,
    now: DateTime<Utc>,
}

impl Model {
    pub(crate) fn new(now: DateTime<Utc>) -> Self {
        Self { oracle: Oracle::new(), times: HashMap::new(), now }
    }

    /// Advances the clock to `now`, and starts and ends the jobs that are due.
    pub(crate) fn set_now(&mut self, now: DateTime<Utc>) {
        self.now = now;
        for (job_id, &times) in &self.times {
            let status = self.oracle.get(job_id).map(|job| job.status);
            if status.is_some_and(|status| status != Status::Stopped) {
                self.oracle.update(job_id, |job| job.status = status_at(times, now)).unwrap();
            }
        }
    }

    /// Answers a request and changes the jobs. A submission changes nothing until [`submitted`](Self::submitted) is
    /// called.
    pub(crate) fn answer(&mut self, asked: &Asked) -> Expected {
        let answer = match asked.action {
            "ListLiveTranscodeJobs" => self.list(asked),
            "GetLiveTranscodeJob" => self.get(asked),
            "SubmitLiveTranscodeJob" => self.submit(asked),
            "UpdateLiveTranscodeJob" => self.update(asked),
            "SendLiveTranscodeJobCommand" => self.command(asked),
            "DeleteLiveTranscodeJob" => self.delete(asked),
            other => panic!("{other} is no action"),
        };
        answer.unwrap_or_else(|refusal| refusal)
    }

    /// Adds the job of a submission, with the ID that the service chose.
    pub(crate) fn submitted(&mut self, submission: &Submission, job_id: &str) {
        let mut job = submission.job.clone();
        job_id.clone_into(&mut job.job_id);
        job.output_stream = output(&submission.domain, job_id);
        self.oracle.insert(job).expect("the service chose an ID that is free");
        self.times.extend(submission.times.map(|times| (job_id.to_owned(), times)));
    }

    fn list(&self, asked: &Asked) -> Result<Expected, Refusal> {
        let answer = self.oracle.list(&asked.list()?);
        let jobs = answer.jobs.iter().map(|job| serde_json::to_value(&**job).unwrap()).collect();
        Ok(Expected::List { total: answer.total_count, jobs })
    }

    fn get(&self, asked: &Asked) -> Result<Expected, Refusal> {
        let job = self.oracle.get(asked.need("JobId")?).ok_or_else(not_found)?;
        Ok(Expected::Get(serde_json::to_value(&**job).unwrap()))
    }

    fn submit(&self, asked: &Asked) -> Result<Expected, Refusal> {
        let name = asked.name()?.ok_or_else(|| missing("Name"))?;
        let template_id = asked.need("TemplateId")?;
        let template = TEMPLATES.iter().find(|template| template.0 == template_id);
        let &(template_id, template_name, template_type) = template.ok_or_else(|| invalid("TemplateId"))?;
        let start_mode = match asked.need("StartMode")? {
            "0" => StartMode::Immediate,
            "1" => StartMode::Scheduled,
            _ => return Err(invalid("StartMode")),
        };
        let stream_input = asked.stream_input()?.ok_or_else(|| missing("StreamInput"))?;
        let domain = asked.domain()?.ok_or_else(|| missing("TranscodeOutput"))?;
        let times = match start_mode {
            StartMode::Immediate => None,
            StartMode::Scheduled => Some(asked.times(self.now)?.ok_or_else(|| missing("TimedConfig"))?),
        };
        let job = Job {
            name,
            job_id: String::new(),
            template_type,
            template_id: template_id.to_owned(),
            template_name: template_name.to_owned(),
            start_mode,
            status: times.map_or(Status::Running, |times| status_at(times, self.now)),
            stream_input,
            output_stream: OutputStream::default(),
            create_time: self.now,
        };
        Ok(Expected::Submitted(Box::new(Submission { job, times, domain })))
    }

    fn update(&mut self, asked: &Asked) -> Result<Expected, Refusal> {
        let job_id = asked.need("JobId")?;
        let (name, input) = (asked.name()?, asked.stream_input()?);
        let (domain, times) = (asked.domain()?, asked.times(self.now)?);
        let job = self.oracle.get(job_id).ok_or_else(not_found)?;
        if input.is_some() || domain.is_some() || times.is_some() {
            if job.start_mode == StartMode::Immediate {
                return Err(Expected::Refused(403, "OperationDenied", None));
            }
            if job.status != Status::Pending {
                return Err(Expected::Refused(409, "JobStatusConflict", None));
            }
        }
        let now = self.now;
        self.times.extend(times.map(|times| (job_id.to_owned(), times)));
        let change = |job: &mut Job| {
            job.name = name.unwrap_or_else(|| job.name.clone());
            job.stream_input = input.unwrap_or_else(|| job.stream_input.clone());
            job.output_stream = domain.map_or_else(|| job.output_stream.clone(), |domain| output(&domain, job_id));
            job.status = times.map_or(job.status, |times| status_at(times, now));
        };
        self.oracle.update(job_id, change).unwrap();
        Ok(Expected::Done)
    }

    fn command(&mut self, asked: &Asked) -> Result<Expected, Refusal> {
        let job_id = asked.need("JobId")?;
        if asked.need("Command")? != "stop" {
            return Err(invalid("Command"));
        }
        if self.oracle.get(job_id).ok_or_else(not_found)?.status != Status::Running {
            return Err(Expected::Refused(409, "JobStatusConflict", None));
        }
        self.oracle.update(job_id, |job| job.status = Status::Stopped).unwrap();
        Ok(Expected::Done)
    }

    fn delete(&mut self, asked: &Asked) -> Result<Expected, Refusal> {
        let job_id = asked.need("JobId")?;
        self.oracle.remove(job_id).ok_or_else(not_found)?;
        self.times.remove(job_id);
        Ok(Expected::Done)
    }
}

fn status_at((start, end): Times, now: DateTime<Utc>) -> Status {
    match now {
        now if now >= end => Status::Stopped,
        now if now >= start => Status::Running,
        _ => Status::Pending,
    }
}

fn output(domain: &str, job_id: &str) -> OutputStream {
    let stream = StreamInfo { r#type: "rtmp".to_owned(), output_url: format!("rtmp://{domain}/live/{job_id}") };
    OutputStream { stream_infos: vec![stream] }
}
