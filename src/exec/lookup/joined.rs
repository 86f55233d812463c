//! The rows in whose names a text is joined: `skysports` for `Sky Sports`.
//!
//! The dictionary tells into which words the text can be cut. The rows of these words are intersected, shortest list first. The
//! stored order of the words of a name tells which of the rows have the words side by side. Names without an order are read,
//! and so are the names of a few rows where many words could follow.

use std::hint::black_box;

use super::ladder::Ladder;
use super::word_matches::WordMatches;
use crate::index::record::Records;
use crate::index::words::WordIndex;
use crate::index::words::joined::Cut;
use crate::index::words::word_order::WordSequence;
use crate::plan::Planner;
use crate::plan::cost::{JOINED_ROWS_MAX, LISTS_PER_NAME};
use crate::rows::postings::Postings;
use crate::rows::row::Row;
use crate::text::fold::fold;
use crate::text::joined::is_joined;
use crate::text::words::words;

/// Names that are fetched from memory before the first of them is read.
const PREFETCHED_NAMES: usize = 32;

/// The rows in whose names a text is joined, and about how long it took to find them.
#[derive(Clone, Debug, Default)]
pub(super) struct JoinedRows {
    pub(super) rows: Postings,
    pub(super) cost_ns: u64,
}

/// The search for the rows of one text.
struct JoinedSearch<'a> {
    index: &'a WordIndex,
    /// Rows in whose names the text is joined.
    found: Vec<Row>,
    /// Rows whose names have to be read.
    unsure: Vec<Row>,
    rows_searched: usize,
}

impl<R: Records> Ladder<'_, '_, R> {
    /// The rows in whose names a text is joined. With `borders`, at least those where one of these bytes of the text is inside
    /// a word of the name.
    ///
    /// Costs two walks down the trie for each place at which the text may be cut, and for each cut the shorter list of its
    /// first two words.
    pub(super) fn joined(&self, text: &str, borders: &[usize]) -> JoinedRows {
        let index = self.view.words;
        let cuts = index.cuts(text, borders);
        if cuts.as_ref().is_some_and(Vec::is_empty) {
            return JoinedRows::default();
        }
        let mut search = JoinedSearch { index, found: Vec::new(), unsure: Vec::new(), rows_searched: 0 };
        match cuts.filter(|cuts| cuts.iter().map(|cut| search.rarest_len(cut)).sum::<usize>() <= JOINED_ROWS_MAX) {
            Some(cuts) => cuts.iter().for_each(|cut| search.cut(cut)),
            None => search.unsure = self.with_first_and_second(text),
        }
        let JoinedSearch { mut found, mut unsure, rows_searched, .. } = search;
        unsure.sort_unstable();
        unsure.dedup();
        found.extend(self.with_joined(&unsure, text));
        found.sort_unstable();
        found.dedup();
        let numbers: Vec<u32> = found.into_iter().map(Row::number).collect();
        let cost_ns = Planner::joined_ns(rows_searched as u64, unsure.len() as u64);
        JoinedRows { rows: Postings::from_sorted(&numbers), cost_ns }
    }

    /// The rows that have any of the first words of cuts and any of the second ones.
    fn with_first_and_second(&self, text: &str) -> Vec<Row> {
        let index = self.view.words;
        let [first, second] = index.first_and_second_words(text).map(|words| WordMatches::of_words(index, words));
        self.intersect(&[&first, &second]).into_listed()
    }

    /// Of some rows, those in whose names the text is joined. Names lie anywhere in memory, so some are fetched together.
    fn with_joined(&self, rows: &[Row], text: &str) -> Vec<Row> {
        let names = self.view.names();
        let mut found = Vec::with_capacity(rows.len());
        for rows in rows.chunks(PREFETCHED_NAMES) {
            let mut fetched = [""; PREFETCHED_NAMES];
            fetched.iter_mut().zip(rows).for_each(|(name, &row)| *name = names.get(row).unwrap_or_default());
            black_box(fetched.iter().filter_map(|name| name.as_bytes().first()).fold(0, |sum: u8, &byte| sum ^ byte));
            let named = rows.iter().zip(fetched).filter(|(_, name)| has_joined(name, text));
            found.extend(named.map(|(&row, _)| row));
        }
        found
    }
}

impl JoinedSearch<'_> {
    /// The rows of the rarest piece of a cut.
    fn rarest_len(&self, cut: &Cut) -> usize {
        let whole = cut.whole.iter().map(|&word| self.index.rows(word).len());
        whole.chain([self.last_len(cut)]).min().unwrap_or(0)
    }

    fn last_len(&self, cut: &Cut) -> usize {
        cut.last.iter().map(|&word| self.index.rows(word).len()).sum()
    }

    /// Searches one cut, from its rarest piece on.
    fn cut(&mut self, cut: &Cut) {
        let index = self.index;
        let mut lists: Vec<&Postings> = cut.whole.iter().map(|&word| index.rows(word)).collect();
        lists.sort_by_key(|list| list.len());
        let sequence = cut.whole.iter().fold(WordSequence::default(), |all, &word| all.with(index.text(word)));
        if self.last_len(cut) < lists[0].len() {
            self.from_last_words(cut, &sequence, &lists);
        } else {
            self.from_whole_words(cut, &sequence, &lists);
        }
    }

    /// Takes the rows of each last word, and of these those that have the words before it.
    fn from_last_words(&mut self, cut: &Cut, sequence: &WordSequence, lists: &[&Postings]) {
        let index = self.index;
        for &last in &*cut.last {
            let rows = self.common(index.rows(last), lists);
            if !rows.is_empty() {
                let found = self.ordered(rows, &sequence.with(index.text(last)));
                self.found.extend(found);
            }
        }
    }

    /// Takes the rows that have the words before the last one side by side, and of these those that have a last word.
    fn from_whole_words(&mut self, cut: &Cut, sequence: &WordSequence, lists: &[&Postings]) {
        let index = self.index;
        if let ([list], [last]) = (lists, &*cut.last) {
            let rows = self.common(list, &[index.rows(*last)]);
            let found = self.ordered(rows, &sequence.with(index.text(*last)));
            return self.found.extend(found);
        }
        let mut rows = self.common(lists[0], &lists[1..]);
        if lists.len() > 1 {
            rows = self.ordered(rows, sequence);
        }
        if rows.len() * LISTS_PER_NAME < cut.last.len() {
            return self.unsure.append(&mut rows);
        }
        let rows = Postings::from_sorted(&rows.into_iter().map(Row::number).collect::<Vec<_>>());
        for &last in &*cut.last {
            let other = index.rows(last);
            let (short, long) = if rows.len() < other.len() { (&rows, other) } else { (other, &rows) };
            let common = self.common(short, &[long]);
            if !common.is_empty() {
                let found = self.ordered(common, &sequence.with(index.text(last)));
                self.found.extend(found);
            }
        }
    }

    /// The rows of a list that all others have, ascending.
    fn common(&mut self, list: &Postings, others: &[&Postings]) -> Vec<Row> {
        self.rows_searched += list.len();
        let Some((first, others)) = others.split_first() else {
            return list.iter().map(Row::from_number).collect();
        };
        let mut rows: Vec<Row> = list.common(first).into_iter().map(Row::from_number).collect();
        for other in others {
            let mut search = other.search();
            rows.retain(|row| search.contains(row.number()));
        }
        rows
    }

    /// Of rows that have all words of a sequence, those that have them side by side. Those whose order does not tell are unsure.
    fn ordered(&mut self, mut rows: Vec<Row>, sequence: &WordSequence) -> Vec<Row> {
        let (index, unsure) = (self.index, &mut self.unsure);
        rows.retain(|&row| {
            index.order(row).has(sequence).unwrap_or_else(|| {
                unsure.push(row);
                false
            })
        });
        rows
    }
}

fn has_joined(name: &str, text: &str) -> bool {
    let folded = fold(name);
    let name_words: Vec<&str> = words(&folded).collect();
    is_joined(&name_words, text)
}
