//! Each kind of change of rows.

use std::sync::Arc;
use std::time::Duration;

use jobdex::changes::Change;
use jobdex::follow::{FollowError, Follower, State};
use jobdex::{Job, ListQuery};

use super::database::{Database, LONG, until, until_failed};
use super::server::shared;
use super::{Test, run};

pub(crate) const TESTS: &[Test] = &[
    ("each_kind_of_change_comes", || run(each_kind_of_change_comes())),
    ("values_of_any_form_come_by_both_ways", || run(values_of_any_form_come_by_both_ways())),
    ("one_transaction_is_one_publish", || run(one_transaction_is_one_publish())),
    ("changes_of_partitions_come_as_those_of_their_table", || run(changes_of_partitions_come())),
    ("other_tables_of_the_publication_do_not_matter", || run(other_tables_do_not_matter())),
    ("a_long_value_that_an_update_leaves_alone_stays", || run(a_long_value_stays())),
    ("a_transaction_over_the_limit_fills_anew", || run(a_transaction_over_the_limit_fills_anew())),
    ("a_transaction_of_many_rows_is_applied_whole", || run(a_transaction_of_many_rows_is_applied_whole())),
    ("an_unreadable_row_leaves_the_old_state_until_it_is_mended", || run(an_unreadable_row_is_waited_for())),
    ("a_store_that_others_write_is_made_equal_again", || run(a_store_that_others_write_is_made_equal_again())),
];

async fn each_kind_of_change_comes() {
    let database = Database::new().await;
    database.run("insert into jobs(job_id, name) select 'a' || n, 'News ' || n from generate_series(1, 100) n").await;
    let follower = database.follow().await;
    assert_eq!(follower.progress().hydrations, 1);
    database.assert_same(&follower, "the fill").await;
    let steps = [
        ("an insert", "insert into jobs(job_id, name) values ('b', 'x')"),
        ("an update of a text", "update jobs set name = 'Y' where job_id < 'a5'"),
        (
            "an update of each column",
            "update jobs set name = 'z', template_type = 'origin', template_id = 't', \
          template_name = 'T', start_mode = 1, status = 2, stream_input = '{\"Type\": \"rtmp\", \"InputUrl\": \"u\"}', \
          output_stream = '{\"StreamInfos\": [{\"Type\": \"hls\", \"OutputUrl\": \"o\"}]}', \
          create_time = '2030-01-01 00:00:00.25+05' where job_id = 'a7'",
        ),
        ("an update of the key", "update jobs set job_id = 'c' where job_id = 'a1'"),
        ("an update of all keys", "update jobs set job_id = job_id || '-' || job_id"),
        ("a null", "update jobs set name = null where job_id like '%3'"),
        ("a delete", "delete from jobs where job_id like 'a2%'"),
        (
            "a delete and an insert of one key",
            "begin; delete from jobs where job_id = 'b-b'; insert into jobs(job_id, name) \
          values ('b-b', 'again'); commit",
        ),
        ("a transaction that is rolled back", "begin; delete from jobs; rollback"),
        (
            "a savepoint",
            "begin; insert into jobs(job_id) values ('s1'); savepoint s; delete from jobs; rollback to s; \
          insert into jobs(job_id) values ('s2'); release s; delete from jobs where job_id = 's1'; commit",
        ),
        (
            "a transaction within another",
            "do $$ begin insert into jobs(job_id) values ('d1'); begin insert into jobs(job_id) \
          values ('d2'), ('d1'); exception when unique_violation then insert into jobs(job_id) values ('d3'); end; end $$",
        ),
        (
            "a truncation within a transaction",
            "begin; delete from jobs where job_id like 'a%'; truncate jobs; \
          insert into jobs(job_id, name) select 't' || n, 'T' from generate_series(1, 50) n; update jobs set status = 1; commit",
        ),
        ("two phases", "begin; update jobs set name = 'two' where job_id < 't2'; prepare transaction 'p1'"),
        ("a commit of two phases", "commit prepared 'p1'"),
        ("two phases that are given up", "begin; delete from jobs; prepare transaction 'p2'"),
        ("a rollback of two phases", "rollback prepared 'p2'"),
        (
            "an upsert",
            "insert into jobs(job_id, name) values ('t1', 'up'), ('u', 'up') on conflict (job_id) do update set \
          name = excluded.name",
        ),
        (
            "a merge",
            "with gone as (delete from jobs where job_id = 'u' returning name) insert into jobs(job_id, name) \
          select 'v', name from gone",
        ),
        ("a truncation", "truncate jobs"),
        ("no change", "update jobs set status = status"),
    ];
    for (what, sql) in steps {
        database.run(sql).await;
        database.assert_same(&follower, what).await;
    }
    let progress = follower.progress();
    assert_eq!((progress.hydrations, progress.resumes), (1, 0), "nothing of this needs a new fill");
    assert!(progress.transactions >= 15 && progress.changes >= 300, "{progress:?}");
    assert!(progress.commit_time.is_some() && progress.is_following() && !progress.is_stale());
    follower.shutdown().await.expect("it follows");
    let slots = format!("select count(*) from pg_replication_slots where database = '{}'", database.name);
    assert_eq!(database.text(&slots).await.as_deref(), Some("0"));
}

async fn values_of_any_form_come_by_both_ways() {
    let database = Database::new().await;
    let insert = "insert into jobs(job_id, name, template_id, create_time) values \
        (E'tab\\tnl\\ncr\\r\\\\', E'\\b\\f\\v\\\\N', E'\\\\N', '1970-01-01 00:00:00.000001+00'), \
        ('quote''\"', '🔥 综合', '\\.', '0001-01-01 00:00:00+00'), ('empty', '', '', '9999-12-31 23:59:59.999999+00')";
    database.run(insert).await;
    database.run("set timezone to 'Asia/Kolkata'; set datestyle to 'German'").await;
    let follower = database.follow().await;
    database.assert_same(&follower, "by a copy").await;
    database.run("delete from jobs").await;
    database.run(insert).await;
    database.assert_same(&follower, "by the stream").await;
    database
        .run("copy jobs(job_id, name) from program 'printf \"c1\\tone\\nc2\\t\\\\\\\\N\\nc3\\t\\\\\\\\\\\\\\\\x\\n\"'")
        .await;
    database.assert_same(&follower, "by a copy into the table").await;
    assert_eq!(follower.store().snapshot().len(), 6);
    assert_eq!(follower.progress().hydrations, 1);
}

async fn one_transaction_is_one_publish() {
    let database = Database::new().await;
    let follower = database.follow().await;
    let (before, mut feed) = (follower.store().version(), follower.store().feed_since(follower.store().version()));
    database
        .run(
            "begin; insert into jobs(job_id, name) values ('a', '1'), ('b', '1'); update jobs set name = '2'; \
              delete from jobs where job_id = 'a'; commit",
        )
        .await;
    database.run("insert into jobs(job_id) values ('c')").await;
    // An update of nothing that the record has is no change.
    database.run("alter table jobs add column other int; update jobs set other = 1").await;
    follower.caught_up(LONG).await.expect("it follows");
    assert_eq!(follower.store().version(), before + 2);
    let commits = feed.try_next().expect("history has them").expect("there are changes");
    let told: Vec<String> = commits
        .iter()
        .map(|change| match change {
            Change::Inserted(job) => format!("+{}{}", job.job_id, job.name),
            Change::Updated { after, .. } => format!("~{}{}", after.job_id, after.name),
            Change::Removed(job) => format!("-{}", job.job_id),
        })
        .collect();
    assert_eq!(told, ["+a1", "+b1", "~a2", "~b2", "-a", "+c"]);
}

async fn changes_of_partitions_come() {
    let table = "create table jobs (job_id text primary key, name text, template_type text not null default 'normal', \
        template_id text, template_name text, start_mode smallint not null default 0, status smallint not null default 0, \
        stream_input jsonb, output_stream jsonb, create_time timestamptz not null default now()) partition by hash (job_id); \
        create table jobs_0 partition of jobs for values with (modulus 2, remainder 0); \
        create table jobs_1 (template_id text, extra_gone int, job_id text primary key, name text, template_type text not null \
        default 'normal', template_name text, start_mode smallint not null default 0, status smallint not null default 0, \
        stream_input jsonb, output_stream jsonb, create_time timestamptz not null default now()); \
        alter table jobs_1 drop column extra_gone; \
        alter table jobs attach partition jobs_1 for values with (modulus 2, remainder 1); \
        insert into jobs(job_id, name) select 'a' || n, 'News' from generate_series(1, 50) n";
    let database = Database::with_table(shared(), table).await;
    let follower = database.follow().await;
    database.assert_same(&follower, "a fill from partitions").await;
    let steps = [
        ("an insert", "insert into jobs(job_id, name) select 'b' || n, 'New' from generate_series(1, 50) n"),
        ("rows that move between partitions", "update jobs set job_id = job_id || 'x'"),
        ("a change of a partition", "update jobs_1 set name = 'part'; delete from jobs_0 where job_id like 'a1%'"),
        ("a truncation of all", "truncate jobs; insert into jobs(job_id) values ('c1'), ('c2'), ('c3'), ('c4')"),
    ];
    for (what, sql) in steps {
        database.run(sql).await;
        database.assert_same(&follower, what).await;
    }
    let fills = follower.progress().hydrations;
    // The stream has neither of these.
    for (what, sql) in [
        ("a truncation of a partition", "truncate jobs_0"),
        ("a partition that goes", "alter table jobs detach partition jobs_1"),
        ("a partition that comes", "alter table jobs attach partition jobs_1 for values with (modulus 2, remainder 1)"),
    ] {
        database.run(sql).await;
        until(&follower, what, |progress| progress.hydrations > fills && progress.is_following()).await;
        tokio::time::sleep(Duration::from_millis(1500)).await;
        until(&follower, what, jobdex::follow::Progress::is_following).await;
        database.assert_same(&follower, what).await;
    }
}

async fn other_tables_do_not_matter() {
    let database = Database::new().await;
    database.run("create table others (id int primary key, job_id text); drop publication jobs_pub; create publication jobs_pub for all tables").await;
    let follower = database.follow().await;
    let version = follower.store().version();
    database
        .run("begin; insert into others select n, n from generate_series(1, 1000) n; truncate others; commit")
        .await;
    database.run("insert into jobs(job_id) values ('a'); insert into others values (1)").await;
    database.assert_same(&follower, "changes of another table").await;
    assert_eq!(follower.store().version(), version + 1);
    assert_eq!(follower.progress().transactions, 1);
}

async fn a_long_value_stays() {
    let database = Database::new().await;
    database.run("alter table jobs alter output_stream set storage external, alter name set storage external").await;
    database.run("insert into jobs(job_id, name) select 'a' || n, 'n' from generate_series(1, 3) n").await;
    let follower = database.follow().await;
    let long = "repeat(md5(job_id), 200)";
    let steps = [
        (
            "long values",
            format!(
                "update jobs set name = left({long}, 1000), output_stream = jsonb_build_object('StreamInfos', \
            jsonb_build_array(jsonb_build_object('Type', 'rtmp', 'OutputUrl', {long})))"
            ),
        ),
        ("an update beside them", "update jobs set status = 2".into()),
        ("an update of the key beside them", "update jobs set job_id = job_id || 'x'".into()),
        (
            "two updates in one transaction",
            "begin; update jobs set status = 1; update jobs set start_mode = 1; commit".into(),
        ),
        ("an update of one of them", "update jobs set name = 'short' where job_id = 'a1x'".into()),
        (
            "whole old rows",
            "alter table jobs replica identity full; update jobs set status = 0; delete from jobs where job_id = \
            'a2x'; update jobs set job_id = 'k' where job_id = 'a3x'"
                .into(),
        ),
    ];
    for (what, sql) in steps {
        database.run(&sql).await;
        database.assert_same(&follower, what).await;
    }
    let query = ListQuery::new().keyword("short");
    assert_eq!(follower.store().snapshot().list(&query).expect("valid").total_count, 1);
}

async fn a_transaction_over_the_limit_fills_anew() {
    let database = Database::new().await;
    let options = database.options().transaction_bytes_max(100_000);
    let follower: Follower<Job> = Follower::start(options).await.expect("it follows");
    database.run("insert into jobs(job_id) select 'a' || n from generate_series(1, 100) n").await;
    database.assert_same(&follower, "a small transaction").await;
    assert_eq!(follower.progress().hydrations, 1);
    let mut feed = follower.store().feed_since(follower.store().version());
    database.run("insert into jobs(job_id) select 'b' || n from generate_series(1, 3000) n").await;
    until_failed(&follower, "over the limit of 100000").await;
    database.assert_same(&follower, "a transaction over the limit").await;
    assert_eq!(follower.progress().hydrations, 2);
    let told = feed.try_next().expect("history has them").expect("there are changes");
    assert_eq!(told.iter().count(), 3000, "a fill tells of the difference alone");
}

/// Over the length that is applied on another thread.
async fn a_transaction_of_many_rows_is_applied_whole() {
    let database = Database::new().await;
    database.run("insert into jobs(job_id) select 'a' || n from generate_series(1, 20000) n").await;
    let follower = database.follow().await;
    let version = follower.store().version();
    database.run("update jobs set name = 'all'").await;
    database.assert_same(&follower, "an update of all rows").await;
    assert_eq!((follower.store().version(), follower.progress().hydrations), (version + 1, 1));
    assert_eq!(follower.progress().changes, 20_000);
}

async fn an_unreadable_row_is_waited_for() {
    let database = Database::new().await;
    database.run("insert into jobs(job_id) values ('a'), ('b')").await;
    let follower = database.follow().await;
    let old = follower.store().snapshot();
    let mut feed = follower.store().feed_since(follower.store().version());
    database.run("update jobs set status = 7 where job_id = 'b'; insert into jobs(job_id) values ('c')").await;
    let error = until_failed(&follower, "status must be").await;
    assert!(error.starts_with("row of job \"b\": status must be 0 (not started)"), "{error}");
    assert!(old.iter().eq(follower.store().snapshot().iter()), "the old state is served");
    database.run("update jobs set status = 1 where job_id = 'b'").await;
    database.assert_same(&follower, "the row is mended").await;
    let told = feed.try_next().expect("history has them").expect("there are changes");
    assert_eq!(told.iter().count(), 2);

    database.run("insert into jobs(job_id) values ('')").await;
    until_failed(&follower, "job id must be at least 1 byte long").await;
    database.run("delete from jobs where job_id = ''").await;
    database.assert_same(&follower, "the empty ID is gone").await;
    // The first start tells at once.
    database.run("insert into jobs(job_id, template_type) values ('bad', 'x')").await;
    let error = Follower::<Job>::start(database.options()).await.expect_err("a row is wrong");
    assert!(matches!(&error, FollowError::Row { job_id: Some(job_id), .. } if job_id == "bad"), "{error}");
}

async fn a_store_that_others_write_is_made_equal_again() {
    let database = Database::new().await;
    database.run("insert into jobs(job_id) values ('a'), ('b')").await;
    let follower = database.follow().await;
    let job: Arc<Job> = follower.store().snapshot().get("a").cloned().expect("it is there");
    let alien = Job { job_id: "c".into(), ..Job::clone(&job) };
    follower.store().write(|store| store.insert(alien)).expect("the ID is free");
    follower.store().write(|store| Ok::<_, ()>(store.remove("b"))).expect("no error");
    for sql in ["insert into jobs(job_id) values ('c')", "update jobs set status = 1 where job_id = 'b'"] {
        let fills = follower.progress().hydrations;
        database.run(sql).await;
        until(&follower, sql, |progress| progress.hydrations > fills && matches!(progress.state, State::Following))
            .await;
        database.assert_same(&follower, sql).await;
        follower.store().write(|store| Ok::<_, ()>(store.remove("b"))).expect("no error");
    }
}
