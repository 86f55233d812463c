//! The schema of the database: migrations with numbers and names, each of which runs once.
//!
//! ```text
//! jobdex_migrations: version | name | applied_at      a row for each migration that has run
//! ```
//! A migration that was released never changes. A change of the schema is a new migration at the end of the list.

use tokio_postgres::Client;

use super::errors::TableError;
use super::server::Server;

/// A step from one schema to the next.
struct Migration {
    name: &'static str,
    sql: &'static str,
}

/// All migrations. The version of each is its place, counted from 1.
const MIGRATIONS: &[Migration] = &[
    Migration {
        name: "jobs",
        sql: "create table jobs (
            job_id        text primary key,
            name          text        not null,
            template_type text        not null check (template_type in ('normal', 'narrow-band', 'audio-only', 'origin')),
            template_id   text        not null,
            template_name text        not null,
            start_mode    smallint    not null check (start_mode in (0, 1)),
            status        smallint    not null check (status in (0, 1, 2)),
            stream_input  jsonb       not null,
            output_stream jsonb       not null,
            create_time   timestamptz not null check (isfinite(create_time)),
            start_time    timestamptz check (isfinite(start_time)),
            end_time      timestamptz check (isfinite(end_time)),
            check ((start_time is null) = (end_time is null)),
            check (start_time < end_time)
        )",
    },
    Migration { name: "publication", sql: "create publication jobs_pub for table jobs" },
    Migration {
        name: "times at which jobs are due",
        sql: "create index jobs_due on jobs ((case status when 0 then start_time when 1 then end_time end))
            where status < 2 and start_time is not null",
    },
];

/// The lock that one process holds while it migrates. The first number is "jobd" in ASCII.
const LOCK_SQL: &str = "set statement_timeout = 0; set lock_timeout = '60s'; select pg_advisory_lock(1785684580, 1)";

const TABLE_SQL: &str = "create table if not exists jobdex_migrations (
    version integer primary key, name text not null, applied_at timestamptz not null default now())";

/// Runs the migrations that have not run, each in a transaction. Returns their names.
///
/// # Errors
/// [`TableError`] if a migration fails, which leaves the schema as the one before has made it. Also if the database has
/// migrations that this program does not know.
pub(crate) async fn migrate(server: &Server) -> Result<Vec<&'static str>, TableError> {
    let client = server.connect().await?;
    // Another process may be at it. The lock ends with the session.
    client.batch_execute(LOCK_SQL).await?;
    client.batch_execute(TABLE_SQL).await?;
    let missing = missing(&client).await?;
    for (version, migration) in &missing {
        let named = format!("insert into jobdex_migrations (version, name) values ({version}, '{}')", migration.name);
        let sql = format!("begin; {}; {named}; commit", migration.sql);
        client.batch_execute(&sql).await.map_err(|error| {
            let TableError::Sql(reason) = error.into() else { unreachable!("an error of SQL") };
            TableError::Schema(format!("migration {version}, {}: {reason}", migration.name))
        })?;
    }
    Ok(missing.iter().map(|(_, migration)| migration.name).collect())
}

/// Checks that all migrations have run.
///
/// # Errors
/// [`TableError::Schema`], with the command that mends it.
pub(crate) async fn check(server: &Server) -> Result<(), TableError> {
    let client = server.connect().await?;
    let row = client.query_one("select to_regclass('jobdex_migrations') is not null", &[]).await?;
    let missing = if row.get(0) { missing(&client).await? } else { numbered().collect() };
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = missing.iter().map(|(version, step)| format!("{version} ({})", step.name)).collect();
    Err(TableError::Schema(format!(
        "the database lacks the migrations {}; run jobdex-service --postgres URL --migrate",
        names.join(", ")
    )))
}

/// The migrations with their versions.
fn numbered() -> impl Iterator<Item = (i32, &'static Migration)> {
    (1..).zip(MIGRATIONS)
}

/// The migrations that have not run.
async fn missing(client: &Client) -> Result<Vec<(i32, &'static Migration)>, TableError> {
    let rows = client.query("select version, name from jobdex_migrations order by version", &[]).await?;
    let done: Vec<(i32, String)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    for (version, name) in &done {
        let known = numbered().find(|(known, _)| known == version);
        if known.is_none_or(|(_, migration)| migration.name != name) {
            return Err(TableError::Schema(format!(
                "the database has the migration {version} ({name}), which this program does not know; \
                 run a newer jobdex-service, or name another database"
            )));
        }
    }
    Ok(numbered().filter(|(version, _)| done.iter().all(|(done, _)| done != version)).collect())
}
