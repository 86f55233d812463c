//! The infix index: which words contain a piece of text.
//!
//! A **gram** is three characters of a word in a row; behind the last character the word is padded with [`PAD`], so that a
//! word has a gram for each of its characters, and each piece of up to three characters of a word begins one of its grams.
//! Grams hang on the pieces they begin with:
//! ```text
//! "t" ── "tv" ── "tv·"  → words that end with tv
//!     │       └─ "tvn"  → words that contain tvn
//!     └─ "ta" ── "tal"  → …
//! ```
//! A word that has runs (`tv|24|news`) has a gram more for each but the first, of a [`MARK`] and the run's first two
//! characters, so that a run is found by its start as a piece is.
//!
//! A piece of one or two characters is the union of the grams below it. A longer piece is looked for in the words that
//! have all of its grams (Zobel, Moffat and Sacks-Davis, "Searching Large Lexicons for Partially Specified Terms using
//! Compressed Inverted Files", 1993).

use std::hint::black_box;

use crate::index::words::word_id::WordId;
use crate::persist::hash_table::HashTable;
use crate::persist::hasher::NumberHasher;
use crate::persist::slab::Slab;
use crate::rows::postings::Postings;
use crate::text::words::{RUNS_MAX, may_follow_run, runs};

/// Stands behind the end of a word. It is a control character, which no word has.
const PAD: char = '\0';

/// Stands before the start of a run. No word has it either.
const MARK: char = '\u{1}';

/// Grams by their pieces.
// Invariants:
//   no node is empty; each gram's two-character and one-character beginnings have nodes, and are linked down to it
#[derive(Clone, Debug, Default)]
pub(super) struct Grams {
    numbers: HashTable,
    nodes: Slab<Node>,
    hasher: NumberHasher,
}

#[derive(Clone, Debug, Default)]
struct Node {
    piece: Piece,
    /// Of a piece of three characters the words, of a shorter one the nodes of one character more.
    members: Postings,
}

/// One to three characters: the number of them, then each in 21 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Piece(u64);

impl Piece {
    fn new(chars: &[char]) -> Self {
        Self(chars.iter().fold(chars.len() as u64, |bits, &c| bits << 20 << 1 | u64::from(u32::from(c))))
    }
}

/// The grams of a word, repeats kept.
fn grams(word: &str) -> impl Iterator<Item = [char; 3]> + '_ {
    let padded = || word.chars().chain([PAD, PAD]);
    let all =
        padded().zip(padded().skip(1)).zip(padded().skip(2)).map(|((first, second), third)| [first, second, third]);
    all.chain(later_runs(word).map(|run| {
        let mut chars = run.chars().chain([PAD, PAD]);
        [MARK, chars.next().unwrap_or(PAD), chars.next().unwrap_or(PAD)]
    }))
}

/// What a word goes on with from each of its runs but the first.
fn later_runs(word: &str) -> impl Iterator<Item = &str> {
    runs(word).skip(1).map(|run| &word[run.start..])
}

impl Grams {
    /// Adds a word that is not there. Costs a look-up and an insertion per character.
    pub(super) fn insert(&mut self, word: &str, id: WordId) {
        for (gram, found) in self.look_up(word, id) {
            // A new gram that stands twice in the word is there the second time.
            let (number, is_new) = found.map_or_else(|| self.find_or_add(Piece::new(&gram)), |number| (number, false));
            self.nodes.get_mut(number).members.insert(id.get());
            if is_new {
                self.link(&gram, number);
            }
        }
    }

    /// The grams of a word, with the nodes of those that are there. All are found before any is written to, so that their
    /// memory is waited for together.
    fn look_up(&self, word: &str, id: WordId) -> Vec<([char; 3], Option<u32>)> {
        let mut found = Vec::with_capacity(word.len() + RUNS_MAX);
        found.extend(grams(word).map(|gram| (gram, self.find(Piece::new(&gram)))));
        let nodes = found.iter().filter_map(|&(_, number)| number).map(|number| self.nodes.get(number));
        black_box(nodes.map(|node| node.members.prefetch(id.get())).fold(0, u32::wrapping_add));
        found
    }

    /// Links a new node below its beginnings, which are made where they are not there.
    fn link(&mut self, gram: &[char; 3], number: u32) {
        let mut below = number;
        for len in [2, 1] {
            let (parent, is_new) = self.find_or_add(Piece::new(&gram[..len]));
            self.nodes.get_mut(parent).members.insert(below);
            if !is_new {
                return;
            }
            below = parent;
        }
    }

    /// Gives back room that was kept for words to come, after many were added.
    pub(super) fn shrink_to_fit(&mut self) {
        for number in 0..u32::try_from(self.nodes.end()).expect("nodes are numbered in 32 bits") {
            self.nodes.get_mut(number).members.shrink_to_fit();
        }
    }

    /// Takes a word out. Costs as [`insert`](Self::insert).
    pub(super) fn remove(&mut self, word: &str, id: WordId) {
        let mut found = self.look_up(word, id);
        found.sort_unstable_by_key(|&(_, number)| number);
        found.dedup_by_key(|&mut (_, number)| number);
        for (gram, number) in found {
            self.remove_member(number, id.get());
            // Up from the gram: a node that became empty goes, and is taken out of the one above.
            let (mut below, mut len) = (number, 3);
            while let Some(number) = below.filter(|&number| self.nodes.get(number).members.is_empty()) {
                self.remove_node(number);
                len -= 1;
                below = if len > 0 { self.find(Piece::new(&gram[..len])) } else { None };
                self.remove_member(below, number);
            }
        }
    }

    fn remove_member(&mut self, node: Option<u32>, member: u32) {
        if let Some(number) = node {
            self.nodes.get_mut(number).members.remove(member);
        }
    }

    fn find_or_add(&mut self, piece: Piece) -> (u32, bool) {
        if let Some(number) = self.find(piece) {
            return (number, false);
        }
        let number = self.nodes.insert(Node { piece, members: Postings::default() });
        self.numbers.insert(self.hasher.hash(piece.0), number);
        (number, true)
    }

    fn remove_node(&mut self, number: u32) {
        let node = self.nodes.remove(number);
        let hash = self.hasher.hash(node.piece.0);
        self.numbers.remove(hash, number);
    }

    fn find(&self, piece: Piece) -> Option<u32> {
        self.numbers.candidates(self.hasher.hash(piece.0)).find(|number| self.nodes.get(number).piece == piece)
    }

    fn members(&self, piece: Piece) -> Option<&Postings> {
        self.find(piece).map(|number| &self.nodes.get(number).members)
    }

    /// Whether any word has the first three characters of a text in a row; a cheap no for most texts that none contains.
    pub(super) fn may_contain(&self, text: &str) -> bool {
        let mut chars = text.chars();
        let first = [chars.next(), chars.next(), chars.next()];
        let len = first.iter().flatten().count();
        self.find(Piece::new(&first.map(|c| c.unwrap_or(PAD))[..len])).is_some()
    }

    /// Whether any word may go on with a text from one of its runs but the first; a cheap no for most that none does.
    pub(super) fn may_start_run(&self, text: &str) -> bool {
        let mut chars = text.chars();
        let first = [MARK, chars.next().unwrap_or(PAD), chars.next().unwrap_or(PAD)];
        may_follow_run(text) && self.find(Piece::new(&first[..2 + usize::from(first[2] != PAD)])).is_some()
    }

    /// How many words have a gram.
    pub(super) fn words_len(&self, gram: &[char]) -> usize {
        self.members(Piece::new(gram)).map_or(0, Postings::len)
    }

    /// About how many words contain a text, which is not empty; at least a fair part of them.
    pub(super) fn words_estimate(&self, text: &str) -> usize {
        let chars: Vec<char> = text.chars().take(3).collect();
        let Some(members) = self.members(Piece::new(&chars)) else { return 0 };
        let members_below = || members.iter().map(|number| self.nodes.get(number).members.len()).sum::<usize>();
        match chars.len() {
            1 => GRAM_WORDS * members_below(),
            2 => members_below(),
            _ => members.len(),
        }
    }

    /// Calls `visit` with each word that has a gram.
    pub(super) fn for_each_word(&self, gram: &[char], mut visit: impl FnMut(WordId)) {
        let words = self.members(Piece::new(gram)).into_iter().flat_map(Postings::iter);
        words.for_each(|word| visit(WordId::new(word)));
    }

    /// Calls `visit` with every word that contains a text of one or two characters; some of them more than once.
    fn visit_short(&self, chars: &[char], visit: &mut impl FnMut(WordId)) {
        let Some(members) = self.members(Piece::new(chars)) else { return };
        for longer in members.iter().map(|number| self.nodes.get(number)) {
            if chars.len() == 1 {
                let grams = longer.members.iter().map(|number| self.nodes.get(number));
                grams.flat_map(|gram| gram.members.iter()).for_each(|word| visit(WordId::new(word)));
            } else {
                longer.members.iter().for_each(|word| visit(WordId::new(word)));
            }
        }
    }

    /// Calls `visit` with every word that contains `text`, which is not empty. `text_of` tells a word's text, where the
    /// grams alone do not decide. A word may be visited more than once.
    pub(super) fn visit_containing<'a>(
        &self,
        text: &str,
        text_of: impl Fn(WordId) -> &'a str,
        visit: &mut impl FnMut(WordId),
    ) {
        let chars = chars_after([], text);
        match chars.len() {
            1 | 2 => self.visit_short(&chars, visit),
            3 => self.for_each_word(&chars, visit),
            _ => self.visit_with_all(chars.windows(3), |word| text_of(word).contains(text), visit),
        }
    }

    /// Calls `visit` with every word that goes on with `text`, which is not empty, from one of its runs but the first. A
    /// word may be visited more than once.
    pub(super) fn visit_run_start<'a>(
        &self,
        text: &str,
        text_of: impl Fn(WordId) -> &'a str,
        visit: &mut impl FnMut(WordId),
    ) {
        let chars = chars_after([MARK], text);
        if chars.len() == 2 {
            return self.visit_short(&chars, visit);
        }
        let starts_run = |word: &str| later_runs(word).any(|run| run.starts_with(text));
        self.visit_with_all(chars.windows(3), |word| starts_run(text_of(word)), visit);
    }

    /// Calls `visit` with every word that ends with `text`, which is not empty.
    pub(super) fn visit_ending<'a>(
        &self,
        text: &str,
        text_of: impl Fn(WordId) -> &'a str,
        visit: &mut impl FnMut(WordId),
    ) {
        let mut chars = chars_after([], text);
        chars.push(PAD);
        if chars.len() == 2 {
            chars.push(PAD);
        }
        self.visit_with_all(chars.windows(3), |word| text_of(word).ends_with(text), visit);
    }

    /// Visits the words that have all of some grams and that `is_wanted` confirms. Intersects from the rarest gram on, and
    /// stops as soon as a look at the words is cheaper than another list.
    fn visit_with_all<'c>(
        &self,
        grams: impl ExactSizeIterator<Item = &'c [char]>,
        is_wanted: impl Fn(WordId) -> bool,
        visit: &mut impl FnMut(WordId),
    ) {
        let mut lists = Vec::with_capacity(grams.len());
        for gram in grams {
            let Some(list) = self.members(Piece::new(gram)) else { return };
            lists.push((list.len(), list));
        }
        lists.sort_by_key(|&(len, _)| len);
        let Some((&(_, rarest), others)) = lists.split_first() else { return };
        let mut words: Vec<u32> = rarest.iter().collect();
        for (_, list) in others {
            if words.len() <= LOOK_AT_WORDS_MAX {
                break;
            }
            words.retain(|&word| list.contains(word));
        }
        words.into_iter().map(WordId::new).filter(|&word| is_wanted(word)).for_each(visit);
    }

    /// Panics with the name of a broken invariant.
    pub(super) fn check_invariants<'a>(&self, words: impl Iterator<Item = (WordId, &'a str)>) {
        self.numbers.check_invariants();
        let mut pieces = std::collections::BTreeSet::new();
        for (id, word) in words {
            for gram in grams(word) {
                let members = self.members(Piece::new(&gram)).expect("each gram of a word has a node");
                assert!(members.contains(id.get()), "a gram lists its words");
                pieces.extend([1, 2, 3].map(|len| Piece::new(&gram[..len])));
                for len in [1, 2] {
                    let below = self.find(Piece::new(&gram[..=len])).expect("each piece of a word has a node");
                    let above = self.members(Piece::new(&gram[..len])).expect("each piece of a word has a node");
                    assert!(above.contains(below), "a piece is linked below its beginning");
                }
            }
        }
        assert_eq!(pieces.len(), self.nodes.len(), "no gram is kept that no word has");
        assert_eq!(self.numbers.len(), self.nodes.len(), "each gram is found by its characters");
    }
}

/// The characters of a text after some others, with room for a few more.
fn chars_after<const N: usize>(before: [char; N], text: &str) -> Vec<char> {
    let mut chars = Vec::with_capacity(N + text.len() + 2);
    chars.extend(before);
    chars.extend(text.chars());
    chars
}

/// Words that a gram has, about.
const GRAM_WORDS: usize = 8;

/// Words that are looked at rather than sought in another list. A look costs about as much as a few tens of probes.
const LOOK_AT_WORDS_MAX: usize = 16;
