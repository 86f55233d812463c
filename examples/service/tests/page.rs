//! Tests of the console from outside: its files, its views and its event stream.

use axum::body::Body;
use axum::http::Request;
use jobdex::Job;
use serde_json::Value;

use crate::caller::{BEGIN, Caller, Reply};
use crate::limits::STREAMS_MAX;
use crate::oracle::vocabulary::job;

fn visit(caller: &mut Caller, uri: &str) -> Reply {
    let accept = "text/html,application/xhtml+xml,*/*;q=0.8";
    caller.send(Request::get(uri).header("accept", accept).body(Body::empty()).unwrap())
}

fn named(names: &[&str]) -> Caller {
    let time = |number: usize| chrono::DateTime::from_timestamp(BEGIN - i64::try_from(number).unwrap(), 0).unwrap();
    Caller::with_jobs(names.iter().enumerate().map(|(n, name)| Job {
        start_mode: jobdex::StartMode::Immediate,
        ..job(&format!("job-{n}"), name, time(n), 0)
    }))
}

#[test]
fn a_browser_gets_the_page_and_a_client_the_api_at_the_same_address() {
    let mut caller = Caller::new();
    for uri in ["/", "/?q=news&page=2", "/?anything=%zz"] {
        let reply = visit(&mut caller, uri);
        assert_eq!((reply.status, reply.headers["content-type"].to_str().unwrap()), (200, "text/html; charset=utf-8"));
        assert!(reply.text().starts_with("<!doctype html>"));
    }
    assert_eq!(visit(&mut caller, "/?Action=ListLiveTranscodeJobs").member("TotalCount"), "0");
    assert_eq!(caller.get("/").status, 400);
}

#[test]
fn every_file_that_the_page_and_its_scripts_name_is_there_and_nothing_comes_from_elsewhere() {
    let mut caller = Caller::new();
    let page = visit(&mut caller, "/");
    let policy = page.headers["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'"), "{policy}");
    assert!(!page.text().contains("onclick=") && !page.text().contains("<style"), "the policy would block it");
    let mut names = vec!["/console/templates".to_owned()];
    let mut to_read = vec![page.text().to_owned()];
    while let Some(text) = to_read.pop() {
        let after_quotes = text.split(['"', '\'', '`']).filter(|piece| !piece.contains(char::is_whitespace));
        for piece in after_quotes {
            let path = piece.strip_prefix("./").map(|file| format!("/console/{file}"));
            let path =
                path.or_else(|| piece.starts_with("/console/").then(|| piece.split('?').next().unwrap().to_owned()));
            let Some(path) = path.filter(|path| !names.contains(path)) else { continue };
            // An event stream does not end. Other tests check it.
            if path == "/console/events" {
                continue;
            }
            let reply = caller.get(&path);
            assert_eq!(
                (reply.status, &reply.headers["x-content-type-options"]),
                (200, &"nosniff".parse().unwrap()),
                "{path}"
            );
            names.push(path.clone());
            if reply.headers["content-type"] == "text/javascript; charset=utf-8" {
                to_read.push(reply.text().to_owned());
            }
        }
        assert!(
            !text.contains("https://") && !text.replace("http://www.w3.org/2000/svg", "").contains("http://"),
            "{text}"
        );
        assert!(!text.contains("innerHTML"), "text goes in as text");
    }
    assert_eq!(names.len(), 9, "{names:?}");
}

#[test]
fn a_view_has_the_page_the_total_the_counts_and_the_plan_if_asked_for() {
    let mut caller = Caller::with_count(240);
    let json = caller.get("/console/view?status=1,2&type=normal&sort=asc&page=2&size=20").json();
    let listed = |caller: &mut Caller, status: &str| {
        let reply = caller.act("ListLiveTranscodeJobs", &[("Type", "normal"), ("Status", status)]);
        reply.json()["TotalCount"].as_u64().unwrap()
    };
    let statuses = ["0", "1", "2"].map(|status| listed(&mut caller, status));
    assert_eq!(
        json["counts"]["status"],
        serde_json::json!({"pending": statuses[0], "running": statuses[1], "stopped": statuses[2]})
    );
    assert_eq!(json["total"], statuses[1] + statuses[2]);
    assert_eq!((&json["page"], &json["pages"], &json["plan"]), (&2.into(), &2.into(), &Value::Null));
    assert_eq!(json["jobs"].as_array().map(Vec::len), Some(20));
    let plan = caller.get("/console/view?plan=1&q=channel").member("plan");
    assert!(plan.starts_with("path ") && plan.contains("actual"), "{plan}");
}

#[test]
fn a_name_comes_in_pieces_that_make_it_up_again() {
    let names = ["Sky News HD", "<script>alert(1)</script> news", "قناة الأخبار news", "电影 News 频道", "News"];
    let mut caller = named(&names);
    let json = caller.get("/console/view?q=news").json();
    assert_eq!((&json["total"], &json["level"]), (&5.into(), &"literal".into()));
    for (job, name) in json["jobs"].as_array().unwrap().iter().zip(names) {
        let parts: Vec<&str> = job["Parts"].as_array().unwrap().iter().map(|part| part.as_str().unwrap()).collect();
        assert_eq!(parts.concat(), name);
        let marked: Vec<&str> = parts.iter().skip(1).step_by(2).copied().collect();
        assert_eq!(marked.len(), 1, "{parts:?}");
        assert!(marked[0].eq_ignore_ascii_case("news"), "{parts:?}");
    }
}

#[test]
fn a_keyword_that_is_an_id_is_told_to_be_one() {
    let mut caller = named(&["Sky News", "Movies"]);
    let json = caller.get("/console/view?q=JOB-1").json();
    assert_eq!((&json["total"], &json["jobs"][0]["ById"]), (&1.into(), &true.into()));
    assert_eq!(caller.get("/console/view?q=movies").json()["jobs"][0]["ById"], false);
}

#[test]
fn near_spellings_are_said_to_be_near() {
    let mut caller = named(&["National Geographic", "Sky News"]);
    let json = caller.get("/console/view?q=Natoinal").json();
    assert_eq!(
        (&json["level"], &json["corrections"]),
        (&"one-typo".into(), &serde_json::json!([["Natoinal", ["national"]]]))
    );
    assert_eq!(json["jobs"][0]["Parts"], serde_json::json!(["", "National", " Geographic"]));
    assert_eq!(caller.get("/console/view?q=geogrpahci").member("level"), "two-typos");
    assert_eq!(caller.get("/console/view?q=nothing").member("level"), "null");
}

#[test]
fn a_near_spelling_that_is_much_more_common_is_suggested_with_its_count_under_the_filters() {
    let names: Vec<&str> = std::iter::repeat_n("Al Jazeera", 12).chain(["Al Jazera"]).collect();
    let mut caller = named(&names);
    let suggested = serde_json::json!([{"keyword": "al jazeera", "total_count": 12}]);
    assert_eq!(caller.get("/console/view?q=al%20jazera").json()["suggestions"], suggested);
    assert_eq!(caller.get("/console/view?q=al%20jazera&start=1").json()["suggestions"], serde_json::json!([]));
    assert_eq!(caller.get("/console/view?q=al%20jazeera").json()["suggestions"], serde_json::json!([]));
}

#[test]
fn a_view_that_cannot_be_is_refused_by_the_name_of_its_part() {
    let mut caller = Caller::new();
    let long = format!("q={}", "x".repeat(129));
    for query in [
        "page=0",
        "page=x",
        "size=101",
        "size=0",
        "size=99999999999",
        "status=3",
        "status=1,,2",
        "type=Normal",
        "start=0,0,0",
        "sort=up",
        "q=%zz",
        "q=a&q=b",
        &long,
    ] {
        for path in ["view", "events"] {
            let reply = caller.get(&format!("/console/{path}?{query}"));
            let name = query.split('=').next().unwrap();
            assert_eq!(
                reply.refusal().2,
                format!("The specified parameter \"{name}\" is not valid."),
                "{path} {query}"
            );
            assert_eq!(reply.status, 400);
        }
    }
}

/// Opens an event stream and reads its first event.
fn open(caller: &mut Caller, query: &str) -> (Body, Value) {
    let response = caller.begin(Request::get(format!("/console/events?{query}")).body(Body::empty()).unwrap());
    assert_eq!(
        (response.status().as_u16(), &response.headers()["content-type"]),
        (200, &"text/event-stream".parse().unwrap())
    );
    let mut body = response.into_body();
    let first = next(caller, &mut body).unwrap();
    (body, first)
}

/// The view of the next event; `None` at the end of the stream.
fn next(caller: &Caller, body: &mut Body) -> Option<Value> {
    let piece = caller.piece(body)?;
    let text = std::str::from_utf8(&piece).unwrap();
    let event = text.strip_prefix("event: view\ndata: ").and_then(|rest| rest.strip_suffix("\n\n"));
    let event = event.unwrap_or_else(|| panic!("{text:?} is not an event"));
    assert!(!event.contains('\n'), "{event:?}");
    Some(serde_json::from_str(event).unwrap())
}

#[test]
fn a_stream_tells_the_view_at_first_and_again_when_it_has_changed() {
    let mut caller = named(&["Sky News", "Movies"]);
    let (mut body, first) = open(&mut caller, "q=news");
    assert_eq!(first, caller.get("/console/view?q=news").json());
    caller.wait(1);
    let job_id = caller.submit("World News\n\nevent: view\ndata: {}");
    let second = next(&caller, &mut body).unwrap();
    assert_eq!((&second["total"], &second["jobs"][0]["JobId"]), (&2.into(), &job_id.as_str().into()));
    caller.act("DeleteLiveTranscodeJob", &[("JobId", &job_id)]);
    assert_eq!(next(&caller, &mut body).unwrap(), first);
}

#[test]
fn a_stream_is_silent_about_what_its_view_does_not_show() {
    let mut caller = named(&["Sky News", "Movies"]);
    let (mut body, _) = open(&mut caller, "q=news");
    caller.submit("Cinema");
    std::thread::sleep(crate::limits::NEWS_LAPSE * 2);
    caller.submit("Other News");
    assert_eq!(next(&caller, &mut body).unwrap()["total"], 2, "the first event after is of the second write");
}

#[test]
fn a_stream_tells_of_a_job_that_starts_by_its_time() {
    let mut caller = Caller::new();
    caller.submit_timed("News", 60, 120);
    let (mut body, first) = open(&mut caller, "");
    assert_eq!(first["counts"]["status"], serde_json::json!({"pending": 1, "running": 0, "stopped": 0}));
    caller.wait(60);
    caller.app.state.settle();
    assert_eq!(
        next(&caller, &mut body).unwrap()["counts"]["status"],
        serde_json::json!({"pending": 0, "running": 1, "stopped": 0})
    );
}

#[test]
fn streams_end_when_the_service_stops() {
    let mut caller = named(&["Sky News"]);
    let (mut body, _) = open(&mut caller, "");
    caller.stop.now();
    assert_eq!(next(&caller, &mut body), None);
}

#[test]
fn one_stream_too_many_is_refused_and_a_closed_one_makes_room() {
    let mut caller = named(&["Sky News"]);
    let mut open_ones: Vec<Body> = (0..STREAMS_MAX).map(|_| open(&mut caller, "").0).collect();
    assert_eq!(caller.get("/console/events").refusal().1, "ServiceUnAvailable");
    drop(open_ones.pop());
    open_ones.push(open(&mut caller, "").0);
    assert!(caller.get("/metrics").text().contains(&format!("jobdex_event_streams {STREAMS_MAX}\n")));
}
