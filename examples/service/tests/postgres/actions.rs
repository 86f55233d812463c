//! The six actions: each is SQL in the table, by the rules of the API, and is shown as soon as it is answered.

use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::Test;
use crate::client::{Client, times, until};
use crate::database::Database;
use crate::query::submission;

pub(crate) const TESTS: &[Test] = &[
    ("each_action_is_in_the_table_and_is_shown_when_it_is_answered", each_action),
    ("what_the_state_of_a_job_forbids_is_refused_and_changes_nothing", forbidden_actions),
    ("texts_of_all_kinds_are_kept_and_what_a_database_can_not_hold_is_refused", all_texts),
    ("a_scheduled_job_starts_and_ends_by_its_times", a_scheduled_job),
    ("changes_of_other_programs_are_shown", changes_of_others),
    ("the_first_jobs_are_written_once_and_those_of_a_file_beside_them", first_jobs),
    ("a_full_table_takes_no_more_jobs", a_full_table),
    ("many_writers_of_one_job_lose_no_write", many_writers_of_one_job),
];

const DONE: u64 = 2;

fn rename<'a>(job_id: &'a str, name: &'a str) -> [(&'a str, &'a str); 2] {
    [("JobId", job_id), ("Name", name)]
}

fn each_action() {
    let database = Database::new();
    let (_program, mut client) = database.serve();
    let job_id = client.submit("News");
    let row = || {
        database.rows("select name, status, start_mode, template_type, stream_input->>'InputUrl', start_time from jobs")
    };
    assert_eq!(row(), ["News|1|0|origin|rtmp://in/live/1|null"]);
    let job = client.job(&job_id).unwrap();
    assert_eq!((&job["Name"], &job["Status"], &job["TemplateName"]), (&"News".into(), &1.into(), &"origin".into()));
    assert_eq!(job["OutputStream"]["StreamInfos"][0]["OutputUrl"], format!("rtmp://out.example.com/live/{job_id}"));
    for number in 0..50 {
        let name = format!("News {number}");
        client.act("UpdateLiveTranscodeJob", &rename(&job_id, &name)).done();
        let list = client.act("ListLiveTranscodeJobs", &[("KeyWord", &name)]).done();
        assert_eq!((&list["TotalCount"], &list["JobList"][0]["Name"]), (&1.into(), &name.into()));
    }
    client.act("SendLiveTranscodeJobCommand", &[("JobId", &job_id), ("Command", "stop")]).done();
    assert_eq!(client.status(&job_id), DONE);
    assert_eq!(row(), ["News 49|2|0|origin|rtmp://in/live/1|null"]);
    client.act("DeleteLiveTranscodeJob", &[("JobId", &job_id)]).done();
    assert_eq!((client.job(&job_id), client.total()), (None, 0));
    assert!(row().is_empty());
}

fn forbidden_actions() {
    let database = Database::new();
    let (_program, mut client) = database.serve();
    let untimed = client.submit("Untimed");
    let timed = client.submit_timed("Timed", 3600, 7200);
    let before = database.rows("select * from jobs order by job_id");
    let stream = r#"{"Type":"rtmp","InputUrl":"rtmp://other/1"}"#;
    let update = |client: &mut Client, job_id: &str, field: (&str, &str)| {
        client.act("UpdateLiveTranscodeJob", &[("JobId", job_id), field])
    };
    let stop = |client: &mut Client, job_id: &str| {
        client.act("SendLiveTranscodeJobCommand", &[("JobId", job_id), ("Command", "stop")])
    };
    update(&mut client, &untimed, ("StreamInput", stream)).assert_refused(403, "OperationDenied");
    stop(&mut client, &timed).assert_refused(409, "JobStatusConflict");
    for unknown in ["none", "a\0b", "'; drop table jobs; --"] {
        update(&mut client, unknown, ("Name", "x")).assert_refused(404, "JobNotFound");
        stop(&mut client, unknown).assert_refused(404, "JobNotFound");
        client.act("DeleteLiveTranscodeJob", &[("JobId", unknown)]).assert_refused(404, "JobNotFound");
    }
    client.act("SubmitLiveTranscodeJob", &submission("x")[..4]).assert_refused(400, "MissingParameter");
    assert_eq!(database.rows("select * from jobs order by job_id"), before);
    update(&mut client, &timed, ("TimedConfig", &times(2, 60))).done();
    until("it starts at its new time", || (client.status(&timed) == 1).then_some(()));
    update(&mut client, &timed, ("StreamInput", stream)).assert_refused(409, "JobStatusConflict");
    stop(&mut client, &timed).done();
    stop(&mut client, &timed).assert_refused(409, "JobStatusConflict");
}

fn all_texts() {
    let database = Database::new();
    let (_program, mut client) = database.serve();
    let long = "电".repeat(341);
    for name in ["电影 قناة é", "a\\b'c\"d\t\n$1 %s; --", "\u{1}\u{7f}\u{feff}", "\\N", &long] {
        let job_id = client.submit(name);
        assert_eq!(client.job(&job_id).unwrap()["Name"], name);
    }
    let total = client.total();
    let refused = client.act("SubmitLiveTranscodeJob", &submission("a\0b"));
    refused.assert_refused(400, "InvalidParameter");
    assert!(refused.json["Recommend"].as_str().unwrap().contains("U+0000"), "{}", refused.json);
    let job_id = client.submit("Kept");
    client.act("UpdateLiveTranscodeJob", &rename(&job_id, "\0")).assert_refused(400, "InvalidParameter");
    assert_eq!((client.total(), &client.job(&job_id).unwrap()["Name"]), (total + 1, &"Kept".into()));
}

fn a_scheduled_job() {
    let database = Database::new();
    let (_program, mut client) = database.serve();
    let job_id = client.submit_timed("Soon", 2, 4);
    let later = client.submit_timed("Later", 3600, 3700);
    let began = Instant::now();
    let mut seen = Vec::new();
    while began.elapsed() < Duration::from_secs(30) && seen.last() != Some(&DONE) {
        let status = client.status(&job_id);
        if seen.last() != Some(&status) {
            seen.push(status);
        }
        sleep(Duration::from_millis(20));
    }
    assert_eq!(seen, [0, 1, DONE]);
    assert_eq!(client.status(&later), 0);
    assert!(began.elapsed() > Duration::from_millis(2500), "not before its times");
}

fn changes_of_others() {
    let database = Database::new();
    let (_program, mut client) = database.serve();
    let job_id = client.submit("Ours");
    database.run("update jobs set name = 'Theirs', status = 2");
    until("the change of another program", || (client.job(&job_id)?["Name"] == "Theirs").then_some(()));
    assert_eq!(client.status(&job_id), DONE);
    client.act("UpdateLiveTranscodeJob", &rename(&job_id, "Ours again")).done();
    database.run("truncate jobs");
    until("the table is empty", || (client.total() == 0).then_some(()));
    // A row that breaks the rules of the service is refused by the table itself.
    let sql = database.connect();
    let wrong = "insert into jobs select 'x', 'n', 'normal', '', '', 1, 0, '{}', '{}', now(), now(), now()";
    let refused = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    assert!(refused.block_on(sql.batch_execute(wrong)).is_err());
}

fn first_jobs() {
    let database = Database::new();
    let (first, client) = database.start(&["--jobs", "200"]);
    let mut client = client.ready();
    let jobs = client.jobs();
    assert_eq!(jobs.len(), 200);
    drop(first);
    let (_again, again) = database.start(&["--jobs", "300"]);
    assert_eq!(again.ready().jobs(), database.jobs(), "a table that has jobs gets none");
    let folder = std::env::temp_dir().join(format!("jobdex-service-lines-{}", std::process::id()));
    std::fs::write(&folder, LINE).unwrap();
    let (_third, third) = database.start(&["--import", folder.to_str().unwrap()]);
    let mut third = third.ready();
    assert_eq!(third.total(), 201);
    assert_eq!(third.job("imported").unwrap()["Name"], "Imported");
    let output = database.service(&["--import", folder.to_str().unwrap(), "--listen", "127.0.0.1:0"]);
    assert_eq!(output.status.code(), Some(1), "there is such a job: {output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("duplicate key"), "{output:?}");
    assert_eq!(third.total(), 201);
    std::fs::remove_file(folder).unwrap();
}

const LINE: &str = r#"{"Name":"Imported","JobId":"imported","TemplateType":"normal","TemplateId":"t","TemplateName":"HD","StartMode":1,"Status":0,"StreamInput":{"Type":"rtmp","InputUrl":"rtmp://in/live/1"},"OutputStream":{"StreamInfos":[]},"CreateTime":"2022-07-20T02:48:58Z","TimedConfig":{"StartTime":"2122-07-20T02:48:58Z","EndTime":"2122-07-20T02:58:58Z"}}"#;

fn a_full_table() {
    let database = Database::new();
    let (_program, client) = database.start(&["--jobs-max", "2"]);
    let mut client = client.ready();
    let first = client.submit("First");
    client.submit("Second");
    client.act("SubmitLiveTranscodeJob", &submission("Third")).assert_refused(503, "ServiceUnAvailable");
    client.act("DeleteLiveTranscodeJob", &[("JobId", &first)]).done();
    client.submit("Third");
}

/// Each writer changes its own field of one job: a write that began from an old state would take back that of another.
fn many_writers_of_one_job() {
    const ROUNDS: usize = 20;
    let database = Database::new();
    let (program, mut client) = database.serve();
    let job_id = client.submit_timed("News", 3600, 7200);
    let write = |field: &'static str, value: fn(usize) -> String| {
        let (mut client, job_id) = (Client::of(&program), job_id.clone());
        move || {
            for number in 0..ROUNDS {
                let value = value(number);
                client.act("UpdateLiveTranscodeJob", &[("JobId", &job_id), (field, &value)]).done();
            }
        }
    };
    let name: fn(usize) -> String = |number| format!("Name {number}");
    let stream: fn(usize) -> String = |number| format!(r#"{{"Type":"rtmp","InputUrl":"rtmp://in/{number}"}}"#);
    let output: fn(usize) -> String =
        |number| format!(r#"{{"Type":"LiveCenter","DomainName":"out{number}.example.com"}}"#);
    std::thread::scope(|scope| {
        scope.spawn(write("Name", name));
        scope.spawn(write("StreamInput", stream));
        scope.spawn(write("TranscodeOutput", output));
    });
    let job = client.job(&job_id).unwrap();
    assert_eq!((&job["Name"], &job["StreamInput"]["InputUrl"]), (&"Name 19".into(), &"rtmp://in/19".into()));
    assert_eq!(job["OutputStream"]["StreamInfos"][0]["OutputUrl"], format!("rtmp://out19.example.com/live/{job_id}"));
}
