//! What a keyword finds in the store is what the predicate says of each name, over many names and keywords.
//!
//! The names are real ones where a list of them lies beside the repository, otherwise a list of this file's own.
//! `JOBDEX_CASES` multiplies the 5,000 keywords, `JOBDEX_SEED` chooses other ones.

mod oracle;

use std::io::Read as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use jobdex::limits::NAME_BYTES_MAX;
use jobdex::{Facet, JobStore, MatchLevel, Matching, Snapshot, SortOrder, Status};

use oracle::random::Random;
use oracle::store::{ListSpec, Oracle, Start};
use oracle::twins::{Change, Twins};
use oracle::vocabulary::{self, NAMES};

const REAL_NAMES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/channel-names.txt.gz");
const JOBS: usize = 3_000;
const KEYWORDS: u64 = 5_000;
/// Keywords between two rounds of writes: as many for each thread as to be worth starting it.
const KEYWORDS_PER_ROUND: u64 = 500;
const WRITES: usize = 300;
const THREADS: u64 = 4;

fn from_environment(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// The real names, or some of our own.
fn names() -> Vec<String> {
    let Ok(file) = std::fs::File::open(REAL_NAMES) else {
        println!("skipped: the real names are not here; using names of our own");
        return own_names();
    };
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).expect("the list of names is readable");
    text.lines().filter(|name| name.len() <= NAME_BYTES_MAX).map(str::to_owned).collect()
}

/// Stems in many scripts, combined: 40 kinds of station in several forms.
fn own_names() -> Vec<String> {
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

/// A store of sampled names. A third of them is not ASCII, wherever there are as many.
fn filled(random: &mut Random, names: &[String], foreign: &[String]) -> Twins {
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

/// Renames, removals, arrivals at any old time and changes of status, so that words come, go, and change their owners.
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
            // Mostly of jobs that were removed; the store has blocks of a thousand, so this is among those of before.
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

#[test]
fn keywords_over_many_names_match_as_the_predicate_says() {
    let started = Instant::now();
    let names = names();
    let foreign: Vec<String> = names.iter().filter(|name| !name.is_ascii()).cloned().collect();
    let mut random = Random::new(from_environment("JOBDEX_SEED", 1));
    let mut twins = filled(&mut random, &names, &foreign);
    let rounds = (KEYWORDS * from_environment("JOBDEX_CASES", 1)).div_ceil(KEYWORDS_PER_ROUND);
    let each = KEYWORDS_PER_ROUND / THREADS;
    let found = [const { AtomicUsize::new(0) }; 4];
    for _ in 0..rounds {
        let (snapshot, oracle) = (twins.store.snapshot(), &twins.oracle);
        let present: Vec<String> = oracle.sorted().iter().map(|job| job.name.clone()).collect();
        let present_foreign: Vec<String> = present.iter().filter(|name| !name.is_ascii()).cloned().collect();
        std::thread::scope(|scope| {
            for _ in 0..THREADS {
                let mut random = Random::new(random.next());
                let (snapshot, present, foreign, found) = (&snapshot, &present, &present_foreign, &found);
                scope.spawn(move || {
                    for number in 0..each {
                        let from = if number % 3 == 0 { foreign } else { present };
                        let level = check_keyword(&mut random, snapshot, oracle, from);
                        found[level.map_or(3, |level| usize::from(level.edits_max()))].fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        write_between(&mut random, &mut twins, &names, &foreign);
    }
    let [literal, one, two, none] = found.map(AtomicUsize::into_inner);
    println!(
        "{} keywords, {} writes between them, no difference: {literal} literal, {one} with one typo, {two} with two, \
         {none} found nothing, in {:?}",
        literal + one + two + none,
        usize::try_from(rounds).expect("a count fits") * WRITES,
        started.elapsed()
    );
    for (count, what) in [(literal, "literal"), (one, "one typo"), (two, "two typos"), (none, "none")] {
        assert!(count > 0, "some keyword is answered by the rung: {what}");
    }
}

/// The whole list of one keyword, page by page, with and without a filter beside it.
fn check_keyword(random: &mut Random, reader: &Snapshot, oracle: &Oracle, names: &[String]) -> Option<MatchLevel> {
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
        assert_eq!(page.match_level, match_level, "the rung that answers {spec:?}");
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

/// What the comparison above is worth: a store that differs from the oracle in one job is caught, and the keyword that
/// showed it is named. Faults inside of the index are made where they can be, in the library's own tests.
#[test]
fn a_store_that_answers_wrongly_for_one_job_is_caught_by_a_keyword_that_is_named() {
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
    let names = own_names();
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
            // Without a keyword a job that is gone would be missed too.
            (!told.contains("keyword: Some(\"\")")).then_some(told)
        });
        let told = caught.unwrap_or_else(|| panic!("not caught: {what}"));
        assert!(told.contains("keyword: Some("), "{what}: {told}");
    }
}

/// The rung is chosen from the keyword and the store, never from the other filters.
#[test]
fn a_filter_that_no_literal_match_passes_does_not_climb_the_ladder() {
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

/// A word that no job has any more must not answer, nor hold the ladder on its rung.
#[test]
fn a_word_goes_with_the_last_job_that_has_it() {
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
