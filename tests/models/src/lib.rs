//! The synchronization of the shared store under two model checkers.
//!
//! The files under `src/store/shared` that synchronize take their primitives from a module `sync` beside them. Here they
//! are compiled as they are with two other such modules: loom runs every interleaving and every value that a relaxed load
//! may give, for few threads; shuttle runs random schedules of more threads. `JOBDEX_SCHEDULES` says how many, 5,000
//! unless set. Run it by `cargo test --manifest-path tests/models/Cargo.toml`.

#![cfg(test)]

mod error;
mod on_loom;
mod on_shuttle;
