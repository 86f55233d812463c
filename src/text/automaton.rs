//! What a walk over a trie of words asks of a matcher.
//!
//! The walk knows the trie and nothing of matching; the matcher knows the text read so far and nothing of tries. The walk
//! carries one state per branch, so a state is small and `Copy`:
//!
//! `start ──step(c)──▶ state ──step(c)──▶ state …`, `None` wherever the whole branch below can be left out.

/// A matcher that reads a text character by character and can tell early that it will never match.
pub(crate) trait Automaton {
    /// What the matcher knows of the text read so far.
    type State: Copy;

    /// The state before the first character.
    fn start(&self) -> Self::State;

    /// The state after one more character; `None` if no text that goes on from here matches.
    fn step(&self, state: Self::State, c: char) -> Option<Self::State>;

    /// Whether the text read so far matches.
    fn is_match(&self, state: Self::State) -> bool;

    /// Whether a text matches or, with `prefixes`, a prefix of it.
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

    /// The characters on which a state can go on, where they are few: a walk then looks for them, instead of trying every
    /// character it meets. `step` still decides.
    fn next(&self, _state: Self::State) -> Next {
        Next::Any
    }
}

/// The characters on which an automaton can go on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Next {
    /// Any, for all one knows.
    Any,
    /// None but these.
    Few(FewChars),
}

/// A handful of characters.
// Invariants:
//   chars[..len] ascend strictly
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FewChars {
    chars: [char; Self::LEN_MAX],
    len: usize,
}

impl FewChars {
    /// As many as an automaton of two edits has places to go on from.
    const LEN_MAX: usize = 10;

    /// Of some characters, in any order; `None` if they are too many.
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
