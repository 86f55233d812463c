//! Files that something else has changed: truncated, or with a flipped bit.

use std::fs;

use jobdex::durable::{Check, CompactJob, DurableJobStore, DurableOptions, OpenError, repair};
use jobdex::{Job, Snapshot};

use crate::disk::SimulatedDisk;
use crate::folder::Folder;
use crate::oracle::random::Random;
use crate::oracle::vocabulary;
use crate::rounds;

const JOBS: usize = 600;

fn jobs() -> impl Iterator<Item = Job> {
    (0..JOBS).map(|number| {
        let time = vocabulary::time(i64::try_from(number).expect("few jobs"));
        vocabulary::job(&format!("job-{number}"), vocabulary::NAMES[number % vocabulary::NAMES.len()], time, number)
    })
}

/// The bytes of a file that was written in a few steps and closed.
fn whole_image() -> Vec<u8> {
    let disk = SimulatedDisk::default();
    let store = DurableJobStore::open_on(disk.clone(), options(Check::Full)).expect("it is new");
    let half: Vec<Job> = jobs().take(JOBS / 2).collect();
    store.write(|store| store.extend(half)).expect("the jobs are new");
    for job in jobs().skip(JOBS / 2) {
        store.write(|store| store.insert(job)).expect("the job is new");
    }
    store.close().expect("the disk works");
    disk.image()
}

fn options(check: Check) -> DurableOptions<CompactJob> {
    DurableOptions::new().check(check).codec(CompactJob).cache_bytes(256 << 10)
}

fn is_whole(snapshot: &Snapshot) -> bool {
    snapshot.iter().map(|job| job.as_ref().clone()).eq(jobs())
}

/// Opens damaged bytes. They are refused by name, or the jobs are all there. Whether they were refused.
fn is_refused(image: Vec<u8>, check: Check, what: &str) -> bool {
    match DurableJobStore::open_on(SimulatedDisk::of(image), options(check)) {
        Ok(store) => {
            assert!(is_whole(&store.shared().snapshot()), "{what}, {check:?}: the store is silently another one");
            false
        }
        Err(OpenError::Damaged { .. } | OpenError::Newer { .. }) => true,
        Err(error) => panic!("{what}, {check:?}: {error}"),
    }
}

#[test]
fn a_truncated_file_is_refused_or_whole() {
    let image = whole_image();
    for check in [Check::Full, Check::Quick] {
        let lens = (1..image.len()).step_by(4096).chain([1, 511, 512, 4095]);
        let refused = lens.filter(|&len| is_refused(image[..len].to_vec(), check, &format!("{len} bytes"))).count();
        assert!(refused > 0, "{check:?}");
    }
}

#[test]
fn a_file_with_a_flipped_bit_is_refused_or_whole() {
    let image = whole_image();
    // Most of a small file is unused, where a flip changes nothing.
    let used: Vec<usize> =
        (0..image.len()).filter(|&at| image[at.saturating_sub(8)..].iter().take(16).any(|&b| b != 0)).collect();
    let mut random = Random::new(21);
    for check in [Check::Full, Check::Quick] {
        let rounds = rounds("JOBDEX_FLIPS", 5_000);
        let mut refused = 0;
        for _ in 0..rounds {
            let (at, bit) = (*random.pick(&used), random.below(8));
            let mut flipped = image.clone();
            flipped[at] ^= 1 << bit;
            refused += usize::from(is_refused(flipped, check, &format!("bit {bit} of byte {at}")));
        }
        assert!(refused > rounds / 4, "{refused} of {rounds} refused, {check:?}");
    }
}

#[test]
fn what_is_no_store_is_refused() {
    let folder = Folder::new();
    let path = folder.file("jobs.db");
    for bytes in [&b""[..], b"redb", b"{\"Name\":\"no file of a store\"}", &vec![0; 100_000]] {
        fs::write(&path, bytes).expect("the folder can be written");
        let error = DurableJobStore::<Job>::open(&path, DurableOptions::new()).expect_err("it is no store");
        assert!(matches!(error, OpenError::Damaged { .. }), "{} bytes: {error}", bytes.len());
        assert!(error.to_string().contains("repair"), "{error}");
        assert_eq!(fs::read(&path).expect("it is there"), bytes, "the file is as it was");
    }
}

#[test]
fn a_repair_finds_the_whole_records_and_lists_the_others() {
    let folder = Folder::new();
    let image = whole_image();
    let (from, to) = (folder.file("damaged.db"), folder.file("repaired.db"));
    // One record, found by its text, is damaged.
    let at = image.windows(7).position(|window| window == b"job-300").expect("the record is there");
    let mut damaged = image.clone();
    damaged[at] ^= 1;
    fs::write(&from, &damaged).expect("the folder can be written");
    assert!(matches!(DurableJobStore::<Job>::open(&from, options(Check::Full)), Err(OpenError::Damaged { .. })));
    let report = repair(&from, &to).expect("the other records are there");
    assert_eq!(report.whole + report.damaged.len() as u64, JOBS as u64, "{report:?}");
    assert_eq!(report.expected, Some(JOBS as u64));
    assert!(!report.damaged.is_empty(), "{report:?}");
    let store = DurableJobStore::<Job>::open(&to, options(Check::Full)).expect("the new file is whole");
    let snapshot = store.shared().snapshot();
    assert_eq!(snapshot.len() as u64, report.whole);
    assert!(jobs().all(|job| snapshot.get(&job.job_id).is_none_or(|found| found.as_ref() == &job)));
    assert_eq!(fs::read(&from).expect("it is there"), damaged, "the damaged file is as it was");
    assert!(repair(&from, &to).is_err(), "a file is never replaced");
    drop(store);
    assert_eq!(folder.names(), ["damaged.db", "repaired.db"]);
}

#[test]
fn a_repair_of_any_damage_ends_and_never_makes_a_record_up() {
    let image = whole_image();
    let mut random = Random::new(22);
    let mut recovered = 0;
    for round in 0..rounds("JOBDEX_REPAIRS", 100) {
        let folder = Folder::new();
        let (from, to) = (folder.file("damaged.db"), folder.file("repaired.db"));
        let mut damaged = image.clone();
        for _ in 0..=random.below(20) {
            let at = random.below(damaged.len());
            let end = (at + 1 + random.below(64)).min(damaged.len());
            damaged[at..end].iter_mut().for_each(|byte| *byte = u8::try_from(random.below(256)).expect("a byte"));
        }
        fs::write(&from, &damaged).expect("the folder can be written");
        if repair(&from, &to).is_ok() {
            let store = DurableJobStore::<Job>::open(&to, options(Check::Full));
            let store = store.unwrap_or_else(|error| panic!("round {round}: {error}"));
            let snapshot = store.shared().snapshot();
            assert!(snapshot.iter().all(|job| jobs().any(|other| &other == job.as_ref())), "round {round}");
            recovered += 1;
        }
    }
    assert!(recovered > 0);
}
