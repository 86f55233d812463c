//! Rows, never jobs: every structure that finds jobs by what they are.

pub(crate) mod names;
