//! The interface between a walk over a trie of words and a matcher of texts.
//!
//! The walk knows the trie and no rule of matching. The matcher knows the text read so far and no trie. The walk carries
//! one state per branch, so a state is small and `Copy`:
//!
//! `start ──step(c)──▶ state ──step(c)──▶ state …`, `None` where the walk can skip the whole branch.

/// A matcher that reads a text character by character and can tell early that no continuation will match.
///
/// # Contract
/// * The automaton does not change while it reads: equal states and equal characters always give equal answers. A walk may
///   therefore keep a state and step it several times, each time with another character.
/// * The empty text is read by no step: it matches exactly if `is_match(start())` is true.
/// * A text may end after any step. The automaton is not told that the text ended; `is_match` answers for the text read so
///   far, and changes nothing.
/// * `step` returns `None` only if no continuation matches: neither the text read so far with `c`, nor any longer text. The
///   search may then skip all of them. `None` is final, as no state is left to step.
/// * `step` may return a state from which no text matches. This costs time and does not change an answer.
pub(crate) trait Automaton {
    /// The matcher's knowledge of the text read so far.
    type State: Copy;

    /// The state before the first character: the state of the empty text.
    fn start(&self) -> Self::State;

    /// The state after one more character; `None` if neither this text nor any continuation of it matches.
    fn step(&self, state: Self::State, c: char) -> Option<Self::State>;

    /// Whether the text read so far matches.
    fn is_match(&self, state: Self::State) -> bool;

    /// Whether a text matches or, with `prefixes`, a prefix of it. The empty text and the text itself are prefixes too.
    fn accepts(&self, text: &str, prefixes: bool) -> bool {
        let mut state = self.start();
        for c in text.chars() {
            if prefixes && self.is_match(state) {
                return true;
            }
            let Some(next) = self.step(state, c) else { return false };
            state = next;
        }
        self.is_match(state)
    }

    /// The characters on which `step` may return a state, if they are few. A walk then looks for these characters instead
    /// of trying every character it meets. `step` still decides: it may return `None` for a character listed here, and
    /// always returns `None` for a character that is not.
    fn next(&self, _state: Self::State) -> Next {
        Next::Any
    }
}

/// The characters that an automaton can read from a state.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Next {
    /// Possibly any character.
    Any,
    /// These characters only.
    Few(FewChars),
}

/// At most ten distinct characters.
// Invariants:
//   chars[..len] ascend strictly
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FewChars {
    chars: [char; Self::LEN_MAX],
    len: usize,
}

impl FewChars {
    /// An automaton of two edits has at most this many places from which it can read on.
    const LEN_MAX: usize = 10;

    /// Collects characters that come in any order, with repeats; `None` if more than ten are distinct.
    pub(crate) fn new(all: impl Iterator<Item = char>) -> Option<Self> {
        let mut few = Self::default();
        for c in all {
            let at = few.as_slice().partition_point(|&other| other < c);
            if few.as_slice().get(at) == Some(&c) {
                continue;
            }
            if few.len == Self::LEN_MAX {
                return None;
            }
            few.chars.copy_within(at..few.len, at + 1);
            few.chars[at] = c;
            few.len += 1;
        }
        Some(few)
    }

    /// The characters, ascending.
    pub(crate) fn as_slice(&self) -> &[char] {
        &self.chars[..self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Matches texts of at least so many characters, all of them `a`. The state counts the characters read.
    struct Repeats {
        len_min: usize,
    }

    impl Automaton for Repeats {
        type State = usize;

        fn start(&self) -> usize {
            0
        }

        fn step(&self, state: usize, c: char) -> Option<usize> {
            (c == 'a').then_some(state + 1)
        }

        fn is_match(&self, state: usize) -> bool {
            state >= self.len_min
        }
    }

    #[test]
    fn a_text_is_accepted_whole_or_by_a_prefix() {
        // Length needed, text, whether the whole text matches, whether a prefix matches.
        let cases = [
            (0, "", true, true),
            (0, "b", false, true),
            (1, "", false, false),
            (2, "a", false, false),
            (2, "aa", true, true),
            (2, "aab", false, true),
            (2, "aba", false, false),
        ];
        for (len_min, text, is_whole, is_prefix) in cases {
            let repeats = Repeats { len_min };
            assert_eq!(repeats.accepts(text, false), is_whole, "{text:?} is {len_min} long");
            assert_eq!(repeats.accepts(text, true), is_prefix, "{text:?} has a prefix of {len_min}");
        }
    }

    #[test]
    fn few_characters_are_sorted_and_distinct_and_eleven_are_too_many() {
        let few = FewChars::new("banana".chars()).expect("three characters are few");
        assert_eq!(few.as_slice(), ['a', 'b', 'n']);
        assert_eq!(FewChars::new("".chars()).map(|few| few.as_slice().len()), Some(0));
        assert_eq!(FewChars::new("abcdefghijjj".chars()).map(|few| few.as_slice().len()), Some(10));
        assert!(FewChars::new("abcdefghijk".chars()).is_none(), "eleven distinct characters are too many");
    }
}
