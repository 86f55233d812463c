//! Reads and checks the parameters of a job: its name, and the JSON texts for its stream, its output and its times.
//!
//! Errors name a field of a JSON text by its path, such as `StreamInput.InputUrl`. Unknown fields are ignored. A field
//! that is `null` or empty counts as absent.

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

/// The output domain of a job that names none.
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

/// The name of a job, if it is given.
pub(super) fn name(params: &Params<'_>) -> Result<Option<String>, ApiError> {
    let Some(name) = params.get("Name")? else { return Ok(None) };
    if name.len() > NAME_BYTES_MAX {
        return Err(invalid("Name", format!("name must be at most {} KiB", NAME_BYTES_MAX >> 10)));
    }
    Ok(Some(name.into_owned()))
}

/// The source of the stream, if it is given.
pub(super) fn stream_input(params: &Params<'_>) -> Result<Option<StreamInput>, ApiError> {
    let Some(text) = parsed::<StreamInputText>(params, "StreamInput")? else { return Ok(None) };
    let r#type = needed(text.r#type, "StreamInput.Type")?;
    if r#type != "rtmp" {
        return Err(invalid("StreamInput.Type", "type must be rtmp"));
    }
    let input_url = needed(text.input_url, "StreamInput.InputUrl")?;
    if !is_address(&input_url) {
        let kib = ADDRESS_BYTES_MAX >> 10;
        let advice = format!("address must begin with rtmp://, have no white space and be at most {kib} KiB");
        return Err(invalid("StreamInput.InputUrl", advice));
    }
    Ok(Some(StreamInput { r#type, input_url }))
}

/// The domain of the transcoded streams, if an output is given.
pub(super) fn output_domain(params: &Params<'_>) -> Result<Option<String>, ApiError> {
    let Some(text) = parsed::<OutputText>(params, "TranscodeOutput")? else { return Ok(None) };
    if needed(text.r#type, "TranscodeOutput.Type")? != "LiveCenter" {
        return Err(invalid("TranscodeOutput.Type", "type must be LiveCenter"));
    }
    let domain = given(text.domain_name, "TranscodeOutput.DomainName")?.unwrap_or_else(|| DOMAIN_DEFAULT.to_owned());
    if !is_domain(&domain) {
        let advice = format!("domain name must be letters, digits, dots and hyphens, at most {DOMAIN_BYTES_MAX} bytes");
        return Err(invalid("TranscodeOutput.DomainName", advice));
    }
    Ok(Some(domain))
}

/// The start and the end of the job, if they are given. Both must be within 7 days from `now`, the start before the
/// end.
pub(super) fn times(params: &Params<'_>, now: DateTime<Utc>) -> Result<Option<Times>, ApiError> {
    let Some(text) = parsed::<TimesText>(params, "TimedConfig")? else { return Ok(None) };
    let start = time(text.start_time, "TimedConfig.StartTime", now)?;
    let end = time(text.end_time, "TimedConfig.EndTime", now)?;
    if end <= start {
        return Err(invalid("TimedConfig.EndTime", "end must be after the start"));
    }
    Ok(Some(Times { start, end }))
}

fn time(value: Value, field: &'static str, now: DateTime<Utc>) -> Result<DateTime<Utc>, ApiError> {
    let time = DateTime::parse_from_rfc3339(&needed(value, field)?).ok();
    // The clock counts whole seconds, so a fraction is cut off. A leap second counts as the second before it.
    let time = time
        .and_then(|time| DateTime::from_timestamp(time.timestamp(), 0))
        .ok_or_else(|| invalid(field, "time must be in RFC 3339 form, such as 2022-07-20T02:48:58Z"))?;
    if time < now || time > now + AHEAD_MAX {
        return Err(invalid(field, "time must be within 7 days from now"));
    }
    Ok(time)
}

/// Parses the JSON object in a parameter.
fn parsed<T: DeserializeOwned>(params: &Params<'_>, name: &'static str) -> Result<Option<T>, ApiError> {
    let Some(text) = params.get(name)? else { return Ok(None) };
    // serde would also read a struct from a JSON list of its fields.
    if !text.trim_start().starts_with('{') {
        return Err(invalid(name, "value must be a JSON object"));
    }
    serde_json::from_str(&text).map(Some).map_err(|error| invalid(name, format!("JSON cannot be read: {error}")))
}

/// The text of a field; `None` if it is absent or empty.
fn given(value: Value, field: &'static str) -> Result<Option<String>, ApiError> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text).filter(|text| !text.is_empty())),
        _ => Err(invalid(field, "value must be a JSON string")),
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
