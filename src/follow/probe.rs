//! The probe of a session: a plain connection beside the stream. It asks once a second where the server is and whether the
//! table is as it was, and makes the marks of those who wait.
//!
//! It ends with an error if the session must end: the definition has changed, or the server has been silent for too long. If
//! only its own connection breaks, it makes another one.

use std::time::{Duration, Instant};

use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use super::connection::{Connection, Host, Session, Settings, field};
use super::error::FollowError;
use super::lsn::Lsn;
use super::shared::Shared;
use super::table::{Definition, Table};

pub(super) struct Probe<'a> {
    pub(super) settings: &'a Settings,
    pub(super) host: &'a Host,
    pub(super) table: &'a Table,
    /// The definition that the store is filled by.
    pub(super) definition: &'a Definition,
    pub(super) shared: &'a Shared,
}

const EVERY: Duration = Duration::from_secs(1);
/// A server that does not answer for so long is gone. The server itself waits as long for a follower by default.
pub(super) const SILENCE_MAX: Duration = Duration::from_secs(60);
/// A statement of the probe reads a few rows.
const ANSWER_MAX: Duration = Duration::from_secs(10);
/// The answers of the probe are short.
const FRAME_BYTES_MAX: usize = 16 << 20;

/// Asks for the position of a server and the definition of a table.
pub(super) async fn ask(connection: &mut Connection, table: &Table) -> Result<(Lsn, Definition), FollowError> {
    const OTHER: FollowError = FollowError::Malformed { reason: "answer to a probe of another form" };
    let mut rows = connection.query(&table.probe_sql()).await?;
    let mut row = rows.pop().ok_or(OTHER)?;
    let Some([position, text, files]) = row.get_mut(..3) else { return Err(OTHER) };
    let position: Lsn = position.as_deref().and_then(|text| text.parse().ok()).ok_or(OTHER)?;
    let definition = Definition { text: text.take().unwrap_or_default(), files: files.take().unwrap_or_default() };
    Ok((table.end_of_log(position), definition))
}

impl Probe<'_> {
    /// Runs until the session must end.
    pub(super) async fn run(&self) -> FollowError {
        let began = Instant::now();
        loop {
            match self.run_connection().await {
                // A change, and whatever else the server can't be asked again about.
                error @ FollowError::Changed { .. } => return error,
                error => {
                    if self.shared.progress().heard.unwrap_or(began).elapsed() > SILENCE_MAX {
                        return error;
                    }
                }
            }
            sleep(EVERY).await;
        }
    }

    async fn run_connection(&self) -> FollowError {
        let opened = Connection::open_on(self.settings, self.host, Session::Plain, FRAME_BYTES_MAX).await;
        let mut connection = match opened {
            Ok(connection) => connection,
            Err(error) => return error,
        };
        self.shared.forget_marks();
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut number = 0;
        loop {
            let is_tick = tokio::select! {
                _ = ticks.tick() => true,
                () = self.shared.wanted.notified() => false,
            };
            number += 1;
            let asked = async {
                let is_marked = self.shared.begin_mark(number);
                if is_marked {
                    self.mark(&mut connection, number).await?;
                }
                // The session wants a look, and those who wait a mark alone.
                if is_tick || !is_marked { self.look(&mut connection).await } else { Ok(()) }
            };
            if let Err(error) = timeout(ANSWER_MAX, asked).await.unwrap_or_else(|_| Err(FollowError::silent())) {
                self.shared.end_mark(number, None);
                return error;
            }
        }
    }

    /// Notes the position of the server, and compares the definition of the table.
    async fn look(&self, connection: &mut Connection) -> Result<(), FollowError> {
        let moment = Instant::now();
        let (position, definition) = ask(connection, self.table).await?;
        if !self.table.is_same(&definition, self.definition) {
            return Err(FollowError::Changed { what: "definition of the table or of the publication" });
        }
        self.shared.note_moment(moment, position);
        Ok(())
    }

    /// Commits a mark. Whoever called before has its position as a target.
    async fn mark(&self, connection: &mut Connection, number: u64) -> Result<(), FollowError> {
        let rows = connection.query("select pg_logical_emit_message(true, 'jobdex', '')").await?;
        let position = field(&rows, 0).and_then(|text| text.parse().ok());
        self.shared.end_mark(number, position);
        Ok(())
    }
}
