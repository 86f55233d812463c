//! What all benches share: the jobs they run on, the requests they ask, and how a time is taken.
//!
//! `jobs(n)` and `rows(..)` are functions of their arguments and of the file of names alone, so two runs ask the same of
//! the same store.

#![allow(dead_code, reason = "each bench is a crate of its own and uses its part of this module")]

pub(crate) mod arguments;
pub(crate) mod jobs;
pub(crate) mod names;
pub(crate) mod requests;
pub(crate) mod stores;
pub(crate) mod timing;
