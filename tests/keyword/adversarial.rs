//! Hostile and unlucky names and keywords: the store answers all of them as the oracle does.
//!
//! The time of the slowest keywords is measured by `cargo bench --bench worst`.

use jobdex::limits::{KEYWORD_CHARS_MAX, NAME_BYTES_MAX, NAME_FOLDED_CHARS_MAX};
use jobdex::{Job, JobStore, Matching, SortOrder, Status};

use crate::oracle::random::Random;
use crate::oracle::store::{ListSpec, Oracle, Start};
use crate::oracle::vocabulary;

const THREADS: usize = 4;
/// Characters that occur in many Chinese, Japanese, Korean, Thai, Arabic, Hebrew and Cyrillic names.
const FREQUENT: &str = "的一中国新电视台综合影体育高清频道大生活ーンスラト한국방송뉴스ทยวีกانلميرةבתירעолнавир";

/// A store and its oracle, filled and then partly rewritten, so that words disappear and new ones take their numbers.
struct Pair {
    store: JobStore,
    oracle: Oracle,
}

impl Pair {
    fn new(names: &[String]) -> Self {
        let job = |number: usize, name: &str| -> Job {
            let second = i64::try_from(number / 3).expect("a second fits");
            vocabulary::job(&format!("j-{number}"), name, vocabulary::time(second), number % 24)
        };
        let jobs: Vec<Job> = names.iter().enumerate().map(|(number, name)| job(number, name)).collect();
        let mut pair = Self { store: JobStore::new(), oracle: Oracle::of(jobs.iter().cloned()) };
        pair.store.extend(jobs).expect("the names are within limits");
        let mut random = Random::new(4);
        for _ in 0..names.len() / 20 {
            let (job_id, name) = (format!("j-{}", random.below(names.len())), random.pick(names).clone());
            if random.chance(30) {
                assert_eq!(pair.store.remove(&job_id), pair.oracle.remove(&job_id));
            } else if pair.store.get(&job_id).is_some() {
                pair.store.update(&job_id, |job| job.name.clone_from(&name)).expect("it is there");
                pair.oracle.update(&job_id, |job| job.name = name).expect("it is there");
            }
        }
        pair.store.check_invariants();
        pair
    }

    /// Compares the first and the last page of each keyword, in several threads.
    fn check(&self, keywords: &[String]) {
        std::thread::scope(|scope| {
            for part in keywords.chunks(keywords.len().div_ceil(THREADS)) {
                scope.spawn(move || part.iter().for_each(|keyword| self.check_keyword(keyword)));
            }
        });
    }

    fn check_keyword(&self, keyword: &str) {
        for (matching, sort, statuses) in [
            (Matching::Closest, SortOrder::Desc, vec![]),
            (Matching::Any, SortOrder::Asc, vec![Status::Running, Status::Stopped]),
        ] {
            let keyword = Some(keyword.to_owned());
            let spec = ListSpec { keyword, matching, sort, statuses, page_size: 100, ..ListSpec::default() };
            let (expected, match_level) = self.oracle.all_matches(&spec);
            let last = (expected.len() as u64).div_ceil(100).max(1);
            for page_no in [1, last] {
                let page = self.store.list(&ListSpec { start: Start::No(page_no), ..spec.clone() }.to_query());
                let page = page.unwrap_or_else(|error| panic!("{spec:?}: {error}"));
                let told = (page.total_count, page.match_level);
                assert_eq!(told, (expected.len() as u64, match_level), "{spec:?}");
                let first = usize::try_from(page_no - 1).expect("few pages") * 100;
                assert!(page.jobs == expected[first..expected.len().min(first + 100)], "page {page_no} of {spec:?}");
                for highlight in page.highlights(&spec.to_query()) {
                    assert!(highlight.name.windows(2).all(|pair| pair[0].end < pair[1].start), "{spec:?}");
                }
            }
        }
    }
}

/// Letters, digits and frequent characters, alone and in pairs.
fn short_keywords() -> Vec<String> {
    let latin: Vec<char> = ('a'..='z').chain('0'..='9').collect();
    let frequent: Vec<char> = FREQUENT.chars().collect();
    let pairs = |chars: &[char]| -> Vec<String> {
        chars.iter().flat_map(|one| chars.iter().map(move |two| format!("{one}{two}"))).collect()
    };
    let singles = latin.iter().chain(&frequent).map(char::to_string);
    singles.chain(pairs(&latin)).chain(pairs(&frequent)).collect()
}

/// Long keywords, many words, right-to-left text, stacked marks, symbols, and texts that fold to nothing or to a longer
/// text.
fn hostile_keywords() -> Vec<String> {
    let repeated = [
        "a",
        "ab",
        "aab",
        "0",
        "01",
        "a1",
        "a ",
        "e ",
        "1 ",
        "新",
        "新 ",
        "א",
        "ا ",
        "%",
        "🔥",
        "\u{301}",
        "a\u{301}",
        "\u{200d}",
        "㍿",
        "ß",
        "ﷺ",
        "İ",
        "カ\u{3099}",
        "กำ",
        "👩\u{200d}",
    ];
    let mut keywords: Vec<String> =
        repeated.iter().map(|piece| piece.chars().cycle().take(KEYWORD_CHARS_MAX).collect()).collect();
    let chars = ('a'..='z').chain('0'..='9').chain(FREQUENT.chars());
    let words = |count: usize| chars.clone().take(count).map(String::from).collect::<Vec<_>>().join(" ");
    keywords.extend([words(36), words(60), words(64)]);
    let three: Vec<String> =
        ('a'..='z').map(|c| format!("{c}{c}{c}")).chain(('a'..='p').map(|c| format!("a{c}e"))).collect();
    keywords.push(three[..32].join(" "));
    keywords.extend(["srta", "aaaa", "aaab", "baaa", "abaaaaaa", "aaaaaaaaaaaaaaab"].map(String::from));
    keywords.extend([61, 62, 63].map(|len| format!("{}b", "a".repeat(len - 1))));
    keywords.extend(
        ["قناة الجزيرة", "الجزيرةq", "ערוץ 2", "\u{202e}vt\u{202c}", "z\u{300}\u{301}\u{302}\u{303}\u{304}"]
            .map(String::from),
    );
    keywords.extend(["%%%", "!?*", "* *", "\"", "\\", "'; --", "\u{1}", "\u{0}", "a\u{0}b"].map(String::from));
    keywords
}

fn uuid(random: &mut Random) -> String {
    let (high, low) = (random.next(), random.next());
    let (low_end, high_end) = (low & 0xffff_ffff_ffff, high & 0xfff);
    format!("{:08x}-{:04x}-4{high_end:03x}-{:04x}-{low_end:012x}", high >> 32, high >> 16 & 0xffff, low >> 48)
}

/// Compares the same number of keywords of each kind: short ones, hostile ones, pieces of names, and misspelled names.
fn check_uuids(count: usize, keywords_each: usize) {
    let mut random = Random::new(1);
    let names: Vec<String> = (0..count).map(|_| uuid(&mut random)).collect();
    let (short, hostile) = (short_keywords(), hostile_keywords());
    let mut keywords = Vec::new();
    for _ in 0..keywords_each {
        let name: Vec<char> = random.pick(&names).chars().collect();
        let (from, len) = (random.below(name.len()), 1 + random.below(20));
        let mut slip = name.clone();
        slip.swap(from, (from + 1) % name.len());
        keywords.extend([random.pick(&short).clone(), random.pick(&hostile).clone()]);
        keywords
            .extend([name[from..name.len().min(from + len)].iter().collect(), slip.into_iter().collect::<String>()]);
    }
    Pair::new(&names).check(&keywords);
}

#[test]
fn a_store_of_uuid_names_answers_as_the_oracle() {
    check_uuids(20_000, 30);
}

#[test]
#[ignore = "minutes: the same with a million jobs"]
fn a_store_of_a_million_uuid_names_answers_as_the_oracle() {
    check_uuids(1_000_000, 20);
}

/// Names at their limits and just below, and 10,000 jobs of one name.
#[test]
fn a_store_of_hostile_names_answers_as_the_oracle() {
    let filled = |piece: &str| {
        let folded_len = crate::oracle::keyword::fold(piece).chars().count() + usize::from(piece.ends_with(' '));
        piece.repeat((NAME_BYTES_MAX / piece.len()).min(NAME_FOLDED_CHARS_MAX / folded_len.max(1)))
    };
    let pieces = [
        "a",
        "é",
        "新",
        "a\u{301}",
        "\u{301}",
        "a ",
        "a1",
        "a1b",
        "%",
        "🔥",
        "🔥 ",
        "\u{200d}",
        "㍿",
        "ß",
        "ﷺ",
        "א",
        "ا",
        "\u{202e}",
        "กำ",
        "b ",
        "ab ",
        "aaab ",
        "新a1",
        "\u{fdfa} ",
    ];
    let mut names: Vec<String> = pieces.iter().map(|piece| filled(piece)).collect();
    // Prefixes of one letter, each a little longer than the one before. They make the trie as deep as possible.
    names.extend((1..=NAME_BYTES_MAX).step_by(5).map(|len| "a".repeat(len)));
    names.extend((0..60).map(|len| format!("{}b", "a".repeat(len))));
    names.extend(["", " ", "\u{200d}", "\u{301}", "\u{0}", "!?", "%%", "* _ *", "-", "⟨⟩", "\u{1}"].map(String::from));
    names.extend(
        ["قناة الجزيرة", "ערוץ 2", "z\u{300}\u{301}\u{302}\u{303}\u{304}", "a\u{202e}vt\u{202c}b"].map(String::from),
    );
    names.extend(('a'..='z').flat_map(|a| ('a'..='z').map(move |b| format!("stra{a}{b} s{a}{b}ta"))));
    let all_words: Vec<String> = ('a'..='z').chain('0'..='9').chain(FREQUENT.chars()).map(String::from).collect();
    names.push(all_words.join(" "));
    names.extend(vocabulary::NAMES.iter().map(|&name| name.to_owned()));
    names.extend(std::iter::repeat_n("Sky News HD 1".to_owned(), 10_000));
    let keywords: Vec<String> = short_keywords().into_iter().step_by(4).chain(hostile_keywords()).collect();
    Pair::new(&names).check(&keywords);
}

/// Compares every short keyword, over names of many scripts.
#[test]
fn every_keyword_of_one_or_two_letters_answers_as_the_oracle() {
    let mut random = Random::new(2);
    let frequent: Vec<char> = FREQUENT.chars().collect();
    let names: Vec<String> = (0..300)
        .map(|number| {
            let piece: String = (0..=random.below(4)).map(|_| *random.pick(&frequent)).collect();
            let latin: String =
                (0..random.below(5)).map(|_| *random.pick(&['a', 'b', 'e', 'q', 'z', '0', '7'])).collect();
            match number % 4 {
                0 => format!("{piece}{latin}"),
                1 => format!("{latin} {piece}"),
                2 => format!("{} {latin}{piece}", random.pick(vocabulary::NAMES)),
                _ => (*random.pick(vocabulary::NAMES)).to_owned(),
            }
        })
        .collect();
    Pair::new(&names).check(&short_keywords());
}
