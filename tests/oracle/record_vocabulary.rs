//! Records, labels and queries for tests, made of choices: those of a seeded generator, or those of a fuzzer's input.

use std::ops::Bound;

use chrono::{DateTime, Utc};
use jobdex::SortOrder;
use jobdex::limits::{LABEL_KEY_BYTES_MAX, LABEL_VALUE_BYTES_MAX, LABELS_MAX, NAME_BYTES_MAX};
use jobdex::request::Matching;

use super::random::Random;
use super::record_twins::{LabelQuestion, RecordChange, RecordOperation};
use super::records::{LabelCondition, PlainRecord, RecordSpec};
use super::schemas::{ChosenValues, Side};
use super::store::Start;
use super::vocabulary::{self, JOB_IDS, NAMES};

/// Keys of labels: common, of many values, rare, empty, a prefix of another, and one that no record has.
pub const KEYS: &[&str] = &["queue", "owner", "team", "", "que", "nobody"];

/// Decides what comes next.
pub trait Choices {
    /// A number below `end`, which must not be zero.
    fn below(&mut self, end: usize) -> usize;

    /// True with a probability of `percent` in 100.
    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of the values, of which there must be at least one.
    fn pick<'a, T>(&mut self, values: &'a [T]) -> &'a T {
        &values[self.below(values.len())]
    }
}

impl Choices for Random {
    fn below(&mut self, end: usize) -> usize {
        Random::below(self, end)
    }
}

/// Makes records and queries under a schema.
pub struct Vocabulary<'a> {
    /// How many values each facet has.
    pub lens: &'a [usize],
    /// How many different IDs there are beside the short list.
    pub ids: usize,
    /// Times of records and of the ends of ranges.
    pub times: &'a [DateTime<Utc>],
}

impl Vocabulary<'_> {
    pub fn operation(&self, choices: &mut impl Choices) -> RecordOperation {
        match choices.below(100) {
            0..=15 => RecordOperation::Insert(self.record(choices)),
            16..=23 => RecordOperation::Upsert(self.record(choices)),
            24..=43 => RecordOperation::Update(self.job_id(choices), self.change(choices)),
            44..=52 => RecordOperation::Remove(self.job_id(choices)),
            53..=56 => RecordOperation::Extend(self.batch(choices, 8)),
            57..=58 => RecordOperation::Extend(self.batch(choices, 120)),
            59 => RecordOperation::Clear,
            60..=62 => RecordOperation::Snapshot,
            63 => RecordOperation::Forget,
            64..=65 => RecordOperation::Fork,
            66..=67 => RecordOperation::Switch,
            68..=79 => RecordOperation::List(self.spec(choices), Self::question(choices)),
            80..=92 => RecordOperation::Again(choices.below(16)),
            93 => RecordOperation::Walk(self.spec(choices)),
            _ => RecordOperation::Resume(choices.below(8), 1 + u32::try_from(choices.below(30)).expect("small")),
        }
    }

    fn job_id(&self, choices: &mut impl Choices) -> String {
        if choices.chance(60) { (*choices.pick(JOB_IDS)).to_owned() } else { format!("n{}", choices.below(self.ids)) }
    }

    fn name(choices: &mut impl Choices) -> String {
        let name = *choices.pick(NAMES);
        if choices.chance(90) { name.to_owned() } else { format!("{name} {}", choices.below(9)) }
    }

    /// A record, at times one that must be refused, or one with fields exactly at their limits.
    pub fn record(&self, choices: &mut impl Choices) -> PlainRecord {
        let mut record = self.good_record(choices);
        match choices.below(70) {
            0 => record.job_id = String::new(),
            1 => record.name = "n".repeat(NAME_BYTES_MAX + choices.below(2)),
            2 => record.labels.push(("k".repeat(LABEL_KEY_BYTES_MAX + choices.below(2)), "v".to_owned())),
            3 => record.labels.push(("k".to_owned(), "v".repeat(LABEL_VALUE_BYTES_MAX + choices.below(2)))),
            4 => {
                let len = LABELS_MAX + choices.below(2);
                record.labels = (0..len).map(|number| ("owner".to_owned(), format!("o{}", number / 2))).collect();
            }
            _ => {}
        }
        record
    }

    pub fn good_record(&self, choices: &mut impl Choices) -> PlainRecord {
        PlainRecord {
            job_id: self.job_id(choices),
            name: Self::name(choices),
            create_time: *choices.pick(self.times),
            values: self.values(choices),
            labels: Self::labels(choices),
        }
    }

    /// A value of each facet. The first values are the common ones.
    fn values(&self, choices: &mut impl Choices) -> Vec<usize> {
        let mut value = |len: usize| if choices.chance(50) { choices.below(len.min(2)) } else { choices.below(len) };
        self.lens.iter().map(|&len| value(len)).collect()
    }

    /// Labels: several values of a key, pairs that stand twice, empty texts, common and rare ones.
    pub fn labels(choices: &mut impl Choices) -> Vec<(String, String)> {
        let mut labels = Vec::new();
        if choices.chance(85) {
            labels.push(("queue", (*choices.pick(&["eu-1", "eu-1", "eu-1", "us-1", "", "é"])).to_owned()));
        }
        for _ in 0..choices.below(4) {
            labels.push(("owner", format!("o{}", choices.below(20))));
        }
        if choices.chance(8) {
            labels.push(("team", "video".to_owned()));
        }
        if choices.chance(8) {
            labels.push(("", (*choices.pick(&["", "x"])).to_owned()));
        }
        if choices.chance(20) {
            labels.push(("que", "eu-1".to_owned()));
        }
        if choices.chance(20) && !labels.is_empty() {
            let again = labels[choices.below(labels.len())].clone();
            labels.insert(choices.below(labels.len()), again);
        }
        labels.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
    }

    fn change(&self, choices: &mut impl Choices) -> RecordChange {
        match choices.below(14) {
            0 | 1 => RecordChange::Name(Self::name(choices)),
            2 | 3 => RecordChange::Time(*choices.pick(self.times)),
            4..=6 if !self.lens.is_empty() => {
                let place = choices.below(self.lens.len());
                RecordChange::Value(place, choices.below(self.lens[place]))
            }
            7..=10 => RecordChange::Labels(Self::labels(choices)),
            11 => RecordChange::Everything(self.record(choices)),
            12 => RecordChange::JobId(self.job_id(choices)),
            _ => RecordChange::Nothing,
        }
    }

    /// A batch, mostly of distinct IDs, in any order or in the order of time, at times behind all others.
    fn batch(&self, choices: &mut impl Choices, len_max: usize) -> Vec<PlainRecord> {
        let (len, first, order) = (choices.below(len_max), choices.below(self.ids), choices.below(4));
        let mut record = |number: usize| {
            let record = self.good_record(choices);
            PlainRecord { job_id: format!("n{}", (first + number) % self.ids), ..record }
        };
        let mut batch: Vec<PlainRecord> = (0..len).map(&mut record).collect();
        match order {
            0 => batch.sort_by(|a, b| (a.create_time, &a.job_id).cmp(&(b.create_time, &b.job_id))),
            1 => batch.sort_by(|a, b| (b.create_time, &b.job_id).cmp(&(a.create_time, &a.job_id))),
            2 => batch.iter_mut().for_each(|record| record.create_time = DateTime::<Utc>::MAX_UTC),
            _ => {}
        }
        batch
    }

    /// A key whose values are counted, and how many of them.
    pub fn question(choices: &mut impl Choices) -> LabelQuestion {
        ((*choices.pick(KEYS)).to_owned(), *choices.pick(&[0, 1, 2, 3, 5, 10, 1_000]))
    }

    /// A query of any shape: each part is set or not.
    pub fn spec(&self, choices: &mut impl Choices) -> RecordSpec {
        let filters = if self.lens.is_empty() || choices.chance(25) { 0 } else { choices.below(5) };
        let labels = if choices.chance(40) { 0 } else { 1 + choices.below(3) };
        RecordSpec {
            filters: (0..filters).map(|_| self.filter(choices)).collect(),
            labels: (0..labels).map(|_| Self::label(choices)).collect(),
            created: self.created(choices),
            keyword: Self::keyword(choices),
            matching: *choices.pick(&[Matching::Closest, Matching::Closest, Matching::Literal, Matching::Any]),
            sort: *choices.pick(&[SortOrder::Desc, SortOrder::Asc]),
            start: Start::No(match choices.below(12) {
                0 => u64::MAX - choices.below(3) as u64,
                1..=6 => 1,
                _ => 1 + choices.below(12) as u64,
            }),
            page_size: *choices.pick(&[1, 2, 3, 7, 10, 10, 20, 50, 99, 100]),
        }
    }

    fn filter(&self, choices: &mut impl Choices) -> (Side, usize, ChosenValues) {
        let place = choices.below(self.lens.len());
        let len = self.lens[place];
        let side = *choices.pick(&[Side::Accept, Side::Accept, Side::Exclude]);
        let (one, other) = (choices.below(len), choices.below(len));
        let (from, to) = (one.min(other), one.max(other));
        let values = match choices.below(9) {
            0 | 1 => ChosenValues::One(from.min(1)),
            2 => ChosenValues::One(one),
            3 => ChosenValues::Several((0..choices.below(4)).map(|_| choices.below(len)).collect()),
            4 => ChosenValues::Range(from, to),
            5 => ChosenValues::Through(from, to),
            6 => ChosenValues::From(one),
            7 => ChosenValues::Under(one),
            _ => ChosenValues::UpTo(one),
        };
        (side, place, values)
    }

    fn label(choices: &mut impl Choices) -> LabelCondition {
        let key = (*choices.pick(KEYS)).to_owned();
        let pools: [&[&str]; 4] =
            [&["eu-1", "us-1", "", "é", "asia"], &["o0", "o1", "o2", "o7", "o19", "o20"], &["video", "x"], &["", "x"]];
        let pool = pools[KEYS.iter().position(|&of| of == key).unwrap_or(0).min(3)];
        let mut values = || (0..choices.below(4)).map(|_| (*choices.pick(pool)).to_owned()).collect();
        let values: Vec<String> = values();
        match choices.below(6) {
            0..=2 => LabelCondition::AnyOf(key, values),
            3 => LabelCondition::NoneOf(key, values),
            4 => LabelCondition::Exists(key),
            _ => LabelCondition::Absent(key),
        }
    }

    fn keyword(choices: &mut impl Choices) -> Option<String> {
        match choices.below(12) {
            0..=4 => None,
            5 => Some((*choices.pick(JOB_IDS)).to_owned()),
            6 => Some((*choices.pick(&[" ", "", "\u{200d}", "%", "qqqq zzzz"])).to_owned()),
            7 | 8 => Some((*choices.pick(&["e", "hd", "news", "nwes", "sky news", "1", "新", "live"])).to_owned()),
            _ => Some(vocabulary::keyword_like(&mut Random::new(choices.below(1 << 16) as u64), NAMES)),
        }
    }

    /// A range whose end is never before its start; at times it contains no instant.
    fn created(&self, choices: &mut impl Choices) -> (Bound<DateTime<Utc>>, Bound<DateTime<Utc>>) {
        if choices.chance(60) {
            return (Bound::Unbounded, Bound::Unbounded);
        }
        let (one, other) = (*choices.pick(self.times), *choices.pick(self.times));
        let mut bound = |time| *choices.pick(&[Bound::Unbounded, Bound::Included(time), Bound::Excluded(time)]);
        (bound(one.min(other)), bound(one.max(other)))
    }
}
