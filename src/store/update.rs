//! Changes of one job that are made to a copy of its record.

use std::sync::Arc;

use super::JobStore;
use super::check::check_fields;
use crate::error::{UpdateError, UpdateIfError};
use crate::job::Record;

impl<J: Record> JobStore<J> {
    /// Changes any field of a job except its ID, and returns the job as it is now. The change is made to a copy, so
    /// snapshots keep the job as it was.
    ///
    /// Costs **O(log n)** amortized, and a clone of the record. Indexes of unchanged fields stay untouched.
    ///
    /// # Errors
    /// [`UpdateError`] if there is no job with this ID, if `change` changed the ID, or if a field is over its limit.
    ///
    /// # Panics
    /// If `change` or a method of a record panics. Nothing has changed then.
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
        let cell = check_fields(&job, &self.snapshot.root)?;
        let job = Arc::new(job);
        self.replace(row, Arc::clone(&job), cell);
        Ok(job)
    }

    /// [`update`](Self::update), if the job as it is now meets a condition. It is for a change that was decided on an
    /// earlier read of the job.
    ///
    /// The condition may check a field, or that the job is still the one that was read:
    ///
    /// ```
    /// # use jobdex::{Job, JobStore, Status};
    /// use std::sync::Arc;
    /// # fn stop(store: &mut JobStore) -> Result<(), Box<dyn std::error::Error>> {
    /// let is_pending = |now: &Arc<Job>| now.status == Status::Pending;
    /// store.update_if("a046", is_pending, |job| job.status = Status::Running)?;
    ///
    /// let seen = store.get("a046").cloned().ok_or("the job was removed")?;
    /// // … time passes …
    /// let is_unchanged = |now: &Arc<Job>| Arc::ptr_eq(now, &seen);
    /// store.update_if("a046", is_unchanged, |job| job.status = Status::Stopped)?;
    /// # Ok(())
    /// # }
    /// ```
    /// `Arc::ptr_eq` is as good as a comparison of versions: each change of a job makes a new `Arc`, and while `seen` is
    /// held, no other `Arc` has its address.
    ///
    /// Costs **O(log n)** amortized, as [`update`](Self::update).
    ///
    /// # Errors
    /// [`UpdateIfError::Refused`], with the job as it is now, if the condition returns false; otherwise as
    /// [`update`](Self::update).
    ///
    /// # Panics
    /// If `condition`, `change` or a method of a record panics. Nothing has changed then.
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
}
