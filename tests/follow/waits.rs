//! Reading one's own writes, the progress, and starts and ends.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::{Duration, Instant};

use jobdex::follow::{FollowError, FollowOptions, Follower, Lsn, State};
use jobdex::{Job, JobStore, ListQuery};

use super::database::{Database, LONG, until};
use super::server::Server;
use super::{Test, run};

pub(crate) const TESTS: &[Test] = &[
    ("a_write_is_read_after_caught_up", || run(a_write_is_read_after_caught_up())),
    ("a_write_is_read_after_its_position", || run(a_write_is_read_after_its_position())),
    ("a_wait_has_an_end", || run(a_wait_has_an_end())),
    ("a_follower_works_under_another_executor", a_follower_works_under_another_executor),
    ("a_follower_that_is_spawned_fills_when_it_can", || run(a_follower_that_is_spawned_fills_when_it_can())),
    ("a_connection_string_that_is_wrong_is_told", || run(a_wrong_connection_string_is_told())),
    ("a_drop_stops_a_follower", || run(a_drop_stops_a_follower())),
    ("a_start_that_is_given_up_leaves_nothing", || run(a_start_that_is_given_up_leaves_nothing())),
];

async fn a_write_is_read_after_caught_up() {
    let database = Database::new().await;
    let follower = Arc::new(database.follow().await);
    let mut writers = Vec::new();
    for writer in 0..8 {
        let (follower, client) = (Arc::clone(&follower), database.connect().await);
        writers.push(tokio::spawn(async move {
            for number in 0..25 {
                let id = format!("w{writer}-{number}");
                client.execute("insert into jobs(job_id) values ($1)", &[&id]).await.expect("the ID is new");
                follower.caught_up(LONG).await.expect("it follows");
                assert!(follower.store().snapshot().get(&id).is_some(), "{id}");
            }
        }));
    }
    for writer in writers {
        writer.await.expect("it reads its writes");
    }
}

async fn a_write_is_read_after_its_position() {
    let database = Database::new().await;
    let follower = database.follow().await;
    for number in 0..20 {
        database.run(&format!("insert into jobs(job_id) values ('p{number}')")).await;
        let position = database.text("select pg_current_wal_insert_lsn()").await.expect("a position");
        follower.reached(position.parse().expect("a position"), LONG).await.expect("it follows");
        assert!(follower.store().snapshot().get(&format!("p{number}")).is_some());
    }
    follower.reached(Lsn::from_u64(1), Duration::ZERO).await.expect("it is long past");
}

async fn a_wait_has_an_end() {
    let server = Server::start(&[]);
    let mut database = Database::on(&server).await;
    let follower = database.follow().await;
    let end_of_time = Lsn::from_u64(u64::MAX);
    let began = Instant::now();
    let error = follower.reached(end_of_time, Duration::from_millis(100)).await.expect_err("no log is so long");
    assert!(matches!(error, FollowError::TimedOut) && began.elapsed() >= Duration::from_millis(100), "{error}");
    server.stop("INT");
    let error = follower.caught_up(Duration::from_millis(100)).await.expect_err("the server is away");
    assert!(matches!(error, FollowError::TimedOut), "{error}");
    // One that is long enough outlives the break.
    let (caught_up, ()) = tokio::join!(follower.caught_up(LONG), async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        server.start_again();
    });
    caught_up.expect("the server is back");
    database.reconnect().await;
    database.run("insert into jobs(job_id) values ('a')").await;
    database.assert_same(&follower, "after a stop").await;
    // And one that waits when the follower stops is told so.
    let store = follower.store().clone();
    follower.shutdown().await.expect("it follows");
    assert_eq!(store.snapshot().len(), 1, "the store stays readable");
}

/// Runs a future without any runtime.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let (mut context, mut future) = (Context::from_waker(&waker), pin!(future));
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::park(),
        }
    }
}

fn a_follower_works_under_another_executor() {
    let (sender, receiver) = std::sync::mpsc::channel();
    let (done, over) = std::sync::mpsc::channel::<()>();
    let thread = std::thread::spawn(move || {
        run(async move {
            let database = Database::new().await;
            database.run("insert into jobs(job_id) values ('a')").await;
            sender.send(database.options()).expect("the test waits");
            over.recv().expect("the test says when");
        });
    });
    let options = receiver.recv().expect("there is a database");
    let follower: Follower = block_on(Follower::start(options)).expect("it follows");
    block_on(follower.caught_up(LONG)).expect("it follows");
    assert_eq!(follower.store().snapshot().len(), 1);
    let error = block_on(follower.reached(Lsn::from_u64(u64::MAX), Duration::from_millis(20)));
    assert!(matches!(error, Err(FollowError::TimedOut)));
    let store = block_on(follower.shutdown()).expect("it follows");
    assert_eq!(store.snapshot().list(&ListQuery::new()).expect("valid").total_count, 1);
    done.send(()).expect("the database waits");
    thread.join().expect("it has no errors");
}

async fn a_follower_that_is_spawned_fills_when_it_can() {
    let server = Server::start(&[]);
    let mut database = Database::on(&server).await;
    database.run("insert into jobs(job_id) values ('a')").await;
    server.stop("INT");
    let mut follower: Follower = Follower::spawn_into(JobStore::new().with_page_size_max(7), database.options());
    let progress = until(
        &follower,
        "an attempt",
        |progress| matches!(&progress.state, State::Connecting { attempt, last_error: Some(FollowError::Io(_)) } if *attempt > 2),
    );
    let progress = progress.await;
    assert!(progress.is_stale() && progress.behind().is_none() && follower.store().snapshot().is_empty());
    server.start_again();
    database.reconnect().await;
    loop {
        let progress = tokio::time::timeout(LONG, follower.progress_changed()).await.expect("it goes on");
        if progress.is_following() && !progress.is_stale() {
            break;
        }
    }
    assert!(follower.store().snapshot().get("a").is_some());
    assert!(
        follower.store().snapshot().list(&ListQuery::new().page_size(8)).is_err(),
        "the settings of the store stay"
    );
    let reader = follower.progress_reader();
    follower.shutdown().await.expect("it follows");
    assert!(matches!(reader.get().state, State::Stopped(FollowError::Stopped)));
}

async fn a_wrong_connection_string_is_told() {
    let options = || FollowOptions::new("host=/nowhere", "jobs", "jobs_pub");
    let error = Follower::<Job>::start(options()).await.expect_err("there is no user");
    assert_eq!(error.to_string(), "connection string must be a libpq URL or keywords: user must be given");
    let spawned = Follower::<Job>::spawn(options());
    assert!(matches!(spawned.progress().state, State::Stopped(FollowError::Connection { .. })));
    assert!(matches!(spawned.caught_up(LONG).await, Err(FollowError::Connection { .. })));
    assert!(matches!(spawned.shutdown().await, Err(FollowError::Connection { .. })));
}

async fn slots_of(database: &Database) -> String {
    let sql = format!("select count(*) from pg_replication_slots where database = '{}'", database.name);
    database.text(&sql).await.expect("a number")
}

async fn until_no_slots(database: &Database) {
    let end = Instant::now() + LONG;
    while slots_of(database).await != "0" {
        assert!(Instant::now() < end, "slots are left");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn a_drop_stops_a_follower() {
    let database = Database::new().await;
    let follower = database.follow().await;
    let store = follower.store().clone();
    let reader = follower.progress_reader();
    assert_eq!(slots_of(&database).await, "1");
    drop(follower);
    until_no_slots(&database).await;
    while !matches!(reader.get().state, State::Stopped(_)) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(store.snapshot().is_empty());
}

async fn a_start_that_is_given_up_leaves_nothing() {
    let database = Database::new().await;
    let other = database.connect().await;
    // A transaction that runs holds up a new slot.
    other.batch_execute("begin; insert into jobs(job_id) values ('a')").await.expect("the ID is new");
    let start = Follower::<Job>::start(database.options());
    assert!(tokio::time::timeout(Duration::from_millis(300), start).await.is_err(), "it waits for the transaction");
    other.batch_execute("commit").await.expect("it is open");
    until_no_slots(&database).await;
}
