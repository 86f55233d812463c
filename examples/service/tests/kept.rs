//! A service with a file: what it keeps over a restart, what it does when its disk fails, and JSON Lines.

use std::fs;

use jobdex::durable::{Codec, DurableJobStore, DurableOptions};
use jobdex::{Job, JobStore, StartMode, Status};

use crate::caller::{BEGIN, Caller, submission};
use crate::data;
use crate::disk::SimulatedDisk;
use crate::folder::Folder;
use crate::job::{LiveJob, Times};
use crate::oracle::vocabulary;
use crate::state::State;
use crate::store::Store;
use crate::stored::CompactLiveJob;

/// A service at this time whose file is in a folder.
fn started(folder: &Folder, begin: i64) -> Caller {
    Caller::with_state(begin, |clock| State::of(Store::Disk(data::open(folder.as_ref()).unwrap()), clock))
}

#[test]
fn submits_updates_and_deletes_are_there_after_a_restart() {
    let folder = Folder::new();
    let mut caller = started(&folder, BEGIN);
    let [kept, renamed, stopped, deleted] = ["Kept", "Old", "Stopped", "Deleted"].map(|name| caller.submit(name));
    assert_eq!(caller.act("UpdateLiveTranscodeJob", &[("JobId", &renamed), ("Name", "New")]).status, 200);
    let stop = [("JobId", stopped.as_str()), ("Command", "stop")];
    assert_eq!(caller.act("SendLiveTranscodeJobCommand", &stop).status, 200);
    assert_eq!(caller.act("DeleteLiveTranscodeJob", &[("JobId", &deleted)]).status, 200);
    let before = caller.act("ListLiveTranscodeJobs", &[]).json()["JobList"].clone();
    drop(caller);
    let mut caller = started(&folder, BEGIN);
    assert_eq!(caller.act("ListLiveTranscodeJobs", &[]).json()["JobList"], before);
    assert_eq!((caller.status(&kept), caller.status(&stopped)), (1, 2));
    assert_eq!(caller.act("GetLiveTranscodeJob", &[("JobId", &renamed)]).json()["Job"]["Name"], "New");
    assert_eq!(caller.act("GetLiveTranscodeJob", &[("JobId", &deleted)]).status, 404);
}

#[test]
fn schedules_go_on_where_they_were() {
    let folder = Folder::new();
    let mut caller = started(&folder, BEGIN);
    let soon = caller.submit_timed("Soon", 10, 20);
    let during = caller.submit_timed("Starts and ends while nobody runs", 30, 40);
    let later = caller.submit_timed("Later", 100, 200);
    caller.wait(15);
    assert_eq!((caller.status(&soon), caller.status(&later)), (1, 0));
    drop(caller);
    let mut caller = started(&folder, BEGIN + 60);
    assert_eq!([&soon, &during, &later].map(|id| caller.status(id)), [2, 2, 0]);
    caller.wait(40);
    assert_eq!(caller.status(&later), 1);
    let times = caller.times(0, 60);
    let change = caller.act("UpdateLiveTranscodeJob", &[("JobId", &later), ("TimedConfig", &times)]);
    assert_eq!(change.status, 409, "it has started");
    caller.wait(100);
    assert_eq!(caller.status(&later), 2);
}

#[test]
fn a_disk_that_fails_refuses_writes_and_lets_reads_go_on() {
    let disk = SimulatedDisk::default();
    let store = DurableJobStore::open_on(disk.clone(), DurableOptions::new().codec(CompactLiveJob)).unwrap();
    let mut caller = Caller::with_state(BEGIN, |clock| State::of(Store::Disk(store), clock));
    let job_id = caller.submit("News");
    let timed = caller.submit_timed("Timed", 10, 20);
    assert_eq!(caller.get("/healthz").status, 200);
    disk.clone().dead_from(disk.operations());
    for _ in 0..2 {
        let refused = caller.act("SubmitLiveTranscodeJob", &submission("Lost")).refusal();
        assert_eq!((refused.0, refused.1.as_str()), (503, "ServiceUnAvailable"));
        assert_eq!(caller.act("DeleteLiveTranscodeJob", &[("JobId", &job_id)]).status, 503);
    }
    caller.wait(15);
    assert_eq!(caller.act("ListLiveTranscodeJobs", &[]).member("TotalCount"), "2");
    assert_eq!((caller.status(&job_id), caller.status(&timed)), (1, 0), "nothing changes that is not on disk");
    let health = caller.get("/healthz");
    assert_eq!((health.status, health.member("Status").as_str()), (503, "read-only"));
    assert!(caller.get("/metrics").text().contains("\njobdex_disk_read_only 1\n"));
}

#[test]
fn metrics_tell_the_commits_of_a_file_and_nothing_of_memory() {
    let folder = Folder::new();
    let mut caller = started(&folder, BEGIN);
    caller.submit("News");
    let page = caller.get("/metrics");
    assert!(page.text().contains("\njobdex_disk_writes_total 1\n"), "{}", page.text());
    assert!(page.text().contains("\njobdex_disk_read_only 0\n"), "{}", page.text());
    assert!(!Caller::new().get("/metrics").text().contains("jobdex_disk"));
}

/// Jobs of each start mode and status, with their times.
fn jobs() -> Vec<LiveJob> {
    let made = |number: usize| {
        let shown = vocabulary::job(&format!("job-{number}"), vocabulary::NAMES[number], vocabulary::time(3), number);
        let start = vocabulary::time(i64::try_from(number).unwrap());
        let times = Times { start, end: start + chrono::TimeDelta::seconds(60) };
        LiveJob { times: (shown.start_mode == StartMode::Scheduled).then_some(times), shown }
    };
    (0..24).map(made).collect()
}

#[test]
fn each_job_is_read_from_the_file_as_it_was_written_and_other_bytes_are_refused() {
    for job in jobs() {
        let mut bytes = Vec::new();
        CompactLiveJob.encode(&job, &mut bytes).unwrap();
        assert_eq!(CompactLiveJob.decode(&bytes, 1).as_ref(), Ok(&job));
        for len in 0..16 {
            assert!(CompactLiveJob.decode(&bytes[..len], 1).is_err(), "{len} bytes");
        }
        if job.times.is_some() {
            bytes.copy_within(..8, 8);
            assert!(CompactLiveJob.decode(&bytes, 1).is_err(), "a job that ends as it starts");
        }
    }
}

#[test]
fn json_lines_bring_all_jobs_with_their_times_to_another_service() {
    let folder = Folder::new();
    let path = folder.file("jobs.jsonl");
    let mut store = JobStore::new();
    store.extend(jobs()).unwrap();
    assert_eq!(data::export(&store, &path).unwrap(), 24);
    assert!(data::export(&store, &path).is_err(), "a file is never replaced");
    let mut imported = data::imported(&path).unwrap();
    imported.sort_by_key(|job| job.shown.job_id["job-".len()..].parse::<usize>().unwrap());
    assert_eq!(imported, jobs());
    // The file of another program has no times, and its jobs keep their status.
    let line = serde_json::to_string(&jobs()[0].shown).unwrap();
    fs::write(&path, format!("{line}\n\n")).unwrap();
    assert_eq!(data::imported(&path).unwrap(), [LiveJob { times: None, ..jobs()[0].clone() }]);
    let times = r#""TimedConfig":{"StartTime":"2026-01-01T00:00:02Z","EndTime":"2026-01-01T00:00:01Z"}"#;
    fs::write(&path, format!("{line}\n{}", line.replacen('{', &format!("{{{times},"), 1))).unwrap();
    let error = data::imported(&path).unwrap_err().to_string();
    assert!(error.contains("line 2 is no record") && error.contains("the end is not after the start"), "{error}");
}

#[test]
fn a_folder_is_open_once_and_a_batch_is_filled_in_whole() {
    let folder = Folder::new();
    let store = data::open(folder.as_ref()).unwrap();
    let error = data::open(folder.as_ref()).unwrap_err().to_string();
    assert!(error.contains("jobs.db") && error.contains("close it first"), "{error}");
    data::fill(&store, jobs()).unwrap();
    let more = vec![
        LiveJob { shown: Job { job_id: "new".into(), ..jobs()[0].shown.clone() }, times: None },
        jobs()[5].clone(),
    ];
    assert!(data::fill(&store, more).unwrap_err().to_string().contains("job-5"));
    assert_eq!(store.shared().snapshot().len(), 24);
    assert!(store.shared().snapshot().iter().any(|job| job.shown.status == Status::Pending));
}
