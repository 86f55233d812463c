//! Any record against the oracle: the same random records under many schemas, with labels, any sequence of writes, any
//! query, every access path.
//!
//! `JOBDEX_CASES` multiplies the number of cases, `JOBDEX_SEED` chooses other cases.

use std::cell::Cell;
use std::time::Instant;

use chrono::{DateTime, Utc};
use jobdex::explain::AccessPath;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};

use crate::oracle::random::Random;
use crate::oracle::record_twins::{RecordChange, RecordTwins, check_all_records};
use crate::oracle::record_vocabulary::Vocabulary;
use crate::oracle::records::{PlainRecord, RecordSpec};
use crate::oracle::schemas::{
    AtRunTime, Cells24, Cells96, Cells720, EightFacets, Level, Nothing, OneFacet, OtherCells24, SchemaCase, Typed,
};
use crate::oracle::store::Start;
use crate::oracle::vocabulary;

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

/// Runs so many sequences under the schema that a name tells.
type Run = (&'static str, fn(&str, u64) -> usize);

fn run_every_schema(sequences: u64) -> usize {
    let sequences = sequences * from_environment("JOBDEX_CASES", 1);
    let runs: [Run; 10] = [
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

/// Runs a sequence of operations and returns every answer as text.
fn transcript<C: SchemaCase>(case: C, seeds: &[u64]) -> Vec<String> {
    let (lens, times) = (case.lens(), vocabulary::times());
    let words = Vocabulary { lens: &lens, ids: 200, times: &times };
    let mut twins = RecordTwins::new(case);
    twins.transcript = Some(Vec::new());
    for &seed in seeds {
        twins.apply(words.operation(&mut Random::new(seed)));
    }
    twins.transcript.expect("it was wanted")
}

/// Two schemas that say the same give the same answers to the same queries, and the same cursors.
#[test]
fn schemas_that_say_the_same_give_the_same_answers_and_cursors() {
    fn check<A: SchemaCase, B: SchemaCase>(one: &A, other: &B, seeds: &[u64]) -> usize {
        let (ours, theirs) = (transcript(one.clone(), seeds), transcript(other.clone(), seeds));
        assert_eq!(ours.len(), theirs.len(), "{one:?} and {other:?} answer as often");
        for (our, their) in ours.iter().zip(&theirs) {
            assert_eq!(our, their, "{one:?} and {other:?}");
        }
        ours.iter().filter(|answer| answer.contains("next Some")).count()
    }
    let mut random = Random::new(from_environment("JOBDEX_SEED", 1));
    let mut cursors = 0;
    for _ in 0..6 * from_environment("JOBDEX_CASES", 1) {
        let seeds: Vec<u64> = (0..200).map(|_| random.next()).collect();
        cursors += check(&Cells24::new(), &OtherCells24::new(), &seeds);
        cursors += check(&Cells24::new(), &AtRunTime::of(&OtherCells24::new()), &seeds);
        cursors += check(&Nothing::new(), &AtRunTime::of(&Nothing::new()), &seeds);
        cursors += check(&Cells96::new(), &AtRunTime::of(&Cells96::new()), &seeds);
        cursors += check(&Cells720::new(), &AtRunTime::of(&Cells720::new()), &seeds);
        cursors += check(&OneFacet::new(), &AtRunTime::of(&OneFacet::new()), &seeds);
        cursors += check(&EightFacets::new(), &AtRunTime::of(&EightFacets::new()), &seeds);
    }
    assert!(cursors > 100, "{cursors} cursors were compared");
}

/// A cursor is of one schema: the accepted values of each facet are part of it.
#[test]
fn a_cursor_of_one_schema_is_taken_by_another_that_says_the_same() {
    let times = vocabulary::times();
    let one = Cells24::new();
    let other = AtRunTime::of(&OtherCells24::new());
    let lens = one.lens();
    let words = Vocabulary { lens: &lens, ids: 200, times: &times };
    let mut random = Random::new(3);
    let (mut store, mut twin) = (one.store(), other.store());
    for number in 0..150 {
        let record = PlainRecord { job_id: format!("n{number}"), ..words.good_record(&mut random) };
        store.insert(record.clone().stored(&one)).expect("the record is good");
        twin.insert(record.stored(&other)).expect("the record is good");
    }
    let mut walked = 0;
    for _ in 0..200 {
        let spec = RecordSpec { start: Start::No(1), page_size: 3, ..words.spec(&mut random) };
        let (mut ours, theirs) = (spec.to_query(&one), spec.to_query(&other));
        while let Some(cursor) = store.list(&ours).expect("valid").next {
            ours = ours.after(cursor.clone());
            let (our, their) = (store.list(&ours), twin.list(&theirs.clone().after(cursor)));
            let (our, their) = (our.expect("valid"), their.expect("the cursor is of the same query"));
            assert_eq!((our.total_count, &our.next), (their.total_count, &their.next), "{spec:?}");
            assert!(our.jobs.iter().map(|job| &job.plain).eq(their.jobs.iter().map(|job| &job.plain)), "{spec:?}");
            walked += 1;
        }
    }
    assert!(walked > 300, "{walked} pages were compared");
}

/// A store that fills, splits its blocks, loses them in whole stretches, and joins the rest.
struct Edges<C: SchemaCase> {
    random: Random,
    twins: RecordTwins<C>,
    lens: Vec<usize>,
    times: Vec<DateTime<Utc>>,
    made: usize,
    queries: u64,
}

/// Records of the first load: some blocks of up to 1,024 rows.
const EDGE_RECORDS: usize = 4_000;

impl<C: SchemaCase> Edges<C> {
    fn new(case: C) -> Self {
        let times = (0..64).map(|part| edge_time(part * EDGE_RECORDS / 64)).collect();
        let queries = 6 * from_environment("JOBDEX_CASES", 1);
        let random = Random::new(from_environment("JOBDEX_SEED", 1));
        Self { random, lens: case.lens(), twins: RecordTwins::new(case), times, made: 0, queries }
    }

    fn record(&mut self, place: usize) -> PlainRecord {
        self.made += 1;
        let words = Vocabulary { lens: &self.lens, ids: 200, times: &self.times };
        let record = words.good_record(&mut self.random);
        PlainRecord { job_id: format!("r{}", self.made), create_time: edge_time(place), ..record }
    }

    fn query(&mut self) {
        self.twins.check();
        for _ in 0..self.queries {
            let words = Vocabulary { lens: &self.lens, ids: 200, times: &self.times };
            let (spec, question) = (words.spec(&mut self.random), Vocabulary::question(&mut self.random));
            let next = self.twins.list(&spec, &question);
            // Between single writes the cached counts are brought up to date.
            self.write();
            self.twins.list(&spec, &question);
            next.map(|next| self.twins.list(&next, &question));
        }
    }

    fn write(&mut self) {
        let (place, job_id) = (self.random.below(EDGE_RECORDS), self.any_id());
        match self.random.below(4) {
            0 => {
                let record = self.record(place);
                self.twins.insert(record);
            }
            1 if !self.lens.is_empty() => {
                let facet = self.random.below(self.lens.len());
                self.twins.update(&job_id, RecordChange::Value(facet, self.random.below(self.lens[facet])));
            }
            2 => self.twins.update(&job_id, RecordChange::Labels(Vocabulary::labels(&mut self.random))),
            _ => self.twins.remove(&job_id),
        }
    }

    fn any_id(&mut self) -> String {
        let sorted = self.twins.store.len();
        let number = self.random.below(sorted.max(1));
        self.twins.store.iter().nth(number).map_or_else(String::new, |job| job.plain.job_id.clone())
    }

    /// Removes the records of a stretch of time.
    fn remove_stretch(&mut self, from: usize, to: usize) {
        let stretch = edge_time(from)..edge_time(to);
        let is_within = |job: &&PlainRecord| stretch.contains(&job.create_time);
        let within = self.twins.store.iter().map(|job| &job.plain).filter(is_within);
        let within: Vec<String> = within.map(|job| job.job_id.clone()).collect();
        for job_id in within {
            self.twins.remove(&job_id);
        }
    }

    fn run(mut self) {
        let sorted = (0..EDGE_RECORDS).map(|place| self.record(place)).collect();
        self.twins.extend(sorted);
        self.query();
        for place in [0, EDGE_RECORDS / 2] {
            for _ in 0..1_100 {
                let record = self.record(place);
                self.twins.insert(record);
            }
            self.query();
        }
        let snapshot = (self.twins.store.snapshot(), self.twins.oracle.clone());
        self.remove_stretch(EDGE_RECORDS / 4, EDGE_RECORDS);
        self.query();
        let behind = (0..1_500).map(|place| self.record(EDGE_RECORDS + place)).collect();
        self.twins.extend(behind);
        self.query();
        self.remove_stretch(0, EDGE_RECORDS);
        self.query();
        // Every second of the rest, and then all but a few: blocks join.
        let rest: Vec<String> = self.twins.store.iter().map(|job| job.plain.job_id.clone()).collect();
        for job_id in rest.iter().step_by(2) {
            self.twins.remove(job_id);
        }
        self.query();
        for job_id in rest.iter().skip(1).step_by(2).skip(3) {
            self.twins.remove(job_id);
        }
        self.query();
        self.twins.store.clear();
        self.twins.oracle.clear();
        self.query();
        check_all_records(&snapshot.0, &snapshot.1);
    }
}

fn edge_time(place: usize) -> DateTime<Utc> {
    vocabulary::time(i64::try_from(place / 3).expect("a second fits"))
}

/// The counts of cells stand in planes of 24 columns: schemas that fill them exactly, miss them by one or pass them by
/// one; and the largest ones.
#[test]
fn blocks_split_and_join_at_the_edges_of_the_numbers_of_cells() {
    std::thread::scope(|scope| {
        scope.spawn(|| {
            Edges::new(Typed::<(Level<0, 23>,)>::new()).run();
            Edges::new(Typed::<(Level<0, 24>,)>::new()).run();
            Edges::new(Typed::<(Level<0, 5>, Level<1, 5>)>::new()).run();
        });
        scope.spawn(|| {
            Edges::new(Typed::<(Level<0, 15>, Level<1, 17>)>::new()).run();
            Edges::new(Typed::<(Level<0, 4>, Level<1, 8>, Level<2, 8>)>::new()).run();
            Edges::new(Typed::<(Level<0, 257>,)>::new()).run();
        });
        scope.spawn(|| {
            Edges::new(Typed::<(Level<0, 10>, Level<1, 10>, Level<2, 10>)>::new()).run();
            Edges::new(OneFacet::new()).run();
        });
    });
}
