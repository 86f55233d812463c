//! The primary dies and its standby is promoted. The follower goes on there, and its feeds see only what differs.

use std::time::{Duration, Instant};

use jobdex::Job;
use jobdex::follow::{FollowOptions, Follower, Progress, Slot};

use super::database::{Database, LONG, until, until_failed};
use super::server::Server;
use super::told::Told;
use super::{Test, run};

pub(crate) const TESTS: &[Test] = &[
    ("a_promoted_standby_is_followed", || run(a_promoted_standby_is_followed(Slot::Temporary))),
    ("a_promoted_standby_is_followed_under_a_named_slot", || {
        run(a_promoted_standby_is_followed(Slot::Named("promoted".into())));
    }),
    ("what_the_standby_never_got_is_gone_after_its_promotion", || {
        run(what_the_standby_never_got_is_gone());
    }),
];

/// A primary, its standby, and a follower that knows both.
struct Pair {
    primary: Server,
    standby: Server,
    database: Database,
    follower: Follower<Job>,
}

impl Pair {
    async fn new(slot: Slot) -> Self {
        let primary = Server::start(&[]);
        let database = Database::on(&primary).await;
        database.run("insert into jobs(job_id, status) select 'a' || n, n % 3 from generate_series(1, 300) n").await;
        let standby = Server::standby_of(&primary);
        let [first, second] = [&primary, &standby].map(|server| server.folder().display().to_string());
        let connection = format!("host={first},{second} user=postgres dbname={}", database.name);
        let options = FollowOptions::new(&connection, "jobs", "jobs_pub")
            .retry(Duration::from_millis(20), Duration::from_millis(100))
            .slot(slot);
        let follower = Follower::start(options).await.expect("it follows");
        Self { primary, standby, database, follower }
    }

    /// Waits until the standby has everything.
    async fn wait_for_standby(&self) {
        let position = self.database.text("select pg_current_wal_lsn()").await.expect("a position");
        let standby = Database::again(&self.standby, &self.database.name).await;
        let sql = format!("select 1 where pg_last_wal_replay_lsn() >= '{position}'");
        let end = Instant::now() + LONG;
        while standby.text(&sql).await.is_none() {
            assert!(Instant::now() < end, "the standby follows its primary");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// The primary dies. While the standby is only that, the old state is served; then it is promoted and followed.
    async fn fail_over(&mut self) {
        let held = self.follower.store().snapshot();
        self.primary.kill();
        until_failed(&self.follower, "got a standby").await;
        assert!(self.follower.store().snapshot().iter().eq(held.iter()), "the old state is served");
        self.database = Database::again(&self.standby, &self.database.name).await;
        assert_eq!(self.database.text("select pg_promote()").await.as_deref(), Some("t"));
        until(&self.follower, "the promoted standby", |progress| progress.hydrations == 2 && progress.is_following())
            .await;
    }
}

async fn a_promoted_standby_is_followed(slot: Slot) {
    let mut pair = Pair::new(slot).await;
    pair.database.run("update jobs set name = 'renamed' where job_id like 'a1%'").await;
    pair.database.assert_same(&pair.follower, "before").await;
    let mut told = Told::new(&pair.follower);
    pair.wait_for_standby().await;
    pair.fail_over().await;
    pair.database.assert_same(&pair.follower, "after the promotion").await;
    assert_eq!(told.check(&pair.follower, "the promotion"), 0, "a fill that finds the same rows tells of nothing");
    pair.database.run("update jobs set status = 2 where job_id = 'a7'; delete from jobs where job_id = 'a8'").await;
    pair.database.assert_same(&pair.follower, "writes on the promoted server").await;
    assert_eq!(told.check(&pair.follower, "writes on the promoted server"), 2);
    until(&pair.follower, "it follows", Progress::is_following).await;
}

/// A standby that lags loses the last writes of its primary. The follower had them, and takes them back.
async fn what_the_standby_never_got_is_gone() {
    let mut pair = Pair::new(Slot::Temporary).await;
    pair.wait_for_standby().await;
    // The standby stops to follow: these writes reach the follower, and not the standby.
    pair.standby.stop("INT");
    pair.database
        .run("insert into jobs(job_id) values ('lost'); update jobs set name = 'lost' where job_id = 'a1'")
        .await;
    pair.database.assert_same(&pair.follower, "before").await;
    assert!(pair.follower.store().snapshot().get("lost").is_some());
    let mut told = Told::new(&pair.follower);
    pair.primary.kill();
    pair.standby.start_again();
    pair.fail_over().await;
    pair.database.assert_same(&pair.follower, "after the promotion").await;
    assert!(pair.follower.store().snapshot().get("lost").is_none(), "the server has never had it");
    assert_eq!(told.check(&pair.follower, "the promotion"), 2, "one job is gone, and one has its old name");
}
