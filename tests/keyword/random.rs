//! A store finds the same jobs for a keyword as the specification says, over many names and keywords.
//!
//! The names are made here, from words of many scripts. The test binary `real_names` asks the same of real names.
//! `JOBDEX_CASES` multiplies the 5,000 keywords, `JOBDEX_SEED` chooses other keywords.

use std::time::Instant;

use jobdex::{JobStore, MatchLevel, Status};

use crate::oracle::random::Random;
use crate::oracle::store::ListSpec;
use crate::oracle::twins::{Change, Twins};
use crate::oracle::vocabulary::{self, NAMES};
use crate::rounds::{check_keyword, check_keywords, filled};

/// Names made of 40 words in many scripts, each combined with several kinds of station.
fn made_names() -> Vec<String> {
    let places = [
        "National",
        "Nationale",
        "Sky",
        "Skyline",
        "Geographic",
        "Geografia",
        "Discovery",
        "Al Jazeera",
        "Istanbul",
        "İzmir",
        "Łódź",
        "Ørsted",
        "Straße",
        "Málaga",
        "São Paulo",
        "Ёлка",
        "Новости",
        "Россия",
        "Київ",
        "Ελλάδα",
        "Αθήνα",
        "القناة",
        "الأخبار",
        "قرآن",
        "ערוץ",
        "ישראל",
        "समाचार",
        "भारत",
        "ช่องข่าว",
        "ไทย",
        "新闻",
        "新聞",
        "综合",
        "电影",
        "广东卫视",
        "ニュース",
        "テレビ",
        "らいぶ",
        "한국방송",
        "뉴스",
    ];
    let kinds = ["TV", "HD", "Channel 4", "1", "+1", "24/7 🔥", "24HD"];
    let joined = places.iter().enumerate().flat_map(|(number, place)| {
        kinds.iter().enumerate().filter(move |(kind, _)| (number + kind) % 2 == 0).map(move |(kind, word)| {
            match kind % 3 {
                0 => format!("{place} {word}"),
                1 => format!("{place}{word}"),
                _ => format!("{word}-{} {place}", places[(number + 7) % places.len()]),
            }
        })
    });
    joined.chain(NAMES.iter().map(|&name| name.to_owned())).collect()
}

#[test]
fn keywords_over_many_names_match_as_the_specification_says() {
    let started = Instant::now();
    let counts = check_keywords(&made_names());
    let [literal, one_typo, two_typos, none] = counts.by_level;
    println!(
        "no difference: {literal} keywords literal, {one_typo} with one typo, {two_typos} with two, {none} without a \
         match, {} writes, in {:?}",
        counts.writes,
        started.elapsed()
    );
}

/// Shows that the comparison above can fail: it catches a store that differs from the oracle in one job, and names a
/// keyword that shows the difference. Unit tests of the library break the index itself.
#[test]
fn the_comparison_catches_a_store_with_one_wrong_job_and_names_the_keyword() {
    type Fault = (&'static str, fn(&mut JobStore, &str));
    let faults: [Fault; 4] = [
        ("a job that is gone", |store, job_id| drop(store.remove(job_id))),
        ("a name of before", |store, job_id| drop(store.update(job_id, |job| job.name = "Natoinal".into()))),
        ("a word of the name is missing", |store, job_id| {
            let first = |name: &str| name.split(' ').next().unwrap_or_default().to_owned();
            drop(store.update(job_id, |job| job.name = first(&job.name)));
        }),
        ("a place in the order that is not its own", |store, job_id| {
            drop(store.update(job_id, |job| job.create_time = vocabulary::time(5_000)));
        }),
    ];
    let names = made_names();
    for (what, fault) in faults {
        let mut random = Random::new(5);
        let mut twins = filled(&mut random, &names, &names);
        let job_id = "Job-2a";
        twins.update(job_id, Change::Name("National Geographic HD 24".into()));
        fault(&mut twins.store, job_id);
        let (snapshot, sought) = (twins.store.snapshot(), ["National Geographic HD 24".to_owned()]);
        let caught = (0..1_000).find_map(|_| {
            let check = || check_keyword(&mut random, &snapshot, &twins.oracle, &sought);
            let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(check)).err()?;
            let told = told.downcast_ref::<String>().expect("an assertion tells what differs").clone();
            // A job that is gone would also be missed without a keyword, so such a difference does not count.
            (!told.contains("keyword: Some(\"\")")).then_some(told)
        });
        let told = caught.unwrap_or_else(|| panic!("not caught: {what}"));
        assert!(told.contains("keyword: Some("), "{what}: {told}");
    }
}

/// The keyword and the store decide the match level, and the other filters do not.
#[test]
fn a_filter_without_literal_matches_does_not_change_the_match_level() {
    let mut store = JobStore::new();
    let (running, stopped) = (8, 16);
    store.insert(vocabulary::job("literal", "Discovery", vocabulary::time(1), running)).expect("good");
    store.insert(vocabulary::job("typo", "Discvoery", vocabulary::time(2), stopped)).expect("good");
    let query = || jobdex::ListQuery::new().keyword("discovery");
    let page = store.list(&query().status(Status::Stopped)).expect("valid");
    assert_eq!((page.total_count, page.match_level), (0, Some(MatchLevel::Literal)));
    let facets = store.facets(&query().status(Status::Stopped)).expect("valid");
    assert_eq!((facets.status.of(Status::Running), facets.status.of(Status::Stopped)), (1, 0));
    store.remove("literal");
    let page = store.list(&query().status(Status::Stopped)).expect("valid");
    assert_eq!((page.total_count, page.match_level), (1, Some(MatchLevel::OneTypo)));
}

/// A word that no job has any more must not match, and must not decide the match level.
#[test]
fn a_word_is_removed_with_the_last_job_that_has_it() {
    let mut twins = Twins::default();
    for round in 0..3 {
        for number in 0..5 {
            let name = ["transcoder", "transcoder hd"][number % 2];
            twins.upsert(vocabulary::job(&format!("job-{number}"), name, vocabulary::time(round), number));
        }
        twins.upsert(vocabulary::job("near", "transcodre", vocabulary::time(9), 1));
        let spec = ListSpec { keyword: Some("transcoder".into()), ..ListSpec::default() };
        for number in 0..5 {
            twins.list(&spec);
            match (round, number % 2) {
                (0, _) => twins.remove(&format!("job-{number}")),
                (1, _) => twins.update(&format!("job-{number}"), Change::Name("other".into())),
                (_, 0) => twins.update(&format!("job-{number}"), Change::Name(String::new())),
                _ => twins.upsert(vocabulary::job(&format!("job-{number}"), "%", vocabulary::time(0), 0)),
            }
        }
        twins.list(&spec);
        assert_eq!(twins.store.list(&spec.to_query()).expect("valid").match_level, Some(MatchLevel::OneTypo));
        twins.check();
    }
}
