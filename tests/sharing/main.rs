//! A store that threads share: what readers, feeds and watches see beside a writer, and what a panic leaves.

mod changes;
#[path = "../oracle/mod.rs"]
mod oracle;
mod panics;
mod reading;
mod stress;
mod watches;
