//! Runs tests that need a server: where none can be started, they show as ignored.

use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Trial};

use crate::server;

/// A test, which panics if it fails.
pub(crate) type Test = (&'static str, fn());

/// Runs those tests that the arguments of the program name. The servers that they shared are stopped then.
pub(crate) fn run_all(tests: Vec<Test>) -> ExitCode {
    let trials = tests.into_iter().map(|(name, test)| Trial::ignorable_test(name, move || Ok(tried(test))));
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
