//! Symbols beside words narrow a list, if any name has them: `m+` lists `M+`. A cursor keeps to the choice of the first page.

use jobdex::{JobStore, ListQuery, MatchLevel, Matching};

use crate::oracle::case::check_listed;
use crate::oracle::vocabulary;

/// The names of a store, a keyword, and the names that are listed.
const CASES: [(&[&str], &str, &[&str]); 14] = [
    (&["M+", "Mezzo", "Motor"], "m+", &["M+"]),
    (&["Mezzo", "Motor"], "m+", &["Mezzo", "Motor"]),
    (&["+ M", "M", "+"], "m+", &["+ M"]),
    (&["E! Entertainment", "Euronews"], "e!", &["E! Entertainment"]),
    (&["A&E HD", "A and E HD", "A E HD"], "a&e hd", &["A&E HD"]),
    (&["🇺🇸 CNN", "🇬🇧 CNN", "CNN"], "cnn 🇺🇸", &["🇺🇸 CNN"]),
    (&["🇬🇧 CNN", "CNN"], "🇺🇸 cnn", &["🇬🇧 CNN", "CNN"]),
    (&["Rock and Roll", "Rock-Roll"], "rock & roll", &["Rock and Roll", "Rock-Roll"]),
    // All symbols that mean something are needed, or none.
    (&["C# + 1", "C# 1", "C + 1"], "c# 1 +", &["C# + 1"]),
    (&["C# 1", "C + 1"], "c# 1 +", &["C# 1", "C + 1"]),
    // Other symbols only separate words.
    (&["50% off", "50 off", "50-off"], "50% off", &["50% off", "50 off", "50-off"]),
    // On each rung by itself: a literal match without the symbol is closer than a typo with it.
    (&["C# Nwes", "C News"], "c# news", &["C News"]),
    (&["C# News", "C News"], "c# nwes", &["C# News"]),
    // Words written as one are narrowed too.
    (&["SkyNews!", "Sky News", "SkyNews"], "sky news!", &["SkyNews!"]),
];

#[test]
fn symbols_beside_words_narrow_the_list_if_any_name_has_them() {
    for (names, keyword, expected) in CASES {
        check_listed(names, keyword, expected);
    }
}

fn store(names: &[&str]) -> JobStore {
    let mut store = JobStore::new();
    for (number, name) in (0..).zip(names) {
        store.insert(vocabulary::job(&format!("id-{number}"), name, vocabulary::time(number), 0)).expect("a new job");
    }
    store
}

/// The names of the second page, after a name was added between the pages.
fn names_after(names: &[&str], matching: Matching, added: &str) -> Vec<String> {
    let mut store = store(names);
    let query = ListQuery::new().keyword("m+").matching(matching).page_size(1);
    let cursor = store.list(&query).expect("valid").next.expect("there is a second page");
    let cursor = cursor.to_string().parse().expect("a cursor comes back from its text");
    store.insert(vocabulary::job("added", added, vocabulary::time(-1), 0)).expect("a new job");
    let page = store.list(&query.page_size(10).after(cursor)).expect("valid");
    assert_eq!(page.match_level, Some(MatchLevel::Literal));
    page.jobs.iter().map(|job| job.name.clone()).collect()
}

#[test]
fn a_cursor_pins_whether_symbols_narrow() {
    for matching in [Matching::Closest, Matching::Literal, Matching::Any] {
        assert_eq!(
            names_after(&["Mezzo", "Motor"], matching, "M+"),
            ["Mezzo", "M+"],
            "{matching}: a wide walk stays wide"
        );
        assert_eq!(names_after(&["M+", "M+"], matching, "Mezzo"), ["M+"], "{matching}: a narrow walk stays narrow");
    }
}
