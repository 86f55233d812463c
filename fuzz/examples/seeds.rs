//! Writes the seed corpus: `cargo run --manifest-path fuzz/Cargo.toml --example seeds`. The same files each time.

#[path = "../../tests/oracle/mod.rs"]
mod oracle;

use std::fs;
use std::path::Path;

use jobdex::{JobStore, ListQuery};

use oracle::random::Random;
use oracle::vocabulary::{self, NAMES};

const REQUESTS: &[&str] = &[
    "",
    "Status=1&KeyWord=news&PageSize=20",
    "Type=narrow-band&StartMode=1&Status=2&PageNo=3&PageSize=5&SortBy=asc",
    "KeyWord=%E7%BB%BC%E5%90%88&SortBy=desc&Action=ListLiveTranscodeJobs&Version=2020-11-09",
    "KeyWord=sky+news&Type=&Status=&PageNo=",
    "KeyWord=50%25&PageNo=18446744073709551615&PageSize=100",
    "Status=7",
    "Type=Normal&SortBy=ASC",
    "PageNo=0",
    "PageSize=101",
    "Status=1&Status=1",
    "KeyWord=%f0%9f%94%a5&&=&x=%zz&Key%57ord=a",
    "KeyWord=discvery&Type=audio-only",
    "Type=origin;Status=0",
];

const DOCUMENTS: &[&str] = &[
    "{}",
    r#"{"Type":"normal","StartMode":0,"Status":1,"PageNo":1,"PageSize":10,"SortBy":"asc","KeyWord":"news"}"#,
    r#"{"KeyWord":"\u7efc\u5408","PageSize":100,"Other":[1,{"x":null}]}"#,
    r#"{"Status":"1"}"#,
    r#"{"Status":7,"PageNo":0}"#,
    r#"{"PageNo":18446744073709551615,"Type":"","SortBy":null}"#,
    r#"{"Type":"audio-only","KeyWord":" JOB-7 "}"#,
    "[]",
];

fn main() {
    let mut random = Random::new(1);
    write("operations", (1..=32).map(|number| bytes(&mut random, number * 48)).collect());
    write("wire", requests());
    write("cursor", cursors(&mut random));
    write("fold", keywords(&mut random));
    write("records", (0..36).map(|number| records(&mut random, number)).collect());
    write("durable", files(&mut random));
}

/// A first byte that is divisible by 4 means a file, another one changes of a whole file.
fn files(random: &mut Random) -> Vec<Vec<u8>> {
    let changes = (0..16).map(|number| [&[1], &bytes(random, number * 5)[..]].concat());
    // The first page of a file, where most of its structure is.
    let header = (0..16_u32).map(|place| {
        let change = (place * 40).to_le_bytes();
        [&[1], &change[..], &[1 << (place % 8)]].concat()
    });
    let texts = ["", "redb", "redb\u{1a}\n"].map(|text| [b"\0", text.as_bytes()].concat());
    changes.collect::<Vec<_>>().into_iter().chain(header).chain(texts).collect()
}

/// Writes the files of one target, numbered.
fn write(target: &str, seeds: Vec<Vec<u8>>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    fs::create_dir_all(&folder).expect("the corpus can be written");
    for (number, seed) in seeds.into_iter().enumerate() {
        fs::write(folder.join(format!("seed-{number:03}")), seed).expect("the corpus can be written");
    }
}

fn bytes(random: &mut Random, len: usize) -> Vec<u8> {
    (0..len).map(|_| random.next().to_le_bytes()[0]).collect()
}

/// The first byte chooses the schema, in turn.
fn records(random: &mut Random, number: usize) -> Vec<u8> {
    let schema = u8::try_from(number % 12).expect("it is small");
    [vec![schema], bytes(random, 60 + number * 40)].concat()
}

/// An even first byte means a query string, an odd one JSON.
fn requests() -> Vec<Vec<u8>> {
    let texts = REQUESTS.iter().map(|text| [b"P", text.as_bytes()].concat());
    let documents = DOCUMENTS.iter().map(|text| [b"Q", text.as_bytes()].concat());
    texts.chain(documents).collect()
}

/// Texts of real cursors, changes to them, and places.
fn cursors(random: &mut Random) -> Vec<Vec<u8>> {
    let mut store = JobStore::new();
    for (number, time) in vocabulary::times().into_iter().enumerate() {
        store.insert(vocabulary::job(&format!("job-{number}"), NAMES[number], time, number)).expect("a good job");
    }
    let mut seeds = Vec::new();
    let mut query = ListQuery::new().page_size(1);
    while let Some(next) = store.list(&query).expect("valid").next {
        seeds.push([b"\0\0", next.to_string().as_bytes()].concat());
        query = query.after(next);
    }
    for number in 0..40 {
        seeds.push([vec![1, number], bytes(random, 6)].concat());
        let time = *random.pick(&vocabulary::times());
        let mut place = vec![2, number, number % 5];
        place.extend(time.timestamp().to_le_bytes());
        place.extend(time.timestamp_subsec_nanos().to_le_bytes());
        place.extend(format!("job-{number}").as_bytes());
        seeds.push(place);
    }
    seeds
}

fn keywords(random: &mut Random) -> Vec<Vec<u8>> {
    let pairs = (0..160).map(|number| {
        let name = NAMES[number % NAMES.len()];
        format!("{}\n{name}", vocabulary::keyword_like(random, &[name])).into_bytes()
    });
    pairs.collect()
}
