//! Writes of every kind, in an index in which few rows make a word broad, keep the lists of neighbours exact.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::index::words::neighbours::{NeighbourRows, Neighbours};
use crate::index::words::*;
use crate::text::joined::is_joined_in;

/// Rows that make a word broad here.
const ROWS_MIN: usize = 3;

/// A write: to a row, or to many.
#[derive(Clone, Debug)]
enum Write {
    Put(u32, String),
    Remove(u32),
    Move(u32, u32),
    PutMany(Vec<String>),
}

fn name() -> impl Strategy<Value = String> {
    "(a|b|c|ab|é)?([ -](a|b|c|ab|é)){0,4}( \\+ b)?"
}

fn write() -> impl Strategy<Value = Write> {
    prop_oneof![
        6 => (0..24_u32, name()).prop_map(|(row, name)| Write::Put(row, name)),
        2 => (0..24_u32).prop_map(Write::Remove),
        2 => (0..24_u32, 0..24_u32).prop_map(|(from, to)| Write::Move(from, to)),
        1 => prop::collection::vec(name(), 0..12).prop_map(Write::PutMany),
    ]
}

#[derive(Default)]
struct Names(BTreeMap<u32, String>);

impl Names {
    fn write(&mut self, index: &mut WordIndex, write: Write) {
        let row = Row::from_number;
        match write {
            Write::Put(number, name) => match self.0.insert(number, name.clone()) {
                Some(old) => index.rename(row(number), &old, &name),
                None => index.insert(row(number), &name),
            },
            Write::Remove(number) => {
                if let Some(name) = self.0.remove(&number) {
                    index.remove(row(number), &name);
                }
            }
            Write::Move(from, to) => {
                if !self.0.contains_key(&to)
                    && let Some(name) = self.0.remove(&from)
                {
                    index.relocate(row(from), row(to), &name);
                    self.0.insert(to, name);
                }
            }
            Write::PutMany(names) => {
                let first = self.0.keys().next_back().map_or(0, |last| last + 1);
                let numbered: Vec<(u32, String)> = (first..).zip(names).collect();
                index.insert_all(&mut numbered.iter().map(|(number, name)| (row(*number), name.as_str())));
                self.0.extend(numbered);
            }
        }
    }

    /// The rows that the lists and the names of earlier rows give for two words.
    fn found(&self, rows: &NeighbourRows<'_>, text: &str) -> Vec<u32> {
        let mut found: Vec<u32> = rows.listed.into_iter().flat_map(Postings::iter).collect();
        let earlier = rows.earlier.into_iter().flat_map(Postings::iter);
        let is_joined = |row: &u32| self.0.get(row).is_some_and(|name| is_joined_in(name, text));
        found.extend(earlier.filter(is_joined));
        found.sort_unstable();
        found.dedup();
        found
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn neighbours_of_broad_words_are_listed_through_all_writes(writes in prop::collection::vec(write(), 1..60)) {
        let mut index = WordIndex { neighbours: Neighbours::with_rows_min(ROWS_MIN), ..WordIndex::default() };
        let mut names = Names::default();
        for write in writes {
            names.write(&mut index, write);
            index.check_invariants(&mut names.0.iter().map(|(&number, name)| (Row::from_number(number), name.as_str())));
        }
        // Of one text there is one cut only, so the names that have it joined are those of the two words.
        for [first, second] in [["b", "c"], ["c", "c"], ["c", "b"], ["é", "b"], ["b", "é"]] {
            let Some(words) = index.find(&fold(first)).zip(index.find(&fold(second))) else { continue };
            let Some(rows) = index.neighbours(words.0, words.1) else { continue };
            let text = fold(&format!("{first}{second}")).into_owned();
            let expected = names.0.iter().filter(|(_, name)| is_joined_in(name, &text)).map(|(&number, _)| number);
            prop_assert_eq!(names.found(&rows, &text), expected.collect::<Vec<_>>(), "{} in {:?}", text, names.0);
        }
    }
}
