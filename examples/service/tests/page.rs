//! Tests of the console from outside: its files, its views and its event stream.

use axum::body::Body;
use axum::http::Request;
use jobdex::Job;
use serde_json::Value;

use crate::caller::{BEGIN, Caller, Reply, escaped};
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
            // An event stream does not end, and without access keys there are no sessions. Other tests check both.
            if path == "/console/events" || path == "/console/session/end" {
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
    assert_eq!(names.len(), 33, "{names:?}");
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
    let plan = caller.get("/console/view?plan=1&q=channel").json()["plan"].clone();
    let text = plan["text"].as_str().unwrap();
    assert!(text.starts_with("path ") && text.contains("actual"), "{text}");
    assert!(text.contains(plan["path"].as_str().unwrap()), "{plan}");
    assert_eq!((&plan["jobs"], &plan["total_count"], &plan["page_len"]), (&240.into(), &240.into(), &10.into()));
}

/// The names of the jobs of a view, in order.
fn listed(caller: &mut Caller, query: &str) -> Vec<String> {
    let json = caller.get(&format!("/console/view?{query}")).json();
    let names: Vec<String> =
        json["jobs"].as_array().unwrap().iter().map(|job| job["Name"].as_str().unwrap().to_owned()).collect();
    assert_eq!(json["total"], names.len(), "{query}");
    names
}

#[test]
fn a_range_of_creation_times_has_its_start_and_not_its_end() {
    // Each job is one second older than the one before it.
    let mut caller = named(&["zero", "one", "two", "three", "four"]);
    caller.wait(60);
    for (range, names) in [
        ("from=2026-02-28T23:59:58Z", "zero one two"),
        ("to=2026-02-28T23:59:58Z", "three four"),
        ("from=2026-02-28T23:59:57Z&to=2026-02-28T23:59:59Z", "two three"),
        ("from=2026-03-01T00:59:57%2B01:00&to=2026-03-01T00:59:59%2B01:00", "two three"),
        ("from=2026-02-28T23:59:58Z&to=2026-02-28T23:59:58Z", ""),
        ("last=1m", "zero"),
        ("last=1h", "zero one two three four"),
        ("last=36500d", "zero one two three four"),
    ] {
        assert_eq!(listed(&mut caller, range).join(" "), names, "{range}");
    }
    caller.wait(1);
    assert_eq!(listed(&mut caller, "last=1m"), [""; 0], "the range ends now");
}

#[test]
fn an_empty_list_tells_how_many_jobs_there_are_without_each_filter() {
    let mut caller = named(&["Sky News", "Sky Movies", "Sea News"]);
    let without =
        |caller: &mut Caller, query: &str| caller.get(&format!("/console/view?{query}")).json()["without"].clone();
    let each = |filters: &[(&str, u64)]| {
        Value::from(
            filters
                .iter()
                .map(|(filter, total)| serde_json::json!({"filter": filter, "total": total}))
                .collect::<Vec<_>>(),
        )
    };
    assert_eq!(without(&mut caller, "q=sky"), each(&[]), "the list is not empty");
    let query = "q=sky&start=1&page=7&size=1";
    assert_eq!(without(&mut caller, query), each(&[("q", 0), ("start", 2)]));
    let query = "q=news&to=2026-02-28T00:00:00Z&type=normal,origin,narrow-band,audio-only";
    assert_eq!(without(&mut caller, query), each(&[("q", 0), ("type", 0), ("created", 2)]));
    assert_eq!(without(&mut caller, "q=qqqqqqqqqqq"), each(&[("q", 3)]));
}

#[test]
fn a_view_has_the_job_whose_details_are_shown_wherever_it_is_in_the_list() {
    let mut caller = named(&["Sky News", "Movies"]);
    let json = caller.get("/console/view?q=news&job=job-1").json();
    assert_eq!((&json["total"], &json["job"]["Name"]), (&1.into(), &"Movies".into()));
    assert_eq!(caller.get("/console/view?job=job-2").json()["job"], Value::Null);
    assert_eq!(caller.get("/console/view").json()["job"], Value::Null);
    let (mut body, first) = open(&mut caller, "q=news&job=job-1");
    assert_eq!(first["job"]["Status"], json["job"]["Status"]);
    caller.act("UpdateLiveTranscodeJob", &[("JobId", "job-1"), ("Name", "Cinema")]);
    let second = next(&caller, &mut body).unwrap();
    assert_eq!((&second["total"], &second["job"]["Name"]), (&1.into(), &"Cinema".into()));
    caller.act("DeleteLiveTranscodeJob", &[("JobId", "job-1")]);
    assert_eq!(next(&caller, &mut body).unwrap()["job"], Value::Null);
}

#[test]
fn jobs_are_found_by_their_ids_in_the_order_of_the_request() {
    let mut caller = named(&["Sky News", "Movies"]);
    let found = |caller: &mut Caller, ids: &str| caller.get(&format!("/console/jobs?ids={}", escaped(ids)));
    let json = found(&mut caller, r#"["job-1","none","job-0"]"#).json();
    assert_eq!((&json[0]["Name"], &json[1], &json[2]["JobId"]), (&"Movies".into(), &Value::Null, &"job-0".into()));
    assert_eq!(json[0]["Parts"], serde_json::json!(["Movies"]));
    assert_eq!(json.as_array().map(Vec::len), Some(3));
    assert_eq!(caller.get("/console/jobs").json(), serde_json::json!([]));
    let many = serde_json::to_string(&vec!["job-0"; 100]).unwrap();
    assert_eq!(found(&mut caller, &many).json().as_array().map(Vec::len), Some(100));
    let too_many = serde_json::to_string(&vec!["job-0"; 101]).unwrap();
    for ids in ["job-0", "[1]", "{}", r#"["a""#, "[[]]", &too_many] {
        let refusal = found(&mut caller, ids).refusal();
        assert_eq!((refusal.0, refusal.2.as_str()), (400, "The specified parameter \"ids\" is not valid."), "{ids}");
    }
}

/// The counts of a chart by the start of their span, and the length of a span.
fn chart(caller: &mut Caller, query: &str) -> (i64, Vec<(i64, [u64; 3])>) {
    let json = caller.get(&format!("/console/chart?{query}")).json();
    let spans: Vec<(i64, [u64; 3])> = json["spans"]
        .as_array()
        .unwrap()
        .iter()
        .map(|span| (span["start"].as_i64().unwrap(), [0, 1, 2].map(|status| span["counts"][status].as_u64().unwrap())))
        .collect();
    let step = json["step_seconds"].as_i64().unwrap();
    assert!(spans.len() <= 32, "{query}: {} spans", spans.len());
    assert!(spans.windows(2).all(|pair| pair[1].0 == pair[0].0 + step), "{query}: {spans:?}");
    (step, spans)
}

#[test]
fn a_chart_counts_each_job_of_the_list_in_the_span_of_its_creation() {
    let mut caller = Caller::with_count(240);
    let range = "from=2026-02-28T23:58:50Z&to=2026-02-28T23:59:33Z";
    for filters in
        ["", "type=normal,origin", "q=channel", "q=channel%2012&type=normal", range, &format!("q=channel&{range}")]
    {
        let (step, spans) = chart(&mut caller, &format!("{filters}&status=1&page=3"));
        let mut naive = vec![[0; 3]; spans.len()];
        for page in 1..=3 {
            let jobs = caller.get(&format!("/console/view?{filters}&size=100&page={page}")).json()["jobs"].clone();
            for job in jobs.as_array().unwrap() {
                let time: chrono::DateTime<chrono::Utc> = job["CreateTime"].as_str().unwrap().parse().unwrap();
                let place = spans.iter().rposition(|span| span.0 <= time.timestamp()).unwrap();
                assert!(time.timestamp() < spans[place].0 + step, "{filters}");
                naive[place][usize::try_from(job["Status"].as_u64().unwrap()).unwrap()] += 1;
            }
        }
        assert_eq!(spans.iter().map(|span| span.1).collect::<Vec<_>>(), naive, "{filters}");
        assert!(naive.iter().flatten().sum::<u64>() > 0, "{filters}");
    }
    assert_eq!(chart(&mut caller, "q=qqqqqqqqqqq"), (0, Vec::new()));
}

#[test]
fn a_chart_reaches_from_the_first_to_the_last_year_in_few_spans() {
    let times = ["-262143-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "2026-03-01T00:00:00Z", "9999-12-31T23:59:59Z"];
    for times in [&times[..], &times[1..], &times[2..], &times[2..3]] {
        let jobs = times.iter().enumerate().map(|(n, time)| job(&format!("job-{n}"), "old", time.parse().unwrap(), n));
        let mut caller = Caller::with_jobs(jobs.map(|job| Job { start_mode: jobdex::StartMode::Immediate, ..job }));
        let (_, spans) = chart(&mut caller, "");
        let counted: u64 = spans.iter().flat_map(|span| span.1).sum();
        assert_eq!(counted, times.len() as u64, "{spans:?}");
    }
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
    let job_id = format!("job={}", "x".repeat(129));
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
        "last=0h",
        "last=h",
        "last=1",
        "last=-1h",
        "last=1H",
        "last=1é",
        "last=36501d",
        "last=99999999999999999999d",
        "last=1h&from=2026-03-01T00:00:00Z",
        "from=yesterday",
        "from=2026-03-01",
        "to=2026-03-01T00:00:00Z&from=2026-03-01T00:00:01Z",
        &job_id,
        &long,
    ] {
        let name = query.split('=').next().unwrap();
        // A chart is of the whole list.
        let is_of_chart = !["page", "size"].contains(&name);
        for path in ["view", "events", "chart"].iter().take(if is_of_chart { 3 } else { 2 }) {
            let reply = caller.get(&format!("/console/{path}?{query}"));
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
