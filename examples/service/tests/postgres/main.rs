//! The built program with `--postgres`: the actions, the schema, the schedule, and several processes on one server.
//!
//! The tests start private servers on sockets in temporary folders. If there is no `initdb`, they show as ignored.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

#[path = "../../../../tests/durable/folder.rs"]
#[allow(dead_code, reason = "the tests of the library use the rest")]
mod folder;
#[path = "../../src/limits.rs"]
#[allow(dead_code, reason = "the service uses the rest")]
mod limits;
#[path = "../program.rs"]
#[allow(dead_code, unused_imports, reason = "other tests use the rest")]
mod program;
#[path = "../query.rs"]
mod query;
#[path = "../../../../tests/follow/server.rs"]
#[allow(dead_code, reason = "the tests of the library use the rest")]
mod server;
#[path = "../signer.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod signer;
#[path = "../../../../tests/follow/trials.rs"]
mod trials;

mod client;
mod database;

mod actions;
mod breaks;
mod processes;
mod schema;

use std::process::ExitCode;

use trials::Test;

fn main() -> ExitCode {
    let lists: [&[Test]; 4] = [actions::TESTS, schema::TESTS, breaks::TESTS, processes::TESTS];
    trials::run_all(lists.concat())
}
