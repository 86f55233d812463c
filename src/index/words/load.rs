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
use crate::index::words::word_id::WordId;
use crate::persist::counting_sort::Groups;
use crate::rows::postings::Postings;
use crate::rows::row::Row;
use crate::text::fold::fold;
use crate::text::term::terms;

/// The words of many names.
// Invariants:
//   numbers holds 0..latest.len(), each under its word; words has those numbers
//   row i, of rows, has the words from ends[i − 1] up to ends[i], each once; latest[w] is the latest row of word w
#[derive(Default)]
struct Occurrences {
    numbers: HashMap<SmolStr, usize>,
    latest: Vec<Row>,
    words: Vec<u32>,
    rows: Vec<Row>,
    ends: Vec<usize>,
}

impl Occurrences {
    #[allow(clippy::cast_possible_truncation, reason = "words are numbered within 32 bits")]
    fn push(&mut self, row: Row, name: &str) {
        for term in terms(&fold(name)) {
            let text = term.text();
            let word = self.numbers.get(text).copied().unwrap_or_else(|| {
                self.numbers.insert(SmolStr::new(text), self.latest.len());
                self.latest.len()
            });
            match self.latest.get_mut(word) {
                Some(latest) if *latest == row => continue,
                Some(latest) => *latest = row,
                None => self.latest.push(row),
            }
            self.words.push(word as u32);
        }
        self.rows.push(row);
        self.ends.push(self.words.len());
    }

    /// The rows of each word, in the order of the words.
    fn rows_by_word(&self) -> Groups<u32> {
        let pairs = (0..self.rows.len()).flat_map(|index| {
            let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
            let number = self.rows[index].number();
            self.words[start..self.ends[index]].iter().map(move |&word| (word as usize, number))
        });
        Groups::new(self.latest.len(), pairs)
    }
}

impl WordIndex {
    /// Adds rows that have no name yet, each once. Costs less a row than [`insert`](Self::insert), the more so the more rows
    /// there are.
    pub(crate) fn insert_all<'a>(&mut self, names: impl Iterator<Item = (Row, &'a str)>) {
        let mut all = Occurrences::default();
        for (row, name) in names {
            all.push(row, name);
        }
        self.journal.extend(&all.rows);
        let is_load = self.dictionary.len() == 0;
        let rows = all.rows_by_word();
        let mut texts: Vec<(SmolStr, usize)> = all.numbers.into_iter().collect();
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
        if is_load {
            self.grams.shrink_to_fit();
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
