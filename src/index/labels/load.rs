//! The labels of many rows at once: each distinct label is looked up once, and its rows are appended to its list together.
//!
//! ```text
//! row 7   queue=eu-1 · owner=ci       occurrences   0 1 · 0 2      (labels by the order of their first)
//! row 9   queue=eu-1 · owner=lee      rows by label 0: 7 9 · 1: 7 · 2: 9
//! ```
//! Occurrences are counted by label and put in place in one pass, so that a new list is one allocation of its size.

use std::collections::HashMap;

use super::Labels;
use crate::index::labels::label_id::LabelId;
use crate::index::record::RecordLabels;
use crate::persist::counting_sort::Groups;
use crate::rows::postings::Postings;
use crate::rows::row::Row;

/// The labels of many rows.
// Invariants:
//   numbers holds 0..texts.len(), each under its label, and texts has the label of each number
//   row i, of rows, has the labels from ends[i − 1] up to ends[i], each once; latest[l] is the latest row of label l
#[derive(Default)]
struct LabelOccurrences<'l> {
    numbers: HashMap<(&'l str, &'l str), u32>,
    texts: Vec<(&'l str, &'l str)>,
    latest: Vec<Row>,
    labels: Vec<u32>,
    rows: Vec<Row>,
    ends: Vec<usize>,
}

impl<'l> LabelOccurrences<'l> {
    /// Adds a row, unless it has no label.
    fn push(&mut self, row: Row, labels: RecordLabels<'l>) {
        let start = self.labels.len();
        for label in labels {
            let number = self.number(label);
            match self.latest.get_mut(number as usize) {
                Some(latest) if *latest == row => continue,
                Some(latest) => *latest = row,
                None => self.latest.push(row),
            }
            self.labels.push(number);
        }
        if self.labels.len() > start {
            self.rows.push(row);
            self.ends.push(self.labels.len());
        }
    }

    /// The number of a label, which is new if this is its first row.
    #[allow(clippy::cast_possible_truncation, reason = "labels are numbered within 32 bits")]
    fn number(&mut self, label: (&'l str, &'l str)) -> u32 {
        let next = self.texts.len() as u32;
        let number = *self.numbers.entry(label).or_insert(next);
        if number == next {
            self.texts.push(label);
        }
        number
    }

    /// The rows of each of some lists, in the order of the lists, where `list_of` names the list of each label. Rows that
    /// have several labels of one list repeat there, side by side.
    fn rows_by(&self, lists_end: usize, list_of: impl Fn(u32) -> usize + Copy) -> Groups<u32> {
        let pairs = (0..self.rows.len()).flat_map(|index| {
            let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
            let number = self.rows[index].number();
            self.labels[start..self.ends[index]].iter().map(move |&label| (list_of(label), number))
        });
        Groups::new(lists_end, pairs)
    }
}

impl Labels {
    /// Adds rows that are not there yet, each once, with their labels. Costs less a row than [`insert`](Self::insert), the
    /// more so the more rows there are and the more they ascend.
    pub(crate) fn insert_all(&mut self, records: &mut dyn Iterator<Item = (Row, RecordLabels<'_>)>) {
        let mut all = LabelOccurrences::default();
        for (row, labels) in records {
            all.push(row, labels);
        }
        if all.rows.is_empty() {
            return;
        }
        self.journal.extend(&all.rows);
        let labels = self.find_or_add(&all.texts);
        for (&label, rows) in labels.iter().zip(all.rows_by(labels.len(), |label| label as usize).iter()) {
            let list = self.rows.get_mut(label.index());
            let len_before = list.len();
            append(list, rows);
            let len = list.len();
            self.regroup(label, len_before, len);
        }
        self.append_to_keys(&all, &labels);
    }

    /// The labels with these texts, in their order; no two texts are equal. Adds those that the dictionary lacks.
    fn find_or_add(&mut self, texts: &[(&str, &str)]) -> Vec<LabelId> {
        if self.dictionary.lens() == (0, 0) {
            return self.dictionary.load(texts);
        }
        let find_or_add = |&(key, value): &(&str, &str)| {
            let label = self.dictionary.hashed(key, value);
            self.dictionary.find(label).unwrap_or_else(|| self.dictionary.insert(label))
        };
        texts.iter().map(find_or_add).collect()
    }

    /// Appends the rows to the lists of their keys. `labels` has the label of each number.
    fn append_to_keys(&mut self, all: &LabelOccurrences<'_>, labels: &[LabelId]) {
        let mut numbers = HashMap::new();
        let mut keys = Vec::new();
        let number_of = labels.iter().map(|&label| {
            let key = self.dictionary.key_of(label);
            *numbers.entry(key).or_insert_with(|| {
                keys.push(key);
                keys.len() - 1
            })
        });
        let number_of: Vec<usize> = number_of.collect();
        let groups = all.rows_by(keys.len(), |label| number_of[label as usize]);
        for (key, rows) in keys.into_iter().zip(groups.iter()) {
            let mut distinct = rows.to_vec();
            distinct.dedup();
            append(self.key_rows.get_mut(key.index()), &distinct);
        }
    }
}

/// Adds rows to a list, at once where the list is empty and the rows ascend.
fn append(list: &mut Postings, rows: &[u32]) {
    if list.is_empty() && rows.is_sorted_by(|a, b| a < b) {
        *list = Postings::from_sorted(rows);
        return;
    }
    // Rows mostly ascend, but a block number that was free before may be less than those of older blocks.
    for &row in rows {
        list.insert(row);
    }
}
