//! Queries as query strings and as JSON: every query comes back, and every error names its parameter.

use chrono::{DateTime, Utc};
use jobdex::error::ParameterError;
use jobdex::limits::{QUERY_PARAMETERS_MAX, QUERY_STRING_BYTES_MAX};
use jobdex::{Cursor, Dyn, Job, JobStore, ListQuery, MatchLevel, Matching, Record, Schema, SortOrder, facet};
use proptest::prelude::*;

type AnyError = Box<dyn std::error::Error>;

facet! {
    enum State: "state" { Queued = "queued", Running = "running", Failed = "failed" }
    /// A name that a parameter has too.
    enum Page: "page" { Cover = "cover", Back = "back & end" }
}

type Query = ListQuery<(State, Page, Option<bool>)>;

struct Sheet(State);

impl Record for Sheet {
    type Facets = (State, Page, Option<bool>);

    fn job_id(&self) -> &'static str {
        "a"
    }

    fn name(&self) -> &'static str {
        "Sky News"
    }

    fn create_time(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    fn facets(&self) -> Self::Facets {
        (self.0, Page::Cover, None)
    }
}

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_658_285_338 + second, 0).expect("a time of this century")
}

fn cursor() -> Cursor {
    "AQHvzauJZ0UjARpt12IAAAAAAAAAAGEwNDYtMjYzYy0zNTYwLTk3OGGo3H7Q".parse().expect("a cursor")
}

fn read(query_string: &str) -> Query {
    Query::from_query_string(query_string).unwrap_or_else(|error| panic!("{query_string}: {error}"))
}

#[test]
fn a_query_is_written_and_read_with_these_names() -> Result<(), AnyError> {
    let new = Query::new;
    let strings = Vec::<String>::new;
    let table = [
        (new(), "", "{}"),
        (
            new().filter([State::Queued, State::Running]),
            "state=queued&state=running",
            r#"{"state":["queued","running"]}"#,
        ),
        (new().filter(Page::Back), "filter.page=back%20%26%20end", r#"{"filter.page":["back & end"]}"#),
        (
            new().exclude(State::Failed).exclude(State::Queued),
            "exclude.state=queued&exclude.state=failed",
            r#"{"exclude.state":["queued","failed"]}"#,
        ),
        (
            new().filter(None::<bool>).exclude(Some(true)),
            "bool=none&exclude.bool=true",
            r#"{"bool":["none"],"exclude.bool":["true"]}"#,
        ),
        (
            new().label("queue", ["eu-1", "eu-2"]),
            "label.queue=eu-1&label.queue=eu-2",
            r#"{"label.queue":["eu-1","eu-2"]}"#,
        ),
        (
            new().label("a.b", "").label("a.b", "é").label("", "x"),
            "label.a.b=&label2.a.b=%C3%A9&label.=x",
            r#"{"label.a.b":[""],"label2.a.b":["é"],"label.":["x"]}"#,
        ),
        (
            new().label_not("owner", "ci").label_not("owner", ["a", "b"]),
            "label_not.owner=ci&label_not2.owner=a&label_not2.owner=b",
            r#"{"label_not.owner":["ci"],"label_not2.owner":["a","b"]}"#,
        ),
        (
            new().label_exists("team").label_absent("draft"),
            "label_exists=team&label_absent=draft",
            r#"{"label_exists":"team","label_absent":"draft"}"#,
        ),
        (
            new().keyword("al jazeera").matching(Matching::Any),
            "q=al%20jazeera&matching=any",
            r#"{"q":"al jazeera","matching":"any"}"#,
        ),
        (
            new().created(at(0)..at(5)),
            "created_from=2022-07-20T02%3A48%3A58Z&created_before=2022-07-20T02%3A49%3A03Z",
            r#"{"created_from":"2022-07-20T02:48:58Z","created_before":"2022-07-20T02:49:03Z"}"#,
        ),
        (new().created(..=at(0)), "created_to=2022-07-20T02%3A48%3A58Z", r#"{"created_to":"2022-07-20T02:48:58Z"}"#),
        (
            new().sort(SortOrder::Asc).page_no(2).page_size(50),
            "sort=asc&page=2&page_size=50",
            r#"{"sort":"asc","page":2,"page_size":50}"#,
        ),
        (
            new().page_no(u64::MAX).page_size(0),
            "page=18446744073709551615&page_size=0",
            r#"{"page":18446744073709551615,"page_size":0}"#,
        ),
        (
            new().after(cursor()),
            "after=AQHvzauJZ0UjARpt12IAAAAAAAAAAGEwNDYtMjYzYy0zNTYwLTk3OGGo3H7Q",
            r#"{"after":"AQHvzauJZ0UjARpt12IAAAAAAAAAAGEwNDYtMjYzYy0zNTYwLTk3OGGo3H7Q"}"#,
        ),
    ];
    for (query, query_string, json) in table {
        assert_eq!(query.to_query_string()?, query_string);
        assert_eq!(read(query_string), query);
        assert_eq!(serde_json::to_string(&query)?, json);
        assert_eq!(serde_json::from_str::<Query>(json)?, query);
    }
    let none = new().label("queue", strings());
    assert_eq!(serde_json::to_string(&none)?, r#"{"label.queue":[]}"#);
    assert_eq!(serde_json::from_str::<Query>(r#"{"label.queue":[]}"#)?, none);
    assert_eq!(none.to_query_string()?, "label_exists=queue&label_absent=queue");
    assert_eq!(new().label_not("queue", strings()).to_query_string()?, "");
    let none = new().filter(State::Failed..State::Failed).to_query_string()?;
    assert_eq!(none, "exclude.state=queued&exclude.state=running&exclude.state=failed");
    Ok(())
}

#[test]
fn a_query_is_read_in_other_forms_too() -> Result<(), AnyError> {
    let new = Query::new;
    for (query_string, query) in [
        ("state=&q=&page=&exclude.state=&sort=&matching=&after=", new()),
        ("&&state=queued&&", new().filter(State::Queued)),
        ("filter.state=queued&state=failed", new().filter([State::Queued, State::Failed])),
        ("state=queued&q=a+b&state=queued", new().filter(State::Queued).keyword("a b")),
        ("label1.queue=a&label.queue=b&label7.queue=c", new().label("queue", ["a", "b"]).label("queue", "c")),
        (
            "created_after=2022-07-20+04:48:58%2B02",
            new().created((std::ops::Bound::Excluded(at(0)), std::ops::Bound::Unbounded)),
        ),
    ] {
        assert_eq!(read(query_string), query, "{query_string}");
    }
    for (json, query) in [
        (r#"{"state":"queued","q":null,"page":"2"}"#, new().filter(State::Queued).page_no(2)),
        (r#"{"state":[],"bool":[true,null],"label.n":7}"#, new().filter(Some(true)).label("n", "7")),
        (r#"{"label_exists":["a","b"]}"#, new().label_exists("a").label_exists("b")),
    ] {
        assert_eq!(serde_json::from_str::<Query>(json)?, query, "{json}");
    }
    let pairs = [("state", "queued"), ("q", "a+b")];
    assert_eq!(Query::from_pairs(pairs)?, new().filter(State::Queued).keyword("a+b"));
    Ok(())
}

#[test]
fn a_refused_parameter_is_named_with_its_value_and_with_what_is_allowed() {
    let whole = "a whole number, in digits only";
    for (query_string, parameter, text) in [
        ("state=done", "state", r#"parameter state must be one of queued, running, failed, got "done""#.to_owned()),
        ("state=Queued", "state", r#"parameter state must be one of queued, running, failed, got "Queued""#.to_owned()),
        (
            "exclude.bool=no",
            "exclude.bool",
            r#"parameter exclude.bool must be one of none, false, true, got "no""#.to_owned(),
        ),
        ("page=0x1", "page", format!(r#"parameter page must be {whole}, got "0x1""#)),
        ("page=+1", "page", format!(r#"parameter page must be {whole}, got " 1""#)),
        ("page_size=4294967296", "page_size", format!(r#"parameter page_size must be {whole}, got "4294967296""#)),
        ("sort=ASC", "sort", r#"parameter sort must be asc or desc, got "ASC""#.to_owned()),
        ("matching=exact", "matching", r#"parameter matching must be closest, literal or any, got "exact""#.to_owned()),
        (
            "created_from=2022-07-20T02:48:58",
            "created_from",
            "parameter created_from must be a time with an offset from UTC at its end, such as Z or +02:00, \
             got \"2022-07-20T02:48:58\""
                .to_owned(),
        ),
        ("after=AQ", "after", "parameter after: cursor is damaged; start again from the first page".to_owned()),
        ("q=a&q=b", "q", "parameter q must be given only once".to_owned()),
        ("page=1&after=AQ", "after", "parameter after must not be given beside page".to_owned()),
        (
            "created_to=2022-07-20T02:48:58Z&created_before=2022-07-20T02:48:58Z",
            "created_before",
            "parameter created_before must not be given beside created_to".to_owned(),
        ),
        ("q=100%", "q", "parameter q must be percent-encoded UTF-8".to_owned()),
        ("%ff=1", "%ff", "parameter %ff must be percent-encoded UTF-8".to_owned()),
    ] {
        let error = Query::from_query_string(query_string).expect_err(query_string);
        assert_eq!((error.parameter(), error.to_string()), (Some(parameter), text));
    }
    for unknown in ["sate=queued", "sate=", "filter.q=a", "exclude.zone=a", "Q=a", "=", "label=a", "label0.a=b"] {
        let error = Query::from_query_string(unknown).expect_err(unknown).to_string();
        let names = "parameter must be one of state, page, bool, exclude.FACET, label.KEY, label_not.KEY, label_exists, \
                     label_absent, q, matching, created_from, created_after, created_to, created_before, sort, page, \
                     page_size, after, got ";
        assert!(error.starts_with(names), "{error}");
    }
    for (json, text) in [
        (r#"{"state":"done"}"#, r#"parameter state must be one of queued, running, failed, got "done""#),
        (r#"{"page":1.0}"#, r#"parameter page must be a whole number, in digits only, got "1.0""#),
        (r#"{"page":-1}"#, r#"parameter page must be a whole number, in digits only, got "-1""#),
        (r#"{"page":[1,2]}"#, "parameter page must be given only once"),
        (r#"{"state":{"a":1}}"#, "a value of a parameter must not be an object"),
        (r#"{"state":[["queued"]]}"#, "a value of a parameter must not be a list in a list"),
        (r#"["state"]"#, "invalid type: sequence, expected an object of the parameters of a query"),
    ] {
        let error = serde_json::from_str::<Query>(json).expect_err(json).to_string();
        assert!(error.starts_with(text), "{error}");
    }
}

#[test]
fn parameters_are_bounded_in_length_and_number() {
    let long = |bytes: usize| format!("q={}", "x".repeat(bytes - 2));
    assert!(Query::from_query_string(&long(QUERY_STRING_BYTES_MAX)).is_ok());
    let too_long = ParameterError::TooLong { got: QUERY_STRING_BYTES_MAX + 1, limit: QUERY_STRING_BYTES_MAX };
    assert_eq!(Query::from_query_string(&long(QUERY_STRING_BYTES_MAX + 1)), Err(too_long));
    let many = |count: usize| vec!["label.a=b"; count].join("&");
    assert!(Query::from_query_string(&many(QUERY_PARAMETERS_MAX)).is_ok());
    let too_many = ParameterError::TooMany { got: QUERY_PARAMETERS_MAX + 1, limit: QUERY_PARAMETERS_MAX };
    assert_eq!(Query::from_query_string(&many(QUERY_PARAMETERS_MAX + 1)), Err(too_many));
    let json = |count: usize| format!(r#"{{"label.a":[{}]}}"#, vec!["1"; count].join(","));
    assert!(serde_json::from_str::<Query>(&json(QUERY_PARAMETERS_MAX)).is_ok());
    let error = serde_json::from_str::<Query>(&json(QUERY_PARAMETERS_MAX + 1)).expect_err("too many").to_string();
    assert!(error.starts_with("1025 parameters are over the limit of 1024"), "{error}");
    let error = serde_json::from_str::<Query>(&format!(r#"{{"{}":1}}"#, "x".repeat(70_000))).expect_err("too long");
    assert!(error.to_string().len() < 100, "{error}");
    let name = "x".repeat(1_000);
    assert!(Query::from_query_string(&name).expect_err("unknown").to_string().len() < 400);
}

#[test]
fn facets_of_a_schema_of_texts_are_read_as_texts_and_checked_when_the_query_runs() -> Result<(), AnyError> {
    struct Task(Dyn);
    impl Record for Task {
        type Facets = Dyn;

        fn job_id(&self) -> &'static str {
            "a"
        }

        fn name(&self) -> &'static str {
            ""
        }

        fn create_time(&self) -> DateTime<Utc> {
            at(0)
        }

        fn facets(&self) -> Dyn {
            self.0
        }
    }
    let text = "state=queued&state=running&filter.q=a&exclude.region=eu&label.queue=eu-1";
    let query = ListQuery::<Dyn>::from_query_string(text)?;
    let expected = ListQuery::<Dyn>::new()
        .filter_text("state", ["queued", "running"])
        .filter_text("q", "a")
        .exclude_text("region", "eu")
        .label("queue", "eu-1");
    assert_eq!(query, expected);
    assert_eq!(query.to_query_string()?, text);
    assert_eq!(serde_json::from_str::<ListQuery<Dyn>>(&serde_json::to_string(&query)?)?, query);
    let store = JobStore::<Task>::with_schema(Schema::new().facet("state", ["queued", "running"]))?;
    let error = store.list(&query).err().map(|error| error.to_string());
    assert_eq!(error.as_deref(), Some(r#"facet must be one of state, got "q""#));
    Ok(())
}

#[test]
fn a_query_with_a_refused_value_has_no_query_string() {
    let query = Query::new().filter(State::Failed..=State::Queued);
    let text = "range of state must not end before its start, got an end at queued and a start at failed";
    assert_eq!(query.to_query_string().expect_err("refused").to_string(), text);
    assert_eq!(serde_json::to_string(&query).expect_err("refused").to_string(), text);
}

#[test]
fn a_page_and_its_counts_are_json() -> Result<(), AnyError> {
    let mut store = JobStore::new();
    let job: Job = serde_json::from_str(
        r#"{"Name":"National Geographic","JobId":"a046","TemplateType":"normal","StartMode":0,"Status":1,
            "CreateTime":"2022-07-20T02:48:58Z"}"#,
    )?;
    store.insert(job.clone())?;
    let page = store.list(&ListQuery::new().keyword("natoinal"))?;
    assert_eq!(page.match_level, Some(MatchLevel::OneTypo));
    let expected = serde_json::json!({
        "jobs": [job], "total_count": 1, "match_level": page.match_level,
        "corrections": [{"typed": "natoinal", "words": ["national"]}], "next": null,
    });
    assert_eq!(serde_json::to_value(&page)?, expected);
    let json = serde_json::to_string(&page)?;
    assert!(json.starts_with(r#"{"jobs":[{"Name":"National Geographic""#), "{json}");
    let mut sheets = JobStore::new();
    sheets.insert(Sheet(State::Running))?;
    let counts = sheets.facets(&ListQuery::new())?;
    let json = r#"{"state":{"queued":0,"running":1,"failed":0},"page":{"cover":1,"back & end":0},"bool":{"none":1,"false":0,"true":0}}"#;
    assert_eq!(serde_json::to_string(&counts)?, json);
    Ok(())
}

fn any_query() -> impl Strategy<Value = Query> {
    let text = || ".{0,6}";
    let label = (0..4_u8, prop::sample::select(&["a", "b", "", "2.c"][..]), prop::collection::vec(text(), 1..3));
    let states = || prop::collection::btree_set(prop::sample::select(State::ALL), 0..3);
    let created = (any::<Option<i32>>(), any::<bool>(), any::<Option<i32>>(), any::<bool>());
    let rest = (".{1,9}", 0..3_usize, any::<bool>(), any::<u64>(), any::<u32>());
    (prop::collection::vec(label, 0..5), states(), states(), created, rest).prop_map(
        |(labels, wanted, unwanted, (from, is_from_in, to, is_to_in), (keyword, matching, is_asc, page, page_size))| {
            use std::ops::Bound;
            let bound = |second: Option<i32>, is_included| match second.map(|second| at(second.into())) {
                None => Bound::Unbounded,
                Some(time) if is_included => Bound::Included(time),
                Some(time) => Bound::Excluded(time),
            };
            let wanted: Vec<State> = wanted.into_iter().collect();
            let unwanted: Vec<State> = unwanted.into_iter().collect();
            let query = Query::new()
                .filter(wanted)
                .exclude(unwanted)
                .created((bound(from, is_from_in), bound(to, is_to_in)))
                .keyword(keyword)
                .matching([Matching::Closest, Matching::Literal, Matching::Any][matching])
                .sort(if is_asc { SortOrder::Asc } else { SortOrder::Desc })
                .page_no(page)
                .page_size(page_size);
            labels.into_iter().fold(query, |query, (test, key, values)| match test {
                0 => query.label(key, values),
                1 => query.label_not(key, values),
                2 => query.label_exists(key),
                _ => query.label_absent(key),
            })
        },
    )
}

proptest! {
    #[test]
    fn every_query_comes_back_from_its_query_string_and_its_json(query in any_query()) {
        let query_string = query.to_query_string().expect("no value is refused");
        prop_assert!(query_string.is_ascii() && !query_string.contains([' ', '+', '#', '"']));
        prop_assert_eq!(&read(&query_string), &query, "{}", query_string);
        let json = serde_json::to_string(&query).expect("no value is refused");
        prop_assert_eq!(&serde_json::from_str::<Query>(&json).expect("just written"), &query, "{}", json);
    }

    #[test]
    fn no_query_string_panics(text in "[a-z_.=&%0-9+]{0,40}", any in ".*") {
        let _ = Query::from_query_string(&text);
        let _ = ListQuery::<Dyn>::from_query_string(&any);
        let _ = serde_json::from_str::<Query>(&any);
    }
}
