//! Changes: what a write did, job by job, and the errors and limits around following them.
//!
//! ```text
//! verbs of JobStore ──> Log (one write) ──> Commit (one publish) ──> History (the newest of them) ──> Changes
//! ```
//! A plain store keeps no log. Records are shared, not copied: a change is one or two pointers.

mod log;
mod serial;

use std::fmt;
use std::sync::Arc;

pub(super) use log::Log;

use crate::job::{Job, JobRecord};

/// What happened to one job.
pub enum Change<J = Job> {
    /// It is new.
    Inserted(Arc<J>),
    /// Another record took its place; both have its ID.
    Updated {
        /// The job as it was.
        before: Arc<J>,
        /// The job as it is since.
        after: Arc<J>,
    },
    /// It is gone; this is what it was.
    Removed(Arc<J>),
}

impl<J> Change<J> {
    /// The job as it was, if there was one.
    pub fn before(&self) -> Option<&Arc<J>> {
        match self {
            Self::Inserted(_) => None,
            Self::Updated { before, .. } | Self::Removed(before) => Some(before),
        }
    }

    /// The job as it is since, if there is one.
    pub fn after(&self) -> Option<&Arc<J>> {
        match self {
            Self::Inserted(after) | Self::Updated { after, .. } => Some(after),
            Self::Removed(_) => None,
        }
    }
}

impl<J: JobRecord> Change<J> {
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

impl<J: JobRecord> fmt::Debug for Change<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = match self {
            Self::Inserted(_) => "Inserted",
            Self::Updated { .. } => "Updated",
            Self::Removed(_) => "Removed",
        };
        f.debug_tuple(verb).field(&self.job_id()).finish()
    }
}

/// What one write changed: it became visible at once, and is to be applied at once.
///
/// It is `Serialize` and `Deserialize` where the records are, for a replica in another process, which applies those whose
/// versions follow the one that it has:
///
/// ```
/// use jobdex::{Commit, Job, JobStore, SharedJobStore};
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

    /// The version that these changes made of the one before.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The changes in the order in which they were made. A job may be in several.
    pub fn changes(&self) -> &[Change<J>] {
        &self.changes
    }
}

impl<J: JobRecord> fmt::Debug for Commit<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Commit").field("version", &self.version).field("changes", &self.changes).finish()
    }
}

/// All that was published from one version to another, in order.
///
/// It iterates over the single changes; [`commits`](Self::commits) has them write by write.
pub struct Changes<J = Job> {
    // Invariant: versions of `commits` ascend by one and end at `version`.
    commits: Vec<Arc<Commit<J>>>,
    version: u64,
}

impl<J> Changes<J> {
    pub(crate) fn none_since(version: u64) -> Self {
        Self { commits: Vec::new(), version }
    }

    pub(crate) fn push(&mut self, commit: Arc<Commit<J>>) {
        debug_assert_eq!(commit.version, self.version + 1, "commits follow one another");
        self.version = commit.version;
        self.commits.push(commit);
    }

    /// The version that all of these lead to: ask for the changes since this one next.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Whether nothing was published.
    pub fn is_empty(&self) -> bool {
        self.commits.is_empty()
    }

    /// The changes write by write.
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

impl<J: JobRecord> fmt::Debug for Changes<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changes").field("version", &self.version).field("commits", &self.commits).finish()
    }
}

/// The single changes of [`Changes`], in order.
pub struct IntoChanges<J = Job> {
    commits: std::vec::IntoIter<Arc<Commit<J>>>,
    commit: Option<Arc<Commit<J>>>,
    /// The next change of that commit.
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

impl<J: JobRecord> fmt::Debug for IntoChanges<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntoChanges").finish_non_exhaustive()
    }
}
