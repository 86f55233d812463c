//! The options of a follower.

use std::fmt;
use std::time::Duration;

use crate::limits::HISTORY_CHANGES_DEFAULT;

/// Where a follower finds its table, and how it behaves.
///
/// ```
/// use std::time::Duration;
///
/// use jobdex::follow::{FollowOptions, Slot};
///
/// let options = FollowOptions::new("host=/run/postgresql user=jobs dbname=live", "jobs", "jobs_pub")
///     .slot(Slot::Named("jobs_replica_1".into()))
///     .stale_after(Duration::from_secs(5));
/// # let _ = options;
/// ```
#[derive(Clone)]
pub struct FollowOptions {
    pub(super) connection: String,
    pub(super) table: String,
    pub(super) publication: String,
    pub(super) slot: Slot,
    pub(super) history: usize,
    pub(super) stale_after: Duration,
    pub(super) retry_first: Duration,
    pub(super) retry_most: Duration,
    pub(super) transaction_bytes_max: usize,
}

/// The server's memory of how far a follower has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Slot {
    /// Ends with the connection. Nothing is left on the server, and a break means to fill the store anew, by difference.
    #[default]
    Temporary,
    /// Outlives a break of the connection or of the server, so the follower goes on where it was. Meanwhile the server keeps
    /// its log for the follower. [`Progress::warning`](super::Progress::warning) is set unless the server bounds that.
    ///
    /// Each follower needs a name of its own: lowercase letters, digits and underscores. The slot is dropped when the follower
    /// stops. A slot that a killed process has left is replaced at the next start.
    Named(String),
}

impl FollowOptions {
    /// Options for a table, by the name that SQL has for it, and a publication.
    ///
    /// The connection is a URL or keywords as in `libpq`, with `host` (names, addresses or folders of sockets, separated by
    /// commas), `port`, `user`, `password`, `dbname`, `options`, `application_name`, `connect_timeout`, `sslmode` and
    /// `sslrootcert`. The follower takes the first of several hosts that is a primary.
    pub fn new(connection: &str, table: &str, publication: &str) -> Self {
        Self {
            connection: connection.to_owned(),
            table: table.to_owned(),
            publication: publication.to_owned(),
            slot: Slot::Temporary,
            history: HISTORY_CHANGES_DEFAULT,
            stale_after: Duration::from_secs(10),
            retry_first: Duration::from_millis(50),
            retry_most: Duration::from_secs(5),
            transaction_bytes_max: 256 << 20,
        }
    }

    /// The kind of slot. [`Slot::Temporary`] by default.
    pub fn slot(self, slot: Slot) -> Self {
        Self { slot, ..self }
    }

    /// How many changes the store keeps for feeds, as
    /// [`SharedJobStore::with_history`](crate::SharedJobStore::with_history).
    pub fn history(self, changes: usize) -> Self {
        Self { history: changes, ..self }
    }

    /// The age at which the state of the store is stale. 10 s by default; the age is measured once a second.
    pub fn stale_after(self, limit: Duration) -> Self {
        Self { stale_after: limit, ..self }
    }

    /// The wait before a new attempt after a break: `first`, doubled at each failure up to `most`, and up to a half shorter at
    /// random. 50 ms and 5 s by default. A minute without a break begins anew.
    ///
    /// After a fill that failed, the wait is at least twice as long as the fill took. So a table that can't be read costs
    /// the server at most a third of its time.
    pub fn retry(self, first: Duration, most: Duration) -> Self {
        Self { retry_first: first.min(most), retry_most: most, ..self }
    }

    /// The most bytes of one transaction, or of one row, that the follower holds before it applies them. 256 MiB by default,
    /// and at least 64 KiB. A larger transaction is [`FollowError::TooLarge`](super::FollowError::TooLarge): the store is filled
    /// anew by difference, which reads row by row.
    pub fn transaction_bytes_max(self, bytes: usize) -> Self {
        Self { transaction_bytes_max: bytes.max(64 << 10), ..self }
    }
}

/// Without the connection, which may have a password.
impl fmt::Debug for FollowOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FollowOptions")
            .field("table", &self.table)
            .field("publication", &self.publication)
            .field("slot", &self.slot)
            .finish_non_exhaustive()
    }
}
