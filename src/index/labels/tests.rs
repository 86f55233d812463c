use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

/// Labels of a record, as a caller gives them: in any order, with repeats.
type Pairs = Vec<(String, String)>;

fn row(number: u32) -> Row {
    Row::from_number(number)
}

fn as_texts(labels: &Pairs) -> RecordLabels<'_> {
    labels.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect()
}

fn owned(labels: &[(&str, &str)]) -> Pairs {
    labels.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect()
}

/// An index beside the labels of its rows.
#[derive(Clone, Default)]
struct Indexed {
    labels: Labels,
    records: BTreeMap<u32, Pairs>,
}

#[derive(Clone, Debug)]
enum Step {
    Set(u32, Pairs),
    Remove(u32),
    Relocate(u32, u32),
    InsertAll(Vec<Pairs>),
    Clone,
}

impl Indexed {
    /// Gives a row labels, whether it has some or not.
    fn set(&mut self, number: u32, new: Pairs) {
        match self.records.get(&number) {
            Some(old) => self.labels.replace(row(number), as_texts(old), as_texts(&new)),
            None => self.labels.insert(row(number), &as_texts(&new)),
        }
        self.records.insert(number, new);
    }

    fn remove(&mut self, number: u32) {
        if let Some(old) = self.records.remove(&number) {
            self.labels.remove(row(number), &as_texts(&old));
        }
    }

    fn relocate(&mut self, from: u32, to: u32) {
        if self.records.contains_key(&from) && !self.records.contains_key(&to) {
            let labels = self.records.remove(&from).expect("it is there");
            self.labels.relocate(row(from), row(to), &as_texts(&labels));
            self.records.insert(to, labels);
        }
    }

    /// Adds many rows: at free numbers first, which may be less than those in use.
    fn insert_all(&mut self, records: Vec<Pairs>) {
        let free = (0..).filter(|number| !self.records.contains_key(number));
        let new: Vec<(u32, Pairs)> = free.zip(records).collect();
        self.labels.insert_all(&mut new.iter().map(|(number, labels)| (row(*number), as_texts(labels))));
        self.records.extend(new);
    }

    fn apply(&mut self, step: Step) {
        match step {
            Step::Set(number, labels) => self.set(number, labels),
            Step::Remove(number) => self.remove(number),
            Step::Relocate(from, to) => self.relocate(from, to),
            Step::InsertAll(records) => self.insert_all(records),
            Step::Clone => {}
        }
    }

    /// The rows with a label, or with a key where no value is given, found by a walk over all records.
    fn walk(&self, key: &str, value: Option<&str>) -> Vec<u32> {
        let is_match = |label: &(String, String)| label.0 == key && value.is_none_or(|value| label.1 == value);
        let matching = self.records.iter().filter(|(_, labels)| labels.iter().any(is_match));
        matching.map(|(&number, _)| number).collect()
    }

    fn check(&self) {
        self.labels.check_invariants(&mut self.records.iter().map(|(&number, labels)| (row(number), as_texts(labels))));
        let pairs: BTreeSet<&(String, String)> = self.records.values().flatten().collect();
        for (key, value) in pairs {
            assert_eq!(numbers(self.labels.rows_of(key, value)), self.walk(key, Some(value)), "{key:?} {value:?}");
            assert_eq!(numbers(self.labels.rows_with_key(key)), self.walk(key, None), "{key:?}");
        }
        assert!(self.labels.rows_of("queue", "nobody has it").is_none());
        assert!(self.labels.rows_with_key("nobody has it").is_none());
    }
}

fn numbers(rows: Option<&Postings>) -> Vec<u32> {
    rows.expect("some row has it").iter().collect()
}

/// Few keys and values, so that rows share them: empty texts, texts that are equal when joined, and texts that do not fit
/// in place.
fn pairs() -> impl Strategy<Value = Pairs> {
    let key = prop_oneof![Just(""), Just("a"), Just("aa"), Just("queue"), Just("a key that takes memory of its own")];
    let value = prop_oneof![
        3 => (0..6_u32).prop_map(|value| value.to_string()),
        1 => Just(String::new()),
        1 => Just("a".to_owned()),
        1 => Just("aa".to_owned()),
        1 => (0..3_usize).prop_map(|more| "long ".repeat(200 + more)),
        1 => (0..1_000_u32).prop_map(|value| value.to_string()),
    ];
    let pair = (key.prop_map(str::to_owned), value);
    prop_oneof![1 => Just(Vec::new()), 8 => prop::collection::vec(pair, 0..8)]
}

fn step() -> impl Strategy<Value = Step> {
    let number = 0..24_u32;
    prop_oneof![
        8 => (number.clone(), pairs()).prop_map(|(number, labels)| Step::Set(number, labels)),
        4 => number.clone().prop_map(Step::Remove),
        3 => (number.clone(), number).prop_map(|(from, to)| Step::Relocate(from, to)),
        1 => prop::collection::vec(pairs(), 0..40).prop_map(Step::InsertAll),
        2 => Just(Step::Clone),
    ]
}

proptest! {
    #[test]
    fn the_index_finds_the_rows_of_the_records_and_its_clones_stay(steps in prop::collection::vec(step(), 1..60)) {
        let mut indexed = Indexed::default();
        let mut clones = Vec::new();
        for (at, step) in steps.into_iter().enumerate() {
            if let Step::Clone = step {
                clones.push(indexed.clone());
            }
            indexed.apply(step);
            if at % 4 == 0 {
                indexed.check();
            }
        }
        indexed.check();
        clones.iter().for_each(Indexed::check);
        for number in indexed.records.keys().copied().collect::<Vec<_>>() {
            indexed.remove(number);
        }
        indexed.check();
        prop_assert_eq!(indexed.labels.dictionary.lens(), (0, 0));
    }

    #[test]
    fn the_journal_has_each_row_whose_labels_changed(
        before in prop::collection::vec(step(), 0..20),
        after in prop::collection::vec(step(), 0..20),
    ) {
        let mut indexed = Indexed::default();
        for step in before {
            indexed.apply(step);
        }
        let (records, revision) = (indexed.records.clone(), indexed.labels.revision());
        for step in after {
            indexed.apply(step);
        }
        let journal = indexed.labels.changes_since(revision).map(Iterator::collect::<BTreeSet<Row>>);
        // A revision before the first change is unknown.
        let Some(journal) = journal else {
            prop_assert_eq!(revision, Revision::default());
            return Ok(());
        };
        let set = |records: &BTreeMap<u32, Pairs>, number| -> BTreeSet<(String, String)> {
            records.get(&number).into_iter().flatten().cloned().collect()
        };
        for number in 0..200 {
            let is_same = set(&records, number) == set(&indexed.records, number);
            prop_assert!(is_same || journal.contains(&row(number)), "row {}", number);
        }
    }

    #[test]
    fn a_load_equals_as_many_insertions(records in prop::collection::vec(pairs(), 0..60)) {
        let mut loaded = Indexed::default();
        loaded.insert_all(records.clone());
        loaded.check();
        let mut one_by_one = Indexed::default();
        (0..).zip(records).for_each(|(number, labels)| one_by_one.set(number, labels));
        one_by_one.check();
        let groups = |indexed: &Indexed, key| -> Vec<(u64, BTreeSet<String>)> {
            let groups = indexed.labels.values_by_count(key);
            groups.map(|group| (group.rows_max(), group.values().map(|(value, _)| value.to_owned()).collect())).collect()
        };
        for key in ["", "a", "queue"] {
            prop_assert_eq!(groups(&loaded, key), groups(&one_by_one, key));
        }
    }
}

#[test]
fn a_row_keeps_a_key_until_its_last_value_under_it_goes() {
    let mut indexed = Indexed::default();
    indexed.set(3, owned(&[("team", "red"), ("team", "blue"), ("team", "red")]));
    indexed.set(4, owned(&[("team", "red")]));
    indexed.check();
    indexed.set(3, owned(&[("team", "blue")]));
    assert_eq!(numbers(indexed.labels.rows_with_key("team")), [3, 4], "blue is left");
    indexed.set(3, owned(&[("team", "green")]));
    assert_eq!(numbers(indexed.labels.rows_with_key("team")), [3, 4], "another value took its place");
    indexed.set(3, Vec::new());
    assert_eq!(numbers(indexed.labels.rows_with_key("team")), [4]);
    indexed.remove(4);
    assert!(indexed.labels.rows_with_key("team").is_none());
    assert_eq!(indexed.labels.keys().count(), 0);
    indexed.check();
}

#[test]
fn a_label_that_is_named_twice_counts_once() {
    let mut indexed = Indexed::default();
    indexed.set(1, owned(&[("a", "x"), ("a", "x"), ("a", "x")]));
    let revision = indexed.labels.revision();
    assert_eq!(indexed.labels.rows_of("a", "x").map(Postings::len), Some(1));
    indexed.set(1, owned(&[("a", "x")]));
    assert_eq!(indexed.labels.revision(), revision, "the same labels are no change");
    indexed.set(1, owned(&[("b", "y"), ("a", "x"), ("b", "y")]));
    indexed.set(1, owned(&[("a", "x"), ("b", "y")]));
    indexed.check();
    assert_eq!(indexed.labels.changes_since(revision).map(Iterator::count), Some(1));
}

#[test]
fn a_row_without_labels_is_in_nothing() {
    let mut indexed = Indexed::default();
    indexed.set(1, Vec::new());
    indexed.relocate(1, 2);
    indexed.set(2, Vec::new());
    indexed.remove(2);
    indexed.insert_all(vec![Vec::new(); 3]);
    indexed.check();
    assert_eq!(indexed.labels.revision(), Revision::default());
    assert_eq!(indexed.labels.dictionary.lens(), (0, 0));
}

#[test]
fn values_that_come_and_go_leave_their_numbers_to_later_ones() {
    let mut indexed = Indexed::default();
    for round in 0..3_000_u32 {
        let value = format!("a trace id that takes memory of its own: {round}");
        indexed.set(round % 4, owned(&[("trace", &value), (&value, "x"), ("env", "prod")]));
    }
    indexed.check();
    assert_eq!(indexed.labels.dictionary.lens(), (6, 9), "of each of four rows a value and a key, and what all have");
    assert_eq!(indexed.labels.dictionary.ids_ends(), (6, 9), "the numbers of the removed ones");
    (0..4).for_each(|number| indexed.remove(number));
    indexed.check();
    let labels = &indexed.labels;
    assert!((0..12).all(|label| labels.rows.get(label).is_none_or(Postings::is_empty)));
    assert!((0..12).all(|key| labels.key_rows.get(key).is_none_or(Postings::is_empty)));
    assert!((0..12).all(|key| labels.groups.get(key).is_none_or(CountGroups::is_empty)));
}

/// The most frequent values among some rows, found as the groups are meant to be walked, and how many lists that read.
fn top(labels: &Labels, key: &str, len: usize, is_counted: impl Fn(u32) -> bool) -> (Vec<usize>, usize) {
    let (mut counts, mut lists_read) = (Vec::new(), 0);
    for group in labels.values_by_count(key) {
        if counts.len() == len && counts[len - 1] as u64 >= group.rows_max() {
            break;
        }
        for (_, rows) in group.values() {
            counts.push(rows.iter().filter(|&number| is_counted(number)).count());
            lists_read += 1;
        }
        counts.sort_unstable_by(|a, b| b.cmp(a));
        counts.truncate(len);
    }
    (counts, lists_read)
}

#[test]
fn the_most_frequent_values_are_in_the_first_groups() {
    // The first of 100 values has about 400 rows, the last about 20, and each row has a value of its own beside.
    let records: Vec<Pairs> = (0..4_000_u32)
        .map(|number| {
            let random = u64::from(number.wrapping_mul(0x9e37_79b1));
            let common = (100 * ((random * random) >> 32)) >> 32;
            owned(&[("queue", &format!("q{common}")), ("queue", &format!("own {number}"))])
        })
        .collect();
    let mut indexed = Indexed::default();
    indexed.insert_all(records.clone());
    for round in 0..2 {
        for is_counted in [(|_| true) as fn(u32) -> bool, |number| number % 3 == 1] {
            let mut counts = BTreeMap::<&str, usize>::new();
            for (number, labels) in (0..).zip(&records) {
                for (_, value) in labels {
                    *counts.entry(value).or_default() += usize::from(is_counted(number));
                }
            }
            let mut expected: Vec<usize> = counts.into_values().collect();
            expected.sort_unstable_by(|a, b| b.cmp(a));
            expected.truncate(10);
            let (found, lists_read) = top(&indexed.labels, "queue", 10, is_counted);
            assert_eq!(found, expected, "round {round}");
            assert!(lists_read <= 120, "the values of one row each are not read: {lists_read} lists");
        }
        // Again, grown one by one.
        indexed = Indexed::default();
        (0..).zip(records.clone()).for_each(|(number, labels)| indexed.set(number, labels));
    }
    assert!(indexed.labels.values_by_count("nobody has it").next().is_none());
}

/// Values pass the bounds of groups up and down, and lists take every shape.
#[test]
fn groups_follow_the_numbers_of_rows_up_and_down() {
    let mut indexed = Indexed::default();
    let labels = |number: u32| owned(&[("size", &format!("{}", number.leading_zeros())), ("all", "")]);
    for number in 0..5_000 {
        indexed.set(number, labels(number));
        if number.is_power_of_two() {
            indexed.check();
        }
    }
    let clone = indexed.clone();
    // Many rows are appended to lists in spans.
    indexed.insert_all((5_000..8_000).map(labels).collect());
    indexed.check();
    let bounds: Vec<u64> = indexed.labels.values_by_count("all").map(|group| group.rows_max()).collect();
    assert_eq!(bounds, [8_191]);
    for number in (0..8_000).rev() {
        indexed.remove(number);
        if number.is_power_of_two() {
            indexed.check();
        }
    }
    clone.check();
}

#[test]
fn labels_that_a_row_does_not_have_are_ignored_where_they_are_taken_out() {
    let mut labels = Labels::default();
    labels.insert(row(1), &[("a", "x")]);
    labels.remove(row(2), &[("a", "x"), ("a", "unknown"), ("unknown", "")]);
    labels.replace(row(2), vec![("b", "y"), ("a", "x")], vec![]);
    labels.relocate(row(2), row(3), &[("unknown", "z")]);
    labels.check_invariants(&mut [(row(1), vec![("a", "x")])].into_iter());
}
