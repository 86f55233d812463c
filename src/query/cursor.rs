//! A cursor: the place in a list behind which the next page begins.
//!
//! It names the last job of a page by what orders it (creation time and ID), not by a count, so jobs that come and go
//! before it move nothing. On the outside it is one opaque URL-safe text:
//! `base64url(version, rung, query fingerprint, seconds, nanoseconds, job ID, checksum)`.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::MatchLevel;
use super::fingerprint::Fingerprint;
use crate::error::CursorError;
use crate::limits::{CURSOR_BYTES_MAX, JOB_ID_BYTES_MAX};

/// The format that this release writes and reads.
const VERSION: u8 = 1;
/// Version, rung, fingerprint, seconds, nanoseconds.
const HEAD_BYTES: usize = 1 + 1 + 8 + 8 + 4;
const CHECKSUM_BYTES: usize = 4;

/// The place in a list behind which the next page begins; comes from [`Page::next`](crate::Page::next), goes into
/// [`ListQuery::after`](crate::ListQuery::after).
///
/// It belongs to its query: the same filters, keyword, matching and order; the page size may change. It stays valid while
/// jobs come and go, the one it names too: a walk with cursors shows each job that stays exactly once. It keeps the rung
/// of the keyword's first page, so a closer match that appears during the walk does not hide the rest.
///
/// Its text is opaque and URL-safe, under 300 bytes. It is not signed: who changes it on purpose can at most read another
/// place of the same list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub(super) fingerprint: u64,
    pub(super) level: Option<MatchLevel>,
    pub(super) create_time: DateTime<Utc>,
    pub(super) job_id: String,
}

impl Cursor {
    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEAD_BYTES + self.job_id.len() + CHECKSUM_BYTES);
        bytes.push(VERSION);
        bytes.push(level_code(self.level));
        bytes.extend(self.fingerprint.to_le_bytes());
        bytes.extend(self.create_time.timestamp().to_le_bytes());
        bytes.extend(self.create_time.timestamp_subsec_nanos().to_le_bytes());
        bytes.extend(self.job_id.as_bytes());
        bytes.extend(checksum(&bytes));
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (content, sum) = bytes.split_last_chunk::<CHECKSUM_BYTES>()?;
        if checksum(content) != *sum {
            return None;
        }
        let (&[_version, level], rest) = content.split_first_chunk::<2>()?;
        let (fingerprint, rest) = rest.split_first_chunk::<8>()?;
        let (seconds, rest) = rest.split_first_chunk::<8>()?;
        let (nanoseconds, job_id) = rest.split_first_chunk::<4>()?;
        if job_id.is_empty() || job_id.len() > JOB_ID_BYTES_MAX {
            return None;
        }
        Some(Self {
            fingerprint: u64::from_le_bytes(*fingerprint),
            level: level_from_code(level)?,
            create_time: DateTime::from_timestamp(i64::from_le_bytes(*seconds), u32::from_le_bytes(*nanoseconds))?,
            job_id: String::from_utf8(job_id.to_vec()).ok()?,
        })
    }
}

fn level_code(level: Option<MatchLevel>) -> u8 {
    level.map_or(0, |level| level.edits_max() + 1)
}

fn level_from_code(code: u8) -> Option<Option<MatchLevel>> {
    [None, Some(MatchLevel::Literal), Some(MatchLevel::OneTypo), Some(MatchLevel::TwoTypos)]
        .into_iter()
        .find(|&level| level_code(level) == code)
}

fn checksum(content: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let hash = Fingerprint::new().bytes(content).get();
    let [a, b, c, d, e, f, g, h] = hash.to_le_bytes();
    [a ^ e, b ^ f, c ^ g, d ^ h]
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&URL_SAFE_NO_PAD.encode(self.to_bytes()))
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    /// Reads the text of a cursor.
    ///
    /// # Errors
    /// [`CursorError::TooLong`], [`CursorError::Version`] where the text is of another version, and
    /// [`CursorError::Damaged`] for anything else that is not a cursor. Whether it is of the right query shows when the
    /// query runs.
    fn from_str(text: &str) -> Result<Self, CursorError> {
        if text.len() > CURSOR_BYTES_MAX {
            return Err(CursorError::TooLong { got: text.len(), limit: CURSOR_BYTES_MAX });
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| CursorError::Damaged)?;
        match bytes.first() {
            Some(&VERSION) => Self::from_bytes(&bytes).ok_or(CursorError::Damaged),
            Some(&got) => Err(CursorError::Version { got, expected: VERSION }),
            None => Err(CursorError::Damaged),
        }
    }
}

impl Serialize for Cursor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
