//! Suggestions equal those of a brute-force search over all names.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use jobdex::{JobStore, ListQuery, Status};
use strsim::osa_distance;

use crate::oracle::keyword::{FoldedKeyword, FoldedName, Level, fold, is_typo, level};
use crate::oracle::random::Random;
use crate::oracle::vocabulary;

/// Names that are common, and misspellings of them that are not.
const COMMON: &[&str] =
    &["Al Jazeera English", "National Geographic", "Sky News", "Discovery", "新闻直播 1", "News24 live"];
const RARE: &[&str] = &[
    "Al Jazera",
    "Al Jazeira English",
    "Natoinal Geographic",
    "National Geografic",
    "Sky Nwes",
    "Discvery",
    "新聞直播",
    "nwes24",
    "Discovery Geographic",
    "Skye Newz",
    "Nationals",
];

/// A name, and whether the job passes the filter.
type NamedJob = (String, bool);

fn store_of(jobs: &[NamedJob]) -> JobStore {
    let mut store = JobStore::new();
    let made = (0..).zip(jobs).map(|(number, (name, passes))| {
        let mut job = vocabulary::job(&format!("id-{number}"), name, vocabulary::time(number), 0);
        job.status = if *passes { Status::Running } else { Status::Stopped };
        job
    });
    store.extend(made.collect::<Vec<_>>()).expect("good jobs");
    store
}

/// How many jobs match a keyword literally, of all and of those that pass.
fn literal_totals(jobs: &[NamedJob], keyword: &str) -> (usize, usize) {
    let keyword = FoldedKeyword::new(keyword);
    let matching: Vec<&NamedJob> =
        jobs.iter().filter(|(name, _)| level(&FoldedName::new(name), &keyword) == Some(Level::Literal)).collect();
    (matching.len(), matching.iter().filter(|(_, passes)| *passes).count())
}

/// The suggestions as folded keywords with their totals, found by comparing all words of all names.
fn expected(jobs: &[NamedJob], keyword: &str) -> Vec<(String, u64)> {
    let typed = literal_totals(jobs, keyword).0;
    let parsed = FoldedKeyword::new(keyword);
    if !(1..=3).contains(&typed) {
        return Vec::new();
    }
    let names: Vec<FoldedName> = jobs.iter().map(|(name, _)| FoldedName::new(name)).collect();
    let mut all = BTreeSet::new();
    for (place, word) in parsed.words.iter().enumerate().filter(|(_, word)| word.budget > 0) {
        let mut near = BTreeSet::new();
        for name_word in names.iter().flat_map(|name| &name.words) {
            let edits = osa_distance(&name_word.text, &word.text);
            let is_near = edits > 0 && edits <= word.budget && is_typo(name_word, word, false, word.budget);
            let has = |name: &&FoldedName| name.words.iter().any(|other| other.text == name_word.text);
            let count = if is_near { names.iter().filter(has).count() } else { 0 };
            if count >= typed * 10 {
                near.insert((edits, Reverse(count), name_word.text.clone()));
            }
        }
        all.extend(near.into_iter().take(3).map(|(edits, count, text)| {
            let mut words: Vec<&str> = parsed.words.iter().map(|word| word.text.as_str()).collect();
            words[place] = &text;
            (edits, count, words.join(" "))
        }));
    }
    let counted = all.into_iter().map(|(_, _, keyword)| (literal_totals(jobs, &keyword), keyword));
    let common = counted.filter(|((all, passing), _)| *all >= typed * 10 && *passing > 0);
    common.map(|((_, passing), keyword)| (keyword, passing as u64)).take(3).collect()
}

#[test]
fn suggestions_equal_those_of_a_search_over_all_names() {
    let mut found = [0; 3];
    for seed in 0..60 {
        let mut random = Random::new(seed);
        let mut jobs: Vec<NamedJob> = Vec::new();
        for name in COMMON {
            let count = random.below(60);
            jobs.extend((0..count).map(|_| ((*name).to_owned(), random.chance(70))));
        }
        jobs.extend((0..random.below(9)).map(|_| ((*random.pick(RARE)).to_owned(), random.chance(70))));
        let store = store_of(&jobs);
        for keyword in RARE.iter().chain(COMMON) {
            let query = ListQuery::new().keyword(*keyword).status(Status::Running);
            let suggestions = store.suggest(&query).expect("valid");
            let told: Vec<(String, u64)> =
                suggestions.iter().map(|near| (fold(&near.keyword), near.total_count)).collect();
            assert_eq!(told, expected(&jobs, keyword), "{keyword:?} among {jobs:?}");
            found[told.len().min(2)] += 1;
        }
    }
    assert!(found[0] > 100 && found[1] > 100, "none, one, more suggestions: {found:?}");
}

#[test]
fn a_spelling_that_makes_the_keyword_too_long_is_not_suggested() {
    let rest = format!("{} {}", "x".repeat(60), "y".repeat(57));
    let keyword = format!("jazera {rest}");
    let mut jobs: Vec<NamedJob> = vec![(format!("jazeera {rest}"), true); 12];
    jobs.push((keyword.clone(), true));
    let suggest = |keyword: &str| store_of(&jobs).suggest(&ListQuery::new().keyword(keyword)).expect("valid").len();
    assert_eq!((suggest(&format!("{keyword} -")), suggest(&format!("{keyword}  -"))), (1, 0), "128 and 129 characters");
}

#[test]
fn a_suggestion_is_json_and_keeps_what_was_typed() {
    let mut jobs: Vec<NamedJob> = vec![("Al Jazeera".to_owned(), true); 12];
    jobs.push(("Al Jazera".to_owned(), true));
    let store = store_of(&jobs);
    let suggest = |keyword: &str| store.suggest(&ListQuery::new().keyword(keyword)).expect("valid");
    let json = serde_json::to_string(&suggest(" AL – Jazéra!")).expect("it serializes");
    assert_eq!(json, r#"[{"keyword":"AL – jazeera!","total_count":12}]"#);
    assert!(suggest("Al Jazeera").is_empty(), "a common spelling");
    assert!(suggest("Al Jazeeera").is_empty(), "no job has it literally, so the list itself has typos");
    assert!(suggest("id-12").is_empty(), "a job ID");
    assert!(suggest("").is_empty() && suggest("!").is_empty());
    assert!(store.suggest(&ListQuery::new().keyword("x".repeat(200))).is_err());
}
