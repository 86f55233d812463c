//! The options of a durable store, and the progress of opening it.

use std::fmt;
use std::time::Duration;

use super::codec::Json;
use crate::limits::HISTORY_CHANGES_DEFAULT;

/// Memory for pages of the file. Reads of the store never touch the file, so pages serve only the next commits.
const CACHE_BYTES_DEFAULT: usize = 64 << 20;

/// How a store is opened, and when its writes are on disk.
///
/// ```
/// use std::time::Duration;
/// use jobdex::durable::{Check, Durability, DurableOptions};
///
/// let options = DurableOptions::new()
///     .durability(Durability::Flushed { every: Duration::from_millis(200) })
///     .check(Check::Quick)
///     .on_progress(|progress| eprintln!("{progress}"));
/// # let _ = options;
/// ```
pub struct DurableOptions<C = Json> {
    pub(super) durability: Durability,
    pub(super) check: Check,
    pub(super) history_changes: usize,
    pub(super) cache_bytes: usize,
    pub(super) progress: ProgressReport,
    pub(super) codec: C,
}

/// The callback for the progress of opening.
pub(super) type ProgressReport = Box<dyn FnMut(OpenProgress) + Send>;

/// When a write is on disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Durability {
    /// A write returns when it is on disk. Readers see the write only then.
    #[default]
    Synced,
    /// A write returns at once, and is visible at once. A thread puts the writes on disk at this interval. A crash loses
    /// the writes since the last sync, of which each is there in whole or not at all, and none without those before it.
    Flushed {
        /// The interval.
        every: Duration,
    },
}

/// How much of a file is checked when it is opened. Each record has a checksum of its own, which is always checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Check {
    /// The checksum of every page in use.
    #[default]
    Full,
    /// The header alone, after a clean shutdown. Damage in the pages that lead to the records may then be found late.
    Quick,
}

/// The progress of opening a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenProgress {
    /// The pages of the file are checked.
    Checking,
    /// Records are read.
    Reading {
        /// The records that are read.
        done: u64,
        /// All records.
        of: u64,
    },
    /// The indexes are built.
    Indexing,
    /// The store is open.
    Ready,
}

impl fmt::Display for OpenProgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Checking => f.write_str("checking the file"),
            Self::Reading { done, of } => write!(f, "reading records: {done} of {of}"),
            Self::Indexing => f.write_str("building indexes"),
            Self::Ready => f.write_str("ready"),
        }
    }
}

impl DurableOptions {
    /// Synced writes, a full check, and records as JSON.
    pub fn new() -> Self {
        Self {
            durability: Durability::default(),
            check: Check::default(),
            history_changes: HISTORY_CHANGES_DEFAULT,
            cache_bytes: CACHE_BYTES_DEFAULT,
            progress: Box::new(|_| ()),
            codec: Json,
        }
    }
}

impl<C> DurableOptions<C> {
    /// When writes are on disk. The default is [`Durability::Synced`].
    pub fn durability(self, durability: Durability) -> Self {
        Self { durability, ..self }
    }

    /// How much of the file is checked. The default is [`Check::Full`].
    pub fn check(self, check: Check) -> Self {
        Self { check, ..self }
    }

    /// The changes that history keeps for feeds, as
    /// [`SharedJobStore::with_history`](crate::SharedJobStore::with_history). History begins anew when a store is opened.
    pub fn history(self, changes: usize) -> Self {
        Self { history_changes: changes, ..self }
    }

    /// Memory for pages of the file, 64 MiB by default.
    pub fn cache_bytes(self, bytes: usize) -> Self {
        Self { cache_bytes: bytes, ..self }
    }

    /// A callback for the progress of opening. The thread that opens the store calls it.
    pub fn on_progress(self, report: impl FnMut(OpenProgress) + Send + 'static) -> Self {
        Self { progress: Box::new(report), ..self }
    }

    /// The form of the records. The default is [`Json`].
    pub fn codec<D>(self, codec: D) -> DurableOptions<D> {
        let Self { durability, check, history_changes, cache_bytes, progress, codec: _ } = self;
        DurableOptions { durability, check, history_changes, cache_bytes, progress, codec }
    }
}

impl Default for DurableOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl<C> fmt::Debug for DurableOptions<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DurableOptions")
            .field("durability", &self.durability)
            .field("check", &self.check)
            .finish_non_exhaustive()
    }
}
