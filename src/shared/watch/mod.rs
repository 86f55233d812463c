//! A watch: one page of a list, kept up to date, as a console shows it.
//!
//! After a publish, a watch runs its query again and compares the page with the one before. A watch can't lag: a read after
//! many publishes returns the sum of their changes. A watch holds two pages at most, and no history.

mod difference;

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use super::SharedState;
use super::subscription::Subscription;
use crate::error::QueryError;
use crate::exec::Page;
use crate::job::{Job, Record};
use crate::query::{Asked, ListQuery};
use difference::difference;

/// One page of a list, and the changes to it.
///
/// ```
/// use jobdex::changes::ListEvent;
/// use jobdex::{Job, JobStore, ListQuery, SharedJobStore, Status};
///
/// # let job: Job = serde_json::from_str(r#"{"Name":"News","JobId":"a046","TemplateType":"normal","TemplateId":"t1",
/// #     "TemplateName":"HD","StartMode":0,"Status":1,"StreamInput":{"Type":"rtmp","InputUrl":"rtmp://in/live/1"},
/// #     "OutputStream":{"StreamInfos":[]},"CreateTime":"2022-07-20T02:48:58Z"}"#)?;
/// let shared = SharedJobStore::new(JobStore::new());
/// let mut watch = shared.watch(ListQuery::new().status(Status::Running))?;
/// assert_eq!(watch.page().total_count, 0);
/// assert!(watch.try_next().is_none());
/// shared.write(|store| store.insert(job))?;
/// let change = watch.try_next().expect("a running job is new");
/// assert_eq!((change.version, change.total_count), (1, 1));
/// let [ListEvent::Entered { job, to: 0 }] = &change.events[..] else { panic!("one job is new") };
/// assert_eq!(job.job_id, "a046");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ListWatch<J = Job> {
    subscription: Subscription<J>,
    query: Asked,
    page: Page<J>,
}

/// The changes to the page of a [`ListWatch`] from one read to the next.
#[non_exhaustive]
pub struct ListChange<J = Job> {
    /// The version of the store that the page now shows.
    pub version: u64,
    /// How many jobs match now, on all pages.
    pub total_count: u64,
    /// The changes to the jobs on the page. Empty if only the total has changed.
    ///
    /// First the jobs that left, by their old positions; then the others, by their new positions; both ascending. To
    /// redraw a page, take out all jobs that left or moved, at their old positions. Then put in all that entered or moved,
    /// at their new positions, in this order. A job that only shifts because others entered or left has no event.
    pub events: Vec<ListEvent<J>>,
}

/// One change to one job on a page. Positions count from 0.
pub enum ListEvent<J = Job> {
    /// The job left the page: it no longer matches, it was removed, or other jobs pushed it out.
    Left {
        /// The job as it was on the page.
        job: Arc<J>,
        /// The old position.
        from: usize,
    },
    /// The job is new on the page.
    Entered {
        /// The job.
        job: Arc<J>,
        /// The new position.
        to: usize,
    },
    /// The job changed its position relative to the jobs that stay. The record may be another one too.
    Moved {
        /// The job as it is now.
        job: Arc<J>,
        /// The old position.
        from: usize,
        /// The new position.
        to: usize,
    },
    /// The job was updated, and its position relative to the jobs that stay is the same.
    Updated {
        /// The job as it is now.
        job: Arc<J>,
        /// The new position.
        at: usize,
    },
}

impl<J: Record> ListWatch<J> {
    pub(super) fn new(state: &Arc<SharedState<J>>, query: ListQuery<J::Facets>) -> Result<Self, QueryError> {
        let snapshot = state.published.load();
        let page = snapshot.list(&query)?;
        Ok(Self { subscription: Subscription::new(state, snapshot.version()), query: query.into_asked(), page })
    }

    /// The page as of the last read.
    pub fn page(&self) -> &Page<J> {
        &self.page
    }

    /// The version of the store as of the last read.
    pub fn version(&self) -> u64 {
        self.subscription.version
    }

    /// The changes to the page since the last read, without waiting. `None` if the page and the total are the same.
    ///
    /// Costs **O(1)**, one atomic load, if nothing was published since; otherwise one [`list`](crate::Snapshot::list) and
    /// a comparison of two pages.
    ///
    /// # Panics
    /// If a method of a record panics. The watch is then as it was before.
    pub fn try_next(&mut self) -> Option<ListChange<J>> {
        if !self.subscription.has_news() {
            return None;
        }
        let snapshot = self.subscription.state.published.load();
        let page = snapshot.list_asked(&self.query).expect("the query was checked when the watch began");
        let events = difference(&self.page.jobs, &page.jobs);
        let is_same = events.is_empty() && page.total_count == self.page.total_count;
        // Nothing below reads a record, so nothing can panic between these changes.
        self.subscription.version = snapshot.version();
        self.subscription.state.retire(snapshot);
        self.page = page;
        (!is_same).then(|| ListChange { version: self.version(), total_count: self.page.total_count, events })
    }

    /// The changes to the page since the last read; sleeps until there are some. `None` at the end: the last
    /// [`SharedJobStore`](super::SharedJobStore) is dropped, and the page shows its last version.
    ///
    /// # Panics
    /// As [`try_next`](Self::try_next).
    pub fn wait(&mut self) -> Option<ListChange<J>> {
        self.wait_until(None)
    }

    /// [`wait`](Self::wait), for at most this long: then `None` too.
    ///
    /// # Panics
    /// As [`try_next`](Self::try_next).
    pub fn wait_timeout(&mut self, timeout: Duration) -> Option<ListChange<J>> {
        self.wait_until(Instant::now().checked_add(timeout))
    }

    fn wait_until(&mut self, deadline: Option<Instant>) -> Option<ListChange<J>> {
        // Ends: `wait` returns false at the deadline, unless there is news. A store that publishes all the time without
        // a change to this page always has news, hence the second check of the deadline.
        while self.subscription.wait(deadline) {
            let change = self.try_next();
            if change.is_some() || deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                return change;
            }
        }
        None
    }

    /// [`wait`](Self::wait) for a task of any runtime, by `std::future::poll_fn`. With the feature `stream` the watch is a
    /// `Stream` of the same changes.
    ///
    /// # Panics
    /// As [`try_next`](Self::try_next).
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<ListChange<J>>> {
        // Ends: the next round polls again only after a publish that does not touch the page.
        loop {
            match self.subscription.poll(context) {
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

    /// Whether the last [`SharedJobStore`](super::SharedJobStore) is dropped, so nobody can write any more. Unread changes
    /// can still be read.
    pub fn is_closed(&self) -> bool {
        self.subscription.state.is_closed()
    }
}

#[cfg(feature = "stream")]
impl<J: Record> futures_core::Stream for ListWatch<J> {
    type Item = ListChange<J>;

    fn poll_next(self: std::pin::Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<ListChange<J>>> {
        Self::poll_next(self.get_mut(), context)
    }
}

impl<J> ListEvent<J> {
    /// The job: as it is now, or as it was on the page if it left.
    pub fn job(&self) -> &Arc<J> {
        match self {
            Self::Left { job, .. }
            | Self::Entered { job, .. }
            | Self::Moved { job, .. }
            | Self::Updated { job, .. } => job,
        }
    }
}

impl<J: Record> fmt::Debug for ListWatch<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListWatch")
            .field("query", &self.query)
            .field("version", &self.version())
            .finish_non_exhaustive()
    }
}

impl<J: Record> fmt::Debug for ListChange<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { version, total_count, events } = self;
        let mut fields = f.debug_struct("ListChange");
        fields.field("version", version).field("total_count", total_count).field("events", events).finish()
    }
}

impl<J: Record> fmt::Debug for ListEvent<J> {
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
