//! The checks of a server: each names the statement that mends it, and the statement does.

use jobdex::Job;
use jobdex::follow::{FollowError, FollowOptions, Follower, Unfit};

use super::database::Database;
use super::server::{Server, shared};
use super::{Test, run};

pub(crate) const TESTS: &[Test] = &[
    ("each_lack_is_mended_by_its_statement", || run(each_lack_is_mended_by_its_statement())),
    ("a_lack_that_no_statement_mends_is_told", || run(a_lack_that_no_statement_mends_is_told())),
    ("a_server_with_too_little_log_is_told", || run(a_server_with_too_little_log_is_told())),
    ("names_of_any_form_are_found", || run(names_of_any_form_are_found())),
];

fn unfit(error: FollowError) -> Unfit {
    match error {
        FollowError::Unfit { what } => what,
        other => panic!("{other:?}"),
    }
}

async fn each_lack_is_mended_by_its_statement() {
    let role = "create role limited login replication; grant select on jobs to limited";
    // A statement that breaks the preparation, the user, and the beginning of the error.
    let cases = [
        ("drop publication jobs_pub", "postgres", "no publication has the name \"jobs_pub\"; run create publication"),
        (
            "alter publication jobs_pub drop table jobs",
            "postgres",
            "publication \"jobs_pub\" does not publish the table public.jobs",
        ),
        (
            "alter publication jobs_pub set (publish = 'insert, delete')",
            "postgres",
            "publication \"jobs_pub\" must publish insert, update, delete, truncate, got insert, delete; run alter publication",
        ),
        (
            "alter table jobs drop column template_id",
            "postgres",
            "table public.jobs must have the column \"template_id\"",
        ),
        (
            "alter table jobs drop column name; alter table jobs add column name text generated always as (job_id) stored",
            "postgres",
            "column \"name\" of table public.jobs is generated",
        ),
        (
            "alter publication jobs_pub set table jobs (job_id, status)",
            "postgres",
            "publication \"jobs_pub\" leaves out the column \"create_time\" of table public.jobs",
        ),
        (
            "alter table jobs replica identity nothing",
            "postgres",
            "replica identity of table public.jobs must have the column \"job_id\", got one of nothing without it",
        ),
        ("alter table jobs drop constraint jobs_pkey", "postgres", "replica identity of table public.jobs must have"),
        (
            "create unique index i on jobs(create_time); alter table jobs replica identity using index i",
            "postgres",
            "replica identity of table public.jobs must have the column \"job_id\", got one of index without it",
        ),
        ("drop table jobs; create unlogged table jobs (job_id text)", "postgres", "public.jobs must be a logged table"),
        (
            "alter role limited noreplication",
            "limited",
            "role \"limited\" must have the attribute REPLICATION; run alter role",
        ),
        (
            "revoke select on jobs from limited",
            "limited",
            "role \"limited\" must have the privilege to select the column \"job_id\"",
        ),
        (
            "alter table jobs enable row level security",
            "limited",
            "policies of the table hide rows from the role \"limited\"",
        ),
    ];
    let server = Server::start(&[]);
    for (at, (breaking, user, text)) in cases.into_iter().enumerate() {
        let database = Database::on(&server).await;
        database.run(&role.replace("limited", &format!("limited{at}"))).await;
        let own = |text: &str| text.replace("limited", &format!("limited{at}"));
        database.run(&own(breaking)).await;
        let connection = database.connection().replace("user=postgres", &format!("user={}", own(user)));
        let options = || FollowOptions::new(&connection, "jobs", "jobs_pub");
        let error = Follower::<Job>::start(options()).await.expect_err(breaking);
        assert!(error.to_string().starts_with(&own(text)), "{breaking}: {error}");
        let what = unfit(error);
        let statement = what.statement().unwrap_or_else(|| panic!("{breaking}: a statement mends it"));
        assert!(what.to_string().contains(&statement), "the error says the statement");
        database.run(&statement).await;
        // The table is another one in some cases; then the next lack is told, and this one no more.
        match Follower::<Job>::start(options()).await {
            Ok(follower) => drop(follower.shutdown().await.expect("it follows")),
            Err(error) => assert_ne!(unfit(error), what, "{breaking}: mended by {statement}"),
        }
    }
}

async fn a_lack_that_no_statement_mends_is_told() {
    let database = Database::new().await;
    database.run("create view seen as select * from jobs; create materialized view kept as select * from jobs").await;
    for (table, text) in [
        ("nowhere", "no table has the name nowhere; create it"),
        ("seen", "public.seen must be a logged table, got a view"),
        ("kept", "public.kept must be a logged table, got a view"),
    ] {
        let options = FollowOptions::new(&database.connection(), table, "jobs_pub");
        let error = Follower::<Job>::start(options).await.expect_err(table);
        assert_eq!(error.to_string(), text);
        assert_eq!(unfit(error).statement(), None);
    }
    database
        .run(
            "create table parts (like jobs including all) partition by hash (job_id); \
        create table parts_0 partition of parts for values with (modulus 1, remainder 0); \
        create publication parts_pub for table parts",
        )
        .await;
    let error = Follower::<Job>::start(FollowOptions::new(&database.connection(), "parts", "parts_pub")).await;
    let what = unfit(error.expect_err("partitions are published one by one"));
    assert!(matches!(what, Unfit::Partitions { .. }));
    database.run(&what.statement().expect("a statement mends it")).await;
    let follower = Follower::<Job>::start(FollowOptions::new(&database.connection(), "parts", "parts_pub")).await;
    drop(follower.expect("it is mended").shutdown().await);
    database.run("alter table parts_0 replica identity nothing").await;
    let error = Follower::<Job>::start(FollowOptions::new(&database.connection(), "parts", "parts_pub")).await;
    assert!(error.expect_err("a partition has none").to_string().contains("replica identity of table public.parts_0"));
}

async fn a_server_with_too_little_log_is_told() {
    let server = Server::start(&["wal_level=replica"]);
    let database = Database::on(&server).await;
    let error = Follower::<Job>::start(database.options()).await.expect_err("the log is too short");
    assert_eq!(
        error.to_string(),
        "wal_level must be logical, got replica; run alter system set wal_level = 'logical'; and restart the server"
    );
}

async fn names_of_any_form_are_found() {
    let database = Database::empty(shared()).await;
    database
        .run("create schema \"My \"\"Schema\"; create table \"My \"\"Schema\".\"it's Jobs\" (job_id text primary key, name text, \
              template_type text not null default 'normal', template_id text, template_name text, start_mode smallint default 0, \
              status smallint default 0, stream_input jsonb, output_stream jsonb, create_time timestamptz default now()); \
              create publication \"Pub's \"\"1\" for table \"My \"\"Schema\".\"it's Jobs\"; \
              insert into \"My \"\"Schema\".\"it's Jobs\"(job_id) values ('a')")
        .await;
    let table = "\"My \"\"Schema\".\"it's Jobs\"";
    let options = FollowOptions::new(&database.connection(), table, "Pub's \"1");
    let follower: Follower = Follower::start(options).await.unwrap_or_else(|error| panic!("{error}"));
    database.run(&format!("insert into {table}(job_id) values ('b')")).await;
    follower.caught_up(super::database::LONG).await.expect("it follows");
    assert_eq!(follower.store().snapshot().len(), 2);
}
