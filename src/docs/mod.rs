//! The book that ships with the crate: prose, whose examples run as tests.
//!
//! Start with [`semantics`] to know what a request answers, with [`architecture`] to know how, and with [`limits`] to know
//! what it does not do.

#[doc = include_str!("semantics.md")]
pub mod semantics {}

#[doc = include_str!("architecture.md")]
pub mod architecture {}

#[doc = include_str!("sharing.md")]
pub mod sharing {}

#[doc = include_str!("performance.md")]
pub mod performance {}

#[doc = include_str!("limits.md")]
pub mod limits {}

#[doc = include_str!("changelog.md")]
pub mod changelog {}
