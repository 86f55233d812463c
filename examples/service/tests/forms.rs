//! A request has several forms in HTTP, and the service answers all of them alike.

use crate::actions::Action;
use crate::caller::{Caller, Reply, query_string};
use crate::signer::{Call, KEY};

const FORM: &str = "application/x-www-form-urlencoded";

/// Sends an action in each form, signed: action as header (V3) or parameter (V2), GET or POST, parameters in the query, the body or both.
fn in_each_form(caller: &mut Caller, action: &str, params: &[(&str, &str)]) -> Vec<Reply> {
    let mut replies = Vec::new();
    for method in ["GET", "POST"] {
        for in_headers in [true, false] {
            for in_body in [0, 1, params.len()] {
                let (query, body) = params.split_at(params.len() - in_body.min(params.len()));
                let (time, nonce) = (caller.after(0), caller.nonce());
                let request = if in_headers {
                    let headers = [("x-acs-action", action), ("x-acs-version", "2020-11-09"), ("content-type", FORM)];
                    let call = Call { method, query, headers: &headers, body: &query_string(body) };
                    KEY.v3(&call, &time, &nonce)
                } else {
                    let query = [query, &[("Action", action)]].concat();
                    KEY.v2(&Call { method, query: &query, headers: &[], body: "" }, body, &time, &nonce)
                };
                replies.push(caller.send_as_is(request));
            }
        }
    }
    replies
}

#[test]
fn a_list_is_the_same_in_every_form() {
    let mut caller = Caller::with_count(30);
    let params = [("Status", "1"), ("KeyWord", "channel 1"), ("SortBy", "asc"), ("PageSize", "3"), ("PageNo", "1")];
    let replies = in_each_form(&mut caller, "ListLiveTranscodeJobs", &params);
    assert_eq!(replies.len(), 12);
    let first = replies[0].json();
    assert!(first["JobList"].as_array().is_some_and(|jobs| !jobs.is_empty()), "{first}");
    for reply in &replies {
        assert_eq!(
            (reply.status, &reply.headers["content-type"]),
            (200, &"application/json;charset=utf-8".parse().unwrap())
        );
        assert_eq!((&reply.json()["TotalCount"], &reply.json()["JobList"]), (&first["TotalCount"], &first["JobList"]));
    }
}

#[test]
fn every_action_is_understood_in_every_form() {
    for action in Action::ALL {
        let mut caller = Caller::new();
        for reply in in_each_form(&mut caller, action.as_str(), &[("JobId", "none"), ("Command", "stop")]) {
            let expected = match action {
                Action::List => 200,
                Action::Submit => 400,
                Action::Get | Action::Update | Action::SendCommand | Action::Delete => 404,
            };
            assert_eq!(reply.status, expected, "{action:?}: {}", reply.text());
        }
    }
}

#[test]
fn every_request_has_an_id_of_its_own_in_body_and_header() {
    let mut caller = Caller::new();
    let mut ids: Vec<String> = (0..50)
        .map(|_| {
            let reply = caller.act("ListLiveTranscodeJobs", &[]);
            assert_eq!(reply.headers["x-acs-request-id"], reply.member("RequestId").as_str());
            reply.member("RequestId")
        })
        .collect();
    for id in &ids {
        let groups: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(groups, [8, 4, 4, 4, 12], "{id}");
        assert!(id.bytes().all(|b| b == b'-' || b.is_ascii_digit() || (b'A'..=b'F').contains(&b)), "{id}");
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 50);
}

#[test]
fn numbers_are_numbers_and_an_empty_value_is_an_absent_one() {
    let mut caller = Caller::with_count(12);
    let empty = ["Type", "StartMode", "Status", "PageNo", "PageSize", "SortBy", "KeyWord"].map(|name| (name, ""));
    let json = caller.act("ListLiveTranscodeJobs", &empty).json();
    assert_eq!((json["TotalCount"].as_u64(), json["JobList"].as_array().map(Vec::len)), (Some(12), Some(10)));
    for job in json["JobList"].as_array().unwrap() {
        assert!(job["Status"].is_u64() && job["StartMode"].is_u64(), "{job}");
        let mut members: Vec<&str> = job.as_object().unwrap().keys().map(String::as_str).collect();
        members.sort_unstable();
        assert_eq!(members.len(), 10, "{members:?}");
    }
}

#[test]
fn a_page_past_the_end_is_empty_with_the_right_total() {
    let mut caller = Caller::with_count(12);
    let json = caller.act("ListLiveTranscodeJobs", &[("PageNo", "18446744073709551615"), ("PageSize", "100")]).json();
    assert_eq!((json["TotalCount"].as_u64(), json["JobList"].as_array().map(Vec::len)), (Some(12), Some(0)));
}
