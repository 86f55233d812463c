use chrono::{DateTime, Utc};
use jobdex::{JobStore, ListQuery, Record, facet};

facet! {
    pub enum Region: "region" { Eu = "eu", Us = "us" }
}

struct Stream;

impl Record for Stream {
    type Facets = (Region, Region);

    fn job_id(&self) -> &'static str {
        "a"
    }

    fn name(&self) -> &'static str {
        ""
    }

    fn create_time(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    fn facets(&self) -> (Region, Region) {
        (Region::Eu, Region::Us)
    }
}

fn main() {
    let store = JobStore::<Stream>::new();
    let _ = store.list(&ListQuery::new().filter(Region::Eu));
}
