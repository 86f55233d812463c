//! The synchronization of the shared store under two model checkers.
//!
//! The files of `src/shared` that synchronize take their primitives from a module `sync` beside them. This crate compiles
//! the same files with two other `sync` modules. Loom runs every interleaving of few threads, with every value that a
//! relaxed load may return. Shuttle runs random schedules of more threads: 5,000, or as many as `JOBDEX_SCHEDULES` says.
//! Run both by `cargo test --manifest-path tests/models/Cargo.toml`.

#![cfg(test)]

mod error;
mod on_loom;
mod on_shuttle;
