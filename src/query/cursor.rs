//! A cursor: the position in a list after which the next page begins.
//!
//! A cursor names the last job of a page by its creation time and ID, which are the sort key, and not by a count. Jobs
//! that come and go before the cursor therefore do not move it. Callers see one opaque URL-safe text:
//! `base64url(version, rung, query fingerprint, seconds, nanoseconds, job ID, checksum)`.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Timelike, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::MatchLevel;
use super::fingerprint::Fingerprint;
use crate::error::CursorError;
use crate::limits::{CURSOR_BYTES_MAX, JOB_ID_BYTES_MAX};

/// The version of the format that this release writes and reads.
const VERSION: u8 = 1;
/// Version, rung, fingerprint, seconds, nanoseconds.
const HEAD_BYTES: usize = 1 + 1 + 8 + 8 + 4;
const CHECKSUM_BYTES: usize = 4;
/// Added to the code of a rung whose matches the symbols of the keyword narrowed down.
const WITH_SYMBOLS: u8 = 3;
/// The rungs by their codes.
const LEVELS: [Option<MatchLevel>; 4] =
    [None, Some(MatchLevel::Literal), Some(MatchLevel::OneTypo), Some(MatchLevel::TwoTypos)];

/// The position in a list after which the next page begins. [`Page::next`](crate::Page::next) returns a cursor, and
/// [`ListQuery::after`](crate::ListQuery::after) takes it.
///
/// A cursor belongs to its query: the filters, the keyword, the matching and the order must stay the same. The page
/// size may change. A cursor stays valid while jobs come and go, even if the job that it names goes. A walk with
/// cursors shows each job that stays exactly once. The cursor keeps the rung of the first page, so a closer match that
/// appears during the walk does not hide the rest.
///
/// The text of a cursor is opaque, URL-safe and under 300 bytes. It is not signed. A caller who changes the text on
/// purpose can read another position of the same list, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub(super) fingerprint: u64,
    pub(super) level: Option<MatchLevel>,
    /// Whether the symbols of the keyword narrowed the matches down; false where there is no rung.
    pub(super) with_symbols: bool,
    pub(super) create_time: DateTime<Utc>,
    pub(super) job_id: String,
}

impl Cursor {
    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEAD_BYTES + self.job_id.len() + CHECKSUM_BYTES);
        bytes.push(VERSION);
        bytes.push(level_code(self.level) + if self.with_symbols { WITH_SYMBOLS } else { 0 });
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
        let with_symbols = usize::from(level) >= LEVELS.len();
        let level = if with_symbols { level - WITH_SYMBOLS } else { level };
        let (fingerprint, rest) = rest.split_first_chunk::<8>()?;
        let (seconds, rest) = rest.split_first_chunk::<8>()?;
        let (nanoseconds, job_id) = rest.split_first_chunk::<4>()?;
        if job_id.is_empty() || job_id.len() > JOB_ID_BYTES_MAX {
            return None;
        }
        Some(Self {
            fingerprint: u64::from_le_bytes(*fingerprint),
            level: *LEVELS.get(usize::from(level))?,
            with_symbols,
            create_time: time(i64::from_le_bytes(*seconds), u32::from_le_bytes(*nanoseconds))?,
            job_id: String::from_utf8(job_id.to_vec()).ok()?,
        })
    }
}

fn level_code(level: Option<MatchLevel>) -> u8 {
    level.map_or(0, |level| level.edits_max() + 1)
}

/// Every value of a `DateTime` can be read back. A leap second is a second with 1e9 nanoseconds or more. Chrono lets a
/// record have one in any second of a minute, and `from_timestamp` accepts one only at the end of a minute. The
/// nanoseconds are therefore set separately.
fn time(seconds: i64, nanoseconds: u32) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(seconds, 0)?.with_nanosecond(nanoseconds)
}

fn checksum(content: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let hash = Fingerprint::new().bytes(content).get().to_le_bytes();
    std::array::from_fn(|place| hash[place] ^ hash[place + CHECKSUM_BYTES])
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
    /// [`CursorError::TooLong`] if the text is over its limit. [`CursorError::Version`] if the text has another
    /// version. [`CursorError::Damaged`] for any other text that is not a cursor. The query checks that the cursor
    /// belongs to it when it runs.
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    fn cursor(job_id: &str, seconds: i64, nanoseconds: u32, level: Option<MatchLevel>) -> Cursor {
        let create_time = time(seconds, nanoseconds).expect("the tests name times that exist");
        Cursor {
            fingerprint: 0x0123_4567_89ab_cdef,
            level,
            with_symbols: false,
            create_time,
            job_id: job_id.to_owned(),
        }
    }

    fn samples() -> Vec<Cursor> {
        vec![
            cursor("a", 0, 0, None),
            cursor("a046-263c-3560-978a", 1_658_285_338, 0, Some(MatchLevel::Literal)),
            cursor("模板1", -1, 999_999_999, Some(MatchLevel::OneTypo)),
            cursor(&"x".repeat(JOB_ID_BYTES_MAX), 1_658_285_338, 1_500_000_000, Some(MatchLevel::TwoTypos)),
        ]
    }

    /// The text of these bytes with their right checksum.
    fn sealed(content: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode([content, &checksum(content)].concat())
    }

    fn content(cursor: &Cursor) -> Vec<u8> {
        let mut bytes = cursor.to_bytes();
        bytes.truncate(bytes.len() - CHECKSUM_BYTES);
        bytes
    }

    fn any_cursor() -> impl Strategy<Value = Cursor> {
        let seconds = DateTime::<Utc>::MIN_UTC.timestamp()..=DateTime::<Utc>::MAX_UTC.timestamp();
        // A character has at most 4 bytes.
        let job_id = ".{1,32}";
        (any::<u64>(), prop::sample::select(&LEVELS[..]), any::<bool>(), seconds, 0_u32..2_000_000_000, job_id)
            .prop_filter_map("a time that exists", |(fingerprint, level, symbols, seconds, nanoseconds, job_id)| {
                let with_symbols = symbols && level.is_some();
                Some(Cursor { fingerprint, level, with_symbols, create_time: time(seconds, nanoseconds)?, job_id })
            })
    }

    proptest! {
        #[test]
        fn every_cursor_comes_back_from_its_text(cursor in any_cursor()) {
            let text = cursor.to_string();
            prop_assert!(text.len() < 300);
            prop_assert!(text.bytes().all(|byte| ALPHABET.contains(&byte)), "{text} is not URL-safe");
            prop_assert_eq!(text.parse(), Ok(cursor.clone()));
            let json = serde_json::to_string(&cursor).expect("a cursor is one string");
            prop_assert_eq!(&json, &format!("\"{text}\""));
            prop_assert_eq!(serde_json::from_str::<Cursor>(&json).expect("just written"), cursor);
        }

        #[test]
        fn no_text_makes_it_panic(text in ".*", bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = text.parse::<Cursor>();
            let _ = URL_SAFE_NO_PAD.encode(&bytes).parse::<Cursor>();
            let _ = sealed(&[&[VERSION], bytes.as_slice()].concat()).parse::<Cursor>();
        }

        #[test]
        fn a_text_that_is_understood_is_the_only_one_of_its_cursor(bytes in prop::collection::vec(any::<u8>(), 20..60)) {
            let text = sealed(&[&[VERSION, 0], bytes.as_slice()].concat());
            if let Ok(cursor) = text.parse::<Cursor>() {
                prop_assert_eq!(cursor.to_string(), text);
            }
        }
    }

    #[test]
    fn every_damage_of_a_single_byte_is_refused() {
        for cursor in samples() {
            let text = cursor.to_string();
            for place in 0..text.len() {
                for byte in (0..0x80).filter(|&byte| byte != text.as_bytes()[place]) {
                    let mut damaged = text.clone().into_bytes();
                    damaged[place] = byte;
                    let damaged = String::from_utf8(damaged).expect("ASCII");
                    let error = damaged.parse::<Cursor>().expect_err(&damaged);
                    // The first eight bits of the text are the version.
                    let is_version = place < 2 && matches!(error, CursorError::Version { .. });
                    assert!(is_version || error == CursorError::Damaged, "{damaged}: {error}");
                }
            }
        }
    }

    #[test]
    fn every_cut_and_every_addition_is_refused() {
        for cursor in samples() {
            let text = cursor.to_string();
            for len in 0..text.len() {
                let (front, back) = text.split_at(len);
                assert_eq!(front.parse::<Cursor>(), Err(CursorError::Damaged), "{front}");
                assert!(back.parse::<Cursor>().is_err() || len == 0, "{back}");
            }
            for more in ["A", "AA", "AAAA", "=", "==", " ", "\n", "é"] {
                assert_eq!(format!("{text}{more}").parse::<Cursor>(), Err(CursorError::Damaged), "{more:?} behind");
                assert!(format!("{more}{text}").parse::<Cursor>().is_err(), "{more:?} before");
            }
        }
    }

    #[test]
    fn another_version_is_named_whatever_follows_it() {
        for got in (0..=u8::MAX).filter(|&version| version != VERSION) {
            let mut bytes = content(&samples()[1]);
            bytes[0] = got;
            let refusal = Err(CursorError::Version { got, expected: VERSION });
            assert_eq!(sealed(&bytes).parse::<Cursor>(), refusal);
            assert_eq!(URL_SAFE_NO_PAD.encode([got]).parse::<Cursor>(), refusal);
        }
    }

    #[test]
    fn a_text_over_the_limit_is_refused_unread() {
        let at_limit = "A".repeat(CURSOR_BYTES_MAX);
        assert_eq!(at_limit.parse::<Cursor>(), Err(CursorError::Version { got: 0, expected: VERSION }));
        let got = CURSOR_BYTES_MAX + 1;
        assert_eq!("A".repeat(got).parse::<Cursor>(), Err(CursorError::TooLong { got, limit: CURSOR_BYTES_MAX }));
    }

    #[test]
    fn contents_that_no_cursor_has_are_refused_behind_a_right_checksum() {
        let sample = content(&samples()[1]);
        let changed = |place: usize, bytes: &[u8]| {
            let mut content = sample.clone();
            content[place..place + bytes.len()].copy_from_slice(bytes);
            content
        };
        assert_eq!(sealed(&sample).parse::<Cursor>(), Ok(samples()[1].clone()));
        let table = [
            ("no job ID", sample[..HEAD_BYTES].to_vec()),
            ("half a head", sample[..HEAD_BYTES / 2].to_vec()),
            ("the version alone", sample[..1].to_vec()),
            ("a job ID over its limit", [&sample[..HEAD_BYTES], &[b'x'; JOB_ID_BYTES_MAX + 1]].concat()),
            ("a job ID that is not UTF-8", changed(HEAD_BYTES, &[0xff])),
            ("a rung that there is not", changed(1, &[7])),
            ("a time before the first", changed(10, &i64::MIN.to_le_bytes())),
            ("a time behind the last", changed(10, &i64::MAX.to_le_bytes())),
            ("nanoseconds of two seconds", changed(18, &2_000_000_000_u32.to_le_bytes())),
        ];
        for (what, content) in table {
            assert_eq!(sealed(&content).parse::<Cursor>(), Err(CursorError::Damaged), "{what}");
        }
    }

    #[test]
    fn each_rung_stands_at_its_code() {
        for (code, level) in LEVELS.into_iter().enumerate() {
            assert_eq!(usize::from(level_code(level)), code);
        }
        let narrowed = Cursor { with_symbols: true, ..cursor("a", 0, 0, Some(MatchLevel::TwoTypos)) };
        assert_eq!(content(&narrowed)[1], 6);
        assert_eq!(narrowed.to_string().parse(), Ok(narrowed));
        assert_eq!(LEVELS.len(), MatchLevel::ALL.len() + 1);
    }

    /// `from_timestamp` accepts a leap second only at the end of a minute. A cursor after a record with a leap second
    /// elsewhere was therefore refused as damaged. The fraction is now set separately.
    #[test]
    fn a_leap_second_in_the_middle_of_a_minute_comes_back() {
        let cursor = cursor("a", 30, 1_000_000_000, None);
        assert!(DateTime::from_timestamp(30, 1_000_000_000).is_none());
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
    }

    /// A cursor outlives the process and the release that wrote it, so its text must not change.
    #[test]
    fn the_text_of_a_cursor_stays_as_it_is() {
        assert_eq!(samples()[1].to_string(), "AQHvzauJZ0UjARpt12IAAAAAAAAAAGEwNDYtMjYzYy0zNTYwLTk3OGGo3H7Q");
    }

    #[test]
    fn json_that_is_not_a_cursor_is_refused_with_the_reason() {
        for (json, reason) in [
            ("\"AQ\"", "cursor is damaged"),
            ("\"Ag\"", "version 2"),
            ("7", "expected a string"),
            ("null", "expected a string"),
        ] {
            let error = serde_json::from_str::<Cursor>(json).expect_err(json).to_string();
            assert!(error.contains(reason), "{json}: {error}");
        }
    }
}
