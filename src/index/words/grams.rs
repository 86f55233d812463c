//! The infix index: finds the words that contain a text, end with it, or have a run that starts with it.
//!
//! A **gram** is three consecutive characters of a word. Two [`PAD`] characters follow the last character of a word, so
//! every character of the word starts a gram. Every substring of up to three characters is therefore the start of a gram.
//! Each gram has a node that lists its words, and the starts of grams have nodes that list the nodes below them:
//! ```text
//! "t" ── "tv" ── "tv·"  → words that end with tv
//!     │       └─ "tvn"  → words that contain tvn
//!     └─ "ta" ── "tal"  → …
//! ```
//! A word of several runs (`tv|24|news`) has one more gram for each run after the first: a [`MARK`] and the first two
//! characters of the run. These grams find a run by its start.
//!
//! Whether there is a gram of plain letters and digits, a bit tells: most texts that no word contains have one that is missing
//! among their first few.
//!
//! A text of one or two characters is contained in all words below its node. For a longer text, the index intersects the
//! lists of its grams. Then it checks the words that are left.
//!
//! Source: Zobel, Moffat and Sacks-Davis, "Searching Large Lexicons for Partially Specified Terms using Compressed
//! Inverted Files", 1993.
//!
//! The searches append to a list of the caller. They may append a word more than once, and in any order.

use std::collections::BTreeSet;

use crate::index::words::dictionary::Dictionary;
use crate::index::words::word_id::WordId;
use crate::persist::hash_table::{Candidates, HashTable};
use crate::persist::hasher::NumberHasher;
use crate::persist::prefetch::read_together;
use crate::persist::shared_vec::SharedVec;
use crate::persist::slab::Slab;
use crate::plan::cost::{GRAM_WORDS, TEXT_CHECKED_WORDS_MAX};
use crate::rows::postings::{Postings, for_each_list};
use crate::text::words::{RUNS_MAX, may_follow_run, runs};

/// Stands behind the end of a word. It is a control character, which no word has.
const PAD: char = '\0';

/// Stands before the start of a run. No word has this control character either.
const MARK: char = '\u{1}';

/// Characters of a gram.
const GRAM_CHARS: usize = 3;

/// The plain characters: `a` to `z`, and `0` to `9`.
const PLAIN_CHARS: usize = 36;

/// The words of each gram.
// Invariants:
//   no node is empty
//   each gram of a word has a node that lists the word; so have its first character and its first two characters
//   a node of one or two characters lists exactly the nodes of one character more that start with it
//   plain has the bits of the grams of plain characters that have a node
#[derive(Clone, Debug, Default)]
pub(super) struct Grams {
    numbers: HashTable,
    nodes: Slab<GramNode>,
    plain: SharedVec<u64, 128, 32>,
    hasher: NumberHasher,
}

#[derive(Clone, Debug, Default)]
struct GramNode {
    key: GramKey,
    /// The words of a gram; for a shorter key, the numbers of the nodes one character longer.
    members: Postings,
}

/// A gram, or the one or two characters that grams start with: the number of characters, then 21 bits for each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct GramKey(u64);

impl GramKey {
    fn new(chars: &[char]) -> Self {
        debug_assert!((1..=GRAM_CHARS).contains(&chars.len()), "a key has one to three characters");
        Self(chars.iter().fold(chars.len() as u64, |bits, &c| bits << 20 << 1 | u64::from(u32::from(c))))
    }
}

/// The bit of a gram of plain characters; `None` for others.
fn plain_bit(gram: [char; GRAM_CHARS]) -> Option<usize> {
    gram.into_iter().try_fold(0, |bit, c| {
        let digit = match c {
            'a'..='z' => u32::from(c) - u32::from('a'),
            '0'..='9' => 26 + u32::from(c) - u32::from('0'),
            _ => return None,
        };
        Some(bit * PLAIN_CHARS + digit as usize)
    })
}

/// The grams of a word. A gram that occurs twice in the word comes twice.
fn grams(word: &str) -> impl Iterator<Item = [char; GRAM_CHARS]> + '_ {
    let padded = || word.chars().chain([PAD, PAD]);
    let all =
        padded().zip(padded().skip(1)).zip(padded().skip(2)).map(|((first, second), third)| [first, second, third]);
    all.chain(from_later_runs(word).map(|run| {
        let mut chars = run.chars().chain([PAD, PAD]);
        [MARK, chars.next().unwrap_or(PAD), chars.next().unwrap_or(PAD)]
    }))
}

/// For each run after the first, the rest of the word from the start of the run.
fn from_later_runs(word: &str) -> impl Iterator<Item = &str> {
    runs(word).skip(1).map(|run| &word[run.start..])
}

impl Grams {
    /// Adds a word that the index lacks. Costs one look-up and one insertion per character.
    pub(super) fn insert(&mut self, word: &str, id: WordId) {
        for (gram, found) in self.look_up(word, id) {
            // A gram that is new and occurs twice in the word has a node the second time.
            let (number, is_new) =
                found.map_or_else(|| self.find_or_add(GramKey::new(&gram)), |number| (number, false));
            self.nodes.get_mut(number).members.insert(id.get());
            if is_new {
                self.set_plain(gram, true);
                self.link_to_parents(&gram, number);
            }
        }
    }

    /// Removes a word. Costs the same as [`insert`](Self::insert).
    pub(super) fn remove(&mut self, word: &str, id: WordId) {
        let mut found = self.look_up(word, id);
        found.sort_unstable_by_key(|&(_, number)| number);
        found.dedup_by_key(|&mut (_, number)| number);
        for (gram, number) in found {
            self.remove_member(number, id.get());
            self.remove_empty_nodes(&gram, number);
        }
    }

    /// The grams of a word, with the numbers of the nodes that exist. Reads all nodes before the caller writes to any, so
    /// that the processor loads their memory together.
    fn look_up(&self, word: &str, id: WordId) -> Vec<([char; GRAM_CHARS], Option<u32>)> {
        let mut found = Vec::with_capacity(word.len() + RUNS_MAX);
        found.extend(grams(word).map(|gram| (gram, self.find(GramKey::new(&gram)))));
        let nodes = found.iter().filter_map(|&(_, number)| number).map(|number| self.nodes.get(number));
        read_together(nodes.map(|node| node.members.prefetch(id.get())));
        found
    }

    /// Links a new gram below its first two characters and its first one, and adds the nodes that they lack.
    fn link_to_parents(&mut self, gram: &[char; GRAM_CHARS], number: u32) {
        let mut child = number;
        for len in (1..GRAM_CHARS).rev() {
            let (parent, is_new) = self.find_or_add(GramKey::new(&gram[..len]));
            self.nodes.get_mut(parent).members.insert(child);
            if !is_new {
                return;
            }
            child = parent;
        }
    }

    /// Removes the node of a gram if it is empty, and then each parent that became empty by that.
    fn remove_empty_nodes(&mut self, gram: &[char; GRAM_CHARS], number: Option<u32>) {
        let (mut node, mut len) = (number, GRAM_CHARS);
        // Ends: each turn makes `len` shorter, and no node has a key of no characters.
        while let Some(number) = node.filter(|&number| self.nodes.get(number).members.is_empty()) {
            self.remove_node(number);
            if len == GRAM_CHARS {
                self.set_plain(*gram, false);
            }
            len -= 1;
            node = if len > 0 { self.find(GramKey::new(&gram[..len])) } else { None };
            self.remove_member(node, number);
        }
    }

    fn remove_member(&mut self, node: Option<u32>, member: u32) {
        if let Some(number) = node {
            self.nodes.get_mut(number).members.remove(member);
        }
    }

    fn set_plain(&mut self, gram: [char; GRAM_CHARS], is_there: bool) {
        let Some(bit) = plain_bit(gram) else { return };
        let word = self.plain.get_mut(bit / 64);
        *word = *word & !(1 << (bit % 64)) | u64::from(is_there) << (bit % 64);
    }

    fn find_or_add(&mut self, key: GramKey) -> (u32, bool) {
        if let Some(number) = self.find(key) {
            return (number, false);
        }
        let number = self.nodes.insert(GramNode { key, members: Postings::default() });
        self.numbers.insert(self.hasher.hash(key.0), number);
        (number, true)
    }

    fn remove_node(&mut self, number: u32) {
        let node = self.nodes.remove(number);
        let hash = self.hasher.hash(node.key.0);
        self.numbers.remove(hash, number);
    }

    fn find(&self, key: GramKey) -> Option<u32> {
        self.find_in_bucket(self.bucket(key), key)
    }

    fn bucket(&self, key: GramKey) -> Candidates<'_> {
        self.numbers.candidates(self.hasher.hash(key.0))
    }

    fn find_in_bucket(&self, bucket: Candidates<'_>, key: GramKey) -> Option<u32> {
        bucket.find(|number| self.nodes.get(number).key == key)
    }

    fn members(&self, key: GramKey) -> Option<&Postings> {
        self.find(key).map(|number| &self.nodes.get(number).members)
    }

    /// Frees the spare capacity of the lists, after many words were added.
    pub(super) fn shrink_to_fit(&mut self) {
        for number in 0..u32::try_from(self.nodes.end()).expect("nodes are numbered in 32 bits") {
            self.nodes.get_mut(number).members.shrink_to_fit();
        }
    }

    /// Whether a word may have a text as a substring. False means that none contains it. Costs a look-up for each character
    /// that is read, which are few of most texts that no word contains.
    pub(super) fn may_contain(&self, text: &str) -> bool {
        let mut chars = text.chars();
        match [chars.next(), chars.next(), chars.next()] {
            [Some(only), None, _] => self.find(GramKey::new(&[only])).is_some(),
            [Some(first), Some(second), None] => self.find(GramKey::new(&[first, second])).is_some(),
            _ => self.may_be_pieces(text, 1),
        }
    }

    /// Whether a text may consist of so many pieces of words at most. The longest pieces are taken from the left. Costs as much as
    /// [`may_contain`](Self::may_contain) for each.
    pub(super) fn may_be_pieces(&self, text: &str, pieces_max: usize) -> bool {
        let mut rest = text;
        for _ in 0..pieces_max {
            rest = &rest[self.first_piece_end(rest)..];
        }
        rest.is_empty()
    }

    /// The end of the longest start of a text that a word may contain.
    pub(super) fn first_piece_end(&self, text: &str) -> usize {
        let mut gram = [PAD; GRAM_CHARS];
        let is_behind = |&(_, c): &(usize, char)| {
            gram = [gram[1], gram[2], c];
            self.lacks(gram)
        };
        text.char_indices().find(is_behind).map_or(text.len(), |(at, _)| at)
    }

    /// The start of the longest end of a text that a word may contain.
    pub(super) fn last_piece_start(&self, text: &str) -> usize {
        let mut gram = [PAD; GRAM_CHARS];
        let is_before = |&(_, c): &(usize, char)| {
            gram = [c, gram[0], gram[1]];
            self.lacks(gram)
        };
        text.char_indices().rev().find(is_before).map_or(0, |(at, c)| at + c.len_utf8())
    }

    /// The places of three characters that are side by side in no word: bit `i` for those from character `i` of a text on. The
    /// text has up to 64 characters.
    pub(super) fn lacking(&self, text: &str) -> u64 {
        let mut gram = [PAD; GRAM_CHARS];
        let behind = text.chars().map(|c| {
            gram = [gram[1], gram[2], c];
            self.lacks(gram)
        });
        let places = behind.skip(GRAM_CHARS - 1).enumerate();
        places.fold(0, |lacking, (place, lacks)| lacking | u64::from(lacks) << place)
    }

    /// Whether three characters are side by side in no word. Fewer may be anywhere.
    fn lacks(&self, gram: [char; GRAM_CHARS]) -> bool {
        match plain_bit(gram) {
            Some(bit) => !self.has_plain(bit),
            None => !gram.contains(&PAD) && self.find(GramKey::new(&gram)).is_none(),
        }
    }

    /// Whether a run after the first starts with the first two characters of a text. False means that none starts with
    /// the text. Costs one look-up.
    pub(super) fn may_start_run(&self, text: &str) -> bool {
        let mut chars = text.chars();
        let first = [MARK, chars.next().unwrap_or(PAD), chars.next().unwrap_or(PAD)];
        may_follow_run(text) && self.find(GramKey::new(&first[..2 + usize::from(first[2] != PAD)])).is_some()
    }

    /// The words that have a gram; `None` if there are none. Costs one look-up.
    pub(super) fn words(&self, gram: [char; GRAM_CHARS]) -> Option<&Postings> {
        if plain_bit(gram).is_some_and(|bit| !self.has_plain(bit)) {
            return None;
        }
        self.members(GramKey::new(&gram))
    }

    /// An estimate of how many words contain a text, which is not empty. It counts the words of the first gram alone, and of one
    /// or two characters the grams.
    pub(super) fn words_estimate(&self, text: &str) -> usize {
        let chars: Vec<char> = text.chars().take(GRAM_CHARS).collect();
        let Some(members) = self.members(GramKey::new(&chars)) else { return 0 };
        let members_below = || members.iter().map(|number| self.nodes.get(number).members.len()).sum::<usize>();
        match chars.len() {
            1 => GRAM_WORDS * members_below(),
            2 => GRAM_WORDS * members.len(),
            _ => members.len(),
        }
    }

    /// Appends each word that has a gram, once.
    fn collect_with_gram(&self, gram: [char; GRAM_CHARS], found: &mut Vec<WordId>) {
        let words = self.words(gram).into_iter().flat_map(Postings::iter);
        words.for_each(|word| found.push(WordId::new(word)));
    }

    /// Appends every word that contains `text`, which is not empty.
    pub(super) fn collect_containing(&self, text: &str, dictionary: &Dictionary, found: &mut Vec<WordId>) {
        let chars = chars_after([], text);
        match chars.len() {
            1 | 2 => self.collect_below(&chars, found),
            GRAM_CHARS => self.collect_with_gram([chars[0], chars[1], chars[2]], found),
            _ => found.extend(dictionary.filtered(&self.with_all_grams(&chars), |word| word.contains(text))),
        }
    }

    /// Appends every word that has a run after the first from which the word goes on with `text`, which is not empty.
    pub(super) fn collect_run_start(&self, text: &str, dictionary: &Dictionary, found: &mut Vec<WordId>) {
        let chars = chars_after([MARK], text);
        if chars.len() < GRAM_CHARS {
            return self.collect_below(&chars, found);
        }
        let starts_run = |word: &str| from_later_runs(word).any(|rest| rest.starts_with(text));
        found.extend(dictionary.filtered(&self.with_all_grams(&chars), starts_run));
    }

    /// Appends every word that ends with `text`, which is not empty.
    pub(super) fn collect_ending(&self, text: &str, dictionary: &Dictionary, found: &mut Vec<WordId>) {
        let mut chars = chars_after([], text);
        chars.push(PAD);
        if chars.len() < GRAM_CHARS {
            chars.push(PAD);
        }
        found.extend(dictionary.filtered(&self.with_all_grams(&chars), |word| word.ends_with(text)));
    }

    /// Appends the words of all grams that start with one or two characters.
    fn collect_below(&self, chars: &[char], found: &mut Vec<WordId>) {
        let Some(members) = self.members(GramKey::new(chars)) else { return };
        let mut collect = |grams: &Postings| {
            let lists = grams.iter().map(|number| &self.nodes.get(number).members);
            for_each_list(lists, |words| words.for_each(|word| found.push(WordId::new(word))));
        };
        if chars.len() == 1 {
            members.iter().for_each(|number| collect(&self.nodes.get(number).members));
        } else {
            collect(members);
        }
    }

    /// The words that may have all grams of `chars`, which are three characters or more. Intersects the lists of the
    /// grams, the shortest first. Stops when it is cheaper for the caller to check the texts of the words that are left.
    fn with_all_grams(&self, chars: &[char]) -> Vec<WordId> {
        let mut lists = self.lists(chars).unwrap_or_default();
        lists.sort_by_key(|&(len, _)| len);
        let Some((&(shortest_len, shortest), others)) = lists.split_first() else { return Vec::new() };
        let mut words = Vec::with_capacity(shortest_len);
        shortest.iter().for_each(|word| words.push(WordId::new(word)));
        for (_, list) in others {
            if words.len() <= TEXT_CHECKED_WORDS_MAX {
                break;
            }
            let mut search = list.search();
            words.retain(|word| search.contains(word.get()));
        }
        words
    }

    /// The list of each gram of `chars`, with its length; `None` if one of them has no words.
    fn lists(&self, chars: &[char]) -> Option<Vec<(usize, &Postings)>> {
        let grams = || chars.windows(GRAM_CHARS).map(|gram| [gram[0], gram[1], gram[2]]);
        if grams().filter_map(plain_bit).any(|bit| !self.has_plain(bit)) {
            return None;
        }
        let mut buckets = Vec::with_capacity(grams().len());
        buckets.extend(grams().map(|gram| {
            let key = GramKey::new(&gram);
            (key, self.bucket(key))
        }));
        read_together(buckets.iter().map(|(_, bucket)| bucket.prefetch()));
        let mut lists = Vec::with_capacity(buckets.len());
        for (key, bucket) in buckets {
            let list = &self.nodes.get(self.find_in_bucket(bucket, key)?).members;
            lists.push((list.len(), list));
        }
        Some(lists)
    }

    #[inline]
    fn has_plain(&self, bit: usize) -> bool {
        self.plain.get(bit / 64).is_some_and(|word| word >> (bit % 64) & 1 == 1)
    }

    /// Panics with the name of a broken invariant. `words` gives every word of the index.
    pub(super) fn check_invariants<'a>(&self, words: impl Iterator<Item = (WordId, &'a str)>) {
        self.numbers.check_invariants();
        let (mut links, mut plain) = (BTreeSet::new(), BTreeSet::new());
        for (id, word) in words {
            for gram in grams(word) {
                plain.extend(plain_bit(gram));
                links.insert((GramKey::new(&gram), id.get()));
                for len in 1..GRAM_CHARS {
                    let child = self.find(GramKey::new(&gram[..=len])).expect("each gram of a word has a node");
                    links.insert((GramKey::new(&gram[..len]), child));
                }
            }
        }
        let links: Vec<(GramKey, u32)> = links.into_iter().collect();
        assert!(plain.iter().all(|&bit| self.has_plain(bit)), "each plain gram has its bit");
        let bits = (0..PLAIN_CHARS.pow(3).div_ceil(64)).filter_map(|word| self.plain.get(word));
        let bits_len: u32 = bits.map(|word| word.count_ones()).sum();
        assert_eq!(bits_len as usize, plain.len(), "no other gram has a bit");
        let mut nodes_len = 0;
        for links in links.chunk_by(|(key, _), (next, _)| key == next) {
            let members = self.members(links[0].0).expect("each start of a gram has a node");
            let expected = links.iter().map(|&(_, member)| member);
            assert!(members.iter().eq(expected), "a node lists its words, or its nodes of one character more, alone");
            nodes_len += 1;
        }
        assert_eq!(nodes_len, self.nodes.len(), "no node is empty: each has a key of some word");
        assert_eq!(self.numbers.len(), self.nodes.len(), "each node is found by its key");
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
    use super::*;

    fn indexed<'a>(words: impl IntoIterator<Item = &'a str>) -> Grams {
        let mut grams = Grams::default();
        for (word, id) in words.into_iter().zip(0..) {
            grams.insert(word, WordId::new(id));
        }
        grams
    }

    #[test]
    fn a_text_with_characters_that_are_side_by_side_in_no_word_is_ruled_out() {
        let grams = indexed(["sky", "news24", "综合"]);
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
        let grams = indexed(["national", "新闻综合"]);
        assert_eq!(grams.lacking("national"), 0);
        assert_eq!(grams.lacking("natoinal"), 0b11110, "ato, toi, oin and ina");
        assert_eq!(grams.lacking("新闻综艺"), 0b10);
        assert_eq!((grams.lacking("na"), grams.lacking("")), (0, 0), "fewer than three may be anywhere");
        assert_eq!(grams.lacking(&"q".repeat(62)).count_ones(), 60);
    }

    #[test]
    fn a_run_behind_the_first_is_found_by_its_first_two_characters() {
        let grams = indexed(["sky", "news24"]);
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
        let grams = indexed(firsts.iter().chain(&seconds).map(String::as_str).chain(["abcd"]));
        assert_eq!(grams.with_all_grams(&['a', 'b', 'c', 'd']), [WordId::new(2 * half)], "both lists are long");
        let few = indexed(["abc", "bcd"]);
        assert_eq!(few.with_all_grams(&['a', 'b', 'c', 'd']).len(), 1, "one word is checked sooner than looked up");
    }
}
