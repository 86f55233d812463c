//! The time range of a request of the console: `last`, such as `24h`, or `from` and `to`.
//!
//! `last` ends now and is cut off when the request is read. The page asks again from time to time, so that jobs leave
//! the range as they get older.

use std::ops::Bound;

use chrono::{DateTime, TimeDelta, Utc};
use jobdex::wire::ApiError;

use crate::errors::invalid;
use crate::params::Params;

/// The earliest and the latest creation time.
pub(super) type Created = (Bound<DateTime<Utc>>, Bound<DateTime<Utc>>);

/// The longest time of `last`: a hundred years.
const LAST_MAX: TimeDelta = TimeDelta::days(36_500);

/// Reads `last`, `from` and `to`. The range has its start and not its end.
///
/// # Errors
/// An invalid value, an end before the start, and `last` beside one of the others. The error names the parameter.
pub(super) fn created(params: &Params<'_>, now: DateTime<Utc>) -> Result<Created, ApiError> {
    let (from, to) = (time(params, "from")?, time(params, "to")?);
    if let Some(last) = params.get("last")? {
        if from.is_some() || to.is_some() {
            return Err(invalid("last", "value must not be given together with from or to"));
        }
        let from = lapse(&last).and_then(|lapse| now.checked_sub_signed(lapse));
        let from = from.ok_or_else(|| invalid("last", "value must be a number of m, h or d, such as 24h"))?;
        return Ok((Bound::Included(from), Bound::Unbounded));
    }
    if let (Some(from), Some(to)) = (from, to)
        && to < from
    {
        return Err(invalid("to", "end must not be before the start"));
    }
    Ok((from.map_or(Bound::Unbounded, Bound::Included), to.map_or(Bound::Unbounded, Bound::Excluded)))
}

fn time(params: &Params<'_>, name: &'static str) -> Result<Option<DateTime<Utc>>, ApiError> {
    let Some(text) = params.get(name)? else { return Ok(None) };
    let time = DateTime::parse_from_rfc3339(&text).map(|time| time.to_utc());
    time.map(Some).map_err(|_| invalid(name, "time must be in RFC 3339 form, such as 2022-07-20T02:48:58Z"))
}

/// `15m`, `24h` or `7d` as a lapse; `None` for any other text, and for zero and more than [`LAST_MAX`].
fn lapse(text: &str) -> Option<TimeDelta> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let number: i64 = digits.parse().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    let lapse = match unit {
        "m" => TimeDelta::try_minutes(number)?,
        "h" => TimeDelta::try_hours(number)?,
        "d" => TimeDelta::try_days(number)?,
        _ => return None,
    };
    Some(lapse).filter(|&lapse| lapse > TimeDelta::zero() && lapse <= LAST_MAX)
}
