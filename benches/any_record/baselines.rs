//! The baselines of any record: a vector that filters, sorted sets, and the `SQLite` of Python.

use std::collections::{BTreeMap, HashMap};
use std::hint::black_box;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use jobdex::{JobStore, Record};

use super::PAGE_SIZE;
use super::requests::Condition;
use crate::common::arguments::is_test_mode;
use crate::common::encodes::Encode;

/// The values of a job under a facet or a label.
fn values<'j>(job: &'j Encode, key: &str) -> Vec<&'j str> {
    let (priority, region, engine, state) = job.facets;
    match key {
        "priority" => vec![text(priority)],
        "region" => vec![text(region)],
        "engine" => vec![text(engine)],
        "state" => vec![text(state)],
        _ => job.labels().filter(|(of, _)| *of == key).map(|(_, value)| value).collect(),
    }
}

fn text<V: jobdex::Facet>(value: V) -> &'static str {
    match value.text() {
        std::borrow::Cow::Borrowed(text) => text,
        std::borrow::Cow::Owned(_) => unreachable!("the facets of this bench have texts of the program"),
    }
}

fn passes(job: &Encode, conditions: &[Condition]) -> bool {
    conditions.iter().all(|condition| match condition {
        Condition::AnyOf(key, wanted) => values(job, key).iter().any(|value| wanted.contains(value)),
        Condition::NoneOf(key, refused) => !values(job, key).iter().any(|value| refused.contains(value)),
        Condition::Exists(key) => !values(job, key).is_empty(),
    })
}

/// The answer of a vector: every job is looked at. The jobs are in order, so nothing is sorted.
pub(crate) fn walk(store: &JobStore<Encode>, conditions: &[Condition]) -> (u64, Vec<Arc<Encode>>) {
    let mut matches = store.iter().rev().filter(|job| passes(job, conditions));
    let page: Vec<Arc<Encode>> = matches.by_ref().take(PAGE_SIZE).cloned().collect();
    ((page.len() + matches.count()) as u64, page)
}

/// One sorted set for each value of a facet or a label.
pub(crate) struct SortedSets {
    all: InOrder,
    by_value: HashMap<(&'static str, String), InOrder>,
}

/// Jobs by creation time and ID.
type InOrder = BTreeMap<(DateTime<Utc>, String), Arc<Encode>>;

impl SortedSets {
    pub(crate) fn new(jobs: impl Iterator<Item = Arc<Encode>>) -> Self {
        let mut sets = Self { all: BTreeMap::new(), by_value: HashMap::new() };
        for job in jobs {
            let key = || (job.since, job.id.clone());
            for name in ["priority", "region", "engine", "state", "queue", "rack", "owner", "trace"] {
                for value in values(&job, name) {
                    sets.by_value.entry((name, value.to_owned())).or_default().insert(key(), Arc::clone(&job));
                }
            }
            sets.all.insert(key(), job);
        }
        sets
    }

    /// Walks the smallest set that a condition on one value names, or all jobs.
    pub(crate) fn list(&self, conditions: &[Condition]) -> (u64, Vec<Arc<Encode>>) {
        let of_condition = |condition: &Condition| match condition {
            Condition::AnyOf(key, [value]) => self.by_value.get(&(*key, (*value).to_owned())),
            _ => None,
        };
        let smallest = conditions.iter().filter_map(of_condition).min_by_key(|set| set.len()).unwrap_or(&self.all);
        let mut matches = smallest.values().rev().filter(|job| passes(job, conditions));
        let page: Vec<Arc<Encode>> = matches.by_ref().take(PAGE_SIZE).cloned().collect();
        if conditions.len() <= 1 && !matches!(conditions, [Condition::NoneOf(..) | Condition::Exists(_)]) {
            return (smallest.len() as u64, page);
        }
        ((page.len() + matches.count()) as u64, page)
    }
}

/// The medians of `SQLite` by the names of requests; none where there is no `python3`, or it fails.
pub(crate) fn sqlite(store: &JobStore<Encode>) -> HashMap<String, f64> {
    let Some(output) = (!is_test_mode()).then(|| run_sqlite(store)).flatten() else { return HashMap::new() };
    let parsed = |line: &str| {
        let mut fields = line.split('\t');
        let (name, _, ns) = (fields.next()?, fields.next()?, fields.next()?);
        Some((name.to_owned(), ns.parse().ok()?))
    };
    output.lines().filter_map(parsed).collect()
}

fn run_sqlite(store: &JobStore<Encode>) -> Option<String> {
    let script = include_str!("../baseline/sqlite.py");
    let mut python =
        Command::new("python3").args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
    let mut input = std::io::BufWriter::new(python.stdin.take()?);
    for job in store.iter() {
        let of = |key| values(job, key).first().copied().unwrap_or_default();
        let columns = ["priority", "region", "engine", "state", "queue", "rack", "owner"].map(of).join("\t");
        writeln!(input, "{}\t{}\t{columns}", job.since.timestamp(), job.id).ok()?;
    }
    drop(input);
    String::from_utf8(black_box(python.wait_with_output().ok()?.stdout)).ok()
}
