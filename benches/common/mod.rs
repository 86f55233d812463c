//! The parts that all benches share: the jobs, the requests, and the measurement of time.
//!
//! `jobs(n)` and `rows(..)` depend only on their arguments and on the file of names, so two runs ask the same requests
//! of the same store.

#![allow(dead_code, reason = "each bench is a crate of its own and uses its part of this module")]

pub(crate) mod arguments;
pub(crate) mod encodes;
pub(crate) mod jobs;
pub(crate) mod names;
pub(crate) mod requests;
pub(crate) mod stores;
pub(crate) mod timing;
