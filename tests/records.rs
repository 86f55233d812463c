//! Any record against the oracle: the same random records under many schemas, with labels, any sequence of writes, any
//! query, every access path.
//!
//! `JOBDEX_CASES` multiplies the number of cases, `JOBDEX_SEED` chooses other cases.

mod oracle;

use std::cell::Cell;
use std::time::Instant;

use jobdex::explain::AccessPath;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};

use oracle::random::Random;
use oracle::record_twins::RecordTwins;
use oracle::record_vocabulary::Vocabulary;
use oracle::schemas::{
    AtRunTime, Cells24, Cells96, Cells720, EightFacets, Nothing, OneFacet, OtherCells24, SchemaCase,
};
use oracle::vocabulary;

/// The most operations of a sequence.
const OPERATIONS_MAX: usize = 300;

fn from_environment(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// Runs so many sequences of operations under a schema, and returns the number of operations.
fn run_sequences<C: SchemaCase>(what: &str, case: &C, sequences: u64) -> usize {
    let started = Instant::now();
    let config = Config {
        cases: u32::try_from(sequences).expect("so many sequences"),
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(from_environment("JOBDEX_SEED", 1)),
        ..Config::default()
    };
    let (operations, paths) = (Cell::new(0), Cell::new(0));
    let outcome = TestRunner::new(config).run(&prop::collection::vec(any::<u64>(), 1..OPERATIONS_MAX), |seeds| {
        operations.set(operations.get() + seeds.len());
        let twins = run_sequence(case.clone(), &seeds);
        paths.set(paths.get() | twins.paths_seen);
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{what}: {failure}"));
    for (number, path) in AccessPath::ALL.iter().enumerate() {
        assert!(paths.get() & (1 << number) != 0, "{path:?} answered some query under {what}");
    }
    println!("{} operations under {what} in {:?}", operations.get(), started.elapsed());
    operations.get()
}

/// One operation for each seed.
fn run_sequence<C: SchemaCase>(case: C, seeds: &[u64]) -> RecordTwins<C> {
    let (lens, times) = (case.lens(), vocabulary::times());
    let words = Vocabulary { lens: &lens, ids: 200, times: &times };
    let mut twins = RecordTwins::new(case);
    for (number, &seed) in seeds.iter().enumerate() {
        twins.apply(words.operation(&mut Random::new(seed)));
        if number % 8 == 0 {
            twins.check();
        }
    }
    twins.check_all();
    twins
}

fn run_every_schema(sequences: u64) -> usize {
    let sequences = sequences * from_environment("JOBDEX_CASES", 1);
    let runs: [(&str, fn(&str, u64) -> usize); 10] = [
        ("1 combination", |what, n| run_sequences(what, &Nothing::new(), n)),
        ("24 combinations", |what, n| run_sequences(what, &Cells24::new(), n)),
        ("24 combinations of newtypes", |what, n| run_sequences(what, &OtherCells24::new(), n)),
        ("24 combinations at run time", |what, n| run_sequences(what, &AtRunTime::of(&Cells24::new()), n)),
        ("96 combinations", |what, n| run_sequences(what, &Cells96::new(), n)),
        ("720 combinations", |what, n| run_sequences(what, &Cells720::new(), n)),
        ("720 combinations at run time", |what, n| run_sequences(what, &AtRunTime::of(&Cells720::new()), n)),
        ("one facet of 1,000 values", |what, n| run_sequences(what, &OneFacet::new(), n)),
        ("eight facets", |what, n| run_sequences(what, &EightFacets::new(), n)),
        ("eight facets at run time", |what, n| run_sequences(what, &AtRunTime::of(&EightFacets::new()), n)),
    ];
    std::thread::scope(|scope| {
        let threads: Vec<_> = runs.into_iter().map(|(what, run)| scope.spawn(move || run(what, sequences))).collect();
        threads.into_iter().map(|thread| thread.join().expect("the sequences of a schema pass")).sum()
    })
}

#[test]
fn any_sequence_of_writes_and_queries_answers_as_the_oracle_under_every_schema() {
    println!("{} operations", run_every_schema(40));
}

#[test]
#[ignore = "minutes in a release build: a million operations"]
fn a_million_operations_answer_as_the_oracle_under_every_schema() {
    let operations = run_every_schema(700);
    assert!(operations >= 1_000_000, "{operations} operations");
}
