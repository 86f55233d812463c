//! How a keyword may match, and how it did.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::UnknownValue;

/// Which of the matches of a keyword a query returns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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

impl Matching {
    /// Its name: `closest`, `literal` or `any`, as JSON has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closest => "closest",
            Self::Literal => "literal",
            Self::Any => "any",
        }
    }
}

impl fmt::Display for Matching {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Matching {
    type Err = UnknownValue;

    /// Reads the name.
    ///
    /// # Errors
    /// [`UnknownValue`] for any other text.
    fn from_str(text: &str) -> Result<Self, UnknownValue> {
        match text {
            "closest" => Ok(Self::Closest),
            "literal" => Ok(Self::Literal),
            "any" => Ok(Self::Any),
            _ => Err(UnknownValue::new("matching", text, "closest, literal or any")),
        }
    }
}

/// The rung of the ladder at which a keyword matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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

    /// Its name: `literal`, `one-typo` or `two-typos`, as JSON has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Literal => "literal",
            Self::OneTypo => "one-typo",
            Self::TwoTypos => "two-typos",
        }
    }

    /// The most edits a word of the keyword may be from a word of the name, before the word's own budget.
    pub fn edits_max(self) -> u8 {
        match self {
            Self::Literal => 0,
            Self::OneTypo => 1,
            Self::TwoTypos => 2,
        }
    }
}

impl fmt::Display for MatchLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
