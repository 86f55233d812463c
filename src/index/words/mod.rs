//! The word index: every distinct word of all names, and the rows whose names have it.
//!
//! A name is folded and cut into terms; each distinct one is stored once. A keyword is matched against words and never
//! against names:
//! ```text
//! "Café-TV 2" ── fold, cut ──> cafe · tv · 2          a name
//! "cafe"      ── fold, cut ──> cafe                   a keyword
//!                    trie: beginnings, typos · grams: insides, ends, starts of runs
//!                 ──> words of the dictionary ──> their posting lists
//! ```
//! The index finds the words that match one word of a keyword. Others decide how their posting lists are united and
//! intersected, and which of the results are cached.

mod bloom_filter;
mod dictionary;
mod grams;
pub(crate) mod joined;
mod load;
pub(crate) mod neighbours;
mod seams;
mod trie;
mod typo_grams;
pub(crate) mod word_id;
mod write;

#[cfg(test)]
mod broad_tests;
#[cfg(test)]
mod broken_index_tests;

use dictionary::Dictionary;
use grams::{GramSearch, Grams};
use neighbours::{Neighbours, neighbours};
use seams::Seams;
use trie::{KeyKind, Trie};
use word_id::WordId;

use crate::bits::{insert_bit, ones};
use crate::persist::journal::{Journal, Revision};
use crate::persist::shared_vec::SharedVec;
use crate::rows::postings::{Postings, lens_sum};
use crate::rows::row::Row;
use crate::text::fold::{fold, is_plain_ascii};
use crate::text::keyword::{KeywordWord, LiteralForm};
use crate::text::term::{Term, terms};
use crate::text::typos::{Typos, is_first_letter_typo, split_first};
use crate::text::words::{has_numeric, typo_pieces, typo_runs};

/// Pieces of letters and digits in the usual forms of job IDs, at most.
const ID_PIECES: usize = 8;

/// Changes of names that are remembered. Rows that were cached before those are found anew.
const CHANGES_MAX: usize = 1024;

/// The words of all names, and their rows.
// Invariants:
//   the dictionary has exactly the words and symbols that have rows
//   trie and grams list exactly the words, symbols apart
//   seams has all seams of names, and neighbours the rows of those that are broad; names_len counts the rows
#[derive(Clone, Debug, Default)]
pub(crate) struct WordIndex {
    /// The words, and the symbols, which are words that equal themselves alone. A flag is a symbol of two characters.
    dictionary: Dictionary,
    /// By word.
    rows: SharedVec<Postings>,
    trie: Trie,
    grams: Grams,
    seams: Seams,
    neighbours: Neighbours,
    names_len: usize,
    /// The rows that got, lost or changed their name.
    journal: Journal<Row, CHANGES_MAX>,
}

impl WordIndex {
    /// How many words and symbols there are.
    pub(crate) fn len(&self) -> usize {
        self.dictionary.len()
    }

    fn grams(&self) -> GramSearch<'_> {
        GramSearch { grams: &self.grams, dictionary: &self.dictionary }
    }

    /// The rows whose names have this word.
    #[inline]
    pub(crate) fn rows(&self, word: WordId) -> &Postings {
        self.rows.get(word.index()).expect("a word has rows")
    }

    /// The lengths of the posting lists of some words, added up: at least the number of their rows.
    pub(crate) fn rows_sum(&self, words: &[WordId]) -> u64 {
        lens_sum(words.iter().map(|&word| self.rows(word)))
    }

    /// The text of a word.
    pub(crate) fn text(&self, word: WordId) -> &str {
        self.dictionary.text(word)
    }

    /// The word or the symbol with this folded text.
    pub(crate) fn find(&self, text: &str) -> Option<WordId> {
        self.dictionary.find(text)
    }

    /// The words of a folded name that the dictionary has, in order and with repeats.
    pub(crate) fn words_of<'a>(&'a self, folded: &'a str) -> impl Iterator<Item = WordId> + 'a {
        terms(folded).filter_map(|term| self.dictionary.find(term.text()))
    }

    /// The state of the names.
    pub(crate) fn revision(&self) -> Revision {
        self.journal.revision()
    }

    /// The rows that got, lost or changed their name since an earlier state, some more than once; `None` if that is too long
    /// ago, or was a state of another store.
    pub(crate) fn changes_since(&self, revision: Revision) -> Option<impl Iterator<Item = Row>> {
        self.journal.since(revision)
    }

    /// Whether a name may match a keyword that is not parsed yet literally. The answer is a cheap no for most job IDs.
    pub(crate) fn may_match_raw(&self, keyword: &str) -> bool {
        if !is_plain_ascii(keyword) {
            return true;
        }
        let folded = fold(keyword);
        let mut words = Vec::with_capacity(ID_PIECES);
        words.extend(folded.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()));
        // All words but the first must begin a word or a run, or be joined. The longest rarely is.
        let Some((&first, others)) = words.split_first() else { return true };
        let Some(longest) = others.iter().max_by_key(|word| word.len()) else {
            return self.grams().may_contain(first) || self.may_be_joined(first);
        };
        let may_match = |word: &&str| self.may_begin(word) || self.may_be_joined(word);
        may_match(longest) && others.iter().all(may_match) || self.may_be_one(&words.concat())
    }

    /// Whether a word or a run may begin with a text.
    fn may_begin(&self, text: &str) -> bool {
        self.grams().may_contain(text) && (self.grams().may_start_run(text) || self.trie.has_prefix(text))
    }

    /// Whether several words, written as one, may begin a word or be joined.
    fn may_be_one(&self, text: &str) -> bool {
        self.grams().may_contain(text) && self.trie.has_prefix(text) || self.may_be_joined(text)
    }

    /// The words that begin with a text, ascending, each once.
    pub(crate) fn words_with_prefix(&self, text: &str) -> Vec<WordId> {
        let mut found = Vec::new();
        self.trie.collect_prefix(text, &mut found);
        self.distinct(found)
    }

    /// Whether words may match one word of a keyword literally. The answer is a cheap no for most texts that none matches.
    pub(crate) fn may_match(&self, word: &KeywordWord) -> bool {
        match word.literal_form {
            LiteralForm::Start => self.may_begin(&word.text),
            LiteralForm::StartOrEnd | LiteralForm::Anywhere => self.grams().may_contain(&word.text),
        }
    }

    /// About how many words contain a text.
    pub(crate) fn containing_estimate(&self, text: &str) -> usize {
        self.grams().words_estimate(text)
    }

    /// The words that match one word of a keyword literally, ascending, each once.
    pub(crate) fn literal_words(&self, word: &KeywordWord) -> Vec<WordId> {
        let text = word.text.as_str();
        let mut found = Vec::new();
        let form = word.literal_form;
        if form == LiteralForm::Anywhere {
            self.grams().collect_containing(text, &mut found);
        } else {
            self.trie.collect_prefix(text, &mut found);
            self.grams().collect_run_start(text, &mut found);
            if form == LiteralForm::StartOrEnd {
                self.grams().collect_ending(text, &mut found);
            }
        }
        self.distinct(found)
    }

    /// The words that one word of a keyword matches with so many typos at most, and those given, ascending, each once. At
    /// most `compared_max` words are compared one by one; where more would have to be, the trie is walked.
    pub(crate) fn typo_words(
        &self,
        word: &KeywordWord,
        edits_max: u8,
        compared_max: usize,
        given: Vec<WordId>,
    ) -> Vec<WordId> {
        let mut found = given;
        let lacking = self.grams().lacking(&word.text);
        let Some(typos) = Typos::new(&word.text, edits_max).without(lacking) else { return found };
        let is_prefix = word.may_be_unfinished();
        if let Some(candidates) = typo_grams::candidates(self.grams(), &word.text, edits_max, compared_max) {
            let is_match =
                |text: &str| typo_pieces(text).any(|piece| typos.matches(&word.text, &text[piece], is_prefix));
            found.extend(self.dictionary.filtered(&candidates, is_match));
        } else {
            self.trie.collect_matches(&typos, is_prefix, &mut found);
            self.collect_first_letter_typos(&word.text, &mut found);
        }
        self.distinct(found)
    }

    /// Appends the words that a keyword's word matches with a typo in its first letter alone.
    ///
    /// Each of them contains the rest of the keyword's word. The grams find these words; a walk over the trie would have to
    /// take the branch of every first letter.
    fn collect_first_letter_typos(&self, word: &str, found: &mut Vec<WordId>) {
        let mut containing = Vec::new();
        self.grams().collect_containing(split_first(word).1, &mut containing);
        let is_match = |text: &str| typo_pieces(text).any(|piece| is_first_letter_typo(word, &text[piece]));
        found.extend(self.dictionary.filtered(&containing, is_match));
    }

    /// Words in ascending order, each once: by sorting where they are few, by a bit per word of the dictionary where they are
    /// many.
    pub(crate) fn distinct(&self, mut words: Vec<WordId>) -> Vec<WordId> {
        if words.len() < self.dictionary.ids_end() / 64 {
            words.sort_unstable();
            words.dedup();
            return words;
        }
        let mut bits = vec![0_u64; self.dictionary.ids_end().div_ceil(64)];
        for word in words {
            insert_bit(&mut bits, word.index());
        }
        ones(&bits).map(WordId::from_index).collect()
    }

    /// Panics with the name of a broken invariant. `names` gives every row with its name.
    pub(crate) fn check_invariants(&self, names: &mut dyn Iterator<Item = (Row, &str)>) {
        let mut expected = std::collections::BTreeMap::<String, std::collections::BTreeSet<u32>>::new();
        let mut symbols = std::collections::BTreeSet::new();
        let folded: Vec<(Row, String)> = names.map(|(row, name)| (row, fold(name).into_owned())).collect();
        assert_eq!(self.names_len, folded.len(), "names_len counts the rows");
        self.seams.check_invariants(folded.iter().map(|(_, name)| name.as_str()));
        self.neighbours.check_invariants(folded.iter().flat_map(|(row, name)| {
            let find = |word| self.dictionary.find(word).expect("the dictionary finds every word");
            neighbours(name).map(move |(first, second)| (find(first), find(second), *row))
        }));
        for (row, name) in &folded {
            for term in terms(name) {
                expected.entry(term.text().to_owned()).or_default().insert(row.number());
                if let Term::Symbol(symbol) = term {
                    symbols.insert(symbol.to_owned());
                }
            }
        }
        self.dictionary.check_invariants();
        assert_eq!(self.dictionary.len(), expected.len(), "the dictionary has the words of the names, no more");
        let mut plain_words = Vec::new();
        for (text, rows) in &expected {
            let id = self.dictionary.find(text).expect("the dictionary finds every word");
            assert_eq!(self.text(id), text, "a word has the text it is found by");
            self.rows(id).check_invariants();
            assert!(self.rows(id).iter().eq(rows.iter().copied()), "a word lists the rows that have it: {text:?}");
            if !symbols.contains(text) {
                plain_words.push((id, text.as_str()));
            }
        }
        self.trie.check_invariants();
        self.grams.check_invariants(&self.dictionary, plain_words.into_iter());
    }
}

/// The keys under which the trie lists a word: the word itself, and its runs that a typo can match.
fn trie_keys(word: &str) -> impl Iterator<Item = (&str, KeyKind)> {
    let kind = if has_numeric(word) { KeyKind::NumericWord } else { KeyKind::Word };
    std::iter::once((word, kind)).chain(typo_runs(word).map(|run| (&word[run], KeyKind::Run)))
}
