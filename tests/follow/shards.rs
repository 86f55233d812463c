//! Shards: a row filter of the publication gives each process a part of the table.

use jobdex::follow::{FollowOptions, Follower};

use super::database::{Database, LONG};
use super::random::Random;
use super::script::script;
use super::{Test, rounds, run};

pub(crate) const TESTS: &[Test] = &[
    ("rows_that_cross_the_border_of_a_shard_come_and_go", || run(rows_that_cross_the_border_come_and_go())),
    ("a_filter_over_another_column_needs_whole_old_rows", || run(a_filter_over_another_column())),
];

async fn shard(database: &Database, name: &str, condition: &str) -> Follower {
    database.run(&format!("create publication {name} for table jobs where ({condition})")).await;
    let options = FollowOptions::new(&database.connection(), "jobs", name);
    Follower::start(options).await.unwrap_or_else(|error| panic!("{error}"))
}

/// Row filters came with `PostgreSQL` 15.
async fn has_filters(database: &Database) -> bool {
    let version = database.text("show server_version_num").await.and_then(|text| text.parse().ok());
    version.is_some_and(|version: u32| version >= 150_000)
}

async fn assert_shard(database: &Database, shard: &Follower, condition: &str, what: &str) {
    shard.caught_up(LONG).await.expect("it follows");
    database.assert_equal(&shard.store().snapshot(), condition, what).await;
}

async fn rows_that_cross_the_border_come_and_go() {
    let database = Database::new().await;
    if !has_filters(&database).await {
        return;
    }
    database.run("insert into jobs(job_id) select 'k' || lpad(n::text, 2, '0') from generate_series(0, 39) n").await;
    let (low, high) = ("job_id < 'k20'", "job_id >= 'k20'");
    let shards = [(low, shard(&database, "low_pub", low).await), (high, shard(&database, "high_pub", high).await)];
    let mut random = Random::new(21);
    for round in 0..rounds("JOBDEX_FOLLOW_SHARDS", 60) {
        let script = script(&mut random, &database.name);
        for statement in &script {
            database.run(statement).await;
        }
        for (condition, shard) in &shards {
            assert_shard(&database, shard, condition, &format!("round {round}, {condition}: {script:#?}")).await;
        }
    }
    for (condition, shard) in &shards {
        assert!(shard.progress().changes > 0, "{condition}");
    }
}

async fn a_filter_over_another_column() {
    let database = Database::new().await;
    if !has_filters(&database).await {
        return;
    }
    // A long value that an update leaves alone, in a row that enters the shard, is sent only with whole old rows.
    database.run("alter table jobs replica identity full; alter table jobs alter name set storage external").await;
    database
        .run("insert into jobs(job_id, name, status) select 'k' || n, left(repeat(md5(n::text), 40), 1000), n % 3 from generate_series(0, 39) n")
        .await;
    let running = shard(&database, "running_pub", "status = 1").await;
    for (what, sql) in [
        ("rows come", "update jobs set status = 1 where job_id < 'k2'"),
        ("rows go", "update jobs set status = 2 where job_id < 'k15'"),
        ("rows come under another key", "update jobs set status = 1, job_id = job_id || 'x' where status = 0"),
        ("rows change", "update jobs set name = 'short' where job_id like '%3%'"),
        ("rows go for good", "delete from jobs where job_id like '%1%'"),
    ] {
        database.run(sql).await;
        assert_shard(&database, &running, "status = 1", what).await;
    }
    assert_eq!(running.progress().hydrations, 1);
}
