//! Signatures, policies, the file of access keys, and sessions.

use std::fs;

use axum::body::Body;
use axum::http::Request;
use base64::Engine;

use crate::access::Access;
use crate::actions::Action;
use crate::caller::{BEGIN, Caller, Reply, query_string, submission};
use crate::folder::Folder;
use crate::signer::{ALL, Call, KEY, KEYS, Signer, key_line};

const LIST: &str = "ListLiveTranscodeJobs";

/// A list that is signed by V3.
fn list_v3(signer: &Signer, time: &str, nonce: &str) -> Request<Body> {
    let headers = [("x-acs-action", LIST), ("x-acs-version", "2020-11-09")];
    signer.v3(&Call { method: "POST", query: &[("PageSize", "1")], headers: &headers, body: "" }, time, nonce)
}

/// A list that is signed by V2.
fn list_v2(signer: &Signer, time: &str, nonce: &str) -> Request<Body> {
    let query = [("Action", LIST), ("PageSize", "1")];
    signer.v2(&Call { method: "GET", query: &query, headers: &[], body: "" }, &[], time, nonce)
}

/// The status and the code of a refusal.
fn code(reply: &Reply) -> (u16, String) {
    let (status, code, _) = reply.refusal();
    (status, code)
}

/// The requests in this test were made and signed by version 6.20.2 of the official Python SDK.
#[test]
fn what_the_official_client_signs_is_accepted_and_nothing_else() {
    let v3 = |uri: &str, nonce: &str, body: &'static str, signature: &str| {
        let form = if body.is_empty() { "" } else { "content-type;" };
        let hash = if body.is_empty() {
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        } else {
            "470323c73cf709218e34abe16ad077244c2e547a7d2ee25efeca81e422d9c958"
        };
        let request = Request::post(uri)
            .header("host", "127.0.0.1:8080")
            .header("x-acs-version", "2020-11-09")
            .header("x-acs-action", LIST)
            .header("user-agent", "AlibabaCloud (linux; x86_64) Python/3.11.7 Core/0.4.6 TeaDSL/2")
            .header("x-acs-date", "2026-03-01T00:00:00Z")
            .header("x-acs-signature-nonce", nonce)
            .header("accept", "application/json")
            .header("x-acs-content-sha256", hash)
            .header(
                "authorization",
                format!(
                    "ACS3-HMAC-SHA256 Credential=LTAI5tTest,SignedHeaders=accept;{form}host;user-agent;x-acs-action;\
                     x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,Signature={signature}"
                ),
            );
        let request =
            if body.is_empty() { request } else { request.header("content-type", "application/x-www-form-urlencoded") };
        request.body(Body::from(body)).unwrap()
    };
    let query = "/?KeyWord=a+b%2Bc~d%2F%E7%94%B5%2A&PageNo=1&Status=";
    let nonce = "0123456789abcdef0123456789abcdef";
    let signature = "7dd426ce72e5965e7495cde0e6f0295fe05ba71a649b32bd12f77757303bf422";
    let of_body = "443413fb184b45041d5ad4f3699f8960f4df6784c27205cbf5df6894eddff368";
    let in_query = "Action=ListLiveTranscodeJobs&Format=json&Version=2020-11-09&Timestamp=2026-03-01T00%3A00%3A00Z\
                    &SignatureNonce=n3&KeyWord=a+b%2Bc~d%2F%E7%94%B5%2A&Status=&SignatureMethod=HMAC-SHA1\
                    &SignatureVersion=1.0&AccessKeyId=LTAI5tTest";
    let v2 = |method: &str, signature: &str| {
        let request = Request::builder().method(method).uri(format!("/?{in_query}&Signature={signature}"));
        request.body(Body::empty()).unwrap()
    };
    let form = || {
        let in_query = in_query.replace("&KeyWord=a+b%2Bc~d%2F%E7%94%B5%2A&Status=", "");
        let request = Request::post(format!("/?{in_query}&Signature=bOL32GOWAiuxg4xDWFpISf1yqwo%3D"));
        let body = Body::from("KeyWord=a+b%2Bc~d%2F%E7%94%B5%2A&Status=1");
        request.header("content-type", "application/x-www-form-urlencoded").body(body).unwrap()
    };
    for request in [
        v3(query, nonce, "", signature),
        v3("/", "n2", "PageSize=1&KeyWord=news", of_body),
        v2("GET", "teKewC50E5gYhY7XRDlnO9gSBFQ%3D"),
        v2("POST", "oJM7xA1h4viOg8GE6Sa%2BqRhp2Tc%3D"),
        form(),
    ] {
        // Each service takes a nonce once.
        let said = format!("{request:?}");
        let reply = Caller::new().send_as_is(request);
        assert_eq!(reply.status, 200, "{said} {}", reply.text());
    }
    let mut caller = Caller::new();
    let wrong = (400, "SignatureDoesNotMatch".to_owned());
    for request in [
        v3(&query.replace("PageNo=1", "PageNo=2"), nonce, "", signature),
        v3(query, "another-nonce", "", signature),
        v3("/", "n2", "PageSize=1&KeyWord=news", signature),
        v3(query, nonce, "", &signature.replace('7', "8")),
        v3(query, nonce, "", &signature[..62]),
        v3(query, nonce, "", "zz"),
        v3(&format!("{query}&x=%zz"), nonce, "", signature),
        v2("POST", "teKewC50E5gYhY7XRDlnO9gSBFQ%3D"),
        v2("GET", "oJM7xA1h4viOg8GE6Sa%2BqRhp2Tc%3D"),
        v2("GET", "%21"),
    ] {
        let said = format!("{request:?}");
        assert_eq!(code(&caller.send_as_is(request)), wrong, "{said}");
    }
}

#[test]
fn a_wrong_secret_an_unknown_id_and_no_key_are_refused() {
    let mut caller = Caller::new();
    let now = caller.after(0);
    let wrong = Signer { secret: "another", ..KEY };
    let unknown = Signer { id: "LTAI5tNobody", ..KEY };
    for signed in [list_v3, list_v2] {
        assert_eq!(code(&caller.send_as_is(signed(&wrong, &now, "a"))), (400, "SignatureDoesNotMatch".to_owned()));
        let unknown = caller.send_as_is(signed(&unknown, &now, "a"));
        assert_eq!(code(&unknown), (404, "InvalidAccessKeyId.NotFound".to_owned()));
        assert_eq!(caller.send_as_is(signed(&KEY, &now, &format!("{signed:?}"))).status, 200, "nothing was used up");
    }
    let bare = caller.send_as_is(Request::get(format!("/?Action={LIST}")).body(Body::empty()).unwrap());
    assert_eq!((code(&bare).1.as_str(), bare.refusal().2.contains("AccessKeyId")), ("MissingParameter", true));
    let stranger = Request::get(format!("/?Action={LIST}")).header("cookie", "jobdex-session=00");
    assert_eq!(code(&caller.send_as_is(stranger.body(Body::empty()).unwrap())).1, "MissingParameter");
}

#[test]
fn a_changed_request_is_refused_whatever_is_changed() {
    let mut caller = Caller::new();
    let now = caller.after(0);
    let form = "application/x-www-form-urlencoded";
    let headers = [("x-acs-action", LIST), ("x-acs-version", "2020-11-09"), ("content-type", form)];
    let call = Call { method: "POST", query: &[("PageSize", "1")], headers: &headers, body: "Status=1" };
    let changes: [fn(Request<Body>) -> Request<Body>; 9] = [
        |request| request.map(|_| Body::from("Status=2")),
        |request| request.map(|_| Body::empty()),
        |request| with(request, "x-acs-action", "DeleteLiveTranscodeJob"),
        |request| with(request, "x-acs-date", "2026-03-01T00:00:01Z"),
        |request| with(request, "x-acs-signature-nonce", "other"),
        |request| with(request, "host", "127.0.0.1"),
        // Headers that the signature does not cover must not decide anything.
        |request| with(request, "x-acs-security-token", "added"),
        |mut request| {
            *request.uri_mut() = "/?PageSize=2".parse().unwrap();
            request
        },
        |mut request| {
            *request.method_mut() = axum::http::Method::GET;
            request
        },
    ];
    assert_eq!(caller.send_as_is(KEY.v3(&call, &now, "whole")).status, 200);
    for (number, change) in changes.iter().enumerate() {
        let reply = caller.send_as_is(change(KEY.v3(&call, &now, &format!("changed-{number}"))));
        assert_eq!(code(&reply), (400, "SignatureDoesNotMatch".to_owned()), "change {number}");
    }
    // V2 signs no headers, so an action in a header alone counts for nothing.
    let call = Call { method: "POST", query: &[("PageSize", "1")], headers: &[("x-acs-action", LIST)], body: "" };
    let reply = caller.send_as_is(KEY.v2(&call, &[], &now, "v2"));
    assert!(reply.refusal().2.contains("\"Action\""), "{}", reply.text());
}

fn with(mut request: Request<Body>, name: &'static str, value: &'static str) -> Request<Body> {
    request.headers_mut().insert(name, value.parse().unwrap());
    request
}

#[test]
fn a_signature_that_covers_too_little_is_refused() {
    let mut caller = Caller::new();
    let now = caller.after(0);
    for left_out in ["host;", "x-acs-action;", "x-acs-content-sha256;", "x-acs-signature-nonce;"] {
        let mut request = list_v3(&KEY, &now, left_out);
        let header = request.headers()["authorization"].to_str().unwrap().replace(left_out, "");
        request.headers_mut().insert("authorization", header.parse().unwrap());
        assert_eq!(code(&caller.send_as_is(request)).1, "SignatureDoesNotMatch", "{left_out}");
    }
    for (header, parameter) in [
        ("ACS3-HMAC-SHA256", "Authorization"),
        ("ACS3-HMAC-SM3 Credential=a,SignedHeaders=host,Signature=00", "Authorization"),
        ("ACS3-HMAC-SHA256 Credential=a,Credential=b,SignedHeaders=host,Signature=00", "Authorization"),
        ("ACS3-HMAC-SHA256 Credential=a,SignedHeaders=host", "Authorization"),
        ("ACS3-HMAC-SHA256 Credential=a,SignedHeaders=host,Signature=00", "x-acs-content-sha256"),
    ] {
        let request = Request::get(format!("/?Action={LIST}")).header("authorization", header);
        let reply = caller.send_as_is(request.body(Body::empty()).unwrap());
        assert!(reply.refusal().2.contains(&format!("\"{parameter}\"")), "{header} {}", reply.text());
    }
}

#[test]
fn a_nonce_is_taken_once_by_each_key_as_long_as_its_request_could_come_again() {
    let mut caller = Caller::new();
    let other = Signer { id: "other", secret: "another-secret-of-a-test" };
    fs::write(caller.keys.file(KEYS), [key_line(&KEY, ALL), key_line(&other, ALL)].concat()).unwrap();
    assert_eq!(caller.app.access.reload().unwrap(), 2);
    let now = caller.after(0);
    for signed in [list_v3, list_v2] {
        let nonce = format!("{signed:?}");
        assert_eq!(caller.send_as_is(signed(&KEY, &now, &nonce)).status, 200);
        let used = (400, "SignatureNonceUsed".to_owned());
        assert_eq!(code(&caller.send_as_is(signed(&KEY, &now, &nonce))), used);
        assert_eq!(caller.send_as_is(signed(&other, &now, &nonce)).status, 200, "it is another key's nonce");
        caller.wait(15 * 60);
        assert_eq!(code(&caller.send_as_is(signed(&KEY, &now, &nonce))), used, "its time is still good");
        caller.wait(1);
        let expired = (400, "InvalidTimeStamp.Expired".to_owned());
        assert_eq!(code(&caller.send_as_is(signed(&KEY, &now, &nonce))), expired, "its time is not");
        caller.wait(-15 * 60 - 1);
    }
}

#[test]
fn a_clock_may_be_wrong_by_fifteen_minutes() {
    let mut caller = Caller::new();
    for signed in [list_v3, list_v2] {
        for (seconds, is_good) in [(-901, false), (-900, true), (900, true), (901, false)] {
            let (time, nonce) = (caller.after(seconds), caller.nonce());
            let reply = caller.send_as_is(signed(&KEY, &time, &nonce));
            let expected = if is_good { 200 } else { 400 };
            assert_eq!(reply.status, expected, "{seconds} {}", reply.text());
            if !is_good {
                assert_eq!(code(&reply).1, "InvalidTimeStamp.Expired");
            }
        }
        for time in ["yesterday", "2026-03-01 00:00:00", "2026-03-01T00:00:00+08:00", "262144-01-01T00:00:00Z"] {
            let reply = caller.send_as_is(signed(&KEY, time, "x"));
            assert_eq!(code(&reply), (400, "InvalidTimeStamp.Format".to_owned()), "{time}");
        }
    }
}

/// The actions that a key with these statements may do, as far as the service lets it.
fn allowed(statements: &str) -> Vec<&'static str> {
    let mut caller = Caller::new();
    fs::write(caller.keys.file(KEYS), key_line(&KEY, statements)).unwrap();
    caller.app.access.reload().unwrap();
    let each = Action::ALL.into_iter().map(Action::as_str);
    each.filter(|action| {
        let reply = caller.act(action, &[]);
        if reply.status == 403 {
            assert_eq!(code(&reply).1, "Forbidden.RAM");
        }
        reply.status != 403
    })
    .collect()
}

#[test]
fn a_policy_allows_what_it_allows_and_denies_the_rest() {
    let one = |effect: &str, action: &str| format!(r#"{{"Effect":"{effect}","Action":{action},"Resource":"*"}}"#);
    let allow = |action: &str| one("Allow", action);
    let (list, get, submit) = (LIST, "GetLiveTranscodeJob", "SubmitLiveTranscodeJob");
    let all: Vec<_> = Action::ALL.map(Action::as_str).to_vec();
    for (statements, expected) in [
        (allow("\"*\""), all.clone()),
        (allow("\"ice:*\""), all.clone()),
        (allow("[\"ecs:*\",\"ice:*LiveTranscodeJob*\"]"), all.clone()),
        (allow("\"ice:ListLiveTranscodeJobs\""), vec![list]),
        (allow("\"ICE:listlivetranscodejobs\""), vec![list]),
        (allow("[\"ice:List*\",\"ice:Get*\"]"), vec![list, get]),
        (allow("\"ice:???LiveTranscodeJob\""), vec![get]),
        (allow("\"ice:*Job\""), vec![submit, get, "UpdateLiveTranscodeJob", "DeleteLiveTranscodeJob"]),
        (allow("\"ice:*b*t*s*Job\""), vec![submit]),
        (allow("\"ecs:*\""), vec![]),
        (allow("\"ice:ListLiveTranscodeJob\""), vec![]),
        ([allow("\"*\""), one("Deny", "\"ice:*\"")].join(","), vec![]),
        (
            [one("Deny", "[\"ice:Delete*\",\"ice:Send*\",\"ice:Update*\"]"), allow("\"*\"")].join(","),
            vec![list, submit, get],
        ),
        (one("Deny", "\"ice:Delete*\""), vec![]),
    ] {
        assert_eq!(allowed(&statements), expected, "{statements}");
    }
}

#[test]
fn a_file_that_is_not_understood_in_whole_is_an_error_and_keeps_the_old_keys() {
    let mut caller = Caller::new();
    let key = |policy: &str| format!(r#"{{"id":"a","secret":"secret-of-a","policy":{policy}}}"#);
    let policy = |statement: &str| key(&format!(r#"{{"Version":"1","Statement":[{statement}]}}"#));
    let whole = policy(ALL);
    let many = vec![ALL; 65].join(",");
    for (text, reason) in [
        (String::new(), "no key"),
        ("[]".to_owned(), "expected an object with id, secret and policy"),
        (whole.replace("secret-of-a", ""), "secret of key a must be"),
        (whole.replace("secret-of-a", "with space"), "secret of key a must be"),
        (whole.replace("\"a\"", "\"a/b\""), "id of key 1 must be"),
        (format!("{whole}\n{whole}"), "key a is given twice"),
        (whole.replace("\"secret\"", "\"Secret\""), "unknown field `Secret`"),
        (key("{}"), "missing field `Version`"),
        (key(r#"{"Version":"2","Statement":[]}"#), "Version must be \"1\", got \"2\""),
        (policy(""), "Statement must have 1 to 64 items, got 0"),
        (policy(&many), "Statement must have 1 to 64 items, got 65"),
        (policy(r#"{"Effect":"allow","Action":"*","Resource":"*"}"#), "unknown variant `allow`"),
        (policy(r#"{"Effect":"Allow","Resource":"*"}"#), "missing field `Action`"),
        (policy(r#"{"Effect":"Allow","NotAction":"*","Resource":"*"}"#), "unknown field `NotAction`"),
        (policy(r#"{"Effect":"Allow","Action":[],"Resource":"*"}"#), "Action must have 1 to 64 items, got 0"),
        (policy(r#"{"Effect":"Allow","Action":"List*","Resource":"*"}"#), "Action must be * or service:action"),
        (policy(r#"{"Effect":"Allow","Action":"ice:","Resource":"*"}"#), "Action must be * or service:action"),
        (policy(r#"{"Effect":"Allow","Action":7,"Resource":"*"}"#), "expected a text or a list of texts"),
        (policy(r#"{"Effect":"Allow","Action":"*","Resource":"acs:ice:*:*:job/1"}"#), "Resource must be *"),
        (
            policy(
                r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"IpAddress":{"acs:SourceIp":"::1"}}}"#,
            ),
            "unknown field `Condition`",
        ),
        (" ".repeat(5 << 20), "at most 4096 KiB"),
    ] {
        fs::write(caller.keys.file(KEYS), &text).unwrap();
        let error = caller.app.access.reload().unwrap_err().to_string();
        assert!(error.contains(reason) && error.contains(KEYS) && !error.contains("secret-of-a"), "{reason}: {error}");
        let at_start = Access::with_keys(&caller.keys.file(KEYS)).unwrap_err().to_string();
        assert_eq!(at_start, error);
    }
    fs::remove_file(caller.keys.file(KEYS)).unwrap();
    assert!(caller.app.access.reload().is_err());
    assert_eq!(caller.act(LIST, &[]).status, 200, "the old keys still count");
    assert!(!format!("{:?}", caller.app).contains(KEY.secret));
}

#[test]
fn a_file_that_is_read_again_changes_secrets_policies_and_sessions() {
    let mut caller = Caller::new();
    let pretty = format!("\n{}\n\n", key_line(&KEY, ALL).replace(',', ",\n  "));
    fs::write(caller.keys.file(KEYS), pretty).unwrap();
    assert_eq!(caller.app.access.reload().unwrap(), 1);
    assert_eq!(caller.get("/console/view").status, 200);
    let statements = r#"{"Effect":"Allow","Action":"ice:Submit*","Resource":"*"}"#;
    fs::write(caller.keys.file(KEYS), key_line(&KEY, statements)).unwrap();
    caller.app.access.reload().unwrap();
    assert_eq!(code(&caller.get("/console/view")), (403, "Forbidden.RAM".to_owned()), "the session has the new policy");
    fs::write(caller.keys.file(KEYS), key_line(&Signer { secret: "changed-secret-0123", ..KEY }, ALL)).unwrap();
    caller.app.access.reload().unwrap();
    assert_eq!(code(&caller.act(LIST, &[])).1, "SignatureDoesNotMatch");
    assert_eq!(code(&caller.get("/console/view")), (403, "NotSignedIn".to_owned()), "the session had the old secret");
}

/// The cookie that an answer sets, without its attributes.
fn cookie(reply: &Reply) -> String {
    reply.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned()
}

fn get(caller: &mut Caller, path: &str, cookie: &str) -> Reply {
    caller.send_as_is(
        Request::get(path).header("cookie", cookie).header("accept", "text/html").body(Body::empty()).unwrap(),
    )
}

#[test]
fn the_console_needs_a_session_and_a_session_needs_a_key() {
    let mut caller = Caller::with_count(3);
    let page = get(&mut caller, "/?q=%22%3E%3Cscript%3E&x='", "a=b");
    assert_eq!(page.status, 200);
    assert!(page.text().contains("<h1>Sign in</h1>") && !page.text().contains("<script"), "{}", page.text());
    assert!(page.text().contains(r#"value="q=%22%3E%3Cscript%3E&amp;x='""#), "{}", page.text());
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none';") && policy.contains("frame-ancestors 'none'"), "{policy}");
    for path in ["/console/view", "/console/events", "/console/templates", "/console/session"] {
        assert_eq!(code(&get(&mut caller, path, "a=b")), (403, "NotSignedIn".to_owned()), "{path}");
    }
    for path in ["/console/main.js", "/console/signin.css"] {
        assert_eq!(get(&mut caller, path, "a=b").status, 200, "{path}");
    }
    for (id, secret) in [(KEY.id, "wrong"), ("wrong", KEY.secret), ("", "")] {
        let reply = caller.sign_in(id, secret);
        assert!(reply.status == 403 && reply.text().contains("no access key with this ID and secret"), "{id}");
        assert!(!reply.headers.contains_key("set-cookie"));
    }
    let reply = caller.sign_in(KEY.id, KEY.secret);
    assert_eq!((reply.status, reply.headers["location"].to_str().unwrap()), (303, "/?q=news"));
    let set = reply.headers["set-cookie"].to_str().unwrap().to_owned();
    assert!(set.ends_with("; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict"), "{set}");
    let session = cookie(&reply);
    assert_eq!(session.len(), "jobdex-session=".len() + 64);
    assert!(get(&mut caller, "/", &format!("a=b; {session}")).text().contains("/console/main.js"));
    assert_eq!(get(&mut caller, "/console/view", &session).json()["total"], 3);
    let who = get(&mut caller, "/console/session", &session).json();
    assert_eq!((&who["AccessKeyId"], who["Allowed"].as_array().map(Vec::len)), (&KEY.id.into(), Some(6)));
    let out = Request::post("/console/session/end").header("cookie", &session).body(Body::empty()).unwrap();
    let out = caller.send_as_is(out);
    assert_eq!((out.status, cookie(&out).as_str()), (303, "jobdex-session="));
    assert_eq!(code(&get(&mut caller, "/console/view", &session)).1, "NotSignedIn");
}

#[test]
fn a_session_ends_after_its_time_and_so_do_its_streams() {
    let mut caller = Caller::with_count(3);
    let session = cookie(&caller.sign_in(KEY.id, KEY.secret));
    let request = Request::get("/console/events").header("cookie", &session).body(Body::empty()).unwrap();
    let mut stream = caller.begin_as_is(request).into_body();
    assert!(caller.piece(&mut stream).is_some());
    caller.wait(12 * 3600 - 1);
    assert_eq!(get(&mut caller, "/console/view", &session).status, 200);
    caller.wait(1);
    assert_eq!(code(&get(&mut caller, "/console/view", &session)).1, "NotSignedIn");
    caller.submit("News");
    assert_eq!(caller.piece(&mut stream), None, "the next event would show what the session may not see");
}

#[test]
fn the_policy_of_the_key_holds_in_the_console_too() {
    let mut caller = Caller::with_count(3);
    let statements = r#"{"Effect":"Allow","Action":["ice:List*","ice:Submit*"],"Resource":"*"}"#;
    fs::write(caller.keys.file(KEYS), key_line(&KEY, statements)).unwrap();
    caller.app.access.reload().unwrap();
    let session = cookie(&caller.sign_in(KEY.id, KEY.secret));
    let mut post = |action: &str, params: &[(&str, &str)], site: &str| {
        let request = Request::post("/").header("cookie", &session).header("x-acs-action", action);
        let request = request.header("content-type", "application/x-www-form-urlencoded").header("origin", site);
        caller.send_as_is(request.body(Body::from(query_string(params))).unwrap())
    };
    assert_eq!(post("SubmitLiveTranscodeJob", &submission("News"), "http://localhost").status, 200);
    let forbidden = post("DeleteLiveTranscodeJob", &[("JobId", "job-00001")], "http://localhost");
    assert_eq!(code(&forbidden), (403, "Forbidden.RAM".to_owned()));
    let from_elsewhere = post("SubmitLiveTranscodeJob", &submission("News"), "http://evil.example");
    assert_eq!(code(&from_elsewhere), (403, "Forbidden".to_owned()));
    let in_here = Request::post("/console/session").header("origin", "http://evil.example").body(Body::empty());
    assert_eq!(code(&caller.send_as_is(in_here.unwrap())), (403, "Forbidden".to_owned()), "signs in nobody else");
}

#[test]
fn metrics_need_a_key_that_may_list_and_health_needs_none() {
    let mut caller = Caller::with_count(3);
    let mut get = |path: &str, key: Option<(&str, &str)>| {
        let mut request = Request::get(path);
        if let Some((id, secret)) = key {
            let text = base64::engine::general_purpose::STANDARD.encode(format!("{id}:{secret}"));
            request = request.header("authorization", format!("Basic {text}"));
        }
        caller.send_as_is(request.body(Body::empty()).unwrap())
    };
    assert_eq!(get("/healthz", None).status, 200);
    assert_eq!(get("/metrics", Some((KEY.id, KEY.secret))).status, 200);
    for key in [None, Some((KEY.id, "wrong")), Some(("wrong", KEY.secret))] {
        let reply = get("/metrics", key);
        assert_eq!(
            (reply.status, &reply.headers["www-authenticate"]),
            (401, &"Basic realm=\"jobdex\"".parse().unwrap())
        );
    }
    let basic = Request::get(format!("/?Action={LIST}")).header("authorization", "Basic TFRBSTV0VGVzdDphYmM=");
    assert_eq!(code(&caller.send_as_is(basic.body(Body::empty()).unwrap())).1, "MissingParameter");
}

#[test]
fn without_keys_everybody_may_ask() {
    let folder = Folder::new();
    let missing = Access::with_keys(&folder.file("none")).unwrap_err().to_string();
    assert!(missing.contains("none: "), "{missing}");
    let open = Access::everybody();
    assert!(
        !open.needs_key()
            && open
                .session(&axum::http::HeaderMap::new(), chrono::DateTime::from_timestamp(BEGIN, 0).unwrap())
                .is_some()
    );
}
