//! Connections that are cut, held up and ended, at any byte.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jobdex::follow::{FollowOptions, Follower, Slot, State};
use jobdex::{Job, Snapshot};

use super::database::{Database, LONG, until};
use super::proxy::Proxy;
use super::random::Random;
use super::server::{Server, shared};
use super::{Test, rounds, run};

pub(crate) const TESTS: &[Test] = &[
    ("a_session_that_is_ended_is_made_good", || run(a_session_that_is_ended_is_made_good())),
    ("no_cut_at_any_byte_leaves_half_a_transaction", || run(no_cut_leaves_half(Slot::Temporary))),
    ("no_cut_at_any_byte_leaves_half_under_a_named_slot", || {
        run(no_cut_leaves_half(Slot::Named("cut_at_any_byte".into())));
    }),
    ("a_silent_connection_is_stale_and_told", || run(a_silent_connection_is_stale_and_told())),
    ("a_follower_that_is_held_up_is_given_up_by_its_server", || run(a_follower_that_is_held_up_is_given_up())),
    ("an_orderly_stop_of_the_server_is_a_break", || run(an_orderly_stop_of_the_server_is_a_break())),
    ("a_second_host_takes_over", || run(a_second_host_is_found())),
];

/// Options through a proxy.
fn through(proxy: &Proxy, database: &Database) -> FollowOptions {
    let connection = format!("host={} user=postgres dbname={}", proxy.folder().display(), database.name);
    FollowOptions::new(&connection, "jobs", "jobs_pub").retry(Duration::from_millis(5), Duration::from_millis(50))
}

async fn a_session_that_is_ended_is_made_good() {
    let database = Database::new().await;
    database.run("insert into jobs(job_id) select 'a' || n from generate_series(1, 100) n").await;
    let temporary = database.follow().await;
    let named = Follower::<Job>::start(database.options().slot(Slot::Named("ended".into()))).await.expect("it follows");
    let mut feed = named.store().feed_since(named.store().version());
    for round in 1..=3 {
        let end = format!(
            "select count(pg_terminate_backend(pid)) from pg_stat_replication where application_name = 'jobdex' \
            and pid in (select active_pid from pg_replication_slots where database = '{}')",
            database.name
        );
        assert_eq!(database.text(&end).await.as_deref(), Some("2"));
        database.run(&format!("update jobs set name = 'round {round}' where job_id like '%{round}'")).await;
        database.assert_same(&temporary, "a temporary slot").await;
        database.assert_same(&named, "a named slot").await;
        until(&named, "resumed", jobdex::follow::Progress::is_following).await;
    }
    // And the plain connection beside the stream.
    database
        .run(&format!(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = '{}' and application_name = \
        'jobdex' and backend_type = 'client backend'",
            database.name
        ))
        .await;
    database.assert_same(&named, "a new plain connection").await;
    assert_eq!((temporary.progress().hydrations, temporary.progress().resumes), (4, 0));
    assert_eq!((named.progress().hydrations, named.progress().resumes), (1, 3));
    let changes = feed.try_next().expect("history has them").expect("there are changes");
    assert_eq!(changes.iter().count(), 10 + 10 + 10, "each change is told once");
}

/// Each transaction writes one number to all three jobs.
fn assert_whole(snapshot: &Snapshot<Job>) {
    let names: Vec<&str> = snapshot.iter().map(|job| job.name.as_str()).collect();
    assert!(names.windows(2).all(|pair| pair[0] == pair[1]), "half a transaction: {names:?}");
}

async fn no_cut_leaves_half(slot: Slot) {
    let database = Database::new().await;
    database.run("insert into jobs(job_id, name) values ('a', '0'), ('b', '0'), ('c', '0')").await;
    let proxy = Proxy::start(shared().folder());
    let follower: Arc<Follower> =
        Arc::new(Follower::start(through(&proxy, &database).slot(slot)).await.expect("it follows"));
    let is_over = Arc::new(AtomicBool::new(false));
    let watcher = {
        let (mut reader, is_over) = (follower.store().reader(), Arc::clone(&is_over));
        std::thread::spawn(move || {
            let mut versions = 0;
            while !is_over.load(Ordering::Acquire) {
                assert_whole(reader.snapshot());
                versions = versions.max(reader.snapshot().version());
                std::thread::sleep(Duration::from_micros(200));
            }
            versions
        })
    };
    let mut random = Random::new(11);
    for round in 0..rounds("JOBDEX_FOLLOW_CUTS", 60) {
        let cuts = proxy.cuts();
        proxy.cut_after(i64::try_from(random.below(3000)).expect("a small number"));
        for number in 0..5 {
            let filler = "x".repeat(random.below(200));
            database.run(&format!("update jobs set name = '{round}-{number}-{filler}'")).await;
        }
        // The bytes may end within the next session, too.
        if random.chance(50) {
            proxy.cut_after(i64::try_from(random.below(2000)).expect("a small number"));
        }
        database.assert_same(&follower, &format!("round {round}, {} cuts", proxy.cuts() - cuts)).await;
    }
    assert!(proxy.cuts() > 0);
    is_over.store(true, Ordering::Release);
    assert!(watcher.join().expect("no half was seen") > 0);
}

async fn a_silent_connection_is_stale_and_told() {
    let database = Database::new().await;
    let proxy = Proxy::start(shared().folder());
    let options = through(&proxy, &database).stale_after(Duration::from_millis(2500));
    let follower: Follower = Follower::start(options).await.expect("it follows");
    let fresh = until(&follower, "fresh", |progress| !progress.is_stale()).await;
    assert!(fresh.behind().is_some_and(|behind| behind < Duration::from_millis(2500)));
    proxy.hold(true);
    database.run("insert into jobs(job_id) values ('unheard')").await;
    let stale = until(&follower, "stale", jobdex::follow::Progress::is_stale).await;
    assert!(stale.heard.is_some_and(|heard| heard.elapsed() > Duration::from_secs(1)));
    assert!(follower.store().snapshot().is_empty(), "the old state is served");
    proxy.hold(false);
    until(&follower, "fresh again", |progress| !progress.is_stale()).await;
    database.assert_same(&follower, "after the silence").await;
    assert_eq!(follower.progress().hydrations, 1, "nothing was lost");
}

async fn a_follower_that_is_held_up_is_given_up() {
    let server = Server::start(&["wal_sender_timeout=2s"]);
    let database = Database::on(&server).await;
    let proxy = Proxy::start(server.folder());
    let follower: Follower = Follower::start(through(&proxy, &database)).await.expect("it follows");
    proxy.hold(true);
    let slots = async || database.text("select count(*) from pg_replication_slots").await;
    while slots().await.as_deref() != Some("0") {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    database.run("insert into jobs(job_id) values ('a')").await;
    proxy.hold(false);
    database.assert_same(&follower, "after it was given up").await;
    assert_eq!(follower.progress().hydrations, 2);
}

async fn an_orderly_stop_of_the_server_is_a_break() {
    let server = Server::start(&[]);
    let mut database = Database::on(&server).await;
    let named =
        Follower::<Job>::start(database.options().slot(Slot::Named("stopped".into()))).await.expect("it follows");
    let temporary = database.follow().await;
    database.run("insert into jobs(job_id) select 'a' || n from generate_series(1, 100) n").await;
    database.assert_same(&named, "before").await;
    database.run("update jobs set status = 1").await;
    server.stop("INT");
    for follower in [&named, &temporary] {
        until(follower, "a break", |progress| matches!(progress.state, State::Connecting { .. })).await;
        assert_eq!(follower.store().snapshot().len(), 100, "the old state is served");
    }
    server.start_again();
    database.reconnect().await;
    database.run("delete from jobs where job_id like 'a1%'").await;
    database.assert_same(&temporary, "a temporary slot").await;
    database.assert_same(&named, "a named slot").await;
    assert_eq!((named.progress().hydrations, named.progress().resumes), (1, 1));
}

/// Of two hosts the one that answers is taken, and a server that is another one is filled from.
async fn a_second_host_is_found() {
    let (first, second) = (Server::start(&[]), Server::start(&[]));
    let database = Database::on(&first).await;
    database.run("insert into jobs(job_id) values ('a'), ('b')").await;
    // The name of a database is the same on both.
    let other = Database::empty(&second).await;
    other.run(&format!("create database {}", database.name)).await;
    let client = super::database::connect(second.folder(), 5432, &database.name).await;
    client.batch_execute(super::database::TABLE).await.expect("it is empty");
    client
        .batch_execute("create publication jobs_pub for table jobs; insert into jobs(job_id) values ('b'), ('c')")
        .await
        .expect("it is empty");
    let connection = format!(
        "host={},{} user=postgres dbname={}",
        first.folder().display(),
        second.folder().display(),
        database.name
    );
    let options = FollowOptions::new(&connection, "jobs", "jobs_pub")
        .retry(Duration::from_millis(20), Duration::from_millis(100));
    let follower: Follower = Follower::start(options.slot(Slot::Named("moves".into()))).await.expect("it follows");
    let mut feed = follower.store().feed_since(follower.store().version());
    assert!(follower.store().snapshot().get("a").is_some());
    first.kill();
    until(&follower, "the second host", |progress| progress.hydrations == 2 && progress.is_following()).await;
    follower.caught_up(LONG).await.expect("it follows");
    let ids: Vec<String> = follower.store().snapshot().iter().map(|job| job.job_id.clone()).collect();
    assert_eq!(ids, ["b", "c"]);
    assert_eq!(feed.try_next().expect("history has them").expect("there are changes").iter().count(), 2);
    client.batch_execute("delete from jobs").await.expect("it runs");
    follower.caught_up(LONG).await.expect("it follows");
    assert!(follower.store().snapshot().is_empty());
}
