//! The store, which alone writes, and the snapshots that it gives to readers.
//!
//! Each write method checks everything first and changes afterwards, so a failed write has changed nothing. A write changes
//! the parts in place that no snapshot shares, and copies the others: 10 KB for a status change at 1,000,000 jobs.
//! ```text
//! JobStore ──> Snapshot ──> Root: table, timeline, facets, job ids, words, keyword cache
//!    └───────> Log, in a write of a shared store ──> Changes
//! ```

// The jobs and their indexes, and one change of them.
mod check;
mod root;
mod table;

// The public types beside the store.
mod changes;
mod snapshot;

// More methods of the store.
mod batch;
mod reconcile;
mod update;

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

pub use changes::{Change, Changes, Commit, IntoChanges};
pub use reconcile::Reconciled;
pub use snapshot::Snapshot;

use crate::error::{ApplyError, InsertError, SchemaError, UpdateError};
use crate::index::cell::Cell;
use crate::job::{Dyn, Job, Record, Schema, TypedFacets};
use crate::limits::{PAGE_SIZE_BOUND, PAGE_SIZE_MIN};
use crate::rows::row::Row;
use changes::Log;
use check::{check_fields, check_new, check_room};
use root::Root;

/// The jobs of a service, indexed for lists.
///
/// # Reading
///
/// A store has all methods of a [`Snapshot`]. They read the store as it is now; `n` is the number of its jobs.
///
/// | method | returns | cost |
/// |---|---|---|
/// | [`list`](Snapshot::list) | one page of the jobs that match a query, and the exact total | **O(log n + p)** for a page of p jobs; a keyword adds its search |
/// | [`facets`](Snapshot::facets) | how many jobs match, for each value of each facet | about as one list |
/// | [`explain`](Snapshot::explain) | the access path that a query takes, with its estimates | about as one list |
/// | [`get`](Snapshot::get) | the job with an ID | **O(1)** |
/// | [`get_many`](Snapshot::get_many) | the jobs with these IDs, in this order | **O(1)** for each ID |
/// | [`iter`](Snapshot::iter) | all jobs, the oldest first | **O(1)** for each job |
/// | [`len`](Snapshot::len) | the number of jobs | **O(1)** |
/// | [`is_empty`](Snapshot::is_empty) | whether there are no jobs | **O(1)** |
/// | [`version`](Snapshot::version) | the number of the publish, for a store in a [`SharedJobStore`](crate::SharedJobStore); otherwise 0 | **O(1)** |
/// | [`snapshot`](Self::snapshot) | the store as it is now, for another thread or for later | **O(1)** |
///
/// # Writing
///
/// The methods below. A write that returns an error or panics has changed nothing. A clone of a store costs **O(1)**: the
/// two stores share each part until one of them writes it.
///
/// # Example
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
    /// The changes made so far. `Some` only in a write of a shared store that keeps history.
    log: Option<Box<Log<J>>>,
    /// How an empty store is loaded, if not by one thread.
    load: Option<RootLoad<J>>,
}

/// A way to fill an empty root with jobs in time order.
type RootLoad<J> = fn(Root<J>, Vec<(Arc<J>, Cell)>) -> Option<Root<J>>;

// The bounds stand on the methods, so that the compiler says which of them a type does not meet.
impl<J> JobStore<J> {
    /// An empty store, with a cache for the rows of 16 keywords.
    ///
    /// # Panics
    /// If the record's facets are refused, as [`try_new`](Self::try_new) says. The facets of the API's jobs are never
    /// refused.
    pub fn new() -> Self
    where
        J: Record<Facets: TypedFacets>,
    {
        Self::try_new().unwrap_or_else(|error| panic!("{error}"))
    }

    /// An empty store as [`new`](Self::new) makes it. The types of the record's facets are the schema.
    ///
    /// # Errors
    /// [`SchemaError`] if two facets have the same name, a facet has no value or two values with the same text, or there
    /// are over 1,000 combinations of values. The last error names the facet that is better a label.
    pub fn try_new() -> Result<Self, SchemaError>
    where
        J: Record<Facets: TypedFacets>,
    {
        Ok(Self::of_schema(J::Facets::schema()?))
    }
}

impl<J: Record<Facets = Dyn>> JobStore<J> {
    /// An empty store of records whose facets are known at run time alone, with a cache for the rows of 16 keywords.
    ///
    /// ```
    /// use chrono::{DateTime, Utc};
    /// use jobdex::{Dyn, JobStore, ListQuery, Record, Schema};
    ///
    /// struct Task { id: String, facets: Dyn, since: DateTime<Utc> }
    ///
    /// impl Record for Task {
    ///     type Facets = Dyn;
    ///     fn job_id(&self) -> &str { &self.id }
    ///     fn name(&self) -> &str { "" }
    ///     fn create_time(&self) -> DateTime<Utc> { self.since }
    ///     fn facets(&self) -> Dyn { self.facets }
    /// }
    ///
    /// let schema = Schema::new().facet("state", ["queued", "running", "failed"]);
    /// let store = JobStore::<Task>::with_schema(schema)?;
    /// let page = store.list(&ListQuery::new().filter_text("state", "running"))?;
    /// assert_eq!(page.total_count, 0);
    ///
    /// let refusal = store.list(&ListQuery::new().filter_text("state", "done")).err();
    /// let text = r#"state must be one of queued, running, failed, got "done""#;
    /// assert_eq!(refusal.map(|error| error.to_string()).as_deref(), Some(text));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`SchemaError`] as [`try_new`](Self::try_new), and if there are over 8 facets.
    pub fn with_schema(schema: Schema) -> Result<Self, SchemaError> {
        Ok(Self::of_schema(schema.checked()?))
    }
}

impl<J: Record> JobStore<J> {
    fn of_schema(schema: Schema) -> Self {
        Self { snapshot: Snapshot::new(Root::new(Arc::new(schema))), log: None, load: None }
    }

    /// The store with another maximum of [`page_size`](crate::ListQuery::page_size): 1 to
    /// [`PAGE_SIZE_BOUND`](crate::limits::PAGE_SIZE_BOUND), and the nearer of the two for any other number. A new store
    /// has [`PAGE_SIZE_MAX`](crate::limits::PAGE_SIZE_MAX), which is 100.
    ///
    /// ```
    /// use jobdex::{Job, JobStore, ListQuery};
    ///
    /// let store = JobStore::<Job>::new().with_page_size_max(500);
    /// assert!(store.list(&ListQuery::new().page_size(500)).is_ok());
    /// let refusal = store.list(&ListQuery::new().page_size(501)).unwrap_err();
    /// assert_eq!(refusal.to_string(), "page size 501 is over the limit of 500");
    /// ```
    pub fn with_page_size_max(mut self, page_size_max: u32) -> Self {
        let page_size_max = page_size_max.clamp(PAGE_SIZE_MIN, PAGE_SIZE_BOUND);
        Arc::make_mut(&mut self.snapshot.root).set_page_size_max(page_size_max);
        self
    }

    /// The store with a keyword cache of at most `keywords_max` keywords; 0 turns the cache off. A new store caches 16.
    ///
    /// A broad keyword like `e` or `sky news` matches the names of many jobs, and the search for them takes up to
    /// milliseconds at 1,000,000 jobs. The second request for such a keyword puts the rows that it matches into the cache, and
    /// their counts by facet; writes since then are applied at the next request. So later pages and requests take
    /// microseconds, with the exact total and the counts of [`facets`](Snapshot::facets). A keyword that is asked for once
    /// takes no room. The cache evicts the least recently used keyword.
    ///
    /// Single letters and digits, as in `Canal 3`, are cached at the first request, and have twice as many places of their own.
    /// A broad word beside others is cached too, at its second request in any keyword.
    ///
    /// A cached keyword takes at most 1 bit per job, and a seventh more with counts under 8 filters: for 16 keywords, and 32
    /// letters and digits, at most 7 bytes per job.
    ///
    /// ```
    /// use jobdex::{Job, JobStore};
    ///
    /// let store = JobStore::<Job>::new().with_keywords_kept(64);
    /// assert!(store.is_empty());
    /// ```
    pub fn with_keywords_kept(mut self, keywords_max: usize) -> Self {
        Arc::make_mut(&mut self.snapshot.root).replace_cache(keywords_max);
        self
    }

    /// Adds a job and returns it as the store shares it from now on.
    ///
    /// Jobs of equal creation time are ordered by ID.
    ///
    /// Costs **O(log n)** amortized, at any creation time.
    ///
    /// # Errors
    /// [`InsertError`] if the ID is taken or empty, a field is over its limit, the value of a facet is not of the store's
    /// schema, or the store is full.
    ///
    /// # Panics
    /// If a method of a record panics. Nothing has changed then.
    pub fn insert(&mut self, job: J) -> Result<Arc<J>, InsertError> {
        let job = Arc::new(job);
        self.insert_shared(&job)?;
        Ok(job)
    }

    /// Adds a job, or replaces the job with its ID. Returns the replaced job; `None` if the job is new.
    ///
    /// Costs **O(log n)** amortized, as [`insert`](Self::insert).
    ///
    /// ```
    /// use jobdex::{Job, JobStore, Status};
    ///
    /// # let job: Job = serde_json::from_str(r#"{"Name":"News","JobId":"a046","TemplateType":"normal","TemplateId":"t1",
    /// #     "TemplateName":"HD","StartMode":0,"Status":1,"StreamInput":{"Type":"rtmp","InputUrl":"rtmp://in/live/1"},
    /// #     "OutputStream":{"StreamInfos":[]},"CreateTime":"2022-07-20T02:48:58Z"}"#)?;
    /// let mut store = JobStore::new();
    /// assert_eq!(store.upsert(job.clone())?, None);
    /// let replaced = store.upsert(Job { status: Status::Stopped, ..job })?;
    /// assert_eq!(replaced.map(|job| job.status), Some(Status::Running));
    /// assert_eq!(store.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`InsertError`] as [`insert`](Self::insert), except for a taken ID, which is no error.
    ///
    /// # Panics
    /// As [`insert`](Self::insert).
    pub fn upsert(&mut self, job: J) -> Result<Option<Arc<J>>, InsertError> {
        let cell = check_new(&job, &self.snapshot.root)?;
        if let Some(row) = self.snapshot.root.find(job.job_id()) {
            return Ok(Some(self.replace(row, Arc::new(job), cell)));
        }
        check_room(self.len(), 1)?;
        self.add(&Arc::new(job), cell);
        Ok(None)
    }

    /// Removes a job and returns it. `None` if there is no job with this ID.
    ///
    /// Costs **O(log n)** amortized.
    ///
    /// # Panics
    /// As [`insert`](Self::insert).
    pub fn remove(&mut self, job_id: &str) -> Option<Arc<J>> {
        let row = self.snapshot.root.find(job_id)?;
        let job = Arc::make_mut(&mut self.snapshot.root).remove(row);
        if let Some(log) = &mut self.log {
            log.push(Change::Removed(Arc::clone(&job)));
        }
        Some(job)
    }

    /// Removes all jobs. Snapshots keep theirs, and the keyword cache keeps its size.
    ///
    /// Costs **O(n)** to free the jobs, unless a snapshot still holds them.
    ///
    /// ```
    /// use jobdex::{Job, JobStore};
    ///
    /// # let job: Job = serde_json::from_str(r#"{"Name":"News","JobId":"a046","TemplateType":"normal","TemplateId":"t1",
    /// #     "TemplateName":"HD","StartMode":0,"Status":1,"StreamInput":{"Type":"rtmp","InputUrl":"rtmp://in/live/1"},
    /// #     "OutputStream":{"StreamInfos":[]},"CreateTime":"2022-07-20T02:48:58Z"}"#)?;
    /// let mut store = JobStore::new();
    /// store.insert(job)?;
    /// let snapshot = store.snapshot();
    /// store.clear();
    /// assert_eq!((store.len(), snapshot.len()), (0, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn clear(&mut self) {
        if self.is_empty() {
            return;
        }
        let empty = Snapshot::new(self.snapshot.root.emptied()).at_version(self.version());
        let cleared = std::mem::replace(&mut self.snapshot, empty);
        if let Some(log) = &mut self.log {
            log.extend(cleared.len(), cleared.iter().map(|job| Change::Removed(Arc::clone(job))));
        }
    }

    /// Applies a change that was made to another store with the same jobs. The two stores share the records.
    ///
    /// Costs **O(log n)** amortized.
    ///
    /// ```
    /// use jobdex::{Job, JobStore, SharedJobStore};
    ///
    /// # let job: Job = serde_json::from_str(r#"{"Name":"News","JobId":"a046","TemplateType":"normal","TemplateId":"t1",
    /// #     "TemplateName":"HD","StartMode":0,"Status":1,"StreamInput":{"Type":"rtmp","InputUrl":"rtmp://in/live/1"},
    /// #     "OutputStream":{"StreamInfos":[]},"CreateTime":"2022-07-20T02:48:58Z"}"#)?;
    /// let original = SharedJobStore::new(JobStore::new());
    /// let mut replica = JobStore::from(original.snapshot());
    /// original.write(|store| store.insert(job))?;
    /// for change in original.changes_since(0)? {
    ///     replica.apply(&change)?;
    /// }
    /// assert_eq!(replica.get("a046"), original.snapshot().get("a046"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ApplyError`] if the change does not fit: a job to insert has a taken ID, a job to update or to remove is missing,
    /// or a field is over its limit. Nothing has changed then.
    ///
    /// # Panics
    /// As [`insert`](Self::insert).
    pub fn apply(&mut self, change: &Change<J>) -> Result<(), ApplyError> {
        match change {
            Change::Inserted(job) => self.insert_shared(job)?,
            Change::Updated { after, .. } => {
                let row = self.row(after.job_id())?;
                let cell = check_fields(after.as_ref(), &self.snapshot.root).map_err(UpdateError::from)?;
                self.replace(row, Arc::clone(after), cell);
            }
            Change::Removed(job) => {
                self.row(job.job_id())?;
                self.remove(job.job_id());
            }
        }
        Ok(())
    }

    /// The store as it is now, for a reader that keeps it while the store is written.
    ///
    /// Costs **O(1)**.
    pub fn snapshot(&self) -> Snapshot<J> {
        self.snapshot.clone()
    }

    fn row(&self, job_id: &str) -> Result<Row, UpdateError> {
        self.snapshot.root.find(job_id).ok_or_else(|| UpdateError::NotFound { job_id: job_id.to_owned() })
    }

    fn insert_shared(&mut self, job: &Arc<J>) -> Result<(), InsertError> {
        let cell = check_new(job.as_ref(), &self.snapshot.root)?;
        if self.snapshot.root.find(job.job_id()).is_some() {
            return Err(InsertError::JobIdTaken { job_id: job.job_id().to_owned() });
        }
        check_room(self.len(), 1)?;
        self.add(job, cell);
        Ok(())
    }

    fn add(&mut self, job: &Arc<J>, cell: Cell) {
        let place = self.snapshot.root.place(job);
        Arc::make_mut(&mut self.snapshot.root).insert(place, job, cell);
        if let Some(log) = &mut self.log {
            log.push(Change::Inserted(Arc::clone(job)));
        }
    }

    fn replace(&mut self, row: Row, job: Arc<J>, cell: Cell) -> Arc<J> {
        let after = Arc::clone(&job);
        let before = if self.snapshot.root.moves_on_replace(row, &job) {
            self.change_copy(|root| root.replace(row, job, cell))
        } else {
            Arc::make_mut(&mut self.snapshot.root).replace(row, job, cell)
        };
        if let Some(log) = &mut self.log {
            log.push(Change::Updated { before: Arc::clone(&before), after });
        }
        before
    }

    /// Makes a change that reads records after it has begun to write. It is made to a copy of the root, so a record that panics
    /// leaves the root as it was.
    fn change_copy<T>(&mut self, change: impl FnOnce(&mut Root<J>) -> T) -> T {
        let mut copy = Root::clone(&self.snapshot.root);
        let changed = change(&mut copy);
        self.snapshot.root = Arc::new(copy);
        changed
    }
}

impl<J> JobStore<J> {
    /// A store that begins with a snapshot and logs its changes, as long as they are at most `changes_max`.
    pub(crate) fn with_log(snapshot: Snapshot<J>, changes_max: usize) -> Self {
        let log = (changes_max > 0).then(|| Box::new(Log::new(snapshot.clone(), changes_max)));
        Self { snapshot, log, load: None }
    }

    /// The store's last snapshot.
    pub(crate) fn into_snapshot(self) -> Snapshot<J> {
        self.snapshot
    }

    /// The store's last snapshot, and the changes from an earlier snapshot to it, if all of them were logged.
    pub(crate) fn into_changes_since(self, base: &Snapshot<J>) -> (Snapshot<J>, Option<Vec<Change<J>>>) {
        let Self { snapshot, log, load: _ } = self;
        (snapshot, log.and_then(|log| log.into_changes(base)))
    }
}

impl<J> Deref for JobStore<J> {
    type Target = Snapshot<J>;

    fn deref(&self) -> &Snapshot<J> {
        &self.snapshot
    }
}

impl<J: Record<Facets: TypedFacets>> Default for JobStore<J> {
    fn default() -> Self {
        Self::new()
    }
}

/// A plain store that begins with the jobs of a snapshot, at version 0. Costs **O(1)**.
impl<J> From<Snapshot<J>> for JobStore<J> {
    fn from(snapshot: Snapshot<J>) -> Self {
        Self { snapshot: snapshot.at_version(0), log: None, load: None }
    }
}

impl<J> Clone for JobStore<J> {
    fn clone(&self) -> Self {
        // A clone is a plain store, also if it is made in a write of a shared store: it has no log, and no publish has
        // made it visible, so its version is 0.
        Self { snapshot: self.snapshot.clone().at_version(0), log: None, load: None }
    }
}

impl<J: Record> fmt::Debug for JobStore<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JobStore").field("len", &self.len()).finish_non_exhaustive()
    }
}
