//! A store and its lists: every answer, every refusal, and what is written and read as JSON.

mod batches;
mod contract;
mod cursors;
mod errors;
#[path = "../oracle/mod.rs"]
mod oracle;
mod reconcile;
mod sequences;
mod values;
mod wire;
