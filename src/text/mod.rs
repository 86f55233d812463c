//! Text in, text out: folding, words, keywords, typos and marks.
//!
//! Nothing here knows a row, a dictionary, an index or a store. The semantics page of the docs specifies which names match
//! a keyword. The modules here decide that for one text at a time; the index finds the same answer for all rows at once.
//!
//! ```text
//! raw text ── fold ──> folded text ── terms ──> words and symbols        a name
//! raw text ── fold ──> Keyword: words with their places, or symbols      a keyword
//! NameMatcher: does the name match?    Marker: which pieces of it match?
//! ```

pub(crate) mod ascii_set;
pub(crate) mod automaton;
mod char_table;
pub(crate) mod fold;
pub(crate) mod joined;
pub(crate) mod keyword;
pub(crate) mod letters;
pub(crate) mod marker;
pub(crate) mod matcher;
pub(crate) mod name_matcher;
pub(crate) mod symbols;
pub(crate) mod term;
pub(crate) mod traced;
pub(crate) mod typos;
pub(crate) mod words;

#[cfg(test)]
pub(crate) mod spec_tests;
