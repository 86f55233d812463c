//! The three facets of a job of the API.
//!
//! Each facet is its own type with the names and numbers of the API. A value iterates over itself, so a filter accepts
//! one value, an array, a `Vec` or any other iterator of values in the same way.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::de::{self, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::facet::Facet;
use crate::error::UnknownValue;

/// The kind of stream that the template of a job produces. On the wire it is a name.
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

/// The way a job starts. On the wire it is a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StartMode {
    /// `0`: the job starts when it is made.
    Immediate,
    /// `1`: the job starts and ends at set times.
    Scheduled,
}

/// The status of a job. On the wire it is a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Status {
    /// `0`: not started.
    Pending,
    /// `1`: in progress.
    Running,
    /// `2`: stopped.
    Stopped,
}

impl Facet for TemplateType {
    const NAME: &'static str = "template_type";
    const LEN: usize = 4;
    const ALL: &'static [Self] = &[Self::Normal, Self::NarrowBand, Self::AudioOnly, Self::Origin];

    fn ordinal(self) -> usize {
        self as usize
    }

    fn from_ordinal(n: usize) -> Self {
        Self::ALL[n]
    }

    fn text(self) -> Cow<'static, str> {
        self.as_str().into()
    }
}

impl Facet for StartMode {
    const NAME: &'static str = "start_mode";
    const LEN: usize = 2;
    const ALL: &'static [Self] = &[Self::Immediate, Self::Scheduled];

    fn ordinal(self) -> usize {
        self as usize
    }

    fn from_ordinal(n: usize) -> Self {
        Self::ALL[n]
    }

    fn text(self) -> Cow<'static, str> {
        self.as_str().into()
    }
}

impl Facet for Status {
    const NAME: &'static str = "status";
    const LEN: usize = 3;
    const ALL: &'static [Self] = &[Self::Pending, Self::Running, Self::Stopped];

    fn ordinal(self) -> usize {
        self as usize
    }

    fn from_ordinal(n: usize) -> Self {
        Self::ALL[n]
    }

    fn text(self) -> Cow<'static, str> {
        self.as_str().into()
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
    /// The name for people: `immediate` or `scheduled`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Immediate => "immediate",
            Self::Scheduled => "scheduled",
        }
    }

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
    /// The name for people: `pending`, `running` or `stopped`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Stopped => "stopped",
        }
    }

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
        f.pad(self.as_str())
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for TemplateType {
    type Err = UnknownValue;

    /// Reads the name on the wire.
    ///
    /// # Errors
    /// [`UnknownValue`] for any other text.
    fn from_str(text: &str) -> Result<Self, UnknownValue> {
        Self::from_name(text)
            .ok_or_else(|| UnknownValue::new("template type", text, "normal, narrow-band, audio-only or origin"))
    }
}

impl FromStr for StartMode {
    type Err = UnknownValue;

    /// Reads the name or the number on the wire.
    ///
    /// # Errors
    /// [`UnknownValue`] for any other text.
    fn from_str(text: &str) -> Result<Self, UnknownValue> {
        match text {
            "immediate" | "0" => Ok(Self::Immediate),
            "scheduled" | "1" => Ok(Self::Scheduled),
            _ => Err(UnknownValue::new("start mode", text, "immediate (0) or scheduled (1)")),
        }
    }
}

impl FromStr for Status {
    type Err = UnknownValue;

    /// Reads the name or the number on the wire.
    ///
    /// ```
    /// use jobdex::Status;
    ///
    /// assert_eq!("running".parse(), Ok(Status::Running));
    /// assert_eq!("1".parse(), Ok(Status::Running));
    /// let refusal = "Running".parse::<Status>().unwrap_err();
    /// let text = r#"status must be pending (0), running (1) or stopped (2), got "Running""#;
    /// assert_eq!(refusal.to_string(), text);
    /// ```
    ///
    /// # Errors
    /// [`UnknownValue`] for any other text.
    fn from_str(text: &str) -> Result<Self, UnknownValue> {
        match text {
            "pending" | "0" => Ok(Self::Pending),
            "running" | "1" => Ok(Self::Running),
            "stopped" | "2" => Ok(Self::Stopped),
            _ => Err(UnknownValue::new("status", text, "pending (0), running (1) or stopped (2)")),
        }
    }
}

/// A value is an iterator over itself, so a filter accepts `Status::Running` as it accepts an array of values.
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
        deserializer.deserialize_str(TemplateTypeName)
    }
}

impl Serialize for StartMode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.code())
    }
}

impl<'de> Deserialize<'de> for StartMode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = "0 (immediate) or 1 (scheduled) for StartMode";
        deserializer.deserialize_u64(Code { expected, value_of: Self::from_code })
    }
}

impl Serialize for Status {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.code())
    }
}

impl<'de> Deserialize<'de> for Status {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = "0 (not started), 1 (in progress) or 2 (stopped) for Status";
        deserializer.deserialize_u64(Code { expected, value_of: Self::from_code })
    }
}

/// Reads the name of a template type. Its errors name the field; serde's own errors do not.
struct TemplateTypeName;

impl Visitor<'_> for TemplateTypeName {
    type Value = TemplateType;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("normal, narrow-band, audio-only or origin for TemplateType")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<TemplateType, E> {
        TemplateType::from_name(name).ok_or_else(|| E::invalid_value(Unexpected::Str(name), &self))
    }
}

/// Reads the number of a facet's value. Its errors name the field.
struct Code<F> {
    expected: &'static str,
    value_of: fn(u64) -> Option<F>,
}

impl<F> Visitor<'_> for Code<F> {
    type Value = F;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_u64<E: de::Error>(self, code: u64) -> Result<F, E> {
        (self.value_of)(code).ok_or_else(|| E::invalid_value(Unexpected::Unsigned(code), &self))
    }

    fn visit_i64<E: de::Error>(self, code: i64) -> Result<F, E> {
        let value = u64::try_from(code).ok().and_then(self.value_of);
        value.ok_or_else(|| E::invalid_value(Unexpected::Signed(code), &self))
    }
}
