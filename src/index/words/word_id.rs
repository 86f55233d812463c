//! The id of a distinct word in the dictionary of names.

/// A word of the dictionary. Ids are dense: a new word gets the id of a removed word where there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct WordId(u32);

impl WordId {
    pub(crate) const fn new(id: u32) -> Self {
        Self(id)
    }

    pub(crate) const fn get(self) -> u32 {
        self.0
    }

    /// The id as an index into a table of words.
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }

    /// The id of the word at an index of a table of words.
    #[allow(clippy::cast_possible_truncation, reason = "words are numbered within 32 bits")]
    pub(crate) const fn from_index(index: usize) -> Self {
        Self(index as u32)
    }
}
