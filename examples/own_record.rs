//! Stores a service's own struct, through [`JobRecord`].
//!
//! `cargo run --example own_record`
//!
//! The store does not need the API's [`Job`](jobdex::Job). It calls the six methods of [`JobRecord`] on the struct of
//! the service, and returns the same structs. The struct here is an encoder, with a field that no list request reads.

use std::error::Error;

use chrono::{DateTime, TimeDelta, Utc};
use jobdex::{JobRecord, JobStore, ListQuery, StartMode, Status, TemplateType};

/// The service's record of an encoder.
#[derive(Clone, Debug)]
struct Encoder {
    id: String,
    title: String,
    is_live: bool,
    since: DateTime<Utc>,
    /// A field for this service alone. The store carries it and never reads it.
    dropped_frames: u64,
}

impl JobRecord for Encoder {
    fn job_id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> &str {
        &self.title
    }

    // All encoders of this service have one type and start at once, so the answer is a constant.
    fn template_type(&self) -> TemplateType {
        TemplateType::Normal
    }

    fn start_mode(&self) -> StartMode {
        StartMode::Immediate
    }

    // An answer may be computed. It must stay the same while the record is stored.
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

    // A stored record changes only through the store, so that every index follows. The ID must stay the same.
    store.update("enc-2", |encoder| {
        encoder.is_live = false;
        encoder.dropped_frames += 17;
    })?;
    println!("\nThe same list after enc-2 stopped:");
    print(&store, &live_news)?;

    // The store kept the private field.
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
    // The page shares the service's own structs with the store. The store copies no record.
    for encoder in &page.jobs {
        println!("  {}  {}  {}", encoder.since, encoder.id, encoder.title);
    }
    println!("  {} in all", page.total_count);
    Ok(())
}
