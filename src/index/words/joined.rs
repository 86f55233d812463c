//! Cuts a text into words of the dictionary that may be neighbours in a name.
//!
//! A text that is [joined](crate::text::joined) in a name consists of whole words of the dictionary, and of one last word or
//! its beginning. So the text is cut at every place at which that is possible, and the rows of the pieces are intersected. The
//! names of the rows that are left tell which of them have the words side by side; for two broad words, that is known.
//!
//! ```text
//! text  skyspo        cuts  sky | spo…        words   sky · sports, spongebob, …
//!                           s | kyspo…        not a cut: no word begins with kyspo
//! ```
//! The [seams](super::seams) of names tell at which places two words may meet, and whether a piece may be followed by what is
//! behind it. Few pieces are left that are looked up as words. A walk down the trie tells whether some word begins with all that
//! is left. Each place is looked at once, so the number of ways to cut a text does not matter.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::index::words::WordIndex;
use crate::index::words::neighbours::NeighbourRows;
use crate::index::words::seams::WordHash;
use crate::index::words::word_id::WordId;
use crate::plan::cost::{CUT_PAIRS_MAX, CUTS_MAX};
use crate::text::joined::{JOINED_WORDS_MAX, may_be_cut_short};

/// A word with which a text goes on, and the byte at which it ends.
type CutWord = (usize, WordId);

/// The words that are, or begin with, what is left of a text at one place.
type LastWords = Rc<[(WordId, WordHash)]>;

/// The words that a text may have at one place.
#[derive(Default)]
struct CutPlace {
    /// The words with which the text goes on, without the one that ends it.
    words: Vec<CutWord>,
    /// Whether some word is, or begins with, all that is left of the text; `None` until it is asked for.
    is_last: Option<bool>,
    /// These words, once they were looked up.
    last_words: Option<LastWords>,
    /// Whether the rest can be cut: by the number of words that may be left, and whether a border is still to be passed over.
    may_be_cut: [[Option<bool>; 2]; JOINED_WORDS_MAX],
}

/// The search for all cuts of one text.
struct Cutter<'a> {
    index: &'a WordIndex,
    text: &'a str,
    /// Bytes of the text of which at least one must be inside a piece; none where every cut counts.
    borders: &'a [usize],
    /// Bytes of the text at which two words may meet, ascending: one at least.
    seams: Vec<usize>,
    places: BTreeMap<usize, CutPlace>,
    /// How many more pairs of words may be asked for.
    pairs_left: usize,
}

/// A place in a cut: the byte, the words that may follow at most, and whether a border is still to be passed over.
#[derive(Clone, Copy, Debug)]
struct CutState {
    at: usize,
    words_left: usize,
    needs_border: bool,
}

/// One way to cut a text, or several that differ in the last word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    /// The words before the last one, in order: one at least.
    pub(crate) whole: Vec<WordId>,
    /// The words that may be the last one: that are, or begin with, what is left of the text.
    pub(crate) last: Vec<WordId>,
}

impl WordIndex {
    /// The ways to cut a text into two to four words, of which each may follow the one before. With `borders`, those that have
    /// a border inside a piece. `None` if they are more than [`CUTS_MAX`], or more than [`CUT_PAIRS_MAX`] pairs of words would have
    /// to be asked for.
    ///
    /// Costs a look at the filter for each character of most texts, and a walk down the trie for each place at which a piece may
    /// begin. The words between two such places are looked up. Each pair of words costs another look at a filter.
    pub(crate) fn cuts(&self, text: &str, borders: &[usize]) -> Option<Vec<Cut>> {
        let mut cuts = Vec::new();
        let Some(mut cutter) = Cutter::new(self, text, borders) else { return Some(cuts) };
        cutter.collect(cutter.start(), None, &mut Vec::new(), &mut cuts).then_some(cuts)
    }

    /// The words with which a cut of a text may begin, and those that may follow one of them.
    pub(crate) fn first_and_second_words(&self, text: &str) -> [Vec<WordId>; 2] {
        let mut words = [Vec::new(), Vec::new()];
        let Some(mut cutter) = Cutter::new(self, text, &[]) else { return words };
        for (word, state) in cutter.whole_words(cutter.start()) {
            words[0].push(word);
            words[1].extend(cutter.whole_words(state).into_iter().map(|(word, _)| word));
            if cutter.may_end(state) {
                words[1].extend(cutter.last_words(state.at).iter().map(|&(word, _)| word));
            }
        }
        words.map(|words| self.distinct(words))
    }

    /// Whether a text can be cut at all. The answer is a cheap no for most texts that can't.
    pub(crate) fn may_be_joined(&self, text: &str) -> bool {
        Cutter::new(self, text, &[]).is_some_and(|mut cutter| !cutter.whole_words(cutter.start()).is_empty())
    }

    /// The rows in whose names one broad word follows another; `None` if one of them is not broad.
    pub(crate) fn neighbours(&self, first: WordId, second: WordId) -> Option<NeighbourRows<'_>> {
        self.neighbours.rows(first, second)
    }

    /// The words that begin with all that is left of a text, or that are it. Some come more than once.
    fn last_words(&self, rest: &str) -> Vec<WordId> {
        if !may_be_cut_short(rest) {
            return self.find(rest).into_iter().collect();
        }
        let mut found = Vec::new();
        self.trie.collect_prefix(rest, &mut found);
        found
    }

    /// Whether a word begins with all that is left of a text, or is it.
    fn has_last_word(&self, rest: &str) -> bool {
        if !may_be_cut_short(rest) {
            return self.find(rest).is_some();
        }
        self.grams().may_contain(rest) && self.trie.has_prefix(rest)
    }
}

impl<'a> Cutter<'a> {
    /// The search for the cuts of a text; `None` if there are none, which shows at once for many texts.
    fn new(index: &'a WordIndex, text: &'a str, borders: &'a [usize]) -> Option<Self> {
        let grams = index.grams();
        if !grams.may_be_pieces(text, JOINED_WORDS_MAX) {
            return None;
        }
        let seams = index.seams.places(text);
        let (first, last) = (*seams.first()?, *seams.last()?);
        let may_be_cut = first <= grams.first_piece_end(text) && last >= grams.last_piece_start(text);
        may_be_cut.then(|| Self { index, text, borders, seams, places: BTreeMap::new(), pairs_left: CUT_PAIRS_MAX })
    }

    fn start(&self) -> CutState {
        CutState { at: 0, words_left: JOINED_WORDS_MAX, needs_border: !self.borders.is_empty() }
    }

    /// Appends the cuts that go on behind some words, of which the last has this hash; false if there are too many.
    fn collect(
        &mut self,
        state: CutState,
        before: Option<WordHash>,
        whole: &mut Vec<WordId>,
        cuts: &mut Vec<Cut>,
    ) -> bool {
        if let Some(before) = before
            && self.may_end(state)
            && self.index.seams.may_begin_behind(before, &self.text[state.at..])
        {
            let words = self.last_words(state.at);
            let Some(left) = self.pairs_left.checked_sub(words.len()) else { return false };
            self.pairs_left = left;
            let following = words.iter().filter(|&&(_, hash)| self.index.seams.may_follow(before, hash));
            let last = self.index.distinct(following.map(|&(word, _)| word).collect());
            if !last.is_empty() {
                cuts.push(Cut { whole: whole.clone(), last });
            }
        }
        for (word, behind) in self.whole_words(state) {
            let Some(left) = self.pairs_left.checked_sub(1) else { return false };
            self.pairs_left = left;
            let hash = WordHash::new(&self.text[state.at..behind.at]);
            if before.is_some_and(|before| !self.index.seams.may_follow(before, hash)) {
                continue;
            }
            whole.push(word);
            let is_collected = cuts.len() < CUTS_MAX && self.collect(behind, Some(hash), whole, cuts);
            whole.pop();
            if !is_collected {
                return false;
            }
        }
        true
    }

    /// The words that are, or begin with, what is left of the text.
    fn last_words(&mut self, at: usize) -> LastWords {
        let (index, rest) = (self.index, &self.text[at..]);
        let with_hashes = || {
            let words = index.last_words(rest);
            let mut hashed = Vec::with_capacity(words.len());
            index.dictionary.for_each_text(&words, |word, text| hashed.push((word, WordHash::new(text))));
            hashed.into()
        };
        Rc::clone(self.place(at).last_words.get_or_insert_with(with_hashes))
    }

    /// The words behind which a cut goes on, each with the state behind it.
    fn whole_words(&mut self, state: CutState) -> Vec<(WordId, CutState)> {
        if state.words_left < 2 {
            return Vec::new();
        }
        let mut found = Vec::new();
        for number in 0..self.place(state.at).words.len() {
            let (end, word) = self.place(state.at).words[number];
            let passes_border = self.borders.iter().any(|border| (state.at + 1..end).contains(border));
            let needs_border = state.needs_border && !passes_border;
            let behind = CutState { at: end, words_left: state.words_left - 1, needs_border };
            if self.may_be_cut(behind) {
                found.push((word, behind));
            }
        }
        found
    }

    /// Whether the rest of the text can be cut.
    fn may_be_cut(&mut self, state: CutState) -> bool {
        let CutState { at, words_left, needs_border } = state;
        let slot = (words_left - 1, usize::from(needs_border));
        if let Some(known) = self.place(at).may_be_cut[slot.0][slot.1] {
            return known;
        }
        let may_be_cut = self.may_end(state) || !self.whole_words(state).is_empty();
        self.place(at).may_be_cut[slot.0][slot.1] = Some(may_be_cut);
        may_be_cut
    }

    /// Whether all that is left may be the last piece.
    fn may_end(&mut self, state: CutState) -> bool {
        let (index, rest) = (self.index, &self.text[state.at..]);
        let passes_border = !state.needs_border || self.borders.last().is_some_and(|&border| border > state.at);
        passes_border && state.at > 0 && *self.place(state.at).is_last.get_or_insert_with(|| index.has_last_word(rest))
    }

    fn place(&mut self, at: usize) -> &mut CutPlace {
        let Self { index, text, seams, .. } = self;
        self.places.entry(at).or_insert_with(|| {
            let end_max = at + index.grams().first_piece_end(&text[at..]);
            let ends = seams.iter().filter(|&&end| at < end && end <= end_max);
            let ends = ends.filter(|&&end| {
                index.seams.may_go_on_behind(WordHash::new(&text[at..end]), &text[end..], |piece_end| {
                    seams.binary_search(&(end + piece_end)).is_ok()
                })
            });
            let words = ends.filter_map(|&end| Some((end, index.find(&text[at..end])?)));
            CutPlace { words: words.collect(), ..CutPlace::default() }
        })
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

    /// The cuts, with a bar between words.
    fn shown(index: &WordIndex, text: &str, borders: &[usize]) -> Vec<String> {
        let mut all = Vec::new();
        for Cut { whole, last } in index.cuts(text, borders).expect("few cuts") {
            assert!(!last.is_empty(), "{text:?} is cut only where some word may be the last one");
            let before: Vec<&str> = whole.iter().map(|&word| index.text(word)).collect();
            all.extend(last.iter().map(|&word| format!("{}|{}", before.join("|"), index.text(word))));
        }
        assert!(!borders.is_empty() || all.is_empty() || index.may_be_joined(text), "{text:?}: {all:?}");
        all.sort_unstable();
        all
    }

    #[test]
    fn a_text_is_cut_wherever_words_of_the_dictionary_allow_it() {
        let index = indexed(&["Sky Sports Main Event", "sk yspof", "sky sport 5 HD", "sky 5", "ab c d a b c d", "d a"]);
        let cases: [(&str, &[&str]); 11] = [
            ("skysports", &["sky|sports"]),
            ("skyspo", &["sky|sport", "sky|sports", "sk|yspof"]),
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
    fn of_very_many_cuts_only_the_words_are_given() {
        let pairs = (1..=40).flat_map(|first| (1..=40).map(move |second| (first, second)));
        let name = |(first, second)| format!("{} {} aa a", "a".repeat(first), "a".repeat(second));
        let names: Vec<String> = pairs.map(name).collect();
        let index = indexed(&names.iter().map(String::as_str).collect::<Vec<_>>());
        let text = "a".repeat(40);
        assert!(index.cuts(&text, &[]).is_none());
        assert_eq!(index.first_and_second_words(&text).map(|words| words.len()), [39, 40]);
    }
    #[test]
    fn a_keyword_that_no_name_can_match_is_mostly_ruled_out_before_it_is_parsed() {
        let index = indexed(&["Sky Sports Main Event", "news 24"]);
        for keyword in ["sky", "ports", "skysp", "sky-sports", "y-sp", "sk-y", "news-2", "MAIN/ev"] {
            assert!(index.may_match_raw(keyword), "a name matches {keyword:?}");
        }
        for keyword in ["xq", "a046", "sky-xq", "sky-ports", "job-a046-sky", "skysky"] {
            assert!(!index.may_match_raw(keyword), "no name matches {keyword:?}");
        }
    }
}
