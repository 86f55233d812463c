//! Transactions of made-up messages, against a store.

use super::*;
use crate::follow::table::ColumnType;
use crate::job::Job;

const TABLE: u32 = 7;

fn mapping() -> Mapping {
    let column = |&name: &&'static str| ColumnType { name, type_id: 25, type_modifier: -1 };
    let columns = Job::COLUMNS.iter().map(column).collect();
    Mapping::new(Table { id: TABLE, name: "jobs".into(), columns, ..Table::default() })
}

/// A relation with the columns in another order, and one column more.
fn relation(type_id: u32, left_out: Option<&str>) -> Vec<u8> {
    let names: Vec<&str> = ["other"]
        .into_iter()
        .chain(Job::COLUMNS.iter().rev().copied())
        .filter(|&name| Some(name) != left_out)
        .collect();
    let mut message = [&b"R"[..], &TABLE.to_be_bytes(), b"public\0jobs\0d"].concat();
    message.extend(u16::try_from(names.len()).expect("few").to_be_bytes());
    for name in names {
        message.extend([&[0][..], name.as_bytes(), &[0], &type_id.to_be_bytes(), &(-1_i32).to_be_bytes()].concat());
    }
    message
}

/// A row in that order. `None` is null in all columns but the key.
fn row(job_id: &str, name: Option<&str>) -> Vec<u8> {
    let cells = [
        ("job_id", job_id),
        ("name", name.unwrap_or("")),
        ("template_type", "normal"),
        ("start_mode", "0"),
        ("status", "1"),
        ("create_time", "2022-07-20 02:48:58+00"),
    ];
    let mut bytes = (u16::try_from(Job::COLUMNS.len() + 1).expect("few")).to_be_bytes().to_vec();
    for column in ["other"].iter().chain(Job::COLUMNS.iter().rev()) {
        match cells.iter().find(|(cell, _)| cell == column) {
            Some((_, text)) if *column == "job_id" || name.is_some() => {
                bytes.push(b't');
                bytes.extend(u32::try_from(text.len()).expect("short").to_be_bytes());
                bytes.extend(text.as_bytes());
            }
            _ => bytes.push(b'n'),
        }
    }
    bytes
}

fn insert(job_id: &str, name: &str) -> Vec<u8> {
    [&b"I"[..], &TABLE.to_be_bytes(), b"N", &row(job_id, Some(name))].concat()
}

fn update(old_id: Option<&str>, job_id: &str, name: &str) -> Vec<u8> {
    let old = old_id.map(|old_id| [&b"K"[..], &row(old_id, None)].concat()).unwrap_or_default();
    [&b"U"[..], &TABLE.to_be_bytes(), &old, b"N", &row(job_id, Some(name))].concat()
}

fn delete(job_id: &str) -> Vec<u8> {
    [&b"D"[..], &TABLE.to_be_bytes(), b"K", &row(job_id, None)].concat()
}

fn truncate() -> Vec<u8> {
    [&b"T"[..], &1_u32.to_be_bytes(), &[0], &TABLE.to_be_bytes()].concat()
}

fn transaction(messages: &[Vec<u8>]) -> Transaction {
    let mut transaction = Transaction::new(1 << 20);
    for message in messages {
        transaction.push(message).expect("it is short");
    }
    transaction
}

fn names(store: &SharedJobStore) -> Vec<String> {
    store.snapshot().iter().map(|job| format!("{}={}", job.job_id, job.name)).collect()
}

#[test]
fn changes_are_applied_in_order_as_one_write() {
    let (store, mut mapping) = (SharedJobStore::new(JobStore::new()), mapping());
    let messages = [
        relation(25, None),
        insert("a", "1"),
        insert("b", "1"),
        update(None, "a", "2"),
        update(Some("b"), "c", "3"),
        insert("b", "4"),
        delete("a"),
    ];
    assert_eq!(apply(&store, &transaction(&messages), &mut mapping).expect("they fit"), 6);
    assert_eq!((names(&store), store.version()), (vec!["b=4".into(), "c=3".into()], 1));
    assert_eq!(apply(&store, &transaction(&[truncate(), insert("d", "5")]), &mut mapping).expect("they fit"), 2);
    assert_eq!((names(&store), store.version()), (vec!["d=5".into()], 2));
    // Nothing that the record has was changed.
    assert_eq!(apply(&store, &transaction(&[update(None, "d", "5")]), &mut mapping).expect("it fits"), 1);
    assert_eq!(apply(&store, &transaction(&[]), &mut mapping).expect("nothing"), 0);
    assert_eq!(store.version(), 2);
}

#[test]
fn a_change_that_does_not_fit_gives_up_its_transaction() {
    for wrong in [
        insert("a", "x"),
        update(None, "b", "x"),
        update(Some("b"), "c", "x"),
        update(Some("d"), "a", "x"),
        delete("b"),
    ] {
        let (store, mut mapping) = (SharedJobStore::new(JobStore::new()), mapping());
        let first = [relation(25, None), insert("a", "1"), insert("d", "1")];
        apply(&store, &transaction(&first), &mut mapping).expect("they fit");
        let error =
            apply(&store, &transaction(&[update(None, "a", "2"), wrong]), &mut mapping).expect_err("one does not");
        assert!(matches!(error, FollowError::Diverged { .. }), "{error}");
        assert_eq!(names(&store), ["a=1", "d=1"]);
    }
}

#[test]
fn columns_that_are_not_as_they_were_are_told() {
    let (store, mut new) = (SharedJobStore::<Job>::new(JobStore::new()), mapping());
    let error = apply(&store, &transaction(&[insert("a", "1")]), &mut new).expect_err("no relation was told");
    assert!(matches!(error, FollowError::Malformed { .. }));
    let error = apply(&store, &transaction(&[relation(20, None)]), &mut new).expect_err("of another type");
    assert!(matches!(error, FollowError::Changed { .. }));
    let error = apply(&store, &transaction(&[relation(25, Some("status"))]), &mut new).expect_err("without a column");
    assert!(error.to_string().starts_with("table jobs must have the column \"status\""));
    // A transaction that is left out tells of its table.
    let mut resumed = mapping();
    resumed.take_relations(&transaction(&[relation(25, None), insert("a", "1")])).expect("the columns are there");
    apply(&store, &transaction(&[insert("b", "2")]), &mut resumed).expect("its relation was told");
    assert_eq!(names(&store), ["b=2"]);
}

#[test]
fn a_transaction_is_bounded_with_its_bookkeeping() {
    let mut transaction = Transaction::new(100);
    transaction.push(&[0; 60]).expect("it fits");
    let error = transaction.push(&[0; 60]).expect_err("it does not");
    assert!(matches!(error, FollowError::TooLarge { bytes: 128, limit: 100 }));
    transaction.clear();
    assert!(transaction.is_empty());
    let pushed = (0..1000).take_while(|_| transaction.push(&[]).is_ok()).count();
    assert_eq!(pushed, 13, "empty messages take memory, too");
}
