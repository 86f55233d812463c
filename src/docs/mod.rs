//! The book of the crate: prose with examples that run as tests.
//!
//! | page | it answers |
//! |---|---|
//! | [`your_own_record`] | how a record of your own becomes a served list |
//! | [`semantics`] | which jobs a request returns, and in which order |
//! | [`architecture`] | how the crate finds them |
//! | [`sharing`] | how threads, tasks and replicas share a store |
//! | `durability`, with the feature `durable` | what a store in a file promises, and what a crash leaves |
//! | `following`, with the feature `postgres` | how a store follows a table of `PostgreSQL` |
//! | [`performance`] | how long each operation takes, and how to measure it |
//! | [`testing`] | which tests hold the promises, and whether they would notice a bug |
//! | [`limits`] | which sizes are allowed, and which features are missing |
//! | [`changelog`] | which changes a user can see |

#[doc = include_str!("your_own_record.md")]
pub mod your_own_record {}

#[doc = include_str!("semantics.md")]
pub mod semantics {}

#[doc = include_str!("architecture.md")]
pub mod architecture {}

#[doc = include_str!("sharing.md")]
pub mod sharing {}

#[cfg(feature = "durable")]
#[doc = include_str!("durability.md")]
pub mod durability {}

#[cfg(feature = "postgres")]
#[doc = include_str!("following.md")]
pub mod following {}

#[doc = include_str!("performance.md")]
pub mod performance {}

#[doc = include_str!("testing.md")]
pub mod testing {}

#[doc = include_str!("limits.md")]
pub mod limits {}

#[doc = include_str!("../../CHANGELOG.md")]
pub mod changelog {}
