//! The slowest keywords that a search finds, each asked for the first time: `cargo bench --bench worst`.
//!
//! Only an attacker asks for them. They show that no keyword is answered by a walk over all names, or by work that
//! grows with a power of its length. The search tries families of keywords, and changes the slowest ones again and
//! again. A seed chooses the start of the search.

mod baseline;
mod common;

use std::collections::{BTreeSet, HashMap};
use std::hint::black_box;
use std::time::{Duration, Instant};

use fastrand::Rng;
use jobdex::limits::{KEYWORD_CHARS_MAX, NAME_BYTES_MAX, NAME_FOLDED_CHARS_MAX};
use jobdex::{JobStore, ListQuery, Matching, SharedJobStore, StartMode, Status};

use common::arguments::{is_test_mode, size_name, sizes};
use common::jobs::jobs;
use common::names::Names;
use common::stores::loaded;
use common::timing::{nanoseconds, percentile, time_name, timed};

/// The most time that a keyword may take at a million jobs, the first time.
const TARGET: Duration = Duration::from_millis(5);
const TARGET_SIZE: usize = 1_000_000;
/// The classes of keywords: one word, a few words, and more. Each is searched separately, as they are slow for
/// different reasons.
const CLASSES: usize = 3;
const FEW_WORDS_MAX: usize = 4;
/// The number of keywords shown per class.
const SHOWN: usize = 7;
/// The number of keywords per class that are changed further.
const ELITE: usize = 20;
const SEED: u64 = 3;
const SUBMITS: usize = 100;
/// Hostile names in a store, and how many are submitted between two rows of the report.
const HOSTILE: usize = 3_000;
const HOSTILE_STEP: usize = 1_000;
const SUBMIT_JOBS: usize = 100_000;
/// The number of keywords that a store caches by default.
const KEPT: usize = 16;

fn main() {
    let names = Names::load();
    for n in sizes() {
        let store = loaded(jobs(&names, n));
        println!("### The worst keywords, {} jobs, {}\n", size_name(n), names.source());
        println!("Nothing kept beforehand, two filters, page of 20; `cargo bench --bench worst`.\n");
        println!("| keyword | matching | total | first time | least of 9 more | page marked |");
        println!("|---|---|--:|--:|--:|--:|");
        let worst = Search::new(&store).run();
        for tried in &worst {
            println!("{}", tried.row(&store));
        }
        let slowest = worst.iter().map(|tried| tried.again).max().unwrap_or_default();
        if n == TARGET_SIZE {
            let verdict = if slowest < TARGET { "met" } else { "**missed**" };
            println!("\nThe worst: {}, target under {TARGET:?}: {verdict}.\n", time_name(nanoseconds(slowest)));
        }
        print_kept(&store);
    }
    print_submits();
    print_hostile();
    print_marks();
}

/// Inserts and removes jobs with names that are made to be slow.
fn print_submits() {
    println!("| submit of one job, in a store of 100,000 | median | slowest |\n|---|--:|--:|");
    let names = Names::load();
    let (mut store, mut rng) = (loaded(jobs(&names, SUBMIT_JOBS)), Rng::with_seed(SEED));
    let template = jobs(&names, 1).remove(0);
    for (what, is_han) in [("300 × U+FDFA, which is refused", false), ("341 random Han characters", true)] {
        let times = (0..SUBMITS).map(|number| {
            let name = if is_han { han(&mut rng).iter().collect() } else { "\u{FDFA}".repeat(300) };
            let job = jobdex::Job { job_id: format!("submit-{is_han}-{number}"), name, ..template.clone() };
            let (time, inserted) = timed(|| store.insert(job));
            assert_eq!(inserted.is_ok(), is_han, "{what}");
            nanoseconds(time)
        });
        let times: Vec<f64> = times.collect();
        let [middle, slowest] = [50, 100].map(|percent| time_name(percentile(times.clone(), percent)));
        println!("| {what} | {middle} | {slowest} |");
    }
    println!();
}

/// Fills a store with hostile names alone. Shows whether submits slow down as the store fills, and what its requests take.
fn print_hostile() {
    println!(
        "| a store of hostile names | jobs | submit, median | slowest | list | facets | page of 100 marked | watch |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|");
    let template = jobs(&Names::load(), 1).remove(0);
    let mut removals = Vec::new();
    let (wanted, step) = if is_test_mode() { (40, 20) } else { (HOSTILE, HOSTILE_STEP) };
    for (what, name) in HOSTILE_NAMES {
        let (mut store, mut rng) = (JobStore::new(), Rng::with_seed(SEED));
        while store.len() < wanted {
            let mut times = Vec::new();
            for _ in 0..step {
                let job_id = format!("hostile-{}", store.len());
                let job = jobdex::Job { job_id, name: name(&mut rng), ..template.clone() };
                let (time, inserted) = timed(|| store.insert(job));
                inserted.unwrap_or_else(|error| panic!("{what}: {error}"));
                times.push(nanoseconds(time));
            }
            let [middle, slowest] = [50, 100].map(|percent| time_name(percentile(times.clone(), percent)));
            let keyword: String = name(&mut rng).chars().take(2).collect();
            let query = query(&keyword, Matching::Any).page_size(100);
            let (listed, page) = timed(|| store.list(&query));
            let (counted, _) = timed(|| black_box(store.facets(&query)));
            let page = page.unwrap_or_else(|error| panic!("{error}"));
            let (marked, _) = timed(|| black_box(page.highlights(&query)));
            let watched = watched(&store, query, name(&mut rng));
            let times = [listed, counted, marked, watched].map(|time| time_name(nanoseconds(time))).join(" | ");
            println!("| {what} | {} | {middle} | {slowest} | {times} |", store.len());
        }
        removals.push((what, slowest_removal(store, &mut rng)));
    }
    println!("\n| each job of such a store removed, in random order | median | slowest |\n|---|--:|--:|");
    for (what, [middle, slowest]) in removals {
        println!("| {what} | {middle} | {slowest} |");
    }
    println!();
}

/// The time that a watch takes to tell what changed, once a job of its page has got a new name.
fn watched(store: &JobStore, query: ListQuery, new_name: String) -> Duration {
    let shared = SharedJobStore::new(store.clone());
    let mut watch = shared.watch(query).unwrap_or_else(|error| panic!("{error}"));
    _ = black_box(watch.try_next());
    let first = watch.page().jobs.first().or(store.iter().next()).cloned().expect("the store has jobs");
    let renamed = shared.write(|store| store.update(&first.job_id, |job| job.name = new_name));
    renamed.unwrap_or_else(|error| panic!("{error}"));
    timed(|| black_box(watch.try_next())).0
}

/// Removes all jobs, so that sparse blocks join. The median time of a removal, and the longest.
fn slowest_removal(mut store: JobStore, rng: &mut Rng) -> [String; 2] {
    let mut job_ids: Vec<String> = store.iter().map(|job| job.job_id.clone()).collect();
    rng.shuffle(&mut job_ids);
    let removed = job_ids.iter().map(|job_id| timed(|| black_box(store.remove(job_id))));
    let times: Vec<f64> = removed.map(|(time, _)| nanoseconds(time)).collect();
    [50, 100].map(|percent| time_name(percentile(times.clone(), percent)))
}

/// A maker of names that cost as much as names can.
type HostileName = fn(&mut Rng) -> String;

/// Names of long words and of many short ones. The long words fold to many characters, or share none of them with another name, all
/// but one, or each two with a different name.
const HOSTILE_NAMES: [(&str, HostileName); 6] = [
    ("as many U+FDFA as a name may have", |_| "\u{FDFA}".repeat(NAME_FOLDED_CHARS_MAX / 18)),
    ("341 random Han characters", |rng| han(rng).iter().collect()),
    ("341 Han characters, another name but for one", |rng| {
        let mut chars = han_of_few(rng);
        chars[rng.usize(..HAN_CHARS)] = rng.char('\u{4E00}'..'\u{9FFF}');
        chars.iter().collect()
    }),
    ("341 Han characters, each two from another name", |rng| {
        if rng.bool() {
            return han_of_few(rng).iter().collect();
        }
        let mut pair = || {
            let at = rng.usize(..HAN_CHARS - 1);
            han_of_few(rng)[at..at + 2].iter().collect::<String>()
        };
        (0..HAN_CHARS / 2).map(|_| pair()).collect()
    }),
    ("341 ligatures of syllables", |rng| (0..HAN_CHARS).map(|_| rng.char('\u{3300}'..'\u{3357}')).collect()),
    ("256 random words of three letters", |rng| {
        (0..NAME_BYTES_MAX / 4).map(|_| [(); 3].map(|()| rng.lowercase()).iter().collect::<String>() + " ").collect()
    }),
];

/// Characters of three bytes in the longest name.
const HAN_CHARS: usize = NAME_BYTES_MAX / 3;

fn han(rng: &mut Rng) -> [char; HAN_CHARS] {
    std::array::from_fn(|_| rng.char('\u{4E00}'..'\u{9FFF}'))
}

/// One of as many names as a hostile store has.
fn han_of_few(rng: &mut Rng) -> [char; HAN_CHARS] {
    han(&mut Rng::with_seed(rng.u64(..HOSTILE as u64)))
}

/// Asks again for a cached broad word after as many renames as the journal holds, to names of so many bytes.
fn print_kept(store: &JobStore) {
    println!("| `e` again, after 500 renames | time |\n|---|--:|");
    for (what, name) in [
        ("to short names", "Sky News".to_owned()),
        ("to 1,024 bytes of ASCII", "a b ".repeat(NAME_BYTES_MAX / 4)),
        ("to 1,024 bytes of accents", "é ".repeat(NAME_BYTES_MAX / 3)),
        ("to as many ligatures as a name may have", "ﷺ ".repeat(NAME_FOLDED_CHARS_MAX / 19)),
    ] {
        let mut store = store.clone().with_keywords_kept(KEPT);
        let query = query("e", Matching::Closest);
        // Rows are cached at the second request.
        for _ in 0..2 {
            _ = black_box(store.list(&query));
        }
        let ids: Vec<String> =
            store.iter().step_by((store.len() / 500).max(1)).take(500).map(|job| job.job_id.clone()).collect();
        for id in &ids {
            store.update(id, |job| job.name.clone_from(&name)).unwrap_or_else(|error| panic!("{error}"));
        }
        let (time, _) = timed(|| store.list(&query));
        println!("| {what} | {} |", time_name(nanoseconds(time)));
    }
    println!();
}

/// Marks a page of the longest names with the longest keywords.
fn print_marks() {
    println!("| marks of 100 of the longest names | time |\n|---|--:|");
    let mut marked: Vec<(Duration, String)> = Vec::new();
    for name in ["a", "a ", "ab", "é", "新", "a\u{301}", "a1", "㍿", "ﷺ", "👩\u{200d}", "aaab ", "abcdefgh "] {
        let folded_len = if name == "ﷺ" { 18 } else { name.len().min(4) };
        let name = name.repeat((NAME_BYTES_MAX / name.len()).min(NAME_FOLDED_CHARS_MAX / folded_len));
        let jobs = jobs(&Names::load(), 100).into_iter().map(|job| jobdex::Job { name: name.clone(), ..job }).collect();
        let store = loaded(jobs);
        for piece in
            ["a", "a ", "aaaa ", "aaaaaaaaab ", "ab", "é", "新", "a1", "式", "ba", "abcdefhg ", "👩", "b", "a b "]
        {
            let keyword: String = piece.chars().cycle().take(KEYWORD_CHARS_MAX).collect();
            let query = ListQuery::new().keyword(keyword.trim()).matching(Matching::Any).page_size(100);
            let page = store.list(&query).unwrap_or_else(|error| panic!("{error}"));
            let time = (0..5).map(|_| timed(|| page.highlights(&query)).0).min().unwrap_or_default();
            let name: String = name.chars().take(9).collect();
            marked.push((time, format!("`{name}…` with `{piece}…`, {} jobs", page.total_count)));
        }
    }
    marked.sort();
    for (time, what) in marked.iter().rev().take(SHOWN) {
        println!("| {what} | {} |", time_name(nanoseconds(*time)));
    }
}

/// A keyword and its cost.
#[derive(Clone)]
struct Tried {
    keyword: String,
    matching: Matching,
    /// The very first request.
    first: Duration,
    /// The fastest of a few more first requests, which leaves out the noise.
    again: Duration,
}

impl Tried {
    fn new(store: &JobStore, keyword: String, matching: Matching, times: usize) -> Self {
        let query = query(&keyword, matching);
        let mut samples = (0..=times).map(|_| {
            // A clone with an empty cache.
            let fresh = store.clone().with_keywords_kept(KEPT);
            timed(|| fresh.list(&query)).0
        });
        let first = samples.next().unwrap_or_default();
        let again = samples.min().unwrap_or(first);
        Self { keyword, matching, first, again }
    }

    fn row(&self, store: &JobStore) -> String {
        let query = query(&self.keyword, self.matching);
        let page = store.list(&query).unwrap_or_else(|error| panic!("{:?}: {error}", self.keyword));
        let (marked, _) = timed(|| page.highlights(&query));
        let times = [self.first, self.again, marked].map(|time| time_name(nanoseconds(time))).join(" | ");
        format!("| `{}` | {:?} | {} | {times} |", self.keyword.replace('|', " "), self.matching, page.total_count)
    }
}

fn query(keyword: &str, matching: Matching) -> ListQuery {
    let filters = ListQuery::new().status(Status::Stopped).start_mode(StartMode::Immediate);
    filters.keyword(keyword).matching(matching).page_size(20)
}

/// A search for the slowest keywords.
struct Search<'s> {
    store: &'s JobStore,
    rng: Rng,
    /// The words of all names, the most frequent first.
    words: Vec<String>,
    /// Their prefixes of three characters, in the same order.
    starts: Vec<String>,
    seen: BTreeSet<String>,
    /// The slowest keywords of each class, the slowest first.
    worst: [Vec<Tried>; CLASSES],
}

impl<'s> Search<'s> {
    fn new(store: &'s JobStore) -> Self {
        let (mut words, mut starts) = (HashMap::<String, u32>::new(), HashMap::<String, u32>::new());
        for job in store.iter() {
            for word in job.name.to_lowercase().split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
                *words.entry(word.to_owned()).or_default() += 1;
                *starts.entry(word.chars().take(3).collect()).or_default() += 1;
            }
        }
        let (words, starts) = (by_frequency(words), by_frequency(starts));
        Self { store, rng: Rng::with_seed(SEED), words, starts, seen: BTreeSet::new(), worst: Default::default() }
    }

    /// The slowest keywords found, class by class.
    fn run(mut self) -> Vec<Tried> {
        self.families();
        let budget = Duration::from_secs(if is_test_mode() { 0 } else { 30 });
        let start = Instant::now();
        while start.elapsed() < budget {
            let class = self.rng.usize(..CLASSES);
            let parents = &self.worst[class];
            if let Some(parent) = parents.get(self.rng.usize(..parents.len().max(1))) {
                let child = self.changed(&parent.keyword.clone());
                self.try_keyword(&child);
            }
        }
        let found = self.worst.into_iter().map(|worst| {
            // The final figures are measured with more repeats.
            let again =
                |tried: Tried| Tried { first: tried.first, ..Tried::new(self.store, tried.keyword, tried.matching, 9) };
            let mut worst: Vec<Tried> = worst.into_iter().map(again).collect();
            worst.sort_by_key(|tried| std::cmp::Reverse(tried.again));
            worst.truncate(SHOWN);
            worst
        });
        found.flatten().collect()
    }

    fn try_keyword(&mut self, keyword: &str) {
        let keyword: String = keyword.trim().chars().take(KEYWORD_CHARS_MAX).collect();
        if keyword.trim().is_empty() || !self.seen.insert(keyword.clone()) {
            return;
        }
        let class = match keyword.split_whitespace().count() {
            ..2 => 0,
            2..=FEW_WORDS_MAX => 1,
            _ => 2,
        };
        let worst = &mut self.worst[class];
        for matching in [Matching::Closest, Matching::Any] {
            let least = worst.get(ELITE - 1).map_or(Duration::ZERO, |last| last.again);
            let quick = Tried::new(self.store, keyword.clone(), matching, 0);
            if quick.first <= least {
                continue;
            }
            let tried = Tried { first: quick.first, ..Tried::new(self.store, keyword.clone(), matching, 2) };
            worst.insert(worst.partition_point(|other| other.again >= tried.again), tried);
            worst.truncate(ELITE);
        }
    }

    /// Keywords known to be hard, as they are and repeated up to the longest keyword.
    fn families(&mut self) {
        for c in ["a", "e", "0", "ab", "新", "a ", "e ", "0 ", "01", "tv", "a\u{301}", "\u{301}", "א", "%", "a1", "aab"]
        {
            self.try_keyword(&c.repeat(KEYWORD_CHARS_MAX));
        }
        let letters: Vec<char> = ('a'..='z').chain('0'..='9').collect();
        for &one in &letters {
            self.try_keyword(&one.to_string());
            for &two in &letters {
                self.try_keyword(&format!("{one}{two}"));
            }
        }
        let own = ["srta", "saint", "national", "internationale", "aaaaaaaa", "e a i o n r s t l", "0123456789"];
        for keyword in own {
            self.try_keyword(keyword);
        }
        let all_letters: Vec<String> = letters.iter().map(char::to_string).collect();
        self.try_keyword(&all_letters.join(" "));
        let words: Vec<String> = self.words.iter().take(2_000).cloned().collect();
        for len in 1..8 {
            let mut cut: Vec<String> = words.iter().map(|word| word.chars().take(len).collect()).collect();
            let mut seen = BTreeSet::new();
            cut.retain(|word| word.chars().count() == len && seen.insert(word.clone()));
            for count in [10, 20, 30, 64] {
                self.try_keyword(&cut.iter().take(count).cloned().collect::<Vec<_>>().join(" "));
                let broken: Vec<String> = cut.iter().take(count).map(|word| self.broken(word)).collect();
                self.try_keyword(&broken.join(" "));
            }
        }
        for word in words.iter().filter(|word| word.chars().count() >= 4) {
            let start: String = word.chars().take(4 + self.rng.usize(..6)).collect();
            let (one, two) = (self.broken(&start), self.broken(word));
            self.try_keyword(&one);
            self.try_keyword(&two);
        }
        let starts: Vec<String> = self.starts.iter().take(300).cloned().collect();
        for start in starts {
            self.try_keyword(&format!("{start}{start}"));
        }
    }

    /// A word with a typo after its first character.
    fn broken(&mut self, word: &str) -> String {
        let mut chars: Vec<char> = word.chars().collect();
        if chars.len() > 2 {
            let at = self.rng.usize(1..chars.len() - 1);
            match self.rng.u32(..3) {
                0 => chars.swap(at, at + 1),
                1 => chars[at] = self.rng.lowercase(),
                _ => chars.insert(at, self.rng.lowercase()),
            }
        }
        chars.into_iter().collect()
    }

    /// A keyword with one change.
    fn changed(&mut self, keyword: &str) -> String {
        let mut words: Vec<String> = keyword.split(' ').map(str::to_owned).collect();
        let at = self.rng.usize(..words.len());
        match self.rng.u32(..8) {
            0 => words.insert(at, self.usual_word()),
            1 => words[at] = self.usual_word(),
            2 => words[at] = self.usual_start(),
            3 => words.insert(at, self.usual_start()),
            4 => words[at] = self.broken(&words[at].clone()),
            5 => words[at] = words[at].chars().rev().skip(1).collect::<Vec<_>>().into_iter().rev().collect(),
            6 => words[at].push(self.rng.lowercase()),
            _ => drop(words.remove(at)),
        }
        words.join(" ")
    }

    fn usual_word(&mut self) -> String {
        let word = self.words[self.rng.usize(..self.words.len().min(1_000))].clone();
        if self.rng.bool() { self.broken(&word) } else { word }
    }

    fn usual_start(&mut self) -> String {
        let start = &self.starts[self.rng.usize(..self.starts.len().min(300))];
        start.chars().take(self.rng.usize(1..=3)).collect()
    }
}

fn by_frequency(counts: HashMap<String, u32>) -> Vec<String> {
    let mut words: Vec<(String, u32)> = counts.into_iter().collect();
    words.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    black_box(words).into_iter().map(|(word, _)| word).collect()
}
