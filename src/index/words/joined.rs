//! Cuts a text into words of the dictionary that may be neighbours in a name.
//!
//! A text that is [joined](crate::text::joined) in a name consists of whole words of the dictionary, and of one last word or
//! its beginning. So the text is cut at every place at which that is possible, and the rows of the pieces are intersected. No
//! order of words is stored: the names of the rows that are left tell which of them have the words side by side.
//!
//! ```text
//! text  skyspo        cuts  sky | spo…        pieces  {sky} · {sports, spongebob, …}
//!                           s | kyspo…        not a cut: no word begins with kyspo
//! ```
//! At each place, one walk down the trie finds the words with which the text goes on, and another tells whether some word
//! begins with all that is left. Each place is looked at once, so the number of ways to cut a text does not matter.

use std::collections::BTreeMap;

use crate::index::words::WordIndex;
use crate::index::words::word_id::WordId;
use crate::plan::cost::CUT_WORDS_MAX;
use crate::text::automaton::{Automaton, FewChars, Next};
use crate::text::joined::{JOINED_WORDS_MAX, may_be_cut_short};

/// Ways to cut a text: for each of the first pieces, the words of the dictionary that it may be. A name that has the text
/// joined has a word of each piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    pub(crate) pieces: Vec<Vec<WordId>>,
}

/// The words that a text may have at one place.
#[derive(Default)]
struct CutPlace {
    /// The words with which the text goes on, without the one that ends it, with the byte at which each ends.
    words: Vec<(usize, WordId)>,
    /// Whether some word is, or begins with, all that is left of the text.
    is_last: bool,
    /// Whether the rest can be cut: by the number of words that may be left, and whether a border is still to be passed over.
    may_be_cut: [[Option<bool>; 2]; JOINED_WORDS_MAX],
}

/// The search for all cuts of one text.
struct Cutter<'a> {
    index: &'a WordIndex,
    text: &'a str,
    /// Bytes of the text of which at least one must be inside a piece; none where every cut counts.
    borders: &'a [usize],
    places: BTreeMap<usize, CutPlace>,
}

/// A place in a cut: the byte, the words that may follow at most, and whether a border is still to be passed over.
#[derive(Clone, Copy)]
struct CutState {
    at: usize,
    words_left: usize,
    needs_border: bool,
}

impl WordIndex {
    /// All ways to cut a text into two to four words. With `borders`, those that have a border inside a piece.
    ///
    /// Costs two walks down the trie for each place at which a piece may begin, and the words of the last pieces.
    pub(crate) fn cuts(&self, text: &str, borders: &[usize]) -> Vec<Cut> {
        let mut cutter = Cutter { index: self, text, borders, places: BTreeMap::new() };
        let start = CutState { at: 0, words_left: JOINED_WORDS_MAX, needs_border: !borders.is_empty() };
        let mut cuts = Vec::new();
        for (word, state) in cutter.next_words(start) {
            let mut cut = Cut { pieces: vec![vec![word]] };
            cutter.push_pieces(state, &mut cut);
            cuts.push(cut);
        }
        self.merged(cuts)
    }

    /// Whether a text can be cut at all.
    pub(crate) fn may_be_joined(&self, text: &str) -> bool {
        let mut cutter = Cutter { index: self, text, borders: &[], places: BTreeMap::new() };
        let start = CutState { at: 0, words_left: JOINED_WORDS_MAX, needs_border: false };
        !cutter.next_words(start).is_empty()
    }

    /// The cuts, or if they have very many words, one cut of all their first and second pieces. A store whose names were made
    /// for it would otherwise have the same lists walked once for each of the cuts.
    fn merged(&self, cuts: Vec<Cut>) -> Vec<Cut> {
        let words_len: usize = cuts.iter().flat_map(|cut| &cut.pieces).map(Vec::len).sum();
        if cuts.len() < 2 || words_len <= CUT_WORDS_MAX {
            return cuts;
        }
        let all = |piece: usize| self.distinct(cuts.iter().flat_map(|cut| cut.pieces[piece].iter().copied()).collect());
        vec![Cut { pieces: vec![all(0), all(1)] }]
    }

    /// The words that begin with all that is left of a text, or that are it.
    fn last_words(&self, rest: &str) -> Vec<WordId> {
        if !may_be_cut_short(rest) {
            return self.find(rest).into_iter().collect();
        }
        let mut words = Vec::new();
        self.trie.collect_prefix(rest, &mut words);
        words
    }

    fn has_last_word(&self, rest: &str) -> bool {
        if may_be_cut_short(rest) { self.trie.has_prefix(rest) } else { self.find(rest).is_some() }
    }
}

impl Cutter<'_> {
    /// Appends the words that may follow in a cut. While they are one whole word, appends what may follow that word too.
    fn push_pieces(&mut self, mut state: CutState, cut: &mut Cut) {
        // Ends: each turn takes one of the words that may be left.
        loop {
            let next = self.next_words(state);
            let mut words: Vec<WordId> = next.iter().map(|&(word, _)| word).collect();
            if self.may_end(state) {
                words.extend(self.index.last_words(&self.text[state.at..]));
            }
            let only = next.first().filter(|_| words.len() == 1).map(|&(_, state)| state);
            cut.pieces.push(self.index.distinct(words));
            let Some(behind) = only else { return };
            state = behind;
        }
    }

    /// The words with which a cut can go on, each with the state behind it.
    fn next_words(&mut self, state: CutState) -> Vec<(WordId, CutState)> {
        if state.words_left < 2 {
            return Vec::new();
        }
        let words = self.place(state.at).words.clone();
        let behind = words.into_iter().map(|(end, word)| {
            let passes_border = self.borders.iter().any(|border| (state.at + 1..end).contains(border));
            let needs_border = state.needs_border && !passes_border;
            (word, CutState { at: end, words_left: state.words_left - 1, needs_border })
        });
        let behind: Vec<(WordId, CutState)> = behind.collect();
        behind.into_iter().filter(|&(_, state)| self.may_be_cut(state)).collect()
    }

    /// Whether the rest of the text can be cut.
    fn may_be_cut(&mut self, state: CutState) -> bool {
        let CutState { at, words_left, needs_border } = state;
        let slot = (words_left - 1, usize::from(needs_border));
        if let Some(known) = self.place(at).may_be_cut[slot.0][slot.1] {
            return known;
        }
        let may_be_cut = self.may_end(state) || !self.next_words(state).is_empty();
        self.places.entry(at).or_default().may_be_cut[slot.0][slot.1] = Some(may_be_cut);
        may_be_cut
    }

    /// Whether all that is left may be the last piece.
    fn may_end(&mut self, state: CutState) -> bool {
        let passes_border = !state.needs_border || self.borders.last().is_some_and(|&border| border > state.at);
        passes_border && self.place(state.at).is_last
    }

    fn place(&mut self, at: usize) -> &mut CutPlace {
        let (index, text) = (self.index, self.text);
        self.places.entry(at).or_insert_with(|| {
            let rest = &text[at..];
            let mut found = Vec::new();
            index.trie.collect_words(&PrefixesOf(rest), &mut found);
            let ends = found.into_iter().map(|word| (at + index.text(word).len(), word));
            let words = ends.filter(|&(end, _)| end < text.len()).collect();
            // Only what comes behind a first word can end a cut.
            let is_last = at > 0 && index.has_last_word(rest);
            CutPlace { words, is_last, ..CutPlace::default() }
        })
    }
}

/// Accepts the prefixes of a text, but for the empty one. The state is the number of bytes read.
struct PrefixesOf<'t>(&'t str);

impl Automaton for PrefixesOf<'_> {
    type State = usize;

    fn start(&self) -> usize {
        0
    }

    fn step(&self, read: usize, c: char) -> Option<usize> {
        self.0[read..].starts_with(c).then_some(read + c.len_utf8())
    }

    fn is_match(&self, read: usize) -> bool {
        read > 0
    }

    fn next(&self, read: usize) -> Next {
        FewChars::new(self.0[read..].chars().take(1)).map_or(Next::Any, Next::Few)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::row::Row;

    fn indexed(names: &[&str]) -> WordIndex {
        let mut index = WordIndex::default();
        for (row, name) in (0..).zip(names) {
            index.insert(Row::from_number(row), name);
        }
        index
    }

    /// The cuts, with a bar between pieces and a comma between words.
    fn shown(index: &WordIndex, text: &str, borders: &[usize]) -> Vec<String> {
        let piece = |words: &Vec<WordId>| {
            let mut texts: Vec<&str> = words.iter().map(|&word| index.text(word)).collect();
            texts.sort_unstable();
            texts.join(",")
        };
        let mut cuts: Vec<String> = index
            .cuts(text, borders)
            .iter()
            .map(|cut| cut.pieces.iter().map(piece).collect::<Vec<_>>().join("|"))
            .collect();
        cuts.sort_unstable();
        assert!(!borders.is_empty() || index.may_be_joined(text) != cuts.is_empty(), "{text:?}: {cuts:?}");
        cuts
    }

    #[test]
    fn a_text_is_cut_wherever_words_of_the_dictionary_allow_it() {
        let index = indexed(&["Sky Sports Main Event", "sk yspof", "skyline sport", "5 HD", "ab a b c d"]);
        let cases: [(&str, &[&str]); 11] = [
            ("skysports", &["sky|sports"]),
            ("skyspo", &["sky|sport,sports", "sk|yspof"]),
            ("skysportsmain", &["sky|sports|main"]),
            ("skysportsmainev", &["sky|sports|main|event"]),
            ("skys", &["sk|yspof"]),
            ("skysx", &[]),
            ("sky5", &["sky|5"]),
            ("skyx", &[]),
            ("xsky", &[]),
            ("abcd", &["ab|c|d", "a|b|c|d"]),
            ("abcda", &["ab|c|d|a"]),
        ];
        for (text, expected) in cases {
            let mut expected: Vec<&str> = expected.to_vec();
            expected.sort_unstable();
            assert_eq!(shown(&index, text, &[]), expected, "{text:?}");
        }
    }

    #[test]
    fn with_borders_a_cut_has_one_inside_a_piece() {
        let index = indexed(&["Sky News", "sk ynews", "skyn ews"]);
        assert_eq!(shown(&index, "skynews", &[]), ["skyn|ews", "sky|news", "sk|ynews"]);
        assert_eq!(shown(&index, "skynews", &[3]), ["skyn|ews", "sk|ynews"]);
        assert_eq!(shown(&index, "skynews", &[2]), ["skyn|ews", "sky|news"]);
        assert!(shown(&index, "skynews", &[2, 3, 4]).len() == 3);
    }

    #[test]
    fn very_many_ways_to_cut_become_one_cut() {
        let names: Vec<String> = (1..=40).map(|len| "a".repeat(len)).collect();
        let index = indexed(&names.iter().map(String::as_str).collect::<Vec<_>>());
        let cuts = index.cuts(&"a".repeat(40), &[]);
        assert_eq!(cuts.len(), 1);
        assert_eq!(cuts[0].pieces.iter().map(Vec::len).collect::<Vec<_>>(), [39, 40]);
    }
}
