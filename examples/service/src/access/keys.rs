//! The file of access keys: one JSON object a key, with its ID, its secret and its policy.
//!
//! ```json
//! {"id": "LTAI5tReader", "secret": "…", "policy": {"Version": "1", "Statement": [
//!     {"Effect": "Allow", "Action": ["ice:List*", "ice:Get*"], "Resource": "*"}]}}
//! ```
//! A key may be on one line or on several. The whole file is checked before any of its keys counts.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::policy::{Allowed, Policy, PolicyError};
use crate::limits::{KEY_FILE_BYTES_MAX, KEY_TEXT_BYTES_MAX, KEYS_MAX};

/// An access key.
pub(crate) struct Key {
    pub(super) secret: String,
    pub(super) allowed: Allowed,
}

/// All access keys, by ID.
pub(crate) struct Keys(BTreeMap<String, Key>);

/// A key as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with id, secret and policy")]
struct Line {
    id: String,
    secret: String,
    policy: Policy,
}

/// The reason why a file of keys can't be used. It never quotes a secret.
#[derive(Debug)]
pub(crate) struct KeysError {
    path: PathBuf,
    reason: Reason,
}

#[derive(Debug)]
enum Reason {
    File(io::Error),
    TooLong,
    None,
    TooMany,
    /// The place in the file, from the JSON reader.
    Json(serde_json::Error),
    /// The number of the key in the file, from 1.
    Id(usize),
    Secret(String),
    Twice(String),
    Policy(String, PolicyError),
}

impl fmt::Display for KeysError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.path.display())?;
        match &self.reason {
            Reason::File(error) => error.fmt(f),
            Reason::TooLong => write!(f, "file of keys must be at most {} KiB", KEY_FILE_BYTES_MAX >> 10),
            Reason::None => f.write_str("file has no key; with no key nobody could ask"),
            Reason::TooMany => write!(f, "file must have at most {KEYS_MAX} keys"),
            Reason::Json(error) => {
                write!(
                    f,
                    "{error}; a key is {{\"id\": …, \"secret\": …, \"policy\": {{\"Version\": \"1\", \"Statement\": […]}}}}"
                )
            }
            Reason::Id(number) => {
                write!(f, "id of key {number} must be 1 to {KEY_TEXT_BYTES_MAX} letters, digits, and any of .-_@")
            }
            Reason::Secret(id) => {
                write!(f, "secret of key {id} must be 1 to {KEY_TEXT_BYTES_MAX} visible characters of ASCII")
            }
            Reason::Twice(id) => write!(f, "key {id} is given twice"),
            Reason::Policy(id, error) => write!(f, "policy of key {id}: {error}"),
        }
    }
}

impl Error for KeysError {}

impl Keys {
    /// Reads a file of keys.
    ///
    /// # Errors
    /// The file can't be read, or one of its keys can't be used. The error names the key.
    pub(super) fn read(path: &Path) -> Result<Self, KeysError> {
        let text = text(path).and_then(|text| Self::parse(&text));
        text.map_err(|reason| KeysError { path: path.to_owned(), reason })
    }

    fn parse(text: &[u8]) -> Result<Self, Reason> {
        let mut keys = BTreeMap::new();
        for line in serde_json::Deserializer::from_slice(text).into_iter::<Line>() {
            let Line { id, secret, policy } = line.map_err(Reason::Json)?;
            if keys.len() == KEYS_MAX {
                return Err(Reason::TooMany);
            }
            if !is_text(&id, |byte| byte.is_ascii_alphanumeric() || b".-_@".contains(&byte)) {
                return Err(Reason::Id(keys.len() + 1));
            }
            if !is_text(&secret, |byte| byte.is_ascii_graphic()) {
                return Err(Reason::Secret(id));
            }
            let allowed = policy.allowed().map_err(|error| Reason::Policy(id.clone(), error))?;
            if keys.contains_key(&id) {
                return Err(Reason::Twice(id));
            }
            keys.insert(id, Key { secret, allowed });
        }
        if keys.is_empty() { Err(Reason::None) } else { Ok(Self(keys)) }
    }

    pub(super) fn get(&self, id: &str) -> Option<&Key> {
        self.0.get(id)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The IDs of the keys whose secret is easy to guess.
    pub(super) fn weak(&self) -> impl Iterator<Item = &str> {
        /// RAM's secrets have 30 characters.
        const SECRET_BYTES_GOOD: usize = 16;
        self.0.iter().filter(|(_, key)| key.secret.len() < SECRET_BYTES_GOOD).map(|(id, _)| id.as_str())
    }
}

fn text(path: &Path) -> Result<Vec<u8>, Reason> {
    let mut text = Vec::new();
    let file = File::open(path).map_err(Reason::File)?;
    file.take(KEY_FILE_BYTES_MAX + 1).read_to_end(&mut text).map_err(Reason::File)?;
    if text.len() as u64 > KEY_FILE_BYTES_MAX { Err(Reason::TooLong) } else { Ok(text) }
}

fn is_text(text: &str, is_good: impl Fn(u8) -> bool) -> bool {
    (1..=KEY_TEXT_BYTES_MAX).contains(&text.len()) && text.bytes().all(is_good)
}
