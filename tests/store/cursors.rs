//! Walks by cursor while the store changes. No job that stays is skipped or repeated, and the total of each page is
//! right.
//!
//! A job *stays* if it is in the list at the same place from the first page of the walk to the last. Another job may be
//! shown once, twice (if it moves ahead of the walk) or not at all.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use jobdex::{Facet, MatchLevel, Matching, SortOrder, Status};

use crate::oracle::random::Random;
use crate::oracle::store::{Answer, ListSpec, Start};
use crate::oracle::twins::{Change, Twins};
use crate::oracle::vocabulary::{self, NAMES};

/// Walks per list and order; `JOBDEX_CASES` multiplies this number.
const WALKS: u64 = 40;

fn walks() -> u64 {
    WALKS * std::env::var("JOBDEX_CASES").map_or(1, |text| text.parse().expect("JOBDEX_CASES is a number"))
}

/// The lists to walk through: without filters, with filters, and with keywords at each match level.
fn lists() -> Vec<ListSpec> {
    let with =
        |keyword: &str, matching| ListSpec { keyword: Some(keyword.to_owned()), matching, ..ListSpec::default() };
    let mut lists = vec![
        ListSpec::default(),
        ListSpec { statuses: vec![Status::Running], ..ListSpec::default() },
        ListSpec { created: (vocabulary::time(2)..vocabulary::time(30)).into_bounds(), ..ListSpec::default() },
        with("hd", Matching::Closest),
        with("dicsovery", Matching::Closest),
        with("natoinal geografic", Matching::Closest),
        with("sky newz", Matching::Any),
        with("natoinal", Matching::Any),
        with("新闻", Matching::Literal),
        ListSpec { statuses: vec![Status::Pending, Status::Stopped], ..with("n", Matching::Closest) },
    ];
    let ascending = lists.clone().into_iter().map(|spec| ListSpec { sort: SortOrder::Asc, ..spec });
    lists.extend(ascending.collect::<Vec<_>>());
    lists
}

trait IntoBounds {
    fn into_bounds(self) -> (std::ops::Bound<DateTime<Utc>>, std::ops::Bound<DateTime<Utc>>);
}

impl IntoBounds for std::ops::Range<DateTime<Utc>> {
    fn into_bounds(self) -> (std::ops::Bound<DateTime<Utc>>, std::ops::Bound<DateTime<Utc>>) {
        (std::ops::Bound::Included(self.start), std::ops::Bound::Excluded(self.end))
    }
}

/// Some hundred jobs, several of them in each second.
fn filled(random: &mut Random) -> Twins {
    let mut twins = Twins::default();
    let jobs = (0..150 + random.below(150)).map(|number| {
        let name = *random.pick(NAMES);
        vocabulary::job(&format!("job-{number}"), name, any_time(random), random.below(24))
    });
    let jobs = jobs.collect();
    twins.extend(jobs);
    twins
}

fn any_time(random: &mut Random) -> DateTime<Utc> {
    let seconds = i64::try_from(random.below(40)).expect("fits");
    vocabulary::time(seconds) + TimeDelta::milliseconds(i64::from(random.chance(10)))
}

/// Writes between two pages. They often change the job that the cursor names.
fn write_between(random: &mut Random, twins: &mut Twins, spec: &ListSpec) {
    let sorted = twins.oracle.sorted();
    for _ in 0..random.below(6) {
        let any = random.pick(&sorted).job_id.clone();
        let named = match &spec.start {
            Start::After(place) => place.behind.job_id.clone(),
            Start::No(_) => any.clone(),
        };
        let job_id = if random.chance(40) { named } else { any };
        match random.below(6) {
            0 => twins.remove(&job_id),
            1 => twins.update(&job_id, Change::Name((*random.pick(NAMES)).to_owned())),
            2 => twins.update(&job_id, Change::Time(any_time(random))),
            3 => twins.update(&job_id, Change::Cell(random.below(24))),
            _ => {
                let new = format!("new-{}", random.below(1_000_000));
                let name = *random.pick(NAMES);
                let job = vocabulary::job(&new, name, any_time(random), random.below(24));
                twins.upsert(job);
            }
        }
    }
    twins.check();
}

/// Walks once, and checks what each page showed and which jobs stayed.
fn walk(random: &mut Random, spec: &ListSpec) {
    let mut twins = filled(random);
    let mut spec = ListSpec { page_size: 1 + u32::try_from(random.below(20)).expect("fits"), ..spec.clone() };
    let mut shown: Vec<(DateTime<Utc>, String)> = Vec::new();
    let mut stay: Option<HashSet<(DateTime<Utc>, String)>> = None;
    loop {
        let answer = twins.oracle.list(&spec);
        let listed = members(&twins, &spec);
        stay = Some(stay.map_or_else(|| listed.clone(), |stay| stay.intersection(&listed).cloned().collect()));
        let next = twins.list(&spec);
        check_total(&answer, listed.len());
        shown.extend(answer.jobs.iter().map(|job| (job.create_time, job.job_id.clone())));
        let Some(next) = next else { break };
        spec = ListSpec { page_size: 1 + u32::try_from(random.below(20)).expect("fits"), ..next };
        write_between(random, &mut twins, &spec);
    }
    let stay = stay.expect("a walk has a page");
    let mut times_shown: HashMap<_, u32> = HashMap::new();
    for place in &shown {
        *times_shown.entry(place).or_default() += 1;
    }
    for place in &stay {
        assert_eq!(times_shown.get(place), Some(&1), "{place:?} stays, and is shown once in the walk of {spec:?}");
    }
    let in_order = |pair: &[(DateTime<Utc>, String)]| match spec.sort {
        SortOrder::Asc => pair[0] < pair[1],
        SortOrder::Desc => pair[0] > pair[1],
    };
    assert!(shown.windows(2).all(in_order), "the walk of {spec:?} never turns back");
}

/// The places of all jobs that are in the list now, at the level of the walk.
fn members(twins: &Twins, spec: &ListSpec) -> HashSet<(DateTime<Utc>, String)> {
    let (jobs, _) = twins.oracle.all_matches(spec);
    jobs.iter().map(|job| (job.create_time, job.job_id.clone())).collect()
}

fn check_total(answer: &Answer, listed: usize) {
    assert_eq!(usize::try_from(answer.total_count), Ok(listed), "a page's total counts the whole list as it is now");
}

#[test]
fn a_walk_during_writes_shows_each_job_that_stays_exactly_once() {
    std::thread::scope(|scope| {
        for (number, spec) in lists().into_iter().enumerate() {
            scope.spawn(move || {
                for seed in 0..walks() {
                    walk(&mut Random::new(seed << 8 | u64::try_from(number).expect("fits")), &spec);
                }
            });
        }
    });
}

#[test]
fn a_walk_without_writes_shows_the_whole_list() {
    let mut random = Random::new(7);
    for spec in lists() {
        let mut twins = filled(&mut random);
        let (whole, _) = twins.oracle.all_matches(&spec);
        for page_size in [1, 2, 7, 99, 100] {
            let mut shown = Vec::new();
            let mut page = Some(ListSpec { page_size, ..spec.clone() });
            while let Some(spec) = page {
                let jobs = twins.store.list(&spec.to_query()).expect("valid").jobs;
                shown.extend(jobs);
                page = twins.list(&spec);
            }
            assert_eq!(shown, whole, "{spec:?} in pages of {page_size}");
        }
    }
}

/// This guards against choosing a new level on each page, which would hide the rest of the walk.
#[test]
fn a_closer_match_that_appears_during_the_walk_does_not_hide_the_rest() {
    let mut twins = Twins::default();
    for number in 0..10 {
        twins.insert(vocabulary::job(&format!("job-{number}"), "discovery", vocabulary::time(number), 0));
    }
    let spec = ListSpec { keyword: Some("dicsovery".into()), page_size: 4, ..ListSpec::default() };
    let second = twins.list(&spec).expect("ten jobs match with one typo");
    twins.insert(vocabulary::job("literal", "dicsovery", vocabulary::time(3), 0));
    let page = twins.store.list(&second.to_query()).expect("valid");
    assert_eq!((page.total_count, page.match_level), (11, Some(MatchLevel::OneTypo)));
    let third = twins.list(&second).expect("seven are behind the first page");
    assert!(twins.list(&third).is_none());
    let anew = twins.store.list(&spec.to_query()).expect("valid");
    assert_eq!((anew.total_count, anew.match_level), (1, Some(MatchLevel::Literal)));
}

/// This guards against narrowing `Any` to the level in the cursor, which is for `Closest` only.
#[test]
fn a_walk_with_any_keeps_all_match_levels_after_its_first_page() {
    let mut twins = Twins::default();
    for number in 0..12 {
        let name = ["discovery", "dicsovery"][usize::try_from(number % 2).expect("fits")];
        twins.insert(vocabulary::job(&format!("job-{number}"), name, vocabulary::time(number), 0));
    }
    let spec =
        ListSpec { keyword: Some("discovery".into()), matching: Matching::Any, page_size: 5, ..ListSpec::default() };
    let second = twins.list(&spec).expect("twelve match");
    assert_eq!(twins.store.list(&second.to_query()).expect("valid").total_count, 12);
    let third = twins.list(&second).expect("twelve match");
    assert!(twins.list(&third).is_none());
}

#[test]
fn the_job_that_a_cursor_names_may_be_removed_moved_or_inserted_again() {
    for sort in [SortOrder::Asc, SortOrder::Desc] {
        let changes = [None, Some(Change::Time(vocabulary::time(-9))), Some(Change::Time(vocabulary::time(99)))];
        for change in changes {
            let mut twins = Twins::default();
            for number in 0..9 {
                twins.insert(vocabulary::job(&format!("job-{number}"), "x", vocabulary::time(number / 4), 0));
            }
            let spec = ListSpec { sort, page_size: 3, ..ListSpec::default() };
            let second = twins.list(&spec).expect("nine jobs");
            let expected: Vec<_> = twins.oracle.all_matches(&spec).0[3..6].to_vec();
            let Start::After(place) = &second.start else { panic!("it is behind a cursor") };
            let named = place.behind.job_id.clone();
            match change {
                None => twins.remove(&named),
                Some(change) => twins.update(&named, change),
            }
            assert_eq!(twins.store.list(&second.to_query()).expect("valid").jobs, expected);
            twins.list(&second);
            twins.upsert(vocabulary::job(&named, "x", place.behind.create_time, Status::ALL.len()));
            twins.list(&second);
        }
    }
}

#[test]
fn a_cursor_is_the_same_after_a_trip_through_text_and_json() {
    let mut random = Random::new(3);
    for spec in lists() {
        let twins = filled(&mut random);
        let page = twins.store.list(&ListSpec { page_size: 1, ..spec }.to_query()).expect("valid");
        if let Some(cursor) = page.next {
            let text = cursor.to_string();
            assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'), "{text} is URL-safe");
            assert!(text.len() < 300);
            assert_eq!(text.parse(), Ok(cursor.clone()));
            let json = serde_json::to_string(&cursor).expect("a cursor is a text");
            assert_eq!(json, format!("{text:?}"));
            assert_eq!(serde_json::from_str::<jobdex::Cursor>(&json).expect("the same"), cursor);
        }
    }
}
