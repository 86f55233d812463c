//! The bytes that records take, which do not depend on the machine.

use std::fs;

use jobdex::Job;
use jobdex::durable::{Codec, CompactJob, DurableJobStore, DurableOptions, Json};

use crate::folder::Folder;
use crate::generate::{self, Names};

/// Enough that the pages which every file has do not matter.
const JOBS: usize = 100_000;

/// Bytes of a job: encoded, and in a file that was filled by one write and closed.
fn bytes_each<C: Codec<Job>>(codec: impl Fn() -> C, jobs: &[Job]) -> [usize; 2] {
    let folder = Folder::new();
    let path = folder.file("jobs.db");
    let mut encoded = Vec::new();
    for job in jobs {
        codec().encode(job, &mut encoded).expect("each job has this form");
    }
    let store = DurableJobStore::<Job>::open(&path, DurableOptions::new().codec(codec())).expect("it is new");
    store.write(|store| store.extend(jobs.iter().cloned())).expect("the jobs are new");
    store.close().expect("the disk works");
    [encoded.len(), bytes_on_disk(&path)].map(|bytes| bytes / jobs.len())
}

/// The bytes that a file takes. The end of a file may be a hole, which takes none.
fn bytes_on_disk(path: &std::path::Path) -> usize {
    let found = fs::metadata(path).expect("it is there");
    #[cfg(unix)]
    let bytes = std::os::unix::fs::MetadataExt::blocks(&found) * 512;
    #[cfg(not(unix))]
    let bytes = found.len();
    usize::try_from(bytes).expect("it is in range")
}

#[test]
fn a_job_takes_few_bytes_in_the_file() {
    let jobs: Vec<Job> = generate::jobs(JOBS, 1, Names::Vocabulary).collect();
    let [encoded, in_file] = bytes_each(|| CompactJob, &jobs);
    assert!(in_file <= 240, "{in_file} bytes of a compact job");
    assert!(in_file * 10 <= encoded * 12, "{in_file} bytes in the file of {encoded} encoded");
    let [encoded, in_file] = bytes_each(|| Json, &jobs);
    assert!(in_file * 10 <= encoded * 12, "{in_file} bytes in the file of {encoded} as JSON");
}
