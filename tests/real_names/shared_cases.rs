//! Worked cases of keywords from a table beside the repository.
//!
//! Each case says at which level a name matches a keyword. The test checks that the specification of the oracle says the same,
//! and a store on every access path.

use std::fs;
use std::io::ErrorKind;

use libtest_mimic::Completion;

use crate::oracle::case::{check_case, check_listed};
use crate::oracle::keyword::Level;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/cases/keyword.tsv");

const SYMBOLS_PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/cases/symbols.tsv");

/// Runs the cases, if there is a table.
///
/// # Panics
/// If the table can't be read, or if the oracle or a store says another level than the table.
pub(crate) fn a_store_agrees_with_the_specification() -> Completion {
    let table = match fs::read_to_string(PATH) {
        Ok(table) => table,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Completion::ignored_with("the table of cases is not beside the repository");
        }
        Err(error) => panic!("{PATH} cannot be read: {error}"),
    };
    let cases: Vec<&str> = table.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
    assert!(!cases.is_empty(), "{PATH} has no case");
    for line in cases {
        let fields: Vec<&str> = line.split('\t').collect();
        let [name, keyword, rung] = fields[..] else { panic!("not three fields: {line:?}") };
        check_case(name, keyword, level_named(rung));
    }
    Completion::Completed
}

/// Runs the cases of symbols beside words, if there is a table: the names of a store, a keyword, and the names that are listed.
///
/// # Panics
/// If the table can't be read, or if the oracle or a store lists other names.
pub(crate) fn a_store_lists_the_names_that_have_the_symbols() -> Completion {
    let table = match fs::read_to_string(SYMBOLS_PATH) {
        Ok(table) => table,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Completion::ignored_with("the table of symbols is not beside the repository");
        }
        Err(error) => panic!("{SYMBOLS_PATH} cannot be read: {error}"),
    };
    for line in table.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [names, keyword, listed] = fields[..] else { panic!("not three fields: {line:?}") };
        let names: Vec<&str> = names.split('|').collect();
        check_listed(&names, keyword, &listed.split('|').collect::<Vec<_>>());
    }
    Completion::Completed
}

/// The level that a rung of the table names.
fn level_named(rung: &str) -> Option<Level> {
    match rung {
        "literal" => Some(Level::Literal),
        "one-typo" => Some(Level::OneTypo),
        "two-typos" => Some(Level::TwoTypos),
        "none" => None,
        other => panic!("no such rung: {other:?}"),
    }
}
