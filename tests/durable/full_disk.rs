//! A full disk, on a real file system of 12 MiB: a write fails, reads go on, and room gives the store back.
//!
//! The file system is mounted for one process alone, so that it is gone with the process. Linux lets root do that, and on
//! many machines every user.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use jobdex::durable::{BackupError, DiskError, DiskState, DurableJobStore, WriteError};

use crate::acknowledged::{Acknowledged, PairWrite, options};
use crate::folder::Folder;
use crate::oracle::random::Random;

const FOLDER: &str = "JOBDEX_FULL_DISK";
const BYTES: usize = 12 << 20;

#[test]
#[ignore = "it mounts a file system; `.ci/run` runs it where that is allowed"]
fn a_full_file_system_fails_a_write_and_gives_the_store_back_once_it_has_room() {
    let folder = Folder::new();
    let this = std::env::current_exe().expect("a test knows its program");
    let script = format!("mount -t tmpfs -o size={BYTES} none \"$0\" && exec \"$@\"");
    let output = Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", &script])
        .arg(folder.as_ref())
        .arg(this)
        .args(["full_disk::within_the_small_file_system", "--exact", "--ignored", "--nocapture"])
        .env(FOLDER, folder.as_ref())
        .output()
        .expect("unshare of util-linux is installed");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("full at "), "the other test ran: {text}");
}

/// Not a test by itself: the process that has the file system.
#[test]
#[ignore = "the test above runs it in a process of its own"]
fn within_the_small_file_system() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    let (path, mut random, mut acknowledged) = (folder.join("jobs.db"), Random::new(14), Acknowledged::default());
    let ballast = Ballast::of(&folder, BYTES / 2);
    let store = DurableJobStore::open(&path, options()).expect("there is room");
    for number in 0..50 {
        acknowledged.make(PairWrite { pair: number, number: number * 5 }, &store).expect("there is room");
    }
    let before = (acknowledged.clone(), fs::metadata(&path).expect("it is there").len());
    // Rounds begin with a file that was full, or with one that has just got room.
    for round in 0..3 {
        let store = if round == 0 { store.clone() } else { reopened(&path, &mut acknowledged, &mut random) };
        let error = fill(&store, &mut acknowledged);
        assert!(is_full(&error), "{error}");
        println!("full at {} bytes after {} writes", store.stats().file_bytes, acknowledged.count);
        acknowledged.clone().check(&store.shared().snapshot(), &mut random);
        assert!(matches!(store.stats().state, DiskState::ReadOnly(_)));
        let refused = PairWrite { pair: 0, number: 1 }.make(&store).expect_err("it is read-only");
        assert!(matches!(refused, WriteError::ReadOnly(_)), "{refused}");
        drop(store.close());
    }
    drop(store);
    assert!(acknowledged.count > before.0.count, "some writes had room");
    no_backup_is_left(&folder, &path, &mut acknowledged, &mut random);
    ballast.drop_it();
    let store = reopened(&path, &mut acknowledged, &mut random);
    for number in 0..50 {
        acknowledged.make(PairWrite { pair: number, number: number * 5 + 1 }, &store).expect("there is room again");
    }
    acknowledged.check_exactly(&store.shared().snapshot(), &mut random);
    store.verify().expect("the file is whole");
    assert!(store.stats().file_bytes >= before.1);
}

/// Opens the file, on a disk that may be full, and checks its jobs.
fn reopened(path: &Path, acknowledged: &mut Acknowledged, random: &mut Random) -> DurableJobStore {
    let store = DurableJobStore::open(path, options()).expect("a full disk can be read");
    acknowledged.check(&store.shared().snapshot(), random);
    store
}

/// Writes new pairs until the disk is full. The names make the file grow.
fn fill(store: &DurableJobStore, acknowledged: &mut Acknowledged) -> WriteError<jobdex::error::InsertError> {
    let first = acknowledged.count;
    (first..first + 1_000_000)
        .find_map(|number| acknowledged.make(PairWrite { pair: number, number: number * 5 }, store).err())
        .expect("the disk is full in the end")
}

fn is_full(error: &WriteError<jobdex::error::InsertError>) -> bool {
    let WriteError::Disk(reason) = error else { return false };
    matches!(&**reason, DiskError::Io(error) if error.kind() == io::ErrorKind::StorageFull)
}

/// A backup that finds no room leaves no file.
fn no_backup_is_left(folder: &Path, path: &Path, acknowledged: &mut Acknowledged, random: &mut Random) {
    let store = reopened(path, acknowledged, random);
    let error = store.backup(folder.join("backup.db")).expect_err("there is no room");
    assert!(matches!(error, BackupError::Disk(_)), "{error}");
    let mut names: Vec<_> =
        fs::read_dir(folder).expect("it is there").flatten().map(|entry| entry.file_name()).collect();
    names.sort();
    assert_eq!(names, ["ballast", "jobs.db"]);
}

/// A file that takes room until it is dropped.
struct Ballast(PathBuf);

impl Ballast {
    fn of(folder: &Path, bytes: usize) -> Self {
        let path = folder.join("ballast");
        let mut file = fs::File::create(&path).expect("there is room");
        file.write_all(&vec![1; bytes]).expect("there is room");
        Self(path)
    }

    fn drop_it(self) {
        fs::remove_file(self.0).expect("it is there");
    }
}
