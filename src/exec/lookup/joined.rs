//! The rows in whose names a text is joined: `skysports` for `Sky Sports`.
//!
//! The dictionary tells into which words the text can be cut. The rows of these words are intersected, and the names of the
//! rows that are left tell whether the words stand side by side.

use std::hint::black_box;

use super::ladder::Ladder;
use super::word_matches::WordMatches;
use crate::index::record::Records;
use crate::plan::{Planner, WordStatistics};
use crate::rows::postings::Postings;
use crate::rows::row::Row;
use crate::text::fold::fold;
use crate::text::joined::is_joined;
use crate::text::words::words;

/// Names that are fetched from memory before the first of them is read.
const PREFETCHED_NAMES: usize = 32;

/// The rows in whose names a text is joined, and the cost of finding them.
#[derive(Clone, Debug, Default)]
pub(super) struct JoinedRows {
    pub(super) rows: Postings,
    pub(super) cost_ns: u64,
}

impl<R: Records> Ladder<'_, '_, R> {
    /// The rows in whose names a text is joined. With `borders`, those where one of these bytes of the text is inside a word
    /// of the name.
    pub(super) fn joined(&self, text: &str, borders: &[usize]) -> JoinedRows {
        let cuts = self.view.words.cuts(text, borders);
        let (mut rows, mut cost_ns) = (Vec::new(), 0);
        for cut in &cuts {
            let pieces = cut.pieces.iter().map(|words| WordMatches::of_words(self.view.words, words.clone()));
            let pieces: Vec<WordMatches> = pieces.collect();
            let found = self.intersect(&pieces.iter().collect::<Vec<_>>());
            cost_ns += self.planner.intersection_ns(self.view.row_numbers(), &statistics(&pieces));
            rows.extend(found.into_listed());
        }
        if rows.is_empty() {
            return JoinedRows { rows: Postings::default(), cost_ns };
        }
        rows.sort_unstable();
        rows.dedup();
        cost_ns += Planner::names_ns(rows.len() as u64);
        let numbers: Vec<u32> = self.with_joined(&rows, text).into_iter().map(Row::number).collect();
        JoinedRows { rows: Postings::from_sorted(&numbers), cost_ns }
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

fn has_joined(name: &str, text: &str) -> bool {
    let folded = fold(name);
    let name_words: Vec<&str> = words(&folded).collect();
    is_joined(&name_words, text)
}

fn statistics(words: &[WordMatches]) -> Vec<WordStatistics> {
    words.iter().map(WordMatches::statistics).collect()
}
