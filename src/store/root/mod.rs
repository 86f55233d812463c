//! The root: the records and all indexes, in structures that share their parts between clones, and the changes that the verbs
//! are made of.
//!
//! The verbs have checked everything before, so nothing here fails. But the records are the caller's code, and reading one may
//! panic. So each change reads all that it needs before it writes anything: the record that comes or goes, and those whose rows
//! move. The changes that take one job out and put another in read records in between. The verbs make them on a copy.

mod fields;
mod indexes;

use std::sync::Arc;

use super::table::Table;
use crate::cache::keywords::KeywordCache;
use crate::error::QueryError;
use crate::exec::View;
use crate::index::cell::{Cell, Cells};
use crate::index::record::Records;
use crate::index::timeline::Edge;
use crate::job::{FacetNumbers, Ordinals, Record, Schema};
use crate::limits::PAGE_SIZE_MAX;
use crate::query::{Asked, ValidQuery};
use crate::rows::row::{Place, Row};
use fields::{Fields, MOVED_BYTES_MAX, MovingJobs};
pub(super) use fields::{NewJob, key};
pub(super) use indexes::Indexes;

/// The jobs and their indexes.
// Invariant: table and indexes hold the same rows
#[derive(Debug)]
pub(super) struct Root<J> {
    schema: Arc<Schema>,
    page_size_max: u32,
    pub(super) table: Table<J>,
    pub(super) indexes: Indexes,
}

impl<J: Record> Root<J> {
    /// Everything that a request reads.
    pub(super) fn view(&self) -> View<'_> {
        self.indexes.view(&self.table)
    }

    /// The row of the job with this ID.
    pub(super) fn find(&self, job_id: &str) -> Option<Row> {
        self.indexes.job_ids.find(&self.table, job_id)
    }

    /// A root without a job, for records of a schema that was checked.
    pub(super) fn new(schema: Arc<Schema>) -> Self {
        Self::with_cache(schema, Arc::default())
    }

    fn with_cache(schema: Arc<Schema>, cache: Arc<KeywordCache>) -> Self {
        let cells = Arc::new(Cells::new(*schema.shape()));
        let indexes = Indexes::new(cells, cache);
        Self { schema, page_size_max: PAGE_SIZE_MAX, table: Table::default(), indexes }
    }

    /// A root without a job that has the settings of this one, and a cache of its own.
    pub(super) fn emptied(&self) -> Self {
        let cache = Arc::new(KeywordCache::new(self.indexes.cache.capacity()));
        Self { page_size_max: self.page_size_max, ..Self::with_cache(Arc::clone(&self.schema), cache) }
    }

    /// The facets of the records.
    pub(super) fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    pub(super) fn set_page_size_max(&mut self, page_size_max: u32) {
        self.page_size_max = page_size_max;
    }

    /// Checks a query.
    ///
    /// # Errors
    /// [`QueryError`] for the first value that is refused.
    pub(super) fn valid<'q>(&self, query: &'q Asked) -> Result<ValidQuery<'q>, QueryError> {
        ValidQuery::new(query, &self.schema, self.page_size_max)
    }

    /// Begins an empty cache with room for so many keywords.
    pub(super) fn replace_cache(&mut self, capacity: usize) {
        self.indexes.cache = Arc::new(KeywordCache::new(capacity));
    }

    /// The place of a job that is not there yet.
    pub(super) fn place(&self, job: &J) -> Place {
        self.indexes.timeline.place(&self.table, Edge::BeforeKey(key(job)))
    }

    /// Whether a job that takes the place of a row's gets another row: where it has another key, it is taken out and put in.
    pub(super) fn moves_on_replace(&self, row: Row, job: &J) -> bool {
        self.table.key(row) != key(job)
    }

    /// Adds a job of a cell, whose ID is not there, at its place.
    pub(super) fn insert(&mut self, place: Place, job: &Arc<J>, cell: Cell) {
        let fields = Fields::of(job.as_ref());
        let may_move = self.jobs(&self.indexes.timeline.moving_on_insert(place));
        let moving = MovingJobs::read(may_move.iter().rev(), MOVED_BYTES_MAX);
        let (row, moves) = self.indexes.insert(place, &fields, cell, &moving);
        self.table.relocate(&moves);
        self.table.insert(row, Arc::clone(job));
    }

    /// Adds jobs in time order to a root that has none; `None` if two have the same ID.
    pub(super) fn load(mut self, jobs: Vec<(Arc<J>, Cell)>) -> Option<Self> {
        let rows = self.load_rows(jobs);
        self.indexes.load(&self.table, &rows).then_some(self)
    }

    /// Adds jobs in time order to a root that has none, but not to the indexes of IDs, words and labels. Returns their rows.
    fn load_rows(&mut self, jobs: Vec<(Arc<J>, Cell)>) -> Vec<Row> {
        let mut rows = Vec::with_capacity(jobs.len());
        for (job, cell) in jobs {
            let row = self.indexes.append_row(job.create_time(), cell);
            self.table.insert(row, job);
            rows.push(row);
        }
        rows
    }

    /// Whether a job comes after all jobs of the root in time order.
    pub(super) fn is_after_all(&self, job: &J) -> bool {
        self.place(job) == self.indexes.timeline.last_place()
    }

    /// A job that is to be added with others, and everything that the indexes read of it.
    pub(super) fn new_job<'j>(&self, job: &'j J, cell: Cell) -> NewJob<'j> {
        let fields = Fields::of(job);
        let id_hash = self.indexes.job_ids.hash_of(fields.key.job_id);
        NewJob { fields, cell, id_hash }
    }

    /// Whether no two of some jobs have the same ID, and no job of the root has one of their IDs.
    pub(super) fn are_new(&self, jobs: &[NewJob<'_>]) -> bool {
        let ids = jobs.iter().map(|job| (job.id_hash, job.fields.key.job_id)).collect();
        self.indexes.job_ids.are_new(&self.table, ids)
    }

    /// Adds jobs in time order that come after all others, and whose IDs are not there. `fields` has what was read of each.
    /// Reads no record, so it can't panic.
    pub(super) fn append<'j>(&mut self, jobs: impl Iterator<Item = &'j Arc<J>>, fields: Vec<NewJob<'_>>)
    where
        J: 'j,
    {
        for (row, job) in self.indexes.append(fields).into_iter().zip(jobs) {
            self.table.insert(row, Arc::clone(job));
        }
    }

    /// Takes a row's job out.
    pub(super) fn remove(&mut self, row: Row) -> Arc<J> {
        let job = Arc::clone(self.table.job(row));
        let fields = Fields::of(job.as_ref());
        let joining = self.indexes.timeline.joining_without(row);
        let may_move = self.jobs(joining.rows());
        let bytes_max = if joining.must_be_whole() { usize::MAX } else { MOVED_BYTES_MAX };
        let moving = MovingJobs::read(may_move.iter(), bytes_max);
        let moves = self.indexes.remove(row, &fields, &joining, &moving);
        self.table.remove(row);
        self.table.relocate(&moves);
        job
    }

    /// Puts another job with the same ID, of a cell, in the place of a row's.
    pub(super) fn replace(&mut self, row: Row, job: Arc<J>, cell: Cell) -> Arc<J> {
        if self.moves_on_replace(row, &job) {
            let replaced = self.remove(row);
            self.insert(self.place(&job), &job, cell);
            return replaced;
        }
        let (before, after) = (Fields::of(self.table.job(row).as_ref()), Fields::of(job.as_ref()));
        self.indexes.replace(row, before, after, cell);
        self.table.replace(row, job)
    }

    /// The cell of values that were checked against the schema.
    pub(super) fn cell(&self, ordinals: &Ordinals) -> Cell {
        let cell = self.indexes.timeline.cells().cell(ordinals);
        cell.expect("the values of a record were checked before")
    }

    /// The jobs of some rows.
    fn jobs(&self, rows: &[Row]) -> Vec<(Row, Arc<J>)> {
        rows.iter().map(|&row| (row, Arc::clone(self.table.job(row)))).collect()
    }

    /// Panics with the name of a broken invariant. Costs a walk over everything.
    pub(super) fn check_invariants(&self) {
        let cell = |row| {
            let ordinals = self.table.job(row).facets().ordinals(&self.schema);
            self.cell(&ordinals.expect("the values of a job are of the schema"))
        };
        self.indexes.check_invariants(&self.table, &cell);
    }
}

#[cfg(feature = "durable")]
impl<J: Record + Send + Sync> Root<J> {
    /// [`load`](Self::load) by two threads.
    pub(super) fn load_by_threads(mut self, jobs: Vec<(Arc<J>, Cell)>) -> Option<Self> {
        let rows = self.load_rows(jobs);
        self.indexes.load_by_threads(&self.table, &rows).then_some(self)
    }
}

impl<J> Clone for Root<J> {
    fn clone(&self) -> Self {
        Self {
            schema: Arc::clone(&self.schema),
            page_size_max: self.page_size_max,
            table: self.table.clone(),
            indexes: self.indexes.clone(),
        }
    }
}
