//! The names of many rows at once: work that many rows have in common is done once.
//!
//! ```text
//! names   Sky News · Sky Arts      occurrences   0 1 · 0 2      (words by the order of their first)
//!                                  rows by word  0: r0 r1 · 1: r0 · 2: r1
//! ```
//! Occurrences are counted by word and put in place in one pass, so that a list is one allocation of its size. Words go into
//! trie and grams in alphabetical order, where neighbours meet the same nodes.

use std::collections::HashMap;

use smol_str::SmolStr;

use crate::index::words::WordIndex;
use crate::index::words::neighbours::PairKey;
use crate::index::words::word_id::WordId;
use crate::persist::counting_sort::Groups;
use crate::rows::postings::Postings;
use crate::rows::row::Row;
use crate::text::fold::fold;
use crate::text::term::{Term, terms};
use crate::text::words::is_word_char;

/// The words of many names.
// Invariants:
//   numbers holds 0..latest.len(), each under its word; terms has those numbers
//   row i, of rows, has the occurrences from ends[i − 1] up to ends[i], in the order of its name; latest[w] is the latest row of
//     word w
#[derive(Default)]
struct Occurrences {
    numbers: HashMap<SmolStr, usize>,
    latest: Vec<Row>,
    terms: Vec<Occurrence>,
    rows: Vec<Row>,
    ends: Vec<usize>,
}

/// A word or a symbol in a name: its number, and two bits that tell what it is there.
#[derive(Clone, Copy)]
struct Occurrence(u32);

impl Occurrence {
    /// It stood in the same name before.
    const REPEATED: u32 = 1 << 31;
    const SYMBOL: u32 = 1 << 30;

    #[allow(clippy::cast_possible_truncation, reason = "words are numbered within 30 bits: a billion take 50 GB")]
    fn new(word: usize, term: Term<'_>) -> Self {
        debug_assert!(word < Self::SYMBOL as usize, "words are numbered within 30 bits");
        Self(word as u32 | if matches!(term, Term::Symbol(_)) { Self::SYMBOL } else { 0 })
    }

    fn repeated(self) -> Self {
        Self(self.0 | Self::REPEATED)
    }

    fn has(self, bit: u32) -> bool {
        self.0 & bit != 0
    }

    fn word(self) -> usize {
        (self.0 & (Self::SYMBOL - 1)) as usize
    }
}

impl Occurrences {
    fn push(&mut self, row: Row, folded: &str) {
        for term in terms(folded) {
            let text = term.text();
            let word = self.numbers.get(text).copied().unwrap_or_else(|| {
                self.numbers.insert(SmolStr::new(text), self.latest.len());
                self.latest.len()
            });
            let occurrence = Occurrence::new(word, term);
            match self.latest.get_mut(word) {
                Some(latest) if *latest == row => {
                    self.terms.push(occurrence.repeated());
                    continue;
                }
                Some(latest) => *latest = row,
                None => self.latest.push(row),
            }
            self.terms.push(occurrence);
        }
        self.rows.push(row);
        self.ends.push(self.terms.len());
    }

    /// The occurrences in each name, with the row.
    fn by_row(&self) -> impl Iterator<Item = (Row, &[Occurrence])> + Clone {
        (0..self.rows.len()).map(|index| {
            let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
            (self.rows[index], &self.terms[start..self.ends[index]])
        })
    }

    /// The rows of each word, in the order of the words.
    fn rows_by_word(&self) -> Groups<u32> {
        let pairs = self.by_row().flat_map(|(row, occurrences)| {
            let distinct = occurrences.iter().filter(|occurrence| !occurrence.has(Occurrence::REPEATED));
            distinct.map(move |occurrence| (occurrence.word(), row.number()))
        });
        Groups::new(self.latest.len(), pairs)
    }

    /// Each two neighbours whose rows are listed, with the row, ascending.
    fn neighbours(&self, is_listed: impl Fn(usize, usize) -> bool, words: &[(WordId, bool)]) -> Vec<(PairKey, u32)> {
        let mut found = Vec::new();
        for (row, occurrences) in self.by_row() {
            let of_words = || occurrences.iter().filter(|occurrence| !occurrence.has(Occurrence::SYMBOL));
            let pairs = of_words().map(|one| one.word()).zip(of_words().skip(1).map(|other| other.word()));
            let listed = pairs.filter(|&(first, second)| is_listed(first, second));
            let key = |first: usize, second: usize| PairKey::new(words[first].0, words[second].0);
            found.extend(listed.map(|(first, second)| (key(first, second), row.number())));
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

impl WordIndex {
    /// Adds rows that have no name yet, each once. Costs less a row than [`insert`](Self::insert), the more so the more rows
    /// there are.
    pub(crate) fn insert_all(&mut self, names: &mut dyn Iterator<Item = (Row, &str)>) {
        let mut all = Occurrences::default();
        self.seams.reserve(names.size_hint().0);
        for (row, name) in names {
            let folded = fold(name);
            self.seams.insert_name(&folded);
            all.push(row, &folded);
        }
        self.names_len += all.rows.len();
        self.journal.extend(&all.rows);
        let is_load = self.dictionary.len() == 0;
        let rows = all.rows_by_word();
        let mut texts: Vec<(SmolStr, usize)> = std::mem::take(&mut all.numbers).into_iter().collect();
        texts.sort_unstable();
        let words = self.find_or_add(&texts);
        for (&(word, is_new), numbers) in words.iter().zip(rows.iter()) {
            let list = self.rows.get_mut(word.index());
            if is_new && numbers.is_sorted() {
                *list = Postings::from_sorted(numbers);
            } else {
                // A block number that was free before may be less than those of older blocks.
                for &number in numbers {
                    list.insert(number);
                }
            }
        }
        for (text, number) in &texts {
            if let (word, true) = words[*number] {
                terms(text).for_each(|term| self.find_by_pieces(word, term));
            }
        }
        let many = texts.iter().filter(|(text, _)| text.starts_with(is_word_char)).map(|&(_, number)| words[number].0);
        let many: Vec<WordId> =
            many.filter(|&word| self.neighbours.is_many(self.rows(word).len(), self.names_len)).collect();
        if is_load {
            self.grams.shrink_to_fit();
            // All rows of these words are listed with their neighbours now.
            for &word in &many {
                self.neighbours.add_broad(word, Postings::default());
            }
        }
        self.list_all_neighbours(&all, &words);
        for word in many {
            self.become_broad(word);
        }
    }

    /// Lists many rows under the words that are neighbours in their names. `words` has the words by number.
    fn list_all_neighbours(&mut self, all: &Occurrences, words: &[(WordId, bool)]) {
        let broad: Vec<bool> = words.iter().map(|&(word, _)| self.neighbours.is_broad(word)).collect();
        let is_listed = |first, second| first == second || broad[first] && broad[second];
        let neighbours = all.neighbours(is_listed, words);
        for same in neighbours.chunk_by(|(one, _), (other, _)| one == other) {
            let rows: Vec<u32> = same.iter().map(|&(_, row)| row).collect();
            self.neighbours.insert_all(same[0].0, &rows);
        }
    }

    /// The words with these texts, by the numbers beside the texts, which are 0 and on; true beside each that is new in the
    /// dictionary. New words get their ids in the order of the numbers: words that were met first, which are the frequent
    /// ones, stand together.
    fn find_or_add(&mut self, texts: &[(SmolStr, usize)]) -> Vec<(WordId, bool)> {
        let mut by_number = vec![""; texts.len()];
        for (text, number) in texts {
            by_number[*number] = text;
        }
        let find_or_add = |text: &str| match self.dictionary.find(text) {
            Some(word) => (word, false),
            None => (self.dictionary.insert(text), true),
        };
        by_number.into_iter().map(find_or_add).collect()
    }
}
