//! Labels and queries at each limit, and just over it: at the limit they work, over it they are an error with both
//! numbers, and nothing has changed.

use crate::oracle::records::{PlainRecord, StoredRecord};
use crate::oracle::schemas::{Nothing, SchemaCase};
use crate::oracle::vocabulary;
use jobdex::error::{InsertError, QueryError, UpdateError};
use jobdex::limits::{
    LABEL_CLAUSE_VALUES_MAX, LABEL_CLAUSES_MAX, LABEL_COUNTS_MAX, LABEL_KEY_BYTES_MAX, LABEL_VALUE_BYTES_MAX,
    LABELS_MAX,
};
use jobdex::{JobStore, ListQuery};

type Plain = StoredRecord<()>;

fn record(id: &str, labels: Vec<(String, String)>) -> Plain {
    let plain = PlainRecord {
        job_id: id.to_owned(),
        name: "news".to_owned(),
        create_time: vocabulary::time(0),
        values: Vec::new(),
        labels,
    };
    plain.stored(&Nothing::new())
}

fn label(key: &str, value: &str) -> Vec<(String, String)> {
    vec![(key.to_owned(), value.to_owned())]
}

fn many(len: usize) -> Vec<(String, String)> {
    (0..len).map(|number| (format!("k{}", number % 7), format!("v{number}"))).collect()
}

fn total(store: &JobStore<Plain>, query: &ListQuery<()>) -> u64 {
    store.list(query).expect("the query is within the limits").total_count
}

/// A letter of two bytes: limits are in bytes.
fn two_bytes(len: usize) -> String {
    "é".repeat(len / 2)
}

#[test]
fn labels_at_their_limits_are_found() {
    let (key, value) = (two_bytes(LABEL_KEY_BYTES_MAX), two_bytes(LABEL_VALUE_BYTES_MAX));
    let mut store = Nothing::new().store();
    store.insert(record("longest", label(&key, &value))).expect("the lengths are at their limits");
    store.insert(record("most", many(LABELS_MAX))).expect("the number is at its limit");
    store.insert(record("empty", label("", ""))).expect("a key and a value may be empty");
    store.insert(record("empty value", label("a", ""))).expect("a value may be empty");
    store.insert(record("none", Vec::new())).expect("a record may have no label");
    store.check_invariants();
    let new = ListQuery::new;
    assert_eq!(total(&store, &new().label(&key, &value)), 1);
    assert_eq!(total(&store, &new().label_not(&key, &value)), 4);
    assert_eq!(total(&store, &new().label_exists(&key)), 1);
    assert_eq!(store.label_counts(&key, 5, &new()).expect("valid")[0].value, value);
    for number in 0..LABELS_MAX {
        assert_eq!(total(&store, &new().label(format!("k{}", number % 7), format!("v{number}"))), 1);
    }
    assert_eq!(store.label_counts("k0", LABELS_MAX, &new()).expect("valid").len(), LABELS_MAX.div_ceil(7));
    assert_eq!((total(&store, &new().label("", "")), total(&store, &new().label_exists(""))), (1, 1));
    assert_eq!((total(&store, &new().label("a", "")), total(&store, &new().label("", "a"))), (1, 0));
    assert_eq!(total(&store, &new().label_absent("").label_absent("a")), 3);
    assert_eq!((total(&store, &new().label("a", [] as [&str; 0])), total(&store, &new().label_not("a", [""]))), (0, 4));
    assert_eq!(store.label_counts("", 5, &new()).expect("valid")[0].value, "");
}

#[test]
fn labels_over_a_limit_are_refused_by_every_write() {
    let too_long =
        |field: &str, got: usize, limit: usize| format!("{field} of {got} bytes is over the limit of {limit}");
    let (key_over, value_over) = (LABEL_KEY_BYTES_MAX + 1, LABEL_VALUE_BYTES_MAX + 1);
    let table = [
        (label(&"k".repeat(key_over), "v"), too_long("label key", key_over, LABEL_KEY_BYTES_MAX)),
        (label("k", &"v".repeat(value_over)), too_long("label value", value_over, LABEL_VALUE_BYTES_MAX)),
        (
            [label("a", "b"), label("k", &two_bytes(LABEL_VALUE_BYTES_MAX + 2))].concat(),
            too_long("label value", LABEL_VALUE_BYTES_MAX + 2, LABEL_VALUE_BYTES_MAX),
        ),
        (many(LABELS_MAX + 1), format!("record of {} labels is over the limit of {LABELS_MAX}", LABELS_MAX + 1)),
    ];
    for (labels, text) in table {
        let mut store = Nothing::new().store();
        store.insert(record("a", label("queue", "eu"))).expect("it is within the limits");
        let bad = |id: &str| record(id, labels.clone());
        let refused: [InsertError; 4] = [
            store.insert(bad("b")).expect_err("it is over a limit"),
            store.upsert(bad("a")).expect_err("it is over a limit"),
            store.extend([record("c", Vec::new()), bad("d")]).expect_err("it is over a limit").reason,
            JobStore::extend(&mut Nothing::new().store(), [bad("d")]).expect_err("it is over a limit").reason,
        ];
        assert!(refused.iter().all(|error| error.to_string() == text), "{refused:?} say {text}");
        let updated: UpdateError = store.update("a", |record| record.plain.labels = labels.clone()).expect_err("over");
        assert_eq!(updated.to_string(), text);
        assert_eq!((store.len(), total(&store, &ListQuery::new().label("queue", "eu"))), (1, 1));
        store.check_invariants();
    }
}

#[test]
fn queries_at_the_limits_of_labels_are_answered_and_over_them_refused() {
    let mut store = Nothing::new().store();
    store
        .extend((0..600).map(|number| record(&format!("r{number}"), label("k", &format!("v{number}")))))
        .expect("new ids");
    let values = |len: usize| (0..len).map(|number| format!("v{number}")).collect::<Vec<String>>();
    let new = ListQuery::new;
    assert_eq!(total(&store, &new().label("k", values(LABEL_CLAUSE_VALUES_MAX))), LABEL_CLAUSE_VALUES_MAX as u64);
    assert_eq!(
        total(&store, &new().label_not("k", values(LABEL_CLAUSE_VALUES_MAX))),
        600 - LABEL_CLAUSE_VALUES_MAX as u64
    );
    let clauses = |len: usize| (0..len).fold(new(), |query, number| query.label_not("k", format!("v{number}")));
    assert_eq!(total(&store, &clauses(LABEL_CLAUSES_MAX)), 600 - LABEL_CLAUSES_MAX as u64);
    let all = (0..LABEL_CLAUSES_MAX).fold(new(), |query, _| query.label("k", values(LABEL_CLAUSE_VALUES_MAX)));
    assert_eq!(total(&store, &all), LABEL_CLAUSE_VALUES_MAX as u64);

    let (got, limit) = (LABEL_CLAUSES_MAX + 1, LABEL_CLAUSES_MAX);
    refused(&store, &clauses(got), &QueryError::TooManyLabelClauses { got, limit });
    let (got, limit) = (LABEL_CLAUSE_VALUES_MAX + 1, LABEL_CLAUSE_VALUES_MAX);
    let too_many = QueryError::TooManyLabelValues { key: "k".to_owned(), got, limit };
    refused(&store, &new().label("k", values(got)), &too_many);
    // Repeated values count too: the limit bounds the request.
    refused(&store, &new().label_not("k", vec!["v1"; got]), &too_many);
    let (got, limit) = (LABEL_KEY_BYTES_MAX + 1, LABEL_KEY_BYTES_MAX);
    let (key, too_long) = ("k".repeat(got), QueryError::LabelKeyTooLong { got, limit });
    for query in
        [new().label(&key, "v"), new().label_not(&key, "v"), new().label_exists(&key), new().label_absent(&key)]
    {
        refused(&store, &query, &too_long);
    }
    assert_eq!(store.label_counts(&key, 1, &new()).expect_err("the key is too long"), too_long);
    let (got, limit) = (LABEL_VALUE_BYTES_MAX + 1, LABEL_VALUE_BYTES_MAX);
    let too_long = QueryError::LabelValueTooLong { key: "k".to_owned(), got, limit };
    refused(&store, &new().label("k", "v".repeat(got)), &too_long);
    refused(&store, &new().label_not("k", ["v".to_owned(), "v".repeat(got)]), &too_long);
}

/// Every method that takes a query refuses it.
fn refused(store: &JobStore<Plain>, query: &ListQuery<()>, expected: &QueryError) {
    assert_eq!(store.list(query).err().as_ref(), Some(expected));
    assert_eq!(store.facets(query).err().as_ref(), Some(expected));
    assert_eq!(store.explain(query).err().as_ref(), Some(expected));
    assert_eq!(store.matches(query).err().as_ref(), Some(expected));
    assert_eq!(store.label_counts("k", 3, query).err().as_ref(), Some(expected));
}

#[test]
fn label_counts_give_up_to_1_000_values() {
    let mut store = Nothing::new().store();
    let value = |number: usize| label("k", &format!("v{:04}", number % 1_200));
    store.extend((0..1_500).map(|number| record(&format!("r{number}"), value(number)))).expect("new ids");
    let new = ListQuery::new;
    assert_eq!(store.label_counts("k", 0, &new()).expect("valid"), []);
    let top = store.label_counts("k", LABEL_COUNTS_MAX, &new()).expect("valid");
    let expected = (0..LABEL_COUNTS_MAX).map(|number| (format!("v{number:04}"), if number < 300 { 2 } else { 1 }));
    assert!(top.iter().map(|count| (count.value.clone(), count.count)).eq(expected), "the most frequent, then by text");
    let (got, limit) = (LABEL_COUNTS_MAX + 1, LABEL_COUNTS_MAX);
    let too_many = QueryError::TooManyLabelCounts { got, limit };
    assert_eq!(store.label_counts("k", got, &new()).expect_err("too many"), too_many);
    assert_eq!(store.label_counts("k", usize::MAX, &new()).expect_err("too many").to_string(), {
        QueryError::TooManyLabelCounts { got: usize::MAX, limit }.to_string()
    });
    assert_eq!(store.label_counts("no such key", limit, &new()).expect("valid"), []);
}
