//! Changes of the table's definition and of the publication, which the stream does not tell of.

use std::time::Duration;

use jobdex::follow::State;

use super::database::{Database, until, until_failed};
use super::{Test, run};

pub(crate) const TESTS: &[Test] = &[
    ("changes_that_do_not_matter_do_not_break", || run(changes_that_do_not_matter())),
    ("a_definition_that_no_longer_fits_is_told_and_mended", || run(a_definition_that_no_longer_fits())),
    ("a_definition_that_still_fits_fills_anew", || run(a_definition_that_still_fits())),
];

async fn changes_that_do_not_matter() {
    let database = Database::new().await;
    database.run("insert into jobs(job_id) select 'a' || n from generate_series(1, 50) n").await;
    let follower = database.follow().await;
    for sql in [
        "alter table jobs add column extra int default 5",
        "alter table jobs add column random float default random()",
        "update jobs set extra = 1",
        "alter table jobs drop column extra",
        "create index on jobs(status)",
        "analyze jobs",
        "vacuum full jobs",
        "alter table jobs add check (status < 9)",
        "create table elsewhere (a int)",
    ] {
        database.run(sql).await;
        database.run("update jobs set status = 1 - status").await;
        database.assert_same(&follower, sql).await;
    }
    tokio::time::sleep(Duration::from_millis(2500)).await;
    database.assert_same(&follower, "later").await;
    assert_eq!(follower.progress().hydrations, 1);
}

async fn a_definition_that_no_longer_fits() {
    let database = Database::new().await;
    database.run("insert into jobs(job_id) select 'a' || n from generate_series(1, 50) n").await;
    let follower = database.follow().await;
    // A breaking statement, the error that is told, and the mending statement.
    let cases = [
        (
            "alter table jobs rename column template_name to tn",
            "must have the column \"template_name\"",
            "alter table jobs rename column tn to template_name",
        ),
        (
            "alter table jobs drop column template_id",
            "must have the column \"template_id\"",
            "alter table jobs add column template_id text not null default 'new'",
        ),
        ("drop publication jobs_pub", "no publication has the name", "create publication jobs_pub for table jobs"),
        (
            "alter publication jobs_pub drop table jobs",
            "does not publish the table",
            "alter publication jobs_pub add table jobs",
        ),
        (
            "alter publication jobs_pub set (publish = 'insert')",
            "must publish insert, update",
            "alter publication jobs_pub set (publish = 'insert, update, delete, truncate')",
        ),
        ("alter table jobs replica identity nothing", "replica identity", "alter table jobs replica identity default"),
        ("alter table jobs rename to old_jobs", "no table has the name", "alter table old_jobs rename to jobs"),
        (
            "alter table jobs alter status drop default, alter status type text using 'x' || status",
            "status must be",
            "alter table jobs alter status type smallint using substr(status, 2)::smallint",
        ),
    ];
    for (breaking, text, mending) in cases {
        let (old, fills) = (follower.store().snapshot(), follower.progress().hydrations);
        database.run(breaking).await;
        until_failed(&follower, text).await;
        assert!(old.iter().eq(follower.store().snapshot().iter()), "{breaking}: the old state is served");
        // A change that no stream tells of.
        if !breaking.contains("replica identity") && !breaking.contains("rename to") && !breaking.contains("status") {
            database
                .run("update jobs set name = coalesce(name, '') || 'x'; delete from jobs where job_id = 'a1'")
                .await;
        }
        database.run(mending).await;
        until(&follower, mending, |progress| progress.hydrations > fills && progress.is_following()).await;
        database.assert_same(&follower, mending).await;
    }
}

async fn a_definition_that_still_fits() {
    let database = Database::new().await;
    database.run("insert into jobs(job_id, status) select 'a' || n, n % 3 from generate_series(1, 50) n").await;
    let follower = database.follow().await;
    for sql in [
        // The rows are written anew, and no change is streamed.
        "alter table jobs alter status type smallint using (status + 1) % 3",
        "alter table jobs alter status type int using 2 - status",
        "alter table jobs alter name type varchar(50) using 'named'",
        // Not published for a moment.
        "alter publication jobs_pub drop table jobs; update jobs set name = 'unseen'; alter publication jobs_pub add table jobs",
        "drop publication jobs_pub; delete from jobs where status = 1; create publication jobs_pub for table jobs",
        // Another table of the same name.
        "alter table jobs rename to old; create table jobs (like old including all); alter publication jobs_pub add table jobs; \
         insert into jobs select * from old where status = 2",
    ] {
        let fills = follower.progress().hydrations;
        database.run(sql).await;
        until(&follower, sql, |progress| progress.hydrations > fills && matches!(progress.state, State::Following))
            .await;
        database.assert_same(&follower, sql).await;
    }
}
