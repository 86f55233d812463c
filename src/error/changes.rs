//! The error of those who follow changes.

use std::error::Error;
use std::fmt;

/// The reason why the changes since a version are not available.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChangesError {
    /// Some of the changes are gone, because history is bounded.
    Lagged {
        /// The version asked for.
        since: u64,
        /// The oldest version since which history has all changes.
        oldest: u64,
    },
    /// The store has not reached this version. The version is from another store, or from before a restart.
    Ahead {
        /// The version asked for.
        since: u64,
        /// The newest version.
        newest: u64,
    },
}

impl fmt::Display for ChangesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lagged { since, oldest } => write!(
                f,
                "changes since version {since} are gone, history begins at version {oldest}; \
                 take a snapshot and continue from its version"
            ),
            Self::Ahead { since, newest } => write!(
                f,
                "version {since} is ahead of the newest version {newest}; take a snapshot and continue from its version"
            ),
        }
    }
}

impl Error for ChangesError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{CursorError, ExtendError, InsertError, QueryError};

    #[test]
    fn an_error_that_tells_its_reason_does_not_name_it_again_as_its_source() {
        let extend = ExtendError { position: 3, reason: InsertError::JobIdEmpty };
        assert_eq!(extend.to_string(), "job 3 of the batch: job id must be at least 1 byte long, got an empty text");
        assert!(extend.source().is_none());
        let query = QueryError::from(CursorError::Damaged);
        assert_eq!(query.to_string(), CursorError::Damaged.to_string());
        assert!(query.source().is_none());
    }
}
