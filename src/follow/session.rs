//! One session with a server, from its connection to the break: checks, a fill or a resume, and the stream.
//!
//! ```text
//! connect ──> check ──> slot ──> fill ──┬──> stream ──> break
//!                 └──> resume ──────────┘      │
//!                             probe, beside ───┘
//! ```

use std::time::Instant;

use super::check::check;
use super::connection::{Connection, Session, Settings, field};
use super::error::FollowError;
use super::hydrate;
use super::lsn::Lsn;
use super::options::{FollowOptions, Slot};
use super::probe::{Probe, ask};
use super::progress::{State, Warning};
use super::row::FromRow;
use super::shared::Shared;
use super::slot;
use super::stream::Stream;
use super::table::{Definition, Table};
use crate::shared::SharedJobStore;

/// What all sessions of a follower share.
pub(super) struct Follow<J> {
    pub(super) options: FollowOptions,
    pub(super) settings: Settings,
    pub(super) store: SharedJobStore<J>,
    /// The state of the last fill, and what has been applied since. `None` if the next session must fill.
    pub(super) filled: Option<Filled>,
    /// The system of the server that the positions of the progress are of.
    pub(super) system: Option<System>,
    /// Whether a named slot of this follower may be on the server.
    pub(super) has_slot: bool,
    /// How long the last fill took, if it failed.
    pub(super) failed_fill: Option<std::time::Duration>,
}

/// The state of a store that was filled from a server.
pub(super) struct Filled {
    system: System,
    definition: Definition,
    pub(super) applied: Lsn,
}

/// A server, and the part of its history that it is in: another part begins when a standby is promoted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct System {
    id: String,
    timeline: String,
}

impl System {
    async fn read(connection: &mut Connection) -> Result<Self, FollowError> {
        let rows = connection.query("IDENTIFY_SYSTEM").await?;
        let text = |column| field(&rows, column).unwrap_or_default().to_owned();
        Ok(Self { id: text(0), timeline: text(1) })
    }
}

/// A checked server, before the stream.
struct Checked {
    connection: Connection,
    table: Table,
    system: System,
    definition: Definition,
}

impl<J: FromRow + Send + Sync + 'static> Follow<J> {
    /// Runs a session up to its end, which always has a reason.
    pub(super) async fn run_session(&mut self, shared: &Shared) -> FollowError {
        let checked = tokio::select! {
            checked = self.check(shared) => checked,
            () = shared.stopped() => return FollowError::Stopped,
        };
        let checked = match checked {
            Ok(checked) => checked,
            Err(error) => return error,
        };
        let (settings, host) = (self.settings.clone(), checked.connection.host().clone());
        let (table, definition) = (checked.table.clone(), checked.definition.clone());
        let probe = Probe { settings: &settings, host: &host, table: &table, definition: &definition, shared };
        tokio::select! {
            error = self.follow(checked, shared) => error,
            error = probe.run() => error,
        }
    }

    async fn check(&self, shared: &Shared) -> Result<Checked, FollowError> {
        let bytes_max = self.options.transaction_bytes_max;
        let mut connection = Connection::open(&self.settings, Session::Replication, bytes_max).await?;
        let table = check(&mut connection, &self.options, J::COLUMNS).await?;
        let system = System::read(&mut connection).await?;
        let (_, definition) = ask(&mut connection, &table).await?;
        let warning = match &self.options.slot {
            Slot::Named(slot) if table.keeps_wal_unbounded => Some(Warning::SlotUnbounded { slot: slot.clone() }),
            _ => None,
        };
        shared.update(|progress| {
            progress.warning = warning;
            progress.heard = Some(Instant::now());
        });
        Ok(Checked { connection, table, system, definition })
    }

    async fn follow(&mut self, mut checked: Checked, shared: &Shared) -> FollowError {
        let prepared = tokio::select! {
            prepared = self.prepare(&mut checked, shared) => prepared,
            () = shared.stopped() => return FollowError::Stopped,
        };
        let (name, filled) = match (prepared, &mut self.filled) {
            (Ok(name), Some(filled)) => (name, filled),
            (Ok(_), None) => return FollowError::Changed { what: "state of the store" },
            (Err(error), _) => return error,
        };
        let Checked { mut connection, table, .. } = checked;
        let sql = slot::stream_sql(&name, filled.applied, &self.options.publication);
        if let Err(error) = connection.begin_stream(&sql).await {
            return error;
        }
        shared.set_state(State::Following);
        // The first look of the probe may be before the fill; the next one tells that the store is current.
        shared.wanted.notify_one();
        let mut stream =
            Stream::new(connection, table, &self.store, shared, filled, self.options.transaction_bytes_max);
        let error = stream.run().await;
        if matches!(error, FollowError::Stopped) {
            self.has_slot &= !stream.end(&self.options.slot).await;
        }
        error
    }

    /// Fills the store, or finds that it can go on. Returns the name of the slot.
    async fn prepare(&mut self, checked: &mut Checked, shared: &Shared) -> Result<String, FollowError> {
        if self.system.as_ref() != Some(&checked.system) {
            if self.system.is_some() {
                shared.forget_positions();
            }
            self.system = Some(checked.system.clone());
        }
        let filled = self.filled.take();
        if let (Slot::Named(name), Some(filled)) = (&self.options.slot, filled) {
            let is_same =
                filled.system == checked.system && checked.table.is_same(&filled.definition, &checked.definition);
            let can_resume = slot::can_resume(&mut checked.connection, name, filled.applied).await;
            let is_whole = match &can_resume {
                Ok(can_resume) => *can_resume,
                // The last session is not over for the server; the next attempt asks again.
                Err(error) => error.is_break(),
            };
            self.filled = (is_same && is_whole).then_some(filled);
            if can_resume? && self.filled.is_some() {
                shared.update(|progress| progress.resumes += 1);
                return Ok(name.clone());
            }
        }
        let began = Instant::now();
        let result = self.fill(checked, shared).await;
        self.failed_fill = result.is_err().then(|| began.elapsed());
        result
    }

    async fn fill(&mut self, checked: &mut Checked, shared: &Shared) -> Result<String, FollowError> {
        self.filled = None;
        let Checked { connection, table, system, definition } = checked;
        shared.set_state(State::Hydrating { rows: 0, expected: table.rows_expected });
        if let Slot::Named(name) = &self.options.slot {
            slot::drop_named(connection, name).await?;
            self.has_slot = true;
        }
        let new_slot = slot::create(connection, &self.options.slot).await?;
        let bytes_max = self.options.transaction_bytes_max;
        let mut copy = Connection::open_on(&self.settings, connection.host(), Session::Plain, bytes_max).await?;
        hydrate::fill(&mut copy, table, &new_slot.snapshot, &self.store, shared).await?;
        // Rows that a change of the definition has written anew, or that a truncation has removed, look to an older snapshot as
        // if they were not there.
        let (_, now) = ask(&mut copy, table).await?;
        copy.terminate().await;
        if now != *definition {
            return Err(FollowError::Changed { what: "table while it was copied" });
        }
        shared.update(|progress| {
            progress.hydrations += 1;
            progress.commit_time = None;
            progress.set_applied(new_slot.begins_at);
        });
        let applied = new_slot.begins_at;
        self.filled = Some(Filled { system: system.clone(), definition: definition.clone(), applied });
        Ok(new_slot.name)
    }
}
