//! The small public types: how they parse, format and serialize.

use std::fmt::{Debug, Display};
use std::ops::Bound;
use std::str::FromStr;

use chrono::{DateTime, Timelike, Utc};
use jobdex::error::UnknownValue;
use jobdex::{
    Facet, Job, JobRecord, JobStore, ListQuery, MatchLevel, Matching, OutputStream, SortOrder, StartMode, Status,
    StreamInput, TemplateType,
};
use proptest::prelude::*;

fn job(job_id: &str, create_time: DateTime<Utc>) -> Job {
    Job {
        name: "News 24".to_owned(),
        job_id: job_id.to_owned(),
        template_type: TemplateType::NarrowBand,
        template_id: String::new(),
        template_name: String::new(),
        start_mode: StartMode::Scheduled,
        status: Status::Running,
        stream_input: StreamInput::default(),
        output_stream: OutputStream::default(),
        create_time,
    }
}

fn json_of(job: &Job) -> String {
    serde_json::to_string(job).expect("plain JSON")
}

fn is_read_as_it_is_shown<T>(values: &[T])
where
    T: FromStr<Err = UnknownValue> + Display + PartialEq + Debug + Copy,
{
    for &value in values {
        assert_eq!(value.to_string().parse(), Ok(value));
        assert_eq!(format!("{value:<12}|").len(), 13, "{value} takes a width");
    }
}

#[test]
fn every_value_is_parsed_from_its_displayed_text() {
    is_read_as_it_is_shown(TemplateType::ALL);
    is_read_as_it_is_shown(StartMode::ALL);
    is_read_as_it_is_shown(Status::ALL);
    is_read_as_it_is_shown(&[SortOrder::Asc, SortOrder::Desc]);
    is_read_as_it_is_shown(&[Matching::Closest, Matching::Literal, Matching::Any]);
}

#[test]
fn a_facet_that_is_a_number_on_the_wire_is_also_read_from_the_number() {
    for &mode in StartMode::ALL {
        assert_eq!(mode.code().to_string().parse(), Ok(mode));
    }
    for &status in Status::ALL {
        assert_eq!(status.code().to_string().parse(), Ok(status));
    }
}

#[test]
fn an_invalid_text_is_refused_with_the_valid_values() {
    fn refusal<T: FromStr<Err = UnknownValue> + Debug>(text: &str) -> String {
        text.parse::<T>().expect_err(text).to_string()
    }
    let types = "template type must be normal, narrow-band, audio-only or origin";
    for text in ["", "Normal", " normal", "narrow_band", "0"] {
        assert_eq!(refusal::<TemplateType>(text), format!("{types}, got {text:?}"));
    }
    let modes = "start mode must be immediate (0) or scheduled (1)";
    for text in ["", "2", "00", "+1", "Scheduled"] {
        assert_eq!(refusal::<StartMode>(text), format!("{modes}, got {text:?}"));
    }
    let statuses = "status must be pending (0), running (1) or stopped (2)";
    for text in ["", "3", "01", "-1", "Running"] {
        assert_eq!(refusal::<Status>(text), format!("{statuses}, got {text:?}"));
    }
    assert_eq!(refusal::<SortOrder>("ASC"), "order must be asc or desc, got \"ASC\"");
    assert_eq!(refusal::<Matching>("fuzzy"), "matching must be closest, literal or any, got \"fuzzy\"");
}

#[test]
fn a_refused_text_is_cut_in_its_error() {
    let error = "电".repeat(1_000_000).parse::<Status>().expect_err("no status");
    assert_eq!(error.got, "电".repeat(32));
    assert_eq!((error.what, error.expected), ("status", "pending (0), running (1) or stopped (2)"));
}

#[test]
fn names_in_json_equal_the_displayed_names() {
    for matching in [Matching::Closest, Matching::Literal, Matching::Any] {
        assert_eq!(serde_json::to_string(&matching).expect("a name"), format!("\"{matching}\""));
    }
    for level in MatchLevel::ALL {
        assert_eq!(serde_json::to_string(&level).expect("a name"), format!("\"{level}\""));
    }
    for order in [SortOrder::Asc, SortOrder::Desc] {
        assert_eq!(serde_json::to_string(&order).expect("a name"), format!("\"{order}\""));
    }
}

#[test]
fn a_bad_value_in_the_json_of_a_job_is_refused_with_its_field() {
    let sound = json_of(&job("a", DateTime::UNIX_EPOCH));
    for (piece, field) in [
        (r#""TemplateType":"narrow-band""#, "TemplateType"),
        (r#""StartMode":1"#, "StartMode"),
        (r#""Status":1"#, "Status"),
        (r#""CreateTime":"1970-01-01T00:00:00Z""#, "CreateTime"),
    ] {
        assert!(sound.contains(piece), "{piece} in {sound}");
        for (bad, bad_shown) in [
            ("7", "7"),
            ("-7", "-7"),
            ("7.5", "7.5"),
            ("\"7\"", "\"7\""),
            ("null", "null"),
            ("true", "true"),
            ("[1,[2]]", "a list"),
            ("{\"a\":{}}", "an object"),
        ] {
            let json = sound.replace(piece, &format!("\"{field}\":{bad}"));
            let error = serde_json::from_str::<Job>(&json).expect_err(&json).to_string();
            assert!(error.starts_with(&format!("{field} of job \"a\" must be ")), "{field} {bad}: {error}");
            assert!(error.contains(&format!(", got {bad_shown} at line 1 column ")), "{field} {bad}: {error}");
        }
    }
}

#[test]
fn facet_counts_are_objects_by_the_names_of_the_values() {
    let mut store = JobStore::new();
    store.insert(job("a", DateTime::UNIX_EPOCH)).expect("sound");
    let counts = store.facets(&ListQuery::new()).expect("valid");
    let expected = concat!(
        r#"{"template_type":{"normal":0,"narrow-band":1,"audio-only":0,"origin":0},"#,
        r#""start_mode":{"immediate":0,"scheduled":1},"#,
        r#""status":{"pending":0,"running":1,"stopped":0}}"#,
    );
    assert_eq!(serde_json::to_string(&counts).expect("plain JSON"), expected);
}

/// A record that can't be cloned.
struct Own(String);

impl JobRecord for Own {
    fn job_id(&self) -> &str {
        &self.0
    }

    fn name(&self) -> &str {
        &self.0
    }

    fn template_type(&self) -> TemplateType {
        TemplateType::Normal
    }

    fn start_mode(&self) -> StartMode {
        StartMode::Immediate
    }

    fn status(&self) -> Status {
        Status::Pending
    }

    fn create_time(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }
}

#[test]
fn a_page_is_cloned_without_its_records() {
    let mut store = JobStore::new();
    store.extend(["a", "b"].map(|id| Own(id.to_owned()))).expect("sound");
    let page = store.list(&ListQuery::new().keyword("a").page_size(1)).expect("valid");
    let copy = page.clone();
    assert!(std::sync::Arc::ptr_eq(&page.jobs[0], &copy.jobs[0]));
    assert_eq!((copy.total_count, copy.match_level, copy.next), (1, page.match_level, page.next));
}

#[test]
fn a_query_returns_the_parts_that_were_set() {
    let from = DateTime::UNIX_EPOCH;
    let query = ListQuery::new()
        .template_type([TemplateType::Origin, TemplateType::Normal, TemplateType::Origin])
        .start_mode(StartMode::Scheduled)
        .created(from..)
        .keyword("  news ")
        .matching(Matching::Any)
        .sort(SortOrder::Asc)
        .page_no(0)
        .page_size(1_000);
    let parts = query.parts();
    assert_eq!(parts.template_types, [TemplateType::Normal, TemplateType::Origin]);
    assert_eq!(parts.start_modes, [StartMode::Scheduled]);
    assert_eq!(parts.statuses, []);
    assert_eq!(parts.created, (Bound::Included(from), Bound::Unbounded));
    assert_eq!((parts.keyword, parts.matching, parts.sort), (Some("  news "), Matching::Any, SortOrder::Asc));
    assert_eq!((parts.page_no, parts.after, parts.page_size), (Some(0), None, 1_000));
}

#[test]
fn a_query_has_a_cursor_or_a_page_number_and_never_both() {
    let mut store = JobStore::new();
    store.extend(["a", "b"].map(|id| job(id, DateTime::UNIX_EPOCH))).expect("sound");
    let query = ListQuery::new().page_size(1);
    let cursor = store.list(&query).expect("valid").next.expect("there is another page");
    let after = query.after(cursor.clone());
    assert_eq!((after.parts().page_no, after.parts().after), (None, Some(&cursor)));
    let numbered = after.page_no(2);
    assert_eq!((numbered.parts().page_no, numbered.parts().after), (Some(2), None));
}

#[test]
fn creation_times_outside_the_years_of_rfc_3339_have_expanded_years() {
    for (time, text) in [
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
        ("+10000-01-01T00:00:00Z", "+10000-01-01T00:00:00Z"),
        ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z"),
        ("-0001-12-31T23:59:59.500Z", "-0001-12-31T23:59:59.500Z"),
    ] {
        let time: DateTime<Utc> = time.parse().expect("a time");
        let json = json_of(&job("a", time));
        assert!(json.ends_with(&format!(r#""CreateTime":"{text}"}}"#)), "{json}");
        assert_eq!(serde_json::from_str::<Job>(&json).expect("just written").create_time, time);
    }
}

#[test]
fn an_expanded_year_is_read_in_one_form_only() {
    let sound = json_of(&job("a", DateTime::UNIX_EPOCH));
    for text in [
        "+10000-01-01 00:00:00Z",
        "+10000-1-1T0:0:0Z",
        "+10000-01-01T00:00:00+00:00",
        "+010000-01-01T00:00:00Z",
        "+2022-07-20T02:48:58Z",
        "10000-01-01T00:00:00Z",
        "+10000-01-01T00:00:00.0Z",
        " +10000-01-01T00:00:00Z",
        "+999999999-01-01T00:00:00Z",
    ] {
        let json = sound.replace("1970-01-01T00:00:00Z", text);
        assert!(serde_json::from_str::<Job>(&json).is_err(), "{text}");
    }
}

#[test]
fn a_leap_second_within_a_minute_becomes_the_second_after_it() {
    let second = DateTime::from_timestamp(30, 0).expect("a time");
    let leap = second.with_nanosecond(1_000_000_000).expect("chrono takes it");
    let read: Job = serde_json::from_str(&json_of(&job("a", leap))).expect("just written");
    assert_eq!(read.create_time, DateTime::from_timestamp(31, 0).expect("a time"));
    let leap = DateTime::from_timestamp(59, 1_000_000_000).expect("at the end of a minute");
    let read: Job = serde_json::from_str(&json_of(&job("a", leap))).expect("just written");
    assert_eq!(read.create_time, leap);
}

proptest! {
    #[test]
    fn every_creation_time_of_the_calendar_is_read_back(
        seconds in prop_oneof![
            DateTime::<Utc>::MIN_UTC.timestamp()..=DateTime::<Utc>::MAX_UTC.timestamp(),
            Just(DateTime::<Utc>::MIN_UTC.timestamp()),
            Just(DateTime::<Utc>::MAX_UTC.timestamp()),
            // Around the first and the last year of RFC 3339.
            -62_167_219_210_i64..-62_167_219_190,
            253_402_300_790_i64..253_402_300_810,
        ],
        nanoseconds in prop_oneof![Just(0), Just(500_000_000), 0_u32..1_000_000_000],
    ) {
        let time = DateTime::from_timestamp(seconds, nanoseconds).expect("within the calendar");
        let read: Job = serde_json::from_str(&json_of(&job("a", time))).expect("just written");
        prop_assert_eq!(read.create_time, time);
    }
}
