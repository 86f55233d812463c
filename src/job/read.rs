//! Reads a [`Job`] from what a real API may send.
//!
//! The fields of a job are read into a raw form first and checked after the last one. The error of a field names the
//! job's ID, even if the ID comes after that field in the text. Only `Deserialize` of [`Job`] and of its parts calls
//! this module.
//!
//! ```text
//! JSON ─→ RawJob: each field is absent, null, a value, or unfit ─→ Job
//!                                   └──────────────────────────→ RefusedField: field, job ID, expected, got
//! ```
//!
//! Texts and lists that are absent or null are empty. The ID, the facets and the creation time are required.

use std::fmt;
use std::marker::PhantomData;

use chrono::{DateTime, Utc};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{Job, OutputStream, StartMode, Status, StreamInput, TemplateType, create_time};
use crate::limits::JOB_ID_BYTES_MAX;

/// An error quotes this much of a refused text. A time with its fraction and offset fits.
const GOT_CHARS_MAX: usize = 64;
/// With its feature `arbitrary_precision`, `serde_json` hands out a number as a map from this key to the number's text.
pub(crate) const NUMBER_KEY: &str = "$serde_json::private::Number";
const FIELDS: &[&str] = &[
    "Name",
    "JobId",
    "TemplateType",
    "TemplateId",
    "TemplateName",
    "StartMode",
    "Status",
    "StreamInput",
    "OutputStream",
    "CreateTime",
];

impl<'de> Deserialize<'de> for Job {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct("Job", FIELDS, JobVisitor)
    }
}

/// Reads and checks a job inside one visit. `serde_json` adds the line and the column to an error inside a visit only.
struct JobVisitor;

impl<'de> Visitor<'de> for JobVisitor {
    type Value = Job;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a job")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Job, A::Error> {
        RawJob::deserialize(MapAccessDeserializer::new(map))?.checked().map_err(A::Error::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Job, A::Error> {
        RawJob::deserialize(SeqAccessDeserializer::new(seq))?.checked().map_err(A::Error::custom)
    }
}

/// The fields of a job as they were read.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawJob {
    #[serde(default)]
    name: RawField<String>,
    #[serde(default)]
    job_id: RawField<String>,
    #[serde(default)]
    template_type: RawField<TemplateType>,
    #[serde(default)]
    template_id: RawField<String>,
    #[serde(default)]
    template_name: RawField<String>,
    #[serde(default)]
    start_mode: RawField<StartMode>,
    #[serde(default)]
    status: RawField<Status>,
    #[serde(default, deserialize_with = "or_empty")]
    stream_input: StreamInput,
    #[serde(default, deserialize_with = "or_empty")]
    output_stream: OutputStream,
    #[serde(default)]
    create_time: RawField<DateTime<Utc>>,
}

impl RawJob {
    #[inline]
    fn checked(self) -> Result<Job, RefusedField> {
        let job_id = self.job_id.required().map_err(|unfit| unfit.refused("JobId", None))?;
        let refused = |field| {
            let job_id = job_id.as_str();
            move |unfit: Box<Unfit>| unfit.refused(field, Some(job_id))
        };
        Ok(Job {
            name: self.name.or_empty().map_err(refused("Name"))?,
            template_type: self.template_type.required().map_err(refused("TemplateType"))?,
            template_id: self.template_id.or_empty().map_err(refused("TemplateId"))?,
            template_name: self.template_name.or_empty().map_err(refused("TemplateName"))?,
            start_mode: self.start_mode.required().map_err(refused("StartMode"))?,
            status: self.status.required().map_err(refused("Status"))?,
            stream_input: self.stream_input,
            output_stream: self.output_stream,
            create_time: self.create_time.required().map_err(refused("CreateTime"))?,
            job_id,
        })
    }
}

/// A value, or the empty value in place of null.
///
/// # Errors
/// The errors of the value.
#[inline]
pub(super) fn or_empty<'de, T: Default + Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// A value that a field of a job has: a text or a number on the wire.
trait FieldValue: Sized {
    /// The words of an error that says what the value must be.
    const EXPECTED: &'static str;

    /// The value of a text, or the words of an error that says what the text must be.
    fn from_text(_: &str) -> Result<Self, &'static str> {
        Err(Self::EXPECTED)
    }

    /// As [`from_text`](Self::from_text). A text that is the value is moved and not copied.
    fn from_owned(text: String) -> Result<Self, Box<Unfit>> {
        Self::from_text(&text).map_err(|expected| Unfit::text(expected, &text))
    }

    fn from_number(_: u64) -> Option<Self> {
        None
    }
}

impl FieldValue for String {
    const EXPECTED: &'static str = "a text";

    #[inline]
    fn from_text(text: &str) -> Result<Self, &'static str> {
        Ok(text.to_owned())
    }

    fn from_owned(text: String) -> Result<Self, Box<Unfit>> {
        Ok(text)
    }
}

impl FieldValue for TemplateType {
    const EXPECTED: &'static str = "normal, narrow-band, audio-only or origin";

    fn from_text(text: &str) -> Result<Self, &'static str> {
        Self::from_name(text).ok_or(Self::EXPECTED)
    }
}

impl FieldValue for StartMode {
    const EXPECTED: &'static str = "0 (immediate) or 1 (scheduled)";

    fn from_number(number: u64) -> Option<Self> {
        Self::from_code(number)
    }
}

impl FieldValue for Status {
    const EXPECTED: &'static str = "0 (not started), 1 (in progress) or 2 (stopped)";

    fn from_number(number: u64) -> Option<Self> {
        Self::from_code(number)
    }
}

impl FieldValue for DateTime<Utc> {
    const EXPECTED: &'static str = create_time::EXPECTED;

    fn from_text(text: &str) -> Result<Self, &'static str> {
        create_time::parse(text)
    }
}

/// A field before the check.
#[derive(Default)]
enum RawField<T> {
    #[default]
    Absent,
    Null,
    Value(T),
    /// In a box, because it is rare and larger than the values.
    Unfit(Box<Unfit>),
}

impl<T: FieldValue> RawField<T> {
    #[inline]
    fn required(self) -> Result<T, Box<Unfit>> {
        match self {
            Self::Absent => Err(Unfit::other(T::EXPECTED, "no value")),
            Self::Null => Err(Unfit::other(T::EXPECTED, "null")),
            Self::Value(value) => Ok(value),
            Self::Unfit(unfit) => Err(unfit),
        }
    }

    #[inline]
    fn or_empty(self) -> Result<T, Box<Unfit>>
    where
        T: Default,
    {
        match self {
            Self::Absent | Self::Null => Ok(T::default()),
            Self::Value(value) => Ok(value),
            Self::Unfit(unfit) => Err(unfit),
        }
    }

    #[inline]
    fn of_text(text: &str) -> Self {
        match T::from_text(text) {
            Ok(value) => Self::Value(value),
            Err(expected) => Self::Unfit(Unfit::text(expected, text)),
        }
    }

    fn of_number(number: u64) -> Self {
        T::from_number(number).map_or_else(|| Self::other(number), Self::Value)
    }

    fn of_digits(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::other(cut(text, GOT_CHARS_MAX)), Self::of_number)
    }

    fn other(got: impl fmt::Display) -> Self {
        Self::Unfit(Unfit::other(T::EXPECTED, got))
    }
}

impl<'de, T: FieldValue> Deserialize<'de> for RawField<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FieldVisitor(PhantomData))
    }
}

/// Accepts every value of JSON. A value that the field does not have is refused later, with the job's ID.
struct FieldVisitor<T>(PhantomData<T>);

impl<'de, T: FieldValue> Visitor<'de> for FieldVisitor<T> {
    type Value = RawField<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    #[inline]
    fn visit_str<E>(self, text: &str) -> Result<RawField<T>, E> {
        Ok(RawField::of_text(text))
    }

    fn visit_string<E>(self, text: String) -> Result<RawField<T>, E> {
        Ok(T::from_owned(text).map_or_else(RawField::Unfit, RawField::Value))
    }

    fn visit_u64<E>(self, number: u64) -> Result<RawField<T>, E> {
        Ok(RawField::of_number(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<RawField<T>, E> {
        Ok(u64::try_from(number).map_or_else(|_| RawField::other(number), RawField::of_number))
    }

    fn visit_f64<E>(self, number: f64) -> Result<RawField<T>, E> {
        // `Debug` writes 1.0, `Display` would write 1.
        Ok(RawField::other(format_args!("{number:?}")))
    }

    fn visit_bool<E>(self, value: bool) -> Result<RawField<T>, E> {
        Ok(RawField::other(value))
    }

    fn visit_unit<E>(self) -> Result<RawField<T>, E> {
        Ok(RawField::Null)
    }

    fn visit_none<E>(self) -> Result<RawField<T>, E> {
        Ok(RawField::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<RawField<T>, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<RawField<T>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(RawField::other("a list"))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawField<T>, A::Error> {
        // Ends: each round takes a key out of the map.
        while let Some(key) = map.next_key::<String>()? {
            if key == NUMBER_KEY {
                let text: String = map.next_value()?;
                return Ok(RawField::of_digits(&text));
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(RawField::other("an object"))
    }
}

/// A value that its field does not have.
struct Unfit {
    expected: &'static str,
    got: String,
}

#[allow(clippy::unnecessary_box_returns, reason = "a field holds the box, so that its values stay small")]
impl Unfit {
    #[cold]
    fn text(expected: &'static str, got: &str) -> Box<Self> {
        Self::other(expected, format_args!("{:?}", cut(got, GOT_CHARS_MAX)))
    }

    #[cold]
    fn other(expected: &'static str, got: impl fmt::Display) -> Box<Self> {
        Box::new(Self { expected, got: got.to_string() })
    }

    #[cold]
    fn refused(self, field: &'static str, job_id: Option<&str>) -> RefusedField {
        // The store would refuse a longer ID.
        let job_id = job_id.map(|job_id| cut(job_id, JOB_ID_BYTES_MAX).to_owned());
        RefusedField { field, job_id, unfit: self }
    }
}

/// The reason why a job was not read. Its text has the style of the errors of [`error`](crate::error).
struct RefusedField {
    field: &'static str,
    /// `None` if the ID itself is refused.
    job_id: Option<String>,
    unfit: Unfit,
}

impl fmt::Display for RefusedField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.field)?;
        if let Some(job_id) = &self.job_id {
            write!(f, " of job {job_id:?}")?;
        }
        write!(f, " must be {}, got {}", self.unfit.expected, self.unfit.got)
    }
}

/// The first characters of a text.
fn cut(text: &str, chars_max: usize) -> &str {
    text.char_indices().nth(chars_max).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use serde::de::value::{Error as ValueError, MapDeserializer};

    use super::*;

    /// The status of a number as `serde_json` hands it out with its feature `arbitrary_precision`.
    fn status_of(digits: &str) -> Result<Status, String> {
        let map = MapDeserializer::<_, ValueError>::new([(NUMBER_KEY, digits)].into_iter());
        let field = RawField::<Status>::deserialize(map).expect("a map of texts");
        field.required().map_err(|unfit| unfit.got)
    }

    #[test]
    fn a_number_of_any_precision_is_a_number() {
        assert_eq!(status_of("1"), Ok(Status::Running));
        for refused in ["7", "-1", "1.0", "1e0", "18446744073709551616"] {
            assert_eq!(status_of(refused), Err(refused.to_owned()));
        }
    }
}
