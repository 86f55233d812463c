//! Asks a store for thousands of keywords, with rounds of writes between them, and compares each answer with the oracle.
//!
//! The caller brings the names. `JOBDEX_CASES` multiplies the 5,000 keywords, `JOBDEX_SEED` chooses other keywords.

use std::sync::atomic::{AtomicUsize, Ordering};

use jobdex::{Facet, MatchLevel, Matching, Snapshot, SortOrder, Status};

use crate::oracle::random::Random;
use crate::oracle::store::{ListSpec, Oracle, Start};
use crate::oracle::twins::{Change, Twins};
use crate::oracle::vocabulary;

const JOBS: usize = 3_000;
const KEYWORDS: u64 = 5_000;
/// Keywords between two rounds of writes: enough for each thread to be worth starting.
const KEYWORDS_PER_ROUND: u64 = 500;
const WRITES: usize = 300;
const THREADS: u64 = 4;

/// The number of keywords that were answered, by the level of the answer; the last number counts keywords that found
/// nothing.
pub(crate) struct AnswerCounts {
    pub(crate) by_level: [usize; 4],
    pub(crate) writes: usize,
}

fn from_environment(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// Compares each answer with the oracle's, and panics with the first difference.
///
/// # Panics
/// Also if a level answers no keyword: then the names are too few or too similar to prove anything.
pub(crate) fn check_keywords(names: &[String]) -> AnswerCounts {
    let foreign: Vec<String> = names.iter().filter(|name| !name.is_ascii()).cloned().collect();
    let mut random = Random::new(from_environment("JOBDEX_SEED", 1));
    let mut twins = filled(&mut random, names, &foreign);
    let rounds = (KEYWORDS * from_environment("JOBDEX_CASES", 1)).div_ceil(KEYWORDS_PER_ROUND);
    let found = [const { AtomicUsize::new(0) }; 4];
    for _ in 0..rounds {
        check_round(&mut random, &twins, &found);
        write_between(&mut random, &mut twins, names, &foreign);
    }
    let by_level = found.map(AtomicUsize::into_inner);
    for (count, what) in by_level.into_iter().zip(["literal", "one typo", "two typos", "none"]) {
        assert!(count > 0, "some keyword is answered at the level: {what}");
    }
    AnswerCounts { by_level, writes: usize::try_from(rounds).expect("a count fits") * WRITES }
}

/// Asks one snapshot from several threads.
fn check_round(random: &mut Random, twins: &Twins, found: &[AtomicUsize; 4]) {
    let (snapshot, oracle) = (twins.store.snapshot(), &twins.oracle);
    let present: Vec<String> = oracle.sorted().iter().map(|job| job.name.clone()).collect();
    let present_foreign: Vec<String> = present.iter().filter(|name| !name.is_ascii()).cloned().collect();
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            let mut random = Random::new(random.next());
            let (snapshot, present, foreign) = (&snapshot, &present, &present_foreign);
            scope.spawn(move || {
                for number in 0..KEYWORDS_PER_ROUND / THREADS {
                    let from = if number % 3 == 0 { foreign } else { present };
                    let level = check_keyword(&mut random, snapshot, oracle, from);
                    found[level.map_or(3, |level| usize::from(level.edits_max()))].fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
}

/// Compares the whole list for one keyword, page by page, at times with a filter; returns the level that answered.
pub(crate) fn check_keyword(
    random: &mut Random,
    reader: &Snapshot,
    oracle: &Oracle,
    names: &[String],
) -> Option<MatchLevel> {
    let spec = ListSpec {
        keyword: Some(vocabulary::keyword_like(random, names)),
        matching: *random.pick(&[Matching::Closest, Matching::Closest, Matching::Any, Matching::Literal]),
        sort: *random.pick(&[SortOrder::Asc, SortOrder::Desc]),
        statuses: if random.chance(20) { vec![*random.pick(Status::ALL)] } else { Vec::new() },
        page_size: 100,
        ..ListSpec::default()
    };
    let (expected, match_level) = oracle.all_matches(&spec);
    let mut listed = Vec::new();
    for page_no in 1.. {
        let page = reader.list(&ListSpec { start: Start::No(page_no), ..spec.clone() }.to_query()).expect("valid");
        assert_eq!(page.match_level, match_level, "the level that answers {spec:?}");
        assert_eq!(usize::try_from(page.total_count), Ok(expected.len()), "the total of {spec:?}");
        listed.extend(page.jobs);
        if page.next.is_none() {
            break;
        }
    }
    assert!(listed == expected, "{spec:?} at {match_level:?}:\n{}", difference(&listed, &expected));
    match_level
}

fn difference(listed: &[std::sync::Arc<jobdex::Job>], expected: &[std::sync::Arc<jobdex::Job>]) -> String {
    let named = |jobs: &[std::sync::Arc<jobdex::Job>], others: &[std::sync::Arc<jobdex::Job>]| {
        let only: Vec<String> =
            jobs.iter().filter(|job| !others.contains(job)).map(|job| format!("{:?}", job.name)).collect();
        only.join(", ")
    };
    format!("missing: {}\ntoo many: {}", named(expected, listed), named(listed, expected))
}

/// A store of sampled names and its oracle. A third of the names is taken from `foreign`.
pub(crate) fn filled(random: &mut Random, names: &[String], foreign: &[String]) -> Twins {
    let mut twins = Twins::default();
    let jobs = (0..JOBS).map(|number| {
        let from = if random.chance(33) { foreign } else { names };
        let name = random.pick(from).clone();
        let second = i64::try_from(random.below(1_000)).expect("a second fits");
        vocabulary::job(&format!("Job-{number:x}"), &name, vocabulary::time(second), random.below(24))
    });
    let jobs = jobs.collect();
    twins.extend(jobs);
    twins
}

/// Renames, removes and inserts jobs, at any old time, and changes their status, so that words appear, disappear and move to
/// other jobs.
fn write_between(random: &mut Random, twins: &mut Twins, names: &[String], foreign: &[String]) {
    let mut written = [0; 4];
    for _ in 0..WRITES {
        let job_id = format!("Job-{:x}", random.below(JOBS));
        let from = if random.chance(33) { foreign } else { names };
        let name = random.pick(from).clone();
        let kind = random.below(4);
        match kind {
            0 => twins.remove(&job_id),
            1 => twins.update(&job_id, Change::Cell(random.below(24))),
            2 => twins.update(&job_id, Change::Name(name)),
            // Most of these jobs were removed before. Their times are among those of the other jobs.
            _ => {
                let late = vocabulary::time(i64::try_from(random.below(1_000)).expect("a second fits"));
                twins.upsert(vocabulary::job(&job_id, &name, late, random.below(24)));
            }
        }
        written[kind] += 1;
    }
    assert!(written.iter().all(|&count| count > 0), "removals, changes of status, renames, arrivals: {written:?}");
    twins.check();
}
