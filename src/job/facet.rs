//! The three facets of a job: small closed sets that a request filters by.
//!
//! Each facet is its own type with the names and numbers of the API. A value iterates over itself, so that a filter takes
//! one value, an array, a `Vec` or any other iterator of values in the same way.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// What the template of a job makes of its stream; on the wire a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TemplateType {
    /// `normal`
    Normal,
    /// `narrow-band`
    NarrowBand,
    /// `audio-only`
    AudioOnly,
    /// `origin`
    Origin,
}

/// How a job starts; on the wire a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StartMode {
    /// `0`: it starts when it is made.
    Immediate,
    /// `1`: it starts and ends at set times.
    Scheduled,
}

/// Where a job is in its life; on the wire a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Status {
    /// `0`: not started.
    Pending,
    /// `1`: in progress.
    Running,
    /// `2`: stopped.
    Stopped,
}

/// A facet: an enumeration whose values are numbered from zero without gaps.
pub trait Facet: Copy + Eq + 'static {
    /// All values, in the order of their numbers.
    const ALL: &'static [Self];

    /// The place of this value in [`Facet::ALL`].
    fn ordinal(self) -> usize;
}

impl Facet for TemplateType {
    const ALL: &'static [Self] = &[Self::Normal, Self::NarrowBand, Self::AudioOnly, Self::Origin];

    fn ordinal(self) -> usize {
        self as usize
    }
}

impl Facet for StartMode {
    const ALL: &'static [Self] = &[Self::Immediate, Self::Scheduled];

    fn ordinal(self) -> usize {
        self as usize
    }
}

impl Facet for Status {
    const ALL: &'static [Self] = &[Self::Pending, Self::Running, Self::Stopped];

    fn ordinal(self) -> usize {
        self as usize
    }
}

impl TemplateType {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::NarrowBand => "narrow-band",
            Self::AudioOnly => "audio-only",
            Self::Origin => "origin",
        }
    }

    /// The value with this name on the wire, compared exactly; `None` for any other text.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|value| value.as_str() == name)
    }
}

impl StartMode {
    /// The number on the wire.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The value with this number on the wire; `None` for any other number.
    pub fn from_code(code: u64) -> Option<Self> {
        Self::ALL.iter().copied().find(|value| u64::from(value.code()) == code)
    }
}

impl Status {
    /// The number on the wire.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The value with this number on the wire; `None` for any other number.
    pub fn from_code(code: u64) -> Option<Self> {
        Self::ALL.iter().copied().find(|value| u64::from(value.code()) == code)
    }
}

impl fmt::Display for TemplateType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for StartMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Immediate => "immediate",
            Self::Scheduled => "scheduled",
        })
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Stopped => "stopped",
        })
    }
}

/// One value is an iterator of itself, so that a filter takes `Status::Running` as it takes an array of values.
macro_rules! iterate_over_itself {
    ($($facet:ty),*) => {$(
        impl IntoIterator for $facet {
            type Item = Self;
            type IntoIter = std::iter::Once<Self>;

            fn into_iter(self) -> Self::IntoIter {
                std::iter::once(self)
            }
        }
    )*};
}

iterate_over_itself!(TemplateType, StartMode, Status);

impl Serialize for TemplateType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for TemplateType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::from_name(&name).ok_or_else(|| {
            de::Error::invalid_value(de::Unexpected::Str(&name), &"normal, narrow-band, audio-only or origin")
        })
    }
}

impl Serialize for StartMode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.code())
    }
}

impl<'de> Deserialize<'de> for StartMode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = u64::deserialize(deserializer)?;
        Self::from_code(code)
            .ok_or_else(|| de::Error::invalid_value(de::Unexpected::Unsigned(code), &"0 (immediate) or 1 (scheduled)"))
    }
}

impl Serialize for Status {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.code())
    }
}

impl<'de> Deserialize<'de> for Status {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = u64::deserialize(deserializer)?;
        Self::from_code(code).ok_or_else(|| {
            de::Error::invalid_value(de::Unexpected::Unsigned(code), &"0 (not started), 1 (in progress) or 2 (stopped)")
        })
    }
}
