//! The example that lists a record of its own: its lists and its refusals.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt;
use jobdex::JobStore;
use serde_json::{Value, json};
use tower_service::Service;

use super::own_list_example::{encode, router};

async fn get(router: &mut Router, address: &str) -> (StatusCode, String) {
    let request = Request::get(address).body(Body::empty()).unwrap();
    let response = router.call(request).await.unwrap();
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

async fn json(router: &mut Router, address: &str) -> Value {
    let (status, body) = get(router, address).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    serde_json::from_str(&body).unwrap()
}

#[tokio::test]
async fn it_lists_by_the_names_of_facets_and_labels() {
    let mut store = JobStore::new();
    store.extend((0..72).map(encode)).unwrap();
    let router = &mut router(store);
    let query = "state=running&state=failed&exclude.region=us&label.queue=eu-1&q=nwes";
    let page = json(router, &format!("/encodes?{query}&page_size=2")).await;
    let expected: Vec<u32> = (0..72).rev().filter(|n| n % 3 != 0 && n / 3 % 2 == 0 && n % 4 == 1).collect();
    assert_eq!(page["total_count"], json!(expected.len()));
    assert_eq!(page["jobs"][0], serde_json::to_value(encode(expected[0])).unwrap());
    assert_eq!(page["corrections"][0]["words"], json!(["news"]));
    let next = page["next"].as_str().unwrap();
    let page = json(router, &format!("/encodes?{query}&after={next}")).await;
    assert_eq!((&page["jobs"][0]["id"], &page["next"]), (&json!(encode(expected[2]).id), &Value::Null));
}

#[tokio::test]
async fn it_refuses_a_request_with_the_parameter_and_what_is_allowed() {
    let router = &mut router(JobStore::new());
    for (query, text) in [
        ("state=done", r#"parameter state must be one of queued, running, failed, got "done""#),
        ("sate=done", "parameter must be one of state, region, exclude.FACET, label.KEY"),
        ("page_size=101", "page size 101 is over the limit of 100"),
        ("page=0", "page number must be at least 1, got 0"),
    ] {
        let (status, body) = get(router, &format!("/encodes?{query}")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(body.contains(text), "{body}");
    }
}
