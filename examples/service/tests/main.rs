//! The service example: its rules in process, with a clock of the test's own, and the built program from outside.
//!
//! The example's modules are taken in here under the names that they have there, so what is tested is what runs.
#![allow(clippy::unwrap_used, reason = "a test says what went wrong by failing")]
#![allow(dead_code, reason = "the example's own main uses the rest of what it has")]

#[path = "../src/actions/mod.rs"]
mod actions;
#[path = "../src/agenda.rs"]
mod agenda;
#[path = "../src/api.rs"]
mod api;
#[path = "../src/app.rs"]
mod app;
#[path = "../src/brisk.rs"]
mod brisk;
#[path = "../src/clock.rs"]
mod clock;
#[path = "../src/console/mod.rs"]
mod console;
#[path = "../src/errors.rs"]
mod errors;
#[path = "../src/events.rs"]
mod events;
#[path = "../src/guard.rs"]
mod guard;
#[path = "../src/ids.rs"]
mod ids;
#[path = "../src/job.rs"]
mod job;
#[path = "../src/limits.rs"]
mod limits;
#[path = "../src/metrics.rs"]
mod metrics;
#[path = "../src/origin.rs"]
mod origin;
#[path = "../src/params.rs"]
mod params;
#[path = "../src/routes.rs"]
mod routes;
#[path = "../src/state.rs"]
mod state;
#[path = "../src/templates.rs"]
mod templates;
#[path = "../src/unread.rs"]
mod unread;

#[path = "../../../tests/oracle/mod.rs"]
mod oracle;

mod agreement;
mod caller;
mod forms;
mod model;
mod operation;
mod page;
mod program;
mod refusals;
mod states;
