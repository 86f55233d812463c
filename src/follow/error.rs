//! The errors of a follower.

use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;

use super::pgoutput::Malformed;
use super::row::RowError;
use super::unfit::Unfit;
use crate::error::InsertError;

/// The reason why a follower does not follow. The store keeps the state that it had.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum FollowError {
    /// The connection string is not valid.
    Connection {
        /// What is wrong.
        reason: String,
    },
    /// The server answered with an error.
    Server {
        /// The code of the error, five characters.
        sqlstate: String,
        /// The message of the server.
        message: String,
    },
    /// The connection failed or ended.
    Io(Arc<io::Error>),
    /// The server or the table is not prepared for followers.
    Unfit {
        /// The lack, with the statement that mends it.
        what: Unfit,
    },
    /// A row can't be read as a record.
    Row {
        /// The job ID of the row, if it was read.
        job_id: Option<String>,
        /// What is wrong with the row.
        source: RowError,
    },
    /// The store refuses a record.
    Store {
        /// The job ID of the record.
        job_id: String,
        /// The reason of the store.
        source: InsertError,
    },
    /// A change does not fit the rows that the store has.
    Diverged {
        /// The job ID of the change.
        job_id: String,
    },
    /// The table, the publication or the server is another than it was when the store was filled.
    Changed {
        /// What has changed.
        what: &'static str,
    },
    /// A message of the server has another form than its protocol.
    Malformed {
        /// What is wrong.
        reason: &'static str,
    },
    /// A transaction or a row of the server is larger than the option
    /// [`transaction_bytes_max`](super::FollowOptions::transaction_bytes_max) allows.
    TooLarge {
        /// The bytes that have come so far.
        bytes: u64,
        /// The bytes that are allowed.
        limit: u64,
    },
    /// The time that was given is over.
    TimedOut,
    /// The follower was shut down or dropped.
    Stopped,
    /// A method of a record panicked.
    Panicked,
}

impl FollowError {
    /// Whether the stream itself is intact, so that a session may go on where this one ended.
    pub(super) fn is_break(&self) -> bool {
        // 57P01 to 57P03: the server shuts down, has crashed, or starts. 55006: the slot is still held by the last session.
        // Classes 08 and 53: the connection failed, or the server has no room for it.
        const BREAKS: [&str; 4] = ["57P", "55006", "08", "53"];
        match self {
            Self::Io(_) => true,
            Self::Server { sqlstate, .. } => BREAKS.iter().any(|code| sqlstate.starts_with(code)),
            _ => false,
        }
    }

    pub(super) fn closed() -> Self {
        io::Error::new(io::ErrorKind::UnexpectedEof, "the server closed the connection").into()
    }

    pub(super) fn silent() -> Self {
        io::Error::new(io::ErrorKind::TimedOut, "the server has said nothing for too long").into()
    }
}

impl fmt::Display for FollowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connection { reason } => write!(f, "connection string must be a libpq URL or keywords: {reason}"),
            Self::Server { sqlstate, message } => write!(f, "server answered {message} ({sqlstate})"),
            Self::Io(error) => write!(f, "connection failed: {error}"),
            Self::Unfit { what } => what.fmt(f),
            Self::Row { job_id: Some(job_id), source } => write!(f, "row of job {job_id:?}: {source}"),
            Self::Row { job_id: None, source } => source.fmt(f),
            Self::Store { job_id, source } => write!(f, "record of job {job_id:?}: {source}"),
            Self::Diverged { job_id } => {
                write!(f, "change of job {job_id:?} does not fit the store; the store is filled anew")
            }
            Self::Changed { what } => write!(f, "{what} changed; the store is filled anew"),
            Self::Malformed { reason } => write!(f, "server sent a {reason}"),
            Self::TooLarge { bytes, limit } => write!(
                f,
                "transaction of {bytes} bytes or more is over the limit of {limit}; raise transaction_bytes_max"
            ),
            Self::TimedOut => f.write_str("time limit passed before the store had the change"),
            Self::Stopped => f.write_str("follower was stopped"),
            Self::Panicked => f.write_str("a method of a record panicked"),
        }
    }
}

// No source: the text contains the text of the inner error.
impl Error for FollowError {}

impl From<io::Error> for FollowError {
    fn from(error: io::Error) -> Self {
        Self::Io(Arc::new(error))
    }
}

impl From<Malformed> for FollowError {
    fn from(Malformed(reason): Malformed) -> Self {
        Self::Malformed { reason }
    }
}

impl From<Unfit> for FollowError {
    fn from(what: Unfit) -> Self {
        Self::Unfit { what }
    }
}
