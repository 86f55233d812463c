//! Files of each released format. A later version opens them all.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use jobdex::durable::{Codec, CompactJob, DurableJobStore, DurableOptions, Json};
use jobdex::{Job, StreamInfo};

use crate::folder::Folder;
use crate::oracle::vocabulary;

/// The jobs of the kept files.
fn jobs() -> Vec<Job> {
    let jobs = (0..40_usize).map(|number| {
        let place = i64::try_from(number).expect("few");
        let time = vocabulary::time(place * 7 - 90) + TimeDelta::nanoseconds(place % 3);
        let mut job =
            vocabulary::job(&format!("0bf1c3a2-7d8e-4f00-9abc-{number:012x}"), vocabulary::NAMES[number], time, number);
        let stream = StreamInfo { r#type: "rtmp".into(), output_url: format!("rtmp://out/app/{number}") };
        job.output_stream.stream_infos = vec![stream; number % 3];
        job
    });
    jobs.collect()
}

fn kept(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn options<C: Codec<Job>>(codec: C) -> DurableOptions<C> {
    DurableOptions::new().codec(codec)
}

/// Writes a file of the current format: 40 jobs, some of them changed, one removed.
fn write<C: Codec<Job>>(path: &Path, codec: C) {
    let store = DurableJobStore::<Job>::open(path, options(codec)).expect("it is new");
    let (first, rest) = (jobs()[..20].to_vec(), jobs()[20..].to_vec());
    store.write(|store| store.extend(first.into_iter().map(|job| Job { name: "old".into(), ..job }))).expect("new");
    store.write(|store| jobs()[..20].iter().try_for_each(|job| store.upsert(job.clone()).map(drop))).expect("good");
    for job in rest {
        store.write(|store| store.insert(job)).expect("new");
    }
    let removed = &jobs()[11].job_id;
    store.write(|store| Ok::<_, jobdex::error::InsertError>(store.remove(removed))).expect("it is there");
    store.close().expect("the disk works");
}

fn check<C: Codec<Job>>(name: &str, codec: C) {
    let folder = Folder::new();
    let path = folder.file("jobs.db");
    let mut bytes = Vec::new();
    let packed = fs::File::open(kept(name)).expect("the file is kept in the repository");
    GzDecoder::new(packed).read_to_end(&mut bytes).expect("it is packed");
    fs::write(&path, bytes).expect("the folder can be written");
    let store = DurableJobStore::<Job>::open(&path, options(codec)).expect("every older format is read");
    let mut expected = jobs();
    expected.remove(11);
    expected.sort_by(|a, b| (a.create_time, &a.job_id).cmp(&(b.create_time, &b.job_id)));
    let snapshot = store.shared().snapshot();
    assert!(snapshot.iter().map(AsRef::as_ref).eq(&expected));
    assert_eq!(snapshot.version(), 23);
    store.write(|store| store.insert(jobs().remove(11))).expect("it is written in the current format");
    store.verify().expect("it is whole");
}

#[test]
fn a_file_of_format_1_is_read() {
    check("durable-1-json.db.gz", Json);
    check("durable-1-compact.db.gz", CompactJob);
}

/// Not a test: makes the files. Run it once for a new format, and never again.
#[test]
#[ignore = "it makes files of the current format where none are"]
fn make_files() {
    let folder = Folder::new();
    write(&folder.file("json"), Json);
    write(&folder.file("compact"), CompactJob);
    for (name, made) in [("durable-1-json.db.gz", "json"), ("durable-1-compact.db.gz", "compact")] {
        if kept(name).exists() {
            continue;
        }
        let mut packed = GzEncoder::new(fs::File::create(kept(name)).expect("it can be written"), Compression::best());
        packed.write_all(&fs::read(folder.file(made)).expect("it was written")).expect("it can be written");
        packed.finish().expect("it can be written");
    }
}
