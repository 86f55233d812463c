//! Words within one or two typos of a keyword's word, as an automaton that reads one character at a time.
//!
//! The distance is *optimal string alignment*: to insert, delete or substitute a character and to swap two neighbours cost
//! one edit each, and no piece of text is edited twice. [`edit_budget`](super::words::edit_budget) decides how many typos a
//! word may have. A keyword's word becomes one [`Typos`], and a walk over the trie steps it.
//!
//! The automaton accepts texts that begin as the word does. A typo in the first letter is allowed too, if it is the only one.
//! Such a text keeps all of the word after its first character, so [`is_first_letter_typo`] compares the ends of two texts and
//! needs no automaton.
//!
//! The state is one bit set per number of edits that are still free. After reading `j` characters of text, bit `i` of a set
//! means: the first `i` characters of the word can become the text with at least that many edits left. With two edits, after
//! reading `ba`:
//!
//! ```text
//!               b a c k u p
//! two free    0 0 1 0 0 0 0      read exactly
//! one free    0 1 1 1 0 0 0      one inserted, none, one deleted
//! none free   1 1 1 1 1 0 0
//! ```
//!
//! The text matches when the last bit of the last set is 1. No continuation can match when the last set is empty. If bit
//! `i` of the last set is 1, then the text followed by the rest of the word matches at no further edit, so the pruning is
//! exact. Hyyrö's paper continues with vertical differences, which need a sum to find the least value of a column. With at
//! most two edits, three sets are as cheap as his two vectors, and need no sum.
//!
//! Often it is known of some three characters of the word that no text has them side by side. A typo must change them, and one
//! typo changes none that start four places later. So the rest of the word after each place needs some edits at least, and the
//! sets leave out the places that have fewer free: see [`Typos::without`].
//!
//! Sources: S. Wu and U. Manber, "Fast Text Searching Allowing Errors" (1992) for the sets; H. Hyyrö, "A Bit-Vector
//! Algorithm for Computing Levenshtein and Damerau Edit Distances" (2003) for the swap of neighbours.

use crate::bits::Ones;
use crate::text::automaton::{Automaton, FewChars, Next};

/// Longest word, in characters. A word of `m` characters takes `m + 1` bits, so one bit of 64 stays free.
pub(crate) const WORD_CHARS_MAX: usize = 62;

/// Most edits that an automaton can allow.
pub(crate) const EDITS_MAX: u8 = 2;

/// A typo that changes some three characters changes none that start so many places later: a swap changes four such runs.
const TYPO_REACH: usize = 4;

/// Number of ASCII characters, each with its own entry in the table of places.
const ASCII_LEN: usize = 128;

/// Matches the texts that are within a number of edits of a word and begin as it does.
///
/// *Begin as it does*: the first characters are equal, or the first two are swapped. A text with a numeric character never
/// matches: `cctv6` is not a typo of `cctv5`.
pub(crate) struct Typos {
    /// Per ASCII character: bit `i` is set if it is the word's `i`-th character, counted from one.
    ascii: [u64; ASCII_LEN],
    /// The same for the other characters of the word, each once, in order of appearance.
    others: Vec<(char, u64)>,
    /// The word.
    chars: [char; WORD_CHARS_MAX],
    /// The bit of the whole word.
    whole: u64,
    /// By the number of free edits: the places after which the rest of the word needs no more than these.
    open: [u64; EDITS_MAX as usize + 1],
    edits_max: u8,
}

/// The knowledge of [`Typos`] about the text read so far.
///
/// With fewer than two edits the upper sets stay empty, so the last set decides for any number of edits.
// Invariants:
// * two_free ⊆ one_free ⊆ none_free, but for places that are not open; no set has such a place;
// * a set for more free edits than the automaton allows is empty.
#[derive(Clone, Copy)]
pub(crate) struct TyposState {
    two_free: u64,
    one_free: u64,
    none_free: u64,
    /// The places that a swap with the next character would reach, by the number of edits free before the swap.
    swapped_from_two: u64,
    swapped_from_one: u64,
    beginning: Beginning,
}

/// The result of comparing the beginning of the text with the beginning of the word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Beginning {
    /// Nothing is read yet.
    Unread,
    /// The first character is the word's second character, so the word's first character must follow.
    Swapping,
    /// The text begins as the word does.
    Same,
}

impl Typos {
    /// The automaton of `word` with at most `edits_max` edits.
    ///
    /// Costs **O(m)** for a word of m characters; no allocation if it is ASCII.
    ///
    /// # Panics
    /// If the word is empty or has over [`WORD_CHARS_MAX`] characters, or if `edits_max` is over [`EDITS_MAX`]. The edit
    /// budget of such words is 0.
    pub(crate) fn new(word: &str, edits_max: u8) -> Self {
        assert!(edits_max <= EDITS_MAX, "{edits_max} edits are more than the {EDITS_MAX} an automaton has sets for");
        let (ascii, others, chars) = ([0; ASCII_LEN], Vec::new(), ['\0'; WORD_CHARS_MAX]);
        let mut typos = Self { ascii, others, chars, whole: 1, open: [0; 3], edits_max };
        for (at, c) in word.chars().enumerate() {
            assert!(at < WORD_CHARS_MAX, "a word over {WORD_CHARS_MAX} characters has no typos");
            typos.chars[at] = c;
            typos.whole <<= 1;
            *typos.places_mut(c) |= typos.whole;
        }
        assert!(typos.whole > 1, "an empty word has no typos");
        typos.open = [up_to(typos.whole); 3];
        typos
    }

    /// The automaton for texts of which none has some three characters of the word side by side. Bit `i` of `lacking` stands
    /// for the three from character `i` on, counted from zero. `None` if no text can match.
    pub(crate) fn without(mut self, lacking: u64) -> Option<Self> {
        if lacking == 0 {
            return Some(self);
        }
        // Invariant of the loop: the edits that the rest needs at least, after each of the places that follow `at`.
        let mut needed = [0_u8; TYPO_REACH];
        for at in (0..self.whole.trailing_zeros()).rev() {
            let with_this = if lacking >> at & 1 == 1 { 1 + needed[TYPO_REACH - 1] } else { 0 };
            needed.rotate_right(1);
            needed[0] = needed[1].max(with_this);
            for open in self.open.iter_mut().take(needed[0].into()) {
                *open &= !(1 << at);
            }
        }
        (needed[0] <= self.edits_max).then_some(self)
    }

    /// Whether a piece of a name's word matches `word`, the word of this automaton: whole or, with `prefixes`, by a prefix
    /// that begins as the word does. The piece has no numeric character.
    ///
    /// Costs **O(m)** for a word of m characters.
    pub(crate) fn matches(&self, word: &str, piece: &str, prefixes: bool) -> bool {
        self.edits_max > 0 && is_first_letter_typo(word, piece) || self.accepts(piece, prefixes)
    }

    /// The characters of the word after the places of a set.
    fn chars_after(&self, set: u64) -> impl Iterator<Item = char> + '_ {
        let behind_last = self.whole;
        Ones::of_word(set & (behind_last - 1)).map(|place| self.chars[place])
    }

    /// The places of `c` in the word, for the constructor to add to.
    fn places_mut(&mut self, c: char) -> &mut u64 {
        if let Some(index) = ascii_index(c) {
            return &mut self.ascii[index];
        }
        let index = self.others.iter().position(|&(other, _)| other == c).unwrap_or_else(|| {
            self.others.push((c, 0));
            self.others.len() - 1
        });
        &mut self.others[index].1
    }

    /// The places of `c` in the word: bit `i` for the `i`-th character, counted from one.
    fn places(&self, c: char) -> u64 {
        match ascii_index(c) {
            Some(index) => self.ascii[index],
            None => self.others.iter().find(|&&(other, _)| other == c).map_or(0, |&(_, places)| places),
        }
    }
}

impl Automaton for Typos {
    type State = TyposState;

    fn start(&self) -> TyposState {
        // The empty text is the first i characters of the word with i deletions.
        let [none_open, one_open, two_open] = self.open;
        let [two_free, one_free, none_free] = match self.edits_max {
            0 => [0, 0, 0b1 & none_open],
            1 => [0, 0b1 & one_open, 0b11 & none_open],
            _ => [0b1 & two_open, 0b11 & one_open, 0b111 & none_open],
        };
        let beginning = Beginning::Unread;
        TyposState { two_free, one_free, none_free, swapped_from_two: 0, swapped_from_one: 0, beginning }
    }

    fn step(&self, state: TyposState, c: char) -> Option<TyposState> {
        if c.is_numeric() {
            return None;
        }
        let places = self.places(c);
        let beginning = state.beginning.next(places)?;
        let next = state.advance(places, self.open, beginning);
        next.may_match().then_some(next)
    }

    fn is_match(&self, state: TyposState) -> bool {
        state.beginning == Beginning::Same && state.none_free & self.whole != 0
    }

    fn next(&self, state: TyposState) -> Next {
        let few = match state.beginning {
            Beginning::Unread => FewChars::new(self.chars_after(0b11)),
            Beginning::Swapping => FewChars::new(self.chars_after(0b1)),
            // A free edit can be spent on any character.
            Beginning::Same if state.two_free | state.one_free != 0 => None,
            // A swap that reaches place i reads the character of place i - 1.
            Beginning::Same => FewChars::new(self.chars_after(state.none_free | state.swapped_from_one >> 2)),
        };
        few.map_or(Next::Any, Next::Few)
    }
}

impl TyposState {
    /// Whether some continuation may match.
    fn may_match(self) -> bool {
        self.none_free | self.one_free | self.two_free | self.swapped_from_one | self.swapped_from_two != 0
    }

    /// The state after a character that the word has at `places`; `open` has the places that are left by the number of free
    /// edits.
    fn advance(self, places: u64, open: [u64; 3], beginning: Beginning) -> Self {
        let [none_open, one_open, two_open] = open;
        let two_free = (self.two_free << 1) & places & two_open;
        let one_free =
            ((self.one_free << 1) & places) | spend(self.two_free, two_free) | (self.swapped_from_two & (places << 1));
        let one_free = one_free & one_open;
        let none_free =
            ((self.none_free << 1) & places) | spend(self.one_free, one_free) | (self.swapped_from_one & (places << 1));
        Self {
            two_free,
            one_free,
            none_free: none_free & none_open,
            swapped_from_two: (self.two_free << 2) & places & one_open,
            swapped_from_one: (self.one_free << 2) & places & none_open,
            beginning,
        }
    }
}

/// The places that one edit reaches: from the set before the character by inserting or substituting it, from the set after
/// the character by deleting the next one of the word.
fn spend(before: u64, after: u64) -> u64 {
    before | (before << 1) | (after << 1)
}

impl Beginning {
    /// The beginning after a character that the word has at `places`; `None` if the text does not begin as the word does.
    fn next(self, places: u64) -> Option<Self> {
        const FIRST: u64 = 0b10;
        const SECOND: u64 = 0b100;
        match self {
            Self::Same => Some(Self::Same),
            Self::Unread | Self::Swapping if places & FIRST != 0 => Some(Self::Same),
            Self::Unread if places & SECOND != 0 => Some(Self::Swapping),
            Self::Unread | Self::Swapping => None,
        }
    }
}

/// Whether one insertion before the first character of `word`, its deletion or its substitution gives `piece`, and no other
/// edit is needed. The word itself counts too, as a substitution by the same character.
///
/// ```text
/// word  harry      piece  [s]arry   x[h]arry   arry
/// ```
///
/// An edit at another place leaves the first character as it is, or swaps it with the second one. The automaton finds both.
pub(crate) fn is_first_letter_typo(word: &str, piece: &str) -> bool {
    let (first, rest) = split_first(word);
    let Some(before) = piece.strip_suffix(rest) else { return false };
    // A character that comes before the whole word is inserted. A single character substitutes the first one.
    let other = before.strip_suffix(first).filter(|inserted| !inserted.is_empty()).unwrap_or(before);
    other.chars().nth(1).is_none()
}

/// The first character of a word, and the rest of the word. A match whose first letter is a typo ends with the rest.
pub(crate) fn split_first(word: &str) -> (&str, &str) {
    word.split_at(word.chars().next().map_or(0, char::len_utf8))
}

/// All places of a word: the bit of the whole word, and every bit below.
fn up_to(whole: u64) -> u64 {
    whole | (whole - 1)
}

/// The index of an ASCII character in the table of places.
fn ascii_index(c: char) -> Option<usize> {
    u8::try_from(c).ok().map(usize::from).filter(|&index| index < ASCII_LEN)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use strsim::osa_distance;

    use super::*;

    /// The specification: whether a text matches.
    fn matches_slowly(word: &str, text: &str, edits_max: u8) -> bool {
        let [word_chars, text_chars] = [word, text].map(|text| text.chars().collect::<Vec<char>>());
        let is_same_beginning = match (word_chars.as_slice(), text_chars.as_slice()) {
            ([first, ..], [read, ..]) if first == read => true,
            ([first, second, ..], text) => text.starts_with(&[*second, *first]),
            _ => false,
        };
        is_same_beginning
            && !text_chars.iter().any(|c| c.is_numeric())
            && word_chars.len().abs_diff(text_chars.len()) <= usize::from(edits_max)
            && osa_distance(word, text) <= usize::from(edits_max)
    }

    /// Compares every prefix of the text with the specification. While the automaton returns a state, some continuation must
    /// match. After it returned none, no continuation may match.
    fn check_prefixes(word: &str, text: &str, edits_max: u8) -> Result<(), TestCaseError> {
        let typos = Typos::new(word, edits_max);
        let mut state = Some(typos.start());
        for (at, c) in text.char_indices() {
            let read = &text[..at + c.len_utf8()];
            state = state.and_then(|state| typos.step(state, c));
            let is_match = state.is_some_and(|state| typos.is_match(state));
            prop_assert_eq!(is_match, matches_slowly(word, read, edits_max), "{:?} {:?} {}", word, read, edits_max);
            prop_assert_eq!(state.is_some(), may_go_on(word, read, edits_max), "{:?} {:?} {}", word, read, edits_max);
        }
        Ok(())
    }

    /// Whether some text that begins with `read` matches. It is enough to try `read` with each suffix of the word, and the
    /// same with the character before the suffix in front of it, for a swap across the end of `read`.
    fn may_go_on(word: &str, read: &str, edits_max: u8) -> bool {
        let cuts = word.char_indices().map(|(at, _)| at).chain([word.len()]);
        cuts.flat_map(|cut| {
            let rest = &word[cut..];
            let swapped = word[..cut].chars().next_back().map(|last| format!("{read}{last}{rest}"));
            [Some(format!("{read}{rest}")), swapped].into_iter().flatten()
        })
        .any(|text| matches_slowly(word, &text, edits_max))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn random_texts_match_as_strsim_says(
            word in "[abcdé新𝐛]{1,9}", text in "[abcdé新𝐛]{0,11}", edits_max in 0..=2_u8,
        ) {
            check_prefixes(&word, &text, edits_max)?;
        }

    }

    proptest! {
        // The reference takes a fifth of a second for 100 long words.
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn slightly_edited_texts_match_as_strsim_says(
            word in prop_oneof!["[abcdé新𝐛]{2,16}", "[abcdé新𝐛]{60,62}"], edits in proptest::collection::vec((0..4_u8, any::<prop::sample::Index>()), 0..4),
            tail in "[ab1٣]{0,2}", edits_max in 0..=2_u8,
        ) {
            let mut text: Vec<char> = word.chars().collect();
            for (edit, place) in edits {
                let at = place.index(text.len() + 1);
                match edit {
                    0 => text.insert(at, 'c'),
                    1 if at < text.len() => drop(text.remove(at)),
                    2 if at < text.len() => text[at] = 'd',
                    3 if at + 1 < text.len() => text.swap(at, at + 1),
                    _ => {}
                }
            }
            check_prefixes(&word, &format!("{}{tail}", String::from_iter(text)), edits_max)?;
        }

    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5_000))]

        #[test]
        fn no_continuation_matches_after_a_step_returned_none(
            word in "[ab]{1,5}", read in "[abc1]{1,5}", rest in "[abc]{0,7}", edits_max in 0..=2_u8,
        ) {
            let typos = Typos::new(&word, edits_max);
            let state = read.chars().try_fold(typos.start(), |state, c| typos.step(state, c));
            let text = read + &rest;
            prop_assert!(state.is_some() || !matches_slowly(&word, &text, edits_max));
        }
    }

    #[test]
    fn a_text_must_begin_as_the_word_does() {
        let cases = [
            ("backup", "backup", 0, true),
            ("backup", "bakcup", 1, true),
            ("backup", "abckup", 1, true),
            ("backup", "packup", 2, false),
            ("backup", "ackup", 2, false),
            ("backup", "xbackup", 2, false),
            ("backup", "abckpu", 1, false),
            ("backup", "abckpu", 2, true),
            ("ab", "b", 1, false),
            ("aab", "aba", 1, true),
            ("news", "news2", 2, false),
            ("news", "new٣", 2, false),
        ];
        for (word, text, edits_max, expected) in cases {
            assert_eq!(Typos::new(word, edits_max).accepts(text, false), expected, "{word} {text} {edits_max}");
        }
    }

    #[test]
    fn a_typo_in_the_first_letter_is_the_only_one() {
        let cases = [
            ("harry", "sarry", true),
            ("harry", "arry", true),
            ("harry", "charry", true),
            ("harry", "hharry", true),
            ("harry", "harry", true),
            ("harry", "sary", false),
            ("harry", "xsarry", false),
            ("harry", "rry", false),
            ("harry", "sarryx", false),
            ("aarry", "arry", true),
            ("aarry", "aaarry", true),
            ("élan", "elan", true),
            ("新闻直播", "旧闻直播", true),
            ("新闻直播", "闻直播", true),
        ];
        for (word, piece, expected) in cases {
            assert_eq!(is_first_letter_typo(word, piece), expected, "{word} {piece}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5_000))]

        #[test]
        fn a_piece_matches_if_it_begins_alike_or_has_one_edit(
            word in "[abcé新]{4,9}", piece in "[abcé新]{1,10}", first in "[abcé新]{0,2}", edits_max in 0..=2_u8, prefixes in any::<bool>(),
        ) {
            let typos = Typos::new(&word, edits_max);
            let near = first + split_first(&word).1;
            for piece in [piece, near] {
                let ends = piece.char_indices().map(|(at, _)| at).filter(|_| prefixes).chain([piece.len()]);
                let begins_alike = ends.into_iter().any(|end| matches_slowly(&word, &piece[..end], edits_max));
                let expected = begins_alike || edits_max > 0 && osa_distance(&word, &piece) == 1;
                prop_assert_eq!(typos.matches(&word, &piece, prefixes), expected, "{:?} {:?}", word, piece);
            }
        }
    }

    /// The places of three characters that no text has side by side.
    fn lacking(word: &str, texts: &[String]) -> u64 {
        let chars: Vec<char> = word.chars().collect();
        let is_lacking = |gram: &[char]| !texts.iter().any(|text| text.contains(&String::from_iter(gram)));
        chars.windows(3).enumerate().fold(0, |places, (at, gram)| places | u64::from(is_lacking(gram)) << at)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3_000))]

        #[test]
        fn what_no_text_has_rules_no_match_out(
            word in "[abcé]{3,12}", texts in proptest::collection::vec("[abcé]{1,14}", 1..6), edits_max in 0..=2_u8,
        ) {
            let typos = Typos::new(&word, edits_max);
            let pruned = Typos::new(&word, edits_max).without(lacking(&word, &texts));
            for text in texts {
                for prefixes in [false, true] {
                    let is_match = pruned.as_ref().is_some_and(|pruned| pruned.accepts(&text, prefixes));
                    prop_assert_eq!(is_match, typos.accepts(&text, prefixes), "{:?} {:?}", word, text);
                }
                let near = is_first_letter_typo(&word, &text);
                prop_assert!(pruned.is_some() || !near || edits_max == 0, "{:?} {:?}", word, text);
            }
        }
    }

    /// Three runs of three characters that no text has, four places apart, need three typos.
    #[test]
    fn what_no_text_has_ends_the_search_early() {
        let word = "abcdefghijk";
        let places = |places: &[u32]| places.iter().fold(0, |set, place| set | 1_u64 << place);
        let typos = |lacking| Typos::new(word, 2).without(lacking);
        assert!(typos(places(&[0, 4, 8])).is_none());
        assert!(typos(places(&[0, 3, 7])).is_some(), "a swap may change the first two");
        let read = |lacking, text: &str| {
            let typos = typos(lacking)?;
            text.chars().try_fold(typos.start(), |state, c| typos.step(state, c))
        };
        assert!(read(places(&[0, 4]), "abx").is_some() && read(places(&[4, 8]), "abx").is_none());
        assert!(read(places(&[4, 8]), "abcdex").is_some());
    }

    #[test]
    #[should_panic(expected = "over 62 characters")]
    fn a_word_of_63_characters_is_refused() {
        let _ = Typos::new(&"x".repeat(WORD_CHARS_MAX + 1), 1);
    }
}
