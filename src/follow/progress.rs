//! How far a follower is, and how old the state of its store may be.

use std::fmt;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

use super::error::FollowError;
use super::lsn::Lsn;

/// How far a follower is, as of one moment.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Progress {
    /// What the follower does.
    pub state: State,
    /// The position up to which the store has all transactions. The position is 0 before the first fill.
    pub applied: Lsn,
    /// The newest position of the server that is known. The follower asks for the position once a second.
    pub server: Lsn,
    /// The bytes of the server's log between these two positions. Most of them may be of other tables.
    pub behind_bytes: u64,
    /// The time at which the server committed the newest transaction that was applied since the last fill.
    pub commit_time: Option<DateTime<Utc>>,
    /// The moment of the server's newest word. A server without changes is asked once a second.
    pub heard: Option<Instant>,
    /// A moment at which the store had everything that the server had committed then.
    pub current_at: Option<Instant>,
    /// How often the store was filled.
    pub hydrations: u64,
    /// How often the follower went on after a break without a fill.
    pub resumes: u64,
    /// The transactions that changed the store. A fill does not count.
    pub transactions: u64,
    /// The changes of rows in these transactions.
    pub changes: u64,
    /// Something that needs a look, although the follower works.
    pub warning: Option<Warning>,
    pub(super) stale_after: Duration,
}

/// What a follower does.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum State {
    /// It connects to the server and checks it, or waits before it does so again.
    Connecting {
        /// The number of attempts since the last minute without a break, counted from 1.
        attempt: u32,
        /// The error of the last attempt or of the session before.
        last_error: Option<FollowError>,
    },
    /// It fills the store. The store has its old state until all rows have come.
    Hydrating {
        /// The rows that have come.
        rows: u64,
        /// The rows of the table, as the server estimates them. `None` if it has never counted them.
        expected: Option<u64>,
    },
    /// The store follows the table.
    Following,
    /// The follower has ended: it was stopped, or can't go on.
    Stopped(FollowError),
}

/// Something that needs a look.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// The server keeps its log for the slot without a bound while the follower is away, until its disk is full.
    SlotUnbounded {
        /// The name of the slot.
        slot: String,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::SlotUnbounded { slot } = self;
        write!(
            f,
            "slot {slot:?} keeps the server's log without a bound while nobody reads it; run alter system set \
             max_slot_wal_keep_size = '10GB'; select pg_reload_conf();"
        )
    }
}

impl Progress {
    pub(super) fn new(stale_after: Duration) -> Self {
        Self {
            state: State::Connecting { attempt: 1, last_error: None },
            applied: Lsn::default(),
            server: Lsn::default(),
            behind_bytes: 0,
            commit_time: None,
            heard: None,
            current_at: None,
            hydrations: 0,
            resumes: 0,
            transactions: 0,
            changes: 0,
            warning: None,
            stale_after,
        }
    }

    /// How old the state of the store may be: the time since the store is known to have had everything. `None` if it never
    /// had. It is measured once a second, so a store without lag shows up to a second and a little.
    pub fn behind(&self) -> Option<Duration> {
        self.current_at.map(|moment| moment.elapsed())
    }

    /// Whether [`behind`](Self::behind) is over the limit of
    /// [`FollowOptions::stale_after`](super::FollowOptions::stale_after), or the store was never current.
    pub fn is_stale(&self) -> bool {
        self.behind().is_none_or(|behind| behind > self.stale_after)
    }

    /// Whether the store follows the table.
    pub fn is_following(&self) -> bool {
        matches!(self.state, State::Following)
    }

    pub(super) fn set_applied(&mut self, applied: Lsn) {
        self.applied = applied;
        self.set_server(applied);
    }

    pub(super) fn set_server(&mut self, server: Lsn) {
        self.server = self.server.max(server);
        self.behind_bytes = self.server.bytes_since(self.applied);
    }
}
