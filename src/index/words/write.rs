//! The writes of the word index: rows that come, go, get another name or another number.
//!
//! All terms of a name are looked up before any of their posting lists is written, side by side: their memory lies far apart,
//! and is waited for once a stage rather than once a term.

use super::neighbours::PairKey;
use super::{WordIndex, trie_keys};
use crate::index::words::word_id::WordId;
use crate::persist::hash_table::Candidates;
use crate::persist::prefetch::read_together;
use crate::rows::row::Row;
use crate::text::fold::fold;
use crate::text::term::{Term, terms};

/// The terms of a name, looked up.
// Invariants:
//   known ascends by word, each once; new has the terms that the dictionary lacks, with repeats
//   neighbours has each two known words that follow one another and whose rows are listed; new_twice has the new words that
//     follow themselves
struct LookedUp<'a> {
    known: Vec<(WordId, Term<'a>)>,
    new: Vec<Term<'a>>,
    neighbours: Vec<PairKey>,
    new_twice: Vec<&'a str>,
}

impl LookedUp<'_> {
    fn has(&self, word: WordId) -> bool {
        self.known.binary_search_by_key(&word, |&(known, _)| known).is_ok()
    }
}

impl WordIndex {
    /// Adds a row with this name. Costs a look-up and an insertion per word, and for a word that is new its place in trie
    /// and grams.
    pub(crate) fn insert(&mut self, row: Row, name: &str) {
        self.journal.push(row);
        let folded = fold(name);
        self.seams.insert_name(&folded);
        self.names_len += 1;
        let found = self.look_up(row, &folded);
        for &(word, _) in &found.known {
            self.rows.get_mut(word.index()).insert(row.number());
        }
        self.list_neighbours(row, &found);
        self.insert_new(row, &found);
    }

    /// Takes out a row that has this name. A word that no row has any more goes with it.
    pub(crate) fn remove(&mut self, row: Row, name: &str) {
        self.journal.push(row);
        let folded = fold(name);
        self.seams.remove_name(&folded);
        self.names_len -= 1;
        let found = self.look_up(row, &folded);
        found.neighbours.iter().for_each(|&pair| self.neighbours.remove(pair, row));
        for (word, term) in found.known {
            self.remove_term(row, word, term);
        }
    }

    /// Gives a row another name. Words that both have stay as they are.
    pub(crate) fn rename(&mut self, row: Row, old_name: &str, new_name: &str) {
        self.journal.push(row);
        let (old_folded, new_folded) = (fold(old_name), fold(new_name));
        self.seams.insert_name(&new_folded);
        self.seams.remove_name(&old_folded);
        let (old, new) = (self.look_up(row, &old_folded), self.look_up(row, &new_folded));
        for &(word, _) in new.known.iter().filter(|&&(word, _)| !old.has(word)) {
            self.rows.get_mut(word.index()).insert(row.number());
        }
        old.neighbours.iter().for_each(|&pair| self.neighbours.remove(pair, row));
        self.list_neighbours(row, &new);
        self.insert_new(row, &new);
        for &(word, term) in old.known.iter().filter(|&&(word, _)| !new.has(word)) {
            self.remove_term(row, word, term);
        }
    }

    /// Moves a row with this name to another row number.
    pub(crate) fn relocate(&mut self, from: Row, to: Row, name: &str) {
        self.journal.push(from);
        self.journal.push(to);
        let folded = fold(name);
        let found = self.look_up(from, &folded);
        for &pair in &found.neighbours {
            self.neighbours.insert(pair, to);
            self.neighbours.remove(pair, from);
        }
        for (word, _) in found.known {
            let rows = self.rows.get_mut(word.index());
            rows.insert(to.number());
            rows.remove(from.number());
        }
    }

    /// Looks up the terms of a folded name that a row has or gets.
    fn look_up<'a>(&self, row: Row, folded: &'a str) -> LookedUp<'a> {
        let listed: Vec<(Term<'a>, Candidates<'_>)> =
            terms(folded).map(|term| (term, self.dictionary.bucket(term.text()))).collect();
        let known = Vec::with_capacity(listed.len());
        let mut found = LookedUp { known, new: Vec::new(), neighbours: Vec::new(), new_twice: Vec::new() };
        let mut last: Option<(&str, Option<WordId>)> = None;
        for (term, listed) in listed {
            let known = self.dictionary.find_in_bucket(listed, term.text());
            match known {
                Some(word) => found.known.push((word, term)),
                None => found.new.push(term),
            }
            if let Term::Word(text) = term {
                match (last.replace((text, known)), known) {
                    (Some((_, Some(first))), Some(second)) if self.neighbours.lists(first, second) => {
                        found.neighbours.push(PairKey::new(first, second));
                    }
                    (Some((last, None)), None) if last == text => found.new_twice.push(text),
                    _ => {}
                }
            }
        }
        found.neighbours.dedup();
        found.new_twice.dedup();
        let lists = found.known.iter().map(|&(word, _)| self.rows(word));
        read_together(lists.map(|list| list.prefetch(row.number())));
        found.known.sort_unstable_by_key(|&(word, _)| word);
        found.known.dedup_by_key(|&mut (word, _)| word);
        found
    }

    /// Lists a row under the known words that are neighbours in its name, and makes words broad that have got many rows.
    fn list_neighbours(&mut self, row: Row, found: &LookedUp<'_>) {
        found.neighbours.iter().for_each(|&pair| self.neighbours.insert(pair, row));
        for &(word, term) in &found.known {
            let is_word = matches!(term, Term::Word(_));
            if is_word && self.neighbours.is_many(self.rows(word).len(), self.names_len) {
                self.become_broad(word);
            }
        }
    }

    /// Makes a word broad, if it is not. The rows that it has already are its earlier ones.
    pub(super) fn become_broad(&mut self, word: WordId) {
        if !self.neighbours.is_broad(word) {
            self.neighbours.add_broad(word, self.rows(word).clone());
        }
    }

    /// Lists a row under the new words of its name.
    fn insert_new(&mut self, row: Row, found: &LookedUp<'_>) {
        for &term in &found.new {
            // One that stands twice in a name is there the second time.
            let word = self.dictionary.find(term.text()).unwrap_or_else(|| self.add_word(term));
            self.rows.get_mut(word.index()).insert(row.number());
        }
        for word in found.new_twice.iter().filter_map(|text| self.dictionary.find(text)) {
            self.neighbours.insert(PairKey::new(word, word), row);
        }
    }

    fn remove_term(&mut self, row: Row, word: WordId, term: Term<'_>) {
        let rows = self.rows.get_mut(word.index());
        rows.remove(row.number());
        if rows.is_empty() {
            self.remove_word(word, term);
        }
    }

    fn add_word(&mut self, term: Term<'_>) -> WordId {
        let id = self.dictionary.insert(term.text());
        self.find_by_pieces(id, term);
        id
    }

    /// Lets a word of the dictionary be found by its pieces too.
    pub(super) fn find_by_pieces(&mut self, id: WordId, term: Term<'_>) {
        if let Term::Word(word) = term {
            for (key, kind) in trie_keys(word) {
                self.trie.insert(key, kind, id);
            }
            self.grams.insert(word, id, &self.dictionary);
        }
    }

    fn remove_word(&mut self, id: WordId, term: Term<'_>) {
        if let Term::Word(word) = term {
            for (key, kind) in trie_keys(word) {
                self.trie.remove(key, kind, id);
            }
            self.grams.remove(word, id, &self.dictionary);
            self.neighbours.remove_broad(id);
        }
        self.dictionary.remove(id);
    }
}
