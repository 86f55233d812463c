//! One name, one keyword, and the level at which they match: what the specification and what a store says.

use jobdex::{AccessPath, JobStore, ListQuery, MatchLevel, Matching, SortOrder};

use super::keyword::{Level, name_level};
use super::store::ListSpec;
use super::twins::Twins;
use super::vocabulary;

/// Checks that the specification, and a store with this one name on every access path, give this level.
///
/// # Panics
/// If one of them gives another level.
pub fn check_case(name: &str, keyword: &str, expected: Option<Level>) {
    assert_eq!(name_level(name, keyword), expected, "the specification of {keyword:?} in {name:?}");
    let mut store = JobStore::new();
    store.insert(vocabulary::job("the-id", name, vocabulary::time(0), 0)).expect("the name is within its limit");
    let expected = expected.map(|level| match level {
        Level::Literal => MatchLevel::Literal,
        Level::OneTypo => MatchLevel::OneTypo,
        Level::TwoTypos => MatchLevel::TwoTypos,
    });
    for matching in [Matching::Closest, Matching::Any, Matching::Literal] {
        let query = ListQuery::new().keyword(keyword).matching(matching);
        let expected = expected.filter(|&level| matching != Matching::Literal || level == MatchLevel::Literal);
        let answers = AccessPath::ALL.iter().filter_map(|&path| store.list_by(&query, path).expect("valid"));
        for page in answers.chain([store.list(&query).expect("valid")]) {
            assert_eq!(page.match_level, expected, "{keyword:?} in {name:?}, {matching}");
            assert_eq!(page.total_count, u64::from(expected.is_some()), "{keyword:?} in {name:?}, {matching}");
        }
    }
}

/// Checks that a store of these names lists some of them for a keyword, in the order given, on every access path, and that the
/// oracle does.
///
/// # Panics
/// If one of them lists other names.
pub fn check_listed(names: &[&str], keyword: &str, expected: &[&str]) {
    let mut twins = Twins::default();
    for (number, name) in (0..).zip(names) {
        twins.upsert(vocabulary::job(&format!("id-{number}"), name, vocabulary::time(number), 0));
    }
    let spec = ListSpec { keyword: Some(keyword.to_owned()), sort: SortOrder::Asc, ..ListSpec::default() };
    let query = spec.to_query();
    let answers = AccessPath::ALL.iter().filter_map(|&path| twins.store.list_by(&query, path).expect("valid"));
    let pages = answers.chain([twins.store.list(&query).expect("valid")]).map(|page| page.jobs);
    for jobs in pages.chain([twins.oracle.list(&spec).jobs]) {
        let listed: Vec<&str> = jobs.iter().map(|job| job.name.as_str()).collect();
        assert_eq!(listed, expected, "{keyword:?} in {names:?}");
    }
}
