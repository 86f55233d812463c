//! The parameters of a request: what the query and a form body say, read by name.
//!
//! As strict as [`jobdex::wire`] is with the list request: an escape that is none, bytes that are no UTF-8 and a second
//! value are refused, by name; parameters that nobody asks for are ignored, whatever they hold.

use std::borrow::Cow;

use jobdex::wire::ApiError;

use crate::errors::{invalid, missing};
use crate::limits::PARAMETERS_MAX;

/// The encoded text of all parameters, those of the query before those of the body.
#[derive(Debug)]
pub(crate) struct Params<'a> {
    encoded: Cow<'a, str>,
}

impl<'a> Params<'a> {
    /// The parameters of a query and of a form body; either may be empty.
    ///
    /// # Errors
    /// More than [`PARAMETERS_MAX`] of them are refused as `Parameters`.
    pub(crate) fn new(query: &'a str, form: &'a str) -> Result<Self, ApiError> {
        let encoded = match (query, form) {
            (query, "") => Cow::Borrowed(query),
            ("", form) => Cow::Borrowed(form),
            (query, form) => Cow::Owned(format!("{query}&{form}")),
        };
        if encoded.split('&').filter(|pair| !pair.is_empty()).count() > PARAMETERS_MAX {
            return Err(invalid("Parameters", format!("there are more than {PARAMETERS_MAX} parameters")));
        }
        Ok(Self { encoded })
    }

    /// The text that all of them were read from.
    pub(crate) fn encoded(&self) -> &str {
        &self.encoded
    }

    /// The value of a parameter; `None` where it is absent or empty.
    ///
    /// # Errors
    /// A value that cannot be decoded, or a second value.
    pub(crate) fn get(&self, name: &'static str) -> Result<Option<Cow<'_, str>>, ApiError> {
        let mut found = None;
        for value in self.values(name).filter(|value| !value.is_empty()) {
            let value = decoded(value).ok_or_else(|| invalid(name, "it is not percent-encoded UTF-8"))?;
            if found.replace(value).is_some() {
                return Err(invalid(name, "it is given more than once"));
            }
        }
        Ok(found)
    }

    /// The value of a parameter that has to be there.
    ///
    /// # Errors
    /// As [`get`](Self::get), and an absent or empty one.
    pub(crate) fn need(&self, name: &'static str) -> Result<Cow<'_, str>, ApiError> {
        self.get(name)?.ok_or_else(|| missing(name))
    }

    fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        let pairs = self.encoded.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        pairs.filter(move |(encoded, _)| decoded(encoded).is_some_and(|known| known == name)).map(|(_, value)| value)
    }
}

/// The text of an encoded name or value; `None` where it has none.
fn decoded(encoded: &str) -> Option<Cow<'_, str>> {
    if !encoded.contains(['%', '+']) {
        return Some(Cow::Borrowed(encoded));
    }
    let mut text = Vec::with_capacity(encoded.len());
    let mut bytes = encoded.bytes();
    while let Some(byte) = bytes.next() {
        text.push(match byte {
            b'+' => b' ',
            b'%' => hex_digit(bytes.next()?)? << 4 | hex_digit(bytes.next()?)?,
            plain => plain,
        });
    }
    String::from_utf8(text).ok().map(Cow::Owned)
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}
