//! The line of writers: closures run one after another on a private copy, and all that wait meanwhile are one transaction.
//!
//! ```text
//! writer: turn ─> closure on the newest private copy ─> encode ─> join the waiting group ─> end of turn
//!         wait until the group is on disk; the first of a group that may commit does it for all
//! commit: one disk transaction ─> one publish ─> wake the group, and one writer of the next
//! ```
//! Each closure runs on its own thread. So a group forms while the group before it is on its way to the disk. Memory that
//! readers see never runs ahead of the disk: the private copies are published after their transaction, and dropped if it
//! fails. A write that has read a private copy returns after that copy is on disk, also if it has changed nothing.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use super::batch::{RecordBatch, difference, encode_all, merged, stamp_all};
use super::codec::AnyCodec;
use super::disk::DiskFile;
use super::error::{DiskError, WriteError};
use super::keys::JobKeys;
use super::options::Durability;
use super::stored::FileHeader;
use crate::job::Record;
use crate::shared::SharedJobStore;
use crate::store::{Change, JobStore, Snapshot};

/// Memory of writes that wait for a flush. A writer that finds more waits for the disk.
const FLUSH_BYTES_MAX: usize = 64 << 20;

/// Versions that a flushed store may publish before it writes the next header. After a crash the store begins behind them, so
/// no version has two meanings. Each write weighs at least 64 bytes, so fewer fit below [`FLUSH_BYTES_MAX`].
const VERSIONS_AHEAD: u64 = 1 << 24;

/// The writers of a store, and its file.
pub(super) struct CommitLine<J> {
    pub(super) shared: SharedJobStore<J>,
    codec: Box<dyn AnyCodec<J>>,
    durability: Durability,
    /// `None` once the store is closed. Commits and views share the lock; a check of all pages has it alone.
    file: RwLock<Option<DiskFile>>,
    /// Locked in a turn alone.
    keys: Mutex<JobKeys>,
    state: Mutex<LineState<J>>,
}

// Invariants:
//   waiting is Some => newest, if Some, is the copy of that group
//   stopped is Some => waiting is None, or close waits for it
struct LineState<J> {
    /// The newest private copy, if it is not published yet.
    newest: Option<(Snapshot<J>, Arc<Ticket>)>,
    waiting: Option<Group<J>>,
    committing: Option<Arc<Ticket>>,
    /// The reason why no write may join.
    stopped: Option<Arc<DiskError>>,
    counts: CommitCounts,
}

/// The numbers of commits for statistics.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct CommitCounts {
    pub(super) commits: u64,
    pub(super) writes: u64,
    pub(super) last_commit: Option<Duration>,
}

/// The outcome of a group, for which its writers wait.
#[derive(Default)]
struct Ticket {
    outcome: OnceLock<Result<(), Arc<DiskError>>>,
    /// Notified when the outcome is known, or when the group may commit.
    is_due: Condvar,
}

/// Writes that go to disk together.
struct Group<J> {
    ticket: Arc<Ticket>,
    batches: Vec<RecordBatch>,
    writes: u64,
    /// The jobs after the last write.
    count: u64,
    weight: usize,
    /// To be published after the commit. `None` in a flushed store, which has published already.
    publish: Option<(Snapshot<J>, Vec<Change<J>>)>,
}

impl<J> Group<J> {
    fn new() -> Self {
        Self { ticket: Arc::default(), batches: Vec::new(), writes: 0, count: 0, weight: 0, publish: None }
    }

    /// Adds the changes of a write.
    fn push(&mut self, batches: Vec<RecordBatch>, count: usize) {
        self.weight += batches.iter().map(RecordBatch::weight).sum::<usize>();
        self.batches.extend(batches);
        self.writes += 1;
        self.count = count as u64;
    }
}

/// The jobs that a write begins with, and the group that must be on disk for them.
type WriteBase<J> = (Snapshot<J>, Option<Arc<Ticket>>);

/// The result of a closure, and the group that must be on disk before the result is returned.
type Joined<T, E> = (Result<T, E>, Option<Arc<Ticket>>);

impl<J: Record + Send + Sync> CommitLine<J> {
    pub(super) fn new(
        shared: SharedJobStore<J>,
        codec: Box<dyn AnyCodec<J>>,
        durability: Durability,
        file: DiskFile,
        keys: JobKeys,
    ) -> Self {
        let state =
            LineState { newest: None, waiting: None, committing: None, stopped: None, counts: CommitCounts::default() };
        Self {
            shared,
            codec,
            durability,
            file: RwLock::new(Some(file)),
            keys: Mutex::new(keys),
            state: Mutex::new(state),
        }
    }

    pub(super) fn write<T, E>(
        &self,
        change: impl FnOnce(&mut JobStore<J>) -> Result<T, E>,
    ) -> Result<T, WriteError<E>> {
        let (result, ticket) = self.shared.in_turn(|| self.join(change))?;
        if let Some(ticket) = ticket {
            self.wait_for(&ticket).map_err(WriteError::Disk)?;
        }
        result.map_err(WriteError::Refused)
    }

    /// Runs a closure on the newest private copy and adds its changes to the waiting group. The caller has the turn.
    fn join<T, E>(&self, change: impl FnOnce(&mut JobStore<J>) -> Result<T, E>) -> Result<Joined<T, E>, WriteError<E>> {
        let (base, read) = self.newest().map_err(WriteError::ReadOnly)?;
        let mut store = JobStore::with_log(base.clone(), usize::MAX).with_threads();
        let value = match change(&mut store) {
            Ok(value) => value,
            Err(error) => return Ok((Err(error), read)),
        };
        let (snapshot, changes) = store.into_changes_since(&base);
        if snapshot.is_same_as(&base) {
            return Ok((Ok(value), read));
        }
        // The closure has replaced its store if the log does not lead here.
        let changes = changes.unwrap_or_else(|| difference(&base, &snapshot));
        let encoded = encode_all(&changes, &*self.codec);
        let mut batches = encoded.map_err(|(job_id, source)| WriteError::Encode { job_id, source })?;
        // Nothing fails from here on, but a store that has stopped meanwhile, whose keys are not used again.
        stamp_all(&mut batches, &changes, &mut self.keys.lock().unwrap_or_else(PoisonError::into_inner));
        let ticket = match self.durability {
            Durability::Synced => self.enqueue(batches, snapshot, changes).map(Some),
            Durability::Flushed { .. } => self.publish_first(batches, snapshot, changes),
        };
        Ok((Ok(value), ticket.map_err(WriteError::ReadOnly)?))
    }

    /// The jobs that the next write begins with, and the group that has to be on disk for them.
    fn newest(&self) -> Result<WriteBase<J>, Arc<DiskError>> {
        let state = self.state();
        match (&state.stopped, &state.newest) {
            (Some(reason), _) => Err(Arc::clone(reason)),
            (None, Some((snapshot, ticket))) => Ok((snapshot.clone(), Some(Arc::clone(ticket)))),
            (None, None) => Ok((self.shared.snapshot(), None)),
        }
    }

    fn enqueue(
        &self,
        batches: Vec<RecordBatch>,
        snapshot: Snapshot<J>,
        changes: Vec<Change<J>>,
    ) -> Result<Arc<Ticket>, Arc<DiskError>> {
        let mut state = self.state();
        if let Some(reason) = &state.stopped {
            return Err(Arc::clone(reason));
        }
        let group = state.waiting.get_or_insert_with(Group::new);
        group.push(batches, snapshot.len());
        let ticket = Arc::clone(&group.ticket);
        let all_changes = match group.publish.take() {
            Some((_, mut earlier)) => {
                earlier.extend(changes);
                earlier
            }
            None => changes,
        };
        group.publish = Some((snapshot.clone(), all_changes));
        state.newest = Some((snapshot, Arc::clone(&ticket)));
        Ok(ticket)
    }

    /// Publishes a write, which goes to disk later. Returns the group to wait for if too much waits for the disk.
    fn publish_first(
        &self,
        batches: Vec<RecordBatch>,
        snapshot: Snapshot<J>,
        changes: Vec<Change<J>>,
    ) -> Result<Option<Arc<Ticket>>, Arc<DiskError>> {
        let mut state = self.state();
        if let Some(reason) = &state.stopped {
            return Err(Arc::clone(reason));
        }
        let group = state.waiting.get_or_insert_with(Group::new);
        group.push(batches, snapshot.len());
        let ticket = (group.weight > FLUSH_BYTES_MAX).then(|| Arc::clone(&group.ticket));
        drop(state);
        // In the turn: nobody else publishes, and the header of a flush counts versions that are to come.
        self.shared.publish(snapshot, changes);
        Ok(ticket)
    }

    /// Waits until a group is on disk. Commits it if no other commit is on its way.
    fn wait_for(&self, ticket: &Arc<Ticket>) -> Result<(), Arc<DiskError>> {
        let mut state = self.state();
        // Ends: each commit decides one group, in the order in which they were made.
        loop {
            if let Some(outcome) = ticket.outcome.get() {
                return outcome.clone();
            }
            if state.committing.is_none()
                && let Some(group) = state.waiting.take()
            {
                state.committing = Some(Arc::clone(&group.ticket));
                drop(state);
                self.commit(group);
                state = self.state();
            } else {
                state = ticket.is_due.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    /// Puts a group on disk and publishes it, or drops it and every later one.
    fn commit(&self, group: Group<J>) {
        let Group { ticket, batches, writes, count, publish, .. } = group;
        let started = Instant::now();
        let written = self.put_on_disk(&batches, count).map_err(Arc::new);
        let took = started.elapsed();
        // The records of callers may panic when the last owner drops them. The writers that wait must not wait for ever.
        let published = catch_unwind(AssertUnwindSafe(|| {
            if let (Ok(()), Some((snapshot, changes))) = (&written, publish) {
                self.shared.publish(snapshot, changes);
            }
        }));
        self.decide(&ticket, written, CommitCounts { commits: 1, writes, last_commit: Some(took) });
        if let Err(panic) = published {
            resume_unwind(panic);
        }
    }

    fn put_on_disk(&self, batches: &[RecordBatch], count: u64) -> Result<(), DiskError> {
        let version = match self.durability {
            Durability::Synced => self.shared.version() + 1,
            Durability::Flushed { .. } => self.shared.version() + VERSIONS_AHEAD,
        };
        let header = FileHeader { count, version, ..FileHeader::new(&*self.codec) };
        let file = self.file();
        file.as_ref().ok_or(DiskError::Closed)?.commit(&merged(batches), &header.encoded())
    }

    /// Tells the writers of a group its outcome, and lets the next group begin.
    fn decide(&self, ticket: &Arc<Ticket>, written: Result<(), Arc<DiskError>>, counts: CommitCounts) {
        let mut state = self.state();
        let mut dropped = None;
        match &written {
            Ok(()) => {
                state.newest.take_if(|(_, newest)| Arc::ptr_eq(newest, ticket));
                state.counts.commits += counts.commits;
                state.counts.writes += counts.writes;
                state.counts.last_commit = counts.last_commit;
            }
            Err(reason) => {
                state.stopped.get_or_insert_with(|| Arc::clone(reason));
                state.newest = None;
                dropped = state.waiting.take();
                if let Some(later) = &dropped {
                    let is_new = later.ticket.outcome.set(Err(Arc::clone(reason)));
                    debug_assert!(is_new.is_ok(), "a waiting group has no outcome");
                    later.ticket.is_due.notify_all();
                }
            }
        }
        let is_new = ticket.outcome.set(written);
        debug_assert!(is_new.is_ok(), "a group is committed once");
        state.committing = None;
        ticket.is_due.notify_all();
        if let Some(next) = &state.waiting {
            next.ticket.is_due.notify_one();
        }
        drop(state);
        drop(dropped);
    }

    /// Waits until everything that was written so far is on disk.
    pub(super) fn sync(&self) -> Result<(), Arc<DiskError>> {
        let state = self.state();
        let group = state.waiting.as_ref().map(|group| &group.ticket).or(state.committing.as_ref());
        match (group.cloned(), state.stopped.clone()) {
            (Some(ticket), _) => {
                drop(state);
                self.wait_for(&ticket)
            }
            (None, Some(reason)) => Err(reason),
            (None, None) => Ok(()),
        }
    }

    /// Lets no write begin any more, waits until all are on disk, and closes the file.
    pub(super) fn close(&self) -> Result<(), DiskError> {
        let synced = self.shared.in_turn(|| {
            let synced = self.sync();
            self.state().stopped.get_or_insert_with(|| Arc::new(DiskError::Closed));
            synced
        });
        let Some(file) = self.file_alone().take() else { return Ok(()) };
        synced.map_err(|error| DiskError::clone(&error))?;
        if self.durability != Durability::Synced {
            // The exact version: nothing is published after it.
            let snapshot = self.shared.snapshot();
            let header = FileHeader {
                count: snapshot.len() as u64,
                version: snapshot.version(),
                ..FileHeader::new(&*self.codec)
            };
            file.commit(&[], &header.encoded())?;
        }
        file.close()
    }

    /// Lets no write begin any more, for this reason.
    pub(super) fn stop(&self, reason: DiskError) {
        self.state().stopped.get_or_insert_with(|| Arc::new(reason));
    }

    pub(super) fn counts(&self) -> CommitCounts {
        self.state().counts
    }

    pub(super) fn stopped(&self) -> Option<Arc<DiskError>> {
        self.state().stopped.clone()
    }

    pub(super) fn codec(&self) -> &dyn AnyCodec<J> {
        &*self.codec
    }

    /// The file, while commits go on.
    pub(super) fn file(&self) -> RwLockReadGuard<'_, Option<DiskFile>> {
        self.file.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The file, while nothing reads or writes it.
    pub(super) fn file_alone(&self) -> RwLockWriteGuard<'_, Option<DiskFile>> {
        self.file.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self) -> MutexGuard<'_, LineState<J>> {
        // No code of a caller runs under the lock, so a poisoned state is a valid one.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
