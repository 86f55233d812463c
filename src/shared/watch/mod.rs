//! Watching a list: what a console does to keep the page that it shows up to date.
//!
//! A watch asks its query anew when something was published and compares the page with the one before. So it can't lag:
//! a watch that looks seldom sees the sum of what happened. It holds two pages and no history.

mod difference;

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use super::Core;
use super::follow::Follower;
use crate::error::QueryError;
use crate::exec::Page;
use crate::job::{Job, JobRecord};
use crate::query::ListQuery;
use difference::difference;

/// One page of a list, and what happens to it.
///
/// ```
/// use jobdex::{Job, JobStore, ListQuery, SharedJobStore, Status};
///
/// let shared = SharedJobStore::<Job>::new(JobStore::new());
/// let mut watch = shared.watch(ListQuery::new().status(Status::Running))?;
/// assert_eq!(watch.page().total_count, 0);
/// assert!(watch.try_next().is_none());
/// # Ok::<(), jobdex::error::QueryError>(())
/// ```
pub struct ListWatch<J = Job> {
    follower: Follower<J>,
    query: ListQuery,
    page: Page<J>,
}

/// What happened to the page of a watch from one look to the next.
#[non_exhaustive]
pub struct ListChange<J = Job> {
    /// The version of the store that the page is of now.
    pub version: u64,
    /// How many jobs match now, on all pages.
    pub total_count: u64,
    /// What happened to the jobs on the page; nothing where only the total is another.
    ///
    /// First those that left, by their old positions; then the others by their new ones, both ascending. To redraw a page,
    /// take out all that left or moved at their old positions, and put in all that entered or moved at their new ones in
    /// this order. Jobs that only make room for others are not named.
    pub events: Vec<ListEvent<J>>,
}

/// What happened to one job on a page. Positions count from zero.
pub enum ListEvent<J = Job> {
    /// It is no more on the page: it does not match any longer, it is gone, or others pushed it out.
    Left {
        /// The job as it was on the page.
        job: Arc<J>,
        /// Where it was.
        from: usize,
    },
    /// It is new on the page.
    Entered {
        /// The job.
        job: Arc<J>,
        /// Where it is now.
        to: usize,
    },
    /// It stands among the others in another place.
    Moved {
        /// The job as it is now.
        job: Arc<J>,
        /// Where it was.
        from: usize,
        /// Where it is now.
        to: usize,
    },
    /// It is another record with the same ID, in its place among the others.
    Updated {
        /// The job as it is now.
        job: Arc<J>,
        /// Where it is now.
        at: usize,
    },
}

impl<J: JobRecord> ListWatch<J> {
    pub(super) fn new(core: &Arc<Core<J>>, query: ListQuery) -> Result<Self, QueryError> {
        let snapshot = core.snapshot();
        let page = snapshot.list(&query)?;
        Ok(Self { follower: Follower::new(core, snapshot.version()), query, page })
    }

    /// The page as it was at the last look.
    pub fn page(&self) -> &Page<J> {
        &self.page
    }

    /// The version of the store at the last look.
    pub fn version(&self) -> u64 {
        self.follower.version
    }

    /// Looks whether something happened to the page since the last look, without waiting. Costs one atomic load where
    /// nothing was published since, and one list otherwise.
    ///
    /// # Panics
    /// Where a record does; the watch is as it was then.
    pub fn try_next(&mut self) -> Option<ListChange<J>> {
        if !self.follower.has_news() {
            return None;
        }
        let snapshot = self.follower.core.snapshot();
        let page = snapshot.list(&self.query).expect("the query was checked when the watch began");
        let events = difference(&self.page.jobs, &page.jobs);
        let is_same = events.is_empty() && page.total_count == self.page.total_count;
        self.follower.version = snapshot.version();
        self.follower.core.leave(snapshot);
        self.page = page;
        (!is_same).then(|| ListChange { version: self.version(), total_count: self.page.total_count, events })
    }

    /// Sleeps until something happens to the page. `None` when nothing can any more: the last
    /// [`SharedJobStore`](super::SharedJobStore) is gone.
    ///
    /// # Panics
    /// As [`try_next`](Self::try_next).
    pub fn wait(&mut self) -> Option<ListChange<J>> {
        self.wait_until(None)
    }

    /// [`wait`](Self::wait), but not longer than this: then `None` too.
    ///
    /// # Panics
    /// As [`try_next`](Self::try_next).
    pub fn wait_timeout(&mut self, timeout: Duration) -> Option<ListChange<J>> {
        self.wait_until(Instant::now().checked_add(timeout))
    }

    fn wait_until(&mut self, until: Option<Instant>) -> Option<ListChange<J>> {
        // Ends when the time is over: there may be news until then that do not touch the page.
        while self.follower.wait(until) {
            let change = self.try_next();
            if change.is_some() || until.is_some_and(|until| until <= Instant::now()) {
                return change;
            }
        }
        None
    }

    /// [`wait`](Self::wait) for a task of any runtime, by `std::future::poll_fn`; with the feature `stream` the watch is a
    /// `Stream` of the same.
    ///
    /// # Panics
    /// As [`try_next`](Self::try_next).
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<ListChange<J>>> {
        loop {
            match self.follower.poll(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(false) => return Poll::Ready(None),
                Poll::Ready(true) => {
                    if let Some(change) = self.try_next() {
                        return Poll::Ready(Some(change));
                    }
                }
            }
        }
    }

    /// Whether nothing can happen any more.
    pub fn is_closed(&self) -> bool {
        self.follower.core.is_closed()
    }
}

#[cfg(feature = "stream")]
impl<J: JobRecord> futures_core::Stream for ListWatch<J> {
    type Item = ListChange<J>;

    fn poll_next(self: std::pin::Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<ListChange<J>>> {
        Self::poll_next(self.get_mut(), context)
    }
}

impl<J> ListEvent<J> {
    /// The job, as it is now or as it was when it left.
    pub fn job(&self) -> &Arc<J> {
        match self {
            Self::Left { job, .. }
            | Self::Entered { job, .. }
            | Self::Moved { job, .. }
            | Self::Updated { job, .. } => job,
        }
    }
}

impl<J: JobRecord> fmt::Debug for ListWatch<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListWatch")
            .field("query", &self.query)
            .field("version", &self.version())
            .finish_non_exhaustive()
    }
}

impl<J: JobRecord> fmt::Debug for ListChange<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { version, total_count, events } = self;
        let mut fields = f.debug_struct("ListChange");
        fields.field("version", version).field("total_count", total_count).field("events", events).finish()
    }
}

impl<J: JobRecord> fmt::Debug for ListEvent<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.job().job_id();
        match self {
            Self::Left { from, .. } => write!(f, "Left({id:?}, from {from})"),
            Self::Entered { to, .. } => write!(f, "Entered({id:?}, to {to})"),
            Self::Moved { from, to, .. } => write!(f, "Moved({id:?}, from {from} to {to})"),
            Self::Updated { at, .. } => write!(f, "Updated({id:?}, at {at})"),
        }
    }
}
