//! Walks with cursors through a list that changes during the walk, and sees each job that stays exactly once.
//!
//! `cargo run --example paging`
//!
//! The example walks three times over the same 1,000 running jobs. After every page the service stops a job of that
//! page and starts a new job.
//! * The walk by **page number** skips jobs or sees them twice, because the list moves under the page numbers.
//! * The walk by **cursor** on the changing store misses no job that stays. A cursor names the last job, not a count.
//! * The walk by cursor on a **snapshot** sees the list as it was when the walk began.

use std::collections::HashMap;
use std::error::Error;

use chrono::{DateTime, TimeDelta, Utc};
use jobdex::record::{OutputStream, StreamInput};
use jobdex::{Job, JobStore, ListQuery, Page, SortOrder, StartMode, Status, TemplateType};

const JOBS: u32 = 1_000;
const PAGE_SIZE: u32 = 40;

fn main() -> Result<(), Box<dyn Error>> {
    by_page_number()?;
    by_cursor()?;
    by_cursor_on_a_snapshot()
}

/// The list of running jobs, oldest first.
fn running() -> ListQuery {
    ListQuery::new().status(Status::Running).sort(SortOrder::Asc).page_size(PAGE_SIZE)
}

fn by_page_number() -> Result<(), Box<dyn Error>> {
    let mut service = Service::with_jobs(JOBS)?;
    let mut seen = Seen::default();
    for page_no in 1.. {
        let page = service.store.list(&running().page_no(page_no))?;
        if page.jobs.is_empty() {
            break;
        }
        seen.note(&page);
        service.change(&page)?;
    }
    seen.print("page numbers, changing store", &service);
    Ok(())
}

fn by_cursor() -> Result<(), Box<dyn Error>> {
    let mut service = Service::with_jobs(JOBS)?;
    let mut seen = Seen::default();
    let mut page = service.store.list(&running())?;
    loop {
        seen.note(&page);
        service.change(&page)?;
        // A service sends the cursor to its client as a short text. This example passes it back at once.
        let Some(cursor) = page.next.take() else { break };
        page = service.store.list(&running().after(cursor))?;
    }
    seen.print("cursors, changing store", &service);
    Ok(())
}

fn by_cursor_on_a_snapshot() -> Result<(), Box<dyn Error>> {
    let mut service = Service::with_jobs(JOBS)?;
    // A snapshot is one pointer. It shares everything with the store until the store changes.
    let snapshot = service.store.snapshot();
    let mut seen = Seen::default();
    let mut page = snapshot.list(&running())?;
    loop {
        seen.note(&page);
        service.change(&page)?;
        let Some(cursor) = page.next.take() else { break };
        page = snapshot.list(&running().after(cursor))?;
    }
    seen.print("cursors, snapshot", &service);
    println!(
        "\nThe snapshot still lists {} running jobs; the store lists {} and holds {}.",
        snapshot.list(&running())?.total_count,
        service.store.list(&running())?.total_count,
        service.store.len(),
    );
    Ok(())
}

/// The number of pages on which each job was.
#[derive(Default)]
struct Seen {
    times: HashMap<String, u32>,
}

impl Seen {
    fn note(&mut self, page: &Page) {
        for job in &page.jobs {
            *self.times.entry(job.job_id.clone()).or_default() += 1;
        }
    }

    /// Counts only the jobs that ran during the whole walk.
    fn print(&self, walk: &str, service: &Service) {
        let stayed = (0..JOBS).map(job_id).filter(|id| service.is_running(id));
        let (mut once, mut missed, mut repeated) = (0, 0, 0);
        for id in stayed {
            match self.times.get(&id) {
                Some(1) => once += 1,
                None => missed += 1,
                Some(_) => repeated += 1,
            }
        }
        println!("{walk:30} jobs that stayed: {once} seen once, {missed} missed, {repeated} repeated");
    }
}

/// A store with jobs that come and go.
struct Service {
    store: JobStore,
    started: u32,
}

impl Service {
    fn with_jobs(count: u32) -> Result<Self, Box<dyn Error>> {
        let mut store = JobStore::new();
        store.extend((0..count).map(job))?;
        Ok(Self { store, started: count })
    }

    /// Stops the first job of the page just seen, and starts a new one.
    fn change(&mut self, page: &Page) -> Result<(), Box<dyn Error>> {
        if let Some(first) = page.jobs.first().filter(|job| self.is_running(&job.job_id)) {
            self.store.update(&first.job_id, |job| job.status = Status::Stopped)?;
        }
        self.store.insert(job(self.started))?;
        self.started += 1;
        Ok(())
    }

    fn is_running(&self, id: &str) -> bool {
        self.store.get(id).is_some_and(|job| job.status == Status::Running)
    }
}

fn job_id(number: u32) -> String {
    format!("job-{number:05}")
}

/// Every tenth job is created in the same second as the job before it, so the ID decides their order.
fn job(number: u32) -> Job {
    let second = number - u32::from(number.is_multiple_of(10)).min(number);
    let create_time: DateTime<Utc> = DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::seconds(second.into());
    Job {
        name: format!("Channel {number}"),
        job_id: job_id(number),
        template_type: TemplateType::Normal,
        template_id: "t-1".to_owned(),
        template_name: "HD".to_owned(),
        start_mode: StartMode::Immediate,
        status: Status::Running,
        stream_input: StreamInput::default(),
        output_stream: OutputStream::default(),
        create_time,
    }
}
