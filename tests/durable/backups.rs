//! Backups beside writes, verification, and JSON Lines.

use std::fs;
use std::io::{self, BufReader, Read};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use jobdex::durable::{BackupError, CompactJob, DurableJobStore, DurableOptions, Json, export, import};
use jobdex::limits::LINE_BYTES_MAX;
use jobdex::{Job, JobStore, Snapshot, Status};

use crate::disk::SimulatedDisk;
use crate::folder::Folder;
use crate::oracle::random::Random;
use crate::oracle::vocabulary;

fn job(number: usize) -> Job {
    let time = vocabulary::time(i64::try_from(number / 2).expect("few jobs"));
    vocabulary::job(&format!("j{number}"), vocabulary::NAMES[number % vocabulary::NAMES.len()], time, number)
}

fn all(snapshot: &Snapshot) -> Vec<Job> {
    snapshot.iter().map(|job| job.as_ref().clone()).collect()
}

#[test]
fn a_backup_beside_writes_is_the_store_of_its_version() {
    let folder = Folder::new();
    let options = || DurableOptions::new().codec(CompactJob).history(1 << 20);
    let store = DurableJobStore::open(folder.file("jobs.db"), options()).expect("it is new");
    store.write(|jobs| jobs.extend((0..3_000).map(job))).expect("the disk works");
    let first = store.shared().snapshot();
    let is_over = AtomicBool::new(false);
    let reports = thread::scope(|scope| {
        for writer in 0..3_usize {
            let (store, is_over) = (&store, &is_over);
            scope.spawn(move || {
                let mut random = Random::new(writer as u64);
                for round in 0.. {
                    if is_over.load(Ordering::Relaxed) {
                        break;
                    }
                    let id = format!("j{}", random.below(1_000) * 3 + writer);
                    let status = [Status::Pending, Status::Running, Status::Stopped][round % 3];
                    if round % 4 == 3 {
                        store
                            .write(|jobs| Ok::<_, jobdex::error::InsertError>(jobs.remove(&id)))
                            .expect("the disk works");
                    } else if store.write(|jobs| jobs.update(&id, |job| job.status = status)).is_err() {
                        let number = id[1..].parse().expect("a number");
                        store.write(|jobs| jobs.insert(job(number))).expect("it was removed");
                    }
                }
            });
        }
        let reports: Vec<_> = (0..4)
            .map(|number| store.backup(folder.file(&format!("backup-{number}.db"))).expect("the disk works"))
            .collect();
        is_over.store(true, Ordering::Relaxed);
        reports
    });
    assert!(reports.windows(2).all(|pair| pair[0].version < pair[1].version), "writes went on: {reports:?}");
    let changes = store.shared().changes_since(first.version()).expect("history has them all");
    for (number, report) in reports.iter().enumerate() {
        let backup = DurableJobStore::<Job>::open(folder.file(&format!("backup-{number}.db")), options());
        let backup = backup.expect("a backup is a store");
        let mut expected = JobStore::from(first.clone());
        for commit in changes.commits().iter().filter(|commit| commit.version() <= report.version) {
            commit.changes().iter().try_for_each(|change| expected.apply(change)).expect("changes follow one another");
        }
        assert_eq!(all(&backup.shared().snapshot()), all(&expected));
        assert_eq!((backup.shared().version(), report.jobs), (report.version, expected.len() as u64));
    }
    let verified = store.verify().expect("the store is whole");
    assert_eq!(
        (verified.records, verified.version),
        (store.shared().snapshot().len() as u64, store.shared().version())
    );
    store.write(|jobs| jobs.insert(job(5_000))).expect("writes go on after a verification");
}

#[test]
fn a_backup_replaces_no_file_and_leaves_none_behind() {
    let folder = Folder::new();
    let store = DurableJobStore::open(folder.file("jobs.db"), DurableOptions::new()).expect("it is new");
    store.write(|jobs| jobs.insert(job(1))).expect("the disk works");
    fs::write(folder.file("taken"), b"mine").expect("the folder can be written");
    assert!(matches!(store.backup(folder.file("taken")), Err(BackupError::Exists(_))));
    assert_eq!(fs::read(folder.file("taken")).expect("it is there"), b"mine");
    assert!(store.backup(folder.file("no/such/folder")).is_err());
    store.backup(folder.file("backup.db")).expect("the disk works");
    assert_eq!(folder.names(), ["backup.db", "jobs.db", "taken"]);
}

#[test]
fn a_verification_finds_damage_and_stops_writes() {
    let disk = SimulatedDisk::default();
    let store = DurableJobStore::open_on(disk.clone(), DurableOptions::new().codec(Json)).expect("it is new");
    store.write(|jobs| jobs.extend((0..500).map(job))).expect("the disk works");
    store.verify().expect("it is whole");
    let at = disk.image().windows(6).position(|window| window == b"\"j300\"").expect("the record is there");
    disk.flip(at + 2);
    let error = store.verify().expect_err("a record is damaged");
    assert!(error.to_string().contains("repair"), "{error}");
    assert!(store.write(|jobs| jobs.insert(job(1_000))).is_err(), "a commit would hide the damage");
    assert_eq!(store.shared().snapshot().len(), 500, "memory is whole");
}

#[test]
fn json_lines_bring_all_jobs_to_another_store() {
    let mut store = JobStore::new();
    store.extend((0..300).map(job)).expect("the jobs are new");
    let mut lines = Vec::new();
    assert_eq!(export(&store, &mut lines).expect("a vector takes all"), 300);
    assert_eq!(lines.split_inclusive(|&byte| byte == b'\n').count(), 300);
    let mut copy = JobStore::<Job>::new();
    copy.extend(import(lines.as_slice()).map(|line| line.expect("a record"))).expect("the jobs are new");
    assert_eq!(all(&copy), all(&store));
    let error = import::<Job>(&b"\n\n{}\n"[..]).next().expect("a line").expect_err("no job");
    assert_eq!(error.line, 3);
    assert!(error.to_string().starts_with("line 3 is no record: "), "{error}");
}

#[test]
fn an_import_goes_on_after_a_bad_line_and_ends_with_its_reader() {
    /// Gives a line, and then errors for ever.
    struct Broken(&'static [u8]);
    impl Read for Broken {
        fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() { Err(io::Error::other("the cable is cut")) } else { self.0.read(to) }
        }
    }
    let (good, bad) = (serde_json::to_string(&job(1)).expect("it has JSON"), "\u{0}{\"Name\":");
    let lines = format!("{good}\n{bad}\n \t\r\n{good}");
    let read: Vec<_> = import::<Job>(lines.as_bytes()).map(|line| line.map_err(|error| error.line)).collect();
    assert_eq!(read, [Ok(job(1)), Err(2), Ok(job(1))]);
    let read: Vec<_> = import::<u8>(BufReader::new(Broken(b"7\n"))).collect();
    assert_eq!(read.len(), 2, "{read:?}");
    assert_eq!(read[0], Ok(7));
    let endless = BufReader::new(io::repeat(b'1'));
    let read: Vec<_> = import::<u8>(endless).collect();
    let error = read.first().expect("a line").as_ref().expect_err("it never ends").to_string();
    assert_eq!((read.len(), error.as_str()), (1, "line 1 is no record: it is over the limit of 16777216 bytes"));
    let longest = [vec![b' '; LINE_BYTES_MAX - 2], b"7\n".to_vec()].concat();
    assert_eq!(import::<u8>(longest.as_slice()).collect::<Vec<_>>(), [Ok(7)]);
}
