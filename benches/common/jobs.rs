//! A deterministic generator of jobs.
//!
//! Creation times ascend, to the second and with ties. One job in fifty is late: older than jobs before it. The facets
//! have the frequencies of a console whose jobs are mostly finished.

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use jobdex::{Job, OutputStream, StartMode, Status, StreamInfo, StreamInput, TemplateType};

use super::names::Names;

/// 2020-01-01T00:00:00Z
const FIRST_CREATED: i64 = 1_577_836_800;
const LATE_PERCENT: u32 = 2;
/// Three jobs in ten share their second with the job before; gaps are 14 seconds on average.
const TIE_PERCENT: u32 = 30;
const GAP_SECONDS_MAX: i64 = 40;

/// The first `n` jobs of the generator with the fixed seed, in order of arrival.
pub(crate) fn jobs(names: &Names, n: usize) -> Vec<Job> {
    let mut maker = JobMaker::new(names);
    (0..n).map(|_| maker.arrival()).collect()
}

/// Generates one job after another.
pub(crate) struct JobMaker<'n> {
    names: &'n Names,
    rng: Rng,
    newest: i64,
}

impl<'n> JobMaker<'n> {
    pub(crate) fn new(names: &'n Names) -> Self {
        Self { names, rng: Rng::with_seed(0x6a6f_6264_6578), newest: FIRST_CREATED }
    }

    /// Generates jobs that arrive after those of [`jobs`], of which this is the newest time. Their IDs are distinct
    /// from those.
    pub(crate) fn after(names: &'n Names, newest: DateTime<Utc>, seed: u64) -> Self {
        Self { names, rng: Rng::with_seed(seed), newest: newest.timestamp() }
    }

    /// The next job that arrives, late or newest.
    pub(crate) fn arrival(&mut self) -> Job {
        if self.rng.u32(..100) < LATE_PERCENT { self.late() } else { self.newest() }
    }

    /// A job created no earlier than all jobs before it.
    pub(crate) fn newest(&mut self) -> Job {
        if self.rng.u32(..100) >= TIE_PERCENT {
            self.newest += self.rng.i64(1..=GAP_SECONDS_MAX);
        }
        self.job_at(self.newest)
    }

    /// A late job: half of them within the last hour, half at any time since the first job.
    pub(crate) fn late(&mut self) -> Job {
        let oldest = if self.rng.bool() { FIRST_CREATED.max(self.newest - 3600) } else { FIRST_CREATED };
        let second = self.rng.i64(oldest..=self.newest);
        self.job_at(second)
    }

    /// A job created no earlier than all jobs before it, with a name of four words that no other job has.
    pub(crate) fn with_new_words(&mut self) -> Job {
        let words = [(); 4].map(|()| (0..8).map(|_| self.rng.lowercase()).collect::<String>());
        Job { name: words.join(" "), ..self.newest() }
    }

    /// A name like those of the jobs.
    pub(crate) fn name(&mut self) -> String {
        self.names.draw(&mut self.rng)
    }

    fn job_at(&mut self, second: i64) -> Job {
        let rng = &mut self.rng;
        let template = rng.u32(..40);
        let stream = rng.u32(..100_000);
        Job {
            name: self.names.draw(rng),
            job_id: uuid(rng),
            template_type: template_type(rng),
            template_id: format!("t{template:03}"),
            template_name: format!("template {template}"),
            start_mode: if rng.u32(..100) < 85 { StartMode::Immediate } else { StartMode::Scheduled },
            status: status(rng),
            stream_input: StreamInput { r#type: "rtmp".to_owned(), input_url: format!("rtmp://in/app/{stream}") },
            output_stream: OutputStream {
                stream_infos: vec![StreamInfo {
                    r#type: "rtmp".to_owned(),
                    output_url: format!("rtmp://out/app/{stream}"),
                }],
            },
            create_time: time_at(second),
        }
    }
}

/// A status other than this one. Each status leads to one other.
pub(crate) fn next_status(status: Status) -> Status {
    match status {
        Status::Pending => Status::Running,
        Status::Running => Status::Stopped,
        Status::Stopped => Status::Pending,
    }
}

fn template_type(rng: &mut Rng) -> TemplateType {
    match rng.u32(..100) {
        0..70 => TemplateType::Normal,
        70..85 => TemplateType::NarrowBand,
        85..95 => TemplateType::AudioOnly,
        _ => TemplateType::Origin,
    }
}

fn status(rng: &mut Rng) -> Status {
    match rng.u32(..100) {
        0..80 => Status::Stopped,
        80..95 => Status::Running,
        _ => Status::Pending,
    }
}

/// 128 random bits in the format of a UUID of version 4.
fn uuid(rng: &mut Rng) -> String {
    let (high, low) = (rng.u64(..), rng.u64(..));
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xfff,
        low >> 48 & 0x3fff | 0x8000,
        low & 0xffff_ffff_ffff,
    )
}

fn time_at(second: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(second)
}
