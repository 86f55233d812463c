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
}
