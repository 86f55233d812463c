//! The errors that the files under test construct.

#[derive(Clone, Copy, Debug)]
#[allow(dead_code, reason = "read where a model fails")]
pub(crate) enum ChangesError {
    Lagged { since: u64, oldest: u64 },
}
