//! The server is away, a session ends, a row is locked, the replica can't fill or falls behind: what is answered meanwhile.

use std::time::{Duration, Instant};

use crate::Test;
use crate::client::{Client, Reply, until};
use crate::database::Database;
use crate::query::submission;
use crate::server::{Server, send};

pub(crate) const TESTS: &[Test] = &[
    ("while_the_server_is_away_lists_go_on_and_writes_are_refused", server_away),
    ("a_replica_that_can_not_fill_answers_no_list_and_says_why", unfilled),
    ("a_replica_that_is_behind_says_so_and_a_write_that_it_does_not_show_is_no_success", behind),
    ("sessions_that_end_are_replaced", ended_sessions),
    ("a_row_that_another_program_has_locked_is_not_waited_for_long", locked_row),
];

const NOTHING_WRITTEN: &str = "nothing was written";

fn advice(reply: &Reply) -> &str {
    reply.assert_refused(503, "ServiceUnAvailable");
    reply.json["Recommend"].as_str().unwrap()
}

fn try_submit(client: &mut Client, name: &str) -> Reply {
    client.act("SubmitLiveTranscodeJob", &submission(name))
}

/// Waits until a submission is taken.
fn submit_again(client: &mut Client, name: &str) {
    until("a write is taken", || (try_submit(client, name).status == 200).then_some(()));
}

fn server_away() {
    let server = Server::start(&[]);
    let database = Database::on(&server);
    let (program, mut client) = database.serve();
    let job_id = client.submit("News");
    for round in 0..3 {
        server.kill();
        until("the process knows it", || (client.health().status == 503).then_some(()));
        assert_eq!(client.health().json["Status"], "connecting");
        assert!(client.health().json["Reason"].as_str().unwrap().contains("attempt"), "{:?}", client.health());
        let began = Instant::now();
        for _ in 0..3 {
            assert!(advice(&try_submit(&mut client, "Lost")).contains(NOTHING_WRITTEN));
            let deletion = client.act("DeleteLiveTranscodeJob", &[("JobId", &job_id)]);
            assert!(advice(&deletion).contains(NOTHING_WRITTEN));
            assert_eq!(client.job(&job_id).unwrap()["Name"], "News", "reads go on");
            assert_eq!(client.total(), 1 + round);
        }
        assert!(began.elapsed() < Duration::from_secs(5), "a write does not wait for a server that is away");
        server.start_again();
        client = client.ready();
        submit_again(&mut client, &format!("Again {round}"));
        assert_eq!(client.jobs(), database.jobs());
    }
    assert_eq!(client.total(), 4);
    drop(program);
}

fn unfilled() {
    let database = Database::new();
    database.run("insert into jobs select 'a', 'News', 'normal', '', '', 0, 1, '{}', '{}', now()");
    database.run("drop publication jobs_pub");
    let (program, mut client) = database.start(&[]);
    until("the reason", || {
        let health = client.health();
        assert_eq!((health.status, &health.json["Status"]), (503, &"connecting".into()), "{health:?}");
        assert!(health.json.get("Jobs").is_none(), "{health:?}");
        let reason = health.json["Reason"].as_str().unwrap().to_owned();
        reason.contains("run create publication \"jobs_pub\" for table jobs;").then_some(())
    });
    for (action, params) in [
        ("ListLiveTranscodeJobs", vec![]),
        ("GetLiveTranscodeJob", vec![("JobId", "a")]),
        ("DeleteLiveTranscodeJob", vec![("JobId", "a")]),
    ] {
        client.act(action, &params).assert_refused(503, "ServiceUnAvailable");
    }
    for path in ["/console/view", "/console/events", "/console/chart", "/console/jobs?ids=%5B%22a%22%5D"] {
        assert_eq!(client.get(path).0, 503, "{path}");
    }
    assert_eq!(client.metric("jobdex_replica_state{state=\"connecting\"}"), Some(1.0));
    assert_eq!(client.metric("jobdex_replica_hydrations_total"), Some(0.0));
    assert_eq!(client.metric("jobdex_replica_lag_seconds"), None);
    assert_eq!(client.metric("jobdex_jobs_bytes"), None, "this process does not count them");
    database.run("create publication jobs_pub for table jobs");
    let mut client = client.ready();
    assert_eq!(client.total(), 1);
    assert_eq!(client.metric("jobdex_replica_state{state=\"following\"}"), Some(1.0));
    assert_eq!(client.metric("jobdex_replica_hydrations_total"), Some(1.0));
    assert!(client.metric("jobdex_replica_lag_seconds").unwrap() < 10.0);
    drop(program);
}

fn behind() {
    // A process that is stopped may hold a lock of the whole server.
    let server = Server::start(&[]);
    let database = Database::on(&server);
    let (program, mut client) = database.serve();
    client.submit("First");
    let sender = until("the process that sends the log", || {
        let sql = "select pid from pg_stat_activity where backend_type = 'walsender' and datname = current_database()";
        database.rows(sql).pop()
    });
    let sender = sender.parse().unwrap();
    send("STOP", sender);
    let reply = try_submit(&mut client, "Second");
    assert!(advice(&reply).contains("in the database, but this process does not show it yet"), "{}", reply.json);
    assert_eq!(database.jobs().len(), 2);
    assert_eq!(client.total(), 1, "the old state is shown");
    let health = until("it is stale", || Some(client.health()).filter(|health| health.status == 503));
    assert_eq!(health.json["Status"], "stale");
    assert_eq!(client.metric("jobdex_replica_stale"), Some(1.0));
    assert!(client.metric("jobdex_replica_lag_seconds").unwrap() >= 10.0);
    assert!(client.metric("jobdex_replica_lag_bytes").unwrap() > 0.0);
    send("CONT", sender);
    let mut client = client.ready();
    assert_eq!(client.jobs(), database.jobs());
    client.submit("Third");
    drop(program);
}

fn ended_sessions() {
    let database = Database::new();
    let (program, mut client) = database.serve();
    for round in 0..5 {
        client.submit("News");
        database.run(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() \
             and pid <> pg_backend_pid()",
        );
        submit_again(&mut client, "Again");
        let mut ready = client.ready();
        let shown = ready.jobs();
        assert_eq!(shown, database.jobs(), "round {round}");
        client = ready;
    }
    drop(program);
}

fn locked_row() {
    let database = Database::new();
    let (program, mut client) = database.serve();
    let (locked, free) = (client.submit("Locked"), client.submit("Free"));
    let other = database.connect();
    database.run_on(&other, &format!("begin; select from jobs where job_id = '{locked}' for update"));
    std::thread::scope(|scope| {
        for (action, param) in [("UpdateLiveTranscodeJob", ("Name", "x")), ("DeleteLiveTranscodeJob", ("JobId", ""))] {
            let (mut client, locked) = (Client::of(&program), &locked);
            scope.spawn(move || {
                let reply = client.act(action, &[("JobId", locked), param]);
                assert!(advice(&reply).contains(NOTHING_WRITTEN), "{}", reply.json);
            });
        }
        let began = Instant::now();
        client.act("UpdateLiveTranscodeJob", &[("JobId", &free), ("Name", "Other")]).done();
        assert!(began.elapsed() < Duration::from_secs(2), "other rows are free");
    });
    database.run_on(&other, "rollback");
    client.act("UpdateLiveTranscodeJob", &[("JobId", &locked), ("Name", "Renamed")]).done();
    assert_eq!(client.jobs(), database.jobs());
}
