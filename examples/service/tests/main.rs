//! Tests of the service: its rules in process, on a clock that the test sets, and the built program from outside.
//!
//! This test includes the modules of the service under the same names, so it tests the code that the program runs.
#![allow(clippy::unwrap_used, reason = "a panic fails the test")]
#![allow(dead_code, reason = "the main function of the service uses the rest")]

#[path = "../src/access/mod.rs"]
mod access;
#[path = "../src/actions/mod.rs"]
mod actions;
#[path = "../src/agenda.rs"]
mod agenda;
#[path = "../src/api.rs"]
mod api;
#[path = "../src/app.rs"]
mod app;
#[path = "../src/body.rs"]
mod body;
#[path = "../src/brisk.rs"]
mod brisk;
#[path = "../src/clock.rs"]
mod clock;
#[path = "../src/connections.rs"]
mod connections;
#[path = "../src/console/mod.rs"]
mod console;
#[path = "../src/data.rs"]
mod data;
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
#[path = "../src/offload.rs"]
mod offload;
#[path = "../src/origin.rs"]
mod origin;
#[path = "../src/params.rs"]
mod params;
#[path = "../src/postgres/mod.rs"]
#[allow(unused_imports, reason = "the main function of the service uses the rest")]
mod postgres;
#[path = "../src/routes.rs"]
mod routes;
#[path = "../src/shown.rs"]
mod shown;
#[path = "../src/state.rs"]
mod state;
#[path = "../src/store.rs"]
mod store;
#[path = "../src/stored.rs"]
mod stored;
#[path = "../src/templates.rs"]
mod templates;
#[path = "../src/throttle.rs"]
mod throttle;
#[path = "../src/unread.rs"]
mod unread;
#[path = "../src/weight.rs"]
mod weight;

#[path = "../examples/own_list.rs"]
mod own_list_example;

#[path = "../../../tests/oracle/mod.rs"]
mod oracle;

#[path = "../../../tests/durable/disk.rs"]
mod disk;
#[path = "../../../tests/durable/folder.rs"]
mod folder;

mod agreement;
mod caller;
mod crowd;
mod forms;
mod kept;
mod killed;
mod lanes;
mod model;
mod operation;
mod own_list;
mod page;
mod program;
mod query;
mod refusals;
mod shedding;
mod signer;
mod signing;
mod states;
