//! Batches: many jobs, checked together, sorted, and added all or not at all.
//!
//! An empty store is loaded instead, which is faster than as many insertions: no job has to be found or moved. A batch behind
//! all jobs of the store is added in place, and each word of its names is looked up once.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::JobStore;
use super::check::{check_new, check_room};
use crate::error::{ExtendError, InsertError};
use crate::index::cell::Cell;
use crate::job::Record;
use crate::store::changes::Change;
use crate::store::root::{NewJob, Root};

impl<J: Record> JobStore<J> {
    /// Adds many jobs, in any order: all of them, or none. An empty batch changes nothing.
    ///
    /// Costs **O(b log(n + b))** amortized for a batch of b jobs. A batch into an empty store costs least a job, then a batch
    /// whose jobs all come after those of the store in time order.
    ///
    /// ```
    /// use jobdex::error::InsertError;
    /// use jobdex::{Job, JobStore};
    ///
    /// # let job: Job = serde_json::from_str(r#"{"Name":"News","JobId":"a046","TemplateType":"normal","TemplateId":"t1",
    /// #     "TemplateName":"HD","StartMode":0,"Status":1,"StreamInput":{"Type":"rtmp","InputUrl":"rtmp://in/live/1"},
    /// #     "OutputStream":{"StreamInfos":[]},"CreateTime":"2022-07-20T02:48:58Z"}"#)?;
    /// let mut store = JobStore::new();
    /// let error = store.extend([job.clone(), job.clone()]).unwrap_err();
    /// assert_eq!(error.position, 1);
    /// assert_eq!(error.reason, InsertError::JobIdTaken { job_id: "a046".into() });
    /// assert!(store.is_empty());
    /// store.extend([job])?;
    /// assert_eq!(store.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ExtendError`] names the first job of the batch that can't be added, and the reason, as
    /// [`insert`](Self::insert). An ID is taken, too, if an earlier job of the batch has it.
    ///
    /// # Panics
    /// If the iterator or a method of a record panics. No job has been added then.
    pub fn extend(&mut self, jobs: impl IntoIterator<Item = J>) -> Result<(), ExtendError> {
        self.extend_shared(&jobs.into_iter().map(Arc::new).collect::<Vec<_>>())
    }

    /// [`extend`](Self::extend), for a caller that goes on to hold the jobs.
    pub(crate) fn extend_shared(&mut self, jobs: &[Arc<J>]) -> Result<(), ExtendError> {
        if jobs.is_empty() {
            // The same root as before, or a shared store would publish a version without a change.
            return Ok(());
        }
        if self.is_empty() {
            return self.load(jobs);
        }
        let in_order = sorted(self.checked(jobs)?);
        if !self.append(&in_order) {
            self.check_ids(jobs)?;
            self.insert_each(&in_order);
        }
        if let Some(log) = &mut self.log {
            log.extend(in_order.len(), in_order.into_iter().map(|(job, _)| Change::Inserted(job)));
        }
        Ok(())
    }

    /// Adds jobs in order if all of them come after those of the store, and no ID is taken or repeated; false otherwise.
    fn append(&mut self, in_order: &[(Arc<J>, Cell)]) -> bool {
        let root = &self.snapshot.root;
        if !root.is_after_all(&in_order[0].0) {
            return false;
        }
        // All records are read before the first is added: one that panics changes nothing.
        let new: Vec<NewJob<'_>> = in_order.iter().map(|(job, cell)| root.new_job(job.as_ref(), *cell)).collect();
        let are_new = root.are_new(&new);
        if are_new {
            Arc::make_mut(&mut self.snapshot.root).append(in_order.iter().map(|(job, _)| job), new);
        }
        are_new
    }

    /// Adds jobs one by one, in time order, which is the cheapest.
    fn insert_each(&mut self, jobs: &[(Arc<J>, Cell)]) {
        // One copy: a record that panics at any job drops the whole batch.
        self.change_copy(|root| jobs.iter().for_each(|(job, cell)| root.insert(root.place(job), job, *cell)));
    }

    /// Adds jobs to an empty store. The new index of IDs detects equal IDs without their positions; the position of the
    /// second is then found by [`check_ids`](Self::check_ids).
    fn load(&mut self, jobs: &[Arc<J>]) -> Result<(), ExtendError> {
        let load = self.load.unwrap_or(Root::load);
        match load(self.snapshot.root.emptied(), sorted(self.checked(jobs)?)) {
            Some(root) => self.snapshot.root = Arc::new(root),
            None => return self.check_ids(jobs),
        }
        if let Some(log) = &mut self.log {
            log.extend(jobs.len(), jobs.iter().cloned().map(Change::Inserted));
        }
        Ok(())
    }

    /// Checks each job of a batch, except whether its ID is taken, and returns it with its cell.
    ///
    /// # Errors
    /// The first error of the batch, which is that of an ID where an earlier job has a taken one.
    fn checked(&self, jobs: &[Arc<J>]) -> Result<Vec<(Arc<J>, Cell)>, ExtendError> {
        let mut checked = Vec::with_capacity(jobs.len());
        for (position, job) in jobs.iter().enumerate() {
            let cell = check_new(job.as_ref(), &self.snapshot.root);
            match cell.and_then(|cell| check_room(self.len(), position + 1).map(|()| cell)) {
                Ok(cell) => checked.push((Arc::clone(job), cell)),
                Err(reason) => {
                    self.check_ids(&jobs[..position])?;
                    return Err(ExtendError { position, reason });
                }
            }
        }
        Ok(checked)
    }

    /// Checks that the ID of each job is in neither the store nor an earlier job of the batch.
    fn check_ids(&self, jobs: &[Arc<J>]) -> Result<(), ExtendError> {
        let mut seen = HashSet::with_capacity(jobs.len());
        for (position, job) in jobs.iter().enumerate() {
            if self.snapshot.root.find(job.job_id()).is_some() || !seen.insert(job.job_id()) {
                let reason = InsertError::JobIdTaken { job_id: job.job_id().to_owned() };
                return Err(ExtendError { position, reason });
            }
        }
        Ok(())
    }
}

#[cfg(feature = "durable")]
impl<J: Record + Send + Sync> JobStore<J> {
    /// The store, which loads a batch by two threads while it is empty.
    pub(crate) fn with_threads(self) -> Self {
        Self { load: Some(Root::load_by_threads), ..self }
    }
}

/// The jobs by (creation time, ID), with their cells. The times are sorted beside the jobs, so that a comparison rarely reads
/// a job.
pub(super) fn sorted<J: Record>(jobs: impl IntoIterator<Item = (Arc<J>, Cell)>) -> Vec<(Arc<J>, Cell)> {
    let timed = jobs.into_iter().map(|(job, cell)| (job.create_time(), (job, cell))).collect();
    let mut order = in_order_of_time(timed);
    for tied in order.chunk_by_mut(|a, b| a.0 == b.0).filter(|tied| tied.len() > 1) {
        tied.sort_unstable_by(|(_, (a, _)), (_, (b, _))| a.job_id().cmp(b.job_id()));
    }
    order.into_iter().map(|(_, job)| job).collect()
}

/// Sorts by time. Jobs mostly come in order, so only the late ones, which are older than a job before them, are sorted,
/// and then merged with the others. If more than a quarter are late, all are sorted.
fn in_order_of_time<T>(mut timed: Vec<(DateTime<Utc>, T)>) -> Vec<(DateTime<Utc>, T)> {
    let mut newest = DateTime::<Utc>::MIN_UTC;
    let is_late = |(time, _): &mut (DateTime<Utc>, T)| {
        newest = newest.max(*time);
        *time < newest
    };
    let len = timed.len();
    let mut late: Vec<_> = timed.extract_if(.., is_late).collect();
    if late.is_empty() {
        return timed;
    }
    if late.len() > len / 4 {
        timed.append(&mut late);
        timed.sort_unstable_by_key(|&(time, _)| time);
        return timed;
    }
    late.sort_unstable_by_key(|&(time, _)| time);
    // Invariant: `merged` is in order, and no later than the next of `late` and of `timed`.
    let (mut late, mut merged) = (late.into_iter().peekable(), Vec::with_capacity(len));
    for next in timed {
        while let Some(earlier) = late.next_if(|earlier| earlier.0 < next.0) {
            merged.push(earlier);
        }
        merged.push(next);
    }
    merged.extend(late);
    merged
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn jobs_are_put_in_order_of_time_however_they_come(
            late in prop::collection::vec((0..400_usize, 0..400_i64), 0..200),
            len in 0..400_i64,
        ) {
            let time = |second| DateTime::UNIX_EPOCH + TimeDelta::seconds(second);
            let mut times: Vec<_> = (0..len).map(|second| time(second / 3)).collect();
            for (at, second) in late {
                times.insert(at.min(times.len()), time(second));
            }
            let numbered: Vec<_> = times.iter().copied().zip(0..).collect();
            let ordered = in_order_of_time(numbered.clone());
            prop_assert!(ordered.is_sorted_by_key(|&(time, _)| time));
            let by_number = |mut all: Vec<(DateTime<Utc>, i32)>| {
                all.sort_unstable_by_key(|&(_, number)| number);
                all
            };
            prop_assert_eq!(by_number(ordered), numbered);
        }
    }
}
