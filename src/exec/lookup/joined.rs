//! The rows in whose names a text is joined: `skysports` for `Sky Sports`.
//!
//! The dictionary tells into which words the text can be cut. For two broad words, and for a word that follows itself, the
//! rows in whose names they are neighbours are listed. The rows of other words are intersected, shortest list first, and the
//! names of the rows that are left are read.

use smol_str::SmolStr;

use super::found_rows::FoundRows;
use super::ladder::{Ladder, Wanted};
use super::word_matches::WordMatches;
use crate::index::words::WordIndex;
use crate::index::words::joined::Cut;
use crate::index::words::neighbours::NeighbourRows;
use crate::index::words::word_id::WordId;
use crate::persist::prefetch::READ_TOGETHER;
use crate::plan::Planner;
use crate::plan::cost::JOINED_ROWS_MAX;
use crate::rows::postings::Postings;
use crate::rows::row::Row;
use crate::text::joined::is_joined_in;

/// The rows in whose names a text is joined.
#[derive(Clone, Debug)]
pub(super) struct JoinedRows {
    pub(super) rows: Postings,
    /// About how long it takes to find all of them.
    pub(super) cost_ns: u64,
    /// Whether these are all, and not only those that are wanted.
    pub(super) has_all: bool,
}

impl JoinedRows {
    pub(super) const NONE: Self = Self { rows: Postings::EMPTY, cost_ns: 0, has_all: true };
}

/// The rows of one text, while they are searched for.
#[derive(Default)]
struct JoinedSearch {
    /// Rows in whose names the text is joined.
    found: Vec<Row>,
    /// Rows whose names have to be read.
    unsure: Vec<Row>,
    rows_searched: usize,
}

impl Ladder<'_, '_> {
    /// The rows in whose names a text is joined. With `borders`, at least those where one of these bytes of the text is inside
    /// a word of the name.
    ///
    /// Costs what the [cuts](WordIndex::cuts) cost, and for each cut the shorter list of its first two words, or their list of
    /// neighbours. The names of the rows that have all words of a cut are read.
    pub(super) fn joined(&self, text: &str, borders: &[usize], wanted: Wanted) -> JoinedRows {
        let index = self.view.words;
        let cuts = self.cuts(text, borders);
        if cuts.as_ref().is_some_and(Vec::is_empty) {
            return JoinedRows::NONE;
        }
        let mut search = JoinedSearch::default();
        match cuts.filter(|cuts| cuts.iter().map(|cut| searched_len(index, cut)).sum::<usize>() <= JOINED_ROWS_MAX) {
            Some(cuts) => cuts.iter().for_each(|cut| self.search_cut(cut, &mut search)),
            None => search.unsure = self.with_first_and_second(text),
        }
        let JoinedSearch { mut found, mut unsure, rows_searched } = search;
        unsure.sort_unstable();
        unsure.dedup();
        let cost_ns = Planner::joined_ns(rows_searched as u64, unsure.len() as u64);
        let has_all = wanted == Wanted::All || !self.reads_passing_first(unsure.len());
        found.append(&mut self.with_names(unsure, wanted.once(!found.is_empty()), |name| is_joined_in(name, text)));
        found.sort_unstable();
        found.dedup();
        let numbers: Vec<u32> = found.into_iter().map(Row::number).collect();
        JoinedRows { rows: Postings::from_sorted(&numbers), cost_ns, has_all }
    }

    /// About how long it takes to find the rows in whose names a text is joined, in nanoseconds.
    pub(super) fn joined_ns(&self, text: &SmolStr) -> u64 {
        if self.known_joined(text).is_some() {
            return 0;
        }
        let cuts = self.cuts(text, &[]);
        if cuts.as_ref().is_some_and(Vec::is_empty) {
            self.known_joined.borrow_mut().push((text.clone(), JoinedRows::NONE));
            return 0;
        }
        let costs = cuts.iter().flatten().map(|cut| Planner::joined_ns(searched_len(self.view.words, cut) as u64, 0));
        let cost = if cuts.is_none() { Planner::joined_ns(JOINED_ROWS_MAX as u64, 0) } else { costs.sum() };
        self.known_cuts.borrow_mut().push((text.clone(), cuts));
        cost
    }

    /// The cuts of a text, which may have been found to estimate costs.
    fn cuts(&self, text: &str, borders: &[usize]) -> Option<Vec<Cut>> {
        let mut known = self.known_cuts.borrow_mut();
        match known.iter().position(|(of, _)| of == text && borders.is_empty()) {
            Some(at) => known.swap_remove(at).1,
            None => self.view.words.cuts(text, borders),
        }
    }

    /// Searches one cut.
    fn search_cut(&self, cut: &Cut, search: &mut JoinedSearch) {
        let index = self.view.words;
        let mut last: Vec<WordId> = cut.last.clone();
        if let [first] = cut.whole.as_slice() {
            last.retain(|&last| !search.take_listed(index, *first, last));
        }
        if last.is_empty() {
            return;
        }
        let pieces = cut.whole.iter().map(|&word| vec![word]).chain([last]);
        let mut pieces: Vec<WordMatches> = pieces.map(|words| WordMatches::of_words(index, words)).collect();
        let rows = if let Some((at, rows)) = broad_neighbours(index, cut) {
            search.rows_searched += searched_among(&rows);
            pieces.drain(at..at + 2);
            pieces.sort_by_key(WordMatches::rows_sum);
            let mut rows = rows_of_neighbours(index, [cut.whole[at], cut.whole[at + 1]], &rows);
            rows.sort_unstable();
            rows.dedup();
            FoundRows::Listed(rows)
        } else {
            search.rows_searched += rarest_len(index, cut);
            pieces.sort_by_key(WordMatches::rows_sum);
            let rarest: Vec<WordMatches> = pieces.drain(..2).collect();
            self.intersect(&rarest.iter().collect::<Vec<_>>())
        };
        search.unsure.extend(self.with_pieces(rows, &pieces).into_listed());
    }

    /// Of some rows, those that may have more pieces. If few rows are left, reading their names costs less than the rows of more
    /// pieces.
    fn with_pieces(&self, mut rows: FoundRows, pieces: &[WordMatches]) -> FoundRows {
        for piece in pieces {
            if rows.len() <= READ_TOGETHER as u64 {
                break;
            }
            rows = rows.narrowed(self.view, piece);
        }
        rows
    }

    /// The rows that have any of the first words of cuts and any of the second ones.
    fn with_first_and_second(&self, text: &str) -> Vec<Row> {
        let index = self.view.words;
        let [first, second] = index.first_and_second_words(text).map(|words| WordMatches::of_words(index, words));
        self.intersect(&[&first, &second]).into_listed()
    }
}

impl JoinedSearch {
    /// Takes the rows that are listed for two broad words; false if one of them is not broad.
    fn take_listed(&mut self, index: &WordIndex, first: WordId, second: WordId) -> bool {
        let Some(rows) = index.neighbours(first, second) else { return false };
        self.rows_searched += searched_among(&rows);
        let NeighbourRows { listed, earlier } = rows;
        let listed_rows = listed.into_iter().flat_map(Postings::iter).map(Row::from_number);
        self.found.extend(listed_rows);
        let unlisted = NeighbourRows { listed: None, earlier };
        self.unsure.extend(rows_of_neighbours(index, [first, second], &unlisted));
        true
    }
}

/// Of a cut into more than two words, the place of two broad neighbours whose list is shortest, and what is known about them.
fn broad_neighbours<'a>(index: &'a WordIndex, cut: &Cut) -> Option<(usize, NeighbourRows<'a>)> {
    let pairs = cut.whole.windows(2).enumerate();
    let known = pairs.filter_map(|(at, words)| Some((at, index.neighbours(words[0], words[1])?)));
    known.min_by_key(|(_, rows)| searched_among(rows))
}

/// How many rows are searched of two broad neighbours.
fn searched_among(rows: &NeighbourRows<'_>) -> usize {
    rows.listed.map_or(0, Postings::len) + rows.earlier_len()
}

/// The rows of two words that are or were broad, whose names may have one behind the other; some more than once.
fn rows_of_neighbours(index: &WordIndex, words: [WordId; 2], rows: &NeighbourRows<'_>) -> Vec<Row> {
    let listed = rows.listed.into_iter().flat_map(Postings::iter);
    let [first, second] = words.map(|word| index.rows(word));
    let [of_first, of_second] = [(rows.earlier[0], second), (rows.earlier[1], first)];
    let earlier = [of_first, of_second].into_iter().flat_map(|(earlier, other)| earlier.common(other));
    listed.chain(earlier).map(Row::from_number).collect()
}

/// How many rows are searched for a cut. Those of two broad words are listed, and only earlier ones are searched.
fn searched_len(index: &WordIndex, cut: &Cut) -> usize {
    let [first] = cut.whole.as_slice() else {
        return broad_neighbours(index, cut).map_or_else(|| rarest_len(index, cut), |(_, rows)| searched_among(&rows));
    };
    let (mut earlier, mut unlisted) = (0, 0);
    for &last in &cut.last {
        match index.neighbours(*first, last) {
            Some(rows) => earlier += rows.earlier_len(),
            None => unlisted += index.rows(last).len(),
        }
    }
    earlier + unlisted.min(index.rows(*first).len())
}

/// The rows of the rarest piece of a cut.
fn rarest_len(index: &WordIndex, cut: &Cut) -> usize {
    let len = |word: &WordId| index.rows(*word).len();
    let whole = cut.whole.iter().map(len);
    whole.chain([cut.last.iter().map(len).sum()]).min().unwrap_or(0)
}
