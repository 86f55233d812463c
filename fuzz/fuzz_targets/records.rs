//! Any record: the input chooses a schema, records with facets and labels, writes and queries. The store gives the answers
//! of the oracle.

#![no_main]

#[path = "../../tests/oracle/mod.rs"]
mod oracle;

use jobdex::{JobStore, ListQuery, Schema};
use libfuzzer_sys::fuzz_target;

use oracle::record_twins::RecordTwins;
use oracle::record_vocabulary::{Choices, Vocabulary};
use oracle::records::StoredRecord;
use oracle::schemas::{AtRunTime, Cells24, Cells96, Cells720, EightFacets, Nothing, OneFacet, SchemaCase};
use oracle::vocabulary;

/// Operations in one sequence.
const OPERATIONS_MAX: usize = 100;
/// Operations between two comparisons of the whole store, each of which costs more than these operations.
const CHECK_INTERVAL: usize = 32;

/// The bytes of the input, each a choice; zeros when they are used up.
struct Bytes<'i> {
    left: &'i [u8],
}

impl Bytes<'_> {
    fn byte(&mut self) -> usize {
        let Some((&first, left)) = self.left.split_first() else { return 0 };
        self.left = left;
        first.into()
    }
}

impl Choices for Bytes<'_> {
    fn below(&mut self, end: usize) -> usize {
        let mut choice = self.byte();
        let mut reach = 256;
        // Ends: each round makes the reach 256 times as large.
        while reach < end {
            choice = choice << 8 | self.byte();
            reach <<= 8;
        }
        choice % end
    }
}

fuzz_target!(|input: &[u8]| {
    let mut input = Bytes { left: input };
    match input.below(12) {
        0 => run(Nothing::new(), &mut input),
        1 => run(Cells24::new(), &mut input),
        2 => run(Cells96::new(), &mut input),
        3 => run(Cells720::new(), &mut input),
        4 => run(OneFacet::new(), &mut input),
        5 => run(EightFacets::new(), &mut input),
        6 => any_schema(&mut input),
        _ => {
            let case = within_limits(&mut input);
            run(case, &mut input);
        }
    }
});

fn run<C: SchemaCase>(case: C, input: &mut Bytes<'_>) {
    let (lens, times) = (case.lens(), vocabulary::times());
    let words = Vocabulary { lens: &lens, ids: 60, times: &times };
    let mut twins = RecordTwins::new(case);
    for number in 1..=OPERATIONS_MAX {
        if input.left.is_empty() {
            break;
        }
        twins.apply(words.operation(input));
        if number % CHECK_INTERVAL == 0 {
            twins.check();
        }
    }
    twins.check_all();
}

/// A schema known at run time alone, within the limits.
fn within_limits(input: &mut Bytes<'_>) -> AtRunTime {
    let mut combinations = 1;
    let mut facets = Vec::new();
    for name in &["state", "region", "c", "d", "e", "f", " ", "é"][..input.below(9)] {
        let len_max = *input.pick(&[3, 30, 1_000]);
        let len = 1 + input.below(len_max.min(1_000 / combinations));
        combinations *= len;
        facets.push((*name, (0..len).map(|value| format!("v{value}")).collect()));
    }
    AtRunTime::new(facets)
}

/// Any schema at all: it is refused with an error, or it makes a store that takes its values.
fn any_schema(input: &mut Bytes<'_>) {
    let mut schema = Schema::new();
    let mut values = Vec::new();
    for _ in 0..input.below(11) {
        let name = *input.pick(&["a", "b", "c", "d", "e", "f", "g", "h", "i", ""]);
        let len = input.below(40);
        let texts: Vec<String> = (0..len).map(|_| format!("v{}", input.below(256))).collect();
        values.extend(texts.first().map(|text| (name, text.clone())));
        schema = schema.facet(name, texts);
    }
    let named = values.iter().map(|(name, text)| (*name, text.as_str()));
    let made = schema.values(named.clone());
    match JobStore::<StoredRecord<jobdex::Dyn>>::with_schema(schema.clone()) {
        Err(error) => {
            assert!(made.is_err(), "a schema that is refused makes no values: {error}");
        }
        Ok(store) => {
            let made = made.expect("each facet has its first value");
            let mut query = ListQuery::new();
            for (name, text) in named {
                assert_eq!(schema.text_of(made, name), Some(text));
                query = query.filter_text(name, text);
            }
            assert_eq!(store.list(&query).expect("the values are of the schema").total_count, 0);
            assert!(store.list(&query.filter_text("no such facet", "x")).is_err());
        }
    }
}
