//! The trie against a sorted set of its entries that filters, after any sequence of writes.

use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::index::words::trie::children::Children;
use crate::index::words::trie::leaf::LEAF_ENTRIES_MAX;
use crate::index::words::trie::{KeyKind, Trie};
use crate::index::words::word_id::WordId;
use crate::text::automaton::Automaton;

/// Texts within some edits (insert, delete, substitute) of a word, by the table of Wagner and Fischer, "The
/// String-to-String Correction Problem", 1974. A state is one row of the table.
pub(super) struct WithinEdits {
    pub(super) word: Vec<char>,
    pub(super) edits: u8,
}

impl WithinEdits {
    pub(super) fn new(word: &str, edits: u8) -> Self {
        Self { word: word.chars().collect(), edits }
    }

    fn accepts(&self, text: impl IntoIterator<Item = char>) -> bool {
        let end = text.into_iter().try_fold(self.start(), |state, c| self.step(state, c));
        end.is_some_and(|state| self.is_match(state))
    }
}

const ROW_LEN: usize = 24;

impl Automaton for WithinEdits {
    type State = [u8; ROW_LEN];

    fn start(&self) -> Self::State {
        std::array::from_fn(|at| u8::try_from(at).expect("rows are short"))
    }

    fn step(&self, state: Self::State, c: char) -> Option<Self::State> {
        if c.is_numeric() {
            return None;
        }
        let mut row = [u8::MAX; ROW_LEN];
        row[0] = state[0].saturating_add(1);
        for (at, &other) in self.word.iter().enumerate() {
            let changed = state[at].saturating_add(u8::from(other != c));
            row[at + 1] = changed.min(state[at + 1].saturating_add(1)).min(row[at].saturating_add(1));
        }
        (row[..=self.word.len()].iter().min() <= Some(&self.edits)).then_some(row)
    }

    fn is_match(&self, state: Self::State) -> bool {
        state[self.word.len()] <= self.edits
    }
}

type TextEntry = (String, KeyKind, WordId);

/// The specification: a set of entries that is filtered.
#[derive(Clone, Default)]
struct TrieModel(BTreeSet<TextEntry>);

impl TrieModel {
    fn has_whole(&self, key: &str) -> bool {
        self.0.iter().any(|(text, kind, _)| text == key && *kind != KeyKind::Run)
    }

    /// The words of the entries with a prefix, ascending, one for each entry.
    fn with_prefix(&self, prefix: &str) -> Vec<WordId> {
        let whole_words = self.0.iter().filter(|(_, kind, _)| *kind != KeyKind::Run);
        let found = whole_words.filter(|(text, ..)| text.starts_with(prefix)).map(|&(.., word)| word);
        let mut found: Vec<WordId> = found.collect();
        found.sort_unstable();
        found
    }

    fn has_key_with_prefix(&self, prefix: &str) -> bool {
        self.0.iter().any(|(text, ..)| text.starts_with(prefix))
    }

    fn matching(&self, automaton: &WithinEdits, prefixes: bool) -> BTreeSet<WordId> {
        let is_hit = |text: &str| {
            let chars: Vec<char> = text.chars().collect();
            let shortest = if prefixes { 0 } else { chars.len() };
            (shortest..=chars.len()).any(|len| automaton.accepts(chars[..len].iter().copied()))
        };
        let targets = self.0.iter().filter(|(_, kind, _)| *kind != KeyKind::NumericWord);
        targets.filter(|(text, ..)| is_hit(text)).map(|&(.., word)| word).collect()
    }
}

/// The words of the entries with a prefix, ascending, one for each entry.
fn with_prefix(trie: &Trie, prefix: &str) -> Vec<WordId> {
    let mut found = Vec::new();
    trie.collect_prefix(prefix, &mut found);
    found.sort_unstable();
    found
}

fn matching(trie: &Trie, automaton: &WithinEdits, prefixes: bool) -> BTreeSet<WordId> {
    let mut found = Vec::new();
    trie.collect_matches(automaton, prefixes, &mut found);
    found.into_iter().collect()
}

fn assert_reads_equal(trie: &Trie, model: &TrieModel, keys: &[String]) {
    assert_eq!(trie.len(), model.0.len());
    for key in keys {
        let expected = model.with_prefix(key);
        assert_eq!(with_prefix(trie, key), expected, "prefix {key:?}");
        assert!(trie.has_prefix(key) || expected.is_empty(), "has the prefix {key:?}");
        assert!(!trie.has_prefix(key) || model.has_key_with_prefix(key), "has no key with the prefix {key:?}");
        if key.chars().count() >= ROW_LEN {
            continue;
        }
        for (edits, prefixes) in [(0, false), (1, false), (2, false), (0, true), (1, true), (2, true)] {
            let automaton = WithinEdits::new(key, edits);
            let matched = matching(trie, &automaton, prefixes);
            assert_eq!(matched, model.matching(&automaton, prefixes), "{edits} edits of {key:?}, prefixes: {prefixes}");
        }
    }
}

#[derive(Clone, Debug)]
enum TrieWrite {
    Insert(TextEntry),
    Remove(TextEntry),
    /// Removes the entry at this place of the sorted set, counted round and round.
    RemoveAt(usize),
}

fn kind() -> impl Strategy<Value = KeyKind> {
    prop_oneof![Just(KeyKind::Word), Just(KeyKind::NumericWord), Just(KeyKind::Run)]
}

fn entry(key: &'static str, ids: u32) -> impl Strategy<Value = TextEntry> {
    (key, kind(), (0..ids).prop_map(WordId::new))
}

fn writes(key: &'static str, ids: u32) -> impl Strategy<Value = Vec<TrieWrite>> {
    let write = prop_oneof![
        6 => entry(key, ids).prop_map(TrieWrite::Insert),
        1 => entry(key, ids).prop_map(TrieWrite::Remove),
        2 => any::<usize>().prop_map(TrieWrite::RemoveAt),
    ];
    prop::collection::vec(write, 1..400)
}

fn apply(write: &TrieWrite, trie: &mut Trie, model: &mut TrieModel) {
    match write {
        TrieWrite::Insert(entry) => {
            let (key, kind, word) = entry;
            if *kind != KeyKind::Run && model.has_whole(key) && !model.0.contains(entry) {
                return;
            }
            assert_eq!(trie.insert(key, *kind, *word), model.0.insert(entry.clone()), "insert {entry:?}");
        }
        TrieWrite::Remove(entry) => {
            assert_eq!(trie.remove(&entry.0, entry.1, entry.2), model.0.remove(entry), "remove {entry:?}");
        }
        TrieWrite::RemoveAt(at) => {
            let place = at % model.0.len().max(1);
            if let Some(entry) = model.0.iter().nth(place).cloned() {
                model.0.remove(&entry);
                assert!(trie.remove(&entry.0, entry.1, entry.2), "remove {entry:?}");
            }
        }
    }
}

/// Applies all writes, takes a snapshot halfway, and checks both; then removes every entry.
fn check(writes: &[TrieWrite], keys: &[String]) {
    let (mut trie, mut model) = (Trie::default(), TrieModel::default());
    let mut snapshot = None;
    for (at, write) in writes.iter().enumerate() {
        if at == writes.len() / 2 {
            snapshot = Some((trie.clone(), model.clone()));
        }
        apply(write, &mut trie, &mut model);
        trie.check_invariants();
    }
    assert_reads_equal(&trie, &model, keys);
    for (key, kind, word) in &model.0 {
        assert!(trie.remove(key, *kind, *word));
        trie.check_invariants();
    }
    assert!(trie.len() == 0 && trie.root.is_empty(), "nothing is left of a trie whose entries are all gone");
    if let Some((trie, model)) = snapshot {
        trie.check_invariants();
        assert_reads_equal(&trie, &model, keys);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn short_keys_of_few_letters_equal_the_model(writes in writes("[ab]{0,5}", 4), keys in prop::collection::vec("[ab1]{0,6}", 8)) {
        check(&writes, &keys);
    }

    #[test]
    fn one_key_of_many_words_equals_the_model(writes in writes("(h|hd|hdx)", 500), keys in prop::collection::vec("hd?x?", 4)) {
        check(&writes, &keys);
    }

    #[test]
    fn characters_are_never_split(writes in writes("[aéèझ综综合😀😁]{1,4}", 40), keys in prop::collection::vec("[aéèझ综合😀😁]{0,4}", 8)) {
        check(&writes, &keys);
    }

    #[test]
    fn many_first_characters_equal_the_model(writes in writes("[a-zß-ö一-丠1]{1,3}", 40), keys in prop::collection::vec("[a-eß-á一-三]{0,3}", 8)) {
        check(&writes, &keys);
    }

    #[test]
    fn long_keys_equal_the_model(writes in writes("(a{0,300}|(ab){0,200}|b{60,70}[a-d]{0,3})", 4), keys in prop::collection::vec("(a{0,40}|b{60,70})", 4)) {
        check(&writes, &keys);
    }
}

#[test]
fn a_word_and_its_parts_are_found_as_what_they_are() {
    let mut trie = Trie::default();
    let word = WordId::new(7);
    assert!(trie.insert("cctv1综合", KeyKind::NumericWord, word));
    assert!(trie.insert("cctv", KeyKind::Run, word));
    assert!(!trie.insert("cctv", KeyKind::Run, word));
    assert_eq!(with_prefix(&trie, "cctv1").len(), 1);
    assert_eq!(with_prefix(&trie, "1综").len(), 0, "a run is no beginning");
    let automaton = WithinEdits::new("cntv", 1);
    assert_eq!(matching(&trie, &automaton, false).len(), 1);
    assert!(!trie.remove("cctv", KeyKind::Word, word), "another kind is another entry");
}

#[test]
fn a_chain_of_nodes_as_deep_as_the_longest_word_is_written_read_and_dropped() {
    let text = "a".repeat(1024);
    let mut trie = Trie::default();
    for len in (1..=1024_u32).rev() {
        assert!(trie.insert(&text[..len as usize], KeyKind::Word, WordId::new(len)));
    }
    trie.check_invariants();
    let snapshot = trie.clone();
    assert_eq!(with_prefix(&trie, "a").len(), 1024);
    let automaton = WithinEdits::new("aaa", 1);
    assert_eq!(matching(&trie, &automaton, false).len(), 3);
    for len in 1..=1024_u32 {
        assert!(trie.remove(&text[..len as usize], KeyKind::Word, WordId::new(len)));
    }
    assert!(trie.root.is_empty());
    snapshot.check_invariants();
    assert_eq!(snapshot.len(), 1024);
}

/// Nearly two thousand distinct words of several scripts, with shared beginnings and ends, and numbers in some of them.
fn made_words() -> Vec<String> {
    let beginnings = [
        "",
        "a",
        "an",
        "ca",
        "chan",
        "channel",
        "cctv",
        "news",
        "natio",
        "tele",
        "sport",
        "über",
        "δελ",
        "новос",
        "新闻",
        "ニュ",
    ];
    let middles = ["", "a", "e", "in", "nal", "o", "s", "ти", "综", "ス"];
    let ends = ["", "1", "24", "er", "hd", "ing", "l", "r", "s", "tv", "и", "合"];
    let with_middles = beginnings.iter().flat_map(|first| middles.iter().map(move |second| format!("{first}{second}")));
    let words = with_middles.flat_map(|stem| ends.iter().map(move |end| format!("{stem}{end}")));
    words.filter(|word| !word.is_empty()).collect::<BTreeSet<_>>().into_iter().collect()
}

fn kind_of_word(word: &str) -> KeyKind {
    if word.contains(char::is_numeric) { KeyKind::NumericWord } else { KeyKind::Word }
}

#[test]
fn many_words_equal_the_model() {
    let words = made_words();
    let (mut trie, mut model) = (Trie::default(), TrieModel::default());
    for (id, word) in (0..).zip(&words) {
        let write = TrieWrite::Insert((word.clone(), kind_of_word(word), WordId::new(id)));
        apply(&write, &mut trie, &mut model);
    }
    trie.check_invariants();
    let keys: Vec<String> = words.iter().step_by(100).cloned().collect();
    assert_reads_equal(&trie, &model, &keys);
    for entry in model.0.clone().into_iter().step_by(2) {
        apply(&TrieWrite::Remove(entry), &mut trie, &mut model);
    }
    trie.check_invariants();
    assert_reads_equal(&trie, &model, &keys);
}

/// Two small leaves were joined, but the edges of the right one still led to its old slot, to another node or to none.
///
/// Cause: `remove_slot` changed only the edges of later slots (`>`). That was enough for an empty leaf, which has no edges.
/// Fix: it changes the edges of the removed slot too (`>=`), so they lead to the slot before.
#[test]
fn edges_of_a_leaf_that_is_joined_with_its_neighbour_lead_to_the_joined_one() {
    let mut trie = Trie::default();
    let firsts: Vec<char> = ('a'..='y').chain('α'..='ω').collect();
    let words: Vec<(String, WordId)> = firsts.iter().zip(0..).map(|(c, id)| (c.to_string(), WordId::new(id))).collect();
    // A branch behind them, so that the whole does not become one leaf again.
    let behind: Vec<(String, WordId)> =
        ('a'..='z').flat_map(|c| [format!("一{c}"), format!("一{c}{c}")]).zip((1_000..).map(WordId::new)).collect();
    for (text, word) in words.iter().chain(&behind) {
        assert!(trie.insert(text, KeyKind::Word, *word));
    }
    let (gone, left): (Vec<_>, Vec<_>) = words.iter().partition(|(_, word)| word.get() % 4 > 0);
    for (text, word) in gone {
        assert!(trie.remove(text, KeyKind::Word, *word));
        trie.check_invariants();
    }
    for (text, word) in left.into_iter().chain(&behind) {
        let found = with_prefix(&trie, text);
        assert!(found.contains(word), "{text:?} is found where its edge leads");
    }
}

/// A leaf that loses an entry is joined with the leaf behind it or, where that can't be, with the one before it.
#[test]
fn two_leaves_become_one_where_they_have_half_the_entries_of_a_full_one() {
    let texts: Vec<String> = ('a'..='z').chain('α'..='ω').take(LEAF_ENTRIES_MAX + 1).map(String::from).collect();
    let middle = texts.len() / 2;
    let joined_len = LEAF_ENTRIES_MAX / 2;
    let split = || {
        let mut children = Children::default();
        for text in &texts {
            children.insert(first_char(text), text, KeyKind::Word, WordId::new(0));
        }
        assert_eq!(children.nodes().len(), 2, "a leaf splits that would be over its limit");
        children
    };
    let remove = |children: &mut Children, gone: &[String]| {
        for text in gone {
            assert!(children.remove(first_char(text), text, KeyKind::Word, WordId::new(0)), "{text} is removed");
            children.check_invariants();
        }
        children.nodes().len()
    };
    let (left, right) = texts.split_at(middle);
    for (small, shrunk) in [(left, right), (right, left)] {
        let mut children = split();
        assert_eq!(remove(&mut children, &small[10..]), 2, "one leaf is small, the other one is not");
        let one_too_many = shrunk.len() + 10 - joined_len - 1;
        assert_eq!(remove(&mut children, &shrunk[..one_too_many]), 2, "one entry too many for one leaf");
        assert_eq!(remove(&mut children, &shrunk[one_too_many..=one_too_many]), 1, "{joined_len} in all");
    }
}

fn first_char(text: &str) -> char {
    text.chars().next().expect("no text is empty")
}
