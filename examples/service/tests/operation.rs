//! The features for operators: health, metrics, and an answer even after a panic.

use std::io::{Read, Write};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::routing::get;
use futures_util::FutureExt;
use tokio::io::AsyncWriteExt;

use crate::brisk::Brisk;
use crate::caller::Caller;
use crate::job::LiveJob;
use crate::routes::Routes;

#[test]
fn health_says_when_the_service_stops() {
    let mut caller = Caller::with_count(12);
    let reply = caller.get("/healthz");
    assert_eq!((reply.status, reply.text()), (200, "{\"Status\":\"ok\"}\n"), "how many jobs there are is for keys");
    caller.stop.drain();
    let reply = caller.get("/healthz");
    assert_eq!((reply.status, reply.member("Status").as_str()), (503, "stopping"));
}

/// The value in a line of the metrics page.
fn value(page: &str, name: &str) -> f64 {
    let line = page.lines().find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')));
    line.unwrap_or_else(|| panic!("{name} is not in\n{page}")).rsplit(' ').next().unwrap().parse().unwrap()
}

#[test]
fn metrics_count_requests_by_action_and_status_with_their_latencies() {
    let mut caller = Caller::with_count(12);
    for _ in 0..3 {
        caller.act("ListLiveTranscodeJobs", &[]);
    }
    caller.act("ListLiveTranscodeJobs", &[("Status", "9")]);
    caller.act("Nothing", &[]);
    let pending = caller.get("/console/view").json()["counts"]["status"]["pending"].as_f64().unwrap();
    let reply = caller.get("/metrics");
    assert_eq!(reply.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    let page = reply.text();
    for (name, count) in [
        ("jobdex_requests_total{action=\"ListLiveTranscodeJobs\",status=\"200\"}", 3.0),
        ("jobdex_requests_total{action=\"ListLiveTranscodeJobs\",status=\"400\"}", 1.0),
        ("jobdex_requests_total{action=\"other\",status=\"400\"}", 1.0),
        ("jobdex_requests_total{action=\"console\",status=\"200\"}", 1.0),
        ("jobdex_request_duration_seconds_count{action=\"ListLiveTranscodeJobs\"}", 4.0),
        ("jobdex_request_duration_seconds_bucket{action=\"ListLiveTranscodeJobs\",le=\"+Inf\"}", 4.0),
        ("jobdex_panics_total", 0.0),
        ("jobdex_jobs{status=\"pending\"}", pending),
    ] {
        assert!((value(page, name) - count).abs() < 0.5, "{name} in\n{page}");
    }
    assert!(value(page, "jobdex_request_duration_seconds_sum{action=\"ListLiveTranscodeJobs\"}") > 0.0);
}

#[test]
fn the_metrics_page_has_the_form_that_collectors_read() {
    let mut caller = Caller::with_count(12);
    caller.act("ListLiveTranscodeJobs", &[]);
    let reply = caller.get("/metrics");
    let mut declared = Vec::new();
    for line in reply.text().lines() {
        if let Some(declaration) = line.strip_prefix("# TYPE ") {
            let (family, form) = declaration.split_once(' ').unwrap();
            assert_eq!(form == "counter", family.ends_with("_total"), "{line}");
            declared.push(family.to_owned());
        } else if !line.starts_with("# HELP ") {
            let (name, value) = line.rsplit_once(' ').unwrap();
            assert!(value.parse::<f64>().is_ok(), "{line}");
            let family = name.split('{').next().unwrap();
            let base = ["_bucket", "_sum", "_count"].iter().find_map(|end| family.strip_suffix(end)).unwrap_or(family);
            assert!(declared.iter().any(|known| known == family || known == base), "{line} is not declared");
        }
    }
}

#[test]
fn latency_buckets_add_up() {
    let mut caller = Caller::with_count(12);
    (0..20).for_each(|_| drop(caller.act("ListLiveTranscodeJobs", &[])));
    let reply = caller.get("/metrics");
    let start = "jobdex_request_duration_seconds_bucket{action=\"ListLiveTranscodeJobs\"";
    let counts: Vec<u64> = reply
        .text()
        .lines()
        .filter(|line| line.starts_with(start))
        .map(|l| l.rsplit(' ').next().unwrap().parse().unwrap())
        .collect();
    assert!(counts.is_sorted(), "{counts:?}");
    assert_eq!(counts.last(), Some(&20));
}

#[test]
fn a_handler_that_panics_is_a_500_with_a_body_and_the_service_goes_on() {
    let mut caller = Caller::with_count(12);
    let broken = Router::new().route("/broken", get(async || -> &'static str { panic!("on purpose") }));
    let broken = Routes::new(broken, &caller.app);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let response = runtime
        .block_on(broken.answer(Request::get("/broken").header("host", "localhost").body(Body::empty()).unwrap()));
    assert_eq!(response.status(), 500);
    let body = runtime.block_on(axum::body::to_bytes(response.into_body(), 4096)).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(json["Code"], "InternalError");
    assert!(json["RequestId"].is_string() && !body.windows(10).any(|w| w == b"on purpose"), "{json}");
    assert_eq!(caller.act("ListLiveTranscodeJobs", &[]).status, 200);
    let page = caller.get("/metrics");
    assert!((value(page.text(), "jobdex_panics_total") - 1.0).abs() < 0.5);
}

#[test]
fn a_write_that_panics_leaves_the_jobs_as_they_were_and_the_next_write_works() {
    let mut caller = Caller::new();
    let job_id = caller.submit_timed("News", 60, 120);
    let app = caller.app.clone();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let change = |job: &mut LiveJob| {
            job.shown.name = "half".to_owned();
            panic!("on purpose")
        };
        app.state.update(&job_id, change).now_or_never()
    }));
    assert!(panicked.is_err());
    assert_eq!(caller.act("GetLiveTranscodeJob", &[("JobId", &job_id)]).json()["Job"]["Name"], "News");
    caller.wait(60);
    assert_eq!(caller.status(&job_id), 1, "its times still hold");
}

#[test]
fn a_client_that_takes_nothing_of_an_answer_loses_its_connection() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (stream, _) = listener.accept().unwrap();
    stream.set_nonblocking(true).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let written = runtime.block_on(async {
        let stream = tokio::net::TcpStream::from_std(stream).unwrap();
        let mut stream = Brisk::new(stream, Arc::default(), Duration::from_millis(50), Duration::ZERO);
        tokio::time::timeout(Duration::from_secs(30), stream.write_all(&vec![0; 64 << 20])).await.unwrap()
    });
    assert_eq!(written.unwrap_err().kind(), std::io::ErrorKind::TimedOut);
    drop(client);
}

#[test]
fn a_client_that_still_sends_when_it_is_answered_can_read_the_answer() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (stream, _) = listener.accept().unwrap();
    stream.set_nonblocking(true).unwrap();
    // More bytes than the buffers between the client and the service hold.
    let sender = std::thread::spawn(move || {
        client.write_all(&vec![b'x'; 64 << 20])?;
        client.shutdown(std::net::Shutdown::Write)?;
        let mut answer = String::new();
        client.read_to_string(&mut answer).map(|_| answer)
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let stream = tokio::net::TcpStream::from_std(stream).unwrap();
        let mut stream = Brisk::new(stream, Arc::default(), Duration::from_secs(30), Duration::from_secs(30));
        stream.write_all(b"too long").await.unwrap();
        stream.shutdown().await.unwrap();
    });
    assert_eq!(sender.join().unwrap().unwrap(), "too long");
}

#[test]
fn a_client_that_never_ends_is_not_listened_to_for_ever() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (stream, _) = listener.accept().unwrap();
    stream.set_nonblocking(true).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let stream = tokio::net::TcpStream::from_std(stream).unwrap();
        let mut stream = Brisk::new(stream, Arc::default(), Duration::from_secs(30), Duration::from_millis(50));
        tokio::time::timeout(Duration::from_secs(30), stream.shutdown()).await.unwrap().unwrap();
    });
    drop(client);
}
