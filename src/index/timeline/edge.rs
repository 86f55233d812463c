//! Edges: borders in time order, between jobs, by a time or by the key of a job.

use chrono::{DateTime, Utc};

use crate::index::record::Key;

/// A border in time order, between jobs. The job of a key need not be there.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Edge<'a> {
    /// Before every job of this time.
    BeforeTime(DateTime<Utc>),
    /// Behind every job of this time.
    AfterTime(DateTime<Utc>),
    /// Before the job with this key.
    BeforeKey(Key<'a>),
    /// Behind the job with this key.
    AfterKey(Key<'a>),
}

impl Edge<'_> {
    /// The time of the edge. Jobs of an earlier time stand before the edge, jobs of a later time behind it.
    pub(super) fn time(self) -> DateTime<Utc> {
        match self {
            Self::BeforeTime(time) | Self::AfterTime(time) => time,
            Self::BeforeKey(key) | Self::AfterKey(key) => key.create_time,
        }
    }

    /// Whether a job with this key stands before the edge.
    pub(super) fn is_behind(self, key: Key<'_>) -> bool {
        match self {
            Self::BeforeTime(time) => key.create_time < time,
            Self::AfterTime(time) => key.create_time <= time,
            Self::BeforeKey(edge) => key < edge,
            Self::AfterKey(edge) => key <= edge,
        }
    }
}
