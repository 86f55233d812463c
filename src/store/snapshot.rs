//! A snapshot: everything that can be read, as it was at one moment.

use std::fmt;
use std::sync::Arc;

use crate::error::QueryError;
use crate::exec::{self, FacetCounts, Jobs, Page};
use crate::job::{Job, JobRecord};
use crate::plan::{AccessPath, Explanation};
use crate::query::{ListQuery, ValidQuery};
use crate::store::root::Root;

/// A store as it was at one moment: all that reads. It never changes, whatever is written to the store afterwards, and
/// keeps the memory that it alone still needs.
///
/// Cloning it or taking it from a store copies one pointer: **O(1)**. It is `Send` and `Sync` where the records are.
///
/// ```
/// use jobdex::{Job, JobStore, ListQuery};
///
/// let store = JobStore::<Job>::new();
/// let snapshot = store.snapshot();
/// assert_eq!(snapshot.list(&ListQuery::new())?.total_count, 0);
/// # Ok::<(), jobdex::error::QueryError>(())
/// ```
pub struct Snapshot<J = Job> {
    pub(super) root: Arc<Root<J>>,
    version: u64,
}

impl<J> Snapshot<J> {
    pub(super) fn new(root: Root<J>) -> Self {
        Self { root: Arc::new(root), version: 0 }
    }

    /// The number of the publish by which a [`SharedJobStore`](crate::SharedJobStore) made this visible: 0 for what it
    /// began with, one more for each write since. A plain store publishes nothing: 0.
    #[inline]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The same jobs under another number.
    pub(crate) fn at_version(self, version: u64) -> Self {
        Self { version, ..self }
    }

    /// Whether this is the only one with its jobs.
    pub(crate) fn is_held_once(&self) -> bool {
        Arc::strong_count(&self.root) == 1
    }

    /// Whether no write lies between this and another.
    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.root, &other.root)
    }
}

impl<J: JobRecord> Snapshot<J> {
    /// How many jobs there are. Costs **O(1)**.
    pub fn len(&self) -> usize {
        self.root.timeline.len()
    }

    /// Whether there is no job.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The job with exactly this ID. Costs **O(1)**.
    pub fn get(&self, job_id: &str) -> Option<&Arc<J>> {
        self.root.find(job_id).map(|row| self.root.table.job(row))
    }

    /// The jobs with these IDs, each at the place of its ID; `None` where there is none. Costs **O(1)** an ID.
    pub fn get_many<I>(&self, job_ids: I) -> Vec<Option<&Arc<J>>>
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        job_ids.into_iter().map(|job_id| self.get(job_id.as_ref())).collect()
    }

    /// All jobs from the oldest to the newest, by (creation time, ID); reversed, from the newest on. Costs **O(1)** a job.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Arc<J>> + '_ {
        let Root { timeline, table, .. } = &*self.root;
        (0..timeline.blocks_len()).flat_map(|position| timeline.rows_at(position)).map(|row| table.job(row))
    }

    /// One page of the jobs that match a query, with the exact total.
    ///
    /// Costs **O(log n + p)** for a page of p among n jobs without a keyword, whatever the filters and the page; with one,
    /// a search of the dictionary and about a nanosecond per posting touched.
    ///
    /// # Errors
    /// [`QueryError`] where the query asks for a page, a range, a keyword or a cursor that can't be; each names its limit.
    pub fn list(&self, query: &ListQuery) -> Result<Page<J>, QueryError> {
        Ok(exec::list(&self.root.view(), &ValidQuery::new(query)?))
    }

    /// Per value of each facet, how many jobs the list would have with that value chosen: the counts beside a console's
    /// filters. The page and the order of the query do not matter. Costs about as much as one list.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub fn facets(&self, query: &ListQuery) -> Result<FacetCounts, QueryError> {
        Ok(exec::facets(&self.root.view(), &ValidQuery::new(query)?))
    }

    /// How a query is answered: the access path chosen and those rejected, estimated and actual counts. Runs the query.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub fn explain(&self, query: &ListQuery) -> Result<Explanation, QueryError> {
        Ok(exec::explain(&self.root.view(), &ValidQuery::new(query)?))
    }

    /// [`list`](Self::list) by one access path, whatever the planner would choose; `None` where that path can't answer the
    /// query. For tests, fuzzing and benches.
    #[doc(hidden)]
    pub fn list_by(&self, query: &ListQuery, path: AccessPath) -> Result<Option<Page<J>>, QueryError> {
        Ok(exec::list_by(&self.root.view(), &ValidQuery::new(query)?, path))
    }

    /// Panics with the name of a broken invariant. For tests and fuzzing.
    #[doc(hidden)]
    pub fn check_invariants(&self) {
        self.root.check_invariants();
    }
}

impl<J> Clone for Snapshot<J> {
    fn clone(&self) -> Self {
        Self { root: Arc::clone(&self.root), version: self.version }
    }
}

impl<J: JobRecord> fmt::Debug for Snapshot<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot").field("len", &self.len()).field("version", &self.version).finish_non_exhaustive()
    }
}
