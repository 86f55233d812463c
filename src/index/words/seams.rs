//! Where two words of a name may meet in a text without spaces: a filter that rules out nearly all ways to cut a text.
//!
//! `news` could be `new s` or `ne ws`, and nearly every word can be cut so. Most of these pairs stand side by side in no name.
//! A *seam* is the place where one word of a name ends and the next one begins. For each seam, the filter has bits for the three
//! characters before it and the two behind it, with the spaces left out:
//!
//! ```text
//! name    Sky Sports HD       without spaces  sky|sports|hd       seams  sky|sp · rts|hd
//! text    skysports           asked           s|ky · sk|ys · sky|sp · kys|po · …          only sky|sp is a seam
//! ```
//! A text that is joined begins with a word. So one that is cut behind its first or its second character has only these before
//! the seam, and such seams are noted with the one or two characters from the beginning of a word.
//!
//! Of two words that seem to meet at a seam, a second filter tells whether the one ever follows the other: no name has `news` before
//! `port`, though many have either of them. It also has each word with the first two and with the first three characters of the one behind
//! it. Where none follows, no word that begins with the rest of a text has to be listed.
//!
//! Both are [Bloom filters](super::bloom_filter): a seam that no name has any more costs a search and changes no answer.

use super::bloom_filter::{BloomFilter, mixed};
use crate::index::words::neighbours::neighbours;
use crate::text::words::words;

/// Characters before a seam that are noted.
const BEFORE: usize = 3;

/// Names that come at once for each new seam: the names of people have many in common.
const NAMES_PER_SEAM: usize = 2;

/// New pairs of neighbours, and beginnings of them, of eight names that come at once. Measured: a million names have 12.8.
const PAIRS_OF_EIGHT_NAMES: usize = 13;

/// Neighbours in all names for each seam, and for each pair, that is noted, at least, where the filter grows. It bounds the memory
/// of those that no name has any more.
const NEIGHBOURS_PER_SEAM: usize = 2;
const NEIGHBOURS_PER_PAIR: usize = 1;

/// Characters with which the second word of a pair begins, that are noted too: a text has as many, or goes on behind them.
const BEGINNINGS: [usize; 2] = [2, 3];

/// The seams of all names.
#[derive(Clone, Debug, Default)]
pub(super) struct Seams {
    places: BloomFilter,
    /// Each two words that follow one another, and each word with the beginning of the one behind it.
    pairs: BloomFilter,
    /// Neighbours in all names, with repeats.
    neighbours: usize,
}

/// One seam: the characters before it, which are fewer than three if they begin a word, and the one or two behind it.
#[derive(Clone, Copy, Debug)]
struct Seam(u64);

/// No character: before a seam, where a word begins; behind it, where the text ends.
const NONE: char = '\0';

impl Seam {
    #[inline]
    fn new(before: [char; BEFORE], behind: [char; 2]) -> Self {
        let bits = |chars: &[char]| chars.iter().fold(0_u64, |bits, &c| bits << 21 | u64::from(u32::from(c)));
        Self(mixed(bits(&before).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ bits(&behind) << 20))
    }
}

/// The hash of a word, from which [`pair_hash`] makes that of a pair.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WordHash(u64);

impl WordHash {
    pub(crate) fn new(word: &str) -> Self {
        let (eights, rest) = word.as_bytes().as_chunks::<8>();
        let rest = rest.iter().fold(1, |number, &byte| number << 8 | u64::from(byte));
        let numbers = eights.iter().map(|eight| u64::from_le_bytes(*eight)).chain([rest]);
        Self(numbers.fold(0, |hash: u64, number| mixed(hash.rotate_left(5) ^ number)))
    }
}

/// The hash of two words in their order.
fn pair_hash(first: WordHash, second: WordHash) -> u64 {
    mixed(first.0.rotate_left(32) ^ second.0.wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

/// The beginning of so many characters; `None` if the text is shorter.
fn beginning(text: &str, chars: usize) -> Option<&str> {
    let (last, c) = text.char_indices().nth(chars - 1)?;
    Some(&text[..last + c.len_utf8()])
}

/// The hashes of each two words of a folded name that follow one another, and of each word with the beginnings of the one behind it.
/// A word that is no longer than a beginning is that beginning too.
fn pairs(folded: &str) -> impl Iterator<Item = [u64; 1 + BEGINNINGS.len()]> {
    let mut last = None;
    words(folded).filter_map(move |text| {
        let word = WordHash::new(text);
        let [two, three] = BEGINNINGS.map(|chars| beginning(text, chars).map_or(word, WordHash::new));
        last.replace(word).map(|first| [word, two, three].map(|second| pair_hash(first, second)))
    })
}

/// The seams of a folded name. Some come more than once.
fn seams(folded: &str) -> impl Iterator<Item = Seam> {
    let (mut rest, mut tail) = (words(folded), Tail::default());
    let mut next = rest.next();
    std::iter::from_fn(move || {
        tail.push(next?);
        next = rest.next();
        let mut chars = next?.chars();
        let (first, second) = (chars.next()?, chars.next());
        let is_single = second.is_none();
        // Behind a word of one character, the text goes on with the word after it.
        let second = second.or_else(|| rest.clone().next()?.chars().next()).unwrap_or(NONE);
        Some(tail.before().flat_map(move |before| {
            let alone = is_single.then_some(Seam::new(before, [first, NONE]));
            [Some(Seam::new(before, [first, second])), alone].into_iter().flatten()
        }))
    })
    .flatten()
}

/// The last characters of the words of a name before a seam, without spaces.
#[derive(Clone, Copy, Default)]
struct Tail {
    chars: [char; BEFORE],
    /// Whether a word begins so many characters before the seam, from one on.
    begins: [bool; BEFORE],
}

impl Tail {
    fn push(&mut self, word: &str) {
        for (number, c) in word.chars().enumerate() {
            let [_, second_last, last] = self.chars;
            let [first, second, _] = self.begins;
            (self.chars, self.begins) = ([second_last, last, c], [number == 0, first, second]);
        }
    }

    /// What is noted before the seam.
    fn before(self) -> impl Iterator<Item = [char; BEFORE]> {
        let [third_last, second_last, last] = self.chars;
        let all = (third_last != NONE).then_some(self.chars);
        let two = self.begins[1].then_some([NONE, second_last, last]);
        let one = self.begins[0].then_some([NONE, NONE, last]);
        [all, two, one].into_iter().flatten()
    }
}

impl Seams {
    /// Notes the seams of a folded name.
    pub(super) fn insert_name(&mut self, folded: &str) {
        for hashes in pairs(folded) {
            self.neighbours += 1;
            for hash in hashes {
                self.pairs.insert(hash, self.neighbours / NEIGHBOURS_PER_PAIR);
            }
        }
        for seam in seams(folded) {
            self.places.insert(seam.0, self.neighbours / NEIGHBOURS_PER_SEAM);
        }
    }

    /// Notes that a folded name is gone.
    pub(super) fn remove_name(&mut self, folded: &str) {
        self.neighbours -= neighbours(folded).count();
    }

    /// Makes room for many names that come at once.
    pub(super) fn reserve(&mut self, names_len: usize) {
        self.places.reserve(names_len / NAMES_PER_SEAM);
        self.pairs.reserve(names_len / 8 * PAIRS_OF_EIGHT_NAMES);
    }

    /// Whether one word may follow another in a name. If not, it does so in no name.
    pub(super) fn may_follow(&self, first: WordHash, second: WordHash) -> bool {
        self.pairs.has(pair_hash(first, second))
    }

    /// Whether a word that begins with a text may follow another in a name. If not, none does so in any name.
    pub(super) fn may_begin_behind(&self, first: WordHash, text: &str) -> bool {
        let longest = BEGINNINGS.into_iter().rev().find_map(|chars| beginning(text, chars));
        longest.is_none_or(|begun| self.may_follow(first, WordHash::new(begun)))
    }

    /// Whether a text may go on, behind a word, with other words or with the beginning of one. If not, it does so in no name.
    /// `may_end` tells whether a word may end at a byte of the text. Costs up to three look-ups.
    pub(super) fn may_go_on_behind(&self, word: WordHash, text: &str, may_end: impl Fn(usize) -> bool) -> bool {
        let mut ends = text.char_indices().skip(1).map(|(end, _)| end);
        let mut is_short_word = || {
            // A word of one character or two, which is no longer than a beginning that is asked for.
            let is_word = |end: usize| may_end(end) && self.may_follow(word, WordHash::new(&text[..end]));
            [ends.next(), ends.next()].into_iter().flatten().any(is_word)
        };
        self.may_begin_behind(word, text) || is_short_word()
    }

    /// The bytes of a text before which two words may meet, ascending. At the others, they meet so in no name. Costs one look-up for
    /// each character.
    pub(super) fn places(&self, text: &str) -> Vec<usize> {
        let (mut places, mut len) = (vec![0; text.len()], 0);
        let mut before = [NONE; BEFORE];
        let mut chars = text.char_indices().peekable();
        while let Some((here, c)) = chars.next() {
            let next = chars.peek().map_or(NONE, |&(_, next)| next);
            // No branch asks for the answer, so that the processor waits for many at once.
            places[len] = here;
            len += usize::from((here > 0) & self.places.has(Seam::new(before, [c, next]).0));
            before = [before[1], before[2], c];
        }
        places.truncate(len);
        places
    }

    /// Panics with the name of a broken invariant. `names` are all folded names.
    pub(super) fn check_invariants<'a>(&self, names: impl Iterator<Item = &'a str>) {
        let mut count = 0;
        for name in names {
            assert!(seams(name).all(|seam| self.places.has(seam.0)), "the filter has all seams: {name:?}");
            let has_all = |hashes: [u64; 3]| hashes.into_iter().all(|hash| self.pairs.has(hash));
            assert!(pairs(name).all(has_all), "the filter has all pairs of neighbours: {name:?}");
            count += neighbours(name).count();
        }
        assert_eq!(self.neighbours, count, "the neighbours in all names are counted");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(names: &[&str]) -> Seams {
        let mut seams = Seams::default();
        for name in names {
            seams.insert_name(name);
        }
        seams
    }

    /// The text, with a bar where words may meet.
    fn shown(seams: &Seams, text: &str) -> String {
        let places = seams.places(text);
        let bar = |at| if places.contains(&at) { "|" } else { "" };
        text.char_indices().flat_map(|(at, c)| bar(at).chars().chain([c])).collect()
    }

    #[test]
    fn words_meet_where_they_do_in_a_name() {
        let seams = noted(&["sky sports main event", "a b cd e", "tv 5", "湖南 卫视", "x 1 2 y3"]);
        for text in [
            "sky|sports",
            "sky|sports|main|event",
            "sports|ma",
            "sky|sp",
            "skys",
            "sky|sport",
            "a|b|cd|e",
            "a|bc",
            "bc",
            "cd|e",
            "tv|5",
            "tv55",
            "湖南|卫视",
            "湖南卫",
            "x|1|2|y3",
            "2|y3",
            "2y",
            "newsports",
        ] {
            assert_eq!(shown(&seams, &text.replace('|', "")), text);
        }
    }

    #[test]
    fn every_seam_is_found_and_most_others_are_ruled_out() {
        let names: Vec<String> = (0..8_000).map(|number| format!("w{number} {:x}z", number % 97 + 16)).collect();
        let mut seams = Seams::default();
        // More names than seams, so that the filter may grow.
        for name in names.iter().flat_map(|name| [name; 3]) {
            seams.insert_name(name);
        }
        assert!(seams.places.blocks_len() > 512, "the filter has grown");
        seams.check_invariants(names.iter().flat_map(|name| [name.as_str(); 3]));
        let places = |number: usize| seams.places(&format!("q{number}qq")).len();
        let found: usize = (1_000..9_000).map(places).sum();
        assert!(found < 6_000, "{found} of 48,000 places seem to be seams");
    }

    #[test]
    fn a_word_may_follow_those_that_it_follows_in_a_name_and_few_others() {
        let names: Vec<String> = (0..4_000).map(|number| format!("word{} 湖南 w{number}", number % 7)).collect();
        let seams = noted(&names.iter().map(String::as_str).collect::<Vec<_>>());
        let may_follow = |first: &str, second: &str| seams.may_follow(WordHash::new(first), WordHash::new(second));
        assert!((0..7).all(|number| may_follow(&format!("word{number}"), "湖南")));
        assert!((0..4_000).all(|number| may_follow("湖南", &format!("w{number}"))));
        let others = (0..4_000).filter(|number| may_follow(&format!("w{number}"), "湖南")).count();
        assert!(others < 600, "{others} of 4,000 words seem to be followed by another");
    }

    #[test]
    fn words_that_differ_in_any_byte_or_in_their_length_have_different_hashes() {
        let texts =
            ["", "a", "b", "aa", "aaaaaaaa", "aaaaaaab", "baaaaaaa", "aaaaaaaaa", "aaaaaaaaaaaaaaaa", "\u{1}", "\0"];
        let hashes: std::collections::HashSet<u64> = texts.iter().map(|text| WordHash::new(text).0).collect();
        assert_eq!(hashes.len(), texts.len());
        assert_ne!(
            pair_hash(WordHash::new("a"), WordHash::new("b")),
            pair_hash(WordHash::new("b"), WordHash::new("a"))
        );
    }

    /// Names that come and go make seams and pairs without end. The filters stay small beside the names that are there.
    #[test]
    fn the_filters_do_not_grow_with_names_that_are_gone() {
        // Each name has a seam of its own: three digits before it, and two letters behind it.
        let letter = |number: usize| char::from(b'a' + u8::try_from(number % 26).expect("a letter"));
        let name = |number: usize| {
            let behind = number / 1_000;
            format!("w{:03} {}{}q", number % 1_000, letter(behind / 26), letter(behind))
        };
        let mut seams = Seams::default();
        for number in 0..50_000 {
            seams.insert_name(&name(number));
            if number >= 10_000 {
                seams.remove_name("word next");
            }
        }
        for filter in [&seams.places, &seams.pairs] {
            let (noted, blocks) = (filter.noted(), filter.blocks_len());
            assert!(noted > 15_000, "the filter is asked for more than it may grow for: {noted} hashes");
            assert!(blocks <= 5_000, "{blocks} words of 64 bits for 10,000 names");
        }
        let last = name(49_999);
        let (first, second) = last.split_once(' ').expect("two words");
        assert!(seams.places(&last.replace(' ', "")).contains(&4), "a seam that is noted late is found: {last}");
        assert!(seams.may_follow(WordHash::new(first), WordHash::new(second)), "and so is a pair: {last}");
    }
}
