//! The worked cases of what a keyword matches, run against the specification and against the engine.

use std::{fs, path::Path};

use jobdex::{AccessPath, JobStore, ListQuery, MatchLevel, Matching};
use oracle::keyword::{Level, fold, job_level, name_level};
use oracle::vocabulary;

mod oracle;

/// Name, keyword, and the first level at which they match.
const CASES: [(&str, &str, Option<Level>); 58] = [
    // One word lies anywhere inside of a word, but not across two of them.
    ("Sky News", "ew", LITERAL),
    ("Sky News", "skynews", None),
    ("Sky-News", "y n", LITERAL),
    // Several words begin a word or a run of it; the first may also end one.
    ("Sky News", "ne sk", LITERAL),
    ("Sky News", "ew sky", None),
    ("Sky News", "sky ews", None),
    ("Sky News HD", "sky hd news", LITERAL),
    ("Sky News HD", "ews hd", LITERAL),
    ("Sky News HD", "sky ews hd", None),
    ("abcnews2hd", "2 abc", LITERAL),
    ("abcnews2hd", "2h abcnews2", LITERAL),
    ("abcnews2hd", "news abc", None),
    ("abcnews2hd", "d abc", LITERAL),
    ("abcnews2hd", "news2 abc", None),
    // The same word twice is two words, each by its own rule.
    ("xtvx", "tv", LITERAL),
    ("xtvx", "tv tv", None),
    ("skynews nwesroom", "news news", Some(Level::OneTypo)),
    ("skynews nwesroom", "news news news", None),
    // Runs count from two to four.
    ("a1b2", "2 b", LITERAL),
    ("a1b2c", "2 b", None),
    ("a1b2c", "a1 a", LITERAL),
    ("a1b2c", "2", LITERAL),
    // A word without spaces lies anywhere, at any place of the keyword.
    ("中央新闻频道 HD", "hd 新闻", LITERAL),
    ("中央新闻频道 HD", "hd 新闻 频道", LITERAL),
    ("中央新闻频道 HD", "hd 新闻x", None),
    ("ไทยรัฐทีวี HD", "hd รัฐ", LITERAL),
    // Symbols count only where there is no word.
    ("50 off", "50%", LITERAL),
    ("a%b", "#%", None),
    ("a%b#", "#%", LITERAL),
    ("a_b", "_", LITERAL),
    ("a b", "*", None),
    // What folds to nothing matches nothing.
    ("x", "\u{301}", None),
    ("x", "¨", None),
    ("x\u{1}", "\u{1}", None),
    // Typos: as many as the length allows, from four characters on.
    ("sky", "skx", None),
    ("news", "nexs", Some(Level::OneTypo)),
    ("jazeera", "jaeera", Some(Level::OneTypo)),
    ("jazeera", "jaera", None),
    ("newsroom", "neroom", None),
    ("neroom", "newsroom", Some(Level::TwoTypos)),
    // They begin alike, or with the first two swapped.
    ("newsroom", "enwsroom", Some(Level::OneTypo)),
    ("newsroom", "enwsrom", None),
    ("newsroom", "enwsrooom", Some(Level::TwoTypos)),
    ("newsroom", "xewsroom", None),
    // Only the last word may go on.
    ("national geographic", "natoi geographic", None),
    ("national geographic", "geographic natoi", Some(Level::OneTypo)),
    ("Al Jazeera English", "englsh jazee", Some(Level::OneTypo)),
    // No typo where a number is, but in the runs beside it.
    ("channel5", "channel6", None),
    ("channel5", "chanel", Some(Level::OneTypo)),
    ("channel5 live", "chanel live", Some(Level::OneTypo)),
    ("channel1a2b3", "chanel", None),
    ("channel٣", "chanel٣", None),
    // A literal word beside one with a typo takes the level of the worse.
    ("backup transcoder", "back trnscodr", Some(Level::TwoTypos)),
    ("backup transcoder", "bakcup trnscodr", Some(Level::TwoTypos)),
    // One typo where a character is most of a word, however long.
    ("中央新闻综合频道", "中央新文综合频到", None),
    ("中央新闻综合频道", "中央新文综合频道", Some(Level::OneTypo)),
    // Long words have none, but are still found as they are.
    (LONG, LONG, LITERAL),
    (LONG, LONG_WITH_A_TYPO, None),
];

const LITERAL: Option<Level> = Some(Level::Literal);

/// 63 characters, and the same with two of them swapped.
const LONG: &str = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk";
const LONG_WITH_A_TYPO: &str = "abcdfeghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk";

#[test]
fn every_case_of_the_table_is_at_its_level() {
    for (name, keyword, expected) in CASES {
        check_case(name, keyword, expected);
    }
}

#[test]
fn every_shared_case_is_at_its_level() {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/cases/keyword.tsv"));
    let Ok(cases) = fs::read_to_string(path) else {
        println!("skipped: no shared cases beside the crate");
        return;
    };
    for line in cases.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [name, keyword, rung] = fields[..] else { panic!("not three fields: {line:?}") };
        check_case(name, keyword, level_named(rung));
    }
}

/// The specification says so, and a store with that one name answers so, by every path.
fn check_case(name: &str, keyword: &str, expected: Option<Level>) {
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

/// The level that a rung of the shared cases is.
fn level_named(rung: &str) -> Option<Level> {
    match rung {
        "literal" => Some(Level::Literal),
        "one-typo" => Some(Level::OneTypo),
        "two-typos" => Some(Level::TwoTypos),
        "none" => None,
        other => panic!("no such rung: {other:?}"),
    }
}

#[test]
fn a_job_id_is_matched_whole_or_not_at_all() {
    assert_eq!(job_level("job-0AF3", "x", "  JOB-0af3 "), LITERAL);
    assert_eq!(job_level("job-0AF3", "x", "job-0af"), None);
    assert_eq!(job_level("job-0AF3", "x", "ｊob-0af3"), None);
    assert_eq!(job_level("job-0AF3", "job thing", "job"), LITERAL);
}

#[test]
fn what_is_dropped_is_dropped_and_what_is_kept_is_kept() {
    assert_eq!(fold("  Ǽ Ð Þ Œ ı İ Ħ ł "), "ae d th oe i i h l");
    assert_eq!(fold("カ\u{3099} हिन्दी กำ 한"), "ガ हिन्दी ก\u{E4D}า 한");
    assert_eq!(fold("ٱلْعَرَبِيَّة ـ שָׁלוֹם"), "العربية  שלום");
    assert_eq!(fold("a\u{200D}b\u{AD}c\u{FE0F}\u{E0041}"), "abc");
}

/// Whatever `LIKE '%keyword%'` over folded text finds is literal.
#[test]
fn every_part_of_a_name_matches_it_literally() {
    for name in
        ["Discovery2HD - Sky News", "CCTV1综合高清 (备)", "a1b2c3 हिन्दी समाचार", "50%_off ガイド🔥", "ไทยรัฐ tv-5"]
    {
        let folded = fold(name);
        let edges: Vec<usize> = folded.char_indices().map(|(at, _)| at).chain([folded.len()]).collect();
        for (i, &start) in edges.iter().enumerate() {
            for &end in &edges[i + 1..] {
                let part = &folded[start..end];
                let is_expected = part.trim().is_empty() || name_level(name, part) == LITERAL;
                assert!(is_expected, "{part:?} of {name:?}");
            }
        }
    }
}
