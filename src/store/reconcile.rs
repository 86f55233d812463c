//! Reconciling: a store is made to hold exactly some jobs, by the changes that are needed and no others.
//!
//! ```text
//! jobs ──> checks ──> difference: gone, other, new ──> few: one by one
//!                                                  └─> many: a load of all jobs
//! ```
//! Nothing is written before all jobs are checked and compared.

use std::collections::HashSet;
use std::sync::Arc;

use super::JobStore;
use super::batch::sorted;
use super::check::{check_new, check_room};
use crate::error::{ExtendError, InsertError};
use crate::index::cell::Cell;
use crate::job::Record;
use crate::rows::row::{Place, Row};
use crate::store::changes::Change;
use crate::store::root::Root;

/// The number of jobs that [`JobStore::reconcile`] has changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reconciled {
    /// The jobs that are new.
    pub inserted: usize,
    /// The jobs that differed from the job with their ID.
    pub updated: usize,
    /// The jobs that are gone.
    pub removed: usize,
}

impl Reconciled {
    /// The number of all changes.
    pub fn changes(&self) -> usize {
        self.inserted + self.updated + self.removed
    }
}

/// The changes that lead from the jobs of a store to other jobs.
// Invariants:
//   the IDs of `gone` and `other` are in the store, those of `new` are not
//   no two IDs are equal
struct Difference<J> {
    gone: Vec<Arc<J>>,
    other: Vec<(Arc<J>, Cell)>,
    /// In time order.
    new: Vec<(Arc<J>, Cell)>,
    /// The jobs that the store keeps as they are. A load needs them.
    kept: Vec<(Arc<J>, Cell)>,
}

/// A load costs about a quarter of single changes for each job, so it is for differences of more than this part of all jobs.
const LOADED_PART: usize = 4;

impl<J: Record + PartialEq> JobStore<J> {
    /// Makes the store hold exactly these jobs, in any order, and returns how many it has changed: all of them, or none if
    /// a job is refused. A job that equals the job with its ID is not written, so feeds and watches see only the differences.
    ///
    /// It is for a store that is filled anew from another place, such as a table, and is read meanwhile.
    ///
    /// Costs **O(m + n)** for m jobs and n jobs in the store, a comparison of each pair with the same ID, and
    /// **O(log n)** amortized for each change.
    ///
    /// ```
    /// use jobdex::{Job, JobStore, Status};
    ///
    /// # let job: Job = serde_json::from_str(r#"{"Name":"News","JobId":"a046","TemplateType":"normal","TemplateId":"t1",
    /// #     "TemplateName":"HD","StartMode":0,"Status":1,"StreamInput":{"Type":"rtmp","InputUrl":"rtmp://in/live/1"},
    /// #     "OutputStream":{"StreamInfos":[]},"CreateTime":"2022-07-20T02:48:58Z"}"#)?;
    /// let mut store = JobStore::new();
    /// store.insert(Job { job_id: "gone".into(), ..job.clone() })?;
    /// store.insert(job.clone())?;
    /// let changed = store.reconcile([Job { status: Status::Stopped, ..job }])?;
    /// assert_eq!((changed.inserted, changed.updated, changed.removed), (0, 1, 1));
    /// assert_eq!(store.get("a046").map(|job| job.status), Some(Status::Stopped));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ExtendError`] names the first job that is refused, and the reason, as [`insert`](Self::insert). An ID is taken if an
    /// earlier one of these jobs has it.
    ///
    /// # Panics
    /// If the iterator, a method of a record or its comparison panics. Nothing has changed then.
    pub fn reconcile(&mut self, jobs: impl IntoIterator<Item = J>) -> Result<Reconciled, ExtendError> {
        self.reconcile_shared(&jobs.into_iter().map(Arc::new).collect::<Vec<_>>())
    }

    /// [`reconcile`](Self::reconcile), for a caller that goes on to hold the jobs.
    pub(crate) fn reconcile_shared(&mut self, jobs: &[Arc<J>]) -> Result<Reconciled, ExtendError> {
        if self.is_empty() {
            self.extend_shared(jobs)?;
            return Ok(Reconciled { inserted: jobs.len(), ..Reconciled::default() });
        }
        let difference = self.difference(jobs)?;
        let reconciled = difference.counts();
        if reconciled.changes() > 0 {
            self.make_equal(difference);
        }
        Ok(reconciled)
    }

    fn difference(&self, jobs: &[Arc<J>]) -> Result<Difference<J>, ExtendError> {
        let root = &self.snapshot.root;
        let (mut kept, mut other, mut new) = (Vec::new(), Vec::new(), Vec::new());
        let mut seen = Seen { rows: HashSet::with_capacity(self.len()), ids: HashSet::new() };
        for (position, job) in jobs.iter().enumerate() {
            let refused = |reason| ExtendError { position, reason };
            let cell = check_new(job.as_ref(), root).map_err(refused)?;
            let row = root.find(job.job_id());
            if !seen.insert(row, job.job_id()) {
                return Err(refused(InsertError::JobIdTaken { job_id: job.job_id().to_owned() }));
            }
            check_room(position, 1).map_err(refused)?;
            match row.map(|row| root.table.job(row)) {
                None => new.push((Arc::clone(job), cell)),
                Some(held) if held == job => kept.push((Arc::clone(held), cell)),
                Some(_) => other.push((Arc::clone(job), cell)),
            }
        }
        let gone = self.jobs_of_other_rows(&seen.rows);
        Ok(Difference { gone, other, new: sorted(new), kept })
    }

    /// The jobs whose rows are not among these.
    fn jobs_of_other_rows(&self, rows: &HashSet<Row>) -> Vec<Arc<J>> {
        if rows.len() == self.len() {
            return Vec::new();
        }
        let root = &self.snapshot.root;
        let timeline = &root.indexes.timeline;
        let all = timeline.rows_between(Place::START, timeline.end());
        let others = all.filter(|row| !rows.contains(row));
        others.map(|row| Arc::clone(root.table.job(row))).collect()
    }

    /// Makes the changes of a difference that is not empty.
    fn make_equal(&mut self, difference: Difference<J>) {
        let changes = difference.counts().changes();
        let Difference { gone, other, new, kept } = difference;
        let logged = self.log.is_some().then(|| self.changes_of(&gone, &other, &new));
        if changes > (kept.len() + other.len() + new.len()) / LOADED_PART {
            let all = kept.into_iter().chain(other).chain(new);
            let loaded = self.snapshot.root.emptied().load(sorted(all));
            self.snapshot.root = Arc::new(loaded.expect("the IDs were compared before"));
        } else {
            drop(kept);
            self.change_copy(|root| {
                let row = |root: &Root<J>, job: &J| root.find(job.job_id()).expect("the ID was found before");
                for job in &gone {
                    root.remove(row(root, job));
                }
                for (job, cell) in other {
                    root.replace(row(root, &job), job, cell);
                }
                for (job, cell) in &new {
                    root.insert(root.place(job), job, *cell);
                }
            });
        }
        if let (Some(log), Some(logged)) = (&mut self.log, logged) {
            log.extend(changes, logged);
        }
    }

    /// The changes in an order in which another store with the same jobs can apply them.
    fn changes_of(&self, gone: &[Arc<J>], other: &[(Arc<J>, Cell)], new: &[(Arc<J>, Cell)]) -> Vec<Change<J>> {
        let before = |job: &J| self.get(job.job_id()).cloned().expect("the ID was found before");
        let removed = gone.iter().map(|job| Change::Removed(Arc::clone(job)));
        let updated = other.iter().map(|(job, _)| Change::Updated { before: before(job), after: Arc::clone(job) });
        let inserted = new.iter().map(|(job, _)| Change::Inserted(Arc::clone(job)));
        removed.chain(updated).chain(inserted).collect()
    }
}

impl<J> Difference<J> {
    fn counts(&self) -> Reconciled {
        Reconciled { inserted: self.new.len(), updated: self.other.len(), removed: self.gone.len() }
    }
}

/// The jobs that have come so far: by row if the store has their ID, and by ID if it has not.
struct Seen<'j> {
    rows: HashSet<Row>,
    ids: HashSet<&'j str>,
}

impl<'j> Seen<'j> {
    /// False if the job has come before.
    fn insert(&mut self, row: Option<Row>, job_id: &'j str) -> bool {
        match row {
            Some(row) => self.rows.insert(row),
            None => self.ids.insert(job_id),
        }
    }
}
