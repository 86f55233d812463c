//! Makes any number of jobs, and the same jobs for the same seed.
//!
//! The example and the benches share this file. It returns an iterator of [`Job`]s. Their names, facets, times and
//! addresses look like those of a live service, so measurements on them are realistic. Only the clock and the random
//! state carry over from one job to the next.
#![allow(dead_code, reason = "benches include this file and use parts of it")]

#[path = "vocabulary.rs"]
mod vocabulary;

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use jobdex::{Job, OutputStream, StartMode, Status, StreamInfo, StreamInput, TemplateType};

use vocabulary::{BRAND_ENDS, BRAND_MIDDLES, BRAND_STARTS, SYMBOLS, TONGUES, Tongue};

/// The creation time of the first job: 2022-01-01T00:00:00Z, in seconds.
const FIRST_CREATED: i64 = 1_640_995_200;
/// Most seconds between a job and the job before it. The fewest are 0, so a few jobs share their second.
const GAP_SECONDS_MAX: i64 = 79;
/// Jobs of 100 that arrive late. They were created at some moment between the first job and now.
const LATE_SHARE: u32 = 2;

/// Jobs of 100 with each template type.
const TEMPLATE_TYPE_SHARES: [(TemplateType, u32); 4] = [
    (TemplateType::Normal, 55),
    (TemplateType::NarrowBand, 20),
    (TemplateType::Origin, 15),
    (TemplateType::AudioOnly, 10),
];
/// Jobs of 100 with each start mode.
const START_MODE_SHARES: [(StartMode, u32); 2] = [(StartMode::Immediate, 85), (StartMode::Scheduled, 15)];
/// Jobs of 100 with each status, if they started at once. Such a job is never pending.
const IMMEDIATE_STATUS_SHARES: [(Status, u32); 2] = [(Status::Stopped, 70), (Status::Running, 30)];
/// Jobs of 100 with each status, if they have set times.
const SCHEDULED_STATUS_SHARES: [(Status, u32); 3] =
    [(Status::Pending, 40), (Status::Stopped, 40), (Status::Running, 20)];

/// The names of a service's templates, a few for each type.
const TEMPLATE_NAMES: [(TemplateType, [&str; 3]); 4] = [
    (TemplateType::Normal, ["HD 1080p", "SD 480p", "模板1"]),
    (TemplateType::NarrowBand, ["narrow HD", "narrow SD", "窄带高清"]),
    (TemplateType::AudioOnly, ["AAC 128k", "AAC 64k", "音频"]),
    (TemplateType::Origin, ["origin", "copy", "原画"]),
];

/// The source of the names.
pub(crate) enum Names {
    /// Names are built from a vocabulary in several scripts. About six in ten are distinct.
    Vocabulary,
    /// Names are chosen from this list at random, unchanged. An empty list gives empty names.
    Listed(Vec<String>),
}

/// Makes `count` jobs, in the order of their arrival. Creation times mostly rise, and some jobs are late.
///
/// The same count, seed and names give the same jobs. A smaller count gives the first of these jobs.
pub(crate) fn jobs(count: usize, seed: u64, names: Names) -> impl Iterator<Item = Job> {
    let mut rng = Rng::with_seed(seed);
    let mut age = TimeDelta::zero();
    std::iter::repeat_with(move || {
        age += TimeDelta::seconds(rng.i64(0..=GAP_SECONDS_MAX));
        let name = name(&mut rng, &names);
        job(&mut rng, name, age)
    })
    .take(count)
}

/// A job that arrives when the service has this age.
fn job(rng: &mut Rng, name: String, age: TimeDelta) -> Job {
    let template_type = pick(rng, &TEMPLATE_TYPE_SHARES);
    let start_mode = pick(rng, &START_MODE_SHARES);
    let (template_id, template_name) = template(rng, template_type);
    let stream = format!("{:08x}", rng.u32(..));
    let server = rng.u8(1..=8);
    Job {
        name,
        job_id: uuid(rng.u64(..), rng.u64(..)),
        template_type,
        template_id,
        template_name,
        start_mode,
        status: status(rng, start_mode),
        stream_input: StreamInput {
            r#type: "rtmp".to_owned(),
            input_url: format!("rtmp://push{server}.example.com/live/{stream}"),
        },
        output_stream: OutputStream {
            stream_infos: vec![StreamInfo {
                r#type: "rtmp".to_owned(),
                output_url: format!("rtmp://play{server}.example.com/live/{stream}"),
            }],
        },
        create_time: created(rng, age),
    }
}

fn status(rng: &mut Rng, start_mode: StartMode) -> Status {
    match start_mode {
        StartMode::Immediate => pick(rng, &IMMEDIATE_STATUS_SHARES),
        StartMode::Scheduled => pick(rng, &SCHEDULED_STATUS_SHARES),
    }
}

/// The creation time: now, or any earlier moment for a job that arrives late.
fn created(rng: &mut Rng, age: TimeDelta) -> DateTime<Utc> {
    let age = if rng.u32(..100) < LATE_SHARE { TimeDelta::seconds(rng.i64(0..=age.num_seconds())) } else { age };
    DateTime::UNIX_EPOCH + TimeDelta::seconds(FIRST_CREATED) + age
}

/// The ID and name of one of the templates of this type.
fn template(rng: &mut Rng, template_type: TemplateType) -> (String, String) {
    let which = rng.usize(..3);
    let row = TEMPLATE_NAMES.iter().position(|(of, _)| *of == template_type).unwrap_or_default();
    let number = (row * 3 + which) as u64;
    (uuid(number.wrapping_mul(0x9e37_79b9_7f4a_7c15), number), TEMPLATE_NAMES[row].1[which].to_owned())
}

/// Text in the shape of a random UUID.
fn uuid(high: u64, low: u64) -> String {
    let (high, low) = (high & !0xf000 | 0x4000, low & !(0b11 << 62) | 1 << 63);
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xffff,
        low >> 48,
        low & ((1 << 48) - 1)
    )
}

/// A random value, each with its share of 100.
fn pick<T: Copy>(rng: &mut Rng, shares: &[(T, u32)]) -> T {
    let mut left = rng.u32(..100);
    for &(value, share) in shares {
        if left < share {
            return value;
        }
        left -= share;
    }
    shares[0].0
}

fn name(rng: &mut Rng, names: &Names) -> String {
    match names {
        Names::Listed(list) if list.is_empty() => String::new(),
        Names::Listed(list) => list[rng.usize(..list.len())].clone(),
        Names::Vocabulary => decorated(rng, |rng| {
            let tongue = tongue(rng);
            phrase(rng, tongue)
        }),
    }
}

/// Adds a symbol to three names in a hundred.
fn decorated(rng: &mut Rng, name: impl FnOnce(&mut Rng) -> String) -> String {
    let plain = name(rng);
    match rng.u32(..100) {
        0 | 1 => format!("{} {plain}", one_of(rng, SYMBOLS)),
        2 => format!("{plain} {}", one_of(rng, SYMBOLS)),
        _ => plain,
    }
}

fn tongue(rng: &mut Rng) -> &'static Tongue {
    let mut left = rng.u32(..100);
    for tongue in TONGUES {
        if left < tongue.share {
            return tongue;
        }
        left -= tongue.share;
    }
    &TONGUES[0]
}

/// A name of two to four words: the owner or place of the channel, its topic, its medium, its number.
fn phrase(rng: &mut Rng, tongue: &Tongue) -> String {
    let mut words = vec![home(rng, tongue)];
    if rng.u32(..100) < 75 {
        words.push(one_of(rng, tongue.topics).to_owned());
    }
    if words.len() == 1 || rng.u32(..100) < 55 {
        words.push(common(rng, tongue.tails).to_owned());
    }
    if rng.u32(..100) < 45 {
        words.push(number(rng).to_string());
    }
    words.join(tongue.joint)
}

/// A place or a brand. Made-up Latin brands occur beside the words of every language.
fn home(rng: &mut Rng, tongue: &Tongue) -> String {
    match rng.u32(..100) {
        0..15 => brand(rng),
        15..22 => call_sign(rng),
        _ => one_of(rng, tongue.homes).to_owned(),
    }
}

fn brand(rng: &mut Rng) -> String {
    let middle = if rng.u32(..100) < 60 { one_of(rng, BRAND_MIDDLES) } else { "" };
    format!("{}{middle}{}", one_of(rng, BRAND_STARTS), one_of(rng, BRAND_ENDS))
}

/// A call sign of three or four capital letters.
fn call_sign(rng: &mut Rng) -> String {
    let len = rng.usize(3..=4);
    std::iter::repeat_with(|| rng.uppercase()).take(len).collect()
}

/// A number from 1 to 999. Small numbers are far more frequent.
fn number(rng: &mut Rng) -> u32 {
    let most = if rng.bool() { 9 } else { 999 };
    rng.u32(1..=most)
}

fn one_of<'a>(rng: &mut Rng, words: &[&'a str]) -> &'a str {
    words[rng.usize(..words.len())]
}

/// A word of the list. The first words are far more frequent.
fn common<'a>(rng: &mut Rng, words: &[&'a str]) -> &'a str {
    let most = rng.usize(1..=words.len());
    words[rng.usize(..most)]
}
