//! Text in, text out: folding, words, keywords and edit distance.
//!
//! Nothing here knows a row, a store or an index. The specification of what matches is the semantics page of the docs; the
//! modules here are its pieces.
//!
//! ```text
//! raw text ── fold ──> folded text ── terms ──> words and symbols        a name
//! raw text ── fold ──> Keyword: words with their places, or symbols      a keyword
//! ```

pub(crate) mod automaton;
pub(crate) mod fold;
pub(crate) mod keyword;
pub(crate) mod marker;
pub(crate) mod matcher;
pub(crate) mod name_matcher;
pub(crate) mod term;
pub(crate) mod traced;
pub(crate) mod typos;
pub(crate) mod words;

#[cfg(test)]
pub(crate) mod spec_tests;
#[cfg(test)]
pub(crate) mod test_names;
