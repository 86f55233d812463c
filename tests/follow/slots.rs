//! Slots: what is left on the server, what is kept there, and what is lost.

use std::time::Duration;

use jobdex::Job;
use jobdex::follow::{FollowError, FollowOptions, Follower, Slot, State, Unfit, Warning};

use super::database::{Database, LONG, until};
use super::proxy::Proxy;
use super::server::Server;
use super::{Test, run};

pub(crate) const TESTS: &[Test] = &[
    ("a_named_slot_warns_unless_the_server_bounds_it", || run(a_named_slot_warns())),
    ("a_named_slot_is_for_one_follower_and_ends_with_it", || run(a_named_slot_is_for_one_follower())),
    ("a_slot_of_something_else_is_left_alone", || run(a_slot_of_something_else_is_left_alone())),
    ("a_slot_that_is_lost_fills_anew", || run(a_slot_that_is_lost_fills_anew())),
    ("a_slot_that_is_gone_fills_anew", || run(a_slot_that_is_gone_fills_anew())),
    ("a_partition_that_is_truncated_meanwhile_is_seen", || run(a_partition_that_is_truncated_meanwhile_is_seen())),
    ("more_followers_than_slots_are_told", || run(more_followers_than_slots_are_told())),
];

fn named(database: &Database, name: &str) -> FollowOptions {
    database.options().slot(Slot::Named(name.into()))
}

async fn slots(database: &Database) -> Option<String> {
    database.text("select string_agg(slot_name, ',' order by slot_name) from pg_replication_slots").await
}

async fn a_named_slot_warns() {
    for (setting, expected) in [("-1", true), ("64MB", false)] {
        let server = Server::start(&[&format!("max_slot_wal_keep_size={setting}")]);
        let database = Database::on(&server).await;
        let follower = Follower::<Job>::start(named(&database, "kept")).await.expect("it follows");
        let warning = follower.progress().warning;
        assert_eq!(warning == Some(Warning::SlotUnbounded { slot: "kept".into() }), expected);
        assert!(warning.is_none_or(|warning| warning.to_string().contains("max_slot_wal_keep_size")));
        assert_eq!(database.follow().await.progress().warning, None, "a temporary slot ends by itself");
    }
}

async fn a_named_slot_is_for_one_follower() {
    let server = Server::start(&[]);
    let database = Database::on(&server).await;
    let first = Follower::<Job>::start(named(&database, "one")).await.expect("it follows");
    let error = Follower::<Job>::start(named(&database, "one")).await.expect_err("it is taken");
    assert!(matches!(&error, FollowError::Server { sqlstate, .. } if sqlstate == "55006"), "{error}");
    database.run("insert into jobs(job_id) values ('a')").await;
    database.assert_same(&first, "the first goes on").await;
    assert_eq!(first.progress().hydrations, 1);
    first.shutdown().await.expect("it follows");
    assert_eq!(slots(&database).await, None, "it is dropped");
    // One that a killed process has left is replaced.
    database
        .run("select pg_create_logical_replication_slot('one', 'pgoutput'); insert into jobs(job_id) values ('b')")
        .await;
    let second = Follower::<Job>::start(named(&database, "one")).await.expect("it follows");
    database.assert_same(&second, "the second").await;
    // A drop without an end in order drops the slot, too.
    drop(second);
    while slots(&database).await.is_some() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn a_slot_of_something_else_is_left_alone() {
    let server = Server::start(&[]);
    let database = Database::on(&server).await;
    database.run("select pg_create_physical_replication_slot('standby')").await;
    let error = Follower::<Job>::start(named(&database, "standby")).await.expect_err("it is another's");
    let FollowError::Unfit { what: Unfit::SlotTaken { slot } } = error else { panic!("{error}") };
    assert_eq!((slot.as_str(), slots(&database).await.as_deref()), ("standby", Some("standby")));
    let error = Follower::<Job>::start(named(&database, "No Name!")).await.expect_err("the server refuses it");
    assert!(matches!(&error, FollowError::Server { sqlstate, .. } if sqlstate == "42602"), "{error}");
}

async fn a_slot_that_is_lost_fills_anew() {
    let server = Server::start(&["max_slot_wal_keep_size=16MB", "max_wal_size=32MB", "min_wal_size=32MB"]);
    let database = Database::on(&server).await;
    database.run("insert into jobs(job_id) select 'a' || n from generate_series(1, 1000) n").await;
    let proxy = Proxy::start(server.folder());
    let connection = format!("host={} user=postgres dbname={}", proxy.folder().display(), database.name);
    let options = FollowOptions::new(&connection, "jobs", "jobs_pub").slot(Slot::Named("lost".into()));
    let options = options.retry(Duration::from_millis(20), Duration::from_millis(100));
    let follower: Follower = Follower::start(options).await.expect("it follows");
    let mut feed = follower.store().feed_since(follower.store().version());
    // The follower is away, and the log grows.
    proxy.hold(true);
    database.run("select pg_terminate_backend(pid) from pg_stat_replication").await;
    database.run("create table filler (t text); update jobs set name = 'missed' where job_id like 'a1%'").await;
    while database.text("select wal_status from pg_replication_slots").await.as_deref() != Some("lost") {
        database.run("insert into filler select repeat(md5(random()::text), 100) from generate_series(1, 10000); truncate filler").await;
        database.run("select pg_switch_wal()").await;
        database.run("checkpoint").await;
    }
    proxy.hold(false);
    until(&follower, "a new fill", |progress| progress.hydrations == 2 && progress.is_following()).await;
    database.assert_same(&follower, "after the slot was lost").await;
    assert_eq!(follower.progress().resumes, 0);
    let changes = feed.try_next().expect("history has them").expect("there are changes");
    assert_eq!(changes.iter().count(), 112, "a fill tells of the difference alone");
}

/// The stream has no truncation of a single partition, and nobody asks for the definition meanwhile.
async fn a_partition_that_is_truncated_meanwhile_is_seen() {
    let server = Server::start(&[]);
    let table = format!(
        "{} partition by hash (job_id); create table jobs_0 partition of jobs for values with (modulus 2, remainder 0); \
         create table jobs_1 partition of jobs for values with (modulus 2, remainder 1); \
         insert into jobs(job_id) select 'a' || n from generate_series(1, 100) n",
        super::database::TABLE
    );
    let database = Database::with_table(&server, &table).await;
    let proxy = Proxy::start(server.folder());
    let connection = format!("host={} user=postgres dbname={}", proxy.folder().display(), database.name);
    let options = FollowOptions::new(&connection, "jobs", "jobs_pub").slot(Slot::Named("parts".into()));
    let options = options.retry(Duration::from_millis(20), Duration::from_millis(100));
    let follower: Follower = Follower::start(options).await.expect("it follows");
    proxy.hold(true);
    database.run("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'jobdex'").await;
    database.run("truncate jobs_0").await;
    proxy.hold(false);
    until(&follower, "a new fill", |progress| progress.hydrations == 2 && progress.is_following()).await;
    database.assert_same(&follower, "a partition was truncated").await;
    assert_eq!(follower.progress().resumes, 0);
}

async fn a_slot_that_is_gone_fills_anew() {
    let server = Server::start(&[]);
    let database = Database::on(&server).await;
    let follower = Follower::<Job>::start(named(&database, "gone")).await.expect("it follows");
    database
        .run("do $$ begin loop perform pg_terminate_backend(active_pid) from pg_replication_slots; begin \
              perform pg_drop_replication_slot('gone'); exit; exception when object_in_use then null; end; end loop; end $$")
        .await;
    database.run("insert into jobs(job_id) values ('a')").await;
    until(&follower, "a new fill", |progress| progress.hydrations == 2 && progress.is_following()).await;
    database.assert_same(&follower, "after the slot was dropped").await;
}

async fn more_followers_than_slots_are_told() {
    let server = Server::start(&["max_replication_slots=2"]);
    let database = Database::on(&server).await;
    let (first, second) = (database.follow().await, database.follow().await);
    let error = Follower::<Job>::start(database.options()).await.expect_err("there are two slots");
    assert!(matches!(&error, FollowError::Server { sqlstate, .. } if sqlstate == "53400"), "{error}");
    let third = Follower::<Job>::spawn(database.options());
    until(&third, "an attempt", |progress| matches!(progress.state, State::Connecting { attempt: 2.., .. })).await;
    first.shutdown().await.expect("it follows");
    third.caught_up(LONG).await.expect("there is a slot now");
    drop(second);
}
