//! The state of a shared store: the published snapshot, and everything that its writers, readers and subscribers share.
//!
//! ```text
//! write:  queue ─> copy of published ─> changes ─> history.push ─> published.publish ─> notifier
//! read:   published.load
//! ```

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::history::History;
use super::notifier::Notifier;
use super::published::Published;
use super::writer_queue::WriterQueue;
use crate::error::ChangesError;
use crate::store::{Change, Changes, Commit, JobStore, Snapshot};

/// One store, shared by writers, readers and subscribers.
pub(super) struct SharedState<J> {
    pub(super) published: Published<Snapshot<J>>,
    pub(super) writers: WriterQueue,
    pub(super) notifier: Notifier,
    /// Locked to add one commit, or to copy a few pointers.
    history: Mutex<History<J>>,
    history_changes_max: usize,
    /// Whether the last writer is dropped.
    is_closed: AtomicBool,
    /// Snapshots that readers have replaced, and that a writer frees. Freeing one counts down a reference of each of its
    /// parts. The writer has just counted these up, so they are in its cache; a reader would wait for memory, and the
    /// next write would wait to get them back.
    retired: Mutex<Vec<Snapshot<J>>>,
}

/// Most retired snapshots. A reader that finds as many frees its own.
const RETIRED_MAX: usize = 64;

/// The parts of the previous version that a publish has replaced: its snapshot, and the commits evicted from history.
pub(super) type Replaced<J> = (Snapshot<J>, VecDeque<Arc<Commit<J>>>);

impl<J> SharedState<J> {
    /// Shares a snapshot as a version. History begins after that version.
    pub(super) fn new(snapshot: Snapshot<J>, version: u64, history_changes_max: usize) -> Self {
        let mut history = History::new(history_changes_max);
        // Changes that are not known restart the history after their version.
        history.push(version, None);
        Self {
            published: Published::new(snapshot.at_version(version), version),
            writers: WriterQueue::default(),
            notifier: Notifier::default(),
            history: Mutex::new(history),
            history_changes_max,
            is_closed: AtomicBool::new(false),
            retired: Mutex::default(),
        }
    }

    /// A store that begins with a snapshot and logs its changes.
    pub(super) fn store_to_write(&self, before: &Snapshot<J>) -> JobStore<J> {
        JobStore::with_log(before.clone(), self.history_changes_max)
    }

    /// Publishes the store that a writer has made of a snapshot. `None` if the writer has changed nothing. The caller
    /// holds the permit to write.
    pub(super) fn publish(&self, before: &Snapshot<J>, store: JobStore<J>) -> Option<Replaced<J>> {
        let (snapshot, changes) = store.into_changes_since(before);
        if snapshot.is_same_as(before) {
            return None;
        }
        Some(self.publish_snapshot(snapshot, changes))
    }

    /// Publishes a snapshot as the next version, with the changes that lead to it. The caller is the only one that publishes.
    pub(super) fn publish_snapshot(&self, snapshot: Snapshot<J>, changes: Option<Vec<Change<J>>>) -> Replaced<J> {
        let version = self.published.version() + 1;
        // History first: a thread that sees the version must find its changes. Before that, nobody asks for them.
        let evicted = self.history().push(version, changes);
        (self.published.publish(snapshot.at_version(version), version), evicted)
    }

    pub(super) fn changes_since(&self, version: u64) -> Result<Changes<J>, ChangesError> {
        let newest = self.published.version();
        if version > newest {
            return Err(ChangesError::Ahead { since: version, newest });
        }
        let mut changes = Changes::none_since(version);
        let lagged = |error| match error {
            // The error names the version asked for, also if a writer evicts commits between two rounds.
            ChangesError::Lagged { oldest, .. } => ChangesError::Lagged { since: version, oldest },
            ChangesError::Ahead { .. } => error,
        };
        // Ends: up to the newest version each round adds commits, or fails.
        while changes.version() < newest {
            self.history().copy_next(&mut changes, newest).map_err(lagged)?;
        }
        Ok(changes)
    }

    /// Leaves a snapshot to the next writer to free, if nothing else holds its jobs and there is a next writer.
    pub(super) fn retire(&self, snapshot: Snapshot<J>) {
        if !snapshot.is_held_once() {
            return;
        }
        let mut retired = self.retired();
        // Under the lock: `close` empties the list after it has set the flag, so nothing is added to it afterwards.
        if retired.len() < RETIRED_MAX && !self.is_closed() {
            retired.push(snapshot);
        }
        // Otherwise the snapshot is freed here: the parameter is dropped after the lock.
    }

    pub(super) fn take_retired(&self) -> Vec<Snapshot<J>> {
        std::mem::take(&mut self.retired())
    }

    /// Whether there is no writer any more. A thread that reads true also sees the last publish.
    pub(super) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Acquire)
    }

    /// Ends the subscriptions: no publish follows.
    pub(super) fn close(&self) {
        self.is_closed.store(true, Ordering::Release);
        self.notifier.notify_all();
        drop(self.take_retired());
    }

    fn history(&self) -> MutexGuard<'_, History<J>> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn retired(&self) -> MutexGuard<'_, Vec<Snapshot<J>>> {
        self.retired.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
