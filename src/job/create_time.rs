//! Creation times as text: the one form that a job is written in, and the forms that are read.
//!
//! [`Job`](super::Job) calls this module, and a query string does. A time is written as RFC 3339 in UTC, `2022-07-20T02:48:58Z`, and keeps its
//! fraction. Years that RFC 3339 does not have are written in the expanded form of ISO 8601, `+10000-01-01T00:00:00Z`.
//!
//! ```text
//! read:  date ("T" | " ") time [fraction] ("Z" | offset)      offset: +02   +0200   +02:00   +02:00:00
//!        an expanded year, in exactly the form that is written
//! ```
//!
//! A time without an offset is refused, because it names another moment in every time zone.

use chrono::{DateTime, FixedOffset, SecondsFormat, Utc};
use serde::Serializer;

/// The words of an error that says what a creation time must be.
pub(crate) const EXPECTED: &str = "a time such as 2022-07-20T02:48:58Z";
/// The words of an error about a time that lacks only its offset.
const EXPECTED_OFFSET: &str = "a time with an offset from UTC at its end, such as Z or +02:00";
/// The bytes of `2022-07-20T02:48:58`. A sign after these bytes begins an offset.
const SECONDS_LEN: usize = 19;

pub(super) fn serialize<S: Serializer>(time: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&text_of(*time))
}

pub(crate) fn text_of(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// Reads a time with its offset.
///
/// # Errors
/// The words of an error that says what the text must be.
pub(crate) fn parse(text: &str) -> Result<DateTime<Utc>, &'static str> {
    // RFC 3339 is by far the most frequent form, and costs no allocation.
    rfc3339(text).map_or_else(|| other_form(text), Ok)
}

fn other_form(text: &str) -> Result<DateTime<Utc>, &'static str> {
    let time = with_short_offset(text).or_else(|| with_expanded_year(text));
    time.ok_or_else(|| if utc(text).is_some() { EXPECTED_OFFSET } else { EXPECTED })
}

/// RFC 3339, which also has a space for the `T`.
fn rfc3339(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc())
}

/// The time in UTC that a text without an offset would name.
fn utc(text: &str) -> Option<DateTime<Utc>> {
    rfc3339(&format!("{text}Z"))
}

/// A time with an offset that RFC 3339 does not have: `+02` of `PostgreSQL`, `+0200` of Python's `%z`, and `+00:19:32`
/// of both, for a local time of the past.
fn with_short_offset(text: &str) -> Option<DateTime<Utc>> {
    let sign = SECONDS_LEN + text.get(SECONDS_LEN..)?.find(['+', '-'])?;
    let (local, offset) = text.split_at(sign);
    // `checked_sub_offset` preserves a leap second. A subtraction of seconds does not.
    utc(local)?.naive_utc().checked_sub_offset(offset_of(offset)?).map(|time| time.and_utc())
}

/// An offset of hours, of hours and minutes, or of hours, minutes and seconds.
fn offset_of(text: &str) -> Option<FixedOffset> {
    let digits = text.get(1..)?;
    let (hours, minutes, seconds) = match digits.len() {
        2 => (digits, "00", "00"),
        4 => (digits.get(..2)?, digits.get(2..)?, "00"),
        5 => (digits.get(..2)?, digits.get(2..)?.strip_prefix(':')?, "00"),
        8 => (digits.get(..2)?, digits.get(2..5)?.strip_prefix(':')?, digits.get(5..)?.strip_prefix(':')?),
        _ => return None,
    };
    let east = two_digits(hours, 24)? * 3_600 + two_digits(minutes, 60)? * 60 + two_digits(seconds, 60)?;
    if text.starts_with('-') { FixedOffset::west_opt(east) } else { FixedOffset::east_opt(east) }
}

/// A number of two digits under a limit.
fn two_digits(text: &str, limit: i32) -> Option<i32> {
    let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|&number| digits && number < limit)
}

/// A year that RFC 3339 does not have. Chrono's own reader accepts many forms. This function accepts only the text that
/// [`text_of`] writes.
fn with_expanded_year(text: &str) -> Option<DateTime<Utc>> {
    text.parse().ok().filter(|&time| text_of(time) == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_in_the_forms_of_databases_and_languages() {
        for (text, written) in [
            ("2022-07-20T02:48:58Z", "2022-07-20T02:48:58Z"),
            ("2022-07-20 02:48:58Z", "2022-07-20T02:48:58Z"),
            ("2022-07-20 02:48:58+00", "2022-07-20T02:48:58Z"),
            ("2022-07-20 02:48:58-00", "2022-07-20T02:48:58Z"),
            ("2022-07-20 02:48:58.123456+00:00", "2022-07-20T02:48:58.123456Z"),
            ("2022-07-20 02:48:58.5+00", "2022-07-20T02:48:58.500Z"),
            ("2022-07-20 04:48:58+02", "2022-07-20T02:48:58Z"),
            ("2022-07-19 19:48:58-07", "2022-07-20T02:48:58Z"),
            ("2022-07-20T02:48:58+0000", "2022-07-20T02:48:58Z"),
            ("2022-07-20T08:18:58.25+0530", "2022-07-20T02:48:58.250Z"),
            ("2022-07-20 08:18:58+05:30", "2022-07-20T02:48:58Z"),
            // Amsterdam before 1937, as PostgreSQL and Python print it.
            ("1900-01-01 00:19:32+00:19:32", "1900-01-01T00:00:00Z"),
            ("2017-01-01 00:59:60+01", "2016-12-31T23:59:60Z"),
            ("2016-12-31 23:59:60.5+00", "2016-12-31T23:59:60.500Z"),
            ("2022-07-20 23:59:59-23", "2022-07-21T22:59:59Z"),
            ("0000-01-01 00:00:00+01", "-0001-12-31T23:00:00Z"),
            ("9999-12-31 23:59:59-0001", "+10000-01-01T00:00:59Z"),
            ("+10000-01-01T00:00:59Z", "+10000-01-01T00:00:59Z"),
        ] {
            assert_eq!(parse(text).map(text_of).as_deref(), Ok(written), "{text}");
        }
    }

    #[test]
    fn every_short_offset_is_the_long_offset() {
        for minutes in -1_439_i32..1_440 {
            let (sign, hours, rest) = (if minutes < 0 { '-' } else { '+' }, minutes.abs() / 60, minutes.abs() % 60);
            let long = parse(&format!("2022-07-20T02:48:58.5{sign}{hours:02}:{rest:02}"));
            assert!(long.is_ok());
            assert_eq!(parse(&format!("2022-07-20 02:48:58.5{sign}{hours:02}{rest:02}")), long);
            assert_eq!(parse(&format!("2022-07-20 02:48:58.5{sign}{hours:02}:{rest:02}:00")), long);
            if rest == 0 {
                assert_eq!(parse(&format!("2022-07-20 02:48:58.5{sign}{hours:02}")), long);
            }
        }
    }

    #[test]
    fn a_time_without_an_offset_is_refused_with_what_is_missing() {
        for text in ["2022-07-20T02:48:58", "2022-07-20 02:48:58", "2022-07-20 02:48:58.123456"] {
            assert_eq!(parse(text), Err(EXPECTED_OFFSET), "{text}");
        }
    }

    #[test]
    fn a_text_that_is_no_time_is_refused() {
        for text in [
            "",
            "Z",
            "now",
            "infinity",
            "2022-07-20",
            "2022-07-20 02:48+00",
            "2022-07-20 02:48:58+",
            "2022-07-20 02:48:58+2",
            "2022-07-20 02:48:58+002",
            "2022-07-20 02:48:58+24",
            "2022-07-20 02:48:58+0060",
            "2022-07-20 02:48:58+00:00:60",
            "2022-07-20 02:48:58+00:0",
            "2022-07-20 02:48:58+00-00",
            "2022-07-20 02:48:58++1",
            "2022-07-20 02:48:58+-1",
            "2022-07-20 02:48:58+0a",
            "2022-07-20 02:48:58+é",
            "2022-07-20 02:48:5é+00",
            "2022-07-20 02:48:58Z+00",
            "2022-07-20 02:48:58+00Z",
            "2022-07-20 02:48:58+00+00",
            "2022-07-20 02:48:58.+00",
            "2022-07-20 02:48:58 +00",
            "2022-07-20 02:48:58 UTC",
            "2022-07-20  02:48:58+00",
            "2022-07-20 24:00:00+00",
            "2022-02-29 00:00:00+00",
            " 2022-07-20 02:48:58+00",
            "2022-07-20 02:48:58+00 ",
            "12022-07-20 02:48:58+00",
            "0044-03-15 12:00:00+00 BC",
            "+10000-01-01 00:00:00+00",
        ] {
            assert_eq!(parse(text), Err(EXPECTED), "{text}");
        }
    }
}
