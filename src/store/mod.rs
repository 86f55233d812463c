//! The store: the only writer, and what it hands out to readers.
//!
//! A verb checks everything first and changes afterwards, so a write that fails has changed nothing. Writes happen in place
//! where no snapshot shares what they touch, and copy it where one does: 10 KB for a status change at a million jobs.

mod batch;
mod changes;
mod root;
mod snapshot;
mod table;

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

pub use changes::{Change, Changes, Commit, IntoChanges};
pub use snapshot::Snapshot;

use crate::error::{ApplyError, InsertError, TooLong, UpdateError, UpdateIfError};
use crate::exec::Jobs as _;
use crate::job::{Job, JobRecord};
use crate::limits::{JOB_ID_BYTES_MAX, JOBS_MAX, NAME_BYTES_MAX};
use crate::rows::row::Row;
use changes::Log;
use root::{Moves, Root};

/// The jobs of a service, indexed for lists.
///
/// It reads as a [`Snapshot`] does: `list`, `facets`, `explain`, `get`, `get_many`, `iter`, `len`. Cloning it costs
/// **O(1)**; the clone and the store share what neither writes.
///
/// ```
/// use jobdex::{Job, JobStore, ListQuery, StartMode, Status, TemplateType};
///
/// let mut store = JobStore::new();
/// store.insert(Job {
///     name: "News 24".into(),
///     job_id: "a046".into(),
///     template_type: TemplateType::Normal,
///     template_id: "t1".into(),
///     template_name: "HD".into(),
///     start_mode: StartMode::Immediate,
///     status: Status::Running,
///     stream_input: Default::default(),
///     output_stream: Default::default(),
///     create_time: "2022-07-20T02:48:58Z".parse()?,
/// })?;
/// store.update("a046", |job| job.status = Status::Stopped)?;
/// let page = store.list(&ListQuery::new().status(Status::Stopped).keyword("nwes"))?;
/// assert_eq!((page.total_count, page.jobs[0].name.as_str()), (1, "News 24"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct JobStore<J = Job> {
    snapshot: Snapshot<J>,
    /// What the verbs did, in a write of a shared store alone.
    log: Option<Box<Log<J>>>,
}

impl<J: JobRecord> JobStore<J> {
    /// An empty store.
    pub fn new() -> Self {
        Self { snapshot: Snapshot::new(Root::default()), log: None }
    }

    /// The store, keeping the rows of at most so many broad keywords; 0 keeps none.
    ///
    /// A keyword like `e` or `sky news` is in the names of many jobs, and finding all of them takes up to milliseconds at
    /// a million jobs. What was found is kept, and counted by type, start mode and status where it is asked for again; it is
    /// brought up to date by what was written since. So the next page and the next request take microseconds, with the
    /// exact total and the counts of [`facets`](Snapshot::facets). The keywords used last stay. Each takes a bit per job at
    /// most, half as much again where it is counted. The default is 16 keywords: 3 bytes per job.
    pub fn with_keywords_kept(mut self, keywords_max: usize) -> Self {
        Arc::make_mut(&mut self.snapshot.root).replace_cache(keywords_max);
        self
    }

    /// Adds a job and gives it back as it is shared from now on.
    ///
    /// Costs **O(log n)** amortized, whatever its creation time.
    ///
    /// # Errors
    /// [`InsertError`] if the ID is taken or empty, a field is over its limit, or the store is full.
    pub fn insert(&mut self, job: J) -> Result<Arc<J>, InsertError> {
        let job = Arc::new(job);
        self.insert_shared(&job)?;
        Ok(job)
    }

    /// Adds a job, or puts it in the place of the one with its ID, which it gives back.
    ///
    /// Costs as [`insert`](Self::insert).
    ///
    /// # Errors
    /// [`InsertError`] as [`insert`](Self::insert), but a taken ID is none.
    pub fn upsert(&mut self, job: J) -> Result<Option<Arc<J>>, InsertError> {
        check_new(&job)?;
        if let Some(row) = self.snapshot.root.find(job.job_id()) {
            return Ok(Some(self.replace(row, Arc::new(job))));
        }
        self.check_room(1)?;
        self.add(&Arc::new(job));
        Ok(None)
    }

    /// Changes any field of a job but its ID, and gives the job back as it is now. The change is made to a copy, so
    /// snapshots keep the job as it was.
    ///
    /// Costs **O(log n)** amortized; only the indexes whose field changed are touched.
    ///
    /// # Errors
    /// [`UpdateError`] if there is no such job, or the change gave it another ID or put a field over its limit. Nothing
    /// has changed then.
    ///
    /// # Panics
    /// Where `change` panics, and nothing has changed then either.
    pub fn update(&mut self, job_id: &str, change: impl FnOnce(&mut J)) -> Result<Arc<J>, UpdateError>
    where
        J: Clone,
    {
        let row = self.row(job_id)?;
        let mut job = J::clone(self.snapshot.root.table.job(row));
        change(&mut job);
        if job.job_id() != job_id {
            return Err(UpdateError::JobIdChanged { from: job_id.to_owned(), to: job.job_id().to_owned() });
        }
        check_lengths(&job)?;
        let job = Arc::new(job);
        self.replace(row, Arc::clone(&job));
        Ok(job)
    }

    /// [`update`](Self::update), where a condition on the job as it is now holds: for changes that were decided on by an
    /// earlier look at it.
    ///
    /// The condition may ask for what matters of the job, or that it is the very one that was looked at, which is what an
    /// expected version of it would say:
    ///
    /// ```
    /// # use jobdex::{Job, JobStore, Status};
    /// use std::sync::Arc;
    /// # fn stop(store: &mut JobStore) -> Result<(), Box<dyn std::error::Error>> {
    /// store.update_if("a046", |now| now.status == Status::Pending, |job| job.status = Status::Running)?;
    ///
    /// let seen = store.get("a046").cloned().ok_or("it is gone")?;
    /// // … time passes …
    /// store.update_if("a046", |now| Arc::ptr_eq(now, &seen), |job| job.status = Status::Stopped)?;
    /// # Ok(())
    /// # }
    /// ```
    /// Each change of a job makes another `Arc`, and one that is held is never made again.
    ///
    /// # Errors
    /// [`UpdateIfError::Refused`] with the job as it is if the condition does not hold, otherwise as
    /// [`update`](Self::update). Nothing has changed then.
    ///
    /// # Panics
    /// Where `condition` or `change` panics, and nothing has changed then either.
    pub fn update_if(
        &mut self,
        job_id: &str,
        condition: impl FnOnce(&Arc<J>) -> bool,
        change: impl FnOnce(&mut J),
    ) -> Result<Arc<J>, UpdateIfError<J>>
    where
        J: Clone,
    {
        let current = self.snapshot.root.table.job(self.row(job_id)?);
        if !condition(current) {
            return Err(UpdateIfError::Refused { job_id: job_id.to_owned(), current: Arc::clone(current) });
        }
        Ok(self.update(job_id, change)?)
    }

    /// Takes a job out and gives it back; `None` if there is no such job.
    ///
    /// Costs **O(log n)** amortized.
    pub fn remove(&mut self, job_id: &str) -> Option<Arc<J>> {
        let row = self.snapshot.root.find(job_id)?;
        let moves = self.snapshot.root.moves_on_remove(row);
        let job = self.change(moves, |root| root.remove(row));
        self.record(|| Change::Removed(Arc::clone(&job)));
        Some(job)
    }

    /// Takes all jobs out. Snapshots keep theirs.
    pub fn clear(&mut self) {
        if self.is_empty() {
            return;
        }
        let empty = Root::with_cache(self.snapshot.root.cache_capacity());
        let empty = Snapshot::new(empty).at_version(self.version());
        let cleared = std::mem::replace(&mut self.snapshot, empty);
        self.record_all(cleared.len(), || cleared.iter().map(|job| Change::Removed(Arc::clone(job))));
    }

    /// Does what was done to another store that held the same; the records are shared with it.
    ///
    /// Costs as the verb that made the change.
    ///
    /// # Errors
    /// [`ApplyError`] if the change does not fit: its job is there when it is to be added, or is not when it is to be
    /// changed or taken out, or is over a limit.
    pub fn apply(&mut self, change: &Change<J>) -> Result<(), ApplyError> {
        match change {
            Change::Inserted(job) => self.insert_shared(job)?,
            Change::Updated { after, .. } => {
                let row = self.row(after.job_id())?;
                check_lengths(after.as_ref()).map_err(UpdateError::from)?;
                self.replace(row, Arc::clone(after));
            }
            Change::Removed(job) => {
                self.row(job.job_id())?;
                self.remove(job.job_id());
            }
        }
        Ok(())
    }

    /// The store as it is now, for readers. Costs **O(1)**.
    pub fn snapshot(&self) -> Snapshot<J> {
        self.snapshot.clone()
    }

    fn check_room(&self, jobs: usize) -> Result<(), InsertError> {
        if self.snapshot.len() + jobs > JOBS_MAX {
            return Err(InsertError::StoreFull { limit: JOBS_MAX });
        }
        Ok(())
    }

    fn row(&self, job_id: &str) -> Result<Row, UpdateError> {
        self.snapshot.root.find(job_id).ok_or_else(|| UpdateError::NotFound { job_id: job_id.to_owned() })
    }

    fn insert_shared(&mut self, job: &Arc<J>) -> Result<(), InsertError> {
        check_new(job.as_ref())?;
        if self.snapshot.root.find(job.job_id()).is_some() {
            return Err(InsertError::JobIdTaken { job_id: job.job_id().to_owned() });
        }
        self.check_room(1)?;
        self.add(job);
        Ok(())
    }

    fn add(&mut self, job: &Arc<J>) {
        let place = self.snapshot.root.place(job);
        self.change(self.snapshot.root.moves_on_insert(place), |root| root.insert(place, job));
        self.record(|| Change::Inserted(Arc::clone(job)));
    }

    fn replace(&mut self, row: Row, job: Arc<J>) -> Arc<J> {
        let moves = self.snapshot.root.moves_on_replace(row, &job);
        let after = Arc::clone(&job);
        let before = self.change(moves, |root| root.replace(row, job));
        self.record(|| Change::Updated { before: Arc::clone(&before), after });
        before
    }

    fn record(&mut self, change: impl FnOnce() -> Change<J>) {
        if let Some(log) = &mut self.log {
            log.push(change());
        }
    }

    fn record_all<I: Iterator<Item = Change<J>>>(&mut self, count: usize, changes: impl FnOnce() -> I) {
        if let Some(log) = &mut self.log
            && log.has_room(count)
        {
            changes().for_each(|change| log.push(change));
        }
    }

    /// Changes the root: in place where no snapshot shares it, and on a copy where a record that panics when it is read
    /// would leave it half changed.
    fn change<T>(&mut self, moves: Moves, change: impl FnOnce(&mut Root<J>) -> T) -> T {
        if moves == Moves::None {
            return change(Arc::make_mut(&mut self.snapshot.root));
        }
        let mut root = Root::clone(&self.snapshot.root);
        let given = change(&mut root);
        self.snapshot.root = Arc::new(root);
        given
    }
}

impl<J> JobStore<J> {
    /// A store that holds what a snapshot holds and logs what its verbs do, up to so many changes.
    pub(crate) fn with_log(snapshot: Snapshot<J>, changes_max: usize) -> Self {
        let log = (changes_max > 0).then(|| Box::new(Log::new(snapshot.clone(), changes_max)));
        Self { snapshot, log }
    }

    /// What the store holds, and the changes that lead there from an earlier snapshot, if all of them were logged.
    pub(crate) fn into_changes_since(self, base: &Snapshot<J>) -> (Snapshot<J>, Option<Vec<Change<J>>>) {
        let Self { snapshot, log } = self;
        (snapshot, log.and_then(|log| log.into_changes(base)))
    }
}

fn check_new<J: JobRecord>(job: &J) -> Result<(), InsertError> {
    if job.job_id().is_empty() {
        return Err(InsertError::JobIdEmpty);
    }
    Ok(check_lengths(job)?)
}

fn check_lengths<J: JobRecord>(job: &J) -> Result<(), TooLong> {
    check_length("job_id", job.job_id(), JOB_ID_BYTES_MAX)?;
    check_length("name", job.name(), NAME_BYTES_MAX)
}

fn check_length(field: &'static str, text: &str, limit: usize) -> Result<(), TooLong> {
    if text.len() > limit {
        return Err(TooLong { field, got: text.len(), limit });
    }
    Ok(())
}

impl<J> Deref for JobStore<J> {
    type Target = Snapshot<J>;

    fn deref(&self) -> &Snapshot<J> {
        &self.snapshot
    }
}

impl<J: JobRecord> Default for JobStore<J> {
    fn default() -> Self {
        Self::new()
    }
}

/// A store that begins with what a snapshot holds, and goes on by itself. Costs **O(1)**.
impl<J> From<Snapshot<J>> for JobStore<J> {
    fn from(snapshot: Snapshot<J>) -> Self {
        Self { snapshot: snapshot.at_version(0), log: None }
    }
}

impl<J> Clone for JobStore<J> {
    fn clone(&self) -> Self {
        // A clone goes its own way, and nobody follows it.
        Self { snapshot: self.snapshot.clone(), log: None }
    }
}

impl<J: JobRecord> fmt::Debug for JobStore<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JobStore").field("len", &self.len()).finish_non_exhaustive()
    }
}
