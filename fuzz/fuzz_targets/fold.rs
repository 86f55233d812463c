//! Any keyword finds any name, in a store, exactly if the specification says that it matches.
//!
//! The first line of the input is the keyword, the rest is the name.

#![no_main]

#[path = "../../tests/oracle/mod.rs"]
mod oracle;

use jobdex::limits::{KEYWORD_BYTES_MAX, KEYWORD_CHARS_MAX, NAME_BYTES_MAX};
use jobdex::{JobStore, Matching};
use libfuzzer_sys::fuzz_target;

use oracle::store::{ListSpec, Oracle};
use oracle::vocabulary;

fuzz_target!(|input: &[u8]| {
    let text = String::from_utf8_lossy(input);
    let (keyword, name) = text.split_once('\n').unwrap_or((&text, &text));
    let name = &name[..name.floor_char_boundary(NAME_BYTES_MAX)];
    let keyword: String = keyword.trim().chars().take(KEYWORD_CHARS_MAX).collect();
    assert!(keyword.len() <= KEYWORD_BYTES_MAX);
    let job = vocabulary::job("the-id", name, vocabulary::time(0), 0);
    let mut store = JobStore::new();
    store.insert(job.clone()).expect("the name is within its limit");
    let oracle = Oracle::of([job]);
    for matching in [Matching::Closest, Matching::Literal] {
        let spec = ListSpec { keyword: Some(keyword.clone()), matching, ..ListSpec::default() };
        let page = store.list(&spec.to_query()).expect("valid");
        let answer = oracle.list(&spec);
        assert!(answer.agrees_with(&page), "{keyword:?} in {name:?}: {page:?} is not {answer:?}");
    }
    store.remove("the-id");
    store.check_invariants();
    assert!(store.is_empty());
});
