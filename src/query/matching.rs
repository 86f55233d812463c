//! The ways in which a keyword may match, and the rung at which it did.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::UnknownValue;

/// The matches of a keyword that a query returns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Matching {
    /// The literal matches. If the store has none, the matches within one typo a word; if it has none of these, the
    /// matches within two. The keyword and the store alone decide the rung, before any other filter, so counts under
    /// different filters add up.
    #[default]
    Closest,
    /// Only the literal matches.
    Literal,
    /// The union of all three rungs.
    Any,
}

impl Matching {
    /// The name in JSON: `closest`, `literal` or `any`.
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
    /// The keyword matched as written.
    Literal,
    /// The keyword matched within one edit a word.
    OneTypo,
    /// The keyword matched within two edits a word.
    TwoTypos,
}

impl MatchLevel {
    /// All rungs, from the closest on.
    pub const ALL: [Self; 3] = [Self::Literal, Self::OneTypo, Self::TwoTypos];

    /// The name in JSON: `literal`, `one-typo` or `two-typos`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Literal => "literal",
            Self::OneTypo => "one-typo",
            Self::TwoTypos => "two-typos",
        }
    }

    /// The most edits between a word of the keyword and a word of the name. A word may have a smaller budget of its
    /// own.
    pub fn edits_max(self) -> u8 {
        match self {
            Self::Literal => 0,
            Self::OneTypo => 1,
            Self::TwoTypos => 2,
        }
    }
}

/// The rung that answered a keyword, and whether the symbols of the keyword narrowed its matches down. A cursor pins both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct AnsweredRung {
    /// The level; `None` if nothing matched, and without a keyword.
    pub(crate) level: Option<MatchLevel>,
    /// Whether only names with all symbols of the keyword that mean something are listed.
    pub(crate) with_symbols: bool,
}

impl AnsweredRung {
    /// The rung with this level, where symbols say nothing.
    #[cfg(test)]
    pub(crate) fn of_level(level: Option<MatchLevel>) -> Self {
        Self { level, with_symbols: false }
    }
}

impl fmt::Display for MatchLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
