//! Records of any shape: own facets, labels, facets at run time, fields that a program does not know.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use jobdex::durable::{
    Codec, DecodeError, DurableJobStore, DurableOptions, EncodeError, OpenError, OpenProgress, WriteError,
};
use jobdex::error::InsertError;
use jobdex::{Dyn, Job, JobStore, ListQuery, Record, Schema, facet};
use serde::{Deserialize, Serialize};

use crate::disk::SimulatedDisk;
use crate::folder::Folder;
use crate::oracle::vocabulary;

facet! {
    enum State: "state" { Queued = "queued", Running = "running", Failed = "failed" }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Encode {
    id: String,
    state: State,
    urgent: bool,
    labels: Vec<(String, String)>,
    #[serde(flatten)]
    rest: serde_json::Map<String, serde_json::Value>,
}

impl Record for Encode {
    type Facets = (State, bool);

    fn job_id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> &str {
        &self.id
    }

    fn create_time(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(self.id.len().try_into().expect("short"))
    }

    fn facets(&self) -> (State, bool) {
        (self.state, self.urgent)
    }

    fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        self.labels.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

fn encode(id: &str, state: State) -> Encode {
    let labels = vec![("queue".to_owned(), "eu-1".to_owned()), ("owner".to_owned(), format!("owner of {id}"))];
    Encode { id: id.to_owned(), state, urgent: id.len() > 2, labels, rest: serde_json::Map::new() }
}

#[test]
fn own_facets_and_labels_are_as_before_after_a_restart() {
    let disk = SimulatedDisk::default();
    let store = DurableJobStore::<Encode>::open_on(disk.clone(), DurableOptions::new()).expect("it is new");
    let states = [State::Queued, State::Running, State::Failed];
    let records: Vec<Encode> = (0..30).map(|number| encode(&format!("e{number}"), states[number % 3])).collect();
    store.write(|jobs| jobs.extend(records.clone())).expect("the disk works");
    store.write(|jobs| jobs.update("e7", |record| record.labels.clear())).expect("the disk works");
    let before = store.shared().snapshot();
    drop(store);
    let store = DurableJobStore::<Encode>::open_on(SimulatedDisk::of(disk.image()), DurableOptions::new());
    let after = store.expect("it is whole").shared().snapshot();
    after.check_invariants();
    for query in [
        ListQuery::new().filter([State::Queued, State::Failed]),
        ListQuery::new().filter(true).label("queue", "eu-1"),
        ListQuery::new().label("owner", "owner of e3"),
        ListQuery::new().label_absent("queue"),
    ] {
        let query = query.page_size(50);
        let (expected, got) = (before.list(&query).expect("valid"), after.list(&query).expect("valid"));
        assert!(expected.total_count > 0);
        assert_eq!(got, expected);
    }
}

#[test]
fn fields_that_a_program_does_not_know_survive_it() {
    /// The same record in a newer program.
    #[derive(Serialize, Deserialize)]
    struct NewerEncode {
        id: String,
        state: State,
        urgent: bool,
        labels: Vec<(String, String)>,
        deadline: u64,
    }
    impl Record for NewerEncode {
        type Facets = (State, bool);

        fn job_id(&self) -> &str {
            &self.id
        }

        fn name(&self) -> &str {
            &self.id
        }

        fn create_time(&self) -> DateTime<Utc> {
            DateTime::UNIX_EPOCH
        }

        fn facets(&self) -> (State, bool) {
            (self.state, self.urgent)
        }
    }
    let folder = Folder::new();
    let path = folder.file("jobs.db");
    let newer = DurableJobStore::<NewerEncode>::open(&path, DurableOptions::new()).expect("it is new");
    let record = NewerEncode { id: "n".into(), state: State::Queued, urgent: false, labels: vec![], deadline: 77 };
    newer.write(|jobs| jobs.insert(record).map(drop)).expect("the disk works");
    drop(newer);
    let older = DurableJobStore::<Encode>::open(&path, DurableOptions::new()).expect("it is whole");
    older.write(|jobs| jobs.update("n", |record| record.state = State::Running)).expect("the disk works");
    drop(older);
    let newer = DurableJobStore::<NewerEncode>::open(&path, DurableOptions::new()).expect("it is whole");
    let record = Arc::clone(newer.shared().snapshot().get("n").expect("it is there"));
    assert_eq!((record.deadline, record.state), (77, State::Running));
}

#[derive(Serialize, Deserialize)]
struct Task {
    id: String,
    state: String,
    #[serde(skip)]
    facets: Option<Dyn>,
}

impl Record for Task {
    type Facets = Dyn;

    fn job_id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> &str {
        &self.state
    }

    fn create_time(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    fn facets(&self) -> Dyn {
        self.facets.expect("the codec gives every task its facets")
    }
}

/// A codec that knows the schema of the store.
struct TaskCodec(Schema);

impl Codec<Task> for TaskCodec {
    const NAME: &'static str = "task";
    const FORMAT: u16 = 2;

    fn encode(&self, task: &Task, to: &mut Vec<u8>) -> Result<(), EncodeError> {
        if task.state == "running" && task.id == "secret" {
            return Err(EncodeError::new("it is secret"));
        }
        serde_json::to_writer(to, task).map_err(EncodeError::new)
    }

    fn decode(&self, bytes: &[u8], format: u16) -> Result<Task, DecodeError> {
        assert!(format <= Self::FORMAT, "the store keeps newer formats away");
        let task: Task = serde_json::from_slice(bytes).map_err(DecodeError::malformed)?;
        let facets = self.0.values([("state", task.state.as_str())]).map_err(DecodeError::malformed)?;
        Ok(Task { facets: Some(facets), ..task })
    }
}

fn schema() -> Schema {
    Schema::new().facet("state", ["queued", "running"])
}

fn task(id: &str, state: &str) -> Task {
    let facets = schema().values([("state", state)]).expect("the schema has it");
    Task { id: id.to_owned(), state: state.to_owned(), facets: Some(facets) }
}

#[test]
fn facets_of_run_time_come_from_the_store_that_is_given() {
    let folder = Folder::new();
    let path = folder.file("tasks.db");
    let open = |schema: Schema| {
        let empty = JobStore::<Task>::with_schema(schema.clone()).expect("it is small").with_page_size_max(7);
        DurableJobStore::open_into(empty, &path, DurableOptions::new().codec(TaskCodec(schema)))
    };
    let store = open(schema()).expect("it is new");
    store.write(|tasks| tasks.extend([task("a", "queued"), task("b", "running")])).expect("the disk works");
    let refused = store.write(|tasks| {
        tasks.insert(task("c", "queued"))?;
        tasks.insert(task("secret", "running")).map(drop)
    });
    assert!(matches!(&refused, Err(WriteError::Encode { job_id, .. }) if job_id == "secret"), "{refused:?}");
    assert_eq!(store.shared().snapshot().len(), 2, "a record that can't be encoded takes its write back");
    store.write(|tasks| tasks.insert(task("d", "queued")).map(drop)).expect("the disk works");
    drop(store);
    let store = open(schema()).expect("it is whole");
    let snapshot = store.shared().snapshot();
    let page = snapshot.list(&ListQuery::new().filter_text("state", "queued").page_size(7)).expect("valid");
    assert_eq!(page.jobs.iter().map(|task| task.id.as_str()).collect::<Vec<_>>(), ["d", "a"]);
    assert!(snapshot.list(&ListQuery::new().page_size(8)).is_err(), "the settings of the store are in force");
    drop(store);
    // A value that the new schema lacks names the record.
    let error = open(Schema::new().facet("state", ["queued"])).expect_err("running is gone");
    assert!(matches!(&error, OpenError::Record { .. }), "{error}");
}

#[test]
fn a_codec_reads_older_formats_and_refuses_newer_ones() {
    struct Formatted<const FORMAT: u16>;
    impl<const FORMAT: u16> Codec<Job> for Formatted<FORMAT> {
        const NAME: &'static str = "formatted";
        const FORMAT: u16 = FORMAT;

        fn encode(&self, job: &Job, to: &mut Vec<u8>) -> Result<(), EncodeError> {
            to.extend_from_slice(job.job_id.as_bytes());
            Ok(())
        }

        fn decode(&self, bytes: &[u8], format: u16) -> Result<Job, DecodeError> {
            let id = String::from_utf8_lossy(bytes);
            Ok(vocabulary::job(&id, &format!("format {format}"), vocabulary::time(0), 0))
        }
    }
    let folder = Folder::new();
    let path = folder.file("jobs.db");
    let job = |id| vocabulary::job(id, "", vocabulary::time(0), 0);
    let first = DurableJobStore::<Job>::open(&path, DurableOptions::new().codec(Formatted::<1>)).expect("it is new");
    first.write(|jobs| jobs.insert(job("a"))).expect("the disk works");
    drop(first);
    let second = DurableJobStore::<Job>::open(&path, DurableOptions::new().codec(Formatted::<2>)).expect("older");
    second.write(|jobs| jobs.insert(job("b"))).expect("the disk works");
    drop(second);
    let second = DurableJobStore::<Job>::open(&path, DurableOptions::new().codec(Formatted::<2>)).expect("it is whole");
    let names = |id| second.shared().snapshot().get(id).map(|job| job.name.clone());
    assert_eq!((names("a").as_deref(), names("b").as_deref()), (Some("format 1"), Some("format 2")));
    drop(second);
    let older = DurableJobStore::<Job>::open(&path, DurableOptions::new().codec(Formatted::<1>));
    assert!(matches!(older, Err(OpenError::Newer { format: 2, known: 1 })), "{older:?}");
    let other = DurableJobStore::<Job>::open(&path, DurableOptions::new());
    assert!(matches!(&other, Err(OpenError::OtherCodec { found, .. }) if found == "formatted"), "{other:?}");
}

#[test]
fn progress_is_told_in_order_and_a_store_with_jobs_is_not_filled() {
    let folder = Folder::new();
    let path = folder.file("jobs.db");
    let job = |number: usize| vocabulary::job(&format!("j{number}"), "", vocabulary::time(0), number);
    let store = DurableJobStore::open(&path, DurableOptions::new()).expect("it is new");
    store.write(|jobs| jobs.extend((0..20_000).map(job))).expect("the disk works");
    drop(store);
    let (sender, told) = std::sync::mpsc::channel();
    let options = DurableOptions::new().on_progress(move |progress| sender.send(progress).expect("the test listens"));
    let store = DurableJobStore::<Job>::open(&path, options).expect("it is whole");
    let told: Vec<OpenProgress> = told.iter().collect();
    assert_eq!(told[0], OpenProgress::Checking);
    assert_eq!(told[told.len() - 2..], [OpenProgress::Indexing, OpenProgress::Ready]);
    let read: Vec<u64> = told
        .iter()
        .filter_map(|progress| match progress {
            OpenProgress::Reading { done, of: 20_000 } => Some(*done),
            _ => None,
        })
        .collect();
    assert!(read.len() > 2 && read.is_sorted() && read.last() == Some(&20_000), "{read:?}");
    drop(store);
    let mut full = JobStore::new();
    full.insert(job(1)).expect("it is new");
    let refused = DurableJobStore::open_into(full, &path, DurableOptions::new());
    assert!(matches!(refused, Err(OpenError::NotEmpty { jobs: 1 })));
}

#[test]
fn a_store_takes_any_order_of_changes_and_keeps_its_keys_dense() {
    let disk = SimulatedDisk::default();
    let store = DurableJobStore::open_on(disk.clone(), DurableOptions::new()).expect("it is new");
    let job = |number: usize, cell: usize| vocabulary::job(&format!("j{number}"), "", vocabulary::time(0), cell);
    let mut random = crate::oracle::random::Random::new(5);
    let mut expected = std::collections::BTreeMap::new();
    for round in 0..200 {
        let changes: Vec<(usize, bool)> =
            (0..random.below(40)).map(|_| (random.below(150), random.chance(40))).collect();
        store
            .write(|jobs| {
                for &(number, is_removed) in &changes {
                    if is_removed {
                        jobs.remove(&format!("j{number}"));
                        expected.remove(&number);
                    } else {
                        jobs.upsert(job(number, round))?;
                        expected.insert(number, job(number, round));
                    }
                }
                Ok::<_, InsertError>(())
            })
            .expect("the disk works");
        if round % 20 == 0 {
            let copy = DurableJobStore::<Job>::open_on(SimulatedDisk::of(disk.image()), DurableOptions::new());
            let snapshot = copy.expect("it is whole").shared().snapshot();
            assert_eq!(snapshot.len(), expected.len());
            assert!(expected.values().all(|job| snapshot.get(&job.job_id).is_some_and(|found| **found == *job)));
        }
    }
    store.verify().expect("memory and disk agree");
}
