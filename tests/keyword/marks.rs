//! The information on a page about how its keyword matched. Corrections equal those of the oracle, which walks all
//! names. A name has highlights exactly if it matches.

use std::cell::Cell;

use jobdex::{Correction, Facet, Job, JobStore, ListQuery, MatchLevel, Matching, Page, SortOrder, Status};

use crate::oracle::corrections::corrections;
use crate::oracle::keyword::{FoldedKeyword, FoldedName, Level, fold, id_text, name_level};
use crate::oracle::random::Random;
use crate::oracle::vocabulary::{self, NAMES};

const SEEDS: u64 = 200;
const KEYWORDS_PER_SEED: usize = 50;

/// Names whose words are similar to each other, alone, next to others, and as runs.
const NEAR: &[&str] = &[
    "national",
    "National Geographic",
    "nationale geographie",
    "national24",
    "national7 geographic",
    "nationals",
    "Nationality",
    "Rational",
    "notional",
    "sky news",
    "Sky Nwes",
    "newsroom sky",
    "sky news24",
    "Jazeera",
    "al jazeera",
    "al jazira2",
    "discovery",
    "Discovrey discovery",
    "новости",
    "Новостри дня",
    "新闻直播1",
    "新闻直拨",
];

fn store_of<N: AsRef<str>>(names: &[N]) -> JobStore {
    let mut store = JobStore::new();
    let jobs = names.iter().enumerate().map(|(number, name)| {
        vocabulary::job(&format!("id-{number}"), name.as_ref(), vocabulary::time(0), number % 24)
    });
    store.extend(jobs).expect("the names are within limits");
    store
}

/// The corrections, each as `typed: word word`.
fn told(store: &JobStore, keyword: &str) -> Vec<String> {
    let page = store.list(&ListQuery::new().keyword(keyword)).expect("valid");
    page.corrections.iter().map(|Correction { typed, words, .. }| format!("{typed}: {}", words.join(" "))).collect()
}

fn level_of(level: MatchLevel) -> Level {
    [Level::Literal, Level::OneTypo, Level::TwoTypos][usize::from(level.edits_max())]
}

#[test]
fn corrections_list_the_best_words_first() {
    let store = store_of(NEAR);
    let cases: [(&str, &[&str]); 12] = [
        ("national", &[]),
        ("absent nowhere", &[]),
        ("%", &[]),
        ("Natoinal", &["Natoinal: national nationale nationals nationality"]),
        ("NATOINAL geo", &["NATOINAL: national"]),
        ("geographic natoinal", &["natoinal: national nationale"]),
        ("nationl geograpic", &["nationl: national", "geograpic: geographic"]),
        ("al jazera", &["jazera: jazeera jazira"]),
        ("Ｊazera", &["Ｊazera: jazeera jazira"]),
        ("ново́зти", &["ново́зти: новости"]),
        ("新闻直波", &["新闻直波: 新闻直拨 新闻直播"]),
        ("discvoery discvoery", &["discvoery: discovery"]),
    ];
    for (keyword, expected) in cases {
        assert_eq!(told(&store, keyword), expected, "{keyword:?}");
    }
}

#[test]
fn of_two_equally_similar_words_the_more_frequent_comes_first() {
    let store = store_of(&["jazeers", "jazeerb", "jazeerb", "jazeerc", "jazeerd", "jazeere", "jazeerf1 jazeerf2"]);
    assert_eq!(told(&store, "jazeerx"), ["jazeerx: jazeerb jazeerf jazeerc jazeerd jazeere"]);
}

/// By their lengths alone, the longer words could be one edit away, so they are looked at first. In truth they are two away. A
/// search that ends once it has as many words as a correction lists leaves out the nearer word.
#[test]
fn a_nearer_word_comes_first_after_many_that_only_look_nearer() {
    let looking_nearer = ["brozadcost", "brozadcest", "brozadcust", "brozadcist", "brozadcyst", "brozadcwst"];
    let names: Vec<String> =
        looking_nearer.iter().chain(&["broadcxst"]).map(|word| format!("{word} geographic")).collect();
    let told = told(&store_of(&names), "broadcast geogrphc");
    assert_eq!(told[0], "broadcast: broadcxst brozadcest brozadcist brozadcost brozadcust");
}

#[test]
fn a_correction_needs_a_name_that_also_has_the_other_words() {
    let store = store_of(&["nationale zoo", "national parks", "nationals parks", "national", "parks natoinalism"]);
    assert_eq!(told(&store, "parks natiolan"), ["natiolan: national nationals"]);
    assert_eq!(told(&store, "zoo natiolan"), ["natiolan: nationale"]);
}

#[test]
fn a_word_that_a_matching_name_has_literally_is_not_corrected() {
    let store = store_of(&["sky news jazeera", "sky nwes jazeera", "news"]);
    assert_eq!(told(&store, "news jazera"), ["jazera: jazeera"]);
    assert_eq!(told(&store, "nwse jazera"), ["nwse: nwes", "jazera: jazeera"]);
}

#[test]
fn a_correction_lists_no_more_words_than_the_limit() {
    let names: Vec<String> = ('a'..='z').flat_map(|a| ('a'..='z').map(move |b| format!("newsq{a}{b}"))).collect();
    let store = store_of(&names);
    let page = store.list(&ListQuery::new().keyword("nwesq")).expect("valid");
    assert_eq!(page.total_count, 26 * 26);
    let [Correction { typed, words, .. }] = page.corrections.as_slice() else { panic!("one word was typed") };
    assert_eq!((typed.as_str(), words.len()), ("nwesq", jobdex::limits::CORRECTION_WORDS_MAX));
    assert!(words.iter().all(|word| names.contains(word)));
}

#[test]
fn corrections_are_the_same_on_every_page_and_under_every_filter() {
    let store = store_of(NEAR);
    let query = || ListQuery::new().keyword("natoinal").page_size(1);
    let first = store.list(&query()).expect("valid");
    assert!(!first.corrections.is_empty() && first.total_count > 2);
    let second = store.list(&query().after(first.next.clone().expect("there is more"))).expect("valid");
    let others = [query().page_no(99), query().status(Status::Stopped), query().sort(SortOrder::Asc).page_size(50)];
    let others = others.map(|query| store.list(&query).expect("valid"));
    assert!([second].iter().chain(&others).all(|page| page.corrections == first.corrections));
}

/// Of many names, those of jobs that pass are read first. If none of them matches, one of the others still decides the rung.
#[test]
fn a_rung_follows_from_all_names_under_every_filter() {
    const JOBS: u32 = 9_000;
    // So many words begin with `omega` that the names with `rare` are read.
    let made = |number: u32| match number % 300 {
        0 | 1 => (format!("rare omega{number}"), Status::Stopped),
        2 => (format!("rare omega{number}"), Status::Pending),
        3..=6 => (format!("rare x{number}"), Status::Running),
        7 => (format!("rrae omega{number}"), Status::Running),
        other => (format!("omega{number}"), Status::ALL[other as usize % 3]),
    };
    let store = store_of_states((0..JOBS).map(made));
    let some = |share: u32| u64::from(JOBS / 300 * share);
    let list = |keyword: &str, statuses: &[Status]| {
        let query = ListQuery::new().keyword(keyword).status(statuses.iter().copied()).page_size(50);
        let page = store.list(&query).expect("valid");
        (page.match_level, page.total_count, page.jobs.len() as u64)
    };
    for keyword in ["rare omega", "omega rare"] {
        assert_eq!(list(keyword, &[]), (Some(MatchLevel::Literal), some(3), 50));
        assert_eq!(list(keyword, &[Status::Stopped]), (Some(MatchLevel::Literal), some(2), 50));
        assert_eq!(list(keyword, &[Status::Pending]), (Some(MatchLevel::Literal), some(1), some(1)));
        assert_eq!(list(keyword, &[Status::Running]), (Some(MatchLevel::Literal), 0, 0), "no typo is looked for");
    }
    assert_eq!(list("rrae omega", &[Status::Running]), (Some(MatchLevel::Literal), some(1), some(1)));
    assert_eq!(list("rrea omega", &[Status::Running]), (Some(MatchLevel::OneTypo), some(1), some(1)));
}

/// A store of jobs with these names and states.
fn store_of_states(jobs: impl Iterator<Item = (String, Status)>) -> JobStore {
    let jobs = (0..).zip(jobs).map(|(number, (name, status))| {
        let job = vocabulary::job(&format!("id-{number}"), &name, vocabulary::time(number), 0);
        jobdex::Job { status, ..job }
    });
    let mut store = JobStore::new();
    store.extend(jobs).expect("good jobs");
    store
}

/// The same for words that are written as one: names that have both words are read to see whether they stand side by side, those of
/// jobs that pass the filter first.
#[test]
fn a_rung_of_joined_words_follows_from_all_names_under_every_filter() {
    const JOBS: u32 = 9_000;
    let made = |number: u32| match number % 300 {
        0 | 1 => ("sky sports", Status::Stopped),
        2 => ("sky sports", Status::Pending),
        3..=6 => ("sports sky", Status::Running),
        7 => ("skysprots", Status::Running),
        8..=10 => ("sky news", Status::Stopped),
        11 => ("skynewsroom", Status::Pending),
        _ => ("other", Status::Stopped),
    };
    let store = store_of_states((0..JOBS).map(made).map(|(name, status)| (name.to_owned(), status)));
    let some = |share: u32| u64::from(JOBS / 300 * share);
    let list = |keyword: &str, statuses: &[Status]| {
        let query = ListQuery::new().keyword(keyword).status(statuses.iter().copied()).page_size(50);
        let page = store.list(&query).expect("valid");
        (page.match_level, page.total_count)
    };
    // The first request finds no other row. Rows are cached at the second one, for all filters.
    for _ in 0..3 {
        for (statuses, sports, news) in [
            (&[Status::Running][..], 0, 0),
            (&[Status::Pending, Status::Running], 1, 1),
            (&[Status::Pending], 1, 1),
            (&[Status::Stopped], 2, 3),
            (&[], 3, 4),
        ] {
            assert_eq!(list("skysports", statuses), (Some(MatchLevel::Literal), some(sports)), "{statuses:?}");
            assert_eq!(list("skynews", statuses), (Some(MatchLevel::Literal), some(news)), "{statuses:?}");
        }
    }
    let query = ListQuery::new().keyword("skysports").status(Status::Running);
    let facets = store.facets(&query).expect("valid");
    let of = |status| facets.status.of(status);
    assert_eq!([Status::Stopped, Status::Pending, Status::Running].map(of), [some(2), some(1), 0]);
    assert_eq!(list("skyprots", &[Status::Running]), (Some(MatchLevel::OneTypo), some(1)));
}

/// A walk stays at its match level, even after a name with the typed word is inserted. Then the page must not correct
/// this word, and least of all to itself.
#[test]
fn a_walk_by_cursors_stops_correcting_a_word_that_a_new_name_has_literally() {
    let mut store = store_of(&["jazeera", "jazeera one", "jazeera two"]);
    let query = ListQuery::new().keyword("jazera").page_size(1);
    let first = store.list(&query).expect("valid");
    assert_eq!(first.corrections.len(), 1);
    let next = query.after(first.next.expect("there is more"));
    assert_eq!(store.list(&next).expect("valid").corrections, first.corrections);
    store.insert(vocabulary::job("new", "jazera", vocabulary::time(0), 0)).expect("good");
    let second = store.list(&next).expect("the cursor holds");
    assert_eq!((second.match_level, second.corrections.len()), (Some(MatchLevel::OneTypo), 0));
}

/// A keyword of words from the names, some of them misspelled.
fn keyword_like(random: &mut Random, names: &[&str]) -> String {
    let count = 1 + random.below(3);
    let words = (0..count).map(|_| {
        let name = *random.pick(names);
        let words: Vec<&str> = name.split_whitespace().collect();
        let mut word: Vec<char> = if words.is_empty() { Vec::new() } else { random.pick(&words).chars().collect() };
        for _ in 0..random.below(3) {
            let at = 1 + random.below(word.len().max(1));
            match random.below(3) {
                0 if at < word.len() => drop(word.remove(at)),
                1 if at + 1 < word.len() => word.swap(at, at + 1),
                _ => word.insert(at.min(word.len()), 'a'),
            }
        }
        String::from_iter(word)
    });
    words.collect::<Vec<_>>().join(" ").chars().take(128).collect()
}

#[test]
fn corrections_equal_those_of_the_oracle() {
    let found = [const { Cell::new(0) }; 3];
    for seed in 0..SEEDS {
        let mut random = Random::new(seed);
        let pool: Vec<&str> = if seed % 2 == 0 { NEAR.to_vec() } else { [NEAR, NAMES].concat() };
        let names: Vec<&str> = (0..=random.below(60)).map(|_| *random.pick(&pool)).collect();
        let store = store_of(&names);
        let folded: Vec<FoldedName> = names.iter().map(|name| FoldedName::new(name)).collect();
        for _ in 0..KEYWORDS_PER_SEED {
            let keyword = keyword_like(&mut random, &pool);
            let matching = *random.pick(&[Matching::Closest, Matching::Closest, Matching::Any, Matching::Literal]);
            let page = store.list(&ListQuery::new().keyword(&keyword).matching(matching)).expect("valid");
            let told = check_corrections(&page, &folded, &keyword, matching);
            found[told.min(2)].set(found[told.min(2)].get() + 1);
        }
    }
    assert!(found.iter().all(|count| count.get() > 50), "none, one, more words corrected: {found:?}");
}

/// Compares the corrections of a page with the oracle's, and returns their number.
fn check_corrections(page: &Page, names: &[FoldedName], keyword: &str, matching: Matching) -> usize {
    let parsed = FoldedKeyword::new(keyword);
    let expected = match page.match_level {
        None | Some(MatchLevel::Literal) => Vec::new(),
        Some(level) => {
            let widest = if matching == Matching::Any { Level::TwoTypos } else { level_of(level) };
            corrections(names, &parsed, level_of(level), widest)
        }
    };
    for correction in &page.corrections {
        assert!(keyword.contains(&correction.typed), "{keyword:?}: {correction:?}");
    }
    // Corrections are in the order of the keyword. A first word that is repeated counts at its last place.
    let mut told: Vec<(String, Vec<String>)> =
        page.corrections.iter().map(|correction| (fold(&correction.typed), correction.words.clone())).collect();
    let mut expected = expected;
    told.sort();
    expected.sort();
    assert_eq!(told, expected, "{keyword:?} {matching:?} at {:?}", page.match_level);
    told.len()
}

#[test]
fn every_job_of_a_page_is_highlighted_where_it_matches() {
    let mut marked = 0;
    for seed in 0..SEEDS {
        let mut random = Random::new(seed);
        let names: Vec<&str> = (0..40).map(|_| *random.pick(if seed % 2 == 0 { NEAR } else { NAMES })).collect();
        let store = store_of(&names);
        for _ in 0..KEYWORDS_PER_SEED / 2 {
            let keyword =
                if random.chance(5) { "ID-7".to_owned() } else { vocabulary::keyword_like(&mut random, &names) };
            let matching = *random.pick(&[Matching::Closest, Matching::Any, Matching::Literal]);
            let query = ListQuery::new().keyword(&keyword).matching(matching).page_size(100);
            let page = store.list(&query).expect("valid");
            marked += check_highlights(&page, &query, &keyword);
        }
    }
    assert!(marked > 1000, "{marked} names were marked");
}

fn check_highlights(page: &Page, query: &ListQuery, keyword: &str) -> usize {
    let highlights = page.highlights(query);
    assert_eq!(highlights.len(), page.jobs.len());
    let mut marked = 0;
    for (job, highlight) in page.jobs.iter().zip(&highlights) {
        let is_blank = keyword.trim().is_empty();
        assert_eq!(highlight.is_job_id, !is_blank && job.job_id.eq_ignore_ascii_case(&id_text(keyword)));
        let is_marked = !highlight.name.is_empty();
        let may_be_unmarked = is_blank || highlight.is_job_id;
        assert!(is_marked || may_be_unmarked, "{keyword:?} in {:?}", job.name);
        assert!(!is_marked || name_level(&job.name, keyword).is_some(), "{keyword:?} in {:?}", job.name);
        assert!(highlight.name.iter().all(|range| !job.name[range.clone()].is_empty()));
        assert!(highlight.name.windows(2).all(|pair| pair[0].end < pair[1].start));
        marked += usize::from(is_marked);
    }
    marked
}

#[test]
fn a_page_without_a_valid_keyword_has_no_marks() {
    let store = store_of(&["Sky News", "News"]);
    let page = store.list(&ListQuery::new()).expect("valid");
    let too_long = "n".repeat(129);
    for query in [ListQuery::new(), ListQuery::new().keyword(" "), ListQuery::new().keyword(too_long)] {
        let highlights = page.highlights(&query);
        assert_eq!(highlights.len(), 2);
        assert!(highlights.iter().all(|highlight| !highlight.is_job_id && highlight.name.is_empty()));
    }
}

#[test]
fn a_job_found_by_its_id_is_reported_and_its_name_is_marked_only_if_it_matches() {
    let mut store = JobStore::new();
    let job = |id: &str, name: &str| -> Job { vocabulary::job(id, name, vocabulary::time(0), 0) };
    store.extend([job("News-1", "Sky"), job("b", "news-1 of News")]).expect("good");
    let query = ListQuery::new().keyword(" NEWS-1 ");
    let page = store.list(&query).expect("valid");
    let highlights = page.highlights(&query);
    let told: Vec<_> = page
        .jobs
        .iter()
        .zip(&highlights)
        .map(|(job, found)| (job.job_id.as_str(), found.is_job_id, &found.name))
        .collect();
    let marks = vec![0..4, 5..6, 10..14];
    assert_eq!(told, [("b", false, &marks), ("News-1", true, &vec![])]);
}

/// This prints figures and asserts nothing: `cargo test --release --test marks -- --ignored --nocapture`.
#[test]
#[ignore = "prints timings"]
fn the_cost_of_marks() {
    let names: Vec<String> =
        NEAR.iter().chain(NAMES).cycle().take(20_000).enumerate().map(|(n, name)| format!("{name} {n}")).collect();
    let many = ('a'..='z').flat_map(|a| ('a'..='z').map(move |b| format!("stra{a}{b}q {}", usize::from(a == 'b'))));
    let hostile = [("㍿", 341), ("\u{AD}", 512), ("a", 1024), ("é ", 300), ("a\u{301}", 340), ("👩\u{200D}", 140)];
    let hostile = hostile.map(|(piece, times)| vec![piece.repeat(times); 100]).concat();
    let store = store_of(&[names, many.collect(), hostile].concat());
    let long = "a ".repeat(64);
    let words = ["natoinal", "national", "geographic natoinal", "nwes", "srta", "1 srta"];
    let keywords = words.into_iter().chain(["式", "\u{AD}a", "aaaaaaaaaaaaaaaab", "e", &long, "👩"]);
    for keyword in keywords {
        let query = ListQuery::new().keyword(keyword).page_size(100);
        let mut page = store.list(&query).expect("valid");
        let start = std::time::Instant::now();
        (0..200).for_each(|_| page = store.list(&query).expect("valid"));
        let listed = start.elapsed() / 200;
        let start = std::time::Instant::now();
        (0..200).for_each(|_| drop(std::hint::black_box(page.highlights(&query))));
        println!("{keyword:?}: list {listed:?}, highlights of {} {:?}", page.jobs.len(), start.elapsed() / 200);
    }
}
