//! The jobs of the service: in memory alone, in memory and in a file, or in a table with a replica in memory.
//!
//! Reads are the same for all. A write to a file waits for the disk, so the thread tells the runtime before it waits.

use jobdex::durable::{DiskState, DurableJobStore, DurableStats, WriteError};
use jobdex::wire::ApiError;
use jobdex::{ChangeFeed, JobStore, SharedJobStore, Snapshot};
use tokio::runtime::{Handle, RuntimeFlavor};

use crate::errors::{Refusal, internal};
use crate::job::LiveJob;
use crate::postgres::Table;

/// The place where the jobs are kept.
#[derive(Debug)]
pub(crate) enum Store {
    /// A process that ends takes the jobs with it.
    Memory(SharedJobStore<LiveJob>),
    /// A write is in the file before it is answered.
    Disk(DurableJobStore<LiveJob>),
    /// A write is in the table and in the replica before it is answered.
    Table(Box<Table>),
}

impl Store {
    pub(crate) fn snapshot(&self) -> Snapshot<LiveJob> {
        match self {
            Self::Memory(store) => store.snapshot(),
            Self::Disk(store) => store.shared().snapshot(),
            Self::Table(table) => table.store().snapshot(),
        }
    }

    pub(crate) fn feed_since(&self, version: u64) -> ChangeFeed<LiveJob> {
        match self {
            Self::Memory(store) => store.feed_since(version),
            Self::Disk(store) => store.shared().feed_since(version),
            Self::Table(table) => table.store().feed_since(version),
        }
    }

    /// Runs one write. It returns when its changes are visible, and in the file if there is one.
    ///
    /// # Errors
    /// The error of `change`, and [`ApiError::ServiceUnavailable`] if the disk fails or has failed.
    pub(crate) fn write<T>(
        &self,
        change: impl FnOnce(&mut JobStore<LiveJob>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        match self {
            Self::Memory(store) => store.write(change),
            Self::Disk(store) => blocking(|| store.write(change)).map_err(refusal),
            Self::Table(_) => Err(internal(&"a replica is written by its follower alone")),
        }
    }

    /// The table, if the jobs are in one. Its writes are SQL.
    pub(crate) fn table(&self) -> Option<&Table> {
        match self {
            Self::Table(table) => Some(table),
            Self::Memory(_) | Self::Disk(_) => None,
        }
    }

    /// The numbers of the file, if there is one.
    pub(crate) fn disk(&self) -> Option<DurableStats> {
        match self {
            Self::Disk(store) => Some(store.stats()),
            Self::Memory(_) | Self::Table(_) => None,
        }
    }

    /// Whether the disk has failed, so that the store reads but does not write until it is opened again.
    pub(crate) fn is_read_only(&self) -> bool {
        self.disk().is_some_and(|stats| matches!(stats.state, DiskState::ReadOnly(_)))
    }

    /// Closes the file, if there is one. Writes are refused from then on.
    pub(crate) fn close(&self) {
        if let Self::Disk(store) = self
            && let Err(error) = blocking(|| store.clone().close())
        {
            tracing::error!(%error, "the file was not closed");
        }
    }
}

/// Runs work that waits for the disk. The other tasks of this thread go to another thread meanwhile.
fn blocking<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        // A runtime of one thread has no other thread, and outside of a runtime nobody waits.
        _ => work(),
    }
}

fn refusal(error: WriteError<Refusal>) -> Refusal {
    match error {
        WriteError::Refused(refusal) => refusal,
        WriteError::Disk(error) => {
            tracing::error!(%error, "no more writes until the service starts again");
            ApiError::ServiceUnavailable.into()
        }
        WriteError::ReadOnly(_) => ApiError::ServiceUnavailable.into(),
        error => internal(&format_args!("{error:?}")),
    }
}
