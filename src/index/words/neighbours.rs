//! The rows in whose names one broad word follows another: `sky sports`.
//!
//! Of two words that a text is cut into, most have few rows, whose names can be read. Two words with thousands of rows each
//! would take too long: so for two *broad* words, the rows in whose names the second follows the first are listed.
//!
//! ```text
//! sky     11,180 rows  ┐
//! sports  20,891 rows  ┴─ sky → sports  790 rows       listed: both are broad
//! cctv       650 rows  ──  cctv → 1                    not listed
//! ```
//! A word is broad from some thousand rows on, and stays so until it has none. Rows that it had before are not listed with
//! others; they are remembered instead, and their names are read.
//!
//! The rows in whose names a word follows itself are listed for all words: `bling bling`. They are few, and the lists of the
//! two words, which are the same list, would not tell them from the others.

use std::sync::Arc;

use crate::index::words::word_id::WordId;
use crate::persist::hash_table::HashTable;
use crate::persist::hasher::NumberHasher;
use crate::persist::slab::Slab;
use crate::rows::postings::Postings;
use crate::rows::row::Row;
use crate::text::words::words;

/// Rows from which on a word is broad, at least.
const BROAD_ROWS_MIN: usize = 5_000;

/// Names for each row of a broad word, at most. So lists stay few beside the names, however many names there are. At ten million names,
/// 256 instead of 1,024 take 1.2 bytes a job less and make writes up to a tenth faster, but keywords asked once a tenth slower.
const NAMES_PER_BROAD_ROW: usize = 1_024;

/// The earlier rows of a word that follows itself: all of its rows are listed.
static NO_ROWS: Postings = Postings::EMPTY;

/// The lists of broad neighbours.
// Invariants:
//   broad ascends by word
//   numbers has each number of pairs once, under the hash of its key; no list of pairs is empty
//   if the second of two broad words follows the first in the name of a row, then the row is in the list of both words, or it
//     is an earlier row of one of them; if a word follows itself, then the row is in the list; all rows of lists have such names
#[derive(Clone, Debug)]
pub(super) struct Neighbours {
    /// Rows from which on a word is broad, at least.
    rows_min: usize,
    broad: Arc<Vec<BroadWord>>,
    numbers: HashTable,
    pairs: Slab<PairRows>,
    hasher: NumberHasher,
}

#[derive(Clone, Debug)]
struct BroadWord {
    word: WordId,
    /// The rows that had the word when it became broad.
    earlier: Postings,
}

#[derive(Clone, Debug, Default)]
struct PairRows {
    key: PairKey,
    rows: Postings,
}

/// Two words, in the order of a name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PairKey(u64);

impl PairKey {
    pub(super) fn new(first: WordId, second: WordId) -> Self {
        Self(u64::from(first.get()) << 32 | u64::from(second.get()))
    }
}

/// What is known about two broad words.
pub(crate) struct NeighbourRows<'a> {
    /// Rows in whose names the second word follows the first.
    pub(crate) listed: Option<&'a Postings>,
    /// Rows of the first word, and of the second, whose names have to be read.
    pub(crate) earlier: [&'a Postings; 2],
}

impl NeighbourRows<'_> {
    /// How many rows have names that have to be read, at most.
    pub(crate) fn earlier_len(&self) -> usize {
        self.earlier.map(Postings::len).iter().sum()
    }
}

impl Default for Neighbours {
    fn default() -> Self {
        Self::with_rows_min(BROAD_ROWS_MIN)
    }
}

impl Neighbours {
    /// No lists yet. A word is broad from so many rows on.
    pub(super) fn with_rows_min(rows_min: usize) -> Self {
        let (broad, numbers, pairs, hasher) = <_>::default();
        Self { rows_min, broad, numbers, pairs, hasher }
    }

    /// Whether a word with so many rows becomes broad in a store of so many names.
    pub(super) fn is_many(&self, rows: usize, names: usize) -> bool {
        rows >= self.rows_min && rows * NAMES_PER_BROAD_ROW >= names
    }

    /// Whether a word is broad.
    pub(super) fn is_broad(&self, word: WordId) -> bool {
        self.place(word).is_ok()
    }

    /// Whether the rows are listed in whose names the second word follows the first.
    pub(super) fn lists(&self, first: WordId, second: WordId) -> bool {
        first == second || self.is_broad(first) && self.is_broad(second)
    }

    /// What is known about two words; `None` if the rows of their names are not listed.
    pub(super) fn rows(&self, first: WordId, second: WordId) -> Option<NeighbourRows<'_>> {
        if first == second {
            let listed = self.find(PairKey::new(first, second)).map(|number| &self.pairs.get(number).rows);
            return Some(NeighbourRows { listed, earlier: [&NO_ROWS; 2] });
        }
        let [Ok(one), Ok(other)] = [first, second].map(|word| self.place(word)) else { return None };
        let listed = self.find(PairKey::new(first, second)).map(|number| &self.pairs.get(number).rows);
        Some(NeighbourRows { listed, earlier: [&self.broad[one].earlier, &self.broad[other].earlier] })
    }

    /// Makes a word broad, which has these rows already.
    pub(super) fn add_broad(&mut self, word: WordId, earlier: Postings) {
        if let Err(at) = self.place(word) {
            Arc::make_mut(&mut self.broad).insert(at, BroadWord { word, earlier });
        }
    }

    /// Forgets a word that has no row any more.
    pub(super) fn remove_broad(&mut self, word: WordId) {
        if let Ok(at) = self.place(word) {
            Arc::make_mut(&mut self.broad).remove(at);
        }
    }

    /// Lists a row in whose name the second of two words follows the first.
    pub(super) fn insert(&mut self, key: PairKey, row: Row) {
        let number = self.find_or_add(key);
        self.pairs.get_mut(number).rows.insert(row.number());
    }

    /// Lists rows, which ascend, of a pair.
    pub(super) fn insert_all(&mut self, key: PairKey, rows: &[u32]) {
        let number = self.find_or_add(key);
        let list = &mut self.pairs.get_mut(number).rows;
        if list.is_empty() {
            *list = Postings::from_sorted(rows);
        } else {
            for &row in rows {
                list.insert(row);
            }
        }
    }

    /// Takes a row out, if it is listed.
    pub(super) fn remove(&mut self, key: PairKey, row: Row) {
        let Some(number) = self.find(key) else { return };
        let list = &mut self.pairs.get_mut(number).rows;
        list.remove(row.number());
        if list.is_empty() {
            self.pairs.remove(number);
            let hash = self.hasher.hash(key.0);
            self.numbers.remove(hash, number);
        }
    }

    /// The place of a broad word, or the place where it would stand.
    fn place(&self, word: WordId) -> Result<usize, usize> {
        self.broad.binary_search_by_key(&word, |broad| broad.word)
    }

    fn find(&self, key: PairKey) -> Option<u32> {
        self.numbers.candidates(self.hasher.hash(key.0)).find(|number| self.pairs.get(number).key == key)
    }

    fn find_or_add(&mut self, key: PairKey) -> u32 {
        self.find(key).unwrap_or_else(|| {
            let number = self.pairs.insert(PairRows { key, rows: Postings::default() });
            self.numbers.insert(self.hasher.hash(key.0), number);
            number
        })
    }

    /// Panics with the name of a broken invariant. `neighbours` has each two words that follow one another in a name, and the
    /// row.
    pub(super) fn check_invariants(&self, neighbours: impl Iterator<Item = (WordId, WordId, Row)>) {
        assert!(self.broad.is_sorted_by_key(|broad| broad.word), "broad ascends by word");
        self.numbers.check_invariants();
        assert_eq!(self.numbers.len(), self.pairs.len(), "numbers has each number of pairs once");
        let mut expected = std::collections::BTreeSet::new();
        for (first, second, row) in neighbours {
            let Some(NeighbourRows { listed, earlier }) = self.rows(first, second) else { continue };
            let is_listed = listed.is_some_and(|rows| rows.contains(row.number()));
            let is_earlier = earlier.iter().any(|rows| rows.contains(row.number()));
            assert!(is_listed || is_earlier, "neighbours of a row are listed, or it is an earlier row");
            if is_listed {
                expected.insert((PairKey::new(first, second), row));
            }
        }
        let mut listed = 0;
        for key in expected.iter().map(|&(key, _)| key).collect::<std::collections::BTreeSet<_>>() {
            let rows = &self.pairs.get(self.find(key).expect("a pair with rows has a number")).rows;
            rows.check_invariants();
            assert!(
                rows.iter().all(|row| expected.contains(&(key, Row::from_number(row)))),
                "all rows have such names"
            );
            listed += 1;
        }
        assert_eq!(listed, self.pairs.len(), "no list of pairs is empty");
    }
}

/// The words of a folded name, each with the one behind it.
pub(super) fn neighbours(folded: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut last = None;
    words(folded).filter_map(move |word| Some((last.replace(word)?, word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(neighbours: &Neighbours, first: WordId, second: WordId) -> Option<Vec<u32>> {
        neighbours.rows(first, second).map(|rows| rows.listed.map(|rows| rows.iter().collect()).unwrap_or_default())
    }

    #[test]
    fn rows_are_listed_for_two_broad_words_in_their_order() {
        let [sky, sports, rare] = [3, 1, 2].map(WordId::new);
        let mut neighbours = Neighbours::default();
        neighbours.add_broad(sky, Postings::from_sorted(&[7]));
        neighbours.add_broad(sports, Postings::default());
        for row in [9, 4] {
            neighbours.insert(PairKey::new(sky, sports), Row::from_number(row));
        }
        assert_eq!(listed(&neighbours, sky, sports), Some(vec![4, 9]));
        assert_eq!(listed(&neighbours, sports, sky), Some(Vec::new()));
        assert_eq!(listed(&neighbours, sky, rare), None);
        let earlier = neighbours.rows(sky, sports).expect("both are broad").earlier;
        assert_eq!(earlier.map(Postings::len), [1, 0]);
        for row in [9, 4, 4] {
            neighbours.remove(PairKey::new(sky, sports), Row::from_number(row));
        }
        assert_eq!((listed(&neighbours, sky, sports), neighbours.pairs.len()), (Some(Vec::new()), 0));
        neighbours.remove_broad(sky);
        assert_eq!(listed(&neighbours, sky, sports), None);
    }

    #[test]
    fn a_word_is_broad_by_its_rows_and_by_the_names() {
        for (rows, names, expected) in [(4_999, 10_000, false), (5_000, 10_000, true), (5_000, 10_000_000, false)] {
            assert_eq!(Neighbours::default().is_many(rows, names), expected, "{rows} rows of {names} names");
        }
    }
}
