//! The stream of changes: frames to transactions, transactions to writes, and words to the server that it may forget them.
//!
//! A position that the server names between transactions says that all transactions up to it have come. So the applied
//! position moves also while other tables change, or none.

use std::time::{Duration, Instant, SystemTime};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::task::spawn_blocking;
use tokio::time::{Interval, MissedTickBehavior, interval, timeout};

use super::connection::Connection;
use super::error::FollowError;
use super::lsn::Lsn;
use super::options::Slot;
use super::pgoutput::{self, Message};
use super::probe::SILENCE_MAX;
use super::row::FromRow;
use super::session::Filled;
use super::shared::Shared;
use super::slot;
use super::table::Table;
use super::transaction::{Mapping, Transaction, apply};
use crate::shared::SharedJobStore;

pub(super) struct Stream<'a, J> {
    connection: Connection,
    store: &'a SharedJobStore<J>,
    shared: &'a Shared,
    filled: &'a mut Filled,
    mapping: Mapping,
    transaction: Transaction,
    /// Whether a transaction has begun and is not committed.
    is_open: bool,
    ticks: Interval,
    heard: Instant,
}

/// The server is told so often how far the store is, and asked to answer.
const STATUS_EVERY: Duration = Duration::from_secs(1);
/// A larger transaction is applied on another thread, while this one goes on to speak with the server.
const APPLIED_HERE_BYTES_MAX: usize = 1 << 20;
/// A clean end must not wait for a server that does not answer.
const END_MAX: Duration = Duration::from_secs(2);
/// Seconds from the epoch of Unix to that of `PostgreSQL`, 2000-01-01.
const EPOCH_SECONDS: i64 = 946_684_800;

/// The meaning of a frame for the session.
enum Event {
    Nothing,
    Commit {
        end: Lsn,
        time_micros: i64,
    },
    /// The server is at a position, and may want an answer.
    Alive {
        end: Lsn,
        wants_answer: bool,
    },
}

impl<'a, J: FromRow + Send + Sync + 'static> Stream<'a, J> {
    pub(super) fn new(
        connection: Connection,
        table: Table,
        store: &'a SharedJobStore<J>,
        shared: &'a Shared,
        filled: &'a mut Filled,
        transaction_bytes_max: usize,
    ) -> Self {
        let mut ticks = interval(STATUS_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            connection,
            store,
            shared,
            filled,
            mapping: Mapping::new(table),
            transaction: Transaction::new(transaction_bytes_max),
            is_open: false,
            ticks,
            heard: Instant::now(),
        }
    }

    /// Follows until the stream breaks or the follower is stopped.
    pub(super) async fn run(&mut self) -> FollowError {
        loop {
            match self.step().await {
                Ok(()) => {}
                Err(error) => return error,
            }
        }
    }

    async fn step(&mut self) -> Result<(), FollowError> {
        tokio::select! {
            ready = self.connection.ready() => {
                ready?;
                self.heard = Instant::now();
                self.take_frames().await
            }
            _ = self.ticks.tick() => {
                if self.heard.elapsed() > SILENCE_MAX {
                    return Err(FollowError::silent());
                }
                self.send_status(true).await
            }
            () = self.shared.stopped() => Err(FollowError::Stopped),
        }
    }

    /// Takes all frames that have come.
    async fn take_frames(&mut self) -> Result<(), FollowError> {
        while let Some(event) = self.take_frame()? {
            match event {
                Event::Nothing => {}
                Event::Commit { end, time_micros } => self.commit(end, time_micros).await?,
                Event::Alive { end, wants_answer } => {
                    self.note_alive(end);
                    if wants_answer {
                        self.send_status(false).await?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Takes a frame, if one has come.
    fn take_frame(&mut self) -> Result<Option<Event>, FollowError> {
        const SHORT: FollowError = FollowError::Malformed { reason: "frame of a stream that ends too early" };
        let Some(frame) = self.connection.next_frame()? else { return Ok(None) };
        let body = match frame.kind {
            b'd' => frame.body,
            b'E' => return Err(frame.error()),
            b'N' | b'S' | b'A' => return Ok(Some(Event::Nothing)),
            // The server ends the stream, because it shuts down.
            _ => return Err(FollowError::closed()),
        };
        match body.split_first().ok_or(SHORT)? {
            // After the positions of begin and end, and the time at which it was sent.
            (b'w', rest) => {
                let message = rest.get(24..).ok_or(SHORT)?;
                take_message(message, &self.mapping, &mut self.transaction, &mut self.is_open).map(Some)
            }
            (b'k', rest) => {
                let (end, rest) = rest.split_first_chunk().ok_or(SHORT)?;
                let wants_answer = rest.get(8).ok_or(SHORT)? == &1;
                Ok(Some(Event::Alive { end: Lsn::from_u64(u64::from_be_bytes(*end)), wants_answer }))
            }
            _ => Err(FollowError::Malformed { reason: "frame of a stream of an unknown kind" }),
        }
    }

    /// Applies the transaction, whose end is a position.
    async fn commit(&mut self, end: Lsn, time_micros: i64) -> Result<(), FollowError> {
        let changes = if end > self.filled.applied {
            self.apply().await?
        } else {
            // What was applied before a break may come again. Its changes are left out, but not what it tells of the table.
            self.mapping.take_relations(&self.transaction)?;
            0
        };
        self.transaction.clear();
        self.filled.applied = self.filled.applied.max(end);
        let (applied, heard, time) = (self.filled.applied, self.heard, commit_time(time_micros));
        self.shared.update(|progress| {
            progress.heard = Some(heard);
            if changes > 0 {
                progress.transactions += 1;
                progress.changes += changes;
                progress.commit_time = time;
            }
            progress.set_applied(applied);
        });
        Ok(())
    }

    async fn apply(&mut self) -> Result<u64, FollowError> {
        if self.transaction.bytes_len() <= APPLIED_HERE_BYTES_MAX {
            return apply(self.store, &self.transaction, &mut self.mapping);
        }
        let (store, mut mapping) = (self.store.clone(), self.mapping.clone());
        let transaction = std::mem::replace(&mut self.transaction, Transaction::new(0));
        let mut applied = spawn_blocking(move || {
            let result = apply(&store, &transaction, &mut mapping);
            (result, transaction, mapping)
        });
        let done = loop {
            tokio::select! {
                done = &mut applied => break done,
                _ = self.ticks.tick() => self.send_status(false).await?,
            }
        };
        let (result, transaction, mapping) = done.map_err(|_| FollowError::Panicked)?;
        (self.transaction, self.mapping) = (transaction, mapping);
        result
    }

    fn note_alive(&mut self, end: Lsn) {
        // Within a transaction the position says nothing about the commits before it.
        if !self.is_open {
            self.filled.applied = self.filled.applied.max(end);
        }
        let (applied, heard) = (self.filled.applied, self.heard);
        self.shared.update(|progress| {
            progress.heard = Some(heard);
            progress.set_applied(applied);
            progress.set_server(end);
        });
    }

    /// Tells the server how far the store is.
    async fn send_status(&mut self, wants_answer: bool) -> Result<(), FollowError> {
        let applied = self.filled.applied.as_u64().to_be_bytes();
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let micros = i64::try_from(now.as_micros()).unwrap_or(i64::MAX) - EPOCH_SECONDS * 1_000_000;
        let mut status = Vec::with_capacity(34);
        status.push(b'r');
        // Written, flushed and applied are one position: the store is in memory.
        for position in [applied, applied, applied, micros.to_be_bytes()] {
            status.extend_from_slice(&position);
        }
        status.push(wants_answer.into());
        self.connection.send_copy_data(&status).await
    }

    /// Ends the stream in order, and drops a named slot. False if the server did not do so in time.
    pub(super) async fn end(mut self, slot: &Slot) -> bool {
        let ended = async {
            self.send_status(false).await?;
            self.connection.end_stream().await?;
            if let Slot::Named(name) = slot {
                slot::drop_named(&mut self.connection, name).await?;
            }
            self.connection.terminate().await;
            Ok::<_, FollowError>(())
        };
        // A server that does not answer ends the session by itself.
        matches!(timeout(END_MAX, ended).await, Ok(Ok(())))
    }
}

/// Takes a message of the plugin.
fn take_message(
    message: &[u8],
    mapping: &Mapping,
    transaction: &mut Transaction,
    is_open: &mut bool,
) -> Result<Event, FollowError> {
    match message.first() {
        Some(b'B') => {
            transaction.clear();
            *is_open = true;
        }
        Some(b'C') => {
            let Message::Commit { end_lsn, time_micros } = pgoutput::parse(message)? else {
                return Err(FollowError::Malformed { reason: "commit of another form" });
            };
            *is_open = false;
            return Ok(Event::Commit { end: Lsn::from_u64(end_lsn), time_micros });
        }
        Some(b'T') => match pgoutput::parse(message)? {
            Message::Truncate { relations } if relations.contains(&mapping.table_id()) => transaction.push(message)?,
            _ => {}
        },
        // Other tables of the publication are not kept.
        _ if pgoutput::changed_relation(message) == Some(mapping.table_id()) => transaction.push(message)?,
        // A message of an unknown kind is an error here, and not left out.
        _ => drop(pgoutput::parse(message)?),
    }
    Ok(Event::Nothing)
}

fn commit_time(micros: i64) -> Option<DateTime<Utc>> {
    let epoch = DateTime::from_timestamp(EPOCH_SECONDS, 0)?;
    epoch.checked_add_signed(TimeDelta::microseconds(micros))
}
