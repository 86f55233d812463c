//! Changes: the effect of a write, job by job.
//!
//! ```text
//! writes of a JobStore ──> Log (one write) ──> Commit (one publish) ──> History (the newest commits) ──> Changes
//! ```
//! A plain store has no log. Changes share the records: a change is one or two pointers.

mod log;
mod serial;

use std::fmt;
use std::sync::Arc;

pub(super) use log::Log;

use crate::job::{Job, Record};

/// A change to one job. [`JobStore::apply`](crate::JobStore::apply) applies it to a replica.
pub enum Change<J = Job> {
    /// The job is new.
    Inserted(Arc<J>),
    /// The job was replaced by a record with the same ID.
    Updated {
        /// The job before the change.
        before: Arc<J>,
        /// The job after the change.
        after: Arc<J>,
    },
    /// The job was removed; this is its last record.
    Removed(Arc<J>),
}

impl<J> Change<J> {
    /// The job before the change. `None` if it is new.
    pub fn before(&self) -> Option<&Arc<J>> {
        match self {
            Self::Inserted(_) => None,
            Self::Updated { before, .. } | Self::Removed(before) => Some(before),
        }
    }

    /// The job after the change. `None` if it was removed.
    pub fn after(&self) -> Option<&Arc<J>> {
        match self {
            Self::Inserted(after) | Self::Updated { after, .. } => Some(after),
            Self::Removed(_) => None,
        }
    }
}

impl<J: Record> Change<J> {
    /// The job's ID.
    pub fn job_id(&self) -> &str {
        match self {
            Self::Inserted(job) | Self::Updated { after: job, .. } | Self::Removed(job) => job.job_id(),
        }
    }
}

impl<J> Clone for Change<J> {
    fn clone(&self) -> Self {
        match self {
            Self::Inserted(job) => Self::Inserted(Arc::clone(job)),
            Self::Updated { before, after } => Self::Updated { before: Arc::clone(before), after: Arc::clone(after) },
            Self::Removed(job) => Self::Removed(Arc::clone(job)),
        }
    }
}

impl<J: PartialEq> PartialEq for Change<J> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Inserted(job), Self::Inserted(other)) | (Self::Removed(job), Self::Removed(other)) => job == other,
            (Self::Updated { before, after }, Self::Updated { before: other_before, after: other_after }) => {
                before == other_before && after == other_after
            }
            _ => false,
        }
    }
}

impl<J: Record> fmt::Debug for Change<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = match self {
            Self::Inserted(_) => "Inserted",
            Self::Updated { .. } => "Updated",
            Self::Removed(_) => "Removed",
        };
        f.debug_tuple(verb).field(&self.job_id()).finish()
    }
}

/// The changes of one write. They became visible at once; a replica with readers applies them in one write too.
///
/// A commit is `Serialize` and `Deserialize` if the records are, for a replica in another process. The replica applies each
/// commit whose version follows its own:
///
/// ```
/// use jobdex::changes::Commit;
/// use jobdex::{Job, JobStore, SharedJobStore};
///
/// # fn send(shared: &SharedJobStore, replica: &mut JobStore, mut version: u64) -> Result<(), Box<dyn std::error::Error>> {
/// for commit in shared.changes_since(version)?.commits() {
///     let line = serde_json::to_string(commit.as_ref())?;
///     // … from here to there …
///     let commit: Commit = serde_json::from_str(&line)?;
///     assert_eq!(commit.version(), version + 1);
///     commit.changes().iter().try_for_each(|change| replica.apply(change))?;
///     version = commit.version();
/// }
/// # Ok(())
/// # }
/// # let shared = SharedJobStore::<Job>::new(JobStore::new());
/// # send(&shared, &mut JobStore::new(), 0).unwrap();
/// ```
pub struct Commit<J = Job> {
    version: u64,
    changes: Box<[Change<J>]>,
}

impl<J> Commit<J> {
    pub(crate) fn new(version: u64, changes: Vec<Change<J>>) -> Self {
        Self { version, changes: changes.into() }
    }

    /// The version that this write published.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The changes in the order in which they were made. Several may be of the same job.
    pub fn changes(&self) -> &[Change<J>] {
        &self.changes
    }
}

impl<J: Record> fmt::Debug for Commit<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Commit").field("version", &self.version).field("changes", &self.changes).finish()
    }
}

/// All changes from one version to another, in order.
///
/// As an iterator it returns the single changes; [`commits`](Self::commits) has them write by write.
///
/// ```
/// use jobdex::changes::Change;
/// use jobdex::{Job, JobStore, SharedJobStore};
///
/// # let job: Job = serde_json::from_str(r#"{"Name":"News","JobId":"a046","TemplateType":"normal","TemplateId":"t1",
/// #     "TemplateName":"HD","StartMode":0,"Status":1,"StreamInput":{"Type":"rtmp","InputUrl":"rtmp://in/live/1"},
/// #     "OutputStream":{"StreamInfos":[]},"CreateTime":"2022-07-20T02:48:58Z"}"#)?;
/// let shared = SharedJobStore::new(JobStore::new());
/// shared.write(|store| store.insert(job))?;
/// let changes = shared.changes_since(0)?;
/// assert_eq!((changes.version(), changes.commits().len()), (1, 1));
/// assert!(changes.into_iter().all(|change| matches!(change, Change::Inserted(_))));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Changes<J = Job> {
    // Invariant: versions of `commits` ascend by one and end at `version`.
    commits: Vec<Arc<Commit<J>>>,
    version: u64,
}

impl<J> Changes<J> {
    /// No changes yet, after a version.
    pub(crate) fn none_since(version: u64) -> Self {
        Self { commits: Vec::new(), version }
    }

    pub(crate) fn push(&mut self, commit: Arc<Commit<J>>) {
        debug_assert_eq!(commit.version, self.version + 1, "commits follow one another");
        self.version = commit.version;
        self.commits.push(commit);
    }

    /// The version after all of these changes. Ask for the changes since this version next.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Whether nothing was published.
    pub fn is_empty(&self) -> bool {
        self.commits.is_empty()
    }

    /// The changes, one commit for each write.
    pub fn commits(&self) -> &[Arc<Commit<J>>] {
        &self.commits
    }

    /// The single changes in order.
    pub fn iter(&self) -> impl Iterator<Item = &Change<J>> + '_ {
        self.commits.iter().flat_map(|commit| commit.changes())
    }
}

impl<J> IntoIterator for Changes<J> {
    type Item = Change<J>;
    type IntoIter = IntoChanges<J>;

    fn into_iter(self) -> IntoChanges<J> {
        IntoChanges { commits: self.commits.into_iter(), commit: None, position: 0 }
    }
}

impl<J: Record> fmt::Debug for Changes<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changes").field("version", &self.version).field("commits", &self.commits).finish()
    }
}

/// The single changes of [`Changes`], in order.
pub struct IntoChanges<J = Job> {
    commits: std::vec::IntoIter<Arc<Commit<J>>>,
    commit: Option<Arc<Commit<J>>>,
    /// The position of the next change in `commit`.
    position: usize,
}

impl<J> Iterator for IntoChanges<J> {
    type Item = Change<J>;

    fn next(&mut self) -> Option<Change<J>> {
        // Ends: each round takes a commit out of a list.
        loop {
            if let Some(change) = self.commit.as_ref().and_then(|commit| commit.changes.get(self.position)) {
                self.position += 1;
                return Some(change.clone());
            }
            self.commit = Some(self.commits.next()?);
            self.position = 0;
        }
    }
}

impl<J: Record> fmt::Debug for IntoChanges<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntoChanges").finish_non_exhaustive()
    }
}
