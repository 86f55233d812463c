//! How a keyword may match, and how it did.

use serde::{Deserialize, Serialize};

/// Which of the matches of a keyword a query returns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Matching {
    /// The literal matches; where the store has none, those within one typo a word; where it has none, within two.
    /// The rung is chosen from the keyword and the store alone, before any other filter, so that counts under different
    /// filters add up.
    #[default]
    Closest,
    /// The literal matches alone.
    Literal,
    /// The union of all three rungs.
    Any,
}

/// The rung of the ladder at which a keyword matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum MatchLevel {
    /// As written.
    Literal,
    /// Within one edit a word.
    OneTypo,
    /// Within two edits a word.
    TwoTypos,
}

impl MatchLevel {
    /// All rungs, the closest first.
    pub const ALL: [Self; 3] = [Self::Literal, Self::OneTypo, Self::TwoTypos];

    /// The most edits a word of the keyword may be from a word of the name, before the word's own budget.
    pub fn edits_max(self) -> u8 {
        match self {
            Self::Literal => 0,
            Self::OneTypo => 1,
            Self::TwoTypos => 2,
        }
    }
}
