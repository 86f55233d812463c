//! A few sessions with prepared statements, shared by all writes.
//!
//! A session that was left in the middle of its work, by an error or by a caller that is gone, is closed: the server then
//! rolls back what was not committed.

use std::sync::{Mutex, PoisonError};

use jobdex::follow::Lsn;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_postgres::error::{DbError, Severity};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, Row, Statement};

use super::errors::{TableError, text};
use super::row::{Columns, DELETE_SQL, INSERT_SQL, UPDATE_SQL, json, select_sql, time_text};
use super::server::Server;
use crate::job::LiveJob;

/// Most sessions. More of them would wait for each other in the server's log.
const SESSIONS_MAX: usize = 8;

pub(super) struct Pool {
    server: Server,
    places: Semaphore,
    idle: Mutex<Vec<Session>>,
}

/// A session with its statements.
struct Session {
    client: Client,
    select: Statement,
    insert: Statement,
    update: Statement,
    delete: Statement,
    position: Statement,
}

/// The failure of a statement.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) reason: String,
    /// Whether it is certain that the write was rolled back.
    pub(super) is_undone: bool,
}

impl Failure {
    /// A statement of the write, or the commit, has failed. An error rolls back. A session that ends, or an answer that
    /// does not come, tells nothing.
    fn of_write(error: &Error) -> Self {
        let severity = error.as_db_error().and_then(DbError::parsed_severity);
        Self { reason: text(error), is_undone: severity == Some(Severity::Error) }
    }

    /// The question after the commit has failed.
    fn of_position(error: &Error) -> Self {
        Self { reason: text(error), is_undone: false }
    }
}

impl Session {
    async fn open(server: &Server) -> Result<Self, TableError> {
        let client = server.connect().await?;
        let select_sql = select_sql();
        let (select, insert, update, delete, position) = tokio::try_join!(
            client.prepare(&select_sql),
            client.prepare(INSERT_SQL),
            client.prepare(UPDATE_SQL),
            client.prepare(DELETE_SQL),
            client.prepare("select pg_current_wal_insert_lsn()::text"),
        )?;
        Ok(Self { client, select, insert, update, delete, position })
    }
}

impl Pool {
    pub(super) fn new(server: Server) -> Self {
        Self { server, places: Semaphore::new(SESSIONS_MAX), idle: Mutex::default() }
    }

    /// A session for one write. Waits for a place; the caller bounds the wait.
    ///
    /// # Errors
    /// [`TableError::Sql`] if a new session is needed and can't be had.
    pub(super) async fn lease(&self) -> Result<Lease<'_>, TableError> {
        let place = self.places.acquire().await.expect("the places are never closed");
        let session = match self.take_idle() {
            Some(session) => session,
            None => Session::open(&self.server).await?,
        };
        Ok(Lease { pool: self, session: Some(session), is_clean: false, _place: place })
    }

    pub(super) fn server(&self) -> &Server {
        &self.server
    }

    /// Closes all sessions that nobody uses.
    pub(super) fn close(&self) {
        self.idle().clear();
    }

    fn take_idle(&self) -> Option<Session> {
        let mut idle = self.idle();
        idle.retain(|session| !session.client.is_closed());
        idle.pop()
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Session>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A session in use. It goes back to the pool if [`finish`](Self::finish) was called, and is closed otherwise.
pub(super) struct Lease<'a> {
    pool: &'a Pool,
    session: Option<Session>,
    is_clean: bool,
    _place: SemaphorePermit<'a>,
}

impl Lease<'_> {
    fn session(&self) -> &Session {
        self.session.as_ref().expect("the session is there until the drop")
    }

    /// Says that the session is as it was when it was new.
    pub(super) fn finish(mut self) {
        self.is_clean = true;
    }

    /// Inserts a job and commits. Returns the position of the server after it.
    pub(super) async fn insert(&self, job: &LiveJob) -> Result<Lsn, Failure> {
        let session = self.session();
        let columns = Columns::of(std::slice::from_ref(job));
        let params = columns.params();
        let (inserted, position) = tokio::join!(session.client.execute(&session.insert, &params), self.position());
        inserted.map_err(|error| Failure::of_write(&error))?;
        position
    }

    /// Deletes a job and commits. Returns the position, if there was the job.
    pub(super) async fn delete(&self, job_id: &str) -> Result<Option<Lsn>, Failure> {
        let session = self.session();
        let params: [&(dyn ToSql + Sync); 1] = [&job_id];
        let (count, position) = tokio::join!(session.client.execute(&session.delete, &params), self.position());
        let is_deleted = count.map_err(|error| Failure::of_write(&error))? > 0;
        Ok(is_deleted.then_some(position?))
    }

    /// Begins a transaction, and locks the row of a job in it.
    pub(super) async fn begin(&self, job_id: &str) -> Result<Option<Row>, Error> {
        let session = self.session();
        let params: [&(dyn ToSql + Sync); 1] = [&job_id];
        let ((), row) = tokio::try_join!(
            session.client.batch_execute("begin"),
            session.client.query_opt(&session.select, &params),
        )?;
        Ok(row)
    }

    pub(super) async fn rollback(&self) -> Result<(), Error> {
        self.session().client.batch_execute("rollback").await
    }

    /// Writes a job whose row is locked, and commits. Returns the position of the server after it.
    pub(super) async fn commit(&self, job: &LiveJob) -> Result<Lsn, Failure> {
        let session = self.session();
        let shown = &job.shown;
        let (input, output) = (json(&shown.stream_input), json(&shown.output_stream));
        let status = i16::from(shown.status.code());
        let (start, end) = (job.times.map(|times| time_text(times.start)), job.times.map(|times| time_text(times.end)));
        let params: [&(dyn ToSql + Sync); 7] = [&shown.job_id, &shown.name, &status, &input, &output, &start, &end];
        // All are sent at once. If the update fails, the commit rolls back.
        let (updated, committed, position) = tokio::join!(
            session.client.execute(&session.update, &params),
            session.client.batch_execute("commit"),
            self.position(),
        );
        updated.map_err(|error| Failure::of_write(&error))?;
        committed.map_err(|error| Failure::of_write(&error))?;
        position
    }

    /// The position of the server now: all that was committed before is at or below it.
    async fn position(&self) -> Result<Lsn, Failure> {
        let session = self.session();
        let row =
            session.client.query_one(&session.position, &[]).await.map_err(|error| Failure::of_position(&error))?;
        let text: &str = row.get(0);
        text.parse().map_err(|error| Failure { reason: format!("{error}, got {text:?}"), is_undone: false })
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        if let (true, Some(session)) = (self.is_clean, self.session.take()) {
            self.pool.idle().push(session);
        }
    }
}
