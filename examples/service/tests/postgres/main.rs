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

mod client;
mod database;

mod actions;
mod breaks;
mod processes;
mod schema;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Trial};

/// A test, which panics if it fails.
type Test = (&'static str, fn());

fn main() -> ExitCode {
    let lists: [&[Test]; 4] = [actions::TESTS, schema::TESTS, breaks::TESTS, processes::TESTS];
    let trials = lists.concat().into_iter().map(|(name, test)| Trial::ignorable_test(name, move || Ok(tried(test))));
    let conclusion = libtest_mimic::run(&Arguments::from_args(), trials.collect());
    server::stop_shared();
    conclusion.exit_code()
}

/// Runs a test if there is a server to run it on.
fn tried(test: fn()) -> Completion {
    if server::programs().is_none() {
        return Completion::ignored_with("no initdb of PostgreSQL was found");
    }
    test();
    Completion::Completed
}
