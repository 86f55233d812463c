//! All indexes of a store, which change together.
//!
//! They know no type of record. So they are compiled once, and not anew for each.

#[cfg(feature = "durable")]
use std::panic::resume_unwind;
use std::sync::Arc;
#[cfg(feature = "durable")]
use std::thread;

use chrono::{DateTime, Utc};

use super::fields::{Fields, MovingJobs, NewJob};
use crate::cache::keywords::KeywordCache;
use crate::exec::View;
use crate::index::cell::{Cell, Cells};
use crate::index::facets::Facets;
use crate::index::job_ids::JobIds;
use crate::index::labels::Labels;
use crate::index::record::Records;
use crate::index::timeline::{Joining, Timeline};
use crate::index::words::WordIndex;
use crate::rows::row::{Move, Place, Row};

/// The indexes of a store, and the cache of what was found in them.
// Invariants:
//   timeline, facets, job_ids, words and labels hold the same rows
//   facets and timeline have each row under its job's cell, job_ids under its ID, words under the words of its name,
//     labels under its labels
#[derive(Clone, Debug)]
pub(in crate::store) struct Indexes {
    pub(in crate::store) timeline: Timeline,
    facets: Facets,
    pub(super) job_ids: JobIds,
    words: WordIndex,
    labels: Labels,
    /// Shared by all snapshots and clones.
    pub(super) cache: Arc<KeywordCache>,
}

impl Indexes {
    /// Indexes of no job, and a cache.
    pub(super) fn new(cells: Arc<Cells>, cache: Arc<KeywordCache>) -> Self {
        Self {
            timeline: Timeline::new(Arc::clone(&cells)),
            facets: Facets::new(cells),
            job_ids: JobIds::default(),
            words: WordIndex::default(),
            labels: Labels::default(),
            cache,
        }
    }

    /// Everything that a request reads.
    pub(super) fn view<'s>(&'s self, records: &'s dyn Records) -> View<'s> {
        View {
            records,
            timeline: &self.timeline,
            facets: &self.facets,
            job_ids: &self.job_ids,
            words: &self.words,
            labels: &self.labels,
            cache: &self.cache,
        }
    }

    /// Adds a job at its place, and returns its row and the moves that made room for it.
    pub(super) fn insert(
        &mut self,
        place: Place,
        job: &Fields<'_>,
        cell: Cell,
        moving: &MovingJobs<'_>,
    ) -> (Row, Vec<Move>) {
        let (place, moves) = self.timeline.make_room(moving, moving.len(), place, job.key.create_time);
        self.relocate(&moves, moving);
        let row = self.timeline.insert(place, job.key.create_time, cell);
        self.facets.insert(row, cell);
        self.job_ids.insert(job.key.job_id, row);
        self.words.insert(row, job.name);
        self.labels.insert(row, &job.labels);
        (row, moves)
    }

    /// Adds a job that comes after all others in time order to the timeline and the facets alone, and returns its row.
    pub(super) fn append_row(&mut self, time: DateTime<Utc>, cell: Cell) -> Row {
        // No row moves.
        let (place, _) = self.timeline.make_room(&MovingJobs::default(), 0, self.timeline.last_place(), time);
        let row = self.timeline.insert(place, time, cell);
        self.facets.insert(row, cell);
        row
    }

    /// Adds jobs in time order that come after all others, and returns their rows.
    pub(super) fn append(&mut self, jobs: Vec<NewJob<'_>>) -> Vec<Row> {
        let rows: Vec<Row> = jobs.iter().map(|job| self.append_row(job.fields.key.create_time, job.cell)).collect();
        let new = || rows.iter().copied().zip(&jobs);
        self.job_ids.insert_all(new().map(|(row, job)| (job.fields.key.job_id.len(), job.id_hash, row)));
        self.words.insert_all(&mut new().map(|(row, job)| (row, job.fields.name)));
        self.labels.insert_all(&mut rows.iter().copied().zip(jobs).map(|(row, job)| (row, job.fields.labels)));
        rows
    }

    /// Adds the jobs at rows, which the timeline and the facets have already, to the other indexes, which have none. False
    /// if two have the same ID.
    pub(super) fn load(&mut self, records: &dyn Records, rows: &[Row]) -> bool {
        let are_new = self.job_ids.load(records, rows);
        if are_new {
            load_words(&mut self.words, records, rows);
            load_labels(&mut self.labels, records, rows);
        }
        are_new
    }

    /// [`load`](Self::load) by two threads: the words take one about as long as everything else takes the other.
    #[cfg(feature = "durable")]
    pub(super) fn load_by_threads(&mut self, records: &(dyn Records + Sync), rows: &[Row]) -> bool {
        let Self { words, job_ids, labels, .. } = self;
        thread::scope(|scope| {
            let words = scope.spawn(|| load_words(words, records, rows));
            let are_new = job_ids.load(records, rows);
            if are_new {
                load_labels(labels, records, rows);
            }
            // A record that panics does so in the write that brings it.
            words.join().unwrap_or_else(|panic| resume_unwind(panic));
            are_new
        })
    }

    /// Takes a row's job out, and returns the moves by which its block may have joined another.
    pub(super) fn remove(
        &mut self,
        row: Row,
        job: &Fields<'_>,
        joining: &Joining,
        moving: &MovingJobs<'_>,
    ) -> Vec<Move> {
        self.words.remove(row, job.name);
        self.labels.remove(row, &job.labels);
        self.job_ids.remove(job.key.job_id, row);
        self.facets.remove(row, self.timeline.cell(row));
        let moves = self.timeline.remove(moving, joining, moving.len(), row);
        self.relocate(&moves, moving);
        moves
    }

    /// Gives a row another job with the same key. Indexes of equal fields stay untouched.
    pub(super) fn replace(&mut self, row: Row, before: Fields<'_>, after: Fields<'_>, new_cell: Cell) {
        if before.name != after.name {
            self.words.rename(row, before.name, after.name);
        }
        self.labels.replace(row, before.labels, after.labels);
        let old_cell = self.timeline.cell(row);
        if old_cell != new_cell {
            self.timeline.set_cell(row, new_cell);
            self.facets.set_cell(row, old_cell, new_cell);
        }
    }

    /// Carries moves of the timeline into the other indexes.
    fn relocate(&mut self, moves: &[Move], moving: &MovingJobs<'_>) {
        for &Move { from, to } in moves {
            let Fields { key, name, labels } = moving.get(from);
            self.facets.relocate(from, to, self.timeline.cell(to));
            self.job_ids.relocate(key.job_id, from, to);
            self.words.relocate(from, to, name);
            self.labels.relocate(from, to, labels);
        }
    }

    /// Panics with the name of a broken invariant. `cell` gives the cell of each row's job. Costs a walk over everything.
    pub(super) fn check_invariants(&self, records: &dyn Records, cell: &dyn Fn(Row) -> Cell) {
        self.timeline.check_invariants(records);
        self.job_ids.check_invariants();
        let rows: Vec<Row> = self.timeline.rows_between(Place::START, self.timeline.end()).collect();
        assert_eq!(rows.len(), self.timeline.len(), "the timeline lists as many rows as it counts");
        assert_eq!(rows.len(), self.job_ids.len(), "there are as many IDs as rows");
        for &row in &rows {
            assert_eq!(self.job_ids.find(records, records.key(row).job_id), Some(row), "a job is found by its ID");
            assert_eq!(self.timeline.cell(row), cell(row), "the timeline has a job's cell");
            assert!(self.facets.has_cell(row, cell(row)), "the facets have a job's cell");
        }
        self.facets.check_invariants(rows.len(), self.timeline.block_ids_end());
        self.labels.check_invariants(&mut rows.iter().map(|&row| (row, records.labels(row))));
        self.words.check_invariants(&mut rows.iter().map(|&row| (row, records.name(row))));
    }
}

fn load_words(words: &mut WordIndex, records: &dyn Records, rows: &[Row]) {
    words.insert_all(&mut rows.iter().map(|&row| (row, records.name(row))));
}

fn load_labels(labels: &mut Labels, records: &dyn Records, rows: &[Row]) {
    labels.insert_all(&mut rows.iter().map(|&row| (row, records.labels(row))));
}
