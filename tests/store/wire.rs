//! The wire, from outside: requests good and bad, JSON in and out, errors.

use std::fmt::Write as _;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use jobdex::error::QueryError;
use jobdex::wire::{
    ApiError, ErrorCode, ErrorResponse, ListLiveTranscodeJobsRequest, ListLiveTranscodeJobsResponse, RequestError,
};
use jobdex::{
    Facet, Job, ListQuery, OutputStream, SortOrder, StartMode, Status, StreamInfo, StreamInput, TemplateType,
};
use proptest::prelude::*;

type Request = ListLiveTranscodeJobsRequest;

const NAMES: [&str; 7] = ["Type", "StartMode", "Status", "PageNo", "PageSize", "SortBy", "KeyWord"];

fn query_of_string(query_string: &str) -> Result<ListQuery, RequestError> {
    Request::from_query_string(query_string)?.to_query()
}

fn query_of_pairs(pairs: &[(&str, &str)]) -> Result<ListQuery, RequestError> {
    Request::from_pairs(pairs.iter().copied())?.to_query()
}

fn query_of_json(json: &str) -> ListQuery {
    serde_json::from_str::<Request>(json).expect(json).to_query().expect(json)
}

/// Every byte as an escape, so that nothing is left to chance.
fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut escaped, byte| {
        write!(escaped, "%{byte:02X}").expect("a String takes any text");
        escaped
    })
}

fn query_string_of(request: &Request) -> String {
    let number = |number: Option<u64>| number.map(|number| number.to_string());
    let values = [
        request.r#type.clone(),
        number(request.start_mode),
        number(request.status),
        number(request.page_no),
        number(request.page_size),
        request.sort_by.clone(),
        request.key_word.clone(),
    ];
    let pairs = NAMES.iter().zip(values).filter_map(|(name, value)| Some(format!("{name}={}", escaped(&value?))));
    pairs.collect::<Vec<_>>().join("&")
}

// Good requests.

#[test]
fn a_good_request_becomes_its_query_however_it_comes() {
    let new = ListQuery::new;
    let table = [
        ("", "{}", new()),
        ("Type=normal", r#"{"Type":"normal"}"#, new().template_type(TemplateType::Normal)),
        ("Type=narrow-band", r#"{"Type":"narrow-band"}"#, new().template_type(TemplateType::NarrowBand)),
        ("Type=audio-only", r#"{"Type":"audio-only"}"#, new().template_type(TemplateType::AudioOnly)),
        ("Type=origin", r#"{"Type":"origin"}"#, new().template_type(TemplateType::Origin)),
        ("StartMode=0", r#"{"StartMode":0}"#, new().start_mode(StartMode::Immediate)),
        ("StartMode=1", r#"{"StartMode":1}"#, new().start_mode(StartMode::Scheduled)),
        ("Status=0", r#"{"Status":0}"#, new().status(Status::Pending)),
        ("Status=1", r#"{"Status":1}"#, new().status(Status::Running)),
        ("Status=2", r#"{"Status":2}"#, new().status(Status::Stopped)),
        ("PageNo=1", r#"{"PageNo":1}"#, new()),
        ("PageNo=7", r#"{"PageNo":7}"#, new().page_no(7)),
        ("PageNo=007", r#"{"PageNo":7}"#, new().page_no(7)),
        ("PageNo=18446744073709551615", r#"{"PageNo":18446744073709551615}"#, new().page_no(u64::MAX)),
        ("PageSize=1", r#"{"PageSize":1}"#, new().page_size(1)),
        ("PageSize=10", r#"{"PageSize":10}"#, new()),
        ("PageSize=100", r#"{"PageSize":100}"#, new().page_size(100)),
        ("SortBy=asc", r#"{"SortBy":"asc"}"#, new().sort(SortOrder::Asc)),
        ("SortBy=desc", r#"{"SortBy":"desc"}"#, new()),
        ("KeyWord=news", r#"{"KeyWord":"news"}"#, new().keyword("news")),
        ("KeyWord=al+jazeera", r#"{"KeyWord":"al jazeera"}"#, new().keyword("al jazeera")),
        ("KeyWord=1%2B1%3d2%26%25", r#"{"KeyWord":"1+1=2&%"}"#, new().keyword("1+1=2&%")),
        ("KeyWord=a=b", r#"{"KeyWord":"a=b"}"#, new().keyword("a=b")),
        ("KeyWord=%E7%94%B5影", r#"{"KeyWord":"电影"}"#, new().keyword("电影")),
        (
            "KeyWord=news&SortBy=asc&PageSize=50&PageNo=3&Status=1&StartMode=0&Type=normal",
            r#"{"Type":"normal","StartMode":0,"Status":1,"PageNo":3,"PageSize":50,"SortBy":"asc","KeyWord":"news"}"#,
            new()
                .template_type(TemplateType::Normal)
                .start_mode(StartMode::Immediate)
                .status(Status::Running)
                .page_no(3)
                .page_size(50)
                .sort(SortOrder::Asc)
                .keyword("news"),
        ),
    ];
    for (query_string, json, expected) in table {
        assert_eq!(query_of_string(query_string).as_ref(), Ok(&expected), "{query_string}");
        assert_eq!(query_of_json(json), expected, "{json}");
    }
}

#[test]
fn an_empty_value_is_an_absent_one() {
    for query_string in ["&", "KeyWord", "KeyWord=", "Type=&StartMode=&Status=&PageNo=&PageSize=&SortBy=&KeyWord="] {
        assert_eq!(Request::from_query_string(query_string), Ok(Request::default()), "{query_string}");
    }
    for json in [r#"{"Type":"","SortBy":"","KeyWord":""}"#, r#"{"Type":null,"PageNo":null,"KeyWord":null}"#] {
        assert_eq!(serde_json::from_str::<Request>(json).expect(json), Request::default(), "{json}");
    }
    let empty = || Some(String::new());
    let built = Request { r#type: empty(), sort_by: empty(), key_word: empty(), ..Request::default() };
    assert_eq!(built.to_query(), Ok(ListQuery::new()));
}

#[test]
fn unknown_parameters_are_ignored_whatever_they_hold() {
    for query_string in [
        "Action=ListLiveTranscodeJobs&Version=2020-11-09&Format=JSON&Signature=a%2Bb%3D&Status=1",
        "status=7&STATUS=7&Keyword=x&keyWord=y&pageNo=0&Status=1",
        "Unknown=%&Status=1&Unknown=%FF&Unknown",
        "%=1&Stat%us=7&Status=1&%FF=2",
        "?Status=7&+Status=7&Status+=7&Status=1",
        "Status%3D7&Status=1",
    ] {
        let expected = ListQuery::new().status(Status::Running);
        assert_eq!(query_of_string(query_string), Ok(expected), "{query_string}");
    }
    let json = r#"{"status":7,"Keyword":9,"Region":{"a":[1]},"Status":1}"#;
    assert_eq!(query_of_json(json), ListQuery::new().status(Status::Running));
}

#[test]
fn a_name_is_decoded_like_a_value() {
    assert_eq!(query_of_string("%50age%4eo=2"), Ok(ListQuery::new().page_no(2)));
}

#[test]
fn pairs_are_taken_as_they_are_in_any_kind_of_text() {
    let expected = Ok(ListQuery::new().keyword("a+b%20").page_no(2));
    assert_eq!(query_of_pairs(&[("KeyWord", "a+b%20"), ("PageNo", "2")]), expected);
    let owned = vec![("KeyWord".to_owned(), Arc::<str>::from("a+b%20")), ("PageNo".to_owned(), "2".into())];
    assert_eq!(Request::from_pairs(owned).and_then(|request| request.to_query()), expected);
}

// Bad requests.

/// Refused with `InvalidParameter`: (query string, parameter, advice).
const REFUSED: [(&str, &str, &str); 45] = [
    ("PageNo=0", "PageNo", "page number must be at least 1, got 0"),
    ("PageNo=-1", "PageNo", NUMBER_PAGE_NO),
    ("PageNo=%2B1", "PageNo", NUMBER_PAGE_NO),
    ("PageNo=+1", "PageNo", NUMBER_PAGE_NO),
    ("PageNo=1+", "PageNo", NUMBER_PAGE_NO),
    ("PageNo=+", "PageNo", NUMBER_PAGE_NO),
    ("PageNo=1.0", "PageNo", NUMBER_PAGE_NO),
    ("PageNo=1e3", "PageNo", NUMBER_PAGE_NO),
    ("PageNo=0x1", "PageNo", NUMBER_PAGE_NO),
    ("PageNo=1_000", "PageNo", NUMBER_PAGE_NO),
    ("PageNo=one", "PageNo", NUMBER_PAGE_NO),
    ("PageNo=%00", "PageNo", NUMBER_PAGE_NO),
    ("PageNo=\u{661}", "PageNo", NUMBER_PAGE_NO),
    ("PageNo=\u{ff11}", "PageNo", NUMBER_PAGE_NO),
    ("PageNo=18446744073709551616", "PageNo", NUMBER_PAGE_NO),
    ("PageNo=99999999999999999999999999999999999999999", "PageNo", NUMBER_PAGE_NO),
    ("PageSize=0", "PageSize", "page size must be at least 1, got 0"),
    ("PageSize=101", "PageSize", "page size 101 is over the limit of 100"),
    ("PageSize=4294967295", "PageSize", "page size 4294967295 is over the limit of 100"),
    ("PageSize=4294967296", "PageSize", "parameter PageSize must be 1 to 100"),
    ("PageSize=4294967306", "PageSize", "parameter PageSize must be 1 to 100"),
    ("PageSize=18446744073709551615", "PageSize", "parameter PageSize must be 1 to 100"),
    ("Status=3", "Status", STATUS),
    ("Status=7", "Status", STATUS),
    ("Status=256", "Status", STATUS),
    ("Status=18446744073709551615", "Status", STATUS),
    ("StartMode=2", "StartMode", "parameter StartMode must be 0 (immediate) or 1 (scheduled)"),
    ("StartMode=257", "StartMode", "parameter StartMode must be 0 (immediate) or 1 (scheduled)"),
    ("Type=Normal", "Type", TYPE),
    ("Type=NORMAL", "Type", TYPE),
    ("Type=narrowband", "Type", TYPE),
    ("Type=+normal", "Type", TYPE),
    ("Type=normal,origin", "Type", TYPE),
    ("SortBy=ASC", "SortBy", "parameter SortBy must be asc or desc"),
    ("SortBy=Desc", "SortBy", "parameter SortBy must be asc or desc"),
    ("SortBy=asc+", "SortBy", "parameter SortBy must be asc or desc"),
    ("KeyWord=%", "KeyWord", "parameter KeyWord must be percent-encoded UTF-8"),
    ("KeyWord=100%&Status=1", "KeyWord", "parameter KeyWord must be percent-encoded UTF-8"),
    ("KeyWord=%zz", "KeyWord", "parameter KeyWord must be percent-encoded UTF-8"),
    ("KeyWord=%FF", "KeyWord", "parameter KeyWord must be percent-encoded UTF-8"),
    ("Status=%3", "Status", "parameter Status must be percent-encoded UTF-8"),
    ("KeyWord=a&KeyWord=a", "KeyWord", "parameter KeyWord must be given only once"),
    ("PageNo=1&Status=1&PageNo=1", "PageNo", "parameter PageNo must be given only once"),
    ("Type=normal&Type=origin", "Type", "parameter Type must be given only once"),
    ("SortBy=asc&Sort%42y=desc", "SortBy", "parameter SortBy must be given only once"),
];
const NUMBER_PAGE_NO: &str = "parameter PageNo must be a whole number of at most 18446744073709551615, in digits only";
const STATUS: &str = "parameter Status must be 0 (not started), 1 (in progress) or 2 (stopped)";
const TYPE: &str = "parameter Type must be normal, narrow-band, audio-only or origin";

#[test]
fn a_bad_request_is_refused_with_the_parameter_and_the_way_out() {
    for (query_string, parameter, advice) in REFUSED {
        let refusal = query_of_string(query_string).expect_err(query_string);
        assert_eq!((refusal.parameter(), refusal.to_string().as_str()), (parameter, advice), "{query_string}");

        let error = ApiError::from(refusal);
        assert_eq!((error.code(), error.code().http_status()), (ErrorCode::InvalidParameter, 400));
        assert_eq!(error.to_string(), format!("The specified parameter \"{parameter}\" is not valid."));
        assert_eq!(error.advice(), advice);
    }
}

#[test]
fn the_query_string_and_the_pairs_refuse_the_same_values() {
    for (query_string, parameter, advice) in REFUSED.into_iter().filter(|(text, ..)| !text.contains(['%', '+', '&'])) {
        let pair = query_string.split_once('=').expect("each has a value");
        let refusal = query_of_pairs(&[pair]).expect_err(query_string);
        assert_eq!((refusal.parameter(), refusal.to_string().as_str()), (parameter, advice), "{query_string}");
    }
    for value in [" 1", "1 ", "\t1", "+1", "-1", "-0"] {
        for parameter in ["StartMode", "Status", "PageNo", "PageSize"] {
            let refusal = Request::from_pairs([(parameter, value)]);
            assert_eq!(refusal, Err(RequestError::Number { parameter }), "{value:?}");
        }
    }
}

#[test]
fn every_parameter_that_comes_twice_is_refused_by_name() {
    for parameter in NAMES {
        let refusal = Request::from_pairs([(parameter, "1"), (parameter, "1")]);
        assert_eq!(refusal, Err(RequestError::Repeated { parameter }));
        let once = Request::from_pairs([(parameter, ""), (parameter, "1"), (parameter, "")]);
        assert_eq!(once, Request::from_pairs([(parameter, "1")]), "an empty {parameter} is an absent one");
    }
}

#[test]
fn a_keyword_has_its_limits() {
    let longest = "电".repeat(128);
    assert_eq!(query_of_pairs(&[("KeyWord", &longest)]), Ok(ListQuery::new().keyword(longest.as_str())));
    for (keyword, error) in [
        (format!("{longest}x"), QueryError::KeywordTooLong { got: 129, limit: 128 }),
        (" ".repeat(4097), QueryError::KeywordTooLarge { got: 4097, limit: 4096 }),
    ] {
        let refusal = query_of_pairs(&[("KeyWord", &keyword)]).expect_err("over the limit");
        assert_eq!(refusal.parameter(), "KeyWord");
        assert_eq!(refusal, RequestError::Query(error));
    }
}

#[test]
fn a_query_error_finds_its_parameter() {
    let time = DateTime::UNIX_EPOCH;
    for (error, parameter) in [
        (QueryError::PageNo { got: 0, limit: 1 }, "PageNo"),
        (QueryError::PageSizeUnder { got: 0, limit: 1 }, "PageSize"),
        (QueryError::PageSizeOver { got: 101, limit: 100 }, "PageSize"),
        (QueryError::KeywordTooLong { got: 129, limit: 128 }, "KeyWord"),
        (QueryError::KeywordTooLarge { got: 4097, limit: 4096 }, "KeyWord"),
        (QueryError::CreatedRange { from: time, to: time }, "CreateTime"),
        (QueryError::Cursor(jobdex::error::CursorError::Damaged), "Cursor"),
    ] {
        let refusal = RequestError::from(error.clone());
        assert_eq!((refusal.parameter(), refusal.to_string()), (parameter, error.to_string()));
    }
}

#[test]
fn json_that_is_not_a_request_is_refused() {
    for (json, reason) in [
        (r#"{"PageNo":"1"}"#, "invalid type: string \"1\", expected u64"),
        (r#"{"PageNo":""}"#, "invalid type: string \"\", expected u64"),
        (r#"{"PageNo":1.0}"#, "invalid type: floating point `1.0`, expected u64"),
        (r#"{"PageNo":-1}"#, "invalid value: integer `-1`, expected u64"),
        (r#"{"PageNo":18446744073709551616}"#, "expected u64"),
        (r#"{"Status":true}"#, "invalid type: boolean `true`, expected u64"),
        (r#"{"Status":[1]}"#, "invalid type: sequence, expected u64"),
        (r#"{"KeyWord":7}"#, "invalid type: integer `7`, expected a string"),
        (r#"{"PageNo":1,"PageNo":1}"#, "duplicate field `PageNo`"),
        ("7", "expected struct ListLiveTranscodeJobsRequest"),
        ("", "EOF"),
    ] {
        let error = serde_json::from_str::<Request>(json).expect_err(json).to_string();
        assert!(error.contains(reason), "{json}: {error}");
    }
}

#[test]
fn json_with_a_value_out_of_its_range_is_refused_like_a_query_string() {
    for (json, parameter) in [
        (r#"{"PageNo":0}"#, "PageNo"),
        (r#"{"PageSize":0}"#, "PageSize"),
        (r#"{"PageSize":101}"#, "PageSize"),
        (r#"{"PageSize":4294967297}"#, "PageSize"),
        (r#"{"Status":7}"#, "Status"),
        (r#"{"StartMode":2}"#, "StartMode"),
        (r#"{"Type":"Normal"}"#, "Type"),
        (r#"{"SortBy":"ASC"}"#, "SortBy"),
    ] {
        let request: Request = serde_json::from_str(json).expect(json);
        assert_eq!(request.to_query().expect_err(json).parameter(), parameter, "{json}");
    }
}

// Errors.

#[test]
fn every_error_has_its_code_its_status_and_its_message() {
    let parameter = "JobId".into();
    let invalid = ApiError::InvalidParameter { parameter: "PageNo".into(), advice: "".into() };
    let table = [
        (
            ApiError::MissingParameter { parameter },
            400,
            "MissingParameter",
            "The input parameter \"JobId\" that is mandatory for processing this request is not supplied.",
        ),
        (invalid, 400, "InvalidParameter", "The specified parameter \"PageNo\" is not valid."),
        (ApiError::Forbidden, 403, "Forbidden", "You are not allowed to do this."),
        (ApiError::OperationDenied, 403, "OperationDenied", "The operation is denied."),
        (ApiError::JobNotFound, 404, "JobNotFound", "No such job."),
        (ApiError::JobStatusConflict, 409, "JobStatusConflict", "The status of the job does not allow the operation."),
        (ApiError::InternalError, 500, "InternalError", "The request failed because of an internal error."),
        (
            ApiError::ServiceUnavailable,
            503,
            "ServiceUnAvailable",
            "The service is not available at the moment. Try again later.",
        ),
    ];
    let codes: Vec<ErrorCode> = table.iter().map(|(error, ..)| error.code()).collect();
    assert_eq!(codes, ErrorCode::ALL);
    for (error, http_status, code, message) in table {
        assert_eq!(error.code().http_status(), http_status);
        assert_eq!(error.code().to_string(), code);
        assert_eq!(ErrorCode::from_name(code), Some(error.code()));
        assert_eq!(error.to_string(), message);

        let response = error.response("4E84BE44-58A7", "localhost");
        let json = serde_json::to_string(&response).expect("plain JSON");
        let message = message.replace('"', "\\\"");
        assert_eq!(
            json,
            format!(
                r#"{{"RequestId":"4E84BE44-58A7","HostId":"localhost","Code":"{code}","Message":"{message}","Recommend":""}}"#
            ),
        );
        assert_eq!(serde_json::from_str::<ErrorResponse>(&json).expect("just written"), response);
    }
}

#[test]
fn a_refused_request_becomes_a_body_with_the_way_out() {
    let refusal = query_of_string("PageSize=500").expect_err("over the limit");
    assert_eq!(
        serde_json::to_string(&ApiError::from(refusal).response("4E84BE44-58A7", "localhost")).expect("plain JSON"),
        r#"{"RequestId":"4E84BE44-58A7","HostId":"localhost","Code":"InvalidParameter","Message":"The specified parameter \"PageSize\" is not valid.","Recommend":"page size 500 is over the limit of 100"}"#,
    );
}

#[test]
fn a_code_that_there_is_not_is_refused() {
    for json in [r#""jobnotfound""#, r#""ServiceUnavailable""#, r#""""#, "404"] {
        assert!(serde_json::from_str::<ErrorCode>(json).is_err(), "{json}");
    }
}

// The response, and the job in it.

const RESPONSE: &str = concat!(
    r#"{"RequestId":"4E84BE44-58A7","TotalCount":100,"JobList":[{"Name":"evening news","JobId":"9c7a046","#,
    r#""TemplateType":"normal","TemplateId":"17fb287","TemplateName":"模板 7","StartMode":0,"Status":1,"#,
    r#""StreamInput":{"Type":"rtmp","InputUrl":"rtmp://in.example/app/news"},"#,
    r#""OutputStream":{"StreamInfos":[{"Type":"rtmp","OutputUrl":"rtmp://out.example/app/news"}]},"#,
    r#""CreateTime":"2022-07-20T02:48:58Z"}]}"#
);

fn evening_news() -> Job {
    Job {
        name: "evening news".to_owned(),
        job_id: "9c7a046".to_owned(),
        template_type: TemplateType::Normal,
        template_id: "17fb287".to_owned(),
        template_name: "模板 7".to_owned(),
        start_mode: StartMode::Immediate,
        status: Status::Running,
        stream_input: StreamInput { r#type: "rtmp".to_owned(), input_url: "rtmp://in.example/app/news".to_owned() },
        output_stream: OutputStream {
            stream_infos: vec![StreamInfo {
                r#type: "rtmp".to_owned(),
                output_url: "rtmp://out.example/app/news".to_owned(),
            }],
        },
        create_time: DateTime::from_timestamp(1_658_285_338, 0).expect("a time that exists"),
    }
}

fn json_of(job: &Job) -> String {
    serde_json::to_string(job).expect("a job is plain JSON")
}

/// The JSON of the sample job with one piece of it replaced.
fn job_json_with(piece: &str, replacement: &str) -> String {
    let json = json_of(&evening_news());
    assert_eq!(json.matches(piece).count(), 1, "{piece} stands once in {json}");
    json.replace(piece, replacement)
}

fn create_time_read(text: &str) -> Result<Job, serde_json::Error> {
    serde_json::from_str(&job_json_with("2022-07-20T02:48:58Z", text))
}

#[test]
fn a_response_is_written_and_read_byte_for_byte() {
    let response = ListLiveTranscodeJobsResponse {
        request_id: "4E84BE44-58A7".to_owned(),
        total_count: 100,
        job_list: vec![Arc::new(evening_news())],
    };
    assert_eq!(serde_json::to_string(&response).expect("plain JSON"), RESPONSE);
    let read: ListLiveTranscodeJobsResponse = serde_json::from_str(RESPONSE).expect("the sample is a response");
    assert_eq!(read, response);
}

#[test]
fn a_response_without_one_of_its_fields_is_refused_by_name() {
    for (json, field) in [
        (r#"{"TotalCount":0,"JobList":[]}"#, "RequestId"),
        (r#"{"RequestId":"a","JobList":[]}"#, "TotalCount"),
        (r#"{"RequestId":"a","TotalCount":0}"#, "JobList"),
    ] {
        let error = serde_json::from_str::<ListLiveTranscodeJobsResponse>(json).expect_err(json).to_string();
        assert!(error.contains(&format!("missing field `{field}`")), "{error}");
    }
}

#[test]
fn a_create_time_is_written_to_the_second_and_keeps_a_fraction_that_it_has() {
    for (read, written) in [
        ("2022-07-20T02:48:58Z", "2022-07-20T02:48:58Z"),
        ("2022-07-20T02:48:58.000Z", "2022-07-20T02:48:58Z"),
        ("2022-07-20T02:48:58.5Z", "2022-07-20T02:48:58.500Z"),
        ("2022-07-20T02:48:58.123456Z", "2022-07-20T02:48:58.123456Z"),
        ("2022-07-20T02:48:58.000000001Z", "2022-07-20T02:48:58.000000001Z"),
        ("2022-07-20T10:48:58+08:00", "2022-07-20T02:48:58Z"),
        ("2022-07-19T21:18:58.250-05:30", "2022-07-20T02:48:58.250Z"),
        ("2022-07-20T02:48:58+00:00", "2022-07-20T02:48:58Z"),
        ("2022-07-20T02:48:58-00:00", "2022-07-20T02:48:58Z"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:60Z"),
        ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
    ] {
        let job = create_time_read(read).expect(read);
        assert_eq!(json_of(&job), job_json_with("2022-07-20T02:48:58Z", written), "{read}");
    }
}

#[test]
fn a_create_time_that_is_none_is_refused_with_an_example_of_one() {
    for text in
        ["", "now", "1658285338", "2022-07-20", "2022-07-20T02:48Z", "2022-02-30T00:00:00Z", "+10000-01-01 00:00Z"]
    {
        let error = create_time_read(text).expect_err(text).to_string();
        let expected =
            format!("CreateTime of job \"9c7a046\" must be a time such as 2022-07-20T02:48:58Z, got {text:?} at ");
        assert!(error.starts_with(&expected), "{text}: {error}");
    }
    let number = job_json_with("\"2022-07-20T02:48:58Z\"", "1658285338");
    let error = serde_json::from_str::<Job>(&number).expect_err("seconds of which epoch").to_string();
    assert!(error.contains("must be a time such as 2022-07-20T02:48:58Z, got 1658285338 at "), "{error}");
}

#[test]
fn a_create_time_without_an_offset_is_refused_with_what_is_missing() {
    for text in ["2022-07-20T02:48:58", "2022-07-20 02:48:58", "2022-07-20 02:48:58.123456"] {
        let error = create_time_read(text).expect_err(text).to_string();
        let reason =
            format!("must be a time with an offset from UTC at its end, such as Z or +02:00, got {text:?} at ");
        assert!(error.contains(&reason), "{error}");
    }
}

#[test]
fn unknown_fields_of_a_job_are_ignored() {
    let json = job_json_with("{\"Name\"", "{\"Region\":{\"a\":[1]},\"name\":7,\"Name\"");
    assert_eq!(serde_json::from_str::<Job>(&json).expect("only known fields count"), evening_news());
}

/// The refusal of the sample job with one field replaced by a value, or removed, as every kind of input gives it.
fn refusal_of(field: &str, value: Option<serde_json::Value>) -> String {
    let mut json = serde_json::to_value(evening_news()).expect("a job is plain JSON");
    let fields = json.as_object_mut().expect("a job is an object");
    fields.remove(field).expect("the sample has the field");
    fields.extend(value.map(|value| (field.to_owned(), value)));
    let text = json.to_string();
    let place = format!(" at line 1 column {}", text.len());
    let error = serde_json::from_value::<Job>(json).expect_err(field).to_string();
    for placed in [
        serde_json::from_str::<Job>(&text).expect_err(field),
        serde_json::from_slice::<Job>(text.as_bytes()).expect_err(field),
        serde_json::from_reader::<_, Job>(text.as_bytes()).expect_err(field),
    ] {
        assert_eq!(placed.to_string(), format!("{error}{place}"));
    }
    error
}

#[test]
fn a_required_field_of_a_job_that_is_missing_or_null_is_named() {
    for (field, expected) in [
        ("JobId", "JobId must be a text"),
        ("TemplateType", "TemplateType of job \"9c7a046\" must be normal, narrow-band, audio-only or origin"),
        ("StartMode", "StartMode of job \"9c7a046\" must be 0 (immediate) or 1 (scheduled)"),
        ("Status", "Status of job \"9c7a046\" must be 0 (not started), 1 (in progress) or 2 (stopped)"),
        ("CreateTime", "CreateTime of job \"9c7a046\" must be a time such as 2022-07-20T02:48:58Z"),
    ] {
        assert_eq!(refusal_of(field, None), format!("{expected}, got no value"));
        assert_eq!(refusal_of(field, Some(serde_json::Value::Null)), format!("{expected}, got null"));
    }
}

#[test]
fn the_texts_and_lists_of_a_job_may_be_absent_or_null() {
    let empty = Job {
        name: String::new(),
        template_id: String::new(),
        template_name: String::new(),
        stream_input: StreamInput::default(),
        output_stream: OutputStream::default(),
        ..evening_news()
    };
    let required =
        r#""JobId":"9c7a046","TemplateType":"normal","StartMode":0,"Status":1,"CreateTime":"2022-07-20T02:48:58Z""#;
    for more in [
        "",
        r#","Name":null,"TemplateId":null,"TemplateName":null,"StreamInput":null,"OutputStream":null"#,
        r#","StreamInput":{},"OutputStream":{}"#,
        r#","StreamInput":{"Type":null,"InputUrl":null},"OutputStream":{"StreamInfos":null}"#,
    ] {
        let json = format!("{{{required}{more}}}");
        assert_eq!(serde_json::from_str::<Job>(&json).expect(&json), empty);
    }
    let streams = format!(r#"{{{required},"OutputStream":{{"StreamInfos":[{{}},{{"Type":null,"OutputUrl":"u"}}]}}}}"#);
    let read: Job = serde_json::from_str(&streams).expect(&streams);
    let with_url = StreamInfo { r#type: String::new(), output_url: "u".to_owned() };
    assert_eq!(read.output_stream.stream_infos, [StreamInfo::default(), with_url]);
}

#[test]
fn a_value_that_a_field_of_a_job_does_not_have_is_refused_with_those_it_has() {
    let statuses = "must be 0 (not started), 1 (in progress) or 2 (stopped), got";
    let start_modes = "must be 0 (immediate) or 1 (scheduled), got";
    let types = "must be normal, narrow-band, audio-only or origin, got";
    for (field, json, reason) in [
        ("Status", "7", format!("{statuses} 7")),
        ("Status", "257", format!("{statuses} 257")),
        ("Status", "\"1\"", format!("{statuses} \"1\"")),
        ("Status", "-1", format!("{statuses} -1")),
        ("Status", "1.0", format!("{statuses} 1.0")),
        ("StartMode", "2", format!("{start_modes} 2")),
        ("StartMode", "true", format!("{start_modes} true")),
        ("TemplateType", "\"Normal\"", format!("{types} \"Normal\"")),
        ("TemplateType", "\"\"", format!("{types} \"\"")),
        ("TemplateType", "0", format!("{types} 0")),
        ("Name", "7", "must be a text, got 7".to_owned()),
        ("TemplateName", "[\"a\"]", "must be a text, got a list".to_owned()),
        ("CreateTime", "{\"a\":1}", "must be a time such as 2022-07-20T02:48:58Z, got an object".to_owned()),
    ] {
        let value = serde_json::from_str(json).expect("plain JSON");
        assert_eq!(refusal_of(field, Some(value)), format!("{field} of job \"9c7a046\" {reason}"));
    }
    assert_eq!(refusal_of("JobId", Some(serde_json::json!(7))), "JobId must be a text, got 7");
}

#[test]
fn an_error_names_the_job_wherever_its_id_stands() {
    let error = "Status of job \"a046\" must be 0 (not started), 1 (in progress) or 2 (stopped), got 7";
    for json in [
        r#"{"JobId":"a046","TemplateType":"normal","StartMode":0,"Status":7,"CreateTime":"2022-07-20T02:48:58Z"}"#,
        r#"{"Status":7,"CreateTime":"2022-07-20T02:48:58Z","StartMode":0,"TemplateType":"normal","JobId":"a046"}"#,
    ] {
        let refusal = serde_json::from_str::<Job>(json).expect_err(json);
        assert_eq!(refusal.to_string(), format!("{error} at line 1 column {}", json.len()));
        let response = format!("{{\"RequestId\":\"\",\"TotalCount\":1,\n\"JobList\":[{json}]}}");
        let refusal = serde_json::from_str::<ListLiveTranscodeJobsResponse>(&response).expect_err(json);
        assert_eq!(refusal.to_string(), format!("{error} at line 2 column {}", json.len() + 11));
    }
}

#[test]
fn long_texts_of_a_job_are_cut_in_its_error() {
    let long = |count| "电".repeat(count);
    let json = job_json_with("normal", &long(100_000)).replace("9c7a046", &long(1_000));
    let error = serde_json::from_str::<Job>(&json).expect_err("no type").to_string();
    let types = "must be normal, narrow-band, audio-only or origin";
    let expected = format!("TemplateType of job {:?} {types}, got {:?} at line 1 ", long(128), long(64));
    assert!(error.starts_with(&expected), "{error}");
}

#[test]
fn a_repeated_field_of_a_job_is_refused() {
    for (piece, field) in [("\"Name\":", "Name"), ("\"Status\":", "Status"), ("\"InputUrl\":", "InputUrl")] {
        let json = job_json_with(piece, &format!("{piece}null,{piece}"));
        let error = serde_json::from_str::<Job>(&json).expect_err(field).to_string();
        assert!(error.starts_with(&format!("duplicate field `{field}` at line 1 column ")), "{error}");
    }
}

#[test]
fn a_job_is_also_read_from_its_values_in_order() {
    let json = serde_json::to_value(evening_news()).expect("a job is plain JSON");
    let order = ["Name", "JobId", "TemplateType", "TemplateId", "TemplateName", "StartMode", "Status"];
    let order = order.into_iter().chain(["StreamInput", "OutputStream", "CreateTime"]);
    let values: Vec<_> = order.map(|field| json[field].clone()).collect();
    assert_eq!(serde_json::from_value::<Job>(values.into()).expect("ten values"), evening_news());
}

// Properties.

fn any_job() -> impl Strategy<Value = Job> {
    let facets = (
        prop::sample::select(TemplateType::ALL),
        prop::sample::select(StartMode::ALL),
        prop::sample::select(Status::ALL),
    );
    let texts = prop::array::uniform6(any::<String>());
    let outputs = prop::collection::vec((any::<String>(), any::<String>()), 0..4);
    // The years 0 to 9999, those that RFC 3339 has.
    let time = (-62_167_219_200_i64..=253_402_300_799, prop_oneof![Just(0), 0_u32..1_000_000_000]);
    (facets, texts, outputs, time).prop_map(|((template_type, start_mode, status), texts, outputs, time)| {
        let [name, job_id, template_id, template_name, input_type, input_url] = texts;
        let stream_infos = outputs.into_iter().map(|(r#type, output_url)| StreamInfo { r#type, output_url }).collect();
        Job {
            name,
            job_id,
            template_type,
            template_id,
            template_name,
            start_mode,
            status,
            stream_input: StreamInput { r#type: input_type, input_url },
            output_stream: OutputStream { stream_infos },
            create_time: DateTime::<Utc>::from_timestamp(time.0, time.1).expect("a year from 0 to 9999"),
        }
    })
}

/// A job, and the JSON of it that another program may write: fields in any order, and some that are null or absent. The
/// job has the empty value in place of those fields.
fn any_job_of_a_stranger() -> impl Strategy<Value = (Job, String)> {
    let parts = ["Name", "TemplateId", "TemplateName", "StreamInput", "OutputStream"];
    let parts = parts.into_iter().chain(["StreamInput/Type", "StreamInput/InputUrl", "OutputStream/StreamInfos"]);
    let changes =
        parts.map(|part| (Just(part), prop_oneof![3 => Just(None), 1 => Just(Some(true)), 1 => Just(Some(false))]));
    let keys = Just(serde_json::to_value(evening_news()).expect("a job is plain JSON"));
    let keys = keys.prop_map(|json| json.as_object().expect("an object").keys().cloned().collect::<Vec<_>>());
    (any_job(), changes.collect::<Vec<_>>(), keys.prop_shuffle()).prop_map(|(mut job, changes, keys)| {
        let mut json = serde_json::to_value(&job).expect("a job is plain JSON");
        for (part, change) in changes {
            if let Some(null) = change {
                empty_part(&mut job, part);
                take_part(&mut json, part, null);
            }
        }
        (job, text_in_order(&json, &keys))
    })
}

fn empty_part(job: &mut Job, part: &str) {
    match part {
        "Name" => job.name.clear(),
        "TemplateId" => job.template_id.clear(),
        "TemplateName" => job.template_name.clear(),
        "StreamInput" => job.stream_input = StreamInput::default(),
        "StreamInput/Type" => job.stream_input.r#type.clear(),
        "StreamInput/InputUrl" => job.stream_input.input_url.clear(),
        _ => job.output_stream.stream_infos.clear(),
    }
}

/// Sets a part to null, or removes it. Does nothing if the object around the part is gone.
fn take_part(json: &mut serde_json::Value, part: &str, null: bool) {
    let (object, key) = match part.split_once('/') {
        Some((outer, key)) => (json.get_mut(outer), key),
        None => (Some(json), part),
    };
    if let Some(object) = object.and_then(serde_json::Value::as_object_mut) {
        object.remove(key);
        object.extend(null.then(|| (key.to_owned(), serde_json::Value::Null)));
    }
}

/// The text of an object with its keys in this order. `Value` itself sorts its keys.
fn text_in_order(json: &serde_json::Value, keys: &[String]) -> String {
    let present = keys.iter().filter_map(|key| json.get(key).map(|value| format!("\"{key}\":{value}")));
    format!("{{{}}}", present.collect::<Vec<_>>().join(","))
}

fn any_request() -> impl Strategy<Value = Request> {
    let texts = |values: &[&str]| {
        let values: Vec<String> = values.iter().map(|&value| value.to_owned()).collect();
        prop::option::of(prop_oneof![9 => prop::sample::select(values), 1 => "\\PC{1,8}"])
    };
    let number = |max: u64| prop::option::of(prop_oneof![9 => 0..=max, 1 => any::<u64>()]);
    (
        texts(&["normal", "narrow-band", "audio-only", "origin"]),
        number(1),
        number(2),
        prop::option::of(any::<u64>()),
        number(100),
        texts(&["asc", "desc"]),
        prop::option::of(".{1,130}"),
    )
        .prop_map(|(r#type, start_mode, status, page_no, page_size, sort_by, key_word)| Request {
            r#type,
            start_mode,
            status,
            page_no,
            page_size,
            sort_by,
            key_word,
        })
}

fn any_pairs() -> impl Strategy<Value = Vec<(String, String)>> {
    let name = prop_oneof![prop::sample::select(&NAMES[..]).prop_map(str::to_owned), any::<String>()];
    let value = prop_oneof!["[0-9]{0,22}", "(asc|desc|normal|origin)?", any::<String>()];
    prop::collection::vec((name, value), 0..9)
}

proptest! {
    #[test]
    fn any_pairs_become_a_query_or_an_error_that_names_a_parameter(pairs in any_pairs()) {
        let read = Request::from_pairs(pairs.iter().map(|(name, value)| (name, value)));
        match read.and_then(|request| request.to_query()) {
            Ok(_) => {}
            Err(refusal) => {
                let named = pairs.iter().any(|(name, value)| name == refusal.parameter() && !value.is_empty());
                prop_assert!(named && NAMES.contains(&refusal.parameter()), "{refusal:?}");
            }
        }
    }

    #[test]
    fn pairs_and_their_query_string_are_the_same_request(pairs in any_pairs()) {
        let query_string: Vec<String> =
            pairs.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value))).collect();
        prop_assert_eq!(Request::from_query_string(&query_string.join("&")), Request::from_pairs(pairs));
    }

    #[test]
    fn no_query_string_makes_it_panic(text in ".*", known in "((Type|Status|PageNo|KeyWord)[=&%+0-9a-fA-F]{0,9}){0,5}") {
        let _ = query_of_string(&text);
        let _ = query_of_string(&known);
        let _ = serde_json::from_str::<Request>(&text);
    }

    #[test]
    fn a_request_is_the_same_as_query_string_and_as_json(request in any_request()) {
        let json = serde_json::to_string(&request).expect("plain JSON");
        let from_json: Request = serde_json::from_str(&json).expect("just written");
        let from_query_string = Request::from_query_string(&query_string_of(&request)).expect("just written");
        prop_assert_eq!(&from_json, &request);
        prop_assert_eq!(&from_query_string, &request);
        prop_assert_eq!(from_json.to_query(), from_query_string.to_query());
    }

    #[test]
    fn a_job_comes_back_from_its_json(job in any_job()) {
        prop_assert_eq!(serde_json::from_str::<Job>(&json_of(&job)).expect("just written"), job);
    }

    #[test]
    fn a_job_of_a_stranger_is_read_with_empty_values_for_what_is_not_there((job, json) in any_job_of_a_stranger()) {
        let value: serde_json::Value = serde_json::from_str(&json).expect("plain JSON");
        prop_assert_eq!(&serde_json::from_str::<Job>(&json).expect(&json), &job);
        prop_assert_eq!(&serde_json::from_slice::<Job>(json.as_bytes()).expect(&json), &job);
        prop_assert_eq!(&serde_json::from_reader::<_, Job>(json.as_bytes()).expect(&json), &job);
        prop_assert_eq!(serde_json::from_value::<Job>(value).expect(&json), job);
    }

    #[test]
    fn a_response_comes_back_from_its_json(jobs in prop::collection::vec(any_job(), 0..3), total_count: u64, id: String) {
        let job_list = jobs.into_iter().map(Arc::new).collect();
        let response = ListLiveTranscodeJobsResponse { request_id: id, total_count, job_list };
        let json = serde_json::to_string(&response).expect("plain JSON");
        let read: ListLiveTranscodeJobsResponse = serde_json::from_str(&json).expect("just written");
        prop_assert_eq!(read, response);
    }
}
