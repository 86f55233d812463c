//! The root: the records and all indexes, in structures that share their parts between clones, and the changes that the verbs
//! are made of.
//!
//! The verbs have checked everything before, so nothing here fails. But the records are the caller's code, and reading one may
//! panic. So each change reads all that it needs before it writes anything: the record that comes or goes, and those whose rows
//! move. The changes that take one job out and put another in read records in between. The verbs make them on a copy.

mod moving;

#[cfg(feature = "durable")]
use std::panic::resume_unwind;
use std::sync::Arc;
#[cfg(feature = "durable")]
use std::thread;

use chrono::{DateTime, Utc};

use super::table::{Table, key};
use crate::cache::keywords::KeywordCache;
use crate::error::QueryError;
use crate::exec::{Jobs, View};
use crate::index::cell::{Cell, Cells};
use crate::index::facets::Facets;
use crate::index::job_ids::JobIds;
use crate::index::labels::Labels;
use crate::index::record::Records;
use crate::index::timeline::{Edge, Timeline};
use crate::index::words::WordIndex;
use crate::job::{FacetNumbers, Ordinals, Record, Schema};
use crate::limits::PAGE_SIZE_MAX;
use crate::query::{Asked, ValidQuery};
use crate::rows::row::{Move, Place, Row};
use moving::{MOVED_BYTES_MAX, MovingJob, MovingJobs};

/// The jobs and their indexes.
// Invariants:
//   table, timeline, facets, job_ids, words and labels hold the same rows
//   facets and timeline have each row under its job's cell, job_ids under its ID, words under the words of its name,
//     labels under its labels
#[derive(Debug)]
pub(super) struct Root<J> {
    schema: Arc<Schema>,
    page_size_max: u32,
    pub(super) table: Table<J>,
    pub(super) timeline: Timeline,
    facets: Facets,
    job_ids: JobIds,
    words: WordIndex,
    labels: Labels,
    /// Shared by all snapshots and clones.
    cache: Arc<KeywordCache>,
}

/// A job to be added, and everything that the indexes read of it.
pub(super) struct NewJob<'j, J> {
    record: &'j Arc<J>,
    time: DateTime<Utc>,
    cell: Cell,
    id: &'j str,
    id_hash: u32,
    name: &'j str,
    labels: Vec<(&'j str, &'j str)>,
}

impl<'j, J: Record> NewJob<'j, J> {
    pub(super) fn new(root: &Root<J>, record: &'j Arc<J>, cell: Cell) -> Self {
        let (time, id) = (record.create_time(), record.job_id());
        let labels = record.labels().collect();
        Self { record, time, cell, id, id_hash: root.job_ids.hash_of(id), name: record.name(), labels }
    }
}

#[cfg(feature = "durable")]
impl<J: Record + Send + Sync> Root<J> {
    /// [`load`](Self::load) by two threads: the words take one about as long as everything else takes the other.
    pub(super) fn load_by_threads(mut self, jobs: Vec<(Arc<J>, Cell)>) -> Option<Self> {
        let rows = self.load_rows(jobs);
        let Self { table, words, job_ids, labels, .. } = &mut self;
        let (table, rows) = (&*table, &*rows);
        let are_new = thread::scope(|scope| {
            let words = scope.spawn(|| words.insert_all(rows.iter().map(|&row| (row, table.name(row)))));
            let are_new = job_ids.load(table, rows);
            if are_new {
                labels.insert_all(rows.iter().map(|&row| (row, table.job(row).labels())));
            }
            // A record that panics does so in the write that brings it.
            words.join().unwrap_or_else(|panic| resume_unwind(panic));
            are_new
        });
        are_new.then_some(self)
    }
}

impl<J: Record> Root<J> {
    /// Everything that a request reads.
    pub(super) fn view(&self) -> View<'_, Table<J>> {
        View {
            records: &self.table,
            timeline: &self.timeline,
            facets: &self.facets,
            job_ids: &self.job_ids,
            words: &self.words,
            labels: &self.labels,
            cache: &self.cache,
        }
    }

    /// The row of the job with this ID.
    pub(super) fn find(&self, job_id: &str) -> Option<Row> {
        self.job_ids.find(&self.table, job_id)
    }

    /// A root without a job, for records of a schema that was checked.
    pub(super) fn new(schema: Arc<Schema>) -> Self {
        let cells = Arc::new(Cells::new(*schema.shape()));
        Self {
            schema,
            page_size_max: PAGE_SIZE_MAX,
            table: Table::default(),
            timeline: Timeline::new(Arc::clone(&cells)),
            facets: Facets::new(cells),
            job_ids: JobIds::default(),
            words: WordIndex::default(),
            labels: Labels::default(),
            cache: Arc::default(),
        }
    }

    /// A root without a job that has the settings of this one, and a cache of its own.
    pub(super) fn emptied(&self) -> Self {
        let cache = Arc::new(KeywordCache::new(self.cache.capacity()));
        Self { cache, page_size_max: self.page_size_max, ..Self::new(Arc::clone(&self.schema)) }
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
        self.cache = Arc::new(KeywordCache::new(capacity));
    }

    /// The place of a job that is not there yet.
    pub(super) fn place(&self, job: &J) -> Place {
        self.timeline.place(&self.table, Edge::BeforeKey(key(job)))
    }

    /// Whether a job that takes the place of a row's gets another row: where it has another key, it is taken out and put in.
    pub(super) fn moves_on_replace(&self, row: Row, job: &J) -> bool {
        self.table.key(row) != key(job)
    }

    /// Adds a job of a cell, whose ID is not there, at its place.
    pub(super) fn insert(&mut self, place: Place, job: &Arc<J>, cell: Cell) {
        let (time, id, name) = (job.create_time(), job.job_id(), job.name());
        let labels: Vec<(&str, &str)> = job.labels().collect();
        let moving = self.jobs(self.timeline.moving_on_insert(place));
        let moving = MovingJobs::last(&moving, MOVED_BYTES_MAX);
        let (place, moves) = self.timeline.make_room(&moving, moving.len(), place, time);
        self.relocate(&moves, &moving);
        let row = self.timeline.insert(place, time, cell);
        self.facets.insert(row, cell);
        self.job_ids.insert(id, row);
        self.words.insert(row, name);
        self.labels.insert(row, labels);
        self.table.insert(row, Arc::clone(job));
    }

    /// Adds jobs in time order to a root that has none; `None` if two have the same ID.
    pub(super) fn load(mut self, jobs: Vec<(Arc<J>, Cell)>) -> Option<Self> {
        let rows = self.load_rows(jobs);
        if !self.job_ids.load(&self.table, &rows) {
            return None;
        }
        self.words.insert_all(rows.iter().map(|&row| (row, self.table.name(row))));
        self.labels.insert_all(rows.into_iter().map(|row| (row, self.table.job(row).labels())));
        Some(self)
    }

    /// Adds jobs in time order to a root that has none, but not to the indexes of IDs, words and labels. Returns their rows.
    fn load_rows(&mut self, jobs: Vec<(Arc<J>, Cell)>) -> Vec<Row> {
        let mut rows = Vec::with_capacity(jobs.len());
        for (job, cell) in jobs {
            let time = job.create_time();
            // No row moves if the job comes after all others.
            let (place, _) = self.timeline.make_room(&self.table, 0, self.timeline.last_place(), time);
            let row = self.timeline.insert(place, time, cell);
            self.facets.insert(row, cell);
            self.table.insert(row, job);
            rows.push(row);
        }
        rows
    }

    /// Whether a job comes after all jobs of the root in time order.
    pub(super) fn is_after_all(&self, job: &J) -> bool {
        self.place(job) == self.timeline.last_place()
    }

    /// Whether no two of some jobs have the same ID, and no job of the root has one of their IDs.
    pub(super) fn are_new(&self, jobs: &[NewJob<'_, J>]) -> bool {
        self.job_ids.are_new(&self.table, jobs.iter().map(|job| (job.id_hash, job.id)).collect())
    }

    /// Adds jobs in time order that come after all others, and whose IDs are not there. Reads no record, so it can't panic.
    pub(super) fn append(&mut self, jobs: &[NewJob<'_, J>]) {
        let mut rows = Vec::with_capacity(jobs.len());
        for job in jobs {
            let (place, _) = self.timeline.make_room(&self.table, 0, self.timeline.last_place(), job.time);
            let row = self.timeline.insert(place, job.time, job.cell);
            self.facets.insert(row, job.cell);
            self.table.insert(row, Arc::clone(job.record));
            rows.push(row);
        }
        self.job_ids.insert_all(jobs.iter().map(|job| job.id_hash).zip(rows.iter().copied()));
        self.words.insert_all(rows.iter().zip(jobs).map(|(&row, job)| (row, job.name)));
        self.labels.insert_all(rows.into_iter().zip(jobs).map(|(row, job)| (row, job.labels.iter().copied())));
    }

    /// Takes a row's job out.
    pub(super) fn remove(&mut self, row: Row) -> Arc<J> {
        let job = Arc::clone(self.table.job(row));
        let (id, name) = (job.job_id(), job.name());
        let labels: Vec<(&str, &str)> = job.labels().collect();
        let may_move = self.jobs(self.timeline.moving_on_remove(row));
        // A sparse block of long names stays as it is, unless there would be too many such blocks.
        let bytes_max = if self.timeline.must_join_without(row) { usize::MAX } else { MOVED_BYTES_MAX };
        let moving = MovingJobs::last(&may_move, bytes_max);
        let may_join = moving.len() == may_move.len();
        self.words.remove(row, name);
        self.labels.remove(row, labels);
        self.job_ids.remove(id, row);
        self.facets.remove(row, self.timeline.cell(row));
        let moves = self.timeline.remove(&moving, may_join, row);
        self.table.remove(row);
        self.relocate(&moves, &moving);
        job
    }

    /// Puts another job with the same ID, of a cell, in the place of a row's. Indexes of equal fields stay untouched.
    pub(super) fn replace(&mut self, row: Row, job: Arc<J>, new_cell: Cell) -> Arc<J> {
        if self.moves_on_replace(row, &job) {
            let replaced = self.remove(row);
            self.insert(self.place(&job), &job, new_cell);
            return replaced;
        }
        let old_cell = self.timeline.cell(row);
        let (old_name, new_name) = (self.table.name(row), job.name());
        let old_labels: Vec<(&str, &str)> = self.table.job(row).labels().collect();
        let new_labels: Vec<(&str, &str)> = job.labels().collect();
        if old_name != new_name {
            self.words.rename(row, old_name, new_name);
        }
        if old_labels != new_labels {
            self.labels.replace(row, old_labels, new_labels);
        }
        if old_cell != new_cell {
            self.timeline.set_cell(row, new_cell);
            self.facets.set_cell(row, old_cell, new_cell);
        }
        self.table.replace(row, job)
    }

    /// The cell of values that were checked against the schema.
    pub(super) fn cell(&self, ordinals: &Ordinals) -> Cell {
        self.timeline.cells().cell(ordinals).expect("the values of a record were checked before")
    }

    /// The jobs of some rows.
    fn jobs(&self, rows: Vec<Row>) -> Vec<(Row, Arc<J>)> {
        rows.into_iter().map(|row| (row, Arc::clone(self.table.job(row)))).collect()
    }

    /// Carries moves of the timeline into everything else.
    fn relocate(&mut self, moves: &[Move], moving: &MovingJobs<'_>) {
        for &Move { from, to } in moves {
            let MovingJob { key, name, labels } = moving.get(from);
            let job = self.table.remove(from);
            self.facets.relocate(from, to, self.timeline.cell(to));
            self.job_ids.relocate(key.job_id, from, to);
            self.words.relocate(from, to, name);
            self.labels.relocate(from, to, labels.iter().copied());
            self.table.insert(to, job);
        }
    }

    /// Panics with the name of a broken invariant. Costs a walk over everything.
    pub(super) fn check_invariants(&self) {
        self.timeline.check_invariants(&self.table);
        self.job_ids.check_invariants();
        let rows: Vec<Row> = self.timeline.rows_between(Place::START, self.timeline.end()).collect();
        assert_eq!(rows.len(), self.timeline.len(), "the timeline lists as many rows as it counts");
        assert_eq!(rows.len(), self.job_ids.len(), "there are as many IDs as rows");
        for &row in &rows {
            let job = self.table.job(row);
            assert_eq!(self.find(job.job_id()), Some(row), "a job is found by its ID");
            let cell = self.cell(&job.facets().ordinals(&self.schema).expect("the values of a job are of the schema"));
            assert_eq!(self.timeline.cell(row), cell, "the timeline has a job's cell");
            assert!(self.facets.has_cell(row, cell), "the facets have a job's cell");
        }
        self.facets.check_invariants(rows.len(), self.timeline.block_ids_end());
        self.labels.check_invariants(rows.iter().map(|&row| (row, self.table.job(row).labels())));
        self.words.check_invariants(rows.iter().map(|&row| (row, self.table.name(row))));
    }
}

impl<J> Clone for Root<J> {
    fn clone(&self) -> Self {
        Self {
            schema: Arc::clone(&self.schema),
            page_size_max: self.page_size_max,
            table: self.table.clone(),
            timeline: self.timeline.clone(),
            facets: self.facets.clone(),
            job_ids: self.job_ids.clone(),
            words: self.words.clone(),
            labels: self.labels.clone(),
            cache: Arc::clone(&self.cache),
        }
    }
}
