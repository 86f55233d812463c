//! Timings and memory of the trie, printed and never asserted:
//! `cargo test --release figures -- --ignored --nocapture --test-threads 1`.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::branch::{Branch, Node};
use super::tests::{kind_of_word, real_words};
use super::{Kind, Trie};
use crate::index::names::automaton::Automaton;
use crate::index::names::word_id::WordId;

/// A shuffle that is the same in every run: the multiplier of Knuth's MMIX generator.
struct Shuffle(u64);

impl Shuffle {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 16
    }

    fn apply<T>(&mut self, values: &mut [T]) {
        for at in (1..values.len()).rev() {
            let other = self.next() % (at as u64 + 1);
            values.swap(at, usize::try_from(other).expect("a place in a list"));
        }
    }
}

/// Within some edits, bit-parallel: bit `i` of level `e` is set if the first `i` characters of the word are within `e`
/// edits of what was read (Wu, Manber, "Fast Text Searching Allowing Errors", 1992). The first character must be equal.
struct Bits {
    masks: Vec<(char, u64)>,
    edits: usize,
    accept: u64,
}

impl Bits {
    fn new(word: &str, edits: usize) -> Self {
        let mut masks: Vec<(char, u64)> = Vec::new();
        for (at, c) in word.chars().enumerate() {
            let known = masks.iter().position(|&(other, _)| other == c);
            let place = known.unwrap_or_else(|| {
                masks.push((c, 0));
                masks.len() - 1
            });
            masks[place].1 |= 2 << at;
        }
        Self { masks, edits, accept: 1 << word.chars().count() }
    }
}

impl Automaton for Bits {
    type State = [u64; 4];

    fn start(&self) -> Self::State {
        std::array::from_fn(|edits| if edits <= self.edits { (2 << edits) - 1 } else { u64::from(edits == 3) })
    }

    fn step(&self, state: Self::State, c: char) -> Option<Self::State> {
        if c.is_numeric() || (state[3] == 1 && self.masks[0].0 != c) {
            return None;
        }
        let mask = self.masks.iter().find(|&&(other, _)| other == c).map_or(0, |&(_, mask)| mask);
        let mut next = [0; 4];
        next[0] = state[0] << 1 & mask;
        for edits in 1..=self.edits {
            next[edits] = (state[edits] << 1 & mask) | state[edits - 1] | state[edits - 1] << 1 | next[edits - 1] << 1;
        }
        let within = (self.accept << 1) - 1;
        (next[self.edits] & within != 0).then_some(next)
    }

    fn is_match(&self, state: Self::State) -> bool {
        state[self.edits] & self.accept != 0
    }
}

/// What an allocation takes of a common allocator: a word beside it, in steps of two words.
fn allocated(bytes: usize) -> usize {
    if bytes == 0 { 0 } else { (bytes + 8).next_multiple_of(16).max(32) }
}

/// Counts the allocations of all nodes, but not what postings at branches allocate.
fn print_memory(trie: &Trie) {
    const COUNTS_BYTES: usize = 16;
    let (mut bytes, mut branches, mut leaves, mut widest, mut deepest) = (0, 0, 0, 0, 0);
    let mut open = vec![(&trie.root, 1)];
    while let Some((node, depth)) = open.pop() {
        deepest = deepest.max(depth);
        match node {
            Node::Leaf(leaf) => {
                leaves += 1;
                bytes += allocated(COUNTS_BYTES + leaf.stored_bytes());
            }
            Node::Branch(branch) => {
                branches += 1;
                widest = widest.max(branch.children.nodes().len());
                bytes += allocated(COUNTS_BYTES + size_of::<Branch>());
                bytes += branch.children.list_bytes().map(allocated).iter().sum::<usize>();
                open.extend(branch.children.nodes().iter().map(|node| (node, depth + 1)));
            }
        }
    }
    let hundredths = bytes * 100 / trie.len();
    println!("  memory {}.{:02} bytes an entry with its text", hundredths / 100, hundredths % 100);
    println!("  {branches} branches, at most {widest} children; {leaves} leaves; {deepest} deep");
}

fn nanos_each(count: usize, elapsed: Duration) -> f64 {
    elapsed.as_secs_f64() * 1e9 / f64::from(u32::try_from(count.max(1)).expect("a small count"))
}

type Entry = (String, Kind, WordId);

fn entries_of(words: &[String], has_parts: bool) -> Vec<Entry> {
    let mut entries = Vec::new();
    for (id, word) in (0..).zip(words) {
        let id = WordId::new(id);
        entries.push((word.clone(), kind_of_word(word), id));
        if !has_parts {
            continue;
        }
        let chars: Vec<(usize, char)> = word.char_indices().collect();
        let is_start = |pair: &[(usize, char)]| pair[0].1.is_numeric() != pair[1].1.is_numeric();
        let starts: Vec<usize> = chars.windows(2).filter(|pair| is_start(pair)).map(|pair| pair[1].0).collect();
        if !(1..=3).contains(&starts.len()) {
            continue;
        }
        let ends = starts.iter().copied().chain([word.len()]);
        for (from, to) in [0].into_iter().chain(starts.iter().copied()).zip(ends) {
            let run = &word[from..to];
            if from > 0 {
                entries.push((word[from..].to_owned(), Kind::Start, id));
            }
            if run.chars().count() >= 3 && !run.contains(char::is_numeric) {
                entries.push((run.to_owned(), Kind::Run, id));
            }
        }
    }
    entries
}

fn print_figures(name: &str, words: &[String], has_parts: bool) {
    let mut entries = entries_of(words, has_parts);
    Shuffle(1).apply(&mut entries);
    let text_bytes: usize = entries.iter().map(|(text, ..)| text.len()).sum();
    let mut trie = Trie::default();
    let begin = Instant::now();
    for (text, kind, id) in &entries {
        trie.insert(text, *kind, *id);
    }
    let insert = nanos_each(entries.len(), begin.elapsed());
    println!("{name}: {} entries, {} bytes of text each", trie.len(), text_bytes / trie.len());
    println!("  insert {insert:.0} ns");
    print_memory(&trie);
    print_find(&trie, &entries);
    print_prefix(&trie, words);
    print_match(&trie, words);
    print_shared_writes(&mut trie, &entries);
}

fn print_find(trie: &Trie, entries: &[Entry]) {
    let mut keys: Vec<&str> = entries.iter().map(|(text, ..)| text.as_str()).collect();
    Shuffle(2).apply(&mut keys);
    let map: HashMap<&str, WordId> = entries.iter().map(|(text, _, word)| (text.as_str(), *word)).collect();
    let begin = Instant::now();
    let mapped = keys.iter().filter(|key| map.contains_key(*key)).count();
    println!("  a hash map of the same finds {mapped} in {:.0} ns each", nanos_each(keys.len(), begin.elapsed()));
    let begin = Instant::now();
    let found = keys.iter().filter(|key| trie.find(key).is_some()).count();
    println!("  find {:.0} ns ({found} found)", nanos_each(keys.len(), begin.elapsed()));
}

fn print_prefix(trie: &Trie, words: &[String]) {
    for chars in [2, 4, 6] {
        let keys: Vec<String> =
            words.iter().step_by(words.len() / 1000 + 1).map(|w| w.chars().take(chars).collect()).collect();
        let mut hits = 0;
        let begin = Instant::now();
        for key in &keys {
            trie.for_each_with_prefix(key, &mut |_| hits += 1);
        }
        let each = nanos_each(keys.len(), begin.elapsed());
        println!("  prefix of {chars}: {each:.0} ns, {} hits each", hits / keys.len());
    }
}

fn print_match(trie: &Trie, words: &[String]) {
    let is_typical =
        |word: &&String| word.is_ascii() && (6..=10).contains(&word.len()) && kind_of_word(word) == Kind::Word;
    let typical: Vec<&String> = words.iter().filter(is_typical).collect();
    let keys: Vec<&&String> = typical.iter().step_by(typical.len() / 1000 + 1).collect();
    for (edits, prefixes) in [(1, false), (2, false), (1, true), (2, true)] {
        let (mut hits, mut times) = (0, Vec::new());
        for key in &keys {
            let automaton = Bits::new(key, edits);
            let begin = Instant::now();
            trie.for_each_match(&automaton, prefixes, &mut |_| hits += 1);
            times.push(begin.elapsed());
        }
        times.sort();
        let (median, worst) = (times.get(times.len() / 2), times.last());
        println!(
            "  {edits} edits, prefixes {prefixes}: median {median:?}, worst {worst:?}, {} hits each",
            hits / keys.len().max(1)
        );
    }
}

fn print_shared_writes(trie: &mut Trie, entries: &[Entry]) {
    let sample: Vec<&Entry> = entries.iter().take(20_000).collect();
    let (mut times, mut kept) = (Vec::new(), trie.clone());
    for (text, kind, id) in &sample {
        let begin = Instant::now();
        trie.remove(text, *kind, *id);
        times.push(begin.elapsed());
        kept = trie.clone();
    }
    times.sort();
    println!("  remove beside a clone: median {:?}, worst {:?}", times[times.len() / 2], times[times.len() - 1]);
    let begin = Instant::now();
    drop(kept);
    for (text, kind, id) in &sample {
        trie.insert(text, *kind, *id);
    }
    println!("  insert again, in place: {:.0} ns", nanos_each(sample.len(), begin.elapsed()));
}

fn hex_words(count: usize, digits: usize) -> Vec<String> {
    let mut random = Shuffle(3);
    (0..count)
        .map(|_| format!("{:0digits$x}", random.next() & ((1 << (digits * 4)) - 1)))
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .collect()
}

#[test]
#[ignore = "prints timings"]
fn figures_of_real_words() {
    let words = real_words();
    if !words.is_empty() {
        print_figures("real words", &words, false);
        print_figures("real words with their parts", &words, true);
    }
}

#[test]
#[ignore = "prints timings"]
fn figures_of_hex_words() {
    print_figures("hex words of 8 digits", &hex_words(1_000_000, 8), false);
    print_figures("hex words of 12 digits", &hex_words(1_000_000, 12), false);
}
