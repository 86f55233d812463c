//! Random scripts of SQL: after each, the store equals the table, and so does a replica that follows the store's feed.

use jobdex::JobStore;
use jobdex::follow::Follower;

use super::database::Database;
use super::random::Random;
use super::script::script;
use super::server::shared;
use super::{Test, rounds, run};

pub(crate) const TESTS: &[Test] = &[
    ("random_scripts_leave_the_store_as_the_table", || run(random_scripts("", 1))),
    ("random_scripts_over_whole_old_rows", || run(random_scripts("alter table jobs replica identity full", 2))),
    ("random_scripts_over_an_index_as_identity", || {
        run(random_scripts(
            "create unique index ids on jobs(job_id); alter table jobs replica identity using index ids",
            3,
        ));
    }),
    ("random_scripts_over_partitions", || run(random_scripts_over_partitions())),
];

/// The scripts of all tests here together.
fn rounds_each() -> usize {
    rounds("JOBDEX_FOLLOW_SCRIPTS", 500).div_ceil(TESTS.len())
}

async fn random_scripts(prepare: &str, seed: u64) {
    let database = Database::new().await;
    if !prepare.is_empty() {
        database.run(prepare).await;
    }
    let follower = compare_after_each_script(&database, seed).await;
    assert_eq!(follower.progress().hydrations, 1, "all changes came by the stream");
}

async fn random_scripts_over_partitions() {
    let table = "create table jobs (job_id text primary key, name text, template_type text not null default 'normal', \
        template_id text not null default '', template_name text not null default '', start_mode smallint not null default 0, \
        status smallint not null default 0, stream_input jsonb not null default '{}', output_stream jsonb not null default '{}', \
        create_time timestamptz not null default '2022-07-20 02:48:58+00') partition by range (job_id); \
        create table jobs_low partition of jobs for values from (minvalue) to ('k13'); \
        create table jobs_mid partition of jobs for values from ('k13') to ('k27'); \
        create table jobs_high partition of jobs for values from ('k27') to (maxvalue)";
    let database = Database::with_table(shared(), table).await;
    compare_after_each_script(&database, 4).await;
}

async fn compare_after_each_script(database: &Database, seed: u64) -> Follower {
    let mut random = Random::new(seed);
    let follower = Follower::start(database.options().history(1 << 20)).await.expect("it follows");
    let mut replica = JobStore::from(follower.store().snapshot());
    let mut version = follower.store().version();
    for round in 0..rounds_each() {
        let script = script(&mut random, &database.name);
        for statement in &script {
            database.run(statement).await;
        }
        database.assert_same(&follower, &format!("seed {seed}, round {round}: {script:#?}")).await;
        let changes = follower.store().changes_since(version).expect("history is long");
        version = changes.version();
        for change in changes {
            replica.apply(&change).expect("changes follow each other");
        }
        assert!(replica.iter().eq(follower.store().snapshot().iter()), "the feed has all changes");
    }
    follower
}
