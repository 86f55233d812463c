//! Records of another kind than the jobs of the API: encodes with four facets, 720 combinations, and labels.

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use jobdex::{ListQuery, Record, facet};

use super::names::Names;

facet! { pub(crate) enum Priority: "priority" { Lowest = "lowest", Low = "low", Normal = "normal", High = "high", Urgent = "urgent" } }
facet! {
    pub(crate) enum Region: "region" {
        Eu1 = "eu-1", Eu2 = "eu-2", Us1 = "us-1", Us2 = "us-2", Ap1 = "ap-1", Ap2 = "ap-2", Sa1 = "sa-1", Af1 = "af-1",
    }
}
facet! { pub(crate) enum Engine: "engine" { Cpu = "cpu", Gpu = "gpu", Fpga = "fpga" } }
facet! {
    pub(crate) enum State: "state" {
        Queued = "queued", Running = "running", Paused = "paused", Done = "done", Failed = "failed", Gone = "gone",
    }
}

pub(crate) type EncodeFacets = (Priority, Region, Engine, State);
pub(crate) type EncodeQuery = ListQuery<EncodeFacets>;

/// A job that encodes a file.
#[derive(Clone)]
pub(crate) struct Encode {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) since: DateTime<Utc>,
    pub(crate) facets: EncodeFacets,
    pub(crate) labels: Vec<(&'static str, String)>,
}

impl Record for Encode {
    type Facets = EncodeFacets;

    fn job_id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> &str {
        &self.title
    }

    fn create_time(&self) -> DateTime<Utc> {
        self.since
    }

    fn facets(&self) -> EncodeFacets {
        self.facets
    }

    fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        self.labels.iter().map(|(key, value)| (*key, value.as_str()))
    }
}

/// The labels of generated encodes: a key, and how many values it has.
pub(crate) const LABELS: [(&str, usize); 4] =
    [("queue", 10), ("rack", 1_000), ("owner", 20_000), ("trace", usize::MAX)];

/// Makes encodes one second apart.
pub(crate) struct EncodeMaker<'n> {
    names: &'n Names,
    rng: Rng,
    made: u64,
    with_labels: bool,
}

impl<'n> EncodeMaker<'n> {
    pub(crate) fn new(names: &'n Names, seed: u64, with_labels: bool) -> Self {
        Self { names, rng: Rng::with_seed(seed), made: 0, with_labels }
    }

    /// An encode that begins at a second.
    pub(crate) fn at(&mut self, second: i64) -> Encode {
        self.made += 1;
        let rng = &mut self.rng;
        let facets = (
            Priority::ALL[rng.usize(..Priority::ALL.len())],
            Region::ALL[rng.usize(..Region::ALL.len())],
            Engine::ALL[rng.usize(..Engine::ALL.len())],
            State::ALL[rng.usize(..State::ALL.len())],
        );
        let made = self.made;
        let value = |(key, values): (&'static str, usize)| {
            let number = if values == usize::MAX { made } else { rng.u64(..values as u64) };
            (key, format!("{key}-{number}"))
        };
        let labels = if self.with_labels { LABELS.map(value).into() } else { Vec::new() };
        Encode {
            id: format!("{:016x}-{:04x}", made.wrapping_mul(0x9E37_79B9_7F4A_7C15), self.rng.u16(..)),
            title: self.names.draw(&mut self.rng),
            since: DateTime::UNIX_EPOCH + TimeDelta::seconds(1_600_000_000 + second),
            facets,
            labels,
        }
    }
}

/// The first `n` encodes.
pub(crate) fn encodes(names: &Names, n: usize, with_labels: bool) -> Vec<Encode> {
    let mut maker = EncodeMaker::new(names, 5, with_labels);
    (0..).take(n).map(|second| maker.at(second)).collect()
}
