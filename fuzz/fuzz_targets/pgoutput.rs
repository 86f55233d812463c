//! No bytes make the reader of the server's messages panic, and each value that it returns is a part of the message.

#![no_main]

#[path = "../../src/follow/pgoutput.rs"]
#[allow(dead_code, reason = "the tests of the file run in the library")]
mod pgoutput;

use libfuzzer_sys::fuzz_target;

use pgoutput::{Message, RawCell, Tuple, changed_relation, parse};

fuzz_target!(|input: &[u8]| {
    let changed = changed_relation(input);
    let Ok(message) = parse(input) else { return };
    match &message {
        Message::Insert { relation, new } => assert_row(input, changed, *relation, new),
        Message::Update { relation, old, new } => {
            assert_row(input, changed, *relation, new);
            old.iter().for_each(|old| assert_row(input, changed, *relation, old));
        }
        Message::Delete { relation, old } => assert_row(input, changed, *relation, old),
        Message::Relation(relation) => {
            assert_eq!(changed, Some(relation.id));
            assert!(relation.columns.len() * 10 <= input.len());
        }
        Message::Truncate { relations } => assert!(relations.len() * 4 < input.len()),
        Message::Begin | Message::Commit { .. } | Message::Note => {}
    }
});

fn assert_row(input: &[u8], changed: Option<u32>, relation: u32, row: &Tuple<'_>) {
    assert_eq!(changed, Some(relation));
    assert!(row.len() < input.len());
    let bytes: usize = row.iter().map(|cell| if let RawCell::Text(text) = cell { text.len() } else { 0 }).sum();
    assert!(bytes < input.len());
}
