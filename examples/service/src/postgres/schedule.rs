//! The schedule: one of all processes starts and ends the jobs that are due. It holds a lock of the database meanwhile.
//!
//! The lock belongs to the session in which the statements run. A process that has lost its session has lost both, so two
//! processes never run the schedule at once. Another one gets the lock when the session ends.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::{sleep, timeout};
use tokio_postgres::Client;

use super::errors::TableError;
use super::row::time_text;
use super::server::Server;
use crate::clock::Clock;

/// How often a process that does not hold the lock asks for it.
const TRY_EVERY: Duration = Duration::from_millis(500);

/// How often the process that holds the lock looks for jobs that are due. A job may become due sooner than all others at
/// any time, by a submission to another process.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Longest time until the server answers. After it the session is given up, and with it the lock.
const ANSWER_LAPSE_MAX: Duration = Duration::from_secs(6);

/// The wait after a failure.
const REST_LAPSE: Duration = Duration::from_secs(1);

/// A lock of this table, whichever schema it is in. The first half of the key is "jobd" in ASCII.
const LOCK_SQL: &str = "select pg_try_advisory_lock((1785684580::bigint << 32) + 'jobs'::regclass::oid::bigint)";

/// The limit of [`SETTLE_SQL`]: more jobs are changed in several transactions.
const SETTLED_MAX: u64 = 5000;

/// Changes jobs that are due, the earliest first. A row that an action has locked comes in the next round.
const SETTLE_SQL: &str = "
    with due as (
        select job_id from jobs
        where status < 2 and start_time is not null
        and (case status when 0 then start_time when 1 then end_time end) <= $1::text::timestamptz
        order by (case status when 0 then start_time when 1 then end_time end) limit 5000 for update skip locked
    )
    update jobs set status = case when end_time <= $1::text::timestamptz then 2 else 1 end
    from due where jobs.job_id = due.job_id";

/// Whether this process runs the schedule, for the metrics.
#[derive(Debug, Default)]
pub(crate) struct Schedule {
    is_held: AtomicBool,
}

impl Schedule {
    pub(crate) fn is_held(&self) -> bool {
        self.is_held.load(Ordering::Relaxed)
    }

    /// Runs the schedule whenever this process holds the lock. Never ends.
    pub(super) async fn run(&self, server: &Server, clock: &Clock) {
        loop {
            let Err(error) = self.hold(server, clock).await else { continue };
            if self.is_held.swap(false, Ordering::Relaxed) {
                tracing::warn!(%error, "this process no longer runs the schedule");
            } else {
                tracing::debug!(%error, "the lock of the schedule can't be asked for");
            }
            sleep(REST_LAPSE).await;
        }
    }

    /// Gets the lock, and runs the schedule until its session breaks.
    async fn hold(&self, server: &Server, clock: &Clock) -> Result<(), TableError> {
        let client = server.connect().await?;
        client.batch_execute("set statement_timeout = '5s'").await?;
        let settle = client.prepare(SETTLE_SQL).await?;
        while !answered(is_locked(&client)).await? {
            sleep(TRY_EVERY).await;
        }
        self.is_held.store(true, Ordering::Relaxed);
        tracing::info!("this process runs the schedule");
        loop {
            let now = time_text(clock.now());
            let changed = answered(async { Ok(client.execute(&settle, &[&now]).await?) }).await?;
            if changed > 0 {
                tracing::debug!(changed, "jobs have started or ended by their times");
            }
            if changed < SETTLED_MAX {
                sleep(LOOK_EVERY).await;
            }
        }
    }
}

async fn is_locked(client: &Client) -> Result<bool, TableError> {
    Ok(client.query_one(LOCK_SQL, &[]).await?.get(0))
}

async fn answered<T>(answer: impl Future<Output = Result<T, TableError>>) -> Result<T, TableError> {
    let silent = || TableError::Sql(format!("no answer within {} s", ANSWER_LAPSE_MAX.as_secs()));
    timeout(ANSWER_LAPSE_MAX, answer).await.unwrap_or_else(|_| Err(silent()))
}
