//! A service's own struct in the store, through [`JobRecord`].
//!
//! `cargo run --example own_record`
//!
//! The store does not ask for its [`Job`](jobdex::Job): it asks six questions of whatever the service already has, and
//! hands the very same structs back. Here that is an encoder with fields that no list request knows of.

use std::error::Error;

use chrono::{DateTime, TimeDelta, Utc};
use jobdex::{JobRecord, JobStore, ListQuery, StartMode, Status, TemplateType};

/// What this service keeps of a running encoder.
#[derive(Clone, Debug)]
struct Encoder {
    id: String,
    title: String,
    is_live: bool,
    since: DateTime<Utc>,
    /// For this service alone; the store carries it along and never looks.
    dropped_frames: u64,
}

impl JobRecord for Encoder {
    fn job_id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> &str {
        &self.title
    }

    // All encoders of this service are of one type and start at once: a constant is an answer too.
    fn template_type(&self) -> TemplateType {
        TemplateType::Normal
    }

    fn start_mode(&self) -> StartMode {
        StartMode::Immediate
    }

    // An answer may be worked out, as long as it stays the same while the record is stored.
    fn status(&self) -> Status {
        if self.is_live { Status::Running } else { Status::Stopped }
    }

    fn create_time(&self) -> DateTime<Utc> {
        self.since
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut store = JobStore::<Encoder>::new();
    let titles = ["Harbour News", "Harbour Sports", "Night News", "Kids & Family", "Weather Now"];
    store.extend((0..).zip(titles).map(|(number, title)| encoder(number, title)))?;

    println!("Live encoders with \"news\" in their title, newest first:");
    let live_news = ListQuery::new().status(Status::Running).keyword("news");
    print(&store, &live_news)?;

    // A record changes inside the store only through it, so that every index follows. The ID stays.
    store.update("enc-2", |encoder| {
        encoder.is_live = false;
        encoder.dropped_frames += 17;
    })?;
    println!("\nThe same list after enc-2 stopped:");
    print(&store, &live_news)?;

    // The private field came along.
    let stopped = store.get("enc-2").ok_or("enc-2 is in the store")?;
    println!("\n{} dropped {} frames", stopped.title, stopped.dropped_frames);
    Ok(())
}

fn encoder(number: i32, title: &str) -> Encoder {
    Encoder {
        id: format!("enc-{number}"),
        title: title.to_owned(),
        is_live: true,
        since: DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::minutes(number.into()),
        dropped_frames: 0,
    }
}

fn print(store: &JobStore<Encoder>, query: &ListQuery) -> Result<(), Box<dyn Error>> {
    let page = store.list(query)?;
    // The page holds the service's own structs, shared with the store, not copies.
    for encoder in &page.jobs {
        println!("  {}  {}  {}", encoder.since, encoder.id, encoder.title);
    }
    println!("  {} in all", page.total_count);
    Ok(())
}
