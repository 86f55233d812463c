//! Keywords that are asked for once, so that the keyword cache does not help: `cargo bench --bench once`.
//!
//! A public console gets mostly such keywords. The bench makes about 7,000 distinct ones of names like those in the store:
//! words, beginnings of words, words with a typo, two words, whole names, and two letters from inside a word. Each is asked
//! for once, with a filter on the status. `JOBDEX_BENCH_JOBS=10000000` measures ten million jobs.

mod baseline;
mod common;

use std::collections::HashSet;

use fastrand::Rng;
use jobdex::{JobStore, ListQuery, Status};

use common::arguments::{is_test_mode, size_name, sizes};
use common::jobs::jobs;
use common::names::Names;
use common::stores::loaded;
use common::timing::{median, nanoseconds, percentile, time_name, timed};

/// The keywords of each kind.
const KEYWORDS: usize = 1_170;
const KEYWORDS_IN_TEST_MODE: usize = 20;
/// The jobs drawn for keywords are others than those of the store.
const SEED: u64 = 29;
/// Words that are joined, or that could be, asked for the first time and again.
const JOINED: [&str; 8] = [
    "skysports",
    "plutotv",
    "cctv1",
    "sky news",
    "skynews",
    "abcdefghijklmnopqrstuvwxyzabcdefghijklmn",
    "news",
    "xqzzyw",
];
const JOINED_ROUNDS: usize = 15;

/// The ways in which a keyword is made of a name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Word,
    Beginning,
    Typo,
    TwoWords,
    WholeName,
    TwoLetters,
}

const KINDS: [(Kind, &str); 6] = [
    (Kind::Word, "a word"),
    (Kind::Beginning, "the beginning of a word"),
    (Kind::Typo, "a word with a typo"),
    (Kind::TwoWords, "two words"),
    (Kind::WholeName, "a whole name"),
    (Kind::TwoLetters, "two letters inside a word"),
];

fn main() {
    let names = Names::load();
    for n in sizes() {
        let store = loaded(jobs(&names, n));
        println!("### Keywords asked for once, {} jobs, {}\n", size_name(n), names.source());
        println!("| keyword | keywords | median | p99 | slowest |\n|---|--:|--:|--:|--:|");
        let keywords = keywords(&names);
        let times: Vec<f64> = keywords.iter().map(|(_, keyword)| time(&store, keyword)).collect();
        for (kind, what) in KINDS {
            let of_kind = keywords.iter().zip(&times).filter(|((other, _), _)| *other == kind);
            print_row(what, &of_kind.map(|(_, &time)| time).collect::<Vec<_>>());
        }
        print_row("all", &times);
        print_joined(&store);
    }
}

fn print_row(what: &str, times: &[f64]) {
    let len = times.len();
    let [middle, p99, slowest] = [50, 99, 100].map(|percent| time_name(percentile(times.to_vec(), percent)));
    println!("| {what} | {len} | {middle} | {p99} | {slowest} |");
}

/// Asks for each of a few keywords anew, and again.
fn print_joined(store: &JobStore) {
    println!("\n| keyword | total | the first time | again |\n|---|--:|--:|--:|");
    for keyword in JOINED {
        let query = ListQuery::new().keyword(keyword).page_size(20);
        let first = (0..JOINED_ROUNDS).map(|_| {
            let anew = store.clone().with_keywords_kept(16);
            nanoseconds(timed(|| anew.list(&query)).0)
        });
        let first = median(first.collect());
        let again = median((0..JOINED_ROUNDS).map(|_| nanoseconds(timed(|| store.list(&query)).0)).collect());
        let total = store.list(&query).map_or(0, |page| page.total_count);
        println!("| `{keyword}` | {total} | {} | {} |", time_name(first), time_name(again));
    }
    println!();
}

/// The time of one request.
///
/// # Panics
/// If the store refuses the keyword.
fn time(store: &JobStore, keyword: &str) -> f64 {
    let query = ListQuery::new().keyword(keyword).status(Status::Running).page_size(20);
    let (time, page) = timed(|| store.list(&query));
    assert!(page.is_ok(), "{keyword:?} is refused");
    nanoseconds(time)
}

/// Distinct keywords, those of all kinds mixed.
fn keywords(names: &Names) -> Vec<(Kind, String)> {
    let mut rng = Rng::with_seed(SEED);
    let wanted = if is_test_mode() { KEYWORDS_IN_TEST_MODE } else { KEYWORDS };
    let (mut seen, mut keywords) = (HashSet::new(), Vec::new());
    for (kind, _) in KINDS {
        let mut made = 0;
        // There may be fewer pairs of letters than are wanted, so the tries are limited.
        for _ in 0..wanted * 40 {
            let Some(keyword) = keyword(kind, &names.draw(&mut rng), &mut rng) else { continue };
            if seen.insert(keyword.to_lowercase()) {
                keywords.push((kind, keyword));
                made += 1;
            }
            if made == wanted {
                break;
            }
        }
    }
    rng.shuffle(&mut keywords);
    keywords
}

/// A keyword of this kind, if the name has one.
fn keyword(kind: Kind, name: &str, rng: &mut Rng) -> Option<String> {
    let words: Vec<&str> = name.split_whitespace().collect();
    if kind == Kind::WholeName {
        return (words.len() > 1 && name.chars().count() <= 100).then(|| name.to_owned());
    }
    let at = rng.usize(..words.len().max(1));
    let chars: Vec<char> = words.get(at)?.chars().take(60).collect();
    let keyword: String = match kind {
        Kind::Word => chars.into_iter().collect(),
        Kind::Beginning if chars.len() >= 4 => chars[..rng.usize(3..chars.len())].iter().collect(),
        Kind::Typo if chars.len() >= 5 => misspelled(chars, rng),
        Kind::TwoLetters if chars.len() >= 3 => {
            let from = rng.usize(1..chars.len() - 1);
            let two = &chars[from..from + 2];
            // A hyphen and a letter would be a keyword of one letter.
            if !two.iter().all(|c| c.is_alphanumeric()) {
                return None;
            }
            two.iter().collect()
        }
        Kind::TwoWords => format!("{} {}", words[at], words.get(at + 1)?),
        _ => return None,
    };
    keyword.chars().any(char::is_alphanumeric).then_some(keyword)
}

fn misspelled(mut chars: Vec<char>, rng: &mut Rng) -> String {
    let at = rng.usize(1..chars.len() - 1);
    match rng.u32(..4) {
        0 => chars.swap(at, at + 1),
        1 => drop(chars.remove(at)),
        2 => chars.insert(at, 'e'),
        _ => chars[at] = 'a',
    }
    chars.into_iter().collect()
}
