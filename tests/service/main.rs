//! The service example: its rules in process, with a clock of the test's own, and the built program from outside.
//!
//! The example's modules are taken in here under the names that they have there, so what is tested is what runs.
#![allow(clippy::unwrap_used, reason = "a test says what went wrong by failing")]
#![allow(dead_code, reason = "the example's own main uses the rest of what it has")]

#[path = "../../examples/service/actions/mod.rs"]
mod actions;
#[path = "../../examples/service/agenda.rs"]
mod agenda;
#[path = "../../examples/service/api.rs"]
mod api;
#[path = "../../examples/service/app.rs"]
mod app;
#[path = "../../examples/service/brisk.rs"]
mod brisk;
#[path = "../../examples/service/clock.rs"]
mod clock;
#[path = "../../examples/service/console/mod.rs"]
mod console;
#[path = "../../examples/service/errors.rs"]
mod errors;
#[path = "../../examples/service/events.rs"]
mod events;
#[path = "../../examples/service/guard.rs"]
mod guard;
#[path = "../../examples/service/ids.rs"]
mod ids;
#[path = "../../examples/service/job.rs"]
mod job;
#[path = "../../examples/service/limits.rs"]
mod limits;
#[path = "../../examples/service/metrics.rs"]
mod metrics;
#[path = "../../examples/service/origin.rs"]
mod origin;
#[path = "../../examples/service/params.rs"]
mod params;
#[path = "../../examples/service/routes.rs"]
mod routes;
#[path = "../../examples/service/state.rs"]
mod state;
#[path = "../../examples/service/templates.rs"]
mod templates;
#[path = "../../examples/service/unread.rs"]
mod unread;

#[path = "../oracle/mod.rs"]
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
