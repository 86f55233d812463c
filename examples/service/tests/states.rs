//! Tests of the rules for the states of jobs, on a clock that the test sets.

use crate::caller::{Caller, submission};

const PENDING: u64 = 0;
const RUNNING: u64 = 1;
const STOPPED: u64 = 2;

#[test]
fn a_job_that_starts_at_once_runs_until_it_is_stopped() {
    let mut caller = Caller::new();
    let job_id = caller.submit("News");
    assert_eq!(caller.status(&job_id), RUNNING);
    caller.wait(30 * 24 * 3600);
    assert_eq!(caller.status(&job_id), RUNNING);
    assert_eq!(caller.act("SendLiveTranscodeJobCommand", &[("JobId", &job_id), ("Command", "stop")]).status, 200);
    assert_eq!(caller.status(&job_id), STOPPED);
}

#[test]
fn a_scheduled_job_starts_and_ends_by_its_times_to_the_second() {
    let mut caller = Caller::new();
    let job_id = caller.submit_timed("News", 60, 3600);
    for (wait, status) in [(0, PENDING), (59, PENDING), (1, RUNNING), (3539, RUNNING), (1, STOPPED), (9999, STOPPED)] {
        caller.wait(wait);
        assert_eq!(caller.status(&job_id), status, "{wait} s later");
    }
}

#[test]
fn a_scheduled_job_that_nobody_asked_for_in_between_is_right_all_the_same() {
    let mut caller = Caller::new();
    let job_id = caller.submit_timed("News", 60, 3600);
    caller.wait(3600);
    assert_eq!(caller.status(&job_id), STOPPED);
}

#[test]
fn a_job_whose_start_is_now_runs_at_once() {
    let mut caller = Caller::new();
    let job_id = caller.submit_timed("News", 0, 60);
    assert_eq!(caller.status(&job_id), RUNNING);
}

#[test]
fn many_jobs_that_are_due_in_one_second_all_change_in_it() {
    let mut caller = Caller::new();
    for number in 0..200 {
        caller.submit_timed(&format!("Channel {number}"), 60, 61 + number % 2);
    }
    let totals = |caller: &mut Caller| {
        ["0", "1", "2"].map(|status| caller.act("ListLiveTranscodeJobs", &[("Status", status)]).member("TotalCount"))
    };
    assert_eq!(totals(&mut caller), ["200", "0", "0"]);
    caller.wait(60);
    assert_eq!(totals(&mut caller), ["0", "200", "0"]);
    caller.wait(1);
    assert_eq!(totals(&mut caller), ["0", "100", "100"]);
    caller.wait(1);
    assert_eq!(totals(&mut caller), ["0", "0", "200"]);
}

#[test]
fn times_lie_within_seven_days_and_in_order() {
    let mut caller = Caller::new();
    let week = 7 * 24 * 3600;
    for (start, end, wrong) in [
        (0, 1, ""),
        (week - 1, week, ""),
        (-1, 60, "TimedConfig.StartTime"),
        (60, week + 1, "TimedConfig.EndTime"),
        (week + 1, week + 2, "TimedConfig.StartTime"),
        (60, 60, "TimedConfig.EndTime"),
        (60, 59, "TimedConfig.EndTime"),
    ] {
        let times = caller.times(start, end);
        let mut params = submission("News");
        params[2] = ("StartMode", "1");
        params.push(("TimedConfig", &times));
        let reply = caller.act("SubmitLiveTranscodeJob", &params);
        if wrong.is_empty() {
            assert_eq!(reply.status, 200, "{start} {end}: {}", reply.text());
        } else {
            let message = format!("The specified parameter \"{wrong}\" is not valid.");
            assert_eq!(reply.refusal(), (400, "InvalidParameter".to_owned(), message), "{start} {end}");
        }
    }
}

#[test]
fn times_in_another_zone_with_fractions_or_a_leap_second_are_those_whole_seconds() {
    let mut caller = Caller::new();
    for (start, end) in [
        ("2026-03-01T08:00:59+08:00", "2026-03-01T00:02:00Z"),
        ("2026-03-01T00:00:59.999999999Z", "2026-03-01T00:02:00.5Z"),
        ("2026-03-01T00:00:60Z", "2026-03-01T00:01:60+00:00"),
    ] {
        let times = format!(r#"{{"StartTime":"{start}","EndTime":"{end}"}}"#);
        let mut params = submission("News");
        params[2] = ("StartMode", "1");
        params.push(("TimedConfig", &times));
        let reply = caller.act("SubmitLiveTranscodeJob", &params);
        assert_eq!(reply.status, 200, "{times}: {}", reply.text());
    }
    let running = |caller: &mut Caller| caller.act("ListLiveTranscodeJobs", &[("Status", "1")]).member("TotalCount");
    caller.wait(58);
    assert_eq!(running(&mut caller), "0");
    caller.wait(1);
    assert_eq!(running(&mut caller), "3");
    caller.wait(60);
    assert_eq!(running(&mut caller), "2", "of the last one, the end was a leap second");
    caller.wait(1);
    assert_eq!(running(&mut caller), "0");
}

#[test]
fn an_untimed_job_changes_its_name_alone_and_in_any_state() {
    let mut caller = Caller::new();
    let job_id = caller.submit("News");
    let input = r#"{"Type":"rtmp","InputUrl":"rtmp://other/live/2"}"#;
    let times = caller.times(60, 120);
    for stopped in [false, true] {
        if stopped {
            caller.act("SendLiveTranscodeJobCommand", &[("JobId", &job_id), ("Command", "stop")]);
        }
        let name = format!("Sports {stopped}");
        assert_eq!(caller.act("UpdateLiveTranscodeJob", &[("JobId", &job_id), ("Name", &name)]).status, 200);
        for other in [("StreamInput", input), ("TimedConfig", &times), ("TranscodeOutput", r#"{"Type":"LiveCenter"}"#)]
        {
            let reply = caller.act("UpdateLiveTranscodeJob", &[("JobId", &job_id), ("Name", "No"), other]);
            assert_eq!(reply.refusal().1, "OperationDenied", "{other:?}");
            assert_eq!(reply.status, 403);
        }
        let job = caller.act("GetLiveTranscodeJob", &[("JobId", &job_id)]).json()["Job"].clone();
        assert_eq!(job["Name"], name.as_str(), "a refused update changes nothing");
        assert_eq!(job["StreamInput"]["InputUrl"], "rtmp://in/live/1");
    }
}

#[test]
fn a_timed_job_changes_its_other_fields_only_before_it_starts() {
    let mut caller = Caller::new();
    let job_id = caller.submit_timed("News", 60, 3600);
    let input = r#"{"Type":"rtmp","InputUrl":"rtmp://other/live/2"}"#;
    let output = r#"{"Type":"LiveCenter","DomainName":"elsewhere.example.com"}"#;
    let others = [("JobId", job_id.as_str()), ("StreamInput", input), ("TranscodeOutput", output)];
    assert_eq!(caller.act("UpdateLiveTranscodeJob", &others).status, 200);
    let job = caller.act("GetLiveTranscodeJob", &others[..1]).json()["Job"].clone();
    assert_eq!(job["StreamInput"]["InputUrl"], "rtmp://other/live/2");
    let url = format!("rtmp://elsewhere.example.com/live/{job_id}");
    assert_eq!(job["OutputStream"]["StreamInfos"][0]["OutputUrl"], url.as_str());
    for wait in [60, 3600] {
        caller.wait(wait);
        let reply = caller.act("UpdateLiveTranscodeJob", &others);
        assert_eq!(reply.refusal().1, "JobStatusConflict");
        assert_eq!(reply.status, 409);
        assert_eq!(caller.act("UpdateLiveTranscodeJob", &[("JobId", &job_id), ("Name", "Sports")]).status, 200);
    }
}

#[test]
fn new_times_hold_and_old_ones_do_not() {
    let mut caller = Caller::new();
    let job_id = caller.submit_timed("News", 60, 120);
    let times = caller.times(300, 400);
    assert_eq!(caller.act("UpdateLiveTranscodeJob", &[("JobId", &job_id), ("TimedConfig", &times)]).status, 200);
    for (wait, status) in [(120, PENDING), (179, PENDING), (1, RUNNING), (99, RUNNING), (1, STOPPED)] {
        caller.wait(wait);
        assert_eq!(caller.status(&job_id), status);
    }
}

#[test]
fn only_a_running_job_can_be_stopped_and_then_its_times_do_not_start_it_again() {
    let mut caller = Caller::new();
    let job_id = caller.submit_timed("News", 60, 3600);
    let stop = [("JobId", job_id.as_str()), ("Command", "stop")];
    assert_eq!(caller.act("SendLiveTranscodeJobCommand", &stop).refusal().1, "JobStatusConflict");
    caller.wait(60);
    assert_eq!(caller.act("SendLiveTranscodeJobCommand", &stop).status, 200);
    assert_eq!(caller.act("SendLiveTranscodeJobCommand", &stop).refusal().0, 409);
    caller.wait(60);
    assert_eq!(caller.status(&job_id), STOPPED);
}

#[test]
fn a_deleted_job_is_gone_and_its_times_bring_nothing_back() {
    let mut caller = Caller::new();
    let job_id = caller.submit_timed("News", 60, 3600);
    let which = [("JobId", job_id.as_str())];
    assert_eq!(caller.act("DeleteLiveTranscodeJob", &which).status, 200);
    caller.wait(60);
    for action in ["GetLiveTranscodeJob", "UpdateLiveTranscodeJob", "DeleteLiveTranscodeJob"] {
        assert_eq!(caller.act(action, &which).refusal(), (404, "JobNotFound".to_owned(), "No such job.".to_owned()));
    }
    let stop = [("JobId", job_id.as_str()), ("Command", "stop")];
    assert_eq!(caller.act("SendLiveTranscodeJobCommand", &stop).refusal().0, 404);
    assert_eq!(caller.act("ListLiveTranscodeJobs", &[]).member("TotalCount"), "0");
}

#[test]
fn a_submitted_job_has_what_was_submitted_and_what_its_template_says() {
    let mut caller = Caller::new();
    let job_id = caller.submit("قناة 电影 <b>");
    let job = caller.act("GetLiveTranscodeJob", &[("JobId", &job_id)]).json()["Job"].clone();
    let expected = serde_json::json!({
        "Name": "قناة 电影 <b>", "JobId": job_id, "TemplateType": "origin", "TemplateId": "t-origin",
        "TemplateName": "origin", "StartMode": 0, "Status": 1,
        "StreamInput": {"Type": "rtmp", "InputUrl": "rtmp://in/live/1"},
        "OutputStream": {"StreamInfos": [{"Type": "rtmp", "OutputUrl": format!("rtmp://out.example.com/live/{job_id}")}]},
        "CreateTime": caller.after(0),
    });
    assert_eq!(job, expected);
}

#[test]
fn a_list_is_the_json_of_its_jobs_also_after_they_were_listed_and_changed() {
    use jobdex::ListQuery;
    use jobdex::wire::ListLiveTranscodeJobsResponse;
    let mut caller = Caller::with_count(150);
    let long = "x".repeat(1024);
    let longest = caller.submit(&long);
    let same = |caller: &mut Caller| {
        let query = ListQuery::new().page_size(100);
        for page_no in [1, 1, 2, 2, 3] {
            let reply = caller.act("ListLiveTranscodeJobs", &[("PageSize", "100"), ("PageNo", &page_no.to_string())]);
            let page = caller.app.state.snapshot().list(&query.clone().page_no(page_no)).unwrap();
            let expected = ListLiveTranscodeJobsResponse::new(page, reply.member("RequestId"));
            assert_eq!(reply.text(), serde_json::to_string(&expected).unwrap());
        }
    };
    same(&mut caller);
    for job_id in ["job-00000", "job-00099", &longest] {
        let renamed = caller.act("UpdateLiveTranscodeJob", &[("JobId", job_id), ("Name", "\"new\" \u{1F600}\n")]);
        assert_eq!(renamed.status, 200, "{}", renamed.text());
    }
    caller.act("DeleteLiveTranscodeJob", &[("JobId", "job-00001")]);
    same(&mut caller);
}
