//! Tests of every refusal: its status, its code and the name of the invalid parameter.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::Request;
use hyper::body::{Frame, SizeHint};

use crate::api::collected;
use crate::caller::{Caller, query_string, submission};
use crate::errors::{self, Reason};
use crate::limits::{BODY_BYTES_MAX, PARAMETERS_MAX, URL_BYTES_MAX};

const FORM: &str = "application/x-www-form-urlencoded";

fn invalid(status: u16, name: &str) -> (u16, String, String) {
    (status, "InvalidParameter".to_owned(), format!("The specified parameter \"{name}\" is not valid."))
}

fn missing(name: &str) -> (u16, String, String) {
    let message =
        format!("The input parameter \"{name}\" that is mandatory for processing this request is not supplied.");
    (400, "MissingParameter".to_owned(), message)
}

#[test]
fn each_list_parameter_with_a_wrong_value_is_refused_by_name() {
    let mut caller = Caller::new();
    let long = "x".repeat(129);
    for (name, values) in [
        ("Type", &["Normal", "0", "normal,origin"][..]),
        ("StartMode", &["2", "-1", "a", "1.0", "immediate"]),
        ("Status", &["7", "3", "+1", "running"]),
        ("PageNo", &["0", "-1", "x", "99999999999999999999"]),
        ("PageSize", &["0", "101", "4294967296", "1e1"]),
        ("SortBy", &["ASC", "Desc", "CreateTime"]),
        ("KeyWord", &[&long]),
    ] {
        for value in values {
            let reply = caller.act("ListLiveTranscodeJobs", &[(name, value)]);
            assert_eq!(reply.refusal(), invalid(400, name), "{name}={value}");
        }
    }
}

#[test]
fn a_malformed_escape_and_a_repeated_parameter_are_refused_by_name() {
    let mut caller = Caller::new();
    for action in ["ListLiveTranscodeJobs", "GetLiveTranscodeJob"] {
        let name = if action.starts_with("List") { "KeyWord" } else { "JobId" };
        for query in ["%", "%zz", "%4", "a%", "%FF", "%C3%28", "a&NAME=b", "a&NAME=a"] {
            let query = query.replace("NAME", name);
            let reply = caller.get(&format!("/?Action={action}&{name}={query}"));
            assert_eq!(reply.refusal(), invalid(400, name), "{query}");
        }
    }
    let reply = caller.get("/?Action=%zz");
    assert_eq!(reply.refusal(), invalid(400, "Action"));
}

#[test]
fn an_unknown_a_missing_and_a_contradicting_action_are_refused() {
    let mut caller = Caller::new();
    assert_eq!(caller.get("/").refusal(), missing("Action"));
    assert_eq!(caller.get("/?Status=1").refusal(), missing("Action"));
    assert_eq!(caller.get("/?Action=").refusal(), missing("Action"));
    assert_eq!(caller.get("/?Action=listlivetranscodejobs").refusal(), invalid(400, "Action"));
    assert_eq!(caller.act("DropTable", &[]).refusal(), invalid(400, "Action"));
    let two = caller.act("ListLiveTranscodeJobs", &[("Action", "GetLiveTranscodeJob")]);
    assert_eq!(two.refusal(), invalid(400, "Action"));
    let twice = caller.get("/?Action=ListLiveTranscodeJobs&Action=ListLiveTranscodeJobs");
    assert_eq!(twice.refusal(), invalid(400, "Action"));
    let header_twice = Request::get("/").header("x-acs-action", "a").header("x-acs-action", "b");
    assert_eq!(caller.send(header_twice.body(Body::empty()).unwrap()).refusal(), invalid(400, "Action"));
    let not_text = Request::get("/").header("x-acs-action", &b"\xff"[..]).body(Body::empty()).unwrap();
    assert_eq!(caller.send(not_text).refusal(), invalid(400, "Action"));
}

#[test]
fn another_version_is_refused_and_none_is_taken() {
    let mut caller = Caller::new();
    assert_eq!(caller.get("/?Action=ListLiveTranscodeJobs").status, 200);
    let reply = caller.get("/?Action=ListLiveTranscodeJobs&Version=2019-01-01");
    assert_eq!(reply.refusal(), invalid(400, "Version"));
}

#[test]
fn each_parameter_that_a_submission_needs_is_missed_by_name() {
    let mut caller = Caller::new();
    for place in 0..5 {
        let mut params = submission("News");
        let (name, _) = params.remove(place);
        assert_eq!(caller.act("SubmitLiveTranscodeJob", &params).refusal(), missing(name));
        params.insert(place, (name, ""));
        assert_eq!(caller.act("SubmitLiveTranscodeJob", &params).refusal(), missing(name), "an empty one");
    }
    let mut params = submission("News");
    params[2] = ("StartMode", "1");
    assert_eq!(caller.act("SubmitLiveTranscodeJob", &params).refusal(), missing("TimedConfig"));
    assert_eq!(caller.act("ListLiveTranscodeJobs", &[]).member("TotalCount"), "0");
}

#[test]
fn each_parameter_of_a_submission_with_a_wrong_value_is_refused_by_its_path() {
    let mut caller = Caller::new();
    let name = "x".repeat(1025);
    let url = format!(r#"{{"Type":"rtmp","InputUrl":"rtmp://{}"}}"#, "x".repeat(1020));
    let domain = format!(r#"{{"Type":"LiveCenter","DomainName":"{}"}}"#, "x".repeat(254));
    let deep = format!("{{\"Type\":{}", "[".repeat(5000));
    for (place, value, wrong) in [
        (0, name.as_str(), invalid(400, "Name")),
        (1, "t-none", invalid(400, "TemplateId")),
        (2, "2", invalid(400, "StartMode")),
        (2, "", missing("StartMode")),
        (3, "rtmp", invalid(400, "StreamInput")),
        (3, "[]", invalid(400, "StreamInput")),
        (3, r#"["rtmp","rtmp://a/b"]"#, invalid(400, "StreamInput")),
        (3, "null", invalid(400, "StreamInput")),
        (3, "{", invalid(400, "StreamInput")),
        (3, &deep, invalid(400, "StreamInput")),
        (3, "{}", missing("StreamInput.Type")),
        (3, r#"{"Type":1,"InputUrl":"rtmp://a/b"}"#, invalid(400, "StreamInput.Type")),
        (3, r#"{"Type":"rtmp","InputUrl":["rtmp://a/b"]}"#, invalid(400, "StreamInput.InputUrl")),
        (3, r#"{"Type":"rtmp","Type":"rtmp","InputUrl":"rtmp://a/b"}"#, invalid(400, "StreamInput")),
        (3, r#"{"Type":"hls","InputUrl":"rtmp://a/b"}"#, invalid(400, "StreamInput.Type")),
        (3, r#"{"Type":"rtmp"}"#, missing("StreamInput.InputUrl")),
        (3, r#"{"Type":"rtmp","InputUrl":null}"#, missing("StreamInput.InputUrl")),
        (3, r#"{"Type":"rtmp","InputUrl":"http://a/b"}"#, invalid(400, "StreamInput.InputUrl")),
        (3, r#"{"Type":"rtmp","InputUrl":"rtmp://"}"#, invalid(400, "StreamInput.InputUrl")),
        (3, r#"{"Type":"rtmp","InputUrl":"rtmp://a b"}"#, invalid(400, "StreamInput.InputUrl")),
        (3, &url, invalid(400, "StreamInput.InputUrl")),
        (4, r#"{"DomainName":"a"}"#, missing("TranscodeOutput.Type")),
        (4, r#"{"Type":"Live"}"#, invalid(400, "TranscodeOutput.Type")),
        (4, r#"{"Type":"LiveCenter","DomainName":"a/b"}"#, invalid(400, "TranscodeOutput.DomainName")),
        (4, r#"{"Type":"LiveCenter","DomainName":true}"#, invalid(400, "TranscodeOutput.DomainName")),
        (4, r#"{"Type":"LiveCenter","DomainName":"a..b"}"#, invalid(400, "TranscodeOutput.DomainName")),
        (4, &domain, invalid(400, "TranscodeOutput.DomainName")),
    ] {
        let mut params = submission("News");
        params[place].1 = value;
        assert_eq!(caller.act("SubmitLiveTranscodeJob", &params).refusal(), wrong, "{value}");
    }
    for (times, wrong) in [
        ("{}", missing("TimedConfig.StartTime")),
        (r#"{"StartTime":"soon","EndTime":"later"}"#, invalid(400, "TimedConfig.StartTime")),
        (r#"{"StartTime":"2026-03-01T00:00:00Z"}"#, missing("TimedConfig.EndTime")),
        (r#"{"StartTime":1772323200,"EndTime":1772323260}"#, invalid(400, "TimedConfig.StartTime")),
        (r#"{"StartTime":"0000-01-01T00:00:00+23:59"}"#, invalid(400, "TimedConfig.StartTime")),
        (r#"{"StartTime":"9999-12-31T23:59:60-23:59"}"#, invalid(400, "TimedConfig.StartTime")),
    ] {
        let mut params = submission("News");
        params[2].1 = "1";
        params.push(("TimedConfig", times));
        assert_eq!(caller.act("SubmitLiveTranscodeJob", &params).refusal(), wrong, "{times}");
    }
    assert_eq!(caller.act("ListLiveTranscodeJobs", &[]).member("TotalCount"), "0");
}

#[test]
fn a_command_that_is_none_is_refused() {
    let mut caller = Caller::new();
    let job_id = caller.submit("News");
    let which = ("JobId", job_id.as_str());
    assert_eq!(caller.act("SendLiveTranscodeJobCommand", &[which]).refusal(), missing("Command"));
    let reply = caller.act("SendLiveTranscodeJobCommand", &[which, ("Command", "start")]);
    assert_eq!(reply.refusal(), invalid(400, "Command"));
    assert_eq!(caller.act("SendLiveTranscodeJobCommand", &[("Command", "stop")]).refusal(), missing("JobId"));
}

#[test]
fn a_url_over_its_limit_is_refused_and_one_at_it_is_taken() {
    let mut caller = Caller::new();
    let start = "/?Action=ListLiveTranscodeJobs&x=";
    let url = |bytes: usize| format!("{start}{}", "x".repeat(bytes - start.len()));
    assert_eq!(caller.get(&url(URL_BYTES_MAX)).status, 200);
    assert_eq!(caller.get(&url(URL_BYTES_MAX + 1)).refusal(), invalid(414, "URL"));
    assert_eq!(caller.get(&url(URL_BYTES_MAX + 1).replacen("/?", "/console/view?", 1)).refusal(), invalid(414, "URL"));
}

#[test]
fn a_body_over_its_limit_is_refused_and_one_at_it_is_taken() {
    let mut caller = Caller::new();
    for (bytes, status) in [(BODY_BYTES_MAX, 200), (BODY_BYTES_MAX + 1, 413), (BODY_BYTES_MAX * 100, 413)] {
        let request = Request::post("/?Action=ListLiveTranscodeJobs").header("content-type", FORM);
        let reply = caller.send(request.body(Body::from(format!("x={}", "x".repeat(bytes - 2)))).unwrap());
        assert_eq!(reply.status, status);
        if status == 413 {
            assert_eq!(reply.refusal(), invalid(413, "Body"));
        }
    }
}

#[test]
fn a_body_that_says_it_is_too_long_is_not_waited_for() {
    struct Announced(u64);
    impl hyper::body::Body for Announced {
        type Data = Bytes;
        type Error = std::io::Error;

        fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
            panic!("the other end would be told to go on");
        }

        fn size_hint(&self) -> SizeHint {
            SizeHint::with_exact(self.0)
        }
    }
    let mut caller = Caller::new();
    let body = Body::new(Announced(BODY_BYTES_MAX as u64 + 1));
    let request = Request::post("/?Action=ListLiveTranscodeJobs").header("content-type", FORM).body(body);
    assert_eq!(caller.send(request.unwrap()).refusal(), invalid(413, "Body"));
}

#[test]
fn a_body_of_another_type_of_other_bytes_or_cut_short_is_refused() {
    let mut caller = Caller::new();
    let post = || Request::post("/?Action=ListLiveTranscodeJobs");
    for (request, name) in [
        (post().body(Body::from("Status=1")), "Content-Type"),
        (post().header("content-type", "application/json").body(Body::from("{}")), "Content-Type"),
        (post().header("content-type", FORM).body(Body::from(&b"a=\xff"[..])), "Body"),
        (post().header("content-type", FORM).body(cut_short()), "Body"),
    ] {
        assert_eq!(caller.send(request.unwrap()).refusal(), invalid(400, name));
    }
    let charset = post().header("content-type", format!("{FORM}; charset=UTF-8")).body(Body::from("PageSize=1"));
    assert_eq!(caller.send(charset.unwrap()).status, 200);
}

#[test]
fn a_body_that_does_not_arrive_is_not_waited_for() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let body = Body::from_stream(futures_util::stream::pending::<Result<Bytes, std::io::Error>>());
    let refusal = runtime.block_on(collected(body, Duration::from_millis(20))).unwrap_err();
    assert_eq!(refusal.status.as_u16(), 408);
    assert_eq!(refusal.error, Reason::Api(errors::invalid("Body", "body did not arrive within 0 s")));
}

fn cut_short() -> Body {
    let pieces = [Ok(Bytes::from("a=")), Err(std::io::Error::other("cut short"))];
    Body::from_stream(futures_util::stream::iter(pieces))
}

#[test]
fn more_parameters_than_any_request_has_are_refused() {
    let mut caller = Caller::new();
    let params = |count: usize| query_string(&vec![("x", "1"); count - 1]);
    assert_eq!(caller.get(&format!("/?Action=ListLiveTranscodeJobs&{}", params(PARAMETERS_MAX))).status, 200);
    let reply = caller.get(&format!("/?Action=ListLiveTranscodeJobs&{}", params(PARAMETERS_MAX + 1)));
    assert_eq!(reply.refusal(), invalid(400, "Parameters"));
}

#[test]
fn another_method_and_another_path_are_refused_with_a_body() {
    let mut caller = Caller::new();
    for (method, path, allowed) in [
        ("PUT", "/", "GET, HEAD, POST"),
        ("PATCH", "/", "GET, HEAD, POST"),
        ("DELETE", "/?Action=ListLiveTranscodeJobs", "GET, HEAD, POST"),
        ("POST", "/metrics", "GET,HEAD"),
        ("POST", "/console/view", "GET,HEAD"),
    ] {
        let reply = caller.send(Request::builder().method(method).uri(path).body(Body::empty()).unwrap());
        assert_eq!((reply.status, reply.refusal().1.as_str()), (405, "OperationDenied"), "{method} {path}");
        assert_eq!(reply.headers["allow"], allowed, "{method} {path}");
    }
    assert_eq!(caller.get("/favicon.ico").refusal(), invalid(404, "Path"));
    assert_eq!(caller.get("/console/../Cargo.toml").refusal(), invalid(404, "Path"));
}

#[test]
fn a_page_of_another_site_may_not_write() {
    let mut caller = Caller::new();
    for (headers, status) in [
        (&[("sec-fetch-site", "cross-site")][..], 403),
        (&[("sec-fetch-site", "same-site")], 403),
        (&[("sec-fetch-site", "same-origin")], 200),
        (&[("sec-fetch-site", "none")], 200),
        (&[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")], 403),
        // Browsers leave `Sec-Fetch-Site` out where they do not trust the connection, and always send `Origin` with a form.
        (&[("origin", "http://evil.example")], 403),
        (&[("origin", "null")], 403),
        (&[("origin", "http://localhost.evil.example")], 403),
        (&[("origin", "http://localhost:8080")], 403),
        (&[("origin", "ftp://localhost")], 403),
        (&[("origin", "http://localhost"), ("origin", "http://evil.example")], 403),
        (&[("origin", "http://localhost")], 200),
        (&[("origin", "https://LOCALHOST")], 200),
        (&[("origin", "http://evil.example"), ("sec-fetch-site", "same-origin")], 200),
        (&[], 200),
    ] {
        let mut request = Request::post(format!("/?{}", query_string(&submission("News"))));
        request = request.header("x-acs-action", "SubmitLiveTranscodeJob");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let reply = caller.send(request.body(Body::empty()).unwrap());
        assert_eq!(reply.status, status, "{headers:?}");
        if status == 403 {
            assert_eq!(reply.refusal().1, "Forbidden");
        }
    }
}

#[test]
fn a_name_of_another_site_that_leads_here_is_refused_on_every_path() {
    let mut caller = Caller::new();
    for host in ["localhost", "LOCALHOST:8080", "127.0.0.1:8080", "127.0.0.1", "[::1]:8080", "192.0.2.1:80"] {
        let request = Request::get("/?Action=ListLiveTranscodeJobs").header("host", host).body(Body::empty());
        assert_eq!(caller.send(request.unwrap()).status, 200, "{host}");
    }
    for host in [
        "evil.example",
        "evil.example:8080",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "0.0.0.0:8080",
        "0.0.0.0",
        "[::]:8080",
        "[::ffff:0.0.0.0]",
    ] {
        for path in ["/?Action=ListLiveTranscodeJobs", "/metrics", "/console/view", "/console/main.js", "/nothing"] {
            let reply = caller.send(Request::get(path).header("host", host).body(Body::empty()).unwrap());
            assert_eq!((reply.status, reply.refusal().1.as_str()), (403, "Forbidden"), "{host:?} {path}");
        }
    }
}

#[test]
fn a_request_has_one_host() {
    let mut caller = Caller::new();
    for host in ["", "a b", "localhost:x"] {
        let request = Request::get("/healthz").header("host", host).body(Body::empty()).unwrap();
        assert_eq!(caller.send(request).refusal(), invalid(400, "Host"), "{host:?}");
    }
    let two = Request::get("/metrics").header("host", "localhost").header("host", "localhost").body(Body::empty());
    assert_eq!(caller.send(two.unwrap()).refusal(), invalid(400, "Host"));
}

#[test]
fn a_body_that_is_coded_in_another_way_is_not_taken_for_plain() {
    let mut caller = Caller::new();
    for codings in [&["gzip, chunked"][..], &["gzip"], &["gzip", "chunked"], &["chunked", "chunked"], &["identity"]] {
        let mut request = Request::post("/?Action=ListLiveTranscodeJobs").header("content-type", FORM);
        for coding in codings {
            request = request.header("transfer-encoding", *coding);
        }
        let reply = caller.send(request.body(Body::from("PageSize=1")).unwrap());
        assert_eq!(reply.refusal(), invalid(501, "Transfer-Encoding"), "{codings:?}");
        assert_eq!(reply.headers["connection"], "close", "its body is not read");
    }
    let request = Request::post("/?Action=ListLiveTranscodeJobs").header("content-type", FORM);
    let request = request.header("transfer-encoding", "Chunked").body(Body::from("PageSize=1"));
    assert_eq!(caller.send(request.unwrap()).status, 200);
}

#[test]
fn an_answer_that_leaves_a_body_unread_says_that_it_closes() {
    let mut caller = Caller::new();
    let long = "x".repeat(BODY_BYTES_MAX + 1);
    for (method, path, body, closes) in [
        ("POST", "/?Action=ListLiveTranscodeJobs", "PageSize=1", false),
        ("POST", "/?Action=Nothing", "PageSize=1", false),
        ("POST", "/?Action=ListLiveTranscodeJobs", &long, true),
        ("PUT", "/", "x", true),
        ("POST", "/metrics", "x", true),
        ("POST", "/nothing", "x", true),
        ("GET", "/healthz", "x", true),
        ("GET", "/console/view", "x", true),
        ("GET", "/healthz", "", false),
    ] {
        let request = Request::builder().method(method).uri(path).header("content-type", FORM);
        let reply = caller.send(request.body(Body::from(body.to_owned())).unwrap());
        let says = reply.headers.get("connection").is_some_and(|value| value == "close");
        assert_eq!(says, closes, "{method} {path} {} {}", body.len(), reply.status);
    }
}

#[test]
fn a_head_is_asked_for_as_a_get_is_and_writes_nothing() {
    let mut caller = Caller::new();
    let job_id = caller.submit("News");
    let head = |uri: String| Request::head(uri).body(Body::empty()).unwrap();
    let page = caller.send(head("/".to_owned()));
    assert_eq!((page.status, page.headers["content-type"].to_str().unwrap()), (200, "text/html; charset=utf-8"));
    let list = caller.send(head("/?Action=ListLiveTranscodeJobs".to_owned()));
    assert_eq!((list.status, list.headers["content-type"].to_str().unwrap()), (200, crate::api::JSON));
    let delete = caller.send(head(format!("/?Action=DeleteLiveTranscodeJob&JobId={job_id}")));
    assert_eq!((delete.status, delete.headers["allow"].to_str().unwrap()), (405, "GET, HEAD, POST"));
    assert_eq!(caller.status(&job_id), 1, "it is still there");
}

#[test]
fn every_answer_says_that_its_type_is_no_guess_and_whether_it_may_be_kept() {
    let mut caller = Caller::new();
    for path in
        ["/", "/?Action=ListLiveTranscodeJobs", "/metrics", "/healthz", "/nothing", "/console/view", "/console/main.js"]
    {
        let reply = caller.get(path);
        assert_eq!(reply.headers["x-content-type-options"], "nosniff", "{path}");
        let kept = if path == "/console/main.js" { "no-cache" } else { "no-store" };
        assert_eq!(reply.headers["cache-control"], kept, "{path}");
        let varies = reply.headers.get("vary").map(|vary| vary.to_str().unwrap());
        let is_shared = path.starts_with("/?") || path == "/";
        assert_eq!(varies, is_shared.then_some("accept, cookie, x-acs-action"), "{path}");
    }
}

#[test]
fn jobs_that_would_take_more_memory_than_allowed_are_refused_and_deletions_make_room() {
    let mut caller = Caller::with_state(crate::caller::BEGIN, |clock| {
        crate::state::State::new(Vec::new(), clock).unwrap().with_memory_max(110_000)
    });
    let long = "电".repeat(341);
    let mut job_ids = Vec::new();
    let refusal = loop {
        let reply = caller.act("SubmitLiveTranscodeJob", &submission(&long));
        if reply.status != 200 {
            break reply.refusal();
        }
        job_ids.push(reply.member("JobId"));
        assert!(job_ids.len() < 10, "a name of 341 Chinese characters takes more than 11,000 bytes");
    };
    assert_eq!((refusal.0, refusal.1.as_str()), (503, "ServiceUnAvailable"));
    let rename = |job_id: &str, name: &str| [("JobId", job_id.to_owned()), ("Name", name.to_owned())];
    let update = |caller: &mut Caller, name: &str| {
        let params = rename(&job_ids[0], name);
        caller.act("UpdateLiveTranscodeJob", &params.each_ref().map(|(name, value)| (*name, value.as_str()))).status
    };
    assert_eq!(update(&mut caller, "short"), 200);
    assert_eq!(caller.act("SubmitLiveTranscodeJob", &submission(&long)).status, 200, "the shorter name made room");
    assert_eq!(update(&mut caller, &long), 503, "a longer text takes more too");
    assert_eq!(caller.act("DeleteLiveTranscodeJob", &[("JobId", &job_ids[1])]).status, 200);
    assert_eq!(update(&mut caller, &long), 200);
    let bytes: usize = caller.app.state.snapshot().iter().map(|job| crate::weight::bytes(job)).sum();
    assert_eq!(caller.app.state.bytes(), Some(bytes), "the count is kept by every write");
    assert!(caller.get("/metrics").text().contains(&format!("jobdex_jobs_bytes {bytes}\n")));
}
