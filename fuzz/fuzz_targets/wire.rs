//! A request made of any bytes, as a query string or as JSON, is refused or answered exactly as by the oracle.
//!
//! The first byte chooses the form of the rest.

#![no_main]

#[path = "../../tests/oracle/mod.rs"]
mod oracle;

use std::sync::LazyLock;

use jobdex::limits::{KEYWORD_BYTES_MAX, KEYWORD_CHARS_MAX, PAGE_SIZE_MAX};
use jobdex::wire::{ListLiveTranscodeJobsRequest, ListLiveTranscodeJobsResponse};
use jobdex::{Job, JobStore, SortOrder, StartMode, Status, TemplateType};
use libfuzzer_sys::fuzz_target;

use oracle::store::{ListSpec, Oracle, Start};
use oracle::vocabulary::{self, NAMES};

static TWINS: LazyLock<(JobStore, Oracle)> = LazyLock::new(|| {
    let jobs: Vec<Job> = NAMES
        .iter()
        .enumerate()
        .map(|(number, name)| {
            let second = i64::try_from(number / 3).expect("few jobs");
            vocabulary::job(&format!("job-{number}"), name, vocabulary::time(second), number * 7)
        })
        .collect();
    let mut store = JobStore::new();
    store.extend(jobs.clone()).expect("the jobs are good");
    (store, Oracle::of(jobs))
});

fuzz_target!(|input: &[u8]| {
    let Some((&form, text)) = input.split_first() else { return };
    let request = if form % 2 == 0 {
        let text = String::from_utf8_lossy(text);
        ListLiveTranscodeJobsRequest::from_query_string(&text).map_err(|error| error.to_string())
    } else {
        serde_json::from_slice(text).map_err(|error| error.to_string())
    };
    match request {
        Ok(request) => answer(&request),
        Err(reason) => assert!(!reason.is_empty(), "a refusal says why"),
    }
});

fn answer(request: &ListLiveTranscodeJobsRequest) {
    let json = serde_json::to_string(request).expect("a request is JSON");
    let again: ListLiveTranscodeJobsRequest = serde_json::from_str(&json).expect("which is a request");
    assert_eq!(&again, request);
    let (store, oracle) = &*TWINS;
    match (request.to_query(), spec_of(request)) {
        (Ok(query), Some(spec)) => {
            assert_eq!(query, spec.to_query(), "the query says what the request does");
            oracle::twins::check_list(store, oracle, &spec);
            let page = store.list(&query).expect("a query of the wire is valid");
            let total = page.total_count;
            let response = ListLiveTranscodeJobsResponse::new(page, "request");
            let json = serde_json::to_value(&response).expect("a response is JSON");
            assert_eq!(json["TotalCount"], total);
        }
        (Err(error), None) => assert!(error.to_string().len() > error.parameter().len(), "a refusal says why"),
        (query, spec) => panic!("{request:?}: {query:?} is not {spec:?}"),
    }
}

/// The query that the request means by the rules of the API; `None` if a value is not valid.
fn spec_of(request: &ListLiveTranscodeJobsRequest) -> Option<ListSpec> {
    let one = |value| vec![value];
    let text = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let page_size = u32::try_from(request.page_size.unwrap_or(10)).ok()?;
    let page_no = request.page_no.unwrap_or(1);
    let keyword = text(&request.key_word);
    let is_short =
        |keyword: &String| keyword.len() <= KEYWORD_BYTES_MAX && keyword.trim().chars().count() <= KEYWORD_CHARS_MAX;
    let is_within = page_no >= 1 && (1..=PAGE_SIZE_MAX).contains(&page_size) && keyword.iter().all(is_short);
    is_within.then_some(())?;
    Some(ListSpec {
        types: text(&request.r#type).map_or(Some(Vec::new()), |name| TemplateType::from_name(&name).map(one))?,
        modes: request.start_mode.map_or(Some(Vec::new()), |code| StartMode::from_code(code).map(|mode| vec![mode]))?,
        statuses: request.status.map_or(Some(Vec::new()), |code| Status::from_code(code).map(|status| vec![status]))?,
        keyword,
        sort: match text(&request.sort_by).as_deref() {
            None | Some("desc") => SortOrder::Desc,
            Some("asc") => SortOrder::Asc,
            Some(_) => return None,
        },
        start: Start::No(page_no),
        page_size,
        ..ListSpec::default()
    })
}
