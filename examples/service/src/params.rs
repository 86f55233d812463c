//! The parameters of a request, from the query and from a form body, read by name.
//!
//! The rules are those of [`jobdex::wire`] for the list request. A malformed escape, bytes that are not UTF-8 and a
//! second value are refused, and the error names the parameter. Unknown parameters are ignored, even if they are
//! malformed.

use std::borrow::Cow;

use jobdex::wire::ApiError;

use crate::errors::{invalid, missing};
use crate::limits::PARAMETERS_MAX;

/// The encoded text of all parameters: first those of the query, then those of the body.
#[derive(Debug)]
pub(crate) struct Params<'a> {
    encoded: Cow<'a, str>,
}

impl<'a> Params<'a> {
    /// The parameters of a query and of a form body; either may be empty.
    ///
    /// # Errors
    /// More than [`PARAMETERS_MAX`] parameters are an invalid `Parameters`.
    pub(crate) fn new(query: &'a str, form: &'a str) -> Result<Self, ApiError> {
        let encoded = match (query, form) {
            (query, "") => Cow::Borrowed(query),
            ("", form) => Cow::Borrowed(form),
            (query, form) => Cow::Owned(format!("{query}&{form}")),
        };
        if encoded.split('&').filter(|pair| !pair.is_empty()).count() > PARAMETERS_MAX {
            return Err(invalid("Parameters", format!("number of parameters must be at most {PARAMETERS_MAX}")));
        }
        Ok(Self { encoded })
    }

    /// The encoded text of all parameters.
    pub(crate) fn encoded(&self) -> &str {
        &self.encoded
    }

    /// The value of a parameter; `None` if it is absent or empty.
    ///
    /// # Errors
    /// The parameter is invalid if its value cannot be decoded, or if it has a second value.
    pub(crate) fn get(&self, name: &'static str) -> Result<Option<Cow<'_, str>>, ApiError> {
        let mut found = None;
        for value in self.values(name).filter(|value| !value.is_empty()) {
            let value = decoded(value).ok_or_else(|| invalid(name, "value must be percent-encoded UTF-8"))?;
            if found.replace(value).is_some() {
                return Err(invalid(name, "value must be given once"));
            }
        }
        Ok(found)
    }

    /// The value of a mandatory parameter.
    ///
    /// # Errors
    /// The errors of [`get`](Self::get). An absent or empty parameter is missing.
    pub(crate) fn need(&self, name: &'static str) -> Result<Cow<'_, str>, ApiError> {
        self.get(name)?.ok_or_else(|| missing(name))
    }

    /// The decoded names and values of an encoded text, in its order. `None` is a pair that can't be decoded.
    pub(crate) fn pairs_of(encoded: &str) -> impl Iterator<Item = Option<(Cow<'_, str>, Cow<'_, str>)>> {
        split(encoded).filter(|pair| *pair != ("", "")).map(|(name, value)| Some((decoded(name)?, decoded(value)?)))
    }

    fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        let pairs = split(&self.encoded);
        pairs.filter(move |(encoded, _)| decoded(encoded).is_some_and(|known| known == name)).map(|(_, value)| value)
    }
}

/// The encoded names and values.
fn split(encoded: &str) -> impl Iterator<Item = (&str, &str)> {
    encoded.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

/// Decodes a name or a value; `None` if an escape is malformed or the bytes are not UTF-8.
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
