//! Any text given as a cursor is refused, or continues its own list at some place. No text causes a panic.
//!
//! The first byte chooses the kind of text. The rest is either the text itself, or changes of a real cursor's bytes, or
//! a place that is put into a real cursor with a valid checksum. The second byte chooses the list.

#![no_main]

#[path = "../../tests/oracle/mod.rs"]
mod oracle;

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::DateTime;
use jobdex::{Cursor, Job, JobStore, MatchLevel, Matching, SortOrder, Status};
use libfuzzer_sys::fuzz_target;

use oracle::store::{Behind, ListSpec, Oracle, Place, Start};
use oracle::twins::check_list;
use oracle::vocabulary::{self, NAMES};

static TWINS: LazyLock<(JobStore, Oracle)> = LazyLock::new(|| {
    let times = vocabulary::times();
    let job = |(number, name): (usize, &&str)| {
        vocabulary::job(&format!("job-{number}"), name, times[number % times.len()], number * 5)
    };
    let jobs: Vec<Job> = NAMES.iter().enumerate().map(job).collect();
    let mut store = JobStore::new();
    store.extend(jobs.clone()).expect("the jobs are good");
    (store, Oracle::of(jobs))
});

/// Lists of several pages, in both orders, at each match level.
fn list(number: u8) -> ListSpec {
    let keyword = [None, Some("n"), Some("dicsovery"), Some("natoinal geografic"), Some("hd")][usize::from(number % 5)];
    ListSpec {
        keyword: keyword.map(str::to_owned),
        matching: [Matching::Closest, Matching::Any][usize::from(number / 5 % 2)],
        sort: [SortOrder::Asc, SortOrder::Desc][usize::from(number / 10 % 2)],
        statuses: [vec![], vec![Status::Running, Status::Stopped]][usize::from(number / 20 % 2)].clone(),
        page_size: 1,
        ..ListSpec::default()
    }
}

fuzz_target!(|input: &[u8]| {
    let [form, number, rest @ ..] = input else { return };
    let spec = list(*number);
    let (store, _) = &*TWINS;
    let real = store.list(&spec.to_query()).expect("valid").next.map(|cursor| cursor.to_string());
    match (form % 3, real) {
        (1, Some(real)) => read(&damaged(&real, rest), &spec),
        (2, Some(real)) => forge(&real, rest, &spec),
        _ => read(&String::from_utf8_lossy(rest), &spec),
    }
});

/// Parses the text. A cursor must be written as it was read, and a query must accept or refuse it without a panic.
fn read(text: &str, spec: &ListSpec) {
    let Ok(cursor) = text.parse::<Cursor>() else { return };
    assert_eq!(cursor.to_string(), text, "one cursor has one text");
    assert_eq!(cursor.to_string().parse(), Ok(cursor.clone()));
    let json = serde_json::to_string(&cursor).expect("a text");
    assert_eq!(serde_json::from_str::<Cursor>(&json).expect("the same text"), cursor);
    let (store, _) = &*TWINS;
    if let Ok(page) = store.list(&spec.to_query().after(cursor)) {
        assert!(page.jobs.len() <= 1);
    }
}

/// The text with some bytes changed. Each pair of bytes in `changes` gives a place and a change.
fn damaged(text: &str, changes: &[u8]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for change in changes.chunks_exact(2) {
        let place = usize::from(change[0]) % bytes.len();
        bytes[place] ^= change[1] & 0x7f;
    }
    String::from_utf8(bytes).expect("ASCII stays ASCII")
}

/// The bytes before the place: version, level and fingerprint. A checksum comes after the place.
const PLACE_AT: usize = 10;

/// Puts any place into a real cursor. If the result is a cursor, the page after it must equal the oracle's page.
fn forge(real: &str, place: &[u8], spec: &ListSpec) {
    let mut bytes = URL_SAFE_NO_PAD.decode(real).expect("a real cursor");
    bytes.truncate(PLACE_AT);
    let Some((&rung, place)) = place.split_first() else { return };
    bytes[1] = rung % 8;
    bytes.extend(place);
    bytes.extend(checksum(&bytes));
    let text = URL_SAFE_NO_PAD.encode(bytes);
    read(&text, spec);
    if let (Ok(cursor), Some(behind)) = (text.parse(), behind(rung % 8, place)) {
        let (store, oracle) = &*TWINS;
        let spec = ListSpec { start: Start::After(Place { cursor, behind }), page_size: 20, ..spec.clone() };
        check_list(store, oracle, &spec);
    }
}

fn behind(rung: u8, place: &[u8]) -> Option<Behind> {
    let (seconds, rest) = place.split_first_chunk::<8>()?;
    let (nanoseconds, job_id) = rest.split_first_chunk::<4>()?;
    Some(Behind {
        create_time: DateTime::from_timestamp(i64::from_le_bytes(*seconds), u32::from_le_bytes(*nanoseconds))?,
        job_id: String::from_utf8(job_id.to_vec()).ok()?,
        // Three rungs, and three that the symbols of a keyword narrowed down.
        level: rung.checked_sub(1).filter(|&rung| rung < 6).map(|rung| MatchLevel::ALL[usize::from(rung) % 3]),
        with_symbols: (4..7).contains(&rung),
    })
}

/// FNV-1a of 64 bits, folded to 32. If the format of cursors changes, these cursors are refused as damaged, and this
/// target tests less.
fn checksum(content: &[u8]) -> [u8; 4] {
    let hash = content
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    let bytes = hash.to_le_bytes();
    std::array::from_fn(|at| bytes[at] ^ bytes[at + 4])
}
