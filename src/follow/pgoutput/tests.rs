//! Messages as `PostgreSQL` 15 wrote them. Protocol 1 is the same in all versions that have it.

use proptest::prelude::*;

use super::*;

/// The bytes of hexadecimal digits.
fn bytes(hex: &str) -> Vec<u8> {
    let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("two digits");
    (0..hex.len()).step_by(2).map(byte).collect()
}

const BEGIN: &str = "42000000000152f628000304318eea5fdc000002d9";
const COMMIT: &str = "4300000000000152f628000000000152f658000304318eea5fdc";
const RELATION: &str =
    "52000040007075626c6963006a6f6273006600030169640000000019ffffffff016e0000000017ffffffff016269670000000019ffffffff";
const INSERT: &str = "49000040004e00037400000001617400000001316e";
const UPDATE: &str = "55000040004e00037400000002c39f74000000013275";
const UPDATE_OF_KEY: &str = "55000040004b00037400000002c39f6e6e4e000374000000016274000000013275";
const UPDATE_OF_WHOLE_ROW: &str = "55000040004f00037400000001617400000001326e4e00037400000001617400000001336e";
const DELETE: &str = "44000040004f00037400000001617400000001336e";
const TRUNCATE: &str = "540000000200000040000000400d";
const TYPE: &str = "59000040087075626c6963006d6f6f6400";
const NOTE: &str = "4d010000000001530f106a6f62646578000000000178";
const ALL: [&str; 11] =
    [BEGIN, COMMIT, RELATION, INSERT, UPDATE, UPDATE_OF_KEY, UPDATE_OF_WHOLE_ROW, DELETE, TRUNCATE, TYPE, NOTE];

fn text(text: &str) -> RawCell<'_> {
    RawCell::Text(text.as_bytes())
}

#[test]
fn messages_of_a_server_are_read() {
    let (relation, null, same) = (0x4000, RawCell::Null, RawCell::Unchanged);
    let columns = ["id", "n", "big"].into_iter().zip([25, 23, 25]);
    let columns = columns.map(|(name, type_id)| Column { name, type_id, type_modifier: -1 }).collect();
    let old = vec![text("a"), text("2"), null];
    let cases = [
        (BEGIN, Message::Begin),
        (COMMIT, Message::Commit { end_lsn: 0x0152_f658, time_micros: 0x0003_0431_8eea_5fdc }),
        (RELATION, Message::Relation(Relation { id: relation, columns })),
        (INSERT, Message::Insert { relation, new: vec![text("a"), text("1"), null] }),
        (UPDATE, Message::Update { relation, old: None, new: vec![text("ß"), text("2"), same] }),
        (
            UPDATE_OF_KEY,
            Message::Update {
                relation, old: Some(vec![text("ß"), null, null]), new: vec![text("b"), text("2"), same]
            },
        ),
        (UPDATE_OF_WHOLE_ROW, Message::Update { relation, old: Some(old), new: vec![text("a"), text("3"), null] }),
        (DELETE, Message::Delete { relation, old: vec![text("a"), text("3"), null] }),
        (TRUNCATE, Message::Truncate { relations: vec![0x4000, 0x400d] }),
        (TYPE, Message::Note),
        (NOTE, Message::Note),
    ];
    for (hex, message) in cases {
        assert_eq!(parse(&bytes(hex)), Ok(message), "{hex}");
    }
    for (hex, relation) in [(INSERT, Some(0x4000)), (RELATION, Some(0x4000)), (TRUNCATE, None), (BEGIN, None)] {
        assert_eq!(changed_relation(&bytes(hex)), relation);
    }
}

#[test]
fn a_message_that_is_cut_or_too_long_is_refused() {
    for hex in ALL {
        let whole = bytes(hex);
        if parse(&whole) == Ok(Message::Note) {
            continue;
        }
        for len in 0..whole.len() {
            assert!(parse(&whole[..len]).is_err(), "{len} bytes of {hex}");
        }
        assert!(parse(&[&whole[..], &[0]].concat()).is_err(), "{hex} and a byte");
    }
}

#[test]
fn lengths_that_are_not_there_are_refused_without_their_memory() {
    let huge = [
        "54ffffffff0000000000",
        "4900004000 4e ffff",
        "4900004000 4e 0001 74 ffffffff 61",
        "5200004000 00 00 64 ffff",
        "4900004000 4e 0001 62 00000001 61",
        "4400004000 4e 0001 6e",
        "5500004000 58 0001 6e",
        "7a",
        "",
    ];
    for hex in huge {
        assert!(parse(&bytes(&hex.replace(' ', ""))).is_err(), "{hex}");
    }
}

proptest! {
    #[test]
    fn no_bytes_panic(seed in 0..ALL.len(), changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6)) {
        let mut message = bytes(ALL[seed]);
        for (at, byte) in changes {
            let at = at.index(message.len());
            message[at] = byte;
        }
        drop(parse(&message));
        let _ = changed_relation(&message);
    }
}
