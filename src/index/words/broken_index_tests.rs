//! Proof that the proof works: an index that is broken on purpose is caught, by a keyword that the comparison names.
//!
//! Each fault is made from outside, on an index that was built well: nothing here is in the product. The tests
//! compare what all suites compare: the rows that an index finds for a keyword and those that the specification says match.

use std::collections::BTreeSet;

use crate::index::words::*;
use crate::query::MatchLevel;
use crate::text::joined::is_joined_in;
use crate::text::keyword::{Keyword, Phrase};
use crate::text::spec_tests::oracle::{FoldedKeyword, FoldedName, Level, level};
use crate::text::words::{self, edit_budget};

/// Words that are compared before the trie is walked: a few, so that both ways are taken.
const COMPARED_MAX: usize = 8;

const NAMES: &[&str] = &[
    "National Geographic",
    "Nationale Nachrichten",
    "international news",
    "Sky News HD",
    "skytv",
    "CCTV1综合高清",
    "cctv13新闻",
    "Backup Transcoder",
    "backup-transcoder 24",
    "Al Jazeera",
    "HBO2HD",
    "news2transcode",
    "Новости",
    "🔥 hot",
    "50% off",
    "",
];

/// An index and the names that it is of, by row.
struct Indexed {
    names: Vec<String>,
    index: WordIndex,
}

impl Indexed {
    fn new(names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let mut indexed = Self { names: names.into_iter().map(Into::into).collect(), index: WordIndex::default() };
        for (row, name) in (0..).zip(&indexed.names) {
            indexed.index.insert(Row::from_number(row), name);
        }
        indexed
    }

    fn word(&self, text: &str) -> WordId {
        self.index.dictionary.find(text).expect("the names have it")
    }

    /// The words that one word of a keyword matches on a rung.
    fn matching_words(&self, word: &KeywordWord, level: MatchLevel) -> Vec<WordId> {
        let literal = self.index.literal_words(word);
        match level.edits_max().min(edit_budget(&word.text)) {
            0 => literal,
            edits_max => self.index.typo_words(word, edits_max, COMPARED_MAX, literal),
        }
    }

    /// The rows that the index finds on a rung.
    fn found(&self, keyword: &str, level: MatchLevel) -> BTreeSet<u32> {
        let words: Vec<Vec<WordId>> = match Keyword::parse(keyword) {
            Keyword::Blank | Keyword::Unmatchable => Vec::new(),
            Keyword::Symbols(symbols) => {
                symbols.into_iter().map(|symbol| self.index.find(&symbol).into_iter().collect()).collect()
            }
            Keyword::Words(phrase) => return self.found_phrase(&phrase, level),
        };
        let rows = |words: &Vec<WordId>| {
            words.iter().flat_map(|&word| self.index.rows(word).iter()).collect::<BTreeSet<u32>>()
        };
        words.iter().map(rows).reduce(|all, rows| &all & &rows).unwrap_or_default()
    }

    fn found_phrase(&self, phrase: &Phrase, level: MatchLevel) -> BTreeSet<u32> {
        let of_word = |word: &KeywordWord| {
            let words = self.matching_words(word, level);
            let rows = words.iter().flat_map(|&word| self.index.rows(word).iter()).collect::<BTreeSet<u32>>();
            &rows | &self.joined(&word.text, &[])
        };
        let all = phrase.words.iter().map(of_word).reduce(|all, rows| &all & &rows).unwrap_or_default();
        let Some(as_one) = &phrase.as_one else { return all };
        let words = self.index.words_with_prefix(&as_one.text);
        let one: BTreeSet<u32> = words.iter().flat_map(|&word| self.index.rows(word).iter()).collect();
        &(&all | &one) | &self.joined(&as_one.text, &as_one.borders)
    }

    /// The rows in whose names a text is joined, by the ways in which the index cuts it.
    fn joined(&self, text: &str, borders: &[usize]) -> BTreeSet<u32> {
        let mut found = BTreeSet::new();
        for cut in self.index.cuts(text, borders).expect("the names are few, and so are the cuts") {
            for &last in &*cut.last {
                let words: Vec<WordId> = cut.whole.iter().copied().chain([last]).collect();
                let has_all = |row: &u32| words.iter().all(|&word| self.index.rows(word).contains(*row));
                let is_found = |row: &u32| has_all(row) && is_joined_in(&self.names[*row as usize], text);
                found.extend((0..).zip(&self.names).map(|(row, _)| row).filter(is_found));
            }
        }
        found
    }

    /// The rows that match on a rung, name by name.
    fn expected(&self, keyword: &str, rung: Level) -> BTreeSet<u32> {
        let keyword = FoldedKeyword::new(keyword);
        let is_match = |name: &str| level(&FoldedName::new(name), &keyword).is_some_and(|level| level <= rung);
        (0..).zip(&self.names).filter(|(_, name)| is_match(name)).map(|(row, _)| row).collect()
    }

    /// The first difference over all keywords and rungs, where `asked` says which rung is asked for instead of each.
    fn difference(&self, keywords: &BTreeSet<String>, asked: impl Fn(MatchLevel) -> MatchLevel) -> Option<String> {
        let rungs = [Level::Literal, Level::OneTypo, Level::TwoTypos].into_iter().zip(MatchLevel::ALL);
        let pairs = keywords.iter().flat_map(|keyword| rungs.clone().map(move |rungs| (keyword, rungs)));
        pairs.into_iter().find_map(|(keyword, (rung, level))| {
            let (found, expected) = (self.found(keyword, asked(level)), self.expected(keyword, rung));
            let differs = found != expected;
            differs.then(|| format!("{keyword:?} at {rung:?} finds {found:?}, not {expected:?}"))
        })
    }
}

/// Pieces of the names' words, the words with a slip or two, and pairs of words.
fn keywords() -> BTreeSet<String> {
    let mut keywords = BTreeSet::new();
    for name in NAMES {
        keywords.insert((*name).to_owned());
        let folded = fold(name);
        let words: Vec<&str> = words::words(&folded).collect();
        for word in &words {
            let chars: Vec<char> = word.chars().collect();
            for from in 0..chars.len() {
                keywords.extend((from + 1..=chars.len()).map(|to| chars[from..to].iter().collect::<String>()));
                let without = |place: usize, chars: &[char]| {
                    let left = chars.iter().enumerate().filter(|&(at, _)| at != place);
                    left.map(|(_, c)| *c).collect::<Vec<char>>()
                };
                let one = without(from, &chars);
                keywords.insert(one.iter().collect());
                keywords.insert(without((from + 3) % chars.len(), &one).iter().collect());
            }
            keywords.extend(
                words.iter().map(|other| format!("{other} {}", chars[..chars.len().min(4)].iter().collect::<String>())),
            );
        }
        keywords.extend(words::symbols(&folded).map(String::from));
    }
    keywords
}

/// Breaks an index in one place.
type Fault = (&'static str, fn(&mut Indexed));

const FAULTS: [Fault; 10] = [
    ("a posting is dropped", |broken| {
        let word = broken.word("news");
        assert!(broken.index.rows.get_mut(word.index()).remove(2));
    }),
    ("a posting is too many", |broken| {
        let word = broken.word("jazeera");
        assert!(broken.index.rows.get_mut(word.index()).insert(0));
    }),
    ("a gram in the middle of a word is missing", |broken| {
        let word = broken.word("international");
        let WordIndex { grams, dictionary, .. } = &mut broken.index;
        grams.remove("ter", word, dictionary);
    }),
    ("the gram of a word's end is missing", |broken| {
        let word = broken.word("skytv");
        // Of a word "tv" these are `tv·` and `v··`.
        let WordIndex { grams, dictionary, .. } = &mut broken.index;
        grams.remove("tv", word, dictionary);
    }),
    ("a word is not in the trie", |broken| {
        let word = broken.word("geographic");
        assert!(broken.index.trie.remove("geographic", KeyKind::Word, word));
    }),
    ("a run is not in the trie", |broken| {
        let word = broken.word("news2transcode");
        assert!(broken.index.trie.remove("transcode", KeyKind::Run, word));
    }),
    ("a word stands in the trie under another text", |broken| {
        let word = broken.word("transcoder");
        assert!(broken.index.trie.remove("transcoder", KeyKind::Word, word));
        assert!(broken.index.trie.insert("transcodex", KeyKind::Word, word));
    }),
    ("a row is renamed in the records alone", |broken| broken.names[3] = "Sky Nwes HD".to_owned()),
    ("a row is renamed in the index alone", |broken| {
        broken.index.rename(Row::from_number(9), "Al Jazeera", "Al Jazeerah");
    }),
    ("a row is moved for one of its words only", |broken| {
        let word = broken.word("backup");
        let rows = broken.index.rows.get_mut(word.index());
        assert!(rows.remove(7) && rows.insert(15));
    }),
];

#[test]
fn an_index_that_is_broken_in_one_place_is_caught_by_a_keyword_that_is_named() {
    let keywords = keywords();
    assert_eq!(Indexed::new(NAMES.iter().copied()).difference(&keywords, |level| level), None, "the index is whole");
    for (what, fault) in FAULTS {
        let mut broken = Indexed::new(NAMES.iter().copied());
        fault(&mut broken);
        let told = broken.difference(&keywords, |level| level).unwrap_or_else(|| panic!("not caught: {what}"));
        println!("{what}: {told}");
        assert!(keywords.iter().any(|keyword| told.starts_with(&format!("{keyword:?} at "))), "{told}");
    }
}

#[test]
fn a_bound_on_typos_that_is_off_by_one_is_caught() {
    let whole = Indexed::new(NAMES.iter().copied());
    let keywords = keywords();
    let one_too_few = |level| match level {
        MatchLevel::TwoTypos => MatchLevel::OneTypo,
        other => other,
    };
    let one_too_many = |level| match level {
        MatchLevel::OneTypo => MatchLevel::TwoTypos,
        other => other,
    };
    for told in [whole.difference(&keywords, one_too_few), whole.difference(&keywords, one_too_many)] {
        let told = told.expect("an edit more or less is seen");
        println!("{told}");
        assert!(told.contains("Typo"), "{told}");
    }
}
