//! The parameters of a job, read and checked: its name, and the JSON texts for its stream, its output and its times.
//!
//! A field of a JSON text is named by its path, as in `StreamInput.InputUrl`. Unknown fields are ignored; `null` and an
//! empty text are absent.

use chrono::{DateTime, Utc};
use jobdex::StreamInput;
use jobdex::limits::NAME_BYTES_MAX;
use jobdex::wire::ApiError;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::errors::{invalid, missing};
use crate::job::Times;
use crate::limits::{ADDRESS_BYTES_MAX, AHEAD_MAX, DOMAIN_BYTES_MAX};
use crate::params::Params;

/// Where streams go that name no domain of their own.
const DOMAIN_DEFAULT: &str = "live.example.com";

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct StreamInputText {
    r#type: Value,
    input_url: Value,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct OutputText {
    r#type: Value,
    domain_name: Value,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct TimesText {
    start_time: Value,
    end_time: Value,
}

/// The name of a job, where one is given.
pub(super) fn name(params: &Params<'_>) -> Result<Option<String>, ApiError> {
    let Some(name) = params.get("Name")? else { return Ok(None) };
    if name.len() > NAME_BYTES_MAX {
        let got = name.len();
        return Err(invalid("Name", format!("name of {got} bytes is over the limit of {NAME_BYTES_MAX}")));
    }
    Ok(Some(name.into_owned()))
}

/// Where the stream comes from, where that is given.
pub(super) fn stream_input(params: &Params<'_>) -> Result<Option<StreamInput>, ApiError> {
    let Some(text) = parsed::<StreamInputText>(params, "StreamInput")? else { return Ok(None) };
    let r#type = needed(text.r#type, "StreamInput.Type")?;
    if r#type != "rtmp" {
        return Err(invalid("StreamInput.Type", "the only type is rtmp"));
    }
    let input_url = needed(text.input_url, "StreamInput.InputUrl")?;
    if !is_address(&input_url) {
        let advice = format!("an address is rtmp:// and at most {ADDRESS_BYTES_MAX} bytes without white space");
        return Err(invalid("StreamInput.InputUrl", advice));
    }
    Ok(Some(StreamInput { r#type, input_url }))
}

/// The domain that the transcoded streams go to, where an output is given.
pub(super) fn output_domain(params: &Params<'_>) -> Result<Option<String>, ApiError> {
    let Some(text) = parsed::<OutputText>(params, "TranscodeOutput")? else { return Ok(None) };
    if needed(text.r#type, "TranscodeOutput.Type")? != "LiveCenter" {
        return Err(invalid("TranscodeOutput.Type", "the only type is LiveCenter"));
    }
    let domain = given(text.domain_name, "TranscodeOutput.DomainName")?.unwrap_or_else(|| DOMAIN_DEFAULT.to_owned());
    if !is_domain(&domain) {
        let advice = format!("a domain name is letters, digits, dots and hyphens, at most {DOMAIN_BYTES_MAX}");
        return Err(invalid("TranscodeOutput.DomainName", advice));
    }
    Ok(Some(domain))
}

/// When the job starts and ends, where that is given: from now on, the end after the start, within the days allowed.
pub(super) fn times(params: &Params<'_>, now: DateTime<Utc>) -> Result<Option<Times>, ApiError> {
    let Some(text) = parsed::<TimesText>(params, "TimedConfig")? else { return Ok(None) };
    let start = time(text.start_time, "TimedConfig.StartTime", now)?;
    let end = time(text.end_time, "TimedConfig.EndTime", now)?;
    if end <= start {
        return Err(invalid("TimedConfig.EndTime", "the end is not after the start"));
    }
    Ok(Some(Times { start, end }))
}

fn time(value: Value, field: &'static str, now: DateTime<Utc>) -> Result<DateTime<Utc>, ApiError> {
    let time = DateTime::parse_from_rfc3339(&needed(value, field)?).ok();
    // A whole second, as the clock's are; a leap second is the one before it.
    let time = time
        .and_then(|time| DateTime::from_timestamp(time.timestamp(), 0))
        .ok_or_else(|| invalid(field, "it is not an RFC 3339 time such as 2022-07-20T02:48:58Z"))?;
    if time < now || time > now + AHEAD_MAX {
        return Err(invalid(field, "it is not within 7 days from now"));
    }
    Ok(time)
}

/// The JSON object that a parameter holds.
fn parsed<T: DeserializeOwned>(params: &Params<'_>, name: &'static str) -> Result<Option<T>, ApiError> {
    let Some(text) = params.get(name)? else { return Ok(None) };
    // Without this, a struct would be read from a list of its fields too.
    if !text.trim_start().starts_with('{') {
        return Err(invalid(name, "it is not a JSON object"));
    }
    serde_json::from_str(&text).map(Some).map_err(|error| invalid(name, format!("not the JSON expected: {error}")))
}

/// The text of a field; `None` where it is absent or empty.
fn given(value: Value, field: &'static str) -> Result<Option<String>, ApiError> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text).filter(|text| !text.is_empty())),
        _ => Err(invalid(field, "it is not a JSON string")),
    }
}

fn needed(value: Value, field: &'static str) -> Result<String, ApiError> {
    given(value, field)?.ok_or_else(|| missing(field))
}

fn is_address(text: &str) -> bool {
    let is_plain = text.chars().all(|c| !c.is_whitespace() && !c.is_control());
    let rest = text.strip_prefix("rtmp://");
    rest.is_some_and(|rest| !rest.is_empty()) && is_plain && text.len() <= ADDRESS_BYTES_MAX
}

fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    text.len() <= DOMAIN_BYTES_MAX && text.split('.').all(is_label)
}
