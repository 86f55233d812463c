//! Tests over real names of jobs and worked cases of keywords, read from files beside the repository.
//!
//! Each test is listed here. If its file is missing, a test shows as ignored, with the reason. The tests of folding and
//! matching compile the sources of `src/text` into this binary, as no public name of the library reaches them.

#![allow(clippy::duplicate_mod, reason = "the tests of src/text compile a file of the oracle for themselves")]

#[path = "../../src/bits.rs"]
#[allow(dead_code, unused_imports, reason = "the sources of src/text need one iterator of it")]
mod bits;
mod keyword_recipe;
mod names;
#[path = "../oracle/mod.rs"]
mod oracle;
#[path = "../keyword/rounds.rs"]
#[allow(dead_code, reason = "only one of its entry points is needed here")]
mod rounds;
mod shared_cases;
#[path = "../../src/text/mod.rs"]
#[allow(
    dead_code,
    unused_imports,
    reason = "the unit tests in these files run in the library, and few functions run here"
)]
mod text;
mod text_tests;

/// The sources of `src/text` import the match level by this path.
mod query {
    pub(crate) use jobdex::MatchLevel;
}

use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Trial};

/// A test that takes all real names, and panics if it fails.
type RealNamesTest = fn(&[String]);

const TESTS: [(&str, RealNamesTest); 5] = [
    ("every_real_name_folds_as_the_chain_says", text_tests::every_name_folds_as_the_chain_says),
    ("every_real_name_can_be_traced_back_from_its_fold", text_tests::every_name_can_be_traced_back_from_its_fold),
    ("keywords_match_real_names_at_the_specified_level", text_tests::keywords_match_names_at_the_specified_level),
    ("real_names_are_marked_exactly_if_they_match", text_tests::names_are_marked_exactly_if_they_match),
    ("a_store_of_real_names_finds_the_jobs_the_specification_says", a_store_finds_the_jobs_the_specification_says),
];

fn main() -> ExitCode {
    let of_names = TESTS.into_iter().map(|(name, test)| Trial::ignorable_test(name, move || Ok(run(test))));
    let of_cases = Trial::ignorable_test("a_store_agrees_with_the_specification_on_shared_cases", || {
        Ok(shared_cases::a_store_agrees_with_the_specification())
    });
    let of_symbols = Trial::ignorable_test("a_store_lists_the_names_that_have_the_symbols_of_shared_cases", || {
        Ok(shared_cases::a_store_lists_the_names_that_have_the_symbols())
    });
    let trials = of_names.chain([of_cases, of_symbols]);
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}

/// Runs a test if there are real names.
fn run(test: RealNamesTest) -> Completion {
    let Some(names) = names::real_names() else {
        return Completion::ignored_with("the file of real names is not beside the repository");
    };
    test(names);
    Completion::Completed
}

fn a_store_finds_the_jobs_the_specification_says(names: &[String]) {
    let names: Vec<String> =
        names.iter().filter(|name| name.len() <= jobdex::limits::NAME_BYTES_MAX).cloned().collect();
    rounds::check_keywords(&names);
}
