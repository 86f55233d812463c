//! The searches of the infix index.
//!
//! They append to a list of the caller. They may append a word more than once, and in any order.

use super::gram::{GRAM_CHARS, Gram, GramKey, MARK, PAD, PAIR_CHARS, from_later_runs, has_key, plain_bit};
use super::{Child, Grams};
use crate::index::words::dictionary::Dictionary;
use crate::index::words::word_id::WordId;
use crate::persist::hash_table::Candidates;
use crate::persist::prefetch::read_together;
use crate::plan::cost::{GRAM_WORDS, TEXT_CHECKED_WORDS_MAX};
use crate::rows::postings::{Postings, for_each_list};
use crate::text::words::may_follow_run;

/// The grams, with the dictionary that has the texts of their words.
#[derive(Clone, Copy)]
pub(in crate::index::words) struct GramSearch<'a> {
    pub(in crate::index::words) grams: &'a Grams,
    pub(in crate::index::words) dictionary: &'a Dictionary,
}

/// The words of a gram, which are one at least.
#[derive(Clone, Copy)]
pub(in crate::index::words) enum GramWords<'a> {
    One(WordId),
    Listed(&'a Postings),
}

impl GramWords<'_> {
    pub(in crate::index::words) fn len(self) -> usize {
        match self {
            Self::One(_) => 1,
            Self::Listed(words) => words.len(),
        }
    }

    pub(in crate::index::words) fn for_each(self, mut visit: impl FnMut(WordId)) {
        match self {
            Self::One(word) => visit(word),
            Self::Listed(words) => words.for_each(|word| visit(WordId::new(word))),
        }
    }

    /// Keeps those of some words that have the gram too.
    fn retain_in(self, words: &mut Vec<WordId>) {
        match self {
            Self::One(only) => words.retain(|&word| word == only),
            Self::Listed(list) => {
                let mut search = list.search();
                words.retain(|word| search.contains(word.get()));
            }
        }
    }
}

impl<'a> GramSearch<'a> {
    /// What is found under a key, or instead of it.
    #[inline]
    fn find(self, key: &[char]) -> Option<Child> {
        self.find_in_bucket(self.grams.bucket(GramKey::new(key)), key)
    }

    #[inline]
    fn find_in_bucket(self, bucket: Candidates<'_>, key: &[char]) -> Option<Child> {
        let has_key = |word| has_key(self.dictionary.text(word), key);
        let found = self.grams.find_in_bucket(bucket, GramKey::new(key), has_key);
        if found.is_some() || key.len() < GRAM_CHARS {
            return found;
        }
        let pair = self.grams.bucket(GramKey::new(&key[..PAIR_CHARS]));
        let is_only = |packed| matches!(Child::from_packed(packed), Child::Word(word) if has_key(word));
        pair.find(is_only).map(Child::from_packed)
    }

    fn members(self, node: u32) -> &'a Postings {
        &self.grams.nodes.get(node).members
    }

    /// Whether a word may have a text as a substring. False means that none contains it. Costs a look-up for each character
    /// that is read, which are few of most texts that no word contains.
    pub(in crate::index::words) fn may_contain(self, text: &str) -> bool {
        let mut chars = text.chars();
        match [chars.next(), chars.next(), chars.next()] {
            [Some(only), None, _] => self.find(&[only]).is_some(),
            [Some(first), Some(second), None] => self.find(&[first, second]).is_some(),
            _ => self.may_be_pieces(text, 1),
        }
    }

    /// Whether a text may consist of so many pieces of words at most. The longest pieces are taken from the left. Costs as much as
    /// [`may_contain`](Self::may_contain) for each.
    pub(in crate::index::words) fn may_be_pieces(self, text: &str, pieces_max: usize) -> bool {
        let mut rest = text;
        for _ in 0..pieces_max {
            rest = &rest[self.first_piece_end(rest)..];
        }
        rest.is_empty()
    }

    /// The end of the longest start of a text that a word may contain.
    pub(in crate::index::words) fn first_piece_end(self, text: &str) -> usize {
        let mut gram = [PAD; GRAM_CHARS];
        let is_behind = |&(_, c): &(usize, char)| {
            gram = [gram[1], gram[2], c];
            self.lacks(gram)
        };
        text.char_indices().find(is_behind).map_or(text.len(), |(at, _)| at)
    }

    /// The start of the longest end of a text that a word may contain.
    pub(in crate::index::words) fn last_piece_start(self, text: &str) -> usize {
        let mut gram = [PAD; GRAM_CHARS];
        let is_before = |&(_, c): &(usize, char)| {
            gram = [c, gram[0], gram[1]];
            self.lacks(gram)
        };
        text.char_indices().rev().find(is_before).map_or(0, |(at, c)| at + c.len_utf8())
    }

    /// The places of three characters that are side by side in no word: bit `i` for those from character `i` of a text on. The
    /// text has up to 64 characters.
    pub(in crate::index::words) fn lacking(self, text: &str) -> u64 {
        let mut gram = [PAD; GRAM_CHARS];
        let behind = text.chars().map(|c| {
            gram = [gram[1], gram[2], c];
            self.lacks(gram)
        });
        let places = behind.skip(GRAM_CHARS - 1).enumerate();
        places.fold(0, |lacking, (place, lacks)| lacking | u64::from(lacks) << place)
    }

    /// Whether three characters are side by side in no word. Fewer may be anywhere.
    fn lacks(self, gram: Gram) -> bool {
        match plain_bit(gram) {
            Some(bit) => !self.grams.has_plain(bit),
            None => !gram.contains(&PAD) && self.find(&gram).is_none(),
        }
    }

    /// Whether a run after the first starts with the first two characters of a text. False means that none starts with
    /// the text. Costs one look-up.
    pub(in crate::index::words) fn may_start_run(self, text: &str) -> bool {
        let mut chars = text.chars();
        let first = [MARK, chars.next().unwrap_or(PAD), chars.next().unwrap_or(PAD)];
        may_follow_run(text) && self.find(&first[..2 + usize::from(first[2] != PAD)]).is_some()
    }

    /// The words that have a gram; `None` if there are none. Costs one look-up, or two.
    pub(in crate::index::words) fn words(self, gram: Gram) -> Option<GramWords<'a>> {
        if plain_bit(gram).is_some_and(|bit| !self.grams.has_plain(bit)) {
            return None;
        }
        self.find(&gram).map(|child| self.words_of(child))
    }

    fn words_of(self, gram: Child) -> GramWords<'a> {
        match gram {
            Child::Word(word) => GramWords::One(word),
            Child::Node(node) => GramWords::Listed(self.members(node)),
        }
    }

    /// An estimate of how many words contain a text, which is not empty. It counts the words of the first gram alone, and of one
    /// or two characters the grams.
    pub(in crate::index::words) fn words_estimate(self, text: &str) -> usize {
        let chars: Vec<char> = text.chars().take(GRAM_CHARS).collect();
        let Some(found) = self.find(&chars) else { return 0 };
        let children = || self.words_of(found).len();
        match (chars.len(), found) {
            (1, Child::Node(node)) => {
                let pairs = self.members(node).iter().map(|pair| self.words_of(Child::from_packed(pair)).len());
                GRAM_WORDS * pairs.sum::<usize>()
            }
            (1 | 2, _) => GRAM_WORDS * children(),
            _ => children(),
        }
    }

    /// Appends each word that has a gram, once.
    fn collect_with_gram(self, gram: Gram, found: &mut Vec<WordId>) {
        if let Some(words) = self.words(gram) {
            words.for_each(|word| found.push(word));
        }
    }

    /// Appends every word that contains `text`, which is not empty.
    pub(in crate::index::words) fn collect_containing(self, text: &str, found: &mut Vec<WordId>) {
        let chars = chars_after([], text);
        match chars.len() {
            1 | 2 => self.collect_below(&chars, found),
            GRAM_CHARS => self.collect_with_gram([chars[0], chars[1], chars[2]], found),
            _ => found.extend(self.dictionary.filtered(&self.with_all_grams(&chars), |word| word.contains(text))),
        }
    }

    /// Appends every word that has a run after the first from which the word goes on with `text`, which is not empty.
    pub(in crate::index::words) fn collect_run_start(self, text: &str, found: &mut Vec<WordId>) {
        let chars = chars_after([MARK], text);
        if chars.len() < GRAM_CHARS {
            return self.collect_below(&chars, found);
        }
        let starts_run = |word: &str| from_later_runs(word).any(|rest| rest.starts_with(text));
        found.extend(self.dictionary.filtered(&self.with_all_grams(&chars), starts_run));
    }

    /// Appends every word that ends with `text`, which is not empty.
    pub(in crate::index::words) fn collect_ending(self, text: &str, found: &mut Vec<WordId>) {
        let mut chars = chars_after([], text);
        chars.push(PAD);
        if chars.len() < GRAM_CHARS {
            chars.push(PAD);
        }
        found.extend(self.dictionary.filtered(&self.with_all_grams(&chars), |word| word.ends_with(text)));
    }

    /// Appends the words of all grams that start with one or two characters.
    fn collect_below(self, chars: &[char], found: &mut Vec<WordId>) {
        match self.find(chars) {
            Some(Child::Word(word)) => found.push(word),
            Some(Child::Node(node)) if chars.len() == PAIR_CHARS => self.collect_of_pair(node, found),
            Some(Child::Node(node)) => self.members(node).for_each(|pair| match Child::from_packed(pair) {
                Child::Word(word) => found.push(word),
                Child::Node(pair) => self.collect_of_pair(pair, found),
            }),
            None => {}
        }
    }

    /// Appends the words of all grams of a pair.
    fn collect_of_pair(self, pair: u32, found: &mut Vec<WordId>) {
        let grams = self.members(pair);
        grams.for_each(|gram| {
            if let Child::Word(word) = Child::from_packed(gram) {
                found.push(word);
            }
        });
        let nodes = grams.iter().filter_map(|gram| match Child::from_packed(gram) {
            Child::Word(_) => None,
            Child::Node(gram) => Some(self.members(gram)),
        });
        for_each_list(nodes, |words| words.for_each(|word| found.push(WordId::new(word))));
    }

    /// The words that may have all grams of `chars`, which are three characters or more. Intersects the lists of the
    /// grams, the shortest first. Stops when it is cheaper for the caller to check the texts of the words that are left.
    fn with_all_grams(self, chars: &[char]) -> Vec<WordId> {
        let mut lists = self.lists(chars).unwrap_or_default();
        lists.sort_by_key(|&(len, _)| len);
        let Some((&(shortest_len, shortest), others)) = lists.split_first() else { return Vec::new() };
        let mut words = Vec::with_capacity(shortest_len);
        shortest.for_each(|word| words.push(word));
        for (_, list) in others {
            if words.len() <= TEXT_CHECKED_WORDS_MAX {
                break;
            }
            list.retain_in(&mut words);
        }
        words
    }

    /// The list of each gram of `chars`, with its length; `None` if one of them has no words.
    fn lists(self, chars: &[char]) -> Option<Vec<(usize, GramWords<'a>)>> {
        let grams = || chars.windows(GRAM_CHARS).map(|gram| [gram[0], gram[1], gram[2]]);
        if grams().filter_map(plain_bit).any(|bit| !self.grams.has_plain(bit)) {
            return None;
        }
        let mut buckets = Vec::with_capacity(grams().len());
        buckets.extend(grams().map(|gram| (gram, self.grams.bucket(GramKey::new(&gram)))));
        read_together(buckets.iter().map(|(_, bucket)| bucket.prefetch()));
        let mut lists = Vec::with_capacity(buckets.len());
        for (gram, bucket) in buckets {
            let words = self.words_of(self.find_in_bucket(bucket, &gram)?);
            lists.push((words.len(), words));
        }
        Some(lists)
    }
}

/// `before`, then the characters of a text, with capacity for two more.
fn chars_after<const N: usize>(before: [char; N], text: &str) -> Vec<char> {
    let mut chars = Vec::with_capacity(N + text.len() + 2);
    chars.extend(before);
    chars.extend(text.chars());
    chars
}

#[cfg(test)]
mod tests {
    use super::super::indexed;
    use super::*;

    #[test]
    fn a_text_with_characters_that_are_side_by_side_in_no_word_is_ruled_out() {
        let words = indexed(["sky", "news24", "综合"]);
        let grams = words.search();
        for text in ["s", "y", "4", "综", "合", "ne", "s2", "综合", "sky", "ws24", "news24"] {
            assert!(grams.may_contain(text), "a word contains {text:?}");
        }
        for text in ["x", "合综", "yn", "q2", "skn", "kyn", "skyn", "newsx", "aews", "综合综"] {
            assert!(!grams.may_contain(text), "no word contains {text:?}");
        }
        assert!(grams.may_be_pieces("skynews", 2) && !grams.may_be_pieces("skynews", 1));
        assert!(!grams.may_be_pieces("skyqqqews", 2), "nothing goes on with a q");
    }

    #[test]
    fn the_places_of_characters_that_are_side_by_side_in_no_word_are_told() {
        let words = indexed(["national", "新闻综合"]);
        let grams = words.search();
        assert_eq!(grams.lacking("national"), 0);
        assert_eq!(grams.lacking("natoinal"), 0b11110, "ato, toi, oin and ina");
        assert_eq!(grams.lacking("新闻综艺"), 0b10);
        assert_eq!((grams.lacking("na"), grams.lacking("")), (0, 0), "fewer than three may be anywhere");
        assert_eq!(grams.lacking(&"q".repeat(62)).count_ones(), 60);
    }

    #[test]
    fn a_run_behind_the_first_is_found_by_its_first_two_characters() {
        let words = indexed(["sky", "news24"]);
        let grams = words.search();
        assert!(grams.may_start_run("2") && grams.may_start_run("24"));
        for text in ["4", "25", "s", "sk", "news", "x"] {
            assert!(!grams.may_start_run(text), "no run behind another starts with {text:?}");
        }
    }

    #[test]
    fn the_lists_of_grams_are_intersected_until_few_words_are_left_to_check() {
        let half = u32::try_from(TEXT_CHECKED_WORDS_MAX + 1).expect("a small number");
        let firsts: Vec<String> = (0..half).map(|number| format!("abc{number}")).collect();
        let seconds: Vec<String> = (0..half).map(|number| format!("{number}bcd")).collect();
        let words = indexed(firsts.iter().chain(&seconds).map(String::as_str).chain(["abcd"]));
        let grams = words.search();
        assert_eq!(grams.with_all_grams(&['a', 'b', 'c', 'd']), [WordId::new(2 * half)], "both lists are long");
        let words = indexed(["abc", "bcd"]);
        let few = words.search();
        assert_eq!(few.with_all_grams(&['a', 'b', 'c', 'd']).len(), 1, "one word is checked sooner than looked up");
    }
}
